package compress

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// DynamicConfig changes how Dynamic and WeightOnly store weights.
type DynamicConfig struct {
	Bits         int            // of weights: 8 (the default), 4 or 2; below 8 for FULLY_CONNECTED, CONV_2D and EMBEDDING_LOOKUP, others get 8
	BlockSize    int            // 32, 64, 128 or 256: one scale for so many neighbours of a row of 4-bit FULLY_CONNECTED weights; 0 for none
	MinElements  int            // leaves smaller constants float; 0 for 1024
	PerChannelFC bool           // per-channel int8 weights of FULLY_CONNECTED, which runtimes before 2024 refuse; below 8 bits always
	Clip         Clip           // how scales are chosen
	Grids        Grids          // scales that are chosen already
	Match        *regexp.Regexp // only constants whose name matches; nil for all

	// Entropy takes 8-bit weights to integers that gzip stores in fewer bits, with the error of a grid that is so many times
	// coarser, 2 to 8 say; 0 for the nearest integers. Constants with Grids keep the integers chosen for them.
	Entropy float64

	nodes    nodeFilter
	nodeBits map[nodePlace]int // of mixed precision: the bits of each node, none for those that stay float; nil for Bits
}

// fewestStored is what TFLite's converter wants of a constant: below, the file hardly shrinks.
const fewestStored = 1024

// nodePlace is a node of a model as it was before a transform.
type nodePlace struct{ subgraph, position int }

// Dynamic stores the weights of FULLY_CONNECTED, convolutions, BATCH_MATMUL, LSTM, RNN, SVDF and embeddings as int8, int4 or
// int2. Where there is a hybrid kernel it quantizes activations as they come (dynamic range quantization: no samples are
// needed, and products are integer); other operators get a DEQUANTIZE.
func Dynamic(f *schema.File, c DynamicConfig) (*schema.File, *Report, error) {
	return storeWeights(f, c, "dynamic range", true)
}

// WeightOnly stores the same weights as Dynamic, behind DEQUANTIZE: everything is computed in float32.
func WeightOnly(f *schema.File, c DynamicConfig) (*schema.File, *Report, error) {
	return storeWeights(f, c, "weight-only", false)
}

func storeWeights(f *schema.File, c DynamicConfig, name string, hybrid bool) (*schema.File, *Report, error) {
	if c.Bits == 0 {
		c.Bits = 8
	}
	if c.Clip == "" {
		c.Clip = ClipMSE
	}
	if c.MinElements == 0 {
		c.MinElements = fewestStored
	}
	if err := c.check(); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	title := fmt.Sprintf("%s int%d", name, c.Bits)
	if c.BlockSize > 0 {
		title += fmt.Sprintf(" in blocks of %d", c.BlockSize)
	}
	return transform(f, title, func(m *edit.Model, r *Report) error {
		for _, g := range m.Graphs() {
			d := &dynamizer{config: c, hybrid: hybrid, m: m, g: g, r: r}
			if err := d.run(); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c DynamicConfig) check() error {
	switch {
	case !slices.Contains([]int{2, 4, 8}, c.Bits):
		return fmt.Errorf("weights of %d bits, want 8, 4 or 2: %w", c.Bits, ops.ErrValue)
	case !slices.Contains([]int{0, 32, 64, 128, 256}, c.BlockSize):
		return fmt.Errorf("blocks of %d, want 32, 64, 128 or 256: %w", c.BlockSize, ops.ErrValue)
	case c.BlockSize > 0 && c.Bits != 4:
		return fmt.Errorf("blocks with weights of %d bits, want 4: %w", c.Bits, ops.ErrValue)
	case c.Clip != "" && c.Clip != ClipNothing && c.Clip != ClipMSE:
		return fmt.Errorf("clip %q, want %q or %q: %w", c.Clip, ClipNothing, ClipMSE, ops.ErrValue)
	}
	return checkEntropy(c.Entropy)
}

// hybridRule says which inputs of an operator may be int8 with float activations.
type hybridRule struct {
	inputs  []int
	axis    int32 // of per-axis scales, -1 for one scale
	version int32
	all     bool // every input of the list that is there, or none
	plain   bool // no kernel: behind DEQUANTIZE
}

func sequence(first, last int) []int {
	var list []int
	for i := first; i <= last; i++ {
		list = append(list, i)
	}
	return list
}

// hybridRules is the table of operators whose weights Dynamic stores, after TFLite's converter.
func hybridRules() map[tflite.BuiltinOperator]hybridRule {
	lstm := append(sequence(1, 11), 16)
	both := slices.Concat(lstm, sequence(18, 28), []int{33}, sequence(40, 47)) // forward, backward, of an auxiliary input
	return map[tflite.BuiltinOperator]hybridRule{
		tflite.BuiltinOperatorFULLY_CONNECTED:              {inputs: []int{1}, axis: -1, version: 9},
		tflite.BuiltinOperatorCONV_2D:                      {inputs: []int{1}, axis: 0, version: 5},
		tflite.BuiltinOperatorDEPTHWISE_CONV_2D:            {inputs: []int{1}, axis: 3, version: 6},
		tflite.BuiltinOperatorBATCH_MATMUL:                 {inputs: []int{1}, axis: -1, version: 4},
		tflite.BuiltinOperatorSVDF:                         {inputs: []int{1, 2}, axis: -1, version: 4, all: true},
		tflite.BuiltinOperatorRNN:                          {inputs: []int{1, 2}, axis: -1, version: 3, all: true},
		tflite.BuiltinOperatorUNIDIRECTIONAL_SEQUENCE_RNN:  {inputs: []int{1, 2}, axis: -1, version: 3, all: true},
		tflite.BuiltinOperatorLSTM:                         {inputs: lstm, axis: -1, version: 4, all: true},
		tflite.BuiltinOperatorUNIDIRECTIONAL_SEQUENCE_LSTM: {inputs: lstm, axis: -1, version: 3, all: true},
		tflite.BuiltinOperatorBIDIRECTIONAL_SEQUENCE_RNN:   {inputs: []int{1, 2, 5, 6, 10, 11}, axis: -1, version: 3, all: true},
		tflite.BuiltinOperatorBIDIRECTIONAL_SEQUENCE_LSTM:  {inputs: both, axis: -1, version: 3, all: true},
		tflite.BuiltinOperatorEMBEDDING_LOOKUP:             {inputs: []int{1}, axis: -1, version: 3},
		tflite.BuiltinOperatorTRANSPOSE_CONV:               {inputs: []int{1}, axis: -1, plain: true},
		tflite.BuiltinOperatorCONV_3D:                      {inputs: []int{1}, axis: -1, plain: true},
	}
}

// dynamizer stores the weights of one subgraph.
type dynamizer struct {
	config DynamicConfig
	hybrid bool
	m      *edit.Model
	g      *edit.Graph
	r      *Report
	bits   map[*tflite.OperatorT]int // of nodeBits
}

// wish is how one node would have a constant.
type wish struct {
	axis, version int32
	kernel        bool
}

func (d *dynamizer) run() error {
	wishes := map[edit.Use]wish{}
	d.bits = map[*tflite.OperatorT]int{}
	for i, op := range d.g.Operators {
		if d.config.nodeBits != nil {
			bits, ok := d.config.nodeBits[nodePlace{d.g.Index, i}]
			if !ok {
				continue
			}
			d.bits[op] = bits
		}
		d.wishes(op, wishes)
	}
	for _, t := range floatConstants(d.g) {
		if err := d.constant(t, wishes); err != nil {
			return err
		}
	}
	if d.hybrid && d.config.nodes == nil && d.config.nodeBits == nil {
		return d.gathers()
	}
	return nil
}

// wishes records what a node wants of its weights.
func (d *dynamizer) wishes(op *tflite.OperatorT, wishes map[edit.Use]wish) {
	rule, ok := hybridRules()[d.m.Code(op)]
	if !ok || d.config.nodes != nil && !d.config.nodes(d.g, op) {
		return
	}
	found := map[edit.Use]wish{}
	total := int64(0)
	for _, i := range rule.inputs {
		if i < len(op.Inputs) && d.g.IsFloat(op.Inputs[i]) {
			total += d.g.Elements(op.Inputs[i])
		}
	}
	for _, i := range rule.inputs {
		if i >= len(op.Inputs) || op.Inputs[i] < 0 {
			continue
		}
		t := op.Inputs[i]
		x := d.g.Tensors[t]
		reason := ""
		switch {
		case !d.g.IsFloat(t):
			continue
		case !d.g.IsConstant(t):
			reason = "weights are computed"
		case x.Sparsity != nil:
			reason = "stored sparsely"
		case rule.all && total < int64(d.config.MinElements):
			reason = fmt.Sprintf("%d elements in all weights of the node, fewer than %d", total, d.config.MinElements)
		case !rule.all && d.g.Elements(t) < int64(d.config.MinElements):
			reason = fmt.Sprintf("%d elements, fewer than %d", d.g.Elements(t), d.config.MinElements)
		case d.config.Match != nil && !d.config.Match.MatchString(x.Name):
			reason = "not selected"
		}
		if reason != "" {
			d.r.skip(d.g.Index, x.Name, "%s", reason)
			if rule.all {
				return
			}
			continue
		}
		found[edit.Use{Op: op, Input: i}] = wish{rule.axis, rule.version, d.hybrid && !rule.plain && d.hasKernel(op)}
	}
	for u, w := range found {
		wishes[u] = w
	}
}

// hasKernel reports whether the node's other tensors are what the hybrid kernel takes.
func (d *dynamizer) hasKernel(op *tflite.OperatorT) bool {
	if len(op.Inputs) == 0 || len(op.Outputs) == 0 || !d.g.IsFloat(op.Outputs[0]) {
		return false
	}
	if d.m.Code(op) == tflite.BuiltinOperatorBATCH_MATMUL {
		// The kernel wants the constant transposed or not as it stands; both are float otherwise.
		return d.g.IsFloat(op.Inputs[0])
	}
	return true
}

// constant stores tensor t, if all who read it can use it so.
func (d *dynamizer) constant(t int32, wishes map[edit.Use]wish) error {
	uses := d.g.UsesOf(t)
	var first *wish
	hybrid := !d.g.IsOutput(t)
	for _, u := range uses {
		w, ok := wishes[u]
		if !ok {
			hybrid = false
			continue
		}
		if first == nil {
			first = &w
		}
		hybrid = hybrid && w.kernel && w.axis == first.axis
	}
	if first == nil {
		return nil
	}
	values, err := d.g.Floats(t)
	if err != nil {
		return err
	}
	x := d.g.Tensors[t]
	s := d.formatOf(uses, x, first.axis, hybrid)
	var action string
	var stored *tflite.TensorT
	var sqnr Decibel
	if s.block > 0 {
		stored, sqnr = d.blocks(x, values, s.block, d.config.Grids.of(d.g, t))
		action = fmt.Sprintf("int4 in blocks of %d", s.block)
	} else {
		w := quantizeWeights(values, x.Shape, s.axis, weightGrid{bits: s.bits, clip: d.config.Clip, fixed: d.config.Grids.of(d.g, t), entropy: d.entropy(s.bits)})
		copied := *x
		stored = &copied
		stored.Shape = slices.Clone(x.Shape)
		stored.Type = map[int]tflite.TensorType{8: tflite.TensorTypeINT8, 4: tflite.TensorTypeINT4, 2: tflite.TensorTypeINT2}[s.bits]
		stored.Buffer = d.m.AddBuffer(w.bytes(s.bits))
		stored.Quantization = &tflite.QuantizationParametersT{Scale: w.scale, ZeroPoint: make([]int64, len(w.scale)), QuantizedDimension: max(s.axis, 0)}
		action, sqnr = fmt.Sprintf("int%d", s.bits), w.sqnr
		if s.axis >= 0 {
			action += fmt.Sprintf(" per axis %d", s.axis)
		}
	}
	if !hybrid {
		action += " behind DEQUANTIZE"
	}
	d.r.Changes = append(d.r.Changes, TensorChange{
		Subgraph: d.g.Index, Tensor: x.Name, Operator: readers(d.g, t), Action: action, Elements: int64(len(values)),
		BytesBefore: int64(len(d.g.Data(t))), BytesAfter: int64(len(d.m.Buffers[stored.Buffer].Data)), SQNR: sqnr,
	})
	if !hybrid {
		stored.Name += "_quantized"
		behindDequantize(d.g, t, stored, dequantizeVersion(s))
		return nil
	}
	n := d.g.AddTensor(stored)
	for _, u := range uses {
		u.Op.Inputs[u.Input] = n
		d.m.RaiseVersion(u.Op, s.version(d.m.Code(u.Op), wishes[u].version))
		asymmetricInputs(u.Op)
	}
	return nil
}

// storage is how a constant is stored.
type storage struct {
	bits, block int
	axis        int32
}

// formatOf chooses the storage: few bits only where every node that reads the constant has a kernel for them.
func (d *dynamizer) formatOf(uses []edit.Use, x *tflite.TensorT, axis int32, hybrid bool) storage {
	s := storage{bits: 8, axis: axis}
	bits := d.config.Bits
	if d.config.nodeBits != nil {
		bits = 0
		for _, u := range uses {
			bits = max(bits, d.bits[u.Op])
		}
	}
	narrow, dense, rows := bits < 8, true, true
	for _, u := range uses {
		code := d.m.Code(u.Op)
		dense = dense && code == tflite.BuiltinOperatorFULLY_CONNECTED
		rows = rows && (code == tflite.BuiltinOperatorFULLY_CONNECTED || code == tflite.BuiltinOperatorEMBEDDING_LOOKUP)
		narrow = narrow && (rows || code == tflite.BuiltinOperatorCONV_2D)
	}
	if narrow {
		s.bits = bits
	}
	if axis < 0 && (rows && narrow || dense && d.config.PerChannelFC) {
		s.axis = 0
	}
	if narrow && dense && hybrid && inBlocks(tflite.BuiltinOperatorFULLY_CONNECTED, x, d.config.BlockSize) {
		s.block = d.config.BlockSize
	}
	return s
}

// version is the operator's version with such weights; hybrid is that with int8 weights.
func (s storage) version(code tflite.BuiltinOperator, hybrid int32) int32 {
	embedding := code == tflite.BuiltinOperatorEMBEDDING_LOOKUP
	switch {
	case embedding && s.bits == 2:
		return 5
	case embedding && s.bits == 4:
		return 4
	case code != tflite.BuiltinOperatorFULLY_CONNECTED:
		return hybrid
	case s.bits == 2:
		return 14
	case s.axis >= 0:
		return 12
	}
	return hybrid
}

// dequantizeVersion is the version of DEQUANTIZE that reads such a constant: 2 int8, 5 per axis, 6 int4, 7 int2.
func dequantizeVersion(s storage) int32 {
	switch {
	case s.bits == 2:
		return 7
	case s.bits == 4:
		return 6
	case s.axis >= 0:
		return 5
	}
	return 2
}
