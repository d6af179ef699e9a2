//go:build amd64 && !noasm

package q

import (
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/isa"
)

const depthwiseInWords = false

// depthwiseAvailable reports whether the processor has what the kernels need.
func depthwiseAvailable() bool { return isa.VNNI512 }

// start is where the weights begin.
func (w *DepthwiseWeights) start() *int8 { return unsafe.SliceData(w.data) }

// prepare sets what depends on nothing but the convolution.
func (a *depthwiseS8Args) prepare(d *Depthwise) {
	shift := int32(128)
	a.flip, a.flipOut = 0, 0x80808080
	if d.signed {
		shift, a.flip, a.flipOut = 0, 0x80808080, 0
	}
	a.pad = fourBytes(d.zeroIn) ^ a.flip
	zero := int16(d.c.ZeroOut - shift)
	a.zero = [2]int16{zero, zero}
	a.lo, a.hi = fourBytes(d.c.Min-shift), fourBytes(d.c.Max-shift)
	a.sign, a.near, a.half, a.one = 1<<31, 0.5-1.0/(1<<14), 1<<30, 1
}

// run calls a kernel: not through a table, which would make the arguments escape.
func (a *depthwiseS8Args) run(kind depthwiseKind, block int) {
	switch block {
	case 8:
		a.run8(kind)
	case 16:
		a.run16(kind)
	case 32:
		a.run32(kind)
	case 64:
		a.run64(kind)
	}
}
