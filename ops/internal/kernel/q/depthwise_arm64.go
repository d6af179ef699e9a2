//go:build arm64 && !noasm

package q

import "unsafe"

const depthwiseInWords = true

// depthwiseAvailable reports whether the processor has what the kernels need.
func depthwiseAvailable() bool { return true }

// start is where the weights begin.
func (w *DepthwiseWeights) start() *int8 { return (*int8)(unsafe.Pointer(unsafe.SliceData(w.words))) }

// prepare sets what depends on nothing but the convolution.
func (a *depthwiseS8Args) prepare(d *Depthwise) {
	a.pad = fourBytes(d.zeroIn)
	zero := int16(d.c.ZeroOut)
	a.zero = [2]int16{zero, zero}
	a.lo, a.hi = fourBytes(d.c.Min), fourBytes(d.c.Max)
	if !d.signed {
		a.sign = 1
	}
}

// run calls a kernel: not through a table, which would make the arguments escape.
func (a *depthwiseS8Args) run(kind depthwiseKind) {
	if a.sign != 0 {
		switch kind {
		case depthwise3Stride1:
			depthwise3Stride1x8U8NEON(a)
		case depthwise3Stride2:
			depthwise3Stride2x8U8NEON(a)
		case depthwise5Stride1:
			depthwise5Stride1x8U8NEON(a)
		case depthwise5Stride2:
			depthwise5Stride2x8U8NEON(a)
		}
		return
	}
	switch kind {
	case depthwise3Stride1:
		depthwise3Stride1x8S8NEON(a)
	case depthwise3Stride2:
		depthwise3Stride2x8S8NEON(a)
	case depthwise5Stride1:
		depthwise5Stride1x8S8NEON(a)
	case depthwise5Stride2:
		depthwise5Stride2x8S8NEON(a)
	}
}

// These compute tiles, 8 channels at a time, with kernels of so many columns and a stride. Their generic twins are [DepthwiseRow]
// and [RequantizeChannels].

//go:noescape
func depthwise3Stride1x8S8NEON(args *depthwiseS8Args)

//go:noescape
func depthwise3Stride2x8S8NEON(args *depthwiseS8Args)

//go:noescape
func depthwise5Stride1x8S8NEON(args *depthwiseS8Args)

//go:noescape
func depthwise5Stride2x8S8NEON(args *depthwiseS8Args)

//go:noescape
func depthwise3Stride1x8U8NEON(args *depthwiseS8Args)

//go:noescape
func depthwise3Stride2x8U8NEON(args *depthwiseS8Args)

//go:noescape
func depthwise5Stride1x8U8NEON(args *depthwiseS8Args)

//go:noescape
func depthwise5Stride2x8U8NEON(args *depthwiseS8Args)
