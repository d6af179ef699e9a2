package q

import (
	"math"
	"unsafe"

	"github.com/litewren/litewren/ops/internal/fixedpoint"
)

// LSTM computes steps of an integer LSTM with input, forget, cell and output gate, without peepholes, projection and layer norm:
//
//	z_g = saturate(saturate(In[g]*(b_g + W_g x)) + Recurrent[g]*(r_g + R_g h))    for each gate g
//	c = clip(UpdateCell(c, sigmoid(z_forget), sigmoid(z_input), tanh(z_cell))); h = Hide(sigmoid(z_output), tanh(c))
//
// with 3 integer bits for z and CellBits, up to 4, for c. The weights of a tile of 32 cells lie side by side: for x, then for h,
// a sum for each gate and cell to start from, then groups of 4 elements of the vector: [groups][4 gates][32 cells][4]. Vectors
// have whole groups; states are padded to whole tiles with zeros.
type LSTM struct {
	Depth, Units  int
	In, Recurrent [4]Factor
	Hidden        Factor
	ZeroIn        int32
	ZeroOut       int32
	CellBits      int
	Limit         int16 // of the cell state; 0 is none

	args stepArgs
}

// lstmTile is the number of cells of a tile.
const lstmTile = 32

// stepArgs is what the assembly reads: offsets are fixed.
type stepArgs struct {
	weights                     *int8
	x                           *int8
	depth                       int // groups
	h                           *int8
	units                       int // groups
	c                           *int16
	dst                         *int8
	tiles                       int
	gateBits, newBits, cellBits *sigmoidWords
	shift, half                 int32
	most, least                 int32
	zero, _                     int32
	factors                     [9]stepFactor // In, Recurrent, Hidden
}

// stepFactor is a Factor with its shift to the left and to the right, and the mask of what the latter shifts out.
type stepFactor struct{ multiplier, left, right, mask, half int32 }

func newStepFactor(f Factor) stepFactor {
	s := stepFactor{multiplier: f.Multiplier, left: int32(max(f.Shift, 0)), right: int32(max(-f.Shift, 0))}
	s.mask = int32(uint32(1)<<s.right - 1)
	s.half = s.mask >> 1
	return s
}

// sigmoidWords are the constants of fixedpoint.Logistic16 and Tanh16 for a number of integer bits of the exponential's argument.
type sigmoidWords struct {
	quarter, bits, count uint16
	factors              [7][2]uint16 // a bit of the multiple of 1/4, the factor that it stands for
	gain, start          int16        // of the line that Newton's method begins with
	_                    uint16
	repeated             [7][2][32]uint16 // the factors
}

// Available reports whether the processor has a kernel for the LSTM.
func (l *LSTM) Available() bool {
	for g := range 4 {
		if !usable(l.In[g]) || !usable(l.Recurrent[g]) {
			return false
		}
	}
	return lstmStepAvailable && usable(l.Hidden) && l.CellBits >= 0 && l.CellBits <= 4 && l.Units > 0
}

// usable tells whether the vector kernels can apply a factor.
func usable(f Factor) bool { return f.Multiplier >= 0 && f.Shift >= -31 && f.Shift <= 31 }

// Padded is the number of elements of a state, Packed that of the packed weights, PaddedInput that of an input.
func (l *LSTM) Padded() int { return (l.Units + lstmTile - 1) / lstmTile * lstmTile }

// PaddedInput: see Padded.
func (l *LSTM) PaddedInput() int { return (l.Depth + 3) &^ 3 }

// Packed: see Padded.
func (l *LSTM) Packed() int { return l.Padded() / lstmTile * l.tileBytes() }

func (l *LSTM) tileBytes() int {
	return 4 * lstmTile * (4 + l.PaddedInput() + 4 + (l.Units+3)&^3)
}

// Pack arranges the weights [units,depth], the recurrent weights [units,units] and the bias [units] of the gates. dst is zero.
func (l *LSTM) Pack(dst []int8, w, r *[4][]int8, bias *[4][]int32) {
	for first := 0; first < l.Units; first += lstmTile {
		at := l.packPart(dst, w, bias, first, l.Depth, l.ZeroIn)
		l.packPart(at, r, nil, first, l.Units, l.ZeroOut)
		dst = dst[l.tileBytes():]
	}
}

// packPart packs the weights of a tile of cells for one vector, and what sums start from: bias - (zero+128) times the sum of the row.
func (l *LSTM) packPart(dst []int8, w *[4][]int8, bias *[4][]int32, first, cols int, zero int32) []int8 {
	const row, part = 4 * lstmTile * 4, 16 // bytes of the gates of a tile, and rows that are packed together
	kernel, blocks := GemmFor(), cols/part
	cells := min(lstmTile, l.Units-first)
	for g := range 4 {
		var sums [lstmTile]int32
		at, from := dst[row+g*lstmTile*4:], w[g][first*cols:][:cells*cols]
		for i := 0; i < cells; i += part {
			done := 0
			if i+part <= cells && blocks > 0 && kernel != nil && kernel.pack != nil {
				to, rows := at[4*i:], from[i*cols:]
				_, _ = to[(4*blocks-1)*row+4*part-1], rows[part*cols-1]
				kernel.pack(unsafe.Pointer(&to[0]), row, unsafe.Pointer(&rows[0]), cols, 4*cols, blocks, 0, &sums[i])
				done = part * blocks
			}
			for j := i; j < min(i+part, cells); j++ {
				for k, v := range from[j*cols+done : (j+1)*cols] {
					k += done
					at[k/4*row+4*j+k%4] = v
					sums[j] += int32(v)
				}
			}
		}
		for i, sum := range sums[:cells] {
			sum *= -(zero + 128)
			if bias != nil {
				sum += bias[g][first+i]
			}
			for b := range 4 {
				dst[(g*lstmTile+i)*4+b] = int8(sum >> (8 * b))
			}
		}
	}
	return dst[row*(1+(cols+3)/4):]
}

// Prepare computes what Step needs besides weights.
func (l *LSTM) Prepare() {
	a := &l.args
	a.depth, a.units = (l.Depth+3)/4, (l.Units+3)/4
	a.shift = int32(15 + l.CellBits)
	a.half = 1 << (a.shift - 1)
	a.most, a.least = math.MaxInt16, math.MinInt16
	if l.Limit > 0 {
		a.most, a.least = int32(l.Limit), -int32(l.Limit)
	}
	a.zero = l.ZeroOut
	for g := range 4 {
		a.factors[g], a.factors[4+g] = newStepFactor(l.In[g]), newStepFactor(l.Recurrent[g])
	}
	a.factors[8] = newStepFactor(l.Hidden)
	l.prepareStep()
}

// Step takes a step with packed weights, padded input x and output state h; the cell state c is replaced, the new output state
// written to dst, which is not h.
func (l *LSTM) Step(packed, x, h []int8, c []int16, dst []int8) {
	n := l.Padded()
	l.step(packed[:l.Packed()], x[:l.PaddedInput()], h[:n], c[:n], dst[:n])
}

func (l *LSTM) stepGeneric(packed, x, h []int8, c []int16, dst []int8) {
	const row = 4 * lstmTile * 4
	for i := range c {
		at := packed[i/lstmTile*l.tileBytes():]
		var z [4]int16
		part := func(v []int8, cols int, f *[4]Factor) {
			for g := range z {
				j := (g*lstmTile + i%lstmTile) * 4
				sum := int32(0)
				for b := range 4 {
					sum |= int32(uint8(at[j+b])) << (8 * b)
				}
				for k, v := range v[:cols] {
					sum += (int32(v) + 128) * int32(at[row*(1+k/4)+j+k%4])
				}
				z[g] = fixedpoint.SaturateInt16(f[g].times(sum) + int32(z[g]))
			}
			at = at[row*(1+(cols+3)/4):]
		}
		part(x, l.Depth, &l.In)
		part(h, l.Units, &l.Recurrent)
		in, forget := fixedpoint.Logistic16(z[0], 3), fixedpoint.Logistic16(z[1], 3)
		update, out := fixedpoint.Tanh16(z[2], 3), fixedpoint.Logistic16(z[3], 3)
		updateCellGeneric(c[i:i+1], []int16{forget}, []int16{in}, []int16{update}, 15+l.CellBits, l.Limit)
		hideGeneric(dst[i:i+1], []int16{out}, []int16{fixedpoint.Tanh16(c[i], l.CellBits)}, l.Hidden, l.ZeroOut)
	}
}
