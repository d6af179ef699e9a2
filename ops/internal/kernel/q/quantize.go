package q

import "github.com/litewren/litewren/ops/internal/fixedpoint"

// AxisLayout divides a tensor with one scale for each index of a dimension: outer blocks of Channels runs of Inner elements.
// Per-tensor quantization is one block of one channel.
type AxisLayout struct{ Outer, Channels, Inner int }

// Quantize is, for every run of one channel,
//
//	for i, v := range x { dst[i] = clamp(round(v/scale) + zero, lo, hi) }
//
// rounding half away from zero. A NaN gives the zero point.
func Quantize[T int8 | uint8 | int16](dst []T, x []float32, layout AxisLayout, scale []float32, zero []int32, lo, hi int32) {
	n := layout.Inner
	if n == 0 {
		return
	}
	for range layout.Outer {
		for c, s := range scale {
			quantizeRun(dst[:n], x[:n], s, zero[c], lo, hi)
			dst, x = dst[n:], x[n:]
		}
	}
}

func quantizeRun[T int8 | uint8 | int16](dst []T, x []float32, scale float32, zero, lo, hi int32) {
	done := quantizeVector(dst, x, scale, zero, lo, hi)
	quantizeGeneric(dst[done:len(x)], x[done:], scale, zero, lo, hi)
}

func quantizeGeneric[T int8 | uint8 | int16](dst []T, x []float32, scale float32, zero, lo, hi int32) {
	const far = 1 << 20 // beyond every stored value, within what converts exactly
	dst = dst[:len(x)]
	for i, v := range x {
		// In float64 the sum with one half is exact, so that truncation rounds.
		r := float64(v / scale)
		switch {
		case r >= 0:
			r = min(r, far) + 0.5
		case r < 0:
			r = max(r, -far) - 0.5
		default:
			r = 0
		}
		dst[i] = T(min(max(int32(r)+zero, lo), hi))
	}
}

// Dequantize is, for every run of one channel,
//
//	for i, v := range x { dst[i] = scale * (v - zero) }
//
// in float32.
func Dequantize[T int8 | uint8 | int16](dst []float32, x []T, layout AxisLayout, scale []float32, zero []int32) {
	n := layout.Inner
	if n == 0 {
		return
	}
	for range layout.Outer {
		for c, s := range scale {
			z := zero[c]
			d := dst[:n]
			for i, v := range x[:n] {
				d[i] = s * float32(int32(v)-z)
			}
			dst, x = dst[n:], x[n:]
		}
	}
}

// DequantizeTensor is
//
//	for i, v := range x { dst[i] = scale * (v - zero) }
//
// with the product in float64, as TFLite computes it for one scale.
func DequantizeTensor[T int8 | uint8 | int16](dst []float32, x []T, scale float32, zero int32) {
	dst = dst[:len(x)]
	done := dequantizeVector(dst, x, scale, zero)
	dequantizeGeneric(dst[done:], x[done:], scale, zero)
}

func dequantizeGeneric[T int8 | uint8 | int16](dst []float32, x []T, scale float32, zero int32) {
	s := float64(scale)
	for i, v := range x {
		dst[i] = float32(s * float64(int32(v)-zero))
	}
}

// Requantize is Rescale for the wider types: x may be int32, dst too.
func Requantize[Out, In int8 | uint8 | int16 | int32](dst []Out, x []In, p *RescaleParams) {
	dst = dst[:len(x)]
	for i, v := range x {
		r := int64(p.ZeroOut) + int64(fixedpoint.MultiplyByQuantizedMultiplier(int32(v)-p.ZeroIn, p.Multiplier, p.Shift))
		dst[i] = Out(min(max(r, int64(p.Min)), int64(p.Max)))
	}
}
