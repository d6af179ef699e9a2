package compress

import (
	"fmt"
	"math"

	"github.com/litewren/litewren/compress/calibrate"
	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// Inputs of SVDF.
const (
	svdfFeatures = 1
	svdfTime     = 2
	svdfBias     = 3
	svdfState    = 4
)

// refuseSVDF says why an SVDF must stay float, "" if it need not.
func refuseSVDF(g *edit.Graph, op *tflite.OperatorT) string {
	const inputs = 5
	if len(op.Inputs) != inputs || min(op.Inputs[svdfFeatures], op.Inputs[svdfTime]) < 0 {
		return "inputs are absent"
	}
	if o, ok := schema.Options[tflite.SVDFOptionsT](op); !ok || o.FusedActivationFunction != tflite.ActivationFunctionTypeRELU {
		return "the integer kernel has RELU as activation only"
	}
	if why := refuseConstants(g, op, svdfFeatures, svdfTime, svdfBias); why != "" {
		return why
	}
	return refuseState(g, op, svdfState)
}

// svdf makes an SVDF run on integers: features int8, time weights int16 of 10 bits (so that sums of int16 states times
// them stay within 32 bits), state int16, bias int32. state is the range of the state, which holds products with features.
func (n *recurrentNode) svdf(state calibrate.Range) error {
	for _, t := range []int32{n.op.Inputs[0], n.op.Outputs[0]} {
		if _, _, err := n.scaleOf(t); err != nil {
			return fmt.Errorf("SVDF: %w", err)
		}
	}
	if _, err := n.weights(svdfFeatures); err != nil {
		return err
	}
	const tenBits = 512
	time, err := n.symmetric(svdfTime, tenBits)
	if err != nil {
		return err
	}
	scale := positive(magnitude(state) / math.MaxInt16)
	n.state(svdfState, tflite.TensorTypeINT16, float64(scale), 0)
	if err := n.bias(svdfBias, float64(scale)*time); err != nil {
		return err
	}
	const version = 3 // int8
	n.g.Model.RaiseVersion(n.op, version)
	return nil
}
