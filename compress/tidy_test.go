package compress_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/schema/tflite"
)

func TestTidy(t *testing.T) {
	f := dense(gaussian(64*64, 1), 64, 64)
	g := f.Model.Subgraphs[0]
	// Two nodes in a row that lead nowhere, and a buffer of nobody.
	for i := range int32(2) {
		dead := *g.Operators[0]
		g.Tensors = append(g.Tensors, &tflite.TensorT{Name: "dead", Shape: []int32{1, 64}})
		dead.Inputs, dead.Outputs = []int32{2 + i, 1, -1}, []int32{3 + i}
		g.Operators = append(g.Operators, &dead)
	}
	f.Model.Buffers = append(f.Model.Buffers, &tflite.BufferT{Data: make([]byte, 1000)})
	out, report, err := compress.Tidy(f, compress.TidyConfig{Names: true})
	require.NoError(t, err)
	require.Len(t, report.Changes, 2)
	require.Less(t, report.After.File, report.Before.File-1000)
	tidy := out.Model.Subgraphs[0]
	require.Len(t, tidy.Operators, 1)
	require.Len(t, out.Model.Buffers, 2)
	require.Equal(t, []string{"x", "", "y"}, []string{tidy.Tensors[0].Name, tidy.Tensors[1].Name, tidy.Tensors[2].Name})
	it := interpret(t, f)
	set := smooth(it, 2, 1, -1, 1)
	require.Equal(t, outputs(t, it, set), outputs(t, interpret(t, out), set))
}

func TestTidySensor(t *testing.T) {
	for _, name := range []string{"sensor_lstm.tflite", "sensor_transformer.tflite", "sensor_autoencoder.tflite"} {
		f := sensorModel(t, name)
		out, report, err := compress.Tidy(f, compress.TidyConfig{Names: true})
		require.NoError(t, err)
		require.Empty(t, report.Changes, "no node is idle")
		require.Less(t, report.After.File, report.Before.File)
		require.Len(t, out.Model.Subgraphs[0].Operators, len(f.Model.Subgraphs[0].Operators))
		it := interpret(t, f)
		set := smooth(it, 2, 1, -1, 1)
		require.Equal(t, outputs(t, it, set), outputs(t, interpret(t, out), set))
	}
}
