package interpreter_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// dequantizedModel is a chain of products with weights that are stored as INT8 and dequantized, layers of them of several sizes. Those of
// layer twice, if there is one, are used by two products.
func dequantizedModel(t *testing.T, layers, twice int) []byte {
	const rows = 8
	width := func(layer int) int { return 192 + 32*(layer%3) }
	b := newBuilder()
	x := b.tensor("in", tensor.Float32, rows, int32(width(0)))
	b.inputs(x)
	product := func(x, w int32, units int) int32 {
		y := b.tensor("product", tensor.Float32, rows, int32(units))
		b.op(tflite.BuiltinOperatorFULLY_CONNECTED, &tflite.BuiltinOptionsT{
			Type: tflite.BuiltinOptionsFullyConnectedOptions, Value: &tflite.FullyConnectedOptionsT{},
		}, []int32{x, w, -1}, []int32{y})
		return y
	}
	var outputs []int32
	for layer := range layers {
		units, depth := width(layer+1), width(layer)
		data := make([]byte, units*depth)
		for i := range data {
			data[i] = byte((i*i + 31*layer) % 251)
		}
		stored := b.data(b.tensor("stored", tensor.Int8, int32(units), int32(depth)), data)
		b.g.Tensors[stored].Quantization = &tflite.QuantizationParametersT{Scale: []float32{1.0 / 4096}, ZeroPoint: []int64{0}}
		w := b.tensor("dequantized", tensor.Float32, int32(units), int32(depth))
		b.op(tflite.BuiltinOperatorDEQUANTIZE, nil, []int32{stored}, []int32{w})
		y := product(x, w, units)
		if layer == twice {
			outputs = append(outputs, product(x, w, units))
		}
		x = y
	}
	b.outputs(append(outputs, x)...)
	return b.bytes(t)
}

// TestRecycledConstants: computed constants that take the memory of others, which were packed, are right all the same, whoever makes
// interpreters of the model meanwhile.
func TestRecycledConstants(t *testing.T) {
	for _, twice := range []int{-1, 0, 3} {
		model := dequantizedModel(t, 7, twice)
		run := func(m *interpreter.Model, opts ...interpreter.Option) ([][]float32, error) {
			it, err := interpreter.New(m, opts...)
			if err != nil {
				return nil, err
			}
			x := tensor.Data[float32](it.Input(0))
			for i := range x {
				x[i] = float32(i%7) - 3
			}
			if err := it.Invoke(context.Background()); err != nil {
				return nil, err
			}
			var out [][]float32
			for i := range it.Outputs() {
				out = append(out, tensor.Data[float32](it.Output(i)))
			}
			return out, nil
		}
		m, err := interpreter.Load(model)
		require.NoError(t, err)
		want, err := run(m, interpreter.WithoutRewrites()) // where every tensor stays
		require.NoError(t, err)
		require.NotZero(t, want[len(want)-1][0])
		m, err = interpreter.Load(model)
		require.NoError(t, err)
		var wait sync.WaitGroup
		got, errs := make([][][]float32, 4), make([]error, 4)
		for i := range got {
			wait.Go(func() { got[i], errs[i] = run(m) })
		}
		wait.Wait()
		for i := range got {
			require.NoError(t, errs[i])
			require.Equal(t, want, got[i])
		}
		again, err := run(m)
		require.NoError(t, err)
		require.Equal(t, want, again)
	}
}
