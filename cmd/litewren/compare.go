package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"github.com/litewren/litewren/compress/compare"
	"github.com/litewren/litewren/compress/dataset"
	"github.com/litewren/litewren/schema"
)

func compareFlags(f *pflag.FlagSet) {
	dataFlags(f)
	f.Int("random", 0, "compare on so many random samples in place of --data")
	f.Uint64("seed", 1, "seed of --random")
	f.Int("threads", 1, "threads a single invocation may use")
	f.Int("runs", 50, "timed invocations of each model")
	f.Int("output", 0, "number of the output that holds the classes")
	f.String("html", "", "write a page with plots to this file")
	f.String("markdown", "", "write the table to this file")
	f.String("json", "", "write all numbers to this file")
	f.Float64("max-drop", 0, "fail if accuracy drops by more than so many percentage points (agreement with the original, without labels)")
	f.Float64("min-sqnr", 0, "fail if the outputs of a model have fewer decibels")
}

// readModels reads files for comparison; files of one name are told apart by their folders.
func readModels(paths []string) ([]compare.Model, error) {
	seen := map[string]bool{}
	list := make([]compare.Model, len(paths))
	for i, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		name := strings.TrimSuffix(filepath.Base(path), ".tflite")
		if seen[name] {
			name = path
		}
		seen[name] = true
		list[i] = compare.Model{Name: name, Bytes: b}
	}
	return list, nil
}

// samplesFor opens --data, or makes --random samples, for the first model.
func samplesFor(flags *pflag.FlagSet, path string, b []byte) (*dataset.Set, error) {
	f, err := schema.Decode(b, schema.Limits{})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	set, err := readData(flags, f)
	if err != nil {
		return nil, err
	}
	n, _ := flags.GetInt("random")
	switch {
	case set == nil && n <= 0:
		return nil, usagef("no samples: give --data, or --random N")
	case set != nil && n > 0:
		return nil, usagef("--data and --random exclude each other")
	case set != nil:
		return set, nil
	}
	seed, _ := flags.GetUint64("seed")
	it, err := newInterpreter(f)
	if err != nil {
		return nil, err
	}
	return dataset.Random(dataset.Inputs(it), n, seed)
}

func runCompare(ctx context.Context, flags *pflag.FlagSet, args []string, out io.Writer) error {
	models, err := readModels(args)
	if err != nil {
		return err
	}
	c := compare.Config{Layers: true, Progress: newProgress()}
	c.Threads, _ = flags.GetInt("threads")
	c.Runs, _ = flags.GetInt("runs")
	c.Output, _ = flags.GetInt("output")
	if c.Threads < 1 || c.Runs < 1 {
		return usagef("--threads %d --runs %d, want at least 1", c.Threads, c.Runs)
	}
	set, err := samplesFor(flags, args[0], models[0].Bytes)
	if err != nil {
		return err
	}
	r, err := compare.Run(ctx, models, set, c)
	if err != nil {
		return err
	}
	if err := writeComparison(flags, r); err != nil {
		return err
	}
	fmt.Fprint(out, r.Markdown())
	drop, least := math.NaN(), math.NaN() // no gate
	if flags.Changed("max-drop") {
		points, _ := flags.GetFloat64("max-drop")
		drop = points / 100
	}
	if flags.Changed("min-sqnr") {
		least, _ = flags.GetFloat64("min-sqnr")
	}
	return r.Gate(drop, least)
}

// writeComparison writes the files that the flags name.
func writeComparison(flags *pflag.FlagSet, r *compare.Result) error {
	if path, _ := flags.GetString("html"); path != "" {
		page, err := r.HTML()
		if err != nil {
			return err
		}
		if err := writeFile(path, []byte(page)); err != nil {
			return err
		}
	}
	if path, _ := flags.GetString("markdown"); path != "" {
		if err := writeFile(path, []byte(r.Markdown())); err != nil {
			return err
		}
	}
	if path, _ := flags.GetString("json"); path != "" {
		return writeJSON(path, r)
	}
	return nil
}

func diffFlags(f *pflag.FlagSet) {
	dataFlags(f)
	f.Int("random", 0, "compare on so many random samples in place of --data")
	f.Uint64("seed", 1, "seed of --random")
	f.Float64("below", 20, "report the first layer with fewer decibels")
	f.Float64("max-error", 0, "report also layers with an element that is off by more")
	f.Bool("all", false, "list all layers")
	f.Int("worst", 0, "list so many layers with the largest errors of their own, given the original's values")
	f.String("json", "", "write all layers to this file")
	f.Bool("fail", false, "exit with status 1 if there is such a layer")
}

// runDiff compares two models tensor by tensor.
func runDiff(ctx context.Context, flags *pflag.FlagSet, args []string, out io.Writer) error {
	if len(args) != 2 {
		return usagef("got %d arguments, want ORIGINAL OTHER", len(args))
	}
	models, err := readModels(args)
	if err != nil {
		return err
	}
	set, err := samplesFor(flags, args[0], models[0].Bytes)
	if err != nil {
		return err
	}
	list, err := compare.Tensors(ctx, models[0], models[1], set)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return fmt.Errorf("%s and %s have no tensors that correspond, by name or by order", args[0], args[1])
	}
	if path, _ := flags.GetString("json"); path != "" {
		if err := writeJSON(path, list); err != nil {
			return err
		}
	}
	if all, _ := flags.GetBool("all"); all {
		for _, l := range list {
			fmt.Fprintln(out, compare.LayerText(l))
		}
	}
	if n, _ := flags.GetInt("worst"); n > 0 {
		for i, l := range compare.Worst(list, n) {
			fmt.Fprintf(out, "worst %d: %s\n", i+1, compare.LayerText(l))
		}
	}
	least, _ := flags.GetFloat64("below")
	most, limits := math.Inf(1), fmt.Sprintf("%g dB", least)
	if flags.Changed("max-error") {
		most, _ = flags.GetFloat64("max-error")
		limits += fmt.Sprintf(" or off by more than %g", most)
	}
	first, found := compare.FirstBelow(list, least, most)
	if !found {
		fmt.Fprintf(out, "%d tensors correspond, none is below %s\n", len(list), limits)
		return nil
	}
	fmt.Fprintf(out, "of %d tensors that correspond, the first below %s: %s\n", len(list), limits, compare.LayerText(first))
	if fail, _ := flags.GetBool("fail"); fail {
		return fmt.Errorf("%s: %w", first.Tensor, compare.ErrGate)
	}
	return nil
}
