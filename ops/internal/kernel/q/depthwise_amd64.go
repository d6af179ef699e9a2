//go:build amd64 && !noasm

package q

import (
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/isa"
	"github.com/litewren/litewren/ops/internal/kernel/window"
)

const depthwiseInWords = false

// depthwiseAvailable reports whether the processor has what the kernels need.
func depthwiseAvailable() bool { return isa.VNNI512 }

// depthwiseArgs are one or two rows of outputs. Distances are in bytes. The assembly knows the layout.
type depthwiseArgs struct {
	gemmArgs // output range, zero point and rounding

	x       unsafe.Pointer // streams
	w       unsafe.Pointer // weights
	c       unsafe.Pointer // constants
	dst     unsafe.Pointer
	phases  int
	vectors int // of each phase
	stepX   int // between the vectors of a phase
	stepDst int
	taps    *int // where their runs of the streams begin
	tapsLen int
	row     int    // between rows of outputs
	last    uint64 // mask of the last vector of a row
	flip    uint32 // of outputs
	wStep   int    // between taps
	wPhase  int
	more    int // phases, the first ones, with a vector more
	ends    int // the phase that ends a row
	_       [2]int
}

// DepthwiseRows computes the output rows from first to last of one image; dst and x are whole images, scratch has d.Scratch bytes.
// The generic twin is [DepthwiseRow] with [RequantizeChannels]: every bit is the same.
func DepthwiseRows[T int8 | uint8 | int16](d *Depthwise, scratch []byte, dst, x []T, g *window.Grid, first, last int) {
	channels := len(d.weights.sums)
	if first >= last || g.Columns.Out == 0 {
		return
	}
	s := &d.stream
	line := g.Columns.Out * channels
	dst, x, scratch = dst[:last*line], x[:g.Inputs()*channels], scratch[:s.bytes]
	size := int(unsafe.Sizeof(T(0)))
	flip := uint32(0)
	var a depthwiseArgs
	zero, lo, hi := d.c.ZeroOut, d.c.Min, d.c.Max
	switch {
	case size == 2:
	case d.signed:
		flip = 0x80808080
	default:
		zero, lo, hi = zero-128, lo-128, hi-128
		a.flip = 0x80808080
	}
	a.w = unsafe.Pointer(unsafe.SliceData(d.weights.data))
	if size == 2 {
		a.w = unsafe.Pointer(unsafe.SliceData(d.weights.words))
	}
	weights := a.w
	a.lo, a.hi, a.zero = fourBytes(lo), fourBytes(hi), uint32(uint16(zero))
	a.addend, a.near, a.sign = roundingAddend(zero), 0xFFFF&^(nearUnits-1), 1<<31
	if size == 2 {
		a.lo, a.hi = uint32(lo), uint32(hi)
	}
	a.x = unsafe.Pointer(&scratch[0])
	a.stepX, a.row = s.step, line*size
	a.taps, a.tapsLen = &s.taps[0], len(s.taps)
	layout := d.weights.layout
	a.wStep, a.wPhase = 64*layout.rows, 64*layout.rows*len(s.taps)
	pad := byte(d.zeroIn) ^ byte(flip)
	if len(s.parts) == 1 {
		s.fillPads(scratch, &s.parts[0], pad)
	}
	for oy := first; oy < last; {
		count := min(layout.rows, last-oy)
		for i := range s.parts {
			part := &s.parts[i]
			if len(s.parts) > 1 {
				s.fillPads(scratch, part, pad)
			}
			for c := 0; c < channels; c += s.slab {
				slab := min(s.slab, channels-c)
				d.interleave(scratch, unsafe.Pointer(unsafe.SliceData(x)), size, g, part, oy, count, c, slab, flip)
				a.w, a.c = unsafe.Add(weights, c/16*a.wPhase), unsafe.Pointer(&d.params[c/16*columnBlock])
				a.dst, a.stepDst, a.phases = unsafe.Pointer(&dst[oy*line+part.first*channels+c]), 16*size*s.phases, s.phases
				if slab < channels {
					a.phases, a.stepDst = slab/16, size*channels
				}
				elements := part.outputs * slab
				vectors := (elements + 15) / 16
				a.vectors, a.more, a.ends = vectors/a.phases, vectors%a.phases, (vectors-1)%a.phases
				a.last = 1<<(elements-16*(vectors-1)) - 1
				a.run(count, size, d.sides)
			}
		}
		oy += count
	}
}

// interleave makes the streams of a part of some rows of outputs, of a slab of channels from c on.
func (d *Depthwise) interleave(scratch []byte, x unsafe.Pointer, size int, g *window.Grid, part *depthwisePart, oy, count, c, slab int, flip uint32) {
	channels, s := len(d.weights.sums), &d.stream
	rows := &g.Rows
	start := rows.Start(oy)
	var pointers [4]unsafe.Pointer
	together := d.weights.layout.together
	for group := range s.groups {
		for i := range together {
			pointers[i] = unsafe.Pointer(unsafe.SliceData(d.pad))
			at := together*group + i
			if y := start + at*rows.Dilation; at < rows.Kernel+count-1 && y >= 0 && y < rows.In && g.Columns.In > 0 {
				pointers[i] = unsafe.Add(x, y*g.Columns.In*channels*size)
			}
		}
		for _, r := range part.runs {
			if size == 2 {
				depthwiseInterleaveWordsAVX512(unsafe.Pointer(&scratch[group*s.groupBytes+r.dst]), &pointers[0], 2*(r.offset+c), r.pixels*slab, r.count, 2*r.step, 4*s.slab)
				continue
			}
			depthwiseInterleaveAVX512(unsafe.Pointer(&scratch[group*s.groupBytes+r.dst]), &pointers[0], r.offset+c, r.pixels*slab, r.count, r.step, 4*s.slab, flip)
		}
	}
}

// run calls a kernel: not through a table, which would make the arguments escape.
func (a *depthwiseArgs) run(rows, size int, sides bool) {
	switch {
	case size == 2 && rows == 1:
		depthwise1x16S16VNNI512(a)
	case size == 2:
		depthwise2x16S16VNNI512(a)
	case rows == 1 && !sides:
		depthwise1x16S8VNNI512(a)
	case rows == 1:
		depthwise1x16SidesS8VNNI512(a)
	case !sides:
		depthwise2x16S8VNNI512(a)
	default:
		depthwise2x16SidesS8VNNI512(a)
	}
}

//go:noescape
func depthwiseInterleaveAVX512(dst unsafe.Pointer, rows *unsafe.Pointer, offset, n, count, step, dstStep int, flip uint32)

//go:noescape
func depthwiseInterleaveWordsAVX512(dst unsafe.Pointer, rows *unsafe.Pointer, offset, n, count, step, dstStep int)

// These compute one row of outputs or two, with values below the zero point (sides) or none. Their generic twins are
// [DepthwiseRow] and [RequantizeChannels].

//go:noescape
func depthwise1x16S8VNNI512(args *depthwiseArgs)

//go:noescape
func depthwise2x16S8VNNI512(args *depthwiseArgs)

//go:noescape
func depthwise1x16SidesS8VNNI512(args *depthwiseArgs)

//go:noescape
func depthwise2x16SidesS8VNNI512(args *depthwiseArgs)

//go:noescape
func depthwise1x16S16VNNI512(args *depthwiseArgs)

//go:noescape
func depthwise2x16S16VNNI512(args *depthwiseArgs)
