package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"text/tabwriter"

	"github.com/litewren/litewren/compress"
)

// print shows what a transform did: sizes, counts by action, the tensors that lost most, what was left alone.
func (o *modelOutput) print(w io.Writer, r *compress.Report) {
	for i, s := range r.Steps {
		fmt.Fprintf(w, "step %d: ", i+1)
		o.printOne(w, s)
	}
	o.printOne(w, r)
	switch {
	case o.dry:
		fmt.Fprintln(w, "nothing written (--dry-run)")
	default:
		fmt.Fprintf(w, "written: %s\n", o.path)
	}
}

func (o *modelOutput) printOne(w io.Writer, r *compress.Report) {
	fmt.Fprintf(w, "%s: %s -> %s (%.3fx)\n", r.Transform, bytesText(r.Before.File), bytesText(r.After.File),
		float64(r.After.File)/float64(max(r.Before.File, 1)))
	o.actions(w, r)
	if o.verbose {
		o.changes(w, "changed", r.Changes)
	} else if worst := worstChanges(r.Changes, 5); len(worst) > 0 {
		o.changes(w, "least exact", worst)
	}
	if n := len(r.Skipped); n > 0 && !o.verbose {
		fmt.Fprintf(w, "  %d left alone (--verbose lists them)\n", n)
	} else {
		for _, s := range r.Skipped {
			fmt.Fprintf(w, "  left alone: %s: %s\n", s.Place, s.Reason)
		}
	}
	for _, s := range r.Warnings {
		fmt.Fprintf(w, "  warning: %s\n", s)
	}
}

// actions counts changes that are alike.
func (o *modelOutput) actions(w io.Writer, r *compress.Report) {
	type sum struct {
		action        string
		tensors       int
		before, after int64
	}
	var sums []sum
	for _, c := range r.Changes {
		i := slices.IndexFunc(sums, func(s sum) bool { return s.action == c.Action })
		if i < 0 {
			sums, i = append(sums, sum{action: c.Action}), len(sums)
		}
		sums[i].tensors++
		sums[i].before += c.BytesBefore
		sums[i].after += c.BytesAfter
	}
	const most = 12
	for _, s := range sums[:min(len(sums), most)] {
		fmt.Fprintf(w, "  %d x %s", s.tensors, s.action)
		if s.before > 0 {
			fmt.Fprintf(w, ": %s -> %s", bytesText(s.before), bytesText(s.after))
		}
		fmt.Fprintln(w)
	}
	if len(sums) > most {
		fmt.Fprintf(w, "  and %d other kinds of change\n", len(sums)-most)
	}
}

// worstChanges returns the n changes with the lowest ratio of signal to noise.
func worstChanges(changes []compress.TensorChange, n int) []compress.TensorChange {
	var lossy []compress.TensorChange
	for _, c := range changes {
		if d := float64(c.SQNR); !math.IsNaN(d) && !math.IsInf(d, 0) {
			lossy = append(lossy, c)
		}
	}
	slices.SortStableFunc(lossy, func(a, b compress.TensorChange) int {
		switch {
		case a.SQNR < b.SQNR:
			return -1
		case a.SQNR > b.SQNR:
			return 1
		}
		return 0
	})
	return lossy[:min(len(lossy), n)]
}

func (o *modelOutput) changes(w io.Writer, title string, changes []compress.TensorChange) {
	fmt.Fprintf(w, "  %s:\n", title)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range changes {
		sqnr := ""
		if d := float64(c.SQNR); !math.IsNaN(d) && !math.IsInf(d, 0) {
			sqnr = fmt.Sprintf("%.1f dB", d)
		}
		fmt.Fprintf(tw, "    %s\t%s\t%s\t%s\n", c.Tensor, c.Operator, c.Action, sqnr)
	}
	_ = tw.Flush() // an error of w shows in the next write
}

// bytesText writes a size for reading.
func bytesText(n int64) string {
	switch {
	case n >= 10<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	case n >= 10_000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%d B", n)
}
