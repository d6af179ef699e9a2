//go:build amd64 && !noasm

package f32

import "github.com/litewren/litewren/ops/internal/kernel/isa"

// stepLSTMF32AVX2 is LSTM.stepGeneric for tiles of 8 cells.
//
//go:noescape
func stepLSTMF32AVX2(args *lstmArgs)

// stepLSTMF32AVX512 is LSTM.stepGeneric for tiles of 16 cells.
//
//go:noescape
func stepLSTMF32AVX512(args *lstmArgs)

// lstmLanes returns the cells of a tile: the narrower ones where the wider are less full.
func lstmLanes(cells int) int {
	switch {
	case isa.AVX512 && (cells+15)/16*2 == (cells+7)/8:
		return 16
	case isa.AVX2:
		return 8
	}
	return 0
}

// run calls the kernel for tiles of so many cells.
func (a *lstmArgs) run(lanes int) {
	if lanes == 16 {
		stepLSTMF32AVX512(a)
	} else {
		stepLSTMF32AVX2(a)
	}
}
