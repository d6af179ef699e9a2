package ops

import (
	"fmt"
	"math"
	"slices"

	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/ops/internal/kernel/hybrid"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// prepareHybrid prepares float32 rows times integer weights with one scale, or one for each unit: each row is quantized, the
// product is an integer one, and its sums are scaled back and added to the bias.
func (fc *fullyConnectedNode) prepareHybrid() (Eval, error) {
	scales, err := fc.weightScales()
	if err != nil {
		return nil, err
	}
	// UINT8 weights are int8 in disguise: their zero point does not count.
	if z := fc.weights.Quant.ZeroPoint[0]; z != 0 && fc.weights.Type != tensor.Uint8 {
		return nil, invalidf("weights: zero point %d, want 0 for %s with FLOAT32 input", z, fc.weights.Type)
	}
	asymmetric := fc.opts.AsymmetricQuantizeInputs
	product, err := int8Product[int32, int8](fc, asymmetric)
	if err != nil {
		return nil, err
	}
	units, depth := fc.units, fc.depth
	chunk := product.chunk(rowsAtOnce(fc.batch, max(units, depth)), fc.batch)
	accs, err := fc.Scratch(tensor.Int32, chunk, units)
	if err != nil {
		return nil, err
	}
	rows, err := quantizedRowsOf(fc.Node, chunk, fc.depth)
	if err != nil {
		return nil, err
	}
	outputs := hybrid.Outputs{Scale: 1, Each: scales}
	if len(scales) == 1 {
		outputs.Scale, outputs.Each = scales[0], nil
	}
	in, bias, out := fc.in, fc.bias, fc.out
	batch := fc.batch
	outputs.Lo, outputs.Hi = fc.hybridRange()
	return func() error {
		x, y := tensor.Data[float32](in), tensor.Data[float32](out)
		if hybrid.AllZero(x) { // not multiplied at all
			fillRows(y, optionalData[float32](bias), units)
			f32.Clamp(y, y, outputs.Lo, outputs.Hi)
			return nil
		}
		acc := tensor.Data[int32](accs)
		outputs.Bias, outputs.Sums = optionalData[float32](bias), product.wSums()
		for b := 0; b < batch; b += chunk {
			if err := fc.Host.Err(); err != nil {
				return err
			}
			count := min(chunk, batch-b)
			product.multiply(acc, rows.quantize(x[b*depth:(b+count)*depth], asymmetric, count), count)
			outputs.Write(y[b*units:(b+count)*units], acc, count, units, tensor.Data[float32](rows.scales), tensor.Data[int32](rows.zeros))
		}
		return nil
	}, nil
}

// prepareBlockwise prepares float32 rows times integer weights with one scale for each run of weights along a row.
func (fc *fullyConnectedNode) prepareBlockwise() (Eval, error) {
	block := fc.weights.Quant.Block
	scales, err := blockScales(fc.Node, 1, fc.units, fc.depth)
	if err != nil {
		return nil, err
	}
	if fc.weights.Type == tensor.Uint8 {
		return nil, unsupportedTypes(fc.Node)
	}
	if fc.weights.Type == tensor.Int4 && fc.weights.Sparsity == nil && hybrid.NibbleBlocks(fc.depth, block.Size) {
		return fc.prepareNibbles(scales)
	}
	weights, err := int8Weights(fc.Node, 1)
	if err != nil {
		return nil, err
	}
	units, depth, size := fc.units, fc.depth, block.Size
	scaledSums, err := derived(fc.Node, 1, "blockwise row sums", tensor.Float32, units, func(dst []float32) {
		hybrid.BlockwiseRowSums(dst, weights(), depth, scales, size)
	})
	if err != nil {
		return nil, err
	}
	chunk := 1
	rows, err := quantizedRowsOf(fc.Node, chunk, fc.depth)
	if err != nil {
		return nil, err
	}
	return fc.hybridEval(chunk, func(x, y []float32, count int) {
		values := rows.quantize(x, true, count)
		scale, zero := rows.at(0)
		hybrid.BlockwiseMatVec(y, weights(), units, depth, scales, size, values, scale, zero, scaledSums())
	}), nil
}

// prepareNibbles is prepareBlockwise for INT4 weights as they are stored.
func (fc *fullyConnectedNode) prepareNibbles(scales []float32) (Eval, error) {
	units, depth, size, w := fc.units, fc.depth, fc.weights.Quant.Block.Size, fc.weights
	spread, err := fc.Scratch(tensor.Int8, hybrid.SpreadLen(depth))
	if err != nil {
		return nil, err
	}
	products, err := fc.Scratch(tensor.Float32, units)
	if err != nil {
		return nil, err
	}
	if err := fc.Claim(int64(hybrid.SpreadLen(depth)), 2); err != nil {
		return nil, err
	}
	scaledSums, err := derived(fc.Node, 1, "nibble row sums", tensor.Float32, units, func(dst []float32) {
		row := make([]int8, hybrid.SpreadLen(depth))
		hybrid.SpreadRow(row, slices.Repeat([]int8{1}, depth))
		hybrid.BlockNibbles(dst, tensor.Data[uint8](w), depth, scales, size, row)
	})
	if err != nil {
		return nil, err
	}
	rows, err := quantizedRowsOf(fc.Node, 1, depth)
	if err != nil {
		return nil, err
	}
	return fc.hybridEval(1, func(x, y []float32, count int) {
		row, sums := tensor.Data[int8](spread), tensor.Data[float32](products)
		hybrid.SpreadRow(row, rows.quantize(x, true, count))
		scale, zero := rows.at(0)
		hybrid.BlockNibbles(sums, tensor.Data[uint8](w), depth, scales, size, row)
		hybrid.AccumulateCentred(y, sums, scale, zero, scaledSums())
	}), nil
}

// blockScales returns the scales of blockwise input i, rows x cols, as float32.
func blockScales(n *Node, i, rows, cols int) ([]float32, error) {
	b := n.Input(i).Quant.Block
	if b.Size <= 0 || cols%b.Size != 0 {
		return nil, invalidf("input %d: blocks of %d do not divide rows of %d", i, b.Size, cols)
	}
	if b.ZeroPoints != nil {
		return nil, unsupportedf("input %d: blockwise zero points", i)
	}
	if b.Scales == nil || b.Scales.Elements() != rows*(cols/b.Size) {
		got := 0
		if b.Scales != nil {
			got = b.Scales.Elements()
		}
		return nil, invalidf("input %d: blockwise scales: got %d, want %d", i, got, rows*(cols/b.Size))
	}
	if b.Scales.Type != tensor.Float16 && b.Scales.Type != tensor.Float32 {
		return nil, unsupportedf("input %d: blockwise scales of type %s", i, b.Scales.Type)
	}
	size, err := b.Scales.ByteSize()
	if err != nil || int64(len(b.Scales.Bytes())) != size {
		return nil, invalidf("input %d: blockwise scales: got %d bytes, want %d", i, len(b.Scales.Bytes()), size)
	}
	type result struct {
		scales []float32
		err    error
	}
	r := PackOnce(n, i, "block scales", func() (r result) {
		plain := tensor.Tensor{Type: b.Scales.Type, Shape: b.Scales.Shape}
		plain.SetBytes(b.Scales.Bytes())
		r.scales, r.err = tensor.DequantizeFloat32(&plain, nil)
		return r
	})
	if r.err != nil {
		return nil, fmt.Errorf("input %d: blockwise scales: %w: %w", i, r.err, ErrInvalidModel)
	}
	return r.scales, nil
}

// hybridEval starts every output row as the bias, has accumulate add the products of count rows of input x to rows y, chunk
// rows at a time, and applies the activation. An input that is 0 throughout is not multiplied at all.
func (fc *fullyConnectedNode) hybridEval(chunk int, accumulate func(x, y []float32, count int)) Eval {
	in, bias, out := fc.in, fc.bias, fc.out
	batch, units, depth := fc.batch, fc.units, fc.depth
	lo, hi := fc.hybridRange()
	return func() error {
		x, y := tensor.Data[float32](in), tensor.Data[float32](out)
		fillRows(y, optionalData[float32](bias), units)
		if !hybrid.AllZero(x) {
			for b := 0; b < batch; b += chunk {
				if err := fc.Host.Err(); err != nil {
					return err
				}
				count := min(chunk, batch-b)
				accumulate(x[b*depth:(b+count)*depth], y[b*units:(b+count)*units], count)
			}
		}
		f32.Clamp(y, y, lo, hi)
		return nil
	}
}

// hybridRange is the range of the activation; without one the reference clamps nothing here.
func (fc *fullyConnectedNode) hybridRange() (lo, hi float32) {
	if fc.opts.FusedActivationFunction == tflite.ActivationFunctionTypeNONE {
		return float32(math.Inf(-1)), float32(math.Inf(1))
	}
	return fc.activationLo, fc.activationHi
}

// fillRows makes every row of y that row, zeros where it is nil.
func fillRows(y, row []float32, width int) {
	if row == nil {
		clear(y)
		return
	}
	for i := 0; i < len(y); i += width {
		copy(y[i:i+width], row)
	}
}
