package main

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// Sizes of the chart in pixels.
const (
	labelWidth, plotWidth, rightMargin = 190, 620, 70
	barHeight, rowGap, topMargin       = 9, 7, 60
)

var colours = []string{"#1f6f8b", "#c9ada7", "#e07a5f", "#6a994e"}

// chart draws the medians of each model relative to litewren's on one thread, or the least number measured: a bar twice as
// long is twice as slow. The axis is logarithmic, since models differ by more than a bar chart can show otherwise.
func (r *report) chart() string {
	threads := r.Threads[0]
	var rows []*row
	low, high := 1.0, 1.0
	for _, w := range r.Rows {
		ours := w.Times["litewren"].Median
		if w.Threads != threads || ours == 0 {
			continue
		}
		rows = append(rows, w)
		for _, t := range w.Times {
			low, high = min(low, t.Median/ours), max(high, t.Median/ours)
		}
	}
	low, high = math.Exp2(math.Floor(math.Log2(low))-1), math.Exp2(math.Ceil(math.Log2(high)))
	x := func(v float64) float64 { return math.Log(v/low) / math.Log(high/low) * plotWidth }
	rowHeight := barHeight*len(r.Contestants) + rowGap
	width, height := labelWidth+plotWidth+rightMargin, topMargin+rowHeight*len(rows)+20
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="sans-serif" font-size="10">`+"\n", width, height, width, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", width, height)
	fmt.Fprintf(&b, `<text x="8" y="16" font-size="12">Time of one inference relative to litewren, %d thread(s): shorter is faster</text>`+"\n", threads)
	fmt.Fprintf(&b, `<text x="8" y="30" fill="#555555">%s, %s</text>`+"\n", html.EscapeString(r.Machine.CPU), html.EscapeString(r.Machine.Go))
	for i, c := range r.Contestants {
		fmt.Fprintf(&b, `<rect x="%d" y="36" width="10" height="10" fill="%s"/><text x="%d" y="45">%s</text>`+"\n",
			labelWidth+i*150, colours[i%len(colours)], labelWidth+14+i*150, html.EscapeString(c))
	}
	for v := low; v <= high*1.001; v *= 2 {
		stroke := "#e5e5e5"
		if v == 1 {
			stroke = "#333333"
		}
		fmt.Fprintf(&b, `<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="%s"/><text x="%.1f" y="%d" text-anchor="middle" fill="#555555">%g</text>`+"\n",
			labelWidth+x(v), topMargin-4, labelWidth+x(v), height-16, stroke, labelWidth+x(v), height-4, v)
	}
	for i, w := range rows {
		top := topMargin + i*rowHeight
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%s</text>`+"\n", labelWidth-6, top+rowHeight/2, html.EscapeString(w.Model))
		for c, name := range r.Contestants {
			t, ok := w.Times[name]
			if !ok {
				continue
			}
			length, y := x(t.Median/w.Times["litewren"].Median), top+c*barHeight
			fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>`, labelWidth, y, length, barHeight-1, colours[c%len(colours)])
			fmt.Fprintf(&b, `<text x="%.1f" y="%d" font-size="8" fill="#333333">%s</text>`+"\n", labelWidth+length+3, y+barHeight-2, duration(t.Median))
		}
	}
	b.WriteString("</svg>\n")
	return b.String()
}
