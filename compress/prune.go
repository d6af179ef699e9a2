package compress

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"

	"github.com/litewren/litewren/compress/dataset"
	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// Scope says over what the share of zeros is counted.
type Scope string

// The scopes. The empty one is PerLayer.
const (
	PerLayer Scope = "layer"  // every tensor loses the same share
	Global   Scope = "global" // the smallest of all weights go, each tensor's divided by its root mean square
)

// Pattern says which weights go together.
type Pattern string

// The patterns. The empty one is Unstructured. Blocks and groups lie along the last dimension of the weights.
const (
	Unstructured Pattern = ""
	TwoOfFour    Pattern = "2:4"  // two of every four neighbours become zero; Sparsity is not used
	OneOfFour    Pattern = "1:4"  // three of every four become zero
	Block1x4     Pattern = "1x4"  // runs of 4, which float kernels for sparse weights want
	Block1x16    Pattern = "1x16" // runs of 16, which int8 kernels want
)

// Criterion says which weights matter least.
type Criterion string

// The criteria. The empty one is Magnitude.
const (
	Magnitude Criterion = "magnitude"
	// Activation is the magnitude times the norm of the inputs that the weight is multiplied with (Wanda: Sun et al., A Simple
	// and Effective Pruning Approach for Large Language Models, 2023), compared within the weights of one output if the scope is a
	// layer. It needs samples.
	Activation Criterion = "activation"
	// OBS is what the squared error of the outputs grows by without the weight when the others make up for it: w^2 over the
	// diagonal of the inverse of the inputs' second moments (optimal brain surgeon: Hassibi and Stork, 1993). It needs samples.
	OBS Criterion = "obs"
)

// PruneConfig changes how Prune chooses the weights that become zero.
type PruneConfig struct {
	Sparsity  float64 // share of zeros, 0 to 1
	Scope     Scope
	Pattern   Pattern
	Criterion Criterion

	// Refit solves for the weights that stay, and the bias, so that outputs change least on the samples (least squares), layer by
	// layer in the order of the nodes: what a layer's inputs have lost already is made up for as well. A layer of which samples
	// that are held out (a quarter, if there are 8 or more) say that this makes it worse stays as it is.
	Refit bool

	// Steps prunes a little at a time, with 1-(1-i/Steps)^3 of the sparsity in step i (Zhu and Gupta, To Prune or Not to Prune,
	// 2017): what matters is measured anew, and weights are refitted, in every step. 0 for 1.
	Steps int
	// Schedule is the sparsity of every step in place of Steps; the last is Sparsity, which may be 0 then.
	Schedule []float64

	// MinElements leaves smaller tensors alone; 0 for 512.
	MinElements int
	// Depthwise prunes DEPTHWISE_CONV_2D too, whose few weights all matter.
	Depthwise bool
	// SkipEnds leaves the first and the last layer of a subgraph alone.
	SkipEnds bool
	// Match selects tensors by name; nil for all.
	Match *regexp.Regexp
	// Progress is told, with Refit, how many of how many tensors have been looked at.
	Progress func(done, total int)
	// Force permits more than 95 % zeros, which without training leaves little of a model.
	Force bool
}

// mostSparsity is what Prune does without Force.
const mostSparsity = 0.95

// Prune sets the weights of FULLY_CONNECTED, CONV_2D, TRANSPOSE_CONV, BATCH_MATMUL, LSTM, RNN and SVDF with the smallest
// magnitudes to zero (for integer weights, to their zero point). Shapes and types stay, so a pruned file is smaller only
// once it is compressed (gzip) or stored sparsely. A tensor that several nodes share is pruned once. The set is for criteria
// that need samples; where these say nothing of a tensor (TRANSPOSE_CONV, RNN, SVDF, computed inputs of other kinds), its
// magnitudes decide, and the report says so.
func Prune(ctx context.Context, f *schema.File, set *dataset.Set, c PruneConfig) (*schema.File, *Report, error) {
	if c.MinElements == 0 {
		c.MinElements = 512
	}
	if c.Scope == "" {
		c.Scope = PerLayer
	}
	if c.Criterion == "" {
		c.Criterion = Magnitude
	}
	if len(c.Schedule) > 0 && c.Sparsity == 0 {
		c.Sparsity = c.Schedule[len(c.Schedule)-1]
	}
	if err := c.check(set); err != nil {
		return nil, nil, fmt.Errorf("prune: %w", err)
	}
	return transform(f, c.String(), func(m *edit.Model, r *Report) error {
		list, err := prunable(m, c, r)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			r.warn("no weights to prune")
			return nil
		}
		var beside *companion
		if c.Refit {
			for _, w := range list {
				w.refits = w.canRefit(r)
			}
			if beside, err = newCompanion(f, set); err != nil {
				return err
			}
		}
		schedule := c.schedule()
		for i, sparsity := range schedule {
			c.Sparsity = sparsity
			if c.needsInputs() {
				if err := measureInputs(ctx, m, set, list, c, r, i == 0); err != nil {
					return err
				}
			}
			thresholds := c.thresholds(list)
			for k, w := range list {
				if err := ctx.Err(); err != nil {
					return err
				}
				w.prune(c, thresholds[k])
				w.write(m)
			}
			if c.Refit {
				progress := func(done int) {
					if c.Progress != nil {
						c.Progress(i*len(list)+done, len(schedule)*len(list))
					}
				}
				if err := refitAll(ctx, m, beside, list, progress, r); err != nil {
					return err
				}
			}
		}
		for _, w := range list {
			w.report(r)
		}
		return nil
	})
}

func (c PruneConfig) check(set *dataset.Set) error {
	switch {
	case math.IsNaN(c.Sparsity) || c.Sparsity < 0 || c.Sparsity > 1:
		return fmt.Errorf("sparsity: got %v, want 0 to 1: %w", c.Sparsity, ops.ErrValue)
	case c.Sparsity > mostSparsity && !c.Force:
		return fmt.Errorf("sparsity: got %v, more than %v needs Force: %w", c.Sparsity, mostSparsity, ops.ErrValue)
	case c.Scope != PerLayer && c.Scope != Global:
		return fmt.Errorf("scope: got %q, want %q or %q: %w", c.Scope, PerLayer, Global, ops.ErrValue)
	case !slices.Contains([]Pattern{Unstructured, TwoOfFour, OneOfFour, Block1x4, Block1x16}, c.Pattern):
		return fmt.Errorf("pattern: got %q: %w", c.Pattern, ops.ErrValue)
	case !slices.Contains([]Criterion{Magnitude, Activation, OBS}, c.Criterion):
		return fmt.Errorf("criterion: got %q: %w", c.Criterion, ops.ErrValue)
	case (c.needsInputs() || c.Refit) && (set == nil || set.Len == 0):
		return fmt.Errorf("criterion %q, refit %t: no samples: %w", c.Criterion, c.Refit, ops.ErrValue)
	}
	return c.checkSchedule()
}

// needsInputs reports whether the criterion asks what weights are multiplied with.
func (c PruneConfig) needsInputs() bool { return c.Criterion != Magnitude }

// String names the settings.
func (c PruneConfig) String() string {
	name, scope := "", cmp.Or(c.Scope, PerLayer)
	switch c.Pattern {
	case TwoOfFour, OneOfFour:
		name = "prune " + string(c.Pattern)
	case Unstructured:
		name = fmt.Sprintf("prune %g %% per %s", 100*c.Sparsity, scope)
	default:
		name = fmt.Sprintf("prune %g %% in blocks of %s per %s", 100*c.Sparsity, c.Pattern, scope)
	}
	if cmp.Or(c.Criterion, Magnitude) != Magnitude {
		name += " by " + string(c.Criterion)
	}
	if c.Refit {
		name += ", refitted"
	}
	if n := len(c.schedule()); n > 1 {
		name += fmt.Sprintf(", in %d steps", n)
	}
	return name
}

// prunedWeights is a buffer of weights with zero taken off.
type prunedWeights struct {
	graph, tensor int
	name, op      string
	shape         []int32
	kind          tflite.TensorType
	values        []float32 // float weights, or stored integers less their zero point
	before        []float32
	zero          int64
	users         []edit.TensorRef
	products      []*product // of all nodes that read them; nil among them where a node's is not known
	norms         []float64  // factors of the magnitudes; nil for 1
	bias          []float32  // of the original, once the weights are refitted with it
	refits        bool       // it is to be refitted
	refitted      bool       // and was
}

// weightInputs lists the inputs of operators that are matrices of weights.
func weightInputs(code tflite.BuiltinOperator, depthwise bool) []int {
	switch code {
	case tflite.BuiltinOperatorFULLY_CONNECTED, tflite.BuiltinOperatorCONV_2D, tflite.BuiltinOperatorCONV_3D,
		tflite.BuiltinOperatorTRANSPOSE_CONV, tflite.BuiltinOperatorBATCH_MATMUL:
		return []int{1}
	case tflite.BuiltinOperatorDEPTHWISE_CONV_2D:
		if depthwise {
			return []int{1}
		}
	case tflite.BuiltinOperatorSVDF, tflite.BuiltinOperatorRNN, tflite.BuiltinOperatorUNIDIRECTIONAL_SEQUENCE_RNN:
		return []int{1, 2}
	case tflite.BuiltinOperatorLSTM, tflite.BuiltinOperatorUNIDIRECTIONAL_SEQUENCE_LSTM:
		return []int{1, 2, 3, 4, 5, 6, 7, 8, 16}
	case tflite.BuiltinOperatorBIDIRECTIONAL_SEQUENCE_RNN:
		return []int{1, 2, 5, 6}
	case tflite.BuiltinOperatorBIDIRECTIONAL_SEQUENCE_LSTM:
		return []int{1, 2, 3, 4, 5, 6, 7, 8, 16, 18, 19, 20, 21, 22, 23, 24, 25, 33}
	}
	return nil
}

// prunable lists the weights to prune, each buffer once, in the order of the nodes.
func prunable(m *edit.Model, c PruneConfig, r *Report) ([]*prunedWeights, error) {
	users := m.BufferUsers()
	seen := map[uint32]*prunedWeights{}
	var list []*prunedWeights
	for _, g := range m.Graphs() {
		var nodes []*tflite.OperatorT
		for _, op := range g.Operators {
			if weightInputs(m.Code(op), true) != nil {
				nodes = append(nodes, op)
			}
		}
		for n, op := range nodes {
			for _, i := range weightInputs(m.Code(op), c.Depthwise) {
				if i >= len(op.Inputs) {
					break
				}
				t := sourceOf(g, op.Inputs[i])
				if !g.IsConstant(t) {
					continue
				}
				x := g.Tensors[t]
				if w, ok := seen[x.Buffer]; ok {
					if w != nil {
						w.products = append(w.products, productOf(g, op, i, t))
					}
					continue
				}
				seen[x.Buffer] = nil
				if reason := c.leave(g, t, n == 0 || n == len(nodes)-1); reason != "" {
					r.skip(g.Index, x.Name, "%s", reason)
					continue
				}
				w := &prunedWeights{graph: g.Index, tensor: int(t), name: x.Name, op: m.Name(op), shape: x.Shape, kind: x.Type, users: users[x.Buffer]}
				if err := w.load(g, t); err != nil {
					return nil, err
				}
				w.products = append(w.products, productOf(g, op, i, t))
				seen[x.Buffer] = w
				list = append(list, w)
			}
		}
	}
	return list, nil
}

// sourceOf follows DEQUANTIZE of a constant, as float16 models have it, to the constant.
func sourceOf(g *edit.Graph, t int32) int32 {
	if t >= 0 && !g.IsConstant(t) {
		if p := g.Producer(t); p != nil && g.Model.Code(p) == tflite.BuiltinOperatorDEQUANTIZE && len(p.Inputs) == 1 {
			return p.Inputs[0]
		}
	}
	return t
}

// leave says why a tensor is not pruned, "" if it is.
func (c PruneConfig) leave(g *edit.Graph, t int32, end bool) string {
	x := g.Tensors[t]
	switch {
	case x.Sparsity != nil:
		return "stored sparsely already"
	case x.Type != tflite.TensorTypeFLOAT32 && x.Type != tflite.TensorTypeINT8 && x.Type != tflite.TensorTypeFLOAT16 && x.Type != tflite.TensorTypeUINT8:
		return fmt.Sprintf("type %s", x.Type)
	case x.Type == tflite.TensorTypeUINT8 && (x.Quantization == nil || len(x.Quantization.ZeroPoint) != 1):
		return "no single zero point"
	case g.Elements(t) < int64(c.MinElements):
		return fmt.Sprintf("%d elements, fewer than %d", g.Elements(t), c.MinElements)
	case c.SkipEnds && end:
		return "first or last layer"
	case c.Match != nil && !c.Match.MatchString(x.Name):
		return "not selected"
	}
	return ""
}
