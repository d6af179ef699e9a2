package main

// outputs lists the generated files, in order of their paths.
var outputs = []output{
	{"hybrid/rows_amd64.s", hybridRows},
	{"q/dot_amd64.s", dots},
	{"q/requantize_amd64.s", requantize},
}
