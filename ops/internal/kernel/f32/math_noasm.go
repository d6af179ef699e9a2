//go:build (!amd64 && !arm64) || noasm

package f32

func expVector(_, _ []float32) bool       { return false }
func logVector(_, _ []float32) bool       { return false }
func sqrtVector(_, _ []float32) bool      { return false }
func rsqrtVector(_, _ []float32) bool     { return false }
func logisticVector(_, _ []float32) bool  { return false }
func tanhVector(_, _ []float32) bool      { return false }
func hardSwishVector(_, _ []float32) bool { return false }
func eluVector(_, _ []float32) bool       { return false }
func geluVector(_, _ []float32) bool      { return false }
func geluTanhVector(_, _ []float32) bool  { return false }
func sinVector(_, _ []float32) bool       { return false }
func cosVector(_, _ []float32) bool       { return false }

func largestVector([]float32) (top float32, ok bool) { return 0, false }

func expSumVector(_, _ []float32, _, _ float32) (sum float32, ok bool) { return 0, false }

func sumExpVector([]float32, float32) (sum float32, ok bool) { return 0, false }

func softmaxRowsVector(_, _ []float32, _ int, _ float32) bool { return false }

func scaleNormalVector(_, _ []float32, _, _ float32) bool { return false }

func sumVector([]float32) (s float32, ok bool) { return 0, false }
