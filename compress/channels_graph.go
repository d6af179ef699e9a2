package compress

import (
	"fmt"
	"slices"

	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// channelGroup is a layer and all that its output channels go through before other layers add them up.
type channelGroup struct {
	g        *edit.Graph
	producer *tflite.OperatorT
	channels int
	tensors  []int32     // activations whose last dimension are the channels
	flat     []flatShape // reshapes of pixels and channels into one dimension
	columns  []edit.Use  // constants whose last dimension are the channels
	readers  []*channelReader
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

// channelGroups lists the layers whose channels can go, in execution order.
func channelGroups(g *edit.Graph, c ChannelConfig, r *Report) []*channelGroup {
	var list []*channelGroup
	uses := g.Uses()
	for _, op := range g.Operators {
		code := g.Model.Code(op)
		if code != tflite.BuiltinOperatorFULLY_CONNECTED && code != tflite.BuiltinOperatorCONV_2D || len(op.Inputs) < 2 || len(op.Outputs) != 1 ||
			!g.IsFloat(op.Inputs[1]) || !g.IsConstant(op.Inputs[1]) {
			continue
		}
		w := g.Tensors[op.Inputs[1]]
		if c.Match != nil && !c.Match.MatchString(w.Name) {
			continue
		}
		x := &channelGroup{g: g, producer: op}
		if reason := x.find(uses); reason != "" {
			r.skip(g.Index, w.Name, "%s", reason)
			continue
		}
		list = append(list, x)
	}
	return list
}

// find follows the channels to the layers that read them. It says why they have to stay, "" if they need not.
func (x *channelGroup) find(uses [][]edit.Use) string {
	g, op := x.g, x.producer
	p := productOf(g, op, 1, op.Inputs[1])
	switch {
	case p == nil || p.parts != 1 || p.transposed || g.Tensors[op.Inputs[1]].Sparsity != nil:
		return "weights are no dense matrix"
	case len(op.Inputs) > 2 && op.Inputs[2] >= 0 && (!g.IsConstant(op.Inputs[2]) || !g.IsFloat(op.Inputs[2]) || g.Elements(op.Inputs[2]) != int64(p.rows)):
		return "the bias is computed"
	}
	x.channels = p.rows
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

// follow takes one node that reads channels into the group.
func (x *channelGroup) follow(use edit.Use, t int32, uses [][]edit.Use) string {
	g, op := x.g, use.Op
	code := g.Model.Code(op)
	through := func() string {
		if len(op.Outputs) != 1 || slices.Contains(x.tensors, op.Outputs[0]) {
			return fmt.Sprintf("%s has several outputs or joins its channels", g.Model.Name(op))
		}
		x.tensors = append(x.tensors, op.Outputs[0])
		return ""
	}
	vector := func(i int) string { // a constant for each channel, or one for all
		c := op.Inputs[i]
		if !g.IsConstant(c) || !g.IsFloat(c) {
			return fmt.Sprintf("%s with something else that is computed", g.Model.Name(op))
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
		if reason := vector(1 - use.Input); reason != "" {
			return reason
		}
		return through()
	case tflite.BuiltinOperatorMEAN:
		if use.Input == 0 && leavesLast(g, op) {
			return through()
		}
	case tflite.BuiltinOperatorDEPTHWISE_CONV_2D:
		if use.Input != 0 || !g.IsConstant(op.Inputs[1]) || int(g.Tensors[op.Inputs[1]].Shape[len(g.Tensors[op.Inputs[1]].Shape)-1]) != x.channels {
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
		return x.flatten(op, t, uses)
	case tflite.BuiltinOperatorCONV_2D, tflite.BuiltinOperatorFULLY_CONNECTED:
		return x.read(use)
	}
	return fmt.Sprintf("its channels go through %s", g.Model.Name(op))
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
	if use.Input != 0 || !g.IsConstant(op.Inputs[1]) || !g.IsFloat(op.Inputs[1]) || g.Tensors[op.Inputs[1]].Sparsity != nil {
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
