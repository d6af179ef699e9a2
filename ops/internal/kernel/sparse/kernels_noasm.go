//go:build (!amd64 && !arm64) || noasm

package sparse

import "unsafe"

// There are no kernels.
var kernels []kernel

const storedCost = 1

func dense(bytes bool) denseCost { return denseCost{} }

func (p *Packed) run(dst, x unsafe.Pointer, first, last int) {}

func turnedKernel(bytes bool) turnedKind { return noTurned }

func turnedFloats(kind turnedKind, dst, x *float32, elements *element, segments *int32, start *float32, rows, at int, lo, hi float32) {
}

func turnedBytes(kind turnedKind, dst *int32, x *int8, elements *element, segments, start *int32, rows, at int) {
}

// Finite reports whether all of x are numbers but the infinite ones.
func Finite(x []float32) bool { return finiteGeneric(x) }
