package ops

import (
	"fmt"

	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/ops/internal/kernel/hybrid"
	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// What the recurrent operators share: matrices and the vectors they are multiplied with, state, activations, and the order in
// which the steps of a sequence are taken.

// vectors are rows that several matrices are multiplied with, and their int8 form for the hybrid ones of these.
type vectors struct {
	width              int
	hybrid, asymmetric bool
	int8s              quantizedVectors
	x                  []float32
	rows               int
	zero               bool // all of them are 0, so that products with them are left out

	// sparseScales is whose scales sparse matrices take, nil for these vectors' own: TFLite's sparse recurrent products use
	// those of the input, and golden cases hold the result.
	sparseScales *vectors
}

type quantizedVectors struct{ values, scales, zeros *tensor.Tensor }

func newVectors(n *Node, rows, width int, hybrid, asymmetric bool) (*vectors, error) {
	v := &vectors{width: width, hybrid: hybrid, asymmetric: asymmetric}
	if !hybrid {
		return v, nil
	}
	var err error
	if v.int8s.values, err = n.Scratch(tensor.Int8, rows, width); err != nil {
		return nil, err
	}
	if v.int8s.scales, err = n.Scratch(tensor.Float32, rows); err != nil {
		return nil, err
	}
	v.int8s.zeros, err = n.Scratch(tensor.Int32, rows)
	return v, err
}

// load makes the first rows of x those to multiply with, until x changes.
func (v *vectors) load(x []float32, rows int) {
	v.x, v.rows = x[:rows*v.width], rows
	v.zero = hybrid.AllZero(v.x)
	if !v.hybrid || v.zero {
		return
	}
	values, scales, zeros := tensor.Data[int8](v.int8s.values), tensor.Data[float32](v.int8s.scales), tensor.Data[int32](v.int8s.zeros)
	for r := range rows {
		row, dst := v.x[r*v.width:(r+1)*v.width], values[r*v.width:(r+1)*v.width]
		if v.asymmetric {
			scales[r], zeros[r] = hybrid.QuantizeAsymmetric(dst, row)
		} else {
			scales[r], zeros[r] = hybrid.QuantizeSymmetric(dst, row), 0
		}
	}
}

// matrix is a weight input of a recurrent operator: [rows,cols], or [rows] where it is the diagonal of a square matrix.
// Integer elements make it hybrid; those of UINT8 are int8 with the same bits.
type matrix struct {
	rows, cols int
	diagonal   bool
	hybrid     bool
	sparse     bool
	scale      float32

	acc *tensor.Tensor // the integer sums of a hybrid product

	float  func() []float32
	int8s  func() []int8
	sums   func() []int32
	values []float32 // what float, int8s and sums give for this evaluation
	stored []int8
	totals []int32
}

// newMatrix reads input i as a matrix of those dimensions, for products with vectors of a number; it returns nil where the input
// is absent.
func newMatrix(n *Node, i int, what string, rows, cols, count int, asymmetric bool) (*matrix, error) {
	t := n.Input(i)
	if t == nil {
		return nil, nil
	}
	if err := wantShape(t, what, rows, cols); err != nil {
		return nil, err
	}
	m := &matrix{rows: rows, cols: cols}
	var err error
	switch t.Type {
	case tensor.Float32:
		m.float, err = denseWeights[float32](n, i)
		return m, err
	case tensor.Int8, tensor.Uint8:
	default:
		return nil, unsupportedf("%s: type %s, want FLOAT32, INT8 or UINT8", what, t.Type)
	}
	m.hybrid, m.sparse = true, t.Sparsity != nil
	if m.scale, err = storedScale(t, what); err != nil {
		return nil, err
	}
	if m.int8s, err = int8Weights(n, i); err != nil {
		return nil, err
	}
	if m.acc, err = n.Scratch(tensor.Int32, count, rows); err != nil {
		return nil, err
	}
	if asymmetric {
		m.sums, err = rowSums(n, i, rows, cols, m.int8s)
	}
	return m, err
}

// newDiagonal reads input i as the diagonal of a square matrix.
func newDiagonal(n *Node, i int, what string, size int) (*matrix, error) {
	t := n.Input(i)
	if t == nil {
		return nil, nil
	}
	if err := wantShape(t, what, size); err != nil {
		return nil, err
	}
	if t.Type != tensor.Float32 || t.Sparsity != nil {
		return nil, unsupportedf("%s: diagonal of type %s, want dense FLOAT32", what, t.Type)
	}
	return &matrix{rows: size, cols: size, diagonal: true, float: func() []float32 { return tensor.Data[float32](t) }}, nil
}

// load gets the elements for one evaluation.
func (m *matrix) load() {
	switch {
	case m == nil:
	case !m.hybrid:
		m.values = m.float()
	default:
		m.stored = m.int8s()
		if m.sums != nil {
			m.totals = m.sums()
		}
	}
}

// accumulate adds the product with each row of v to the row of out with its number. A nil matrix adds nothing.
func (m *matrix) accumulate(out []float32, v *vectors) {
	if m == nil || v.zero {
		return
	}
	if !m.hybrid {
		for r := range v.rows {
			x, dst := v.x[r*v.width:(r+1)*v.width], out[r*m.rows:(r+1)*m.rows]
			if m.diagonal {
				f32.MultiplyAccumulate(dst, m.values, x)
			} else {
				f32.MatVecAccumulate(dst, m.values, m.rows, m.cols, x)
			}
		}
		return
	}
	values, scales, zeros := tensor.Data[int8](v.int8s.values), tensor.Data[float32](v.int8s.scales), tensor.Data[int32](v.int8s.zeros)
	if m.sparse && v.sparseScales != nil && !v.sparseScales.zero {
		scales = tensor.Data[float32](v.sparseScales.int8s.scales)
	}
	acc := tensor.Data[int32](m.acc)
	q.MatMulTransposed(acc, values, m.stored, v.rows, m.rows, m.cols)
	for r := range v.rows {
		hybrid.AccumulateScaled(out[r*m.rows:(r+1)*m.rows], acc[r*m.rows:(r+1)*m.rows], float32(scales[r]*m.scale), nil, zeros[r], m.totals)
	}
}

func anyHybrid(list ...*matrix) bool {
	for _, m := range list {
		if m != nil && m.hybrid {
			return true
		}
	}
	return false
}

// newVector reads input i, FLOAT32 or an integer with a scale, as count floats; nil where it is absent.
func newVector(n *Node, i int, what string, count int) (func() []float32, error) {
	t := n.Input(i)
	if t == nil {
		return nil, nil
	}
	if err := wantShape(t, what, count); err != nil {
		return nil, err
	}
	return dequantizedWeights(n, i, what)
}

// dequantizedWeights reads FLOAT32 elements, or INT8 and UINT8 ones (both signed) times their scale.
func dequantizedWeights(n *Node, i int, what string) (func() []float32, error) {
	t := n.Input(i)
	if t.Sparsity != nil {
		return nil, unsupportedf("%s: sparse", what)
	}
	switch t.Type {
	case tensor.Float32:
		return func() []float32 { return tensor.Data[float32](t) }, nil
	case tensor.Int8, tensor.Uint8:
	default:
		return nil, unsupportedf("%s: type %s, want FLOAT32, INT8 or UINT8", what, t.Type)
	}
	scale, err := storedScale(t, what)
	if err != nil {
		return nil, err
	}
	return derived(n, i, "scaled", tensor.Float32, t.Elements(), func(dst []float32) {
		if t.Type == tensor.Uint8 {
			for i, v := range tensor.Data[uint8](t)[:len(dst)] {
				dst[i] = float32(int8(v)) * scale
			}
			return
		}
		for i, v := range tensor.Data[int8](t)[:len(dst)] {
			dst[i] = float32(v) * scale
		}
	})
}

// storedScale returns the one scale of a tensor whose zero point the recurrent kernels do not look at.
func storedScale(t *tensor.Tensor, what string) (float32, error) {
	if !t.Quant.PerTensor() {
		got := 0
		if t.Quant != nil {
			got = len(t.Quant.Scale)
		}
		return 0, invalidf("%s: %s has %d scales, want 1", what, t.Type, got)
	}
	return t.Quant.Scale[0], checkScale(t.Quant.Scale[0], what)
}

// wantShape verifies the dimensions of a tensor.
func wantShape(t *tensor.Tensor, what string, dims ...int) error {
	if !t.Shape.Equal(dims) {
		return invalidf("%s: got shape %v, want %v", what, t.Shape, dims)
	}
	return nil
}

// wantState verifies a state tensor: a variable of that type with batch*width elements in any shape.
func wantState(n *Node, i int, what string, batch, width int, types ...tensor.Type) error {
	t := n.Input(i)
	switch {
	case t == nil:
		return invalidf("%s: absent", what)
	case !n.IsVariable(i):
		return invalidf("%s: is no variable", what)
	case int64(t.Elements()) != int64(batch)*int64(width):
		return invalidf("%s: got %d elements of %v, want %d for batch %d", what, t.Elements(), t.Shape, int64(batch)*int64(width), batch)
	}
	for _, want := range types {
		if t.Type == want {
			return nil
		}
	}
	return unsupportedf("%s: type %s, want %v", what, t.Type, types)
}

// wantFloat verifies that an input, where present, is FLOAT32.
func wantFloat(n *Node, i int, what string) error {
	if t := n.Input(i); t != nil && t.Type != tensor.Float32 {
		return unsupportedf("%s: type %s, want FLOAT32", what, t.Type)
	}
	return nil
}

// recurrentActivation returns a function that applies a in place, as the recurrent kernels do it.
func recurrentActivation(a tflite.ActivationFunctionType) (func(x []float32), error) {
	switch a {
	case tflite.ActivationFunctionTypeNONE:
		return func([]float32) {}, nil
	case tflite.ActivationFunctionTypeTANH:
		return func(x []float32) { f32.Tanh(x, x) }, nil
	case tflite.ActivationFunctionTypeSIGN_BIT:
		return func(x []float32) { f32.SignBit(x, x) }, nil
	}
	lo, hi, err := activationRange(a)
	if err != nil {
		return nil, fmt.Errorf("activation: %w", err)
	}
	return func(x []float32) { f32.Clamp(x, x, lo, hi) }, nil
}

// sequence is the order in which the rows of [steps,batch,...] (time major) or [batch,steps,...] input are worked on.
type sequence struct {
	steps, batch int
	timeMajor    bool
	backward     bool
}

// newSequence reads the first two dimensions of a shape of rank 3.
func newSequence(shape tensor.Shape, timeMajor bool) (sequence, error) {
	if len(shape) != 3 {
		return sequence{}, invalidf("input: got shape %v, want rank 3", shape)
	}
	if timeMajor {
		return sequence{steps: shape[0], batch: shape[1], timeMajor: true}, nil
	}
	return sequence{steps: shape[1], batch: shape[0]}, nil
}

// atOnce is how many rows one call of visit covers at most.
func (s sequence) atOnce() int {
	if s.timeMajor {
		return s.batch
	}
	return min(s.batch, 1)
}

// each calls visit for every step, with the index of the first row in the input, its batch number and the number of rows.
func (s sequence) each(visit func(row, batch, rows int)) {
	if s.batch == 0 {
		return
	}
	if s.timeMajor {
		for t := range s.steps {
			visit(s.step(t)*s.batch, 0, s.batch)
		}
		return
	}
	for b := range s.batch {
		for t := range s.steps {
			visit(b*s.steps+s.step(t), b, 1)
		}
	}
}

func (s sequence) step(t int) int {
	if s.backward {
		return s.steps - 1 - t
	}
	return t
}

// copyRows copies rows of width elements to rows that lie pitch apart.
func copyRows[T any](dst []T, pitch int, src []T, width, rows int) {
	for r := range rows {
		copy(dst[r*pitch:r*pitch+width], src[r*width:(r+1)*width])
	}
}
