package ops

import (
	"fmt"
	"math"

	"github.com/litewren/litewren/ops/internal/kernel/move"
	"github.com/litewren/litewren/tensor"
)

// failf makes an error about an operand: invalidf where the operand is part of the model, valuef where it was computed.
type failf func(format string, args ...any) error

// shaped prepares an operator whose output shape follows from operands that may not be known yet. build reads the operands,
// checks them and returns the shape, which it owns and may reuse; run computes the output. Where all the operands (those that
// are present) are constant build runs now, else before each run. STRING outputs are left to run, which calls SetOutputBytes.
func shaped(n *Node, operands []int, build func(failf) (tensor.Shape, error), run Eval) (Eval, error) {
	known := true
	for _, i := range operands {
		known = known && (n.Input(i) == nil || n.IsConst(i))
	}
	strings := n.Output(0).Type == tensor.String
	if known {
		shape, err := build(invalidf)
		if err != nil {
			return nil, err
		}
		if !strings {
			return run, n.SetOutput(0, shape)
		}
		if err := shape.Check(); err != nil {
			return nil, fmt.Errorf("output: %w: %w", err, ErrInvalidModel)
		}
		n.SetDynamic(0)
		return run, nil
	}
	n.SetDynamic(0)
	return func() error {
		shape, err := build(valuef)
		if err != nil {
			return err
		}
		if strings {
			if err := shape.Check(); err != nil {
				return fmt.Errorf("output: %w: %w", err, ErrValue)
			}
		} else if err := n.ResizeOutput(0, shape); err != nil {
			return err
		} else if n.Output(0).Elements() == 0 {
			return nil // the other dimensions may be huge
		}
		return run()
	}, nil
}

// rearrange prepares an operator whose output is a strided copy of its input, of any type. build, besides the output shape,
// sets the plan; what the plan does not cover becomes 0.
func rearrange(n *Node, input int, operands []int, build func(fail failf, plan *move.Plan) (tensor.Shape, error)) (Eval, error) {
	in, out := n.Input(input), n.Output(0)
	plan := new(move.Plan)
	var shape tensor.Shape
	both := func(fail failf) (_ tensor.Shape, err error) {
		shape, err = build(fail, plan)
		return shape, err
	}
	if in.Type == tensor.String {
		words := new(stringMover)
		kernel := func(dst, src []uint32) { move.Copy(dst, src, plan) }
		return shaped(n, operands, both, func() error { return words.move(n, in, shape, kernel) })
	}
	copyPlan := planCopier(in.Type)
	if copyPlan == nil {
		return nil, unsupportedTypes(n)
	}
	size := in.Type.Size()
	parts := make([]move.Plan, n.Host.Threads())
	chunks := 1
	each := func(thread, chunk int) {
		if first, last := Span(plan.Parts(), chunks, chunk); first < last {
			parts[thread].Part(plan, first, last)
			copyPlan(out, in, &parts[thread])
		}
	}
	return shaped(n, operands, both, func() error {
		if from, to, n := plan.Run(); n > 0 && size > 0 && n*size == len(out.Bytes()) {
			copy(out.Bytes()[to*size:], in.Bytes()[from*size:(from+n)*size])
			return nil
		}
		if plan.Elements() < out.Elements() {
			clear(out.Bytes())
		}
		if chunks = n.Chunks(plan.Parts(), 2*moveWork(len(out.Bytes()))); chunks > 1 && !in.Type.Packed() {
			n.Host.Fork(chunks, each)
			return nil
		}
		copyPlan(out, in, plan)
		return nil
	})
}

// planCopier returns the function that copies elements of a type by a plan, nil where they have no fixed size.
func planCopier(t tensor.Type) func(dst, src *tensor.Tensor, p *move.Plan) {
	if t.Packed() {
		bits := t.Bits()
		return func(dst, src *tensor.Tensor, p *move.Plan) {
			move.CopyPacked(dst.Bytes(), src.Bytes(), bits, p)
			move.ClearTail(dst.Bytes(), dst.Elements(), bits)
		}
	}
	switch t.Size() {
	case 1:
		return copyWords[uint8]
	case 2:
		return copyWords[uint16]
	case 4:
		return copyWords[uint32]
	case 8:
		return copyWords[uint64]
	case 16:
		return copyWords[complex128]
	}
	return nil
}

func copyWords[T move.Word](dst, src *tensor.Tensor, p *move.Plan) {
	move.Copy(words[T](dst), words[T](src), p)
}

// rowCopier returns the function that copies rows of elements of a type, nil where they have no fixed size; see move.CopyRows.
func rowCopier(t tensor.Type) func(dst, src *tensor.Tensor, d, s, rows, n, dstRow, srcRow int) {
	if t.Packed() {
		bits := t.Bits()
		return func(dst, src *tensor.Tensor, d, s, rows, n, dstRow, srcRow int) {
			to, from := dst.Bytes(), src.Bytes()
			for range rows {
				move.CopyBits(to, from, d, s, n, bits)
				d, s = d+dstRow, s+srcRow
			}
			move.ClearTail(to, dst.Elements(), bits)
		}
	}
	switch t.Size() {
	case 1:
		return copyWordRows[uint8]
	case 2:
		return copyWordRows[uint16]
	case 4:
		return copyWordRows[uint32]
	case 8:
		return copyWordRows[uint64]
	case 16:
		return copyWordRows[complex128]
	}
	return nil
}

func copyWordRows[T move.Word](dst, src *tensor.Tensor, d, s, rows, n, dstRow, srcRow int) {
	move.CopyRows(words[T](dst), words[T](src), d, s, rows, n, dstRow, srcRow)
}

// words returns the elements of a tensor as words of their width.
func words[T move.Word](t *tensor.Tensor) []T {
	var w any
	switch any(*new(T)).(type) {
	case uint8:
		w = tensor.Raw[uint8](t)
	case uint16:
		w = tensor.Raw[uint16](t)
	case uint32:
		w = tensor.Raw[uint32](t)
	case uint64:
		w = tensor.Raw[uint64](t)
	default:
		w = tensor.Data[complex128](t)
	}
	return w.([]T)
}

// byWidth returns the one of the functions that fits the width of a type, unsupportedTypes for types without one.
func byWidth(n *Node, t tensor.Type, w8, w16, w32, w64 func(*Node) (Eval, error)) (Eval, error) {
	if t.Packed() {
		return nil, unsupportedTypes(n)
	}
	switch t.Size() {
	case 1:
		return w8(n)
	case 2:
		return w16(n)
	case 4:
		return w32(n)
	case 8:
		return w64(n)
	}
	return nil, unsupportedTypes(n)
}

// oneOf reports whether t is one of the types.
func oneOf(t tensor.Type, types ...tensor.Type) bool {
	for _, o := range types {
		if t == o {
			return true
		}
	}
	return false
}

// fixedWidth reports whether elements are 8, 16, 32 or 64 bits wide.
func fixedWidth(t tensor.Type) bool {
	switch t.Bits() {
	case 8, 16, 32, 64:
		return true
	}
	return false
}

// sameType checks that input i and output 0 have one type out of those for which ok holds.
func sameType(n *Node, i int, ok func(tensor.Type) bool) error {
	if t := n.Input(i).Type; t != n.Output(0).Type || !ok(t) {
		return unsupportedTypes(n)
	}
	return nil
}

// movedQuantization checks the quantization of an operator that moves the stored values of 8- and 16-bit integers: input
// and output must have the same, INT16 with a zero point of 0.
func movedQuantization(in, out *tensor.Tensor) error {
	if !oneOf(in.Type, tensor.Int8, tensor.Uint8, tensor.Int16) {
		return nil
	}
	if in.Type == tensor.Int16 && quantized(in) && in.Quant.ZeroPoint[0] != 0 {
		return invalidf("input: zero point %d, want 0 for INT16", in.Quant.ZeroPoint[0])
	}
	return sameQuantization(in, out)
}

// dimension checks that a computed size may be a dimension.
func dimension(v int64, fail failf) (int, error) {
	if v < 0 || v > math.MaxInt32 {
		return 0, fail("output dimension is %d, want 0 to %d", v, math.MaxInt32)
	}
	return int(v), nil
}

// vector checks that an operand is a vector of n elements.
func vector(t *tensor.Tensor, n int, what string) error {
	if len(t.Shape) != 1 || t.Shape[0] != n {
		return invalidf("%s: shape %v, want [%d]", what, t.Shape, n)
	}
	return nil
}

// product returns the number of elements of some dimensions of a checked shape.
func product(dims []int) int { return tensor.Shape(dims).Elements() }

// appendStrides appends the strides of a dense row-major shape.
func appendStrides(dst []int, shape []int) []int {
	at := len(dst)
	for range shape {
		dst = append(dst, 1)
	}
	for i := len(shape) - 2; i >= 0; i-- {
		dst[at+i] = dst[at+i+1] * shape[i+1]
	}
	return dst
}

// grow returns a slice of length n, v itself where it is large enough.
func grow[T any](v []T, n int) []T {
	if cap(v) < n {
		return make([]T, n)
	}
	return v[:n]
}
