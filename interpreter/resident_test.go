//go:build linux && amd64 && !noasm

package interpreter_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/cpu"

	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// TestMappedFileLeavesMemory: once large constants are packed and small ones copied, nothing of the file is in memory any more.
func TestMappedFileLeavesMemory(t *testing.T) {
	if !cpu.X86.HasAVX2 || !cpu.X86.HasFMA {
		t.Skip("weights are packed for kernels that need AVX2")
	}
	_, _, weights := squareModel(t)
	factors := make([]float32, squareSize)
	for i := range factors {
		factors[i] = float32(i%5) + 1
	}
	b := newBuilder()
	w, f := b.floats("w", weights, squareSize, squareSize), b.floats("factors", factors, squareSize)
	in, mid, out := b.tensor("in", tensor.Float32, 8, squareSize), b.tensor("mid", tensor.Float32, 8, squareSize), b.tensor("out", tensor.Float32, 8, squareSize)
	b.op(tflite.BuiltinOperatorFULLY_CONNECTED, &tflite.BuiltinOptionsT{
		Type: tflite.BuiltinOptionsFullyConnectedOptions, Value: &tflite.FullyConnectedOptionsT{},
	}, []int32{in, w, -1}, []int32{mid})
	b.op(tflite.BuiltinOperatorMUL, &tflite.BuiltinOptionsT{Type: tflite.BuiltinOptionsMulOptions, Value: &tflite.MulOptionsT{}}, []int32{mid, f}, []int32{out})
	b.inputs(in)
	b.outputs(out)
	path := filepath.Join(t.TempDir(), "model.tflite")
	require.NoError(t, os.WriteFile(path, b.bytes(t), 0o600))
	m, err := interpreter.Open(path, interpreter.WithMemoryMap())
	require.NoError(t, err)
	require.NotZero(t, resident(t, path), "loading reads the tables")
	for range 2 { // the second one takes what the first has made
		it, err := interpreter.New(m)
		require.NoError(t, err)
		tensor.Data[float32](it.Input(0))[5] = 1
		require.NoError(t, it.Invoke(context.Background()))
		require.Zero(t, resident(t, path))
		for j := range squareSize {
			require.Equal(t, weights[j*squareSize+5]*factors[j], tensor.Data[float32](it.Output(0))[j])
		}
	}
	it, err := interpreter.New(m)
	require.NoError(t, err)
	require.Equal(t, weights, tensor.Data[float32](it.Tensor(int(w))), "they can still be read")
	require.Equal(t, factors, tensor.Data[float32](it.Tensor(int(f))))
	read := resident(t, path)
	require.NotZero(t, read)
	_, err = interpreter.New(m)
	require.NoError(t, err)
	require.Equal(t, read, resident(t, path), "others may be reading it")
}

// TestRecyclingNeedsRoomForOne: preparing a model whose weights are dequantized and packed takes memory for what is packed, and for few
// of the former.
func TestRecyclingNeedsRoomForOne(t *testing.T) {
	if !cpu.X86.HasAVX2 || !cpu.X86.HasFMA {
		t.Skip("weights are packed for kernels that need AVX2")
	}
	const layers, largest = 12, 256 * 256 * 4
	m, err := interpreter.Load(dequantizedModel(t, layers, -1))
	require.NoError(t, err)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	it, err := interpreter.New(m)
	require.NoError(t, err)
	runtime.ReadMemStats(&after)
	require.Less(t, it.MemoryUsed(), int64(largest*layers), "packed weights")
	require.Less(t, int(after.TotalAlloc-before.TotalAlloc), largest*(layers+3))
}

// resident returns how much of a mapped file is in memory, in KiB.
func resident(t *testing.T, path string) int {
	f, err := os.Open("/proc/self/smaps")
	require.NoError(t, err)
	defer f.Close()
	sum, ours := 0, false
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := lines.Text()
		if key, rest, _ := strings.Cut(line, " "); !strings.HasSuffix(key, ":") {
			ours = strings.HasSuffix(line, path)
		} else if ours && key == "Rss:" {
			n := 0
			_, err := fmt.Sscan(rest, &n)
			require.NoError(t, err)
			sum += n
		}
	}
	return sum
}
