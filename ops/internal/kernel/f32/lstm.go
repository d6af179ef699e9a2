package f32

import "math"

// LSTM computes steps of an LSTM with input, forget, cell and output gate, without projection:
//
//	z_g = bias_g + W_g x + R_g h    for each gate g
//	c = clip(sigmoid(z_forget)*c + sigmoid(z_input)*tanh(z_cell)); h = sigmoid(z_output)*tanh(c)
//
// The weights of a tile of Lanes cells lie side by side: [tiles][1+depth+units][4][lanes], the bias first. States are padded to
// whole tiles with zeros, which stay zeros.
type LSTM struct {
	Lanes, Tiles, Depth, Units int

	args lstmArgs
}

// lstmArgs is what the assembly reads: offsets are fixed.
type lstmArgs struct {
	weights *float32
	x       *float32
	depth   int
	h       *float32
	units   int
	c, dst  *float32
	tiles   int
	lo, hi  float32
}

// NewLSTM returns an LSTM of that many cells; false where the processor has no kernel for it. clip limits the cell state, 0 is
// no limit.
func NewLSTM(cells, depth int, clip float32) (*LSTM, bool) {
	lanes := lstmLanes(cells)
	if lanes == 0 || cells == 0 {
		return nil, false
	}
	return newLSTM(lanes, cells, depth, clip), true
}

func newLSTM(lanes, cells, depth int, clip float32) *LSTM {
	l := &LSTM{Lanes: lanes, Tiles: (cells + lanes - 1) / lanes, Depth: depth, Units: cells}
	if !(clip > 0) {
		clip = float32(math.Inf(1))
	}
	l.args = lstmArgs{depth: depth, units: cells, lo: -clip, hi: clip}
	return l
}

// Padded is the number of elements of a state.
func (l *LSTM) Padded() int { return l.Tiles * l.Lanes }

// Packed is the number of elements of the packed weights.
func (l *LSTM) Packed() int { return l.Padded() * 4 * (1 + l.Depth + l.Units) }

// Pack arranges the weights [units,depth], the recurrent weights [units,units] and the bias [units] of the gates. dst is zero.
func (l *LSTM) Pack(dst []float32, w, r, bias *[4][]float32) {
	row := 4 * l.Lanes
	tile := dst
	for first := 0; first < l.Units; first += l.Lanes {
		for g := range 4 {
			for i := range min(l.Lanes, l.Units-first) {
				at := tile[g*l.Lanes+i:]
				at[0] = bias[g][first+i]
				at = at[row:]
				for k, v := range w[g][(first+i)*l.Depth:][:l.Depth] {
					at[k*row] = v
				}
				at = at[min(len(at), l.Depth*row):]
				for k, v := range r[g][(first+i)*l.Units:][:l.Units] {
					at[k*row] = v
				}
			}
		}
		tile = tile[row*(1+l.Depth+l.Units):]
	}
}

// Step takes a step with packed weights, input x and output state h; the cell state c is replaced, the new output state written
// to dst, which is not h. x has Depth elements or more, the states those of Padded.
func (l *LSTM) Step(packed, x, h, c, dst []float32) {
	n := l.Padded()
	l.step(packed[:l.Packed()], x[:l.Depth], h[:n], c[:n], dst[:n])
}

func (l *LSTM) stepGeneric(packed, x, h, c, dst []float32) {
	n := l.Lanes
	for i := range c {
		at := packed[i/n*(len(packed)/l.Tiles):]
		var z [4]float32
		for g := range z {
			at := at[g*n+i%n:]
			s := at[0]
			for k, v := range x {
				s += float32(v * at[(1+k)*4*n])
			}
			for k, v := range h[:l.Units] {
				s += float32(v * at[(1+len(x)+k)*4*n])
			}
			z[g] = s
		}
		v := float32(LogisticOf(z[1])*c[i]) + float32(LogisticOf(z[0])*TanhOf(z[2]))
		v = clampTo(v, l.args.lo, l.args.hi)
		c[i] = v
		dst[i] = LogisticOf(z[3]) * TanhOf(v)
	}
}
