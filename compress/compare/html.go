package compare

import (
	"cmp"
	"fmt"
	"html"
	"math"
	"slices"
	"strings"
)

// HTML writes the comparison as one page that needs nothing else: the table, quality against size and against latency with
// the Pareto front, errors by layer, time by operator.
//
// It is put together here, not by package html/template: with that in a program the linker keeps every method that its data might
// have, which makes the command a sixth larger, and parsing a template takes time and memory when any command starts.
func (r *Result) HTML() (string, error) {
	var b strings.Builder
	b.WriteString(pageHead)
	fmt.Fprintf(&b, "<p>%d samples", r.Samples)
	if r.Labeled > 0 {
		fmt.Fprintf(&b, ", %d with labels", r.Labeled)
	}
	fmt.Fprintf(&b, "; %d thread(s) of %s. The first model is the original.</p>\n<table><tr><th>model</th>", r.Threads, html.EscapeString(r.Machine))
	columns := r.columns()
	for _, c := range columns {
		fmt.Fprintf(&b, `<th title="%s">%s</th>`, html.EscapeString(c.explain), html.EscapeString(c.title))
	}
	b.WriteString("</tr>\n")
	for i := range r.Models {
		fmt.Fprintf(&b, "<tr><td>%s</td>", html.EscapeString(r.Models[i].Name))
		for _, c := range columns {
			fmt.Fprintf(&b, "<td>%s</td>", html.EscapeString(c.cell(&r.Models[i])))
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</table>\n<h2>Quality and size</h2><p>The dashed line joins the models that no other beats.</p>")
	b.WriteString(r.scatter("file", func(m *ModelResult) float64 { return float64(m.File) }, func(v float64) string { return size(int64(v)) }))
	b.WriteString("\n<h2>Quality and latency</h2>")
	b.WriteString(r.scatter("median latency", func(m *ModelResult) float64 { return m.P50 }, micros))
	heading := layersHeading
	for i := range r.Models {
		m := &r.Models[i]
		if len(m.Layers) == 0 {
			continue
		}
		b.WriteString(heading)
		heading = ""
		fmt.Fprintf(&b, "\n<h3>%s</h3>%s", html.EscapeString(m.Name), layerBars(m.Layers))
		worst := layerTexts(Worst(m.Layers, worstShown))
		if len(worst) == 0 {
			continue
		}
		b.WriteString("<p>Worst by the error of their own:</p><ol>")
		for _, text := range worst {
			fmt.Fprintf(&b, "<li>%s</li>", html.EscapeString(text))
		}
		b.WriteString("</ol>")
	}
	b.WriteString("\n<h2>Time by operator</h2>")
	for i := range r.Models {
		fmt.Fprintf(&b, "\n<h3>%s</h3>%s", html.EscapeString(r.Models[i].Name), timeBars(r.Models[i].Ops))
	}
	b.WriteString("\n</body></html>\n")
	return b.String(), nil
}

// quality is the vertical axis of the plots: accuracy, else agreement, else SQNR up to 100 dB.
func (r *Result) axis() (title string, value func(*ModelResult) float64, text func(float64) string) {
	percent := func(v float64) string { return fmt.Sprintf("%.1f %%", 100*v) }
	share := func(p *float64) float64 {
		if p == nil {
			return 0
		}
		return *p
	}
	first := r.Models[0].Quality
	switch {
	case first.Accuracy != nil:
		return "accuracy", func(m *ModelResult) float64 { return share(m.Quality.Accuracy) }, percent
	case first.Agreement != nil:
		return "agreement with the original", func(m *ModelResult) float64 { return share(m.Quality.Agreement) }, percent
	}
	const exact = 100
	return "SQNR (dB)", func(m *ModelResult) float64 {
		v := float64(m.Quality.SQNR)
		if math.IsNaN(v) {
			return 0
		}
		return min(max(v, 0), exact)
	}, func(v float64) string { return fmt.Sprintf("%.0f dB", v) }
}

// scatter draws quality over a cost on a logarithmic axis, with the models that no other beats joined by a line.
func (r *Result) scatter(name string, cost func(*ModelResult) float64, text func(float64) string) string {
	const width, height, left, bottom, top, right = 640, 360, 70, 40, 16, 130
	title, value, valueText := r.axis()
	x0, x1, y0, y1 := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for i := range r.Models {
		c, v := math.Log(max(cost(&r.Models[i]), 1e-3)), value(&r.Models[i])
		x0, x1, y0, y1 = min(x0, c), max(x1, c), min(y0, v), max(y1, v)
	}
	if x1-x0 < 0.1 {
		x0, x1 = x0-0.1, x1+0.1
	}
	if y1-y0 < 1e-3 {
		y0, y1 = y0-0.01, y1+0.01
	}
	px := func(c float64) float64 {
		return left + (math.Log(max(c, 1e-3))-x0)/(x1-x0)*(width-left-right)
	}
	py := func(v float64) float64 { return height - bottom - (v-y0)/(y1-y0)*(height-bottom-top) }
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %d %d" role="img" aria-label="%s over %s">`, width, height, html.EscapeString(title), name)
	for i := range 5 {
		v := y0 + (y1-y0)*float64(i)/4
		c := math.Exp(x0 + (x1-x0)*float64(i)/4)
		fmt.Fprintf(&b, `<line class="grid" x1="%d" x2="%d" y1="%.1f" y2="%.1f"/><text x="%d" y="%.1f" text-anchor="end">%s</text>`, left, width-right, py(v), py(v), left-6, py(v)+4, valueText(v))
		fmt.Fprintf(&b, `<text x="%.1f" y="%d" text-anchor="middle">%s</text>`, px(c), height-bottom+18, text(c))
	}
	fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="middle">%s</text>`, left+(width-left-right)/2, height-4, name)
	var line []string
	for _, i := range r.front(cost, value) {
		line = append(line, fmt.Sprintf("%.1f,%.1f", px(cost(&r.Models[i])), py(value(&r.Models[i]))))
	}
	fmt.Fprintf(&b, `<polyline class="front" points="%s"/>`, strings.Join(line, " "))
	var labels [][2]float64
	for i := range r.Models {
		m := &r.Models[i]
		x, y := px(cost(m)), py(value(m))
		label := freeSpot(labels, x+8, y+4)
		labels = append(labels, label)
		fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="5" class="c%d"><title>%s: %s, %s</title></circle><text x="%.1f" y="%.1f">%s</text>`,
			x, y, i%6, html.EscapeString(m.Name), text(cost(m)), valueText(value(m)), label[0], label[1], html.EscapeString(m.Name))
	}
	b.WriteString("</svg>")
	return b.String()
}

// freeSpot moves a label up until it covers none of those that are placed: models of nearly equal size and quality are common.
func freeSpot(placed [][2]float64, x, y float64) [2]float64 {
	const wide, high = 110, 13
	for {
		covered := slices.IndexFunc(placed, func(p [2]float64) bool { return math.Abs(p[0]-x) < wide && math.Abs(p[1]-y) < high-0.01 })
		if covered < 0 {
			return [2]float64{x, y}
		}
		y = placed[covered][1] - high
	}
}

// front lists the models that no other equals at less cost or beats at equal cost, cheapest first.
func (r *Result) front(cost, value func(*ModelResult) float64) []int {
	order := make([]int, len(r.Models))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := cost(&r.Models[a]), cost(&r.Models[b])
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		case value(&r.Models[a]) > value(&r.Models[b]):
			return -1
		}
		return 0
	})
	var front []int
	best := math.Inf(-1)
	for _, i := range order {
		if v := value(&r.Models[i]); v > best {
			best = v
			front = append(front, i)
		}
	}
	return front
}

// bar is one line of a bar chart.
type bar struct {
	label, text string
	share       float64 // 0 to 1
}

func bars(list []bar) string {
	const width, row, label, plotText = 640, 18, 230, 150
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %d %d" role="img">`, width, row*len(list)+4)
	for i, x := range list {
		name := []rune(x.label)
		const most = 40
		if len(name) > most {
			name = append([]rune("…"), name[len(name)-most+1:]...)
		}
		y := i * row
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%s<title>%s</title></text><rect class="bar" x="%d" y="%d" width="%.1f" height="%d"/><text x="%.1f" y="%d">%s</text>`,
			label-6, y+13, html.EscapeString(string(name)), html.EscapeString(x.label), label, y+3,
			max(x.share, 0)*(width-label-plotText), row-6, label+max(x.share, 0)*(width-label-plotText)+5, y+13, x.text)
	}
	b.WriteString("</svg>")
	return b.String()
}

// layerBars shows the layers that lost most, in execution order: the longer the bar, the larger the error.
func layerBars(layers []Layer) string {
	const most, floor, exact = 40, 0, 80
	list := slices.Clone(layers)
	if len(list) > most {
		slices.SortStableFunc(list, func(a, b Layer) int { return cmp.Compare(a.SQNR, b.SQNR) })
		worst := map[string]bool{}
		for _, l := range list[:most] {
			worst[l.Tensor] = true
		}
		list = slices.DeleteFunc(slices.Clone(layers), func(l Layer) bool { return !worst[l.Tensor] })
	}
	out := make([]bar, len(list))
	for i, l := range list {
		v := float64(l.SQNR)
		if math.IsNaN(v) {
			v = floor
		}
		text := decibels(l.SQNR)
		if !math.IsNaN(float64(l.Local)) {
			text += ", alone " + decibels(l.Local)
		}
		out[i] = bar{l.Op + " " + l.Tensor, text, (exact - min(max(v, floor), exact)) / exact}
	}
	return bars(out)
}

// worstShown is how many layers are named as the worst.
const worstShown = 5

func layerTexts(list []Layer) []string {
	texts := make([]string, len(list))
	for i, l := range list {
		texts[i] = LayerText(l)
	}
	return texts
}

func timeBars(ops []OpTime) string {
	total := 0.0
	for _, o := range ops {
		total += o.US
	}
	list := make([]bar, 0, len(ops))
	for _, o := range ops[:min(len(ops), 12)] {
		list = append(list, bar{fmt.Sprintf("%d × %s", o.Nodes, o.Op), micros(o.US), o.US / max(total, 1e-9)})
	}
	return bars(list)
}

const pageHead = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Model comparison</title>
<style>
:root { color-scheme: light dark; --ink: light-dark(#222, #ddd); --faint: light-dark(#ddd, #444); --mark: light-dark(#2563eb, #7aa7ff); }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--faint); text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
svg { max-width: 44rem; width: 100%; height: auto; font-size: 12px; }
svg text { fill: var(--ink); } .grid { stroke: var(--faint); } .front { fill: none; stroke: var(--mark); stroke-dasharray: 4 3; }
.bar { fill: var(--mark); opacity: .6; }
.c0 { fill: #888; } .c1 { fill: #2563eb; } .c2 { fill: #16a34a; } .c3 { fill: #d97706; } .c4 { fill: #dc2626; } .c5 { fill: #9333ea; }
</style></head><body>
<h1>Model comparison</h1>
`

const layersHeading = `
<h2>Errors by layer</h2><p>Each tensor against its counterpart in the original, with the errors of all layers before it; long bars are bad. Alone: the layer
given the original's values.</p>`
