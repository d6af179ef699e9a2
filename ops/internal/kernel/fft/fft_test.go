package fft

import (
	"fmt"
	"math"
	"math/cmplx"
	"math/rand/v2"
	"testing"

	"github.com/litewren/litewren/ops/internal/kernel/guardtest"
	"github.com/stretchr/testify/require"
)

func TestForwardIsTheSum(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for n := 1; n <= 2048; n *= 2 {
		x, w := make([]complex128, n), NewWork(n)
		for i := range x {
			x[i] = complex(r.NormFloat64(), r.NormFloat64())
			w.Re[i], w.Im[i] = real(x[i]), imag(x[i])
		}
		p := New(n)
		p.Forward(w)
		for k := range x {
			var want complex128
			for j, v := range x {
				want += v * cmplx.Exp(complex(0, -2*math.Pi*float64(j*k%n)/float64(n)))
			}
			require.InDelta(t, 0, cmplx.Abs(want-complex(w.Re[k], w.Im[k])), 1e-13*float64(n)+1e-14)
		}
		p.Inverse(w)
		for j, v := range x {
			require.InDelta(t, 0, cmplx.Abs(v-complex(w.Re[j]/float64(n), w.Im[j]/float64(n))), 1e-13)
		}
	}
}

// Each stage against its generic twin, between pages without access.
func TestStages(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for n := 1; n <= 4096; n *= 2 {
		for _, s := range New(n).stages {
			xRe, xIm := guardtest.After[float64](t, n), guardtest.After[float64](t, n)
			for i := range xRe {
				xRe[i], xIm[i] = r.NormFloat64(), r.NormFloat64()
			}
			s.factors = guardtest.Copy(t, s.factors)
			yRe, yIm := guardtest.After[float64](t, n), guardtest.After[float64](t, n)
			wantRe, wantIm := make([]float64, n), make([]float64, n)
			s.run(yRe, yIm, xRe, xIm)
			s.runGeneric(wantRe, wantIm, xRe, xIm)
			require.InDeltaSlice(t, wantRe, yRe, 1e-14, "size %d, stride %d", s.size, s.stride)
			require.InDeltaSlice(t, wantIm, yIm, 1e-14, "size %d, stride %d", s.size, s.stride)
		}
	}
}

func TestReal(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	for n := 1; n <= 1024; n *= 2 {
		r, p, w, x := NewReal(n), New(n), NewWork(n), make([]float32, n)
		for i := range x {
			x[i] = float32(random.NormFloat64())
			w.Re[i] = float64(x[i])
		}
		x[n-1], w.Re[n-1] = 0, 0
		r.Set(x[:n-1])
		re, im := r.Forward()
		p.Forward(w)
		require.InDeltaSlice(t, w.Re[:n/2+1], re, 1e-12)
		require.InDeltaSlice(t, w.Im[:n/2+1], im, 1e-12)
		r.im[0], r.im[n/2] = 99, 99 // must not count
		even, odd := r.Inverse()
		for i, v := range x {
			back := even[i/2]
			if i%2 != 0 {
				back = odd[i/2]
			}
			require.InDelta(t, float64(v), back/float64(n), 1e-13)
		}
	}
}

func TestReal2D(t *testing.T) {
	var f Real2D
	f.Resize(2, 4)
	// The third row and the fifth column are cut off.
	src := []float32{1, 2, 3, 4, 99, 5, 6, 7, 9, 99, 99, 99, 99, 99, 99}
	spectrum := make([]complex64, 6)
	f.Forward(spectrum, src, 3, 5)
	require.Equal(t, []complex64{37, complex(-4, 5), -5, -17, complex(0, -1), 1}, spectrum)
	back := make([]float32, 8)
	f.Inverse(back, spectrum, 2, 3)
	require.InDeltaSlice(t, []float32{1, 2, 3, 4, 5, 6, 7, 9}, back, 1e-6)

	f.Resize(1, 4)
	f.Forward(spectrum[:3], src, 3, 5)
	require.Equal(t, []complex64{10, complex(-2, 2), -2}, spectrum[:3])
	f.Inverse(back[:4], spectrum, 1, 3)
	require.InDeltaSlice(t, []float32{1, 2, 3, 4}, back[:4], 1e-6)

	f.Resize(1, 1)
	f.Forward(spectrum[:1], []float32{7}, 1, 1)
	require.Equal(t, complex64(7), spectrum[0])
	f.Inverse(back[:1], spectrum, 1, 1)
	require.Equal(t, float32(7), back[0])
}

func BenchmarkReal(b *testing.B) {
	for _, n := range []int{64, 512, 1024, 2048} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var f Real2D
			f.Resize(1, n)
			x, y := make([]float32, n), make([]complex64, n/2+1)
			for b.Loop() {
				f.Forward(y, x, 1, n)
			}
		})
	}
}
