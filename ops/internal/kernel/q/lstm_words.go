//go:build (amd64 || arm64) && !noasm

package q

// mostSigmoidBits is the largest number for which the exponential of the most negative argument needs no special treatment.
const mostSigmoidBits = 5

var sigmoidWordsOf = func() (all [mostSigmoidBits + 1]sigmoidWords) {
	// exp(-1/4) to exp(-16) with 15 fractional bits, rounded from 31 as gemmlowp's are.
	factors := [7]uint16{25520, 19875, 12055, 4435, 600, 11, 0}
	for bits := range all {
		c := &all[bits]
		c.quarter, c.bits = 1<<(13-bits), uint16(bits)
		c.gain, c.start = -15420, 23130
		for e := -2; e < bits; e++ {
			pair := [2]uint16{1 << (15 - bits + e), factors[e+2]}
			c.factors[c.count] = pair
			for i, v := range pair {
				for j := range 32 {
					c.repeated[c.count][i][j] = v
				}
			}
			c.count++
		}
	}
	return all
}()

// wordRun is the most elements of one call.
const wordRun = 1 << 15

// run returns how many of n elements to do next: not so many that the rest is too short for a vector.
func run(n int) int {
	if n > wordRun+16 {
		return wordRun
	}
	return n
}
