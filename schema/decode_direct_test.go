package schema

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/schema/tflite"
)

// requireDirect decodes b by reflection alone as well and requires the same.
func requireDirect(t *testing.T, b []byte) (decoded bool) {
	t.Helper()
	limits := Limits{}.withDefaults()
	root, err := verify(b, limits)
	if err != nil {
		return false
	}
	got, gotErr := (&decoder{b: flatbufferPart(b)}).file(b, root, limits)
	want, wantErr := (&decoder{b: flatbufferPart(b), reflected: true}).file(b, root, limits)
	if wantErr != nil {
		require.EqualError(t, gotErr, wantErr.Error())
		return false
	}
	require.NoError(t, gotErr)
	require.Equal(t, want.Unknown, got.Unknown)
	require.Equal(t, want.Trailing, got.Trailing)
	require.True(t, objectsEqual(want.Model, got.Model))
	return true
}

func TestDecodeDirectModels(t *testing.T) {
	eachModel(t, func(t *testing.T, b []byte) { require.True(t, requireDirect(t, b)) })
}

func TestDecodeDirectCases(t *testing.T) {
	eachCase(t, 7, func(t *testing.T, b []byte, _ string) { requireDirect(t, b) })
}

// Bytes changed at random give absent fields, slots of a later schema, unknown tags and odd defaults.
func TestDecodeDirectMutated(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	whole := encoded(t, fullModel(t))
	require.True(t, requireDirect(t, whole))
	decoded := 0
	for range 30000 {
		b := append([]byte(nil), whole...)
		for range 1 + r.IntN(4) {
			b[8+r.IntN(len(b)-8)] = byte(r.IntN(256) >> r.IntN(8))
		}
		if requireDirect(t, b) {
			decoded++
		}
	}
	require.Greater(t, decoded, 5000)
}

// fullModel is sparseModel with a value in every field of the tables that have code of their own.
func fullModel(t testing.TB) *tflite.ModelT {
	m := sparseModel(t)
	tensor, op := m.Subgraphs[0].Tensors[1], m.Subgraphs[0].Operators[1]
	tensor.IsVariable, tensor.HasRank, tensor.ExternalBuffer = true, true, 7
	tensor.ShapeSignature, tensor.VariantTensors = []int32{-1, 4}, []*tflite.VariantSubTypeT{{Shape: []int32{3}, HasRank: true}}
	tensor.Quantization.QuantizedDimension = 1
	op.Intermediates, op.DebugMetadataIndex = []int32{1, -1}, 5
	m.Subgraphs[0].Operators[0].DebugMetadataIndex = 0
	return m
}

func TestDecodeDirectFields(t *testing.T) {
	m := fullModel(t)
	f, err := Decode(encoded(t, m), Limits{})
	require.NoError(t, err)
	require.True(t, objectsEqual(m, f.Model))
}

func BenchmarkDecode(b *testing.B) {
	whole := encoded(b, fullModel(b))
	for b.Loop() {
		if _, err := Decode(whole, Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}
