package calibrate

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/compress/internal/recurrenttest"
	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/tensor"
)

func lstmVariants() []recurrenttest.LSTM {
	plain := recurrenttest.LSTM{Batch: 2, Steps: 7, Depth: 5, Cells: 6, Units: 6, Seed: 1}
	list := []recurrenttest.LSTM{plain}
	add := func(change func(*recurrenttest.LSTM)) {
		v := plain
		v.Seed = uint64(len(list) + 1)
		change(&v)
		list = append(list, v)
	}
	add(func(v *recurrenttest.LSTM) { v.TimeMajor, v.InputNode = true, true })
	add(func(v *recurrenttest.LSTM) { v.Coupled = true })
	add(func(v *recurrenttest.LSTM) { v.Peepholes, v.CellClip = true, 0.7 })
	add(func(v *recurrenttest.LSTM) { v.Projection, v.Units, v.ProjClip = true, 3, 0.9 })
	add(func(v *recurrenttest.LSTM) { v.Projection, v.Units, v.Bias, v.Norm = true, 4, true, true })
	add(func(v *recurrenttest.LSTM) { v.Norm, v.Coupled, v.Peepholes = true, true, true })
	add(func(v *recurrenttest.LSTM) { v.Steps = 0 })
	add(func(v *recurrenttest.LSTM) { v.Steps, v.Norm = 0, true })
	return list
}

// TestCellsAgree: the evaluation beside the model has the same states as the model, sample after sample.
func TestCellsAgree(t *testing.T) {
	for _, v := range lstmVariants() {
		t.Run(fmt.Sprintf("%+v", v), func(t *testing.T) {
			f := v.File()
			b, err := schema.Encode(f)
			require.NoError(t, err)
			m, err := interpreter.Load(b)
			require.NoError(t, err)
			it, err := interpreter.New(m, interpreter.WithoutRewrites())
			require.NoError(t, err)
			p, err := newPlan(f)
			require.NoError(t, err)
			o := newObserver(p, it, Config{KeepState: true})
			it.SetTap(o.tap)
			set := recurrenttest.Samples(f, 3, 5)
			var at place
			for k := range p.cells {
				at = k
			}
			l := p.cells[at]
			for i := range set.Len {
				s, err := set.Sample(i)
				require.NoError(t, err)
				require.NoError(t, s.Apply(it))
				o.begin()
				require.NoError(t, it.Invoke(context.Background()))
				o.end()
				require.Empty(t, o.missing)
				require.InDeltaSlice(t, tensor.Data[float32](it.Tensor(int(l.outputState))), o.states[at].h, 1e-5)
				require.InDeltaSlice(t, tensor.Data[float32](it.Tensor(int(l.cellState))), o.states[at].c, 1e-5)
			}
		})
	}
}

// TestInside: the ranges of the inside are those of the steps, and the states' are there.
func TestInside(t *testing.T) {
	for _, v := range lstmVariants() {
		f := v.File()
		set := recurrenttest.Samples(f, 20, 6)
		stats, err := Run(context.Background(), f, set, Config{Workers: 3})
		require.NoError(t, err)
		again, err := Run(context.Background(), f, set, Config{Workers: 1})
		require.NoError(t, err)
		require.Equal(t, again.merged.slots, stats.merged.slots)
		node := len(f.Model.Subgraphs[0].Operators) - 1
		op := f.Model.Subgraphs[0].Operators[node]
		inside, ok := stats.Intermediates(0, int(op.Outputs[0]), MinMax)
		require.True(t, ok)
		require.Equal(t, v.Coupled, inside[0] == Range{})
		for _, r := range inside[1:] {
			require.Less(t, r.Min, r.Max)
		}
		require.LessOrEqual(t, inside[4].Max, float32(1))
		out, ok := stats.Range(0, int(op.Outputs[0]), MinMax)
		require.True(t, ok)
		state, ok := stats.Range(0, int(op.Inputs[18]), MinMax)
		require.True(t, ok)
		require.Equal(t, out, state)
		if !v.Projection {
			require.InDelta(t, out.Max, inside[4].Max, 1e-5)
			require.InDelta(t, out.Min, inside[4].Min, 1e-5)
		}
		cell, ok := stats.Range(0, int(op.Inputs[19]), MinMax)
		require.True(t, ok)
		require.Greater(t, cell.Max, inside[4].Max)
		if v.CellClip > 0 {
			require.Equal(t, v.CellClip, cell.Max)
		}
		if v.Steps > 0 {
			require.Empty(t, stats.Warnings())
			continue
		}
		require.Contains(t, stats.Warnings()[0], "node 0 LSTM takes one step")
		stats, err = Run(context.Background(), f, set, Config{KeepState: true})
		require.NoError(t, err)
		require.Empty(t, stats.Warnings())
		kept, ok := stats.Range(0, int(op.Inputs[19]), MinMax)
		require.True(t, ok)
		require.Greater(t, kept.Max-kept.Min, cell.Max-cell.Min, "states grow over several steps")
	}
}
