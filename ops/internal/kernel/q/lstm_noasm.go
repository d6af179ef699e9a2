//go:build (!amd64 && !arm64) || noasm

package q

func sigmoidWordsVector([]int16, []int16, int, bool) bool { return false }

func updateWords([]int16, []int16, []int16, []int16, int, int16) bool { return false }

func hideWords([]int8, []int16, []int16, Factor, int32) bool { return false }

func accumulateWords(z []int16, acc []int32, f Factor) { accumulateWordsGeneric(z, acc, f) }

func wordRows(dst []int32, a, b []int16, n int, init []int32) { wordRowsGeneric(dst, a, b, n, init) }

const lstmStepAvailable = false

func (l *LSTM) prepareStep() {}

func (l *LSTM) step(packed, x, h []int8, c []int16, dst []int8) { l.stepGeneric(packed, x, h, c, dst) }
