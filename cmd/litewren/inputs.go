package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"

	"github.com/litewren/litewren/compress/dataset"
	"github.com/litewren/litewren/tensor"
)

// inputFolder is a folder of input files, with the manifest that may describe them.
type inputFolder struct {
	dir      string
	manifest *inputManifest
	steps    int
	count    int // of inputs that the files and the manifest tell of
}

// inputManifest is what `run` reads of DIR/manifest.json.
type inputManifest struct {
	Inputs []*struct {
		Shape *[]int `json:"shape"`
		File  string `json:"file"`
	} `json:"inputs"`
	Variables []struct {
		Tensor int    `json:"tensor"`
		File   string `json:"file"`
	} `json:"variables"`
}

// inputName matches the files of inputs: input_0.bin, and input_0.s1.npy for the second step.
var inputName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^input_(\d{1,4})(?:\.s(\d{1,6}))?\.(?:bin|npy)$`)
})

func openInputs(dir string) (*inputFolder, error) {
	if info, err := os.Stat(dir); err != nil {
		return nil, err
	} else if !info.IsDir() {
		return nil, fmt.Errorf("%s is not a folder", dir)
	}
	f := &inputFolder{dir: dir, steps: 1}
	b, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	default:
		f.manifest = &inputManifest{}
		if err := json.Unmarshal(b, f.manifest); err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Join(dir, "manifest.json"), err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	steps := map[int]bool{}
	for _, e := range entries {
		if m := inputName().FindStringSubmatch(e.Name()); m != nil {
			i, _ := strconv.Atoi(m[1]) // digits, so few that no error is possible
			step, _ := strconv.Atoi(m[2])
			f.count = max(f.count, i+1)
			steps[step] = true
		}
	}
	if f.manifest != nil {
		f.count = max(f.count, len(f.manifest.Inputs))
	}
	for steps[f.steps] {
		f.steps++
	}
	return f, nil
}

// read returns the elements of input i at a step, nil when there is no file for it. An .npy file carries its shape.
func (f *inputFolder) read(i, step int) (path string, b []byte, array *dataset.Array, err error) {
	stem := fmt.Sprintf("input_%d", i)
	if step > 0 {
		stem = fmt.Sprintf("%s.s%d", stem, step)
	}
	names := []string{stem + ".bin", stem + ".npy"}
	if m := f.manifest; step == 0 && m != nil && i < len(m.Inputs) && m.Inputs[i] != nil && m.Inputs[i].File != "" {
		if !filepath.IsLocal(m.Inputs[i].File) {
			return "", nil, nil, fmt.Errorf("manifest.json: input %d: file %q lies outside the folder", i, m.Inputs[i].File)
		}
		names = append([]string{m.Inputs[i].File}, names...)
	}
	for _, name := range names {
		path = filepath.Join(f.dir, name)
		b, err = os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil && filepath.Ext(path) == ".npy" {
			if array, err = dataset.ParseNPY(b); err != nil {
				err = fmt.Errorf("%s: %w", path, err)
			}
		}
		return path, b, array, err
	}
	return "", nil, nil, nil
}

// shapes returns what the manifest and .npy files say of the inputs' shapes, nil entries where they say nothing.
func (f *inputFolder) shapes() ([]tensor.Shape, error) {
	var list []tensor.Shape
	set := func(i int, s tensor.Shape) error {
		if err := s.Check(); err != nil {
			return fmt.Errorf("%s: input %d: %w", f.dir, i, err)
		}
		for len(list) <= i {
			list = append(list, nil)
		}
		list[i] = append(tensor.Shape{}, s...)
		return nil
	}
	if f.manifest != nil {
		for i, in := range f.manifest.Inputs {
			if in != nil && in.Shape != nil {
				if err := set(i, *in.Shape); err != nil {
					return nil, err
				}
			}
		}
	}
	for i := range f.count {
		_, _, array, err := f.read(i, 0)
		if err != nil {
			return nil, err
		}
		if array != nil {
			if err := set(i, array.Shape); err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}

// set fills the inputs for a step. Steps after the first may leave inputs as they are.
func (f *inputFolder) set(s *session, step int) error {
	for i, t := range s.inputs {
		path, b, array, err := f.read(i, step)
		if err != nil {
			return err
		}
		if t == nil {
			continue
		}
		if f.manifest != nil && i < len(f.manifest.Inputs) && f.manifest.Inputs[i] == nil {
			if path == "" {
				continue
			}
			return fmt.Errorf("%s: manifest.json says that input %d is absent", path, i)
		}
		if path == "" {
			if step > 0 {
				continue
			}
			return fmt.Errorf("%s: no input_%d.bin or input_%d.npy for input %d (%q) %s%v", f.dir, i, i, i, s.names.inputs[i], t.Type, t.Shape)
		}
		if array != nil {
			if b, err = array.BytesFor(t.Type); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			if !array.Shape.Equal(t.Shape) {
				return fmt.Errorf("%s: shape %v, want %v", path, array.Shape, t.Shape)
			}
		}
		if err := assign(t, b); err != nil {
			return fmt.Errorf("%s: input %d (%q): %w", path, i, s.names.inputs[i], err)
		}
	}
	return nil
}

func (f *inputFolder) setVariables(s *session) error {
	if f.manifest == nil {
		return nil
	}
	for _, v := range f.manifest.Variables {
		if !filepath.IsLocal(v.File) {
			return fmt.Errorf("manifest.json: variable %d: file %q lies outside the folder", v.Tensor, v.File)
		}
		b, err := os.ReadFile(filepath.Join(f.dir, v.File))
		if err != nil {
			return err
		}
		t := s.it.Tensor(v.Tensor)
		if t == nil {
			return fmt.Errorf("manifest.json: variable %d: the model has no such tensor", v.Tensor)
		}
		if err := assign(t, b); err != nil {
			return fmt.Errorf("%s: variable %d (%q): %w", v.File, v.Tensor, t.Name, err)
		}
	}
	return nil
}

// assign makes little-endian bytes the elements of a tensor.
func assign(t *tensor.Tensor, b []byte) error {
	if t.Type == tensor.String {
		n, err := tensor.StringCount(b)
		if err != nil {
			return err
		}
		if n != t.Elements() {
			return fmt.Errorf("got %d strings, want %d for shape %v", n, t.Elements(), t.Shape)
		}
		t.SetBytes(b)
		return nil
	}
	if t.Type == tensor.Resource && len(b) == 0 {
		return nil // a node writes the handle
	}
	if len(b) != len(t.Bytes()) {
		return fmt.Errorf("got %d bytes, want %d for %s%v", len(b), len(t.Bytes()), t.Type, t.Shape)
	}
	copy(t.Bytes(), b)
	if t.Type == tensor.Bool { // any other byte than 0 and 1 is no bool in memory
		for i, v := range b {
			t.Bytes()[i] = min(v, 1)
		}
	}
	tensor.SwapLittleEndian(t.Type, t.Bytes())
	return nil
}
