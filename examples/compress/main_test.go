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
