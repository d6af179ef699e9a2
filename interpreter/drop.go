package interpreter

import (
	"cmp"
	"os"
	"slices"
	"sync"
	"unsafe"
)

// drops gives memory behind packed constants of a mapped file back to the system: if they are read again after all, the system
// reads them from the file once more. Each time costs a call, and the other processors an interruption, so that constants wait for
// others to go with.
type drops struct {
	mapped []byte // the file, where it is mapped into memory

	mu      sync.Mutex
	waiting []span
	bytes   int
	settled bool // some interpreter is ready
}

// span is a range of a file, the end excluded.
type span struct{ start, end int }

const (
	leastDropped = 32 << 10  // bytes of a constant that are worth it
	mostWaiting  = 512 << 10 // bytes that may wait
	// neighbours is how far apart constants may lie that go in one call: what is between them goes too, and comes back if need be.
	neighbours = 64 << 10
	leastFile  = 256 << 10 // bytes of a file that is worth it as a whole
)

// holds reports whether b lies in the mapped file, and where.
func (d *drops) holds(b []byte) (at int, inside bool) {
	origin := uintptr(unsafe.Pointer(unsafe.SliceData(d.mapped)))
	offset := uintptr(unsafe.Pointer(unsafe.SliceData(b))) - origin // huge where b lies elsewhere
	if size := uintptr(len(d.mapped)); offset > size || uintptr(len(b)) > size-offset {
		return 0, false
	}
	return int(offset), true
}

// add lets a constant go, now or with others.
func (d *drops) add(b []byte) {
	if len(b) < leastDropped || len(d.mapped) == 0 {
		return
	}
	at, inside := d.holds(b)
	if !inside {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.waiting = append(d.waiting, span{at, at + len(b)})
	if d.bytes += len(b); d.bytes >= mostWaiting {
		d.now(true)
	}
}

// flush lets all go that wait; with whole, and before the first interpreter is ready, the whole file, as happens while nodes are
// prepared: loading has read its tables, and what came along with them and with constants, up to megabytes where the system keeps files in
// large pieces. Later others may be reading.
func (d *drops) flush(whole bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now(whole)
}

// settle says that an interpreter is ready.
func (d *drops) settle() {
	d.mu.Lock()
	d.settled = true
	d.mu.Unlock()
}

func (d *drops) now(whole bool) {
	if whole && !d.settled && len(d.mapped) >= leastFile {
		d.waiting = append(d.waiting[:0], span{0, len(d.mapped)})
	}
	for _, s := range joined(d.waiting) {
		page := os.Getpagesize()
		first, last := (s.start+page-1)/page*page, s.end/page*page
		if s.end == len(d.mapped) { // nothing else is in its last page
			last = s.end
		}
		if first < last {
			dropPages(d.mapped[first:last])
		}
	}
	d.waiting, d.bytes = d.waiting[:0], 0
}

// joined sorts spans and joins those that are neighbours.
func joined(list []span) []span {
	slices.SortFunc(list, func(a, b span) int { return cmp.Compare(a.start, b.start) })
	n := 0
	for _, s := range list {
		if n > 0 && s.start-list[n-1].end <= neighbours {
			list[n-1].end = max(list[n-1].end, s.end)
			continue
		}
		list[n] = s
		n++
	}
	return list[:n]
}
