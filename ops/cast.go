// CAST: converts elements between number types.
//
//	real -> integer      toward zero, clamped to the type; NaN gives its highest value
//	integer -> integer   the low bits
//	anything -> BOOL     != 0
//	COMPLEX64 -> others  the real part
//	packed types         from any type by way of bytes; to them from real types
//
// 16-bit floats and packed integers pass through a row of FLOAT32 or bytes.

package ops

import (
	"github.com/litewren/litewren/ops/internal/kernel/convert"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var cast = Op{
	Code: tflite.BuiltinOperatorCAST, Name: "CAST", MaxVersion: 9,
	Inputs: Exactly(1), Outputs: Exactly(1),
	Types: "BOOL, INT8, UINT8, INT16, UINT16, INT32, UINT32, INT64, FLOAT16, BFLOAT16, FLOAT32, FLOAT64, COMPLEX64 to each other; " +
		"INT2, INT4, UINT4 to all of these and from the real ones",
	Prepare: prepareCast,
}

// castRow is the number of elements that pass through a row at a time. It is a multiple of what a packed byte holds.
const castRow = 512

func prepareCast(n *Node) (Eval, error) {
	in, out := n.Input(0), n.Output(0)
	// The tensors say what the options would say.
	if _, err := options[tflite.CastOptionsT](n); err != nil {
		return nil, err
	}
	if err := n.SetOutput(0, in.Shape); err != nil {
		return nil, err
	}
	if in.Type == out.Type && in.Type.Bits() > 0 {
		return func() error { copy(out.Bytes(), in.Bytes()); return nil }, nil
	}
	run := castFrom(in, out)
	if run == nil {
		return nil, unsupportedTypes(n)
	}
	if in.Type == tensor.Float32 && out.Type == tensor.Int32 { // positions that models take as numbers
		return func() error {
			convert.TruncateInt32(tensor.Data[int32](out), tensor.Data[float32](in))
			return nil
		}, nil
	}
	elements := in.Elements()
	return func() error {
		for at := 0; at < elements; at += castRow {
			run(at, min(castRow, elements-at))
		}
		return nil
	}, nil
}

// castRun converts n elements from index at on.
type castRun func(at, n int)

// castFrom returns the conversion of a source that is read as its own Go type or through a row.
func castFrom(in, out *tensor.Tensor) castRun {
	switch in.Type {
	case tensor.Int8:
		return castTo(out, elementsOf[int8](in))
	case tensor.Uint8:
		return castTo(out, elementsOf[uint8](in))
	case tensor.Int16:
		return castTo(out, elementsOf[int16](in))
	case tensor.Uint16:
		return castTo(out, elementsOf[uint16](in))
	case tensor.Int32:
		return castTo(out, elementsOf[int32](in))
	case tensor.Uint32:
		return castTo(out, elementsOf[uint32](in))
	case tensor.Int64:
		return castTo(out, elementsOf[int64](in))
	case tensor.Bool:
		return castTo(out, func(at, n int) []uint8 { return tensor.Raw[uint8](in)[at : at+n] })
	case tensor.Int4, tensor.Int2:
		row := make([]int8, castRow)
		unpack, perByte := tensor.UnpackInt4, 2
		if in.Type == tensor.Int2 {
			unpack, perByte = tensor.UnpackInt2, 4
		}
		return castTo(out, func(at, n int) []int8 {
			unpack(row[:n], tensor.Data[uint8](in)[at/perByte:])
			return row[:n]
		})
	case tensor.Uint4:
		row := make([]uint8, castRow)
		return castTo(out, func(at, n int) []uint8 {
			tensor.UnpackUint4(row[:n], tensor.Data[uint8](in)[at/2:])
			return row[:n]
		})
	case tensor.Float64:
		return castRealTo(out, elementsOf[float64](in))
	case tensor.Float32:
		return castRealTo(out, elementsOf[float32](in))
	case tensor.Float16, tensor.BFloat16:
		row := make([]float32, castRow)
		widen, _ := widening(in.Type)
		return castRealTo(out, func(at, n int) []float32 {
			widen(row[:n], tensor.Data[uint16](in)[at:at+n])
			return row[:n]
		})
	case tensor.Complex64:
		row := make([]float32, castRow)
		return castRealTo(out, func(at, n int) []float32 {
			convert.RealPart(row[:n], tensor.Data[complex64](in)[at:at+n])
			return row[:n]
		})
	}
	return nil
}

func elementsOf[T tensor.Element](t *tensor.Tensor) func(at, n int) []T {
	return func(at, n int) []T { return tensor.Data[T](t)[at : at+n] }
}

// castTo returns the conversion of integers.
func castTo[S convert.Integer](out *tensor.Tensor, src func(at, n int) []S) castRun {
	switch out.Type {
	case tensor.Int8:
		return castPlain(elementsOf[int8](out), src)
	case tensor.Uint8:
		return castPlain(elementsOf[uint8](out), src)
	case tensor.Int16:
		return castPlain(elementsOf[int16](out), src)
	case tensor.Uint16:
		return castPlain(elementsOf[uint16](out), src)
	case tensor.Int32:
		return castPlain(elementsOf[int32](out), src)
	case tensor.Uint32:
		return castPlain(elementsOf[uint32](out), src)
	case tensor.Int64:
		return castPlain(elementsOf[int64](out), src)
	}
	return castToReal(out, src)
}

func castPlain[D, S convert.Number](dst func(at, n int) []D, src func(at, n int) []S) castRun {
	return func(at, n int) { convert.Plain(dst(at, n), src(at, n)) }
}

// castToReal returns the conversion of any number to BOOL and the real and complex types.
func castToReal[S convert.Number](out *tensor.Tensor, src func(at, n int) []S) castRun {
	switch out.Type {
	case tensor.Float32:
		return castPlain(elementsOf[float32](out), src)
	case tensor.Float64:
		return castPlain(elementsOf[float64](out), src)
	case tensor.Bool:
		return func(at, n int) { convert.Bool(tensor.Data[bool](out)[at:at+n], src(at, n)) }
	case tensor.Complex64:
		row := make([]float32, castRow)
		return func(at, n int) {
			convert.Plain(row[:n], src(at, n))
			convert.Complex(tensor.Data[complex64](out)[at:at+n], row[:n])
		}
	case tensor.Float16, tensor.BFloat16:
		row := make([]float32, castRow)
		_, narrow := widening(out.Type)
		return func(at, n int) {
			convert.Plain(row[:n], src(at, n))
			narrow(tensor.Data[uint16](out)[at:at+n], row[:n])
		}
	}
	return nil
}

// castRealTo returns the conversion of real numbers.
func castRealTo[S convert.Real](out *tensor.Tensor, src func(at, n int) []S) castRun {
	switch out.Type {
	case tensor.Int8:
		return castTruncate(elementsOf[int8](out), src)
	case tensor.Uint8:
		return castTruncate(elementsOf[uint8](out), src)
	case tensor.Int16:
		return castTruncate(elementsOf[int16](out), src)
	case tensor.Uint16:
		return castTruncate(elementsOf[uint16](out), src)
	case tensor.Int32:
		return castTruncate(elementsOf[int32](out), src)
	case tensor.Uint32:
		return castTruncate(elementsOf[uint32](out), src)
	case tensor.Int64:
		return castTruncate(elementsOf[int64](out), src)
	case tensor.Int4, tensor.Uint4, tensor.Int2:
		row := make([]int8, castRow)
		pack, perByte := tensor.PackInt4, 2
		if out.Type == tensor.Int2 {
			pack, perByte = tensor.PackInt2, 4
		}
		lo, hi, _ := out.Type.Range()
		return func(at, n int) {
			convert.Truncate(row[:n], src(at, n), int8(lo), int8(hi))
			pack(tensor.Data[uint8](out)[at/perByte:(at+n+perByte-1)/perByte], row[:n])
		}
	}
	return castToReal(out, src)
}

func castTruncate[D convert.Integer, S convert.Real](dst func(at, n int) []D, src func(at, n int) []S) castRun {
	lo, hi := convert.Limits[D]()
	return func(at, n int) { convert.Truncate(dst(at, n), src(at, n), lo, hi) }
}
