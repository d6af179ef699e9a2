package main

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/compress/dataset"
)

func factorizeFlags(f *pflag.FlagSet) {
	f.Float64("energy", 0.95, "share of the squared singular values that every layer keeps")
	f.Float64("budget", 0, "share of the layers' weights to keep at most, in place of --energy: the energy is as great as that permits")
	f.Bool("activations", false, "keep the energy of outputs on --data, not that of the weights")
	f.Int("rank", 0, "the same rank for all layers, in place of --energy")
	f.String("form", "", "of convolutions with windows: spatial (h x 1 and 1 x w), tucker (1 x 1, h x w between fewer channels, 1 x 1); default: the one of fewer weights, spatial with --rank")
	f.Bool("force", false, "permit less than half of the energy and budgets below 0.1")
	f.String("match", "", "only weights whose name this regular expression matches")
}

func runFactorizeStep(ctx context.Context, flags *pflag.FlagSet, w *work) error {
	form, err := oneOf(flags, "form", "", "spatial", "tucker")
	if err != nil {
		return err
	}
	c := compress.FactorizeConfig{Form: compress.FactorForm(form)}
	if c.Match, err = regexpFlag(flags, "match"); err != nil {
		return err
	}
	c.Energy, _ = flags.GetFloat64("energy")
	c.Rank, _ = flags.GetInt("rank")
	if c.Energy == 0 {
		return usagef("--energy 0, want more")
	}
	c.Force, _ = flags.GetBool("force")
	c.Budget, _ = flags.GetFloat64("budget")
	var set *dataset.Set
	if on, _ := flags.GetBool("activations"); on {
		if set, err = w.samples("--activations"); err != nil {
			return err
		}
	}
	return w.done(compress.Factorize(ctx, w.file, set, c))
}
