package compress

import (
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/compress/calibrate"
	"github.com/litewren/litewren/compress/dataset"
	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/compress/internal/recurrenttest"
	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// quantizeOnlyNode makes the single node of a recurrent model integer, with INT8 input and output.
func quantizeOnlyNode(t *testing.T, f *schema.File, set *dataset.Set) *schema.File {
	t.Helper()
	stats, err := calibrate.Run(context.Background(), f, set, calibrate.Config{KeepState: true})
	require.NoError(t, err)
	m, err := edit.Open(f)
	require.NoError(t, err)
	g := m.Graph(0)
	op := g.Operators[0]
	require.Empty(t, refuseRecurrent(g, op))
	for _, i := range []int32{op.Inputs[0], op.Outputs[0]} {
		r, ok := stats.Range(0, int(i), calibrate.MinMax)
		require.True(t, ok)
		lo, hi := min(float64(r.Min), 0), max(float64(r.Max), 0)
		scale := (hi - lo) / 255
		zero := int64(math.Round(-128 - lo/scale))
		if i == op.Outputs[0] && m.Code(op) != tflite.BuiltinOperatorSVDF && op.Inputs[lstmProjection] < 0 {
			scale, zero = lstmRowScale(r), 0
		}
		g.Tensors[i].Type = tflite.TensorTypeINT8
		g.Tensors[i].Quantization = &tflite.QuantizationParametersT{Scale: []float32{float32(scale)}, ZeroPoint: []int64{zero}}
	}
	changes, err := integerRecurrent(g, op, op.Outputs[0], stats, IntegerConfig{})
	require.NoError(t, err)
	for _, c := range changes {
		require.Greater(t, float64(c.SQNR), 30.0, "%+v", c)
		require.LessOrEqual(t, c.BytesAfter, c.BytesBefore)
	}
	out, err := m.File()
	require.NoError(t, err)
	return out
}

func newInterpreter(t *testing.T, f *schema.File) *interpreter.Interpreter {
	t.Helper()
	b, err := schema.Encode(f)
	require.NoError(t, err)
	m, err := interpreter.Load(b)
	require.NoError(t, err)
	it, err := interpreter.New(m)
	require.NoError(t, err)
	return it
}

// run returns the real values of output 0 for the samples, one after the other, states kept.
func runAll(t *testing.T, it *interpreter.Interpreter, set *dataset.Set) []float32 {
	t.Helper()
	var all []float32
	for i := range set.Len {
		s, err := set.Sample(i)
		require.NoError(t, err)
		require.NoError(t, s.Apply(it))
		require.NoError(t, it.Invoke(context.Background()))
		v, err := tensor.DequantizeFloat32(it.Output(0), nil)
		require.NoError(t, err)
		all = append(all, v...)
	}
	return all
}

func lstmVariants() map[string]recurrenttest.LSTM {
	plain := recurrenttest.LSTM{Batch: 2, Steps: 9, Depth: 12, Cells: 16, Units: 16, Seed: 1}
	list := map[string]recurrenttest.LSTM{"plain": plain}
	add := func(name string, change func(*recurrenttest.LSTM)) {
		v := plain
		v.Seed = uint64(len(list) + 1)
		change(&v)
		list[name] = v
	}
	add("time major", func(v *recurrenttest.LSTM) { v.TimeMajor = true })
	add("coupled", func(v *recurrenttest.LSTM) { v.Coupled = true })
	add("peepholes", func(v *recurrenttest.LSTM) { v.Peepholes, v.CellClip = true, 1.5 })
	add("projection", func(v *recurrenttest.LSTM) { v.Projection, v.Units, v.Bias, v.ProjClip = true, 10, true, 1.2 })
	add("projection without bias", func(v *recurrenttest.LSTM) { v.Projection, v.Units = true, 10 })
	add("norm", func(v *recurrenttest.LSTM) { v.Norm = true })
	add("norm and projection", func(v *recurrenttest.LSTM) { v.Norm, v.Projection, v.Units = true, true, 8 })
	add("norm, coupled, peepholes", func(v *recurrenttest.LSTM) { v.Norm, v.Coupled, v.Peepholes = true, true, true })
	add("step", func(v *recurrenttest.LSTM) { v.Steps = 0 })
	add("step, norm", func(v *recurrenttest.LSTM) { v.Steps, v.Norm = 0, true })
	return list
}

// TestIntegerLSTM: int8 outputs have half a step of error, 8-bit weights and inputs some more: 24 dB of signal over noise is what
// remains of the 30 to 40 dB of each.
func TestIntegerLSTM(t *testing.T) {
	for name, v := range lstmVariants() {
		t.Run(name, func(t *testing.T) {
			f := v.File()
			small := quantizeOnlyNode(t, f, recurrenttest.Samples(f, 64, 7))
			fresh := recurrenttest.Samples(f, 3, 8)
			got := SQNR(runAll(t, newInterpreter(t, f), fresh), runAll(t, newInterpreter(t, small), fresh))
			t.Logf("%.1f dB", got)
			require.Greater(t, float64(got), 24.0)
			compareWithReference(t, small, fresh, 0)
		})
	}
}

func TestIntegerSVDF(t *testing.T) {
	for name, v := range map[string]recurrenttest.SVDF{
		"rank 1": {Batch: 2, Depth: 20, Units: 12, Rank: 1, Memory: 6, Bias: true},
		"rank 2": {Batch: 1, Depth: 9, Units: 7, Rank: 2, Memory: 10, Seed: 3},
	} {
		t.Run(name, func(t *testing.T) {
			v.Activation = tflite.ActivationFunctionTypeRELU
			f := v.File()
			samples := recurrenttest.Samples(f, 100, 7)
			stats, err := calibrate.Run(context.Background(), f, samples, calibrate.Config{KeepState: true})
			require.NoError(t, err)
			out, ok := stats.Range(0, int(f.Model.Subgraphs[0].Outputs[0]), calibrate.MinMax)
			require.True(t, ok)
			require.Greater(t, out.Max, float32(0.5), "the memory fills")
			small := quantizeOnlyNode(t, f, samples)
			fresh := recurrenttest.Samples(f, 30, 8)
			got := SQNR(runAll(t, newInterpreter(t, f), fresh), runAll(t, newInterpreter(t, small), fresh))
			t.Logf("%.1f dB", got)
			require.Greater(t, float64(got), 28.0)
			require.EqualValues(t, 3, small.Model.OperatorCodes[0].Version)
			compareWithReference(t, small, fresh, 0)
		})
	}
}

// compareWithReference runs a model of one INT8 input and output in Google's runtime and wants the same values up to a
// tolerance, sample after sample. LITEWREN_REFERENCE names the runner; see TestReference.
func compareWithReference(t *testing.T, f *schema.File, set *dataset.Set, tolerance int) {
	t.Helper()
	program := os.Getenv("LITEWREN_REFERENCE")
	if program == "" {
		return
	}
	b, err := schema.Encode(f)
	require.NoError(t, err)
	work := t.TempDir()
	path := filepath.Join(work, "model.tflite")
	require.NoError(t, os.WriteFile(path, b, 0o600))
	it := newInterpreter(t, f)
	var want [][]byte
	for i := range set.Len {
		s, err := set.Sample(i)
		require.NoError(t, err)
		require.NoError(t, s.Apply(it))
		suffix := ""
		if i > 0 {
			suffix = fmt.Sprintf(".s%d", i)
		}
		require.NoError(t, os.WriteFile(filepath.Join(work, "input_0"+suffix+".bin"), it.Input(0).Bytes(), 0o600))
		require.NoError(t, it.Invoke(context.Background()))
		want = append(want, append([]byte(nil), it.Output(0).Bytes()...))
	}
	log, err := exec.Command(program, "run", path, "--io", work, "--replay", "1", "--steps", fmt.Sprint(set.Len)).CombinedOutput()
	require.NoError(t, err, string(log))
	for i, w := range want {
		suffix := ""
		if i > 0 {
			suffix = fmt.Sprintf(".s%d", i)
		}
		got, err := os.ReadFile(filepath.Join(work, "output_0"+suffix+".bin"))
		require.NoError(t, err)
		different, most := 0, 0
		for k := range w {
			if d := int(int8(w[k])) - int(int8(got[k])); d != 0 {
				different, most = different+1, max(most, d, -d)
			}
		}
		require.LessOrEqual(t, most, tolerance, "sample %d: %d values of %d differ", i, different, len(w))
	}
}

// TestIntegerLSTMModelsInReference: whole models, bit for bit.
func TestIntegerLSTMModelsInReference(t *testing.T) {
	if os.Getenv("LITEWREN_REFERENCE") == "" {
		t.Skip("LITEWREN_REFERENCE is not set")
	}
	for name, tolerance := range map[string]int{
		"../../shared/models/tflm_mnist_lstm_f32.tflite": 0,
		"../testdata/models/sensor_lstm.tflite":          0,
	} {
		b, err := os.ReadFile(filepath.FromSlash(name))
		if os.IsNotExist(err) {
			continue
		}
		require.NoError(t, err)
		f, err := schema.Decode(b, schema.Limits{})
		require.NoError(t, err)
		set := recurrenttest.Samples(f, 20, 3)
		small, _, err := Integer(context.Background(), f, set, IntegerConfig{Interface: Int8Interface})
		require.NoError(t, err)
		compareWithReference(t, small, recurrenttest.Samples(f, 8, 4), tolerance)
	}
}

// TestWideLSTMRunsInReference: an LSTM among 16-bit activations, which it reads and writes as int8.
func TestWideLSTMRunsInReference(t *testing.T) {
	program := os.Getenv("LITEWREN_REFERENCE")
	if program == "" {
		t.Skip("LITEWREN_REFERENCE is not set")
	}
	f := lstmVariants()["norm and projection"].File()
	wide, _, err := Integer(context.Background(), f, recurrenttest.Samples(f, 20, 3), IntegerConfig{Activations: 16})
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "wide.tflite")
	require.NoError(t, schema.WriteFile(path, wide))
	log, err := exec.Command(program, "run", path).CombinedOutput()
	require.NoError(t, err, string(log))
}

func TestRecurrentRefusals(t *testing.T) {
	open := func(f *schema.File) (*edit.Graph, *tflite.OperatorT) {
		m, err := edit.Open(f)
		require.NoError(t, err)
		return m.Graph(0), m.Graph(0).Operators[0]
	}
	require.Contains(t, refuseRecurrent(open(recurrenttest.RNN{Batch: 1, Steps: 2, Depth: 3, Units: 4}.File())), "no integer kernel")
	require.Contains(t, refuseRecurrent(open(recurrenttest.SVDF{Batch: 1, Depth: 3, Units: 4, Rank: 1, Memory: 2}.File())), "RELU")
	plain := recurrenttest.LSTM{Batch: 1, Steps: 2, Depth: 3, Cells: 4, Units: 4}
	g, op := open(plain.File())
	require.Empty(t, refuseRecurrent(g, op))
	g.Tensors[op.Inputs[lstmCellState]].IsVariable = false
	require.Contains(t, refuseRecurrent(g, op), "cell state")
	g, op = open(plain.File())
	op.Inputs[lstmBiases+2] = -1
	require.Contains(t, refuseRecurrent(g, op), "input 14 is absent")
	g, op = open(plain.File())
	g.Tensors[op.Inputs[lstmWeights]].Buffer = 0
	require.Contains(t, refuseRecurrent(g, op), `"w input" is computed`)
	g, op = open(plain.File())
	op.BuiltinOptions.Value.(*tflite.UnidirectionalSequenceLSTMOptionsT).FusedActivationFunction = tflite.ActivationFunctionTypeRELU
	require.Contains(t, refuseRecurrent(g, op), "activation RELU")
	plain.Projection, plain.Units, plain.Peepholes = true, 3, true
	require.Contains(t, refuseRecurrent(open(plain.File())), "peepholes with a projection")
}

func TestCellScale(t *testing.T) {
	for most, want := range map[float32]float64{
		0: 0x1p-15, 0.9: 0x1p-15, 1: 0x1p-15, 1.01: 0x1p-14, 7.9: 0x1p-12, 10: 0x1p-11, 1e9: 0x1p-9,
	} {
		require.Equal(t, want, cellScale(calibrate.Range{Min: -most, Max: most / 2}), most)
	}
}
