package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/compress/compare"
	"github.com/litewren/litewren/schema"
)

// TestStory checks what the README promises of the sensor models: accuracy within a point of the original's with int8 and
// half a point with dynamic range quantization, at a third of the size or so.
func TestStory(t *testing.T) {
	calibration, test, err := windows()
	require.NoError(t, err)
	for _, name := range []string{"lstm", "transformer", "autoencoder"} {
		b, err := os.ReadFile(filepath.Join("..", "..", "testdata", "models", "sensor_"+name+".tflite"))
		require.NoError(t, err)
		f, err := schema.Decode(b, schema.Limits{})
		require.NoError(t, err)
		integer, _, err := compress.Integer(context.Background(), f, calibration, compress.IntegerConfig{})
		require.NoError(t, err)
		dynamic, _, err := compress.Dynamic(f, compress.DynamicConfig{})
		require.NoError(t, err)
		models := []compare.Model{{Name: "original", Bytes: b}}
		for _, x := range []*schema.File{dynamic, integer} {
			small, err := schema.Encode(x)
			require.NoError(t, err)
			require.Less(t, float64(len(small)), 0.38*float64(len(b)))
			models = append(models, compare.Model{Name: name, Bytes: small})
		}
		r, err := compare.Run(context.Background(), models, test, compare.Config{Runs: 1})
		require.NoError(t, err)
		accuracy := func(i int) float64 { return *r.Models[i].Quality.Accuracy }
		t.Logf("%s: %.4f, dynamic %.4f, int8 %.4f", name, accuracy(0), accuracy(1), accuracy(2))
		// A window of 336 is 0.3 points.
		require.Greater(t, accuracy(1), accuracy(0)-0.006)
		require.Greater(t, accuracy(2), accuracy(0)-0.01)
	}
}

// TestZip checks what the smallest file is to be: half of the weights zero, at most 0.15 of the float file after gzip -9, and accuracy
// within a point. The others of the three models take a minute; docs/compression.md has them.
func TestZip(t *testing.T) {
	if testing.Short() {
		t.Skip("prunes a model in four steps")
	}
	calibration, test, err := windows()
	require.NoError(t, err)
	b, err := os.ReadFile(filepath.Join("..", "..", "testdata", "models", "sensor_autoencoder.tflite"))
	require.NoError(t, err)
	f, err := schema.Decode(b, schema.Limits{})
	require.NoError(t, err)
	for _, r := range recipes(context.Background(), calibration.Limit(128), len(b)) {
		if r.name != "the same, int8 for gzip" {
			continue
		}
		for _, s := range r.steps {
			f, _, err = s(f)
			require.NoError(t, err)
		}
	}
	small, err := schema.Encode(f)
	require.NoError(t, err)
	r, err := compare.Run(context.Background(), []compare.Model{{Name: "original", Bytes: b}, {Name: "small", Bytes: small}}, test, compare.Config{Runs: 1})
	require.NoError(t, err)
	require.Less(t, float64(r.Models[1].Gzip), 0.15*float64(len(b)))
	require.Greater(t, *r.Models[1].Quality.Accuracy, *r.Models[0].Quality.Accuracy-0.01)
	require.InDelta(t, 0.5, r.Models[1].Zeros, 0.06)
}
