package main

import (
	"context"
	"fmt"
	"io"
	"regexp"

	"github.com/spf13/pflag"
)

// transformCommand is a command that applies one step to a model.
func transformCommand(s step) command {
	return command{
		name: s.name, args: "MODEL", summary: s.summary,
		flags: func(f *pflag.FlagSet) {
			s.flags(f)
			dataFlags(f)
			outputFlags(f)
		},
		run: func(ctx context.Context, flags *pflag.FlagSet, args []string, out io.Writer) error {
			return runSteps(ctx, flags, args[0], s.name, []plannedStep{{s, flags}}, out)
		},
	}
}

func compressFlags(f *pflag.FlagSet) {
	f.String("recipe", "", `JSON file: {"steps": [{"do": "prune", "sparsity": 0.5}, {"do": "quantize", "type": "int8"}]}; keys are the flags of the commands; or the rules of a recipe of Google's AI Edge Quantizer, or the name of one: dynamic_wi4b32_afp32, static_wi8_ai8, ...`)
	dataFlags(f)
	outputFlags(f)
}

func runCompress(ctx context.Context, flags *pflag.FlagSet, args []string, out io.Writer) error {
	path, _ := flags.GetString("recipe")
	if path == "" {
		return usagef("no --recipe")
	}
	plan, err := readRecipe(path)
	if err != nil {
		return err
	}
	return runSteps(ctx, flags, args[0], "recipe "+path, plan, out)
}

// runSteps applies steps to a model and writes the result.
func runSteps(ctx context.Context, flags *pflag.FlagSet, path, name string, plan []plannedStep, out io.Writer) error {
	output, err := newOutput(flags, path)
	if err != nil {
		return err
	}
	original, err := readModel(path)
	if err != nil {
		return err
	}
	w := &work{file: original, progress: newProgress()}
	if w.set, err = readData(flags, original); err != nil {
		return err
	}
	for _, s := range plan {
		if err := s.run(ctx, s.flags, w); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil { // nothing is written after an interrupt
			return err
		}
	}
	return output.finish(out, original, w.file, w.report(name))
}

// regexpFlag compiles a flag, nil when it is not set.
func regexpFlag(flags *pflag.FlagSet, name string) (*regexp.Regexp, error) {
	text, _ := flags.GetString(name)
	if text == "" {
		return nil, nil
	}
	r, err := regexp.Compile(text)
	if err != nil {
		return nil, usagef("--%s: %v", name, err)
	}
	return r, nil
}

// oneOf checks the value of a flag with a choice.
func oneOf(flags *pflag.FlagSet, name string, values ...string) (string, error) {
	got, _ := flags.GetString(name)
	for _, v := range values {
		if got == v {
			return got, nil
		}
	}
	return "", usagef("--%s: got %q, want one of %q", name, got, fmt.Sprint(values))
}
