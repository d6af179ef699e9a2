package f32

// Row multiplies one row with constant weights that are packed in panels: columns beside each other need no adding up of lanes,
// which takes as long as the products where rows of weights are short. It is
//
//	dst[j] = clamp(sum(i, x[i]*w[j*k+i]) + bias[j], lo, hi)
//
// with a nil bias adding nothing and a clamp that leaves a NaN where it is. Its generic twin is gemmGeneric.
type Row struct {
	panels, bias []float32
	n, k         int
	lo, hi       float32
}

// RowElements returns how many elements [Pack] writes for a [Row] of n sums of k products; 0 where [Products] is faster, or the
// processor has no kernels for this.
func RowElements(n, k int) int {
	const most = 1 << 13 // elements: larger ones leave the first-level cache
	if n < 1 || k < 1 || k > most/n || !rowPays(n, k) {
		return 0
	}
	return PanelElements(n, k)
}

// NewRow returns the product with weights that [Pack] has packed.
func NewRow(panels, bias []float32, n, k int, lo, hi float32) *Row {
	if bias != nil {
		bias = bias[:n]
	}
	return &Row{panels[:PanelElements(n, k)], bias, n, k, lo, hi}
}

// Do computes the n elements of dst from the k of x.
func (r *Row) Do(dst, x []float32) { r.do(dst[:r.n], x[:r.k]) }
