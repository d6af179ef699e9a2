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
	positions   int // in a line
	step        int // elements between the inputs of two positions
	stepOut     int // elements between their outputs
	lines       int // of a band; fewer in the last one
	allLines    int // of an image or plane
	line        int // elements between the inputs of two lines
	lineOut     int // elements between their outputs
	planes      int // of an image, see window.Grid.Depth; 1 unless direct
	plane       int
	bands       int  // of a plane
	byRows      bool // a line runs along the rows of the image, not the columns
	copied      bool
	pitch       int // elements in a row of the band
	bandRows    int // rows of the image in a band
	runs        []int
	run         int
	patches     int // positions gathered at a time where none of this applies, else 0
	patchesSize int
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
		// One line, cut where the kernel may be interrupted.
		unit, _ := f32.GemmUnit(l.width)
		s.positions, s.step, s.stepOut = min(unit, l.positions), l.channels, l.outC
		s.lines, s.allLines, s.line, s.lineOut = 1, (l.positions+unit-1)/unit, unit*l.channels, unit*l.outC
		s.planes, s.bands = 1, s.allLines
		return s
	}
	direct := inside(&g.Depth) && inside(rows) && inside(columns)
	flat := g.Depth.Kernel == 1 && g.Depth.Out == 1 && g.Depth.Start(0) == 0
	byRows := columns.Out < 4 && rows.Out > columns.Out
	span := func(a *window.Axis) int { return (a.Out-1)*a.Stride + (a.Kernel-1)*a.Dilation + 1 }
	needed := int64(span(columns)) * int64(l.channels)
	small := max(rows.Out, columns.Out) < 6 && min(rows.Out, columns.Out) > 1
	if !direct && (!flat || byRows && needed*int64(span(rows)) > 4*bandElements) || small || !direct && needed > 1<<20 {
		unit, _ := f32.GemmUnit(l.width)
		s.patches = min(unit, l.positions)
		s.patchesSize = s.patches * l.width
		s.run = l.width
		s.bands = (l.positions + s.patches - 1) / s.patches
		s.planes = 1
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
		s.lines = columns.Out
		s.bandRows = span(rows)
	} else {
		s.positions, s.step, s.stepOut = columns.Out, columns.Stride*l.channels, l.outC
		s.allLines, s.line, s.lineOut = rows.Out, rows.Stride*s.pitch, columns.Out*l.outC
		over := (rows.Kernel-1)*rows.Dilation + 1 - rows.Stride
		s.lines = max(1, min((bandElements/max(s.pitch, 1)-over)/rows.Stride, s.allLines))
		// Bands of nearly the same size.
		bands := (s.allLines + s.lines - 1) / s.lines
		s.lines = (s.allLines + bands - 1) / bands
		s.bandRows = (s.lines-1)*rows.Stride + (rows.Kernel-1)*rows.Dilation + 1
	}
	s.bands = (s.allLines + s.lines - 1) / s.lines
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

// evalPanels multiplies with packed weights; few says that they are packed for few columns.
func (l *convLayer) evalPanels(n *Node, in, out *tensor.Tensor, s *convSource, panels []float32, few bool, bias *form[float32], lo, hi float32) (Eval, error) {
	if l.positions == 0 || in.Shape[0] == 0 {
		return func() error { return nil }, nil
	}
	threads := n.Host.Threads()
	size := s.patchesSize
	if s.copied {
		size = s.bandRows * s.pitch
	}
	var scratch *tensor.Tensor
	if size > 0 {
		var err error
		if scratch, err = n.Scratch(tensor.Float32, threads, size); err != nil {
			return nil, err
		}
	}
	outC := l.outC / l.groups
	_, width := f32.GemmUnit(l.width)
	do := (*f32.Gemm).Do
	if few {
		width = outC
		do = func(g *f32.Gemm, first, rows, _, _ int) { g.DoFew(first, rows) }
	}
	groupSize := len(panels) / l.groups
	gemms := make([]f32.Gemm, threads)
	for i := range gemms {
		gemms[i] = f32.Gemm{Runs: s.runs, Run: s.run, N: outC, Lo: lo, Hi: hi}
	}
	perImage := s.planes * s.bands
	units := in.Shape[0] * perImage
	chunks := n.Chunks(units, floatWork(in.Shape[0]*l.positions, l.outC, l.width))
	post := n.post
	n.posts = post != nil
	var b []float32
	run := func(thread, chunk int) {
		x, dst := tensor.Data[float32](in), tensor.Data[float32](out)
		var band []float32
		if scratch != nil {
			band = tensor.Data[float32](scratch)[thread*size:][:size]
		}
		g := &gemms[thread]
		for u, last := Span(units, chunks, chunk); u < last; u++ {
			if n.Host.Err() != nil {
				return
			}
			image, dst := x[u/perImage*l.inputs*l.channels:], dst[u/perImage*l.positions*l.outC:]
			done := u / perImage * l.positions // of all positions, for post
			plane, at := u%perImage/s.bands, u%s.bands
			if s.patches > 0 {
				first := at * s.patches
				count := min(s.patches, l.positions-first)
				g.Ldd, g.Ldx = l.outC, l.width
				for group := range l.groups {
					move.Patches(band, image, &l.grid, l.channels, group*l.depth, l.depth, first, count, 0)
					g.Panels, g.X, g.Dst = panels[group*groupSize:(group+1)*groupSize], band, dst[first*l.outC+group*outC:]
					g.Bias = nil
					if b != nil {
						g.Bias = b[group*outC:]
					}
					do(g, 0, count, 0, outC)
				}
				if post != nil {
					post(thread, (done+first)*l.outC, (done+first+count)*l.outC)
				}
				continue
			}
			first := at * s.lines
			lines := min(s.lines, s.allLines-first)
			from := image[plane*s.plane:]
			if s.copied {
				l.copyBand(band, image, s, first)
				from = band
			} else {
				from = from[l.grid.Depth.Start(0)*l.grid.Rows.In*s.pitch+l.grid.Rows.Start(0)*s.pitch+l.grid.Columns.Start(0)*l.channels:]
				from = from[first*s.line:]
			}
			to := dst[plane*s.allLines*s.lineOut+first*s.lineOut:]
			if l.grid.Trivial() {
				to = dst[first*s.lineOut:]
			}
			l.multiplyLines(do, g, s, to, from, panels, b, width, first, lines)
			if post != nil {
				// The lines of a band fill a part of the output: whole rows of the image, or in columns all of it.
				done += plane*l.grid.Rows.Out*l.grid.Columns.Out + first*s.positions
				count := lines * s.positions
				if l.grid.Trivial() {
					count = min(count, l.positions-first*s.positions)
				}
				post(thread, done*l.outC, (done+count)*l.outC)
			}
		}
	}
	return func() error {
		b = bias.values()
		fork(n, chunks, run)
		return n.Host.Err()
	}, nil
}

// multiplyLines computes some lines of positions, one panel of the weights after the other.
func (l *convLayer) multiplyLines(do func(g *f32.Gemm, first, rows, column, columns int), g *f32.Gemm, s *convSource, dst, x, panels, bias []float32, width, first, lines int) {
	outC := l.outC / l.groups
	groupSize := len(panels) / l.groups
	g.Ldd, g.Ldx = s.stepOut, s.step
	positions := s.positions
	if l.grid.Trivial() {
		positions = min(positions, l.positions-first*s.positions)
		width = outC
	}
	if lines == 1 {
		width = outC
	}
	for group := range l.groups {
		g.Panels = panels[group*groupSize : (group+1)*groupSize]
		g.Bias = nil
		if bias != nil {
			g.Bias = bias[group*outC:]
		}
		for column := 0; column < outC; column += width {
			for i := range lines {
				g.X, g.Dst = x[i*s.line+group*l.depth:], dst[i*s.lineOut+group*outC:]
				do(g, 0, positions, column, min(width, outC-column))
			}
		}
	}
}

// copyBand copies the rows that the lines from first on look at, with zeros for the padding.
func (l *convLayer) copyBand(band, image []float32, s *convSource, first int) {
	rows, columns := &l.grid.Rows, &l.grid.Columns
	y := rows.Start(first)
	if s.byRows {
		y = rows.Start(0)
	}
	wide := s.pitch / l.channels
	lo := min(max(columns.Before, 0), wide)
	hi := max(lo, min(wide, columns.Before+columns.In))
	source := max(0, -columns.Before)
	for range s.bandRows {
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
