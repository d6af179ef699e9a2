package compress_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/compress/calibrate"
	"github.com/litewren/litewren/compress/internal/recurrenttest"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// codes lists the operators of a model's primary subgraph.
func codes(f *schema.File) (list []tflite.BuiltinOperator) {
	for _, op := range f.Model.Subgraphs[0].Operators {
		list = append(list, schema.EffectiveCode(f.Model.OperatorCodes[op.OpcodeIndex]))
	}
	return list
}

// largest returns the index of the largest value of each row.
func largest(values []float32, row int) (list []int) {
	for ; len(values) > 0; values = values[row:] {
		best := 0
		for i, v := range values[:row] {
			if v > values[best] {
				best = i
			}
		}
		list = append(list, best)
	}
	return list
}

func agreement(a, b []int) float64 {
	same := 0
	for i := range a {
		if a[i] == b[i] {
			same++
		}
	}
	return float64(same) / float64(len(a))
}

// TestIntegerLSTMBesideGoogle: at least as close to the float model as the file that Google's converter made.
func TestIntegerLSTMBesideGoogle(t *testing.T) {
	f := open(t, "tflm_mnist_lstm_f32")
	it, twin := interpret(t, f), interpret(t, open(t, "tflm_mnist_lstm_int8"))
	small, report, err := compress.Integer(context.Background(), f, smooth(it, 256, 1, 0, 1), compress.IntegerConfig{
		Interface: compress.Int8Interface, Clip: compress.ClipMSE,
	})
	require.NoError(t, err)
	require.Empty(t, report.Skipped)
	require.Equal(t, []tflite.BuiltinOperator{
		tflite.BuiltinOperatorUNIDIRECTIONAL_SEQUENCE_LSTM, tflite.BuiltinOperatorRESHAPE, tflite.BuiltinOperatorFULLY_CONNECTED, tflite.BuiltinOperatorSOFTMAX,
	}, codes(small))
	test := smooth(it, 200, 2, 0, 1)
	want := outputs(t, it, test)
	ours, google := outputs(t, interpret(t, small), test), outputs(t, twin, test)
	classes := largest(want, 10)
	t.Logf("%d -> %d bytes; SQNR %.1f dB, Google's %.1f dB; agreement %.3f, Google's %.3f", report.Before.File, report.After.File,
		float64(compress.SQNR(want, ours)), float64(compress.SQNR(want, google)), agreement(classes, largest(ours, 10)), agreement(classes, largest(google, 10)))
	require.GreaterOrEqual(t, float64(compress.SQNR(want, ours)), float64(compress.SQNR(want, google)))
	require.GreaterOrEqual(t, agreement(classes, largest(ours, 10)), agreement(classes, largest(google, 10)))
}

// TestIntegerSensorLSTM: two LSTMs, one behind the other, and what stands between them, all integer.
func TestIntegerSensorLSTM(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "testdata", "models", "sensor_lstm.tflite"))
	require.NoError(t, err)
	f, err := schema.Decode(b, schema.Limits{})
	require.NoError(t, err)
	it := interpret(t, f)
	for _, method := range []calibrate.Method{calibrate.MinMax, calibrate.MSE} {
		small, report, err := compress.Integer(context.Background(), f, smooth(it, 100, 1, -2, 2), compress.IntegerConfig{Method: method})
		require.NoError(t, err)
		require.Empty(t, report.Skipped)
		test := smooth(it, 50, 2, -2, 2)
		want, got := outputs(t, it, test), outputs(t, interpret(t, small), test)
		row := it.Output(0).Shape[it.Output(0).Shape.Rank()-1]
		t.Logf("%s: %d -> %d bytes; SQNR %.1f dB, agreement %.3f", method, report.Before.File, report.After.File,
			float64(compress.SQNR(want, got)), agreement(largest(want, row), largest(got, row)))
		require.Greater(t, float64(compress.SQNR(want, got)), 15.0, method)
		require.Less(t, float64(report.After.File), 0.33*float64(report.Before.File))
	}
}

// TestIntegerRecurrentInterfaces: float input and output around an LSTM, state kept, and the reasons for what stays float.
func TestIntegerRecurrentInterfaces(t *testing.T) {
	f := recurrenttest.LSTM{Batch: 1, Steps: 6, Depth: 8, Cells: 12, Units: 12, InputNode: true, Seed: 4}.File()
	set := recurrenttest.Samples(f, 50, 1)
	for _, face := range []compress.Interface{compress.FloatInterface, compress.Int8Interface, compress.Uint8Interface} {
		small, report, err := compress.Integer(context.Background(), f, set, compress.IntegerConfig{Interface: face})
		require.NoError(t, err)
		require.Empty(t, report.Skipped)
		fresh := recurrenttest.Samples(f, 10, 2)
		got := compress.SQNR(outputs(t, interpret(t, f), fresh), outputs(t, interpret(t, small), fresh))
		require.Greater(t, float64(got), 24.0, face)
	}
	for _, face := range []compress.Interface{compress.FloatInterface, compress.Int16Interface} {
		wide, report, err := compress.Integer(context.Background(), f, set, compress.IntegerConfig{Activations: 16, Interface: face})
		require.NoError(t, err)
		require.Empty(t, report.Skipped)
		require.Contains(t, codes(wide), tflite.BuiltinOperatorUNIDIRECTIONAL_SEQUENCE_LSTM)
		require.Less(t, report.After.Constants, report.Before.Constants/2)
		fresh := recurrenttest.Samples(f, 10, 2)
		got := compress.SQNR(outputs(t, interpret(t, f), fresh), outputs(t, interpret(t, wide), fresh))
		require.Greater(t, float64(got), 26.0, face)
	}

	rnn := recurrenttest.RNN{Batch: 1, Steps: 3, Depth: 4, Units: 5}.File()
	_, report, err := compress.Integer(context.Background(), rnn, recurrenttest.Samples(rnn, 4, 1), compress.IntegerConfig{})
	require.NoError(t, err)
	require.Len(t, report.Skipped, 2)
	require.Contains(t, report.Skipped[0].Reason, "dynamic range")
	require.Contains(t, report.Skipped[1].Reason, "45 elements in all weights of the node")

	// Weights of 16 bits are widened first.
	half, _, err := compress.Float16(f, compress.Float16Config{})
	require.NoError(t, err)
	small, report, err := compress.Integer(context.Background(), half, set, compress.IntegerConfig{})
	require.NoError(t, err)
	require.Empty(t, report.Skipped)
	fresh := recurrenttest.Samples(f, 10, 2)
	require.Greater(t, float64(compress.SQNR(outputs(t, interpret(t, f), fresh), outputs(t, interpret(t, small), fresh))), 24.0)
}

// TestIntegerDeclared: ranges that the file states, those of the inside of the cell too, do without samples.
func TestIntegerDeclared(t *testing.T) {
	f := recurrenttest.LSTM{Batch: 1, Steps: 6, Depth: 8, Cells: 12, Units: 7, Projection: true, Norm: true, Seed: 4}.File()
	_, _, err := compress.Integer(context.Background(), f, nil, compress.IntegerConfig{})
	require.ErrorIs(t, err, calibrate.ErrNoSamples)
	set := recurrenttest.Samples(f, 50, 1)
	stats, err := calibrate.Run(context.Background(), f, set, calibrate.Config{})
	require.NoError(t, err)
	stated := f.Clone()
	g := stated.Model.Subgraphs[0]
	op := g.Operators[0]
	for i, x := range g.Tensors {
		if r, ok := stats.Range(0, i, calibrate.MinMax); ok {
			x.Quantization = &tflite.QuantizationParametersT{Min: []float32{r.Min}, Max: []float32{r.Max}}
		}
	}
	inside, ok := stats.Intermediates(0, int(op.Outputs[0]), calibrate.MinMax)
	require.True(t, ok)
	for _, r := range inside {
		g.Tensors = append(g.Tensors, &tflite.TensorT{
			Name: "inside", Shape: []int32{0}, Quantization: &tflite.QuantizationParametersT{Min: []float32{r.Min}, Max: []float32{r.Max}},
		})
		op.Intermediates = append(op.Intermediates, int32(len(g.Tensors)-1))
	}
	want, _, err := compress.Integer(context.Background(), f, set, compress.IntegerConfig{})
	require.NoError(t, err)
	got, _, err := compress.Integer(context.Background(), stated, nil, compress.IntegerConfig{})
	require.NoError(t, err)
	fresh := recurrenttest.Samples(f, 10, 2)
	require.Equal(t, outputs(t, interpret(t, want), fresh), outputs(t, interpret(t, got), fresh))
}

// TestRefusedRecurrent: what has no integer kernel gets int8 weights by dynamic range.
func TestRefusedRecurrent(t *testing.T) {
	for name, f := range map[string]*schema.File{
		"rnn":   recurrenttest.RNN{Batch: 1, Steps: 6, Depth: 40, Units: 48, Seed: 4}.File(),
		"svdf":  recurrenttest.SVDF{Batch: 1, Depth: 40, Units: 48, Rank: 2, Memory: 20, Activation: tflite.ActivationFunctionTypeNONE}.File(),
		"lstm":  recurrenttest.LSTM{Batch: 1, Steps: 6, Depth: 40, Cells: 48, Units: 40, Projection: true, Peepholes: true}.File(),
		"both":  recurrenttest.Bidirectional{Batch: 1, Steps: 6, Depth: 40, Units: 48, Seed: 5}.File(),
		"lstms": recurrenttest.Bidirectional{LSTM: true, Batch: 1, Steps: 6, Depth: 40, Units: 48, Seed: 6}.File(),
	} {
		t.Run(name, func(t *testing.T) {
			set := recurrenttest.Samples(f, 10, 1)
			for _, activations := range []int{8, 16} {
				small, report, err := compress.Integer(context.Background(), f, set, compress.IntegerConfig{Activations: activations})
				require.NoError(t, err)
				require.Len(t, report.Skipped, 1)
				require.Less(t, float64(report.After.Constants), 0.27*float64(report.Before.Constants))
				got := compress.SQNR(outputs(t, interpret(t, f), set), outputs(t, interpret(t, small), set))
				t.Logf("%.1f dB", got)
				require.Greater(t, float64(got), 35.0)
				if program := os.Getenv("LITEWREN_REFERENCE"); program != "" && activations == 8 {
					agree(t, program, small, 1e-3)
				}
				kept, _, err := compress.Integer(context.Background(), f, set, compress.IntegerConfig{Activations: activations, Keep: regexp.MustCompile(".")})
				require.NoError(t, err)
				require.Equal(t, outputs(t, interpret(t, f), set), outputs(t, interpret(t, kept), set))
			}
			stored, report, err := compress.Dynamic(f, compress.DynamicConfig{})
			require.NoError(t, err)
			require.Less(t, float64(report.After.Constants), 0.27*float64(report.Before.Constants))
			require.Greater(t, float64(compress.SQNR(outputs(t, interpret(t, f), set), outputs(t, interpret(t, stored), set))), 35.0)
		})
	}
}
