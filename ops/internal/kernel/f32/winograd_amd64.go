//go:build amd64 && !noasm

package f32

import "github.com/litewren/litewren/ops/internal/kernel/isa"

// winogradKernels are in order of preference.
var winogradKernels = []winogradKernel{
	{"AVX512", 1, isa.AVX512, winogradInputF32AVX512, winogradWeightsF32AVX512, winogradOutputF32AVX512},
	{"AVX2", 8, isa.AVX2, winogradInputF32AVX2, winogradWeightsF32AVX2, winogradOutputF32AVX2},
}

// winogradInputF32AVX512 is winogradInputGeneric; distances are in bytes.
//
//go:noescape
func winogradInputF32AVX512(dst *float32, plane int, d *float32, row, pixel, channels int, scratch *float32)

// winogradInputF32AVX2 is winogradInputGeneric for a multiple of 8 channels; distances are in bytes.
//
//go:noescape
func winogradInputF32AVX2(dst *float32, plane int, d *float32, row, pixel, channels int, scratch *float32)

// winogradOutputF32AVX512 is winogradOutputGeneric; distances are in bytes.
//
//go:noescape
func winogradOutputF32AVX512(dst *float32, row, pixel int, m *float32, plane, channels int, bias *float32, lo, hi float32, scratch *float32)

// winogradOutputF32AVX2 is winogradOutputGeneric for a multiple of 8 channels; distances are in bytes.
//
//go:noescape
func winogradOutputF32AVX2(dst *float32, row, pixel int, m *float32, plane, channels int, bias *float32, lo, hi float32, scratch *float32)

// winogradWeightsF32AVX512 is winogradWeightsGeneric; plane is in bytes.
//
//go:noescape
func winogradWeightsF32AVX512(dst *float32, plane int, w *float32, channels int, scratch *float32)

// winogradWeightsF32AVX2 is winogradWeightsGeneric for a multiple of 8 channels; plane is in bytes.
//
//go:noescape
func winogradWeightsF32AVX2(dst *float32, plane int, w *float32, channels int, scratch *float32)
