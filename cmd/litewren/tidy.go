package main

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/litewren/litewren/compress"
)

func tidyFlags(f *pflag.FlagSet) {
	f.Bool("names", false, "empty the names of inner tensors too: comparisons of layers then have nothing to go by")
	f.Bool("fold", false, "compute nodes of which all inputs are constant, where that makes the file no larger")
}

func runTidyStep(_ context.Context, flags *pflag.FlagSet, w *work) error {
	names, _ := flags.GetBool("names")
	fold, _ := flags.GetBool("fold")
	return w.done(compress.Tidy(w.file, compress.TidyConfig{Names: names, Fold: fold}))
}
