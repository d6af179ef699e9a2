//go:build arm64 && !noasm

package f32

// depthwiseSets is the number of sets of kernels that the processor has.
func depthwiseSets() int { return 1 }

// run calls a kernel: not through a table, which would make args escape.
func (a *depthwiseArgs) run(kind depthwiseKind, wide bool) {
	switch kind {
	case depthwise3Stride1:
		depthwise3Stride1F32NEON(a)
	case depthwise3Stride2:
		depthwise3Stride2F32NEON(a)
	case depthwise5Stride1:
		depthwise5Stride1F32NEON(a)
	case depthwise5Stride2:
		depthwise5Stride2F32NEON(a)
	case depthwiseTaps4:
		depthwiseTaps4F32NEON(a)
	case depthwiseTaps1:
		depthwiseTaps1F32NEON(a)
	}
}

// These compute tiles as depthwiseGeneric does, with kernels of so many columns and a stride, or of any kind.
//
//go:noescape
func depthwise3Stride1F32NEON(args *depthwiseArgs)

//go:noescape
func depthwise3Stride2F32NEON(args *depthwiseArgs)

//go:noescape
func depthwise5Stride1F32NEON(args *depthwiseArgs)

//go:noescape
func depthwise5Stride2F32NEON(args *depthwiseArgs)

//go:noescape
func depthwiseTaps4F32NEON(args *depthwiseArgs)

//go:noescape
func depthwiseTaps1F32NEON(args *depthwiseArgs)
