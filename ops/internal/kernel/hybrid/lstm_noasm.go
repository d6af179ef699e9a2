//go:build !amd64 || noasm

package hybrid

const lstmAvailable = false

func (l *LSTM) step(packed []int8, x, h *LSTMRow, c, dst []float32) {
	l.stepGeneric(packed, x, h, c, dst)
}
