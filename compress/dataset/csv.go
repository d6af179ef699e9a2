package dataset

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/litewren/litewren/ops"
)

// openCSV reads a table with one sample a row. It is read whole: text is several times the size of its numbers, so a table
// that does not fit memory belongs into a .npy file.
func openCSV(path string, inputs []Input, o Options) (*Set, error) {
	if len(inputs) != 1 {
		return nil, fmt.Errorf("%s: a table serves a model with one input, this one has %d: %w", path, len(inputs), ops.ErrValue)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	r := csv.NewReader(file)
	r.ReuseRecord, r.TrimLeadingSpace = true, true
	r.FieldsPerRecord = -1 // add says how many it wants
	t := &table{path: path, want: inputs[0].elements(), label: -1}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		line, _ := r.FieldPos(0)
		if !t.begun {
			t.begun = true
			header, err := t.head(row, o.Column)
			if err != nil {
				return nil, err
			}
			if header {
				continue
			}
		}
		if err := t.add(row, line); err != nil {
			return nil, err
		}
	}
	if len(t.rows) == 0 {
		return nil, fmt.Errorf("%s: no rows: %w", path, ops.ErrValue)
	}
	samples := make([]Sample, len(t.rows))
	for i, v := range t.rows {
		samples[i] = Sample{Name: fmt.Sprintf("%s:%d", path, t.lines[i]), Inputs: []Value{{Floats: v}}, Label: t.labels[i]}
	}
	return Of(samples...), nil
}

// table is a CSV file being read.
type table struct {
	path  string
	want  int // values of a sample
	label int // column of the class, -1 for none
	begun bool

	rows   [][]float32
	labels []int
	lines  []int
}

// head looks at the first row: whether it is a header, and which column holds the class.
func (t *table) head(row []string, column string) (bool, error) {
	_, notNumber := strconv.ParseFloat(strings.TrimSpace(row[0]), 64)
	if len(row) > 1 && notNumber == nil {
		_, notNumber = strconv.ParseFloat(strings.TrimSpace(row[len(row)-1]), 64)
	}
	header := notNumber != nil
	names := make([]string, len(row))
	for i, name := range row {
		names[i] = strings.TrimSpace(name)
	}
	switch {
	case header && column == "":
		t.label = slices.IndexFunc(names, func(name string) bool { return strings.EqualFold(name, "label") })
	case column != "":
		if header {
			t.label = slices.Index(names, column)
		}
		if n, err := strconv.Atoi(column); t.label < 0 && err == nil && n >= 1 && n <= len(row) {
			t.label = n - 1
		}
		if t.label < 0 {
			return false, fmt.Errorf("%s: no column %q among %q: %w", t.path, column, names, ops.ErrValue)
		}
	}
	return header, nil
}

func (t *table) add(row []string, line int) error {
	want := t.want
	if t.label >= 0 {
		want++
	}
	if len(row) != want {
		return fmt.Errorf("%s:%d: got %d columns, want %d: %w", t.path, line, len(row), want, ops.ErrShape)
	}
	values, label := make([]float32, 0, t.want), NoLabel
	for i, text := range row {
		text = strings.TrimSpace(text)
		if i == t.label {
			n, err := strconv.Atoi(text)
			if err != nil || n < 0 {
				return fmt.Errorf("%s:%d: column %d: got %q, want a class number: %w", t.path, line, i+1, text, ops.ErrValue)
			}
			label = n
			continue
		}
		v, err := strconv.ParseFloat(text, 32)
		if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
			return fmt.Errorf("%s:%d: column %d: got %q, want a finite number: %w", t.path, line, i+1, text, ops.ErrValue)
		}
		values = append(values, float32(v))
	}
	t.rows, t.labels, t.lines = append(t.rows, values), append(t.labels, label), append(t.lines, line)
	return nil
}
