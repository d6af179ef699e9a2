package interpreter_test

import (
	"context"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// BenchmarkDispatch times what a node costs beside its kernel: 100 nodes that each add or subtract two floats.
func BenchmarkDispatch(b *testing.B) {
	m := newBuilder()
	x := m.tensor("x", tensor.Float32, 1)
	y := m.floats("y", []float32{1}, 1)
	m.g.Inputs = []int32{x}
	for i := range 100 {
		out := m.tensor("t", tensor.Float32, 1)
		code := tflite.BuiltinOperatorADD
		if i%2 == 1 {
			code = tflite.BuiltinOperatorSUB
		}
		m.op(code, nil, []int32{x, y}, []int32{out})
		x = out
	}
	m.g.Outputs = []int32{x}
	benchmarkInvoke(b, m.load(b), interpreter.WithoutRewrites())
}

// BenchmarkSmallModels times models whose nodes do little.
func BenchmarkSmallModels(b *testing.B) {
	for _, name := range []string{"tflm_hello_f32", "tflm_hello_int8", "gotf_xor", "gotf_iris", "handkp_cls", "litert_groupnorm"} {
		b.Run(name, func(b *testing.B) {
			data, err := os.ReadFile(shared(b, "models", name+".tflite"))
			require.NoError(b, err)
			m, err := interpreter.Load(data)
			require.NoError(b, err)
			benchmarkInvoke(b, m)
		})
	}
}

func benchmarkInvoke(b *testing.B, m *interpreter.Model, opts ...interpreter.Option) {
	it, err := interpreter.New(m, opts...)
	require.NoError(b, err)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	b.ReportAllocs()
	for b.Loop() {
		if err := it.Invoke(ctx); err != nil {
			b.Fatal(err)
		}
	}
}
