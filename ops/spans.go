package ops

// spans divides the computing of count units of a node, rows or elements say, between threads, where the count may only be known when
// the node is evaluated. run computes the units [first, last).
type spans struct {
	n             *Node
	count, chunks int
	run           func(first, last int)
	each          func(thread, chunk int)
}

func newSpans(n *Node, run func(first, last int)) *spans {
	s := &spans{n: n, run: run}
	s.each = func(_, chunk int) { s.run(Span(s.count, s.chunks, chunk)) }
	return s
}

// do computes count units that take work nanoseconds together on one thread.
func (s *spans) do(count int, work int64) {
	s.count, s.chunks = count, s.n.Chunks(count, work)
	if s.chunks == 1 {
		s.run(0, count)
		return
	}
	s.n.Host.Fork(s.chunks, s.each)
}

// moveWork estimates the nanoseconds that it takes to copy bytes.
func moveWork(bytes int) int64 { return int64(bytes) / 16 }
