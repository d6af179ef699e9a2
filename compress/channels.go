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
// that reads them. Layers stay whose channels are outputs of the model, meet what no layer makes, stand beside others in
// CONCATENATION or go through other operators; the report says which.
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
			if err := x.choose(c, all, r); err != nil {
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
			if err := x.prune(r); err != nil {
				return err
			}
		}
		return nil
	})
}

// choose finds the channels that stay: none where there is none to spare.
func (x *channelGroup) choose(c ChannelConfig, all map[momentKey]*moments, r *Report) error {
	keep := max(x.channels-int(c.Share*float64(x.channels)), fewestChannels)
	keep = (keep + c.Multiple - 1) / c.Multiple * c.Multiple
	if keep >= x.channels {
		for _, p := range x.producers {
			r.skip(x.g.Index, x.g.Tensors[p.Inputs[1]].Name, "%d channels: none to spare", x.channels)
		}
		return nil
	}
	scores, err := x.scores(all)
	if err != nil {
		return err
	}
	order := make([]int, x.channels)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case scores[a] > scores[b]:
			return -1
		case scores[a] < scores[b]:
			return 1
		}
		return 0
	})
	x.kept = slices.Clone(order[:keep])
	slices.Sort(x.kept)
	return nil
}

// prune removes the channels that do not stay.
func (x *channelGroup) prune(r *Report) error {
	if x.kept == nil {
		return nil
	}
	before, names := make([]int64, len(x.producers)), make([]string, len(x.producers))
	for i, p := range x.producers {
		before[i], names[i] = x.g.Elements(p.Inputs[1]), x.g.Tensors[p.Inputs[1]].Name
	}
	if err := x.cut(x.kept); err != nil {
		return err
	}
	action := fmt.Sprintf("%d of %d channels", len(x.kept), x.channels)
	if n := len(x.producers); n > 1 {
		action += fmt.Sprintf(", the same of %d layers", n)
	}
	for i, p := range x.producers {
		after := x.g.Elements(p.Inputs[1])
		r.Changes = append(r.Changes, TensorChange{
			Subgraph: x.g.Index, Tensor: names[i], Operator: x.g.Model.Name(p), Action: action,
			Elements: before[i], BytesBefore: 4 * before[i], BytesAfter: 4 * after, SQNR: Decibel(math.NaN()),
		})
	}
	return nil
}

// scores are what the channels contribute.
func (x *channelGroup) scores(all map[momentKey]*moments) ([]float64, error) {
	scores, made := make([]float64, x.channels), make([]float64, x.channels)
	for _, p := range x.producers {
		rows, err := x.g.Floats(p.Inputs[1])
		if err != nil {
			return nil, err
		}
		for i, v := range rows {
			made[i/(len(rows)/x.channels)] += float64(v) * float64(v)
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
			square := made[column%x.channels]
			if inputs != nil && inputs.count > 0 {
				square = inputs.square(0, column) / inputs.count
			}
			scores[column%x.channels] += float64(v) * float64(v) * square
		}
	}
	return scores, nil
}
