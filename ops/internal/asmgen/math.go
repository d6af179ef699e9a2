package main

import "math"

// mathConstants are the numbers of the float32 functions. The polynomials are least-maximum fits made for this file (Lawson's
// iteration over 160 Chebyshev nodes, rounded to float32), with the error that remains after rounding:
//
//	exp    (e^r - 1 - r)/r^2 on |r| <= 0.3471                        4e-9 of e^r, after multiplication by r^2
//	log    (log(1+f) - f + f^2/2)/f^3 on sqrt(1/2)-1 <= f <= sqrt(2)-1   8e-9 of log(1+f)
//	sin    (sin(r) - r)/r^3 in r^2 on |r| <= pi/4                    9e-9 of sin(r)
//	cos    (cos(r) - 1 + r^2/2)/r^4 in r^2 on |r| <= pi/4            5e-10
//	erfc   e^(z^2) erfc(z)/t in t = 1/(1 + 0.4 z) on 0 <= z <= 10.2  3e-8 of erfc(z)
var mathConstants = map[string]uint32{
	"zero":      0,
	"one":       bits(1),
	"two":       bits(2),
	"half":      bits(0.5),
	"minusHalf": bits(-0.5),
	"sign":      1 << 31,
	"magnitude": 1<<31 - 1,
	"intOne":    1,
	"intTwo":    2,

	"log2e": bits(math.Log2E),
	"ln2Hi": bits(math.Ln2),
	"ln2Lo": bits(float32(math.Ln2 - float64(float32(math.Ln2)))),

	"exp0": bits(0x1.fffffcp-2), "exp1": bits(0x1.55549p-3), "exp2": bits(0x1.5558f6p-5),
	"exp3": bits(0x1.123aaep-7), "exp4": bits(0x1.6a22dep-10),
	"expMost":        bits(89),   // e^89 overflows
	"expLeast":       bits(-104), // e^-104 rounds to 0
	"expLeastNormal": 0xc2aeac4f, // the least number whose exponential is not below 2^-126
	"minus20":        bits(-20),  // 1 - e^-20 rounds to 1

	"log0": bits(0x1.555554p-2), "log1": bits(-0x1.000228p-2), "log2": bits(0x1.99a008p-3), "log3": bits(-0x1.547244p-3),
	"log4": bits(0x1.22da22p-3), "log5": bits(-0x1.0d8552p-3), "log6": bits(0x1.055b48p-3), "log7": bits(-0x1.38b4d2p-4),
	"rootHalf":     0x3f3504f3,
	"rootHalfDown": 0x3f800000 - 0x3f3504f3,
	"mantissa":     1<<23 - 1,
	"bias":         127,
	"leastNormal":  bits(0x1p-126),
	"two23":        bits(0x1p23),
	"minus23":      bits(-23),
	"infinity":     0x7f800000,
	"minusInf":     0xff800000,
	"nan":          0x7fc00000,

	"sin0": bits(-0x1.555546p-3), "sin1": bits(0x1.11072ep-7), "sin2": bits(-0x1.993f6ap-13),
	"cos0": bits(0x1.55554ap-5), "cos1": bits(-0x1.6c0c7ep-10), "cos2": bits(0x1.99fe62p-16),
	"twoByPi": bits(2 / math.Pi),
	// pi/2 in three parts.
	"piHalf0": bits(0x1.921fb6p0), "piHalf1": bits(-0x1.777a5cp-25), "piHalf2": bits(-0x1.ee59dap-50),

	"erfc0": bits(0x1.ce3eb8p-4), "erfc1": bits(0x1.ccc16cp-4), "erfc2": bits(0x1.b7b4f8p-4), "erfc3": bits(0x1.0bac40p-4),
	"erfc4": bits(0x1.1392c2p-3), "erfc5": bits(-0x1.1d8f2ap-3), "erfc6": bits(0x1.14e69p-2), "erfc7": bits(-0x1.f9b454p-3),
	"erfc8": bits(0x1.91363cp-4), "erfc9": bits(-0x1.de830cp-7), // halved, since GELU wants erfc/2
	"erfcStep": bits(0.4 / math.Sqrt2), "fifteen": bits(15),
	"geluMost": bits(13.2163), // e^(-x^2/2) is not below 2^-126

	"gelu1": bits(2 * math.Sqrt2 / math.SqrtPi), "gelu3": bits(2 * math.Sqrt2 / math.SqrtPi * 0.044715),

	"three": bits(3), "six": bits(6), "sixth": bits(1. / 6),
	"least":         bits(-math.MaxFloat32),
	"leastQuotient": bits(0x1.000008p-126), // see Softmax
}

// unaryBodies compute a function of register 0 in place; they may use the registers up to 7.
var unaryBodies = []struct {
	name string
	body func(s *simd)
}{
	{"exp", func(s *simd) { s.clampExp(); s.exp() }},
	{"logistic", logisticBody},
	{"tanh", tanhBody},
	{"elu", eluBody},
	{"gelu", geluBody},
	{"geluTanh", geluTanhBody},
	{"hardSwish", hardSwishBody},
	{"log", logBody},
	{"sin", func(s *simd) { trigonometricBody(s, false) }},
	{"cos", func(s *simd) { trigonometricBody(s, true) }},
	{"sqrt", func(s *simd) { s.op("VSQRTPS %[1]s, %[1]s", s.v(0)) }},
	{"rsqrt", func(s *simd) {
		s.op("VSQRTPS %[1]s, %[1]s", s.v(0))
		s.op("VDIVPS %[1]s, %[2]s, %[1]s", s.v(0), s.reg("one"))
	}},
}

func writeMath(f *file) {
	consts := &constants{name: "numbers", values: mathConstants}
	for _, u := range unaryBodies {
		for _, v := range variants {
			s := newSIMD(v, consts, 8)
			s.loop(s.v(7), []string{"SI", "DI"}, func() {
				s.load("(SI)", s.v(0), s.v(7))
				if s.masked && !s.wide() {
					// Bodies use register 7; its value, the mask, is made again for the store.
					u.body(s)
					s.tailMask(s.v(7))
					s.store(s.v(0), "(DI)", s.v(7))
					return
				}
				u.body(s)
				s.store(s.v(0), "(DI)", "")
			})
			f.function(u.name+"F32"+v.feature, "(dst, x *float32, n int)", 24)
			f.op("MOVQ dst+0(FP), DI")
			f.op("MOVQ x+8(FP), SI")
			f.op("MOVQ n+16(FP), CX")
			s.emit(f)
			f.ret()
		}
	}
	for _, v := range variants {
		writeExpSum(f, consts, v, true)
		writeExpSum(f, consts, v, false)
		writeScaleNormal(f, consts, v)
		writeLargest(f, consts, v)
		writeSoftmaxRows(f, consts, v)
		writeSoftmaxFew(f, consts, v)
		writeSum(f, consts, v)
	}
	consts.write(f)
	writeLaneNumbers(f)
}

// clampExp limits register 0 to the arguments for which e^x is neither 0 nor infinite, and lets NaNs pass.
func (s *simd) clampExp() {
	s.op("VMINPS %[1]s, %[2]s, %[1]s", s.v(0), s.reg("expMost"))
	s.op("VMAXPS %[1]s, %[2]s, %[1]s", s.v(0), s.reg("expLeast"))
}

// reduceExp splits register 0 = n ln2 + r into r, in place, and n, a float, in register 1.
func (s *simd) reduceExp() {
	s.op("VMULPS %s, %s, %s", s.c("log2e"), s.v(0), s.v(1))
	s.round(s.v(1), s.v(1))
	s.op("VFNMADD231PS %s, %s, %s", s.c("ln2Hi"), s.v(1), s.v(0))
	s.op("VFNMADD231PS %s, %s, %s", s.c("ln2Lo"), s.v(1), s.v(0))
}

func (s *simd) round(from, to string) {
	if s.wide() {
		s.op("VRNDSCALEPS $8, %s, %s", from, to)
	} else {
		s.op("VROUNDPS $8, %s, %s", from, to)
	}
}

// horner evaluates a polynomial of x into to, coefficients from the highest.
func (s *simd) horner(x, to string, keys ...string) {
	s.op("VMOVUPS %s, %s", s.c(keys[0]), to)
	for _, key := range keys[1:] {
		s.op("VFMADD213PS %s, %s, %s", s.c(key), x, to)
	}
}

// expm1 leaves e^r - 1 in register 2, r being in register 0. It uses register 3.
func (s *simd) expm1() {
	s.horner(s.v(0), s.v(2), "exp4", "exp3", "exp2", "exp1", "exp0")
	s.op("VMULPS %[1]s, %[1]s, %[2]s", s.v(0), s.v(3))
	s.op("VFMADD213PS %s, %s, %s", s.v(0), s.v(3), s.v(2))
}

// exp replaces register 0, clamped, by its exponential; it uses the registers up to 4.
func (s *simd) exp() {
	s.reduceExp()
	s.expScaled()
}

// expScaled leaves 2^n e^r in register 0, r being there and n in register 1.
func (s *simd) expScaled() {
	s.expm1()
	s.op("VADDPS %s, %[2]s, %[2]s", s.c("one"), s.v(2))
	if s.wide() {
		s.op("VSCALEFPS %s, %s, %s", s.v(1), s.v(2), s.v(0))
		return
	}
	// 2^n in two factors, as n may leave the range of exponents.
	s.op("VCVTPS2DQ %s, %s", s.v(1), s.v(3))
	s.op("VPSRAD $1, %s, %s", s.v(3), s.v(4))
	s.op("VPSUBD %s, %[2]s, %[2]s", s.v(4), s.v(3))
	s.op("VPSLLD $23, %[1]s, %[1]s", s.v(4))
	s.op("VPSLLD $23, %[1]s, %[1]s", s.v(3))
	s.op("VPADDD %s, %[2]s, %[2]s", s.c("one"), s.v(4))
	s.op("VPADDD %s, %[2]s, %[2]s", s.c("one"), s.v(3))
	s.op("VMULPS %s, %[2]s, %[2]s", s.v(4), s.v(2))
	s.op("VMULPS %s, %s, %s", s.v(3), s.v(2), s.v(0))
}

// power leaves 2^n in register 4 for -126 <= n <= 127 in register 1.
func (s *simd) power() {
	s.op("VCVTPS2DQ %s, %s", s.v(1), s.v(4))
	s.op("VPSLLD $23, %[1]s, %[1]s", s.v(4))
	s.op("VPADDD %s, %[2]s, %[2]s", s.c("one"), s.v(4))
}

// or, and, xor combine the bits of a and b, a perhaps in memory.
func (s *simd) or(a, b, to string)  { s.op("%s %s, %s, %s", s.integer("VPOR"), a, b, to) }
func (s *simd) and(a, b, to string) { s.op("%s %s, %s, %s", s.integer("VPAND"), a, b, to) }
func (s *simd) xor(a, b, to string) { s.op("%s %s, %s, %s", s.integer("VPXOR"), a, b, to) }

func (s *simd) integer(op string) string {
	if s.wide() {
		return op + "D"
	}
	return op
}

// pick leaves the lanes of yes in to where the sign of condition is set, and those of no elsewhere.
func (s *simd) pick(condition, yes, no, to string) {
	if s.wide() {
		s.op("VPMOVD2M %s, K2", condition)
		s.op("VBLENDMPS %s, %s, K2, %s", yes, no, to)
		return
	}
	s.op("VBLENDVPS %s, %s, %s, %s", condition, yes, no, to)
}

// pickCompared leaves the lanes of yes in to where a compares with b, which may be in memory, and those of no elsewhere. The
// predicates are those of VCMPPS, of a and b in this order. It uses register 7.
func (s *simd) pickCompared(predicate int, a, b, yes, no, to string) {
	if s.wide() {
		s.op("VCMPPS $%d, %s, %s, K2", predicate, b, a)
		s.op("VBLENDMPS %s, %s, K2, %s", yes, no, to)
		return
	}
	s.op("VCMPPS $%d, %s, %s, %s", predicate, b, a, s.v(7))
	s.op("VBLENDVPS %s, %s, %s, %s", s.v(7), yes, no, to)
}

const (
	equal       = 0
	less        = 17 // ordered, quiet
	notAtLeast  = 25 // or unordered, quiet
	lessOrEqual = 18
)

func logisticBody(s *simd) {
	s.op("VMOVAPS %s, %s", s.v(0), s.v(5))
	s.sigmoid()
}

// sigmoid replaces register 0 by its logistic function e^-|x| / (1 + e^-|x|) or 1 / (1 + e^-|x|), the sign of x being that of
// register 5. Results below 2^-126 are 0. It uses the registers up to 4 and 7.
func (s *simd) sigmoid() {
	s.reg("one")
	s.or(s.c("sign"), s.v(0), s.v(0))
	s.expNormal(s.v(7))
	s.op("VADDPS %s, %s, %s", s.reg("one"), s.v(0), s.v(2))
	s.pick(s.v(5), s.v(0), s.reg("one"), s.v(0))
	s.op("VDIVPS %s, %[2]s, %[2]s", s.v(2), s.v(0))
}

// tanhBody computes -t/(t+2), t = e^(-2|x|) - 1, and copies the sign.
func tanhBody(s *simd) {
	s.op("VMOVAPS %s, %s", s.v(0), s.v(5))
	s.or(s.c("sign"), s.v(0), s.v(0))
	s.op("VADDPS %[1]s, %[1]s, %[1]s", s.v(0))
	s.op("VMAXPS %[1]s, %[2]s, %[1]s", s.v(0), s.reg("minus20"))
	s.scaledExpm1()
	s.op("VADDPS %s, %s, %s", s.c("two"), s.v(2), s.v(4))
	s.op("VDIVPS %s, %[2]s, %[2]s", s.v(4), s.v(2))
	if s.wide() {
		s.op("VPTERNLOGD $0xd8, %s, %s, %s", s.reg("sign"), s.v(5), s.v(2))
		s.op("VMOVAPS %s, %s", s.v(2), s.v(0))
		return
	}
	s.and(s.c("sign"), s.v(5), s.v(5))
	s.and(s.c("magnitude"), s.v(2), s.v(2))
	s.or(s.v(5), s.v(2), s.v(0))
}

// scaledExpm1 leaves e^x - 1 in register 2, x being in register 0 and not below -80.
func (s *simd) scaledExpm1() {
	s.reduceExp()
	s.expm1()
	s.power()
	s.op("VSUBPS %s, %s, %s", s.c("one"), s.v(4), s.v(3))
	s.op("VFMADD213PS %s, %s, %s", s.v(3), s.v(4), s.v(2))
}

func eluBody(s *simd) {
	s.op("VMOVAPS %s, %s", s.v(0), s.v(5))
	s.op("VMAXPS %[1]s, %[2]s, %[1]s", s.v(0), s.reg("minus20"))
	s.scaledExpm1()
	s.zero(s.v(6))
	s.pickCompared(less, s.v(5), s.v(6), s.v(2), s.v(5), s.v(0))
}

// geluBody computes x*c or x*(1-c) for negative and other x, c = erfc(|x|/sqrt(2))/2 = t P(t) e^(-x^2/2). The square is taken
// in two parts, as its rounding would be magnified by the exponential. Exponentials below 2^-126 are 0.
func geluBody(s *simd) {
	s.op("VMOVAPS %s, %s", s.v(0), s.v(5))
	s.and(s.c("magnitude"), s.v(0), s.v(0))
	s.op("VMINPS %[1]s, %[2]s, %[1]s", s.v(0), s.reg("geluMost"))
	s.op("VMOVUPS %s, %s", s.c("one"), s.v(6))
	s.op("VFMADD231PS %s, %s, %s", s.c("erfcStep"), s.v(0), s.v(6))
	s.op("VMULPS %[1]s, %[1]s, %[2]s", s.v(0), s.v(4))
	s.op("VFMSUB213PS %[2]s, %[1]s, %[1]s", s.v(0), s.v(4)) // the rounding error of the square
	s.op("VMOVAPS %s, %s", s.v(0), s.v(7))
	s.op("VMULPS %s, %s, %s", s.c("minusHalf"), s.v(4), s.v(0))
	s.reduceExp()
	s.op("VFMADD231PS %s, %s, %s", s.c("minusHalf"), s.v(7), s.v(0))
	s.expScaled()
	s.op("VMOVUPS %s, %s", s.c("one"), s.v(2))
	s.op("VDIVPS %s, %s, %s", s.v(6), s.v(2), s.v(6))
	s.horner(s.v(6), s.v(3), "erfc9", "erfc8", "erfc7", "erfc6", "erfc5", "erfc4", "erfc3", "erfc2", "erfc1", "erfc0")
	s.op("VMULPS %s, %[2]s, %[2]s", s.v(6), s.v(3))
	s.and(s.c("magnitude"), s.v(5), s.v(4))
	s.atMost(s.v(4), s.reg("geluMost"), s.v(4))
	s.clear(s.v(0), s.v(4))
	s.op("VFNMADD231PS %s, %s, %s", s.v(3), s.v(0), s.v(2))
	s.op("VMULPS %s, %[2]s, %[2]s", s.v(5), s.v(2))
	s.op("VMULPS %s, %[2]s, %[2]s", s.v(5), s.v(3))
	s.op("VMULPS %s, %[2]s, %[2]s", s.v(3), s.v(0))
	s.pick(s.v(5), s.v(0), s.v(2), s.v(0))
}

// geluTanhBody computes x * logistic(2 sqrt(2/pi) (x + 0.044715 x^3)), which is the definition by tanh without its
// cancellation.
func geluTanhBody(s *simd) {
	s.op("VMOVAPS %s, %s", s.v(0), s.v(6))
	s.op("VMULPS %[1]s, %[1]s, %[2]s", s.v(0), s.v(1))
	s.op("VMOVUPS %s, %s", s.c("gelu1"), s.v(2))
	s.op("VFMADD231PS %s, %s, %s", s.c("gelu3"), s.v(1), s.v(2))
	s.op("VMULPS %s, %[2]s, %[2]s", s.v(2), s.v(0))
	s.op("VMOVAPS %s, %s", s.v(0), s.v(5))
	s.sigmoid()
	s.op("VMULPS %s, %[2]s, %[2]s", s.v(6), s.v(0))
}

func hardSwishBody(s *simd) {
	s.zero(s.v(2))
	s.op("VADDPS %s, %s, %s", s.c("three"), s.v(0), s.v(1))
	s.op("VMAXPS %[1]s, %[2]s, %[1]s", s.v(1), s.v(2))
	s.op("VMINPS %[1]s, %[2]s, %[1]s", s.v(1), s.reg("six"))
	s.op("VMULPS %s, %[2]s, %[2]s", s.v(1), s.v(0))
	s.op("VMULPS %s, %[2]s, %[2]s", s.c("sixth"), s.v(0))
}

// logBody writes x = 2^k (1+f) with 1+f around 1 and adds k ln2 to log(1+f).
func logBody(s *simd) {
	s.op("VMOVAPS %s, %s", s.v(0), s.v(6)) // x itself
	// Subnormal numbers are multiplied by 2^23 first; register 5 holds what that adds to k.
	s.zero(s.v(4))
	s.op("VMULPS %s, %s, %s", s.c("two23"), s.v(0), s.v(1))
	s.op("VMOVUPS %s, %s", s.c("minus23"), s.v(5))
	s.pickCompared(less, s.v(6), s.c("leastNormal"), s.v(5), s.v(4), s.v(5))
	s.pickCompared(less, s.v(6), s.c("leastNormal"), s.v(1), s.v(0), s.v(0))
	s.op("VPADDD %s, %[2]s, %[2]s", s.c("rootHalfDown"), s.v(0))
	s.op("VPSRLD $23, %s, %s", s.v(0), s.v(1))
	s.op("VPSUBD %s, %[2]s, %[2]s", s.c("bias"), s.v(1))
	s.op("VCVTDQ2PS %[1]s, %[1]s", s.v(1))
	s.op("VADDPS %s, %[2]s, %[2]s", s.v(5), s.v(1)) // k
	s.and(s.c("mantissa"), s.v(0), s.v(0))
	s.op("VPADDD %s, %[2]s, %[2]s", s.c("rootHalf"), s.v(0))
	s.op("VSUBPS %s, %[2]s, %[2]s", s.c("one"), s.v(0)) // f
	s.horner(s.v(0), s.v(2), "log7", "log6", "log5", "log4", "log3", "log2", "log1", "log0")
	s.op("VMULPS %[1]s, %[1]s, %[2]s", s.v(0), s.v(3))
	s.op("VMULPS %s, %[2]s, %[2]s", s.v(0), s.v(2))
	s.op("VMULPS %s, %[2]s, %[2]s", s.v(3), s.v(2))
	s.op("VFMADD231PS %s, %s, %s", s.c("ln2Lo"), s.v(1), s.v(2))
	s.op("VFNMADD231PS %s, %s, %s", s.c("half"), s.v(3), s.v(2))
	s.op("VADDPS %s, %[2]s, %[2]s", s.v(2), s.v(0))
	s.op("VFMADD231PS %s, %s, %s", s.c("ln2Hi"), s.v(1), s.v(0))
	s.op("VMOVUPS %s, %s", s.c("minusInf"), s.v(1))
	s.pickCompared(equal, s.v(6), s.v(4), s.v(1), s.v(0), s.v(0))
	s.pickCompared(equal, s.v(6), s.c("infinity"), s.v(6), s.v(0), s.v(0))
	s.op("VMOVUPS %s, %s", s.c("nan"), s.v(1))
	s.pickCompared(notAtLeast, s.v(6), s.v(4), s.v(1), s.v(0), s.v(0))
}

// trigonometricBody takes sines and cosines of |x| <= 2^17, from a remainder modulo pi/2.
func trigonometricBody(s *simd, cosine bool) {
	s.op("VMOVAPS %s, %s", s.v(0), s.v(6))
	s.op("VMULPS %s, %s, %s", s.c("twoByPi"), s.v(0), s.v(1))
	s.round(s.v(1), s.v(1))
	for _, part := range []string{"piHalf0", "piHalf1", "piHalf2"} {
		s.op("VFNMADD231PS %s, %s, %s", s.c(part), s.v(1), s.v(0))
	}
	s.op("VCVTPS2DQ %[1]s, %[1]s", s.v(1)) // the quadrant
	if cosine {
		s.op("VPADDD %s, %[2]s, %[2]s", s.c("intOne"), s.v(1))
	}
	s.op("VMULPS %[1]s, %[1]s, %[2]s", s.v(0), s.v(2))
	s.horner(s.v(2), s.v(3), "sin2", "sin1", "sin0")
	s.op("VMULPS %s, %[2]s, %[2]s", s.v(2), s.v(3))
	s.op("VFMADD213PS %[1]s, %[1]s, %[2]s", s.v(0), s.v(3)) // sine
	s.horner(s.v(2), s.v(4), "cos2", "cos1", "cos0", "minusHalf", "one")
	s.op("VPSLLD $31, %s, %s", s.v(1), s.v(5))
	s.pick(s.v(5), s.v(4), s.v(3), s.v(0))
	s.and(s.c("intTwo"), s.v(1), s.v(1))
	s.op("VPSLLD $30, %[1]s, %[1]s", s.v(1))
	s.xor(s.v(1), s.v(0), s.v(0))
	if !cosine {
		s.zero(s.v(1))
		s.pickCompared(equal, s.v(6), s.v(1), s.v(6), s.v(0), s.v(0)) // the sign of 0
	}
}

// fold combines the lanes of register i into its first one, by way of register t.
func (s *simd) fold(i, t int, packed, single string) {
	if s.wide() {
		s.op("VEXTRACTF64X4 $1, Z%d, Y%d", i, t)
		s.op("%s Y%[2]d, Y%[3]d, Y%[3]d", packed, t, i)
	}
	s.op("VEXTRACTF128 $1, Y%d, X%d", i, t)
	s.op("%s X%[2]d, X%[3]d, X%[3]d", packed, t, i)
	s.op("VMOVHLPS X%[1]d, X%[1]d, X%[2]d", i, t)
	s.op("%s X%[2]d, X%[3]d, X%[3]d", packed, t, i)
	s.op("VMOVSHDUP X%d, X%d", i, t)
	s.op("%s X%[2]d, X%[3]d, X%[3]d", single, t, i)
}

// loadOrLeast loads register 0, with the least number in place of lanes that do not exist; the mask of a tail is K1 or register 7.
func (s *simd) loadOrLeast(from string) {
	s.load(from, s.v(0), s.v(7))
	switch {
	case s.masked && s.wide():
		s.op("VBLENDMPS %s, %s, K1, %[1]s", s.v(0), s.reg("least"))
	case s.masked:
		s.op("VBLENDVPS %s, %[2]s, %s, %[2]s", s.v(7), s.v(0), s.reg("least"))
	}
}

// writeLargest finds a maximum, passing over NaNs: VMAXPS returns its last operand where the other one is a NaN.
func writeLargest(f *file, consts *constants, v variant) {
	s := newSIMD(v, consts, 8)
	s.op("VMOVAPS %s, %s", s.reg("least"), s.v(6))
	s.op("VMOVAPS %s, %s", s.v(6), s.v(5))
	s.op("SUBQ $%d, CX", 2*s.lanes)
	s.op("JLT pairs")
	s.label("two")
	s.load("(SI)", s.v(0), "")
	s.load(plus("SI", 4*s.lanes), s.v(1), "")
	s.op("VMAXPS %[2]s, %[1]s, %[2]s", s.v(0), s.v(6))
	s.op("VMAXPS %[2]s, %[1]s, %[2]s", s.v(1), s.v(5))
	s.op("ADDQ $%d, SI", 8*s.lanes)
	s.op("SUBQ $%d, CX", 2*s.lanes)
	s.op("JGE two")
	s.label("pairs")
	s.op("VMAXPS %s, %[2]s, %[2]s", s.v(5), s.v(6))
	s.op("ADDQ $%d, CX", 2*s.lanes)
	s.loop(s.v(7), []string{"SI"}, func() {
		s.loadOrLeast("(SI)")
		s.op("VMAXPS %[2]s, %[1]s, %[2]s", s.v(0), s.v(6))
	})
	s.fold(6, 0, "VMAXPS", "VMAXSS")
	s.op("VMOVSS X6, ret+16(FP)")
	f.function("largestF32"+v.feature, "(x *float32, n int) float32", 20)
	f.op("MOVQ x+0(FP), SI")
	f.op("MOVQ n+8(FP), CX")
	s.emit(f)
	f.ret()
}

// writeSum adds up numbers in four registers, then those.
func writeSum(f *file, consts *constants, v variant) {
	s := newSIMD(v, consts, 8)
	s.op("SUBQ $%d, CX", 4*s.lanes)
	s.op("JLT single")
	s.label("four")
	for i := range 4 {
		s.op("VADDPS %s, %s, %[2]s", plus("SI", 4*s.lanes*i), s.v(3+i))
	}
	s.op("ADDQ $%d, SI", 16*s.lanes)
	s.op("SUBQ $%d, CX", 4*s.lanes)
	s.op("JGE four")
	s.label("single")
	s.op("ADDQ $%d, CX", 4*s.lanes)
	s.op("VADDPS %s, %[2]s, %[2]s", s.v(4), s.v(3))
	s.op("VADDPS %s, %[2]s, %[2]s", s.v(5), s.v(6))
	s.op("VADDPS %s, %[2]s, %[2]s", s.v(3), s.v(6))
	s.loop(s.v(7), []string{"SI"}, func() {
		s.load("(SI)", s.v(0), s.v(7))
		s.op("VADDPS %s, %[2]s, %[2]s", s.v(0), s.v(6))
	})
	s.fold(6, 0, "VADDPS", "VADDSS")
	s.op("VMOVSS X6, ret+16(FP)")
	f.function("sumF32"+v.feature, "(x *float32, n int) float32", 20)
	f.op("MOVQ x+0(FP), SI")
	f.op("MOVQ n+8(FP), CX")
	for i := range 4 {
		f.zero(s.v(3 + i))
	}
	s.emit(f)
	f.ret()
}
