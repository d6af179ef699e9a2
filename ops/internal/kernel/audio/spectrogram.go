// Package audio holds the kernels of the front ends of speech models: windows, spectra, mel bands and cepstral coefficients,
// computed in double precision as in TFLite's kernels/internal/{spectrogram,mfcc*}.
package audio

import (
	"math"

	"github.com/litewren/litewren/ops/internal/kernel/fft"
)

// Spectrogram computes the energy of each frequency in overlapping windows of a signal. It holds buffers: one goroutine at a
// time.
type Spectrogram struct {
	window []float64
	stride int
	fft    *fft.Real
}

// NewSpectrogram prepares windows of that many samples, weighted by a periodic Hann window 1/2 - cos(2*pi*i/size)/2, every
// stride samples.
func NewSpectrogram(size, stride int) *Spectrogram {
	length := 1
	for length < size {
		length *= 2
	}
	s := &Spectrogram{window: make([]float64, size), stride: stride, fft: fft.NewReal(length)}
	for i := range s.window {
		s.window[i] = 0.5 - float64(0.5*math.Cos(2*math.Pi*float64(i)/float64(size)))
	}
	return s
}

// Bins returns the number of frequencies: half the window's size, rounded up to a power of two, plus 1.
func (s *Spectrogram) Bins() int { return s.fft.Len()/2 + 1 }

// Frames returns the number of windows in that many samples.
func (s *Spectrogram) Frames(samples int) int {
	if samples < len(s.window) {
		return 0
	}
	return 1 + (samples-len(s.window))/s.stride
}

// Run writes Bins values for each frame of one channel of interleaved samples: |X[k]|^2, or |X[k]| where root is set.
func (s *Spectrogram) Run(dst, src []float32, channel, channels int, root bool) {
	bins := s.Bins()
	frames := s.Frames(len(src) / channels)
	for frame := range frames {
		even, odd := s.fft.Samples()
		at := frame*s.stride*channels + channel
		for i, w := range s.window {
			v := w * float64(src[at+i*channels])
			if i%2 == 0 {
				even[i/2] = v
			} else {
				odd[i/2] = v
			}
		}
		clear(even[(len(s.window)+1)/2:])
		clear(odd[len(s.window)/2:])
		re, im := s.fft.Forward()
		row := dst[frame*bins : (frame+1)*bins]
		for k := range row {
			energy := float32(float64(re[k]*re[k]) + float64(im[k]*im[k]))
			if root {
				energy = float32(math.Sqrt(float64(energy)))
			}
			row[k] = energy
		}
	}
}
