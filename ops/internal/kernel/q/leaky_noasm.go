//go:build (!amd64 && !arm64) || noasm

package q

// leakyFast says that there is no faster kernel.
func leakyFast[T int8 | uint8 | int16](dst, x []T, p *LeakyParams) bool { return false }
