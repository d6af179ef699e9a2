package compress_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/ops"
)

// TestMixed compares with the same bits for all at about the same size, on samples that the search has not seen.
func TestMixed(t *testing.T) {
	for _, name := range first("sensor_autoencoder.tflite", "sensor_transformer.tflite") {
		f := sensorModel(t, name)
		it := interpret(t, f)
		set, fresh := smooth(it, some(12), 1, -2, 2), smooth(it, some(16), 2, -2, 2)
		want := outputs(t, it, fresh)
		uniform, four, err := compress.WeightOnly(f, compress.DynamicConfig{Bits: 4})
		require.NoError(t, err)
		_, eight, err := compress.WeightOnly(f, compress.DynamicConfig{})
		require.NoError(t, err)
		share := (2*float64(four.After.File) + float64(eight.After.File)) / 3 / float64(four.Before.File)
		out, report, err := compress.Mixed(context.Background(), f, set, compress.MixedConfig{MaxSize: share, WeightOnly: true})
		require.NoError(t, err)
		require.LessOrEqual(t, float64(report.After.File), share*float64(report.Before.File))
		kinds := map[string]int{}
		for _, c := range report.Changes {
			kinds[c.Action[:4]]++
		}
		require.Greater(t, len(kinds), 1, "%v: some have 8 bits, some 4", kinds)
		a := float64(compress.SQNR(want, outputs(t, interpret(t, uniform), fresh)))
		b := float64(compress.SQNR(want, outputs(t, interpret(t, out), fresh)))
		t.Logf("%s: all 4 bits %d bytes, %.1f dB; mixed %d bytes, %.1f dB", name, four.After.File, a, report.After.File, b)
		require.Greater(t, b, a+1)

		before := int64(0)
		for _, least := range []float64{20, 30, 50} { // the more quality, the larger
			out, report, err = compress.Mixed(context.Background(), f, set, compress.MixedConfig{MinSQNR: least, WeightOnly: true})
			require.NoError(t, err)
			require.GreaterOrEqual(t, float64(compress.SQNR(outputs(t, it, set), outputs(t, interpret(t, out), set))), least)
			t.Logf("%v dB: %d bytes", least, report.After.File)
			require.GreaterOrEqual(t, report.After.File, before)
			before = report.After.File
		}
		require.Greater(t, before, four.After.File)
		_, _, err = compress.Mixed(context.Background(), f, set, compress.MixedConfig{MaxSize: 0.01})
		require.ErrorIs(t, err, ops.ErrValue)
		require.ErrorContains(t, err, "with the fewest bits everywhere")
	}
	f := sensorModel(t, "sensor_lstm.tflite")
	it := interpret(t, f)
	out, report, err := compress.Mixed(context.Background(), f, smooth(it, 4, 1, -2, 2), compress.MixedConfig{MaxSize: 0.7})
	require.NoError(t, err)
	require.LessOrEqual(t, float64(report.After.File), 0.7*float64(report.Before.File))
	require.NotEmpty(t, report.Skipped, "one layer stays float")
	interpret(t, out)
	for _, c := range []compress.MixedConfig{{}, {MaxSize: 0.5, MinSQNR: 20}, {MaxSize: 1.5}, {MaxSize: 0.5, Bits: []int{3}}} {
		_, _, err := compress.Mixed(context.Background(), f, smooth(it, 1, 1, -1, 1), c)
		require.ErrorIs(t, err, ops.ErrValue)
	}
	_, _, err = compress.Mixed(context.Background(), f, nil, compress.MixedConfig{MaxSize: 0.5})
	require.ErrorIs(t, err, ops.ErrValue)
}
