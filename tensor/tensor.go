package tensor

import (
	"fmt"
	"unsafe"
)

// Tensor is one value: a description and, once somebody has given it storage, the elements.
//
// The zero value is a FLOAT32 scalar without storage. A Tensor is not safe for concurrent use.
type Tensor struct {
	Name      string
	Type      Type
	Shape     Shape
	Signature Shape         // the declared shape with -1 for free dimensions; nil where the model declares none
	Quant     *Quantization // nil where the elements are what they are
	Sparsity  *Sparsity     // nil for dense storage

	data []byte
}

// New returns a tensor of zeros with storage of its own. The shape must be one that Shape.Check accepts; String and Variant
// tensors start without storage.
func New(t Type, shape ...int) *Tensor {
	x := &Tensor{Type: t, Shape: Shape(shape).Clone()}
	n, err := x.ByteSize()
	if err != nil {
		panic("tensor: New: " + err.Error())
	}
	x.data = AlignedBytes(int(n))
	return x
}

// From returns a tensor with storage of its own that holds a copy of values. It panics when their number is not the
// shape's, as New does for an impossible shape: both are for literals in programs and tests, not for data from outside.
func From[T Element](t Type, values []T, shape ...int) *Tensor {
	x := New(t, shape...)
	view := Data[T](x)
	if len(view) != len(values) {
		panic(fmt.Sprintf("tensor: From: got %d values, want %d for %s%v", len(values), len(view), t, x.Shape))
	}
	copy(view, values)
	return x
}

// AlignedBytes returns n zero bytes that start on a 64-byte boundary, as every kernel may expect of its operands.
func AlignedBytes(n int) []byte {
	const align = 64
	if n == 0 {
		return []byte{}
	}
	b := make([]byte, n+align-1)
	Populate(b)
	skip := int(-uintptr(unsafe.Pointer(unsafe.SliceData(b))) & (align - 1))
	return b[skip : skip+n : skip+n]
}

// ByteSize returns the number of bytes the elements take: for String and Variant tensors those they take now, for sparse
// ones still those of the dense form.
func (t *Tensor) ByteSize() (int64, error) {
	if err := t.Shape.Check(); err != nil {
		return 0, err
	}
	if t.Type.Bits() == 0 {
		return int64(len(t.data)), nil
	}
	return t.Type.Bytes(int64(t.Shape.Elements()))
}

// Elements returns the number of elements.
func (t *Tensor) Elements() int { return t.Shape.Elements() }

// Bytes returns the storage itself, nil where there is none.
func (t *Tensor) Bytes() []byte { return t.data }

// SetBytes gives the tensor storage. The bytes are used in place: they must stay alive and, for typed views, be aligned to
// the element size.
func (t *Tensor) SetBytes(b []byte) { t.data = b }

// String describes the tensor without its elements: "dense/MatMul" FLOAT32[1,10].
func (t *Tensor) String() string { return fmt.Sprintf("%q %s%v", t.Name, t.Type, t.Shape) }

// Element lists the Go types that elements can be viewed as.
type Element interface {
	int8 | uint8 | int16 | uint16 | int32 | uint32 | int64 | uint64 | float32 | float64 | bool | complex64 | complex128
}

// Data returns the elements as a slice over the storage, without copying: writing to it writes the tensor.
//
// FLOAT16 and BFLOAT16 are viewed as uint16 bit patterns (see Float16ToFloat32), packed and FLOAT8 types as the uint8 bytes
// that hold them, a Resource as its int32 number, a String tensor as its encoded uint8 bytes.
//
// Asking for any other Go type than the tensor's is a mistake in the program, not in the data, and panics like a failed
// type assertion. A program that does not know the type uses View.
func Data[T Element](t *Tensor) []T {
	var zero T
	width := unsafe.Sizeof(zero)
	b := t.data
	p := unsafe.Pointer(unsafe.SliceData(b))
	if !holds[T](t.Type) || uintptr(p)&(unsafe.Alignof(zero)-1) != 0 {
		return refused[T](t)
	}
	if uintptr(len(b)) < width {
		return nil
	}
	return unsafe.Slice((*T)(p), uintptr(len(b))/width)
}

// refused is Data where it does not simply view the storage, kept apart because every node goes through Data.
//
//go:noinline
func refused[T Element](t *Tensor) []T {
	v, err := View[T](t)
	if err != nil {
		panic(err.Error())
	}
	return v
}

// View is Data with an error in place of a panic.
func View[T Element](t *Tensor) ([]T, error) {
	var zero T
	if !holds[T](t.Type) {
		return nil, fmt.Errorf("tensor: %s viewed as []%T", t, zero)
	}
	b := t.data
	size := int(unsafe.Sizeof(zero))
	if len(b) < size {
		return nil, nil
	}
	p := unsafe.Pointer(unsafe.SliceData(b))
	if uintptr(p)%unsafe.Alignof(zero) != 0 {
		return nil, fmt.Errorf("tensor: %s: storage is not aligned to %d bytes", t, unsafe.Alignof(zero))
	}
	return unsafe.Slice((*T)(p), len(b)/size), nil
}

// holds reports whether elements of type t are stored as T.
func holds[T Element](t Type) bool {
	var zero T
	return t < numTypes && stored[t] == dynamicType(zero)
}

// stored are the Go types of elements as dynamicType tells them: a comparison of words, for every node goes through Data.
var stored = [numTypes]unsafe.Pointer{
	Float32: dynamicType(float32(0)), Float64: dynamicType(float64(0)), Bool: dynamicType(false),
	Int8: dynamicType(int8(0)), Int16: dynamicType(int16(0)), Int32: dynamicType(int32(0)), Int64: dynamicType(int64(0)),
	Uint8: dynamicType(uint8(0)), Uint16: dynamicType(uint16(0)), Uint32: dynamicType(uint32(0)), Uint64: dynamicType(uint64(0)),
	Float16: dynamicType(uint16(0)), BFloat16: dynamicType(uint16(0)), Resource: dynamicType(int32(0)),
	Complex64: dynamicType(complex64(0)), Complex128: dynamicType(complex128(0)),
	Int4: dynamicType(uint8(0)), Int2: dynamicType(uint8(0)), Uint4: dynamicType(uint8(0)), String: dynamicType(uint8(0)),
	Float8E4M3FN: dynamicType(uint8(0)), Float8E5M2: dynamicType(uint8(0)),
}

// dynamicType returns the first word of an interface value, which is the same for values of the same type only.
func dynamicType(v any) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&v)) }

// Raw returns the storage as unsigned words of the element's width, whatever its type: for code that only moves elements.
// T must be as wide as one element, or Raw panics like Data.
func Raw[T uint8 | uint16 | uint32 | uint64](t *Tensor) []T {
	var zero T
	size := int(unsafe.Sizeof(zero))
	if t.Type.Size() != size && !(size == 1 && t.Type.Size() == 0) {
		panic(fmt.Sprintf("tensor: %s moved as words of %d bytes", t, size))
	}
	if len(t.data) < size {
		return nil
	}
	p := unsafe.Pointer(unsafe.SliceData(t.data))
	if uintptr(p)%unsafe.Alignof(zero) != 0 {
		panic(fmt.Sprintf("tensor: %s: storage is not aligned to %d bytes", t, unsafe.Alignof(zero)))
	}
	return unsafe.Slice((*T)(p), len(t.data)/size)
}
