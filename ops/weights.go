package ops

import (
	"fmt"

	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/tensor"
)

// The functions here return readers of weight matrices: called in Eval, a reader gives the elements in the form the kernels
// want. Constants that are stored otherwise are converted once for each model, other inputs in every evaluation.

// derived reads count elements that fill makes of input i and of nothing else, see [formOf].
func derived[T tensor.Element](n *Node, i int, kind string, t tensor.Type, count int, fill func(dst []T)) (func() []T, error) {
	return reader(formOf(n, i, kind, t, count, fill))
}

// reader returns the function that reads a form.
func reader[T tensor.Element](f *form[T], err error) (func() []T, error) {
	if err != nil {
		return nil, err
	}
	return f.values, nil
}

// denseWeights reads the elements of an input whose element type is T, sparse or not.
func denseWeights[T tensor.Element](n *Node, i int) (func() []T, error) {
	t := n.Input(i)
	if t.Sparsity == nil {
		return func() []T { return tensor.Data[T](t) }, nil
	}
	dense, err := densified(n, i)
	if err != nil {
		return nil, err
	}
	return func() []T { return tensor.Data[T](dense) }, nil
}

// densified returns the dense form of a sparse constant.
func densified(n *Node, i int) (*tensor.Tensor, error) {
	t := n.Input(i)
	if !n.IsConst(i) {
		return nil, invalidf("input %d: sparse but not constant", i)
	}
	if err := n.Claim(int64(t.Elements()), int64(max(t.Type.Size(), 1))); err != nil {
		return nil, err
	}
	type result struct {
		dense *tensor.Tensor
		err   error
	}
	r := PackOnce(n, i, "dense", func() result {
		b, err := tensor.Densify(t)
		if err != nil {
			return result{err: fmt.Errorf("input %d: %w: %w", i, err, ErrInvalidModel)}
		}
		dense := &tensor.Tensor{Type: t.Type, Shape: t.Shape.Clone()}
		dense.SetBytes(b)
		return result{dense: dense}
	})
	return r.dense, r.err
}

// packDense returns what pack makes of the dense elements of constant input i, once for each model. Those of a sparse one
// are not kept beside it.
func packDense[T tensor.Element, P any](n *Node, i int, kind string, pack func(w []T) P) (P, error) {
	t := n.Input(i)
	type result struct {
		packed P
		err    error
	}
	r := PackOnce(n, i, kind, func() result {
		if t.Sparsity == nil {
			return result{packed: pack(tensor.Data[T](t))}
		}
		b, err := tensor.Densify(t)
		if err != nil {
			return result{err: fmt.Errorf("input %d: %w: %w", i, err, ErrInvalidModel)}
		}
		dense := &tensor.Tensor{Type: t.Type, Shape: t.Shape}
		dense.SetBytes(b)
		return result{packed: pack(tensor.Data[T](dense))}
	})
	return r.packed, r.err
}

// int8Weights reads INT8, INT4 and INT2 as int8, and UINT8 as the int8 with the same bits: hybrid models of old store signed
// weights that way.
func int8Weights(n *Node, i int) (func() []int8, error) {
	t := n.Input(i)
	if t.Sparsity != nil && t.Type != tensor.Int8 {
		return nil, unsupportedf("weights: sparse %s", t.Type)
	}
	switch t.Type {
	case tensor.Int8:
		return denseWeights[int8](n, i)
	case tensor.Int2:
		return derived(n, i, "int8", tensor.Int8, t.Elements(), func(dst []int8) {
			tensor.UnpackInt2(dst, tensor.Data[uint8](t))
		})
	}
	return reader(int8Form(n, i))
}

// floatWeights reads FLOAT32 and FLOAT16 as float32.
func floatWeights(n *Node, i int) (func() []float32, error) {
	t := n.Input(i)
	switch {
	case t.Type == tensor.Float32:
		return denseWeights[float32](n, i)
	case t.Sparsity != nil:
		return nil, unsupportedf("weights: sparse %s", t.Type)
	}
	return reader(floatForm(n, i))
}

// rowSums reads the sums of the rows of weights that int8Weights or denseWeights reads.
func rowSums[W int8 | uint8 | int16](n *Node, i, rows, cols int, weights func() []W) (func() []int32, error) {
	return derived(n, i, fmt.Sprintf("row sums %T %dx%d", W(0), rows, cols), tensor.Int32, rows, func(dst []int32) {
		q.SumRows(dst, weights(), cols)
	})
}

// packRows packs n rows of weights of a window each for a tile kernel.
func packRows[W int8 | uint8](k *q.GemmKernel, w []W, n int, window *q.Window) *q.PackedBytes {
	return q.Pack(k, tensor.AlignedBytes(int(k.Bytes(n, window))), w, n, window)
}
