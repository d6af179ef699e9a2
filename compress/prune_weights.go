package compress

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// load reads the weights of tensor t: magnitudes are those of the real values, up to a scale that per-axis weights have by
// channel.
func (w *prunedWeights) load(g *edit.Graph, t int32) error {
	data, x := g.Data(t), g.Tensors[t]
	n := int(g.Elements(t))
	width := 4
	switch x.Type {
	case tflite.TensorTypeINT8, tflite.TensorTypeUINT8:
		width = 1
	case tflite.TensorTypeFLOAT16:
		width = 2
	}
	if len(data) != n*width {
		return fmt.Errorf("weights %q: %d bytes, want %d: %w", x.Name, len(data), n*width, ops.ErrInvalidModel)
	}
	w.values = make([]float32, n)
	switch x.Type {
	case tflite.TensorTypeFLOAT32:
		for i := range w.values {
			w.values[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
		}
	case tflite.TensorTypeFLOAT16:
		for i := range w.values {
			w.values[i] = tensor.Float16ToFloat32(binary.LittleEndian.Uint16(data[2*i:]))
		}
	case tflite.TensorTypeINT8:
		if q := x.Quantization; q != nil && len(q.ZeroPoint) == 1 {
			w.zero = q.ZeroPoint[0]
		}
		for i := range w.values {
			w.values[i] = float32(int64(int8(data[i])) - w.zero)
		}
	case tflite.TensorTypeUINT8:
		w.zero = x.Quantization.ZeroPoint[0]
		for i := range w.values {
			w.values[i] = float32(int64(data[i]) - w.zero)
		}
	}
	w.before = slices.Clone(w.values)
	return nil
}

// run is how many neighbours go together.
func (p Pattern) run() int {
	switch p {
	case Block1x4:
		return 4
	case Block1x16:
		return 16
	}
	return 1
}

// kept is how many of each four neighbours stay, 0 where the pattern does not say.
func (p Pattern) kept() int {
	switch p {
	case TwoOfFour:
		return 2
	case OneOfFour:
		return 1
	}
	return 0
}

// importance is what a weight counts: its magnitude, or that times the factor of the criterion.
func (w *prunedWeights) importance(i int) float64 {
	v := math.Abs(float64(w.values[i]))
	if w.norms != nil {
		v *= w.norms[i]
	}
	return v
}

// magnitudes returns one for every run of neighbours along the last dimension: the root of their mean square. The last run
// of a row may be shorter.
func (w *prunedWeights) magnitudes(p Pattern) []float64 {
	var out []float64
	w.eachRun(p.run(), func(from, to int) {
		sum := 0.0
		for i := from; i < to; i++ {
			x := w.importance(i)
			sum += x * x
		}
		out = append(out, math.Sqrt(sum/float64(to-from)))
	})
	return out
}

// eachRun visits runs of n neighbours in every row of the last dimension.
func (w *prunedWeights) eachRun(n int, visit func(from, to int)) {
	row := len(w.values)
	if len(w.shape) > 0 {
		row = max(int(w.shape[len(w.shape)-1]), 1)
	}
	for r := 0; r < len(w.values); r += row {
		for i := 0; i < row; i += n {
			visit(r+i, r+min(i+n, row))
		}
	}
}

// cut is where a tensor's magnitudes are cut: those below go, and of those equal to it the first ties.
type cut struct {
	below float64
	ties  int
}

// thresholds returns the cut of every tensor. The share of zeros is exact up to the runs of a block pattern.
func (c PruneConfig) thresholds(list []*prunedWeights) []cut {
	cuts := make([]cut, len(list))
	if c.Pattern.kept() > 0 {
		return cuts
	}
	if c.Scope == PerLayer {
		for i, w := range list {
			cuts[i] = cutAt(w.magnitudes(c.Pattern), c.Sparsity)
		}
		return cuts
	}
	var all []float64
	norms := make([]float64, len(list))
	for i, w := range list {
		m := w.magnitudes(c.Pattern)
		sum := 0.0
		for _, x := range m {
			sum += x * x
		}
		norms[i] = math.Sqrt(sum / float64(max(len(m), 1)))
		if norms[i] == 0 {
			norms[i] = 1
		}
		for _, x := range m {
			all = append(all, x/norms[i])
		}
	}
	most := cutAt(all, c.Sparsity)
	for i := range cuts {
		// Ties across tensors all stay: which of them go would depend on their order.
		cuts[i] = cut{below: most.below * norms[i]}
	}
	return cuts
}

// cutAt finds the cut that removes the given share of magnitudes.
func cutAt(m []float64, share float64) cut {
	n := int(math.Round(share * float64(len(m))))
	if n == 0 {
		return cut{}
	}
	sorted := slices.Clone(m)
	slices.Sort(sorted)
	if n == len(sorted) {
		return cut{below: math.Inf(1)}
	}
	c := cut{below: sorted[n]}
	for i := n - 1; i >= 0 && sorted[i] == c.below; i-- {
		c.ties++
	}
	return c
}

// outputRuns is how many runs of neighbours every output has if, as Wanda does, those of one output are compared with each other; 0
// where all are compared.
func (w *prunedWeights) outputRuns(c PruneConfig, runs int) int {
	if w.norms == nil || c.Criterion != Activation || c.Scope != PerLayer || w.products[0].transposed {
		return 0
	}
	return runs / (w.products[0].parts * w.products[0].rows)
}

// prune sets weights to zero.
func (w *prunedWeights) prune(c PruneConfig, at cut) {
	if kept := c.Pattern.kept(); kept > 0 {
		w.eachRun(4, func(from, to int) {
			v := w.values[from:to]
			for len(v)-zeros(v) > kept {
				least := -1
				for i, x := range v {
					if x != 0 && (least < 0 || w.importance(from+i) < w.importance(from+least)) {
						least = i
					}
				}
				v[least] = 0
			}
		})
		return
	}
	m := w.magnitudes(c.Pattern)
	i, each := 0, w.outputRuns(c, len(m))
	w.eachRun(c.Pattern.run(), func(from, to int) {
		if each > 0 && i%each == 0 {
			at = cutAt(m[i:i+each], c.Sparsity)
		}
		if m[i] < at.below {
			clear(w.values[from:to])
		} else if m[i] == at.below && at.ties > 0 {
			at.ties--
			clear(w.values[from:to])
		}
		i++
	})
}

func zeros(v []float32) int {
	n := 0
	for _, x := range v {
		if x == 0 {
			n++
		}
	}
	return n
}

// write stores the weights in a new buffer for all tensors that shared the old one.
func (w *prunedWeights) write(m *edit.Model) {
	b := w.bytes()
	buffer := m.AddBuffer(b)
	for _, u := range w.users {
		m.Subgraphs[u.Graph].Tensors[u.Tensor].Buffer = buffer
	}
}

func (w *prunedWeights) bytes() []byte {
	var b []byte
	for _, v := range w.values {
		switch w.kind {
		case tflite.TensorTypeFLOAT32:
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
		case tflite.TensorTypeFLOAT16:
			b = binary.LittleEndian.AppendUint16(b, tensor.Float32ToFloat16(v))
		default:
			b = append(b, byte(int64(v)+w.zero))
		}
	}
	return b
}

// report says what became of the weights.
func (w *prunedWeights) report(r *Report) {
	action := fmt.Sprintf("%.0f %% zeros", 100*float64(zeros(w.values))/float64(max(len(w.values), 1)))
	switch {
	case w.refitted:
		action += ", refitted"
	case w.refits:
		action += ", not refitted: samples held out come out worse"
	}
	bytes := int64(len(w.bytes()))
	r.Changes = append(r.Changes, TensorChange{
		Subgraph: w.graph, Tensor: w.name, Operator: w.op, Action: action,
		Elements: int64(len(w.values)), BytesBefore: bytes, BytesAfter: bytes, SQNR: SQNR(w.before, w.values),
	})
}
