//go:build (!amd64 && !arm64) || noasm

package fft

func (s *stage) run(yRe, yIm, xRe, xIm []float64) { s.runGeneric(yRe, yIm, xRe, xIm) }
