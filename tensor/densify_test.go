package tensor

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// blocked is a 2x4 matrix in blocks of 1x2, rows dense and columns of blocks sparse:
//
//	0 0 1 2
//	3 4 0 0
func blocked() *Sparsity {
	return &Sparsity{
		TraversalOrder: []int{0, 1, 2},
		BlockMap:       []int{1},
		Levels: []SparseLevel{
			{DenseSize: 2},
			{Sparse: true, Segments: Indices([]int32{0, 1, 2}), Indices: Indices([]int32{1, 0})},
			{DenseSize: 2},
		},
	}
}

func TestDensify(t *testing.T) {
	dense := func(s *Sparsity, stored []float32, shape ...int) []float32 {
		t.Helper()
		x := From(Float32, stored, len(stored))
		x.Shape, x.Sparsity = shape, s
		b, err := Densify(x)
		require.NoError(t, err)
		out := New(Float32, shape...)
		out.SetBytes(b)
		return Data[float32](out)
	}
	require.Equal(t, []float32{0, 0, 1, 2, 3, 4, 0, 0}, dense(blocked(), []float32{1, 2, 3, 4}, 2, 4))

	// Columns first: column 1 holds 5 in row 0, column 2 holds 6 and 7.
	byColumn := &Sparsity{
		TraversalOrder: []int{1, 0},
		Levels: []SparseLevel{
			{Sparse: true, Segments: Indices([]int32{0, 2}), Indices: Indices([]int32{1, 2})},
			{Sparse: true, Segments: Indices([]int32{0, 1, 3}), Indices: Indices([]int32{0, 0, 1})},
		},
	}
	require.Equal(t, []float32{0, 5, 6, 0, 0, 7}, dense(byColumn, []float32{5, 6, 7}, 2, 3))

	// 2x2 blocks of a 4x4 matrix, block columns traversed before block rows, only the lower right block stored.
	square := &Sparsity{
		TraversalOrder: []int{0, 1, 3, 2},
		BlockMap:       []int{0, 1},
		Levels: []SparseLevel{
			{DenseSize: 2},
			{Sparse: true, Segments: Indices([]int32{0, 0, 1}), Indices: Indices([]int32{1})},
			{DenseSize: 2},
			{DenseSize: 2},
		},
	}
	require.Equal(t, []float32{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 0, 0, 2, 4}, dense(square, []float32{1, 2, 3, 4}, 4, 4))

	empty := &Sparsity{TraversalOrder: []int{0, 1}, Levels: []SparseLevel{
		{DenseSize: 0}, {Sparse: true, Segments: Indices([]int32{0})},
	}}
	require.Empty(t, dense(empty, nil, 0, 3))
	require.Equal(t, []float32{7}, dense(&Sparsity{}, []float32{7}))
}

func TestDensifyHalf(t *testing.T) {
	x := From(Float16, []uint16{11, 12, 13, 14}, 4)
	x.Shape, x.Sparsity = Shape{2, 4}, blocked()
	b, err := Densify(x)
	require.NoError(t, err)
	out := New(Float16, 2, 4)
	out.SetBytes(b)
	require.Equal(t, []uint16{0, 0, 11, 12, 13, 14, 0, 0}, Data[uint16](out))
}

func TestDensifyRejects(t *testing.T) {
	for name, breaks := range map[string]func(s *Sparsity, x *Tensor){
		"no metadata":                 func(s *Sparsity, x *Tensor) { x.Sparsity = nil },
		"packed type":                 func(s *Sparsity, x *Tensor) { x.Type = Int4 },
		"negative dimension":          func(s *Sparsity, x *Tensor) { x.Shape[0] = -2 },
		"part of an element":          func(s *Sparsity, x *Tensor) { x.SetBytes(x.Bytes()[:15]) },
		"too few elements":            func(s *Sparsity, x *Tensor) { x.SetBytes(x.Bytes()[:12]) },
		"order too short":             func(s *Sparsity, x *Tensor) { s.TraversalOrder = s.TraversalOrder[:2] },
		"levels too short":            func(s *Sparsity, x *Tensor) { s.Levels = s.Levels[:2] },
		"rank above levels":           func(s *Sparsity, x *Tensor) { x.Shape = Shape{1, 1, 2, 4} },
		"order repeats":               func(s *Sparsity, x *Tensor) { s.TraversalOrder[1] = 0 },
		"order negative":              func(s *Sparsity, x *Tensor) { s.TraversalOrder[1] = -1 },
		"block before dimensions":     func(s *Sparsity, x *Tensor) { s.TraversalOrder = []int{0, 2, 1} },
		"block of no dimension":       func(s *Sparsity, x *Tensor) { s.BlockMap[0] = 2 },
		"block map negative":          func(s *Sparsity, x *Tensor) { s.BlockMap[0] = -1 },
		"block size 0":                func(s *Sparsity, x *Tensor) { s.Levels[2].DenseSize = 0 },
		"block size negative":         func(s *Sparsity, x *Tensor) { s.Levels[2].DenseSize = -2 },
		"block does not divide":       func(s *Sparsity, x *Tensor) { s.Levels[2].DenseSize = 3 },
		"block stored sparse":         func(s *Sparsity, x *Tensor) { s.Levels[2].Sparse = true },
		"dense size":                  func(s *Sparsity, x *Tensor) { s.Levels[0].DenseSize = 1 << 30 },
		"segments too short":          func(s *Sparsity, x *Tensor) { s.Levels[1].Segments = Indices([]int32{0, 2}) },
		"no segments":                 func(s *Sparsity, x *Tensor) { s.Levels[1].Segments = IndexVector{} },
		"segments start late":         func(s *Sparsity, x *Tensor) { s.Levels[1].Segments.Wide()[0] = 1 },
		"segments end early":          func(s *Sparsity, x *Tensor) { s.Levels[1].Segments.Wide()[2] = 1 },
		"segments fall":               func(s *Sparsity, x *Tensor) { s.Levels[1].Segments.Wide()[1] = 3 },
		"segments negative":           func(s *Sparsity, x *Tensor) { s.Levels[1].Segments.Wide()[1] = -1 },
		"index outside":               func(s *Sparsity, x *Tensor) { s.Levels[1].Indices.Wide()[0] = 2 },
		"index negative":              func(s *Sparsity, x *Tensor) { s.Levels[1].Indices.Wide()[0] = -1 },
		"indices repeat in a segment": func(s *Sparsity, x *Tensor) { s.Levels[1].Segments.Wide()[1], s.Levels[1].Indices.Wide()[0] = 2, 0 },
	} {
		t.Run(name, func(t *testing.T) {
			x := From(Float32, []float32{1, 2, 3, 4}, 4)
			x.Shape, x.Sparsity = Shape{2, 4}, blocked()
			breaks(x.Sparsity, x)
			_, err := Densify(x)
			require.Error(t, err)
		})
	}
}

// TestIndexVector: indices are the same in 8, 16 and 32 bits.
func TestIndexVector(t *testing.T) {
	want := []int32{0, 2, 200, 255}
	for _, v := range []IndexVector{Indices([]uint8{0, 2, 200, 255}), Indices([]uint16{0, 2, 200, 255}), Indices(want)} {
		require.Equal(t, len(want), v.Len())
		for i, x := range want {
			require.Equal(t, x, v.At(i))
		}
		require.Equal(t, want, v.Wide())
	}
	wide := Indices([]uint16{65535})
	require.Equal(t, int32(65535), wide.At(0))
	var none IndexVector
	require.Zero(t, none.Len())
	require.Empty(t, none.Wide())
	for _, segments := range []IndexVector{Indices([]uint8{0, 1, 2}), Indices([]uint16{0, 1, 2})} {
		x := From(Float32, []float32{5, 7}, 2)
		x.Shape = Shape{2, 3}
		x.Sparsity = &Sparsity{TraversalOrder: []int{0, 1}, Levels: []SparseLevel{{DenseSize: 2}, {Sparse: true, Segments: segments, Indices: Indices([]uint8{2, 0})}}}
		b, err := Densify(x)
		require.NoError(t, err)
		require.Equal(t, bytesOf(0, 0, 5, 7, 0, 0), b)
		d, err := NewDensifier(x)
		require.NoError(t, err)
		for i := range b {
			b[i] = 0xff
		}
		d.Write(b)
		require.Equal(t, bytesOf(0, 0, 5, 7, 0, 0), b)
	}
}

func bytesOf(values ...float32) []byte { return From(Float32, values, len(values)).Bytes() }
