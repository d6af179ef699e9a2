package compress_test

import (
	"context"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// residual is a stem, two blocks whose results are added to it (the second behind a gate for each channel), and a head. Channels
// dead[i] of layer i (stem, first, second, gate) are zero.
func residual(dead [4]map[int]bool) *schema.File {
	n := newSequence(1, 6, 6, 3)
	same := convOptions(tflite.PaddingSAME, 1, 1)
	valid := convOptions(tflite.PaddingVALID, 1, 1)
	add := &tflite.BuiltinOptionsT{Type: tflite.BuiltinOptionsAddOptions, Value: &tflite.AddOptionsT{FusedActivationFunction: tflite.ActivationFunctionTypeRELU}}
	name := func(t int32, s string) int32 {
		n.g.Tensors[t].Name = s
		return t
	}
	shape := []int32{1, 6, 6, 8}
	stem := n.add(tflite.BuiltinOperatorCONV_2D, shape, same, name(n.weights(1, dead[0], 8, 3, 3, 3), "stem"), n.weights(2, dead[0], 8))
	n.add(tflite.BuiltinOperatorRELU, shape, nil)
	pads := n.ints(0, 0, 1, 1, 1, 1, 0, 0)
	n.g.Tensors[pads].Shape = []int32{4, 2}
	n.add(tflite.BuiltinOperatorPAD, []int32{1, 8, 8, 8}, &tflite.BuiltinOptionsT{Type: tflite.BuiltinOptionsPadOptions, Value: &tflite.PadOptionsT{}}, pads)
	n.add(tflite.BuiltinOperatorCONV_2D, shape, valid, name(n.weights(3, dead[1], 8, 3, 3, 8), "first"), n.weights(4, dead[1], 8))
	sum := n.add(tflite.BuiltinOperatorADD, shape, add, stem)
	second := n.add(tflite.BuiltinOperatorCONV_2D, shape, same, name(n.weights(5, dead[2], 8, 3, 3, 8), "second"), n.weights(6, dead[2], 8))
	n.add(tflite.BuiltinOperatorMEAN, []int32{1, 1, 1, 8}, &tflite.BuiltinOptionsT{Type: tflite.BuiltinOptionsReducerOptions, Value: &tflite.ReducerOptionsT{KeepDims: true}}, n.ints(1, 2))
	n.add(tflite.BuiltinOperatorCONV_2D, []int32{1, 1, 1, 8}, same, name(n.weights(7, dead[3], 8, 1, 1, 8), "gate"), n.weights(8, dead[3], 8))
	n.add(tflite.BuiltinOperatorLOGISTIC, []int32{1, 1, 1, 8}, nil)
	n.add(tflite.BuiltinOperatorMUL, shape, &tflite.BuiltinOptionsT{Type: tflite.BuiltinOptionsMulOptions, Value: &tflite.MulOptionsT{}}, second)
	n.add(tflite.BuiltinOperatorADD, shape, add, sum)
	n.add(tflite.BuiltinOperatorCONV_2D, []int32{1, 6, 6, 5}, same, name(n.weights(9, nil, 5, 1, 1, 8), "head"), n.weights(10, nil, 5))
	return schema.NewFile(n.m)
}

// TestPruneChannelsCoupled removes channels that are zero in all layers that meet: nothing changes. What is zero in some only
// stays.
func TestPruneChannelsCoupled(t *testing.T) {
	all := map[int]bool{0: true, 3: true, 5: true, 6: true}
	more := map[int]bool{0: true, 1: true, 3: true, 5: true, 6: true, 7: true}
	f := residual([4]map[int]bool{all, more, all, nil})
	set := smooth(interpret(t, f), 8, 1, -1, 1)
	want := outputsOf(t, f, set)
	for _, c := range []compress.ChannelConfig{{Share: 0.5}, {Share: 0.5, Refit: true}} {
		out, report, err := compress.PruneChannels(context.Background(), f, set, c)
		require.NoError(t, err)
		require.Len(t, report.Changes, 4)
		names := map[string]bool{}
		for _, x := range report.Changes {
			require.Equal(t, "4 of 8 channels, the same of 4 layers", x.Action)
			names[x.Tensor] = true
		}
		require.Equal(t, map[string]bool{"stem": true, "first": true, "second": true, "gate": true}, names)
		require.Len(t, report.Skipped, 1, "the head is the output")
		require.Less(t, report.After.Constants, report.Before.Constants*2/5)
		require.Greater(t, float64(compress.SQNR(want, outputsOf(t, out, set))), 60.0)
	}
	// A layer that must stay keeps the others that it meets.
	_, report, err := compress.PruneChannels(context.Background(), f, set, compress.ChannelConfig{Share: 0.5, Match: regexp.MustCompile("stem|first")})
	require.NoError(t, err)
	require.Empty(t, report.Changes)
	require.Contains(t, report.Skipped[0].Reason, "which is not selected")

	input := residual([4]map[int]bool{})
	g := input.Model.Subgraphs[0]
	g.Tensors = append(g.Tensors, &tflite.TensorT{Name: "other", Shape: []int32{1, 6, 6, 8}})
	g.Inputs = append(g.Inputs, int32(len(g.Tensors)-1))
	for _, op := range g.Operators {
		if input.Model.OperatorCodes[op.OpcodeIndex].BuiltinCode == tflite.BuiltinOperatorADD {
			op.Inputs[1] = int32(len(g.Tensors) - 1)
		}
	}
	_, report, err = compress.PruneChannels(context.Background(), input, nil, compress.ChannelConfig{Share: 0.5})
	require.NoError(t, err)
	require.Len(t, report.Changes, 1, "the stem meets nothing then")
	require.Equal(t, "stem", report.Changes[0].Tensor)
	require.Contains(t, report.Skipped[0].Reason, `its channels meet "other", which is no layer's`)
}

// TestPruneChannelsCoupledLeast compares with all pairs of channels that could go: the choice is among the best.
func TestPruneChannelsCoupledLeast(t *testing.T) {
	f := residual([4]map[int]bool{})
	set := smooth(interpret(t, f), 8, 1, -1, 1)
	want := outputsOf(t, f, set)
	out, report, err := compress.PruneChannels(context.Background(), f, set, compress.ChannelConfig{Share: 0.25, Multiple: 2})
	require.NoError(t, err)
	require.Equal(t, "6 of 8 channels, the same of 4 layers", report.Changes[0].Action)
	got := float64(compress.SQNR(want, outputsOf(t, out, set)))
	better, pairs := 0, 0
	for a := range 8 {
		for b := range a {
			// Without the channels is with zeros in their place everywhere.
			dead := map[int]bool{a: true, b: true}
			pairs++
			if float64(compress.SQNR(want, outputsOf(t, residual([4]map[int]bool{dead, dead, dead, nil}), set))) > got+0.01 {
				better++
			}
		}
	}
	t.Logf("%.1f dB, %d of %d pairs are better", got, better, pairs)
	require.Less(t, better, pairs/3)
}
