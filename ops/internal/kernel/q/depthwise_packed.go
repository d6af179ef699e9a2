package q

import (
	"math"

	"github.com/litewren/litewren/ops/internal/kernel/window"
)

// DepthwiseWeights are constant weights in the order in which a kernel reads them. For kernels of bytes: for each phase of the
// channels, see depthwiseStream, for each tap, which is four kernel rows of a column, for each row of outputs that has these rows, 16
// channels of four bytes.
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
	rows     int // of outputs that are made of the same rows of the image
	parts    int // summands of a weight: 2 where some do not fit in 8 bits
	together int // rows of the image in a stream: 4 of bytes, 2 of words
}

// groups returns the number of groups of kernel rows.
func (l depthwiseLayout) groups(g *window.Grid) int {
	return (g.Rows.Kernel + l.rows + l.together - 2) / l.together
}

// Depthwise is a depthwise convolution whose weights and bias are constant, made ready for a kernel.
type Depthwise struct {
	weights *DepthwiseWeights
	kind    depthwiseKind // of a kernel with weights in words
	stream  depthwiseStream
	signed  bool // int8, else uint8
	sides   bool // values below the zero point are stored, too
	params  []int32
	pad     []byte // a row of zero points
	zeroIn  int32
	c       *Channels
}

// Bytes returns the memory that it takes besides the weights.
func (d *Depthwise) Bytes() int64 {
	return 4*int64(len(d.params)) + int64(len(d.pad)) + 8*int64(len(d.stream.taps))
}

// Scratch is how many bytes of memory of its own each thread needs.
func (d *Depthwise) Scratch() int { return d.stream.bytes }

// maxDepthwiseTaps bounds what is packed for a kernel.
const maxDepthwiseTaps = 256

// layoutOfDepthwise chooses how to pack weights of so many channels, wide where they do not fit in 8 bits. It reports false
// where there is no kernel.
func layoutOfDepthwise(g *window.Grid, channels, together int, wide bool) (depthwiseLayout, bool) {
	l := depthwiseLayout{rows: 1, parts: 1, together: together}
	if g.Rows.Stride == 1 && g.Rows.Dilation == 1 && g.Rows.Kernel%together != 0 {
		l.rows = 2
	}
	if wide {
		l.parts = 2
	}
	return l, channels > 0 && g.Rows.Kernel <= maxDepthwiseTaps && g.Columns.Kernel <= maxDepthwiseTaps && g.Outputs() > 0 &&
		l.parts*l.groups(g)*g.Columns.Kernel <= maxDepthwiseTaps
}

// DepthwiseKind names the layout of [PackDepthwise]; it depends on the geometry. It is empty where there is no kernel.
func DepthwiseKind(g *window.Grid, channels int) string {
	if depthwiseInWords {
		if wordDepthwise(g, channels) {
			return "depthwise words"
		}
		return ""
	}
	l, ok := layoutOfDepthwise(g, channels, 4, false)
	if !ok || !depthwiseAvailable() {
		return ""
	}
	return "depthwise " + string(rune('0'+l.rows))
}

// phasesOf returns after how many vectors of 16 elements the channels of pixels begin again.
func phasesOf(channels int) int { return channels / gcd(channels, 16) }

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
		p.layout = depthwiseLayout{rows: 1, parts: 1, together: 1}
		p.packWords(func(tap, channel int) int32 { return int32(w[tap*channels+channel]) - zero }, g.Taps(), channels)
		return p
	}
	l, ok := layoutOfDepthwise(g, channels, 4, wide)
	if !ok {
		return nil
	}
	p.layout = l
	phases, groups, columns := phasesOf(channels), l.groups(g), g.Columns.Kernel
	tap := 64 * l.rows
	p.data = make([]int8, phases*l.parts*groups*columns*tap)
	at := 0
	for phase := range phases {
		for part := range l.parts {
			for group := range groups {
				for kx := range columns {
					for i := range tap {
						row, lane, ky := i/64, i%64/4, 4*group+i%4-i/64
						if ky < 0 || ky >= g.Rows.Kernel {
							continue
						}
						v := int32(w[(ky*columns+kx)*channels+(16*phase+lane)%channels]) - zero
						if l.parts == 2 {
							first := min(max(v, math.MinInt8), math.MaxInt8)
							if part == 0 {
								v = first
							} else {
								v -= first
							}
						}
						p.data[at+64*row+4*lane+i%4] = int8(v)
					}
					at += tap
				}
			}
		}
	}
	return p
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
	stream, ok := newDepthwiseStream(g, channels, w.layout)
	if !ok {
		return nil
	}
	d := &Depthwise{
		weights: w, stream: stream, signed: signed, sides: c.Min < c.ZeroOut, zeroIn: zeroIn, c: c,
		params: make([]int32, phasesOf(channels)*columnBlock), pad: make([]byte, g.Columns.In*channels),
	}
	least, most := -shift, 255-shift
	for _, v := range []int32{zeroIn, c.ZeroOut, c.Min, c.Max} {
		if v < least || v > most {
			return nil
		}
	}
	fillBytes(d.pad, byte(zeroIn))
	zero := c.ZeroOut - 128 + shift // kernels make signed values
	for i := range 16 * phasesOf(channels) {
		j := i % channels
		reach := 512 * w.magnitudes[j]
		from := -(zeroIn + shift) * w.sums[j]
		if bias != nil {
			from += bias[j]
			reach += max(int64(bias[j]), -int64(bias[j]))
		}
		block := d.params[i/16*columnBlock:][:columnBlock]
		if !fuseColumn(block, i%16, c.Multiplier[j], int(c.Shift[j]), zero, reach, d.sides) {
			return nil
		}
		block[i%16] = from
	}
	return d
}
