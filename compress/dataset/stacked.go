package dataset

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/tensor"
)

// elements is the number of elements of an input; a dimension of 0 or less counts as 1.
func (in Input) elements() int {
	n := 1
	for _, d := range in.Shape {
		n *= max(d, 1)
	}
	return n
}

// sample bytes of a raw file of this input.
func (in Input) bytes() (int64, error) { return in.Type.Bytes(int64(in.elements())) }

// readValue reads a file with one sample's input.
func readValue(path string, in Input) (Value, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return Value{}, err
	}
	if strings.EqualFold(filepath.Ext(path), ".npy") {
		a, err := ParseNPY(b)
		if err == nil {
			var v Value
			if v, err = a.value(in, 0, in.elements()); err == nil && a.Shape.Elements() != in.elements() {
				err = fmt.Errorf("shape %v, want %v: %w", a.Shape, in.Shape, ops.ErrShape)
			}
			if err == nil {
				return v, nil
			}
		}
		return Value{}, fmt.Errorf("%s: %w", path, err)
	}
	want, err := in.bytes()
	if err != nil {
		return Value{}, fmt.Errorf("%s: %w", path, err)
	}
	if int64(len(b)) != want {
		return Value{}, fmt.Errorf("%s: got %d bytes, want %d for %s%v: %w", path, len(b), want, in.Type, in.Shape, ops.ErrShape)
	}
	return Value{Raw: b}, nil
}

// value takes n elements of an array from an offset: as they are where the array has the input's type, as real numbers where
// it holds floats or integers for an input of another type.
func (a *Array) value(in Input, from, n int) (Value, error) {
	t, ok := npyTypes[a.Descr]
	if !ok {
		return Value{}, fmt.Errorf("element type %q is not supported: %w", a.Descr, ops.ErrType)
	}
	width, err := t.Bytes(1)
	if err != nil {
		return Value{}, err
	}
	if total := int64(from+n) * width; total > int64(len(a.Data)) {
		return Value{}, fmt.Errorf("got %d bytes, want %d or more: %w", len(a.Data), total, ops.ErrShape)
	}
	b := a.Data[int64(from)*width : int64(from+n)*width]
	if t == in.Type {
		return Value{Raw: b}, nil
	}
	v := make([]float32, n)
	for i := range v {
		switch t {
		case tensor.Float32:
			v[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
		case tensor.Float64:
			v[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:])))
		case tensor.Float16:
			v[i] = tensor.Float16ToFloat32(binary.LittleEndian.Uint16(b[2*i:]))
		case tensor.Uint8:
			v[i] = float32(b[i])
		case tensor.Int8:
			v[i] = float32(int8(b[i]))
		case tensor.Int16:
			v[i] = float32(int16(binary.LittleEndian.Uint16(b[2*i:])))
		case tensor.Int32:
			v[i] = float32(int32(binary.LittleEndian.Uint32(b[4*i:])))
		case tensor.Int64:
			v[i] = float32(int64(binary.LittleEndian.Uint64(b[8*i:])))
		default:
			return Value{}, fmt.Errorf("elements are %s, want %s or numbers: %w", t, in.Type, ops.ErrType)
		}
	}
	return Value{Floats: v}, nil
}

// openStacked reads one file for each input, which holds one sample or many behind one another.
func openStacked(files []string, inputs []Input) (*Set, error) {
	if len(files) != len(inputs) {
		return nil, fmt.Errorf("%s: %d file, the model has %d inputs: want a folder with input_<i>: %w", files[0], len(files), len(inputs), ops.ErrValue)
	}
	arrays := make([]*Array, len(files))
	samples := 0
	for i, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		size := int64(inputs[i].elements())
		total := int64(0)
		if strings.EqualFold(filepath.Ext(path), ".npy") {
			if arrays[i], err = ParseNPY(b); err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			if err := arrays[i].Shape.Check(); err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			total = int64(arrays[i].Shape.Elements())
		} else {
			arrays[i] = &Array{Descr: descrOf(inputs[i].Type), Data: b}
			width, err := inputs[i].Type.Bytes(size)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			if width == 0 || int64(len(b))%width != 0 {
				return nil, fmt.Errorf("%s: got %d bytes, want a multiple of %d for %s%v: %w", path, len(b), width, inputs[i].Type, inputs[i].Shape, ops.ErrShape)
			}
			total = int64(len(b)) / width * size
		}
		if total == 0 || total%size != 0 {
			return nil, fmt.Errorf("%s: shape %v, want samples of %v: %w", path, arrays[i].Shape, inputs[i].Shape, ops.ErrShape)
		}
		n := int(total / size)
		if i > 0 && n != samples {
			return nil, fmt.Errorf("%s: %d samples, %s has %d: %w", path, n, files[0], samples, ops.ErrShape)
		}
		samples = n
	}
	return &Set{Len: samples, Sample: func(i int) (Sample, error) {
		s := Sample{Name: fmt.Sprintf("%s:%d", files[0], i), Label: NoLabel}
		for k, a := range arrays {
			n := inputs[k].elements()
			v, err := a.value(inputs[k], i*n, n)
			if err != nil {
				return Sample{}, fmt.Errorf("%s: %w", files[k], err)
			}
			s.Inputs = append(s.Inputs, v)
		}
		return s, nil
	}}, nil
}

// descrOf is NumPy's code for an element type, "" where it has none.
func descrOf(t tensor.Type) string {
	for code, x := range npyTypes {
		if x == t {
			return code
		}
	}
	return ""
}

// withLabels adds the class numbers of a file with one a line: that of the options, or labels.txt in or beside path.
func withLabels(set *Set, path string, o Options) (*Set, error) {
	file := o.Labels
	if file == "" {
		dir := path
		if st, err := os.Stat(path); err == nil && !st.IsDir() {
			dir = filepath.Dir(path)
		}
		file = filepath.Join(dir, "labels.txt")
		if _, err := os.Stat(file); err != nil {
			return set, nil
		}
	}
	if set.Labels != nil {
		if o.Labels == "" {
			return set, nil
		}
		return nil, fmt.Errorf("%s: the folders of %s name the classes already: %w", file, path, ops.ErrValue)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var labels []int
	for i, line := range strings.Split(strings.TrimRight(string(b), "\r\n"), "\n") {
		n, err := strconv.Atoi(strings.TrimSpace(line))
		if err != nil || n < 0 {
			return nil, fmt.Errorf("%s:%d: got %q, want a class number: %w", file, i+1, strings.TrimSpace(line), ops.ErrValue)
		}
		labels = append(labels, n)
	}
	if len(labels) != set.Len {
		return nil, fmt.Errorf("%s: %d labels, %s has %d samples: %w", file, len(labels), path, set.Len, ops.ErrValue)
	}
	inner := set.Sample
	return &Set{Len: set.Len, Sample: func(i int) (Sample, error) {
		s, err := inner(i)
		s.Label = labels[i]
		return s, err
	}}, nil
}
