// RESHAPE: the elements of the input in the same order under another shape.
//
//	any type; STRING by copying

package ops

import (
	"math"

	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var reshape = Op{
	Code: tflite.BuiltinOperatorRESHAPE, Name: "RESHAPE", MaxVersion: 1,
	Inputs: Between(1, 2), Outputs: Exactly(1), InPlace: []int{0}, Relabels: true,
	Types:   "any, STRING too",
	Prepare: prepareReshape,
}

func prepareReshape(n *Node) (Eval, error) {
	opts, err := options[tflite.ReshapeOptionsT](n)
	if err != nil {
		return nil, err
	}
	in, operand := n.Input(0), n.Input(1)
	var attribute tensor.Shape
	for _, d := range opts.NewShape {
		attribute = append(attribute, int(d))
	}
	// Old models write [0] for a scalar, in the options only.
	if len(attribute) == 1 && attribute[0] == 0 {
		attribute = nil
	}
	// The options hold where the operand is no vector of integers.
	if operand != nil && (len(operand.Shape) != 1 || !oneOf(operand.Type, tensor.Int32, tensor.Int64)) {
		if n.Options == nil {
			return nil, invalidf("shape: got %s%v, want a vector of INT32", operand.Type, operand.Shape)
		}
		operand = nil
	}
	if operand == nil && n.Options == nil {
		return nil, invalidf("got neither a shape nor options")
	}
	var shape tensor.Shape
	build := func(fail failf) (tensor.Shape, error) {
		shape = append(shape[:0], attribute...)
		if operand != nil {
			if shape, err = readInts(shape[:0], operand, "shape"); err != nil {
				return nil, err
			}
		}
		return shape, resolveShape(shape, in.Shape, fail)
	}
	if operand == nil {
		return relabel(n, nil, build)
	}
	return relabel(n, []int{1}, build)
}

// resolveShape puts the size that fits in the place of a -1 and checks the number of elements. Where other dimensions are 0
// a -1 stands for what is left without them: [4,0] as [2,0,-1] is [2,0,2].
func resolveShape(shape, in tensor.Shape, fail failf) error {
	free, product, nonzero := -1, int64(1), int64(1)
	for i, d := range shape {
		switch {
		case d == -1 && free < 0:
			free = i
			continue
		case d < 0:
			return fail("new shape %v: dimension %d is %d", shape, i, d)
		}
		product *= int64(d)
		nonzero *= int64(max(d, 1))
		if nonzero > math.MaxInt32 {
			return fail("new shape %v has more elements than %v", shape, in)
		}
	}
	count := int64(in.Elements())
	if free >= 0 {
		rest := count
		if product == 0 {
			product, rest = nonzero, 1
			for _, d := range in {
				rest *= int64(max(d, 1))
			}
			if count != 0 {
				return fail("new shape %v has no elements, want %d", shape, count)
			}
		} else if count%product != 0 {
			return fail("new shape %v: no dimension %d makes it %d elements", shape, free, count)
		}
		shape[free] = int(rest / product)
		return nil
	}
	if product != count {
		return fail("new shape %v has %d elements, want %d for %v", shape, product, count, in)
	}
	return nil
}

// relabel prepares an operator whose output has the elements of input 0 in the same order.
func relabel(n *Node, operands []int, build func(failf) (tensor.Shape, error)) (Eval, error) {
	in, out := n.Input(0), n.Output(0)
	if in.Type != out.Type || in.Type == tensor.Variant {
		return nil, unsupportedTypes(n)
	}
	if in.Type != tensor.String {
		return shaped(n, operands, build, func() error {
			dst, src := out.Bytes(), in.Bytes()
			if len(dst) > 0 && &dst[0] != &src[0] {
				copy(dst, src)
			}
			return nil
		})
	}
	var shape tensor.Shape
	var buf []byte
	keep := func(fail failf) (_ tensor.Shape, err error) {
		shape, err = build(fail)
		return shape, err
	}
	return shaped(n, operands, keep, func() error {
		if err := checkStrings(in); err != nil {
			return err
		}
		buf = append(buf[:0], in.Bytes()...)
		return n.SetOutputBytes(0, shape, buf)
	})
}
