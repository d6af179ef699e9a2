package main

// outputs lists the generated files, in order of their paths.
var outputs = []output{}
