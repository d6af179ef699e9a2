package ops

import (
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/convert"
	"github.com/litewren/litewren/tensor"
)

// form is an input as a kernel reads it: the input itself, or a conversion of it that is made once for each model where the
// input is constant and in every evaluation where it is not.
type form[T tensor.Element] struct {
	direct  *tensor.Tensor
	bits    *tensor.Tensor // of another type whose elements have the same bits
	ready   []T
	scratch *tensor.Tensor
	fill    func(dst []T)
}

// values returns the elements; it may only be called in Eval, or in Prepare where the input is constant.
func (f *form[T]) values() []T {
	switch {
	case f == nil:
		return nil
	case f.direct != nil:
		return tensor.Data[T](f.direct)
	case f.bits != nil:
		b := f.bits.Bytes()
		var zero T
		return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/int(unsafe.Sizeof(zero)))
	case f.scratch == nil:
		return f.ready
	}
	dst := tensor.Data[T](f.scratch)
	f.fill(dst)
	return dst
}

// formOf makes a form of count elements from input i. fill must read nothing but that input; kind says what it makes.
func formOf[T tensor.Element](n *Node, i int, kind string, t tensor.Type, count int, fill func(dst []T)) (*form[T], error) {
	if n.IsConst(i) {
		var zero T
		if err := n.Claim(int64(count), int64(unsafe.Sizeof(zero))); err != nil {
			return nil, err
		}
		return &form[T]{ready: PackOnce(n, i, kind, func() []T {
			dst := tensor.Zeros[T](count)
			fill(dst)
			return dst
		})}, nil
	}
	scratch, err := n.Scratch(t, count)
	return &form[T]{scratch: scratch, fill: fill}, err
}

// floatForm reads a FLOAT32 or FLOAT16 input as float32; nil where input i is absent.
func floatForm(n *Node, i int) (*form[float32], error) {
	t := n.Input(i)
	switch {
	case t == nil:
		return nil, nil
	case t.Type == tensor.Float32:
		return &form[float32]{direct: t}, nil
	case t.Type == tensor.Float16:
		return formOf(n, i, "float32", tensor.Float32, t.Elements(), func(dst []float32) {
			convert.FromFloat16(dst, tensor.Data[uint16](t))
		})
	}
	return nil, unsupportedTypes(n)
}

// int8Form reads an INT8 or INT4 input as int8, and a UINT8 one as the int8 with the same bits: hybrid models of old store
// signed weights that way.
func int8Form(n *Node, i int) (*form[int8], error) {
	t := n.Input(i)
	switch t.Type {
	case tensor.Int8:
		return &form[int8]{direct: t}, nil
	case tensor.Int4:
		return formOf(n, i, "int8", tensor.Int8, t.Elements(), func(dst []int8) {
			tensor.UnpackInt4(dst, tensor.Data[uint8](t))
		})
	case tensor.Uint8:
		return &form[int8]{bits: t}, nil
	}
	return nil, unsupportedTypes(n)
}

// centredForm reads a UINT8 input as its distance from the zero point.
func centredForm(n *Node, i int, zero int32) (*form[int16], error) {
	t := n.Input(i)
	return formOf(n, i, "centred", tensor.Int16, t.Elements(), func(dst []int16) {
		for i, v := range tensor.Data[uint8](t)[:len(dst)] {
			dst[i] = int16(int32(v) - zero)
		}
	})
}
