package calibrate

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Method is how a range is chosen from what was observed. Some take a parameter behind a colon: "percentile:99.9".
type Method string

// The methods. The empty one is MinMax.
const (
	MinMax         Method = "min-max"          // all values seen
	MovingAverage  Method = "moving-average"   // of the extremes of samples: 0.95 of the past and 0.05 of the next sample
	MeanOfExtremes Method = "mean-of-extremes" // the mean smallest and the mean largest value of a sample
	Percentile     Method = "percentile"       // this share of all values, 99.99 % by default; one half of the rest off either end
	MSE            Method = "mse"              // least mean square of rounding and clipping errors, for a number of bits, 8 by default
	Entropy        Method = "entropy"          // clips at the magnitude with the least Kullback-Leibler divergence at 128 levels
)

// ErrMethod is wrapped by the errors of Method.Check.
var ErrMethod = errors.New("calibration method")

// Methods lists the methods.
func Methods() []Method {
	return []Method{MinMax, MovingAverage, MeanOfExtremes, Percentile, MSE, Entropy}
}

// Check reports whether m is a method with a sensible parameter: a percentage above 50 and up to 100, or 2 to 16 bits.
func (m Method) Check() error {
	_, _, err := m.parse()
	return err
}

// parse splits a method into its name and parameter.
func (m Method) parse() (Method, float64, error) {
	name, text, given := strings.Cut(string(m), ":")
	kind := Method(name)
	parameter, lo, hi := 0.0, 0.0, 0.0
	switch kind {
	case "", MinMax:
		kind = MinMax
	case MovingAverage, MeanOfExtremes, Entropy:
	case Percentile:
		parameter, lo, hi = 99.99, 50, 100
	case MSE:
		parameter, lo, hi = 8, 2, 16
	default:
		return MinMax, 0, fmt.Errorf("%w %q, want one of %v", ErrMethod, string(m), Methods())
	}
	if given {
		v, err := strconv.ParseFloat(text, 64)
		if hi == 0 || err != nil || !(v >= lo && v <= hi) {
			return MinMax, 0, fmt.Errorf("%w %q: parameter %q", ErrMethod, string(m), text)
		}
		parameter = v
	}
	return kind, parameter, nil
}

// clip returns the range that a method, which must be valid, chooses.
func (o *observed) clip(m Method) Range {
	all := Range{o.min, o.max}
	kind, parameter, err := m.parse()
	if err != nil {
		return all
	}
	switch kind {
	case MovingAverage:
		return Range{float32(o.average.min), float32(o.average.max)}
	case MeanOfExtremes:
		n := float64(o.samples)
		return Range{float32(o.sum.min / n), float32(o.sum.max / n)}
	}
	h := &o.histogram
	if h.total == 0 || h.min == h.max {
		return all
	}
	switch kind {
	case Percentile:
		tail := (1 - parameter/100) / 2
		return Range{h.quantile(tail), h.quantile(1 - tail)}
	case MSE:
		return h.leastSquares(int(parameter))
	case Entropy:
		return h.leastDivergence()
	}
	return all
}
