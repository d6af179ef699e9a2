package compress_test

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// gaussian returns n normal values.
func gaussian(n int, seed uint64) []float32 {
	r := rand.New(rand.NewPCG(seed, 2))
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	return v
}

// sensorModel reads one of the models this project ships.
func sensorModel(t *testing.T, name string) *schema.File {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "testdata", "models", name))
	require.NoError(t, err)
	f, err := schema.Decode(b, schema.Limits{})
	require.NoError(t, err)
	return f
}

func TestFloat16Sensor(t *testing.T) {
	for _, name := range []string{"sensor_lstm.tflite", "sensor_transformer.tflite", "sensor_autoencoder.tflite"} {
		f := sensorModel(t, name)
		half, report, err := compress.Float16(f, compress.Float16Config{})
		require.NoError(t, err)
		it := interpret(t, f)
		set := smooth(it, 8, 1, -2, 2)
		got := float64(compress.SQNR(outputs(t, it, set), outputs(t, interpret(t, half), set)))
		ratio := float64(report.After.File) / float64(report.Before.File)
		t.Logf("%s: %.3fx, %.1f dB", name, ratio, got)
		require.Greater(t, got, 50.0, name)
		require.Less(t, ratio, 0.57, name)
		// Another time there is nothing left to do.
		again, report, err := compress.Float16(half, compress.Float16Config{})
		require.NoError(t, err)
		require.Empty(t, report.Changes)
		require.Len(t, again.Model.Subgraphs[0].Operators, len(half.Model.Subgraphs[0].Operators))
	}
}

func TestDynamicSensor(t *testing.T) {
	for _, name := range []string{"sensor_lstm.tflite", "sensor_transformer.tflite", "sensor_autoencoder.tflite"} {
		for _, x := range []struct {
			make  func(*schema.File, compress.DynamicConfig) (*schema.File, *compress.Report, error)
			c     compress.DynamicConfig
			least float64 // dB of outputs
		}{
			{compress.Dynamic, compress.DynamicConfig{}, 20},
			{compress.Dynamic, compress.DynamicConfig{PerChannelFC: true}, 20},
			{compress.WeightOnly, compress.DynamicConfig{}, 25},
			{compress.Dynamic, compress.DynamicConfig{Bits: 4, Clip: compress.ClipMSE}, 8},
		} {
			f := sensorModel(t, name)
			small, report, err := x.make(f, x.c)
			require.NoError(t, err)
			it := interpret(t, f)
			set := smooth(it, 8, 1, -2, 2)
			got := float64(compress.SQNR(outputs(t, it, set), outputs(t, interpret(t, small), set)))
			ratio := float64(report.After.File) / float64(report.Before.File)
			t.Logf("%s %s: %.3fx, %.1f dB", name, report.Transform, ratio, got)
			require.Greater(t, got, x.least, name)
			require.Less(t, ratio, 0.45, name) // the transformer has many small tensors that stay float
		}
	}
}

// TestGridSteps compares the error of weights with the theory: a step of s has a noise of s^2/12.
func TestGridSteps(t *testing.T) {
	values := gaussian(64*256, 1)
	f := dense(values, 64, 256)
	_, report, err := compress.WeightOnly(f, compress.DynamicConfig{Clip: compress.ClipNothing})
	require.NoError(t, err)
	most, power := 0.0, 0.0
	for _, v := range values {
		most = max(most, math.Abs(float64(v)))
		power += float64(v) * float64(v) / float64(len(values))
	}
	step := most / 127
	require.InDelta(t, 10*math.Log10(power/(step*step/12)), float64(report.Changes[0].SQNR), 0.2)
}

// TestDynamicNarrow checks 4 and 2 bits, by row and by block, and that clipping for the least error pays.
func TestDynamicNarrow(t *testing.T) {
	values := gaussian(64*256, 3)
	previous := math.Inf(1)
	for _, c := range []compress.DynamicConfig{
		{}, {PerChannelFC: true}, {Bits: 4, BlockSize: 32}, {Bits: 4}, {Bits: 2},
	} {
		f := dense(values, 64, 256)
		c.Clip = compress.ClipNothing
		plain, report, err := compress.Dynamic(f, c)
		require.NoError(t, err)
		c.Clip = compress.ClipMSE
		_, clipped, err := compress.Dynamic(f, c)
		require.NoError(t, err)
		a, b := float64(report.Changes[0].SQNR), float64(clipped.Changes[0].SQNR)
		t.Logf("%s (%s): %.1f dB, clipped %.1f dB, %d bytes", report.Transform, report.Changes[0].Action, a, b, report.After.File)
		require.GreaterOrEqual(t, b, a)
		if c.Bits == 2 {
			require.Greater(t, b, a+3)
		}
		if !c.PerChannelFC {
			require.Less(t, a, previous, "fewer bits, more error")
			previous = a
		}
		it := interpret(t, f)
		set := smooth(it, 4, 1, -1, 1)
		want, got := outputs(t, it, set), outputs(t, interpret(t, plain), set)
		require.Greater(t, float64(compress.SQNR(want, got)), a-6, "outputs are about as exact as weights")
	}
}

func TestDynamicShares(t *testing.T) {
	f := dense(gaussian(64*64, 1), 64, 64)
	g := f.Model.Subgraphs[0]
	// A second node with the same weights, and the weights as an output.
	second := *g.Operators[0]
	g.Tensors = append(g.Tensors, &tflite.TensorT{Name: "z", Shape: []int32{1, 64}})
	second.Inputs, second.Outputs = []int32{2, 1, -1}, []int32{3}
	g.Operators = append(g.Operators, &second)
	g.Outputs = []int32{3}
	out, report, err := compress.Dynamic(f, compress.DynamicConfig{})
	require.NoError(t, err)
	require.Len(t, report.Changes, 1)
	require.Equal(t, "int8", report.Changes[0].Action)
	require.Len(t, out.Model.Buffers, 2)

	g.Outputs = []int32{3, 1}
	out, report, err = compress.Dynamic(f, compress.DynamicConfig{})
	require.NoError(t, err)
	require.Equal(t, "int8 behind DEQUANTIZE", report.Changes[0].Action)
	require.Len(t, out.Model.Subgraphs[0].Operators, 3)
	interpret(t, out)
}

func TestDynamicRefusals(t *testing.T) {
	f := dense(gaussian(64*64, 1), 64, 64)
	for _, c := range []compress.DynamicConfig{{Bits: 3}, {Bits: 4, BlockSize: 7}, {BlockSize: 32}, {Clip: "some"}} {
		_, _, err := compress.Dynamic(f, c)
		require.ErrorIs(t, err, ops.ErrValue)
	}
	out, report, err := compress.Dynamic(dense(gaussian(16, 1), 4, 4), compress.DynamicConfig{})
	require.NoError(t, err)
	require.Empty(t, report.Changes)
	require.Len(t, report.Skipped, 1)
	interpret(t, out)
}
