package schema

import (
	"reflect"
	"strconv"

	"github.com/litewren/litewren/schema/tflite"
)

// Version is the only schema version there is.
const Version = 3

// Check applies the rules between the parts of a model that need neither kernels nor run-time shapes: version, operator
// codes, every index, tensor types, shapes, constant sizes, quantization, sparsity, the order of nodes, calls between
// subgraphs, signatures. Errors wrap ErrInvalidModel and name the place and both values.
//
// What depends on an operator (arity, which inputs may be absent, dtypes) is the operator's own check.
func Check(f *File) error {
	if f.Model == nil {
		return invalid(path(nil), "no model")
	}
	// Models made in memory can have nil elements and options of the wrong type; the encoder's sizer finds both.
	if err := (&sizer{}).table(rootTable, reflect.ValueOf(f.Model).Elem()); err != nil {
		return err
	}
	return CheckDecoded(f)
}

// CheckDecoded is Check for a file whose tables are as Decode made them, so that none is nil and all options are of the type
// that their tag names. It saves a walk over the whole model.
func CheckDecoded(f *File) error {
	c := &checker{m: f.Model, limits: f.limits.withDefaults()}
	for _, rule := range []func() error{
		c.container, c.codes, c.externals, c.tensors, c.nodes, c.order, c.calls, c.signatures,
	} {
		if err := rule(); err != nil {
			return err
		}
	}
	return nil
}

type checker struct {
	m      *tflite.ModelT
	limits Limits
}

// place names a part of the model without building its text before it is needed.
type place struct {
	subgraph int    // -1 outside subgraphs
	list     string // "tensors", "operators", ...; "" for the subgraph itself
	index    int
	field    string
}

func (p place) String() string {
	var s string
	if p.subgraph >= 0 {
		s = "subgraphs[" + strconv.Itoa(p.subgraph) + "]"
	}
	if p.list != "" {
		if s != "" {
			s += "."
		}
		s += p.list + "[" + strconv.Itoa(p.index) + "]"
	}
	if p.field != "" {
		s += "." + p.field
	}
	return s
}

func (p place) in(field string) place {
	if p.field != "" {
		field = p.field + "." + field
	}
	p.field = field
	return p
}

func (p place) item(field string, i int) place {
	return p.in(field + "[" + strconv.Itoa(i) + "]")
}

func inModel(list string, i int) place { return place{-1, list, i, ""} }

// container checks what hangs directly off the root.
func (c *checker) container() error {
	if c.m.Version != Version {
		return invalid(at("version"), "got %d, want %d", c.m.Version, Version)
	}
	if len(c.m.Subgraphs) == 0 {
		return invalid(at("subgraphs"), "got 0, want at least 1")
	}
	if c.m.Buffers == nil {
		return invalid(at("buffers"), "missing")
	}
	for i, b := range c.m.MetadataBuffer {
		if b < 0 || int(b) >= len(c.m.Buffers) {
			return invalid(at("").item("metadata_buffer", i), "buffer %d of %d", b, len(c.m.Buffers))
		}
	}
	for i, d := range c.m.Metadata {
		if int64(d.Buffer) >= int64(len(c.m.Buffers)) {
			return invalid(inModel("metadata", i), "buffer %d of %d", d.Buffer, len(c.m.Buffers))
		}
	}
	return nil
}

// maxBuiltin is the last operator code of the schema.
const maxBuiltin = tflite.BuiltinOperatorSTABLEHLO_CASE

// EffectiveCode is the operator that an operator code means: files from before code 127 fill only the deprecated
// byte, newer ones both, with a placeholder in the byte where the code does not fit.
func EffectiveCode(c *tflite.OperatorCodeT) tflite.BuiltinOperator {
	return max(tflite.BuiltinOperator(c.DeprecatedBuiltinCode), c.BuiltinCode)
}

func (c *checker) codes() error {
	for i, oc := range c.m.OperatorCodes {
		p := inModel("operator_codes", i)
		code := EffectiveCode(oc)
		if code < 0 || code > maxBuiltin {
			return invalid(p, "builtin code %d, want 0..%d", code, maxBuiltin)
		}
		if code == tflite.BuiltinOperatorCUSTOM && oc.CustomCode == "" {
			return invalid(p, "custom operator without a name")
		}
		if oc.Version < 1 {
			return invalid(p, "version %d, want at least 1", oc.Version)
		}
	}
	return nil
}

// externals checks the table of constants in other files. It opens nothing.
func (c *checker) externals() error {
	seen := map[uint32]bool{}
	for i, e := range c.m.ExternalBuffers {
		p := inModel("external_buffers", i)
		if e.Id == 0 || seen[e.Id] {
			return invalid(p, "id %d is reserved or taken", e.Id)
		}
		seen[e.Id] = true
		if int64(e.Group) >= int64(len(c.m.ExternalBufferGroups)) {
			return invalid(p, "group %d of %d", e.Group, len(c.m.ExternalBufferGroups))
		}
		if e.Offset+e.Length < e.Offset || int64(e.Offset+e.Length) < 0 {
			return invalid(p, "%d bytes at %d are no part of any file", e.Length, e.Offset)
		}
	}
	for s, g := range c.m.Subgraphs {
		for i, t := range g.Tensors {
			if t.ExternalBuffer != 0 && !seen[t.ExternalBuffer] {
				return invalid(place{s, "tensors", i, "external_buffer"}, "no external buffer with id %d", t.ExternalBuffer)
			}
		}
	}
	return nil
}
