package broadcast

// Run2 calls row for each block of a plan with two operands. The buffers have BlockSize elements where the plan expands
// their operand. dst may be the memory of an operand of the same size.
func Run2[D, A, B any](p *Plan, dst []D, a []A, b []B, bufferA []A, bufferB []B, row func(dst []D, a []A, b []B)) {
	if p.elements == 0 {
		return
	}
	ca := cursor[A]{data: a, buffer: bufferA, operand: 0}
	cb := cursor[B]{data: b, buffer: bufferB, operand: 1}
	var offsets [maxOperands]int
	clear(p.index)
	for more := true; more; more = p.next(&offsets) {
		for k := 0; k < p.split.size; k += p.group {
			n := min(p.group, p.split.size-k)
			x := ca.at(p, offsets[0]+k*p.split.stride[0], n)
			y := cb.at(p, offsets[1]+k*p.split.stride[1], n)
			row(dst[:n*p.rows], x, y)
			dst = dst[n*p.rows:]
		}
	}
}

// Kernels are the forms of an operation of two operands: on runs of both, and on one number and a run.
type Kernels[D, T any] struct {
	Run  func(dst []D, a, b []T)
	OneA func(dst []D, a T, b []T)
	OneB func(dst []D, a []T, b T)
}

// RunSingles is Run2 for a plan of NewSingles.
func RunSingles[D, T any](p *Plan, dst []D, a, b, bufferA, bufferB []T, k *Kernels[D, T]) {
	if p.single == 0 {
		Run2(p, dst, a, b, bufferA, bufferB, k.Run)
		return
	}
	var offsets [maxOperands]int
	clear(p.index)
	n := p.split.size
	for more := true; more; more = p.next(&offsets) {
		if p.single == 1 {
			k.OneA(dst[:n], a[offsets[0]], b[offsets[1]:][:n])
		} else {
			k.OneB(dst[:n], a[offsets[0]:][:n], b[offsets[1]])
		}
		dst = dst[n:]
	}
}

// Run3 is Run2 for three operands.
func Run3[D, A, B, C any](p *Plan, dst []D, a []A, b []B, c []C, bufferA []A, bufferB []B, bufferC []C,
	row func(dst []D, a []A, b []B, c []C)) {
	if p.elements == 0 {
		return
	}
	ca := cursor[A]{data: a, buffer: bufferA, operand: 0}
	cb := cursor[B]{data: b, buffer: bufferB, operand: 1}
	cc := cursor[C]{data: c, buffer: bufferC, operand: 2}
	var offsets [maxOperands]int
	clear(p.index)
	for more := true; more; more = p.next(&offsets) {
		for k := 0; k < p.split.size; k += p.group {
			n := min(p.group, p.split.size-k)
			x := ca.at(p, offsets[0]+k*p.split.stride[0], n)
			y := cb.at(p, offsets[1]+k*p.split.stride[1], n)
			z := cc.at(p, offsets[2]+k*p.split.stride[2], n)
			row(dst[:n*p.rows], x, y, z)
			dst = dst[n*p.rows:]
		}
	}
}
