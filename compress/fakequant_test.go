package compress_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/compress/calibrate"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// trained is y = fq(reshape(fq(x)) * fq(W)^T).
func trained(bits int32) *schema.File {
	f := dense(gaussian(16*64, 1), 16, 64)
	m := f.Model
	g := m.Subgraphs[0]
	m.OperatorCodes = append(m.OperatorCodes,
		&tflite.OperatorCodeT{BuiltinCode: tflite.BuiltinOperatorFAKE_QUANT, DeprecatedBuiltinCode: 80, Version: 1},
		&tflite.OperatorCodeT{BuiltinCode: tflite.BuiltinOperatorRESHAPE, DeprecatedBuiltinCode: 22, Version: 1})
	tensor := func(name string, shape ...int32) int32 {
		g.Tensors = append(g.Tensors, &tflite.TensorT{Name: name, Shape: shape})
		return int32(len(g.Tensors) - 1)
	}
	fq := func(in int32, lo, hi float32, narrow bool) int32 {
		out := tensor(g.Tensors[in].Name+"/fq", g.Tensors[in].Shape...)
		g.Operators = append(g.Operators, &tflite.OperatorT{OpcodeIndex: 1, Inputs: []int32{in}, Outputs: []int32{out}, DebugMetadataIndex: -1,
			BuiltinOptions: &tflite.BuiltinOptionsT{Type: tflite.BuiltinOptionsFakeQuantOptions, Value: &tflite.FakeQuantOptionsT{Min: lo, Max: hi, NumBits: bits, NarrowRange: narrow}}})
		return out
	}
	product := g.Operators[0]
	g.Operators = nil
	g.Tensors[0].Shape = []int32{1, 8, 8}
	x := fq(0, -1, 1.1, false)
	flat := tensor("flat", 1, 64)
	g.Operators = append(g.Operators, &tflite.OperatorT{OpcodeIndex: 2, Inputs: []int32{x}, Outputs: []int32{flat}, DebugMetadataIndex: -1,
		BuiltinOptions: &tflite.BuiltinOptionsT{Type: tflite.BuiltinOptionsReshapeOptions, Value: &tflite.ReshapeOptionsT{NewShape: []int32{1, 64}}}})
	w := fq(1, -3.5, 3.5, false)
	product.Inputs = []int32{flat, w, -1}
	g.Operators = append(g.Operators, product)
	g.Outputs = []int32{fq(2, -20, 20, false)}
	return f
}

// TestExportQAT checks that the integer model is the one that training saw: each output within the step of its FAKE_QUANT,
// and about as far from the float graph as a step says.
func TestExportQAT(t *testing.T) {
	f := trained(8)
	out, report, err := compress.ExportQAT(context.Background(), f, compress.IntegerConfig{Interface: compress.Int8Interface})
	require.NoError(t, err)
	require.Len(t, report.Steps[0].Changes, 3)
	require.Empty(t, report.Steps[1].Skipped)
	g := out.Model.Subgraphs[0]
	require.Len(t, g.Operators, 2)
	x, y := g.Tensors[g.Inputs[0]], g.Tensors[g.Outputs[0]]
	require.Equal(t, tflite.TensorTypeINT8, x.Type)
	require.InDelta(t, 2.1/255, x.Quantization.Scale[0], 1e-7)
	require.EqualValues(t, -128+121, x.Quantization.ZeroPoint[0], "zero is step 121 of 255: round(1/2.1*255)")
	require.InDelta(t, 40./255, y.Quantization.Scale[0], 1e-6)
	require.Equal(t, "y/fq", y.Name)

	it := interpret(t, f)
	set := smooth(it, 8, 2, -1, 1)
	want, got := outputs(t, it, set), outputs(t, interpret(t, out), set)
	for i := range want {
		// Weights are rounded twice, to 7/255 and to 1/127 of the largest: half a step of 3.5/127 on 64 products of up to 1.
		require.InDelta(t, want[i], got[i], 40./255+64*0.5*3.5/127*0.25)
	}
}

func TestFoldFakeQuantRefusals(t *testing.T) {
	_, _, err := compress.ExportQAT(context.Background(), trained(4), compress.IntegerConfig{})
	require.ErrorIs(t, err, ops.ErrUnsupported)
	_, _, err = compress.FoldFakeQuant(trained(1))
	require.ErrorIs(t, err, ops.ErrInvalidModel)
	f := dense(gaussian(16*64, 1), 16, 64)
	_, _, err = compress.ExportQAT(context.Background(), f, compress.IntegerConfig{})
	require.ErrorIs(t, err, calibrate.ErrNoSamples)
}
