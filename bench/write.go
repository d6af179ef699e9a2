package main

import (
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
)

// write prints the tables and writes the files asked for.
func (r *report) write(s settings) error {
	text := r.markdown()
	fmt.Print(text)
	if s.markdown != "" {
		if err := os.WriteFile(s.markdown, []byte(text), 0o644); err != nil {
			return err
		}
	}
	if s.json != "" {
		b, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(s.json, append(b, '\n'), 0o644); err != nil {
			return err
		}
	}
	if s.svg != "" {
		return os.WriteFile(s.svg, []byte(r.chart()), 0o644)
	}
	return nil
}

// markdown renders the machine, a table for each number of threads and the means.
func (r *report) markdown() string {
	var b strings.Builder
	m := r.Machine
	fmt.Fprintf(&b, "%s, %d cores, %s/%s, %s; %s\n\n", m.CPU, m.Cores, m.OS, m.Arch, m.Go, strings.Join(m.Features, ", "))
	if len(r.Versions) > 0 {
		fmt.Fprintf(&b, "%s\n\n", strings.Join(r.Versions, "; "))
	}
	fmt.Fprintf(&b, "Medians of %d rounds of %d invocations. Ratios are reference / litewren: above 1 litewren needs less.\n", r.Rounds, r.Runs)
	for _, threads := range r.Threads {
		fmt.Fprintf(&b, "\n### %d thread(s)\n\n| model |", threads)
		line := "|---|"
		for _, c := range r.Contestants {
			fmt.Fprintf(&b, " %s |", c)
			line += "--:|"
		}
		head, more := " ratio | cold start: litewren | ratio to XNNPACK | peak memory: litewren | ratio |", "--:|--:|--:|--:|--:|"
		if r.yardsticks != nil {
			elsewhere := "elsewhere"
			if r.yardsticks.control != "" {
				elsewhere = "elsewhere, scaled"
			}
			head, more = head+" "+elsewhere+" | ratio |", more+"--:|--:|"
		}
		fmt.Fprintf(&b, "%s\n%s%s\n", head, line, more)
		for _, w := range r.Rows {
			if w.Threads == threads {
				w.markdown(&b, r)
			}
		}
	}
	for _, m := range r.Means {
		fmt.Fprintf(&b, "\n%d thread(s) against %s: geometric mean %.2f over %d models", m.Threads, m.Against, m.Geometric, m.Models)
		if m.OverMillisecondNum > 0 {
			fmt.Fprintf(&b, " (%.2f over the %d that take it more than 1 ms)", m.OverMillisecond, m.OverMillisecondNum)
		}
		fmt.Fprintf(&b, "; least %.2f (%s), %d below 1\n", m.Least, m.LeastModel, m.Slower)
	}
	return b.String()
}

func (w *row) markdown(b *strings.Builder, r *report) {
	ours := w.Times["litewren"]
	fmt.Fprintf(b, "| %s |", w.Model)
	for _, c := range r.Contestants {
		fmt.Fprintf(b, " %s |", duration(w.Times[c].Median))
	}
	fmt.Fprintf(b, " %s | %s | %s | %s | %s |", ratio(w.Ratio), duration(ours.Cold), ratio(w.ColdRatio), mebibytes(ours.PeakRSS), ratio(w.RSSRatio))
	if r.yardsticks != nil {
		names := make([]string, 0, len(w.Elsewhere))
		for n := range w.Elsewhere {
			names = append(names, n)
		}
		sort.Slice(names, func(i, j int) bool { return w.Elsewhere[names[i]] < w.Elsewhere[names[j]] })
		best := "-"
		if len(names) > 0 {
			best = duration(w.Elsewhere[names[0]]) + " " + names[0]
		}
		fmt.Fprintf(b, " %s | %s |", best, ratio(w.ElsewhereRatio))
	}
	b.WriteString("\n")
}

// duration renders microseconds with three digits.
func duration(us float64) string {
	switch {
	case us == 0:
		return "-"
	case us < 1000:
		return digits(us) + " µs"
	case us < 1e6:
		return digits(us/1e3) + " ms"
	}
	return digits(us/1e6) + " s"
}

func digits(v float64) string {
	switch {
	case v >= 99.95:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v >= 9.995:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

func ratio(v float64) string {
	if v == 0 {
		return "-"
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

func mebibytes(kib float64) string {
	if kib == 0 {
		return "-"
	}
	return digits(kib/1024) + " MiB"
}
