package schema

import (
	"math"
	"reflect"

	"github.com/litewren/litewren/schema/tflite"
)

// The tables that models have most of are decoded by code of their own rather than by reflection: it is most of the time that
// loading a small model takes. What a field of them holds rarely still goes through its descriptor.

// row is a table under decoding.
type row struct {
	d   *decoder
	vt  vtable
	pos uint64
}

// open begins the table at pos.
func (d *decoder) open(pos uint64) row {
	start := uint64(int64(pos) - int64(int32(le.Uint32(d.b[pos:]))))
	vt := vtable(d.b[start : start+uint64(le.Uint16(d.b[start:]))])
	d.reach(start + uint64(len(vt)))
	d.reach(pos + uint64(le.Uint16(vt[2:])))
	return row{d, vt, pos}
}

// later notes the fields of a table that belong to a later schema.
func (r *row) later(id tableID) {
	t := &tables[id]
	for i := t.slots; i < r.vt.slots(); i++ {
		if r.vt.slot(i) != 0 {
			r.d.lost("slot %d of %s belongs to a later schema", i, t.name)
		}
	}
}

// at returns where the scalar or offset of a slot stands, false when the field is absent.
func (r *row) at(slot int, width uint64) (uint64, bool) {
	o := r.vt.slot(slot)
	if o == 0 {
		return 0, false
	}
	r.d.reach(r.pos + o + width)
	return r.pos + o, true
}

func (r *row) byte(slot int) byte {
	if pos, ok := r.at(slot, 1); ok {
		return r.d.b[pos]
	}
	return 0
}

func (r *row) uint32(slot int, byDefault uint32) uint32 {
	if pos, ok := r.at(slot, 4); ok {
		return le.Uint32(r.d.b[pos:])
	}
	return byDefault
}

func (r *row) uint64(slot int) uint64 {
	if pos, ok := r.at(slot, 8); ok {
		return le.Uint64(r.d.b[pos:])
	}
	return 0
}

func (r *row) string(slot int) string {
	if pos, ok := r.at(slot, 4); ok {
		return r.d.slabs.string(r.d.bytes(r.d.follow(pos), 1))
	}
	return ""
}

func (r *row) bytes(slot int) []byte {
	if pos, ok := r.at(slot, 4); ok {
		return r.d.bytes(r.d.follow(pos), 0)
	}
	return nil
}

// vector returns the elements of a vector of numbers, nil when it is absent.
func (r *row) vector(slot int, width uint64) []byte {
	pos, ok := r.at(slot, 4)
	if !ok {
		return nil
	}
	pos = r.d.follow(pos)
	end := pos + 4 + uint64(le.Uint32(r.d.b[pos:]))*width
	r.d.reach(end)
	return r.d.b[pos+4 : end]
}

func (r *row) int32s(slot int) []int32     { return numbers(r.vector(slot, 4), 4, &r.d.slabs.ints) }
func (r *row) int64s(slot int) []int64     { return numbers(r.vector(slot, 8), 8, &r.d.slabs.longs) }
func (r *row) float32s(slot int) []float32 { return numbers(r.vector(slot, 4), 4, &r.d.slabs.floats) }

func numbers[T number](b []byte, width int, slab *[]T) []T {
	if b == nil {
		return nil
	}
	out := cut(slab, len(b)/width)
	copyNumbers(out, b)
	return out
}

// rare decodes field i of the descriptor of a table, if it is there, into object (a pointer).
func (r *row) rare(id tableID, i int, object any) {
	f := &tables[id].fields[i]
	if r.vt.slot(f.slot) == 0 && (f.kind != kindUnion || r.vt.slot(f.slot+1) == 0) {
		return
	}
	d := r.d
	d.at = append(d.at, step{f.name, -1})
	d.field(f, r.vt, r.pos, reflect.ValueOf(object).Elem())
	d.at = d.at[:len(d.at)-1]
}

// direct decodes a vector of tables that has code of its own, and reports whether it has.
func (d *decoder) direct(id tableID, pos uint64, n int, field reflect.Value) bool {
	switch id {
	case tableTensor:
		field.Set(reflect.ValueOf(elements(d, pos, n, (*decoder).tensor)))
	case tableOperator:
		field.Set(reflect.ValueOf(elements(d, pos, n, (*decoder).operator)))
	case tableBuffer:
		field.Set(reflect.ValueOf(elements(d, pos, n, (*decoder).buffer)))
	default:
		return false
	}
	return true
}

func elements[T any](d *decoder, pos uint64, n int, decode func(d *decoder, pos uint64, dst *T)) []*T {
	list, block := make([]*T, n), make([]T, n) // one allocation for all
	here := len(d.at) - 1
	for i := range list {
		d.at[here].index = i
		list[i] = &block[i]
		decode(d, d.follow(pos+4*uint64(i)), list[i])
	}
	d.at[here].index = -1
	return list
}

func (d *decoder) tensor(pos uint64, t *tflite.TensorT) {
	r := d.open(pos)
	t.Shape = r.int32s(0)
	t.Type = tflite.TensorType(r.byte(1))
	t.Buffer = r.uint32(2, 0)
	t.Name = r.string(3)
	if at, ok := r.at(4, 4); ok {
		d.at = append(d.at, step{"quantization", -1})
		t.Quantization = &cut(&d.slabs.quantizations, 1)[0]
		d.quantization(d.follow(at), t.Quantization)
		d.at = d.at[:len(d.at)-1]
	}
	t.IsVariable = r.byte(5) != 0
	r.rare(tableTensor, 6, t) // sparsity
	t.ShapeSignature = r.int32s(7)
	t.HasRank = r.byte(8) != 0
	r.rare(tableTensor, 9, t) // variant_tensors
	t.ExternalBuffer = r.uint32(10, 0)
	r.later(tableTensor)
}

func (d *decoder) quantization(pos uint64, q *tflite.QuantizationParametersT) {
	r := d.open(pos)
	q.Min = r.float32s(0)
	q.Max = r.float32s(1)
	q.Scale = r.float32s(2)
	q.ZeroPoint = r.int64s(3)
	r.rare(tableQuantizationParameters, 4, q) // details, which take two slots
	q.QuantizedDimension = int32(r.uint32(6, 0))
	r.later(tableQuantizationParameters)
}

func (d *decoder) operator(pos uint64, o *tflite.OperatorT) {
	r := d.open(pos)
	o.OpcodeIndex = r.uint32(0, 0)
	o.Inputs = r.int32s(1)
	o.Outputs = r.int32s(2)
	r.rare(tableOperator, 3, o) // builtin_options, which take two slots
	o.CustomOptions = r.bytes(5)
	o.CustomOptionsFormat = tflite.CustomOptionsFormat(r.byte(6))
	r.rare(tableOperator, 6, o) // mutating_variable_inputs
	o.Intermediates = r.int32s(8)
	o.LargeCustomOptionsOffset = r.uint64(9)
	o.LargeCustomOptionsSize = r.uint64(10)
	r.rare(tableOperator, 10, o) // builtin_options_2, which take two slots
	o.DebugMetadataIndex = int32(r.uint32(13, math.MaxUint32))
	r.later(tableOperator)
}

func (d *decoder) buffer(pos uint64, b *tflite.BufferT) {
	r := d.open(pos)
	b.Data = r.bytes(0)
	b.Offset = r.uint64(1)
	b.Size = r.uint64(2)
	r.later(tableBuffer)
}
