package f32

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
)

// winogradTransforms are the transforms of an instruction set, or their generic twins.
type winogradTransforms struct {
	multiple int
	input    func(dst []float32, plane int, d []float32, row, pixel, channels int)
	weights  func(dst []float32, plane int, w []float32, channels int)
	output   func(dst []float32, row, pixel int, m []float32, plane, channels int, bias []float32, lo, hi float32)
}

// winogradVariants are those that this processor has.
func winogradVariants() map[string]winogradTransforms {
	list := map[string]winogradTransforms{"generic": {1, winogradInputGeneric, winogradWeightsGeneric, winogradOutputGeneric}}
	for i := range winogradKernels {
		k, scratch := &winogradKernels[i], make([]float32, WinogradScratch)
		if !k.Available {
			continue
		}
		list[k.Name] = winogradTransforms{
			k.Multiple,
			func(dst []float32, plane int, d []float32, row, pixel, channels int) {
				k.input(dst, plane, d, row, pixel, channels, scratch)
			},
			func(dst []float32, plane int, w []float32, channels int) { k.weights(dst, plane, w, channels, scratch) },
			func(dst []float32, row, pixel int, m []float32, plane, channels int, bias []float32, lo, hi float32) {
				k.output(dst, row, pixel, m, plane, channels, bias, lo, hi, scratch)
			},
		}
	}
	return list
}

// run convolves a patch with filters: y[4][4][outputs].
func (v winogradTransforms) run(d, w []float32, outputs, channels int) []float32 {
	planes := make([]float32, WinogradPlanes*outputs*channels)
	for j := range outputs {
		v.weights(planes[j*channels:], outputs*channels, w[j*9*channels:], channels)
	}
	before, m := make([]float32, WinogradPlanes*channels), make([]float32, WinogradPlanes*outputs)
	v.input(before, channels, d, WinogradPatch*channels, channels, channels)
	for p := range WinogradPlanes {
		for j := range outputs {
			for c := range channels {
				m[p*outputs+j] += float32(before[p*channels+c] * planes[(p*outputs+j)*channels+c])
			}
		}
	}
	y := make([]float32, WinogradTile*WinogradTile*outputs)
	v.output(y, WinogradTile*outputs, outputs, m, outputs, outputs, nil, negInf, posInf)
	return y
}

const winogradEps = 1.0 / (1 << 24)

// TestWinogradError compares with a convolution of 64 bits. No error is larger than the roundings on the way of each term of the sums
// permit, whatever the numbers are; and for normally distributed ones it is not much larger than that of a plain sum.
func TestWinogradError(t *testing.T) {
	const outputs = 8
	for name, v := range winogradVariants() {
		rng := rand.New(rand.NewPCG(1, 2))
		for _, channels := range []int{8, 16, 64, 128} {
			squares, plainSquares := 0.0, 0.0
			for round := range 10 {
				d, w := make([]float32, WinogradPlanes*channels), make([]float32, 9*outputs*channels)
				for i := range d {
					d[i] = float32(rng.NormFloat64())
					if round%2 == 1 { // of very different sizes
						d[i] *= float32(math.Exp(4 * rng.NormFloat64()))
					}
				}
				for i := range w {
					w[i] = float32(rng.NormFloat64())
				}
				got := v.run(d, w, outputs, channels)
				bounds := winogradBounds(d, w, outputs, channels)
				for i, y := range got {
					sum, size, plain := 0.0, 0.0, float32(0)
					j, x, row := i%outputs, i/outputs%WinogradTile, i/outputs/WinogradTile
					for tap := range 9 {
						for c := range channels {
							a, b := d[((row+tap/3)*WinogradPatch+x+tap%3)*channels+c], w[(j*9+tap)*channels+c]
							sum += float64(a) * float64(b)
							size += math.Abs(float64(a) * float64(b))
							plain += float32(a * b)
						}
					}
					e := math.Abs(float64(y) - sum)
					require.LessOrEqual(t, e, bounds[i], "%s, %d channels", name, channels)
					if round%2 == 0 {
						p := float64(plain) - sum
						squares, plainSquares = squares+e*e/size/size, plainSquares+p*p/size/size
					}
				}
			}
			require.Less(t, math.Sqrt(squares/plainSquares), 3.5, "%s, %d channels", name, channels)
		}
	}
}

// winogradBounds are bounds of the errors: the sums of the absolute values of all terms, times the roundings on the way of one. These
// are at most 3 in each transform of one dimension (two multiply-adds, or a product, a sum and one more; the factors are exact), 2 for
// the scale of a weight, and a product and a sum for each channel.
func winogradBounds(d, w []float32, outputs, channels int) []float64 {
	const a, b = float64(winogradA), float64(winogradB)
	na, nb := 1/(2*a*a*math.Abs(a*a-b*b)), 1/(2*b*b*math.Abs(b*b-a*a))
	g := [6][3]float64{{1 / (a * a * b * b)}, {na, a * na, a * a * na}, {na, a * na, a * a * na}, {nb, b * nb, b * b * nb}, {nb, b * nb, b * b * nb}, {0, 0, 1}}
	in := [6][6]float64{
		{a * a * b * b, 0, a*a + b*b, 0, 1}, {0, a * b * b, b * b, a, 1}, {0, a * b * b, b * b, a, 1}, {0, a * a * b, a * a, b, 1}, {0, a * a * b, a * a, b, 1},
		{0, a * a * b * b, 0, a*a + b*b, 0, 1},
	}
	out := [4][6]float64{{1, 1, 1, 1, 1, 0}, {0, a, a, b, b, 0}, {0, a * a, a * a, b * b, b * b, 0}, {0, a * a * a, a * a * a, b * b * b, b * b * b, 1}}
	v, u, m := make([]float64, 36*channels), make([]float64, 36*outputs*channels), make([]float64, 36*outputs)
	for p := range 36 {
		for c := range channels {
			for i := range 36 {
				v[p*channels+c] += in[p/6][i/6] * in[p%6][i%6] * math.Abs(float64(d[i*channels+c]))
			}
			for j := range outputs {
				for i := range 9 {
					u[(p*outputs+j)*channels+c] += g[p/6][i/3] * g[p%6][i%3] * math.Abs(float64(w[(j*9+i)*channels+c]))
				}
				m[p*outputs+j] += v[p*channels+c] * u[(p*outputs+j)*channels+c]
			}
		}
	}
	y := make([]float64, 16*outputs)
	for i := range y {
		for p := range 36 {
			y[i] += out[i/outputs/4][p/6] * out[i/outputs%4][p%6] * m[p*outputs+i%outputs]
		}
		y[i] *= float64(channels+3*2*3+2+1) * winogradEps * 1.001
	}
	return y
}

// The kernels against their generic twins: every number of channels, in memory that ends or begins where nothing may be touched, at
// any distance from each other.
func TestWinogradTransforms(t *testing.T) {
	for name, v := range winogradVariants() {
		t.Run(name, func(t *testing.T) { testWinogradTransforms(t, v) })
	}
}

func testWinogradTransforms(t *testing.T, best winogradTransforms) {
	rng := rand.New(rand.NewPCG(3, 4))
	for channels := best.multiple; channels <= 72; channels += best.multiple {
		for _, gap := range []int{0, 3} {
			pixel := channels + gap
			row := WinogradPatch*pixel + gap
			d := guardtest.After[float32](t, 5*(row+pixel)+channels)
			for i := range d {
				d[i] = float32(rng.NormFloat64())
			}
			plane := channels + gap
			got, want := guardtest.After[float32](t, 35*plane+channels), make([]float32, 35*plane+channels)
			for i := range want {
				want[i], got[i] = 7, 7
			}
			best.input(got, plane, d, row, pixel, channels)
			winogradInputGeneric(want, plane, d, row, pixel, channels)
			// Two times three roundings, fused or not, of sums of up to 64 numbers of about 1.
			requireNear(t, want, got, 64*6*winogradEps*4)

			w := guardtest.After[float32](t, 9*channels)
			for i := range w {
				w[i] = float32(rng.NormFloat64())
			}
			for i := range want {
				want[i], got[i] = 7, 7
			}
			best.weights(got, plane, w, channels)
			winogradWeightsGeneric(want, plane, w, channels)
			requireNear(t, want, got, 64*6*winogradEps*4)

			m, bias := guardtest.After[float32](t, 35*plane+channels), guardtest.After[float32](t, channels)
			for i := range m {
				m[i] = float32(rng.NormFloat64())
			}
			for i := range bias {
				bias[i] = float32(rng.NormFloat64())
			}
			for _, b := range [][]float32{nil, bias} {
				row := WinogradTile*pixel + gap
				got, want := guardtest.After[float32](t, 3*(row+pixel)+channels), make([]float32, 3*(row+pixel)+channels)
				for i := range want {
					want[i], got[i] = 7, 7
				}
				best.output(got, row, pixel, m, plane, channels, b, -3, 6)
				winogradOutputGeneric(want, row, pixel, m, plane, channels, b, -3, 6)
				requireNear(t, want, got, 64*6*winogradEps*4)
			}
		}
	}
	// A NaN is one behind the clamp.
	m := make([]float32, 36*8)
	m[14*8+3] = float32(math.NaN())
	y := make([]float32, 16*8)
	best.output(y, 32, 8, m, 8, 8, nil, 0, 6)
	for i, v := range y {
		require.Equal(t, i%8 == 3, v != v, "[%d]", i)
	}
	require.True(t, math.IsNaN(float64(y[3])))
	require.Equal(t, float32(0), y[2])
}

func requireNear(t *testing.T, want, got []float32, bound float64) {
	t.Helper()
	require.Len(t, got, len(want))
	for i := range want {
		require.InDelta(t, want[i], got[i], bound, "[%d]", i)
	}
}

func TestWinogradShort(t *testing.T) {
	if !HasWinograd(8, 8) {
		t.Skip("no kernels")
	}
	full, scratch := make([]float32, 36*8), make([]float32, WinogradScratch)
	require.Panics(t, func() { WinogradInput(full[1:], 8, full, 48, 8, 8, scratch) })
	require.Panics(t, func() { WinogradInput(full, 8, full[1:], 48, 8, 8, scratch) })
	require.Panics(t, func() { WinogradInput(full, 8, full, 48, 8, 8, scratch[1:]) })
	require.Panics(t, func() { WinogradInput(full, 0, full, 0, 0, 0, scratch) })
	require.Panics(t, func() { WinogradWeights(full, 8, full[:9*8-1], 8, scratch) })
	require.Panics(t, func() { WinogradWeights(full[1:], 8, full, 8, scratch) })
	require.Panics(t, func() { WinogradOutput(full[:16*8-1], 32, 8, full, 8, 8, nil, 0, 1, scratch) })
	require.Panics(t, func() { WinogradOutput(full, 32, 8, full[1:], 8, 8, nil, 0, 1, scratch) })
	require.Panics(t, func() { WinogradOutput(full, 32, 8, full, 8, 8, full[:7], 0, 1, scratch) })
}

func BenchmarkWinograd(b *testing.B) {
	for name, v := range winogradVariants() {
		const channels = 32
		d, m := make([]float32, 36*channels), make([]float32, 36*(channels+16))
		b.Run("input/"+name, func(b *testing.B) {
			for b.Loop() {
				v.input(m, channels+16, d, 6*channels, channels, channels)
			}
		})
		b.Run("weights/"+name, func(b *testing.B) {
			for b.Loop() {
				v.weights(m, channels+16, d, channels)
			}
		})
		b.Run("output/"+name, func(b *testing.B) {
			for b.Loop() {
				v.output(d, 4*channels, channels, m, channels+16, channels, nil, 0, 6)
			}
		})
	}
}
