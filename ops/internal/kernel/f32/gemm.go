package f32

// Gemm is a product of matrices whose second one is packed in panels: for the rows p and the N columns j
//
//	Dst[p*Ldd+j] = clamp(sum(r, i in [0,Run); X[p*Ldx+Runs[r]+i]*w[j][r*Run+i]) + Bias[j], Lo, Hi)
//
// A row of X is len(Runs) pieces of Run elements: one for a plain product, one for each row of taps for a convolution. A nil
// Bias adds nothing. The clamp leaves a NaN where it is.
type Gemm struct {
	Dst    []float32
	Ldd    int
	X      []float32
	Ldx    int
	Runs   []int
	Run    int
	Panels []float32
	N      int
	Bias   []float32
	Lo, Hi float32
}

// OneRun are the Runs of a plain product.
var OneRun = []int{0}

// GemmUnit returns by how many rows or columns a product may be divided: where the first row is a multiple of rows and the
// first column a multiple of columns, the result is the same bits as in one go. columns is 0 where the processor has no kernels
// for packed matrices.
func GemmUnit(k int) (rows, columns int) {
	kernel := pickGemm()
	if kernel == nil {
		return 1, 0
	}
	return gemmRows(kernel.MR, k), kernel.NR
}

// gemmRows is how many rows of k elements a part of the second-level cache holds, in tiles of mr: those that one panel after the
// other is multiplied with.
func gemmRows(mr, k int) int {
	const elements = 1 << 15
	return max(1, min(elements/(mr*max(k, 1)), 8)) * mr
}

// GemmTiles returns how many tiles a product of rows of k elements consists of, of nearly the same size: [Gemm.DoTiles] computes some of
// them, the same bits as in one go.
func GemmTiles(rows, k int) int {
	mr := pickGemm().MR
	block := gemmRows(mr, k)
	return rows/block*(block/mr) + (rows%block+mr-1)/mr
}

// GemmTile returns the first row of a tile of such a product, all rows where there are no more tiles.
func GemmTile(rows, k, tile int) int {
	mr := pickGemm().MR
	block := gemmRows(mr, k)
	first := tile / (block / mr) * block
	if first >= rows {
		return rows
	}
	return first + tileRow(min(block, rows-first), mr, tile%(block/mr))
}

// tileRow returns the first row of a tile, of which there are as many of at most mr rows as needed, of nearly the same size.
func tileRow(rows, mr, tile int) int {
	tiles := (rows + mr - 1) / mr
	return rows/tiles*tile + min(tile, rows%tiles)
}

// PanelElements returns how many elements the panels of w[n][k] have; 0 where the processor has no kernels for them.
func PanelElements(n, k int) int {
	kernel := pickGemm()
	if kernel == nil {
		return 0
	}
	return kernel.elements(n, k)
}

// Pack writes the panels of w[n][k]: NR columns at a time, for each of the k elements those of the NR rows of w after each
// other, zeros where w has no more rows. The last panel is half as wide where that suffices.
func Pack(dst, w []float32, n, k int) {
	kernel := pickGemm()
	dst, w = dst[:kernel.elements(n, k)], w[:n*k]
	for j := 0; j < n; j += kernel.NR {
		width := kernel.panel(n - j)
		rows := min(width, n-j)
		packPanel(dst[j*k:j*k+width*k], width, w[j*k:(j+rows)*k], rows, k)
	}
}

// packPanelGeneric writes dst[p*width+j] = w[j*k+p], 0 for j >= rows.
func packPanelGeneric(dst []float32, width int, w []float32, rows, k int) {
	if rows < width {
		clear(dst)
	}
	for j := range rows {
		at := dst[j:]
		for p, v := range w[j*k : (j+1)*k] {
			at[p*width] = v
		}
	}
}

// gemmFunc multiplies tiles of rows with columns of w, of which ldw bytes separate one row of k from the next. The other
// distances are in bytes too.
type gemmFunc func(dst *float32, ldd int, x *float32, ldx int, w *float32, ldw int, runs *int, count, run int, bias *float32,
	tiles, columns int, lo, hi float32)

// gemmKernel is a family of tile kernels: Wide[r-1] takes tiles of r <= MR rows and up to NR columns, Narrow[r-1] up to half as
// many. WideMasked and NarrowMasked read nothing of w beside the columns; they have fewer rows perhaps.
type gemmKernel struct {
	Name                     string
	MR, NR                   int
	Available                bool
	Wide, Narrow             []gemmFunc
	WideMasked, NarrowMasked []gemmFunc
}

// panel returns the width of a panel for the columns that are left.
func (kernel *gemmKernel) panel(columns int) int {
	if columns <= kernel.NR/2 {
		return kernel.NR / 2
	}
	return kernel.NR
}

func (kernel *gemmKernel) elements(n, k int) int {
	whole := n / kernel.NR * kernel.NR
	if n > whole {
		whole += kernel.panel(n - whole)
	}
	return whole * k
}

// Do computes some rows, from first on, and the columns from column on.
func (g *Gemm) Do(first, rows, column, columns int) {
	kernel := pickGemm()
	if kernel == nil {
		panic("f32: Gemm without kernels")
	}
	kernel.do(g, first, rows, column, columns)
}

// DoTiles computes the tiles [from, to) of all those that GemmTiles counts in rows, which are the first ones of X and Dst.
func (g *Gemm) DoTiles(rows, from, to, column, columns int) {
	pickGemm().tiles(g, 0, rows, from, to, column, columns)
}

func (kernel *gemmKernel) do(g *Gemm, first, rows, column, columns int) {
	kernel.tiles(g, first, rows, 0, rows, column, columns) // there are no more tiles than rows
}

// tiles computes some tiles of rows from first on.
func (kernel *gemmKernel) tiles(g *Gemm, first, rows, from, to, column, columns int) {
	if rows <= 0 || columns <= 0 {
		return
	}
	k := len(g.Runs) * g.Run
	last, end := first+rows-1, column+columns
	least, most := 0, 0
	for _, r := range g.Runs {
		least, most = min(least, r), max(most, r)
	}
	if first < 0 || column < 0 || column%kernel.NR != 0 || end > g.N || g.Ldd < 0 || g.Ldx < 0 || least < 0 || g.Run < 1 ||
		last*g.Ldd+end > len(g.Dst) || last*g.Ldx+most+g.Run > len(g.X) || g.Bias != nil && end > len(g.Bias) ||
		kernel.elements(g.N, k) > len(g.Panels) {
		panic("f32: Gemm: a slice is too short")
	}
	block := gemmRows(kernel.MR, k)
	for rows > 0 && to > 0 {
		count := min(rows, block)
		tiles := (count + kernel.MR - 1) / kernel.MR
		if from < tiles {
			kernel.block(g, first, count, max(from, 0), min(to, tiles), column, end)
		}
		from -= tiles
		to -= tiles
		first += count
		rows -= count
	}
}

// block computes some tiles of rows that stay in the cache while one panel after the other is multiplied with them.
func (kernel *gemmKernel) block(g *Gemm, first, rows, from, to, column, end int) {
	k := len(g.Runs) * g.Run
	tiles := (rows + kernel.MR - 1) / kernel.MR
	size, larger := rows/tiles, rows%tiles // those of size+1 rows come first
	first += from*size + min(from, larger)
	more := max(0, min(to, larger)-from)
	fewer := to - from - more
	for j := column; j < end; j += kernel.NR {
		width := kernel.panel(g.N - j)
		run := kernel.Wide
		if width < kernel.NR {
			run = kernel.Narrow
		}
		var bias *float32
		if g.Bias != nil {
			bias = &g.Bias[j]
		}
		at, w := first, &g.Panels[j*k]
		if more > 0 {
			run[size](&g.Dst[at*g.Ldd+j], 4*g.Ldd, &g.X[at*g.Ldx], 4*g.Ldx, w, 4*width, &g.Runs[0], len(g.Runs), g.Run, bias,
				more, min(width, end-j), g.Lo, g.Hi)
			at += more * (size + 1)
		}
		if fewer > 0 {
			run[size-1](&g.Dst[at*g.Ldd+j], 4*g.Ldd, &g.X[at*g.Ldx], 4*g.Ldx, w, 4*width, &g.Runs[0], len(g.Runs), g.Run, bias,
				fewer, min(width, end-j), g.Lo, g.Hi)
		}
	}
}

// gemmGeneric is the generic twin of the tile kernels: a tile of rows x columns, distances in elements.
func gemmGeneric(dst []float32, ldd int, x []float32, ldx int, w []float32, ldw int, runs []int, run int, bias []float32, rows, columns int, lo, hi float32) {
	for p := range rows {
		for j := range columns {
			var s float32
			for r, at := range runs {
				for i, v := range x[p*ldx+at:][:run] {
					s += float32(v * w[(r*run+i)*ldw+j])
				}
			}
			if bias != nil {
				s += bias[j]
			}
			dst[p*ldd+j] = clampTo(s, lo, hi)
		}
	}
}
