package dataset

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/tensor"
)

// Input is what a reader must know of a model's input.
type Input struct {
	Name  string
	Type  tensor.Type
	Shape tensor.Shape
	Quant *tensor.Quantization
}

// Inputs describes the inputs of a model; absent ones are of shape [0].
func Inputs(it *interpreter.Interpreter) []Input {
	list := make([]Input, it.Inputs())
	for i := range list {
		if t := it.Input(i); t != nil {
			list[i] = Input{t.Name, t.Type, t.Shape.Clone(), t.Quant}
		} else {
			list[i] = Input{Shape: tensor.Shape{0}}
		}
	}
	return list
}

// Options changes how Open reads samples.
type Options struct {
	Labels  string   // file with one class number a line, for samples that do not stand in class folders; "" for labels.txt beside them
	Classes []string // class folders in the order of the model's classes; nil for alphabetical order
	Column  string   // of a CSV file that holds the class number: its name, or its number from 1; "" for one named "label"

	// Images become (value - Mean) / Std, value from 0 to 255, unless the input is UINT8, which takes values as they are. A Std
	// of 0 stands for 255 with Mean 0: 0 to 1.
	Mean, Std float64
}

// Open reads samples for a model with these inputs:
//
//   - a .csv file: a sample a row, with or without a header, and a column of class numbers if there is one;
//   - a .npy file: one sample, or many, stacked along a first dimension; or a .bin file, raw little-endian elements of as many;
//   - a folder with input_<i>.npy or input_<i>.bin (raw little-endian elements): the same for every input;
//   - a folder of samples: images (PNG, JPEG, GIF), .npy or .bin files for models with one input, or folders as above;
//   - a folder of such folders, one for each class.
//
// Files that hold one sample are read when it is asked for, others at once. Errors name the file and both values that disagree.
func Open(path string, inputs []Input, o Options) (*Set, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	var set *Set
	switch {
	case st.IsDir():
		set, err = openFolder(path, inputs, o)
	case strings.EqualFold(filepath.Ext(path), ".csv"):
		return openCSV(path, inputs, o)
	case strings.EqualFold(filepath.Ext(path), ".npy"), strings.EqualFold(filepath.Ext(path), ".bin"):
		set, err = openStacked([]string{path}, inputs)
	default:
		return nil, fmt.Errorf("%s: want a folder, a .csv, .npy or .bin file: %w", path, ops.ErrValue)
	}
	if err != nil {
		return nil, err
	}
	return withLabels(set, path, o)
}

// openFolder finds out what a folder holds.
func openFolder(dir string, inputs []Input, o Options) (*Set, error) {
	if files, err := inputFiles(dir, len(inputs)); err != nil {
		return nil, err
	} else if files != nil {
		return openStacked(files, inputs)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var files, folders []string
	for _, e := range entries {
		switch {
		case strings.HasPrefix(e.Name(), "."):
		case e.IsDir():
			folders = append(folders, e.Name())
		case isSample(e.Name()):
			files = append(files, e.Name())
		}
	}
	if len(files) > 0 {
		return fileSet(dir, files, nil, nil, inputs, o)
	}
	if len(folders) == 0 {
		return nil, fmt.Errorf("%s: no samples: want input_0.npy or input_0.bin, images, or folders of them: %w", dir, ops.ErrValue)
	}
	if nested, err := inputFiles(filepath.Join(dir, folders[0]), len(inputs)); err != nil {
		return nil, err
	} else if nested != nil {
		return sampleFolders(dir, folders, inputs)
	}
	return classFolders(dir, folders, inputs, o)
}

// inputFiles returns the files input_<i> of a folder, nil when there is no input_0.
func inputFiles(dir string, n int) ([]string, error) {
	files := make([]string, n)
	for i := range files {
		for _, ext := range []string{".npy", ".bin"} {
			path := filepath.Join(dir, fmt.Sprintf("input_%d%s", i, ext))
			if _, err := os.Stat(path); err == nil {
				files[i] = path
				break
			} else if !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
		}
		if files[i] == "" && i == 0 {
			return nil, nil
		}
		if files[i] == "" {
			return nil, fmt.Errorf("%s: input_0 is there, input_%d.npy or .bin of %d inputs is not: %w", dir, i, n, ops.ErrValue)
		}
	}
	if n == 0 {
		return nil, nil
	}
	return files, nil
}

// classFolders takes the samples of every class folder.
func classFolders(dir string, folders []string, inputs []Input, o Options) (*Set, error) {
	classes := o.Classes
	if classes == nil {
		classes = folders
	}
	var files []string
	var labels []int
	for _, folder := range folders {
		label := slices.Index(classes, folder)
		if label < 0 {
			return nil, fmt.Errorf("%s: folder %q is none of the classes %q: %w", dir, folder, classes, ops.ErrValue)
		}
		entries, err := os.ReadDir(filepath.Join(dir, folder))
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if !e.IsDir() && isSample(e.Name()) {
				files = append(files, filepath.Join(folder, e.Name()))
				labels = append(labels, label)
			}
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: no images, .npy or .bin files in %d folders: %w", dir, len(folders), ops.ErrValue)
	}
	return fileSet(dir, files, labels, classes, inputs, o)
}

// sampleFolders takes every folder as one sample with files input_<i>.
func sampleFolders(dir string, folders []string, inputs []Input) (*Set, error) {
	return &Set{Len: len(folders), Sample: func(i int) (Sample, error) {
		path := filepath.Join(dir, folders[i])
		files, err := inputFiles(path, len(inputs))
		if err != nil {
			return Sample{}, err
		}
		if files == nil {
			return Sample{}, fmt.Errorf("%s: no input_0.npy or input_0.bin: %w", path, ops.ErrValue)
		}
		s := Sample{Name: path, Label: NoLabel}
		for k, file := range files {
			v, err := readValue(file, inputs[k])
			if err != nil {
				return Sample{}, err
			}
			s.Inputs = append(s.Inputs, v)
		}
		return s, nil
	}}, nil
}

func isSample(name string) bool {
	return slices.Contains([]string{".png", ".jpg", ".jpeg", ".gif", ".npy", ".bin"}, strings.ToLower(filepath.Ext(name)))
}

// fileSet takes every file as the one input of a sample.
func fileSet(dir string, files []string, labels []int, classes []string, inputs []Input, o Options) (*Set, error) {
	if len(inputs) != 1 {
		return nil, fmt.Errorf("%s: a file for each sample serves a model with one input, this one has %d: %w", dir, len(inputs), ops.ErrValue)
	}
	return &Set{Len: len(files), Labels: classes, Sample: func(i int) (Sample, error) {
		path := filepath.Join(dir, files[i])
		s := Sample{Name: path, Label: NoLabel, Inputs: make([]Value, 1)}
		if labels != nil {
			s.Label = labels[i]
		}
		var err error
		switch strings.ToLower(filepath.Ext(path)) {
		case ".npy", ".bin":
			s.Inputs[0], err = readValue(path, inputs[0])
		default:
			s.Inputs[0], err = readImage(path, inputs[0], o)
		}
		return s, err
	}}, nil
}
