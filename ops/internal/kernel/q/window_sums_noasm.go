//go:build (!amd64 && !arm64) || noasm

package q

// windowSumsFast says that there is no faster kernel.
func windowSumsFast[X int8 | uint8](dst []int32, x []X, ldx int, win *Window, factor int32) bool {
	return false
}

// addRowsFast says that there is no faster kernel.
func addRowsFast[X int8 | uint8](sums []int32, x []X) bool { return false }
