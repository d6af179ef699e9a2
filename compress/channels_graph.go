package compress

import (
	"fmt"
	"slices"

	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// channelGroup is layers whose output channels meet (one layer, if none do), and all that these go through before other layers add
// them up.
type channelGroup struct {
	g         *edit.Graph
	producers []*tflite.OperatorT
	channels  int
	tensors   []int32     // activations whose last dimension are the channels
	flat      []flatShape // reshapes of pixels and channels into one dimension
	columns   []edit.Use  // constants whose last dimension are the channels
	readers   []*channelReader
	nodes     map[*tflite.OperatorT]bool // that the channels go through, taken in already
	kept      []int                      // channels that stay, in ascending order; nil where all do
}

// channelReader is a layer that reads the channels: its weights have columns for them, channel by channel as often as pixels are flattened.
type channelReader struct {
	op      *tflite.OperatorT
	product *product
}

// flatShape is a RESHAPE of [.., channels] to [rows, pixels*channels].
type flatShape struct {
	op     *tflite.OperatorT
	pixels int
}

// channelGroups lists the groups whose channels can go, in execution order.
func channelGroups(g *edit.Graph, c ChannelConfig, r *Report) []*channelGroup {
	var list []*channelGroup
	uses := g.Uses()
	grouped := map[*tflite.OperatorT]bool{}
	for _, op := range g.Operators {
		if grouped[op] || !makesChannels(g, op) {
			continue
		}
		w := g.Tensors[op.Inputs[1]]
		if c.Match != nil && !c.Match.MatchString(w.Name) {
			continue
		}
		x := &channelGroup{g: g, nodes: map[*tflite.OperatorT]bool{}}
		reason := x.find(op, uses)
		for _, p := range x.producers {
			if name := g.Tensors[p.Inputs[1]].Name; reason == "" && c.Match != nil && !c.Match.MatchString(name) {
				reason = fmt.Sprintf("its channels meet those of %q, which is not selected", name)
			}
		}
		if reason != "" {
			r.skip(g.Index, w.Name, "%s", reason)
			continue
		}
		for _, p := range x.producers {
			grouped[p] = true
		}
		list = append(list, x)
	}
	return list
}

// makesChannels reports whether a node is a layer with constant weights.
func makesChannels(g *edit.Graph, op *tflite.OperatorT) bool {
	code := g.Model.Code(op)
	return (code == tflite.BuiltinOperatorFULLY_CONNECTED || code == tflite.BuiltinOperatorCONV_2D) && len(op.Inputs) >= 2 && len(op.Outputs) == 1 &&
		op.Outputs[0] >= 0 && g.IsFloat(op.Inputs[1]) && g.IsConstant(op.Inputs[1]) && len(g.Tensors[op.Inputs[1]].Shape) > 0
}

// find follows the channels of a layer to the layers that read them, and back to the layers whose channels they meet on the way. It
// says why they have to stay, "" if they need not.
func (x *channelGroup) find(op *tflite.OperatorT, uses [][]edit.Use) string {
	g := x.g
	x.channels = int(g.Tensors[op.Inputs[1]].Shape[0])
	x.tensors = []int32{op.Outputs[0]}
	for i := 0; i < len(x.tensors); i++ {
		t := x.tensors[i]
		shape := g.Tensors[t].Shape
		switch {
		case g.IsOutput(t):
			return fmt.Sprintf("%q is an output", g.Tensors[t].Name)
		case len(shape) == 0 || int(shape[len(shape)-1]) != x.channels || !g.IsFloat(t):
			return fmt.Sprintf("%q has shape %v", g.Tensors[t].Name, shape)
		}
		if reason := x.source(t, uses); reason != "" {
			return reason
		}
		for _, use := range uses[t] {
			if reason := x.follow(use, t, uses); reason != "" {
				return reason
			}
		}
	}
	if len(x.readers) == 0 {
		return "no layer reads its channels"
	}
	return ""
}

// source takes the node that computes t into the group.
func (x *channelGroup) source(t int32, uses [][]edit.Use) string {
	g, op := x.g, x.g.Producer(t)
	if op == nil {
		return fmt.Sprintf("its channels meet %q, which is no layer's", g.Tensors[t].Name)
	}
	if !makesChannels(g, op) {
		if x.nodes[op] {
			return ""
		}
		if code := g.Model.Code(op); code == tflite.BuiltinOperatorCONV_2D || code == tflite.BuiltinOperatorFULLY_CONNECTED || len(op.Inputs) == 0 || op.Inputs[0] < 0 {
			return fmt.Sprintf("%s has no constant float weights", g.Model.Name(op))
		}
		// Whatever the channels go through takes them in at one side as at the other.
		in := 0
		if g.IsConstant(op.Inputs[0]) && len(op.Inputs) > 1 && op.Inputs[1] >= 0 {
			in = 1
		}
		if reason := x.follow(edit.Use{Op: op, Input: in}, op.Inputs[in], uses); reason != "" {
			return reason
		}
		x.add(op.Inputs[in])
		return ""
	}
	p := productOf(g, op, 1, op.Inputs[1])
	switch {
	case p == nil || p.parts != 1 || p.transposed || p.rows != x.channels || g.Tensors[op.Inputs[1]].Sparsity != nil:
		return "weights are no dense matrix"
	case len(op.Inputs) > 2 && op.Inputs[2] >= 0 && (!g.IsConstant(op.Inputs[2]) || !g.IsFloat(op.Inputs[2]) || g.Elements(op.Inputs[2]) != int64(p.rows)):
		return "the bias is computed"
	}
	x.producers = append(x.producers, op)
	return ""
}

func (x *channelGroup) add(t int32) {
	if !slices.Contains(x.tensors, t) {
		x.tensors = append(x.tensors, t)
	}
}

// follow takes one node that reads channels, or computes them of others, into the group.
func (x *channelGroup) follow(use edit.Use, t int32, uses [][]edit.Use) string {
	g, op := x.g, use.Op
	code := g.Model.Code(op)
	reads := code == tflite.BuiltinOperatorCONV_2D || code == tflite.BuiltinOperatorFULLY_CONNECTED || code == tflite.BuiltinOperatorRESHAPE
	if x.nodes[op] && !reads {
		return ""
	}
	x.nodes[op] = true
	through := func() string {
		if len(op.Outputs) != 1 || op.Outputs[0] < 0 {
			return fmt.Sprintf("%s has several outputs", g.Model.Name(op))
		}
		x.add(op.Outputs[0])
		return ""
	}
	vector := func(i int) string { // a constant for each channel, or one for all
		c := op.Inputs[i]
		if !g.IsFloat(c) {
			return fmt.Sprintf("%s with %q", g.Model.Name(op), g.Tensors[c].Name)
		}
		if !g.IsConstant(c) {
			if len(g.Tensors[c].Shape) == 0 || g.Elements(c) == 1 {
				return fmt.Sprintf("%s with a number that is computed", g.Model.Name(op))
			}
			x.add(c) // which must have the same channels
			return ""
		}
		shape := g.Tensors[c].Shape
		if g.Elements(c) == 1 {
			return ""
		}
		if len(shape) == 0 || int(shape[len(shape)-1]) != x.channels {
			return fmt.Sprintf("%s with a constant of shape %v", g.Model.Name(op), shape)
		}
		x.columns = append(x.columns, edit.Use{Op: op, Input: i})
		return ""
	}
	switch code {
	case tflite.BuiltinOperatorRELU, tflite.BuiltinOperatorRELU6, tflite.BuiltinOperatorRELU_N1_TO_1, tflite.BuiltinOperatorRELU_0_TO_1,
		tflite.BuiltinOperatorTANH, tflite.BuiltinOperatorLOGISTIC, tflite.BuiltinOperatorHARD_SWISH, tflite.BuiltinOperatorELU,
		tflite.BuiltinOperatorLEAKY_RELU, tflite.BuiltinOperatorGELU, tflite.BuiltinOperatorMAX_POOL_2D, tflite.BuiltinOperatorAVERAGE_POOL_2D:
		return through()
	case tflite.BuiltinOperatorADD, tflite.BuiltinOperatorSUB, tflite.BuiltinOperatorMUL, tflite.BuiltinOperatorPRELU:
		if len(op.Inputs) != 2 || op.Inputs[1-use.Input] < 0 {
			return fmt.Sprintf("%s has other inputs than two", g.Model.Name(op))
		}
		if reason := vector(1 - use.Input); reason != "" {
			return reason
		}
		return through()
	case tflite.BuiltinOperatorPAD:
		if use.Input == 0 && leavesLastUnpadded(g, op) {
			return through()
		}
		return "PAD adds channels to its own"
	case tflite.BuiltinOperatorCONCATENATION:
		o, ok := schema.Options[tflite.ConcatenationOptionsT](op)
		if rank := len(g.Tensors[t].Shape); !ok || o.Axis == -1 || int(o.Axis) == rank-1 {
			return "CONCATENATION puts its channels beside others"
		}
		for i, in := range op.Inputs {
			if in < 0 || g.IsConstant(in) {
				return fmt.Sprintf("CONCATENATION with input %d, which is not computed", i)
			}
			x.add(in)
		}
		return through()
	case tflite.BuiltinOperatorMEAN:
		if use.Input == 0 && leavesLast(g, op) {
			return through()
		}
	case tflite.BuiltinOperatorDEPTHWISE_CONV_2D:
		if use.Input != 0 || len(op.Inputs) < 2 || !g.IsConstant(op.Inputs[1]) || len(g.Tensors[op.Inputs[1]].Shape) == 0 || int(g.Tensors[op.Inputs[1]].Shape[len(g.Tensors[op.Inputs[1]].Shape)-1]) != x.channels {
			return "a depthwise convolution with several outputs a channel"
		}
		for i := 1; i < len(op.Inputs); i++ {
			if op.Inputs[i] >= 0 {
				if reason := vector(i); reason != "" {
					return reason
				}
			}
		}
		return through()
	case tflite.BuiltinOperatorRESHAPE:
		if len(op.Outputs) != 1 || op.Outputs[0] < 0 || slices.Contains(x.tensors, op.Outputs[0]) {
			return "RESHAPE makes its channels"
		}
		return x.flatten(op, t, uses)
	case tflite.BuiltinOperatorCONV_2D, tflite.BuiltinOperatorFULLY_CONNECTED:
		return x.read(use)
	}
	return fmt.Sprintf("its channels go through %s", g.Model.Name(op))
}

// leavesLastUnpadded reports whether PAD adds nothing to the last dimension.
func leavesLastUnpadded(g *edit.Graph, op *tflite.OperatorT) bool {
	if len(op.Inputs) != 2 {
		return false
	}
	pads, err := constantInts(g, op.Inputs[1])
	n := len(pads)
	return err == nil && n == 2*len(g.Tensors[op.Inputs[0]].Shape) && pads[n-2] == 0 && pads[n-1] == 0
}

// flatten takes in a RESHAPE whose rows only FULLY_CONNECTED layers read.
func (x *channelGroup) flatten(op *tflite.OperatorT, t int32, uses [][]edit.Use) string {
	g := x.g
	from, to := g.Tensors[t].Shape, g.Tensors[op.Outputs[0]].Shape
	if len(to) != 2 || len(from) < 2 || to[1] < 1 || int(to[1])%x.channels != 0 || g.Elements(t) != g.Elements(op.Outputs[0]) ||
		g.IsOutput(op.Outputs[0]) || len(op.Inputs) > 1 && !g.IsConstant(op.Inputs[1]) {
		return fmt.Sprintf("RESHAPE from %v to %v", from, to)
	}
	for _, use := range uses[op.Outputs[0]] {
		if g.Model.Code(use.Op) != tflite.BuiltinOperatorFULLY_CONNECTED {
			return fmt.Sprintf("%s after RESHAPE", g.Model.Name(use.Op))
		}
		if reason := x.read(use); reason != "" {
			return reason
		}
	}
	x.flat = append(x.flat, flatShape{op, int(to[1]) / x.channels})
	return ""
}

// read takes in a layer that adds channels up.
func (x *channelGroup) read(use edit.Use) string {
	g, op := x.g, use.Op
	if use.Input != 0 || len(op.Inputs) < 2 || !g.IsConstant(op.Inputs[1]) || !g.IsFloat(op.Inputs[1]) || g.Tensors[op.Inputs[1]].Sparsity != nil {
		return fmt.Sprintf("%s has no constant float weights", g.Model.Name(op))
	}
	p := productOf(g, op, 1, op.Inputs[1])
	if p == nil || p.parts != 1 || p.n%x.channels != 0 {
		return fmt.Sprintf("%s reads them otherwise", g.Model.Name(op))
	}
	if o, ok := schema.Options[tflite.FullyConnectedOptionsT](op); ok && (o.KeepNumDims || o.WeightsFormat != tflite.FullyConnectedOptionsWeightsFormatDEFAULT) &&
		p.n != x.channels {
		return fmt.Sprintf("%s reads them otherwise", g.Model.Name(op))
	}
	x.readers = append(x.readers, &channelReader{op, p})
	return ""
}
