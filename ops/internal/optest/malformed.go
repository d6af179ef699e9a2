package optest

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/tensor"
)

// Variant spoils a node.
type Variant struct {
	Name   string
	Change func(c *Case)
}

// Variants returns changes of a node, most of which make one that no runtime could run. They keep to what the loader lets
// pass: no negative dimensions, as many zero points as scales.
func Variants(c *Case) (list []Variant) {
	add := func(change func(c *Case), name string, args ...any) {
		list = append(list, Variant{fmt.Sprintf(name, args...), change})
	}
	for i, x := range c.Inputs {
		if x == nil {
			continue
		}
		retype := func(t tensor.Type, shape tensor.Shape) func(c *Case) {
			return func(c *Case) {
				c.Inputs[i] = Zeros(t, shape)
				c.Inputs[i].Quant = x.Quant
			}
		}
		for t := tensor.Float32; t.Valid(); t++ {
			add(retype(t, x.Shape), "input %d type %s", i, t)
		}
		for _, shape := range []tensor.Shape{{}, {1, 2, 1, 1, 2, 1, 1, 1, 1}, {0}, append(x.Shape.Clone(), 3), append(x.Shape.Clone(), 0)} {
			add(retype(x.Type, shape), "input %d shape %v", i, shape)
		}
		for k := range x.Shape {
			for _, n := range []int{0, 1, x.Shape[k] + 1} {
				shape := x.Shape.Clone()
				shape[k] = n
				add(retype(x.Type, shape), "input %d shape %v", i, shape)
			}
		}
		for _, quant := range badQuantization() {
			add(func(c *Case) { c.Inputs[i].Quant = quant }, "input %d quantization %+v", i, quant)
		}
		for _, fill := range []byte{0xFF, 0x7F} {
			add(func(c *Case) {
				// Loaders check strings, and handles are the runtime's own.
				for k := 0; x.Type != tensor.String && x.Type != tensor.Resource && k < len(x.Bytes()); k++ {
					c.Inputs[i].Bytes()[k] = fill
				}
			}, "input %d bytes %#x", i, fill)
		}
		add(func(c *Case) { c.Const = without(c.Const, i) }, "input %d not constant", i)
		if len(x.Shape) > 0 && x.Type.Size() > 0 {
			add(func(c *Case) { sparsify(c.Inputs[i]) }, "input %d sparse", i)
		}
		add(func(c *Case) {
			c.Inputs[i], c.Const, c.Variables = nil, without(c.Const, i), without(c.Variables, i)
		}, "input %d absent", i)
		add(func(c *Case) { c.Variables = without(c.Variables, i) }, "input %d no variable", i)
	}
	for i, x := range c.Outputs {
		if x == nil {
			continue
		}
		for t := tensor.Float32; t.Valid(); t++ {
			add(func(c *Case) { c.Outputs[i].Type = t }, "output %d type %s", i, t)
		}
		for _, quant := range badQuantization() {
			add(func(c *Case) { c.Outputs[i].Quant = quant }, "output %d quantization %+v", i, quant)
		}
	}
	for i := range c.Intermediates {
		for _, quant := range badQuantization() {
			add(func(c *Case) { c.Intermediates[i].Quant = quant }, "intermediate %d quantization %+v", i, quant)
		}
	}
	add(func(c *Case) { c.Const = nil }, "nothing constant")
	add(func(c *Case) { c.Intermediates = nil }, "no intermediates")
	add(func(c *Case) { c.CustomOptions = nil }, "no custom options")
	add(func(c *Case) { c.CustomOptions = c.CustomOptions[:len(c.CustomOptions)/2] }, "half the custom options")
	add(func(c *Case) { c.Options = nil }, "no options")
	return list
}

// sparsify stores a tensor sparse, with nothing but zeros.
func sparsify(x *tensor.Tensor) {
	s := &tensor.Sparsity{}
	for i, n := range x.Shape {
		s.TraversalOrder = append(s.TraversalOrder, i)
		level := tensor.SparseLevel{DenseSize: n}
		if i == 0 {
			level = tensor.SparseLevel{Sparse: true, Segments: tensor.Indices([]int32{0, 0})}
		}
		s.Levels = append(s.Levels, level)
	}
	x.Sparsity = s
	x.SetBytes(nil)
}

func without(list []int, i int) []int {
	return slices.DeleteFunc(slices.Clone(list), func(k int) bool { return k == i })
}

func badQuantization() []*tensor.Quantization {
	one := func(scale float64, zero int32) *tensor.Quantization {
		return &tensor.Quantization{Scale: []float32{float32(scale)}, ZeroPoint: []int32{zero}}
	}
	return []*tensor.Quantization{
		nil, {}, one(0, 0), one(math.NaN(), 0), one(math.Inf(1), 0), one(-1, 0), one(1e-45, 0), one(math.MaxFloat32, 0),
		one(1, math.MinInt32), one(1, 3),
		{Scale: []float32{1, 2, 3}, ZeroPoint: []int32{0, 0, 0}},
		{Scale: []float32{1, 2}, ZeroPoint: []int32{0, 0}, Axis: 7},
		{Block: &tensor.Blockwise{Size: 3}}, {Block: &tensor.Blockwise{}},
	}
}

// Zeros returns a tensor whose elements are 0, empty strings or variable number 0.
func Zeros(t tensor.Type, shape tensor.Shape) *tensor.Tensor {
	x := &tensor.Tensor{Type: t, Shape: shape.Clone()}
	switch {
	case t == tensor.String:
		if b, err := tensor.EncodeStrings(make([][]byte, shape.Elements())); err == nil {
			x.SetBytes(b)
		}
	case t.Bits() > 0:
		if size, err := x.ByteSize(); err == nil {
			x.SetBytes(tensor.AlignedBytes(int(size)))
		}
	}
	return x
}

// Copy returns a case whose tensors can be changed without changing those of c.
func (c *Case) Copy() *Case {
	d := *c
	d.Inputs, d.Outputs, d.Intermediates = copyTensors(c.Inputs), copyTensors(c.Outputs), copyTensors(c.Intermediates)
	return &d
}

func copyTensors(list []*tensor.Tensor) []*tensor.Tensor {
	list = slices.Clone(list)
	for i, x := range list {
		if x == nil {
			continue
		}
		y := *x
		y.Shape = x.Shape.Clone()
		if len(x.Bytes()) > 0 {
			y.SetBytes(append(tensor.AlignedBytes(len(x.Bytes()))[:0], x.Bytes()...))
		}
		list[i] = &y
	}
	return list
}

// Try prepares and runs a node. It fails the test when that panics or gives an error of no kind.
func (c *Case) Try(tb testing.TB, what string) (err error) {
	tb.Helper()
	before := c.String()
	defer func() {
		if r := recover(); r != nil {
			tb.Errorf("%s %s: panic: %v\n%s%s", c.Op.Name, what, r, before, debug.Stack())
			err = ops.ErrUnsupported
		}
		if err != nil && !known(err) {
			tb.Errorf("%s %s: error of no kind: %v\n%s", c.Op.Name, what, err, before)
		}
	}()
	eval, err := c.Prepare()
	if err != nil {
		return err
	}
	return eval()
}

func known(err error) bool {
	for _, kind := range []error{ops.ErrInvalidModel, ops.ErrUnsupported, ops.ErrValue, ops.ErrBudget, ops.ErrShape, ops.ErrType} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// spoil tries the variants of a node that was accepted; with -short some of them, others for each node.
func (c *Case) spoil(tb testing.TB) {
	tb.Helper()
	size := 0
	for _, x := range c.Inputs {
		if x != nil {
			size += len(x.Bytes())
		}
	}
	if size > 1<<14 || len(c.Subgraphs) > 0 || c.Resources != nil {
		return
	}
	list := Variants(c)
	if testing.Short() {
		name := fnv.New64()
		fmt.Fprint(name, c)
		rng := rand.New(rand.NewPCG(name.Sum64(), 1))
		rng.Shuffle(len(list), func(i, k int) { list[i], list[k] = list[k], list[i] })
		list = list[:min(len(list), 12)]
	}
	for _, v := range list {
		d := c.Copy()
		d.Largest = 1 << 20
		v.Change(d)
		_ = d.Try(tb, v.Name) // whether a variant is an error is the operator's affair
	}
}

// String describes the node for messages.
func (c *Case) String() string {
	var b strings.Builder
	list := func(what string, tensors []*tensor.Tensor) {
		for i, x := range tensors {
			if x == nil {
				fmt.Fprintf(&b, "\t%s %d absent\n", what, i)
				continue
			}
			fmt.Fprintf(&b, "\t%s %d %s%v % x quantization %+v\n", what, i, x.Type, x.Shape, x.Bytes()[:min(len(x.Bytes()), 32)], x.Quant)
		}
	}
	list("input", c.Inputs)
	list("output", c.Outputs)
	list("intermediate", c.Intermediates)
	fmt.Fprintf(&b, "\tconstant %v, variable %v, options %+v, custom options % x\n", c.Const, c.Variables, c.Options, c.CustomOptions)
	return b.String()
}
