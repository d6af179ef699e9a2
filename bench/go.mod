module github.com/litewren/litewren/bench

go 1.26.0

require (
	github.com/litewren/litewren v0.0.0
	golang.org/x/sys v0.49.0
)

require github.com/google/flatbuffers v25.12.19+incompatible // indirect

replace github.com/litewren/litewren => ../
