package hybrid

import (
	"math"
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/f32"
)

// LSTM computes steps of an LSTM with int8 weights and float32 states, with input, forget, cell and output gate, without
// peepholes, projection and layer norm. x and h are rows that QuantizeSymmetric or QuantizeAsymmetric has made, with a scale
// and a zero point each:
//
//	z_g = bias_g + float32(W_g (x - zero_x))*scaleW_g + float32(R_g (h - zero_h))*scaleR_g    for each gate g
//	c = clip(sigmoid(z_forget)*c + sigmoid(z_input)*tanh(z_cell)); h = sigmoid(z_output)*tanh(c)
//
// The weights of a tile of 16 cells lie side by side: the bias of its gates, the sums of the rows of W and of R, [4][16] words
// each, then groups of four elements, [groups][4 gates][16 cells][4], of W and of R. Rows have whole groups; states are padded
// to whole tiles with zeros, which stay zeros.
type LSTM struct {
	Depth, Units int

	args lstmArgs
}

// lstmTile is the number of cells of a tile, lstmHead the words before its groups.
const (
	lstmTile = 16
	lstmHead = 3 * 4 * lstmTile
)

// lstmArgs is what the assembly reads: offsets are fixed.
type lstmArgs struct {
	weights      *int8
	x            *int8
	depth        int // groups
	h            *int8
	units        int // groups
	c, dst       *float32
	tiles        int
	lo, hi       float32
	zeroX, zeroH int32 // 128 more, as elements are
	scales       [8]float32
}

// LSTMRow is a quantized row, of whole groups, and what its products with the gates' weights are scaled by.
type LSTMRow struct {
	Values []int8
	Zero   int32
	Scales [4]float32
}

// NewLSTM returns an LSTM of that many cells; false where the processor has no kernel for it. clip limits the cell state, 0 is
// no limit.
func NewLSTM(cells, depth int, clip float32) (*LSTM, bool) {
	if !lstmAvailable || cells <= 0 {
		return nil, false
	}
	return newLSTM(cells, depth, clip), true
}

func newLSTM(cells, depth int, clip float32) *LSTM {
	l := &LSTM{Depth: depth, Units: cells}
	if !(clip > 0) {
		clip = float32(math.Inf(1))
	}
	l.args = lstmArgs{depth: (depth + 3) / 4, units: (cells + 3) / 4, lo: -clip, hi: clip}
	return l
}

func (l *LSTM) tiles() int { return (l.Units + lstmTile - 1) / lstmTile }

// Padded is the number of elements of a state, PaddedInput that of a quantized input; a quantized state has those of Padded.
func (l *LSTM) Padded() int { return l.tiles() * lstmTile }

// PaddedInput: see Padded.
func (l *LSTM) PaddedInput() int { return 4 * l.args.depth }

// Packed is the number of bytes of the packed weights, whose first one lies at an address that is a multiple of 4.
func (l *LSTM) Packed() int { return l.tiles() * l.tileBytes() }

func (l *LSTM) tileBytes() int { return 4*lstmHead + 16*lstmTile*(l.args.depth+l.args.units) }

// Pack arranges the weights [units,depth], the recurrent weights [units,units], the sums of the rows of both, and the bias
// [units] of the gates. dst is zero.
func (l *LSTM) Pack(dst []int8, w, r *[4][]int8, wSums, rSums *[4][]int32, bias *[4][]float32) {
	for first := 0; first < l.Units; first += lstmTile {
		tile := dst[:l.tileBytes()]
		dst = dst[len(tile):]
		words := lstmWords(tile)
		groups := tile[4*lstmHead:]
		for g := range 4 {
			for i := range min(lstmTile, l.Units-first) {
				at := g*lstmTile + i
				words[at] = math.Float32bits(bias[g][first+i])
				words[lstmHead/3+at] = uint32(wSums[g][first+i])
				words[2*lstmHead/3+at] = uint32(rSums[g][first+i])
				packGroups(groups[4*at:], w[g][(first+i)*l.Depth:][:l.Depth])
				packGroups(groups[16*lstmTile*l.args.depth+4*at:], r[g][(first+i)*l.Units:][:l.Units])
			}
		}
	}
}

func packGroups(dst, row []int8) {
	for k, v := range row {
		dst[k/4*16*lstmTile+k%4] = v
	}
}

// lstmWords are the first words of a tile.
func lstmWords(tile []int8) []uint32 {
	return unsafe.Slice((*uint32)(unsafe.Pointer(&tile[:4*lstmHead][0])), lstmHead)
}

// Step takes a step with packed weights; the cell state c is replaced, the new output state written to dst.
func (l *LSTM) Step(packed []int8, x, h *LSTMRow, c, dst []float32) {
	n := l.Padded()
	_, _ = x.Values[:l.PaddedInput()], h.Values[:4*l.args.units]
	l.step(packed[:l.Packed()], x, h, c[:n], dst[:n])
}

func (l *LSTM) stepGeneric(packed []int8, x, h *LSTMRow, c, dst []float32) {
	for i := range c {
		tile := packed[i/lstmTile*l.tileBytes():]
		words, groups := lstmWords(tile), tile[4*lstmHead:]
		var z [4]float32
		for g := range z {
			at := g*lstmTile + i%lstmTile
			part := func(row *LSTMRow, depth, sums int, groups []int8) float32 {
				acc := -row.Zero * int32(words[sums+at])
				for k, v := range row.Values[:depth] {
					acc += int32(v) * int32(groups[k/4*16*lstmTile+4*at+k%4])
				}
				return float32(float32(acc) * row.Scales[g])
			}
			z[g] = math.Float32frombits(words[at]) + part(x, l.Depth, lstmHead/3, groups)
			z[g] += part(h, l.Units, 2*lstmHead/3, groups[16*lstmTile*l.args.depth:])
		}
		v := float32(f32.LogisticOf(z[1])*c[i]) + float32(f32.LogisticOf(z[0])*f32.TanhOf(z[2]))
		if v < l.args.lo {
			v = l.args.lo
		}
		if v > l.args.hi {
			v = l.args.hi
		}
		c[i] = v
		dst[i] = f32.LogisticOf(z[3]) * f32.TanhOf(v)
	}
}
