package compress_test

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/tensor"
)

// TestReference lets Google's TFLite C library run what we wrote. LITEWREN_REFERENCE names a program that is called as
//
//	PROGRAM run MODEL --io DIR --seed N
//
// makes random inputs and writes them and the outputs as input_<i>.bin and output_<i>.bin.
//
// Kernels of the library differ in rounding (its default ones for x86 round sums once, its reference kernels and ours
// twice), so that integer outputs may be some steps apart after many layers.
func TestReference(t *testing.T) {
	program := os.Getenv("LITEWREN_REFERENCE")
	if program == "" {
		t.Skip("LITEWREN_REFERENCE names no runner of the reference library")
	}
	type transform struct {
		name  string
		apply func(*testing.T, *schema.File) *schema.File
		most  float64 // largest difference of outputs, as a share of their largest magnitude
	}
	integer := func(c compress.IntegerConfig) func(*testing.T, *schema.File) *schema.File {
		return func(t *testing.T, f *schema.File) *schema.File {
			out, _, err := compress.Integer(context.Background(), f, smooth(interpret(t, f), 16, 1, -1, 1), c)
			require.NoError(t, err)
			return out
		}
	}
	take := func(f *schema.File, _ *compress.Report, err error) *schema.File {
		require.NoError(t, err)
		return f
	}
	transforms := []transform{
		{"float16", func(_ *testing.T, f *schema.File) *schema.File {
			return take(compress.Float16(f, compress.Float16Config{}))
		}, 1e-5},
		{"dynamic", func(_ *testing.T, f *schema.File) *schema.File {
			return take(compress.Dynamic(f, compress.DynamicConfig{}))
		}, 2e-2},
		{"weights", func(_ *testing.T, f *schema.File) *schema.File {
			return take(compress.WeightOnly(f, compress.DynamicConfig{}))
		}, 1e-5},
		{"recipe", func(t *testing.T, f *schema.File) *schema.File {
			r, err := compress.ParseRecipe([]byte(`[{"regex": ".*", "operation": "*", "algorithm_key": "min_max_uniform_quantize", "op_config": {
				"activation_tensor_config": {"num_bits": 8, "symmetric": false}, "weight_tensor_config": {"num_bits": 8},
				"compute_precision": "INTEGER"}},
				{"regex": ".*", "operation": "FULLY_CONNECTED", "algorithm_key": "MSE", "op_config": {
				"weight_tensor_config": {"num_bits": 8}, "compute_precision": "FLOAT", "explicit_dequantize": true}}]`))
			require.NoError(t, err)
			return take(compress.ApplyRecipe(context.Background(), f, r, smooth(interpret(t, f), 16, 1, -1, 1)))
		}, 0.08},
		{"pruned", func(_ *testing.T, f *schema.File) *schema.File {
			return take(compress.Prune(context.Background(), f, nil, compress.PruneConfig{Sparsity: 0.5}))
		}, 1e-5},
		{"refitted", func(t *testing.T, f *schema.File) *schema.File {
			return take(compress.Prune(context.Background(), f, smooth(interpret(t, f), 16, 1, -1, 1), compress.PruneConfig{Sparsity: 0.5, Criterion: compress.OBS, Refit: true}))
		}, 1e-4},
		{"channels", func(t *testing.T, f *schema.File) *schema.File {
			return take(compress.PruneChannels(context.Background(), f, smooth(interpret(t, f), 16, 1, -1, 1), compress.ChannelConfig{Share: 0.3, Refit: true}))
		}, 1e-4},
		{"low rank", func(t *testing.T, f *schema.File) *schema.File {
			return take(compress.Factorize(context.Background(), f, smooth(interpret(t, f), 16, 1, -1, 1), compress.FactorizeConfig{Budget: 0.6}))
		}, 1e-4},
		{"tucker", func(t *testing.T, f *schema.File) *schema.File {
			return take(compress.Factorize(context.Background(), f, smooth(interpret(t, f), 16, 1, -1, 1), compress.FactorizeConfig{Budget: 0.6, Form: compress.Tucker}))
		}, 1e-4},
		{"pruned in steps", func(t *testing.T, f *schema.File) *schema.File {
			return take(compress.Prune(context.Background(), f, smooth(interpret(t, f), 16, 1, -1, 1), compress.PruneConfig{
				Sparsity: 0.5, Criterion: compress.OBS, Refit: true, Scope: compress.Global, Steps: 2}))
		}, 1e-4},
		{"gptq int8", func(t *testing.T, f *schema.File) *schema.File {
			set := smooth(interpret(t, f), 16, 1, -1, 1)
			rounded, grids, _, err := compress.GPTQ(context.Background(), f, set, compress.GPTQConfig{Bits: 8})
			require.NoError(t, err)
			return take(compress.Integer(context.Background(), rounded, set, compress.IntegerConfig{Grids: grids}))
		}, 0.08},
		{"int8", integer(compress.IntegerConfig{Interface: compress.Int8Interface}), 0.08},
		{"uint8", integer(compress.IntegerConfig{Interface: compress.Uint8Interface}), 0.08},
		{"int8 float interface", integer(compress.IntegerConfig{}), 0.08},
		{"int16x8", integer(compress.IntegerConfig{Activations: 16, Interface: compress.Int16Interface}), 0.01},
	}
	models := map[string]*schema.File{}
	for _, name := range []string{"sensor_lstm", "sensor_transformer", "sensor_autoencoder"} {
		models[name] = sensorModel(t, name+".tflite")
	}
	for _, name := range []string{"tiny_resnet8_f32", "tiny_ad01_f32", "tiny_vww96_f32", "tflm_hello_f32", "aieq_mnist_f32", "tflm_mnist_lstm_f32", "gotf_blazeface_f32"} {
		if b, err := os.ReadFile(filepath.Join("..", "..", "shared", "models", name+".tflite")); err == nil {
			f, err := schema.Decode(b, schema.Limits{})
			require.NoError(t, err)
			models[name] = f
		}
	}
	// What TFLite 2.9, of 2022, lacks: TILE and SUB of int16, int64 biases of some operators.
	tooOld := map[string]bool{"sensor_lstm int16x8": true, "sensor_transformer int16x8": true, "gotf_blazeface_f32 int16x8": true}
	for name, f := range models {
		for _, x := range transforms {
			t.Run(name+" "+x.name, func(t *testing.T) {
				if tooOld[name+" "+x.name] {
					t.Skip("has operators that TFLite 2.9 lacks")
				}
				agree(t, program, x.apply(t, f), x.most)
			})
		}
	}
}

// agree runs a model in both runtimes.
func agree(t *testing.T, program string, f *schema.File, most float64) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "m.tflite")
	require.NoError(t, schema.WriteFile(path, f))
	var log bytes.Buffer
	c := exec.Command(program, "run", path, "--io", dir, "--seed", "5")
	c.Stdout, c.Stderr = &log, &log
	require.NoError(t, c.Run(), log.String())
	it := interpret(t, f)
	for i := range it.Inputs() {
		b, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("input_%d.bin", i)))
		require.NoError(t, err)
		require.Len(t, b, copy(it.Input(i).Bytes(), b))
		tensor.SwapLittleEndian(it.Input(i).Type, it.Input(i).Bytes())
	}
	require.NoError(t, it.Invoke(context.Background()))
	for i := range it.Outputs() {
		o := it.Output(i)
		got, err := tensor.DequantizeFloat32(o, nil)
		require.NoError(t, err)
		b, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("output_%d.bin", i)))
		require.NoError(t, err)
		want := tensor.New(o.Type, o.Shape...)
		want.Quant = o.Quant
		require.Len(t, b, len(o.Bytes()))
		want.SetBytes(tensor.FromLittleEndian(o.Type, b))
		expected, err := tensor.DequantizeFloat32(want, nil)
		require.NoError(t, err)
		largest, worst := 0.0, 0.0
		for k, w := range expected {
			largest = max(largest, math.Abs(float64(w)))
			worst = max(worst, math.Abs(float64(w)-float64(got[k])))
		}
		t.Logf("output %d: %s, largest difference %.3g of %.3g", i, o.Type, worst, largest)
		require.LessOrEqual(t, worst, most*largest, "output %d", i)
	}
}
