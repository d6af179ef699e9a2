package compress

import (
	"fmt"
	"slices"

	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// channelGroup is layers whose output channels meet or stand beside each other (one layer, if none do), and all that these go through
// before other layers add them up.
type channelGroup struct {
	g         *edit.Graph
	set       channelSet
	layout    map[int32]placesOfChannels // by activation
	tensors   []int32                    // those activations, in the order in which they were found
	producers []*tflite.OperatorT
	flat      []flatShape // reshapes of pixels and channels into one dimension
	columns   []usedColumns
	readers   []*channelReader
	uses      map[edit.Use]string // that have been taken in, or why not
	gone      map[int]bool        // channels that go, by root
}

// channelReader is a layer that reads channels: its weights have columns for them, channel by channel as often as pixels are flattened.
type channelReader struct {
	op       *tflite.OperatorT
	product  *product
	channels placesOfChannels
}

// flatShape is a RESHAPE of [.., channels] to [rows, pixels*channels].
type flatShape struct {
	op       *tflite.OperatorT
	pixels   int
	channels placesOfChannels
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
		x := &channelGroup{g: g, layout: map[int32]placesOfChannels{}, uses: map[edit.Use]string{}, gone: map[int]bool{}}
		reason := x.find(op, uses)
		for _, p := range x.producers {
			grouped[p] = true
			if name := g.Tensors[p.Inputs[1]].Name; c.Match != nil && !c.Match.MatchString(name) {
				x.set.freeze(x.rows(p), fmt.Sprintf("its channels meet those of %q, which is not selected", name))
			}
		}
		if !slices.Contains(x.producers, op) { // it is no such layer after all
			if reason == "" {
				reason = x.whyFrozen(x.rows(op))
			}
			r.skip(g.Index, w.Name, "%s", reason)
		}
		if len(x.producers) > 0 {
			list = append(list, x)
		}
	}
	return list
}

// makesChannels reports whether a node is a layer with constant weights.
func makesChannels(g *edit.Graph, op *tflite.OperatorT) bool {
	code := g.Model.Code(op)
	return (code == tflite.BuiltinOperatorFULLY_CONNECTED || code == tflite.BuiltinOperatorCONV_2D) && len(op.Inputs) >= 2 && len(op.Outputs) == 1 &&
		op.Outputs[0] >= 0 && g.IsFloat(op.Inputs[1]) && g.IsConstant(op.Inputs[1]) && len(g.Tensors[op.Inputs[1]].Shape) > 0
}

// find follows the channels of a layer to the layers that read them, and back to the layers whose channels they meet on the way, or that
// stand beside them. What has to stay is frozen. It says why nothing is found, "" otherwise.
func (x *channelGroup) find(op *tflite.OperatorT, uses [][]edit.Use) string {
	g := x.g
	if _, reason := x.layoutOf(op.Outputs[0]); reason != "" {
		return reason
	}
	for i := 0; i < len(x.tensors); i++ {
		t := x.tensors[i]
		if g.IsOutput(t) {
			x.set.freeze(x.layout[t], fmt.Sprintf("%q is an output", g.Tensors[t].Name))
		}
		if reason := x.source(t, uses); reason != "" {
			x.set.freeze(x.layout[t], reason)
		}
		for _, use := range uses[t] {
			if reason := x.follow(use, t, uses); reason != "" {
				x.set.freeze(x.layout[t], reason)
			}
		}
	}
	read := make([]bool, len(x.set.parent)) // by root
	for _, reader := range x.readers {
		for _, c := range reader.channels {
			read[x.set.root(c)] = true
		}
	}
	for _, t := range x.tensors {
		unread := slices.DeleteFunc(slices.Clone(x.layout[t]), func(c int) bool { return read[x.set.root(c)] })
		if len(unread) > 0 {
			x.set.freeze(unread, "no layer reads its channels")
		}
	}
	return ""
}

// whyFrozen says why channels stay, "" if none has to.
func (x *channelGroup) whyFrozen(channels placesOfChannels) string {
	for _, c := range channels {
		if why := x.set.frozen[x.set.root(c)]; why != 0 {
			return x.set.reasons[why-1]
		}
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
		if code := g.Model.Code(op); code == tflite.BuiltinOperatorCONV_2D || code == tflite.BuiltinOperatorFULLY_CONNECTED || len(op.Inputs) == 0 || op.Inputs[0] < 0 {
			return fmt.Sprintf("%s has no constant float weights", g.Model.Name(op))
		}
		// Whatever the channels go through takes them in at one side as at the other.
		in := 0
		if g.IsConstant(op.Inputs[0]) && len(op.Inputs) > 1 && op.Inputs[1] >= 0 {
			in = 1
		}
		if op.Inputs[in] < 0 || g.IsConstant(op.Inputs[in]) {
			return fmt.Sprintf("its channels come of %s", g.Model.Name(op))
		}
		if _, reason := x.layoutOf(op.Inputs[in]); reason != "" {
			return reason
		}
		return x.follow(edit.Use{Op: op, Input: in}, op.Inputs[in], uses)
	}
	p := productOf(g, op, 1, op.Inputs[1])
	switch {
	case p == nil || p.parts != 1 || p.transposed || p.rows != len(x.layout[t]) || g.Tensors[op.Inputs[1]].Sparsity != nil:
		return "weights are no dense matrix"
	case len(op.Inputs) > 2 && op.Inputs[2] >= 0 && (!g.IsConstant(op.Inputs[2]) || !g.IsFloat(op.Inputs[2]) || g.Elements(op.Inputs[2]) != int64(p.rows)):
		return "the bias is computed"
	}
	x.producers = append(x.producers, op)
	return ""
}

// follow takes one node that reads channels, or computes them of others, into the group.
func (x *channelGroup) follow(use edit.Use, t int32, uses [][]edit.Use) string {
	reason, done := x.uses[use]
	if !done {
		reason = x.followOnce(use, t, uses)
		x.uses[use] = reason
	}
	return reason
}

func (x *channelGroup) followOnce(use edit.Use, t int32, uses [][]edit.Use) string {
	g, op := x.g, use.Op
	code := g.Model.Code(op)
	channels := x.layout[t]
	through := func() string {
		if len(op.Outputs) != 1 || op.Outputs[0] < 0 {
			return fmt.Sprintf("%s has several outputs", g.Model.Name(op))
		}
		return x.meet(op.Outputs[0], channels)
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
			return x.meet(c, channels)
		}
		shape := g.Tensors[c].Shape
		if g.Elements(c) == 1 {
			return ""
		}
		if len(shape) == 0 || int(shape[len(shape)-1]) != len(channels) {
			return fmt.Sprintf("%s with a constant of shape %v", g.Model.Name(op), shape)
		}
		x.columns = append(x.columns, usedColumns{edit.Use{Op: op, Input: i}, channels})
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
		if !ok || len(op.Outputs) != 1 || op.Outputs[0] < 0 {
			return "CONCATENATION without options or with several outputs"
		}
		if rank := len(g.Tensors[t].Shape); o.Axis == -1 || int(o.Axis) == rank-1 {
			return x.beside(op)
		}
		for i, in := range op.Inputs {
			if in < 0 || g.IsConstant(in) {
				return fmt.Sprintf("CONCATENATION with input %d, which is not computed", i)
			}
			if reason := x.meet(in, channels); reason != "" {
				return reason
			}
		}
		return through()
	case tflite.BuiltinOperatorMEAN:
		if use.Input == 0 && leavesLast(g, op) {
			return through()
		}
	case tflite.BuiltinOperatorDEPTHWISE_CONV_2D:
		if use.Input != 0 || len(op.Inputs) < 2 || !g.IsConstant(op.Inputs[1]) || len(g.Tensors[op.Inputs[1]].Shape) == 0 || int(g.Tensors[op.Inputs[1]].Shape[len(g.Tensors[op.Inputs[1]].Shape)-1]) != len(channels) {
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
		if use.Input != 0 || len(op.Outputs) != 1 || op.Outputs[0] < 0 || x.layout[op.Outputs[0]] != nil {
			return "RESHAPE makes its channels"
		}
		return x.flatten(op, t, uses)
	case tflite.BuiltinOperatorCONV_2D, tflite.BuiltinOperatorFULLY_CONNECTED:
		return x.read(use, channels)
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
	channels := x.layout[t]
	from, to := g.Tensors[t].Shape, g.Tensors[op.Outputs[0]].Shape
	if len(to) != 2 || len(from) < 2 || to[1] < 1 || int(to[1])%len(channels) != 0 || g.Elements(t) != g.Elements(op.Outputs[0]) ||
		g.IsOutput(op.Outputs[0]) || len(op.Inputs) > 1 && !g.IsConstant(op.Inputs[1]) {
		return fmt.Sprintf("RESHAPE from %v to %v", from, to)
	}
	for _, use := range uses[op.Outputs[0]] {
		if g.Model.Code(use.Op) != tflite.BuiltinOperatorFULLY_CONNECTED {
			return fmt.Sprintf("%s after RESHAPE", g.Model.Name(use.Op))
		}
		if reason := x.read(use, channels); reason != "" {
			return reason
		}
	}
	x.flat = append(x.flat, flatShape{op, int(to[1]) / len(channels), channels})
	return ""
}

// read takes in a layer that adds channels up.
func (x *channelGroup) read(use edit.Use, channels placesOfChannels) string {
	g, op := x.g, use.Op
	if use.Input != 0 || len(op.Inputs) < 2 || !g.IsConstant(op.Inputs[1]) || !g.IsFloat(op.Inputs[1]) || g.Tensors[op.Inputs[1]].Sparsity != nil {
		return fmt.Sprintf("%s has no constant float weights", g.Model.Name(op))
	}
	p := productOf(g, op, 1, op.Inputs[1])
	if p == nil || p.parts != 1 || p.n%len(channels) != 0 {
		return fmt.Sprintf("%s reads them otherwise", g.Model.Name(op))
	}
	if o, ok := schema.Options[tflite.FullyConnectedOptionsT](op); ok && (o.KeepNumDims || o.WeightsFormat != tflite.FullyConnectedOptionsWeightsFormatDEFAULT) &&
		p.n != len(channels) {
		return fmt.Sprintf("%s reads them otherwise", g.Model.Name(op))
	}
	x.readers = append(x.readers, &channelReader{op, p, channels})
	return ""
}
