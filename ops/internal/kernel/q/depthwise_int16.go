package q

import (
	"math"

	"github.com/litewren/litewren/ops/internal/kernel/window"
)

// DepthwiseWordsKind names the layout of [PackDepthwiseWords]; it depends on the geometry. It is empty where there is no kernel.
func DepthwiseWordsKind(g *window.Grid, channels int) string {
	l, ok := layoutOfDepthwise(g, channels, 2, false)
	if !ok || depthwiseInWords || !depthwiseAvailable() {
		return ""
	}
	return "depthwise int16 " + string(rune('0'+l.rows))
}

// PackDepthwiseWords packs weights for images of int16; nil where there is no kernel for them. The order is that of
// [DepthwiseWeights] but for streams of two rows: 16 channels of two words.
func PackDepthwiseWords(w []int8, g *window.Grid, channels int) *DepthwiseWeights {
	l, ok := layoutOfDepthwise(g, channels, 2, false)
	if !ok || depthwiseInWords {
		return nil
	}
	p := &DepthwiseWeights{layout: l, sums: make([]int32, channels), magnitudes: make([]int64, channels)}
	for i, v := range w[:g.Taps()*channels] {
		p.magnitudes[i%channels] += max(int64(v), -int64(v))
	}
	columns, tap := g.Columns.Kernel, 32*l.rows
	p.words = make([]int16, 0, phasesOf(channels)*l.groups(g)*columns*tap)
	for phase := range phasesOf(channels) {
		for group := range l.groups(g) {
			for kx := range columns {
				for i := range tap {
					lane, ky := i%32/2, 2*group+i%2-i/32
					v := int8(0)
					if ky >= 0 && ky < g.Rows.Kernel {
						v = w[(ky*columns+kx)*channels+(16*phase+lane)%channels]
					}
					p.words = append(p.words, int16(v))
				}
			}
		}
	}
	return p
}

// NewDepthwiseWords prepares the convolution of an int16 image; nil where a kernel could not give the exact result, that of 64-bit
// sums. A nil bias adds nothing.
func NewDepthwiseWords(w *DepthwiseWeights, g *window.Grid, bias []int64, c *Channels) *Depthwise {
	if w == nil || !depthwiseAvailable() {
		return nil
	}
	channels := len(w.sums)
	stream, ok := newDepthwiseStream(g, channels, w.layout)
	once, right := NewOnce(c)
	if !ok || !right {
		return nil
	}
	d := &Depthwise{
		weights: w, stream: stream, signed: true, c: c,
		params: make([]int32, phasesOf(channels)*columnBlock), pad: make([]byte, 2*g.Columns.In*channels),
	}
	for i := range 16 * phasesOf(channels) {
		j := i % channels
		block := d.params[i/16*columnBlock:][:columnBlock]
		reach := w.magnitudes[j] << 15
		if bias != nil {
			if bias[j] < math.MinInt32 || bias[j] > math.MaxInt32 {
				return nil
			}
			block[i%16] = int32(bias[j])
			reach += max(bias[j], -bias[j])
		}
		if reach > math.MaxInt32 {
			return nil
		}
		block[48+i%16], block[80+i%16] = once.reduced[j], once.right[j]
	}
	return d
}
