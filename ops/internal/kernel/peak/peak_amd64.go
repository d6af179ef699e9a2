//go:build amd64 && !noasm

package peak

import "github.com/litewren/litewren/ops/internal/kernel/isa"

// chains is the number of independent instructions in each turn of a loop.
const chains = 12

// Loop is a loop over registers.
type Loop struct {
	Name      string
	Unit      string // GFLOP/s of float32 or GOP/s of int8
	Turn      int    // operations in each turn; a multiply-add counts as two
	Run       func(turns int)
	Available bool
}

// Loops lists the loops.
var Loops = []Loop{
	{"fmaAVX2", "GFLOP/s", chains * 8 * 2, fmaAVX2, isa.AVX2},
	{"fmaAVX512", "GFLOP/s", chains * 16 * 2, fmaAVX512, isa.AVX512},
	{"dotVNNI512", "GOP/s", chains * 64 * 2, dotVNNI512, isa.VNNI512},
}

// fmaAVX2 runs n turns of VFMADD231PS over 256 bits.
//
//go:noescape
func fmaAVX2(n int)

// fmaAVX512 runs n turns of VFMADD231PS over 512 bits.
//
//go:noescape
func fmaAVX512(n int)

// dotVNNI512 runs n turns of VPDPBUSD over 512 bits.
//
//go:noescape
func dotVNNI512(n int)
