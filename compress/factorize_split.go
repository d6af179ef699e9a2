package compress

import (
	"slices"

	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// insert puts the first layer in front of the node, which becomes the second.
func (l *factorLayer) insert(rank int, first, second []float32) {
	g, op, w, out := l.g, l.op, l.weights, l.g.Tensors[l.op.Outputs[0]]
	constant := func(suffix string, shape []int32, values []float32) int32 {
		if len(w.Shape) == 2 {
			shape = []int32{shape[0], shape[3]}
		}
		return g.AddTensor(&tflite.TensorT{Name: w.Name + suffix, Shape: shape, Buffer: g.Model.AddBuffer(edit.FloatBytes(values))})
	}
	node := &tflite.OperatorT{OpcodeIndex: op.OpcodeIndex, DebugMetadataIndex: -1}
	middle := &tflite.TensorT{Name: out.Name + "_low_rank"}
	narrow := func(shape []int32) []int32 {
		if shape = slices.Clone(shape); len(shape) > 0 {
			shape[len(shape)-1] = int32(rank)
		}
		return shape
	}
	bias := int32(-1)
	middle.Shape, middle.ShapeSignature = narrow(out.Shape), narrow(out.ShapeSignature)
	if conv, ok := schema.Options[tflite.Conv2DOptionsT](op); ok {
		// Strides are taken as early as can be: what they skip need not be computed. A window of one column takes that of the width too.
		o := *conv
		o.FusedActivationFunction = tflite.ActivationFunctionTypeNONE
		conv.StrideH, conv.DilationHFactor = 1, 1
		if l.w == 1 {
			conv.StrideW, conv.DilationWFactor = 1, 1
		} else {
			o.StrideW, o.DilationWFactor = 1, 1
			in := g.Tensors[op.Inputs[0]]
			middle.Shape[2] = in.Shape[2]
			if len(middle.ShapeSignature) == 4 {
				middle.ShapeSignature[2] = in.Shape[2]
				if len(in.ShapeSignature) == 4 {
					middle.ShapeSignature[2] = in.ShapeSignature[2]
				}
			}
		}
		node.BuiltinOptions = &tflite.BuiltinOptionsT{Type: tflite.BuiltinOptionsConv2DOptions, Value: &o}
		// TFLite takes a convolution without a bias only if it has two inputs, and XNNPACK none without.
		bias = g.AddTensor(&tflite.TensorT{Name: w.Name + "_v_bias", Shape: []int32{int32(rank)}, Buffer: g.Model.AddBuffer(make([]byte, 4*rank))})
	} else if dense, ok := schema.Options[tflite.FullyConnectedOptionsT](op); ok {
		o := *dense
		o.FusedActivationFunction = tflite.ActivationFunctionTypeNONE
		node.BuiltinOptions = &tflite.BuiltinOptionsT{Type: tflite.BuiltinOptionsFullyConnectedOptions, Value: &o}
	}
	v := g.AddTensor(middle)
	node.Inputs = []int32{op.Inputs[0], constant("_v", []int32{int32(rank), int32(l.h), 1, int32(l.n)}, first), bias}
	node.Outputs = []int32{v}
	op.Inputs[0], op.Inputs[1] = v, constant("_u", []int32{int32(l.m), 1, int32(l.w), int32(rank)}, second)
	g.InsertBefore(op, node)
}

// insertTucker puts the gathering of channels and the window in front of the node, which spreads them.
func (l *factorLayer) insertTucker(p factorPlan, first, core, last []float32) {
	g, op, w, in, out := l.g, l.op, l.weights, l.g.Tensors[l.op.Inputs[0]], l.g.Tensors[l.op.Outputs[0]]
	conv, _ := schema.Options[tflite.Conv2DOptionsT](op) // refuseFactors has seen to it
	constant := func(suffix string, values []float32, shape ...int32) int32 {
		return g.AddTensor(&tflite.TensorT{Name: w.Name + suffix, Shape: shape, Buffer: g.Model.AddBuffer(edit.FloatBytes(values))})
	}
	node := func(x int32, like *tflite.TensorT, suffix string, weights int32, channels int, o tflite.Conv2DOptionsT) int32 {
		o.FusedActivationFunction = tflite.ActivationFunctionTypeNONE
		y := &tflite.TensorT{Name: out.Name + suffix, Shape: slices.Clone(like.Shape), ShapeSignature: slices.Clone(like.ShapeSignature)}
		for _, shape := range [][]int32{y.Shape, y.ShapeSignature} {
			if len(shape) == 4 {
				shape[3] = int32(channels)
			}
		}
		t := g.AddTensor(y)
		g.InsertBefore(op, &tflite.OperatorT{
			OpcodeIndex: op.OpcodeIndex, DebugMetadataIndex: -1, Outputs: []int32{t},
			Inputs:         []int32{x, weights, constant(suffix+"_bias", make([]float32, channels), int32(channels))},
			BuiltinOptions: &tflite.BuiltinOptionsT{Type: tflite.BuiltinOptionsConv2DOptions, Value: &o},
		})
		return t
	}
	outputs, inputs := int32(p.outputs), int32(p.inputs)
	single := *conv
	single.StrideH, single.StrideW, single.DilationHFactor, single.DilationWFactor = 1, 1, 1, 1
	x := node(op.Inputs[0], in, "_gathered", constant("_in", first, inputs, 1, 1, int32(l.n)), p.inputs, single)
	x = node(x, out, "_core", constant("_core", core, outputs, int32(l.h), int32(l.w), inputs), p.outputs, *conv)
	op.Inputs[0], op.Inputs[1] = x, constant("_out", last, int32(l.m), 1, 1, outputs)
	conv.StrideH, conv.StrideW, conv.DilationHFactor, conv.DilationWFactor = 1, 1, 1, 1
}
