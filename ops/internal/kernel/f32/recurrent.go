package f32

import "math"

// MultiplyAccumulate is
//
//	for i := range out { out[i] += a[i]*b[i] }
func MultiplyAccumulate(out, a, b []float32) {
	a, b = a[:len(out)], b[:len(out)]
	for i := range out {
		out[i] += float32(a[i] * b[i])
	}
}

// UpdateCell is, with in as the input gate or 1-forget where in is nil,
//
//	for i := range cell { cell[i] = clip(forget[i]*cell[i] + in[i]*new[i]) }
//
// clip limits to [-limit, limit]; a limit of 0 is none.
func UpdateCell(cell, forget, in, new []float32, limit float32) {
	forget, new = forget[:len(cell)], new[:len(cell)]
	if in == nil {
		for i, f := range forget {
			cell[i] = float32(f*cell[i]) + float32((1-f)*new[i])
		}
	} else {
		in = in[:len(cell)]
		for i, f := range forget {
			cell[i] = float32(f*cell[i]) + float32(in[i]*new[i])
		}
	}
	if limit > 0 {
		Clamp(cell, cell, -limit, limit)
	}
}

// Normalize scales each row of n elements to mean 0 and variance 1, then applies a weight and a bias per element:
//
//	for each row of x { x[i] = (x[i]-mean) / sqrt(variance+1e-8) * weight[i] + bias[i] }
//
// Source: MeanStddevNormalization in TFLite's tensor_utils.
func Normalize(x, weight, bias []float32) {
	n := len(weight)
	bias = bias[:n]
	for ; n > 0 && len(x) >= n; x = x[n:] {
		row := x[:n]
		sum := float32(0)
		for _, v := range row {
			sum += v
		}
		mean := sum / float32(n)
		squares := float32(0)
		for _, v := range row {
			squares += float32((v - mean) * (v - mean))
		}
		inverse := 1 / float32(math.Sqrt(float64(squares/float32(n)+1e-8)))
		for i, v := range row {
			row[i] = float32((v-mean)*inverse*weight[i]) + bias[i]
		}
	}
}

// SignBit is
//
//	for i, v := range x { dst[i] = 1 where the sign bit of v is set, 0 elsewhere }
//
// dst may be x.
func SignBit(dst, x []float32) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = float32(math.Float32bits(v) >> 31)
	}
}

// PushMemory shifts rows of n elements left by one and puts a new element at the end of each:
//
//	for r, v := range new { copy(state[r*n:], state[r*n+1:(r+1)*n]); state[r*n+n-1] = v }
func PushMemory(state []float32, n int, new []float32) {
	// What slides into the end of a row from the next one is written over.
	copy(state, state[min(1, len(state)):])
	for r, v := range new {
		state[r*n+n-1] = v
	}
}

// ReduceMemory is
//
//	for u := range out {
//		for r := u*rank; r < (u+1)*rank; r++ { out[u] += sum(i, w[r*n+i]*state[r*n+i]) }
//	}
func ReduceMemory(out, state, w []float32, n, rank int) {
	for u := range out {
		sum := float32(0)
		for r := u * rank; r < (u+1)*rank; r++ {
			sum += inner(state[r*n:(r+1)*n], w[r*n:(r+1)*n])
		}
		out[u] += sum
	}
}

// ApplyGate is
//
//	for i, v := range gate { dst[i] = v*x[i] }
//
// dst may be gate or x.
func ApplyGate(dst, gate, x []float32) {
	dst, x = dst[:len(gate)], x[:len(gate)]
	for i, v := range gate {
		dst[i] = v * x[i]
	}
}

// StepBasicLSTM is
//
//	c = sigmoid(in)*tanh(new) + sigmoid(forget)*prev; h = sigmoid(out)*tanh(c)
//
// element by element, with in, new, forget and out replaced by their activations. c may be prev.
func StepBasicLSTM(h, c, prev, in, new, forget, out []float32) {
	Logistic(in, in)
	Tanh(new, new)
	Logistic(forget, forget)
	Logistic(out, out)
	c, prev, in, new, forget, out = c[:len(h)], prev[:len(h)], in[:len(h)], new[:len(h)], forget[:len(h)], out[:len(h)]
	for i := range h {
		c[i] = float32(in[i]*new[i]) + float32(forget[i]*prev[i])
	}
	Tanh(h, c)
	ApplyGate(h, out, h)
}
