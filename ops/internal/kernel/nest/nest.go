// Package nest walks an array together with a smaller one that lacks, or repeats along, some of its dimensions: a reduction's
// result, a broadcast operand. Neighbouring dimensions that behave alike are merged first, so that the innermost loop is as
// long as it can be and no coordinates are computed for single elements.
package nest

// Nest is the merged dimensions of the large array, outermost first. A kept run also advances in the small array; kept and
// other runs alternate. The zero value is not ready; use Set.
type Nest struct {
	runs []run
}

type run struct {
	count        int
	kept         bool
	large, small int // elements one step advances in either array
}

// New returns a nest with room for rank dimensions, so that Set allocates nothing.
func New(rank int) *Nest { return &Nest{runs: make([]run, 0, rank+1)} }

// Set describes dimensions dims of the large array, of which those with kept set are dimensions of the small one too.
// Dimensions of 1 disappear.
func (n *Nest) Set(dims []int, kept []bool) {
	n.runs = n.runs[:0]
	for i, d := range dims {
		last := len(n.runs) - 1
		switch {
		case d == 1:
		case last >= 0 && n.runs[last].kept == kept[i]:
			n.runs[last].count *= d
		default:
			n.runs = append(n.runs, run{count: d, kept: kept[i]})
		}
	}
	if len(n.runs) == 0 {
		n.runs = append(n.runs, run{count: 1, kept: true})
	}
	large, small := 1, 1
	for i := len(n.runs) - 1; i >= 0; i-- {
		r := &n.runs[i]
		r.large, r.small = large, 0
		large *= r.count
		if r.kept {
			r.small = small
			small *= r.count
		}
	}
}

// Rows are the two forms of an innermost loop: Along takes as many elements of the small array as of the large one, Across
// one element of the small array for all of the large one's.
type Rows[S, L any] struct {
	Along, Across func(small []S, large []L)
	// Down, if there is one, stands for calls of Along with the same elements of the small array and one row of the large one
	// after the other.
	Down func(small []S, large []L)
	// All, if there is one, stands for calls of Across with one element of the small array after the other, each with a row of
	// the large one.
	All func(small []S, large []L)
}

// Each calls a row function for every innermost run of the large array, in order.
func Each[S, L any](small []S, large []L, n *Nest, rows *Rows[S, L]) {
	if len(large) == 0 {
		return
	}
	each(small, large, n.runs, rows)
}

func each[S, L any](small []S, large []L, runs []run, rows *Rows[S, L]) {
	r := &runs[0]
	if len(runs) == 1 {
		if r.kept {
			rows.Along(small[:r.count], large[:r.count])
		} else {
			rows.Across(small[:1], large[:r.count])
		}
		return
	}
	if len(runs) > 2 {
		for i := range r.count {
			each(small[i*r.small:], large[i*r.large:], runs[1:], rows)
		}
		return
	}
	// The last loop but one calls the rows itself.
	count := runs[1].count
	row, width := rows.Along, count
	if !runs[1].kept {
		row, width = rows.Across, 1
	}
	if !r.kept && runs[1].kept && rows.Down != nil {
		rows.Down(small[:count], large[:r.count*count])
		return
	}
	if r.kept && !runs[1].kept && r.small == 1 && r.large == count && r.count > 0 && rows.All != nil {
		rows.All(small[:r.count], large[:r.count*count])
		return
	}
	for i := range r.count {
		row(small[i*r.small:][:width], large[i*r.large:][:count])
	}
}

// MapRows are the innermost loops of a function of a large and a small array whose result is as large as the large one.
type MapRows[D, S, L any] struct {
	Along, Across func(dst []D, small []S, large []L)
}

// Map calls a row function for every innermost run of dst and the large array, in order.
func Map[D, S, L any](dst []D, small []S, large []L, n *Nest, rows *MapRows[D, S, L]) {
	if len(large) == 0 {
		return
	}
	mapRuns(dst, small, large, n.runs, rows)
}

func mapRuns[D, S, L any](dst []D, small []S, large []L, runs []run, rows *MapRows[D, S, L]) {
	r := &runs[0]
	if len(runs) == 1 {
		if r.kept {
			rows.Along(dst[:r.count], small[:r.count], large[:r.count])
		} else {
			rows.Across(dst[:r.count], small[:1], large[:r.count])
		}
		return
	}
	for i := range r.count {
		mapRuns(dst[i*r.large:], small[i*r.small:], large[i*r.large:], runs[1:], rows)
	}
}
