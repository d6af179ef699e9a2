package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/interpreter"
)

const autoencoder = "../../testdata/models/sensor_autoencoder.tflite"

// windows is a folder of n samples for the sensor models.
func windows(t *testing.T, n int) string {
	m, err := interpreter.Open(autoencoder)
	require.NoError(t, err)
	it, err := interpreter.New(m)
	require.NoError(t, err)
	var values []float32
	for i := range n * it.Input(0).Elements() {
		values = append(values, float32(i%17)/8-1)
	}
	return folder(t, map[string]string{"input_0.bin": string(float32s(values...))})
}

// some is a number of samples: a sixth with -short, which CI uses where an emulator runs the tests.
func some(n int) int {
	if testing.Short() {
		return (n + 5) / 6
	}
	return n
}

func size(t *testing.T, path string) int64 {
	st, err := os.Stat(path)
	require.NoError(t, err)
	return st.Size()
}

func TestQuantize(t *testing.T) {
	dir := t.TempDir()
	data := windows(t, some(70))
	before := size(t, autoencoder)
	for kind, most := range map[string]float64{"float16": 0.56, "dynamic": 0.36, "weights": 0.36, "int8": 0.36, "int16x8": 0.40} {
		out := filepath.Join(dir, kind+".tflite")
		args := []string{"quantize", autoencoder, "--type", kind, "-o", out}
		if strings.HasPrefix(kind, "int") {
			args = append(args, "--data", data)
		}
		text := succeeds(t, args...)
		require.Contains(t, text, "written: "+out)
		require.Less(t, float64(size(t, out)), most*float64(before), kind)
		succeeds(t, "run", out)
	}
	require.Contains(t, fails(t, 2, "quantize", autoencoder, "--type", "int8", "-o", filepath.Join(dir, "x.tflite")), "needs sample inputs: give --data")
	require.NoFileExists(t, filepath.Join(dir, "x.tflite"))
	require.Contains(t, fails(t, 2, "quantize", autoencoder, "--bias-correction", "--dry-run"), "--bias-correction needs sample inputs")
	text := succeeds(t, "quantize", autoencoder, "--bits", "2", "--bias-correction", "--data", data, "--dry-run")
	require.Contains(t, text, "step 2: bias correction")
	text = succeeds(t, "quantize", autoencoder, "--bits", "4", "--gptq", "--data", data, "--dry-run")
	require.Contains(t, text, "step 1: gptq int4")
	require.Contains(t, fails(t, 2, "quantize", autoencoder, "--bits", "4", "--gptq", "--dry-run"), "--gptq needs sample inputs")
	for _, how := range []string{"--gptq", "--adaround"} {
		text = succeeds(t, "quantize", autoencoder, "--bits", "4", "--block", "32", how, "--data", data, "--dry-run", "-v")
		require.Contains(t, text, "on a grid of 4 bits in blocks of 32")
		require.Contains(t, text, "int4 in blocks of 32")
	}
	for _, kind := range []string{"dynamic", "weights", "int8"} {
		text = succeeds(t, "quantize", autoencoder, "--type", kind, "--equalize", "--bias-correction", "--data", data, "--dry-run")
		require.Contains(t, text, "step 1: equalize")
		require.Contains(t, text, "step 3: bias correction")
	}
	require.Contains(t, fails(t, 2, "quantize", autoencoder, "--type", "float16", "--equalize", "--dry-run"), "--equalize is of no use")
	require.Contains(t, succeeds(t, "quantize", autoencoder, "--bits", "4", "--adaround", "--data", data, "--dry-run"), "step 1: adaround int4")
	require.Contains(t, fails(t, 2, "quantize", autoencoder, "--gptq", "--adaround", "--data", data, "--dry-run"), "give one of them")
	require.Contains(t, succeeds(t, "quantize", autoencoder, "--type", "int8", "--smooth", "--data", data, "--dry-run"), "smooth 0.5")
	require.Contains(t, fails(t, 2, "quantize", autoencoder, "--smooth", "--data", data, "--dry-run"), "--smooth is for --type int8")
	require.Contains(t, succeeds(t, "quantize", autoencoder, "--type", "mixed", "--max-size", "0.26", "--data", data, "--dry-run"), "mixed precision")
	require.Contains(t, fails(t, 2, "quantize", autoencoder, "--type", "mixed", "--data", data, "--dry-run"), "one of --max-size and --min-sqnr")
}

func TestTransformOutput(t *testing.T) {
	dir := t.TempDir()
	out, report := filepath.Join(dir, "a.tflite"), filepath.Join(dir, "a.json")
	require.Contains(t, fails(t, 2, "prune", autoencoder), "no --output")
	require.Contains(t, succeeds(t, "prune", autoencoder, "--dry-run"), "nothing written")
	succeeds(t, "prune", autoencoder, "-o", out, "--report", report, "--sparsity", "0.6")
	var r compress.Report
	b, err := os.ReadFile(report)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &r))
	require.Equal(t, "prune 60 % per layer", r.Transform)
	require.NotEmpty(t, r.Changes)

	old, err := os.ReadFile(out)
	require.NoError(t, err)
	require.Contains(t, fails(t, 2, "prune", autoencoder, "-o", out), "--overwrite replaces it")
	require.Contains(t, fails(t, 1, "prune", autoencoder, "-o", out, "--overwrite", "--report", report, "--sparsity", "0.99"), "more than 0.95 needs Force")
	now, err := os.ReadFile(out)
	require.NoError(t, err)
	require.Equal(t, old, now, "a failure leaves the old file")
	succeeds(t, "prune", autoencoder, "-o", out, "--overwrite", "--report", report, "--sparsity", "0.99", "--force")
	require.Equal(t, []string{"a.json", "a.tflite"}, names(t, dir), "no temporary files stay")

	copied := filepath.Join(dir, "copy.tflite")
	require.NoError(t, os.WriteFile(copied, old, 0o644))
	require.Contains(t, fails(t, 2, "prune", copied, "-o", copied, "--overwrite"), "is the original model")
	require.Contains(t, fails(t, 1, "prune", autoencoder, "-o", filepath.Join(dir, "no", "x.tflite")), "no folder")
	require.Contains(t, fails(t, 1, "prune", folder(t, map[string]string{"m": "nonsense"})+"/m", "--dry-run"), "invalid model")
	require.Contains(t, fails(t, 2, "quantize", autoencoder, "--dry-run", "--match", "("), "--match")
	require.Contains(t, fails(t, 2, "quantize", autoencoder, "--dry-run", "--labels", "x"), "--labels without --data")
}

func TestRecipe(t *testing.T) {
	dir := t.TempDir()
	recipe := func(text string) string {
		path := filepath.Join(dir, "recipe.json")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
		return path
	}
	out := filepath.Join(dir, "a.tflite")
	text := succeeds(t, "compress", autoencoder, "-o", out, "--data", windows(t, 4), "--recipe",
		recipe(`{"steps": [{"do": "prune", "sparsity": 0.5}, {"do": "quantize", "type": "int8", "per-channel-fc": true}]}`))
	require.Contains(t, text, "step 1: prune 50 % per layer")
	require.Contains(t, text, "step 2: int8")
	// Quantizing keeps zeros.
	require.Contains(t, succeeds(t, "prune", out, "--dry-run", "-v"), " 50 % zeros")
	for text, want := range map[string]string{
		`{"steps": []}`:                  `no "steps"`,
		`{"step": []}`:                   `unknown field "step"`,
		`1`:                              "not a recipe",
		`[1]`:                            "recipe: rule 1",
		`[{"regex": "."}]`:               "rule 1",
		`{"steps": [{"do": "prune"}]} x`: "more behind its end",
		`{"steps": [{"do": "shrink"}]}`:  `step 1: "do": got "shrink", want one of quantize, prune`,
		`{"steps": [{"do": "prune", "sparsty": 1}]}`:      `step 1: prune: "sparsty": no such setting`,
		`{"steps": [{"do": "prune", "sparsity": "all"}]}`: `prune: "sparsity"`,
		`{"steps": [{"do": "prune", "sparsity": [1]}]}`:   "want a string, a number, true or false",
	} {
		require.Contains(t, fails(t, 1, "compress", autoencoder, "--dry-run", "--recipe", recipe(text)), want)
	}
	require.Contains(t, fails(t, 2, "compress", autoencoder, "--dry-run"), "no --recipe")

	// The recipes of Google's quantizer.
	rules := recipe(`[{"regex": ".*", "operation": "*", "algorithm_key": "OCTAV", "op_config": {
		"weight_tensor_config": {"num_bits": 4, "granularity": "CHANNELWISE"}, "compute_precision": "INTEGER"}}]`)
	require.Contains(t, succeeds(t, "compress", autoencoder, "--dry-run", "--recipe", rules), "dynamic range int4")
	require.Contains(t, succeeds(t, "compress", autoencoder, "--dry-run", "--recipe", "weight_only_wi8_afp32"), "weight-only int8")
	require.Contains(t, succeeds(t, "compress", autoencoder, "--dry-run", "--recipe", "static_wi8_ai8", "--data", windows(t, 4)), "int8")
	require.Contains(t, fails(t, 2, "compress", autoencoder, "--dry-run", "--recipe", "static_wi8_ai8"), "give --data")
}

// TestPruneSchedule prunes in several steps, by flags and as a step of a recipe.
func TestPruneSchedule(t *testing.T) {
	data := windows(t, 9)
	require.Contains(t, succeeds(t, "prune", autoencoder, "--dry-run", "--steps", "3", "--criterion", "obs", "--refit", "--data", data),
		"prune 50 % per layer by obs, refitted, in 3 steps")
	text := succeeds(t, "prune", autoencoder, "--dry-run", "-v", "--schedule", "0.3,0.6,0.7")
	require.Contains(t, text, "prune 70 % per layer, in 3 steps")
	require.Contains(t, text, " 70 % zeros")
	recipe := filepath.Join(t.TempDir(), "recipe.json")
	require.NoError(t, os.WriteFile(recipe, []byte(`{"steps": [{"do": "prune", "schedule": "0.2,0.4", "scope": "global"}]}`), 0o644))
	require.Contains(t, succeeds(t, "compress", autoencoder, "--dry-run", "--recipe", recipe), "prune 40 % per global, in 2 steps")
	require.Contains(t, fails(t, 2, "prune", autoencoder, "--dry-run", "--schedule", "0.2,0.4", "--steps", "2"), "give one of them")
	require.Contains(t, fails(t, 2, "prune", autoencoder, "--dry-run", "--steps", "0"), "want 1 or more")
	require.Contains(t, fails(t, 1, "prune", autoencoder, "--dry-run", "--schedule", "0.4,0.2"), "want at least as much")
	require.Contains(t, fails(t, 2, "prune", autoencoder, "--dry-run", "--channels", "0.2", "--schedule", "0.4"), "--schedule is for single weights")
}

// TestInterrupted: what is interrupted writes nothing, and the old file stays.
func TestInterrupted(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "a.tflite")
	require.NoError(t, os.WriteFile(out, []byte("old"), 0o644))
	data := windows(t, 40)
	for _, args := range [][]string{
		{"prune", autoencoder}, {"quantize", autoencoder}, {"prune", autoencoder, "--refit", "--steps", "20"},
		{"quantize", autoencoder, "--type", "int8"}, {"quantize", autoencoder, "--bits", "4", "--gptq"}, {"factorize", autoencoder, "--activations"},
		{"prune", autoencoder, "--channels", "0.5", "--refit"}, {"cluster", autoencoder},
	} {
		for _, after := range []time.Duration{0, 30 * time.Millisecond} {
			ctx, cancel := context.WithTimeout(context.Background(), after)
			var text, errs bytes.Buffer
			status := realMain(ctx, append(args, "-o", out, "--overwrite", "--data", data), &text, &errs)
			cancel()
			if after > 0 && status == 0 { // it was faster
				require.NoError(t, os.WriteFile(out, []byte("old"), 0o644))
				continue
			}
			require.Equal(t, 1, status, "%v", args)
			require.Contains(t, errs.String(), "context deadline exceeded")
			b, err := os.ReadFile(out)
			require.NoError(t, err)
			require.Equal(t, "old", string(b), "%v", args)
			require.Equal(t, []string{"a.tflite"}, names(t, dir), "no temporary files stay")
		}
	}
}

// TestSameAgain: equal arguments give equal files.
func TestSameAgain(t *testing.T) {
	dir := t.TempDir()
	data := windows(t, some(9))
	for i, args := range [][]string{
		{"prune", "--refit", "--criterion", "obs", "--steps", "2", "--scope", "global"}, {"prune", "--channels", "0.25", "--refit"},
		{"quantize", "--bits", "4", "--gptq", "--block", "32"}, {"quantize", "--bits", "4", "--adaround"}, {"quantize", "--type", "int8", "--method", "entropy"},
		{"quantize", "--type", "mixed", "--max-size", "0.26"}, {"factorize", "--budget", "0.5", "--activations"}, {"cluster", "--clusters", "16"},
		{"cluster", "--clusters", "16", "--per-axis"},
	} {
		var files [2][]byte
		for k := range files {
			out := filepath.Join(dir, fmt.Sprintf("%d_%d.tflite", i, k))
			succeeds(t, append([]string{args[0], autoencoder, "-o", out, "--data", data}, args[1:]...)...)
			b, err := os.ReadFile(out)
			require.NoError(t, err)
			files[k] = b
		}
		require.True(t, bytes.Equal(files[0], files[1]), "%v", args)
	}
}

// TestDestructive: settings that leave little of a model need --force.
func TestDestructive(t *testing.T) {
	for _, args := range [][]string{
		{"prune", "--sparsity", "0.97"}, {"prune", "--channels", "0.8"}, {"factorize", "--energy", "0.3"}, {"factorize", "--budget", "0.05"},
	} {
		args = append([]string{args[0], autoencoder, "--dry-run"}, args[1:]...)
		require.Contains(t, fails(t, 1, args...), "needs Force")
		succeeds(t, append(args, "--force")...)
	}
}

func TestFactorize(t *testing.T) {
	require.Contains(t, succeeds(t, "factorize", autoencoder, "--dry-run", "--budget", "0.5", "--form", "tucker"), "low rank, 0.5 of the weights")
	require.Contains(t, fails(t, 2, "factorize", autoencoder, "--dry-run", "--form", "cp"), "--form")
}

// TestClusterFormats writes clustered weights in every form, and runs and compares them.
func TestClusterFormats(t *testing.T) {
	dir := t.TempDir()
	sizes := map[string]int64{}
	for _, format := range []string{"values", "decode", "metadata"} {
		out := filepath.Join(dir, format+".tflite")
		succeeds(t, "cluster", autoencoder, "--format", format, "--clusters", "16", "-o", out)
		sizes[format] = size(t, out)
		require.Contains(t, succeeds(t, "compare", filepath.Join(dir, "values.tflite"), out, "--data", windows(t, 2), "--min-sqnr", "300"), "exact")
		succeeds(t, "run", out)
		succeeds(t, "inspect", out)
	}
	require.Less(t, sizes["decode"], sizes["values"]/4)
	require.Less(t, sizes["metadata"], sizes["values"]/4)
	require.Contains(t, fails(t, 1, "quantize", filepath.Join(dir, "metadata.tflite"), "--dry-run"), "COMPRESSION_METADATA, which is a last step")
	require.Contains(t, fails(t, 2, "cluster", autoencoder, "--dry-run", "--format", "zip"), "--format")
}

func TestQuantizeEntropy(t *testing.T) {
	dir := t.TempDir()
	values := map[string]int{}
	for _, steps := range []string{"0", "8"} {
		out := filepath.Join(dir, steps+".tflite")
		succeeds(t, "quantize", autoencoder, "--entropy", steps, "-o", out)
		b, err := os.ReadFile(out)
		require.NoError(t, err)
		seen := map[byte]bool{}
		for _, v := range b[len(b)/4 : len(b)/2] {
			seen[v] = true
		}
		values[steps] = len(seen)
	}
	require.Less(t, values["8"], values["0"]/2)
	for _, args := range [][]string{{"--bits", "4"}, {"--type", "float16"}, {"--type", "mixed"}} {
		args = append([]string{"quantize", autoencoder, "--dry-run", "--entropy", "4"}, args...)
		require.Contains(t, fails(t, 2, args...), "--entropy is for 8-bit weights")
	}
	require.Contains(t, fails(t, 1, "quantize", autoencoder, "--dry-run", "--entropy", "0.5"), "a grid 0.5 times coarser")
	data := windows(t, 4)
	require.Contains(t, fails(t, 2, "quantize", autoencoder, "--dry-run", "--entropy", "4", "--adaround", "--data", data), "use --gptq")
	succeeds(t, "quantize", autoencoder, "--dry-run", "--entropy", "4", "--gptq", "--data", data)
}
