package schema

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/schema/tflite"
)

// manyTensors is tinyModel with n more tensors, each with a name, a shape and scales.
func manyTensors(t testing.TB, n int) []byte {
	m := tinyModel(t)
	for i := range n {
		m.Subgraphs[0].Tensors = append(m.Subgraphs[0].Tensors, &tflite.TensorT{
			Name: "more/" + strconv.Itoa(i), Type: tflite.TensorTypeINT8, Shape: []int32{1, int32(i), 2},
			Quantization: &tflite.QuantizationParametersT{Scale: []float32{float32(i), 2}, ZeroPoint: []int64{int64(i), -1}, QuantizedDimension: 2},
		})
	}
	return encoded(t, m)
}

// Vectors that are cut from one slab must be as apart as if each had memory of its own.
func TestSlabsKeepVectorsApart(t *testing.T) {
	b := manyTensors(t, 20)
	f, err := Decode(b, Limits{})
	require.NoError(t, err)
	want, err := Decode(b, Limits{})
	require.NoError(t, err)
	for _, x := range f.Model.Subgraphs[0].Tensors {
		_ = append(x.Shape, 99)
		_ = append(x.ShapeSignature, 99)
		if q := x.Quantization; q != nil {
			_ = append(q.Scale, 99)
			_ = append(q.ZeroPoint, 99)
		}
	}
	require.True(t, objectsEqual(want.Model, f.Model))
	clear(b)
	require.Equal(t, "more/7", f.Model.Subgraphs[0].Tensors[len(f.Model.Subgraphs[0].Tensors)-13].Name, "names are copies")
}

// TestSlabsSuffice requires that the verifier counts what the decoder takes: with room to the byte, allocations do not grow with
// the number of tensors.
func TestSlabsSuffice(t *testing.T) {
	few, many := manyTensors(t, 10), manyTensors(t, 1000)
	decode := func(b []byte) func() {
		return func() {
			if _, err := Decode(b, Limits{}); err != nil {
				panic(err)
			}
		}
	}
	require.Equal(t, testing.AllocsPerRun(5, decode(few)), testing.AllocsPerRun(5, decode(many)))
}

func TestAllZero(t *testing.T) {
	for n := range 20 {
		b := make([]byte, n)
		require.True(t, allZero(b))
		for i := range b {
			b[i] = 1
			require.False(t, allZero(b))
			b[i] = 0
		}
	}
}

func TestReverseEach(t *testing.T) {
	b := []byte{1, 2, 3, 4, 5, 6, 7, 8}
	reverseEach(b, 4)
	require.Equal(t, []byte{4, 3, 2, 1, 8, 7, 6, 5}, b)
	reverseEach(b, 8)
	require.Equal(t, []byte{5, 6, 7, 8, 1, 2, 3, 4}, b)
	reverseEach(b[:2], 2)
	require.Equal(t, []byte{6, 5, 7, 8, 1, 2, 3, 4}, b)
}
