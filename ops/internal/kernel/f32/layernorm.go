package f32

import "math"

// LayerNorm is, for every row of n elements,
//
//	mean = sum(row)/n
//	for i, v := range row { dst[i] = (v - mean) / sqrt(sum((row - mean)^2)/n + epsilon) * gamma[i] + beta[i] }
//
// gamma and beta have n elements; dst may be x. What becomes of a row does not depend on the others.
func LayerNorm(dst, x, gamma, beta []float32, n int, epsilon float32) {
	if n <= 0 || len(x) < n {
		return
	}
	rows := len(x) / n
	x, gamma, beta = x[:rows*n], gamma[:n], beta[:n]
	dst = dst[:len(x)]
	if !layerNormVector(dst, x, gamma, beta, rows, n, epsilon) {
		layerNormGeneric(dst, x, gamma, beta, rows, n, epsilon)
	}
}

func layerNormGeneric(dst, x, gamma, beta []float32, rows, n int, epsilon float32) {
	for r := range rows {
		row, y := x[r*n:(r+1)*n], dst[r*n:(r+1)*n]
		var sum, squares float32
		for _, v := range row {
			sum += v
		}
		mean := sum / float32(n)
		for _, v := range row {
			squares += (v - mean) * (v - mean)
		}
		deviation := float32(math.Sqrt(float64(squares/float32(n) + epsilon)))
		for i, v := range row {
			y[i] = (v-mean)/deviation*gamma[i] + beta[i]
		}
	}
}

// InstanceNorm is LayerNorm of every column of an image of rows of n elements, with a gamma and a beta for each column:
//
//	dst[r*n+i] = x[r*n+i]*a[i] + b[i], a[i] = gamma[i] / sqrt(variance of column i + epsilon), b[i] = beta[i] - mean[i]*a[i]
//
// a and b are scratch of n elements each; dst may be x.
func InstanceNorm(dst, x, gamma, beta, a, b []float32, n int, epsilon float32) {
	if n <= 0 || len(x) < n {
		return
	}
	rows := len(x) / n
	x, a, b, gamma, beta = x[:rows*n], a[:n], b[:n], gamma[:n], beta[:n]
	dst = dst[:len(x)]
	if !instanceNormVector(dst, x, gamma, beta, rows, n, epsilon) {
		instanceNormGeneric(dst, x, gamma, beta, a, b, rows, n, epsilon)
	}
}

func instanceNormGeneric(dst, x, gamma, beta, a, b []float32, rows, n int, epsilon float32) {
	clear(a)
	clear(b)
	for r := 0; r < len(x); r += n {
		for i, v := range x[r:][:len(a)] {
			a[i] += v
		}
	}
	for i := range a {
		a[i] /= float32(rows)
	}
	for r := 0; r < len(x); r += n {
		for i, v := range x[r:][:len(a)] {
			d := v - a[i]
			b[i] += d * d
		}
	}
	for i, mean := range a {
		a[i] = gamma[i] / float32(math.Sqrt(float64(b[i]/float32(rows)+epsilon)))
		b[i] = beta[i] - mean*a[i]
	}
	for r := 0; r < len(x); r += n {
		y := dst[r:][:len(a)]
		for i, v := range x[r:][:len(a)] {
			y[i] = v*a[i] + b[i]
		}
	}
}
