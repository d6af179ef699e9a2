package main

// outputs lists the generated files, in order of their paths.
var outputs = []output{
	{"f32/arithmetic_amd64.s", writeArithmetic},
	{"f32/bilinear_amd64.s", bilinearF32},
	{"f32/depthwise_amd64.s", depthwiseF32},
	{"f32/gemm_avx2_amd64.s", writeGemmF32AVX2},
	{"f32/gemm_avx512_amd64.s", writeGemmF32AVX512},
	{"f32/instancenorm_amd64.s", instanceNorm},
	{"f32/layernorm_amd64.s", layerNorm},
	{"f32/lstm_amd64.s", floatLSTM},
	{"f32/math_amd64.s", writeMath},
	{"f32/pool_amd64.s", poolF32},
	{"f32/products_avx2_amd64.s", writeProductsF32AVX2},
	{"f32/products_avx512_amd64.s", writeProductsF32AVX512},
	{"fft/stage_amd64.s", fftStages},
	{"hybrid/rows_amd64.s", hybridRows},
	{"move/turn_amd64.s", turnFile},
	{"peak/peak_amd64.s", peakLoops},
	{"q/bilinear_amd64.s", bilinearQuantized},
	{"q/depthwise_amd64.s", depthwiseS8},
	{"q/depthwise_single_amd64.s", depthwiseSingle},
	{"q/dot_amd64.s", dots},
	{"q/gemm_s8_amd64.s", gemmS8},
	{"q/lstm_amd64.s", integerLSTM},
	{"q/pool_amd64.s", poolQuantized},
	{"q/requantize_amd64.s", requantize},
}
