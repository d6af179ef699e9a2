package ops

import (
	"math"
	"slices"

	"github.com/litewren/litewren/ops/internal/kernel/q"
	"github.com/litewren/litewren/tensor"
)

func (fc *fullyConnectedNode) prepareQuantized() (Eval, error) {
	in, w, out := fc.in.Type, fc.weights.Type, fc.out.Type
	bias64 := fc.bias != nil && fc.bias.Type == tensor.Int64
	if fc.bias != nil && fc.bias.Type != tensor.Int32 && (!bias64 || in != tensor.Int16) {
		return nil, unsupportedTypes(fc.Node)
	}
	if fc.weights.Sparsity != nil && (in != tensor.Int8 || w != tensor.Int8) {
		return nil, unsupportedf("sparse weights %s with %s", w, in)
	}
	narrow := w == tensor.Int8 || w == tensor.Int4 || w == tensor.Int2
	switch {
	case in == tensor.Uint8 && w == tensor.Uint8 && out == tensor.Uint8:
		return prepareFullyConnectedOf[int32, uint8, uint8](fc, denseProduct[int32, uint8](denseWeights[uint8]))
	case in == tensor.Uint8 && w == tensor.Uint8 && out == tensor.Int16:
		return prepareFullyConnectedOf[int32, uint8, int16](fc, denseProduct[int32, uint8](denseWeights[uint8]))
	case in == tensor.Int8 && narrow && out == tensor.Int8:
		if eval, err := fc.prepareDense(); eval != nil || err != nil {
			return eval, err
		}
		if eval, err := fc.prepareTiles(); eval != nil || err != nil {
			return eval, err
		}
		return prepareFullyConnectedOf[int32, int8, int8](fc, int8Product)
	case in == tensor.Int16 && narrow && out == tensor.Int16:
		if bias64 || fc.bias == nil && tensor.Type(fc.opts.QuantizedBiasType) != tensor.Int32 {
			return prepareFullyConnectedOf[int64, int16, int16](fc, int8Product)
		}
		return prepareFullyConnectedOf[int32, int16, int16](fc, int8Product)
	case in == tensor.Int16 && w == tensor.Int16 && out == tensor.Int16:
		return prepareFullyConnectedOf[int64, int16, int16](fc, denseProduct[int64, int16](denseWeights[int16]))
	}
	return nil, unsupportedTypes(fc.Node)
}

// prepareFullyConnectedOf is the integer product with sums of type A. Zero points are taken out of the sums of stored values
// afterwards, which gives the same integers: (x-zx)*(w-zw) = x*w - zx*w - zw*x + zx*zw.
func prepareFullyConnectedOf[A int32 | int64, X, Out int8 | uint8 | int16](
	fc *fullyConnectedNode, productOf func(fc *fullyConnectedNode, sums bool) (integerProduct[A, X], error),
) (Eval, error) {
	var params q.OutputParams
	zeroX, zeroW, err := fc.quantization(&params)
	if err != nil {
		return nil, err
	}
	if params.Rounding == q.RoundFixed {
		const column = 4 + 1 // bytes: multiplier, shift
		if err := fc.Claim(int64(fc.units), column); err != nil {
			return nil, err
		}
		params.SetColumns(fc.units)
	}
	product, err := productOf(fc, zeroX != 0)
	if err != nil {
		return nil, err
	}
	bias, err := sumBias[A](fc)
	if err != nil {
		return nil, err
	}
	in, out, batch, units, depth := fc.in, fc.out, fc.batch, fc.units, fc.depth
	chunk := product.chunk(rowsAtOnce(batch, units), batch)
	accs, err := fc.Scratch(sumType[A](), chunk, units)
	if err != nil {
		return nil, err
	}
	offsetsOf, err := fullyConnectedOffsets(fc, func(dst []A) { q.Offsets(dst, bias(), product.wSums(), zeroX, zeroW, depth) })
	if err != nil {
		return nil, err
	}
	if product.started != nil && zeroW == 0 && params.Rounding == q.RoundFixed && fc.IsConst(1) && (fc.bias == nil || fc.IsConst(2)) {
		if err := fc.Claim(int64(units), 2*4); err != nil {
			return nil, err
		}
		if product.fused != nil {
			if fused, ok := any(product.fused(any(offsetsOf()).([]int32), params.Channels())).(func([]Out, []X, int)); ok && fused != nil {
				return fc.evalFused(chunk, func(first, rows int) {
					fused(tensor.Data[Out](out)[first*units:], tensor.Data[X](in)[first*depth:], rows)
				}), nil
			}
		}
		multiply := product.started(offsetsOf())
		return func() error {
			x, y, acc := tensor.Data[X](in), tensor.Data[Out](out), tensor.Data[A](accs)
			for b := 0; b < batch; b += chunk {
				if b > 0 {
					if err := fc.Host.Err(); err != nil {
						return err
					}
				}
				rows := min(chunk, batch-b)
				multiply(acc, x[b*depth:(b+rows)*depth], rows)
				q.OutputSums(y[b*units:(b+rows)*units], acc[:rows*units], &params)
			}
			return nil
		}, nil
	}
	return func() error {
		x, y := tensor.Data[X](in), tensor.Data[Out](out)
		acc, offsets := tensor.Data[A](accs), offsetsOf()
		for b := 0; b < batch; b += chunk {
			if b > 0 { // the interpreter has just looked
				if err := fc.Host.Err(); err != nil {
					return err
				}
			}
			rows := min(chunk, batch-b)
			x := x[b*depth : (b+rows)*depth]
			product.multiply(acc, x, rows)
			q.OutputRows(y[b*units:(b+rows)*units], acc[:rows*units], offsets, x, depth, zeroW, &params)
		}
		return nil
	}, nil
}

// evalFused multiplies some rows at a time.
func (fc *fullyConnectedNode) evalFused(chunk int, multiply func(first, rows int)) Eval {
	return func() error {
		for b := 0; b < fc.batch; b += chunk {
			if b > 0 {
				if err := fc.Host.Err(); err != nil {
					return err
				}
			}
			multiply(b, min(chunk, fc.batch-b))
		}
		return nil
	}
}

// prepareDense multiplies few rows with few constant weights; nil where there is no kernel for that.
func (fc *fullyConnectedNode) prepareDense() (Eval, error) {
	const fewRows = 3
	kernel := q.DenseKernel(fc.units, fc.depth)
	if kernel == nil || fc.batch > fewRows || fc.weights.Type != tensor.Int8 || fc.weights.Sparsity != nil ||
		!fc.IsConst(1) || fc.bias != nil && !fc.IsConst(2) {
		return nil, nil
	}
	var params q.OutputParams
	zeroX, zeroW, err := fc.quantization(&params)
	if err != nil || zeroW != 0 || params.Rounding != q.RoundExact {
		return nil, err
	}
	window := &q.Window{Length: fc.depth, Segments: 1}
	const column = 4 + 8 + 4 // bytes: start, scale, sum
	if err := fc.Claim(1, kernel.Bytes(fc.units, window)+int64(fc.units+15)*column); err != nil {
		return nil, err
	}
	packed := PackOnce(fc.Node, 1, "dense panels", func() *q.PackedBytes {
		return packRows(kernel, tensor.Data[int8](fc.weights), fc.units, window)
	})
	fc.Spare(1)
	fc.Spare(2)
	offsets := make([]int32, fc.units)
	q.Offsets(offsets, optionalData[int32](fc.bias), packed.Sums, zeroX, 0, fc.depth)
	product := q.NewDense(packed, offsets, &params)
	in, out, batch := fc.in, fc.out, fc.batch
	return func() error {
		product.Multiply(tensor.Data[int8](out), tensor.Data[int8](in), batch)
		return nil
	}, nil
}

// prepareTiles multiplies several rows with constant weights by tile kernels that make stored values at once; nil where there are
// none.
func (fc *fullyConnectedNode) prepareTiles() (Eval, error) {
	kernel, window := q.GemmFor(), &q.Window{Length: fc.depth, Segments: 1}
	if kernel == nil || !kernel.Flips() || fc.weights.Type != tensor.Int8 || fc.weights.Sparsity != nil || !fc.IsConst(1) ||
		fc.bias != nil && !fc.IsConst(2) || fc.batch < packedRows || fc.units < 1 || fc.depth < 1 || kernel.Overreads(window) {
		return nil, nil
	}
	var params q.OutputParams
	zeroX, zeroW, err := fc.quantization(&params)
	if err != nil || zeroW != 0 || params.Rounding != q.RoundExact {
		return nil, err
	}
	if err := fc.Claim(1, kernel.Bytes(fc.units, window)); err != nil {
		return nil, err
	}
	packed := PackOnce(fc.Node, 1, "byte panels", func() *q.PackedBytes {
		return packRows(kernel, tensor.Data[int8](fc.weights), fc.units, window)
	})
	start := make([]int32, fc.units)
	q.Offsets(start, optionalData[int32](fc.bias), packed.Sums, zeroX, 0, fc.depth)
	channels := &q.Channels{ZeroOut: params.Zero, Min: params.Min, Max: params.Max, Factors: params.Scales}
	if len(params.Scales) == 1 {
		channels.Factors = slices.Repeat(params.Scales, fc.units)
	}
	const outputRange = 1 << 7
	if params.Zero < -outputRange || params.Zero >= outputRange {
		return nil, nil
	}
	gemm, ok := q.NewGemm[int8, int8](packed, window, fc.Host.Threads(), start, channels, 0, 0)
	if !ok {
		return nil, nil
	}
	const tileBytes = 32 << 10 // of flipped rows
	units, depth, batch := fc.units, fc.depth, fc.batch
	rows := min(batch, max(1, tileBytes/depth/kernel.MR)*kernel.MR)
	strips := (batch + rows - 1) / rows
	scratch, err := fc.Scratch(tensor.Int8, fc.Host.Threads(), rows, depth)
	if err != nil {
		return nil, err
	}
	fc.Spare(1)
	fc.Spare(2)
	chunks := fc.Chunks(strips, int64(batch)*int64(units)*int64(depth)/tileSpeed)
	in, out := fc.in, fc.out
	run := func(thread, chunk int) {
		first, last := Span(strips, chunks, chunk)
		flipped := tensor.Data[int8](scratch)[thread*rows*depth:][:rows*depth]
		for s := first; s < last && fc.Host.Err() == nil; s++ {
			at := s * rows
			count := min(rows, batch-at)
			q.Flip(flipped, tensor.Data[int8](in)[at*depth:][:count*depth])
			q.Multiply(gemm, thread, tensor.Data[int8](out)[at*units:], units, flipped, depth, count, nil)
		}
	}
	return func() error {
		fc.Host.Fork(chunks, run)
		return fc.Host.Err()
	}, nil
}

// fullyConnectedOffsets returns what fill makes of weights and bias: once where they are constant, else in every evaluation.
func fullyConnectedOffsets[A int32 | int64](fc *fullyConnectedNode, fill func(dst []A)) (func() []A, error) {
	if fc.IsConst(1) && (fc.bias == nil || fc.IsConst(2)) {
		if err := fc.Claim(int64(fc.units), int64(sumType[A]().Size())); err != nil {
			return nil, err
		}
		ready := make([]A, fc.units)
		fill(ready)
		fc.Spare(2)
		return func() []A { return ready }, nil
	}
	scratch, err := fc.Scratch(sumType[A](), fc.units)
	return func() []A {
		dst := tensor.Data[A](scratch)
		fill(dst)
		return dst
	}, err
}

func sumType[A int32 | int64]() tensor.Type {
	if _, wide := any(A(0)).(int64); wide {
		return tensor.Int64
	}
	return tensor.Int32
}

// sumBias reads the bias as sums of type A; nil where there is none.
func sumBias[A int32 | int64](fc *fullyConnectedNode) (func() []A, error) {
	bias := fc.bias
	switch {
	case bias == nil:
		return func() []A { return nil }, nil
	case bias.Type == sumType[A]():
		return func() []A { return tensor.Data[A](bias) }, nil
	}
	return derived(fc.Node, 2, "int64", sumType[A](), fc.units, func(dst []A) {
		for i, v := range tensor.Data[int32](bias)[:len(dst)] {
			dst[i] = A(v)
		}
	})
}

// quantization checks the parameters of all tensors and fills p.
func (fc *fullyConnectedNode) quantization(p *q.OutputParams) (zeroX, zeroW int32, err error) {
	scaleX, zeroX, err := perTensor(fc.in, "input")
	if err != nil {
		return 0, 0, err
	}
	scaleOut, zeroOut, err := perTensor(fc.out, "output")
	if err != nil {
		return 0, 0, err
	}
	if fc.out.Type == tensor.Int16 && (zeroOut != 0 || fc.in.Type == tensor.Int16 && zeroX != 0) {
		return 0, 0, invalidf("zero points of input %d and output %d, want 0 for INT16", zeroX, zeroOut)
	}
	p.Zero = zeroOut
	if p.Min, p.Max, err = quantizedActivationRange(fc.opts.FusedActivationFunction, fc.out); err != nil {
		return 0, 0, err
	}
	if !quantized(fc.weights) {
		return 0, 0, invalidf("weights: %s without scales", fc.weights.Type)
	}
	perUnit := fc.weights.Quant.PerAxis()
	if perUnit && fc.in.Type == tensor.Uint8 {
		return 0, 0, unsupportedf("weights: %d scales for UINT8", len(fc.weights.Quant.Scale))
	}
	scales, err := fc.weightScales()
	if err != nil {
		return 0, 0, err
	}
	if !perUnit {
		zeroW = fc.weights.Quant.ZeroPoint[0]
		if err := fc.checkBiasScale(scaleX*scales[0], scaleOut); err != nil {
			return 0, 0, err
		}
	}
	switch {
	case fc.weights.Type == tensor.Int16:
		p.Rounding = q.RoundFixed64
	case fc.weights.Sparsity != nil || fc.opts.WeightsFormat != 0:
		p.Rounding = q.RoundFixed
	}
	if fc.weights.Sparsity != nil && zeroW != 0 {
		return 0, 0, invalidf("weights: zero point %d, want 0 for sparse weights", zeroW)
	}
	factors := make([]float64, len(scales))
	for i, s := range scales {
		factors[i] = float64(scaleX) * float64(s) / float64(scaleOut)
		if !perUnit && p.Rounding != q.RoundExact {
			factors[i] = float64(scaleX*s) / float64(scaleOut)
		}
		if !(factors[i] < 1<<31) {
			return 0, 0, invalidf("scales: input %v times weights %v over output %v is too large", scaleX, s, scaleOut)
		}
	}
	p.SetScales(factors)
	return zeroX, zeroW, nil
}

// weightScales returns the scales of quantized weights, one for all units or one each, whose zero points are then 0, as they
// are for the packed types.
func (fc *fullyConnectedNode) weightScales() ([]float32, error) {
	quant := fc.weights.Quant
	if quant == nil || len(quant.Scale) == 0 || len(quant.Scale) != len(quant.ZeroPoint) {
		return nil, invalidf("weights: %s without scales", fc.weights.Type)
	}
	if quant.PerAxis() {
		if quant.Axis != 0 || len(quant.Scale) != fc.units {
			return nil, invalidf("weights: per-axis scales: got %d along dimension %d, want %d along dimension 0",
				len(quant.Scale), quant.Axis, fc.units)
		}
		for i, s := range quant.Scale {
			if !(s >= 0) || math.IsInf(float64(s), 0) {
				return nil, invalidf("weights: scale %d is %v, want a positive number", i, s)
			}
		}
	} else if err := checkScale(quant.Scale[0], "weights"); err != nil {
		return nil, err
	}
	for i, z := range quant.ZeroPoint {
		if z != 0 && (quant.PerAxis() || fc.weights.Type.Packed()) {
			return nil, invalidf("weights: zero point %d is %d, want 0 for %s", i, z, fc.weights.Type)
		}
	}
	return quant.Scale, nil
}

// checkBiasScale verifies that the bias counts in the unit of the sums. The tolerance is that of
// GetQuantizedConvolutionMultipler in TFLite's kernel_util.
func (fc *fullyConnectedNode) checkBiasScale(product, scaleOut float32) error {
	if fc.bias == nil || !quantized(fc.bias) {
		return nil
	}
	got := fc.bias.Quant.Scale[0]
	if d := math.Abs(float64(product)-float64(got)) / float64(scaleOut); !(d <= 0.02) {
		return invalidf("bias: got scale %v, want %v, that of the input times that of the weights", got, product)
	}
	return nil
}
