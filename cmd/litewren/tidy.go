package main

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/litewren/litewren/compress"
)

func tidyFlags(f *pflag.FlagSet) {
	f.Bool("names", false, "empty the names of inner tensors too: comparisons of layers then have nothing to go by")
}

func runTidyStep(_ context.Context, flags *pflag.FlagSet, w *work) error {
	names, _ := flags.GetBool("names")
	return w.done(compress.Tidy(w.file, compress.TidyConfig{Names: names}))
}
