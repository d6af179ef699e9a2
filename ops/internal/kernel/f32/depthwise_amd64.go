//go:build amd64 && !noasm

package f32

import "github.com/litewren/litewren/ops/internal/kernel/isa"

// depthwiseSets is the number of sets of kernels that the processor has.
func depthwiseSets() int {
	switch {
	case isa.AVX512:
		return 2
	case isa.AVX2:
		return 1
	}
	return 0
}

// run calls a kernel: not through a table, which would make args escape.
func (a *depthwiseArgs) run(kind depthwiseKind, wide bool) {
	if wide {
		kind += depthwiseKinds
	}
	switch kind {
	case depthwise3Stride1:
		depthwise3Stride1F32AVX2(a)
	case depthwise3Stride2:
		depthwise3Stride2F32AVX2(a)
	case depthwise5Stride1:
		depthwise5Stride1F32AVX2(a)
	case depthwise5Stride2:
		depthwise5Stride2F32AVX2(a)
	case depthwiseTaps4:
		depthwiseTaps4F32AVX2(a)
	case depthwiseTaps1:
		depthwiseTaps1F32AVX2(a)
	case depthwiseKinds + depthwise3Stride1:
		depthwise3Stride1F32AVX512(a)
	case depthwiseKinds + depthwise3Stride2:
		depthwise3Stride2F32AVX512(a)
	case depthwiseKinds + depthwise5Stride1:
		depthwise5Stride1F32AVX512(a)
	case depthwiseKinds + depthwise5Stride2:
		depthwise5Stride2F32AVX512(a)
	case depthwiseKinds + depthwiseTaps4:
		depthwiseTaps4F32AVX512(a)
	case depthwiseKinds + depthwiseTaps1:
		depthwiseTaps1F32AVX512(a)
	}
}

// These compute tiles as depthwiseGeneric does, with kernels of so many columns and a stride, or of any kind.
//
//go:noescape
func depthwise3Stride1F32AVX512(args *depthwiseArgs)

//go:noescape
func depthwise3Stride2F32AVX512(args *depthwiseArgs)

//go:noescape
func depthwise5Stride1F32AVX512(args *depthwiseArgs)

//go:noescape
func depthwise5Stride2F32AVX512(args *depthwiseArgs)

//go:noescape
func depthwiseTaps4F32AVX512(args *depthwiseArgs)

//go:noescape
func depthwiseTaps1F32AVX512(args *depthwiseArgs)

//go:noescape
func depthwise3Stride1F32AVX2(args *depthwiseArgs)

//go:noescape
func depthwise3Stride2F32AVX2(args *depthwiseArgs)

//go:noescape
func depthwise5Stride1F32AVX2(args *depthwiseArgs)

//go:noescape
func depthwise5Stride2F32AVX2(args *depthwiseArgs)

//go:noescape
func depthwiseTaps4F32AVX2(args *depthwiseArgs)

//go:noescape
func depthwiseTaps1F32AVX2(args *depthwiseArgs)
