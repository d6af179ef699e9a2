package interpreter_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// Weights that DEQUANTIZE makes are not kept beside what FULLY_CONNECTED packs of them: not where it packs, from 4 rows on,
// but where it reads them as they are, or another node does. Interpreters compute them again when they prepare anew.
func TestSparedConstants(t *testing.T) {
	const units, depth = 64, 256
	rng := rand.New(rand.NewPCG(1, 2))
	build := func(read bool) *interpreter.Model {
		b := newBuilder()
		x := b.tensor("x", tensor.Float32, 8, depth)
		data := make([]byte, units*depth)
		for i := range data {
			data[i] = byte(rng.IntN(256))
		}
		stored := b.data(b.tensor("stored", tensor.Int8, units, depth), data)
		b.g.Tensors[stored].Quantization = &tflite.QuantizationParametersT{Scale: []float32{0.01}, ZeroPoint: []int64{0}}
		w, y := b.tensor("w", tensor.Float32, units, depth), b.tensor("y", tensor.Float32, 8, units)
		b.op(tflite.BuiltinOperatorDEQUANTIZE, nil, []int32{stored}, []int32{w})
		b.op(tflite.BuiltinOperatorFULLY_CONNECTED, &tflite.BuiltinOptionsT{
			Type: tflite.BuiltinOptionsFullyConnectedOptions, Value: &tflite.FullyConnectedOptionsT{}}, []int32{x, w}, []int32{y})
		b.inputs(x)
		b.outputs(y)
		if read {
			b.outputs(y, w)
		}
		m, err := interpreter.Load(b.bytes(t))
		require.NoError(t, err)
		return m
	}
	values := make([]float32, 8*depth)
	for i := range values {
		values[i] = float32(rng.NormFloat64())
	}
	run := func(it *interpreter.Interpreter) []float32 {
		copy(tensor.Data[float32](it.Input(0)), values)
		require.NoError(t, it.Invoke(context.Background()))
		return append([]float32(nil), tensor.Data[float32](it.Output(0))...)
	}
	m := build(false)
	plain, err := interpreter.New(m, interpreter.WithoutRewrites())
	require.NoError(t, err)
	want := run(plain)
	// The values of w, the panels if the processor has kernels for them, and what else there is, which is less.
	packs := plain.MemoryUsed() > 2*4*units*depth
	for range 2 {
		it, err := interpreter.New(m)
		require.NoError(t, err)
		if packs {
			require.EqualValues(t, 4*units*depth, plain.MemoryUsed()-it.MemoryUsed())
			require.Empty(t, it.Tensor(2).Bytes())
		}
		require.Equal(t, want, run(it))
		require.NoError(t, it.Resize(0, tensor.Shape{1, depth}))
		single := run(it)
		require.Len(t, it.Tensor(2).Bytes(), 4*units*depth)
		for i, v := range single {
			require.InDelta(t, want[i], v, 1e-3)
		}
		require.NoError(t, it.Resize(0, tensor.Shape{8, depth}))
		require.Equal(t, want, run(it))
	}
	it, err := interpreter.New(build(true))
	require.NoError(t, err)
	run(it)
	require.Len(t, it.Output(1).Bytes(), 4*units*depth)
}

// TestSparedInTurn: each layer finds the memory free that the weights of the one before took while it was prepared.
func TestSparedInTurn(t *testing.T) {
	const layers, units = 6, 128
	b := newBuilder()
	x := b.tensor("x", tensor.Float32, 8, units)
	b.inputs(x)
	for range layers {
		stored := b.data(b.tensor("stored", tensor.Int8, units, units), make([]byte, units*units))
		b.g.Tensors[stored].Quantization = &tflite.QuantizationParametersT{Scale: []float32{0.01}, ZeroPoint: []int64{0}}
		w, y := b.tensor("w", tensor.Float32, units, units), b.tensor("y", tensor.Float32, 8, units)
		b.op(tflite.BuiltinOperatorDEQUANTIZE, nil, []int32{stored}, []int32{w})
		b.op(tflite.BuiltinOperatorFULLY_CONNECTED, &tflite.BuiltinOptionsT{
			Type: tflite.BuiltinOptionsFullyConnectedOptions, Value: &tflite.FullyConnectedOptionsT{}}, []int32{x, w}, []int32{y})
		x = y
	}
	b.outputs(x)
	m := b.load(t)
	it, err := interpreter.New(m)
	require.NoError(t, err)
	if len(it.Tensor(2).Bytes()) > 0 {
		t.Skip("this processor has no kernels that pack")
	}
	// Room for what stays and the weights of one layer is enough. With less, weights would be dequantized when they are needed.
	tight, err := interpreter.New(m, interpreter.WithMemoryBudget(it.MemoryUsed()+4*units*units))
	require.NoError(t, err)
	require.Equal(t, it.MemoryUsed(), tight.MemoryUsed())
}
