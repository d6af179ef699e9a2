package interpreter_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// The S numbers name classes of malformed models, most of them from advisories about other runtimes. Those that concern the
// file as such have their tests in package schema; here are the ones that a node or a run brings out.

// hostileCase is one malformed model, and the errors that may come of it.
type hostileCase struct {
	name  string
	build func(b *builder)
	want  []error
}

var (
	isInvalid = []error{interpreter.ErrInvalidModel}
	isRefused = []error{interpreter.ErrInvalidModel, interpreter.ErrUnsupported}
	isValue   = []error{interpreter.ErrValue, interpreter.ErrInvalidModel}
	isBudget  = []error{interpreter.ErrBudget}
	isAny     = []error{interpreter.ErrInvalidModel, interpreter.ErrUnsupported, interpreter.ErrBudget, interpreter.ErrValue}
)

func runCases(t *testing.T, cases []hostileCase) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBuilder()
			c.build(b)
			start := time.Now()
			err := runOnce(b.bytes(t))
			require.Error(t, err)
			require.NotErrorIs(t, err, interpreter.ErrInternal)
			matches := false
			for _, want := range c.want {
				matches = matches || errorIs(err, want)
			}
			require.True(t, matches, "%v", err)
			require.Less(t, time.Since(start), 5*time.Second)
		})
	}
}

// runOnce loads a model and invokes it with inputs of zero.
func runOnce(model []byte) error {
	m, err := interpreter.Load(model)
	if err != nil {
		return err
	}
	it, err := interpreter.New(m, interpreter.WithMemoryBudget(hostileBudget))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return it.Invoke(ctx)
}

// node makes a model of one node: inputs of these shapes, constants after them.
func (b *builder) unary(code tflite.BuiltinOperator, o *tflite.BuiltinOptionsT, t tensor.Type, in, out []int32, constants ...int32) *tflite.OperatorT {
	x, y := b.tensor("x", t, in...), b.tensor("y", t, out...)
	op := b.op(code, o, append([]int32{x}, constants...), []int32{y})
	b.inputs(x)
	b.outputs(y)
	return op
}

func TestSecuritySizes(t *testing.T) {
	f := tensor.Float32
	conv := func(stride, dilation int32, in, filter []int32) func(b *builder) {
		return func(b *builder) {
			w := b.floats("w", numbers32(int(filter[0]*filter[1]*filter[2]*filter[3])), filter...)
			b.unary(tflite.BuiltinOperatorCONV_2D, options(&tflite.Conv2DOptionsT{StrideW: stride, StrideH: stride,
				DilationWFactor: dilation, DilationHFactor: dilation, Padding: tflite.PaddingVALID}), f, in, []int32{1, 1, 1, filter[0]}, w)
		}
	}
	runCases(t, []hostileCase{
		{"S12 ADD of one input", func(b *builder) { b.unary(tflite.BuiltinOperatorADD, nil, f, []int32{2}, []int32{2}) }, isInvalid},
		{"S12 SPLIT into more than it has outputs", func(b *builder) {
			x, y := b.tensor("x", f, 4), b.tensor("y", f, 2)
			b.op(tflite.BuiltinOperatorSPLIT, options(&tflite.SplitOptionsT{NumSplits: 2}), []int32{b.ints("axis", []int32{0}), x}, []int32{y})
			b.inputs(x)
			b.outputs(y)
		}, isInvalid},
		{"S32 tensor larger than the budget", func(b *builder) {
			b.unary(tflite.BuiltinOperatorNEG, nil, f, []int32{1 << 20, 1 << 10}, []int32{1 << 20, 1 << 10})
		}, isBudget},
		{"S34 CONCATENATION beyond 2^31", func(b *builder) {
			x, y := b.tensor("x", f, 1<<30), b.tensor("y", f, 1)
			b.op(tflite.BuiltinOperatorCONCATENATION, options(&tflite.ConcatenationOptionsT{}), []int32{x, x, x}, []int32{y})
			b.inputs(x)
			b.outputs(y)
		}, []error{interpreter.ErrInvalidModel, interpreter.ErrBudget}},
		{"S35 EMBEDDING_LOOKUP rows", func(b *builder) {
			x, y := b.tensor("x", tensor.Int32, 1<<28), b.tensor("y", f, 1)
			b.op(tflite.BuiltinOperatorEMBEDDING_LOOKUP, nil, []int32{x, b.floats("t", numbers32(64), 1, 64)}, []int32{y})
			b.inputs(x)
			b.outputs(y)
		}, []error{interpreter.ErrInvalidModel, interpreter.ErrBudget}},
		{"S36 RESHAPE with two free dimensions", func(b *builder) {
			b.unary(tflite.BuiltinOperatorRESHAPE, nil, f, []int32{4}, []int32{2, 2}, b.ints("s", []int32{-1, -1}, 2))
		}, isInvalid},
		{"S36 RESHAPE to another product", func(b *builder) {
			b.unary(tflite.BuiltinOperatorRESHAPE, nil, f, []int32{4}, []int32{3}, b.ints("s", []int32{3}, 1))
		}, isInvalid},
		{"S37 TILE 2^30 times", func(b *builder) {
			b.unary(tflite.BuiltinOperatorTILE, nil, f, []int32{4}, []int32{4}, b.ints("m", []int32{1 << 29}, 1))
		}, []error{interpreter.ErrInvalidModel, interpreter.ErrBudget}},
		{"S37 TILE of strings", func(b *builder) {
			x, y := b.data(b.tensor("x", tensor.String, 1), encoded("a")), b.tensor("y", tensor.String, 4)
			b.op(tflite.BuiltinOperatorTILE, nil, []int32{x, b.ints("m", []int32{1 << 28}, 1)}, []int32{y})
			b.outputs(y)
		}, isAny},
		{"S37 negative multiple", func(b *builder) {
			b.unary(tflite.BuiltinOperatorTILE, nil, f, []int32{4}, []int32{4}, b.ints("m", []int32{-1}, 1))
		}, isInvalid},
		{"S37 FILL of a huge shape", func(b *builder) {
			y := b.tensor("y", f, 1)
			b.op(tflite.BuiltinOperatorFILL, nil, []int32{b.ints("s", []int32{1 << 15, 1 << 15}, 2), b.floats("v", []float32{1})}, []int32{y})
			b.outputs(y)
		}, isBudget},
		{"S37 RANGE with a step of 0", func(b *builder) {
			y := b.tensor("y", tensor.Int32, 1)
			b.op(tflite.BuiltinOperatorRANGE, nil, []int32{b.ints("a", []int32{0}), b.ints("z", []int32{5}), b.ints("d", []int32{0})}, []int32{y})
			b.outputs(y)
		}, isValue},
		{"S38 STRIDED_SLICE with a stride of 0", func(b *builder) {
			b.unary(tflite.BuiltinOperatorSTRIDED_SLICE, options(&tflite.StridedSliceOptionsT{}), f, []int32{4}, []int32{4},
				b.ints("b", []int32{0}, 1), b.ints("e", []int32{4}, 1), b.ints("s", []int32{0}, 1))
		}, isInvalid},
		{"S39 SLICE before the beginning", func(b *builder) {
			b.unary(tflite.BuiltinOperatorSLICE, nil, f, []int32{4}, []int32{2}, b.ints("b", []int32{-20}, 1), b.ints("n", []int32{2}, 1))
		}, isValue},
		{"S39 SLICE whose end wraps", func(b *builder) {
			b.unary(tflite.BuiltinOperatorSLICE, nil, f, []int32{4}, []int32{2}, b.ints("b", []int32{2}, 1), b.ints("n", []int32{1<<31 - 1}, 1))
		}, isValue},
		{"S40 negative padding", func(b *builder) {
			b.unary(tflite.BuiltinOperatorPAD, nil, f, []int32{4}, []int32{2}, b.ints("p", []int32{-1, -1}, 1, 2))
		}, isValue},
		{"S40 padding of another rank", func(b *builder) {
			b.unary(tflite.BuiltinOperatorPAD, nil, f, []int32{4}, []int32{2}, b.ints("p", []int32{1, 1, 1, 1}, 2, 2))
		}, isInvalid},
		{"S42 broadcast of rank 9", func(b *builder) {
			x, y := b.tensor("x", f, 2, 1, 1, 1, 1, 1, 1, 1, 1), b.tensor("y", f, 2)
			z := b.tensor("z", f, 2)
			b.op(tflite.BuiltinOperatorADD, nil, []int32{x, y}, []int32{z})
			b.inputs(x, y)
			b.outputs(z)
		}, isRefused},
		{"S45 stride 0", conv(0, 1, []int32{1, 4, 4, 1}, []int32{1, 1, 1, 1}), isInvalid},
		{"S45 negative dilation", conv(1, -1, []int32{1, 4, 4, 1}, []int32{1, 1, 1, 1}), isInvalid},
		{"S45 filter larger than the input", conv(1, 1, []int32{1, 2, 2, 1}, []int32{1, 3, 3, 1}), isInvalid},
		{"S46 channels no multiple of the filter's", conv(1, 1, []int32{1, 4, 4, 3}, []int32{1, 1, 1, 2}), isInvalid},
		{"S47 SPACE_TO_DEPTH by 0", func(b *builder) {
			b.unary(tflite.BuiltinOperatorSPACE_TO_DEPTH, union(tflite.BuiltinOptionsSpaceToDepthOptions, &tflite.SpaceToDepthOptionsT{}), f,
				[]int32{1, 2, 2, 1}, []int32{1, 1, 1, 4})
		}, isInvalid},
		{"S48 SPLIT into 0", func(b *builder) {
			x, y := b.tensor("x", f, 4), b.tensor("y", f, 4)
			b.op(tflite.BuiltinOperatorSPLIT, options(&tflite.SplitOptionsT{}), []int32{b.ints("axis", []int32{0}), x}, []int32{y})
			b.inputs(x)
			b.outputs(y)
		}, isInvalid},
		{"S49 rows that do not divide", func(b *builder) {
			b.unary(tflite.BuiltinOperatorFULLY_CONNECTED, options(&tflite.FullyConnectedOptionsT{}), f, []int32{5}, []int32{1, 2},
				b.floats("w", numbers32(4), 2, 2), -1)
		}, isInvalid},
		{"S50 FLOOR_DIV by 0", func(b *builder) {
			b.unary(tflite.BuiltinOperatorFLOOR_DIV, nil, tensor.Int32, []int32{2}, []int32{2}, b.ints("d", []int32{1, 0}, 2))
		}, isValue},
	})
}

func TestSecurityIndexes(t *testing.T) {
	f := tensor.Float32
	runCases(t, []hostileCase{
		{"S51 CONCATENATION axis", func(b *builder) {
			b.unary(tflite.BuiltinOperatorCONCATENATION, options(&tflite.ConcatenationOptionsT{Axis: 100000}), f, []int32{2}, []int32{2})
		}, isInvalid},
		{"S51 MEAN axis", func(b *builder) {
			b.unary(tflite.BuiltinOperatorMEAN, options(&tflite.ReducerOptionsT{}), f, []int32{2}, []int32{}, b.ints("a", []int32{-3}, 1))
		}, isInvalid},
		{"S51 EXPAND_DIMS axis", func(b *builder) {
			b.unary(tflite.BuiltinOperatorEXPAND_DIMS, nil, f, []int32{2}, []int32{2, 1}, b.ints("a", []int32{-100000}))
		}, isInvalid},
		{"S52 GATHER past the end", func(b *builder) {
			b.unary(tflite.BuiltinOperatorGATHER, options(&tflite.GatherOptionsT{}), f, []int32{2}, []int32{1}, b.ints("i", []int32{2}, 1))
		}, isValue},
		{"S52 GATHER before the beginning", func(b *builder) {
			b.unary(tflite.BuiltinOperatorGATHER, options(&tflite.GatherOptionsT{}), f, []int32{2}, []int32{1}, b.ints("i", []int32{-1}, 1))
		}, isValue},
		{"S52 GATHER_ND depth", func(b *builder) {
			b.unary(tflite.BuiltinOperatorGATHER_ND, nil, f, []int32{2}, []int32{1}, b.ints("i", []int32{0, 0}, 1, 2))
		}, isInvalid},
		{"S53 SEGMENT_SUM ids that fall", func(b *builder) {
			b.unary(tflite.BuiltinOperatorSEGMENT_SUM, nil, f, []int32{2}, []int32{2}, b.ints("i", []int32{1, 0}, 2))
		}, isValue},
		{"S53 SEGMENT_SUM huge id", func(b *builder) {
			b.unary(tflite.BuiltinOperatorSEGMENT_SUM, nil, f, []int32{2}, []int32{2}, b.ints("i", []int32{0, 1<<31 - 1}, 2))
		}, isAny},
		{"S54 EMBEDDING_LOOKUP row", func(b *builder) {
			x, y := b.ints("i", []int32{7}, 1), b.tensor("y", f, 1, 2)
			table := b.tensor("t", f, 3, 2)
			b.op(tflite.BuiltinOperatorEMBEDDING_LOOKUP, nil, []int32{x, table}, []int32{y})
			b.inputs(table)
			b.outputs(y)
		}, isValue},
		{"S55 SPARSE_TO_DENSE index", func(b *builder) {
			y := b.tensor("y", f, 4)
			b.op(tflite.BuiltinOperatorSPARSE_TO_DENSE, nil, []int32{b.ints("i", []int32{9}, 1), b.ints("s", []int32{4}, 1),
				b.floats("v", []float32{1}, 1), b.floats("d", []float32{0})}, []int32{y})
			b.outputs(y)
		}, isValue},
		{"S56 TRANSPOSE by no permutation", func(b *builder) {
			b.unary(tflite.BuiltinOperatorTRANSPOSE, nil, f, []int32{2, 3}, []int32{3, 2}, b.ints("p", []int32{1, 1}, 2))
		}, isInvalid},
		{"S56 TOPK of more than there are", func(b *builder) {
			x, v, i := b.tensor("x", f, 2), b.tensor("v", f, 3), b.tensor("i", tensor.Int32, 3)
			b.op(tflite.BuiltinOperatorTOPK_V2, nil, []int32{x, b.ints("k", []int32{3})}, []int32{v, i})
			b.inputs(x)
			b.outputs(v, i)
		}, isValue},
		{"S57 bias of another length", func(b *builder) {
			b.unary(tflite.BuiltinOperatorFULLY_CONNECTED, options(&tflite.FullyConnectedOptionsT{}), f, []int32{1, 2}, []int32{1, 2},
				b.floats("w", numbers32(4), 2, 2), b.floats("b", numbers32(3), 3))
		}, isInvalid},
		{"S57 SVDF state", func(b *builder) {
			stateSeed(b)
			b.g.Tensors[state(b)].Shape = []int32{1, 7}
		}, isInvalid},
		{"S58 shapes that do not broadcast", func(b *builder) {
			b.unary(tflite.BuiltinOperatorADD, nil, f, []int32{2}, []int32{2}, b.floats("y", numbers32(3), 3))
		}, isInvalid},
		{"S59 INT8 without quantization", func(b *builder) {
			b.unary(tflite.BuiltinOperatorSOFTMAX, options(&tflite.SoftmaxOptionsT{Beta: 1}), tensor.Int8, []int32{1, 2}, []int32{1, 2})
		}, isInvalid},
		{"S60 scale 0", func(b *builder) {
			b.unary(tflite.BuiltinOperatorSOFTMAX, options(&tflite.SoftmaxOptionsT{Beta: 1}), tensor.Int8, []int32{1, 2}, []int32{1, 2})
			b.scaled(0, 0, 0)
			b.scaled(1, 1./256, -128)
		}, isInvalid},
		{"S65 sparse input of an operator that wants a dense one", func(b *builder) {
			sparseSeed(b)
			y := b.tensor("y", f, 2, 4)
			b.op(tflite.BuiltinOperatorNEG, nil, []int32{2}, []int32{y})
		}, isRefused},
		{"S67 ADD of strings", func(b *builder) {
			x, y := b.tensor("x", tensor.String, 1), b.tensor("y", tensor.String, 1)
			b.op(tflite.BuiltinOperatorADD, nil, []int32{x, x}, []int32{y})
			b.inputs(x)
			b.outputs(y)
		}, isRefused},
		{"S68 variable read before it is assigned", func(b *builder) {
			resourceVariable(b)
			b.m.Subgraphs[0].Operators = b.m.Subgraphs[0].Operators[1:]
		}, isValue},
		{"S69 unknown custom operator", func(b *builder) {
			b.unary(tflite.BuiltinOperatorCUSTOM, nil, f, []int32{2}, []int32{2})
			b.m.OperatorCodes[0].CustomCode = "FlexNothing"
		}, []error{interpreter.ErrUnsupported}},
		{"S07 version 999", func(b *builder) {
			b.unary(tflite.BuiltinOperatorNEG, nil, f, []int32{2}, []int32{2})
			b.m.OperatorCodes[0].Version = 999
		}, []error{interpreter.ErrUnsupported}},
		{"S08 options of another operator", func(b *builder) {
			convolutions(b)
			b.g.Operators[0].BuiltinOptions = options(&tflite.Pool2DOptionsT{StrideW: 1, StrideH: 1, FilterWidth: 1, FilterHeight: 1})
		}, isInvalid},
		{"S28 FlexBuffer of nonsense", func(b *builder) {
			op := b.unary(tflite.BuiltinOperatorCUSTOM, nil, f, []int32{16, 1}, []int32{1, 1, 5})
			b.m.OperatorCodes[0].CustomCode = "AudioSpectrogram"
			op.CustomOptions = []byte{0xff, 0xff, 0x28, 9}
		}, isInvalid},
	})
}

// state returns the first variable tensor.
func state(b *builder) int {
	for i, t := range b.g.Tensors {
		if t.IsVariable {
			return i
		}
	}
	return -1
}
