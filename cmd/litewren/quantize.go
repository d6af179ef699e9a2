package main

import (
	"context"
	"errors"

	"github.com/spf13/pflag"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/compress/calibrate"
)

func quantizeFlags(f *pflag.FlagSet) {
	f.String("type", "dynamic", "float16, dynamic (int8 weights, activations as they come), weights (computed in float), int8 or int16x8 (need --data, or a model that states its ranges), mixed (dynamic with 8 bits, 4 or none for each node, by --max-size or --min-sqnr on --data)")
	f.Float64("max-size", 0, "with mixed: share of the file's bytes that stay at most")
	f.Float64("min-sqnr", 0, "with mixed: decibels of the outputs that stay at least")
	f.Int("bits", 8, "of weights with dynamic and weights: 8, 4 or 2")
	f.Int("block", 0, "one scale for so many weights of a row, with --bits 4: 32, 64, 128 or 256")
	f.Int("min-elements", 0, "leave smaller constants alone (default: 1024 with dynamic and weights)")
	f.String("clip", "", "how scales of weights are chosen: max, or mse for the least squared error (default: mse with dynamic and weights, else max)")
	f.Bool("per-channel-fc", false, "a scale for each row of FULLY_CONNECTED weights, which runtimes before 2024 refuse")
	f.String("method", "", "how ranges of activations are chosen: min-max, moving-average, mean-of-extremes, percentile or percentile:99.9, mse or entropy (default: percentile from 64 samples on, min-max below)")
	f.Bool("stream", false, "the samples follow each other: recurrent layers keep their state while calibrating")
	f.String("interface", "float", "type of inputs and outputs with int8 and int16x8: float, int8, uint8 or int16")
	f.Bool("gptq", false, "round weights for the least error of the layers' outputs on --data")
	f.Bool("adaround", false, "likewise, every weight up or down to one of its two neighbours")
	f.Float64("entropy", 0, "round 8-bit weights to integers that gzip stores in fewer bits, with the error of a grid so many times coarser, 2 to 8 say; with --gptq the others make up for it, and up to 16 will do")
	f.Bool("equalize", false, "first even out the ranges of channels between layers; not with float16")
	f.Bool("smooth", false, "with int8 and int16x8: first move ranges of activations behind layer normalization into weights (needs --data)")
	f.Bool("bias-correction", false, "take the mean error of each layer off its bias (needs --data; pays from 4 bits down)")
	f.String("match", "", "only what this regular expression matches: names of constants, or of the first outputs of nodes with int8 and int16x8")
	f.String("keep", "", "nodes whose first output's name this regular expression matches stay float, with int8 and int16x8")
}

// runQuantizeStep quantizes; if asked, it equalizes and smooths before and corrects biases behind.
func runQuantizeStep(ctx context.Context, flags *pflag.FlagSet, w *work) error {
	if equalize, _ := flags.GetBool("equalize"); equalize {
		if kind, _ := flags.GetString("type"); kind == "float16" {
			return usagef("--equalize is of no use with --type float16: its weights share no scale")
		}
		if err := w.done(compress.Equalize(w.file, compress.EqualizeConfig{})); err != nil {
			return err
		}
	}
	if smooth, _ := flags.GetBool("smooth"); smooth {
		if kind, _ := flags.GetString("type"); kind != "int8" && kind != "int16x8" {
			return usagef("--smooth is for --type int8 and int16x8, not %s: activations stay float", kind)
		}
		set, err := w.samples("--smooth")
		if err != nil {
			return err
		}
		if err := w.done(compress.Smooth(ctx, w.file, set, compress.SmoothConfig{})); err != nil {
			return err
		}
	}
	correct, _ := flags.GetBool("bias-correction")
	if !correct {
		return quantize(ctx, flags, w)
	}
	set, err := w.samples("--bias-correction")
	if err != nil {
		return err
	}
	before := w.file // equalized: means are those of the same channels
	if err := quantize(ctx, flags, w); err != nil {
		return err
	}
	return w.done(compress.CorrectBias(ctx, before, w.file, set))
}

func quantize(ctx context.Context, flags *pflag.FlagSet, w *work) error {
	kind, err := oneOf(flags, "type", "float16", "dynamic", "weights", "int8", "int16x8", "mixed")
	if err != nil {
		return err
	}
	clip, err := oneOf(flags, "clip", "", "max", "mse")
	if err != nil {
		return err
	}
	match, err := regexpFlag(flags, "match")
	if err != nil {
		return err
	}
	keep, err := regexpFlag(flags, "keep")
	if err != nil {
		return err
	}
	entropy, _ := flags.GetFloat64("entropy")
	if bits, _ := flags.GetInt("bits"); entropy != 0 && (bits != 8 || kind == "float16" || kind == "mixed") {
		return usagef("--entropy is for 8-bit weights: --type dynamic, weights, int8 or int16x8")
	}
	least, _ := flags.GetInt("min-elements")
	rows, _ := flags.GetBool("per-channel-fc")
	switch kind {
	case "float16":
		return w.done(compress.Float16(w.file, compress.Float16Config{MinElements: least}))
	case "mixed":
		set, err := w.samples("--type mixed")
		if err != nil {
			return err
		}
		c := compress.MixedConfig{MinElements: least, PerChannelFC: rows, Clip: compress.Clip(clip)}
		c.MaxSize, _ = flags.GetFloat64("max-size")
		c.MinSQNR, _ = flags.GetFloat64("min-sqnr")
		if (c.MaxSize != 0) == (c.MinSQNR != 0) {
			return usagef("--type mixed needs one of --max-size and --min-sqnr")
		}
		return w.done(compress.Mixed(ctx, w.file, set, c))
	case "dynamic", "weights":
		c := compress.DynamicConfig{MinElements: least, PerChannelFC: rows, Clip: compress.Clip(clip), Match: match}
		c.Bits, _ = flags.GetInt("bits")
		c.BlockSize, _ = flags.GetInt("block")
		c.Entropy = entropy
		if rounds(flags) {
			g := compress.GPTQConfig{Bits: c.Bits, Clip: c.Clip, MinElements: least, Match: match, PerChannelFC: rows, Entropy: entropy}
			if kind == "dynamic" { // weights behind DEQUANTIZE have no blocks
				g.BlockSize = c.BlockSize
			}
			if c.Grids, err = roundWeights(ctx, flags, w, g); err != nil {
				return err
			}
		}
		if kind == "dynamic" {
			return w.done(compress.Dynamic(w.file, c))
		}
		return w.done(compress.WeightOnly(w.file, c))
	}
	text, _ := flags.GetString("method")
	method := calibrate.Method(text)
	if err := method.Check(); err != nil {
		return usagef("--method: %v", err)
	}
	face, err := oneOf(flags, "interface", "float", "int8", "uint8", "int16")
	if err != nil {
		return err
	}
	c := compress.IntegerConfig{
		Activations: 8, Interface: compress.Interface(face), Method: method, Clip: compress.Clip(clip), PerChannelFC: rows,
		Match: match, Keep: keep,
	}
	if kind == "int16x8" {
		c.Activations = 16
	}
	c.Entropy = entropy
	c.Calibration.KeepState, _ = flags.GetBool("stream")
	c.Calibration.Progress = func(done, total int) { w.progress("calibrating", done, total) }
	if rounds(flags) {
		if c.Grids, err = roundWeights(ctx, flags, w, compress.GPTQConfig{
			Bits: 8, Clip: c.Clip, MinElements: least, Match: match, PerChannelFC: rows, Entropy: entropy}); err != nil {
			return err
		}
	}
	if w.set != nil {
		return w.done(compress.Integer(ctx, w.file, w.set, c))
	}
	err = w.done(compress.ExportQAT(ctx, w.file, c))
	if errors.Is(err, calibrate.ErrNoSamples) { // the model has no FAKE_QUANT and states no ranges
		return usagef("--type %s needs sample inputs: give --data", kind)
	}
	return err
}

// rounds reports whether weights are rounded by what that does to outputs.
func rounds(flags *pflag.FlagSet) bool {
	gptq, _ := flags.GetBool("gptq")
	adaptive, _ := flags.GetBool("adaround")
	return gptq || adaptive
}

// roundWeights is the step of --gptq or --adaround before quantization.
func roundWeights(ctx context.Context, flags *pflag.FlagSet, w *work, c compress.GPTQConfig) (compress.Grids, error) {
	gptq, _ := flags.GetBool("gptq")
	switch c.Adaptive, _ = flags.GetBool("adaround"); {
	case c.Adaptive && gptq:
		return nil, usagef("--gptq and --adaround both round weights: give one of them")
	case c.Adaptive && c.Entropy != 0:
		return nil, usagef("--entropy takes weights further than --adaround may: use --gptq")
	}
	name := "--gptq"
	if c.Adaptive {
		name = "--adaround"
	}
	set, err := w.samples(name)
	if err != nil {
		return nil, err
	}
	c.Progress = func(done, total int) { w.progress("rounding", done, total) }
	rounded, grids, r, err := compress.GPTQ(ctx, w.file, set, c)
	return grids, w.done(rounded, r, err)
}
