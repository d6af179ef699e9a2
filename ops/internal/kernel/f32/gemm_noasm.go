//go:build (!amd64 && !arm64) || noasm

package f32

func pickGemm() *gemmKernel { return nil }

func packPanel(dst []float32, width int, w []float32, rows, k int) {
	packPanelGeneric(dst, width, w, rows, k)
}

func matMul(dst, x, w []float32, m, n, k int) { matMulGeneric(dst, x, w, m, n, k) }
