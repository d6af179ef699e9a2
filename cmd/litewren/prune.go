package main

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/compress/dataset"
)

func pruneFlags(f *pflag.FlagSet) {
	f.Float64("sparsity", 0.5, "share of weights that become zero")
	f.String("scope", "layer", "layer: the same share of every tensor; global: the least weights of all")
	f.String("pattern", "", "2:4, 1:4 (of four neighbours two or one stay), 1x4 or 1x16 (neighbours go together); default: single weights")
	f.String("criterion", "magnitude", "which weights go: those of the least magnitude; activation: of magnitude times the norm of their inputs on --data; obs: which the others can make up for best there")
	f.Bool("refit", false, "solve for the weights that stay so that outputs on --data change least, layer by layer, where samples held out agree")
	f.Int("steps", 1, "prune in so many steps, more in the first than in the last; what matters is measured anew in each, and --refit done")
	f.Float64Slice("schedule", nil, "sparsity of every step, in place of --sparsity and --steps: 0.3,0.45,0.5")
	f.Float64("channels", 0, "in place of single weights, remove this share of the channels of every layer, with all that belongs to them; --refit is possible")
	f.Int("min-elements", 0, "leave smaller tensors alone (default: 512)")
	f.Bool("depthwise", false, "prune depthwise convolutions too")
	f.Bool("skip-ends", false, "leave the first and the last layer alone")
	f.String("match", "", "only tensors whose name this regular expression matches")
	f.Bool("force", false, "permit more than 95 % zeros, or to remove more than 75 % of the channels")
}

func runPruneStep(ctx context.Context, flags *pflag.FlagSet, w *work) error {
	scope, err := oneOf(flags, "scope", "layer", "global")
	if err != nil {
		return err
	}
	pattern, err := oneOf(flags, "pattern", "", "2:4", "1:4", "1x4", "1x16")
	if err != nil {
		return err
	}
	criterion, err := oneOf(flags, "criterion", "magnitude", "activation", "obs")
	if err != nil {
		return err
	}
	c := compress.PruneConfig{Scope: compress.Scope(scope), Pattern: compress.Pattern(pattern), Criterion: compress.Criterion(criterion)}
	c.Refit, _ = flags.GetBool("refit")
	var set *dataset.Set
	if c.Criterion != compress.Magnitude || c.Refit {
		if set, err = w.samples("--criterion " + criterion + " or --refit"); err != nil {
			return err
		}
	}
	if c.Match, err = regexpFlag(flags, "match"); err != nil {
		return err
	}
	c.Force, _ = flags.GetBool("force")
	if share, _ := flags.GetFloat64("channels"); share != 0 {
		for _, name := range []string{"sparsity", "scope", "pattern", "criterion", "steps", "schedule", "min-elements", "depthwise", "skip-ends"} {
			if flags.Changed(name) {
				return usagef("--channels removes whole channels: --%s is for single weights", name)
			}
		}
		return w.done(compress.PruneChannels(ctx, w.file, w.set, compress.ChannelConfig{
			Share: share, Refit: c.Refit, Match: c.Match, Force: c.Force,
			Progress: func(done, total int) { w.progress("refitting", done, total) },
		}))
	}
	c.Sparsity, _ = flags.GetFloat64("sparsity")
	if c.Schedule, _ = flags.GetFloat64Slice("schedule"); len(c.Schedule) > 0 {
		for _, name := range []string{"sparsity", "steps"} {
			if flags.Changed(name) {
				return usagef("--schedule says what --%s would: give one of them", name)
			}
		}
		c.Sparsity = c.Schedule[len(c.Schedule)-1]
	} else if c.Steps, _ = flags.GetInt("steps"); c.Steps < 1 {
		return usagef("--steps %d, want 1 or more", c.Steps)
	}
	c.MinElements, _ = flags.GetInt("min-elements")
	c.Depthwise, _ = flags.GetBool("depthwise")
	c.SkipEnds, _ = flags.GetBool("skip-ends")
	c.Progress = func(done, total int) { w.progress("refitting", done, total) }
	return w.done(compress.Prune(ctx, w.file, set, c))
}
