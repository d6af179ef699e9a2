// SVDF: a dense layer of rank-limited filters over the last M inputs, kept in a variable.
//
//	inputs  x [B,I], features [F,I], time [F,M], bias [F/rank] (may be absent), state [B,F*M]
//	state[b,f] = (state[b,f,1:], dot(features[f], x[b]))
//	y[b,u]     = activation(bias[u] + sum over the rank filters f of unit u of dot(time[f], state[b,f]))
//
//	x, features, time, bias, state, y
//	FLOAT32, FLOAT32, FLOAT32, FLOAT32, FLOAT32, FLOAT32
//	FLOAT32, INT8|UINT8, INT8|UINT8|FLOAT32, FLOAT32, FLOAT32, FLOAT32    hybrid
//	INT8, INT8, INT16, INT32, INT16, INT8                                 RELU through the output's quantization only

package ops

import (
	"math"
	"slices"

	"github.com/litewren/litewren/ops/internal/fixedpoint"
	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var svdf = Op{
	Code: tflite.BuiltinOperatorSVDF, Name: "SVDF", MaxVersion: 4,
	Inputs: Exactly(5), Outputs: Exactly(1), Optional: []int{3}, Stateful: true,
	Types:   "FLOAT32; FLOAT32 x INT8, UINT8; INT8",
	Prepare: prepareSVDF,
}

// svdfNode is an SVDF whose shapes agree.
type svdfNode struct {
	*Node
	opts                                       *tflite.SVDFOptionsT
	batch, depth, filters, memory, rank, units int
}

func prepareSVDF(n *Node) (Eval, error) {
	opts, err := options[tflite.SVDFOptionsT](n)
	if err != nil {
		return nil, err
	}
	s := &svdfNode{Node: n, opts: opts, rank: int(opts.Rank)}
	if err := s.shapes(); err != nil {
		return nil, err
	}
	switch {
	case n.Input(0).Type == tensor.Float32 && n.Output(0).Type == tensor.Float32:
		return s.prepareFloat()
	case n.Input(0).Type == tensor.Int8 && n.Output(0).Type == tensor.Int8:
		return s.prepareInt8()
	}
	return nil, unsupportedTypes(n)
}

func (s *svdfNode) shapes() error {
	in, features, time := s.Input(0).Shape, s.Input(1).Shape, s.Input(2).Shape
	if len(in) != 2 || len(features) != 2 || len(time) != 2 {
		return invalidf("input, features and time weights: got shapes %v, %v and %v, want rank 2", in, features, time)
	}
	s.batch, s.depth, s.filters, s.memory = in[0], in[1], features[0], time[1]
	switch {
	case s.rank <= 0 || s.filters%s.rank != 0:
		return invalidf("rank %d does not divide %d filters", s.rank, s.filters)
	case features[1] != s.depth:
		return invalidf("features: got shape %v, want [%d,%d]", features, s.filters, s.depth)
	case time[0] != s.filters:
		return invalidf("time weights: got shape %v, want [%d,%d]", time, s.filters, s.memory)
	case s.memory == 0:
		return invalidf("time weights: got shape %v, want a memory of 1 or more", time)
	}
	s.units = s.filters / s.rank
	if bias := s.Input(3); bias != nil {
		if err := wantShape(bias, "bias", s.units); err != nil {
			return err
		}
	}
	if err := wantShape(s.Input(4), "state", s.batch, s.filters*s.memory); err != nil {
		return err
	}
	return s.SetOutput(0, tensor.Shape{s.batch, s.units})
}

func (s *svdfNode) prepareFloat() (Eval, error) {
	if err := wantState(s.Node, 4, "state", s.batch, s.filters*s.memory, tensor.Float32); err != nil {
		return nil, err
	}
	if err := wantFloat(s.Node, 3, "bias"); err != nil {
		return nil, err
	}
	features, err := newMatrix(s.Node, 1, "features", s.filters, s.depth, s.batch, s.opts.AsymmetricQuantizeInputs)
	if err != nil {
		return nil, err
	}
	time, err := dequantizedWeights(s.Node, 2, "time weights")
	if err != nil {
		return nil, err
	}
	activate, err := recurrentActivation(s.opts.FusedActivationFunction)
	if err != nil {
		return nil, err
	}
	x, err := newVectors(s.Node, s.batch, s.depth, features.hybrid, s.opts.AsymmetricQuantizeInputs)
	if err != nil {
		return nil, err
	}
	products, err := s.Scratch(tensor.Float32, s.batch, s.filters)
	if err != nil {
		return nil, err
	}
	in, bias, state, out := s.Input(0), s.Input(3), s.Input(4), s.Output(0)
	batch, units, memory, rank := s.batch, s.units, s.memory, s.rank
	width := s.filters * memory
	return func() error {
		features.load()
		w, p := time(), tensor.Data[float32](products)
		clear(p)
		x.load(tensor.Data[float32](in), batch)
		features.accumulate(p, x)
		all := tensor.Data[float32](state)
		f32.PushMemory(all, memory, p)
		y := tensor.Data[float32](out)
		for b := range batch {
			row := y[b*units : (b+1)*units]
			if bias != nil {
				copy(row, tensor.Data[float32](bias))
			} else {
				clear(row)
			}
			f32.ReduceMemory(row, all[b*width:(b+1)*width], w, memory, rank)
		}
		activate(y)
		return nil
	}, nil
}

func (s *svdfNode) prepareInt8() (Eval, error) {
	in, features, time, bias, state, out := s.Input(0), s.Input(1), s.Input(2), s.Input(3), s.Input(4), s.Output(0)
	if features.Type != tensor.Int8 || time.Type != tensor.Int16 || bias != nil && bias.Type != tensor.Int32 ||
		features.Sparsity != nil || time.Sparsity != nil {
		return nil, unsupportedTypes(s.Node)
	}
	if s.opts.FusedActivationFunction != tflite.ActivationFunctionTypeRELU {
		return nil, unsupportedf("activation %s with INT8, want RELU", s.opts.FusedActivationFunction)
	}
	if err := wantState(s.Node, 4, "state", s.batch, s.filters*s.memory, tensor.Int16); err != nil {
		return nil, err
	}
	scaleIn, zeroIn, err := perTensor(in, "input")
	if err != nil {
		return nil, err
	}
	scaleFeatures, err := storedScale(features, "features")
	if err != nil {
		return nil, err
	}
	scaleTime, err := storedScale(time, "time weights")
	if err != nil {
		return nil, err
	}
	scaleState, err := storedScale(state, "state")
	if err != nil {
		return nil, err
	}
	scaleOut, zeroOut, err := perTensor(out, "output")
	if err != nil {
		return nil, err
	}
	p := &q.SVDF{Depth: s.depth, Memory: s.memory, Rank: s.rank, State: q.NewFactor(float64(float32(scaleIn*scaleFeatures) / scaleState))}
	multiplier, shift := fixedpoint.QuantizeMultiplier(float64(float32(scaleState*scaleTime) / scaleOut))
	if shift > 31 {
		return nil, unsupportedf("scales: got an output factor of 2^%d", shift)
	}
	if err := s.Claim(int64(s.units), 5); err != nil {
		return nil, err
	}
	p.Out = &q.Channels{
		Multiplier: slices.Repeat([]int32{multiplier}, s.units), Shift: slices.Repeat([]int8{int8(shift)}, s.units),
		ZeroOut: zeroOut, Min: math.MinInt8, Max: math.MaxInt8,
	}
	sums, err := rowSums(s.Node, 1, s.filters, s.depth, func() []int8 { return tensor.Data[int8](features) })
	if err != nil {
		return nil, err
	}
	bases, err := s.Scratch(tensor.Int32, s.filters)
	if err != nil {
		return nil, err
	}
	accs, err := s.Scratch(tensor.Int32, s.filters) // or units, which are fewer
	if err != nil {
		return nil, err
	}
	products, err := s.Scratch(tensor.Int16, s.filters)
	if err != nil {
		return nil, err
	}
	batch, depth, units, width := s.batch, s.depth, s.units, s.filters*s.memory
	return func() error {
		var b []int32
		if bias != nil {
			b = tensor.Data[int32](bias)
		}
		x, y, all := tensor.Data[int8](in), tensor.Data[int8](out), tensor.Data[int16](state)
		w, t, base := tensor.Data[int8](features), tensor.Data[int16](time), tensor.Data[int32](bases)
		acc, fresh := tensor.Data[int32](accs), tensor.Data[int16](products)
		q.EffectiveBias(base, nil, sums(), -zeroIn)
		for i := range batch {
			row := all[i*width : (i+1)*width]
			p.Push(row, w, x[i*depth:(i+1)*depth], base, acc, fresh)
			p.Reduce(y[i*units:(i+1)*units], row, t, b, acc)
		}
		return nil
	}, nil
}
