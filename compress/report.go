package compress

import (
	"fmt"
	"math"
)

// Report says what a transform did to a model.
type Report struct {
	Transform string         `json:"transform"` // the function and its main setting: "dynamic int8"
	Before    Size           `json:"before"`
	After     Size           `json:"after"`
	Changes   []TensorChange `json:"changes,omitempty"`
	Skipped   []Skipped      `json:"skipped,omitempty"` // what the transform was meant for but left alone
	Warnings  []string       `json:"warnings,omitempty"`
	Steps     []*Report      `json:"steps,omitempty"` // of a pipeline
}

// Size is what a model weighs.
type Size struct {
	File      int64 `json:"file"`      // bytes of the encoded file
	Constants int64 `json:"constants"` // bytes of all buffers, each counted once
}

// TensorChange is a constant that was stored differently, or an activation that got another type.
type TensorChange struct {
	Subgraph    int     `json:"subgraph"`
	Tensor      string  `json:"tensor"` // name in the original model
	Operator    string  `json:"operator"`
	Action      string  `json:"action"` // "int8 per-axis 0", "50 % zeros", ...
	Elements    int64   `json:"elements"`
	BytesBefore int64   `json:"bytes_before"`
	BytesAfter  int64   `json:"bytes_after"`
	SQNR        Decibel `json:"sqnr_db"` // of the new values against the old ones; +Inf when equal, NaN where it means nothing
}

// Skipped is a tensor or node that a transform left as it was, and why.
type Skipped struct {
	Subgraph int    `json:"subgraph"`
	Place    string `json:"place"` // the tensor's name, or "node 12 CONV_2D"
	Reason   string `json:"reason"`
}

func (r *Report) skip(subgraph int, place, format string, args ...any) {
	r.Skipped = append(r.Skipped, Skipped{subgraph, place, fmt.Sprintf(format, args...)})
}

func (r *Report) warn(format string, args ...any) {
	r.Warnings = append(r.Warnings, fmt.Sprintf(format, args...))
}

// Decibel is a ratio of powers, 10*log10. In JSON infinities and NaN, which it has no numbers for, are null.
type Decibel float64

// MarshalJSON implements json.Marshaler.
func (d Decibel) MarshalJSON() ([]byte, error) {
	if v := float64(d); !math.IsInf(v, 0) && !math.IsNaN(v) {
		return fmt.Appendf(nil, "%.2f", v), nil
	}
	return []byte("null"), nil
}

// SQNR is the ratio of the power of want to that of got - want: +Inf when they are equal, NaN for no elements or where want
// is all zero and got is not.
func SQNR(want, got []float32) Decibel {
	var signal, noise float64
	for i, w := range want {
		d := float64(got[i]) - float64(w)
		signal += float64(w) * float64(w)
		noise += d * d
	}
	switch {
	case len(want) == 0 || noise > 0 && signal == 0:
		return Decibel(math.NaN())
	case noise == 0:
		return Decibel(math.Inf(1))
	}
	return Decibel(10 * math.Log10(signal/noise))
}
