package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/compress/calibrate"
	"github.com/litewren/litewren/compress/dataset"
	"github.com/litewren/litewren/schema"
)

// step is a transform that a command applies alone and that a recipe applies among others. Its settings are flags in both.
type step struct {
	name, summary string
	flags         func(*pflag.FlagSet)
	run           func(ctx context.Context, flags *pflag.FlagSet, w *work) error
}

// steps lists what a recipe may do.
func steps() []step {
	return []step{
		{"quantize", "store weights, or compute, in fewer bits", quantizeFlags, runQuantizeStep},
		{"prune", "set the least important weights to zero", pruneFlags, runPruneStep},
		{"cluster", "replace weights by a few different values", clusterFlags, runClusterStep},
		{"sparsify", "store weights with many zeros sparsely", sparsifyFlags, runSparsifyStep},
		{"factorize", "replace layers by two of lower rank", factorizeFlags, runFactorizeStep},
		{"tidy", "remove what no output needs", tidyFlags, runTidyStep},
	}
}

// work is a model on its way through steps.
type work struct {
	file     *schema.File
	reports  []*compress.Report
	set      *dataset.Set // nil without --data
	progress func(what string, done, total int)
}

// done records what a transform returned.
func (w *work) done(f *schema.File, r *compress.Report, err error) error {
	if err != nil {
		return err
	}
	w.file = f
	w.reports = append(w.reports, r)
	return nil
}

// samples returns the data a step needs.
func (w *work) samples(why string) (*dataset.Set, error) {
	if w.set == nil {
		return nil, usagef("%s needs sample inputs: give --data", why)
	}
	return w.set, nil
}

// report joins the reports of all steps.
func (w *work) report(name string) *compress.Report {
	if len(w.reports) == 1 {
		return w.reports[0]
	}
	r := &compress.Report{Transform: name, Steps: w.reports}
	if n := len(w.reports); n > 0 {
		r.Before, r.After = w.reports[0].Before, w.reports[n-1].After
	}
	return r
}

// plannedStep is a step of a recipe with its settings.
type plannedStep struct {
	step
	flags *pflag.FlagSet
}

// readRecipe reads a list of steps:
//
//	{"steps": [{"do": "prune", "sparsity": 0.5}, {"do": "quantize", "type": "int8", "bias-correction": true}]}
//
// "do" names a command, the other keys are its flags. A list of rules is a recipe of Google's quantizer, and so is the name of
// one that comes with it, where there is no such file.
func readRecipe(path string) ([]plannedStep, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if rules, unknown := compress.CannedRecipe(path); unknown == nil {
			return rulesStep(rules), nil
		}
	}
	if err != nil {
		return nil, err
	}
	if bytes.HasPrefix(bytes.TrimSpace(b), []byte("[")) {
		rules, err := compress.ParseRecipe(b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return rulesStep(rules), nil
	}
	plan, err := parseRecipe(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return plan, nil
}

// rulesStep applies a recipe of Google's quantizer.
func rulesStep(rules compress.Recipe) []plannedStep {
	run := func(ctx context.Context, _ *pflag.FlagSet, w *work) error {
		err := w.done(compress.ApplyRecipe(ctx, w.file, rules, w.set))
		if errors.Is(err, calibrate.ErrNoSamples) {
			return usagef("the recipe needs sample inputs: give --data")
		}
		return err
	}
	return []plannedStep{{step: step{name: "rules", run: run}}}
}

func parseRecipe(b []byte) ([]plannedStep, error) {
	var recipe struct {
		Steps []json.RawMessage `json:"steps"`
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&recipe); err != nil {
		return nil, fmt.Errorf("not a recipe: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("not a recipe: more behind its end")
	}
	if len(recipe.Steps) == 0 {
		return nil, errors.New(`no "steps"`)
	}
	plan := make([]plannedStep, len(recipe.Steps))
	for i, raw := range recipe.Steps {
		s, err := parseStep(raw)
		if err != nil {
			return nil, fmt.Errorf("step %d: %w", i+1, err)
		}
		plan[i] = s
	}
	return plan, nil
}

func parseStep(raw json.RawMessage) (plannedStep, error) {
	var settings map[string]any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&settings); err != nil {
		return plannedStep{}, err
	}
	do, _ := settings["do"].(string)
	for _, s := range steps() {
		if s.name != do {
			continue
		}
		flags := pflag.NewFlagSet(s.name, pflag.ContinueOnError)
		s.flags(flags)
		for key, value := range settings {
			if key == "do" {
				continue
			}
			text, err := settingText(value)
			if err == nil && flags.Lookup(key) == nil {
				err = errors.New("no such setting")
			}
			if err == nil {
				err = flags.Set(key, text)
			}
			if err != nil {
				return plannedStep{}, fmt.Errorf("%s: %q: %w", do, key, err)
			}
		}
		return plannedStep{s, flags}, nil
	}
	var known []string
	for _, s := range steps() {
		known = append(known, s.name)
	}
	return plannedStep{}, fmt.Errorf(`"do": got %q, want one of %s`, do, strings.Join(known, ", "))
}

// settingText writes a JSON value as a flag takes it.
func settingText(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case json.Number:
		return v.String(), nil
	case bool:
		return strconv.FormatBool(v), nil
	}
	return "", errors.New("want a string, a number, true or false")
}
