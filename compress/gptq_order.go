package compress

import (
	"slices"

	"github.com/litewren/litewren/compress/internal/linalg"
)

// layerPart is a matrix of weights to be rounded, and how.
type layerPart struct {
	w        []float32 // rows x n
	n        int
	scale    []float32
	grid     weightGrid
	adaptive bool
}

// dampingsOfTargets are shares of the mean moment that are added where the weights to round are solved for: see target.
func dampingsOfTargets() []float64 { return []float64{0.01, 0.1, 1} }

// round returns the rounded weights of one part, nil where that fails. What is rounded are the original weights, or those that make
// of the inputs, in which layers before have left errors, what is nearest to the original outputs: whichever samples held out
// prefer once it is rounded.
func (p layerPart) round(x *split, part int) []float32 {
	own, with := x.fit.matrices(part, false)
	rounder := p.rounder(own)
	if rounder == nil {
		return nil
	}
	judgeOwn, judgeWith := x.judge.matrices(part, false)
	rows := len(p.w) / p.n
	step := (rows + mostJudgedRows - 1) / mostJudgedRows
	loss := func(w []float32) (sum float64) {
		for row := 0; row < rows; row += step {
			judge := rowProblem{own: judgeOwn, with: judgeWith, n: p.n, original: widen(p.w[row*p.n : (row+1)*p.n])}
			sum += judge.loss(widen(w[row*p.n : (row+1)*p.n]))
		}
		return sum
	}
	damping := 0.0 // for none
	plain := slices.Clone(p.w)
	rounder(plain, p.scale)
	least := loss(plain)
	if !slices.Equal(own, with) { // the first layers have the original inputs
		for _, d := range dampingsOfTargets() {
			w := p.target(own, with, d)
			if w == nil {
				continue
			}
			rounder(w, p.scale)
			if l := loss(w); l < least {
				least, damping = l, d
			}
		}
	}
	own, with = x.all().matrices(part, false)
	w := slices.Clone(p.w)
	if damping > 0 {
		if w = p.target(own, with, damping); w == nil {
			w = slices.Clone(p.w)
		}
	}
	if rounder = p.rounder(own); rounder == nil {
		return nil
	}
	rounder(w, p.scale)
	return w
}

func (p layerPart) rounder(h []float64) rowRounder {
	if p.adaptive {
		return newRowAdapter(p.n, h, p.grid)
	}
	return newRowRounder(p.n, h, p.grid)
}

// target solves for weights w with the least squares of w*y - w0*x plus damping times the mean of the moments times that of w - w0.
func (p layerPart) target(own, with []float64, damping float64) []float32 {
	n := p.n
	add := damping * meanSquare(own, n, n)
	a := slices.Clone(own)
	for i := range n {
		a[i*n+i] += add
	}
	l, ok := linalg.Cholesky(a, n)
	if !ok {
		return nil
	}
	out := make([]float32, len(p.w))
	b := make([]float64, n)
	columns := sequence(0, n-1)
	for row := range len(p.w) / n {
		w := widen(p.w[row*n : (row+1)*n])
		if kept := nonzero(columns, p.w[row*n:(row+1)*n]); len(kept) < n {
			solution, ok := rowProblem{own: own, with: with, n: n, original: w}.solve(kept, add, n)
			if !ok {
				return nil
			}
			for i, c := range kept {
				out[row*n+c] = float32(solution[i])
			}
			continue
		}
		for i := range b {
			b[i] = add * w[i]
			for j, v := range with[i*n : (i+1)*n] {
				b[i] += v * w[j]
			}
		}
		for i, v := range linalg.SolveFactored(l, b, n) {
			out[row*n+i] = float32(v)
		}
	}
	return out
}

func widen(x []float32) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}
