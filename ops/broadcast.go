package ops

import (
	"github.com/litewren/litewren/ops/internal/kernel/broadcast"
	"github.com/litewren/litewren/ops/internal/kernel/convert"
	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/tensor"
)

// binaryKernel computes dst from equally long runs of two operands.
type binaryKernel[D, T any] func(dst []D, a, b []T)

// valueCheck looks at all elements of the operands before a kernel runs.
type valueCheck[T any] func(a, b []T) error

// prepareBinary gives output 0 the shape that inputs 0 and 1 broadcast to and returns the evaluation of a kernel over it.
// Both inputs must have elements of T and the output of D; check may be nil.
func prepareBinary[D, T tensor.Element](n *Node, check valueCheck[T], kernel binaryKernel[D, T]) (Eval, error) {
	a, b, out := n.Input(0), n.Input(1), n.Output(0)
	plan, buffers, err := planBroadcast(n, a, b)
	if err != nil {
		return nil, err
	}
	return func() error {
		x, y := tensor.Data[T](a), tensor.Data[T](b)
		if check != nil {
			if err := check(x, y); err != nil {
				return err
			}
		}
		broadcast.Run2(plan, tensor.Data[D](out), x, y, tensor.Data[T](buffers[0]), tensor.Data[T](buffers[1]), kernel)
		return nil
	}, nil
}

// prepareBytes is prepareBinary for bytes. Where one operand is a single constant the result is a function of one byte: a table.
func prepareBytes[T int8 | uint8](n *Node, kernel binaryKernel[T, T]) (Eval, error) {
	eval, err := prepareBinary(n, nil, kernel)
	if err != nil {
		return nil, err
	}
	if a, b, out := n.Input(0), n.Input(1), n.Output(0); a.Shape.Equal(out.Shape) && b.Shape.Equal(out.Shape) {
		eval = forkSpans(n, out.Shape.Elements(), 100, func(i, j int) {
			kernel(tensor.Data[T](out)[i:j], tensor.Data[T](a)[i:j], tensor.Data[T](b)[i:j])
		})
	}
	for constant, other := range []int{1, 0} {
		c, x, out := n.Input(constant), n.Input(other), n.Output(0)
		if !n.IsConst(constant) || c.Elements() != 1 || n.IsConst(other) {
			continue
		}
		var table [256]uint8
		var all, same, dst [256]T
		for i := range all {
			all[i], same[i] = T(i), tensor.Data[T](c)[0]
		}
		var operands [2][]T
		operands[constant], operands[other] = same[:], all[:]
		kernel(dst[:], operands[0], operands[1])
		for i, v := range dst {
			table[uint8(all[i])] = uint8(v)
		}
		return func() error {
			q.Lookup8(out.Bytes(), x.Bytes(), &table)
			return nil
		}, nil
	}
	return eval, nil
}

// floatKernels are the forms of an operation of two float32 operands.
type floatKernels = broadcast.Kernels[float32, float32]

// prepareFloatBinary is prepareBinary for FLOAT32 kernels that take single numbers, too.
func prepareFloatBinary(n *Node, k floatKernels) (Eval, error) {
	a, b, out := n.Input(0), n.Input(1), n.Output(0)
	plan, buffers, err := planOperands(n, func(shape []int, shapes [][]int) *broadcast.Plan {
		return broadcast.NewSingles(shape, shapes[0], shapes[1])
	}, a, b)
	if err != nil {
		return nil, err
	}
	switch single, flat := plan.Flat(); {
	case !flat:
	case single == 1:
		return forkSpans(n, out.Shape.Elements(), 150, func(i, j int) {
			k.OneA(tensor.Data[float32](out)[i:j], tensor.Data[float32](a)[0], tensor.Data[float32](b)[i:j])
		}), nil
	case single == 2:
		return forkSpans(n, out.Shape.Elements(), 150, func(i, j int) {
			k.OneB(tensor.Data[float32](out)[i:j], tensor.Data[float32](a)[i:j], tensor.Data[float32](b)[0])
		}), nil
	default:
		return forkSpans(n, out.Shape.Elements(), 200, func(i, j int) {
			k.Run(tensor.Data[float32](out)[i:j], tensor.Data[float32](a)[i:j], tensor.Data[float32](b)[i:j])
		}), nil
	}
	return func() error {
		broadcast.RunSingles(plan, tensor.Data[float32](out), tensor.Data[float32](a), tensor.Data[float32](b),
			tensor.Data[float32](buffers[0]), tensor.Data[float32](buffers[1]), &k)
		return nil
	}, nil
}

// forkSpans returns the evaluation of what takes run a number of picoseconds for each of count elements, in spans of elements
// that are computed at the same time where that pays.
func forkSpans(n *Node, count, picoseconds int, run func(first, last int)) Eval {
	parts, work := newSpans(n, run), int64(count)*int64(picoseconds)/1000
	return func() error {
		parts.do(count, work)
		return nil
	}
}

// planBroadcast sets output 0 to the shape the operands broadcast to. The buffers that the plan does not need are empty.
func planBroadcast(n *Node, operands ...*tensor.Tensor) (*broadcast.Plan, []*tensor.Tensor, error) {
	return planOperands(n, func(shape []int, shapes [][]int) *broadcast.Plan { return broadcast.New(shape, shapes...) }, operands...)
}

// planOperands is planBroadcast with a choice of plan.
func planOperands(n *Node, choose func(shape []int, shapes [][]int) *broadcast.Plan,
	operands ...*tensor.Tensor) (*broadcast.Plan, []*tensor.Tensor, error) {
	shape := operands[0].Shape
	shapes := make([][]int, len(operands))
	for i, t := range operands {
		var err error
		if shape, err = broadcastShape(shape, t.Shape); err != nil {
			return nil, nil, err
		}
		shapes[i] = t.Shape
	}
	if err := n.SetOutput(0, shape); err != nil {
		return nil, nil, err
	}
	plan := choose(shape, shapes)
	buffers := make([]*tensor.Tensor, len(operands))
	for i, t := range operands {
		size := 0
		if plan.Expands(i) {
			size = broadcast.BlockSize
		}
		var err error
		if buffers[i], err = n.Scratch(t.Type, size); err != nil {
			return nil, nil, err
		}
	}
	return plan, buffers, nil
}

// halfBlock is the number of 16-bit floats that are widened at a time.
const halfBlock = 256

// widening returns the conversions between a 16-bit float type and float32.
func widening(t tensor.Type) (widen func(dst []float32, x []uint16), narrow func(dst []uint16, x []float32)) {
	if t == tensor.BFloat16 {
		return convert.FromBFloat16, convert.ToBFloat16
	}
	return convert.FromFloat16, convert.ToFloat16
}

// widenBinary makes a kernel of 16-bit floats from one of float32; the result stays what that kernel makes.
func widenBinary[D any](t tensor.Type, kernel binaryKernel[D, float32]) binaryKernel[D, uint16] {
	widen, _ := widening(t)
	buffer := make([]float32, 2*halfBlock)
	x, y := buffer[:halfBlock], buffer[halfBlock:]
	return func(dst []D, a, b []uint16) {
		for i := 0; i < len(a); i += halfBlock {
			n := min(halfBlock, len(a)-i)
			widen(x[:n], a[i:i+n])
			widen(y[:n], b[i:i+n])
			kernel(dst[i:i+n], x[:n], y[:n])
		}
	}
}

// halfBinary makes a kernel of 16-bit floats from one of float32, rounding the result.
func halfBinary(t tensor.Type, kernel binaryKernel[float32, float32]) binaryKernel[uint16, uint16] {
	_, narrow := widening(t)
	z := make([]float32, halfBlock)
	return widenBinary(t, func(dst []uint16, a, b []float32) {
		kernel(z[:len(a)], a, b)
		narrow(dst, z[:len(a)])
	})
}

// halfUnary makes a kernel of 16-bit floats from one of float32, rounding the result.
func halfUnary(t tensor.Type, kernel func(dst, x []float32)) func(dst, x []uint16) {
	widen, narrow := widening(t)
	buffer := make([]float32, halfBlock)
	return func(dst, x []uint16) {
		for i := 0; i < len(x); i += halfBlock {
			n := min(halfBlock, len(x)-i)
			widen(buffer[:n], x[i:i+n])
			kernel(buffer[:n], buffer[:n])
			narrow(dst[i:i+n], buffer[:n])
		}
	}
}

// prepareUnary gives output 0 the shape of input 0 and returns the evaluation of a kernel over them.
func prepareUnary[D, T tensor.Element](n *Node, kernel func(dst []D, x []T)) (Eval, error) {
	in, out := n.Input(0), n.Output(0)
	if err := n.SetOutput(0, in.Shape); err != nil {
		return nil, err
	}
	return func() error {
		kernel(tensor.Data[D](out), tensor.Data[T](in))
		return nil
	}, nil
}
