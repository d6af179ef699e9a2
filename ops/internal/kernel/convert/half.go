package convert

import "github.com/litewren/litewren/tensor"

// FromFloat16 is
//
//	for i, h := range x { dst[i] = h }
//
// for FLOAT16 bit patterns; exact.
func FromFloat16(dst []float32, x []uint16) {
	dst = dst[:len(x)]
	done := fromFloat16Vector(dst, x)
	fromFloat16Generic(dst[done:], x[done:])
}

func fromFloat16Generic(dst []float32, x []uint16) {
	for i, h := range x {
		dst[i] = tensor.Float16ToFloat32(h)
	}
}

// FromBFloat16 is FromFloat16 for BFLOAT16.
func FromBFloat16(dst []float32, x []uint16) {
	dst = dst[:len(x)]
	for i, h := range x {
		dst[i] = tensor.BFloat16ToFloat32(h)
	}
}

// ToFloat16 is
//
//	for i, v := range x { dst[i] = v }
//
// into FLOAT16 bit patterns, rounding to nearest, ties to even.
func ToFloat16(dst []uint16, x []float32) {
	dst = dst[:len(x)]
	done := toFloat16Vector(dst, x)
	toFloat16Generic(dst[done:], x[done:])
}

func toFloat16Generic(dst []uint16, x []float32) {
	for i, v := range x {
		dst[i] = tensor.Float32ToFloat16(v)
	}
}

// ToBFloat16 is ToFloat16 for BFLOAT16.
func ToBFloat16(dst []uint16, x []float32) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = tensor.Float32ToBFloat16(v)
	}
}
