// Package fft computes discrete Fourier transforms of power-of-two lengths in double precision.
//
// A [Plan] transforms complex numbers, which it keeps as separate real and imaginary parts; a [Real] transforms real ones by a
// plan of half their length.
package fft

import "math"

// Plan holds the factors for one length. It may be shared.
type Plan struct {
	n      int
	stages []stage
}

// stage makes transforms of size out of four of size/4, stride of them at a time.
type stage struct {
	size, stride int
	// w^p, w^2p, w^3p for p < size/4 and w = e^(-2*pi*i/size): the real and the imaginary parts of each, six tables.
	factors []float64
}

// New plans for length n, a power of two.
func New(n int) *Plan {
	p := &Plan{n: n}
	stride := 1
	for size := n; size > 1; size, stride = size/4, stride*4 {
		s := stage{size: size, stride: stride}
		quarter := size / 4
		s.factors = make([]float64, 6*quarter)
		for k := range 3 {
			for i := range quarter {
				sin, cos := math.Sincos(2 * math.Pi * float64((k+1)*i) / float64(size))
				s.factors[2*k*quarter+i], s.factors[(2*k+1)*quarter+i] = cos, -sin
			}
		}
		p.stages = append(p.stages, s)
	}
	return p
}

// Work is what a plan transforms: real and imaginary parts, and memory to do it in.
type Work struct{ Re, Im, re, im []float64 }

// NewWork returns memory for transforms of length n.
func NewWork(n int) *Work {
	m := make([]float64, 4*n)
	return &Work{m[:n:n], m[n : 2*n : 2*n], m[2*n : 3*n : 3*n], m[3*n:]}
}

// Forward replaces w, of the plan's length, by W[k] = sum over j of w[j] * e^(-2*pi*i*j*k/n).
//
// It is Stockham's algorithm with radix 4: a stage reads transforms of a quarter of its size that lie interleaved and writes
// them so that the result comes out in order.
func (p *Plan) Forward(w *Work) {
	for i := range p.stages {
		s := &p.stages[i]
		s.run(w.re[:p.n], w.im[:p.n], w.Re[:p.n], w.Im[:p.n])
		w.Re, w.Im, w.re, w.im = w.re, w.im, w.Re, w.Im
	}
}

// Inverse replaces w by n times what Forward makes w of.
func (p *Plan) Inverse(w *Work) {
	w.Re, w.Im = w.Im, w.Re
	p.Forward(w)
	w.Re, w.Im = w.Im, w.Re
}

// runGeneric combines, for p < size/4 and q < stride and x[j] = x[q+stride*(p+j*size/4)],
//
//	y[q+stride*(4*p+k)] = w^(k*p) * sum over j of x[j] * e^(-2*pi*i*j*k/4)
//
// and, for size 2, sums and differences.
func (s *stage) runGeneric(yRe, yIm, xRe, xIm []float64) {
	stride := s.stride
	if s.size == 2 {
		for q := range stride {
			aRe, aIm, bRe, bIm := xRe[q], xIm[q], xRe[q+stride], xIm[q+stride]
			yRe[q], yIm[q] = aRe+bRe, aIm+bIm
			yRe[q+stride], yIm[q+stride] = aRe-bRe, aIm-bIm
		}
		return
	}
	quarter := s.size / 4
	step := quarter * stride
	for p := range quarter {
		w1Re, w1Im := s.factors[p], s.factors[quarter+p]
		w2Re, w2Im := s.factors[2*quarter+p], s.factors[3*quarter+p]
		w3Re, w3Im := s.factors[4*quarter+p], s.factors[5*quarter+p]
		for q := range stride {
			i, o := q+stride*p, q+4*stride*p
			aRe, bRe, cRe, dRe := xRe[i], xRe[i+step], xRe[i+2*step], xRe[i+3*step]
			aIm, bIm, cIm, dIm := xIm[i], xIm[i+step], xIm[i+2*step], xIm[i+3*step]
			sumRe, sumIm, differenceRe, differenceIm := aRe+cRe, aIm+cIm, aRe-cRe, aIm-cIm
			oddRe, oddIm, turnedRe, turnedIm := bRe+dRe, bIm+dIm, bIm-dIm, dRe-bRe // turned by -i
			yRe[o], yIm[o] = sumRe+oddRe, sumIm+oddIm
			re, im := differenceRe+turnedRe, differenceIm+turnedIm
			yRe[o+stride], yIm[o+stride] = re*w1Re-im*w1Im, re*w1Im+im*w1Re
			re, im = sumRe-oddRe, sumIm-oddIm
			yRe[o+2*stride], yIm[o+2*stride] = re*w2Re-im*w2Im, re*w2Im+im*w2Re
			re, im = differenceRe-turnedRe, differenceIm-turnedIm
			yRe[o+3*stride], yIm[o+3*stride] = re*w3Re-im*w3Im, re*w3Im+im*w3Re
		}
	}
}
