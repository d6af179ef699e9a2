// STREAM: a window over a stream, whose past is in a variable,
//
//	y = past, x   side by side (or x, past)
//	past = y[from : from+len(past)]
//
// in place of READ_VARIABLE, CONCATENATION, STRIDED_SLICE and ASSIGN_VARIABLE.
//
//	handle, x, y
//	any type of whole bytes
//
// This operator is fused: a rewrite puts it in place of those nodes. No registry holds it, so no file can ask for it.

package ops

import (
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// Stream is the fused operator STREAM, with *StreamOptions.
var Stream = &Op{
	Code: tflite.BuiltinOperatorCUSTOM, Name: "STREAM",
	Inputs: Exactly(2), Outputs: Exactly(1), Stateful: true,
	Types:   "any of whole bytes",
	Prepare: prepareStream,
}

// StreamOptions are the options of Stream. The shapes are those for which what lies side by side along the axis does so in memory.
type StreamOptions struct {
	// Past is the type, shape and quantization of the value that is read, Next of the one that is assigned.
	Past, Next *tensor.Tensor
	X, Y       tensor.Shape
	// After says that the past stands behind x.
	After bool
	// From is the element of y where the next past begins.
	From int
}

func prepareStream(n *Node) (Eval, error) {
	opts, err := options[StreamOptions](n)
	if err != nil {
		return nil, err
	}
	handle, x, y := n.Input(0), n.Input(1), n.Output(0)
	if err := checkHandle(n, handle); err != nil {
		return nil, err
	}
	past, next := opts.Past, opts.Next
	if past == nil || next == nil || !x.Shape.Equal(opts.X) || x.Type != y.Type || past.Type != y.Type || next.Type != y.Type || y.Type.Size() == 0 {
		return nil, unsupportedTypes(n)
	}
	size := y.Type.Size()
	before, added, from := past.Shape.Elements()*size, x.Shape.Elements()*size, opts.From*size
	after := next.Shape.Elements() * size
	if before+added != opts.Y.Elements()*size || from < 0 || from+after > before+added {
		return nil, invalidf("%v and %v in %v, next %v from %d", past.Shape, opts.X, opts.Y, next.Shape, opts.From)
	}
	if err := n.SetOutput(0, opts.Y); err != nil {
		return nil, err
	}
	at, to := 0, before
	if opts.After {
		at, to = added, 0
	}
	value := &tensor.Tensor{Type: next.Type, Shape: next.Shape.Clone(), Quant: next.Quant}
	resources := n.Host.Resources()
	return func() error {
		id := tensor.Data[int32](handle)[0]
		v := resources.Variable(id)
		switch {
		case v == nil:
			return valuef("variable %d is read before it is assigned", id)
		case v.Type != past.Type:
			return valuef("variable %d: got %s, want %s", id, v.Type, past.Type)
		case len(v.Bytes()) != before:
			return valuef("variable %d: got shape %v, want %v", id, v.Shape, past.Shape)
		}
		b := y.Bytes()
		copy(b[at:at+before], v.Bytes())
		copy(b[to:to+added], x.Bytes())
		value.SetBytes(b[from : from+after])
		return resources.Assign(id, value)
	}, nil
}
