package main

import (
	"strings"

	"github.com/spf13/pflag"

	"github.com/litewren/litewren/compress/dataset"
	"github.com/litewren/litewren/schema"
)

// dataFlags are the flags of all commands that run models on samples.
func dataFlags(f *pflag.FlagSet) {
	f.String("data", "", "samples: a folder of .npy, .bin or image files (or of class folders), a stacked .npy or .bin file, or a .csv file")
	f.String("labels", "", "file with the class number of every sample, one a line (default: labels.txt beside the samples)")
	f.StringSlice("classes", nil, "class folders in the order of the model's classes (default: alphabetical)")
	f.String("label-column", "", "column of a .csv file with the class number (default: the one named label)")
	f.Float64("mean", 0, "images become (value - mean) / std, value from 0 to 255")
	f.Float64("std", 0, "see --mean (default: 255, so that images are 0 to 1)")
	f.Int("limit", 0, "take at most so many samples, evenly spread; 0 for all")
}

// readData opens the samples that the flags name for a model; nil when there are none.
func readData(flags *pflag.FlagSet, f *schema.File) (*dataset.Set, error) {
	path, _ := flags.GetString("data")
	if path == "" {
		for _, name := range []string{"labels", "classes", "label-column"} {
			if flags.Changed(name) {
				return nil, usagef("--%s without --data", name)
			}
		}
		return nil, nil
	}
	limit, _ := flags.GetInt("limit")
	if limit < 0 {
		return nil, usagef("--limit %d, want 0 or more", limit)
	}
	o := dataset.Options{}
	o.Labels, _ = flags.GetString("labels")
	o.Classes, _ = flags.GetStringSlice("classes")
	if len(o.Classes) == 0 {
		o.Classes = nil
	}
	for i, c := range o.Classes {
		o.Classes[i] = strings.TrimSpace(c)
	}
	o.Column, _ = flags.GetString("label-column")
	o.Mean, _ = flags.GetFloat64("mean")
	o.Std, _ = flags.GetFloat64("std")
	if o.Std < 0 {
		return nil, usagef("--std %v, want more than 0", o.Std)
	}
	it, err := newInterpreter(f)
	if err != nil {
		return nil, err
	}
	set, err := dataset.Open(path, dataset.Inputs(it), o)
	if err != nil {
		return nil, err
	}
	return set.Limit(limit), nil
}
