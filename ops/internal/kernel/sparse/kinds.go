package sparse

// kernelKind names a kernel of single rows.
type kernelKind int

const (
	permutedF32AVX512 kernelKind = iota
	permutedF32AVX2
	permutedS8VNNI512
	permutedS8VNNI256
	blocksF32AVX512
	blocksF32AVX2
	blocksS8VNNI512
	blocksS8VNNI256
	blocksS8AVX2
	blocksF32NEON
	blocksS8DOT
	blocksS8NEON
)

// turnedKind names a pair of kernels of several rows.
type turnedKind int

const (
	noTurned turnedKind = iota
	turnedF32AVX512
	turnedF32AVX2
	turnedS8VNNI512
	turnedS8VNNI256
	turnedF32NEON
)
