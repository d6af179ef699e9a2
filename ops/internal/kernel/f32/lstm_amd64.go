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

// lstmWork is about how many products one call of a kernel computes at most.
const lstmWork = 1 << 20

func (l *LSTM) step(packed, x, h, c, dst []float32) {
	a := &l.args
	a.h = &h[0]
	if len(x) > 0 {
		a.x = &x[0]
	}
	tile := len(packed) / l.Tiles
	most := max(1, lstmWork/tile)
	for t := 0; t < l.Tiles; t += most {
		a.weights, a.c, a.dst, a.tiles = &packed[t*tile], &c[t*l.Lanes], &dst[t*l.Lanes], min(most, l.Tiles-t)
		if l.Lanes == 16 {
			stepLSTMF32AVX512(a)
		} else {
			stepLSTMF32AVX2(a)
		}
	}
	a.weights, a.x, a.h, a.c, a.dst = nil, nil, nil, nil, nil
}
