//go:build arm64 && !noasm

package f32

// stepLSTMF32NEON is LSTM.stepGeneric for tiles of 8 cells.
//
//go:noescape
func stepLSTMF32NEON(args *lstmArgs)

// lstmLanes returns the cells of a tile.
func lstmLanes(int) int { return 8 }

// run calls the kernel for tiles of 8 cells.
func (a *lstmArgs) run(int) { stepLSTMF32NEON(a) }
