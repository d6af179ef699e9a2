package compress

import (
	"encoding/binary"
	"slices"

	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// asymmetricInputs lets the hybrid kernel of a node quantize activations with a zero point, where it has the choice: one
// more bit for what RELU leaves.
func asymmetricInputs(op *tflite.OperatorT) {
	if o, ok := schema.Options[tflite.FullyConnectedOptionsT](op); ok {
		o.AsymmetricQuantizeInputs = true
	} else if o, ok := schema.Options[tflite.BatchMatMulOptionsT](op); ok {
		o.AsymmetricQuantizeInputs = true
	} else if o, ok := schema.Options[tflite.LSTMOptionsT](op); ok {
		o.AsymmetricQuantizeInputs = true
	} else if o, ok := schema.Options[tflite.UnidirectionalSequenceLSTMOptionsT](op); ok {
		o.AsymmetricQuantizeInputs = true
	} else if o, ok := schema.Options[tflite.RNNOptionsT](op); ok {
		o.AsymmetricQuantizeInputs = true
	} else if o, ok := schema.Options[tflite.SequenceRNNOptionsT](op); ok {
		o.AsymmetricQuantizeInputs = true
	} else if o, ok := schema.Options[tflite.BidirectionalSequenceLSTMOptionsT](op); ok {
		o.AsymmetricQuantizeInputs = true
	} else if o, ok := schema.Options[tflite.BidirectionalSequenceRNNOptionsT](op); ok {
		o.AsymmetricQuantizeInputs = true
	} else if o, ok := schema.Options[tflite.SVDFOptionsT](op); ok {
		o.AsymmetricQuantizeInputs = true
	}
}

// inBlocks reports whether the weights x of a node can have a scale for each block.
func inBlocks(code tflite.BuiltinOperator, x *tflite.TensorT, block int) bool {
	return block > 0 && code == tflite.BuiltinOperatorFULLY_CONNECTED && len(x.Shape) == 2 && int(x.Shape[1])%block == 0
}

// blockScales chooses the scales of blocks as a file holds them: float16 with 8 significant bits.
func blockScales(values []float32, block int, g weightGrid) []float32 {
	var scales []float32
	for b := 0; b < len(values); b += block {
		s := tensor.BFloat16ToFloat32(tensor.Float32ToBFloat16(g.scaleOf(0, 1, values[b:b+block])))
		// The least positive normal float16: smaller ones lose bits.
		scales = append(scales, tensor.Float16ToFloat32(tensor.Float32ToFloat16(max(s, 0x1p-14))))
	}
	return scales
}

// blocks stores the matrix x as int4 with one scale for each run of block weights of a row. Scales are a FLOAT16 tensor
// [rows, columns/block]; like Google's quantizer we keep 8 significant bits of them, so that they are exact in bfloat16 too.
func (d *dynamizer) blocks(x *tflite.TensorT, values []float32, block int, fixed *Grid) (*tflite.TensorT, Decibel) {
	rows, runs := x.Shape[0], x.Shape[1]/int32(block)
	g := weightGrid{bits: 4, clip: d.config.Clip}
	lo, hi := g.limits()
	stored, got := make([]int8, len(values)), make([]float32, len(values))
	var chosen []float32
	if fixed != nil && fixed.Block == block && len(fixed.Scale) == len(values)/block {
		chosen = fixed.Scale
	} else {
		chosen = blockScales(values, block, g)
	}
	var scales []byte
	for b := 0; b < len(values); b += block {
		h := tensor.Float32ToFloat16(chosen[b/block])
		s := tensor.Float16ToFloat32(h)
		scales = binary.LittleEndian.AppendUint16(scales, h)
		for i, v := range values[b : b+block] {
			n := roundClamp(float64(v)/float64(s), lo, hi)
			stored[b+i] = int8(n)
			got[b+i] = float32(n) * s
		}
	}
	scale := d.g.AddTensor(&tflite.TensorT{
		Name: x.Name + "_scales", Shape: []int32{rows, runs}, Type: tflite.TensorTypeFLOAT16, Buffer: d.m.AddBuffer(scales),
	})
	out := *x
	out.Shape = slices.Clone(x.Shape)
	out.Type, out.Buffer = tflite.TensorTypeINT4, d.m.AddBuffer(quantizedWeights{stored: stored}.bytes(4))
	out.Quantization = &tflite.QuantizationParametersT{Details: &tflite.QuantizationDetailsT{
		Type:  tflite.QuantizationDetailsBlockwiseQuantization,
		Value: &tflite.BlockwiseQuantizationT{Scales: scale, ZeroPoints: -1, BlockSize: int32(block)},
	}}
	return &out, SQNR(values, got)
}

// gathers stores the tables of GATHER as int8: the node moves int8 rows, and a DEQUANTIZE behind it widens those alone.
func (d *dynamizer) gathers() error {
	for _, op := range slices.Clone(d.g.Operators) {
		if d.m.Code(op) != tflite.BuiltinOperatorGATHER || len(op.Inputs) == 0 || len(op.Outputs) != 1 {
			continue
		}
		t, out := op.Inputs[0], op.Outputs[0]
		if !d.g.IsFloat(t) || !d.g.IsConstant(t) || d.g.Elements(t) < int64(d.config.MinElements) || d.g.Tensors[t].Sparsity != nil ||
			d.config.Match != nil && !d.config.Match.MatchString(d.g.Tensors[t].Name) || !onlyGathered(d.g, t) {
			continue
		}
		values, err := d.g.Floats(t)
		if err != nil {
			return err
		}
		x := d.g.Tensors[t]
		w := quantizeWeights(values, x.Shape, -1, weightGrid{bits: 8, clip: d.config.Clip, entropy: d.config.Entropy})
		quantization := func() *tflite.QuantizationParametersT {
			return &tflite.QuantizationParametersT{Scale: slices.Clone(w.scale), ZeroPoint: []int64{0}}
		}
		table := *x
		table.Shape = slices.Clone(x.Shape)
		table.Type, table.Buffer, table.Quantization = tflite.TensorTypeINT8, d.m.AddBuffer(w.bytes(8)), quantization()
		row := *d.g.Tensors[out]
		row.Shape, row.ShapeSignature = slices.Clone(row.Shape), slices.Clone(row.ShapeSignature)
		row.Name += "_quantized"
		row.Type, row.Quantization = tflite.TensorTypeINT8, quantization()
		op.Inputs[0], op.Outputs[0] = d.g.AddTensor(&table), d.g.AddTensor(&row)
		d.m.RaiseVersion(op, 2)
		d.g.InsertAfter(op, d.g.Node(tflite.BuiltinOperatorDEQUANTIZE, 2, []int32{op.Outputs[0]}, []int32{out}, nil))
		d.r.Changes = append(d.r.Changes, TensorChange{
			Subgraph: d.g.Index, Tensor: x.Name, Operator: "GATHER", Action: "int8", Elements: int64(len(values)),
			BytesBefore: int64(4 * len(values)), BytesAfter: int64(len(values)), SQNR: w.sqnr,
		})
	}
	return nil
}

// onlyGathered reports whether tensor t is nothing but one node's table.
func onlyGathered(g *edit.Graph, t int32) bool {
	uses := g.UsesOf(t)
	return len(uses) == 1 && !g.IsOutput(t)
}
