package main

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/litewren/litewren/compress"
)

func sparsifyFlags(f *pflag.FlagSet) {
	f.Float64("least", 0.7, "share of zeros from which FULLY_CONNECTED weights are stored sparsely")
}

func runSparsifyStep(_ context.Context, flags *pflag.FlagSet, w *work) error {
	least, _ := flags.GetFloat64("least")
	if !(least > 0 && least <= 1) {
		return usagef("--least %v, want more than 0 and at most 1", least)
	}
	return w.done(compress.Sparse(w.file, compress.SparseConfig{Least: least}))
}
