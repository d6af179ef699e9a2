package interpreter_test

import (
	"context"
	"errors"
	"os"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// forking returns a registry whose ABS divides its output into chunks and calls each for every one.
func forking(t *testing.T, chunks int, each func(thread, chunk int)) *ops.Registry {
	r := ops.Builtins()
	require.NoError(t, r.Add(&ops.Op{
		Code: tflite.BuiltinOperatorABS, Name: "ABS", Inputs: ops.Exactly(1), Outputs: ops.Exactly(1),
		Prepare: func(n *ops.Node) (ops.Eval, error) {
			if err := n.SetOutput(0, n.Inputs[0].Shape); err != nil {
				return nil, err
			}
			run := func(thread, chunk int) {
				in, out := tensor.Data[float32](n.Inputs[0]), tensor.Data[float32](n.Outputs[0])
				first, last := ops.Span(len(in), chunks, chunk)
				for i := first; i < last; i++ {
					out[i] = 2 * in[i]
				}
				each(thread, chunk)
			}
			return func() error {
				n.Host.Fork(chunks, run)
				return n.Host.Err()
			}, nil
		},
	}))
	return r
}

// forkingModel is a chain of two such nodes; the first is computed while preparing when constant is set.
func forkingModel(t *testing.T, r *ops.Registry, constant bool) *interpreter.Model {
	b := newBuilder()
	in := b.tensor("in", tensor.Float32, 1000)
	if constant {
		b.data(in, make([]byte, 4000))
	}
	mid, out := b.tensor("mid", tensor.Float32, 1000), b.tensor("out", tensor.Float32, 1000)
	b.op(tflite.BuiltinOperatorABS, nil, []int32{in}, []int32{mid})
	b.op(tflite.BuiltinOperatorABS, nil, []int32{mid}, []int32{out})
	if !constant {
		b.inputs(in)
	}
	b.outputs(out)
	m, err := interpreter.Load(b.bytes(t), interpreter.WithRegistry(r))
	require.NoError(t, err)
	return m
}

func TestFork(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	for _, threads := range []int{1, 2, 3, 9} {
		var seen atomic.Int32
		m := forkingModel(t, forking(t, 7, func(thread, _ int) {
			if thread < 0 || thread >= min(threads, 4) {
				t.Errorf("thread %d of %d", thread, threads)
			}
			seen.Add(1)
		}), false)
		it, err := interpreter.New(m, interpreter.WithThreads(threads))
		require.NoError(t, err)
		for i := range tensor.Data[float32](it.Input(0)) {
			tensor.Data[float32](it.Input(0))[i] = float32(i)
		}
		for run := range 50 {
			require.NoError(t, it.Invoke(context.Background()))
			require.EqualValues(t, 14*(run+1), seen.Load())
		}
		for i, v := range tensor.Data[float32](it.Output(0)) {
			require.Equal(t, 4*float32(i), v)
		}
		require.Zero(t, leastAllocs(func() { require.NoError(t, it.Invoke(context.Background())) }))
	}
}

func TestForkWhilePreparing(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
	var seen atomic.Int32
	m := forkingModel(t, forking(t, 7, func(_, _ int) { seen.Add(1) }), true)
	it, err := interpreter.New(m, interpreter.WithThreads(3))
	require.NoError(t, err)
	require.EqualValues(t, 14, seen.Load(), "both nodes are folded")
	require.NoError(t, it.Invoke(context.Background()))
}

func TestForkPanics(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
	for bad := range 8 {
		var broken atomic.Bool
		broken.Store(true)
		m := forkingModel(t, forking(t, 8, func(_, chunk int) {
			time.Sleep(50 * time.Microsecond)
			if chunk == bad && broken.Load() {
				panic("broken chunk")
			}
		}), false)
		it, err := interpreter.New(m, interpreter.WithThreads(3))
		require.NoError(t, err)
		err = it.Invoke(context.Background())
		require.ErrorIs(t, err, interpreter.ErrInternal)
		require.ErrorContains(t, err, "broken chunk")
		var e *interpreter.Error
		require.True(t, errors.As(err, &e))
		require.Zero(t, e.Node)
		require.Contains(t, string(e.Stack), "TestForkPanics")
		broken.Store(false)
		require.NoError(t, it.Invoke(context.Background()))
	}
}

func TestForkCancelled(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	ctx, cancel := context.WithCancel(context.Background())
	m := forkingModel(t, forking(t, 8, func(_, _ int) { cancel() }), false)
	it, err := interpreter.New(m, interpreter.WithThreads(2))
	require.NoError(t, err)
	require.ErrorIs(t, it.Invoke(ctx), context.Canceled)
}

// TestWorkersEnd: interpreters that nobody refers to any more take their goroutines with them.
func TestWorkersEnd(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	before := runtime.NumGoroutine()
	m := forkingModel(t, forking(t, 8, func(_, _ int) { time.Sleep(20 * time.Microsecond) }), false)
	for range 10 {
		it, err := interpreter.New(m, interpreter.WithThreads(4))
		require.NoError(t, err)
		require.NoError(t, it.Invoke(context.Background()))
	}
	for end := time.Now().Add(30 * time.Second); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		require.True(t, time.Now().Before(end), "%d goroutines, %d before", runtime.NumGoroutine(), before)
		runtime.GC()
	}
}

// TestThreadsDoNotChangeResults runs models on one, two and three threads.
func TestThreadsDoNotChangeResults(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	names := []string{"tiny_resnet8_f32", "tiny_resnet8_int8", "tiny_vww96_f32", "tiny_vww96_int8", "tiny_kws_int8", "gotf_blazeface_f32"}
	if !testing.Short() {
		names = append(names, "tfls_mbv1_025_f32", "kwt1", "oww_embedding", "tfls_yamnet", "mp_face_full_f16", "coral_mbv2_tf2_ptq",
			"coral_deeplab_dm05_u8", "litert_conformer", "tfls_deeplabv3_f32")
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			b, err := os.ReadFile(shared(t, "models", name+".tflite"))
			require.NoError(t, err)
			m, err := interpreter.Load(b)
			require.NoError(t, err)
			var want []string
			for threads := 1; threads <= 3; threads++ {
				it, err := interpreter.New(m, interpreter.WithThreads(threads))
				require.NoError(t, err)
				for range 2 {
					it.ResetVariables()
					var got []string
					for i := range it.Inputs() {
						noise(it.Input(i))
					}
					require.NoError(t, it.Invoke(context.Background()))
					for i := range it.Outputs() {
						got = append(got, string(it.Output(i).Bytes()))
					}
					if want == nil {
						want = got
					}
					require.Equal(t, len(want), len(got))
					for i := range want {
						require.True(t, want[i] == got[i], "output %d on %d threads", i, threads)
					}
				}
			}
		})
	}
}

// noise fills a tensor with numbers that look random: in [-1, 1) for float32, any bytes for small integers, 0 for the rest.
func noise(x *tensor.Tensor) {
	s := uint32(1)
	next := func() uint32 { s = s*1664525 + 1013904223; return s >> 8 }
	switch x.Type {
	case tensor.Float32:
		for i := range tensor.Data[float32](x) {
			tensor.Data[float32](x)[i] = float32(next())/(1<<23) - 1
		}
	case tensor.Int8, tensor.Uint8:
		for i := range x.Bytes() {
			x.Bytes()[i] = byte(next())
		}
	}
}
