package main

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// yardsticks are times that somebody has measured elsewhere, by model and column.
type yardsticks struct {
	columns []string
	models  map[string]map[string]float64

	// control is a column that a contestant is measured for here too, or "": the quotient of both tells how fast this machine is
	// beside that one, and times come scaled by it.
	control string
	scales  map[string]float64 // by model
	typical float64            // for models without one: the geometric mean
}

// calibrate computes the scales from what the contestant of the control column took here, by model in microseconds.
func (y *yardsticks) calibrate(control string, here map[string]float64) error {
	if !slices.Contains(y.columns, control) {
		return fmt.Errorf("yardsticks: no column %q", control)
	}
	y.control, y.scales = control, map[string]float64{}
	logs := 0.0
	for model, columns := range y.models {
		if there := columns[control]; there > 0 && here[model] > 0 {
			y.scales[model] = here[model] / there
			logs += math.Log(y.scales[model])
		}
	}
	if len(y.scales) == 0 {
		return fmt.Errorf("yardsticks: no model of column %q has been measured here", control)
	}
	y.typical = math.Exp(logs / float64(len(y.scales)))
	return nil
}

// readYardsticks reads a table of tab-separated values. Lines that begin with # are comments; the first other line names the
// columns, among them model; empty cells and "-" are unknown.
func readYardsticks(path string) (*yardsticks, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	y := &yardsticks{models: map[string]map[string]float64{}}
	model := -1
	for i, line := range strings.Split(string(b), "\n") {
		if strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "" {
			continue
		}
		cells := strings.Split(strings.TrimRight(line, "\r"), "\t")
		if y.columns == nil {
			y.columns = cells
			for c, name := range cells {
				if name == "model" {
					model = c
				}
			}
			if model < 0 {
				return nil, fmt.Errorf("%s: line %d: no column model", path, i+1)
			}
			continue
		}
		if len(cells) > len(y.columns) || model >= len(cells) {
			return nil, fmt.Errorf("%s: line %d: %d cells, want %d", path, i+1, len(cells), len(y.columns))
		}
		values := map[string]float64{}
		for c, cell := range cells {
			if c == model || cell == "" || cell == "-" {
				continue
			}
			v, err := strconv.ParseFloat(cell, 64)
			if err != nil {
				return nil, fmt.Errorf("%s: line %d: %s: %w", path, i+1, y.columns[c], err)
			}
			values[y.columns[c]] = v
		}
		y.models[cells[model]] = values
	}
	return y, nil
}

var timeColumn = regexp.MustCompile(`^(.*)_([0-9]+)t_us$`)

// times returns the times of a model on that many threads, in microseconds, by what they were measured with; scaled to this
// machine where there is a control.
func (y *yardsticks) times(model string, threads int) map[string]float64 {
	found, scale := map[string]float64{}, 1.0
	if y.control != "" {
		scale = y.typical
		if s, ok := y.scales[model]; ok {
			scale = s
		}
	}
	for column, v := range y.models[model] {
		if m := timeColumn.FindStringSubmatch(column); m != nil && m[2] == strconv.Itoa(threads) && column != y.control {
			found[m[1]] = v * scale
		}
	}
	return found
}
