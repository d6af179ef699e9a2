package compress

import (
	"slices"

	"github.com/litewren/litewren/compress/internal/linalg"
)

// mostTucker bounds the channels of either side of a convolution that is taken apart as a Tucker-2 form.
const mostTucker = 512

// hooiRounds is how often the bases of input and output channels are chosen anew for each other; it settles in one or two.
const hooiRounds = 3

// tucker is a kernel [m, h, w, n] as a core between bases of its output and of its input channels (Kim et al., Compression of Deep
// Convolutional Neural Networks, 2016): the first gathers input channels, the last spreads output channels, both 1 x 1.
type tucker struct {
	m, hw, n int
	kernel   []float64 // of m x hw x n, for inputs whose moments are the unit matrix
	kept     []float64 // energy of the core cut at i output and j input channels: (m+1) x (n+1)
}

// newTucker finds the higher-order singular value decomposition of a kernel [m, hw, n].
func newTucker(kernel []float64, m, hw, n int) *tucker {
	t := &tucker{m: m, hw: hw, n: n, kernel: kernel}
	core := projectOutputs(kernel, t.outputBasis(kernel, n), m, m, hw*n)
	core = projectInputs(core, t.inputBasis(kernel, m), m*hw, n, n)
	t.kept = make([]float64, (m+1)*(n+1))
	for o := range m {
		for i := range n {
			sum := 0.0
			for p := range hw {
				v := core[(o*hw+p)*n+i]
				sum += v * v
			}
			t.kept[(o+1)*(n+1)+i+1] = sum + t.kept[o*(n+1)+i+1] + t.kept[(o+1)*(n+1)+i] - t.kept[o*(n+1)+i]
		}
	}
	return t
}

// cost is the number of weights with such ranks.
func (t *tucker) cost(outputs, inputs int) int {
	return inputs*t.n + outputs*inputs*t.hw + t.m*outputs
}

// ranks are those of the fewest weights that keep the share of energy.
func (t *tucker) ranks(share float64) (outputs, inputs int) {
	total := t.kept[len(t.kept)-1]
	best := -1
	outputs, inputs = t.m, t.n
	for o := 1; o <= t.m; o++ {
		for i := 1; i <= t.n; i++ {
			if t.kept[o*(t.n+1)+i] < share*total {
				continue
			}
			if c := t.cost(o, i); best < 0 || c < best {
				best, outputs, inputs = c, o, i
			}
			break
		}
	}
	return outputs, inputs
}

// outputBasis are the eigenvectors of the output channels of [m, hw, n], one a row, from the largest on.
func (t *tucker) outputBasis(kernel []float64, n int) []float64 {
	gram, size := make([]float64, t.m*t.m), t.hw*n
	for a := range t.m {
		for b := range a + 1 {
			sum := 0.0
			x, y := kernel[a*size:(a+1)*size], kernel[b*size:(b+1)*size]
			for i, v := range x {
				sum += v * y[i]
			}
			gram[a*t.m+b], gram[b*t.m+a] = sum, sum
		}
	}
	_, _, vT := linalg.SVD(gram, t.m, t.m)
	return vT
}

// inputBasis are those of the input channels of [m, hw, n].
func (t *tucker) inputBasis(kernel []float64, m int) []float64 {
	gram := make([]float64, t.n*t.n)
	for p := range m * t.hw {
		x := kernel[p*t.n : (p+1)*t.n]
		for a, v := range x {
			for b, w := range x[:a+1] {
				gram[a*t.n+b] += v * w
			}
		}
	}
	for a := range t.n {
		for b := range a {
			gram[b*t.n+a] = gram[a*t.n+b]
		}
	}
	_, _, vT := linalg.SVD(gram, t.n, t.n)
	return vT
}

// projectOutputs takes [m, size] to [rank, size].
func projectOutputs(kernel, basis []float64, rank, m, size int) []float64 {
	out := make([]float64, rank*size)
	for r := range rank {
		to := out[r*size : (r+1)*size]
		for o := range m {
			f := basis[r*m+o]
			for i, v := range kernel[o*size : (o+1)*size] {
				to[i] += f * v
			}
		}
	}
	return out
}

// projectInputs takes [places, n] to [places, rank].
func projectInputs(kernel, basis []float64, places, rank, n int) []float64 {
	out := make([]float64, places*rank)
	for p := range places {
		x := kernel[p*n : (p+1)*n]
		for r := range rank {
			sum := 0.0
			for i, v := range basis[r*n : (r+1)*n] {
				sum += v * x[i]
			}
			out[p*rank+r] = sum
		}
	}
	return out
}

// factors returns the core [outputs, hw, inputs], the basis of the inputs [inputs, n] and the basis of the outputs as weights
// [m, outputs].
func (t *tucker) factors(outputs, inputs int) (core, in, out []float64) {
	u := t.outputBasis(t.kernel, t.n)
	var v []float64
	for range hooiRounds {
		v = t.inputBasis(projectOutputs(t.kernel, u, outputs, t.m, t.hw*t.n), outputs)
		u = t.outputBasis(projectInputs(t.kernel, v, t.m*t.hw, inputs, t.n), inputs)
	}
	core = projectInputs(projectOutputs(t.kernel, u, outputs, t.m, t.hw*t.n), v, outputs*t.hw, inputs, t.n)
	out = make([]float64, t.m*outputs)
	for r := range outputs {
		for o := range t.m {
			out[o*outputs+r] = u[r*t.m+o]
		}
	}
	return core, slices.Clone(v[:inputs*t.n]), out
}

// unroot takes rows times L back: row * L^-1.
func unroot(row, root []float64, n int) {
	for j := n - 1; j >= 0; j-- {
		row[j] /= root[j*n+j]
		for c := range j {
			row[c] -= row[j] * root[j*n+c]
		}
	}
}

// tuckerFactors returns the weights of the three layers, [inputs, 1, 1, n], [outputs, h, w, inputs] and [m, 1, 1, outputs], and
// what they make together, [m, h, w, n].
func (l *factorLayer) tuckerFactors(outputs, inputs int) (first, core, last, product []float32) {
	c, in, out := l.tucker.factors(outputs, inputs)
	if l.channelRoot != nil {
		for r := range inputs {
			unroot(in[r*l.n:(r+1)*l.n], l.channelRoot, l.n)
		}
	}
	narrow := func(x []float64) []float32 {
		y := make([]float32, len(x))
		for i, v := range x {
			y[i] = float32(v)
		}
		return y
	}
	places := l.h * l.w
	// [m, hw, inputs], then inputs to n
	wide := make([]float64, l.m*places*inputs)
	for o := range l.m {
		for r := range outputs {
			f := out[o*outputs+r]
			for i, v := range c[r*places*inputs : (r+1)*places*inputs] {
				wide[o*places*inputs+i] += f * v
			}
		}
	}
	whole := make([]float64, l.m*places*l.n)
	for p := range l.m * places {
		for r := range inputs {
			f := wide[p*inputs+r]
			for i, v := range in[r*l.n : (r+1)*l.n] {
				whole[p*l.n+i] += f * v
			}
		}
	}
	return narrow(in), narrow(c), narrow(out), narrow(whole)
}
