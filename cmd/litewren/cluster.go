package main

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/litewren/litewren/compress"
)

func clusterFlags(f *pflag.FlagSet) {
	f.Int("clusters", 32, "different values of a tensor, 2 to 256")
	f.String("format", "values", "values: stored as before, small after gzip; decode: indices and tables behind TFLM_DECODE nodes, for TFLite Micro and litewren; metadata: the same as COMPRESSION_METADATA, as a last step")
	f.Bool("per-axis", false, "so many values for every output channel, with --format values")
	f.Int("min-elements", 0, "leave smaller tensors alone (default: 512)")
	f.Bool("depthwise", false, "cluster depthwise convolutions too")
	f.String("match", "", "only tensors whose name this regular expression matches")
}

func runClusterStep(ctx context.Context, flags *pflag.FlagSet, w *work) error {
	format, err := oneOf(flags, "format", "values", "decode", "metadata")
	if err != nil {
		return err
	}
	c := compress.ClusterConfig{Format: compress.ClusterFormat(format)}
	if c.Match, err = regexpFlag(flags, "match"); err != nil {
		return err
	}
	c.Clusters, _ = flags.GetInt("clusters")
	c.PerAxis, _ = flags.GetBool("per-axis")
	c.MinElements, _ = flags.GetInt("min-elements")
	c.Depthwise, _ = flags.GetBool("depthwise")
	return w.done(compress.Cluster(ctx, w.file, c))
}
