package compress_test

import (
	"context"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// branches are two layers of 8 channels each whose channels stand beside each other and those of the input (a of a, b of b and 3), go
// through nodes of every kind, meet those of a layer of 19 (c), and are read by a layer behind pixels that are flattened. Channels
// dead[i] of layers a, b and c are zero.
type branches struct {
	*sequence
	a, b, concat int32
}

func besideModel(dead [3]map[int]bool) branches {
	n := branches{sequence: newSequence(1, 6, 6, 3)}
	same := convOptions(tflite.PaddingSAME, 1, 1)
	name := func(t int32, s string) int32 {
		n.g.Tensors[t].Name = s
		return t
	}
	shape, all := []int32{1, 6, 6, 8}, []int32{1, 6, 6, 19}
	n.a = n.add(tflite.BuiltinOperatorCONV_2D, shape, same, name(n.weights(1, dead[0], 8, 3, 3, 3), "a"), n.weights(2, dead[0], 8))
	n.add(tflite.BuiltinOperatorCONV_2D, shape, same, name(n.weights(3, dead[1], 8, 3, 3, 8), "b"), n.weights(4, dead[1], 8))
	n.b = n.add(tflite.BuiltinOperatorRELU, shape, nil)
	n.concat = n.add(tflite.BuiltinOperatorCONCATENATION, all, concatOptions(3))
	n.g.Operators[len(n.g.Operators)-1].Inputs = []int32{n.a, 0, n.b}
	n.add(tflite.BuiltinOperatorDEPTHWISE_CONV_2D, all, &tflite.BuiltinOptionsT{Type: tflite.BuiltinOptionsDepthwiseConv2DOptions, Value: &tflite.DepthwiseConv2DOptionsT{
		Padding: tflite.PaddingSAME, StrideH: 1, StrideW: 1, DilationHFactor: 1, DilationWFactor: 1, DepthMultiplier: 1}},
		n.weights(5, nil, 1, 3, 3, 19), n.constant([]int32{19}, make([]float32, 19)))
	n.add(tflite.BuiltinOperatorMUL, all, &tflite.BuiltinOptionsT{Type: tflite.BuiltinOptionsMulOptions, Value: &tflite.MulOptionsT{}}, n.weights(6, nil, 19))
	product := n.g.Outputs[0]
	n.add(tflite.BuiltinOperatorCONV_2D, all, same, name(n.weights(7, dead[2], 19, 1, 1, 19), "c"), n.weights(8, dead[2], 19))
	n.add(tflite.BuiltinOperatorADD, all, &tflite.BuiltinOptionsT{Type: tflite.BuiltinOptionsAddOptions, Value: &tflite.AddOptionsT{}}, product)
	pool := &tflite.BuiltinOptionsT{Type: tflite.BuiltinOptionsPool2DOptions, Value: &tflite.Pool2DOptionsT{StrideH: 3, StrideW: 3, FilterHeight: 3, FilterWidth: 3, Padding: tflite.PaddingVALID}}
	n.add(tflite.BuiltinOperatorAVERAGE_POOL_2D, []int32{1, 2, 2, 19}, pool)
	n.add(tflite.BuiltinOperatorRESHAPE, []int32{1, 76}, &tflite.BuiltinOptionsT{Type: tflite.BuiltinOptionsReshapeOptions, Value: &tflite.ReshapeOptionsT{NewShape: []int32{-1, 76}}}, n.ints(-1, 76))
	n.add(tflite.BuiltinOperatorFULLY_CONNECTED, []int32{1, 5}, &tflite.BuiltinOptionsT{Type: tflite.BuiltinOptionsFullyConnectedOptions, Value: &tflite.FullyConnectedOptionsT{}},
		name(n.weights(9, nil, 5, 76), "head"), n.weights(10, nil, 5))
	return n
}

func concatOptions(axis int32) *tflite.BuiltinOptionsT {
	return &tflite.BuiltinOptionsT{Type: tflite.BuiltinOptionsConcatenationOptions, Value: &tflite.ConcatenationOptionsT{Axis: axis}}
}

// deadBeside are channels that are zero: of c those that meet the dead ones of a and b, behind which, and between, those of others stand.
func deadBeside() [3]map[int]bool {
	return [3]map[int]bool{
		{0: true, 3: true, 5: true, 6: true}, {1: true, 2: true, 4: true, 7: true},
		{0: true, 3: true, 5: true, 6: true, 11 + 1: true, 11 + 2: true, 11 + 4: true, 11 + 7: true},
	}
}

// actions returns what became of which tensor.
func actions(r *compress.Report) map[string]string {
	out := map[string]string{}
	for _, x := range r.Changes {
		out[x.Tensor] = x.Action
	}
	return out
}

// TestPruneChannelsBeside removes channels that are zero from layers that stand beside each other: nothing changes.
func TestPruneChannelsBeside(t *testing.T) {
	n := besideModel(deadBeside())
	for _, axis := range []int32{3, -1} {
		for _, op := range n.g.Operators {
			if o, ok := schema.Options[tflite.ConcatenationOptionsT](op); ok {
				o.Axis = axis
			}
		}
		f := schema.NewFile(n.m)
		set := smooth(interpret(t, f), 8, 1, -1, 1)
		want := outputsOf(t, f, set)
		for _, c := range []compress.ChannelConfig{{Share: 0.5}, {Share: 0.5, Refit: true}} {
			out, report, err := compress.PruneChannels(context.Background(), f, set, c)
			require.NoError(t, err)
			require.Equal(t, map[string]string{
				"a": "4 of 8 channels, the same of 2 layers", "b": "4 of 8 channels, the same of 2 layers", "c": "11 of 19 channels, the same of 3 layers",
			}, actions(report))
			require.Len(t, report.Skipped, 1, "the head is the output")
			require.Less(t, report.After.Constants, report.Before.Constants*7/10)
			require.Greater(t, float64(compress.SQNR(want, outputsOf(t, out, set))), 60.0)
			for _, x := range out.Model.Subgraphs[0].Tensors {
				if x.Name == "yCONCATENATION" {
					require.Equal(t, []int32{1, 6, 6, 11}, x.Shape)
				}
			}
		}
	}
	// A layer that stays keeps its own channels only, and those that meet them.
	f := schema.NewFile(n.m)
	set := smooth(interpret(t, f), 4, 1, -1, 1)
	want := outputsOf(t, f, set)
	out, report, err := compress.PruneChannels(context.Background(), f, set, compress.ChannelConfig{Share: 0.5, Match: regexp.MustCompile("^[ac]$")})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"a": "4 of 8 channels, the same of 2 layers", "c": "15 of 19 channels, the same of 3 layers"}, actions(report))
	require.Greater(t, float64(compress.SQNR(want, outputsOf(t, out, set))), 60.0)
}

// TestPruneChannelsDense lets every layer read those of all before it, and one tensor stand beside itself.
func TestPruneChannelsDense(t *testing.T) {
	dead := map[int]bool{1: true, 2: true, 5: true, 7: true}
	same := convOptions(tflite.PaddingSAME, 1, 1)
	n := newSequence(1, 5, 5, 3)
	all := n.add(tflite.BuiltinOperatorCONV_2D, []int32{1, 5, 5, 8}, same, n.weights(1, dead, 8, 3, 3, 3), n.weights(2, dead, 8))
	width := int32(8)
	for i := range 3 {
		more := n.add(tflite.BuiltinOperatorCONV_2D, []int32{1, 5, 5, 8}, same, n.weights(uint64(10+i), dead, 8, 1, 1, width), n.weights(uint64(20+i), dead, 8))
		inputs := []int32{all, more}
		if width += 8; i == 1 {
			inputs, width = append(inputs, more), width+8
		}
		all = n.add(tflite.BuiltinOperatorCONCATENATION, []int32{1, 5, 5, width}, concatOptions(3))
		n.g.Operators[len(n.g.Operators)-1].Inputs = inputs
	}
	n.add(tflite.BuiltinOperatorCONV_2D, []int32{1, 5, 5, 6}, same, n.weights(30, nil, 6, 1, 1, width), n.weights(31, nil, 6))
	f := schema.NewFile(n.m)
	set := smooth(interpret(t, f), 6, 1, -1, 1)
	want := outputsOf(t, f, set)
	out, report, err := compress.PruneChannels(context.Background(), f, set, compress.ChannelConfig{Share: 0.5, Refit: true})
	require.NoError(t, err)
	require.Len(t, report.Changes, 4)
	for _, x := range report.Changes {
		require.Equal(t, "4 of 8 channels", x.Action)
	}
	require.Less(t, report.After.Constants, report.Before.Constants/2)
	require.Greater(t, float64(compress.SQNR(want, outputsOf(t, out, set))), 60.0)
}

// TestPruneChannelsBesideStay: what stands beside channels that have to stay may go, and what is not as it should be keeps them all.
func TestPruneChannelsBesideStay(t *testing.T) {
	concat := func(n branches) *tflite.OperatorT { return n.g.Operators[3] }
	for name, x := range map[string]struct {
		edit func(n branches)
		want []string // that lose channels
		why  string   // some layer does not
	}{
		"a is an output":    {func(n branches) { n.g.Outputs = append(n.g.Outputs, n.a) }, []string{"b", "c"}, "is an output"},
		"all are an output": {func(n branches) { n.g.Outputs = append(n.g.Outputs, n.concat) }, nil, "is an output"},
		"beside a constant": {func(n branches) { concat(n).Inputs[1] = n.weights(50, nil, 1, 6, 6, 3) }, []string{"a", "b", "c"}, "is an output"},
		"b through another": {func(n branches) {
			retype(n, 2, tflite.BuiltinOperatorSOFTMAX, tflite.BuiltinOptionsSoftmaxOptions, &tflite.SoftmaxOptionsT{Beta: 1})
		}, []string{"a", "c"}, "its channels go through SOFTMAX"},
		"c is another width":  {func(n branches) { n.g.Tensors[n.g.Operators[6].Outputs[0]].Shape[3] = 18 }, nil, "channels"},
		"without options":     {func(n branches) { concat(n).BuiltinOptions = nil }, nil, "without options"},
		"an input is missing": {func(n branches) { concat(n).Inputs[1] = -1 }, nil, "without input 1"},
		"too narrow":          {func(n branches) { concat(n).Inputs = concat(n).Inputs[:2] }, nil, "channels, not"},
		"too wide":            {func(n branches) { concat(n).Inputs = append(concat(n).Inputs, n.a) }, nil, "channels, not"},
		"integers":            {func(n branches) { concat(n).Inputs[1] = n.ints(1, 2, 3) }, nil, "has type INT32"},
		"a number":            {func(n branches) { concat(n).Inputs[1] = n.constant(nil, []float32{1}) }, nil, "and shape []"},
		"more than is possible": {func(n branches) {
			concat(n).Inputs[1] = n.add(tflite.BuiltinOperatorABS, []int32{1, 1, 1, 1<<31 - 1}, nil)
		}, nil, "more than"},
		"negative":          {func(n branches) { concat(n).Inputs[1] = n.add(tflite.BuiltinOperatorABS, []int32{1, 6, 6, -3}, nil) }, nil, "shape"},
		"another dimension": {func(n branches) { schemaOptions(concat(n)).Axis = 7 }, nil, "channels, not"},
	} {
		t.Run(name, func(t *testing.T) {
			n := besideModel(deadBeside())
			x.edit(n)
			f := schema.NewFile(n.m)
			sound := true
			if _, err := tryInterpret(f); err != nil {
				sound = false
			}
			out, report, err := compress.PruneChannels(context.Background(), f, nil, compress.ChannelConfig{Share: 0.5})
			if err != nil { // refused before anything is looked at
				require.ErrorIs(t, err, schema.ErrInvalidModel)
				require.False(t, sound)
				return
			}
			got := actions(report)
			require.Len(t, got, len(x.want), "%v", got)
			for _, name := range x.want {
				require.Contains(t, got, name)
			}
			reasons := ""
			for _, s := range report.Skipped {
				reasons += s.Reason + "; "
			}
			require.Contains(t, reasons, x.why)
			if sound {
				set := smooth(interpret(t, f), 4, 1, -1, 1)
				require.Greater(t, float64(compress.SQNR(outputsOf(t, f, set), outputsOf(t, out, set))), 60.0)
			}
		})
	}
}

func schemaOptions(op *tflite.OperatorT) *tflite.ConcatenationOptionsT {
	o, _ := schema.Options[tflite.ConcatenationOptionsT](op)
	return o
}

// retype makes node i one of another operator.
func retype(n branches, i int, code tflite.BuiltinOperator, kind tflite.BuiltinOptions, options any) {
	c := n.m.OperatorCodes[n.g.Operators[i].OpcodeIndex]
	c.BuiltinCode, c.DeprecatedBuiltinCode = code, int8(code)
	n.g.Operators[i].BuiltinOptions = &tflite.BuiltinOptionsT{Type: kind, Value: options}
}

func tryInterpret(f *schema.File) (*interpreter.Interpreter, error) {
	b, err := schema.Encode(f)
	if err != nil {
		return nil, err
	}
	m, err := interpreter.Load(b)
	if err != nil {
		return nil, err
	}
	return interpreter.New(m)
}
