package compress

import (
	"fmt"
	"math"
	"regexp"
	"slices"

	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema"
)

// EqualizeConfig changes how Equalize scales.
type EqualizeConfig struct {
	Passes int            // over all pairs, at most; 0 for 100
	Match  *regexp.Regexp // selects pairs by the name of the first layer's weights; nil for all
}

// mostEqualized bounds the scale of a channel: nearly dead channels would otherwise trade their weights for huge activations.
const mostEqualized = 1e4

// Equalize evens out the ranges of channels between layers that follow each other, so that one scale suits them all: what
// channel i of the first layer is divided by, the weights of the second that read it are multiplied by,
//
//	s_i = 1/r2_i * sqrt(r1_i*r2_i), r the largest magnitudes of the weights
//
// until nothing changes (Nagel et al., Data-Free Quantization, 2019, section 4.1). Layers are float CONV_2D,
// DEPTHWISE_CONV_2D and FULLY_CONNECTED with nothing between them but what a positive factor passes through. Outputs do not
// change but for rounding.
func Equalize(f *schema.File, c EqualizeConfig) (*schema.File, *Report, error) {
	if c.Passes < 0 {
		return nil, nil, fmt.Errorf("equalize: %d passes: %w", c.Passes, ops.ErrValue)
	}
	if c.Passes == 0 {
		c.Passes = 100
	}
	return transform(f, "equalize", func(m *edit.Model, r *Report) error {
		for _, g := range m.Graphs() {
			if err := equalizeGraph(g, c, r); err != nil {
				return err
			}
		}
		if len(r.Changes) == 0 {
			r.warn("no pair of layers to equalize")
		}
		return nil
	})
}

func equalizeGraph(g *edit.Graph, c EqualizeConfig, r *Report) error {
	pairs, values, err := equalizedPairs(g, c, r)
	if err != nil {
		return err
	}
	const enough = 1e-3
	change := math.Inf(1)
	for pass := 0; pass < c.Passes && change >= enough && len(pairs) > 0; pass++ {
		change = 0
		for _, p := range pairs {
			change = max(change, p.step(values))
		}
	}
	if len(pairs) > 0 && change >= enough {
		r.warn("scales still change by %.2g after %d passes", change, c.Passes)
	}
	stored := map[int32]bool{}
	for _, p := range pairs {
		least, most := slices.Min(p.scale), slices.Max(p.scale)
		if least == 1 && most == 1 {
			continue
		}
		for _, t := range []int32{p.first, p.bias, p.second} {
			if t >= 0 && !stored[t] {
				stored[t] = true
				g.SetFloats(t, narrow(values[t]))
			}
		}
		n := g.Elements(p.first) + g.Elements(p.second)
		r.Changes = append(r.Changes, TensorChange{
			Subgraph: g.Index, Tensor: g.Tensors[p.first].Name, Operator: p.operators, Elements: n, BytesBefore: 4 * n, BytesAfter: 4 * n,
			Action: fmt.Sprintf("channels scaled against %q by %.3g to %.3g", g.Tensors[p.second].Name, least, most), SQNR: Decibel(math.NaN()),
		})
	}
	return nil
}

func narrow(values []float64) []float32 {
	out := make([]float32, len(values))
	for i, v := range values {
		out[i] = float32(v)
	}
	return out
}

// equalizedPair is two layers that share channels.
type equalizedPair struct {
	first, bias, second int32 // constants; bias may be absent: -1
	operators           string
	channels            int
	outputOf, inputOf   func(element int) int // the channel of an element of the first and of the second layer's weights
	scale               []float64             // so far
}

// step scales the channels once and returns the largest relative change.
func (p *equalizedPair) step(values map[int32][]float64) float64 {
	a, b := make([]float64, p.channels), make([]float64, p.channels)
	for i, v := range values[p.first] {
		c := p.outputOf(i)
		a[c] = max(a[c], math.Abs(v))
	}
	for i, v := range values[p.second] {
		c := p.inputOf(i)
		b[c] = max(b[c], math.Abs(v))
	}
	s, change := make([]float64, p.channels), 0.0
	for i := range s {
		s[i] = 1
		if a[i] > 0 && b[i] > 0 {
			next := min(max(p.scale[i]*math.Sqrt(a[i]*b[i])/b[i], 1/mostEqualized), mostEqualized)
			s[i] = next / p.scale[i]
			p.scale[i] = next
		}
		change = max(change, math.Abs(s[i]-1))
	}
	for i := range values[p.first] {
		values[p.first][i] /= s[p.outputOf(i)]
	}
	for i := range values[p.second] {
		values[p.second][i] *= s[p.inputOf(i)]
	}
	if p.bias >= 0 {
		for i := range values[p.bias] {
			values[p.bias][i] /= s[i]
		}
	}
	return change
}
