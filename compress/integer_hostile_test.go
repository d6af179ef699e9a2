package compress_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/compress/internal/recurrenttest"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// TestIntegerHostileRecurrent damages recurrent models: errors, or a result that a loader may refuse, but no panic.
func TestIntegerHostileRecurrent(t *testing.T) {
	models := []*schema.File{
		recurrenttest.LSTM{Batch: 1, Steps: 2, Depth: 3, Cells: 4, Units: 3, Projection: true, Bias: true, Norm: true, Peepholes: true, InputNode: true}.File(),
		recurrenttest.LSTM{Batch: 2, Steps: 2, Depth: 3, Cells: 4, Units: 4, Coupled: true, TimeMajor: true}.File(),
		recurrenttest.SVDF{Batch: 1, Depth: 4, Units: 3, Rank: 2, Memory: 3, Bias: true, Activation: tflite.ActivationFunctionTypeRELU}.File(),
	}
	r := rand.New(rand.NewPCG(9, 9))
	failed := 0
	for range 600 {
		f := models[r.IntN(len(models))].Clone()
		set := recurrenttest.Samples(f, 2, 1)
		g := f.Model.Subgraphs[0]
		for range 1 + r.IntN(2) {
			op, x := g.Operators[r.IntN(len(g.Operators))], g.Tensors[r.IntN(len(g.Tensors))]
			switch r.IntN(9) {
			case 0:
				op.Inputs[r.IntN(len(op.Inputs))] = int32(r.IntN(len(g.Tensors)+1)) - 1
			case 1:
				op.Inputs = op.Inputs[:1+r.IntN(len(op.Inputs))]
			case 2:
				op.Outputs[0] = int32(r.IntN(len(g.Tensors)))
			case 3:
				x.Shape = x.Shape[:r.IntN(len(x.Shape)+1)]
			case 4:
				if len(x.Shape) > 0 {
					x.Shape[r.IntN(len(x.Shape))] = []int32{-1, 0, 1, 2, 1 << 20}[r.IntN(5)]
				}
			case 5:
				x.IsVariable = !x.IsVariable
			case 6:
				x.Buffer = uint32(r.IntN(len(f.Model.Buffers)))
			case 7:
				x.Type = []tflite.TensorType{tflite.TensorTypeINT8, tflite.TensorTypeFLOAT16, tflite.TensorTypeSTRING, tflite.TensorTypeINT4}[r.IntN(4)]
			case 8:
				op.BuiltinOptions = nil
			}
		}
		require.NotPanics(t, func() {
			if _, _, err := compress.Integer(context.Background(), f, set, compress.IntegerConfig{}); err != nil {
				failed++
			}
		})
	}
	require.Greater(t, failed, 100)
	require.Less(t, failed, 590)
}
