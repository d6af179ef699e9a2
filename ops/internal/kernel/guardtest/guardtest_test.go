package guardtest

import (
	"runtime"
	"runtime/debug"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// The elements can be used, their neighbours not.
func TestGuards(t *testing.T) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	for _, n := range []int{0, 1, 7, 1024, 5000} {
		x, y := Before[float32](t, n), After[float32](t, n)
		require.Len(t, x, n)
		require.Len(t, y, n)
		for i := range n {
			x[i], y[i] = 1, 2
		}
		if runtime.GOOS != "linux" || n == 0 {
			continue
		}
		require.Panics(t, func() { *(*byte)(unsafe.Add(unsafe.Pointer(&x[0]), -1)) = 1 })
		require.Panics(t, func() { *(*byte)(unsafe.Add(unsafe.Pointer(&y[n-1]), 4)) = 1 })
	}
	require.Equal(t, []int16{1, 2, 3}, Copy(t, []int16{1, 2, 3}))
}
