package compress

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/litewren/litewren/compress/dataset"
	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// CorrectBias takes the mean error that quantization gave the outputs of FULLY_CONNECTED and convolutions off their biases:
// rounded weights shift the mean of each channel, and that shift is the part of the error that a constant can undo
// (Nagel et al., Data-Free Quantization, 2019, section 4.2; here measured on samples). Layers are told by the names of their
// outputs, which quantizers keep, and corrected in execution order. Half of the samples measure
// means; the result is kept only if the model's outputs come closer to the original's on the other half, else the model is returned as it was with a warning.
func CorrectBias(ctx context.Context, original, quantized *schema.File, set *dataset.Set) (*schema.File, *Report, error) {
	const most = 128 // samples: means settle long before
	set, judge := halves(set.Limit(most))
	want, err := measureMeans(ctx, original, set)
	if err != nil {
		return nil, nil, fmt.Errorf("bias correction: %w", err)
	}
	report := &Report{Transform: "bias correction"}
	if report.Before, err = sizeOf(quantized); err != nil {
		return nil, nil, fmt.Errorf("bias correction: %w", err)
	}
	out := quantized.Clone()
	for _, name := range want.order {
		// Layers before this one are corrected already: what is left is its own error and what it makes of theirs.
		got, err := measureMeans(ctx, out, set)
		if err != nil {
			return nil, nil, fmt.Errorf("bias correction: %w", err)
		}
		next, step, err := transform(out, "bias correction", func(m *edit.Model, r *Report) error {
			g := m.Graph(0)
			for _, op := range g.Operators {
				if len(op.Outputs) == 1 && op.Outputs[0] >= 0 && strings.TrimSuffix(g.Tensors[op.Outputs[0]].Name, quantizedSuffix) == name {
					if err := correctNode(g, op, want.means[name], got.means[name], r); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
		if len(step.Changes) > 0 {
			out, report.Changes = next, append(report.Changes, step.Changes...)
		}
		report.After = step.After
	}
	if len(report.Changes) == 0 {
		report.After = report.Before
		return out, report, nil
	}
	before, err := outputError(ctx, original, quantized, judge)
	if err != nil {
		return nil, nil, err
	}
	after, err := outputError(ctx, original, out, judge)
	if err != nil {
		return nil, nil, err
	}
	if after >= before {
		n := len(report.Changes)
		report.Changes, report.After = nil, report.Before
		report.warn("correcting %d biases raises the squared error of the outputs from %.4g to %.4g: left as they were", n, before, after)
		return quantized.Clone(), report, nil
	}
	return out, report, nil
}

// halves splits a set into its even and its odd samples; a single sample is both.
func halves(s *dataset.Set) (even, odd *dataset.Set) {
	if s.Len < 2 {
		return s, s
	}
	return &dataset.Set{Len: (s.Len + 1) / 2, Sample: func(i int) (dataset.Sample, error) { return s.Sample(2 * i) }},
		&dataset.Set{Len: s.Len / 2, Sample: func(i int) (dataset.Sample, error) { return s.Sample(2*i + 1) }}
}

// channelMeans are the means of tensors over samples and all but the last dimension, by name.
type channelMeans struct {
	means map[string][]float64
	order []string
}

// quantizedSuffix is what quantizers add to the name of a tensor whose float form keeps it.
const quantizedSuffix = "_quantized"

// measureMeans runs a model on samples.
func measureMeans(ctx context.Context, f *schema.File, set *dataset.Set) (*channelMeans, error) {
	it, err := newPlainInterpreter(f)
	if err != nil {
		return nil, err
	}
	var order []string
	sums, counts := map[string][]float64{}, map[string]float64{}
	it.SetTap(func(n interpreter.Tapped) {
		if n.Subgraph != 0 || !strings.Contains("FULLY_CONNECTED CONV_2D DEPTHWISE_CONV_2D TRANSPOSE_CONV", n.Op) {
			return
		}
		for _, o := range n.Outputs {
			values, err := tensor.DequantizeFloat32(o, nil)
			if err != nil || len(o.Shape) == 0 || len(values) == 0 {
				continue
			}
			name := strings.TrimSuffix(o.Name, quantizedSuffix)
			channels := o.Shape[len(o.Shape)-1]
			if sums[name] == nil {
				sums[name] = make([]float64, channels)
				order = append(order, name)
			}
			if len(sums[name]) != channels {
				continue
			}
			for i, v := range values {
				sums[name][i%channels] += float64(v)
			}
			counts[name] += float64(len(values) / channels)
		}
	})
	if err := eachSample(ctx, it, set, nil); err != nil {
		return nil, err
	}
	for name, s := range sums {
		for i := range s {
			s[i] /= counts[name]
		}
	}
	return &channelMeans{sums, order}, nil
}

func newPlainInterpreter(f *schema.File) (*interpreter.Interpreter, error) {
	b, err := schema.Encode(f, schema.WithUnknownDropped())
	if err != nil {
		return nil, err
	}
	m, err := interpreter.Load(b)
	if err != nil {
		return nil, err
	}
	return interpreter.New(m, interpreter.WithoutRewrites())
}

// eachSample invokes a model on every sample and calls after, if not nil, behind each.
func eachSample(ctx context.Context, it *interpreter.Interpreter, set *dataset.Set, after func() error) error {
	for i := range set.Len {
		s, err := set.Sample(i)
		if err != nil {
			return err
		}
		it.ResetVariables()
		if err := s.Apply(it); err != nil {
			return err
		}
		if err := it.Invoke(ctx); err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		if after != nil {
			if err := after(); err != nil {
				return err
			}
		}
	}
	return nil
}

// outputError is the sum of squared differences of all outputs, each output's divided by its power.
func outputError(ctx context.Context, original, other *schema.File, set *dataset.Set) (float64, error) {
	a, err := newPlainInterpreter(original)
	if err != nil {
		return 0, err
	}
	b, err := newPlainInterpreter(other)
	if err != nil {
		return 0, err
	}
	collect := func(it *interpreter.Interpreter) ([][]float32, error) {
		var all [][]float32
		err := eachSample(ctx, it, set, func() error {
			for i := range it.Outputs() {
				if v, err := tensor.DequantizeFloat32(it.Output(i), nil); err == nil {
					all = append(all, v)
				}
			}
			return nil
		})
		return all, err
	}
	want, err := collect(a)
	if err != nil {
		return 0, err
	}
	got, err := collect(b)
	if err != nil {
		return 0, err
	}
	if len(want) != len(got) {
		return 0, fmt.Errorf("%d outputs, the original has %d: %w", len(got), len(want), interpreter.ErrShape)
	}
	outputs := max(a.Outputs(), 1)
	noise, power := make([]float64, outputs), make([]float64, outputs)
	for i := range want {
		if len(want[i]) != len(got[i]) {
			return 0, fmt.Errorf("output %d: %d elements, the original has %d: %w", i%outputs, len(got[i]), len(want[i]), interpreter.ErrShape)
		}
		for k, w := range want[i] {
			d := float64(got[i][k]) - float64(w)
			noise[i%outputs] += d * d
			power[i%outputs] += float64(w) * float64(w)
		}
	}
	sum := 0.0
	for i := range noise {
		if power[i] > 0 {
			sum += noise[i] / power[i]
		}
	}
	return sum, nil
}

// correctNode changes the bias of a node whose output has the means got where the original has want.
func correctNode(g *edit.Graph, op *tflite.OperatorT, a, b []float64, r *Report) error {
	at := map[tflite.BuiltinOperator]int{
		tflite.BuiltinOperatorFULLY_CONNECTED: 2, tflite.BuiltinOperatorCONV_2D: 2, tflite.BuiltinOperatorDEPTHWISE_CONV_2D: 2,
		tflite.BuiltinOperatorTRANSPOSE_CONV: 3,
	}[g.Model.Code(op)]
	if at == 0 || at >= len(op.Inputs) || len(op.Outputs) != 1 || !g.IsConstant(op.Inputs[at]) {
		return nil
	}
	t := op.Inputs[at]
	x := g.Tensors[t]
	n := int(g.Elements(t))
	if len(a) != n || len(b) != n || len(g.UsesOf(t)) != 1 {
		return nil
	}
	values, err := g.Floats(t)
	if err != nil {
		return err
	}
	most := 0.0
	for i := range values {
		d := a[i] - b[i]
		most = max(most, math.Abs(d))
		values[i] += float32(d)
	}
	if most == 0 {
		return nil
	}
	var data []byte
	scale := func(i int) float64 { return float64(x.Quantization.Scale[min(i, len(x.Quantization.Scale)-1)]) }
	switch {
	case x.Type == tflite.TensorTypeFLOAT32:
		data = edit.FloatBytes(values)
	case x.Quantization == nil || len(x.Quantization.Scale) == 0:
		return nil
	case x.Type == tflite.TensorTypeINT32:
		for i, v := range values {
			data = binary.LittleEndian.AppendUint32(data, uint32(int32(roundClamp(float64(v)/scale(i), -math.MaxInt32, math.MaxInt32))))
		}
	case x.Type == tflite.TensorTypeINT64:
		for i, v := range values {
			const most = 1 << 39 // the sums of 16x8 kernels have 40 bits
			data = binary.LittleEndian.AppendUint64(data, uint64(roundClamp(float64(v)/scale(i), -most, most)))
		}
	default:
		return nil
	}
	changed := *x
	changed.Shape = slices.Clone(x.Shape)
	changed.Buffer = g.Model.AddBuffer(data)
	op.Inputs[at] = g.AddTensor(&changed)
	r.Changes = append(r.Changes, TensorChange{
		Subgraph: g.Index, Tensor: x.Name, Operator: g.Model.Name(op), Action: fmt.Sprintf("mean error of up to %.3g corrected", most),
		Elements: int64(n), BytesBefore: int64(len(data)), BytesAfter: int64(len(data)), SQNR: Decibel(math.NaN()),
	})
	return nil
}
