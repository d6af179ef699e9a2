//go:build amd64 && !noasm

package f32

import "github.com/litewren/litewren/ops/internal/kernel/isa"

func winogradVector() bool { return isa.AVX2 }

func winogradWeights(dst []float32, plane int, w []float32, channels int, scratch []float32) {
	if isa.AVX512 {
		winogradWeightsF32AVX512(&dst[0], 4*plane, &w[0], channels, &scratch[0])
		return
	}
	winogradWeightsF32AVX2(&dst[0], 4*plane, &w[0], channels, &scratch[0])
}

func winogradInput(dst []float32, plane int, d []float32, row, pixel, channels int, scratch []float32) {
	if isa.AVX512 {
		winogradInputF32AVX512(&dst[0], 4*plane, &d[0], 4*row, 4*pixel, channels, &scratch[0])
		return
	}
	winogradInputF32AVX2(&dst[0], 4*plane, &d[0], 4*row, 4*pixel, channels, &scratch[0])
}

func winogradOutput(dst []float32, row, pixel int, m []float32, plane, channels int, bias []float32, lo, hi float32, scratch []float32) {
	var b *float32
	if bias != nil {
		b = &bias[0]
	}
	if isa.AVX512 {
		winogradOutputF32AVX512(&dst[0], 4*row, 4*pixel, &m[0], 4*plane, channels, b, lo, hi, &scratch[0])
		return
	}
	winogradOutputF32AVX2(&dst[0], 4*row, 4*pixel, &m[0], 4*plane, channels, b, lo, hi, &scratch[0])
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
