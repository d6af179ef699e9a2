package ops_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/ops/internal/optest"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// A bias that is no constant keeps a cell from the kernel of the plain one: both compute the same, to the last bit.
func TestLSTMHybridPlain(t *testing.T) {
	for _, m := range []*lstmModel{
		{batch: 2, steps: 5, depth: 5, cells: 20, units: 20},
		{batch: 1, steps: 4, depth: 8, cells: 16, units: 16, cellClip: 0.2},
		{batch: 3, steps: 2, depth: 1, cells: 1, units: 1},
	} {
		for _, asymmetric := range []bool{false, true} {
			for _, timeMajor := range []bool{false, true} {
				t.Run(fmt.Sprintf("%d cells %v %v", m.cells, asymmetric, timeMajor), func(t *testing.T) {
					m.fill(rand.New(rand.NewPCG(3, 4)))
					row := m.values[0][:m.depth]
					copy(m.values[0][m.depth:], row) // twice the same input, then, if there are so many, zeros
					if m.steps > 3 {
						clear(m.values[0][2*m.depth : 3*m.depth])
						clear(m.values[18][:m.units])
					}
					run := func(constBias bool) (out, cells []float32) {
						inputs := m.tensors(func(i int, v []float64, shape []int) *tensor.Tensor {
							if i == 0 || i >= 12 {
								return tensor.From(tensor.Float32, floats(v), shape...)
							}
							return stored(tensor.Int8, v, shape, 1.0/127, 0)
						})
						if timeMajor {
							inputs[0].Shape = tensor.Shape{m.steps, m.batch, m.depth}
						}
						y := &tensor.Tensor{Type: tensor.Float32}
						c := &optest.Case{Op: sequenceLSTM(t), Inputs: inputs, Variables: []int{18, 19}, Outputs: []*tensor.Tensor{y},
							Const: []int{1, 2, 3, 4, 5, 6, 7, 8},
							Options: &tflite.UnidirectionalSequenceLSTMOptionsT{
								FusedActivationFunction: tflite.ActivationFunctionTypeTANH, CellClip: float32(m.cellClip),
								AsymmetricQuantizeInputs: asymmetric, TimeMajor: timeMajor,
							}}
						if constBias {
							c.Const = constants(inputs)
						}
						evalLSTM(t, c)
						return tensor.Data[float32](y), tensor.Data[float32](inputs[19])
					}
					want, wantCells := run(false)
					got, cells := run(true)
					require.Equal(t, want, got)
					require.Equal(t, wantCells, cells)
				})
			}
		}
	}
}
