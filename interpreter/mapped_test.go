package interpreter_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

func TestOpenMapped(t *testing.T) {
	b := newBuilder()
	w := b.floats("w", []float32{1, 2, 3, 4}, 4)
	in, out := b.tensor("in", tensor.Float32, 4), b.tensor("out", tensor.Float32, 4)
	b.op(tflite.BuiltinOperatorMUL, &tflite.BuiltinOptionsT{Type: tflite.BuiltinOptionsMulOptions, Value: &tflite.MulOptionsT{}}, []int32{in, w}, []int32{out})
	b.inputs(in)
	b.outputs(out)
	path := filepath.Join(t.TempDir(), "model.tflite")
	require.NoError(t, os.WriteFile(path, b.bytes(t), 0o600))
	m, err := interpreter.Open(path, interpreter.WithMemoryMap())
	require.NoError(t, err)
	it, err := interpreter.New(m)
	require.NoError(t, err)
	copy(tensor.Data[float32](it.Input(0)), []float32{5, 6, 7, 8})
	require.NoError(t, it.Invoke(context.Background()))
	require.Equal(t, []float32{5, 12, 21, 32}, tensor.Data[float32](it.Output(0)))

	empty := filepath.Join(t.TempDir(), "empty.tflite")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	_, err = interpreter.Open(empty, interpreter.WithMemoryMap())
	require.ErrorIs(t, err, interpreter.ErrInvalidModel)
	_, err = interpreter.Open(t.TempDir(), interpreter.WithMemoryMap())
	require.Error(t, err, "a folder")
	_, err = interpreter.Open(empty+".missing", interpreter.WithMemoryMap())
	require.ErrorIs(t, err, os.ErrNotExist)
}

// squareModel is a product with weights that are packed, of which element 5 of each row is what Invoke makes of a unit vector.
func squareModel(t *testing.T) (model []byte, w int, weights []float32) {
	weights = make([]float32, squareSize*squareSize)
	for i := range weights {
		weights[i] = float32(i%97) - 48
	}
	b := newBuilder()
	k := b.floats("w", weights, squareSize, squareSize)
	in, out := b.tensor("in", tensor.Float32, 8, squareSize), b.tensor("out", tensor.Float32, 8, squareSize)
	b.op(tflite.BuiltinOperatorFULLY_CONNECTED, &tflite.BuiltinOptionsT{
		Type: tflite.BuiltinOptionsFullyConnectedOptions, Value: &tflite.FullyConnectedOptionsT{},
	}, []int32{in, k, -1}, []int32{out})
	b.inputs(in)
	b.outputs(out)
	return b.bytes(t), int(k), weights
}

const squareSize = 256

// TestPackedConstantsStayReadable: the memory behind packed weights is given back, their values are not lost.
func TestPackedConstantsStayReadable(t *testing.T) {
	model, w, weights := squareModel(t)
	path := filepath.Join(t.TempDir(), "model.tflite")
	require.NoError(t, os.WriteFile(path, model, 0o600))
	m, err := interpreter.Open(path, interpreter.WithMemoryMap())
	require.NoError(t, err)
	requireSquare(t, m, w, weights)
}

func requireSquare(t *testing.T, m *interpreter.Model, w int, weights []float32) {
	for range 2 {
		it, err := interpreter.New(m)
		require.NoError(t, err)
		tensor.Data[float32](it.Input(0))[5] = 1
		require.NoError(t, it.Invoke(context.Background()))
		require.Equal(t, weights, tensor.Data[float32](it.Tensor(w)))
		for j := range squareSize {
			require.Equal(t, weights[j*squareSize+5], tensor.Data[float32](it.Output(0))[j])
		}
	}
}
