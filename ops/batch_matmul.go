// BATCH_MATMUL: y[...,m,n] = sum over k of x[...,m,k]*w[...,k,n], where the leading dimensions broadcast and adj_x, adj_y say
// that the last two dimensions of x or w are stored the other way round.
//
//	x, w, y
//	FLOAT32, FLOAT32, FLOAT32
//	FLOAT32, INT8, FLOAT32    hybrid: rows of x are quantized; one scale or one for each n
//	INT8, INT8, INT8          zero_y + M*sum((x-zero_x)*(w-zero_w)), fixed point
//	INT8, INT8, INT32         the sums of stored values themselves
//	INT16, INT16|INT8, INT16  64-bit sums, fixed point with 15-bit multipliers
//
// Integer weights with one scale for each n are a trap of the reference: it reads the per-tensor scale, finds 0, and gives
// the output's zero point everywhere (recorded in litert_attn_a16w8). So do we; a converter should use FULLY_CONNECTED.

package ops

import (
	"fmt"
	"math"

	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/ops/internal/kernel/hybrid"
	"github.com/litewren/litewren/ops/internal/kernel/move"
	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var batchMatMul = Op{
	Code: tflite.BuiltinOperatorBATCH_MATMUL, Name: "BATCH_MATMUL", MaxVersion: 4,
	Inputs: Exactly(2), Outputs: Exactly(1),
	Types:   "FLOAT32; FLOAT32 x INT8; INT8 -> INT8, INT32; INT16; INT16 x INT8",
	Prepare: prepareBatchMatMul,
}

// batchDims is the number of leading dimensions; inputs have up to 5.
const batchDims = 3

// batchMatMulNode is a BATCH_MATMUL whose shapes agree: m x k times k x n, for every index of dims. The strides are in
// matrices and 0 along dimensions that broadcast.
type batchMatMulNode struct {
	*Node
	opts         *tflite.BatchMatMulOptionsT
	x, w, y      *tensor.Tensor
	m, n, k      int
	dims, xs, ws [batchDims]int
}

func prepareBatchMatMul(node *Node) (Eval, error) {
	opts, err := options[tflite.BatchMatMulOptionsT](node)
	if err != nil {
		return nil, err
	}
	b := &batchMatMulNode{Node: node, opts: opts, x: node.Input(0), w: node.Input(1), y: node.Output(0)}
	if err := b.shapes(); err != nil {
		return nil, err
	}
	x, w, y := b.x.Type, b.w.Type, b.y.Type
	switch {
	case x == tensor.Float32 && w == tensor.Float32 && y == tensor.Float32:
		return b.prepareFloat()
	case x == tensor.Float32 && w == tensor.Int8 && y == tensor.Float32:
		return b.prepareHybrid()
	case x == tensor.Int8 && w == tensor.Int8 && y == tensor.Int32:
		return b.prepareSums()
	case x == tensor.Int8 && w == tensor.Int8 && y == tensor.Int8:
		return prepareBatchMatMulOf[int32, int8, int8, int8](b, q.RoundFixed)
	case x == tensor.Int16 && w == tensor.Int16 && y == tensor.Int16:
		return prepareBatchMatMulOf[int64, int16, int16, int16](b, q.RoundFixed64)
	case x == tensor.Int16 && w == tensor.Int8 && y == tensor.Int16:
		return prepareBatchMatMulOf[int64, int16, int8, int16](b, q.RoundFixed64)
	}
	return nil, unsupportedTypes(node)
}

func (b *batchMatMulNode) shapes() error {
	for i, t := range b.Inputs {
		if r := len(t.Shape); r < 2 || r > 2+batchDims {
			return invalidf("input %d: rank %d, want 2 to %d", i, r, 2+batchDims)
		}
		if t.Sparsity != nil {
			return unsupportedf("input %d: sparse", i)
		}
	}
	split := func(s tensor.Shape, swap bool) (lead tensor.Shape, rows, cols int) {
		r := len(s)
		if swap {
			return s[:r-2], s[r-1], s[r-2]
		}
		return s[:r-2], s[r-2], s[r-1]
	}
	xLead, m, k := split(b.x.Shape, b.opts.AdjX)
	wLead, wk, n := split(b.w.Shape, b.opts.AdjY)
	if k != wk {
		return invalidf("shapes %v and %v (adj_x %v, adj_y %v): sums over %d and %d elements",
			b.x.Shape, b.w.Shape, b.opts.AdjX, b.opts.AdjY, k, wk)
	}
	lead, err := broadcastShape(xLead, wLead)
	if err != nil {
		return err
	}
	b.m, b.n, b.k = m, n, k
	if err := b.SetOutput(0, append(lead.Clone(), m, n)); err != nil {
		return err
	}
	if !b.opts.AdjX && wLead.Elements() == 1 && xLead.Elements() == lead.Elements() {
		// One w for all: the rows of all x are those of one matrix.
		b.m *= lead.Elements()
		b.dims = [batchDims]int{1, 1, 1}
		return nil
	}
	xStride, wStride := 1, 1
	for d := 1; d <= batchDims; d++ {
		at := func(s tensor.Shape) int {
			if d > len(s) {
				return 1
			}
			return s[len(s)-d]
		}
		i := batchDims - d
		b.dims[i] = at(lead)
		if at(xLead) != 1 {
			b.xs[i] = xStride
		}
		if at(wLead) != 1 {
			b.ws[i] = wStride
		}
		xStride *= at(xLead)
		wStride *= at(wLead)
	}
	return nil
}

// each calls f with the indices of the matrices of x, w and y that belong together.
func (b *batchMatMulNode) each(f func(x, w, y int)) error {
	y := 0
	for i := range b.dims[0] {
		for j := range b.dims[1] {
			for k := range b.dims[2] {
				if err := b.Host.Err(); err != nil {
					return err
				}
				f(i*b.xs[0]+j*b.xs[1]+k*b.xs[2], i*b.ws[0]+j*b.ws[1]+k*b.ws[2], y)
				y++
			}
		}
	}
	return nil
}

// rowsOf reads input i as matrices whose rows are what the sums run over: as it is, or transposed.
func rowsOf[T tensor.Element](b *batchMatMulNode, i int, transpose bool) (func() []T, error) {
	t := b.Input(i)
	if !transpose {
		return func() []T { return tensor.Data[T](t) }, nil
	}
	r := len(t.Shape)
	rows, cols, count := t.Shape[r-2], t.Shape[r-1], t.Shape[:r-2].Elements()
	return derived(b.Node, i, fmt.Sprintf("transposed %dx%dx%d", count, rows, cols), t.Type, t.Elements(), func(dst []T) {
		move.TransposeMatrices(dst, tensor.Data[T](t), count, rows, cols)
	})
}

func (b *batchMatMulNode) prepareFloat() (Eval, error) {
	xRows, err := rowsOf[float32](b, 0, b.opts.AdjX)
	if err != nil {
		return nil, err
	}
	m, n, k := b.m, b.n, b.k
	size := f32.PanelElements(n, k)
	const packedRows = 8 // from which on it pays to pack the rows of w
	packed := b.opts.AdjY && m >= packedRows && k > 0 && size > 0
	var scratch *tensor.Tensor
	var ready []float32
	threads := b.Host.Threads()
	switch {
	case packed && b.IsConst(1):
		count := b.w.Elements() / max(1, n*k)
		if err := b.Claim(int64(count)*int64(size), 4); err != nil {
			return nil, err
		}
		ready = PackOnce(b.Node, 1, "panels of matrices", func() []float32 {
			dst, w := make([]float32, count*size), tensor.Data[float32](b.w)
			for i := range count {
				f32.Pack(dst[i*size:(i+1)*size], w[i*n*k:(i+1)*n*k], n, k)
			}
			return dst
		})
	case packed:
		if scratch, err = b.Scratch(tensor.Float32, threads, size); err != nil {
			return nil, err
		}
	}
	gemms := make([]f32.Gemm, threads)
	for i := range gemms {
		gemms[i] = f32.Gemm{Ldd: n, Ldx: k, Runs: f32.OneRun, Run: k, N: n, Lo: float32(math.Inf(-1)), Hi: float32(math.Inf(1))}
	}
	// A part of the work is some rows of the only product, or one of several products.
	matrices := b.dims[0] * b.dims[1] * b.dims[2]
	parts, rows := matrices, m
	if unit, columns := f32.GemmUnit(k); matrices == 1 && columns > 0 && m > unit && (scratch == nil || threads == 1) {
		rows = unit
		parts = (m + unit - 1) / unit
	}
	chunks := b.Chunks(parts, floatWork(matrices*m, n, k))
	var x []float32
	run := func(thread, chunk int) {
		w, y, g := tensor.Data[float32](b.w), tensor.Data[float32](b.y), &gemms[thread]
		for part, last := Span(parts, chunks, chunk); part < last; part++ {
			if b.Host.Err() != nil {
				return
			}
			o, first := part, 0
			if matrices == 1 {
				o, first = 0, part*rows
			}
			i, j := b.at(o)
			count := min(rows, m-first)
			x, w, y := x[(i*m+first)*k:(i*m+first+count)*k], w[j*n*k:(j+1)*n*k], y[(o*m+first)*n:(o*m+first+count)*n]
			switch {
			case ready != nil:
				g.Panels = ready[j*size : (j+1)*size]
			case scratch != nil:
				g.Panels = tensor.Data[float32](scratch)[thread*size : (thread+1)*size]
				if first == 0 {
					f32.Pack(g.Panels, w, n, k)
				}
			case b.opts.AdjY:
				f32.MatMulTransposed(y, x, w, count, n, k)
				continue
			default:
				f32.MatMul(y, x, w, count, n, k)
				continue
			}
			g.X, g.Dst = x, y
			g.Do(0, count, 0, n)
		}
	}
	return func() error {
		x = xRows()
		fork(b.Node, chunks, run)
		return b.Host.Err()
	}, nil
}

// at returns the indices of the matrices of x and w whose product is matrix y of the output.
func (b *batchMatMulNode) at(y int) (x, w int) {
	i, j, k := y/(b.dims[1]*b.dims[2]), y/b.dims[2]%b.dims[1], y%b.dims[2]
	return i*b.xs[0] + j*b.xs[1] + k*b.xs[2], i*b.ws[0] + j*b.ws[1] + k*b.ws[2]
}

// prepareSums prepares INT8 to INT32, the plain products.
func (b *batchMatMulNode) prepareSums() (Eval, error) {
	xRows, err := rowsOf[int8](b, 0, b.opts.AdjX)
	if err != nil {
		return nil, err
	}
	wRows, err := rowsOf[int8](b, 1, !b.opts.AdjY)
	if err != nil {
		return nil, err
	}
	m, n, k := b.m, b.n, b.k
	return func() error {
		x, w, y := xRows(), wRows(), tensor.Data[int32](b.y)
		return b.each(func(i, j, o int) {
			q.MatMulTransposed(y[o*m*n:(o+1)*m*n], x[i*m*k:(i+1)*m*k], w[j*n*k:(j+1)*n*k], m, n, k)
		})
	}, nil
}

func prepareBatchMatMulOf[A int32 | int64, X, W, Y int8 | int16](b *batchMatMulNode, rounding q.Rounding) (Eval, error) {
	scaleX, zeroX, err := perTensor(b.x, "input 0")
	if err != nil {
		return nil, err
	}
	var scaleW float32
	var zeroW int32
	if !b.w.Quant.PerAxis() {
		if scaleW, zeroW, err = perTensor(b.w, "input 1"); err != nil {
			return nil, err
		}
	}
	scaleY, zeroY, err := perTensor(b.y, "output")
	if err != nil {
		return nil, err
	}
	if b.x.Type == tensor.Int16 && (zeroX != 0 || zeroW != 0 || zeroY != 0) {
		return nil, invalidf("zero points %d, %d and %d, want 0 for INT16", zeroX, zeroW, zeroY)
	}
	p := q.OutputParams{Rounding: rounding, Zero: zeroY}
	lo, hi, _ := b.y.Type.Range()
	p.Min, p.Max = int32(lo), int32(hi)
	factor := float64(scaleX*scaleW) / float64(scaleY)
	if !(factor < 1<<31) {
		return nil, invalidf("scales: inputs %v and %v over output %v are too large", scaleX, scaleW, scaleY)
	}
	p.SetScales([]float64{factor})
	if p.Multipliers[0] == 0 {
		// Every product is 0, whatever the sums are.
		y, zero := b.y, Y(min(max(p.Zero, p.Min), p.Max))
		return func() error {
			dst := tensor.Data[Y](y)
			for i := range dst {
				dst[i] = zero
			}
			return nil
		}, nil
	}

	if rounding == q.RoundFixed {
		p.SetColumns(b.n)
	}

	xRows, err := rowsOf[X](b, 0, b.opts.AdjX)
	if err != nil {
		return nil, err
	}
	wRows, err := rowsOf[W](b, 1, !b.opts.AdjY)
	if err != nil {
		return nil, err
	}
	if rounding == q.RoundFixed && b.m >= packedRows {
		x, okX := any(xRows).(func() []int8)
		w, okW := any(wRows).(func() []int8)
		if size := q.ChangingBytes(b.m, b.n, b.k); size > 0 && okX && okW {
			if err := b.Claim(1, size); err != nil {
				return nil, err
			}
			if product := q.NewChanging(b.m, b.n, b.k, zeroX, zeroW, &p); product != nil {
				return b.evalChanging(x, w, product), nil
			}
		}
	}
	chunk := rowsAtOnce(b.m, b.n)
	accs, err := b.Scratch(sumType[A](), chunk, b.n)
	if err != nil {
		return nil, err
	}
	columns, err := b.Scratch(sumType[A](), b.n)
	if err != nil {
		return nil, err
	}
	sums, err := b.Scratch(tensor.Int32, b.n)
	if err != nil {
		return nil, err
	}
	m, n, k := b.m, b.n, b.k
	return func() error {
		x, w, y := xRows(), wRows(), tensor.Data[Y](b.y)
		acc, offsets, wSums := tensor.Data[A](accs), tensor.Data[A](columns), tensor.Data[int32](sums)
		return b.each(func(i, j, o int) {
			w := w[j*n*k : (j+1)*n*k]
			if zeroX != 0 {
				q.SumRows(wSums, w, k)
			}
			q.Offsets(offsets, nil, wSums, zeroX, zeroW, k)
			for r := 0; r < m; r += chunk {
				rows := min(chunk, m-r)
				x := x[(i*m+r)*k : (i*m+r+rows)*k]
				q.MatMulTransposed(acc, x, w, rows, n, k)
				q.OutputRows(y[(o*m+r)*n:(o*m+r+rows)*n], acc[:rows*n], offsets, x, k, zeroW, &p)
			}
		})
	}, nil
}

func (b *batchMatMulNode) prepareHybrid() (Eval, error) {
	scale, perColumn, err := b.columnScales()
	if err != nil {
		return nil, err
	}
	xRows, err := rowsOf[float32](b, 0, b.opts.AdjX)
	if err != nil {
		return nil, err
	}
	wRows, err := rowsOf[int8](b, 1, !b.opts.AdjY)
	if err != nil {
		return nil, err
	}
	chunk := rowsAtOnce(b.m, max(b.n, b.k))
	accs, err := b.Scratch(tensor.Int32, chunk, b.n)
	if err != nil {
		return nil, err
	}
	sums, err := b.Scratch(tensor.Int32, b.n)
	if err != nil {
		return nil, err
	}
	quantizer, err := quantizedRowsOf(b.Node, chunk, b.k)
	if err != nil {
		return nil, err
	}
	m, n, k, asymmetric := b.m, b.n, b.k, b.opts.AsymmetricQuantizeInputs
	return func() error {
		x, w, y := xRows(), wRows(), tensor.Data[float32](b.y)
		acc, wSums := tensor.Data[int32](accs), tensor.Data[int32](sums)
		clear(y)
		return b.each(func(i, j, o int) {
			w := w[j*n*k : (j+1)*n*k]
			if asymmetric {
				q.SumRows(wSums, w, k)
			}
			for r := 0; r < m; r += chunk {
				rows := min(chunk, m-r)
				values := quantizer.quantize(x[(i*m+r)*k:(i*m+r+rows)*k], asymmetric, rows)
				q.MatMulTransposed(acc, values, w, rows, n, k)
				for c := range rows {
					xScale, zero := quantizer.at(c)
					at := (o*m + r + c) * n
					hybrid.AccumulateScaled(y[at:at+n], acc[c*n:(c+1)*n], float32(xScale*scale), perColumn, zero, wSums)
				}
			}
		})
	}, nil
}

// columnScales returns the scale of INT8 w as a factor for all columns of the product, or one for each.
func (b *batchMatMulNode) columnScales() (all float32, each []float32, err error) {
	if !quantized(b.w) || len(b.w.Quant.Scale) != len(b.w.Quant.ZeroPoint) {
		return 0, nil, invalidf("input 1: %s without scales", b.w.Type)
	}
	axis := len(b.w.Shape) - 1
	if b.opts.AdjY {
		axis--
	}
	quant := b.w.Quant
	if quant.PerAxis() && (quant.Axis != axis || len(quant.Scale) != b.n) {
		return 0, nil, invalidf("input 1: per-axis scales: got %d along dimension %d, want %d along dimension %d",
			len(quant.Scale), quant.Axis, b.n, axis)
	}
	for i, z := range quant.ZeroPoint {
		if z != 0 {
			return 0, nil, unsupportedf("input 1: zero point %d is %d, want 0 with FLOAT32", i, z)
		}
	}
	if quant.PerAxis() {
		for i, s := range quant.Scale {
			if err := checkScale(s, fmt.Sprintf("input 1: channel %d", i)); err != nil {
				return 0, nil, err
			}
		}
		return 1, quant.Scale, nil
	}
	return quant.Scale[0], nil, checkScale(quant.Scale[0], "input 1")
}

// evalChanging packs every matrix of weights before it is multiplied with.
func (b *batchMatMulNode) evalChanging(xRows, wRows func() []int8, product *q.Changing) Eval {
	m, n, k := b.m, b.n, b.k
	return func() error {
		x, w, y := xRows(), wRows(), tensor.Data[int8](b.y)
		loaded := -1
		return b.each(func(i, j, o int) {
			if j != loaded {
				product.Load(w[j*n*k : (j+1)*n*k])
				loaded = j
			}
			product.Multiply(y[o*m*n:(o+1)*m*n], x[i*m*k:(i+1)*m*k], m)
		})
	}
}
