package q

import (
	"encoding/binary"
	"math"
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/window"
)

var le = binary.LittleEndian

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
	p, wide := weighDepthwise(w[:g.Taps()*channels], zero, channels)
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
	var none [16]W
	for i := range none {
		none[i] = W(zero)
	}
	var around [4][16]W
	at := 0
	for phase := range phases {
		for part := range l.parts {
			for group := range groups {
				for kx := range columns {
					for row := range l.rows {
						packGroup(p.data[at+64*row:][:64], w, zero, g, channels, 4*group-row, kx, 16*phase, l, part, &none, &around)
					}
					at += tap
				}
			}
		}
	}
	return p
}

// weighDepthwise adds up the weights less their zero point, and their magnitudes, of each channel; wide says that some do not fit in
// 8 bits.
func weighDepthwise[W int8 | uint8](w []W, zero int32, channels int) (p *DepthwiseWeights, wide bool) {
	p = &DepthwiseWeights{sums: make([]int32, channels), magnitudes: make([]int64, channels)}
	n, outside := channels, int32(0)
	for ; len(w) >= 3*n; w = w[3*n:] {
		both, row0, row1, row2 := p.magnitudes[:n], w[:n], w[n:][:n], w[2*n:][:n]
		for c := range both {
			v0, v1, v2 := int32(row0[c])-zero, int32(row1[c])-zero, int32(row2[c])-zero
			outside |= (v0 + 128) | (v1 + 128) | (v2 + 128)
			both[c] += int64(v0+v1+v2)<<32 + int64(magnitude(v0)+magnitude(v1)+magnitude(v2)) // neither half reaches 2^31
		}
	}
	for ; len(w) >= n; w = w[n:] {
		both, row := p.magnitudes[:n], w[:n]
		for c := range both {
			v := int32(row[c]) - zero
			outside |= v + 128
			both[c] += int64(v)<<32 + int64(magnitude(v))
		}
	}
	for c, both := range p.magnitudes {
		p.sums[c], p.magnitudes[c] = int32(both>>32), both&math.MaxUint32
	}
	return p, outside&^255 != 0
}

func magnitude(v int32) int32 { return (v ^ v>>31) - (v >> 31) }

// packGroup packs column kx of four kernel rows from ky on, as far as they exist, for 16 channels from first on: part says which
// summand of weights that do not fit in 8 bits.
func packGroup[W int8 | uint8](dst []int8, w []W, zero int32, g *window.Grid, channels, ky, kx, first int, l depthwiseLayout, part int, none *[16]W, around *[4][16]W) {
	var rows [4]*[16]W
	first %= channels
	for b := range rows {
		if ky+b < 0 || ky+b >= g.Rows.Kernel {
			rows[b] = none
			continue
		}
		from := w[((ky+b)*g.Columns.Kernel+kx)*channels:][:channels]
		if first+16 <= channels {
			rows[b] = (*[16]W)(from[first:])
			continue
		}
		rows[b] = &around[b]
		for n, more := 0, from[first:]; n < 16; more = from { // the channels of one pixel after the other
			n += copy(rows[b][n:], more)
		}
	}
	to := (*[64]int8)(dst)
	if zero == 0 && l.parts == 1 {
		interleave4((*[64]byte)(unsafe.Pointer(to)), (*[4]*[16]byte)(unsafe.Pointer(&rows)))
		return
	}
	for b := range rows {
		for i, v := range rows[b] {
			v := int32(v) - zero
			if l.parts == 2 {
				first := min(max(v, math.MinInt8), math.MaxInt8)
				if part == 0 {
					v = first
				} else {
					v -= first
				}
			}
			to[4*i+b] = int8(v)
		}
	}
}

// interleave4 puts byte i of each row side by side, eight of a row at a time.
func interleave4(dst *[64]byte, rows *[4]*[16]byte) {
	const even, low = 0x00FF00FF00FF00FF, 0x0000FFFF0000FFFF
	for i := 0; i < 16; i += 8 {
		a, b, c, d := le.Uint64(rows[0][i:]), le.Uint64(rows[1][i:]), le.Uint64(rows[2][i:]), le.Uint64(rows[3][i:])
		ab0, ab1 := a&even|b&even<<8, a>>8&even|b&^even // pairs of the even bytes, of the odd ones
		cd0, cd1 := c&even|d&even<<8, c>>8&even|d&^even
		v0, v2 := ab0&low|cd0&low<<16, ab0>>16&low|cd0&^low
		v1, v3 := ab1&low|cd1&low<<16, ab1>>16&low|cd1&^low
		to := dst[4*i:][:32]
		le.PutUint64(to, v0&math.MaxUint32|v1<<32)
		le.PutUint64(to[8:], v2&math.MaxUint32|v3<<32)
		le.PutUint64(to[16:], v0>>32|v1&^math.MaxUint32)
		le.PutUint64(to[24:], v2>>32|v3&^math.MaxUint32)
	}
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
