//go:build amd64 && !noasm

package f32

// addF32AVX2: see Add. n elements, at least 1.
//
//go:noescape
func addF32AVX2(dst, a, b *float32, n int, lo, hi float32)

// addF32AVX512: see Add. n elements, at least 1.
//
//go:noescape
func addF32AVX512(dst, a, b *float32, n int, lo, hi float32)

// addOneF32AVX2: see AddOne. n elements, at least 1. b is one number.
//
//go:noescape
func addOneF32AVX2(dst, a, b *float32, n int, lo, hi float32)

// addOneF32AVX512: see AddOne. n elements, at least 1. b is one number.
//
//go:noescape
func addOneF32AVX512(dst, a, b *float32, n int, lo, hi float32)

// subF32AVX2: see Sub. n elements, at least 1.
//
//go:noescape
func subF32AVX2(dst, a, b *float32, n int, lo, hi float32)

// subF32AVX512: see Sub. n elements, at least 1.
//
//go:noescape
func subF32AVX512(dst, a, b *float32, n int, lo, hi float32)

// oneSubF32AVX2: see OneSub. n elements, at least 1. a is one number.
//
//go:noescape
func oneSubF32AVX2(dst, a, b *float32, n int, lo, hi float32)

// oneSubF32AVX512: see OneSub. n elements, at least 1. a is one number.
//
//go:noescape
func oneSubF32AVX512(dst, a, b *float32, n int, lo, hi float32)

// subOneF32AVX2: see SubOne. n elements, at least 1. b is one number.
//
//go:noescape
func subOneF32AVX2(dst, a, b *float32, n int, lo, hi float32)

// subOneF32AVX512: see SubOne. n elements, at least 1. b is one number.
//
//go:noescape
func subOneF32AVX512(dst, a, b *float32, n int, lo, hi float32)

// mulF32AVX2: see Mul. n elements, at least 1.
//
//go:noescape
func mulF32AVX2(dst, a, b *float32, n int, lo, hi float32)

// mulF32AVX512: see Mul. n elements, at least 1.
//
//go:noescape
func mulF32AVX512(dst, a, b *float32, n int, lo, hi float32)

// mulOneF32AVX2: see MulOne. n elements, at least 1. b is one number.
//
//go:noescape
func mulOneF32AVX2(dst, a, b *float32, n int, lo, hi float32)

// mulOneF32AVX512: see MulOne. n elements, at least 1. b is one number.
//
//go:noescape
func mulOneF32AVX512(dst, a, b *float32, n int, lo, hi float32)

// divF32AVX2: see Div. n elements, at least 1.
//
//go:noescape
func divF32AVX2(dst, a, b *float32, n int, lo, hi float32)

// divF32AVX512: see Div. n elements, at least 1.
//
//go:noescape
func divF32AVX512(dst, a, b *float32, n int, lo, hi float32)

// oneDivF32AVX2: see OneDiv. n elements, at least 1. a is one number.
//
//go:noescape
func oneDivF32AVX2(dst, a, b *float32, n int, lo, hi float32)

// oneDivF32AVX512: see OneDiv. n elements, at least 1. a is one number.
//
//go:noescape
func oneDivF32AVX512(dst, a, b *float32, n int, lo, hi float32)

// divOneF32AVX2: see DivOne. n elements, at least 1. b is one number.
//
//go:noescape
func divOneF32AVX2(dst, a, b *float32, n int, lo, hi float32)

// divOneF32AVX512: see DivOne. n elements, at least 1. b is one number.
//
//go:noescape
func divOneF32AVX512(dst, a, b *float32, n int, lo, hi float32)

// maxF32AVX2: see Max. n elements, at least 1.
//
//go:noescape
func maxF32AVX2(dst, a, b *float32, n int)

// maxF32AVX512: see Max. n elements, at least 1.
//
//go:noescape
func maxF32AVX512(dst, a, b *float32, n int)

// oneMaxF32AVX2: see OneMax. n elements, at least 1. a is one number.
//
//go:noescape
func oneMaxF32AVX2(dst, a, b *float32, n int)

// oneMaxF32AVX512: see OneMax. n elements, at least 1. a is one number.
//
//go:noescape
func oneMaxF32AVX512(dst, a, b *float32, n int)

// maxOneF32AVX2: see MaxOne. n elements, at least 1. b is one number.
//
//go:noescape
func maxOneF32AVX2(dst, a, b *float32, n int)

// maxOneF32AVX512: see MaxOne. n elements, at least 1. b is one number.
//
//go:noescape
func maxOneF32AVX512(dst, a, b *float32, n int)

// minF32AVX2: see Min. n elements, at least 1.
//
//go:noescape
func minF32AVX2(dst, a, b *float32, n int)

// minF32AVX512: see Min. n elements, at least 1.
//
//go:noescape
func minF32AVX512(dst, a, b *float32, n int)

// oneMinF32AVX2: see OneMin. n elements, at least 1. a is one number.
//
//go:noescape
func oneMinF32AVX2(dst, a, b *float32, n int)

// oneMinF32AVX512: see OneMin. n elements, at least 1. a is one number.
//
//go:noescape
func oneMinF32AVX512(dst, a, b *float32, n int)

// minOneF32AVX2: see MinOne. n elements, at least 1. b is one number.
//
//go:noescape
func minOneF32AVX2(dst, a, b *float32, n int)

// minOneF32AVX512: see MinOne. n elements, at least 1. b is one number.
//
//go:noescape
func minOneF32AVX512(dst, a, b *float32, n int)

// squaredDifferenceF32AVX2: see SquaredDifference. n elements, at least 1.
//
//go:noescape
func squaredDifferenceF32AVX2(dst, a, b *float32, n int)

// squaredDifferenceF32AVX512: see SquaredDifference. n elements, at least 1.
//
//go:noescape
func squaredDifferenceF32AVX512(dst, a, b *float32, n int)

// squaredDifferenceOneF32AVX2: see SquaredDifferenceOne. n elements, at least 1. b is one number.
//
//go:noescape
func squaredDifferenceOneF32AVX2(dst, a, b *float32, n int)

// squaredDifferenceOneF32AVX512: see SquaredDifferenceOne. n elements, at least 1. b is one number.
//
//go:noescape
func squaredDifferenceOneF32AVX512(dst, a, b *float32, n int)

// preluF32AVX2: see PRelu. n elements, at least 1.
//
//go:noescape
func preluF32AVX2(dst, a, b *float32, n int)

// preluF32AVX512: see PRelu. n elements, at least 1.
//
//go:noescape
func preluF32AVX512(dst, a, b *float32, n int)

// preluOneF32AVX2: see PReluOne. n elements, at least 1. b is one number.
//
//go:noescape
func preluOneF32AVX2(dst, a, b *float32, n int)

// preluOneF32AVX512: see PReluOne. n elements, at least 1. b is one number.
//
//go:noescape
func preluOneF32AVX512(dst, a, b *float32, n int)

// leakyReluOneF32AVX2: see LeakyRelu. n elements, at least 1. b is one number.
//
//go:noescape
func leakyReluOneF32AVX2(dst, a, b *float32, n int)

// leakyReluOneF32AVX512: see LeakyRelu. n elements, at least 1. b is one number.
//
//go:noescape
func leakyReluOneF32AVX512(dst, a, b *float32, n int)

// absF32AVX2: see Abs. n elements, at least 1.
//
//go:noescape
func absF32AVX2(dst, x *float32, n int)

// absF32AVX512: see Abs. n elements, at least 1.
//
//go:noescape
func absF32AVX512(dst, x *float32, n int)

// negF32AVX2: see Neg. n elements, at least 1.
//
//go:noescape
func negF32AVX2(dst, x *float32, n int)

// negF32AVX512: see Neg. n elements, at least 1.
//
//go:noescape
func negF32AVX512(dst, x *float32, n int)

// squareF32AVX2: see Square. n elements, at least 1.
//
//go:noescape
func squareF32AVX2(dst, x *float32, n int)

// squareF32AVX512: see Square. n elements, at least 1.
//
//go:noescape
func squareF32AVX512(dst, x *float32, n int)

// clampF32AVX2: see clampGeneric. n elements, at least 1.
//
//go:noescape
func clampF32AVX2(dst, x *float32, n int, lo, hi float32)

// clampF32AVX512: see clampGeneric. n elements, at least 1.
//
//go:noescape
func clampF32AVX512(dst, x *float32, n int, lo, hi float32)
