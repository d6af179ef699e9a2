package compress

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"

	"github.com/litewren/litewren/compress/dataset"
	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// ChannelConfig changes how PruneChannels chooses the channels that go.
type ChannelConfig struct {
	Share    float64               // of the channels of every layer, 0 to 1
	Multiple int                   // of which what stays is one, for vectors are filled then; 0 for 4
	Refit    bool                  // solve for the weights that read the rest so that outputs change least on the samples, as Prune does
	Match    *regexp.Regexp        // selects layers by the name of their weights; nil for all
	Progress func(done, total int) // is told, with Refit, how many of how many tensors have been looked at
	Force    bool                  // permits a Share of more than 3/4, which without training leaves little of a model
}

// mostChannels is the share that PruneChannels takes without Force.
const mostChannels = 0.75

// fewestChannels is what a layer keeps at least.
const fewestChannels = 4

// PruneChannels removes whole output channels of FULLY_CONNECTED and CONV_2D layers of the primary subgraph, with all that
// belongs to them: rows of weights and bias, the channels of what follows (activations, pools, depthwise convolutions, constants
// of a channel), and the columns of the layers that read them. Unlike single zeros that makes a model faster everywhere.
//
// Those channels go that contribute least to what is computed of them: sum of (weight reading the channel)^2 times, with samples, the
// channel's mean square, else the squared norm of the weights that make it. Layers whose channels meet (in ADD, SUB or MUL, as residual
// connections and gates have it, or one behind the other in CONCATENATION) lose the same ones, those that contribute least to all
// that reads them; those that stand beside each other in CONCATENATION lose their own. Channels stay that are outputs of the model,
// meet what no layer makes or go through other operators; the report says whose.
func PruneChannels(ctx context.Context, f *schema.File, set *dataset.Set, c ChannelConfig) (*schema.File, *Report, error) {
	if c.Multiple == 0 {
		c.Multiple = 4
	}
	sampled := set != nil && set.Len > 0
	switch {
	case math.IsNaN(c.Share) || c.Share < 0 || c.Share >= 1:
		return nil, nil, fmt.Errorf("prune: share of channels: got %v, want 0 to less than 1: %w", c.Share, ops.ErrValue)
	case c.Share > mostChannels && !c.Force:
		return nil, nil, fmt.Errorf("prune: share of channels: got %v, more than %v needs Force: %w", c.Share, mostChannels, ops.ErrValue)
	case c.Multiple < 1:
		return nil, nil, fmt.Errorf("prune: channels in multiples of %d, want 1 or more: %w", c.Multiple, ops.ErrValue)
	case c.Refit && !sampled:
		return nil, nil, fmt.Errorf("prune: refit: no samples: %w", ops.ErrValue)
	}
	name := fmt.Sprintf("prune %g %% of the channels", 100*c.Share)
	if c.Refit {
		name += ", refitted"
	}
	return transform(f, name, func(m *edit.Model, r *Report) error {
		g := m.Graph(0)
		groups := channelGroups(g, c, r)
		if len(groups) == 0 {
			r.warn("no channels to remove")
			return nil
		}
		var all map[momentKey]*moments
		if sampled {
			var keys []momentKey
			for _, x := range groups {
				for _, reader := range x.readers {
					keys = append(keys, reader.product.key(false))
				}
			}
			var err error
			if all, err = measureMoments(ctx, f, m, set, keys); err != nil {
				return err
			}
		}
		for _, x := range groups {
			if err := x.choose(c, all); err != nil {
				return err
			}
		}
		if c.Refit {
			if err := refitReaders(ctx, f, m, set, groups, c, r); err != nil {
				return err
			}
		}
		for _, x := range groups {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := x.prune(c, r); err != nil {
				return err
			}
		}
		return nil
	})
}

// choose finds the channels that go. Those that the same layers make are compared with each other.
func (x *channelGroup) choose(c ChannelConfig, all map[momentKey]*moments) error {
	scores, err := x.scores(all)
	if err != nil {
		return err
	}
	makers := map[int][]int{} // by root: the layers
	var order []int           // of the roots
	for i, p := range x.producers {
		for _, row := range x.rows(p) {
			r := x.set.root(row)
			if makers[r] == nil {
				order = append(order, r)
			}
			if n := len(makers[r]); n == 0 || makers[r][n-1] != i {
				makers[r] = append(makers[r], i)
			}
		}
	}
	together := map[string][]int{}
	var names []string
	for _, r := range order {
		name := fmt.Sprint(makers[r])
		if together[name] == nil {
			names = append(names, name)
		}
		together[name] = append(together[name], r)
	}
	for _, name := range names {
		roots := together[name]
		keep := max(len(roots)-int(c.Share*float64(len(roots))), fewestChannels)
		keep = (keep + c.Multiple - 1) / c.Multiple * c.Multiple
		slices.SortStableFunc(roots, func(a, b int) int {
			switch first, second := x.set.stays(a), x.set.stays(b); {
			case first != second && first:
				return -1
			case first != second:
				return 1
			case scores[a] > scores[b]:
				return -1
			case scores[a] < scores[b]:
				return 1
			}
			return 0
		})
		for i, r := range roots {
			if i >= keep && !x.set.stays(r) {
				x.gone[r] = true
			}
		}
	}
	return nil
}

// prune removes the channels that go, and says so, or why there are none.
func (x *channelGroup) prune(c ChannelConfig, r *Report) error {
	before, names := make([]int64, len(x.producers)), make([]string, len(x.producers))
	for i, p := range x.producers {
		before[i], names[i] = x.g.Elements(p.Inputs[1]), x.g.Tensors[p.Inputs[1]].Name
	}
	if err := x.cut(); err != nil {
		return err
	}
	for i, p := range x.producers {
		rows := x.rows(p)
		kept := len(x.stay(rows))
		if kept == len(rows) {
			why := x.whyFrozen(rows)
			if why == "" {
				why = fmt.Sprintf("%d channels: none to spare", len(rows))
			}
			if c.Match == nil || c.Match.MatchString(names[i]) {
				r.skip(x.g.Index, names[i], "%s", why)
			}
			continue
		}
		action := fmt.Sprintf("%d of %d channels", kept, len(rows))
		if n := x.meeting(p); n > 1 {
			action += fmt.Sprintf(", the same of %d layers", n)
		}
		after := x.g.Elements(p.Inputs[1])
		r.Changes = append(r.Changes, TensorChange{
			Subgraph: x.g.Index, Tensor: names[i], Operator: x.g.Model.Name(p), Action: action,
			Elements: before[i], BytesBefore: 4 * before[i], BytesAfter: 4 * after, SQNR: Decibel(math.NaN()),
		})
	}
	return nil
}

// meeting counts the layers that have channels in common with one, itself included.
func (x *channelGroup) meeting(p *tflite.OperatorT) int {
	own := map[int]bool{}
	for _, c := range x.rows(p) {
		own[x.set.root(c)] = true
	}
	n := 0
	for _, q := range x.producers {
		if slices.ContainsFunc(x.rows(q), func(c int) bool { return own[x.set.root(c)] }) {
			n++
		}
	}
	return n
}

// scores are what the channels contribute, by root.
func (x *channelGroup) scores(all map[momentKey]*moments) (map[int]float64, error) {
	scores, made := map[int]float64{}, map[int]float64{}
	for _, p := range x.producers {
		values, err := x.g.Floats(p.Inputs[1])
		if err != nil {
			return nil, err
		}
		rows := x.rows(p)
		for i, v := range values {
			made[x.set.root(rows[i/(len(values)/len(rows))])] += float64(v) * float64(v)
		}
	}
	for _, reader := range x.readers {
		values, err := x.g.Floats(reader.op.Inputs[1])
		if err != nil {
			return nil, err
		}
		inputs := all[reader.product.key(false)]
		n := reader.product.n
		for i, v := range values {
			column := i % n
			r := x.set.root(reader.channels[column%len(reader.channels)])
			square := made[r]
			if inputs != nil && inputs.count > 0 {
				square = inputs.square(0, column) / inputs.count
			}
			scores[r] += float64(v) * float64(v) * square
		}
	}
	return scores, nil
}
