package compress

import "github.com/litewren/litewren/compress/internal/edit"

// TensorID names a tensor across transforms, which keep names but not indexes.
type TensorID struct {
	Subgraph int
	Name     string
}

// Grid is a choice of scales for the weights of one tensor.
type Grid struct {
	Scale []float32
	Axis  int // -1 for one scale
	Block int // in place of Axis: so many neighbours of a row of a matrix have a scale in common, row by row; 0 for none
}

// Grids says with which scales weights are to be quantized. Methods that choose integers themselves (GPTQ, AdaRound) return
// float weights that lie on a grid, and the grid; quantizing them with these scales gives exactly the integers chosen.
type Grids map[TensorID]Grid

func (g Grids) of(graph *edit.Graph, t int32) *Grid {
	if x, ok := g[TensorID{graph.Index, graph.Tensors[t].Name}]; ok {
		return &x
	}
	return nil
}
