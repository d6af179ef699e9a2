package f32

import (
	"math"

	"github.com/litewren/litewren/tensor"
)

// Softmax is, for every row of depth elements,
//
//	for i, v := range row { dst[i] = exp((v - max(row)) * beta) / sum(exp((row - max(row)) * beta)) }
//
// with exponentials within 1 ulp. Exponentials below 2^-126, and quotients below 2^-126 but for rounding, are +0: no result is
// subnormal, as what is multiplied with it would be slow on many processors. dst may be x.
func Softmax(dst, x []float32, depth int, beta float32) {
	if n := len(x) / max(depth, 1) * depth; n > 0 && softmaxRowsVector(dst[:n], x[:n], depth, beta) {
		return
	}
	if depth > 0 && depth <= shortSoftmax {
		rows := softmaxBlock / depth * depth
		for x = x[:len(x)/depth*depth]; len(x) > 0; {
			n := min(len(x), rows)
			softmaxShort(dst[:n], x[:n], depth, beta)
			dst, x = dst[n:], x[n:]
		}
		return
	}
	for len(x) >= depth && depth > 0 {
		softmaxRow(dst[:depth], x[:depth], beta)
		dst, x = dst[depth:], x[depth:]
	}
}

// shortSoftmax is the longest row that has no vectors of its own; softmaxBlock the number of elements of the rows that share
// them.
const (
	shortSoftmax = 16
	softmaxBlock = 1024
)

// softmaxShort is Softmax of short rows, whose exponentials are computed together.
func softmaxShort(dst, x []float32, depth int, beta float32) {
	for i := 0; i < len(x); i += depth {
		row, d := x[i:i+depth], dst[i:i+depth]
		top := float32(-math.MaxFloat32)
		for _, v := range row {
			if v > top {
				top = v
			}
		}
		for j, v := range row {
			d[j] = (v - top) * beta
		}
	}
	expSum(dst, dst, 0, 1)
	for i := 0; i < len(dst); i += depth {
		d := dst[i : i+depth]
		sum := float32(0)
		for _, v := range d {
			sum += v
		}
		scaleNormalGeneric(d, d, 1/sum, sum*leastQuotient)
	}
}

func softmaxRow(dst, x []float32, beta float32) {
	sum := expSum(dst, x, largest(x), beta)
	scaleNormal(dst, dst, 1/sum, sum*leastQuotient)
}

const (
	leastNormal = 0x1p-126
	// leastQuotient is so much more than leastNormal that v/sum, rounded twice, is normal where v is not less than
	// sum*leastQuotient, rounded.
	leastQuotient = 0x1.000008p-126
)

// scaleNormal is
//
//	for i, v := range x { dst[i] = v * scale, or 0 where v < least }
//
// dst may be x.
func scaleNormal(dst, x []float32, scale, least float32) {
	dst = dst[:len(x)]
	if !scaleNormalVector(dst, x, scale, least) {
		scaleNormalGeneric(dst, x, scale, least)
	}
}

func scaleNormalGeneric(dst, x []float32, scale, least float32) {
	for i, v := range x {
		if v < least {
			v = 0
		}
		dst[i] = v * scale
	}
}

// expSum is
//
//	for i, v := range x { dst[i] = exp((v - top) * beta), or 0 where that is below 2^-126 }
//
// and returns the sum of the results.
func expSum(dst, x []float32, top, beta float32) float32 {
	dst = dst[:len(x)]
	if sum, ok := expSumVector(dst, x, top, beta); ok {
		return sum
	}
	return expSumGeneric(dst, x, top, beta)
}

func expSumGeneric(dst, x []float32, top, beta float32) float32 {
	var sum float32
	for i, v := range x {
		e := float32(math.Exp(float64((v - top) * beta)))
		if e < leastNormal {
			e = 0
		}
		dst[i] = e
		sum += e
	}
	return sum
}

// LogSoftmax is, for every row of depth elements,
//
//	for i, v := range row { dst[i] = v - max(row) - log(sum(exp(row - max(row)))) }
//
// dst may be x.
func LogSoftmax(dst, x []float32, depth int) {
	for len(x) >= depth && depth > 0 {
		top := largest(x[:depth])
		log := float32(math.Log(float64(sumExp(x[:depth], top))))
		least, most := float32(math.Inf(-1)), float32(math.Inf(1))
		SubOne(dst[:depth], x[:depth], top, least, most)
		SubOne(dst[:depth], dst[:depth], log, least, most)
		dst, x = dst[depth:], x[depth:]
	}
}

// sumExp returns the sum of exp(v - top).
func sumExp(x []float32, top float32) float32 {
	if sum, ok := sumExpVector(x, top); ok {
		return sum
	}
	return sumExpGeneric(x, top)
}

func sumExpGeneric(x []float32, top float32) float32 {
	var sum float32
	for _, v := range x {
		sum += float32(math.Exp(float64(v - top)))
	}
	return sum
}

// largest returns the maximum, at least -MaxFloat32; NaNs are passed over, as by C's std::max.
func largest(x []float32) float32 {
	if top, ok := largestVector(x); ok {
		return top
	}
	return largestGeneric(x)
}

func largestGeneric(x []float32) float32 {
	top := float32(-math.MaxFloat32)
	for _, v := range x {
		if v > top {
			top = v
		}
	}
	return top
}

// SoftmaxHalf is Softmax of FLOAT16 bit patterns: exponentials are rounded to FLOAT16 before the division, which is float32.
// dst may be x.
func SoftmaxHalf(dst, x []uint16, depth int, beta float32) {
	for len(x) >= depth && depth > 0 {
		row, d := x[:depth], dst[:depth]
		top := float32(math.Inf(-1))
		for _, h := range row {
			if v := tensor.Float16ToFloat32(h); v > top {
				top = v
			}
		}
		var sum float32
		for i, h := range row {
			e := float32(math.Exp(float64((tensor.Float16ToFloat32(h) - top) * beta)))
			d[i] = tensor.Float32ToFloat16(e)
			sum += e
		}
		for i, h := range d {
			d[i] = tensor.Float32ToFloat16(tensor.Float16ToFloat32(h) / sum)
		}
		dst, x = dst[depth:], x[depth:]
	}
}
