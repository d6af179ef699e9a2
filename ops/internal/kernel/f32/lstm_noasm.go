//go:build (!amd64 && !arm64) || noasm

package f32

func lstmLanes(int) int { return 0 }

func (l *LSTM) step(packed, x, h, c, dst []float32) { l.stepGeneric(packed, x, h, c, dst) }
