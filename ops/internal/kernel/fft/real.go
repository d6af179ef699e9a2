package fft

import "math"

// Real transforms n real numbers to and from the n/2+1 values of their spectrum that the symmetry of the others leaves. It holds
// buffers: one goroutine at a time.
//
// The numbers at even and odd places are the real and the imaginary parts of half as many complex ones, whose spectrum is
// taken apart afterwards.
type Real struct {
	n, half int
	plan    *Plan
	work    *Work
	roots   []complex128 // e^(-2*pi*i*k/n) for k <= n/4
	re, im  []float64    // of the spectrum
}

// NewReal plans for length n, a power of two.
func NewReal(n int) *Real {
	half := max(n/2, 1)
	r := &Real{n: n, half: half, plan: New(half), work: NewWork(half), roots: make([]complex128, half/2+1)}
	for k := range r.roots {
		sin, cos := math.Sincos(2 * math.Pi * float64(k) / float64(n))
		r.roots[k] = complex(cos, -sin)
	}
	r.re, r.im = make([]float64, n/2+1), make([]float64, n/2+1)
	return r
}

// Len returns the length.
func (r *Real) Len() int { return r.n }

// Set takes the numbers to be transformed; those that x lacks are 0.
func (r *Real) Set(x []float32) {
	x = x[:min(len(x), r.n)]
	even, odd := r.work.Re[:r.half], r.work.Im[:r.half]
	pairs := len(x) / 2
	for i := range even[:pairs] {
		pair := x[2*i : 2*i+2]
		even[i], odd[i] = float64(pair[0]), float64(pair[1])
	}
	clear(even[pairs:])
	clear(odd[pairs:])
	if len(x)%2 != 0 {
		even[pairs] = float64(x[2*pairs])
	}
}

// Samples returns the numbers at even and at odd places, to be filled in before Forward.
func (r *Real) Samples() (even, odd []float64) { return r.work.Re[:r.half], r.work.Im[:r.half] }

// Forward transforms what Set or Samples holds. The result is valid until the next use.
func (r *Real) Forward() (re, im []float64) {
	if r.n == 1 {
		r.re[0], r.im[0] = r.work.Re[0], 0
		return r.re, r.im
	}
	r.plan.Forward(r.work)
	h := r.half
	zRe, zIm, re, im := r.work.Re[:h], r.work.Im[:h], r.re[:h+1], r.im[:h+1]
	re[0], im[0] = zRe[0]+zIm[0], 0
	re[h], im[h] = zRe[0]-zIm[0], 0
	for k := 1; k <= h/2; k++ {
		// The spectra of the even and of the odd places, times 2 and 2i.
		aRe, aIm, bRe, bIm := zRe[k], zIm[k], zRe[h-k], zIm[h-k]
		evenRe, evenIm, oddRe, oddIm := 0.5*(aRe+bRe), 0.5*(aIm-bIm), 0.5*(aIm+bIm), 0.5*(bRe-aRe)
		w := r.roots[k]
		tRe, tIm := oddRe*real(w)-oddIm*imag(w), oddRe*imag(w)+oddIm*real(w)
		re[k], im[k] = evenRe+tRe, evenIm+tIm
		re[h-k], im[h-k] = evenRe-tRe, tIm-evenIm
	}
	return re, im
}

// Spectrum returns the parts of the spectrum, to be filled in before Inverse.
func (r *Real) Spectrum() (re, im []float64) { return r.re, r.im }

// Inverse transforms the spectrum back and returns the numbers at even and at odd places, times n.
func (r *Real) Inverse() (even, odd []float64) {
	if r.n == 1 {
		r.work.Re[0] = r.re[0]
		return r.work.Re[:1], r.work.Im[:1]
	}
	h := r.half
	zRe, zIm, re, im := r.work.Re[:h], r.work.Im[:h], r.re[:h+1], r.im[:h+1]
	zRe[0], zIm[0] = re[0]+re[h], re[0]-re[h] // their imaginary parts do not count
	for k := 1; k <= h/2; k++ {
		aRe, aIm, bRe, bIm := re[k], im[k], re[h-k], im[h-k]
		evenRe, evenIm, tRe, tIm := aRe+bRe, aIm-bIm, aRe-bRe, aIm+bIm
		w := r.roots[k]
		oddRe, oddIm := tRe*real(w)+tIm*imag(w), tIm*real(w)-tRe*imag(w)
		zRe[k], zIm[k] = evenRe-oddIm, evenIm+oddRe
		zRe[h-k], zIm[h-k] = evenRe+oddIm, oddRe-evenIm
	}
	r.plan.Inverse(r.work)
	return r.work.Re[:h], r.work.Im[:h]
}
