package ops

import (
	"github.com/litewren/litewren/ops/internal/kernel/hybrid"
	"github.com/litewren/litewren/tensor"
)

// quantizedRows is memory for float32 rows as int8, with a scale and a zero point each.
type quantizedRows struct {
	depth                 int
	values, scales, zeros *tensor.Tensor
}

// quantizedRowsOf asks for memory for that many rows.
func quantizedRowsOf(n *Node, count, depth int) (r quantizedRows, err error) {
	r.depth = depth
	if r.values, err = n.Scratch(tensor.Int8, count, depth); err != nil {
		return r, err
	}
	if r.scales, err = n.Scratch(tensor.Float32, count); err != nil {
		return r, err
	}
	r.zeros, err = n.Scratch(tensor.Int32, count)
	return r, err
}

// quantize fills the first count rows from x and returns them.
func (r *quantizedRows) quantize(x []float32, asymmetric bool, count int) []int8 {
	values, scales, zeros := tensor.Data[int8](r.values), tensor.Data[float32](r.scales), tensor.Data[int32](r.zeros)
	hybrid.QuantizeRows(values, x, count, r.depth, scales, zeros, asymmetric)
	return values[:count*r.depth]
}

// at returns the scale and zero point of row i.
func (r *quantizedRows) at(i int) (scale float32, zero int32) {
	return tensor.Data[float32](r.scales)[i], tensor.Data[int32](r.zeros)[i]
}
