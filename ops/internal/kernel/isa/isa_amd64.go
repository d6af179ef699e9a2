//go:build amd64 && !noasm

package isa

import "golang.org/x/sys/cpu"

// The extensions that kernels are written for. Each implies the ones above it but for VNNI256, which some processors without
// AVX-512 have. GODEBUG=cpu.avx512=off (and so on; see golang.org/x/sys/cpu) turns one off, to test the others.
var (
	// AVX2 is AVX2 with FMA and F16C: x86-64-v3.
	AVX2 = cpu.X86.HasAVX2 && cpu.X86.HasFMA && cpu.X86.HasF16C
	// AVX512 is AVX-512 F, BW, CD, DQ and VL: x86-64-v4.
	AVX512 = AVX2 && cpu.X86.HasAVX512 && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VL
	// VNNI512 is AVX-512 VNNI, for registers of any width.
	VNNI512 = AVX512 && cpu.X86.HasAVX512VNNI
	// VBMI is AVX-512 VBMI, for permutations of bytes.
	VBMI = AVX512 && cpu.X86.HasAVX512VBMI
	// VNNI256 is AVX-VNNI: the same instructions for registers of 128 and 256 bits, in VEX encoding.
	VNNI256 = AVX2 && cpu.X86.HasAVXVNNI
)
