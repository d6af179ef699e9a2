package compress

import (
	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// product says how a node multiplies weights with vectors taken from one of its tensors: outputs = rows of weights * vector.
// Weights with several parts (groups of a convolution, channels of a depthwise one) have vectors for each part.
type product struct {
	op             *tflite.OperatorT
	graph          int
	input          int32 // the tensor that vectors are taken from
	bias           int32 // -1 for none
	parts, rows, n int   // every part has rows of n weights
	transposed     bool  // the elements of a row stand parts*rows apart, not side by side
	vectors        vectors
}

// at is the index of an element of the weights.
func (p *product) at(part, row, column int) int {
	if p.transposed {
		return (column*p.parts+part)*p.rows + row
	}
	return (part*p.rows+row)*p.n + column
}

// vectors says how vectors are taken from a tensor: its rows, or the windows of a convolution.
type vectors struct {
	n, parts             int
	window               bool
	same, depthwise      bool
	kernelH, kernelW     int
	strideH, strideW     int
	dilationH, dilationW int
	skipLast             bool // of a recurrent layer: what reads its own output of the step before
	timeMajor            bool
}

// productOf describes input i of a node, nil where vectors cannot be told.
func productOf(g *edit.Graph, op *tflite.OperatorT, i int, t int32) *product {
	x := g.Tensors[t]
	p := &product{op: op, graph: g.Index, input: op.Inputs[0], bias: -1, parts: 1}
	if p.input < 0 {
		return nil
	}
	switch code := g.Model.Code(op); code {
	case tflite.BuiltinOperatorFULLY_CONNECTED:
		if len(x.Shape) != 2 {
			return nil
		}
		p.rows, p.n = int(x.Shape[0]), int(x.Shape[1])
		p.bias = inputOf(op, 2)
	case tflite.BuiltinOperatorBATCH_MATMUL:
		o, ok := schema.Options[tflite.BatchMatMulOptionsT](op)
		if !ok || o.AdjX || len(x.Shape) != 2 {
			return nil
		}
		p.rows, p.n = int(x.Shape[0]), int(x.Shape[1])
		if !o.AdjY {
			p.rows, p.n, p.transposed = p.n, p.rows, true
		}
	case tflite.BuiltinOperatorCONV_2D, tflite.BuiltinOperatorDEPTHWISE_CONV_2D:
		if !p.convolution(g, x) {
			return nil
		}
		p.bias = inputOf(op, 2)
	case tflite.BuiltinOperatorUNIDIRECTIONAL_SEQUENCE_LSTM:
		o, ok := schema.Options[tflite.UnidirectionalSequenceLSTMOptionsT](op)
		if !ok || o.DiagonalRecurrentTensors || len(x.Shape) != 2 || len(op.Outputs) == 0 {
			return nil
		}
		switch {
		case i >= 1 && i <= 4:
		case i >= 5 && i <= 8: // reads the output of the step before, of the first step zeros
			p.input = op.Outputs[0]
			p.vectors.skipLast, p.vectors.timeMajor = true, o.TimeMajor
		default:
			return nil
		}
		p.rows, p.n = int(x.Shape[0]), int(x.Shape[1])
	default:
		return nil
	}
	if p.input < 0 || p.parts < 1 || p.rows < 1 || p.n < 1 || int64(p.parts)*int64(p.rows)*int64(p.n) != g.Elements(t) {
		return nil
	}
	p.vectors.n, p.vectors.parts = p.n, p.parts
	return p
}

func inputOf(op *tflite.OperatorT, i int) int32 {
	if i < len(op.Inputs) {
		return op.Inputs[i]
	}
	return -1
}

// convolution fills in the windows of CONV_2D and DEPTHWISE_CONV_2D with the filter x.
func (p *product) convolution(g *edit.Graph, x *tflite.TensorT) bool {
	in := g.Tensors[p.input]
	if len(x.Shape) != 4 || len(in.Shape) != 4 || in.Shape[3] < 1 {
		return false
	}
	v := &p.vectors
	v.window, v.kernelH, v.kernelW = true, int(x.Shape[1]), int(x.Shape[2])
	channels := int(in.Shape[3])
	var padding tflite.Padding
	if o, ok := schema.Options[tflite.Conv2DOptionsT](p.op); ok {
		depth := int(x.Shape[3])
		if depth < 1 || channels%depth != 0 {
			return false
		}
		p.parts = channels / depth
		p.n = v.kernelH * v.kernelW * depth
		if int(x.Shape[0])%p.parts != 0 {
			return false
		}
		p.rows = int(x.Shape[0]) / p.parts
		padding = o.Padding
		v.strideH, v.strideW, v.dilationH, v.dilationW = int(o.StrideH), int(o.StrideW), int(o.DilationHFactor), int(o.DilationWFactor)
	} else if o, ok := schema.Options[tflite.DepthwiseConv2DOptionsT](p.op); ok {
		if x.Shape[0] != 1 || int(x.Shape[3])%channels != 0 {
			return false
		}
		p.parts, p.rows, p.n, p.transposed, v.depthwise = channels, int(x.Shape[3])/channels, v.kernelH*v.kernelW, true, true
		padding = o.Padding
		v.strideH, v.strideW, v.dilationH, v.dilationW = int(o.StrideH), int(o.StrideW), int(o.DilationHFactor), int(o.DilationWFactor)
	} else {
		return false
	}
	v.same = padding == tflite.PaddingSAME
	return v.kernelH > 0 && v.kernelW > 0 && v.strideH > 0 && v.strideW > 0 && v.dilationH > 0 && v.dilationW > 0
}

// mostWindows bounds the windows that are looked at of one image: neighbours say much the same.
const mostWindows = 512

// each visits the vectors of all parts in x, whose values are given. The slice is used again.
func (v vectors) each(x *tensor.Tensor, values []float32, visit func(part int, vector []float32)) {
	if v.window {
		v.windows(x, values, visit)
		return
	}
	if len(values)%v.n != 0 {
		return
	}
	rows := len(values) / v.n
	for r := range rows {
		if !v.skipLast || !v.last(x, r, rows) {
			visit(0, values[r*v.n:(r+1)*v.n])
		}
	}
}

// last reports whether row r of a sequence is of its last step.
func (v vectors) last(x *tensor.Tensor, r, rows int) bool {
	if len(x.Shape) != 3 {
		return r == rows-1
	}
	if v.timeMajor {
		return r/max(x.Shape[1], 1) == x.Shape[0]-1
	}
	return r%max(x.Shape[1], 1) == x.Shape[1]-1
}

// windows visits what a convolution multiplies its filters with, evenly spread windows of every image.
func (v vectors) windows(x *tensor.Tensor, values []float32, visit func(part int, vector []float32)) {
	if len(x.Shape) != 4 || x.Elements() != len(values) {
		return
	}
	height, width, channels := x.Shape[1], x.Shape[2], x.Shape[3]
	depth := channels / v.parts
	if channels%v.parts != 0 || v.kernelH*v.kernelW*depth != v.n {
		return
	}
	outH, top := v.axis(height, v.kernelH, v.strideH, v.dilationH)
	outW, left := v.axis(width, v.kernelW, v.strideW, v.dilationW)
	positions := outH * outW
	if positions <= 0 {
		return
	}
	vector := make([]float32, v.n)
	step := spread(positions)
	for image := range x.Shape[0] {
		data := values[image*height*width*channels : (image+1)*height*width*channels]
		for i := range min(positions, mostWindows) {
			at := int(int64(i) * int64(step) % int64(positions))
			y0, x0 := at/outW*v.strideH-top, at%outW*v.strideW-left
			for part := range v.parts {
				k := 0
				for ky := range v.kernelH {
					for kx := range v.kernelW {
						iy, ix := y0+ky*v.dilationH, x0+kx*v.dilationW
						if iy < 0 || iy >= height || ix < 0 || ix >= width {
							clear(vector[k : k+depth])
						} else {
							copy(vector[k:k+depth], data[(iy*width+ix)*channels+part*depth:])
						}
						k += depth
					}
				}
				visit(part, vector)
			}
		}
	}
}

// axis returns the number of windows along one dimension and the padding before it, as TFLite computes them.
func (v vectors) axis(in, kernel, stride, dilation int) (out, before int) {
	span := (kernel-1)*dilation + 1
	if v.same {
		out = (in + stride - 1) / stride
		return out, max((out-1)*stride+span-in, 0) / 2
	}
	return (in-span)/stride + 1, 0
}

// spread returns a step coprime to n, about 0.618 n: its multiples modulo n are spread evenly however many are taken.
func spread(n int) int {
	if n <= mostWindows {
		return 1
	}
	step := int(0.6180339887 * float64(n))
	for gcd(step, n) != 1 {
		step++
	}
	return step
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
