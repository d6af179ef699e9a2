//go:build arm64 && !noasm

package f32

// addF32NEON: see Add. n elements, at least 1.
//
//go:noescape
func addF32NEON(dst, a, b *float32, n int, lo, hi float32)

// addOneF32NEON: see AddOne. n elements, at least 1. b is one number.
//
//go:noescape
func addOneF32NEON(dst, a, b *float32, n int, lo, hi float32)

// subF32NEON: see Sub. n elements, at least 1.
//
//go:noescape
func subF32NEON(dst, a, b *float32, n int, lo, hi float32)

// oneSubF32NEON: see OneSub. n elements, at least 1. a is one number.
//
//go:noescape
func oneSubF32NEON(dst, a, b *float32, n int, lo, hi float32)

// subOneF32NEON: see SubOne. n elements, at least 1. b is one number.
//
//go:noescape
func subOneF32NEON(dst, a, b *float32, n int, lo, hi float32)

// mulF32NEON: see Mul. n elements, at least 1.
//
//go:noescape
func mulF32NEON(dst, a, b *float32, n int, lo, hi float32)

// mulOneF32NEON: see MulOne. n elements, at least 1. b is one number.
//
//go:noescape
func mulOneF32NEON(dst, a, b *float32, n int, lo, hi float32)

// divF32NEON: see Div. n elements, at least 1.
//
//go:noescape
func divF32NEON(dst, a, b *float32, n int, lo, hi float32)

// oneDivF32NEON: see OneDiv. n elements, at least 1. a is one number.
//
//go:noescape
func oneDivF32NEON(dst, a, b *float32, n int, lo, hi float32)

// divOneF32NEON: see DivOne. n elements, at least 1. b is one number.
//
//go:noescape
func divOneF32NEON(dst, a, b *float32, n int, lo, hi float32)

// maxF32NEON: see Max. n elements, at least 1.
//
//go:noescape
func maxF32NEON(dst, a, b *float32, n int)

// oneMaxF32NEON: see OneMax. n elements, at least 1. a is one number.
//
//go:noescape
func oneMaxF32NEON(dst, a, b *float32, n int)

// maxOneF32NEON: see MaxOne. n elements, at least 1. b is one number.
//
//go:noescape
func maxOneF32NEON(dst, a, b *float32, n int)

// minF32NEON: see Min. n elements, at least 1.
//
//go:noescape
func minF32NEON(dst, a, b *float32, n int)

// oneMinF32NEON: see OneMin. n elements, at least 1. a is one number.
//
//go:noescape
func oneMinF32NEON(dst, a, b *float32, n int)

// minOneF32NEON: see MinOne. n elements, at least 1. b is one number.
//
//go:noescape
func minOneF32NEON(dst, a, b *float32, n int)

// squaredDifferenceF32NEON: see SquaredDifference. n elements, at least 1.
//
//go:noescape
func squaredDifferenceF32NEON(dst, a, b *float32, n int)

// squaredDifferenceOneF32NEON: see SquaredDifferenceOne. n elements, at least 1. b is one number.
//
//go:noescape
func squaredDifferenceOneF32NEON(dst, a, b *float32, n int)

// preluF32NEON: see PRelu. n elements, at least 1.
//
//go:noescape
func preluF32NEON(dst, a, b *float32, n int)

// preluOneF32NEON: see PReluOne. n elements, at least 1. b is one number.
//
//go:noescape
func preluOneF32NEON(dst, a, b *float32, n int)

// leakyReluOneF32NEON: see LeakyRelu. n elements, at least 1. b is one number.
//
//go:noescape
func leakyReluOneF32NEON(dst, a, b *float32, n int)

// absF32NEON: see Abs. n elements, at least 1.
//
//go:noescape
func absF32NEON(dst, x *float32, n int)

// negF32NEON: see Neg. n elements, at least 1.
//
//go:noescape
func negF32NEON(dst, x *float32, n int)

// squareF32NEON: see Square. n elements, at least 1.
//
//go:noescape
func squareF32NEON(dst, x *float32, n int)

// clampF32NEON: see clampGeneric. n elements, at least 1.
//
//go:noescape
func clampF32NEON(dst, x *float32, n int, lo, hi float32)
