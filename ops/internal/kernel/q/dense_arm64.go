//go:build arm64 && !noasm

package q

import "github.com/litewren/litewren/ops/internal/kernel/isa"

var denseKernel = &GemmKernel{Name: "dense1x16x4S8DOT", MR: 1, NR: 16, KR: 4, Available: isa.DotProduct, elements: signedElements, narrow: 16, order: inOrder}

// denseMost is up to how many bytes of weights the kernel is faster than dot products, which need no second copy of them.
const denseMost = 1 << 15

func denseRow(args *denseArgs) { dense1x16x4S8DOT(args) }

// dense1x16x4S8DOT multiplies one row. Its generic twins are matMulTransposedGeneric and outputExact.
//
//go:noescape
func dense1x16x4S8DOT(args *denseArgs)
