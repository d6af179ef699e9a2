//go:build amd64 && !noasm

package f32

import "github.com/litewren/litewren/ops/internal/kernel/isa"

// fewFunc multiplies tiles of rows with all columns of packed weights. Distances between rows are in bytes.
type fewFunc func(dst *float32, ldd int, x *float32, ldx int, w *float32, runs *int, count, run int, bias *float32, tiles int, lo, hi float32)

// fewKernel is a family of kernels for vectors of Lanes elements: Tiles[n-1] is for n columns.
type fewKernel struct {
	Name      string
	Lanes     int
	Available bool
	Tiles     []fewTile
}

// fewTile has a kernel for tiles of rows and one for single rows.
type fewTile struct {
	rows      int
	many, one fewFunc
}

// fewKernels are in order of preference.
var fewKernels = []fewKernel{
	{
		Name: "AVX512", Lanes: 16, Available: isa.AVX512,
		Tiles: []fewTile{
			{12, few12x1F32AVX512, few1x1F32AVX512},
			{8, few8x2F32AVX512, few1x2F32AVX512},
			{7, few7x3F32AVX512, few1x3F32AVX512},
			{6, few6x4F32AVX512, few1x4F32AVX512},
			{5, few5x5F32AVX512, few1x5F32AVX512},
			{4, few4x6F32AVX512, few1x6F32AVX512},
			{3, few3x7F32AVX512, few1x7F32AVX512},
			{3, few3x8F32AVX512, few1x8F32AVX512},
		},
	},
	{
		Name: "AVX2", Lanes: 8, Available: isa.AVX2,
		Tiles: []fewTile{
			{7, few7x1F32AVX2, few1x1F32AVX2},
			{4, few4x2F32AVX2, few1x2F32AVX2},
			{3, few3x3F32AVX2, few1x3F32AVX2},
			{2, few2x4F32AVX2, few1x4F32AVX2},
		},
	},
}

func pickFew() *fewKernel {
	for i := range fewKernels {
		if fewKernels[i].Available {
			return &fewKernels[i]
		}
	}
	return nil
}

// HasFew reports whether the processor has kernels for few columns.
func HasFew() bool { return pickFew() != nil }

// FewElements returns how many elements [PackFew] writes for n columns of runs pieces of run elements each; 0 where [Gemm.Do]
// is faster, or the processor has no kernels for this.
func FewElements(n, runs, run int) int {
	kernel := pickFew()
	if kernel == nil || n > len(kernel.Tiles) {
		return 0
	}
	// Cycles times 2: a vector for each column and piece, and what it takes to add up its lanes, beside one for each element.
	vectors := runs * ((run + kernel.Lanes - 1) / kernel.Lanes)
	if n*(vectors+6) > runs*run {
		return 0
	}
	return fewElements(kernel.Lanes, n, runs, run)
}

// PackFew writes w[n][runs*run] for [Gemm.DoFew]: vector after vector along k those of the n columns, filled up with zeros where
// a piece ends.
func PackFew(dst, w []float32, n, runs, run int) { packFew(dst, w, pickFew().Lanes, n, runs, run) }

// DoFew is [Gemm.Do] for all columns of weights that [PackFew] has packed. A row's result does not depend on the other rows.
func (g *Gemm) DoFew(first, rows int) { pickFew().do(g, first, rows) }

func (kernel *fewKernel) do(g *Gemm, first, rows int) {
	if rows <= 0 {
		return
	}
	last := first + rows - 1
	least, most := 0, 0
	for _, r := range g.Runs {
		least, most = min(least, r), max(most, r)
	}
	if first < 0 || g.Ldd < 0 || g.Ldx < 0 || least < 0 || g.Run < 1 || last*g.Ldd+g.N > len(g.Dst) || last*g.Ldx+most+g.Run > len(g.X) ||
		g.Bias != nil && g.N > len(g.Bias) || fewElements(kernel.Lanes, g.N, len(g.Runs), g.Run) > len(g.Panels) {
		panic("f32: Gemm: a slice is too short")
	}
	tile := &kernel.Tiles[g.N-1]
	var bias *float32
	if g.Bias != nil {
		bias = &g.Bias[0]
	}
	run := func(f fewFunc, at, tiles int) {
		f(&g.Dst[at*g.Ldd], 4*g.Ldd, &g.X[at*g.Ldx], 4*g.Ldx, &g.Panels[0], &g.Runs[0], len(g.Runs), g.Run, bias, tiles, g.Lo, g.Hi)
	}
	switch tiles := rows / tile.rows; {
	case tiles == 0:
		run(tile.one, first, rows)
	default:
		run(tile.many, first, tiles)
		if tiles*tile.rows < rows {
			run(tile.many, first+rows-tile.rows, 1) // some rows again
		}
	}
}

// few12x1F32AVX512 is fewGeneric for tiles of 12 rows and 1 column.
//
//go:noescape
func few12x1F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, runs *int, count, run int, bias *float32, tiles int, lo, hi float32)

// few1x1F32AVX512 is fewGeneric for tiles of 1 row and 1 column.
//
//go:noescape
func few1x1F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, runs *int, count, run int, bias *float32, tiles int, lo, hi float32)

// few8x2F32AVX512 is fewGeneric for tiles of 8 rows and 2 columns.
//
//go:noescape
func few8x2F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, runs *int, count, run int, bias *float32, tiles int, lo, hi float32)

// few1x2F32AVX512 is fewGeneric for tiles of 1 row and 2 columns.
//
//go:noescape
func few1x2F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, runs *int, count, run int, bias *float32, tiles int, lo, hi float32)

// few7x3F32AVX512 is fewGeneric for tiles of 7 rows and 3 columns.
//
//go:noescape
func few7x3F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, runs *int, count, run int, bias *float32, tiles int, lo, hi float32)

// few1x3F32AVX512 is fewGeneric for tiles of 1 row and 3 columns.
//
//go:noescape
func few1x3F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, runs *int, count, run int, bias *float32, tiles int, lo, hi float32)

// few6x4F32AVX512 is fewGeneric for tiles of 6 rows and 4 columns.
//
//go:noescape
func few6x4F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, runs *int, count, run int, bias *float32, tiles int, lo, hi float32)

// few1x4F32AVX512 is fewGeneric for tiles of 1 row and 4 columns.
//
//go:noescape
func few1x4F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, runs *int, count, run int, bias *float32, tiles int, lo, hi float32)

// few5x5F32AVX512 is fewGeneric for tiles of 5 rows and 5 columns.
//
//go:noescape
func few5x5F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, runs *int, count, run int, bias *float32, tiles int, lo, hi float32)

// few1x5F32AVX512 is fewGeneric for tiles of 1 row and 5 columns.
//
//go:noescape
func few1x5F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, runs *int, count, run int, bias *float32, tiles int, lo, hi float32)

// few4x6F32AVX512 is fewGeneric for tiles of 4 rows and 6 columns.
//
//go:noescape
func few4x6F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, runs *int, count, run int, bias *float32, tiles int, lo, hi float32)

// few1x6F32AVX512 is fewGeneric for tiles of 1 row and 6 columns.
//
//go:noescape
func few1x6F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, runs *int, count, run int, bias *float32, tiles int, lo, hi float32)

// few3x7F32AVX512 is fewGeneric for tiles of 3 rows and 7 columns.
//
//go:noescape
func few3x7F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, runs *int, count, run int, bias *float32, tiles int, lo, hi float32)

// few1x7F32AVX512 is fewGeneric for tiles of 1 row and 7 columns.
//
//go:noescape
func few1x7F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, runs *int, count, run int, bias *float32, tiles int, lo, hi float32)

// few3x8F32AVX512 is fewGeneric for tiles of 3 rows and 8 columns.
//
//go:noescape
func few3x8F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, runs *int, count, run int, bias *float32, tiles int, lo, hi float32)

// few1x8F32AVX512 is fewGeneric for tiles of 1 row and 8 columns.
//
//go:noescape
func few1x8F32AVX512(dst *float32, ldd int, x *float32, ldx int, w *float32, runs *int, count, run int, bias *float32, tiles int, lo, hi float32)

// few7x1F32AVX2 is fewGeneric for tiles of 7 rows and 1 column.
//
//go:noescape
func few7x1F32AVX2(dst *float32, ldd int, x *float32, ldx int, w *float32, runs *int, count, run int, bias *float32, tiles int, lo, hi float32)

// few1x1F32AVX2 is fewGeneric for tiles of 1 row and 1 column.
//
//go:noescape
func few1x1F32AVX2(dst *float32, ldd int, x *float32, ldx int, w *float32, runs *int, count, run int, bias *float32, tiles int, lo, hi float32)

// few4x2F32AVX2 is fewGeneric for tiles of 4 rows and 2 columns.
//
//go:noescape
func few4x2F32AVX2(dst *float32, ldd int, x *float32, ldx int, w *float32, runs *int, count, run int, bias *float32, tiles int, lo, hi float32)

// few1x2F32AVX2 is fewGeneric for tiles of 1 row and 2 columns.
//
//go:noescape
func few1x2F32AVX2(dst *float32, ldd int, x *float32, ldx int, w *float32, runs *int, count, run int, bias *float32, tiles int, lo, hi float32)

// few3x3F32AVX2 is fewGeneric for tiles of 3 rows and 3 columns.
//
//go:noescape
func few3x3F32AVX2(dst *float32, ldd int, x *float32, ldx int, w *float32, runs *int, count, run int, bias *float32, tiles int, lo, hi float32)

// few1x3F32AVX2 is fewGeneric for tiles of 1 row and 3 columns.
//
//go:noescape
func few1x3F32AVX2(dst *float32, ldd int, x *float32, ldx int, w *float32, runs *int, count, run int, bias *float32, tiles int, lo, hi float32)

// few2x4F32AVX2 is fewGeneric for tiles of 2 rows and 4 columns.
//
//go:noescape
func few2x4F32AVX2(dst *float32, ldd int, x *float32, ldx int, w *float32, runs *int, count, run int, bias *float32, tiles int, lo, hi float32)

// few1x4F32AVX2 is fewGeneric for tiles of 1 row and 4 columns.
//
//go:noescape
func few1x4F32AVX2(dst *float32, ldd int, x *float32, ldx int, w *float32, runs *int, count, run int, bias *float32, tiles int, lo, hi float32)
