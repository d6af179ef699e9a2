package interpreter_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

func errorIs(err, want error) bool { return errors.Is(err, want) }

func TestSecurityControlFlow(t *testing.T) {
	runCases(t, []hostileCase{
		{"S18 condition of two elements", func(b *builder) {
			branches(b)
			b.m.Subgraphs[0].Tensors[0].Shape = []int32{2}
		}, isInvalid},
		{"S18 branch of another type", func(b *builder) {
			branches(b)
			b.m.Subgraphs[1].Tensors[0].Type = tflite.TensorTypeINT32
		}, isRefused},
		{"S18 branch without outputs", func(b *builder) {
			branches(b)
			b.m.Subgraphs[2].Outputs = []int32{}
		}, isInvalid},
		{"S18 loop condition that is no BOOL", func(b *builder) {
			countingLoop(b)
			b.m.Subgraphs[1].Outputs = []int32{0}
		}, isInvalid},
		{"S15 body that is the condition", func(b *builder) {
			countingLoop(b)
			b.m.Subgraphs[0].Operators[0].BuiltinOptions = options(&tflite.WhileOptionsT{CondSubgraphIndex: 1, BodySubgraphIndex: 1})
		}, isInvalid},
	})
}

// S72: a loop that does not end runs until its context does.
func TestSecurityEndlessLoopS72(t *testing.T) {
	b := newBuilder()
	countingLoop(b)
	b.m.Subgraphs[2].Operators[0].Inputs[1] = 0 // i + i, which stays 0
	m := b.load(t)
	it, err := interpreter.New(m)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, it.Invoke(ctx), context.DeadlineExceeded)
}

// S72: long products of matrices look at the context too, and are not computed ahead in New.
func TestSecurityLongKernelS72(t *testing.T) {
	for name, constant := range map[string]bool{"inputs": false, "constants": true} {
		t.Run(name, func(t *testing.T) {
			b := newBuilder()
			const n = 4096
			x, w, y := b.tensor("x", tensor.Float32, n, n), b.tensor("w", tensor.Float32, n, n), b.tensor("y", tensor.Float32, n, n)
			if constant {
				for _, k := range []int32{x, w} {
					b.op(tflite.BuiltinOperatorFILL, nil, []int32{b.ints("s", []int32{n, n}, 2), b.floats("v", []float32{1})}, []int32{k})
				}
			} else {
				b.inputs(x, w)
			}
			b.op(tflite.BuiltinOperatorFULLY_CONNECTED, options(&tflite.FullyConnectedOptionsT{}), []int32{x, w, -1}, []int32{y})
			for range 11 { // One takes less than a second with the fastest kernels.
				next := b.tensor("y", tensor.Float32, n, n)
				b.op(tflite.BuiltinOperatorFULLY_CONNECTED, options(&tflite.FullyConnectedOptionsT{}), []int32{y, w, -1}, []int32{next})
				y = next
			}
			b.outputs(y)
			start := time.Now()
			it, err := interpreter.New(b.load(t))
			require.NoError(t, err)
			ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
			defer cancel()
			require.ErrorIs(t, it.Invoke(ctx), context.DeadlineExceeded)
			require.Less(t, time.Since(start), 10*time.Second)
		})
	}
}

// S16: calls that fan out at every level are bounded in New and end with the context in Invoke.
func TestSecurityFanOutS16(t *testing.T) {
	b := newBuilder()
	const depth, fan = 14, 12
	for level := range depth {
		if level > 0 {
			b.subgraph("level")
		}
		cond, x := b.tensor("cond", tensor.Bool), b.tensor("x", tensor.Float32)
		b.inputs(cond, x)
		for range fan {
			y := b.tensor("y", tensor.Float32)
			if level == depth-1 {
				b.op(tflite.BuiltinOperatorNEG, nil, []int32{x}, []int32{y})
			} else {
				b.op(tflite.BuiltinOperatorIF, options(&tflite.IfOptionsT{ThenSubgraphIndex: int32(level + 1), ElseSubgraphIndex: int32(level + 1)}),
					[]int32{cond, cond, x}, []int32{y})
			}
			b.outputs(y)
		}
	}
	start := time.Now()
	it, err := interpreter.New(b.load(t))
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, it.Invoke(ctx), context.DeadlineExceeded)
	require.Less(t, time.Since(start), 5*time.Second)
}

// S32: memory that no plan sees, folded constants and variables, counts against the budget.
func TestSecurityHiddenMemoryS32(t *testing.T) {
	runCases(t, []hostileCase{
		{"constants made of constants", func(b *builder) {
			var out []int32
			for range 64 {
				y := b.tensor("y", tensor.Float32, 1<<20)
				b.op(tflite.BuiltinOperatorFILL, nil, []int32{b.ints("s", []int32{1 << 20}, 1), b.floats("v", []float32{1})}, []int32{y})
				out = append(out, y)
			}
			b.outputs(out...)
		}, isBudget},
		{"variables", func(b *builder) {
			x := b.tensor("x", tensor.Float32, 1<<20)
			for i := range 64 {
				h := b.tensor("h", tensor.Resource)
				b.op(tflite.BuiltinOperatorVAR_HANDLE, options(&tflite.VarHandleOptionsT{SharedName: string(rune('a' + i))}), []int32{}, []int32{h})
				b.op(tflite.BuiltinOperatorASSIGN_VARIABLE, nil, []int32{h, x}, []int32{})
			}
			b.inputs(x)
		}, isBudget},
	})
}

// S20, S14: an output that nobody computes is zero, an input that is an output passes through, one output may be listed twice.
func TestSecurityOddOutputs(t *testing.T) {
	b := newBuilder()
	x, y, never := b.tensor("x", tensor.Float32, 2), b.tensor("y", tensor.Float32, 2), b.tensor("never", tensor.Float32, 3)
	c := b.floats("c", []float32{7}, 1)
	b.op(tflite.BuiltinOperatorNEG, nil, []int32{x}, []int32{y})
	b.inputs(x, x)
	b.outputs(never, x, y, y, c)
	it, err := interpreter.New(b.load(t))
	require.NoError(t, err)
	copy(tensor.Data[float32](it.Input(0)), []float32{1, 2})
	require.NoError(t, it.Invoke(context.Background()))
	require.Nil(t, it.Output(0).Bytes())
	require.Equal(t, []float32{1, 2}, tensor.Data[float32](it.Output(1)))
	require.Equal(t, []float32{-1, -2}, tensor.Data[float32](it.Output(2)))
	require.Equal(t, []float32{-1, -2}, tensor.Data[float32](it.Output(3)))
	require.Equal(t, []float32{7}, tensor.Data[float32](it.Output(4)))
}

// What a caller writes over a constant among the inputs changes neither the model nor other interpreters.
func TestConstantInput(t *testing.T) {
	b := newBuilder()
	x, y := b.floats("x", []float32{1, 2}, 2), b.tensor("y", tensor.Float32, 2)
	b.op(tflite.BuiltinOperatorNEG, nil, []int32{x}, []int32{y})
	b.inputs(x)
	b.outputs(y)
	m := b.load(t)
	first, err := interpreter.New(m)
	require.NoError(t, err)
	second, err := interpreter.New(m)
	require.NoError(t, err)
	copy(tensor.Data[float32](first.Input(0)), []float32{5, 6})
	require.NoError(t, first.Invoke(context.Background()))
	require.NoError(t, second.Invoke(context.Background()))
	require.Equal(t, []float32{-1, -2}, tensor.Data[float32](second.Output(0)))
}

// S73: shapes that the model does not allow, or that are too large, are refused; the interpreter works again after.
func TestSecurityResizeS73(t *testing.T) {
	b := newBuilder()
	convolutions(b)
	it, err := interpreter.New(b.load(t), interpreter.WithMemoryBudget(hostileBudget))
	require.NoError(t, err)
	require.ErrorIs(t, it.Resize(0, tensor.Shape{-1, 6, 6, 2}), interpreter.ErrShape)
	require.ErrorIs(t, it.Resize(0, tensor.Shape{1<<31 - 1, 1<<31 - 1, 6, 2}), interpreter.ErrShape)
	require.ErrorIs(t, it.Resize(7, tensor.Shape{1}), interpreter.ErrShape)
	require.ErrorIs(t, it.Resize(0, tensor.Shape{1 << 20, 6, 6, 2}), interpreter.ErrBudget)
	require.Error(t, it.Invoke(context.Background()))
	require.NoError(t, it.Resize(0, tensor.Shape{1, 6, 6, 2}))
	require.NoError(t, it.Invoke(context.Background()))
}

// A panic in an operator becomes an error that names the node and has the stack.
func TestPanicBecomesError(t *testing.T) {
	for phase, prepare := range map[string]func(n *ops.Node) (ops.Eval, error){
		"prepare": func(n *ops.Node) (ops.Eval, error) { panic("no") },
		"invoke": func(n *ops.Node) (ops.Eval, error) {
			return func() error { panic("no") }, n.SetOutput(0, n.Input(0).Shape)
		},
	} {
		t.Run(phase, func(t *testing.T) {
			r := ops.Builtins()
			require.NoError(t, r.Add(&ops.Op{Code: tflite.BuiltinOperatorCUSTOM, Name: "bad", Inputs: ops.Exactly(1), Outputs: ops.Exactly(1), Prepare: prepare}))
			b := newBuilder()
			b.unary(tflite.BuiltinOperatorCUSTOM, nil, tensor.Float32, []int32{2}, []int32{2})
			b.m.OperatorCodes[0].CustomCode = "bad"
			it, err := interpreter.New(b.load(t, interpreter.WithRegistry(r)))
			if phase == "invoke" {
				require.NoError(t, err)
				err = it.Invoke(context.Background())
			}
			require.ErrorIs(t, err, interpreter.ErrInternal)
			var place *interpreter.Error
			require.ErrorAs(t, err, &place)
			require.Equal(t, phase, place.Phase)
			require.Equal(t, "bad", place.Op)
			require.NotEmpty(t, place.Stack)
		})
	}
}
