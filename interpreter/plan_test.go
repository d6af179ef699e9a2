package interpreter_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// reshaping is x -> NEG -> RESHAPE -> ABS -> RESHAPE, with the first shape an output too where asked.
func reshaping(t *testing.T, both bool) *interpreter.Model {
	b := newBuilder()
	x := b.tensor("x", tensor.Float32, 2, 3)
	shape := b.ints("shape", []int32{3, 2}, 2)
	flat := b.ints("flat", []int32{6}, 1)
	options := func(dims ...int32) *tflite.BuiltinOptionsT {
		return union(tflite.BuiltinOptionsReshapeOptions, &tflite.ReshapeOptionsT{NewShape: dims})
	}
	negative := b.node(tflite.BuiltinOperatorNEG, nil, []int32{x}, 2, 3)
	turned := b.node(tflite.BuiltinOperatorRESHAPE, options(3, 2), []int32{negative, shape}, 3, 2)
	positive := b.node(tflite.BuiltinOperatorABS, nil, []int32{turned}, 3, 2)
	y := b.node(tflite.BuiltinOperatorRESHAPE, options(6), []int32{positive, flat}, 6)
	b.inputs(x)
	b.outputs(y)
	if both {
		b.outputs(y, turned)
	}
	return b.load(t)
}

// TestMootNodes checks that nodes which only share memory are left out only where nobody can tell.
func TestMootNodes(t *testing.T) {
	for _, both := range []bool{false, true} {
		it, err := interpreter.New(reshaping(t, both), interpreter.WithoutRewrites())
		require.NoError(t, err)
		run := func() {
			copy(tensor.Data[float32](it.Input(0)), []float32{1, -2, 3, -4, 5, -6})
			require.NoError(t, it.Invoke(context.Background()))
			require.Equal(t, []float32{1, 2, 3, 4, 5, 6}, tensor.Data[float32](it.Output(0)))
			if both {
				require.Equal(t, []float32{-1, 2, -3, 4, -5, 6}, tensor.Data[float32](it.Output(1)))
			}
		}
		run()
		var seen []string
		it.SetTap(func(n interpreter.Tapped) { seen = append(seen, n.Op) })
		run()
		require.Equal(t, []string{"NEG", "RESHAPE", "ABS", "RESHAPE"}, seen, "a tap sees every node")
		it.SetTap(nil)
		// Whoever gives an output other memory finds it there.
		for i := range it.Outputs() {
			it.Output(i).SetBytes(tensor.AlignedBytes(24))
		}
		run()
		require.NoError(t, it.Resize(0, tensor.Shape{2, 3}))
		run()
	}
}
