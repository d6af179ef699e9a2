package q

import (
	"math/rand/v2"
	"unsafe"
)

// fillStored fills x with random values, with the smallest one, or with the smallest and largest in turns.
func fillStored[T int8 | uint8 | int16](rng *rand.Rand, x []T, extreme int) {
	lowest := T(0)
	if top := ^T(0); top < 0 {
		lowest = T(1) << (unsafe.Sizeof(top)*8 - 1)
	}
	for i := range x {
		switch {
		case extreme == 0:
			x[i] = T(rng.Uint32())
		case extreme == 1 || rng.IntN(2) == 0:
			x[i] = lowest
		default:
			x[i] = lowest - 1
		}
	}
}
