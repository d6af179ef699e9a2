// What the elementwise activations share: 16-bit floats that pass through rows of FLOAT32, and bytes through a table.

package ops

import (
	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/tensor"
)

// activationRow is the number of 16-bit floats widened at a time.
const activationRow = 512

// activationFloats returns the evaluation of an elementwise float32 kernel over FLOAT32, FLOAT16 or BFLOAT16 tensors of equal
// type and size, the input and output of a node. The kernel, which takes some picoseconds an element, may get dst and x in the
// same memory.
func activationFloats(n *Node, picoseconds int, kernel func(dst, x []float32)) Eval {
	in, out := n.Input(0), n.Output(0)
	if in.Type == tensor.Float32 {
		return forkSpans(n, in.Shape.Elements(), picoseconds, func(i, j int) {
			kernel(tensor.Data[float32](out)[i:j], tensor.Data[float32](in)[i:j])
		})
	}
	widen, narrow := widening(in.Type)
	buffer := make([]float32, activationRow)
	return func() error {
		dst, x := tensor.Data[uint16](out), tensor.Data[uint16](in)
		for len(x) > 0 {
			row := buffer[:min(len(x), activationRow)]
			widen(row, x[:len(row)])
			kernel(row, row)
			narrow(dst[:len(row)], row)
			dst, x = dst[len(row):], x[len(row):]
		}
		return nil
	}
}

// activationBytes returns the evaluation of a table of INT8 or UINT8 values.
func activationBytes(in, out *tensor.Tensor, table *[256]uint8) Eval {
	return func() error {
		q.Lookup8(tensor.Raw[uint8](out), tensor.Raw[uint8](in), table)
		return nil
	}
}

// activationLUT is activationBytes for the table of a real function.
func activationLUT(in, out *tensor.Tensor, f func(float32) float32) (Eval, error) {
	table, err := lut8(in, out, f)
	if err != nil {
		return nil, err
	}
	return activationBytes(in, out, table), nil
}

// byteTable tabulates an elementwise kernel of INT8 or UINT8 values for all of them.
func byteTable[Out, In int8 | uint8](kernel func(dst []Out, x []In)) *[256]uint8 {
	var x [256]In
	var y [256]Out
	table := new([256]uint8)
	for i := range x {
		x[i] = In(uint8(i))
	}
	kernel(y[:], x[:])
	for i, v := range y {
		table[i] = uint8(v)
	}
	return table
}
