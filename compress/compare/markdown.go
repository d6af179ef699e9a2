package compare

import (
	"fmt"
	"math"
	"strings"

	"github.com/litewren/litewren/compress"
)

// Markdown writes the comparison as a table.
func (r *Result) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d samples", r.Samples)
	if r.Labeled > 0 {
		fmt.Fprintf(&b, ", %d with labels", r.Labeled)
	}
	fmt.Fprintf(&b, "; %d thread(s) of %s.\n\n", r.Threads, r.Machine)
	head := r.columns()
	fmt.Fprintf(&b, "| model |")
	for _, c := range head {
		fmt.Fprintf(&b, " %s |", c.title)
	}
	fmt.Fprintf(&b, "\n|---|%s\n", strings.Repeat("--:|", len(head)))
	for i := range r.Models {
		fmt.Fprintf(&b, "| %s |", strings.ReplaceAll(r.Models[i].Name, "|", `\|`))
		for _, c := range head {
			fmt.Fprintf(&b, " %s |", c.cell(&r.Models[i]))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// column is one measurement of the table.
type column struct {
	title, explain string
	cell           func(*ModelResult) string
}

// columns lists what there is to show: accuracy only with labels, and so on.
func (r *Result) columns() []column {
	first := &r.Models[0]
	share := func(p *float64) string {
		if p == nil {
			return "-"
		}
		return fmt.Sprintf("%.2f %%", 100**p)
	}
	var list []column
	if first.Quality.Accuracy != nil {
		list = append(list, column{"accuracy", "share of labeled samples whose class is right", func(m *ModelResult) string { return share(m.Quality.Accuracy) }})
	}
	if first.Quality.Agreement != nil {
		list = append(list, column{"agreement", "share of samples with the class that the original gives", func(m *ModelResult) string { return share(m.Quality.Agreement) }})
	}
	list = append(list,
		column{"SQNR", "power of the original's outputs over that of the error", func(m *ModelResult) string { return decibels(m.Quality.SQNR) }},
		column{"max error", "largest difference of an output", func(m *ModelResult) string { return fmt.Sprintf("%.3g", m.Quality.MaxAbs) }},
		column{"file", "bytes of the file", func(m *ModelResult) string { return size(m.File) }},
		column{"ratio", "of the original's file", func(m *ModelResult) string { return fmt.Sprintf("%.3f", float64(m.File)/float64(max(first.File, 1))) }},
		column{"gzip", "the file after gzip -9", func(m *ModelResult) string { return size(m.Gzip) }},
		column{"gzip ratio", "of the original's file", func(m *ModelResult) string { return fmt.Sprintf("%.3f", float64(m.Gzip)/float64(max(first.File, 1))) }},
		column{"parameters", "elements of constants", func(m *ModelResult) string { return count(m.Parameters) }},
		column{"zeros", "share of parameters", func(m *ModelResult) string { return fmt.Sprintf("%.0f %%", 100*m.Zeros) }},
		column{"unique", "different values, added up over constants", func(m *ModelResult) string { return count(m.Unique) }},
		column{"MACs", "multiply-accumulates of one invocation", func(m *ModelResult) string { return count(m.MACs) }},
		column{"arena", "memory for activations", func(m *ModelResult) string { return size(m.Arena) }},
		column{"p50", "median latency", func(m *ModelResult) string { return micros(m.P50) }},
		column{"p95", "latency that 95 % of invocations keep", func(m *ModelResult) string { return micros(m.P95) }},
	)
	return list
}

func decibels(d compress.Decibel) string {
	switch v := float64(d); {
	case math.IsInf(v, 1):
		return "exact"
	case math.IsNaN(v):
		return "-"
	default:
		return fmt.Sprintf("%.1f dB", v)
	}
}

func size(n int64) string {
	switch {
	case n >= 10_000_000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	case n >= 1_000_000:
		return fmt.Sprintf("%.2f MB", float64(n)/1e6)
	case n >= 10_000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%d B", n)
}

func count(n int64) string {
	switch {
	case n >= 1_000_000:
		return fmt.Sprintf("%.2f M", float64(n)/1e6)
	case n >= 10_000:
		return fmt.Sprintf("%.1f k", float64(n)/1e3)
	}
	return fmt.Sprint(n)
}

func micros(us float64) string {
	switch {
	case us >= 10_000:
		return fmt.Sprintf("%.1f ms", us/1e3)
	case us >= 1000:
		return fmt.Sprintf("%.2f ms", us/1e3)
	}
	return fmt.Sprintf("%.3g µs", us)
}
