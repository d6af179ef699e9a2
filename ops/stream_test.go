package ops_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/ops/internal/optest"
	"github.com/litewren/litewren/tensor"
)

func streamCase() (*optest.Case, *ops.StreamOptions) {
	past := tensor.New(tensor.Int16, 1, 2)
	o := &ops.StreamOptions{Past: past, Next: past, X: tensor.Shape{1, 1}, Y: tensor.Shape{1, 3}, From: 1}
	r := ops.NewResources()
	id := r.ID("variable", "", "v")
	return &optest.Case{
		Op: ops.Stream, Options: o, Resources: r,
		Inputs:  []*tensor.Tensor{tensor.From(tensor.Resource, []int32{id}), tensor.From(tensor.Int16, []int16{3}, 1, 1)},
		Outputs: []*tensor.Tensor{tensor.New(tensor.Int16)},
	}, o
}

func TestStream(t *testing.T) {
	c, _ := streamCase()
	require.ErrorIs(t, c.Run(), ops.ErrValue, "not assigned yet")
	for _, wrong := range []*tensor.Tensor{tensor.New(tensor.Int8, 1, 2), tensor.New(tensor.Int16, 1, 3)} {
		wrong.SetBytes(make([]byte, wrong.Shape.Elements()*wrong.Type.Size()))
		require.NoError(t, c.Resources.Assign(0, wrong))
		require.ErrorIs(t, c.Run(), ops.ErrValue)
	}
	require.NoError(t, c.Resources.Assign(0, tensor.From(tensor.Int16, []int16{1, 2}, 1, 2)))
	eval, err := c.Prepare()
	require.NoError(t, err)
	for i, want := range [][]int16{{1, 2, 3}, {2, 3, 3}, {3, 3, 3}} {
		require.NoError(t, eval(), i)
		require.Equal(t, want, tensor.Data[int16](c.Outputs[0]))
		require.Equal(t, want[1:], tensor.Data[int16](c.Resources.Variable(0)))
	}
	require.Zero(t, optest.Allocs(func() { _ = eval() }))
}

func TestStreamErrors(t *testing.T) {
	for name, change := range map[string]func(c *optest.Case, o *ops.StreamOptions){
		"past": func(_ *optest.Case, o *ops.StreamOptions) { o.Past = nil },
		"type": func(c *optest.Case, _ *ops.StreamOptions) { c.Outputs[0] = tensor.New(tensor.Int8) },
		"packed": func(c *optest.Case, o *ops.StreamOptions) {
			c.Outputs[0], c.Inputs[1] = tensor.New(tensor.Int4), tensor.New(tensor.Int4, 1, 1)
			o.Past = tensor.New(tensor.Int4, 1, 2)
			o.Next = o.Past
		},
		"shape":  func(c *optest.Case, _ *ops.StreamOptions) { c.Inputs[1] = tensor.New(tensor.Int16, 1, 2) },
		"handle": func(c *optest.Case, _ *ops.StreamOptions) { c.Inputs[0] = tensor.New(tensor.Float32) },
	} {
		c, o := streamCase()
		change(c, o)
		require.ErrorIs(t, c.Run(), ops.ErrUnsupported, name)
	}
	for name, change := range map[string]func(o *ops.StreamOptions){
		"sum": func(o *ops.StreamOptions) { o.Y = tensor.Shape{1, 4} }, "before": func(o *ops.StreamOptions) { o.From = -1 },
		"behind": func(o *ops.StreamOptions) { o.From = 2 },
	} {
		c, o := streamCase()
		change(o)
		require.ErrorIs(t, c.Run(), ops.ErrInvalidModel, name)
	}
}
