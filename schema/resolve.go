package schema

// A payload too large for the flatbuffer's 32-bit offsets stands behind it, at an absolute offset in the file. Offsets
// 0 and 1 mean "not there": writers put 1 while they do not know the place yet.
const unsetOffset = 1

// resolve replaces offset and size of buffers and of custom options by the bytes they name.
func (d *decoder) resolve(f *File, file []byte) error {
	for i, b := range f.Model.Buffers {
		place := func() at { return at("").item("buffers", i) }
		data, err := d.payload(place, file, b.Data, &b.Offset, &b.Size)
		if err != nil {
			return err
		}
		b.Data = data
	}
	for s, g := range f.Model.Subgraphs {
		for i, op := range g.Operators {
			place := func() at {
				return at("").item("subgraphs", s).item("operators", i).field("large_custom_options")
			}
			data, err := d.payload(place, file, op.CustomOptions,
				&op.LargeCustomOptionsOffset, &op.LargeCustomOptionsSize)
			if err != nil {
				return err
			}
			op.CustomOptions = data
		}
	}
	return f.checkMetadataSize()
}

// payload builds the text of its place only where it has something to say of it.
func (d *decoder) payload(place func() at, file, inline []byte, offset, size *uint64) ([]byte, error) {
	o, n := *offset, *size
	*offset, *size = 0, 0
	if o <= unsetOffset {
		return inline, nil
	}
	if total := uint64(len(file)); n > total || o > total-n {
		return nil, invalid(place(), "%d bytes at %d overrun the file (size %d)", n, o, total)
	}
	if inline != nil { // inline bytes win, as they do in every reader
		d.unknown = append(d.unknown, string(place())+": bytes by offset behind inline bytes")
		return inline, nil
	}
	d.reach(o + n)
	return file[o : o+n : o+n], nil
}

func (f *File) checkMetadataSize() error {
	for i, m := range f.Model.Metadata {
		if int64(m.Buffer) >= int64(len(f.Model.Buffers)) {
			continue // Check names it
		}
		if n := int64(len(f.Model.Buffers[m.Buffer].Data)); n > f.limits.MaxMetadataBytes {
			return invalid(at("").item("metadata", i), "%d bytes, limit %d", n, f.limits.MaxMetadataBytes)
		}
	}
	return nil
}

// trailing returns what follows end, without the zeros of alignment.
func trailing(b []byte, end uint64) []byte {
	if end >= uint64(len(b)) {
		return nil
	}
	rest := b[end:len(b):len(b)]
	for len(rest) > 0 && rest[0] == 0 {
		rest = rest[1:]
	}
	if len(rest) == 0 {
		return nil
	}
	return rest
}
