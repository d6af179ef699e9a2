package hybrid

import "github.com/litewren/litewren/ops/internal/kernel/f32"

// QuantizeRows quantizes rows of n elements each as QuantizeAsymmetric or QuantizeSymmetric does one; those have the zero
// point 0.
func QuantizeRows(dst []int8, x []float32, rows, n int, scales []float32, zeros []int32, asymmetric bool) {
	dst, x, scales, zeros = dst[:rows*n], x[:rows*n], scales[:rows], zeros[:rows]
	for r := 0; r < rows; r++ {
		r += quantizeRows(dst[r*n:], x[r*n:], rows-r, n, scales[r:], zeros[r:], asymmetric)
		if r >= rows {
			break
		}
		row, to := x[r*n:(r+1)*n], dst[r*n:(r+1)*n]
		if asymmetric {
			scales[r], zeros[r] = QuantizeAsymmetric(to, row)
		} else {
			scales[r], zeros[r] = QuantizeSymmetric(to, row), 0
		}
	}
}

// Outputs says what becomes of sums of products of quantized rows with weights. It is made for one node.
type Outputs struct {
	Scale  float32   // of the weights
	Each   []float32 // what Scale is multiplied by for each column; nil is 1
	Bias   []float32 // nil is 0
	Sums   []int32   // of the rows of the weights, as in AccumulateScaled; nil where zero points are 0
	Lo, Hi float32

	args sumArgs
}

// sumArgs is what the assembly reads: offsets are fixed.
type sumArgs struct {
	dst       *float32
	acc       *int32
	rows, n   int
	scales    *float32
	zeros     *int32
	bias      *float32
	each      *float32
	sums      *int32
	steps     [3]int // bytes between vectors of bias, each, sums
	weights   float32
	lo, hi, _ float32
}

// Write is, for rows of n sums, with the scales and zero points of the rows they were made of,
//
//	dst[r*n+j] = clamp(Bias[j] + float32(acc[r*n+j]-zeros[r]*Sums[j])*(scales[r]*Scale*Each[j]), Lo, Hi)
func (o *Outputs) Write(dst []float32, acc []int32, rows, n int, scales []float32, zeros []int32) {
	dst, acc, scales, zeros = dst[:rows*n], acc[:rows*n], scales[:rows], zeros[:rows]
	if o.writeFast(dst, acc, rows, n, scales, zeros) {
		return
	}
	for r := range rows {
		to := dst[r*n : (r+1)*n]
		if o.Bias == nil {
			clear(to)
		} else {
			copy(to, o.Bias[:n])
		}
		AccumulateScaled(to, acc[r*n:(r+1)*n], float32(scales[r]*o.Scale), o.Each, zeros[r], o.Sums)
	}
	f32.Clamp(dst, dst, o.Lo, o.Hi)
}
