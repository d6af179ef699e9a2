package interpreter

import (
	"slices"

	"github.com/litewren/litewren/tensor"
)

// keepSmall copies the small constants that nodes read when they are evaluated out of a mapped file, once for each model: biases,
// filters of depthwise convolutions. They lie between larger ones, which are packed; a page of the file that is read for a few of them
// brings its neighbours with it, and without them the file need not be in memory any more, which is what is returned.
func (in *instance) keepSmall() bool {
	m := in.it.model
	if len(m.drops.mapped) < leastFile || in.it.config.plain {
		return false
	}
	read := make([]bool, len(in.tensors))
	for i := range in.nodes {
		n := &in.nodes[i]
		if n.skip || n.deferred {
			continue
		}
		for _, k := range n.def.inputs {
			if k >= 0 && !slices.Contains(n.spared, k) {
				read[k] = true
			}
		}
	}
	var small []int
	large := 0 // bytes of the file that stay in use
	for k, t := range in.tensors {
		b := t.Bytes()
		if !read[k] || in.storage[k] != isConstant || len(b) == 0 {
			continue
		}
		if _, inside := m.drops.holds(b); !inside {
			continue
		}
		if len(b) < leastDropped {
			small = append(small, k)
		} else {
			large += len(b)
		}
	}
	if large >= len(m.drops.mapped)/2 {
		return false
	}
	m.keep(in, small)
	return true
}

// keep gives tensors of an instance the model's copies of their bytes.
func (m *Model) keep(in *instance, list []int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	size := 0
	for _, k := range list {
		size += aligned(len(in.tensors[k].Bytes()))
	}
	var block []byte
	for _, k := range list {
		t := in.tensors[k]
		b := t.Bytes()
		at, _ := m.drops.holds(b)
		own, ok := m.kept[span{at, at + len(b)}]
		if !ok {
			if block == nil { // the first time, for all
				block = tensor.AlignedBytes(size)
			}
			own = cut(&block, aligned(len(b)))[:len(b):len(b)]
			copy(own, b)
			m.kept[span{at, at + len(b)}] = own
		}
		t.SetBytes(own)
	}
}

// aligned rounds a size up to what keeps vectors that begin behind it in one line of the cache.
func aligned(n int) int { return (n + 63) &^ 63 }
