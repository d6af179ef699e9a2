//go:build (amd64 || arm64) && !noasm

package f32

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
		a.run(l.Lanes)
	}
	a.weights, a.x, a.h, a.c, a.dst = nil, nil, nil, nil, nil
}
