package ops

import (
	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/ops/internal/kernel/move"
	"github.com/litewren/litewren/ops/internal/kernel/window"
	"github.com/litewren/litewren/tensor"
)

// convSource says where a unit of work finds its rows: lines of positions, whose inputs are a constant distance apart. The rows
// are read from the input where no window leaves the image, and otherwise from a copy of a band of it with its padding.
type convSource struct {
	block     int // positions in a block of tiles, from which the rows are read or to which they are gathered; 0 where there are lines
	gathered  bool
	positions int // in a line
	step      int // elements between the inputs of two positions
	stepOut   int // elements between their outputs
	lines     int // of a band; fewer in the last one
	allLines  int // of an image or plane
	line      int // elements between the inputs of two lines
	lineOut   int // elements between their outputs
	planes    int // of an image, see window.Grid.Depth; 1 unless direct
	plane     int
	unit      int  // lines that are computed by one thread: 1, or all of a plane
	byRows    bool // a line runs along the rows of the image, not the columns
	copied    bool
	pitch     int // elements in a row of the band
	bandRows  int // rows of the image in a band
	runs      []int
	run       int
}

// inside reports whether no window leaves the image along the axis.
func inside(a *window.Axis) bool {
	return a.Out == 0 || a.Start(0) >= 0 && a.Start(a.Out-1)+(a.Kernel-1)*a.Dilation < a.In
}

// bandElements is how many elements of a band should fit a second-level cache beside the weights.
const bandElements = 1 << 15

func (l *convLayer) source() *convSource {
	g := &l.grid
	rows, columns := &g.Rows, &g.Columns
	s := &convSource{run: l.depth, runs: f32.OneRun}
	if g.Trivial() {
		s.block, _ = f32.GemmUnit(l.width)
		s.step = l.channels
		return s
	}
	direct := inside(&g.Depth) && inside(rows) && inside(columns)
	flat := g.Depth.Kernel == 1 && g.Depth.Out == 1 && g.Depth.Start(0) == 0
	byRows := columns.Out < 4 && rows.Out > columns.Out
	span := func(a *window.Axis) int { return (a.Out-1)*a.Stride + (a.Kernel-1)*a.Dilation + 1 }
	needed := int64(span(columns)) * int64(l.channels)
	small := max(rows.Out, columns.Out) < 6 && min(rows.Out, columns.Out) > 1
	if !direct && (!flat || byRows && needed*int64(span(rows)) > 4*bandElements) || small || !direct && needed > 1<<20 {
		s.block, _ = f32.GemmUnit(l.width)
		s.gathered = true
		s.run, s.step = l.width, l.width
		return s
	}
	s.pitch = columns.In * l.channels
	if !direct {
		s.copied = true
		s.pitch = int(needed)
	}
	s.planes, s.plane = g.Depth.Out, g.Depth.Stride*rows.In*s.pitch
	s.byRows = byRows
	if byRows {
		s.positions, s.step, s.stepOut = rows.Out, rows.Stride*s.pitch, columns.Out*l.outC
		s.allLines, s.line, s.lineOut = columns.Out, columns.Stride*l.channels, l.outC
		s.lines, s.unit = columns.Out, columns.Out
		s.bandRows = span(rows)
	} else {
		s.positions, s.step, s.stepOut = columns.Out, columns.Stride*l.channels, l.outC
		s.allLines, s.line, s.lineOut = rows.Out, rows.Stride*s.pitch, columns.Out*l.outC
		over := (rows.Kernel-1)*rows.Dilation + 1 - rows.Stride
		s.lines = max(1, min((bandElements/max(s.pitch, 1)-over)/rows.Stride, s.allLines))
		// Bands of nearly the same size.
		bands := (s.allLines + s.lines - 1) / s.lines
		s.lines = (s.allLines + bands - 1) / bands
		s.unit = 1
		s.bandRows = s.rowsOf(rows, s.lines)
	}
	s.runs = nil
	whole := l.groups == 1 && columns.Dilation == 1 || columns.Kernel == 1
	for kz := range g.Depth.Kernel {
		for ky := range rows.Kernel {
			at := (kz*g.Depth.Dilation*rows.In + ky*rows.Dilation) * s.pitch
			if whole {
				s.run = columns.Kernel * l.depth
				s.runs = append(s.runs, at)
				continue
			}
			for kx := range columns.Kernel {
				s.runs = append(s.runs, at+kx*columns.Dilation*l.channels)
			}
		}
	}
	touch := true // Runs that touch are one.
	for i := 1; i < len(s.runs); i++ {
		touch = touch && s.runs[i] == s.runs[i-1]+s.run
	}
	if touch {
		s.run *= len(s.runs)
		s.runs = s.runs[:1]
	}
	return s
}

// rowsOf returns how many rows of the image some lines look at.
func (s *convSource) rowsOf(rows *window.Axis, lines int) int {
	if s.byRows {
		return s.bandRows
	}
	return (lines-1)*rows.Stride + (rows.Kernel-1)*rows.Dilation + 1
}

// evalPanels multiplies with packed weights; few says that they are packed for few columns.
func (l *convLayer) evalPanels(n *Node, in, out *tensor.Tensor, s *convSource, panels []float32, few bool, bias *form[float32], lo, hi float32) (Eval, error) {
	if l.positions == 0 || in.Shape[0] == 0 {
		return func() error { return nil }, nil
	}
	threads := n.Host.Threads()
	size := 0
	switch {
	case s.gathered:
		size = min(s.block, l.positions) * l.width
	case s.copied:
		size = s.bandRows * s.pitch
	}
	var scratch *tensor.Tensor
	if size > 0 {
		var err error
		if scratch, err = n.Scratch(tensor.Float32, threads, size); err != nil {
			return nil, err
		}
	}
	p := &convPanels{
		convLayer: l, s: s, panels: panels, groupSize: len(panels) / l.groups, few: few, outC: l.outC / l.groups, post: n.post,
		gemms: make([]f32.Gemm, threads),
	}
	n.posts = p.post != nil
	_, p.columns = f32.GemmUnit(l.width)
	for i := range p.gemms {
		p.gemms[i] = f32.Gemm{Runs: s.runs, Run: s.run, N: p.outC, Lo: lo, Hi: hi}
	}
	perImage := s.planes * (s.allLines / max(1, s.unit))
	p.across = p.outC
	if s.block > 0 {
		p.allTiles, p.blockTiles = f32.GemmTiles(l.positions, l.width), f32.GemmTiles(s.block, l.width)
		perImage = p.allTiles
		if perImage < fewTiles && l.groups == 1 && !s.gathered && !few && p.post == nil {
			p.across = 2 * p.columns
		}
		perImage *= (p.outC + p.across - 1) / p.across
	}
	units := in.Shape[0] * perImage
	chunks := n.Chunks(units, floatWork(in.Shape[0]*l.positions, l.outC, l.width))
	run := func(thread, chunk int) {
		x, dst := tensor.Data[float32](in), tensor.Data[float32](out)
		var band []float32
		if scratch != nil {
			band = tensor.Data[float32](scratch)[thread*size:][:size]
		}
		for u, last := Span(units, chunks, chunk); u < last; {
			if n.Host.Err() != nil {
				return
			}
			image, at := u/perImage, u%perImage
			count := min(last-u, perImage-at)
			from, to := x[image*l.inputs*l.channels:], dst[image*l.positions*l.outC:]
			if s.block > 0 {
				u += p.tiles(thread, to, from, band, image*l.positions, at, count)
			} else {
				u += p.lines(thread, to, from, band, image*l.positions, at, count)
			}
		}
	}
	return func() error {
		p.bias = bias.values()
		fork(n, chunks, run)
		return n.Host.Err()
	}, nil
}

// convPanels is a convolution with packed weights.
type convPanels struct {
	*convLayer
	s          *convSource
	panels     []float32
	groupSize  int // elements of the panels of a group
	few        bool
	outC       int // of a group
	columns    int // of a panel
	across     int // columns that are computed at a time: fewer than outC where there are few rows
	allTiles   int // of an image
	blockTiles int // of a block
	gemms      []f32.Gemm
	bias       []float32
	post       func(thread, first, last int)
}

// group makes a product that of a group.
func (p *convPanels) group(g *f32.Gemm, group int) {
	g.Panels = p.panels[group*p.groupSize : (group+1)*p.groupSize]
	g.Bias = nil
	if p.bias != nil {
		g.Bias = p.bias[group*p.outC:]
	}
}

// tiles computes some of count units of an image from number at on, tiles of one block and the same columns, and returns how many. before is how many
// positions are those of other images.
func (p *convPanels) tiles(thread int, dst, image, band []float32, before, at, count int) int {
	l, s, g := p.convLayer, p.s, &p.gemms[thread]
	column := 0
	if at >= p.allTiles {
		column = at / p.allTiles * p.across
		at %= p.allTiles
	}
	block := at / p.blockTiles
	first := block * s.block
	rows := min(s.block, l.positions-first)
	all := min(p.blockTiles, p.allTiles-block*p.blockTiles)
	from := at - block*p.blockTiles
	to := min(from+count, all)
	begin, end := 0, rows
	if from > 0 || to < all {
		begin, end = f32.GemmTile(rows, l.width, from), f32.GemmTile(rows, l.width, to)
	}
	g.Ldd, g.Ldx = l.outC, s.step
	for group := range l.groups {
		p.group(g, group)
		g.Dst = dst[first*l.outC+group*p.outC:]
		if s.gathered {
			move.Patches(band[begin*l.width:], image, &l.grid, l.channels, group*l.depth, l.depth, first+begin, end-begin, 0)
			g.X = band
		} else {
			g.X = image[first*l.channels+group*l.depth:]
		}
		if p.few {
			g.DoFew(begin, end-begin)
		} else {
			g.DoTiles(rows, from, to, column, min(p.across, p.outC-column))
		}
	}
	if p.post != nil {
		p.post(thread, (before+first+begin)*l.outC, (before+first+end)*l.outC)
	}
	return to - from
}

// lines computes some of count units of lines of an image from number at on, a band of one plane, and returns how many.
func (p *convPanels) lines(thread int, dst, image, band []float32, before, at, count int) int {
	l, s := p.convLayer, p.s
	plane, first := at/(s.allLines/s.unit), at%(s.allLines/s.unit)*s.unit
	lines := min(s.lines, s.allLines-first, count*s.unit)
	from := image[plane*s.plane:]
	if s.copied {
		l.copyBand(band, image, s, first, lines)
		from = band
	} else {
		from = from[l.grid.Depth.Start(0)*l.grid.Rows.In*s.pitch+l.grid.Rows.Start(0)*s.pitch+l.grid.Columns.Start(0)*l.channels:]
		from = from[first*s.line:]
	}
	p.multiplyLines(&p.gemms[thread], dst[plane*s.allLines*s.lineOut+first*s.lineOut:], from, lines)
	if p.post != nil {
		// The lines of a band fill a part of the output: whole rows of the image, or in columns all of it.
		done := before + plane*l.grid.Rows.Out*l.grid.Columns.Out + first*s.positions
		p.post(thread, done*l.outC, (done+lines*s.positions)*l.outC)
	}
	return lines / s.unit
}

// multiplyLines computes some lines of positions, one panel of the weights after the other.
func (p *convPanels) multiplyLines(g *f32.Gemm, dst, x []float32, lines int) {
	s, width := p.s, p.columns
	if lines == 1 || p.few {
		width = p.outC
	}
	g.Ldd, g.Ldx = s.stepOut, s.step
	for group := range p.groups {
		p.group(g, group)
		for column := 0; column < p.outC; column += width {
			for i := range lines {
				g.X, g.Dst = x[i*s.line+group*p.depth:], dst[i*s.lineOut+group*p.outC:]
				if p.few {
					g.DoFew(0, s.positions)
				} else {
					g.Do(0, s.positions, column, min(width, p.outC-column))
				}
			}
		}
	}
}

// copyBand copies the rows that lines from first on look at, with zeros for the padding.
func (l *convLayer) copyBand(band, image []float32, s *convSource, first, lines int) {
	rows, columns := &l.grid.Rows, &l.grid.Columns
	y := rows.Start(first)
	if s.byRows {
		y = rows.Start(0)
	}
	wide := s.pitch / l.channels
	lo := min(max(columns.Before, 0), wide)
	hi := max(lo, min(wide, columns.Before+columns.In))
	source := max(0, -columns.Before)
	for range s.rowsOf(rows, lines) {
		to := band[:s.pitch]
		band = band[s.pitch:]
		if y < 0 || y >= rows.In {
			clear(to)
		} else {
			clear(to[:lo*l.channels])
			copy(to[lo*l.channels:hi*l.channels], image[(y*columns.In+source)*l.channels:])
			clear(to[hi*l.channels:])
		}
		y++
	}
}
