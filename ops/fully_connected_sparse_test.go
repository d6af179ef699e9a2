package ops_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/ops/internal/optest"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// sparseBlocks keeps blocks of size columns of a units x depth matrix with that probability, and returns it stored sparse and
// dense. The first row stays empty.
func sparseBlocks[T float32 | int8](rng *rand.Rand, t tensor.Type, units, depth, size int, keep float64, value func() T) (sparse, dense *tensor.Tensor) {
	dense = tensor.New(t, units, depth)
	var stored []T
	segments, indices := []int32{0}, []int32(nil)
	for u := range units {
		for b := range depth / size {
			if u == 0 || rng.Float64() >= keep {
				continue
			}
			indices = append(indices, int32(b))
			for i := range size {
				v := value()
				stored = append(stored, v)
				tensor.Data[T](dense)[u*depth+b*size+i] = v
			}
		}
		segments = append(segments, int32(len(indices)))
	}
	columns := tensor.SparseLevel{Sparse: true, Segments: tensor.Indices(segments), Indices: tensor.Indices(indices)}
	sparse = tensor.From(t, stored, len(stored))
	sparse.Shape = tensor.Shape{units, depth}
	sparse.Sparsity = &tensor.Sparsity{TraversalOrder: []int{0, 1}, Levels: []tensor.SparseLevel{{DenseSize: units}, columns}}
	if size > 1 {
		sparse.Sparsity.TraversalOrder = []int{0, 1, 2}
		sparse.Sparsity.BlockMap = []int{1}
		sparse.Sparsity.Levels = append(sparse.Sparsity.Levels, tensor.SparseLevel{DenseSize: size})
	}
	return sparse, dense
}

// columnsFirst returns a matrix of whole rows stored column by column, which the sparse kernels do not read.
func columnsFirst(dense *tensor.Tensor) *tensor.Tensor {
	units, depth := dense.Shape[0], dense.Shape[1]
	turned := make([]float32, units*depth)
	for u := range units {
		for d := range depth {
			turned[d*units+u] = tensor.Data[float32](dense)[u*depth+d]
		}
	}
	x := tensor.From(tensor.Float32, turned, units, depth)
	x.Sparsity = &tensor.Sparsity{TraversalOrder: []int{1, 0}, Levels: []tensor.SparseLevel{{DenseSize: depth}, {DenseSize: units}}}
	return x
}

func TestFullyConnectedSparseFloat(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	normal := func() float32 { return float32(rng.NormFloat64()) }
	const units, depth = 7, 64
	for _, size := range []int{1, 2, 4, 16} { // 2 and 16 take the dense way
		for _, batch := range []int{0, 1, 3, 4, 37} {
			t.Run(fmt.Sprintf("1x%d batch %d", size, batch), func(t *testing.T) {
				sparse, dense := sparseBlocks(rng, tensor.Float32, units, depth, size, 0.2, normal)
				x, bias := tensor.New(tensor.Float32, batch, depth), tensor.New(tensor.Float32, units)
				fill(x, normal)
				fill(bias, normal)
				opts := &tflite.FullyConnectedOptionsT{FusedActivationFunction: tflite.ActivationFunctionTypeRELU}
				run := func(w *tensor.Tensor) []float32 {
					out := tensor.New(tensor.Float32)
					c := fullyConnectedCase(opts, out, x, w, bias)
					c.Const = []int{1}
					c.Check(t)
					require.Equal(t, tensor.Shape{batch, units}, out.Shape)
					return tensor.Data[float32](out)
				}
				optest.Close(t, run(dense), run(sparse), 1e-6)
				optest.Close(t, run(dense), run(columnsFirst(dense)), 0)
			})
		}
	}
}

func fill[T tensor.Element](x *tensor.Tensor, value func() T) {
	for i := range tensor.Data[T](x) {
		tensor.Data[T](x)[i] = value()
	}
}

// TestFullyConnectedSparseInt8 compares with the expanded weights, marked sparse so that they are rounded in the same way.
func TestFullyConnectedSparseInt8(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	anyByte := func() int8 { return int8(rng.IntN(256)) }
	const units, depth = 6, 96
	for _, size := range []int{1, 4, 8, 16} { // 8 takes the dense way
		for _, perUnit := range []bool{false, true} {
			for _, zeroX := range []int32{0, -17} {
				t.Run(fmt.Sprintf("1x%d per unit %t zero %d", size, perUnit, zeroX), func(t *testing.T) {
					sparse, dense := sparseBlocks(rng, tensor.Int8, units, depth, size, 0.3, anyByte)
					dense.Sparsity = &tensor.Sparsity{TraversalOrder: []int{0, 1}, Levels: []tensor.SparseLevel{{DenseSize: units}, {DenseSize: depth}}}
					scales := []float32{0.02}
					if perUnit {
						scales = []float32{0.02, 0.01, 0.04, 0.003, 0.02, 0.05}
					}
					x := withQuant(tensor.New(tensor.Int8, 5, depth), zeroX, 0.05)
					fill(x, anyByte)
					bias := tensor.New(tensor.Int32, units)
					fill(bias, func() int32 { return int32(rng.IntN(2000) - 1000) })
					run := func(w *tensor.Tensor) []int8 {
						out := withQuant(tensor.New(tensor.Int8), 3, 0.4)
						c := fullyConnectedCase(&tflite.FullyConnectedOptionsT{}, out, x, withQuant(w, 0, scales...), bias)
						c.Const = []int{1}
						c.Check(t)
						return tensor.Data[int8](out)
					}
					want := run(dense)
					require.Equal(t, want, run(sparse))
					require.NotEqual(t, want[0], want[3]) // not saturated throughout
				})
			}
		}
	}
}

func TestFullyConnectedSparseHybrid(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	const units, depth = 5, 64
	for _, size := range []int{1, 4, 16} {
		for _, asymmetric := range []bool{false, true} {
			for _, scales := range [][]float32{{0.02}, {0.02, 0.01, 0.04, 0.003, 0.05}} {
				t.Run(fmt.Sprintf("1x%d asymmetric %t scales %d", size, asymmetric, len(scales)), func(t *testing.T) {
					sparse, dense := sparseBlocks(rng, tensor.Int8, units, depth, size, 0.3, func() int8 { return int8(rng.IntN(256)) })
					x := tensor.New(tensor.Float32, 3, depth)
					fill(x, func() float32 { return float32(rng.NormFloat64()) + 1 })
					run := func(w *tensor.Tensor) []float32 {
						out := tensor.New(tensor.Float32)
						c := fullyConnectedCase(&tflite.FullyConnectedOptionsT{AsymmetricQuantizeInputs: asymmetric}, out, x, withQuant(w, 0, scales...), nil)
						c.Const = []int{1}
						c.Check(t)
						return tensor.Data[float32](out)
					}
					require.Equal(t, run(dense), run(sparse))
				})
			}
		}
	}
}

// TestFullyConnectedSparseWide has more blocks in a row, and at higher positions, than 8-bit indices could say.
func TestFullyConnectedSparseWide(t *testing.T) {
	const depth = 16 * 600
	sparse, _ := sparseBlocks(rand.New(rand.NewPCG(1, 1)), tensor.Int8, 2, depth, 16, 1, func() int8 { return 1 })
	x := tensor.New(tensor.Float32, 1, depth)
	fill(x, func() float32 { return 2 })
	out := tensor.New(tensor.Float32)
	c := fullyConnectedCase(&tflite.FullyConnectedOptionsT{}, out, x, withQuant(sparse, 0, 0.5), nil)
	c.Const = []int{1}
	c.Check(t)
	optest.Close(t, []float32{0, depth}, tensor.Data[float32](out), 1e-6)
}

func TestFullyConnectedSparseMetadata(t *testing.T) {
	breaks := map[string]func(w *tensor.Tensor){
		"rows":          func(w *tensor.Tensor) { w.Sparsity.Levels[0].DenseSize = 1 << 30 },
		"negative rows": func(w *tensor.Tensor) { w.Sparsity.Levels[0].DenseSize = -1 },
		"no segments":   func(w *tensor.Tensor) { w.Sparsity.Levels[1].Segments = tensor.IndexVector{} },
		"segments short": func(w *tensor.Tensor) {
			w.Sparsity.Levels[1].Segments = tensor.Indices(w.Sparsity.Levels[1].Segments.Wide()[:2])
		},
		"first segment":  func(w *tensor.Tensor) { w.Sparsity.Levels[1].Segments.Wide()[0] = 1 },
		"last segment":   func(w *tensor.Tensor) { w.Sparsity.Levels[1].Segments.Wide()[3]++ },
		"falling":        func(w *tensor.Tensor) { w.Sparsity.Levels[1].Segments.Wide()[1] = 100 },
		"negative":       func(w *tensor.Tensor) { w.Sparsity.Levels[1].Segments.Wide()[1] = -1 },
		"index":          func(w *tensor.Tensor) { w.Sparsity.Levels[1].Indices.Wide()[2] = 2 },
		"negative index": func(w *tensor.Tensor) { w.Sparsity.Levels[1].Indices.Wide()[0] = -1 },
		"index twice":    func(w *tensor.Tensor) { w.Sparsity.Levels[1].Indices.Wide()[1] = 0 },
		"block":          func(w *tensor.Tensor) { w.Sparsity.Levels[2].DenseSize = 3 },
		"block 0":        func(w *tensor.Tensor) { w.Sparsity.Levels[2].DenseSize = 0 },
		"block map":      func(w *tensor.Tensor) { w.Sparsity.BlockMap[0] = 2 },
		"order":          func(w *tensor.Tensor) { w.Sparsity.TraversalOrder[2] = 3 },
		"levels":         func(w *tensor.Tensor) { w.Sparsity.Levels = w.Sparsity.Levels[:2] },
		"values":         func(w *tensor.Tensor) { w.SetBytes(w.Bytes()[:len(w.Bytes())-w.Type.Size()]) },
		"no values":      func(w *tensor.Tensor) { w.SetBytes(nil) },
	}
	for name, hurt := range breaks {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(7, 8))
			f, _ := sparseBlocks(rng, tensor.Float32, 3, 8, 4, 1, func() float32 { return 1 })
			hurt(f)
			c := fullyConnectedCase(&tflite.FullyConnectedOptionsT{}, tensor.New(tensor.Float32), tensor.New(tensor.Float32, 2, 8), f)
			c.Const = []int{1}
			_, err := c.Prepare()
			require.ErrorIs(t, err, ops.ErrInvalidModel)

			w, _ := sparseBlocks(rng, tensor.Int8, 3, 32, 16, 1, func() int8 { return 1 })
			hurt(w)
			for _, in := range []tensor.Type{tensor.Float32, tensor.Int8} {
				c = fullyConnectedCase(&tflite.FullyConnectedOptionsT{}, withQuant(tensor.New(in), 0, 1), withQuant(tensor.New(in, 2, 32), 0, 1), withQuant(w, 0, 1))
				c.Const = []int{1}
				_, err = c.Prepare()
				require.ErrorIs(t, err, ops.ErrInvalidModel)
			}
		})
	}
}

// TestFullyConnectedSparseForms compares with dense weights over the shares of zeros and numbers of rows between which the way to
// multiply changes.
func TestFullyConnectedSparseForms(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	normal := func() float32 { return float32(rng.NormFloat64()) }
	for _, shape := range [][2]int{{35, 256}, {64, 100}, {3, 36}, {50, 16}, {20, 2048}} {
		units, depth := shape[0], shape[1]
		for _, keep := range []float64{0, 0.03, 0.1, 0.4, 0.7, 1} {
			for _, batch := range []int{1, 2, 5, 16, 40} {
				for _, size := range []int{1, 4, 16} {
					if depth%size != 0 {
						continue
					}
					name := fmt.Sprintf("%dx%d keep %v batch %d 1x%d", units, depth, keep, batch, size)
					bias := tensor.New(tensor.Float32, units)
					fill(bias, normal)
					run := func(x, w *tensor.Tensor) []float32 {
						out := tensor.New(tensor.Float32)
						c := fullyConnectedCase(&tflite.FullyConnectedOptionsT{FusedActivationFunction: tflite.ActivationFunctionTypeRELU}, out, x, w, bias)
						c.Const = []int{1}
						eval, err := c.Prepare()
						require.NoError(t, err)
						require.NoError(t, eval())
						return tensor.Data[float32](out)
					}
					x := tensor.New(tensor.Float32, batch, depth)
					fill(x, normal)
					sparse, dense := sparseBlocks(rng, tensor.Float32, units, depth, size, keep, normal)
					want, got := run(x, dense), run(x, sparse)
					for i := range want {
						require.InDelta(t, want[i], got[i], 2e-4, name)
					}
					if size == 4 || size == 1 {
						// What is not stored takes no part: the empty first row is the bias still.
						tensor.Data[float32](x)[0] = float32(math.Inf(1))
						require.Equal(t, max(0, tensor.Data[float32](bias)[0]), run(x, sparse)[0], name)
						tensor.Data[float32](x)[0] = 0
					}

					any8 := func() int8 { return int8(rng.IntN(256)) }
					sparse8, dense8 := sparseBlocks(rng, tensor.Int8, units, depth, size, keep, any8)
					withQuant(dense8, 0, 0.02)
					withQuant(sparse8, 0, 0.02)
					require.Equal(t, run(x, dense8), run(x, sparse8), name)
					dense8.Sparsity = &tensor.Sparsity{TraversalOrder: []int{0, 1}, Levels: []tensor.SparseLevel{{DenseSize: units}, {DenseSize: depth}}}
					x8 := withQuant(tensor.New(tensor.Int8, batch, depth), 5, 0.05)
					fill(x8, any8)
					run8 := func(w *tensor.Tensor) []int8 {
						out := withQuant(tensor.New(tensor.Int8), 3, 4)
						c := fullyConnectedCase(&tflite.FullyConnectedOptionsT{}, out, x8, w)
						c.Const = []int{1}
						eval, err := c.Prepare()
						require.NoError(t, err)
						require.NoError(t, eval())
						return tensor.Data[int8](out)
					}
					require.Equal(t, run8(dense8), run8(sparse8), name)
				}
			}
		}
	}
}

func BenchmarkFullyConnectedSparse(b *testing.B) {
	rng := rand.New(rand.NewPCG(9, 10))
	for _, shape := range [][2]int{{128, 640}, {128, 128}, {1024, 1024}, {512, 2048}} {
		units, depth := shape[0], shape[1]
		for _, batch := range []int{1, 4, 16} {
			run := func(name string, t tensor.Type, w *tensor.Tensor) {
				b.Run(fmt.Sprintf("%dx%d/batch=%d/%s", depth, units, batch, name), func(b *testing.B) {
					x := withQuant(tensor.New(t, batch, depth), 0, 0.05)
					if t == tensor.Float32 {
						fill(x, func() float32 { return float32(rng.NormFloat64()) })
					}
					c := fullyConnectedCase(&tflite.FullyConnectedOptionsT{}, withQuant(tensor.New(t), 0, 1), x, withQuant(w, 0, 1))
					c.Const = []int{1}
					eval, err := c.Prepare()
					require.NoError(b, err)
					b.ReportAllocs()
					for b.Loop() {
						require.NoError(b, eval())
					}
				})
			}
			for i, zeros := range []int{50, 75, 90, 95} {
				keep := 1 - float64(zeros)/100
				normal, anyByte := func() float32 { return float32(rng.NormFloat64()) }, func() int8 { return int8(rng.IntN(256)) }
				for _, size := range []int{1, 4} {
					sparse, dense := sparseBlocks(rng, tensor.Float32, units, depth, size, keep, normal)
					if i == 0 && size == 1 {
						run("float32/dense", tensor.Float32, dense)
					}
					run(fmt.Sprintf("float32/1x%d/zeros=%d", size, zeros), tensor.Float32, sparse)
				}
				for _, size := range []int{1, 16} {
					sparse, dense := sparseBlocks(rng, tensor.Int8, units, depth, size, keep, anyByte)
					if i == 0 && size == 1 {
						run("int8/dense", tensor.Int8, dense)
						run("hybrid/dense", tensor.Float32, dense)
					}
					run(fmt.Sprintf("int8/1x%d/zeros=%d", size, zeros), tensor.Int8, sparse)
					run(fmt.Sprintf("hybrid/1x%d/zeros=%d", size, zeros), tensor.Float32, sparse)
				}
			}
		}
	}
}
