package tensor

import (
	"fmt"
	"math"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// viewable lists for every type the Go type of its elements.
var viewable = map[Type]string{
	Float32: "float32", Float16: "uint16", Int32: "int32", Uint8: "uint8", Int64: "int64", String: "uint8", Bool: "bool", Int16: "int16",
	Complex64: "complex64", Int8: "int8", Float64: "float64", Complex128: "complex128", Uint64: "uint64", Resource: "int32", Variant: "",
	Uint32: "uint32", Uint16: "uint16", Int4: "uint8", BFloat16: "uint16", Int2: "uint8", Uint4: "uint8", Float8E4M3FN: "uint8",
	Float8E5M2: "uint8",
}

// TestViewTypes tries every element type with every Go type.
func TestViewTypes(t *testing.T) {
	require.Len(t, viewable, int(numTypes))
	for typ := range numTypes {
		x := New(typ, 4)
		if typ == String {
			x.SetBytes(make([]byte, 8))
		}
		tried := 0
		try := func(name string, elements func() (int, error), data func()) {
			n, err := elements()
			tried++
			if viewable[typ] == name {
				require.NoError(t, err)
				want := 4
				switch {
				case typ.Packed():
					want = len(x.Bytes())
				case typ == String:
					want = 8
				}
				require.Equal(t, want, n, "%s as %s", typ, name)
				require.NotPanics(t, data)
				return
			}
			require.Error(t, err, "%s as %s", typ, name)
			require.Panics(t, data, "%s as %s", typ, name)
		}
		tryAs[int8](x, try)
		tryAs[uint8](x, try)
		tryAs[int16](x, try)
		tryAs[uint16](x, try)
		tryAs[int32](x, try)
		tryAs[uint32](x, try)
		tryAs[int64](x, try)
		tryAs[uint64](x, try)
		tryAs[float32](x, try)
		tryAs[float64](x, try)
		tryAs[bool](x, try)
		tryAs[complex64](x, try)
		tryAs[complex128](x, try)
		require.Equal(t, 13, tried)
	}
}

func tryAs[T Element](x *Tensor, try func(string, func() (int, error), func())) {
	var zero T
	try(fmt.Sprintf("%T", zero), func() (int, error) { v, err := View[T](x); return len(v), err }, func() { Data[T](x) })
}

func TestViewSharesStorage(t *testing.T) {
	x := New(Float32, 2, 3)
	v := Data[float32](x)
	require.Len(t, v, 6)
	v[5] = 1.5
	require.Equal(t, float32(1.5), Data[float32](x)[5])
	require.Same(t, &x.Bytes()[0], (*byte)(unsafe.Pointer(&v[0])))
	require.Zero(t, testing.AllocsPerRun(10, func() { Data[float32](x)[0]++ }))
}

func TestViewStorage(t *testing.T) {
	b := AlignedBytes(40)
	x := &Tensor{Name: "a", Type: Int32, Shape: Shape{3}}
	v, err := View[int32](x)
	require.NoError(t, err)
	require.Empty(t, v, "no storage")

	x.SetBytes(b[:12])
	v, err = View[int32](x)
	require.NoError(t, err)
	require.Len(t, v, 3)
	require.Len(t, append(v[:len(v):len(v)], 1), 4)

	for _, skip := range []int{1, 2, 3} {
		x.SetBytes(b[skip : skip+12])
		_, err = View[int32](x)
		require.ErrorContains(t, err, "not aligned to 4 bytes")
		require.PanicsWithValue(t, err.Error(), func() { Data[int32](x) })
		require.Panics(t, func() { Raw[uint32](x) })
	}
	x.Type = Uint8
	x.SetBytes(b[1:4])
	require.Len(t, Data[uint8](x), 3, "bytes stand anywhere")

	x.Type = Int32
	x.SetBytes(b[:11])
	require.Len(t, Data[int32](x), 2, "a rest of three bytes is no element")
	x.SetBytes(b[:3])
	require.Empty(t, Data[int32](x))
	_, err = View[float32](x)
	require.ErrorContains(t, err, `"a" INT32[3] viewed as []float32`)
}

func TestRaw(t *testing.T) {
	x := From(Float32, []float32{1, math.Pi}, 2)
	require.Equal(t, []uint32{0x3f800000, 0x40490fdb}, Raw[uint32](x))
	Raw[uint32](x)[0] = 0x40000000
	require.Equal(t, []float32{2, math.Pi}, Data[float32](x))
	require.Panics(t, func() { Raw[uint8](x) })
	require.Panics(t, func() { Raw[uint16](x) })
	require.Panics(t, func() { Raw[uint64](x) })
	require.Len(t, Raw[uint64](New(Complex64, 3)), 3)
	require.Len(t, Raw[uint16](New(BFloat16, 3)), 3)
	require.Len(t, Raw[uint8](New(Int4, 3)), 2)
	require.Len(t, Raw[uint8](New(Bool, 3)), 3)
	require.Empty(t, Raw[uint32](New(Float32, 0)))
	require.Panics(t, func() { Raw[uint64](New(Complex128, 1)) })
}

func TestNew(t *testing.T) {
	for typ := range numTypes {
		for _, shape := range []Shape{{}, {0}, {1}, {3}, {2, 5}} {
			x := New(typ, shape...)
			require.Equal(t, shape.Elements(), x.Elements())
			size, err := x.ByteSize()
			require.NoError(t, err)
			require.EqualValues(t, len(x.Bytes()), size)
			require.Equal(t, (shape.Elements()*typ.Bits()+7)/8, len(x.Bytes()))
			require.NotNil(t, x.Bytes())
			for _, b := range x.Bytes() {
				require.Zero(t, b)
			}
		}
	}
	shape := []int{2, 3}
	x := New(Int8, shape...)
	shape[0] = 9
	require.Equal(t, Shape{2, 3}, x.Shape, "the caller's slice is copied")
	require.Panics(t, func() { New(Int8, -1) })
	require.Panics(t, func() { New(Int8, math.MaxInt32, 2) })
	require.Equal(t, `"" INT8[2,3]`, x.String())
}

func TestZeroTensor(t *testing.T) {
	var x Tensor
	require.Equal(t, Float32, x.Type)
	require.Equal(t, 1, x.Elements())
	require.Nil(t, x.Bytes())
	require.Empty(t, Data[float32](&x))
}

func TestFrom(t *testing.T) {
	values := []int16{1, -2, 3, 4}
	x := From(Int16, values, 2, 2)
	values[0] = 9
	require.Equal(t, []int16{1, -2, 3, 4}, Data[int16](x))
	require.Equal(t, []bool{true, false}, Data[bool](From(Bool, []bool{true, false}, 2)))
	require.Equal(t, []float32{7}, Data[float32](From(Float32, []float32{7})))
	require.Empty(t, Data[float32](From(Float32, []float32{}, 0, 4)))
	require.Panics(t, func() { From(Int16, values, 3) }, "number")
	require.Panics(t, func() { From(Float32, values, 4) }, "type")
	require.Panics(t, func() { From(Int16, values, -4) }, "shape")
}

func TestByteSize(t *testing.T) {
	x := &Tensor{Type: String, Shape: Shape{5}}
	n, err := x.ByteSize()
	require.NoError(t, err)
	require.Zero(t, n)
	x.SetBytes(make([]byte, 33))
	n, err = x.ByteSize()
	require.NoError(t, err)
	require.EqualValues(t, 33, n)
	x = &Tensor{Type: Complex128, Shape: Shape{math.MaxInt32}}
	n, err = x.ByteSize()
	require.NoError(t, err)
	require.Equal(t, int64(16*math.MaxInt32), n, "more than 32 bits")
	x.Shape = Shape{-3}
	_, err = x.ByteSize()
	require.Error(t, err)
}

func TestAlignedBytes(t *testing.T) {
	for n := range 300 {
		b := AlignedBytes(n)
		require.Len(t, b, n)
		require.Equal(t, n, cap(b), "an append must not write past the end")
		if n > 0 {
			require.Zero(t, uintptr(unsafe.Pointer(&b[0]))%64)
		}
	}
}

func BenchmarkData(b *testing.B) {
	x, y := New(Float32, 16), New(Uint8, 16)
	b.Run("float32", func(b *testing.B) {
		for b.Loop() {
			_ = Data[float32](x)
		}
	})
	b.Run("uint8", func(b *testing.B) {
		for b.Loop() {
			_ = Data[uint8](y)
		}
	})
}
