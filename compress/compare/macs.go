package compare

import (
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// MACs returns the multiply-accumulates of one evaluation, 0 for operators that are not made of
// them. shapes are those of the subgraph's tensors.
func MACs(op string, o *tflite.OperatorT, shapes []tensor.Shape) int64 {
	shape := func(list []int32, i int) tensor.Shape {
		if i >= len(list) || list[i] < 0 || int(list[i]) >= len(shapes) {
			return nil
		}
		return shapes[list[i]]
	}
	size := func(s tensor.Shape) int64 {
		n := int64(1)
		for _, d := range s {
			n *= int64(d)
		}
		return n
	}
	last := func(s tensor.Shape) int64 {
		if len(s) == 0 {
			return 1
		}
		return int64(s[len(s)-1])
	}
	in, w, out := shape(o.Inputs, 0), shape(o.Inputs, 1), shape(o.Outputs, 0)
	switch op {
	case "CONV_2D", "CONV_3D":
		if len(w) > 0 && w[0] > 0 && op == "CONV_2D" {
			return size(out) * size(w) / int64(w[0])
		}
		return size(out) * size(w) / max(last(w), 1)
	case "DEPTHWISE_CONV_2D":
		return size(out) * size(w) / max(last(w), 1)
	case "TRANSPOSE_CONV":
		return size(shape(o.Inputs, 2)) / max(last(w), 1) * size(w)
	case "FULLY_CONNECTED":
		return size(in) / max(last(w), 1) * size(w)
	case "BATCH_MATMUL":
		return size(out) * last(in)
	case "LSTM", "UNIDIRECTIONAL_SEQUENCE_LSTM":
		steps := size(in) / max(last(in), 1)
		n := int64(0)
		for i := 1; i <= 8; i++ {
			if s := shape(o.Inputs, i); len(s) == 2 {
				n += size(s)
			}
		}
		return n * steps
	}
	return 0
}
