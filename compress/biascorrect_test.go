package compress_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/compress"
)

// TestCorrectBias quantizes roughly, so that means shift, and measures outputs on samples that were not used.
func TestCorrectBias(t *testing.T) {
	better := 0
	for _, name := range first("sensor_autoencoder.tflite", "sensor_transformer.tflite") {
		f := sensorModel(t, name)
		it := interpret(t, f)
		set, test := smooth(it, some(24), 1, -2, 2), smooth(it, some(12), 2, -2, 2)
		want := outputs(t, it, test)
		for _, bits := range []int{8, 4, 2} {
			q, _, err := compress.Dynamic(f, compress.DynamicConfig{Bits: bits})
			require.NoError(t, err)
			if bits == 8 {
				q, _, err = compress.Integer(context.Background(), f, set, compress.IntegerConfig{})
				require.NoError(t, err)
			}
			fixed, report, err := compress.CorrectBias(context.Background(), f, q, set)
			require.NoError(t, err)
			before := float64(compress.SQNR(want, outputs(t, interpret(t, q), test)))
			after := float64(compress.SQNR(want, outputs(t, interpret(t, fixed), test)))
			t.Logf("%s, %d bits: %.1f -> %.1f dB, %d biases, %v", name, bits, before, after, len(report.Changes), report.Warnings)
			require.Equal(t, len(report.Changes) == 0, len(report.Warnings) == 1)
			// Samples that were not used may differ a little from those that decided.
			require.Greater(t, after, before-1)
			if after > before+0.3 {
				better++
			}
		}
	}
	require.GreaterOrEqual(t, better, 2)
	f := sensorModel(t, "sensor_autoencoder.tflite")
	same, report, err := compress.CorrectBias(context.Background(), f, f, smooth(interpret(t, f), 4, 1, -1, 1))
	require.NoError(t, err)
	require.Empty(t, report.Changes, "nothing to correct")
	require.Equal(t, f.Model, same.Model)
	require.Equal(t, report.Before, report.After)
}
