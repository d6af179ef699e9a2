package q

// SVDF is an int8 SVDF: filters with Depth inputs and Memory steps, Rank of them to an output.
type SVDF struct {
	Depth, Memory, Rank int
	State               Factor    // from products of inputs and features to the scale of the state
	Out                 *Channels // from products of state and time weights to the output
}

// Push shifts the memory of every filter by one step and appends its product with x:
//
//	state[f] = (state[f][1:], saturate(State*(base[f] + sum(i, w[f][i]*x[i]))))
//
// base takes out the zero point of x. acc and fresh are scratch for as many elements as there are filters.
func (s *SVDF) Push(state []int16, w, x []int8, base, acc []int32, fresh []int16) {
	n, filters := s.Memory, len(base)
	acc, fresh = acc[:filters], fresh[:filters]
	Products(acc, x, s.Depth, 1, w, filters, s.Depth, base)
	clear(fresh)
	accumulateWords(fresh, acc, s.State)
	// What slides into the end of a row from the next one is written over.
	copy(state, state[min(1, len(state)):])
	for f, v := range fresh {
		state[f*n+n-1] = v
	}
}

// Reduce is
//
//	for u := range out { out[u] = Out(bias[u] + sum(f of u, i, state[f][i]*w[f][i])) }
//
// A nil bias adds nothing. Sums wrap. acc is scratch for as many elements as out has.
func (s *SVDF) Reduce(out []int8, state, w []int16, bias, acc []int32) {
	acc = acc[:len(out)]
	wordRows(acc, state, w, s.Memory*s.Rank, bias)
	RequantizeChannels(out, len(out), acc, 1, 0, len(out), s.Out)
}

// wordRowsGeneric is
//
//	for r := range dst { dst[r] = init[r] + sum(i, a[r*n+i]*b[r*n+i]) }
//
// A nil init is 0. Sums wrap.
func wordRowsGeneric(dst []int32, a, b []int16, n int, init []int32) {
	for r := range dst {
		acc := int32(0)
		y := b[r*n : (r+1)*n]
		for i, v := range a[r*n : (r+1)*n] {
			acc += int32(v) * int32(y[i])
		}
		if init != nil {
			acc += init[r]
		}
		dst[r] = acc
	}
}
