package schema

import "encoding/binary"

var le = binary.LittleEndian

// Verify checks that b is a TFL3 flatbuffer whose every offset, table, vector and string lies inside b, within limits. It reads
// nothing that it has not checked and allocates nothing that grows with the file. Time is linear in the apparent size,
// which limits.MaxApparentFactor bounds.
//
// Scalars need not be aligned: they are read byte by byte. Union tags and vtable slots of a later schema are legal here;
// Decode lists them in File.Unknown.
func Verify(b []byte, limits Limits) error {
	_, err := verify(b, limits.withDefaults())
	return err
}

// verify returns the position of the root table.
func verify(b []byte, limits Limits) (uint64, error) {
	return (&verifier{limits: limits}).file(b)
}

// file verifies b and returns the position of its root table.
func (v *verifier) file(b []byte) (uint64, error) {
	if int64(len(b)) > v.limits.MaxModelBytes {
		return 0, invalid(path(nil), "%d bytes, limit %d", len(b), v.limits.MaxModelBytes)
	}
	v.b = flatbufferPart(b)
	v.budget = v.limits.apparentBudget(uint64(len(b)))
	if len(v.b) < 8 {
		return 0, invalid(path(nil), "%d bytes are too few for a model", len(v.b))
	}
	if got := string(v.b[4:8]); got != identifier {
		return 0, invalid(path(nil), "file identifier %q, want %q", got, identifier)
	}
	root, err := v.offset(0)
	if err != nil {
		return 0, err
	}
	return root, v.table(rootTable, root, 1)
}

// flatbufferPart cuts off what 32-bit offsets cannot reach; buffers by offset and size may lie there.
func flatbufferPart(b []byte) []byte {
	if int64(len(b)) > maxFlatbuffer {
		return b[:maxFlatbuffer]
	}
	return b
}

type verifier struct {
	b        []byte
	limits   Limits
	at       path
	tables   int64
	counts   [tableCount]int64 // elements of vectors of tables, by element type
	apparent uint64
	budget   uint64
	contents contents
}

func (v *verifier) size() uint64 { return uint64(len(v.b)) }

// holds reports whether [pos, pos+n) lies in the file.
func (v *verifier) holds(pos, n uint64) bool { return pos <= v.size() && n <= v.size()-pos }

// charge counts n visited bytes against the budget, which shared parts would otherwise multiply without bound.
func (v *verifier) charge(n uint64) error {
	if n > v.budget-v.apparent {
		return invalid(v.at, "more than %d bytes visited in a file of %d", v.budget, v.size())
	}
	v.apparent += n
	return nil
}

// offset follows the forward offset at pos.
func (v *verifier) offset(pos uint64) (uint64, error) {
	if !v.holds(pos, 4) {
		return 0, invalid(v.at, "offset at %d overruns the file (size %d)", pos, v.size())
	}
	d := uint64(le.Uint32(v.b[pos:]))
	if d == 0 {
		return 0, invalid(v.at, "offset at %d is 0", pos)
	}
	if !v.holds(pos+d, 4) {
		return 0, invalid(v.at, "offset at %d points to %d, outside the file (size %d)", pos, pos+d, v.size())
	}
	return pos + d, nil
}

func (v *verifier) table(id tableID, pos uint64, depth int) error {
	if depth > v.limits.MaxDepth {
		return invalid(v.at, "tables nest deeper than %d", v.limits.MaxDepth)
	}
	if v.tables++; v.tables > v.limits.MaxTables {
		return invalid(v.at, "more than %d tables", v.limits.MaxTables)
	}
	vt, err := v.vtable(pos)
	if err != nil {
		return err
	}
	if id == tableQuantizationParameters {
		v.contents.quantizations++
	}
	t := &tables[id]
	for i := range t.fields {
		f := &t.fields[i]
		if f.slot >= vt.slots() {
			break // fields stand in the order of their slots: the rest is absent
		}
		if err := v.field(f, vt, pos, depth); err != nil {
			return err
		}
	}
	return nil
}

// vtable checks the head of a table at pos (which holds 4 bytes) and returns its vtable.
func (v *verifier) vtable(pos uint64) (vtable, error) {
	start := int64(pos) - int64(int32(le.Uint32(v.b[pos:])))
	if start < 0 || !v.holds(uint64(start), 4) {
		return nil, invalid(v.at, "vtable at %d lies outside the file (size %d)", start, v.size())
	}
	n := uint64(le.Uint16(v.b[start:]))
	inline := uint64(le.Uint16(v.b[start+2:]))
	if n < 4 || n%2 != 0 || !v.holds(uint64(start), n) {
		return nil, invalid(v.at, "vtable of %d bytes at %d (file size %d)", n, start, v.size())
	}
	if inline < 4 || !v.holds(pos, inline) {
		return nil, invalid(v.at, "table of %d bytes at %d overruns the file (size %d)", inline, pos, v.size())
	}
	return vtable(v.b[start : start+int64(n)]), v.charge(n + inline)
}

// vtable is the list of field positions of a table: two lengths, then one uint16 per slot.
type vtable []byte

// slot returns where a field stands relative to its table, 0 when it is absent.
func (t vtable) slot(i int) uint64 {
	if o := 4 + 2*i; o+2 <= len(t) {
		return uint64(le.Uint16(t[o:]))
	}
	return 0
}

func (t vtable) slots() int { return len(t)/2 - 2 }

func (v *verifier) field(f *fieldDescriptor, vt vtable, table uint64, depth int) error {
	o := vt.slot(f.slot)
	if o == 0 && (f.kind != kindUnion || vt.slot(f.slot+1) == 0) {
		return nil
	}
	if f.kind < kindString && o >= 4 && v.holds(table+o, f.kind.width()) {
		return nil // as most are: without a step of the path
	}
	v.at = append(v.at, step{f.name, -1})
	err := v.present(f, o, vt, table, depth)
	if err == nil {
		v.at = v.at[:len(v.at)-1] // kept as it is after an error: the error is reported with it
	}
	return err
}

func (v *verifier) present(f *fieldDescriptor, o uint64, vt vtable, table uint64, depth int) error {
	width := f.kind.width()
	if f.kind == kindUnion {
		width = 1
	}
	if o != 0 && (o < 4 || !v.holds(table+o, width)) {
		return invalid(v.at, "field at %d overruns the file (size %d)", table+o, v.size())
	}
	switch f.kind {
	case kindString:
		return v.str(f, table+o)
	case kindTable:
		pos, err := v.offset(table + o)
		if err != nil {
			return err
		}
		return v.table(f.table, pos, depth+1)
	case kindUnion:
		return v.union(f, o, vt.slot(f.slot+1), table, depth)
	case kindVector:
		return v.vector(f, table+o, depth)
	}
	return nil
}

func (v *verifier) union(f *fieldDescriptor, tagAt, valueAt, table uint64, depth int) error {
	if tagAt == 0 || valueAt == 0 {
		return nil // a tag without a value stands for the defaults of its table; a value without a tag cannot be read
	}
	if valueAt < 4 || !v.holds(table+valueAt, 4) {
		return invalid(v.at, "field at %d overruns the file (size %d)", table+valueAt, v.size())
	}
	member := unions[f.union].member(v.b[table+tagAt])
	if member == noTable {
		return nil
	}
	pos, err := v.offset(table + valueAt)
	if err != nil {
		return err
	}
	return v.table(member, pos, depth+1)
}

func (v *verifier) str(f *fieldDescriptor, at uint64) error {
	pos, err := v.offset(at)
	if err != nil {
		return err
	}
	n := uint64(le.Uint32(v.b[pos:]))
	if !v.holds(pos+4, n+1) {
		return invalid(v.at, "string of %d bytes overruns the file (size %d)", n, v.size())
	}
	if v.b[pos+4+n] != 0 {
		return invalid(v.at, "string of %d bytes has no terminating zero", n)
	}
	if f.isName && int64(n) > v.limits.MaxNameBytes {
		return invalid(v.at, "name of %d bytes, limit %d", n, v.limits.MaxNameBytes)
	}
	v.contents.text += int64(n)
	return v.charge(n + 5)
}

func (v *verifier) vector(f *fieldDescriptor, at uint64, depth int) error {
	pos, err := v.offset(at)
	if err != nil {
		return err
	}
	n := uint64(le.Uint32(v.b[pos:]))
	size := n * f.elem.width() // n < 2^32, width <= 8
	if !v.holds(pos+4, size) {
		return invalid(v.at, "vector of %d elements overruns the file (size %d)", n, v.size())
	}
	if err := v.charge(size + 4); err != nil {
		return err
	}
	switch f.elem {
	case kindInt32:
		v.contents.ints += int64(n)
	case kindInt64:
		v.contents.longs += int64(n)
	case kindFloat32:
		v.contents.floats += int64(n)
	}
	if f.elem != kindTable {
		return nil
	}
	if err := v.count(f.table, int64(n)); err != nil {
		return err
	}
	here := len(v.at) - 1
	for i := uint64(0); i < n; i++ {
		v.at[here].index = int(i)
		elem, err := v.offset(pos + 4 + 4*i)
		if err != nil {
			return err
		}
		if err := v.table(f.table, elem, depth+1); err != nil {
			return err
		}
	}
	v.at[here].index = -1
	return nil
}

// count bounds the parts whose decoded form is much larger than their form in the file.
func (v *verifier) count(id tableID, n int64) error {
	limit := int64(-1)
	switch id {
	case tableSubGraph:
		limit = v.limits.MaxSubgraphs
	case tableTensor:
		limit = v.limits.MaxTensors
	case tableOperator:
		limit = v.limits.MaxOperators
	case tableBuffer:
		limit = v.limits.MaxBuffers
	}
	v.counts[id] += n
	if limit >= 0 && v.counts[id] > limit {
		return invalid(v.at, "%d elements of type %s, limit %d", v.counts[id], tables[id].name, limit)
	}
	return nil
}
