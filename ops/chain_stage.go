package ops

import (
	"math"

	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/schema/tflite"
)

// chainForm is the arithmetic of a stage: of one operand or of two.
type chainForm struct {
	one         func(dst, x []float32)
	two         floatKernels
	picoseconds int64 // for an element
}

// errNotChained is that of operators which are no stages. It is made once since rewrites ask about every node.
var errNotChained = unsupportedf("no operator of a chain")

// Chains reports whether an operator of FLOAT32 may be a stage of a CHAIN.
func Chains(code tflite.BuiltinOperator) bool {
	_, err := chainForms(&ChainStage{Code: code})
	return err == nil
}

// chainForms returns the kernels that the operator of a stage uses.
func chainForms(s *ChainStage) (chainForm, error) {
	one := func(f func(dst, x []float32)) (chainForm, error) { return chainForm{one: f, picoseconds: 120}, nil }
	clamp := func(lo, hi float32) (chainForm, error) {
		return one(func(dst, x []float32) { f32.Clamp(dst, x, lo, hi) })
	}
	two := func(k floatKernels, err error) (chainForm, error) { return chainForm{two: k, picoseconds: 150}, err }
	node := &Node{Options: s.Options}
	switch s.Code {
	case tflite.BuiltinOperatorRELU:
		return clamp(0, float32(math.Inf(1)))
	case tflite.BuiltinOperatorRELU6:
		return clamp(0, 6)
	case tflite.BuiltinOperatorRELU_N1_TO_1:
		return clamp(-1, 1)
	case tflite.BuiltinOperatorRELU_0_TO_1:
		return clamp(0, 1)
	case tflite.BuiltinOperatorLEAKY_RELU:
		o, err := options[tflite.LeakyReluOptionsT](node)
		if err != nil {
			return chainForm{}, err
		}
		alpha := o.Alpha
		if alpha-alpha != 0 {
			return chainForm{}, invalidf("alpha is %v, want a number", alpha)
		}
		return one(func(dst, x []float32) { f32.LeakyRelu(dst, x, alpha) })
	case tflite.BuiltinOperatorHARD_SWISH:
		return one(f32.HardSwish)
	case tflite.BuiltinOperatorLOGISTIC:
		return one(f32.Logistic)
	case tflite.BuiltinOperatorTANH:
		return one(f32.Tanh)
	case tflite.BuiltinOperatorELU:
		return one(f32.Elu)
	case tflite.BuiltinOperatorABS:
		return one(f32.Abs)
	case tflite.BuiltinOperatorNEG:
		return one(f32.Neg)
	case tflite.BuiltinOperatorSQUARE:
		return one(f32.Square)
	case tflite.BuiltinOperatorADD:
		o, err := options[tflite.AddOptionsT](node)
		if err != nil {
			return chainForm{}, err
		}
		return two(floatAddition(o.FusedActivationFunction, 1))
	case tflite.BuiltinOperatorSUB:
		o, err := options[tflite.SubOptionsT](node)
		if err != nil {
			return chainForm{}, err
		}
		return two(floatAddition(o.FusedActivationFunction, -1))
	case tflite.BuiltinOperatorMUL:
		o, err := options[tflite.MulOptionsT](node)
		if err != nil {
			return chainForm{}, err
		}
		return two(floatProduct(o.FusedActivationFunction))
	case tflite.BuiltinOperatorDIV:
		o, err := options[tflite.DivOptionsT](node)
		if err != nil {
			return chainForm{}, err
		}
		return two(floatQuotient(o.FusedActivationFunction))
	case tflite.BuiltinOperatorMAXIMUM:
		return two(floatMaximum, nil)
	case tflite.BuiltinOperatorMINIMUM:
		return two(floatMinimum, nil)
	case tflite.BuiltinOperatorPRELU:
		return two(floatSlopes, nil)
	}
	return chainForm{}, errNotChained
}

// choose says which kernel of its form a step takes. It has as many operands as that wants, one of them of the output's shape.
func (s *chainStep) choose(operands int, a, b operandKind) error {
	one := s.form.one != nil
	switch {
	case one && operands == 1 && a == full:
		s.kind = stepOne
	case one || operands != 2 || a != full && b != full:
		return unsupportedf("operands of a stage")
	case a == single && s.form.two.OneA != nil:
		s.kind = stepSingleA
	case a != full && s.form.two.OneA == nil:
		return unsupportedf("operands of a stage")
	case b == single:
		s.kind = stepSingleB
	default:
		s.kind = stepTwo
	}
	return nil
}
