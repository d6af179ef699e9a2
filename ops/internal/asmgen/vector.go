package main

import (
	"fmt"
	"math"
	"slices"
)

// constants is the read-only data of a file: each number repeated to fill a register of 256 bits, so that AVX2 instructions
// may name it as their memory operand. AVX-512 ones broadcast its first element.
type constants struct {
	name   string
	keys   []string
	values map[string]uint32
}

func (c *constants) offset(key string) int {
	if _, ok := c.values[key]; !ok {
		panic("no constant " + key)
	}
	i := slices.Index(c.keys, key)
	if i < 0 {
		i = len(c.keys)
		c.keys = append(c.keys, key)
	}
	return 32 * i
}

// at is the memory operand of a constant.
func (c *constants) at(key string) string { return fmt.Sprintf("%s<>+%d(SB)", c.name, c.offset(key)) }

// write declares the constants that were used.
func (c *constants) write(f *file) {
	f.line("")
	for i, key := range c.keys {
		v := c.values[key]
		f.line("// %s", key)
		for j := range 4 {
			f.line("DATA %s<>+%d(SB)/8, $0x%08x%08x", c.name, 32*i+8*j, v, v)
		}
	}
	f.line("GLOBL %s<>(SB), RODATA|NOPTR, $%d", c.name, 32*len(c.keys))
}

// bits are those of a float32.
func bits(v float32) uint32 { return math.Float32bits(v) }

// simd writes the loops of a kernel over vectors of float32 at one register width. Bodies use registers from 0 upwards; the
// constants that they name occupy registers from the last one downwards to floor, and memory after that.
type simd struct {
	*file
	width  byte // 'Y' or 'Z'
	lanes  int
	consts *constants
	floor  int
	next   int
	held   map[string]string
	// masked tells a body that it works on a tail.
	masked bool
}

// variant is a register width and the feature it needs.
type variant struct {
	width   byte
	feature string
}

var variants = []variant{{'Y', "AVX2"}, {'Z', "AVX512"}}

func newSIMD(v variant, consts *constants, floor int) *simd {
	s := &simd{file: &file{}, width: v.width, lanes: 8, consts: consts, floor: floor, next: 15, held: map[string]string{}}
	if s.wide() {
		s.lanes, s.next = 16, 31
	}
	return s
}

func (s *simd) wide() bool { return s.width == 'Z' }

// v is vector register i.
func (s *simd) v(i int) string { return vec(s.width, i) }

// reg holds a constant in a register.
func (s *simd) reg(key string) string {
	r, ok := s.held[key]
	if !ok {
		if s.next < s.floor {
			panic("too many constants in registers: " + key)
		}
		s.consts.offset(key)
		r = s.v(s.next)
		s.next--
		s.held[key] = r
	}
	return r
}

// scalar reserves a register for an argument, which the caller fills.
func (s *simd) scalar() string {
	r := s.v(s.next)
	s.next--
	return r
}

// c is a constant as a source operand: a register if there is one left.
func (s *simd) c(key string) string {
	if _, ok := s.held[key]; ok || s.next >= s.floor || s.wide() {
		return s.reg(key)
	}
	return s.consts.at(key)
}

// emit appends what was written to f, after loading the constants that it holds in registers.
func (s *simd) emit(f *file) {
	keys := make([]string, 0, len(s.held))
	for key := range s.held {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b string) int { return s.consts.offset(a) - s.consts.offset(b) })
	for _, key := range keys {
		f.op("VBROADCASTSS %s, %s", s.consts.at(key), s.held[key])
	}
	f.text.Write(s.text.Bytes())
}

// tailMask makes the mask of the CX first lanes, fewer than a register has, in K1 (AVX-512, using AX) or in register mask.
func (s *simd) tailMask(mask string) {
	if s.wide() {
		s.op("MOVL $1, AX")
		s.op("SHLL CX, AX")
		s.op("DECL AX")
		s.op("KMOVW AX, K1")
		return
	}
	s.op("VMOVQ CX, %s", "X"+mask[1:])
	s.op("VPBROADCASTD X%s, %s", mask[1:], mask)
	s.op("VPCMPGTD laneNumbers<>(SB), %s, %s", mask, mask)
}

// load and store move a vector of which only the lanes of the tail exist where the body is masked.
func (s *simd) load(from, to, mask string) {
	switch {
	case !s.masked:
		s.op("VMOVUPS %s, %s", from, to)
	case s.wide():
		s.op("VMOVUPS.Z %s, K1, %s", from, to)
	default:
		s.op("VMASKMOVPS %s, %s, %s", from, mask, to)
	}
}

func (s *simd) store(from, to, mask string) {
	switch {
	case !s.masked:
		s.op("VMOVUPS %s, %s", from, to)
	case s.wide():
		s.op("VMOVUPS %s, K1, %s", from, to)
	default:
		s.op("VMASKMOVPS %s, %s, %s", from, mask, to)
	}
}

// plus is the memory offset bytes after what a register points to.
func plus(reg string, offset int) string {
	if offset == 0 {
		return "(" + reg + ")"
	}
	return fmt.Sprintf("%d(%s)", offset, reg)
}

// loop runs body for every vector of CX elements, the last one masked, and moves the pointers of advance on in between.
func (s *simd) loop(mask string, advance []string, body func()) {
	s.op("SUBQ $%d, CX", s.lanes)
	s.op("JLT tail")
	s.label("loop")
	body()
	for _, p := range advance {
		s.op("ADDQ $%d, %s", 4*s.lanes, p)
	}
	s.op("SUBQ $%d, CX", s.lanes)
	s.op("JGE loop")
	s.label("tail")
	s.op("ADDQ $%d, CX", s.lanes)
	s.op("JEQ done")
	s.tailMask(mask)
	s.masked = true
	body()
	s.masked = false
	s.label("done")
}

// writeLaneNumbers declares 0 to 7, against which tailMask compares.
func writeLaneNumbers(f *file) {
	f.line("")
	for j := range 4 {
		f.line("DATA laneNumbers<>+%d(SB)/8, $0x%08x%08x", 8*j, 2*j+1, 2*j)
	}
	f.line("GLOBL laneNumbers<>(SB), RODATA|NOPTR, $32")
}
