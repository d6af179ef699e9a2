// The size and the positions that RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR have in common.

package ops

import (
	"github.com/litewren/litewren/ops/internal/kernel/move"
	"github.com/litewren/litewren/tensor"
)

// prepareResize checks an image input 0 and a size input 1 and returns a function for Eval that makes sure the output has its
// shape and tells how positions map.
func prepareResize(n *Node, alignCorners, halfPixel bool) (func() (*move.Scaling, error), error) {
	in, size, out := n.Input(0), n.Input(1), n.Output(0)
	if in.Type != out.Type {
		return nil, unsupportedTypes(n)
	}
	if len(in.Shape) != 4 {
		return nil, invalidf("input %v, want 4 dimensions", in.Shape)
	}
	if size.Type != tensor.Int32 || len(size.Shape) != 1 || size.Shape[0] != 2 {
		return nil, invalidf("size: got %s%v, want INT32[2]", size.Type, size.Shape)
	}
	if alignCorners && halfPixel {
		return nil, invalidf("both align_corners and half_pixel_centers are set")
	}
	s := &move.Scaling{AlignCorners: alignCorners, HalfPixel: halfPixel}
	buf := make([]int, 0, 2)
	shape := in.Shape.Clone()
	set := func() error {
		hw, err := readInts(buf, size, "size")
		if err != nil {
			return err
		}
		if hw[0] < 1 || hw[1] < 1 {
			return valuef("size %v, want positive numbers", hw)
		}
		if in.Shape[1] < 1 || in.Shape[2] < 1 {
			return invalidf("input %v, want an image that is not empty", in.Shape)
		}
		shape[1], shape[2] = hw[0], hw[1]
		s.Set(in.Shape[0], in.Shape[1], in.Shape[2], in.Shape[3], hw[0], hw[1])
		return nil
	}
	if n.IsConst(1) {
		if err := set(); err != nil {
			return nil, err
		}
		return func() (*move.Scaling, error) { return s, nil }, n.SetOutput(0, shape)
	}
	n.SetDynamic(0)
	return func() (*move.Scaling, error) {
		if err := set(); err != nil {
			return nil, err
		}
		return s, n.ResizeOutput(0, shape)
	}, nil
}

// resizeForked returns the evaluation that runs a kernel for output rows, counted over all images.
func resizeForked(n *Node, scaling func() (*move.Scaling, error), kernel func(s *move.Scaling, first, last int)) Eval {
	out := n.Output(0)
	var s *move.Scaling
	lines, chunks := 0, 1
	run := func(_, chunk int) {
		first, last := Span(lines, chunks, chunk)
		if n.Host.Err() == nil {
			kernel(s, first, last)
		}
	}
	return func() error {
		var err error
		if s, err = scaling(); err != nil || out.Elements() == 0 {
			return err
		}
		lines = s.Images * s.Rows.Out
		chunks = n.Chunks(lines, int64(out.Elements())/8)
		n.Host.Fork(chunks, run)
		return n.Host.Err()
	}
}
