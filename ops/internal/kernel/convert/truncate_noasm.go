//go:build !amd64 || noasm

package convert

// TruncateInt32 is Truncate of float32 to the whole range of int32.
func TruncateInt32(dst []int32, x []float32) {
	lo, hi := Limits[int32]()
	Truncate(dst, x, lo, hi)
}
