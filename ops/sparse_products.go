package ops

import (
	"fmt"
	"unsafe"

	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/ops/internal/kernel/move"
	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/ops/internal/kernel/sparse"
	"github.com/litewren/litewren/tensor"
)

// sparseForm is what is multiplied in place of sparse weights: one of these, or the weights as they are stored.
type sparseForm struct {
	words  *sparse.Words  // with rows of x turned into columns
	packed *sparse.Packed // with single rows of x
}

// sparseFormOf packs sparse weights in the way that is fastest for the rows of x of this node; nil where the dense product is
// faster.
func (fc *fullyConnectedNode) sparseFormOf(rows *sparseRows) (*sparseForm, error) {
	bytes := fc.weights.Type == tensor.Int8
	width := fc.weights.Type.Size()
	// No form takes more than the dense weights and, while it is made, all words with their places.
	words := int64(len(fc.weights.Bytes()) / width)
	if err := fc.Claim(words, 8); err != nil {
		return nil, err
	}
	dense := int64(fc.units) * int64(fc.depth) * int64(width)
	if err := fc.Claim(min(dense, 128*words), 1); err != nil {
		return nil, err
	}
	return PackOnce(fc.Node, 1, fmt.Sprintf("sparse product with %d rows", fc.batch), func() *sparseForm {
		return fc.bestSparseForm(rows, bytes, width)
	}), nil
}

func (fc *fullyConnectedNode) bestSparseForm(rows *sparseRows, bytes bool, width int) *sparseForm {
	stored, elements := len(fc.weights.Bytes())/width, float64(fc.units)*float64(fc.depth)
	least := sparse.DenseCost(bytes, fc.batch, fc.units, fc.depth)
	if least == 0 {
		if float64(stored) > sparse.StoredShare*elements {
			return nil
		}
		return &sparseForm{}
	}
	var best *sparseForm
	outputs := 0.0
	if fc.in.Type == tensor.Int8 { // dense products make stored values of sums at once
		outputs = sparse.OutputCost * float64(fc.batch) * float64(fc.units)
	}
	offer := func(form *sparseForm, cost float64) {
		if cost += outputs; cost < least {
			best, least = form, cost
		}
	}
	offer(&sparseForm{}, sparse.StoredCost(fc.batch, stored))
	if fc.depth*width%4 == 0 && fc.depth*width/4 <= sparse.MostWords {
		var w *sparse.Words
		if bytes {
			w = sparse.Bytes(tensor.Data[int8](fc.weights), rows.segments, rows.columns, rows.size, fc.depth)
		} else {
			w = sparse.Floats(tensor.Data[float32](fc.weights), rows.segments, rows.columns, rows.size, fc.depth)
		}
		if cost := w.Cost(fc.batch); fc.batch > 1 && cost > 0 {
			offer(&sparseForm{words: w}, cost)
		}
		if p := sparse.PackWords(w); p != nil {
			offer(&sparseForm{packed: p}, p.Cost(fc.batch))
		}
	}
	if rows.size*width == 16 {
		if p := sparse.PackBlocks(fc.weights.Bytes(), rows.segments, rows.columns, bytes, fc.depth); p != nil {
			offer(&sparseForm{packed: p}, p.Cost(fc.batch))
		}
	}
	return best
}

// storedFloats multiplies FLOAT32 weights as they are stored.
func (fc *fullyConnectedNode) storedFloats(rows *sparseRows) func(y, x []float32, count int) {
	kernel := f32.SparseProducts
	if rows.size == 4 {
		kernel = f32.SparseProducts1x4
	}
	w, depth := fc.weights, fc.depth
	return func(y, x []float32, count int) {
		kernel(y, x, tensor.Data[float32](w), rows.segments, rows.columns, count, depth)
	}
}

// prepareSparseFloat multiplies FLOAT32 weights whose zeros take no part: what they are packed into, and dense ones, would
// make a NaN of zero times infinity, so rows with infinities meet the weights as they are stored.
func (fc *fullyConnectedNode) prepareSparseFloat(rows *sparseRows) (Eval, error) {
	form, err := fc.sparseFormOf(rows)
	if err != nil {
		return nil, err
	}
	stored := fc.evalStored(fc.storedFloats(rows))
	switch {
	case form == nil:
		dense, err := fc.prepareDenseFloat()
		if err != nil {
			return nil, err
		}
		in := fc.in
		return func() error {
			if sparse.Finite(tensor.Data[float32](in)) {
				return dense()
			}
			return stored()
		}, nil
	case form.words != nil:
		return fc.evalTurned(form.words)
	case form.packed != nil:
		return fc.evalPacked(form.packed, stored), nil
	}
	return stored, nil
}

// evalStored multiplies some rows at a time.
func (fc *fullyConnectedNode) evalStored(multiply func(y, x []float32, count int)) Eval {
	in, bias, out, lo, hi := fc.in, fc.bias, fc.out, fc.activationLo, fc.activationHi
	batch, units, depth := fc.batch, fc.units, fc.depth
	chunk := interruptibleRows(units, depth)
	return func() error {
		y, x := tensor.Data[float32](out), tensor.Data[float32](in)
		for b := 0; b < batch; b += chunk {
			if err := fc.Host.Err(); err != nil {
				return err
			}
			rows := min(chunk, batch-b)
			multiply(y[b*units:(b+rows)*units], x[b*depth:(b+rows)*depth], rows)
		}
		f32.BiasClamp(y, optionalData[float32](bias), lo, hi)
		return nil
	}
}

// evalPacked multiplies finite rows one by one with some slices of the weights at a time.
func (fc *fullyConnectedNode) evalPacked(p *sparse.Packed, stored Eval) Eval {
	in, bias, out, lo, hi := fc.in, fc.bias, fc.out, fc.activationLo, fc.activationHi
	batch, units, depth, slices := fc.batch, fc.units, fc.depth, p.Slices()
	chunks := fc.Chunks(slices, int64(p.Cost(batch)))
	run := func(_, chunk int) {
		y, x := tensor.Data[float32](out), tensor.Data[float32](in)
		first, last := Span(slices, chunks, chunk)
		for b := range batch {
			if b > 0 && fc.Host.Err() != nil {
				return
			}
			p.Floats(y[b*units:(b+1)*units], x[b*depth:(b+1)*depth], first, last)
		}
	}
	return func() error {
		if !sparse.Finite(tensor.Data[float32](in)) {
			return stored()
		}
		fork(fc.Node, chunks, run)
		if err := fc.Host.Err(); err != nil {
			return err
		}
		f32.BiasClamp(tensor.Data[float32](out), optionalData[float32](bias), lo, hi)
		return nil
	}
}

// evalTurned multiplies with some rows of x at a time, turned into columns.
func (fc *fullyConnectedNode) evalTurned(w *sparse.Words) (Eval, error) {
	in, bias, out, lo, hi := fc.in, fc.bias, fc.out, fc.activationLo, fc.activationHi
	batch, units, depth, at := fc.batch, fc.units, fc.depth, sparse.TurnedRows(fc.depth, fc.batch)
	parts := (batch + at - 1) / at
	chunks := fc.Chunks(parts, int64(w.Cost(batch)))
	threads := 1
	if chunks > 1 {
		threads = fc.Host.Threads()
	}
	columns, err := fc.Scratch(tensor.Float32, threads, depth, at)
	if err != nil {
		return nil, err
	}
	sums, err := fc.Scratch(tensor.Float32, threads, units, at)
	if err != nil {
		return nil, err
	}
	var none []float32
	if bias == nil {
		if err := fc.Claim(int64(units), 4); err != nil {
			return nil, err
		}
		none = make([]float32, units)
	}
	run := func(thread, chunk int) {
		y, x, start := tensor.Data[float32](out), tensor.Data[float32](in), none
		if bias != nil {
			start = tensor.Data[float32](bias)
		}
		turned, acc := tensor.Data[float32](columns)[thread*depth*at:][:depth*at], tensor.Data[float32](sums)[thread*units*at:][:units*at]
		for part, last := Span(parts, chunks, chunk); part < last; part++ {
			if fc.Host.Err() != nil {
				return
			}
			b := part * at
			rows := min(at, batch-b)
			if rows < at {
				clear(turned)
			}
			move.TransposeRows(turned, at, x[b*depth:], depth, rows, depth)
			w.Floats(acc, turned, start, at, lo, hi)
			move.TransposeRows(y[b*units:], units, acc, at, units, rows)
		}
	}
	return func() error {
		fork(fc.Node, chunks, run)
		return fc.Host.Err()
	}, nil
}

// sparseProduct multiplies INT8 with sparse INT8 weights.
func sparseProduct(fc *fullyConnectedNode, rows *sparseRows, sums bool) (p integerProduct[int32, int8], err error) {
	form, err := fc.sparseFormOf(rows)
	if err != nil {
		return p, err
	}
	w, depth, units := fc.weights, fc.depth, fc.units
	p.wSums = func() []int32 { return nil }
	if sums {
		if err := fc.Claim(int64(units), 4); err != nil {
			return p, err
		}
		ready := PackOnce(fc.Node, 1, "sparse row sums", func() []int32 {
			dst := make([]int32, units)
			q.SparseSumRows(dst, tensor.Data[int8](w), rows.segments, rows.size)
			return dst
		})
		p.wSums = func() []int32 { return ready }
	}
	switch {
	case form == nil:
		const small = 1 << 15 // fused, as fewer rows of dense weights are
		packed, err := packedProduct(fc, small)
		if err != nil {
			return p, err
		}
		if packed.multiply != nil {
			packed.wSums = p.wSums
			return packed, nil
		}
		weights, err := int8Weights(fc.Node, 1)
		if err != nil {
			return p, err
		}
		p.started = func(offsets []int32) func(acc []int32, x []int8, count int) {
			return func(acc []int32, x []int8, count int) {
				q.Products(acc, x, depth, count, weights(), units, depth, offsets)
			}
		}
		p.multiply = p.started(make([]int32, units))
	case form.packed != nil:
		product := func(packed *sparse.Packed) func(acc []int32, x []int8, count int) {
			slices := packed.Slices()
			return func(acc []int32, x []int8, count int) {
				for i := range count {
					packed.Bytes8(acc[i*units:(i+1)*units], x[i*depth:(i+1)*depth], 0, slices)
				}
			}
		}
		p.multiply = product(form.packed)
		p.started = func(offsets []int32) func(acc []int32, x []int8, count int) {
			return product(form.packed.WithStart(offsets))
		}
	case form.words != nil:
		p.rows = sparse.TurnedRows(depth/4, fc.batch)
		product, err := fc.turnedProduct(p.rows)
		if err != nil {
			return p, err
		}
		p.multiply = product(form.words)
		p.started = func(offsets []int32) func(acc []int32, x []int8, count int) {
			return product(form.words.WithStart(offsets))
		}
	default:
		p.multiply = func(acc []int32, x []int8, count int) {
			q.SparseProducts(acc, x, tensor.Data[int8](w), rows.segments, rows.columns, rows.size, count, depth)
		}
	}
	return p, err
}

// turnedProduct multiplies with some rows of x at a time, turned into columns of words.
func (fc *fullyConnectedNode) turnedProduct(at int) (func(w *sparse.Words) func(acc []int32, x []int8, count int), error) {
	units, words := fc.units, fc.depth/4
	columns, err := fc.Scratch(tensor.Int32, words, at)
	if err != nil {
		return nil, err
	}
	turnedSums, err := fc.Scratch(tensor.Int32, units, at)
	return func(w *sparse.Words) func(acc []int32, x []int8, count int) {
		return func(acc []int32, x []int8, count int) {
			turned, sums := tensor.Data[int32](columns), tensor.Data[int32](turnedSums)
			bytes := unsafe.Slice((*int8)(unsafe.Pointer(unsafe.SliceData(turned))), 4*len(turned))
			for b := 0; b < count; b += at {
				n := min(at, count-b)
				from := unsafe.Slice((*int32)(unsafe.Pointer(&x[b*fc.depth])), n*words)
				move.TransposeRows(turned, at, from, words, n, words)
				w.Bytes8(sums, bytes, at)
				move.TransposeRows(acc[b*units:], units, sums, at, units, n)
			}
		}
	}, err
}
