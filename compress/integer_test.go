package compress_test

import (
	"context"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/compress/dataset"
	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/tensor"
)

// open reads a model of the shared collection, or skips the test.
func open(t *testing.T, name string) *schema.File {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "shared", "models", name+".tflite"))
	if os.IsNotExist(err) {
		t.Skip("the shared models are not here")
	}
	require.NoError(t, err)
	f, err := schema.Decode(b, schema.Limits{})
	require.NoError(t, err)
	return f
}

// interpret makes an interpreter of a model through its encoded form.
func interpret(t *testing.T, f *schema.File) *interpreter.Interpreter {
	t.Helper()
	b, err := schema.Encode(f)
	require.NoError(t, err)
	m, err := interpreter.Load(b)
	require.NoError(t, err)
	it, err := interpreter.New(m)
	require.NoError(t, err)
	return it
}

// smooth returns n samples for a model: sums of slow waves and noise from lo to hi, which resemble signals more than white
// noise does.
func smooth(it *interpreter.Interpreter, n int, seed uint64, lo, hi float64) *dataset.Set {
	r := rand.New(rand.NewPCG(seed, 1))
	samples := make([]dataset.Sample, n)
	for i := range samples {
		for k := range it.Inputs() {
			v := make([]float32, it.Input(k).Elements())
			a, b, c := r.Float64()*0.3, r.Float64()*6, r.Float64()
			for j := range v {
				x := 0.8*c*math.Sin(a*float64(j)+b) + 0.1*r.NormFloat64()
				v[j] = float32(min(max((hi+lo)/2+(hi-lo)/2*x, lo), hi))
			}
			samples[i].Inputs = append(samples[i].Inputs, dataset.Value{Floats: v})
		}
	}
	return dataset.Of(samples...)
}

// some is a number of samples: half with -short, which CI uses where an emulator runs the tests.
func some(n int) int {
	if testing.Short() {
		return (n + 1) / 2
	}
	return n
}

// first is all models, or with -short the first.
func first(models ...string) []string {
	if testing.Short() {
		return models[:1]
	}
	return models
}

// domain is the interval of real numbers that a quantized input can hold; -1 to 1 for a float one.
func domain(x *tensor.Tensor) (lo, hi float64) {
	if x.Quant == nil {
		return -1, 1
	}
	least, most := -128, 127
	if x.Type == tensor.Uint8 {
		least, most = 0, 255
	}
	scale, zero := float64(x.Quant.Scale[0]), int(x.Quant.ZeroPoint[0])
	return scale * float64(least-zero), scale * float64(most-zero)
}

// outputs runs a model on all samples and returns the real values of output 0.
func outputs(t *testing.T, it *interpreter.Interpreter, set *dataset.Set) []float32 {
	t.Helper()
	var all []float32
	for i := range set.Len {
		s, err := set.Sample(i)
		require.NoError(t, err)
		it.ResetVariables()
		require.NoError(t, s.Apply(it))
		require.NoError(t, it.Invoke(context.Background()))
		v, err := tensor.DequantizeFloat32(it.Output(0), nil)
		require.NoError(t, err)
		all = append(all, v...)
	}
	return all
}

// TestIntegerBesideGoogle quantizes float models that Google quantized too: ours must be at least as close to the float
// model. Inputs span what Google's model was calibrated for.
func TestIntegerBesideGoogle(t *testing.T) {
	for _, x := range []struct{ float, google string }{
		{"tiny_resnet8_f32", "tiny_resnet8_int8"},
		{"tiny_ad01_f32", "tiny_ad01_int8"},
		{"tiny_vww96_f32", "tiny_vww96_int8"},
		{"tflm_hello_f32", "tflm_hello_int8"},
	} {
		t.Run(x.float, func(t *testing.T) {
			f := open(t, x.float)
			it := interpret(t, f)
			twin := interpret(t, open(t, x.google))
			lo, hi := domain(twin.Input(0))
			q, report, err := compress.Integer(context.Background(), f, smooth(it, 256, 1, lo, hi), compress.IntegerConfig{})
			require.NoError(t, err)
			require.Empty(t, report.Skipped)
			test := smooth(it, 32, 2, lo, hi)
			want := outputs(t, it, test)
			ours := compress.SQNR(want, outputs(t, interpret(t, q), test))
			google := compress.SQNR(want, outputs(t, twin, test))
			t.Logf("%d -> %d bytes; SQNR %.1f dB, Google's %.1f dB", report.Before.File, report.After.File, float64(ours), float64(google))
			require.Greater(t, float64(ours), float64(google))
		})
	}
}
