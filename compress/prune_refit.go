package compress

import (
	"context"
	"slices"

	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/compress/internal/linalg"
	"github.com/litewren/litewren/schema/tflite"
)

// refit chooses, for every output by itself, the weights that are not zero and the bias so that the squared error of w*x+b over
// the measured inputs is least: with the second moments H of x and a 1 for the bias, H_SS*w_S = (H*w0)_S, where S are what stays
// and w0 the original weights.
func (w *prunedWeights) refit(ctx context.Context, m *edit.Model, r *Report) error {
	if w.inputs == nil {
		return nil // measureInputs has said why
	}
	if w.kind != tflite.TensorTypeFLOAT32 && w.kind != tflite.TensorTypeFLOAT16 {
		r.warn("%q: weights of type %s are not refitted", w.name, w.kind)
		return nil
	}
	a := w.products[0]
	bias, err := w.ownBias(m)
	if err != nil {
		return err
	}
	n := a.n
	if bias != nil {
		n++
	}
	for part := range a.parts {
		h := slices.Clone(w.inputs.matrix(part, bias != nil))
		damped(h, n, a.n)
		original := make([]float64, n)
		for row := range a.rows {
			if err := ctx.Err(); err != nil {
				return err
			}
			var kept []int
			for column := range a.n {
				i := a.at(part, row, column)
				original[column] = float64(w.before[i])
				if w.values[i] != 0 {
					kept = append(kept, column)
				}
			}
			if bias != nil {
				original[a.n] = float64(bias[part*a.rows+row])
				kept = append(kept, a.n)
			}
			solution, ok := solveKept(h, n, original, kept)
			if !ok {
				r.warn("%q: output %d: the moments of its inputs have no inverse: not refitted", w.name, part*a.rows+row)
				continue
			}
			for k, column := range kept {
				if column == a.n {
					bias[part*a.rows+row] = float32(solution[k])
				} else if v := float32(solution[k]); v != 0 {
					w.values[a.at(part, row, column)] = v
				}
			}
		}
	}
	if bias != nil {
		m.Graph(a.graph).SetFloats(a.bias, bias)
	}
	return nil
}

// ownBias returns the bias of the one node that reads the weights, if no other reads it; nil without such a one.
func (w *prunedWeights) ownBias(m *edit.Model) ([]float32, error) {
	a := w.products[0]
	if len(w.products) != 1 || a.bias < 0 {
		return nil, nil
	}
	g := m.Graph(a.graph)
	if !g.IsFloat(a.bias) || !g.IsConstant(a.bias) || len(m.BufferUsers()[g.Tensors[a.bias].Buffer]) != 1 || len(g.UsesOf(a.bias)) != 1 ||
		g.Elements(a.bias) != int64(a.parts*a.rows) {
		return nil, nil
	}
	return g.Floats(a.bias)
}

// solveKept solves for the kept elements.
func solveKept(h []float64, n int, original []float64, kept []int) ([]float64, bool) {
	size := len(kept)
	a, b := make([]float64, size*size), make([]float64, size)
	for i, p := range kept {
		row := h[p*n : (p+1)*n]
		for j, q := range kept {
			a[i*size+j] = row[q]
		}
		for j, v := range original {
			b[i] += row[j] * v
		}
	}
	return linalg.Solve(a, b, size)
}
