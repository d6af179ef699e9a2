package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/pflag"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// outputFlags are the flags of all commands that write a model.
func outputFlags(f *pflag.FlagSet) {
	f.StringP("output", "o", "", "file to write the new model to")
	f.Bool("overwrite", false, "replace an existing output file")
	f.Bool("dry-run", false, "do everything but write files")
	f.String("report", "", "write what was done to this JSON file")
	f.BoolP("verbose", "v", false, "list every changed and every skipped tensor")
}

// modelOutput is where a command writes its model; made before the work begins, so that bad flags cost no time.
type modelOutput struct {
	path, report string
	dry, verbose bool
}

func newOutput(flags *pflag.FlagSet, original string) (*modelOutput, error) {
	o := &modelOutput{}
	o.path, _ = flags.GetString("output")
	o.report, _ = flags.GetString("report")
	o.dry, _ = flags.GetBool("dry-run")
	o.verbose, _ = flags.GetBool("verbose")
	overwrite, _ := flags.GetBool("overwrite")
	if o.dry {
		return o, nil
	}
	if o.path == "" {
		return nil, usagef("no --output; --dry-run shows what would be done")
	}
	for _, path := range []string{o.path, o.report} {
		if path == "" {
			continue
		}
		if st, err := os.Stat(filepath.Dir(path)); err != nil || !st.IsDir() {
			return nil, fmt.Errorf("%s: no folder %s to write it to", path, filepath.Dir(path))
		}
		st, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return nil, err
		case st.IsDir():
			return nil, fmt.Errorf("%s is a folder, want a file", path)
		}
		if old, err := os.Stat(original); err == nil && os.SameFile(st, old) {
			return nil, usagef("%s is the original model; choose another --output", path)
		}
		if !overwrite {
			return nil, usagef("%s exists; --overwrite replaces it", path)
		}
	}
	return o, nil
}

// readModel reads and verifies the model that a command changes.
func readModel(path string) (*schema.File, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f, err := schema.Decode(b, schema.Limits{})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// finish loads and prepares the new model, writes it, and prints what was done. A model that the original's bugs keep from
// running is written all the same, with a warning.
func (o *modelOutput) finish(w io.Writer, original, changed *schema.File, r *compress.Report) error {
	if err := prepares(changed); err != nil {
		if before := prepares(original); before == nil {
			return fmt.Errorf("the new model does not run, nothing is written: %w", err)
		}
		r.Warnings = append(r.Warnings, fmt.Sprintf("neither the original nor the new model runs here: %v", err))
	}
	if !o.dry {
		if err := writeModel(o.path, changed); err != nil {
			return err
		}
		if o.report != "" {
			if err := writeJSON(o.report, r); err != nil {
				return err
			}
		}
	}
	o.print(w, r)
	return nil
}

// writeModel writes a model. One with compressed constants cannot be read back and checked as it is, since these do not fit
// their shapes: prepares has expanded and checked it.
func writeModel(path string, f *schema.File) error {
	if !slices.ContainsFunc(f.Model.Metadata, func(d *tflite.MetadataT) bool { return d.Name == "COMPRESSION_METADATA" }) {
		return schema.WriteFile(path, f)
	}
	b, err := schema.Encode(f)
	if err != nil {
		return err
	}
	return writeFile(path, b)
}

// prepares loads an encoded model as a user would.
func prepares(f *schema.File) error {
	_, err := newInterpreter(f)
	return err
}

// newInterpreter makes an interpreter of a decoded model.
func newInterpreter(f *schema.File) (*interpreter.Interpreter, error) {
	b, err := schema.Encode(f, schema.WithUnknownDropped())
	if err != nil {
		return nil, err
	}
	m, err := interpreter.Load(b)
	if err != nil {
		return nil, err
	}
	return interpreter.New(m)
}

// writeJSON writes v as indented JSON.
func writeJSON(path string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(path, append(b, '\n'))
}

// writeFile writes through a temporary file in the same folder.
func writeFile(path string, b []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(b)
	if err == nil {
		err = tmp.Chmod(0o644)
	}
	if closing := tmp.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(tmp.Name()) // the first error is the one to report
	}
	return err
}
