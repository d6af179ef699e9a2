package compress

import "github.com/litewren/litewren/schema/tflite"

// role is what a float input of an operator is to quantization.
type role uint8

const (
	activation role = iota // a value, or a constant in the place of one
	weights                // symmetric, per axis where the kernel can
	bias                   // int32 or int64, scaled by input and weights
	unused                 // not a float in any model
)

// integerRule says how an operator becomes integer.
type integerRule struct {
	roles []role // of the inputs; activation beyond
	data  int    // input that bias scales multiply: 0 but for TRANSPOSE_CONV
	axis  int32  // of per-axis weights; -1 for per-tensor

	same     bool // outputs take the parameters of input first
	adopt    bool // inputs take the parameters of the output
	first    int  // the input that same means
	fixed    bool // the output's parameters are those of fixed8 and fixed16
	fixed8   affine
	fixed16  affine
	version8 int32 // of the operator with int8 activations
	only8    bool  // there is no int16 kernel
	v16      int32 // of the operator with int16 activations

	recurrent bool // integerRecurrent does all but input 0 and the output
}

// affine is a scale and a zero point: real = scale * (stored - zero).
type affine struct {
	scale float32
	zero  int64
}

// integerRules is the table of operators that run on integers: TFLite's 8-bit specification and its 16x8 companion. Fixed
// output parameters are those the kernels insist on.
func integerRules() map[tflite.BuiltinOperator]integerRule {
	moves := integerRule{same: true, version8: 2, v16: 3}
	free := integerRule{version8: 2, v16: 2}
	unit := integerRule{fixed: true, fixed8: affine{1.0 / 256, -128}, fixed16: affine{1.0 / 32768, 0}, version8: 2, v16: 3}
	conv := integerRule{roles: []role{activation, weights, bias}, version8: 3, v16: 4}
	with := func(r integerRule, change func(*integerRule)) integerRule {
		change(&r)
		return r
	}
	version := func(r integerRule, v8, v16 int32) integerRule {
		return with(r, func(r *integerRule) { r.version8, r.v16 = v8, v16 })
	}
	only8 := func(r integerRule, v8 int32) integerRule {
		return with(r, func(r *integerRule) { r.version8, r.only8 = v8, true })
	}
	adopt := integerRule{adopt: true, version8: 2, v16: 3}
	return map[tflite.BuiltinOperator]integerRule{
		tflite.BuiltinOperatorCONV_2D:           conv,
		tflite.BuiltinOperatorDEPTHWISE_CONV_2D: with(conv, func(r *integerRule) { r.axis, r.v16 = 3, 5 }),
		tflite.BuiltinOperatorFULLY_CONNECTED:   with(conv, func(r *integerRule) { r.axis, r.version8, r.v16 = -1, 4, 7 }),
		tflite.BuiltinOperatorTRANSPOSE_CONV: with(conv, func(r *integerRule) {
			r.roles, r.data, r.v16 = []role{unused, weights, activation, bias}, 2, 3
		}),
		tflite.BuiltinOperatorBATCH_MATMUL: with(free, func(r *integerRule) { r.v16 = 3 }),

		tflite.BuiltinOperatorLSTM:                         {recurrent: true},
		tflite.BuiltinOperatorUNIDIRECTIONAL_SEQUENCE_LSTM: {recurrent: true},
		tflite.BuiltinOperatorSVDF:                         {recurrent: true},

		tflite.BuiltinOperatorSOFTMAX:          unit,
		tflite.BuiltinOperatorLOGISTIC:         unit,
		tflite.BuiltinOperatorTANH:             with(unit, func(r *integerRule) { r.fixed8 = affine{1.0 / 128, 0} }),
		tflite.BuiltinOperatorL2_NORMALIZATION: only8(integerRule{fixed: true, fixed8: affine{1.0 / 128, 0}}, 2),
		tflite.BuiltinOperatorLOG_SOFTMAX:      only8(integerRule{fixed: true, fixed8: affine{16.0 / 256, 127}}, 2),

		tflite.BuiltinOperatorAVERAGE_POOL_2D:         moves,
		tflite.BuiltinOperatorMAX_POOL_2D:             moves,
		tflite.BuiltinOperatorRESHAPE:                 version(moves, 1, 1),
		tflite.BuiltinOperatorEXPAND_DIMS:             version(moves, 1, 1),
		tflite.BuiltinOperatorSQUEEZE:                 version(moves, 1, 1),
		tflite.BuiltinOperatorTRANSPOSE:               version(moves, 2, 4),
		tflite.BuiltinOperatorPAD:                     version(moves, 2, 3),
		tflite.BuiltinOperatorMIRROR_PAD:              version(moves, 2, 3),
		tflite.BuiltinOperatorGATHER:                  version(moves, 2, 4),
		tflite.BuiltinOperatorGATHER_ND:               version(moves, 3, 3),
		tflite.BuiltinOperatorSLICE:                   version(moves, 2, 4),
		tflite.BuiltinOperatorSTRIDED_SLICE:           version(moves, 2, 4),
		tflite.BuiltinOperatorSPLIT:                   with(version(moves, 2, 4), func(r *integerRule) { r.first = 1 }),
		tflite.BuiltinOperatorSPLIT_V:                 version(moves, 2, 2),
		tflite.BuiltinOperatorUNPACK:                  version(moves, 2, 4),
		tflite.BuiltinOperatorRESIZE_BILINEAR:         version(moves, 2, 4),
		tflite.BuiltinOperatorRESIZE_NEAREST_NEIGHBOR: version(moves, 2, 4),
		tflite.BuiltinOperatorSPACE_TO_DEPTH:          only8(moves, 2),
		tflite.BuiltinOperatorDEPTH_TO_SPACE:          only8(moves, 2),
		tflite.BuiltinOperatorSPACE_TO_BATCH_ND:       version(moves, 2, 4),
		tflite.BuiltinOperatorBATCH_TO_SPACE_ND:       version(moves, 2, 4),
		tflite.BuiltinOperatorBROADCAST_TO:            version(moves, 3, 3),
		tflite.BuiltinOperatorTILE:                    version(moves, 3, 3),
		tflite.BuiltinOperatorREVERSE_V2:              version(moves, 3, 3),
		tflite.BuiltinOperatorREDUCE_MAX:              version(moves, 2, 3),
		tflite.BuiltinOperatorREDUCE_MIN:              version(moves, 2, 3),

		tflite.BuiltinOperatorCONCATENATION:        adopt,
		tflite.BuiltinOperatorPACK:                 adopt,
		tflite.BuiltinOperatorMAXIMUM:              version(adopt, 2, 4),
		tflite.BuiltinOperatorMINIMUM:              version(adopt, 2, 4),
		tflite.BuiltinOperatorPADV2:                version(adopt, 2, 3),
		tflite.BuiltinOperatorSELECT:               version(adopt, 1, 1),
		tflite.BuiltinOperatorSELECT_V2:            version(adopt, 1, 1),
		tflite.BuiltinOperatorDYNAMIC_UPDATE_SLICE: version(adopt, 1, 1),

		tflite.BuiltinOperatorADD:                version(free, 2, 3),
		tflite.BuiltinOperatorSUB:                version(free, 2, 5),
		tflite.BuiltinOperatorMUL:                version(free, 2, 4),
		tflite.BuiltinOperatorSQUARED_DIFFERENCE: only8(free, 2),
		tflite.BuiltinOperatorMEAN:               version(free, 2, 3),
		tflite.BuiltinOperatorSUM:                version(free, 2, 2),
		tflite.BuiltinOperatorRELU:               version(free, 2, 3),
		tflite.BuiltinOperatorRELU6:              version(free, 2, 3),
		tflite.BuiltinOperatorRELU_N1_TO_1:       only8(free, 1),
		tflite.BuiltinOperatorLEAKY_RELU:         free,
		tflite.BuiltinOperatorPRELU:              only8(free, 1),
		tflite.BuiltinOperatorELU:                only8(free, 1),
		tflite.BuiltinOperatorHARD_SWISH:         only8(free, 1),
		tflite.BuiltinOperatorGELU:               only8(free, 2),
		tflite.BuiltinOperatorABS:                version(free, 2, 3),
		tflite.BuiltinOperatorEXP:                free,
		tflite.BuiltinOperatorLOG:                only8(free, 2),
		tflite.BuiltinOperatorSQRT:               free,
		tflite.BuiltinOperatorRSQRT:              version(free, 2, 3),

		tflite.BuiltinOperatorARG_MAX:       only8(free, 2),
		tflite.BuiltinOperatorARG_MIN:       only8(free, 2),
		tflite.BuiltinOperatorEQUAL:         only8(free, 2),
		tflite.BuiltinOperatorNOT_EQUAL:     only8(free, 2),
		tflite.BuiltinOperatorGREATER:       only8(free, 2),
		tflite.BuiltinOperatorGREATER_EQUAL: only8(free, 2),
		tflite.BuiltinOperatorLESS:          only8(free, 2),
		tflite.BuiltinOperatorLESS_EQUAL:    only8(free, 2),
	}
}

func (r integerRule) role(input int) role {
	if input < len(r.roles) {
		return r.roles[input]
	}
	return activation
}
