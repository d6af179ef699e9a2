//go:build (amd64 || arm64) && !noasm

package f32

// trigonometricRun is the number of elements whose size is looked at before sines and cosines of them are computed.
const trigonometricRun = 2048

// trigonometricLimit is the largest argument of the vector sine and cosine.
const trigonometricLimit = 1 << 17

// withinLimit reports whether the arguments suit the vector sine and cosine. NaNs do not.
func withinLimit(x []float32) bool {
	for _, v := range x {
		if !(v <= trigonometricLimit && v >= -trigonometricLimit) {
			return false
		}
	}
	return true
}
