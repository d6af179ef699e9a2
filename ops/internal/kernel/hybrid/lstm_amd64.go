//go:build amd64 && !noasm

package hybrid

import "github.com/litewren/litewren/ops/internal/kernel/isa"

var lstmAvailable = isa.VNNI512

// lstmWork is about how many products one call of a kernel computes at most.
const lstmWork = 1 << 22

// stepLSTMVNNI512 is LSTM.stepGeneric.
//
//go:noescape
func stepLSTMVNNI512(args *lstmArgs)

func (l *LSTM) step(packed []int8, x, h *LSTMRow, c, dst []float32) {
	if !lstmAvailable {
		l.stepGeneric(packed, x, h, c, dst)
		return
	}
	a := &l.args
	a.h, a.zeroX, a.zeroH = &h.Values[0], 128+x.Zero, 128+h.Zero
	if len(x.Values) > 0 {
		a.x = &x.Values[0]
	}
	*(*[4]float32)(a.scales[:4]), *(*[4]float32)(a.scales[4:]) = x.Scales, h.Scales
	tile := l.tileBytes()
	most := max(1, lstmWork/tile)
	for t, tiles := 0, l.tiles(); t < tiles; t += most {
		a.weights, a.c, a.dst, a.tiles = &packed[t*tile], &c[t*lstmTile], &dst[t*lstmTile], min(most, tiles-t)
		stepLSTMVNNI512(a)
	}
	a.weights, a.x, a.h, a.c, a.dst = nil, nil, nil, nil, nil
}
