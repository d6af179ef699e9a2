// AVERAGE_POOL_2D, MAX_POOL_2D, L2_POOL_2D: the average, the maximum, sqrt(average of squares) of each channel over a window,
// then the activation. Taps outside the image do not count.
//
//	FLOAT32
//	INT8, UINT8, INT16     on stored values (not L2_POOL_2D); input and output have the same scale. Averages round halves away
//	                       from zero

package ops

import (
	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/ops/internal/kernel/window"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var (
	averagePool2D = poolOp(tflite.BuiltinOperatorAVERAGE_POOL_2D, 3, "FLOAT32; INT8; UINT8; INT16")
	maxPool2D     = poolOp(tflite.BuiltinOperatorMAX_POOL_2D, 3, "FLOAT32; INT8; UINT8; INT16")
	l2Pool2D      = poolOp(tflite.BuiltinOperatorL2_POOL_2D, 1, "FLOAT32")
)

func poolOp(code tflite.BuiltinOperator, maxVersion int, types string) Op {
	return Op{
		Code: code, Name: code.String(), MaxVersion: maxVersion,
		Inputs: Exactly(1), Outputs: Exactly(1), Types: types,
		Prepare: func(n *Node) (Eval, error) { return preparePool2D(n, code) },
	}
}

// poolLayer is the geometry of a pooling.
type poolLayer struct {
	grid     window.Grid
	channels int
	act      tflite.ActivationFunctionType
}

func preparePool2D(n *Node, code tflite.BuiltinOperator) (Eval, error) {
	opts, err := options[tflite.Pool2DOptionsT](n)
	if err != nil {
		return nil, err
	}
	in := n.Input(0)
	if in.Type != n.Output(0).Type {
		return nil, unsupportedTypes(n)
	}
	if len(in.Shape) != 4 {
		return nil, invalidf("input %v, want 4 dimensions", in.Shape)
	}
	rows, err := windowAxis(opts.Padding, "height", in.Shape[1], int(opts.FilterHeight), int(opts.StrideH), 1)
	if err != nil {
		return nil, err
	}
	columns, err := windowAxis(opts.Padding, "width", in.Shape[2], int(opts.FilterWidth), int(opts.StrideW), 1)
	if err != nil {
		return nil, err
	}
	if err := n.SetOutput(0, tensor.Shape{in.Shape[0], rows.Out, columns.Out, in.Shape[3]}); err != nil {
		return nil, err
	}
	l := &poolLayer{window.NewGrid(rows, columns), in.Shape[3], opts.FusedActivationFunction}
	return l.prepare(n, code)
}

// prepare returns the evaluation by element type.
func (l *poolLayer) prepare(n *Node, code tflite.BuiltinOperator) (Eval, error) {
	in, out := n.Input(0), n.Output(0)
	switch {
	case in.Type == tensor.Float32:
		kernel := f32.MaxPool
		switch code {
		case tflite.BuiltinOperatorAVERAGE_POOL_2D:
			kernel = f32.AveragePool
		case tflite.BuiltinOperatorL2_POOL_2D:
			kernel = f32.L2Pool
		}
		return l.evalFloat(n, in, out, kernel)
	case code == tflite.BuiltinOperatorL2_POOL_2D:
	case in.Type == tensor.Int8:
		return poolQuantized[int8](n, l, code)
	case in.Type == tensor.Uint8:
		return poolQuantized[uint8](n, l, code)
	case in.Type == tensor.Int16:
		return poolQuantized[int16](n, l, code)
	}
	return nil, unsupportedTypes(n)
}

func (l *poolLayer) evalFloat(n *Node, in, out *tensor.Tensor, kernel func(dst, x []float32, g *window.Grid, channels, first, last int, lo, hi float32)) (Eval, error) {
	lo, hi, err := activationRange(l.act)
	if err != nil {
		return nil, err
	}
	return l.fork(n, in, 8, func(_, image, first, last int) {
		x, dst := tensor.Data[float32](in)[image*l.grid.Inputs()*l.channels:], tensor.Data[float32](out)[image*l.grid.Outputs()*l.channels:]
		kernel(dst, x, &l.grid, l.channels, first, last, lo, hi)
	}), nil
}

func poolQuantized[T int8 | uint8 | int16](n *Node, l *poolLayer, code tflite.BuiltinOperator) (Eval, error) {
	in, out := n.Input(0), n.Output(0)
	lo, hi, err := quantizedActivationRange(l.act, out)
	if err != nil {
		return nil, err
	}
	average := code == tflite.BuiltinOperatorAVERAGE_POOL_2D
	sums, err := n.Scratch(tensor.Int32, n.Host.Threads(), l.channels)
	if err != nil {
		return nil, err
	}
	lowest, _, _ := in.Type.Range()
	return l.fork(n, in, 16, func(thread, image, first, last int) {
		x, dst := tensor.Data[T](in)[image*l.grid.Inputs()*l.channels:], tensor.Data[T](out)[image*l.grid.Outputs()*l.channels:]
		if average {
			acc := tensor.Data[int32](sums)[thread*l.channels:][:l.channels]
			q.AveragePool(dst, x, acc, &l.grid, first, last, lo, hi)
		} else {
			q.MaxPool(dst, x, &l.grid, l.channels, first, last, T(lowest), T(lo), T(hi))
		}
	}), nil
}

// fork returns the evaluation that runs a kernel for output rows of images, of which rate taps take a nanosecond.
func (l *poolLayer) fork(n *Node, in *tensor.Tensor, rate int64, kernel func(thread, image, first, last int)) Eval {
	lines := l.grid.Depth.Out * l.grid.Rows.Out
	units := in.Shape[0] * lines
	chunks := n.Chunks(units, int64(units)*int64(l.grid.Columns.Out)*int64(l.channels)*int64(l.grid.Taps())/rate)
	run := func(thread, chunk int) {
		for first, last := Span(units, chunks, chunk); first < last && n.Host.Err() == nil; {
			image, line := first/lines, first%lines
			until := min(lines, line+last-first)
			kernel(thread, image, line, until)
			first += until - line
		}
	}
	return func() error {
		n.Host.Fork(chunks, run)
		return n.Host.Err()
	}
}
