package interpreter

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sort"
	"strings"
	"sync"

	"github.com/litewren/litewren/interpreter/internal/rewrite"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/tensor"
)

// Model is a verified model. It does not change and may be shared between goroutines.
type Model struct {
	file   *schema.File
	size   int64
	graphs []*graph
	drops  drops

	stored   []*storedLookUp
	expanded sync.Once // for File

	mu     sync.Mutex
	packed map[packKey]*packEntry
	folded map[foldKey][]foldedTensor
	kept   map[span][]byte // small constants of a mapped file, by where they lie in it

	rewrites map[rewriteKey]*graph
}

type packKey struct {
	graph, tensor int
	kind          string
}

type packEntry struct {
	once  sync.Once
	value any
}

type foldKey struct{ graph, node int }

// foldedTensor is an output computed from constants alone, shared by all interpreters.
type foldedTensor struct {
	shape tensor.Shape
	data  []byte
}

// Open loads the model in a file.
func Open(path string, opts ...LoadOption) (*Model, error) {
	c := loadConfig{}
	for _, o := range opts {
		o(&c)
	}
	var b []byte
	var mapped bool
	var err error
	if c.mapped {
		b, mapped, err = mapFile(path)
	} else {
		b, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, fmt.Errorf("litewren: %w", err)
	}
	m, err := Load(b, opts...)
	if err != nil {
		if mapped {
			unmapFile(b)
		}
		return nil, fmt.Errorf("%w (%s)", err, path)
	}
	if mapped {
		m.drops.mapped = b
	}
	return m, nil
}

// LoadFS loads the model in a file of fsys, an embed.FS say.
func LoadFS(fsys fs.FS, name string, opts ...LoadOption) (*Model, error) {
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("litewren: %w", err)
	}
	m, err := Load(b, opts...)
	if err != nil {
		return nil, fmt.Errorf("%w (%s)", err, name)
	}
	return m, nil
}

// Load verifies a model and makes it ready for New. The bytes must not be changed afterwards: constants are used in place.
//
// A model whose operators are not all supported loads, so that it can be inspected (see Unsupported); New refuses it.
func Load(b []byte, opts ...LoadOption) (*Model, error) {
	c := loadConfig{}
	for _, o := range opts {
		o(&c)
	}
	if c.registry == nil {
		c.registry = rewrite.Builtins()
	}
	file, err := schema.Decode(b, c.limits)
	if err != nil {
		return nil, fmt.Errorf("litewren: load: %w", err)
	}
	stored, err := expandCompressed(file, int64(len(b)))
	if err != nil {
		return nil, fmt.Errorf("litewren: load: %w", err)
	}
	if err := schema.CheckDecoded(file); err != nil {
		return nil, fmt.Errorf("litewren: load: %w", err)
	}
	m := &Model{file: file, size: int64(len(b)), packed: map[packKey]*packEntry{}, folded: map[foldKey][]foldedTensor{}, kept: map[span][]byte{}, rewrites: map[rewriteKey]*graph{}}
	x := newExternals(file.Model, c.external)
	defer x.close()
	for i := range file.Model.Subgraphs {
		g, err := newGraph(file, i, &c, x)
		if err != nil {
			return nil, fmt.Errorf("litewren: load: subgraph %d: %w", i, err)
		}
		m.graphs = append(m.graphs, g)
	}
	m.keepStored(stored)
	return m, nil
}

// File returns the decoded tables of the model, for tools that look inside. They must not be changed. Constants that are stored as
// indices into look-up tables are expanded the first time, and stay so.
func (m *Model) File() *schema.File {
	m.expanded.Do(m.expandFile)
	return m.file
}

// Size returns the number of bytes of the file.
func (m *Model) Size() int64 { return m.size }

// Description returns the model's own description.
func (m *Model) Description() string { return string(m.file.Model.Description) }

// Subgraphs returns how many subgraphs the model has; the first is the primary one.
func (m *Model) Subgraphs() int { return len(m.graphs) }

// Metadata returns the bytes stored under a name beside the model.
func (m *Model) Metadata(name string) ([]byte, bool) {
	for _, e := range m.file.Model.Metadata {
		if e != nil && e.Name == name {
			b, err := m.file.BufferData(int(e.Buffer))
			return b, err == nil
		}
	}
	return nil, false
}

// MetadataNames lists the names that Metadata knows.
func (m *Model) MetadataNames() []string {
	var names []string
	for _, e := range m.file.Model.Metadata {
		if e != nil {
			names = append(names, e.Name)
		}
	}
	return names
}

// Unsupported lists the operators that New would refuse, each once, sorted; with the reason where it is not their absence.
func (m *Model) Unsupported() []string {
	seen := map[string]bool{}
	for _, g := range m.graphs {
		for _, n := range g.nodes {
			if n.err != nil {
				seen[n.name+n.reason()] = true
			}
		}
	}
	var list []string
	for s := range seen {
		list = append(list, s)
	}
	sort.Strings(list)
	return list
}

// check returns an error that names what is unsupported, if anything is.
func (m *Model) check() error {
	var failed []string
	for _, s := range m.Unsupported() {
		failed = append(failed, s)
	}
	if failed == nil {
		return nil
	}
	return fmt.Errorf("litewren: operators %s: %w", strings.Join(failed, ", "), ErrUnsupported)
}

// pack returns what build makes of a constant, computed once for each key.
func (m *Model) pack(key packKey, build func() any) any {
	m.mu.Lock()
	e, ok := m.packed[key]
	if !ok {
		e = &packEntry{}
		m.packed[key] = e
	}
	m.mu.Unlock()
	e.once.Do(func() { e.value = build() })
	return e.value
}

// fold returns the outputs of a node that have been computed before, or remembers those given.
func (m *Model) fold(key foldKey, computed []foldedTensor) []foldedTensor {
	m.mu.Lock()
	defer m.mu.Unlock()
	if f, ok := m.folded[key]; ok || computed == nil {
		return f
	}
	m.folded[key] = computed
	return computed
}

// unfold forgets what a node computes.
func (m *Model) unfold(key foldKey) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.folded, key)
}

var (
	errNoOperator = errors.New("no such operator")
	errFlex       = errors.New("a TensorFlow operator (Select TF ops, Flex), which only the TensorFlow runtime computes")
)

// flexPrefix begins the custom code of the operators that a converter takes over from TensorFlow as they are.
const flexPrefix = "Flex"
