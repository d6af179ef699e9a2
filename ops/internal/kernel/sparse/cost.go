package sparse

// What products take was measured in nanoseconds on an Intel Xeon (Sapphire Rapids, Go 1.26.8), minima, with matrices of 640 x 128 in
// the second-level cache; only their ratios count. Against dense float32 weights that makes AVX-512 win from about 60 % zeros on
// (single rows and 16); against int8 with VNNI from 60 % (blocks of 16), 70 % (16 rows), 80 % (single values). For NEON they are
// cycles, counted from instructions: two loads and two products in each.

// denseCost is what a dense product takes for each element of the weights: at least once, and for each row of x.
type denseCost struct{ least, row float64 }

// turnedCost is what a product with turned rows takes for each stored word and 16 rows.
var turnedCost = map[turnedKind]float64{turnedF32AVX512: 0.5, turnedF32AVX2: 0.7, turnedS8VNNI512: 0.5, turnedS8VNNI256: 0.72, turnedF32NEON: 3}

// OutputCost is what it takes to make a stored value of a sum in a pass of its own.
const OutputCost = 0.3

const (
	// turnCost is for a word of x or a sum that is moved to its column or back.
	turnCost = 0.1
	// sliceCost is for storing the sums of a slice.
	sliceCost = 8
	// What does not fit a second-level cache of a MiB is read from farther away.
	cacheBytes, byteCost = 1 << 20, 0.04
)

// reading is the time to multiply so much weight memory that is read once.
func reading(bytes int64, multiplying float64) float64 {
	if bytes > cacheBytes {
		return max(multiplying, float64(bytes)*byteCost)
	}
	return multiplying
}

// StoredShare is up to which share of stored elements the portable kernels, which multiply weights as they are stored, are
// faster than portable dense ones, where there are no others: with 90 % zeros they take a fifth of their time, with 75 % a third to a half, with
// 50 % the same.
const StoredShare = 0.4

// StoredCost is what the portable kernels take for weights as they are stored, where there are others to compare with.
func StoredCost(rows, stored int) float64 { return storedCost * float64(rows) * float64(stored) }

// Cost is about how many nanoseconds the product with rows of x takes, one after the other.
func (p *Packed) Cost(rows int) float64 {
	units := float64(len(p.data) / p.kernel.unitWords())
	return float64(rows) * reading(int64(p.Bytes()), units*p.kernel.unitCost+float64(p.Slices())*sliceCost)
}

// Cost is that of a product with turned rows; 0 where there is none.
func (w *Words) Cost(rows int) float64 {
	each := turnedCost[turnedKernel(w.sums != nil)]
	if each == 0 {
		return 0
	}
	blocks := (rows + 15) / 16
	moved := float64(w.Rows+w.Columns) * 16 * turnCost
	return float64(blocks) * reading(8*int64(len(w.elements)), float64(len(w.elements))*each+moved)
}

// DenseCost is that of the product of rows of x with n x k dense weights; 0 where there are no kernels to compare with.
func DenseCost(bytes bool, rows, n, k int) float64 {
	elements, size := float64(n)*float64(k), int64(n)*int64(k)
	if !bytes {
		size *= 4
	}
	c := dense(bytes)
	return reading(size, elements*max(c.least, float64(rows)*c.row))
}
