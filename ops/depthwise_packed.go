package ops

import (
	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/tensor"
)

// depthwisePacked makes a convolution with constant filter and bias ready for a kernel that wants them packed; nil where there
// is none.
func depthwisePacked[T int8 | uint8](l *depthwiseLayer, n *Node, filter func() []T, c *convQuantization) (*q.Depthwise, error) {
	kind, pack := q.DepthwiseKind(&l.grid, l.outC), q.PackDepthwise[T]
	if q.DepthwiseKind(&l.grid, l.outC) == "" || !n.IsConst(1) || n.Input(2) != nil && !n.IsConst(2) {
		return nil, nil
	}
	if err := n.Claim(int64(n.Input(1).Elements()), 1); err != nil {
		return nil, err
	}
	w := PackOnce(n, 1, kind, func() *q.DepthwiseWeights {
		return pack(filter(), c.zeroFilter, &l.grid, l.outC)
	})
	if w == nil {
		return nil, nil
	}
	d := q.NewDepthwise(w, &l.grid, bias32Form(n, 2, l.outC).values(), c.zeroIn, n.Input(0).Type == tensor.Int8, &c.Channels)
	if d == nil {
		return nil, nil
	}
	n.Spare(1)
	n.Spare(2)
	return d, n.Claim(max(0, d.Bytes()+w.Bytes()-int64(n.Input(1).Elements())), 1)
}

// depthwiseWords is depthwisePacked for int16 by int8.
func depthwiseWords(l *depthwiseLayer, n *Node, c *convQuantization) (*q.Depthwise, error) {
	filter, bias := n.Input(1), n.Input(2)
	kind := q.DepthwiseWordsKind(&l.grid, l.outC)
	if kind == "" || !n.IsConst(1) || bias != nil && !n.IsConst(2) {
		return nil, nil
	}
	if err := n.Claim(int64(filter.Elements()), 2); err != nil {
		return nil, err
	}
	w := PackOnce(n, 1, kind, func() *q.DepthwiseWeights { return q.PackDepthwiseWords(int8Values(filter), &l.grid, l.outC) })
	d := q.NewDepthwiseWords(w, &l.grid, optionalData[int64](bias), &c.Channels)
	if d == nil {
		return nil, nil
	}
	n.Spare(1)
	n.Spare(2)
	return d, n.Claim(max(0, d.Bytes()+w.Bytes()-2*int64(filter.Elements())), 1)
}

// depthwiseEvalPacked returns the evaluation of what depthwisePacked has made.
func depthwiseEvalPacked[T int8 | uint8 | int16](l *depthwiseLayer, n *Node, d *q.Depthwise, err error) (Eval, error) {
	if err != nil {
		return nil, err
	}
	in, out := n.Input(0), n.Output(0)
	band, err := newDepthwiseBand[T](n, l, in.Type)
	if err != nil {
		return nil, err
	}
	size := (d.Scratch() + 63) &^ 63
	scratch, err := n.Scratch(tensor.Uint8, n.Host.Threads(), size)
	if err != nil {
		return nil, err
	}
	rows := l.grid.Rows.Out
	units := in.Shape[0] * rows
	chunks := n.Chunks(units, l.work(in.Shape[0], 40))
	run := func(thread, chunk int) {
		first, last := Span(units, chunks, chunk)
		x, dst, own := tensor.Data[T](in), tensor.Data[T](out), tensor.Data[uint8](scratch)[thread*size:][:size]
		for first < last && n.Host.Err() == nil {
			image, row := first/rows, first%rows
			x, g, until := band.input(thread, x[image*l.grid.Inputs()*l.channels:], row, min(rows, row+last-first))
			q.DepthwiseRows(d, own, dst[image*l.grid.Outputs()*l.outC:], x, g, row, until)
			first += until - row
		}
	}
	return func() error {
		n.Host.Fork(chunks, run)
		return n.Host.Err()
	}, nil
}

// int8Values returns the elements of an INT8 or INT4 tensor.
func int8Values(t *tensor.Tensor) []int8 {
	if t.Type == tensor.Int8 {
		return tensor.Data[int8](t)
	}
	dst := make([]int8, t.Elements())
	tensor.UnpackInt4(dst, tensor.Data[uint8](t))
	return dst
}
