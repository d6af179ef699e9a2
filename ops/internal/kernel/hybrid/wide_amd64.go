//go:build amd64 && !noasm

package hybrid

import (
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/isa"
)

var wide = isa.AVX512

// quantizeRowsAVX512 quantizes rows of n elements, both >= 1, until one is not ordinary; asymmetric is 1 or 0. It returns how
// many it has done.
//
//go:noescape
func quantizeRowsAVX512(dst *int8, x *float32, rows, n int, scales *float32, zeros *int32, asymmetric int) (done int)

// scaleSumsAVX512 is the loop of Outputs.Write for rows and n >= 1.
//
//go:noescape
func scaleSumsAVX512(args *sumArgs)

// wideWork is about how many elements one call of a kernel takes at most.
const wideWork = 1 << 16

func quantizeRows(dst []int8, x []float32, rows, n int, scales []float32, zeros []int32, asymmetric bool) (done int) {
	if !wide || n == 0 {
		return 0
	}
	way := 0
	if asymmetric {
		way = 1
	}
	for most := max(1, wideWork/n); done < rows; {
		count := min(most, rows-done)
		got := quantizeRowsAVX512(&dst[done*n], &x[done*n], count, n, &scales[done], &zeros[done], way)
		if done += got; got < count {
			break
		}
	}
	return done
}

// What stands for vectors that are absent.
var (
	noSums [16]int32
	noBias [16]float32
	noEach = [16]float32{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}
)

func (o *Outputs) writeFast(dst []float32, acc []int32, rows, n int, scales []float32, zeros []int32) bool {
	if !wide {
		return false
	}
	if rows <= 0 || n <= 0 {
		return true
	}
	a := &o.args
	a.n, a.weights, a.lo, a.hi = n, o.Scale, o.Lo, o.Hi
	a.bias, a.steps[0] = orElse(o.Bias, &noBias, n)
	a.each, a.steps[1] = orElse(o.Each, &noEach, n)
	a.sums, a.steps[2] = orElse(o.Sums, &noSums, n)
	for most := max(1, wideWork/n); rows > 0; rows -= most {
		a.dst, a.acc, a.scales, a.zeros, a.rows = &dst[0], &acc[0], &scales[0], &zeros[0], min(most, rows)
		scaleSumsAVX512(a)
		if rows > most {
			dst, acc, scales, zeros = dst[most*n:], acc[most*n:], scales[most:], zeros[most:]
		}
	}
	*a = sumArgs{}
	return true
}

// orElse returns the first of n elements and the bytes between vectors, those of a vector that stands for them where there are
// none.
func orElse[T float32 | int32](x []T, absent *[16]T, n int) (*T, int) {
	if x == nil {
		return &absent[0], 0
	}
	return unsafe.SliceData(x[:n]), 64
}
