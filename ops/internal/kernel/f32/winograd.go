package f32

// Winograd's convolution F(4x4, 3x3), after Toom and Cook: 16 neighbouring outputs of 3x3 taps take 36 products for each channel, where
// they take 144 one by one. With the points 0, a, -a, b, -b and infinity, for a patch d of 6x6 inputs and the filter g,
//
//	y = A'((G g G') * (B' d B))A     element by element in the middle, where channels are added up
//
//	B' = a²b²    0   -(a²+b²)  0     1  0      G = 1/(a²b²)                           A' = 1 1  1  1  1  0
//	      0    -ab²    -b²     a     1  0          (1, a, a²)/(2a²(a²-b²))                 0 a -a  b -b  0
//	      0     ab²    -b²    -a     1  0          (1,-a, a²)/(2a²(a²-b²))                 0 a² a² b² b² 0
//	      0    -a²b    -a²     b     1  0          (1, b, b²)/(2b²(b²-a²))                 0 a³ -a³ b³ -b³ 1
//	      0     a²b    -a²    -b     1  0          (1,-b, b²)/(2b²(b²-a²))
//	      0    a²b²     0   -(a²+b²) 0  1          (0, 0, 1)
//
// The sums are of larger numbers than the result is: with normally distributed numbers the root of the mean square error is 2 to 3 times
// that of a plain sum, the largest error 2 to 3 times too. With the usual points 1 and 2 it would be 4 to 6 and 5 to 11 times; powers of
// 5/8 and 3/2 are as exact. An infinity or NaN in a patch reaches all 16 outputs.
const (
	winogradA = 0.625
	winogradB = 1.5

	winogradA2, winogradB2 = winogradA * winogradA, winogradB * winogradB
	winogradA3, winogradB3 = winogradA * winogradA2, winogradB * winogradB2
	winogradP, winogradS   = winogradA2 * winogradB2, winogradA2 + winogradB2
)

const (
	// WinogradTile is the number of outputs of a tile along an axis, WinogradPatch that of its inputs.
	WinogradTile  = 4
	WinogradPatch = WinogradTile + 2
	// WinogradPlanes is the number of elements that a patch has after its transform, each of which is a product of matrices.
	WinogradPlanes = WinogradPatch * WinogradPatch
	// WinogradScratch is how many elements of scratch memory a transform needs.
	WinogradScratch = WinogradPlanes * 16
)

// winogradScales are what the rows of G have in common, by row and column of a filter: the rest of them are powers.
var winogradScales = func() (scales [WinogradPlanes]float32) {
	const na, nb = 1 / (2 * winogradA2 * (winogradA2 - winogradB2)), 1 / (2 * winogradB2 * (winogradB2 - winogradA2))
	rows := [WinogradPatch]float64{1 / winogradP, na, na, nb, nb, 1}
	for i := range scales {
		scales[i] = float32(rows[i/WinogradPatch] * rows[i%WinogradPatch])
	}
	return scales
}()

// winogradWeightsGeneric transforms a filter w[3][3][channels]: plane p goes to dst[p*plane:].
func winogradWeightsGeneric(dst []float32, plane int, w []float32, channels int) {
	for c := range channels {
		var t [3][WinogradPatch]float32 // by column
		for x := range t {
			t[x] = winogradWeight(w[x*channels+c], w[(3+x)*channels+c], w[(6+x)*channels+c])
		}
		for y := range WinogradPatch {
			for x, v := range winogradWeight(t[0][y], t[1][y], t[2][y]) {
				p := y*WinogradPatch + x
				dst[p*plane+c] = v * winogradScales[p]
			}
		}
	}
}

// winogradWeight multiplies with G, but for the scales.
func winogradWeight(g0, g1, g2 float32) [WinogradPatch]float32 {
	ea, oa := g0+float32(winogradA2*g2), float32(winogradA*g1)
	eb, ob := g0+float32(winogradB2*g2), float32(winogradB*g1)
	return [WinogradPatch]float32{g0, ea + oa, ea - oa, eb + ob, eb - ob, g2}
}

// winogradInputGeneric transforms a patch: the channels of pixel (y, x) begin at d[y*row+x*pixel], those of plane p go to dst[p*plane].
func winogradInputGeneric(dst []float32, plane int, d []float32, row, pixel, channels int) {
	for c := range channels {
		var t [WinogradPatch][WinogradPatch]float32 // by column
		for x := range t {
			at := d[x*pixel+c:]
			t[x] = winogradIn(at[0], at[row], at[2*row], at[3*row], at[4*row], at[5*row])
		}
		for y := range WinogradPatch {
			for x, v := range winogradIn(t[0][y], t[1][y], t[2][y], t[3][y], t[4][y], t[5][y]) {
				dst[(y*WinogradPatch+x)*plane+c] = v
			}
		}
	}
}

// winogradIn multiplies with B'.
func winogradIn(d0, d1, d2, d3, d4, d5 float32) [WinogradPatch]float32 {
	ta, ua := d4-float32(winogradB2*d2), float32(winogradA*(d3-float32(winogradB2*d1)))
	tb, ub := d4-float32(winogradA2*d2), float32(winogradB*(d3-float32(winogradA2*d1)))
	return [WinogradPatch]float32{
		d4 + float32(winogradP*d0) - float32(winogradS*d2), ta + ua, ta - ua, tb + ub, tb - ub,
		d5 + float32(winogradP*d1) - float32(winogradS*d3),
	}
}

// winogradOutputGeneric transforms what the products of a tile gave, m[p*plane] for plane p, adds the bias and clamps: the channels
// of pixel (y, x) go to dst[y*row+x*pixel].
func winogradOutputGeneric(dst []float32, row, pixel int, m []float32, plane, channels int, bias []float32, lo, hi float32) {
	for c := range channels {
		var t [WinogradPatch][WinogradTile]float32
		for x := range t {
			at := m[x*plane+c:]
			const next = WinogradPatch
			t[x] = winogradOut(at[0], at[next*plane], at[2*next*plane], at[3*next*plane], at[4*next*plane], at[5*next*plane])
		}
		var b float32
		if bias != nil {
			b = bias[c]
		}
		for y := range WinogradTile {
			for x, v := range winogradOut(t[0][y], t[1][y], t[2][y], t[3][y], t[4][y], t[5][y]) {
				dst[y*row+x*pixel+c] = clampTo(v+b, lo, hi)
			}
		}
	}
}

// winogradOut multiplies with A'.
func winogradOut(m0, m1, m2, m3, m4, m5 float32) [WinogradTile]float32 {
	sa, da, sb, db := m1+m2, m1-m2, m3+m4, m3-m4
	return [WinogradTile]float32{
		m0 + sa + sb, float32(winogradA*da) + float32(winogradB*db), float32(winogradA2*sa) + float32(winogradB2*sb),
		m5 + float32(winogradA3*da) + float32(winogradB3*db),
	}
}

// winogradKernel are the transforms for an instruction set, for multiples of some number of channels. Distances are in bytes.
type winogradKernel struct {
	Name      string
	Multiple  int
	Available bool
	Input     func(dst *float32, plane int, d *float32, row, pixel, channels int, scratch *float32)
	Weights   func(dst *float32, plane int, w *float32, channels int, scratch *float32)
	Output    func(dst *float32, row, pixel int, m *float32, plane, channels int, bias *float32, lo, hi float32, scratch *float32)
}

// pickWinograd returns the best transforms for a number of channels, nil where there are none.
func pickWinograd(channels int) *winogradKernel {
	for i := range winogradKernels {
		if k := &winogradKernels[i]; k.Available && channels > 0 && channels%k.Multiple == 0 {
			return k
		}
	}
	return nil
}

// HasWinograd reports whether this processor has the transforms of Winograd's convolution for these numbers of channels and outputs.
func HasWinograd(channels, outputs int) bool {
	return pickWinograd(channels) != nil && pickWinograd(outputs) != nil
}

// WinogradWeights transforms a filter w[3][3][channels] to planes: plane p of what results goes to dst[p*plane:]. There must be kernels,
// and WinogradScratch elements of scratch memory.
func WinogradWeights(dst []float32, plane int, w []float32, channels int, scratch []float32) {
	pickWinograd(channels).weights(dst, plane, w, channels, scratch)
}

func (k *winogradKernel) weights(dst []float32, plane int, w []float32, channels int, scratch []float32) {
	if k == nil || plane < 0 || 9*channels > len(w) || (WinogradPlanes-1)*plane+channels > len(dst) || len(scratch) < WinogradScratch {
		panic("f32: WinogradWeights: a slice is too short")
	}
	k.Weights(&dst[0], 4*plane, &w[0], channels, &scratch[0])
}

// WinogradInput transforms the patch of 6x6 pixels whose rows begin row elements apart, and pixels pixel: plane p of what results goes
// to dst[p*plane:]. There must be kernels, and WinogradScratch elements of scratch memory.
func WinogradInput(dst []float32, plane int, d []float32, row, pixel, channels int, scratch []float32) {
	pickWinograd(channels).input(dst, plane, d, row, pixel, channels, scratch)
}

func (k *winogradKernel) input(dst []float32, plane int, d []float32, row, pixel, channels int, scratch []float32) {
	const last = WinogradPatch - 1
	if k == nil || row < 0 || pixel < 0 || plane < 0 || last*(row+pixel)+channels > len(d) || (WinogradPlanes-1)*plane+channels > len(dst) ||
		len(scratch) < WinogradScratch {
		panic("f32: WinogradInput: a slice is too short")
	}
	k.Input(&dst[0], 4*plane, &d[0], 4*row, 4*pixel, channels, &scratch[0])
}

// WinogradOutput transforms planes m[p*plane:] of a tile to 4x4 pixels, adds a bias unless it is nil, and clamps. There must be kernels,
// and WinogradScratch elements of scratch memory.
func WinogradOutput(dst []float32, row, pixel int, m []float32, plane, channels int, bias []float32, lo, hi float32, scratch []float32) {
	pickWinograd(channels).output(dst, row, pixel, m, plane, channels, bias, lo, hi, scratch)
}

func (k *winogradKernel) output(dst []float32, row, pixel int, m []float32, plane, channels int, bias []float32, lo, hi float32, scratch []float32) {
	const last = WinogradTile - 1
	if k == nil || row < 0 || pixel < 0 || plane < 0 || last*(row+pixel)+channels > len(dst) || (WinogradPlanes-1)*plane+channels > len(m) ||
		len(scratch) < WinogradScratch || bias != nil && len(bias) < channels {
		panic("f32: WinogradOutput: a slice is too short")
	}
	var b *float32
	if bias != nil {
		b = &bias[0]
	}
	k.Output(&dst[0], 4*row, 4*pixel, &m[0], 4*plane, channels, b, lo, hi, &scratch[0])
}
