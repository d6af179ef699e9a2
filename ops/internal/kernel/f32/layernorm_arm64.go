//go:build arm64 && !noasm

package f32

// layerNormNEON is layerNormGeneric for rows of a multiple of 4 elements; inverse is 1/n.
//
//go:noescape
func layerNormNEON(dst, x, gamma, beta *float32, rows, n int, inverse, epsilon float32)

// layerNormCall is about how many elements one call of assembly normalizes, in tens of microseconds.
const layerNormCall = 1 << 14

// layerNormVector is LayerNorm of whole rows where their length allows assembly.
func layerNormVector(dst, x, gamma, beta []float32, rows, n int, epsilon float32) bool {
	if n%4 != 0 || n > layerNormCall {
		return false
	}
	step := max(layerNormCall/n, 1)
	for r := 0; r < rows; r += step {
		layerNormNEON(&dst[r*n], &x[r*n], &gamma[0], &beta[0], min(step, rows-r), n, 1/float32(n), epsilon)
	}
	return true
}

// instanceNormNEON is instanceNormGeneric of 4 columns of rows of n elements; inverse is 1/rows.
//
//go:noescape
func instanceNormNEON(dst, x, gamma, beta *float32, rows, n int, inverse, epsilon float32)

// instanceNormCall is how many rows a call of assembly may have, in a few hundred microseconds at most.
const instanceNormCall = 1 << 16

// instanceNormVector is InstanceNorm where the number of columns allows assembly.
func instanceNormVector(dst, x, gamma, beta []float32, rows, n int, epsilon float32) bool {
	if n%4 != 0 || rows > instanceNormCall {
		return false
	}
	for c := 0; c < n; c += 4 {
		instanceNormNEON(&dst[c], &x[c], &gamma[c], &beta[c], rows, n, 1/float32(rows), epsilon)
	}
	return true
}
