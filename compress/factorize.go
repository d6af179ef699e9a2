package compress

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"

	"github.com/litewren/litewren/compress/dataset"
	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/compress/internal/linalg"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// FactorizeConfig changes how Factorize chooses ranks.
type FactorizeConfig struct {
	Energy float64        // share of the sum of squared singular values to keep, 0 to 1; 0 for 0.95
	Rank   int            // the same rank for all layers in place of Energy; 0 for none
	Form   FactorForm     // of convolutions with windows
	Budget float64        // in place of Energy: the greatest for which the layers have this share of their weights; 0 for none
	Match  *regexp.Regexp // selects weights by name; nil for all
	Force  bool           // permits an Energy of less than a half and a Budget of less than a tenth, which leave little of a model
}

// What Factorize keeps at least without Force.
const (
	leastEnergy = 0.5
	leastBudget = 0.1
)

// FactorForm says how a convolution with a window of more than one pixel is taken apart. Others become two layers in any case.
type FactorForm string

// The forms. The empty one takes for every layer that of fewer weights, Spatial if there is a Rank.
const (
	Spatial FactorForm = "spatial" // a column of pixels, then a row
	Tucker  FactorForm = "tucker"  // 1 x 1 to fewer channels, the window between fewer channels, 1 x 1 to all: Tucker-2
)

// mostFactorized bounds a side of the matrices: the time of the decomposition grows with the cube.
const mostFactorized = 2048

// Factorize replaces FULLY_CONNECTED and CONV_2D by two layers of low rank r: the first, of r outputs, has neither bias nor
// activation; the second has those of the original. A matrix W of m outputs and n inputs becomes r*(m+n) weights instead of m*n,
// from the singular value decomposition W = U*S*V^T cut at r, with sqrt(S) on either side. A window of h x w becomes one of h x 1
// and one of 1 x w, from the matrix of (m, w) by (h, n) (Jaderberg et al., Speeding up Convolutional Neural Networks with Low Rank
// Expansions, 2014); or three layers, of which the window in the middle has fewer input and output channels. Layers where that saves
// nothing stay.
//
// With samples, what is cut is not the energy of the weights but of the outputs: with the second moments H = L*L^T of the inputs it
// is W*L that is decomposed, and V^T*L^-1 the first layer.
func Factorize(ctx context.Context, f *schema.File, set *dataset.Set, c FactorizeConfig) (*schema.File, *Report, error) {
	if c.Energy == 0 {
		c.Energy = 0.95
	}
	switch {
	case math.IsNaN(c.Energy) || c.Energy < 0 || c.Energy > 1:
		return nil, nil, fmt.Errorf("factorize: energy %v, want 0 to 1: %w", c.Energy, ops.ErrValue)
	case math.IsNaN(c.Budget) || c.Budget < 0 || c.Budget > 1:
		return nil, nil, fmt.Errorf("factorize: budget %v, want 0 to 1: %w", c.Budget, ops.ErrValue)
	case !c.Force && c.Rank == 0 && c.Budget == 0 && c.Energy < leastEnergy:
		return nil, nil, fmt.Errorf("factorize: energy %v, less than %v needs Force: %w", c.Energy, leastEnergy, ops.ErrValue)
	case !c.Force && c.Rank == 0 && c.Budget > 0 && c.Budget < leastBudget:
		return nil, nil, fmt.Errorf("factorize: budget %v, less than %v needs Force: %w", c.Budget, leastBudget, ops.ErrValue)
	case !slices.Contains([]FactorForm{"", Spatial, Tucker}, c.Form):
		return nil, nil, fmt.Errorf("factorize: form %q, want %q or %q: %w", c.Form, Spatial, Tucker, ops.ErrValue)
	case c.Rank < 0:
		return nil, nil, fmt.Errorf("factorize: rank %d, want 1 or more: %w", c.Rank, ops.ErrValue)
	}
	name := fmt.Sprintf("low rank, %g of the energy", c.Energy)
	switch {
	case c.Rank > 0:
		name = fmt.Sprintf("rank %d", c.Rank)
	case c.Budget > 0:
		name = fmt.Sprintf("low rank, %g of the weights", c.Budget)
	}
	if set != nil && set.Len > 0 {
		name += " for samples"
	}
	return transform(f, name, func(m *edit.Model, r *Report) error {
		list := factorable(m, c, r)
		if set != nil && set.Len > 0 {
			if err := weighInputs(ctx, f, m, set, list); err != nil {
				return err
			}
		}
		for _, l := range list {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := l.decompose(c, r); err != nil {
				return err
			}
		}
		if c.Budget > 0 && c.Rank == 0 {
			c.Energy = energyWithin(list, c)
		}
		for _, l := range list {
			if l.s != nil || l.tucker != nil {
				l.split(c, r)
			}
		}
		return nil
	})
}

// factorLayer is a node whose weights are seen as a matrix of m*w rows, (output, x), by h*n columns, (y, input).
type factorLayer struct {
	g          *edit.Graph
	op         *tflite.OperatorT
	weights    *tflite.TensorT
	m, h, w, n int
	root       []float64 // L of the moments of the columns, nil for the unit matrix
	u, s, vT   []float64

	channelRoot []float64 // L of the moments of the input channels of one pixel
	tucker      *tucker   // nil where there is no window, or it is not to be
}

func (l *factorLayer) rows() int    { return l.m * l.w }
func (l *factorLayer) columns() int { return l.h * l.n }
func (l *factorLayer) whole() int   { return l.m * l.h * l.w * l.n }

// takes reports whether the layer can have a form.
func (l *factorLayer) takes(form FactorForm, c FactorizeConfig) bool {
	window := l.h*l.w > 1
	if form == Tucker {
		return window && c.Form != Spatial && (c.Form == Tucker || c.Rank == 0) && max(l.m, l.n) <= mostTucker
	}
	return !window || c.Form != Tucker
}

// matrix reorders the weights [m, h, w, n].
func (l *factorLayer) matrix(values []float32) []float64 {
	a := make([]float64, len(values))
	for o := range l.m {
		for y := range l.h {
			for x := range l.w {
				for i := range l.n {
					a[(o*l.w+x)*l.columns()+y*l.n+i] = float64(values[((o*l.h+y)*l.w+x)*l.n+i])
				}
			}
		}
	}
	return a
}

// factorable lists the nodes to split.
func factorable(m *edit.Model, c FactorizeConfig, r *Report) []*factorLayer {
	var list []*factorLayer
	for _, g := range m.Graphs() {
		for _, op := range g.Operators {
			code := m.Code(op)
			if code != tflite.BuiltinOperatorFULLY_CONNECTED && code != tflite.BuiltinOperatorCONV_2D || len(op.Inputs) < 2 || len(op.Outputs) != 1 {
				continue
			}
			t := op.Inputs[1]
			if !g.IsFloat(t) || !g.IsConstant(t) {
				continue
			}
			x := g.Tensors[t]
			if c.Match != nil && !c.Match.MatchString(x.Name) {
				continue
			}
			if why := refuseFactors(g, op, code); why != "" {
				r.skip(g.Index, x.Name, "%s", why)
				continue
			}
			l := &factorLayer{g: g, op: op, weights: x, m: int(x.Shape[0]), h: 1, w: 1, n: int(x.Shape[len(x.Shape)-1])}
			if len(x.Shape) == 4 {
				l.h, l.w = int(x.Shape[1]), int(x.Shape[2])
			}
			if l.rows() > mostFactorized || l.columns() > mostFactorized {
				r.skip(g.Index, x.Name, "a matrix of %d x %d, more than %d", l.rows(), l.columns(), mostFactorized)
				continue
			}
			list = append(list, l)
		}
	}
	return list
}

// weighInputs measures what the first layers would be given.
func weighInputs(ctx context.Context, f *schema.File, m *edit.Model, set *dataset.Set, list []*factorLayer) error {
	keyOf := func(l *factorLayer, pixel bool) (momentKey, bool) {
		p := productOf(l.g, l.op, 1, l.op.Inputs[1])
		if p == nil || l.columns() > mostPairs || l.g.IsConstant(p.input) {
			return momentKey{}, false
		}
		if p.vectors.window { // of h x 1 at every x
			p.vectors.n, p.vectors.kernelW, p.vectors.strideW, p.vectors.dilationW = l.columns(), 1, 1, 1
			if pixel {
				p.vectors.n, p.vectors.kernelH, p.vectors.strideH, p.vectors.dilationH = l.n, 1, 1, 1
			}
		}
		return p.key(true), true
	}
	var keys []momentKey
	for _, l := range list {
		for _, pixel := range []bool{false, true} {
			if k, ok := keyOf(l, pixel); ok && (!pixel || l.h*l.w > 1) {
				keys = append(keys, k)
			}
		}
	}
	all, err := measureMoments(ctx, f, m, set, keys)
	if err != nil {
		return err
	}
	root := func(k momentKey) []float64 {
		if x := all[k]; x != nil && x.count > 0 {
			l, _ := linalg.Cholesky(damped(x.matrix(0, false), k.vectors.n, k.vectors.n), k.vectors.n)
			return l
		}
		return nil
	}
	for _, l := range list {
		if k, ok := keyOf(l, false); ok {
			l.root = root(k)
		}
		if k, ok := keyOf(l, true); ok && l.h*l.w > 1 {
			l.channelRoot = root(k)
		}
	}
	return nil
}

// decompose finds the singular values.
func (l *factorLayer) decompose(c FactorizeConfig, r *Report) error {
	values, err := l.g.Floats(l.op.Inputs[1])
	if err != nil {
		return err
	}
	if len(values) != l.rows()*l.columns() {
		return fmt.Errorf("weights %q: %d values, want %d x %d: %w", l.weights.Name, len(values), l.rows(), l.columns(), ops.ErrInvalidModel)
	}
	if !slices.ContainsFunc(values, func(v float32) bool { return v != 0 }) || slices.ContainsFunc(values, func(v float32) bool {
		return math.IsNaN(float64(v)) || math.IsInf(float64(v), 0)
	}) {
		r.skip(l.g.Index, l.weights.Name, "all zero or not finite")
		return nil
	}
	if l.takes(Spatial, c) {
		a := l.matrix(values)
		timesRoot(a, l.root, l.columns())
		l.u, l.s, l.vT = linalg.SVD(a, l.rows(), l.columns())
	}
	if l.takes(Tucker, c) {
		a := widen(values)
		timesRoot(a, l.channelRoot, l.n)
		l.tucker = newTucker(a, l.m, l.h*l.w, l.n)
	}
	return nil
}

// timesRoot multiplies rows of n with L, if there is one.
func timesRoot(a, root []float64, n int) {
	if root == nil {
		return
	}
	for ; len(a) > 0; a = a[n:] {
		x := a[:n]
		for j := range n {
			sum := 0.0
			for k := j; k < n; k++ {
				sum += x[k] * root[k*n+j]
			}
			x[j] = sum
		}
	}
}

// factorPlan is a form with its ranks.
type factorPlan struct {
	form            FactorForm
	rank            int // of the spatial form
	outputs, inputs int // of the Tucker form
	weights         int
}

// plan is the form of the fewest weights that keeps the energy, or has the given rank, and whether it saves weights.
func (l *factorLayer) plan(c FactorizeConfig) (best factorPlan, saves bool) {
	best.weights = l.whole()
	if l.s != nil {
		rank := c.Rank
		if rank == 0 {
			rank = rankFor(l.s, c.Energy)
		}
		p := factorPlan{form: Spatial, rank: rank, weights: rank * (l.rows() + l.columns())}
		if rank < len(l.s) && p.weights < best.weights {
			best, saves = p, true
		} else if l.tucker == nil {
			return p, false
		}
	}
	if l.tucker != nil {
		p := factorPlan{form: Tucker, outputs: min(c.Rank, l.m), inputs: min(c.Rank, l.n)}
		if c.Rank == 0 {
			p.outputs, p.inputs = l.tucker.ranks(c.Energy)
		}
		if p.weights = l.tucker.cost(p.outputs, p.inputs); p.weights < best.weights {
			best, saves = p, true
		} else if !saves {
			return p, false
		}
	}
	return best, saves
}

// energyWithin is the greatest energy that all layers can keep with the share of their weights that is the budget.
func energyWithin(list []*factorLayer, c FactorizeConfig) float64 {
	fits := func(energy float64) bool {
		before, after := 0, 0
		for _, l := range list {
			if l.s == nil && l.tucker == nil {
				continue
			}
			whole := l.whole()
			before += whole
			if p, saves := l.plan(FactorizeConfig{Energy: energy}); saves {
				whole = p.weights
			}
			after += whole
		}
		return float64(after) <= c.Budget*float64(before)
	}
	lo, hi := 0.0, 1.0
	for range 40 {
		if middle := (lo + hi) / 2; fits(middle) {
			lo = middle
		} else {
			hi = middle
		}
	}
	return lo
}

// split puts the layers of low rank in front of the node, if that saves weights.
func (l *factorLayer) split(c FactorizeConfig, r *Report) {
	values, err := l.g.Floats(l.op.Inputs[1])
	if err != nil {
		return // decompose has read them
	}
	p, saves := l.plan(c)
	var got []float32
	var action string
	switch {
	case !saves && p.form == Tucker:
		r.skip(l.g.Index, l.weights.Name, "%d of %d output and %d of %d input channels save nothing", p.outputs, l.m, p.inputs, l.n)
		return
	case !saves:
		r.skip(l.g.Index, l.weights.Name, "rank %d of %d x %d saves nothing", p.rank, l.rows(), l.columns())
		return
	case p.form == Tucker:
		var first, core, last []float32
		first, core, last, got = l.tuckerFactors(p.outputs, p.inputs)
		l.insertTucker(p, first, core, last)
		action = fmt.Sprintf("window between %d of %d input and %d of %d output channels", p.inputs, l.n, p.outputs, l.m)
	default:
		var first, second []float32
		first, second, got = l.factors(p.rank)
		l.insert(p.rank, first, second)
		action = fmt.Sprintf("rank %d of %d", p.rank, len(l.s))
	}
	r.Changes = append(r.Changes, TensorChange{
		Subgraph: l.g.Index, Tensor: l.weights.Name, Operator: l.g.Model.Name(l.op), Action: action,
		Elements: int64(len(values)), BytesBefore: int64(4 * len(values)), BytesAfter: int64(4 * p.weights), SQNR: SQNR(values, got),
	})
}

// refuseFactors says why a node stays whole, "" if it need not.
func refuseFactors(g *edit.Graph, op *tflite.OperatorT, code tflite.BuiltinOperator) string {
	x := g.Tensors[op.Inputs[1]]
	switch {
	case x.Sparsity != nil:
		return "stored sparsely"
	case len(op.Inputs) > 2 && op.Inputs[2] >= 0 && !g.IsFloat(op.Inputs[2]) || !g.IsFloat(op.Inputs[0]) || !g.IsFloat(op.Outputs[0]):
		return "not float all through"
	case code == tflite.BuiltinOperatorFULLY_CONNECTED && len(x.Shape) != 2, code == tflite.BuiltinOperatorCONV_2D && len(x.Shape) != 4:
		return fmt.Sprintf("weights of shape %v", x.Shape)
	}
	if code == tflite.BuiltinOperatorCONV_2D {
		in, out := g.Tensors[op.Inputs[0]].Shape, g.Tensors[op.Outputs[0]].Shape
		if len(in) != 4 || len(out) != 4 || in[3] != x.Shape[3] {
			return "a grouped convolution"
		}
		if _, ok := schema.Options[tflite.Conv2DOptionsT](op); !ok {
			return "no options"
		}
		return ""
	}
	o, ok := schema.Options[tflite.FullyConnectedOptionsT](op)
	if !ok || o.WeightsFormat != tflite.FullyConnectedOptionsWeightsFormatDEFAULT {
		return "shuffled weights or no options"
	}
	return ""
}

// rankFor is the smallest rank that keeps the share of energy.
func rankFor(s []float64, share float64) int {
	total := 0.0
	for _, v := range s {
		total += v * v
	}
	sum := 0.0
	for i, v := range s {
		if sum += v * v; sum >= share*total {
			return i + 1
		}
	}
	return len(s)
}

// factors returns the weights of both layers, [rank, h, 1, n] and [m, 1, w, rank], and what they make together, [m, h, w, n].
func (l *factorLayer) factors(rank int) (first, second, product []float32) {
	rows, n, k := l.rows(), l.columns(), len(l.s)
	first, second, product = make([]float32, rank*n), make([]float32, rows*rank), make([]float32, rows*n)
	for i := range rank {
		root := math.Sqrt(l.s[i])
		row := slices.Clone(l.vT[i*n : (i+1)*n])
		if l.root != nil { // times the inverse of L
			unroot(row, l.root, n)
		}
		for j, v := range row {
			first[i*n+j] = float32(root * v)
		}
		for j := range rows { // row j is (output, x), as [m, 1, w, rank] has it
			second[j*rank+i] = float32(root * l.u[j*k+i])
		}
	}
	for o := range l.m {
		for x := range l.w {
			for y := range l.h {
				for i := range l.n {
					sum := 0.0
					for c := range rank {
						sum += float64(second[(o*l.w+x)*rank+c]) * float64(first[c*n+y*l.n+i])
					}
					product[((o*l.h+y)*l.w+x)*l.n+i] = float32(sum)
				}
			}
		}
	}
	return first, second, product
}
