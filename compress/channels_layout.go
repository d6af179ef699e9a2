package compress

import (
	"fmt"

	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/schema/tflite"
)

// placesOfChannels says which channels the places along the last dimension of a tensor are, one behind the other: those of its layer, or
// behind CONCATENATION those of several. Channels that meet (in ADD, say) are one and the same; channelSet knows which.
type placesOfChannels []int

// channelSet joins channels that meet. Those that have to stay are frozen.
type channelSet struct {
	parent  []int
	frozen  []int // by root: why, 0 for those that need not
	reasons []string
}

// fresh returns n channels that meet no others.
func (s *channelSet) fresh(n int) placesOfChannels {
	out := make(placesOfChannels, n)
	for i := range out {
		out[i] = len(s.parent)
		s.parent = append(s.parent, len(s.parent))
	}
	s.frozen = append(s.frozen, make([]int, n)...)
	return out
}

// root is the channel that stands for all that a channel has met.
func (s *channelSet) root(c int) int {
	for s.parent[c] != c {
		s.parent[c] = s.parent[s.parent[c]]
		c = s.parent[c]
	}
	return c
}

// join lets two channels meet.
func (s *channelSet) join(a, b int) {
	a, b = s.root(a), s.root(b)
	if a == b {
		return
	}
	a, b = min(a, b), max(a, b)
	s.parent[b] = a
	if s.frozen[a] == 0 {
		s.frozen[a] = s.frozen[b]
	}
}

// freeze makes channels stay.
func (s *channelSet) freeze(channels placesOfChannels, why string) {
	s.reasons = append(s.reasons, why)
	for _, c := range channels {
		if r := s.root(c); s.frozen[r] == 0 {
			s.frozen[r] = len(s.reasons)
		}
	}
}

// stays reports whether a channel is frozen.
func (s *channelSet) stays(c int) bool { return s.frozen[s.root(c)] != 0 }

// A file may declare any number of channels. These bounds are of one tensor, and of all tensors of a group together.
const (
	mostTensorChannels = 1 << 14
	mostGroupChannels  = 1 << 20
)

// layoutOf returns the channels of an activation that is taken into the group if it is not yet in it, or those of a constant, which stay.
func (x *channelGroup) layoutOf(t int32) (placesOfChannels, string) {
	if l, ok := x.layout[t]; ok {
		return l, ""
	}
	shape := x.g.Tensors[t].Shape
	if len(shape) == 0 || shape[len(shape)-1] < 1 || !x.g.IsFloat(t) {
		return nil, fmt.Sprintf("%q has type %s and shape %v", x.g.Tensors[t].Name, x.g.Tensors[t].Type, shape)
	}
	n := int(shape[len(shape)-1])
	if n > mostTensorChannels || n > mostGroupChannels-len(x.set.parent) {
		return nil, fmt.Sprintf("%q has %d channels, more than %d or with those that they meet more than %d", x.g.Tensors[t].Name, n, mostTensorChannels, mostGroupChannels)
	}
	l := x.set.fresh(n)
	if x.g.IsConstant(t) {
		x.set.freeze(l, fmt.Sprintf("%q is constant", x.g.Tensors[t].Name))
		return l, ""
	}
	x.layout[t] = l
	x.tensors = append(x.tensors, t)
	return l, ""
}

// meet lets the channels of an activation be the given ones.
func (x *channelGroup) meet(t int32, channels placesOfChannels) string {
	l, reason := x.layoutOf(t)
	if reason != "" {
		return reason
	}
	if len(l) != len(channels) {
		return fmt.Sprintf("%q has %d channels, not %d", x.g.Tensors[t].Name, len(l), len(channels))
	}
	for i, c := range channels {
		x.set.join(l[i], c)
	}
	return ""
}

// beside takes in a CONCATENATION along the channels.
func (x *channelGroup) beside(op *tflite.OperatorT) string {
	var all placesOfChannels
	for i, in := range op.Inputs {
		if in < 0 {
			return fmt.Sprintf("CONCATENATION without input %d", i)
		}
		l, reason := x.layoutOf(in)
		if reason != "" {
			return reason
		}
		all = append(all, l...)
	}
	return x.meet(op.Outputs[0], all)
}

// stay lists the places of channels that do.
func (x *channelGroup) stay(channels placesOfChannels) []int {
	var places []int
	for i, c := range channels {
		if !x.gone[x.set.root(c)] {
			places = append(places, i)
		}
	}
	return places
}

// rows returns the channels that a layer makes.
func (x *channelGroup) rows(producer *tflite.OperatorT) placesOfChannels {
	return x.layout[producer.Outputs[0]]
}

// usedColumns is a constant whose last dimension are channels.
type usedColumns struct {
	edit.Use
	channels placesOfChannels
}
