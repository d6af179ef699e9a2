package compress_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/ops"
)

// TestGPTQ compares with rounding to the nearest step of the same grids, on samples that GPTQ has not seen.
func TestGPTQ(t *testing.T) {
	better := 0
	for _, name := range []string{"sensor_autoencoder.tflite", "sensor_transformer.tflite"} {
		for _, bits := range []int{4, 2} {
			f := sensorModel(t, name)
			it := interpret(t, f)
			set, test := smooth(it, 48, 1, -2, 2), smooth(it, 32, 2, -2, 2)
			want := outputs(t, it, test)
			c := compress.DynamicConfig{Bits: bits}
			plain, _, err := compress.Dynamic(f, c)
			require.NoError(t, err)
			rounded, grids, report, err := compress.GPTQ(context.Background(), f, set, compress.GPTQConfig{Bits: bits})
			require.NoError(t, err)
			require.Len(t, grids, len(report.Changes))
			require.NotEmpty(t, grids)
			c.Grids = grids
			stored, _, err := compress.Dynamic(rounded, c)
			require.NoError(t, err)
			// Stored integers are the very ones chosen: weight-only outputs equal those of the rounded float model.
			exact, _, err := compress.WeightOnly(rounded, c)
			require.NoError(t, err)
			require.Greater(t, float64(compress.SQNR(outputs(t, interpret(t, rounded), test), outputs(t, interpret(t, exact), test))), 20.0)
			a := float64(compress.SQNR(want, outputs(t, interpret(t, plain), test)))
			b := float64(compress.SQNR(want, outputs(t, interpret(t, stored), test)))
			t.Logf("%s, %d bits: %.1f -> %.1f dB", name, bits, a, b)
			if b > a+1 {
				better++
			}
		}
	}
	require.GreaterOrEqual(t, better, 3)
}

// TestGPTQStored checks that the quantizer stores the integers that GPTQ chose.
func TestGPTQStored(t *testing.T) {
	f := dense(gaussian(64*64, 1), 64, 64)
	it := interpret(t, f)
	set := smooth(it, 40, 1, -1, 1)
	for _, bits := range []int{8, 4, 2} {
		rounded, grids, _, err := compress.GPTQ(context.Background(), f, set, compress.GPTQConfig{Bits: bits})
		require.NoError(t, err)
		_, report, err := compress.WeightOnly(rounded, compress.DynamicConfig{Bits: bits, Grids: grids})
		require.NoError(t, err)
		require.Greater(t, float64(report.Changes[0].SQNR), 120.0, "%d bits: nothing is rounded again", bits)
	}
	_, _, _, err := compress.GPTQ(context.Background(), f, nil, compress.GPTQConfig{})
	require.ErrorIs(t, err, ops.ErrValue)
	_, _, _, err = compress.GPTQ(context.Background(), f, set, compress.GPTQConfig{Bits: 5})
	require.ErrorIs(t, err, ops.ErrValue)
}
