package compress_test

import (
	"context"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// sequence builds a model of nodes one behind the other.
type sequence struct {
	m *tflite.ModelT
	g *tflite.SubGraphT
}

func newSequence(input ...int32) *sequence {
	g := &tflite.SubGraphT{Tensors: []*tflite.TensorT{{Name: "x", Shape: input}}, Inputs: []int32{0}, DebugMetadataIndex: -1}
	return &sequence{&tflite.ModelT{Version: 3, Buffers: []*tflite.BufferT{{}}, Subgraphs: []*tflite.SubGraphT{g}}, g}
}

func (n *sequence) constant(shape []int32, values []float32) int32 {
	var data []byte
	for _, v := range values {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	n.m.Buffers = append(n.m.Buffers, &tflite.BufferT{Data: data})
	n.g.Tensors = append(n.g.Tensors, &tflite.TensorT{Name: "c", Shape: shape, Buffer: uint32(len(n.m.Buffers) - 1)})
	return int32(len(n.g.Tensors) - 1)
}

func (n *sequence) ints(values ...int32) int32 {
	t := n.constant([]int32{int32(len(values))}, make([]float32, len(values)))
	for i, v := range values {
		binary.LittleEndian.PutUint32(n.m.Buffers[len(n.m.Buffers)-1].Data[4*i:], uint32(v))
	}
	n.g.Tensors[t].Type = tflite.TensorTypeINT32
	return t
}

// add appends a node that reads the last output and constants.
func (n *sequence) add(code tflite.BuiltinOperator, shape []int32, options *tflite.BuiltinOptionsT, constants ...int32) int32 {
	last := int32(0)
	if k := len(n.g.Operators); k > 0 {
		last = n.g.Operators[k-1].Outputs[0]
	}
	n.m.OperatorCodes = append(n.m.OperatorCodes, &tflite.OperatorCodeT{BuiltinCode: code, DeprecatedBuiltinCode: int8(min(code, 127)), Version: 1})
	n.g.Tensors = append(n.g.Tensors, &tflite.TensorT{Name: "y" + code.String(), Shape: shape})
	out := int32(len(n.g.Tensors) - 1)
	n.g.Operators = append(n.g.Operators, &tflite.OperatorT{OpcodeIndex: uint32(len(n.m.OperatorCodes) - 1), Inputs: append([]int32{last}, constants...),
		Outputs: []int32{out}, BuiltinOptions: options, DebugMetadataIndex: -1})
	n.g.Outputs = []int32{out}
	return out
}

// weights are random, but for the channels of the first dimension that are dead.
func (n *sequence) weights(seed uint64, dead map[int]bool, shape ...int32) int32 {
	v := gaussian(elements(shape), seed)
	row := len(v) / int(shape[0])
	for i := range v {
		v[i] *= 0.5
		if dead[i/row] {
			v[i] = 0
		}
	}
	return n.constant(shape, v)
}

// TestPruneChannels removes channels that are zero, from layers of every kind that are followed by nodes of every kind: nothing else
// changes.
func TestPruneChannels(t *testing.T) {
	dead := map[int]bool{1: true, 4: true, 6: true, 7: true}
	n := newSequence(1, 12, 10, 3)
	same := convOptions(tflite.PaddingSAME, 1, 1)
	n.add(tflite.BuiltinOperatorCONV_2D, []int32{1, 12, 10, 8}, same, n.weights(1, dead, 8, 3, 3, 3), n.weights(2, dead, 8))
	n.add(tflite.BuiltinOperatorRELU, []int32{1, 12, 10, 8}, nil)
	n.add(tflite.BuiltinOperatorDEPTHWISE_CONV_2D, []int32{1, 12, 10, 8}, &tflite.BuiltinOptionsT{Type: tflite.BuiltinOptionsDepthwiseConv2DOptions, Value: &tflite.DepthwiseConv2DOptionsT{
		Padding: tflite.PaddingSAME, StrideH: 1, StrideW: 1, DilationHFactor: 1, DilationWFactor: 1, DepthMultiplier: 1}},
		n.weights(3, nil, 1, 3, 3, 8), n.constant([]int32{8}, make([]float32, 8)))
	pool := &tflite.BuiltinOptionsT{Type: tflite.BuiltinOptionsPool2DOptions, Value: &tflite.Pool2DOptionsT{StrideH: 2, StrideW: 2, FilterHeight: 2, FilterWidth: 2, Padding: tflite.PaddingVALID}}
	n.add(tflite.BuiltinOperatorMAX_POOL_2D, []int32{1, 6, 5, 8}, pool)
	n.add(tflite.BuiltinOperatorMUL, []int32{1, 6, 5, 8}, &tflite.BuiltinOptionsT{Type: tflite.BuiltinOptionsMulOptions, Value: &tflite.MulOptionsT{}}, n.weights(4, nil, 1, 1, 1, 8))
	n.add(tflite.BuiltinOperatorCONV_2D, []int32{1, 6, 5, 8}, same, n.weights(5, dead, 8, 3, 3, 8), n.weights(6, dead, 8))
	n.add(tflite.BuiltinOperatorRESHAPE, []int32{1, 240}, &tflite.BuiltinOptionsT{Type: tflite.BuiltinOptionsReshapeOptions, Value: &tflite.ReshapeOptionsT{NewShape: []int32{-1, 240}}}, n.ints(-1, 240))
	dense := &tflite.BuiltinOptionsT{Type: tflite.BuiltinOptionsFullyConnectedOptions, Value: &tflite.FullyConnectedOptionsT{FusedActivationFunction: tflite.ActivationFunctionTypeRELU}}
	n.add(tflite.BuiltinOperatorFULLY_CONNECTED, []int32{1, 8}, dense, n.weights(7, dead, 8, 240), n.weights(8, dead, 8))
	n.add(tflite.BuiltinOperatorFULLY_CONNECTED, []int32{1, 5}, dense, n.weights(9, nil, 5, 8), n.weights(10, nil, 5))
	f := schema.NewFile(n.m)
	it := interpret(t, f)
	set := smooth(it, 8, 1, -1, 1)
	want := outputs(t, it, set)
	for name, c := range map[string]compress.ChannelConfig{"plain": {Share: 0.5}, "refitted": {Share: 0.5, Refit: true}} {
		t.Run(name, func(t *testing.T) {
			out, report, err := compress.PruneChannels(context.Background(), f, set, c)
			require.NoError(t, err)
			require.Len(t, report.Changes, 3)
			for _, change := range report.Changes {
				require.Equal(t, "4 of 8 channels", change.Action)
			}
			require.Len(t, report.Skipped, 1, "the output stays")
			require.Less(t, report.After.Constants, report.Before.Constants/2)
			require.Greater(t, float64(compress.SQNR(want, outputs(t, interpret(t, out), set))), 60.0)
		})
	}
	_, _, err := compress.PruneChannels(context.Background(), f, nil, compress.ChannelConfig{Share: 1})
	require.ErrorIs(t, err, ops.ErrValue)
	_, _, err = compress.PruneChannels(context.Background(), f, nil, compress.ChannelConfig{Share: 0.5, Refit: true})
	require.ErrorIs(t, err, ops.ErrValue)
	out, report, err := compress.PruneChannels(context.Background(), f, nil, compress.ChannelConfig{Share: 0.3})
	require.NoError(t, err)
	require.Empty(t, report.Changes, "4 of 8 would be more than the share")
	require.Greater(t, float64(compress.SQNR(want, outputs(t, interpret(t, out), set))), 200.0)
}

// TestPruneChannelsRefit compares outputs on samples that were not used.
func TestPruneChannelsRefit(t *testing.T) {
	f := sensorModel(t, "sensor_autoencoder.tflite")
	it := interpret(t, f)
	set, fresh := smooth(it, some(48), 1, -2, 2), smooth(it, some(16), 2, -2, 2)
	want := outputs(t, it, fresh)
	var got [2]float64
	for i, refit := range []bool{false, true} {
		out, report, err := compress.PruneChannels(context.Background(), f, set, compress.ChannelConfig{Share: 0.3, Refit: refit})
		require.NoError(t, err)
		require.NotEmpty(t, report.Changes)
		got[i] = float64(compress.SQNR(want, outputs(t, interpret(t, out), fresh)))
	}
	t.Logf("%.1f -> %.1f dB", got[0], got[1])
	require.Greater(t, got[1], got[0]+3)
}

// TestPruneChannelsModels cuts real models, which prepare and run.
func TestPruneChannelsModels(t *testing.T) {
	dir := filepath.Join("..", "..", "shared", "models")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no folder of models")
	}
	for _, name := range []string{"tiny_ad01_f32", "tiny_vww96_f32", "tiny_resnet8_f32", "aieq_mnist_f32", "tfls_mbv1_025_f32"} {
		t.Run(name, func(t *testing.T) {
			b, err := os.ReadFile(filepath.Join(dir, name+".tflite"))
			require.NoError(t, err)
			f, err := schema.Decode(b, schema.Limits{})
			require.NoError(t, err)
			out, report, err := compress.PruneChannels(context.Background(), f, nil, compress.ChannelConfig{Share: 0.25})
			require.NoError(t, err)
			t.Logf("%d changes, %d skipped, %d -> %d bytes", len(report.Changes), len(report.Skipped), report.Before.Constants, report.After.Constants)
			for _, s := range report.Skipped {
				t.Logf("%s: %s", s.Place, s.Reason)
			}
			require.NotEmpty(t, report.Changes)
			require.Less(t, report.After.Constants, report.Before.Constants)
			require.NoError(t, interpret(t, out).Invoke(context.Background()))
		})
	}
}
