package ops

import (
	"fmt"
	"slices"

	"github.com/litewren/litewren/schema/tflite"
)

// table is the list of what is supported: one line each, by operator code, custom operators last.
func table() []*Op {
	return []*Op{
		&addOp,
		&averagePool2D,
		&averagePool3D,
		&concatenation,
		&conv2D,
		&depthwiseConv2D,
		&depthToSpace,
		&dequantize,
		&embeddingLookup,
		&floorOp,
		&fullyConnected,
		&hashtableLookup,
		&l2Normalization,
		&l2Pool2D,
		&localResponseNormalization,
		&logistic,
		&lshProjection,
		&lstm,
		&maxPool2D,
		&maxPool3D,
		&mulOp,
		&relu,
		&reluN1To1,
		&relu6,
		&reshape,
		&resizeBilinear,
		&rnn,
		&softmax,
		&spaceToDepth,
		&svdf,
		&tanh,
		&skipGram,
		&embeddingLookupSparse,
		&pad,
		&unidirectionalSequenceRNN,
		&gather,
		&batchToSpaceNd,
		&spaceToBatchNd,
		&transpose,
		&mean,
		&subOp,
		&divOp,
		&squeeze,
		&unidirectionalSequenceLSTM,
		&stridedSlice,
		&bidirectionalSequenceRNN,
		&expOp,
		&topKV2,
		&split,
		&logSoftmax,
		&bidirectionalSequenceLSTM,
		&cast,
		&prelu,
		&maximum,
		&argMax,
		&minimum,
		&lessOp,
		&negOp,
		&padV2,
		&greaterOp,
		&greaterEqualOp,
		&lessEqualOp,
		&selectOp,
		&slice,
		&sinOp,
		&transposeConv,
		&sparseToDense,
		&tile,
		&expandDims,
		&equalOp,
		&notEqualOp,
		&logOp,
		&sum,
		&sqrtOp,
		&rsqrtOp,
		&shapeOf,
		&powOp,
		&argMin,
		&fakeQuant,
		&reduceProd,
		&reduceMax,
		&pack,
		&logicalOr,
		&oneHot,
		&logicalAnd,
		&logicalNot,
		&unpack,
		&reduceMin,
		&floorDiv,
		&reduceAny,
		&squareOp,
		&zerosLike,
		&fill,
		&floorMod,
		&rangeOp,
		&resizeNearestNeighbor,
		&leakyRelu,
		&squaredDifference,
		&mirrorPad,
		&absOp,
		&splitV,
		&unique,
		&ceilOp,
		&reverseV2,
		&addN,
		&gatherNd,
		&cosOp,
		&where,
		&rank,
		&elu,
		&reverseSequence,
		&matrixDiag,
		&quantize,
		&matrixSetDiag,
		&roundOp,
		&hardSwish,
		&ifOp,
		&while,
		&nonMaxSuppressionV4,
		&nonMaxSuppressionV5,
		&scatterNd,
		&selectV2Op,
		&densify,
		&segmentSum,
		&batchMatMul,
		&cumsum,
		&callOnce,
		&broadcastTo,
		&rfft2D,
		&conv3D,
		&imagPart,
		&realPart,
		&complexAbs,
		&hashtable,
		&hashtableFind,
		&hashtableImport,
		&hashtableSize,
		&reduceAll,
		&conv3DTranspose,
		&varHandle,
		&readVariable,
		&assignVariable,
		&broadcastArgs,
		&randomStandardNormal,
		&bucketize,
		&randomUniform,
		&multinomial,
		&gelu,
		&dynamicUpdateSlice,
		&relu0To1,
		&unsortedSegmentProd,
		&unsortedSegmentMax,
		&unsortedSegmentSum,
		&atan2Op,
		&unsortedSegmentMin,
		&signOp,
		&bitcast,
		&bitwiseXor,
		&rightShift,
		&stablehloLogistic,
		&stablehloAdd,
		&stablehloDivide,
		&stablehloMultiply,
		&stablehloMaximum,
		&stablehloReshape,
		&stablehloClamp,
		&stablehloConcatenate,
		&stablehloBroadcastInDim,
		&stablehloSlice,
		&stablehloReduce,
		&stablehloAbs,
		&stablehloAnd,
		&stablehloCosine,
		&stablehloExponential,
		&stablehloFloor,
		&stablehloLog,
		&stablehloMinimum,
		&stablehloNegate,
		&stablehloOr,
		&stablehloPower,
		&stablehloRemainder,
		&stablehloRsqrt,
		&stablehloSelect,
		&stablehloSubtract,
		&stablehloTanh,
		&stablehloScatter,
		&stablehloCompare,
		&stablehloConvert,
		&stablehloDynamicSlice,
		&stablehloDynamicUpdateSlice,
		&stablehloPad,
		&stablehloIota,
		&stablehloReduceWindow,
		&stablehloSort,
		&stablehloWhile,
		&stablehloGather,
		&stablehloTranspose,
		&dilate,
		&stablehloRngBitGenerator,
		&reduceWindow,
		&stablehloComposite,
		&stablehloShiftLeft,
		&stablehloCbrt,
		&stablehloCase,
		&atan2Custom,
		&audioSpectrogram,
		&broadcastGradientArgs,
		&convolution2DTransposeBias,
		&denseImageWarp,
		&detectionPostProcess,
		&externalKVCache,
		&hadamardRotation,
		&irfft2D,
		&kvCacheOp,
		&lookupTable,
		&maxPoolWithArgmax,
		&maxPoolingWithArgmax2D,
		&maxUnpooling2D,
		&mfcc,
		&multinomialCustom,
		&numericVerify,
		&numericVerifyUpper,
		&randomStandardNormalCustom,
		&randomUniformCustom,
		&roll,
		&signCustom,
		&signalDelay,
		&signalEnergy,
		&signalFftAutoScale,
		&signalFilterBank,
		&signalFilterBankLog,
		&signalFilterBankSquareRoot,
		&signalFramer,
		&signalIrfft,
		&signalOverlapAdd,
		&signalPCAN,
		&signalRfft,
		&signalSpectralSubtraction,
		&signalStacker,
		&signalWindow,
		&tflmDecode,
		&unidirectionalSequenceGRU,
	}
}

// Registry finds operators by code or, for custom ones, by name.
type Registry struct {
	// By code, and in the order added: a map takes longer to make than a few names to look up, each time a program loads a model.
	builtin, custom []*Op
}

// maxCode is far above the codes that the schema will ever have.
const maxCode = 1<<12 - 1

// NewRegistry returns a registry that holds exactly the operators given.
func NewRegistry(list ...*Op) (*Registry, error) {
	const codes, names = 256, 64
	room := make([]*Op, codes+names) // more if need be
	r := &Registry{builtin: room[:codes:codes], custom: room[codes:codes]}
	for _, op := range list {
		if err := r.Add(op); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// Builtins returns a registry of all operators of this package, which the caller may add to.
func Builtins() *Registry {
	r, err := NewRegistry(table()...)
	if err != nil {
		panic("bug: " + err.Error()) // the table is ours; a test builds it
	}
	return r
}

// Add puts an operator in, in place of one with the same code or custom name. The registry must not be in use yet.
func (r *Registry) Add(op *Op) error {
	switch {
	case op.Prepare == nil:
		return fmt.Errorf("ops: operator %q has no Prepare", op.Name)
	case op.Name == "":
		return fmt.Errorf("ops: operator with code %d has no name", op.Code)
	case op.Code == tflite.BuiltinOperatorCUSTOM:
		if i := r.customIndex(op.Name); i >= 0 {
			r.custom[i] = op
			break
		}
		r.custom = append(r.custom, op)
	case op.Code < 0 || op.Code > maxCode:
		return fmt.Errorf("ops: operator %q has code %d, want 0 to %d", op.Name, op.Code, maxCode)
	default:
		if n := int(op.Code) + 1 - len(r.builtin); n > 0 {
			r.builtin = append(r.builtin, make([]*Op, n)...)
		}
		r.builtin[op.Code] = op
	}
	return nil
}

// Builtin returns the operator of that code, nil where there is none.
func (r *Registry) Builtin(code tflite.BuiltinOperator) *Op {
	if code < 0 || int(code) >= len(r.builtin) {
		return nil
	}
	return r.builtin[code]
}

// Custom returns the custom operator of that name, nil where there is none.
func (r *Registry) Custom(name string) *Op {
	if i := r.customIndex(name); i >= 0 {
		return r.custom[i]
	}
	return nil
}

func (r *Registry) customIndex(name string) int {
	return slices.IndexFunc(r.custom, func(op *Op) bool { return op.Name == name })
}

// Ops returns all operators in no particular order.
func (r *Registry) Ops() []*Op {
	var list []*Op
	for _, op := range r.builtin {
		if op != nil {
			list = append(list, op)
		}
	}
	return append(list, r.custom...)
}
