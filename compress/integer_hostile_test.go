package compress_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/compress/dataset"
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
		damage(r, f, f.Model.Subgraphs[0])
		require.NotPanics(t, func() {
			if _, _, err := compress.Integer(context.Background(), f, set, compress.IntegerConfig{}); err != nil {
				failed++
			}
		})
	}
	require.Greater(t, failed, 100)
	require.Less(t, failed, 590)
}

// damage changes one or two things of a subgraph.
func damage(r *rand.Rand, f *schema.File, g *tflite.SubGraphT) {
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
}

// TestHostile damages models with residual connections, windows, loops and branches, and lets everything that follows tensors through a
// graph at them.
func TestHostile(t *testing.T) {
	models := []*schema.File{residual([4]map[int]bool{}), stack(3, 12), loopModel(8), branchModel(8), recurrenttest.Bidirectional{LSTM: true, Batch: 1, Steps: 2, Depth: 3, Units: 4}.File(),
		schema.NewFile(besideModel([3]map[int]bool{}).m), recurrenttest.LSTM{Batch: 2, Steps: 3, Depth: 3, Cells: 4, Units: 4, Peepholes: true}.File()}
	r := rand.New(rand.NewPCG(11, 9))
	ctx := context.Background()
	failed, calls := 0, 0
	for range 400 {
		i := r.IntN(len(models))
		f := models[i].Clone()
		var set *dataset.Set
		if i == 2 || i == 3 {
			set = countedSamples(3, 8, 0, 1)
		} else {
			set = recurrenttest.Samples(f, 3, 1)
		}
		if r.IntN(8) > 0 {
			damage(r, f, f.Model.Subgraphs[r.IntN(len(f.Model.Subgraphs))])
		}
		for _, apply := range []func() (*schema.File, *compress.Report, error){
			func() (*schema.File, *compress.Report, error) {
				return compress.PruneChannels(ctx, f, set, compress.ChannelConfig{Share: 0.5, Refit: true})
			},
			func() (*schema.File, *compress.Report, error) {
				return compress.Prune(ctx, f, set, compress.PruneConfig{Sparsity: 0.5, MinElements: 1, Criterion: compress.OBS, Refit: true, Steps: 2})
			},
			func() (*schema.File, *compress.Report, error) {
				return compress.Factorize(ctx, f, set, compress.FactorizeConfig{Budget: 0.5})
			},
			func() (*schema.File, *compress.Report, error) {
				x, grids, report, err := compress.GPTQ(ctx, f, set, compress.GPTQConfig{Bits: 4, MinElements: 1})
				if err != nil {
					return x, report, err
				}
				return compress.Dynamic(x, compress.DynamicConfig{Bits: 4, MinElements: 1, Grids: grids})
			},
			func() (*schema.File, *compress.Report, error) {
				return compress.Integer(ctx, f, set, compress.IntegerConfig{})
			},
		} {
			calls++
			limited, cancel := context.WithTimeout(context.Background(), time.Second) // loops may not end any more
			ctx = limited
			require.NotPanics(t, func() {
				if _, _, err := apply(); err != nil {
					failed++
				}
			})
			cancel()
		}
	}
	t.Logf("%d of %d refused", failed, calls)
	require.Greater(t, failed, calls/5)
	require.Less(t, failed, calls*9/10)
}
