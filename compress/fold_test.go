package compress_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// TestTidyFold folds a chain of small nodes, whose result a node with the input reads, and leaves weights that would grow.
func TestTidyFold(t *testing.T) {
	n := newSequence(1, 16)
	a, b := n.constant([]int32{16}, gaussian(16, 1)), n.constant([]int32{16}, gaussian(16, 2))
	mul := &tflite.BuiltinOptionsT{Type: tflite.BuiltinOptionsMulOptions, Value: &tflite.MulOptionsT{}}
	// y0 = a*b and y1 = exp(y0) are constant, and so is the broadcast y2, but that is large; y3 = x*y1, y4 = y2*y3.
	n.add(tflite.BuiltinOperatorMUL, []int32{16}, mul, b)
	n.g.Operators[0].Inputs[0] = a
	n.add(tflite.BuiltinOperatorEXP, []int32{16}, &tflite.BuiltinOptionsT{Type: tflite.BuiltinOptionsExpOptions, Value: &tflite.ExpOptionsT{}})
	n.add(tflite.BuiltinOperatorMUL, []int32{64, 16}, mul, n.constant([]int32{64, 1}, gaussian(64, 3)))
	n.add(tflite.BuiltinOperatorMUL, []int32{1, 16}, mul, 0)
	n.g.Operators[3].Inputs[0] = n.g.Operators[1].Outputs[0]
	n.add(tflite.BuiltinOperatorMUL, []int32{64, 16}, mul, n.g.Operators[2].Outputs[0])
	f := schema.NewFile(n.m)
	it := interpret(t, f)
	set := smooth(it, 3, 1, -1, 1)
	want := outputs(t, it, set)
	plain, _, err := compress.Tidy(f, compress.TidyConfig{})
	require.NoError(t, err)
	require.Len(t, plain.Model.Subgraphs[0].Operators, 5)
	out, report, err := compress.Tidy(f, compress.TidyConfig{Fold: true})
	require.NoError(t, err)
	require.Len(t, out.Model.Subgraphs[0].Operators, 3)
	require.Len(t, report.Changes, 2)
	require.Len(t, report.Skipped, 1, "4096 bytes from 64 and 256")
	require.Equal(t, want, outputs(t, interpret(t, out), set))
}
