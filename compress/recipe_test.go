package compress_test

import (
	"context"
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/compress/dataset"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// typesOf returns the types of the weights of every node of an operator, in order.
func typesOf(f *schema.File, code tflite.BuiltinOperator) (list []tflite.TensorType) {
	g := f.Model.Subgraphs[0]
	for _, op := range g.Operators {
		if schema.EffectiveCode(f.Model.OperatorCodes[op.OpcodeIndex]) == code {
			list = append(list, g.Tensors[op.Inputs[1]].Type)
		}
	}
	return list
}

// TestRecipeRoundTrip: what we write is read as the same, older settings included.
func TestRecipeRoundTrip(t *testing.T) {
	for _, name := range []string{
		"dynamic_wi8_afp32", "dynamic_wi4_afp32", "dynamic_wi2c_afp32", "dynamic_wi4b32_afp32", "dynamic_wi4b64_afp32",
		"dynamic_legacy_wi8_afp32", "weight_only_wi8_afp32", "weight_only_wi4_afp32", "static_wi8_ai8", "static_wi8_ai16",
	} {
		r, err := compress.CannedRecipe(name)
		require.NoError(t, err)
		b, err := json.Marshal(r)
		require.NoError(t, err, name)
		again, err := compress.ParseRecipe(b)
		require.NoError(t, err, name)
		require.Equal(t, r, again)
	}
	_, err := compress.CannedRecipe("static_wi8")
	require.ErrorIs(t, err, ops.ErrValue)
	old, err := compress.ParseRecipe([]byte(`[{"regex": ".*", "operation": "*", "algorithm_key": "min_max_uniform_quantize", "op_config": {
		"weight_tensor_config": {"num_bits": 8, "channel_wise": true}, "compute_precision": "INTEGER"}}]`))
	require.NoError(t, err)
	want, err := compress.CannedRecipe("dynamic_wi8_afp32")
	require.NoError(t, err)
	require.Equal(t, want, old)
}

// TestRecipeRefusals: errors say which rule and which setting.
func TestRecipeRefusals(t *testing.T) {
	rule := func(config string) string {
		return `[{"regex": "a", "operation": "*", "algorithm_key": "no_quantize"},
			{"regex": "b", "operation": "CONV_2D", "algorithm_key": "min_max_uniform_quantize", "op_config": ` + config + `}]`
	}
	for _, x := range []struct {
		text, part string
		is         error
	}{
		{`{}`, "list of rules", ops.ErrValue},
		{`[] []`, "more behind", ops.ErrValue},
		{`[{"regexp": "a"}]`, `rule 1: json: unknown field "regexp"`, ops.ErrValue},
		{`[{"regex": "(", "operation": "*", "algorithm_key": "no_quantize"}]`, "regex", ops.ErrValue},
		{`[{"regex": "a", "operation": "CONV", "algorithm_key": "no_quantize"}]`, "operation", ops.ErrValue},
		{`[{"regex": "a", "operation": "*", "algorithm_key": "best"}]`, "algorithm_key", ops.ErrValue},
		{`[{"regex": "a", "operation": "*", "algorithm_key": "OSCAR"}]`, "algorithm_key", ops.ErrUnsupported},
		{rule(`{}`), "rule 2 (CONV_2D in \"b\"): op_config", ops.ErrValue},
		{rule(`{"weight_tensor_config": {"num_bits": 3}, "compute_precision": "INTEGER"}`), "num_bits", ops.ErrValue},
		{rule(`{"weight_tensor_config": {}, "compute_precision": "INTEGER"}`), "rule 2: no num_bits", ops.ErrValue},
		{rule(`{"weight_tensor_config": {"num_bits": 8, "granularity": "ROWS"}, "compute_precision": "INTEGER"}`), "granularity", ops.ErrValue},
		{rule(`{"weight_tensor_config": {"num_bits": 8}, "compute_precision": "HALF"}`), "compute_precision", ops.ErrValue},
		{rule(`{"weight_tensor_config": {"num_bits": 8, "symmetric": false}, "compute_precision": "INTEGER"}`), "asymmetric", ops.ErrUnsupported},
		{rule(`{"weight_tensor_config": {"num_bits": 4, "granularity": "BLOCKWISE_32"}, "compute_precision": "INTEGER"}`), "no such form", ops.ErrUnsupported},
		{rule(`{"weight_tensor_config": {"num_bits": 16, "dtype": "FLOAT"}, "compute_precision": "FLOAT"}`), "dtype", ops.ErrValue},
		{rule(`{"weight_tensor_config": {"num_bits": 8}, "activation_tensor_config": {"num_bits": 4}, "compute_precision": "INTEGER"}`), "activation_tensor_config", ops.ErrValue},
	} {
		_, err := compress.ParseRecipe([]byte(x.text))
		require.ErrorIs(t, err, x.is, x.text)
		require.ErrorContains(t, err, x.part)
	}
}

// TestRecipeRules: later rules win, "*" resets a scope, and a rule that does not suit leaves the earlier one.
func TestRecipeRules(t *testing.T) {
	f := sensorModel(t, "sensor_autoencoder.tflite")
	dense := typesOf(f, tflite.BuiltinOperatorFULLY_CONNECTED)
	require.NotEmpty(t, dense)
	int8Rule := `{"regex": ".*", "operation": "*", "algorithm_key": "min_max_uniform_quantize", "op_config": {
		"weight_tensor_config": {"num_bits": 8, "granularity": "CHANNELWISE"}, "compute_precision": "INTEGER"}}`
	int4Rule := `{"regex": ".", "operation": "FULLY_CONNECTED", "algorithm_key": "OCTAV", "op_config": {
		"weight_tensor_config": {"num_bits": 4, "granularity": "CHANNELWISE"}, "compute_precision": "INTEGER"}}`
	none := `{"regex": ".*", "operation": "FULLY_CONNECTED", "algorithm_key": "no_quantize"}`
	for _, x := range []struct {
		rules string
		want  tflite.TensorType
	}{
		{int8Rule, tflite.TensorTypeINT8},
		{int8Rule + "," + int4Rule, tflite.TensorTypeINT4},
		{int4Rule + "," + int8Rule, tflite.TensorTypeINT8},
		{int8Rule + "," + none, tflite.TensorTypeFLOAT32},
		{none + "," + int8Rule, tflite.TensorTypeINT8},
		{none, tflite.TensorTypeFLOAT32},
	} {
		r, err := compress.ParseRecipe([]byte("[" + x.rules + "]"))
		require.NoError(t, err)
		out, report, err := compress.ApplyRecipe(context.Background(), f, r, nil)
		require.NoError(t, err)
		require.Equal(t, x.want == tflite.TensorTypeFLOAT32, len(report.Warnings) > 0, "a warning where nothing is done")
		for _, got := range typesOf(out, tflite.BuiltinOperatorFULLY_CONNECTED) {
			require.Equal(t, x.want, got, x.rules)
		}
		interpret(t, out)
	}
	require.Equal(t, dense, typesOf(f, tflite.BuiltinOperatorFULLY_CONNECTED), "the original stays")
}

// TestRecipeCanned applies the recipes that Google names; bounds lie 3 to 4 dB below what was measured (6 dB are one bit).
func TestRecipeCanned(t *testing.T) {
	for _, model := range []string{"sensor_autoencoder.tflite", "sensor_transformer.tflite", "sensor_lstm.tflite"} {
		f := sensorModel(t, model)
		it := interpret(t, f)
		set := smooth(it, 16, 3, -2, 2)
		want := outputs(t, it, set)
		for name, least := range map[string]float64{
			"dynamic_wi8_afp32": 40, "dynamic_legacy_wi8_afp32": 40, "weight_only_wi8_afp32": 40, "weight_only_wi4_afp32": 15,
			"dynamic_wi4b32_afp32": 18, "static_wi8_ai8": 25, "static_wi8_ai16": 40,
		} {
			r, err := compress.CannedRecipe(name)
			require.NoError(t, err)
			out, report, err := compress.ApplyRecipe(context.Background(), f, r, set)
			require.NoError(t, err, name)
			require.NotEmpty(t, report.Changes, name)
			got := float64(compress.SQNR(want, outputs(t, interpret(t, out), set)))
			t.Logf("%s %s: %.3fx, %.1f dB", model, name, float64(report.After.File)/float64(report.Before.File), got)
			require.Greater(t, got, least, "%s %s", model, name)
			if name == "static_wi8_ai8" {
				require.Equal(t, tflite.TensorTypeINT8, out.Model.Subgraphs[0].Tensors[out.Model.Subgraphs[0].Inputs[0]].Type)
			}
		}
	}
}

// TestRecipeMixed: nodes of one model with static, dynamic and float16 quantization.
func TestRecipeMixed(t *testing.T) {
	f := open(t, "aieq_mnist_f32")
	r, err := compress.ParseRecipe([]byte(`[
		{"regex": ".*", "operation": "*", "algorithm_key": "min_max_uniform_quantize", "op_config": {
			"activation_tensor_config": {"num_bits": 8, "symmetric": false},
			"weight_tensor_config": {"num_bits": 8, "granularity": "CHANNELWISE"}, "compute_precision": "INTEGER"}},
		{"regex": ".*", "operation": "FULLY_CONNECTED", "algorithm_key": "min_max_uniform_quantize", "op_config": {
			"weight_tensor_config": {"num_bits": 4, "granularity": "CHANNELWISE"}, "compute_precision": "INTEGER"}},
		{"regex": ".*", "operation": "CONV_2D", "algorithm_key": "float_casting", "op_config": {
			"weight_tensor_config": {"num_bits": 16, "dtype": "FLOAT"}, "compute_precision": "FLOAT", "explicit_dequantize": true}}]`))
	require.NoError(t, err)
	it := interpret(t, f)
	set := smooth(it, 16, 1, 0, 1)
	out, report, err := compress.ApplyRecipe(context.Background(), f, r, set)
	require.NoError(t, err)
	require.Len(t, report.Steps, 3)
	require.Equal(t, []tflite.TensorType{tflite.TensorTypeINT4, tflite.TensorTypeINT4}, typesOf(out, tflite.BuiltinOperatorFULLY_CONNECTED))
	require.Equal(t, []tflite.TensorType{tflite.TensorTypeFLOAT32}, typesOf(out, tflite.BuiltinOperatorCONV_2D), "behind DEQUANTIZE")
	got := float64(compress.SQNR(outputs(t, it, set), outputs(t, interpret(t, out), set)))
	t.Logf("%d -> %d bytes, %.1f dB", report.Before.File, report.After.File, got)
	require.Greater(t, got, 10.0)
}

// TestRecipeEmbedding: a table of 4 bits with a scale for each row, whose version is 4, moves exactly the rounded rows.
func TestRecipeEmbedding(t *testing.T) {
	const rows, columns = 32, 64
	table := gaussian(rows*columns, 7)
	f := dense(table, rows, columns)
	g := f.Model.Subgraphs[0]
	ids := g.Tensors[g.Inputs[0]]
	ids.Type, ids.Shape = tflite.TensorTypeINT32, []int32{2}
	g.Operators[0].Inputs, g.Operators[0].BuiltinOptions = g.Operators[0].Inputs[:2], nil
	g.Tensors[g.Outputs[0]].Shape = []int32{2, columns}
	f.Model.OperatorCodes[g.Operators[0].OpcodeIndex] = &tflite.OperatorCodeT{
		BuiltinCode: tflite.BuiltinOperatorEMBEDDING_LOOKUP, DeprecatedBuiltinCode: int8(tflite.BuiltinOperatorEMBEDDING_LOOKUP), Version: 1,
	}
	r, err := compress.CannedRecipe("dynamic_wi4_afp32")
	require.NoError(t, err)
	out, _, err := compress.ApplyRecipe(context.Background(), f, r, nil)
	require.NoError(t, err)
	require.Equal(t, []tflite.TensorType{tflite.TensorTypeINT4}, typesOf(out, tflite.BuiltinOperatorEMBEDDING_LOOKUP))
	require.EqualValues(t, 4, out.Model.OperatorCodes[0].Version)
	require.Len(t, out.Model.Subgraphs[0].Tensors[out.Model.Subgraphs[0].Operators[0].Inputs[1]].Quantization.Scale, rows)
	it := interpret(t, out)
	got := outputs(t, it, dataset.Of(dataset.Sample{Inputs: []dataset.Value{{Floats: []float32{5, 31}}}}))
	for i, row := range []int{5, 31} {
		most := 0.0
		for _, v := range table[row*columns : (row+1)*columns] {
			most = max(most, math.Abs(float64(v)))
		}
		for j := range columns {
			want := math.Round(float64(table[row*columns+j])/(most/7)) * most / 7
			require.InDelta(t, want, got[i*columns+j], 1e-5)
		}
	}
}
