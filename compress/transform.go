package compress

import (
	"fmt"

	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/schema"
)

// transform runs a change on a private copy of f: it opens, changes, clears away, checks, and measures both sides.
func transform(f *schema.File, name string, change func(m *edit.Model, r *Report) error) (*schema.File, *Report, error) {
	r := &Report{Transform: name}
	var err error
	if r.Before, err = sizeOf(f); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	m, err := edit.Open(f)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	if err := change(m, r); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	out, err := m.File()
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	if r.After, err = sizeOf(out); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	return out, r, nil
}

// sizeOf encodes f to see what it weighs.
func sizeOf(f *schema.File) (Size, error) {
	b, err := schema.Encode(f)
	if err != nil {
		return Size{}, err
	}
	s := Size{File: int64(len(b))}
	for _, buffer := range f.Model.Buffers {
		s.Constants += int64(len(buffer.Data))
	}
	return s, nil
}
