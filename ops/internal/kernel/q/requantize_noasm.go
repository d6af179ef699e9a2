//go:build !(amd64 || arm64) || noasm

package q

// requantizeFast says that there is no faster kernel.
func requantizeFast[Out int8 | uint8 | int16](dst []Out, ldd int, acc []int32, rows, from, n int, c *Channels) bool {
	return false
}

// onceFast says that there is no faster kernel.
func onceFast(o *Once, dst []int16, ldd int, acc []int32, rows, from, n int) bool { return false }
