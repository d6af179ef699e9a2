package compress_test

import (
	"context"
	"encoding/binary"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema/tflite"
)

// normalized is x*gamma + beta -> dense, with one channel whose gamma is large.
func normalized(activation tflite.ActivationFunctionType) *network {
	n := newNetwork(1, 32)
	n.node(tflite.BuiltinOperatorMUL, []int32{n.floats("gamma", 32)}, tflite.BuiltinOptionsMulOptions, &tflite.MulOptionsT{}, 1, 32)
	n.node(tflite.BuiltinOperatorADD, []int32{n.floats("beta", 32)}, tflite.BuiltinOptionsAddOptions,
		&tflite.AddOptionsT{FusedActivationFunction: activation}, 1, 32)
	for _, x := range n.g.Tensors {
		if x.Name == "gamma" {
			binary.LittleEndian.PutUint32(n.m.Buffers[x.Buffer].Data[4*5:], math.Float32bits(500))
		}
	}
	n.dense("w", 24)
	w := n.m.Buffers[n.g.Tensors[n.g.Operators[2].Inputs[1]].Buffer].Data
	for row := range 24 { // what it is multiplied by is small
		at := w[4*(32*row+5):]
		binary.LittleEndian.PutUint32(at, math.Float32bits(math.Float32frombits(binary.LittleEndian.Uint32(at))/500))
	}
	return n
}

func TestSmooth(t *testing.T) {
	f := normalized(tflite.ActivationFunctionTypeNONE).file()
	it := interpret(t, f)
	set := smooth(it, 24, 1, -1, 1)
	out, report, err := compress.Smooth(context.Background(), f, set, compress.SmoothConfig{})
	require.NoError(t, err)
	require.Len(t, report.Changes, 1)
	want := outputs(t, it, set)
	requireClose(t, want, outputs(t, interpret(t, out), set))

	gamma, _ := constantOf(t, f, "gamma")
	beta, _ := constantOf(t, f, "beta")
	w, _ := constantOf(t, f, "w")
	folded, _ := constantOf(t, out, "gamma")
	for j := range 32 {
		x, most := 0.0, 0.0
		for i := range set.Len {
			s, err := set.Sample(i)
			require.NoError(t, err)
			x = max(x, math.Abs(float64(s.Inputs[0].Floats[j]*gamma[j]+beta[j])))
		}
		for row := range 24 {
			most = max(most, math.Abs(float64(w[row*32+j])))
		}
		require.InEpsilon(t, float64(gamma[j])/(math.Sqrt(x)/math.Sqrt(most)), float64(folded[j]), 1e-4, "channel %d", j)
	}
	quality := func(smoothed bool) float64 {
		q := f
		if smoothed {
			q = out
		}
		q, _, err := compress.Integer(context.Background(), q, set, compress.IntegerConfig{})
		require.NoError(t, err)
		return float64(compress.SQNR(want, outputs(t, interpret(t, q), set)))
	}
	before, after := quality(false), quality(true)
	t.Logf("int8: %.1f -> %.1f dB", before, after)
	require.Greater(t, after, before+10)
}

func TestSmoothRefusals(t *testing.T) {
	n := normalized(tflite.ActivationFunctionTypeRELU)
	f := n.file()
	set := smooth(interpret(t, f), 2, 1, -1, 1)
	_, report, err := compress.Smooth(context.Background(), f, set, compress.SmoothConfig{})
	require.NoError(t, err)
	require.Empty(t, report.Changes, "an activation is in between")
	require.Len(t, report.Warnings, 1)
	n = normalized(tflite.ActivationFunctionTypeNONE)
	f = n.file()
	f.Model.Subgraphs[0].Outputs = append(f.Model.Subgraphs[0].Outputs, n.g.Operators[0].Outputs[0])
	_, report, err = compress.Smooth(context.Background(), f, set, compress.SmoothConfig{})
	require.NoError(t, err)
	require.Empty(t, report.Changes)
	require.Contains(t, report.Skipped[0].Reason, "is read elsewhere too")
	for _, alpha := range []float64{-1, 2, math.NaN()} {
		_, _, err = compress.Smooth(context.Background(), f, set, compress.SmoothConfig{Alpha: alpha})
		require.ErrorIs(t, err, ops.ErrValue)
	}
	_, _, err = compress.Smooth(context.Background(), f, nil, compress.SmoothConfig{})
	require.ErrorIs(t, err, ops.ErrValue)
}

// TestSmoothSensor has layer normalization as converters write it: gamma and beta reach the sum by two ways.
func TestSmoothSensor(t *testing.T) {
	f := sensorModel(t, "sensor_transformer.tflite")
	it := interpret(t, f)
	set, test := smooth(it, 32, 1, -2, 2), smooth(it, 16, 2, -2, 2)
	out, report, err := compress.Smooth(context.Background(), f, set, compress.SmoothConfig{})
	require.NoError(t, err)
	require.NotEmpty(t, report.Changes)
	want := outputs(t, it, test)
	requireClose(t, want, outputs(t, interpret(t, out), test))
	a, _, err := compress.Integer(context.Background(), f, set, compress.IntegerConfig{})
	require.NoError(t, err)
	b, _, err := compress.Integer(context.Background(), out, set, compress.IntegerConfig{})
	require.NoError(t, err)
	t.Logf("%d places; int8 %.1f -> %.1f dB", len(report.Changes),
		float64(compress.SQNR(want, outputs(t, interpret(t, a), test))), float64(compress.SQNR(want, outputs(t, interpret(t, b), test))))
}
