package ops_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/ops/internal/optest"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// chainCase is (|x| + row) * |x| / single.
func chainCase() *optest.Case {
	return &optest.Case{
		Op: ops.Chain,
		Options: &ops.ChainOptions{Stages: []ops.ChainStage{
			{Code: tflite.BuiltinOperatorABS, Operands: []int{0}},
			{Code: tflite.BuiltinOperatorADD, Operands: []int{^0, 1}},
			{Code: tflite.BuiltinOperatorMUL, Operands: []int{^1, ^0}},
			{Code: tflite.BuiltinOperatorDIV, Operands: []int{^2, 2}},
		}},
		Inputs: []*tensor.Tensor{
			tensor.From(tensor.Float32, []float32{1, -2, 3, -4, 5, -6}, 3, 2), tensor.From(tensor.Float32, []float32{1, 2}, 2),
			tensor.From(tensor.Float32, []float32{2}, 1, 1),
		},
		Outputs: []*tensor.Tensor{tensor.New(tensor.Float32)},
	}
}

func TestChain(t *testing.T) {
	for _, known := range [][]int{nil, {1, 2}} {
		c := chainCase()
		c.Const = known
		c.Check(t)
		require.Equal(t, tensor.Shape{3, 2}, c.Outputs[0].Shape)
		require.Equal(t, []float32{1, 4, 6, 12, 15, 24}, tensor.Data[float32](c.Outputs[0]))
	}
}

// TestChainProducer has a producer that hands nothing over, so that the stages follow when it is done: |x*w + 1|.
func TestChainProducer(t *testing.T) {
	c := &optest.Case{
		Op: ops.ProducerChain,
		Options: &ops.ChainOptions{
			Producer: &ops.ChainProducer{Op: ops.Builtins().Builtin(tflite.BuiltinOperatorFULLY_CONNECTED), Version: 1, Inputs: 3},
			Stages: []ops.ChainStage{
				{Code: tflite.BuiltinOperatorADD, Operands: []int{^0, 3}}, {Code: tflite.BuiltinOperatorABS, Operands: []int{^1}},
			},
		},
		Inputs: []*tensor.Tensor{
			tensor.From(tensor.Float32, []float32{1, -2, 3, -4}, 2, 2), tensor.From(tensor.Float32, []float32{1, 0, 0, 2}, 2, 2), nil,
			tensor.From(tensor.Float32, []float32{1}),
		},
		Outputs: []*tensor.Tensor{tensor.New(tensor.Float32)},
	}
	c.Check(t)
	require.Equal(t, []float32{2, 3, 4, 7}, tensor.Data[float32](c.Outputs[0]))
	c.Inputs[1] = tensor.New(tensor.Float32, 2, 3)
	require.ErrorIs(t, c.Run(), ops.ErrInvalidModel, "an error of the producer")
}

func TestChainErrors(t *testing.T) {
	for name, c := range map[string]struct {
		change func(c *optest.Case, o *ops.ChainOptions)
		want   error
	}{
		"type": {func(c *optest.Case, _ *ops.ChainOptions) { c.Inputs[0].Type = tensor.Int32 }, ops.ErrUnsupported},
		"output type": {func(c *optest.Case, _ *ops.ChainOptions) {
			c.Outputs[0] = tensor.New(tensor.Int32)
		}, ops.ErrUnsupported},
		"shape":          {func(c *optest.Case, _ *ops.ChainOptions) { c.Inputs[1].Shape = tensor.Shape{2, 1} }, ops.ErrUnsupported},
		"empty":          {func(c *optest.Case, _ *ops.ChainOptions) { c.Inputs[0] = tensor.New(tensor.Float32, 0, 2) }, ops.ErrUnsupported},
		"no such input":  {func(_ *optest.Case, o *ops.ChainOptions) { o.Stages[1].Operands[1] = 3 }, ops.ErrInvalidModel},
		"no such result": {func(_ *optest.Case, o *ops.ChainOptions) { o.Stages[1].Operands[0] = ^1 }, ops.ErrInvalidModel},
		"operands":       {func(_ *optest.Case, o *ops.ChainOptions) { o.Stages[0].Operands = []int{0, 0} }, ops.ErrUnsupported},
		"none whole":     {func(_ *optest.Case, o *ops.ChainOptions) { o.Stages[1].Operands = []int{1, 2} }, ops.ErrUnsupported},
		"operator":       {func(_ *optest.Case, o *ops.ChainOptions) { o.Stages[0].Code = tflite.BuiltinOperatorCUMSUM }, ops.ErrUnsupported},
		"options": {func(_ *optest.Case, o *ops.ChainOptions) {
			o.Stages[1].Options = &tflite.SubOptionsT{}
		}, ops.ErrInvalidModel},
		"inputs of the producer": {func(_ *optest.Case, o *ops.ChainOptions) {
			o.Producer = &ops.ChainProducer{Op: ops.Chain, Inputs: 4}
		}, ops.ErrInvalidModel},
	} {
		t.Run(name, func(t *testing.T) {
			k := chainCase()
			c.change(k, k.Options.(*ops.ChainOptions))
			require.ErrorIs(t, k.Run(), c.want)
		})
	}
}
