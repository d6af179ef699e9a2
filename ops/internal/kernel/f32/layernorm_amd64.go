//go:build amd64 && !noasm

package f32

import "github.com/litewren/litewren/ops/internal/kernel/isa"

// layerNormAVX512 is layerNormGeneric for rows of a multiple of 16 elements; inverse is 1/n.
//
//go:noescape
func layerNormAVX512(dst, x, gamma, beta *float32, rows, n int, inverse, epsilon float32)

// layerNormAVX2 is layerNormGeneric for rows of a multiple of 8 elements.
//
//go:noescape
func layerNormAVX2(dst, x, gamma, beta *float32, rows, n int, inverse, epsilon float32)

// layerNormCall is about how many elements one call of assembly normalizes, in tens of microseconds.
const layerNormCall = 1 << 16

// layerNormVector is LayerNorm of whole rows where the processor and the length of the rows allow assembly.
func layerNormVector(dst, x, gamma, beta []float32, rows, n int, epsilon float32) bool {
	wide := isa.AVX512 && n%16 == 0
	if !wide && !(isa.AVX2 && n%8 == 0) || n > layerNormCall {
		return false
	}
	step := max(layerNormCall/n, 1)
	for r := 0; r < rows; r += step {
		count := min(step, rows-r)
		if wide {
			layerNormAVX512(&dst[r*n], &x[r*n], &gamma[0], &beta[0], count, n, 1/float32(n), epsilon)
		} else {
			layerNormAVX2(&dst[r*n], &x[r*n], &gamma[0], &beta[0], count, n, 1/float32(n), epsilon)
		}
	}
	return true
}

// instanceNormAVX512 is instanceNormGeneric of 16 columns of rows of n elements; inverse is 1/rows.
//
//go:noescape
func instanceNormAVX512(dst, x, gamma, beta *float32, rows, n int, inverse, epsilon float32)

// instanceNormAVX2 is instanceNormGeneric of 8 columns of rows of n elements.
//
//go:noescape
func instanceNormAVX2(dst, x, gamma, beta *float32, rows, n int, inverse, epsilon float32)

// instanceNormCall is how many rows a call of assembly may have, in a few hundred microseconds at most.
const instanceNormCall = 1 << 17

// instanceNormVector is InstanceNorm where the processor and the number of columns allow assembly.
func instanceNormVector(dst, x, gamma, beta []float32, rows, n int, epsilon float32) bool {
	wide := isa.AVX512 && n%16 == 0
	if !wide && !(isa.AVX2 && n%8 == 0) || rows > instanceNormCall {
		return false
	}
	if wide {
		for c := 0; c < n; c += 16 {
			instanceNormAVX512(&dst[c], &x[c], &gamma[c], &beta[c], rows, n, 1/float32(rows), epsilon)
		}
		return true
	}
	for c := 0; c < n; c += 8 {
		instanceNormAVX2(&dst[c], &x[c], &gamma[c], &beta[c], rows, n, 1/float32(rows), epsilon)
	}
	return true
}
