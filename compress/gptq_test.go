package compress_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// TestGPTQ compares with rounding to the nearest step of the same grids, on samples that GPTQ has not seen.
func TestGPTQ(t *testing.T) {
	better, tried := 0, 0
	for _, name := range first("sensor_autoencoder.tflite", "sensor_transformer.tflite") {
		for _, bits := range []int{4, 2} {
			f := sensorModel(t, name)
			it := interpret(t, f)
			set, test := smooth(it, some(24), 1, -2, 2), smooth(it, some(12), 2, -2, 2)
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
			tried++
			if b > a+1 {
				better++
			}
		}
	}
	require.GreaterOrEqual(t, 4*better, 3*tried)
}

// TestGPTQConvolution compares with rounding to nearest on images that GPTQ has not seen.
func TestGPTQConvolution(t *testing.T) {
	depthwise := &tflite.BuiltinOptionsT{Type: tflite.BuiltinOptionsDepthwiseConv2DOptions, Value: &tflite.DepthwiseConv2DOptionsT{
		Padding: tflite.PaddingVALID, StrideH: 1, StrideW: 1, DilationHFactor: 1, DilationWFactor: 1, DepthMultiplier: 1}}
	for name, x := range map[string]struct {
		file *schema.File
		bits int
		gain float64 // dB
	}{
		"conv":      {convolution(tflite.BuiltinOperatorCONV_2D, convOptions(tflite.PaddingSAME, 1, 1), []int32{1, 12, 12, 8}, []int32{16, 3, 3, 8}, []int32{1, 12, 12, 16}), 4, 2},
		"groups":    {convolution(tflite.BuiltinOperatorCONV_2D, convOptions(tflite.PaddingSAME, 2, 1), []int32{1, 12, 12, 16}, []int32{32, 3, 3, 8}, []int32{1, 6, 6, 32}), 4, 2},
		"depthwise": {convolution(tflite.BuiltinOperatorDEPTHWISE_CONV_2D, depthwise, []int32{1, 12, 12, 64}, []int32{1, 5, 5, 64}, []int32{1, 8, 8, 64}), 8, -1}, // neighbours here have little in common; another layout would lose far more
	} {
		t.Run(name, func(t *testing.T) {
			it := interpret(t, x.file)
			set, fresh := smooth(it, 24, 1, -1, 1), smooth(it, 8, 2, -1, 1)
			want := outputs(t, it, fresh)
			c := compress.DynamicConfig{Bits: x.bits, Clip: compress.ClipMSE}
			plain, _, err := compress.WeightOnly(x.file, c)
			require.NoError(t, err)
			rounded, grids, report, err := compress.GPTQ(context.Background(), x.file, set, compress.GPTQConfig{Bits: x.bits})
			require.NoError(t, err)
			require.Empty(t, report.Skipped)
			require.Len(t, grids, 1)
			c.Grids = grids
			stored, _, err := compress.WeightOnly(rounded, c)
			require.NoError(t, err)
			a := float64(compress.SQNR(want, outputs(t, interpret(t, plain), fresh)))
			b := float64(compress.SQNR(want, outputs(t, interpret(t, stored), fresh)))
			t.Logf("%.1f -> %.1f dB", a, b)
			require.Greater(t, b, a+x.gain)
		})
	}
}

// TestGPTQInteger lets Integer take the grids of an LSTM.
func TestGPTQInteger(t *testing.T) {
	f := sensorModel(t, "sensor_lstm.tflite")
	it := interpret(t, f)
	set, fresh := smooth(it, 24, 1, -2, 2), smooth(it, 16, 2, -2, 2)
	rounded, grids, _, err := compress.GPTQ(context.Background(), f, set, compress.GPTQConfig{Bits: 8})
	require.NoError(t, err)
	require.Len(t, grids, 12, "all gates but those of 640 weights")
	require.Greater(t, float64(compress.SQNR(outputs(t, it, fresh), outputs(t, interpret(t, rounded), fresh))), 35.0)
	out, report, err := compress.Integer(context.Background(), rounded, set, compress.IntegerConfig{Grids: grids})
	require.NoError(t, err)
	require.Greater(t, float64(compress.SQNR(outputs(t, it, fresh), outputs(t, interpret(t, out), fresh))), 20.0)
	exact := 0
	for _, change := range report.Changes {
		if grids[compress.TensorID{Subgraph: change.Subgraph, Name: change.Tensor}].Scale != nil && change.SQNR > 100 {
			exact++
		}
	}
	require.Equal(t, len(grids), exact, "nothing is rounded again")
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

// TestGPTQBlocks rounds to a scale for each block: stored as chosen, and closer on samples that were not used.
func TestGPTQBlocks(t *testing.T) {
	for _, name := range first("sensor_autoencoder.tflite", "sensor_transformer.tflite") {
		f := sensorModel(t, name)
		it := interpret(t, f)
		set, test := smooth(it, some(24), 1, -2, 2), smooth(it, some(12), 2, -2, 2)
		want := outputs(t, it, test)
		c := compress.DynamicConfig{Bits: 4, BlockSize: 32}
		plain, _, err := compress.Dynamic(f, c)
		require.NoError(t, err)
		a := float64(compress.SQNR(want, outputs(t, interpret(t, plain), test)))
		for _, adaptive := range []bool{false, true} {
			rounded, grids, _, err := compress.GPTQ(context.Background(), f, set, compress.GPTQConfig{Bits: 4, BlockSize: 32, Adaptive: adaptive})
			require.NoError(t, err)
			c.Grids = grids
			stored, report, err := compress.Dynamic(rounded, c)
			require.NoError(t, err)
			blocks := 0
			for _, x := range report.Changes {
				if grids[compress.TensorID{Subgraph: x.Subgraph, Name: x.Tensor}].Block == 32 {
					require.Equal(t, "int4 in blocks of 32", x.Action)
					require.Greater(t, float64(x.SQNR), 120.0, "nothing is rounded again")
					blocks++
				}
			}
			require.Greater(t, blocks, 2)
			b := float64(compress.SQNR(want, outputs(t, interpret(t, stored), test)))
			t.Logf("%s, adaptive %t: %.1f -> %.1f dB", name, adaptive, a, b)
			require.Greater(t, b, a+3)
		}
	}
	f := sensorModel(t, "sensor_autoencoder.tflite")
	set := smooth(interpret(t, f), 4, 1, -2, 2)
	for _, c := range []compress.GPTQConfig{{Bits: 8, BlockSize: 32}, {Bits: 4, BlockSize: 31}, {Clip: "no"}} {
		_, _, _, err := compress.GPTQ(context.Background(), f, set, c)
		require.ErrorIs(t, err, ops.ErrValue)
	}
}
