package schema

import (
	"fmt"
	"math"
	"reflect"

	"github.com/litewren/litewren/schema/tflite"
)

// Decode verifies b and turns it into plain structs. Tensor payloads and custom options are not copied: they are
// sub-slices of b without spare capacity. Everything else is, and b is never read again. It does not apply the rules
// between the parts; Check does.
//
// A union whose tag is set but whose value is absent decodes to its tag with a nil Value (the defaults of its table).
func Decode(b []byte, limits Limits) (*File, error) {
	v := &verifier{limits: limits.withDefaults()}
	root, err := v.file(b)
	if err != nil {
		return nil, err
	}
	d := &decoder{b: v.b}
	d.slabs.reserve(v.contents)
	return d.file(b, root, v.limits)
}

// file decodes the verified file b.
func (d *decoder) file(b []byte, root uint64, limits Limits) (*File, error) {
	m := &tflite.ModelT{}
	d.table(rootTable, root, reflect.ValueOf(m).Elem())
	f := &File{Model: m, limits: limits}
	if err := d.resolve(f, b); err != nil {
		return nil, err
	}
	f.Unknown = d.unknown
	f.Trailing = trailing(b, d.end)
	return f, nil
}

// decoder walks bytes that verify accepted, by the same descriptors, so it has nothing left to check.
type decoder struct {
	b       []byte
	at      path
	unknown []string
	end     uint64 // one past the last byte visited
	slabs   slabs

	reflected bool // tests: no table has code of its own
}

func (d *decoder) reach(end uint64) { d.end = max(d.end, end) }

func (d *decoder) lost(format string, args ...any) {
	d.unknown = append(d.unknown, d.at.String()+": "+fmt.Sprintf(format, args...))
}

func (d *decoder) follow(pos uint64) uint64 { return pos + uint64(le.Uint32(d.b[pos:])) }

func (d *decoder) table(id tableID, pos uint64, dst reflect.Value) {
	t := &tables[id]
	r := d.open(pos)
	for i := range t.fields {
		f := &t.fields[i]
		d.at = append(d.at, step{f.name, -1})
		d.field(f, r.vt, pos, dst)
		d.at = d.at[:len(d.at)-1]
	}
	r.later(id)
}

func (d *decoder) field(f *fieldDescriptor, vt vtable, table uint64, dst reflect.Value) {
	o := vt.slot(f.slot)
	if f.object < 0 {
		if o != 0 && d.inUse(f, table+o) {
			d.lost("deprecated field is in use")
		}
		return
	}
	field := dst.Field(f.object)
	if f.kind == kindUnion {
		d.union(f, o, vt.slot(f.slot+1), table, field)
		return
	}
	if o == 0 {
		setDefault(f, field)
		return
	}
	pos := table + o
	d.reach(pos + f.kind.width())
	switch f.kind {
	case kindString:
		field.SetString(d.slabs.string(d.bytes(d.follow(pos), 1)))
	case kindTable:
		elem := reflect.ValueOf(tables[f.table].fresh())
		d.table(f.table, d.follow(pos), elem.Elem())
		field.Set(elem)
	case kindVector:
		d.vector(f, d.follow(pos), field)
	default:
		d.scalar(f.kind, pos, field)
	}
}

// inUse reports whether a deprecated field holds anything but its default.
func (d *decoder) inUse(f *fieldDescriptor, pos uint64) bool {
	if f.kind == kindString {
		return len(d.bytes(d.follow(pos), 1)) > 0
	}
	if f.kind > kindString {
		return true
	}
	for _, c := range d.b[pos : pos+f.kind.width()] {
		if c != 0 {
			return true
		}
	}
	return false
}

func setDefault(f *fieldDescriptor, field reflect.Value) {
	if f.byDefault == 0 {
		return
	}
	switch {
	case field.CanInt():
		field.SetInt(f.byDefault)
	case field.CanUint():
		field.SetUint(uint64(f.byDefault))
	default:
		field.SetBool(true)
	}
}

func (d *decoder) scalar(k kind, pos uint64, field reflect.Value) {
	b := d.b[pos:]
	switch k {
	case kindBool:
		field.SetBool(b[0] != 0)
	case kindInt8:
		field.SetInt(int64(int8(b[0])))
	case kindUint8:
		field.SetUint(uint64(b[0]))
	case kindInt16:
		field.SetInt(int64(int16(le.Uint16(b))))
	case kindUint16:
		field.SetUint(uint64(le.Uint16(b)))
	case kindInt32:
		field.SetInt(int64(int32(le.Uint32(b))))
	case kindUint32:
		field.SetUint(uint64(le.Uint32(b)))
	case kindInt64:
		field.SetInt(int64(le.Uint64(b)))
	case kindUint64:
		field.SetUint(le.Uint64(b))
	case kindFloat32:
		// Through *float32: reflect's float64 would quiet a signalling NaN.
		*field.Addr().Interface().(*float32) = math.Float32frombits(le.Uint32(b))
	case kindFloat64:
		field.SetFloat(math.Float64frombits(le.Uint64(b)))
	}
}

func (d *decoder) union(f *fieldDescriptor, tagAt, valueAt, table uint64, field reflect.Value) {
	if tagAt == 0 {
		if valueAt != 0 {
			d.lost("value without a tag")
		}
		return
	}
	u := &unions[f.union]
	tag := d.b[table+tagAt]
	member := u.member(tag)
	switch {
	case tag == 0 && valueAt == 0:
		return
	case tag == 0:
		d.lost("value without a tag")
		return
	case member == noTable:
		d.lost("tag %d of %s belongs to a later schema", tag, u.name)
	}
	object := reflect.ValueOf(u.fresh()) // {Type, Value}
	object.Elem().Field(0).SetUint(uint64(tag))
	if member != noTable && valueAt != 0 {
		value := reflect.ValueOf(tables[member].fresh())
		d.table(member, d.follow(table+valueAt), value.Elem())
		object.Elem().Field(1).Set(value)
	}
	field.Set(object)
}

// bytes returns the payload of the string or byte vector at pos; extra counts the terminating zero of a string.
func (d *decoder) bytes(pos, extra uint64) []byte {
	n := uint64(le.Uint32(d.b[pos:]))
	d.reach(pos + 4 + n + extra)
	return d.b[pos+4 : pos+4+n : pos+4+n]
}

func (d *decoder) vector(f *fieldDescriptor, pos uint64, field reflect.Value) {
	if f.elem == kindUint8 && f.enum == 0 {
		field.SetBytes(d.bytes(pos, 0))
		return
	}
	n := int(le.Uint32(d.b[pos:]))
	width := f.elem.width()
	body := d.b[pos+4 : pos+4+uint64(n)*width]
	d.reach(pos + 4 + uint64(len(body)))
	if f.elem == kindTable {
		d.tableVector(f, pos+4, n, field)
		return
	}
	if f.enum != 0 {
		d.scalars(f, pos+4, n, field)
		return
	}
	switch f.elem {
	case kindInt32:
		field.Set(reflect.ValueOf(numbers(body, 4, &d.slabs.ints)))
	case kindInt64:
		field.Set(reflect.ValueOf(numbers(body, 8, &d.slabs.longs)))
	case kindFloat32:
		field.Set(reflect.ValueOf(numbers(body, 4, &d.slabs.floats)))
	case kindUint16: // indices of sparse constants, thousands of them
		words := make([]uint16, n)
		field.Set(reflect.ValueOf(numbers(body, 2, &words)))
	default:
		d.scalars(f, pos+4, n, field)
	}
}

// scalars decodes the elements of a vector one by one.
func (d *decoder) scalars(f *fieldDescriptor, pos uint64, n int, field reflect.Value) {
	s := reflect.MakeSlice(field.Type(), n, n)
	for i := range n {
		d.scalar(f.elem, pos+uint64(i)*f.elem.width(), s.Index(i))
	}
	field.Set(s)
}

func (d *decoder) tableVector(f *fieldDescriptor, pos uint64, n int, field reflect.Value) {
	if !d.reflected && d.direct(f.table, pos, n, field) {
		return
	}
	s := reflect.MakeSlice(field.Type(), n, n)
	here := len(d.at) - 1
	for i := range n {
		d.at[here].index = i
		// One by one: what makes more of a table has code of its own, and the type of a slice of them would have to be made up.
		elem := reflect.ValueOf(tables[f.table].fresh())
		d.table(f.table, d.follow(pos+4*uint64(i)), elem.Elem())
		s.Index(i).Set(elem)
	}
	d.at[here].index = -1
	field.Set(s)
}
