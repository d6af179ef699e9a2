package q

import (
	"math"

	"github.com/litewren/litewren/ops/internal/kernel/window"
)

// DepthwiseWeights are constant weights in the order in which a kernel reads them: for each block of channels, for each group
// of kernel rows from the last to the first, for each kernel column a vector for every four bytes of the block's pixels.
type DepthwiseWeights struct {
	layout     depthwiseLayout
	data       []int8
	sums       []int32 // of each channel's weights
	magnitudes []int64 // sums of each channel's absolute weights
	words      []int16 // where the kernels want weights in words, instead of data
}

// Bytes returns the memory that the weights take.
func (w *DepthwiseWeights) Bytes() int64 {
	return int64(len(w.data)) + 2*int64(len(w.words)) + 12*int64(len(w.sums))
}

// depthwiseLayout says how weights are packed.
type depthwiseLayout struct {
	block int // channels
	rows  int // kernel rows of a group
	parts int // summands of a weight: 2 where some do not fit in 8 bits
}

// maxDepthwiseRows is how many rows a kernel can be told of.
const maxDepthwiseRows = 24

// groups returns the number of groups of kernel rows.
func (l depthwiseLayout) groups(g *window.Grid) int {
	return l.parts * ((g.Rows.Kernel + l.rows - 1) / l.rows)
}

// Depthwise is a depthwise convolution whose weights and bias are constant, made ready for a kernel.
type Depthwise struct {
	weights *DepthwiseWeights
	kind    depthwiseKind
	signed  bool    // int8, else uint8
	params  []int32 // of each block: start of the sums, scale, nudge, multiplier, right shift
	pad     []byte  // a row of zero points
	zeroIn  int32
	c       *Channels
}

// Bytes returns the memory that it takes besides the weights.
func (d *Depthwise) Bytes() int64 { return 4*int64(len(d.params)) + int64(len(d.pad)) }

// depthwiseKind names a kernel.
type depthwiseKind uint8

const (
	depthwise3Stride1 depthwiseKind = iota
	depthwise3Stride2
	depthwise5Stride1
	depthwise5Stride2
	depthwiseTaps // any number of taps in a row, any stride and dilation
)

// depthwiseTile is how many outputs the kernels compute side by side.
const depthwiseTile = 4

// kindOfDepthwise returns the kernel for rows of an image. With a dilation d the outputs that share columns are d apart: there
// are d phases of them.
func kindOfDepthwise(columns *window.Axis) depthwiseKind {
	switch {
	case columns.Stride == 1 && columns.Kernel == 3:
		return depthwise3Stride1
	case columns.Stride == 1 && columns.Kernel == 5:
		return depthwise5Stride1
	case columns.Stride == 2 && columns.Dilation == 1 && columns.Kernel == 3:
		return depthwise3Stride2
	case columns.Stride == 2 && columns.Dilation == 1 && columns.Kernel == 5:
		return depthwise5Stride2
	}
	return depthwiseTaps
}

// layoutOfDepthwise chooses how to pack weights of so many channels, wide where they do not fit in 8 bits. It reports false
// where there is no kernel.
func layoutOfDepthwise(g *window.Grid, channels int, wide bool) (depthwiseLayout, bool) {
	l := depthwiseLayout{block: 64, rows: 3, parts: 1}
	switch {
	case channels <= 8:
		l.block = 8
	case channels <= 16:
		l.block = 16
	case (channels+31)/32%2 == 1:
		l.block = 32
	}
	if kindOfDepthwise(&g.Columns) == depthwiseTaps {
		l.rows = 4
	}
	if wide {
		l.parts = 2
	}
	return l, channels > 0 && l.groups(g)*l.rows <= maxDepthwiseRows && g.Columns.Kernel <= 16
}

// DepthwiseKind names the layout of [PackDepthwise]; it depends on the geometry. It is empty where there is no kernel.
func DepthwiseKind(g *window.Grid, channels int) string {
	if depthwiseInWords {
		if wordDepthwise(g, channels) {
			return "depthwise words"
		}
		return ""
	}
	l, ok := layoutOfDepthwise(g, channels, false)
	if !ok || !depthwiseAvailable() {
		return ""
	}
	return "depthwise " + string(rune('0'+l.rows))
}

// PackDepthwise packs the weights less their zero point; nil where there is no kernel for them.
func PackDepthwise[W int8 | uint8](w []W, zero int32, g *window.Grid, channels int) *DepthwiseWeights {
	wide := false
	p := &DepthwiseWeights{sums: make([]int32, channels), magnitudes: make([]int64, channels)}
	for from := w[:g.Taps()*channels]; len(from) > 0; from = from[channels:] {
		for c, v := range from[:channels] {
			v := int32(v) - zero
			p.sums[c] += v
			p.magnitudes[c] += int64(max(v, -v))
			wide = wide || v != int32(int8(v))
		}
	}
	if depthwiseInWords {
		if !wordDepthwise(g, channels) {
			return nil
		}
		p.layout = depthwiseLayout{block: depthwiseWordBlock, rows: 1, parts: 1}
		p.packWords(func(tap, channel int) int32 { return int32(w[tap*channels+channel]) - zero }, g.Taps(), channels)
		return p
	}
	l, ok := layoutOfDepthwise(g, channels, wide)
	if !ok {
		return nil
	}
	p.layout = l
	groups, columns := l.groups(g), g.Columns.Kernel
	tap := 4 * l.block // bytes of a kernel column of a group
	blocks := (channels + l.block - 1) / l.block
	p.data = make([]int8, blocks*groups*columns*tap)
	each := groups / l.parts * l.rows // kernel rows of a part
	for part := range l.parts {
		for ky := range g.Rows.Kernel {
			row := part*each + ky
			group := groups - 1 - row/l.rows
			for kx := range columns {
				from := w[(ky*columns+kx)*channels:][:channels]
				for c, v := range from {
					v := int32(v) - zero
					if l.parts == 2 {
						first := min(max(v, math.MinInt8), math.MaxInt8)
						if part == 0 {
							v = first
						} else {
							v -= first
						}
					}
					at := ((c/l.block*groups+group)*columns + kx) * tap
					p.data[at+4*l.lane(c%l.block)+row%l.rows] = int8(v)
				}
			}
		}
	}
	return p
}

// lane returns where a channel of a block is among its sums. Interleaving the bytes of 128 bits leaves four vectors: channels
// 0 to 3, 4 to 7, 8 to 11 and 12 to 15 of every 16.
func (l depthwiseLayout) lane(c int) int {
	return c/4%4*max(l.block/4, 4) + c/16*4 + c%4
}

// NewDepthwise prepares the convolution of an int8 (signed) or uint8 image whose zero point is zeroIn; nil where a kernel could
// not give the exact result. A nil bias adds nothing.
func NewDepthwise(w *DepthwiseWeights, g *window.Grid, bias []int32, zeroIn int32, signed bool, c *Channels) *Depthwise {
	if w == nil || !depthwiseAvailable() {
		return nil
	}
	if depthwiseInWords {
		return newWordDepthwise(w, g, bias, zeroIn, signed, c)
	}
	shift := int32(0)
	if signed {
		shift = 128
	}
	channels := len(w.sums)
	block := w.layout.block
	d := &Depthwise{
		weights: w, kind: kindOfDepthwise(&g.Columns), signed: signed, zeroIn: zeroIn, c: c,
		params: make([]int32, (channels+block-1)/block*5*block),
	}
	d.pad = make([]byte, g.Columns.In*channels)
	least, most := -shift, 255-shift
	for _, v := range []int32{zeroIn, c.ZeroOut, c.Min, c.Max} {
		if v < least || v > most {
			return nil
		}
	}
	for i := range d.pad {
		d.pad[i] = byte(zeroIn)
	}
	for j, sum := range w.sums {
		from := -(zeroIn + shift) * sum
		if bias != nil {
			from += bias[j]
		}
		// The fixed point of the kernels is that of sums and right shifts which leave some bits.
		const bits = 28
		if m, s := c.Multiplier[j], c.Shift[j]; m < 0 || s > 0 || s < -bits {
			return nil
		}
		reach := 512 * w.magnitudes[j]
		if bias != nil {
			reach += max(int64(bias[j]), -int64(bias[j]))
		}
		if reach >= 1<<bits {
			return nil
		}
		right := -int(c.Shift[j])
		nudge := float32(0)
		if right > 0 {
			nudge = float32(math.Ldexp(1, -right-1))
		}
		to := d.params[j/block*5*block:]
		at := w.layout.lane(j % block)
		to[at] = from
		to[block+at] = int32(math.Float32bits(float32(math.Ldexp(float64(c.Multiplier[j]), -31-right))))
		to[2*block+at] = int32(math.Float32bits(nudge))
		to[3*block+at], to[4*block+at] = c.Multiplier[j], int32(right)
	}
	return d
}
