// FULLY_CONNECTED: y[b,u] = activation(sum over d of x[b,d]*w[u,d] + bias[u]).
//
//	input, weights, bias, output
//	FLOAT32, FLOAT32|FLOAT16, FLOAT32, FLOAT32          weights may be sparse
//	FLOAT32, INT8|UINT8|INT4|INT2, FLOAT32, FLOAT32     hybrid: rows of the input are quantized; INT8 weights may be sparse;
//	                                                    one scale, one for each unit, or (not UINT8) one for each block
//	UINT8, UINT8, INT32, UINT8|INT16                    INT16 also with weights shuffled in blocks of 4x16
//	INT8, INT8|INT4|INT2, INT32, INT8                   one scale or one for each unit; INT8 weights may be sparse
//	INT16, INT8|INT4|INT2, INT32|INT64, INT16           the sums are as wide as the bias
//	INT16, INT16, INT32|INT64, INT16
//
// Sparse weights whose rows are dense and whose columns are compressed, FLOAT32 element by element or in blocks of 1x4, INT8
// element by element or in blocks of 1x4 or 1x16, are packed once for each model for the kernels of package sparse, or expanded
// where these would be slower. Those stored in another way (columns before rows, blocks of other sizes, every level dense) are
// expanded.
//
// Integers: stored = zero_out + round(double(sum)*(scale_in*scale_w/scale_out)), as TFLite's reference kernel; fixed point
// where that one uses it: INT16 weights, sparse weights, shuffled weights.

package ops

import (
	"github.com/litewren/litewren/ops/internal/kernel/convert"
	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

var fullyConnected = Op{
	Code: tflite.BuiltinOperatorFULLY_CONNECTED, Name: "FULLY_CONNECTED", MaxVersion: 14,
	Inputs: Between(2, 3), Outputs: Between(1, 2), Sparse: []int{1},
	Types: "FLOAT32; FLOAT32 x INT8, UINT8, INT4, INT2; UINT8 -> UINT8, INT16; INT8 x INT8, INT4, INT2; " +
		"INT16 x INT8, INT4, INT2, INT16",
	Prepare: prepareFullyConnected,
}

// fullyConnectedNode is a FULLY_CONNECTED whose shapes agree.
type fullyConnectedNode struct {
	*Node
	opts                       *tflite.FullyConnectedOptionsT
	in, weights, bias, out     *tensor.Tensor // bias may be nil
	batch, units, depth        int
	activationLo, activationHi float32
}

func prepareFullyConnected(n *Node) (Eval, error) {
	opts, err := options[tflite.FullyConnectedOptionsT](n)
	if err != nil {
		return nil, err
	}
	fc := &fullyConnectedNode{Node: n, opts: opts, in: n.Input(0), weights: n.Input(1), bias: n.Input(2), out: n.Output(0)}
	if err := fc.shapes(); err != nil {
		return nil, err
	}
	if fc.activationLo, fc.activationHi, err = activationRange(opts.FusedActivationFunction); err != nil {
		return nil, err
	}
	switch opts.WeightsFormat {
	case tflite.FullyConnectedOptionsWeightsFormatDEFAULT:
	case tflite.FullyConnectedOptionsWeightsFormatSHUFFLED4x16INT8:
		return fc.prepareShuffled()
	default:
		return nil, invalidf("weights format %d", opts.WeightsFormat)
	}
	if len(n.Outputs) != 1 {
		return nil, invalidf("got %d outputs, want 1", len(n.Outputs))
	}
	if fc.depth == 0 {
		// The reference leaves such an output alone, bias included.
		out := fc.out
		return func() error { clear(out.Bytes()); return nil }, nil
	}
	switch {
	case fc.in.Type == tensor.Float32 && fc.out.Type == tensor.Float32:
		if fc.bias != nil && fc.bias.Type != tensor.Float32 {
			return nil, unsupportedTypes(n)
		}
		if fc.weights.Type.Float() {
			return fc.prepareFloat()
		}
		if fc.weights.Quant != nil && fc.weights.Quant.Block != nil {
			return fc.prepareBlockwise()
		}
		return fc.prepareHybrid()
	case fc.in.Type.Integer():
		return fc.prepareQuantized()
	}
	return nil, unsupportedTypes(n)
}

func (fc *fullyConnectedNode) shapes() error {
	if len(fc.weights.Shape) != 2 {
		return invalidf("weights: got shape %v, want [units,depth]", fc.weights.Shape)
	}
	fc.units, fc.depth = fc.weights.Shape[0], fc.weights.Shape[1]
	if fc.bias != nil && fc.bias.Elements() != fc.units {
		return invalidf("bias: got %d elements, want %d", fc.bias.Elements(), fc.units)
	}
	in := fc.in.Shape
	last := 1
	if len(in) > 0 {
		last = in[len(in)-1]
	}
	switch {
	case (fc.opts.KeepNumDims || fc.depth == 0) && last != fc.depth:
		return invalidf("input: last dimension of %v is %d, want %d as in weights %v", in, last, fc.depth, fc.weights.Shape)
	case fc.depth == 0:
		fc.batch = in[:len(in)-1].Elements()
	case in.Elements()%fc.depth != 0:
		return invalidf("input: %d elements are no whole number of rows of %d", in.Elements(), fc.depth)
	default:
		fc.batch = in.Elements() / fc.depth
	}
	shape := tensor.Shape{fc.batch, fc.units}
	if fc.opts.KeepNumDims && len(in) > 0 {
		shape = in.Clone()
		shape[len(shape)-1] = fc.units
	}
	return fc.SetOutput(0, shape)
}

// interruptibleRows is how many rows are multiplied before looking whether to stop: the work of a fraction of a second, but
// enough rows for a kernel to use what it reads of the weights more than once. The results do not depend on it.
func interruptibleRows(units, depth int) int {
	const work = 1 << 28 // products
	return int(min(max(work/max(int64(units)*int64(depth), 1), 16), 64)) &^ 1
}

// rowsAtOnce is how many rows of sums are kept between the product of matrices and what is done with its result: enough to
// use the rows of w more than once, few enough to stay in the cache.
func rowsAtOnce(rows, cols int) int {
	return min(rows, max(2, 1<<14/max(cols, 1)&^1))
}

func (fc *fullyConnectedNode) prepareFloat() (Eval, error) {
	if fc.weights.Type == tensor.Float32 {
		sparse, err := sparseRowsOf(fc.Node, 1, 1, 4)
		if err != nil {
			return nil, err
		}
		if sparse != nil {
			return fc.prepareSparseFloat(sparse)
		}
	}
	return fc.prepareDenseFloat()
}

// prepareDenseFloat multiplies constant weights packed, where that pays, or as they are.
func (fc *fullyConnectedNode) prepareDenseFloat() (Eval, error) {
	if fc.batch >= packedRows && fc.IsConst(1) && f32.PanelElements(fc.units, fc.depth) > 0 {
		return fc.preparePanels()
	}
	if size := f32.PanelElements(fc.units, fc.depth); fc.batch >= changingRows && !fc.IsConst(1) && fc.weights.Type == tensor.Float32 && size > 0 {
		panels, err := fc.Scratch(tensor.Float32, size)
		if err != nil {
			return nil, err
		}
		multiply := fc.evalPanels()
		return func() error {
			p := tensor.Data[float32](panels)
			f32.Pack(p, tensor.Data[float32](fc.weights), fc.units, fc.depth)
			return multiply(p)
		}, nil
	}
	if fc.weights.Type == tensor.Float16 && fc.weights.Sparsity == nil && fc.batch < packedRows {
		w := fc.weights
		return fc.evalProducts(func(y, x, bias []float32, first, last int) {
			f32.ProductsHalf(y[first:], fc.units, x, fc.depth, fc.batch, tensor.Data[uint16](w)[first*fc.depth:], last-first, fc.depth, bias,
				fc.activationLo, fc.activationHi)
		}, func() {}), nil
	}
	if fc.batch == 1 && fc.weights.Type == tensor.Float32 && fc.weights.Sparsity == nil && fc.IsConst(1) && (fc.bias == nil || fc.IsConst(2)) {
		if size := f32.RowElements(fc.units, fc.depth); size > 0 {
			return fc.prepareRow(size)
		}
	}
	weights, err := floatWeights(fc.Node, 1)
	if err != nil {
		return nil, err
	}
	if fc.IsConst(1) && (fc.bias == nil || fc.IsConst(2)) && int64(fc.batch)*int64(fc.units)*int64(fc.depth) <= fewProducts {
		return fc.evalFew(weights()), nil
	}
	var w []float32
	return fc.evalProducts(func(y, x, bias []float32, first, last int) {
		f32.Products(y[first:], fc.units, x, fc.depth, fc.batch, w[first*fc.depth:], last-first, fc.depth, bias, fc.activationLo, fc.activationHi)
	}, func() { w = weights() }), nil
}

// packedRows is the number of rows from which on it pays to pack constant weights, changingRows other ones.
const (
	packedRows   = 4
	changingRows = 8
)

// fewProducts are computed in less time than it takes to see whether work can be divided.
const fewProducts = 1 << 14

// prepareRow multiplies one row with few constant weights, packed in panels of that size.
func (fc *fullyConnectedNode) prepareRow(size int) (Eval, error) {
	if err := fc.Claim(int64(size), 4); err != nil {
		return nil, err
	}
	panels, err := packDense(fc.Node, 1, "panels", func(w []float32) []float32 {
		dst := tensor.Zeros[float32](size)
		f32.Pack(dst, w, fc.units, fc.depth)
		return dst
	})
	if err != nil {
		return nil, err
	}
	fc.Spare(1)
	var bias []float32
	if fc.bias != nil {
		bias = tensor.Data[float32](fc.bias)
	}
	row := f32.NewRow(panels, bias, fc.units, fc.depth, fc.activationLo, fc.activationHi)
	in, out := fc.in, fc.out
	return func() error {
		row.Do(tensor.Data[float32](out), tensor.Data[float32](in))
		return nil
	}, nil
}

// evalFew multiplies all rows with all units of constant weights.
func (fc *fullyConnectedNode) evalFew(w []float32) Eval {
	in, out, batch, units, depth, lo, hi := fc.in, fc.out, fc.batch, fc.units, fc.depth, fc.activationLo, fc.activationHi
	var bias []float32
	if fc.bias != nil {
		bias = tensor.Data[float32](fc.bias)
	}
	return func() error {
		f32.Products(tensor.Data[float32](out), units, tensor.Data[float32](in), depth, batch, w, units, depth, bias, lo, hi)
		return nil
	}
}

// evalProducts multiplies all rows with some units at a time; begin is called before.
func (fc *fullyConnectedNode) evalProducts(products func(y, x, bias []float32, first, last int), begin func()) Eval {
	in, bias, out := fc.in, fc.bias, fc.out
	work := int64(fc.batch) * int64(fc.depth) * int64(fc.units)
	step := max(8, min(fc.units, 1<<24/max(1, fc.batch*fc.depth))&^7) // units whose work takes a millisecond at most
	if work < 1<<24 && fc.Host.Threads() > 1 {
		step = max(8, fc.units/16&^7)
	}
	parts := (fc.units + step - 1) / step
	chunks := fc.Chunks(parts, work/16)
	run := func(_, chunk int) {
		y, x, b := tensor.Data[float32](out), tensor.Data[float32](in), []float32(nil)
		if bias != nil {
			b = tensor.Data[float32](bias)
		}
		for part, last := Span(parts, chunks, chunk); part < last; part++ {
			if fc.Host.Err() != nil {
				return
			}
			first, last := part*step, min((part+1)*step, fc.units)
			if b == nil {
				products(y, x, nil, first, last)
			} else {
				products(y, x, b[first:], first, last)
			}
		}
	}
	return func() error {
		if fc.batch == 0 {
			return nil
		}
		begin()
		fork(fc.Node, chunks, run)
		return fc.Host.Err()
	}
}

// fewTiles of rows are divided by columns.
const fewTiles = 4

// preparePanels multiplies with weights that are packed once for each model.
func (fc *fullyConnectedNode) preparePanels() (Eval, error) {
	units, depth := fc.units, fc.depth
	size := f32.PanelElements(units, depth)
	if err := fc.Claim(int64(size), 4); err != nil {
		return nil, err
	}
	pack := func(w []float32) []float32 {
		dst := tensor.Zeros[float32](size)
		f32.Pack(dst, w, units, depth)
		return dst
	}
	var panels []float32
	switch {
	case fc.weights.Type == tensor.Float32:
		if fc.weights.Sparsity != nil {
			if err := fc.Claim(int64(units)*int64(depth), 4); err != nil {
				return nil, err
			}
		}
		var err error
		if panels, err = packDense(fc.Node, 1, "panels", pack); err != nil {
			return nil, err
		}
	case fc.weights.Type != tensor.Float16 || fc.weights.Sparsity != nil:
		return nil, unsupportedTypes(fc.Node)
	default: // widened, but not kept beside the panels
		panels = PackOnce(fc.Node, 1, "panels", func() []float32 {
			w := tensor.Zeros[float32](units * depth)
			convert.FromFloat16(w, tensor.Data[uint16](fc.weights))
			return pack(w)
		})
	}
	fc.Spare(1)
	multiply := fc.evalPanels()
	return func() error { return multiply(panels) }, nil
}

// evalPanels multiplies with packed weights.
func (fc *fullyConnectedNode) evalPanels() func(panels []float32) error {
	units, depth := fc.units, fc.depth
	// A part is a tile or, where there are few of them, a tile and a panel or two.
	tiles := f32.GemmTiles(fc.batch, depth)
	unit, _ := f32.GemmUnit(depth)
	block := f32.GemmTiles(unit, depth)
	columns := 256 // any multiple of a panel
	if tiles < fewTiles {
		columns = 64
	}
	across := (units + columns - 1) / columns
	parts := tiles
	if tiles < fewTiles {
		parts *= across
	}
	chunks := fc.Chunks(parts, floatWork(fc.batch, units, depth))
	g := &f32.Gemm{Ldd: units, Ldx: depth, Runs: f32.OneRun, Run: depth, N: units, Lo: fc.activationLo, Hi: fc.activationHi}
	run := func(_, chunk int) {
		for part, last := Span(parts, chunks, chunk); part < last && fc.Host.Err() == nil; {
			tile, from, to := part%tiles, part/tiles, part/tiles+1
			until := min(tile+last-part, (tile/block+1)*block, tiles)
			if tiles >= fewTiles {
				from, to = 0, across
			}
			for ; from < to && fc.Host.Err() == nil; from++ {
				g.DoTiles(fc.batch, tile, until, from*columns, min(columns, units-from*columns))
			}
			part += until - tile
		}
	}
	return func(panels []float32) error {
		g.Dst, g.X, g.Panels = tensor.Data[float32](fc.out), tensor.Data[float32](fc.in), panels
		if fc.bias != nil {
			g.Bias = tensor.Data[float32](fc.bias)
		}
		fork(fc.Node, chunks, run)
		return fc.Host.Err()
	}
}
