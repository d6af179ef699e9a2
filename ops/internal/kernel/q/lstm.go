package q

import "github.com/litewren/litewren/ops/internal/fixedpoint"

// Factor is a real factor in fixed point: multiplier * 2^(shift-31).
type Factor struct {
	Multiplier int32
	Shift      int
}

// NewFactor is the Factor nearest to d.
func NewFactor(d float64) (f Factor) {
	f.Multiplier, f.Shift = fixedpoint.QuantizeMultiplier(d)
	return f
}

func (f Factor) times(x int32) int32 {
	return fixedpoint.MultiplyByQuantizedMultiplier(x, f.Multiplier, f.Shift)
}

// AccumulateGate adds a rescaled product to the sums of an int16 gate, for rows of n sums, with the rows of w, k elements each:
//
//	for p := range rows {
//		for r := range n { z[p*n+r] = saturate(z[p*n+r] + f*(bias[r] + sum(i, w[r*k+i]*x[p*k+i]))) }
//	}
//
// bias also takes out the zero point of x. acc is scratch for as many sums as z has.
func AccumulateGate(z []int16, acc []int32, w, x []int8, rows, n, k int, bias []int32, f Factor) {
	z, acc = z[:rows*n], acc[:rows*n]
	if k == 0 {
		for i := range acc {
			acc[i] = bias[i%n]
		}
	} else {
		Products(acc, x, k, rows, w, n, k, bias)
	}
	accumulateWords(z, acc, f)
}

func accumulateWordsGeneric(z []int16, acc []int32, f Factor) {
	acc = acc[:len(z)]
	for r, v := range z {
		z[r] = fixedpoint.SaturateInt16(f.times(acc[r]) + int32(v))
	}
}

// AccumulatePeephole is
//
//	for i := range z { z[i] = saturate(z[i] + f*(w[i]*cell[i])) }
func AccumulatePeephole(z, w, cell []int16, f Factor) {
	w, cell = w[:len(z)], cell[:len(z)]
	for i, v := range z {
		z[i] = fixedpoint.SaturateInt16(int32(v) + f.times(int32(w[i])*int32(cell[i])))
	}
}

// Project is an int8 layer:
//
//	for r := range dst { dst[r] = saturate(zero + f*(bias[r] + sum(i, w[r][i]*x[i]))) }
func Project(dst []int8, w, x []int8, bias []int32, f Factor, zero int32) {
	n := len(x)
	for r := range dst {
		dst[r] = fixedpoint.SaturateInt8(f.times(inner[int32](x, w[r*n:(r+1)*n])+bias[r]) + zero)
	}
}

// EffectiveBias folds zero point and bias into one:
//
//	for r := range dst { dst[r] = bias[r] + zero*rowSums[r] }
//
// A nil bias is 0.
func EffectiveBias(dst, bias, rowSums []int32, zero int32) {
	rowSums = rowSums[:len(dst)]
	for r := range dst {
		dst[r] = zero * rowSums[r]
		if bias != nil {
			dst[r] += bias[r]
		}
	}
}

// NormalizeGate is the layer norm of one row of an int16 gate: x scaled to mean 0 and variance 1 times weight plus bias, with
// 12 fractional bits. f is the scale of weight; 10 bits of the intermediate values are below the point. guard stands for
// variances below 1. Source: PortableApplyLayerNorm in TFLite.
func NormalizeGate(x, weight []int16, bias []int32, f Factor, guard int32) {
	n := len(x)
	if n == 0 {
		return
	}
	var sum, squares int64
	for _, v := range x {
		sum += int64(v)
		squares += int64(v) * int64(v)
	}
	const one = 1 << 20
	mean := int32(sum * 1024 / int64(n))
	variance := int32((squares*(one/int64(n)) - int64(mean)*int64(mean)) / one)
	if variance < 1 {
		variance = guard
	}
	inverse := Factor{}
	inverse.Multiplier, inverse.Shift = fixedpoint.InvSqrt(variance, -1)
	out := Factor{f.Multiplier, f.Shift + 12}
	for i, v := range x {
		scaled := inverse.times(1024*int32(v) - mean)
		sum := scaled*int32(weight[i]) + bias[i]
		if sum > 0 {
			sum = int32((int64(sum) + 512) / 1024)
		} else {
			sum = int32((int64(sum) - 512) / 1024)
		}
		x[i] = fixedpoint.SaturateInt16(out.times(sum))
	}
}

// LogisticGate and TanhGate are
//
//	for i, v := range x { x[i] = function(v) }
//
// for x with that many integer bits; the results have none.
func LogisticGate(x []int16, integerBits int) {
	if sigmoidWordsVector(x, x, integerBits, false) {
		return
	}
	for i, v := range x {
		x[i] = fixedpoint.Logistic16(v, integerBits)
	}
}

// TanhGate: see LogisticGate. dst may be x.
func TanhGate(dst, x []int16, integerBits int) {
	dst = dst[:len(x)]
	if sigmoidWordsVector(dst, x, integerBits, true) {
		return
	}
	for i, v := range x {
		dst[i] = fixedpoint.Tanh16(v, integerBits)
	}
}

// UpdateCell is, with in as the input gate or 32767-forget where in is nil,
//
//	for i := range cell { cell[i] = clip(saturate(forget[i]*cell[i] >> 15 + in[i]*new[i] >> shift)) }
//
// The shifts round, halves away from zero. clip limits to [-limit, limit]; a limit of 0 is none. The gates are not negative.
func UpdateCell(cell, forget, in, new []int16, shift int, limit int16) {
	forget, new = forget[:len(cell)], new[:len(cell)]
	if in != nil {
		in = in[:len(cell)]
	}
	if !updateWords(cell, forget, in, new, shift, limit) {
		updateCellGeneric(cell, forget, in, new, shift, limit)
	}
}

func updateCellGeneric(cell, forget, in, new []int16, shift int, limit int16) {
	for i, c := range cell {
		g := 32767 - forget[i]
		if in != nil {
			g = in[i]
		}
		old := int16(fixedpoint.RoundingDivideByPOT(int32(forget[i])*int32(c), 15))
		added := int16(fixedpoint.RoundingDivideByPOT(int32(g)*int32(new[i]), shift))
		v := fixedpoint.SaturatingAdd16(old, added)
		if limit > 0 {
			v = max(min(v, limit), -limit)
		}
		cell[i] = v
	}
}

// Hide is
//
//	for i := range dst { dst[i] = saturate(f*(gate[i]*x[i]) + zero) }
func Hide(dst []int8, gate, x []int16, f Factor, zero int32) {
	gate, x = gate[:len(dst)], x[:len(dst)]
	if !hideWords(dst, gate, x, f, zero) {
		hideGeneric(dst, gate, x, f, zero)
	}
}

func hideGeneric(dst []int8, gate, x []int16, f Factor, zero int32) {
	for i := range dst {
		dst[i] = fixedpoint.SaturateInt8(f.times(int32(gate[i])*int32(x[i])) + zero)
	}
}

// ClipInt8 is
//
//	for i, v := range x { x[i] = max(min(v, limit), -limit) }
//
// A limit of 0 or less is none.
func ClipInt8(x []int8, limit int8) {
	if limit <= 0 {
		return
	}
	for i, v := range x {
		x[i] = max(min(v, limit), -limit)
	}
}
