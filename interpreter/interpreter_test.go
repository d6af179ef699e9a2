package interpreter_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// doubler is y = relu(x + x) over a free batch, with a signature.
func doubler() *builder {
	b := newBuilder()
	x := b.tensor("x", tensor.Float32, 1, 3)
	b.g.Tensors[x].ShapeSignature = []int32{-1, 3}
	sum := b.tensor("sum", tensor.Float32, 1, 3)
	y := b.tensor("y", tensor.Float32, 1, 3)
	b.op(tflite.BuiltinOperatorADD, union(tflite.BuiltinOptionsAddOptions, &tflite.AddOptionsT{PotScaleInt16: true}), []int32{x, x}, []int32{sum})
	b.op(tflite.BuiltinOperatorRELU, nil, []int32{sum}, []int32{y})
	b.inputs(x)
	b.outputs(y)
	b.m.SignatureDefs = []*tflite.SignatureDefT{{
		SignatureKey: "serving_default",
		Inputs:       []*tflite.TensorMapT{{Name: "in", TensorIndex: uint32(x)}},
		Outputs:      []*tflite.TensorMapT{{Name: "out", TensorIndex: uint32(y)}},
	}}
	b.m.Metadata = []*tflite.MetadataT{{Name: "note", Buffer: 1}}
	b.m.Buffers = append(b.m.Buffers, &tflite.BufferT{Data: []byte("hello")})
	return b
}

func TestInvoke(t *testing.T) {
	m := doubler().load(t)
	it, err := interpreter.New(m)
	require.NoError(t, err)
	copy(tensor.Data[float32](it.Input(0)), []float32{1, -2, 3})
	require.NoError(t, it.Invoke(context.Background()))
	require.Equal(t, []float32{2, 0, 6}, tensor.Data[float32](it.Output(0)))
	// Inputs stay, outputs are computed anew.
	clear(tensor.Data[float32](it.Output(0)))
	require.NoError(t, it.Invoke(context.Background()))
	require.Equal(t, []float32{2, 0, 6}, tensor.Data[float32](it.Output(0)))
	require.Equal(t, []float32{1, -2, 3}, tensor.Data[float32](it.Input(0)))
}

func TestInvokeDoesNotAllocate(t *testing.T) {
	it, err := interpreter.New(doubler().load(t))
	require.NoError(t, err)
	ctx := context.Background()
	require.NoError(t, it.Invoke(ctx))
	require.Zero(t, testing.AllocsPerRun(10, func() {
		if err := it.Invoke(ctx); err != nil {
			t.Error(err)
		}
	}))
}

func TestResize(t *testing.T) {
	it, err := interpreter.New(doubler().load(t))
	require.NoError(t, err)
	copy(tensor.Data[float32](it.Input(0)), []float32{1, 2, 3})
	require.NoError(t, it.Resize(0, tensor.Shape{2, 3}))
	require.Equal(t, tensor.Shape{2, 3}, it.Output(0).Shape)
	copy(tensor.Data[float32](it.Input(0)), []float32{1, 2, 3, 4, 5, -6})
	require.NoError(t, it.Invoke(context.Background()))
	require.Equal(t, []float32{2, 4, 6, 8, 10, 0}, tensor.Data[float32](it.Output(0)))
	require.NoError(t, it.Resize(0, tensor.Shape{0, 3}))
	require.NoError(t, it.Invoke(context.Background()))
	require.Empty(t, it.Output(0).Bytes())

	require.ErrorIs(t, it.Resize(1, tensor.Shape{1}), interpreter.ErrShape)
	require.ErrorIs(t, it.Resize(0, tensor.Shape{-1, 3}), interpreter.ErrShape)
	require.ErrorIs(t, it.Resize(0, tensor.Shape{1 << 16, 1 << 16}), interpreter.ErrShape)
}

func TestBudget(t *testing.T) {
	m := doubler().load(t)
	it, err := interpreter.New(m, interpreter.WithMemoryBudget(1000))
	require.NoError(t, err)
	err = it.Resize(0, tensor.Shape{1000, 3})
	require.ErrorIs(t, err, interpreter.ErrBudget)
	require.Error(t, it.Invoke(context.Background()), "after a failed resize")
	require.NoError(t, it.Resize(0, tensor.Shape{2, 3}))
	require.NoError(t, it.Invoke(context.Background()))
	_, err = interpreter.New(m, interpreter.WithMemoryBudget(10))
	require.ErrorIs(t, err, interpreter.ErrBudget)
}

func TestSignature(t *testing.T) {
	m := doubler().load(t)
	require.Equal(t, "serving_default", m.Signatures()[0].Key)
	it, err := interpreter.New(m)
	require.NoError(t, err)
	r, err := it.Signature("")
	require.NoError(t, err)
	require.NoError(t, r.Resize(map[string]tensor.Shape{"in": {2, 3}}))
	copy(tensor.Data[float32](r.Input("in")), []float32{1, 1, 1, 2, 2, 2})
	require.NoError(t, r.Invoke(context.Background()))
	require.Equal(t, []float32{2, 2, 2, 4, 4, 4}, tensor.Data[float32](r.Output("out")))
	require.Nil(t, r.Input("nope"))
	require.Error(t, r.Resize(map[string]tensor.Shape{"nope": {1}}))
	_, err = it.Signature("nope")
	require.ErrorContains(t, err, "serving_default")
}

func TestMetadata(t *testing.T) {
	m := doubler().load(t)
	b, ok := m.Metadata("note")
	require.True(t, ok)
	require.Equal(t, "hello", string(b))
	_, ok = m.Metadata("other")
	require.False(t, ok)
}

func TestCancel(t *testing.T) {
	it, err := interpreter.New(doubler().load(t))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, it.Invoke(ctx), context.Canceled)
	require.NoError(t, it.Invoke(context.Background()))
}

func TestTapAndProfile(t *testing.T) {
	it, err := interpreter.New(doubler().load(t), interpreter.WithProfile(), interpreter.WithoutRewrites())
	require.NoError(t, err)
	var seen []string
	it.SetTap(func(n interpreter.Tapped) {
		seen = append(seen, n.Op)
		if n.Op == "ADD" {
			require.Equal(t, []float32{2, -4, 6}, tensor.Data[float32](n.Outputs[0]))
		}
	})
	copy(tensor.Data[float32](it.Input(0)), []float32{1, -2, 3})
	require.NoError(t, it.Invoke(context.Background()))
	require.Equal(t, []string{"ADD", "RELU"}, seen)
	require.Equal(t, []float32{2, 0, 6}, tensor.Data[float32](it.Output(0)))
	p := it.Profile()
	require.Len(t, p, 2)
	require.Equal(t, "sum", p[0].Tensor)
	require.Equal(t, 1, p[0].Calls)
}

func TestErrorsNameTheirPlace(t *testing.T) {
	b := newBuilder()
	x := b.tensor("x", tensor.Float32, 2)
	y := b.tensor("dense/Relu", tensor.Int8, 2)
	b.op(tflite.BuiltinOperatorRELU, nil, []int32{x}, []int32{y})
	b.inputs(x)
	b.outputs(y)
	_, err := interpreter.New(b.load(t))
	require.ErrorIs(t, err, interpreter.ErrUnsupported)
	place := &interpreter.Error{}
	require.True(t, errors.As(err, &place))
	require.Equal(t, `litewren: prepare node 0 RELU ("dense/Relu"): types FLOAT32 -> INT8: unsupported`, err.Error())
}

func TestUnsupportedOperatorLoadsButDoesNotRun(t *testing.T) {
	r, err := ops.NewRegistry()
	require.NoError(t, err)
	m := doubler().load(t, interpreter.WithRegistry(r))
	require.Equal(t, []string{"ADD", "RELU"}, m.Unsupported())
	_, err = interpreter.New(m)
	require.ErrorIs(t, err, interpreter.ErrUnsupported)
	require.ErrorContains(t, err, "ADD, RELU")
}

func TestCustomOperator(t *testing.T) {
	b := newBuilder()
	x := b.tensor("x", tensor.Float32, 2)
	y := b.tensor("y", tensor.Float32, 2)
	b.op(tflite.BuiltinOperatorCUSTOM, nil, []int32{x}, []int32{y})
	b.m.OperatorCodes[0].CustomCode = "Triple"
	b.inputs(x)
	b.outputs(y)
	r := ops.Builtins()
	require.NoError(t, r.Add(&ops.Op{
		Code: tflite.BuiltinOperatorCUSTOM, Name: "Triple", Inputs: ops.Exactly(1), Outputs: ops.Exactly(1),
		Prepare: func(n *ops.Node) (ops.Eval, error) {
			in, out := n.Input(0), n.Output(0)
			return func() error {
				for i, v := range tensor.Data[float32](in) {
					tensor.Data[float32](out)[i] = 3 * v
				}
				return nil
			}, n.SetOutput(0, in.Shape)
		},
	}))
	it, err := interpreter.New(b.load(t, interpreter.WithRegistry(r)))
	require.NoError(t, err)
	copy(tensor.Data[float32](it.Input(0)), []float32{1, 2})
	require.NoError(t, it.Invoke(context.Background()))
	require.Equal(t, []float32{3, 6}, tensor.Data[float32](it.Output(0)))
}

func TestOpen(t *testing.T) {
	b := doubler().bytes(t)
	path := filepath.Join(t.TempDir(), "m.tflite")
	require.NoError(t, os.WriteFile(path, b, 0o600))
	m, err := interpreter.Open(path)
	require.NoError(t, err)
	require.EqualValues(t, len(b), m.Size())
	_, err = interpreter.Open(path + "x")
	require.ErrorIs(t, err, os.ErrNotExist)
	m, err = interpreter.LoadFS(fstest.MapFS{"a/m.tflite": {Data: b}}, "a/m.tflite")
	require.NoError(t, err)
	require.Equal(t, 1, m.Subgraphs())
	_, err = interpreter.LoadFS(fstest.MapFS{"bad": {Data: []byte("bad")}}, "bad")
	require.ErrorIs(t, err, interpreter.ErrInvalidModel)
}

func TestPool(t *testing.T) {
	m := doubler().load(t)
	p, err := interpreter.NewPool(m, 2)
	require.NoError(t, err)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 20 {
				err := p.Do(context.Background(), func(it *interpreter.Interpreter) error {
					x := tensor.Data[float32](it.Input(0))
					x[0] = float32(i)
					if err := it.Invoke(context.Background()); err != nil {
						return err
					}
					if got := tensor.Data[float32](it.Output(0))[0]; got != float32(2*i) {
						t.Errorf("got %v, want %v", got, 2*i)
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	a, err := p.Get(context.Background())
	require.NoError(t, err)
	c, err := p.Get(context.Background())
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = p.Get(ctx)
	require.ErrorIs(t, err, context.Canceled)
	p.Put(a)
	p.Put(c)
	_, err = interpreter.NewPool(m, 0)
	require.Error(t, err)
}

func TestMemoryMap(t *testing.T) {
	it, err := interpreter.New(doubler().load(t), interpreter.WithoutRewrites())
	require.NoError(t, err)
	plan := it.MemoryPlan()
	require.GreaterOrEqual(t, plan.Bytes, plan.PeakLive)
	var b strings.Builder
	require.NoError(t, it.WriteMemoryMap(&b))
	require.Contains(t, b.String(), "sum")
}

// TestOutputThatNothingComputes: such files exist, and the reference runs them and leaves the output without data.
func TestOutputThatNothingComputes(t *testing.T) {
	b := doubler()
	b.g.Operators = b.g.Operators[:1]
	it, err := interpreter.New(b.load(t))
	require.NoError(t, err)
	require.NoError(t, it.Invoke(context.Background()))
	require.Nil(t, it.Output(0).Bytes())
	_, err = tensor.DequantizeFloat32(it.Output(0), nil)
	require.ErrorContains(t, err, "storage")
}

// TestInPlaceNeedsEqualSizes: an output of wider elements must not take over the storage of its input, although both fit into
// the same aligned block.
func TestInPlaceNeedsEqualSizes(t *testing.T) {
	b := newBuilder()
	quant := func(scale float32, zero int64) *tflite.QuantizationParametersT {
		return &tflite.QuantizationParametersT{Scale: []float32{scale}, ZeroPoint: []int64{zero}}
	}
	x, r, y := b.tensor("x", tensor.Int8, 1, 4), b.tensor("r", tensor.Int8, 1, 4), b.tensor("y", tensor.Int16, 1, 4)
	b.g.Tensors[x].Quantization = quant(0.1, 0)
	b.g.Tensors[r].Quantization = quant(0.1, 0)
	b.g.Tensors[y].Quantization = quant(1.0/65536, -32768)
	b.op(tflite.BuiltinOperatorRELU, nil, []int32{x}, []int32{r})
	b.op(tflite.BuiltinOperatorSOFTMAX, union(tflite.BuiltinOptionsSoftmaxOptions, &tflite.SoftmaxOptionsT{Beta: 1}), []int32{r}, []int32{y})
	b.m.OperatorCodes[1].Version = 2
	b.inputs(x)
	b.outputs(y)
	it, err := interpreter.New(b.load(t))
	require.NoError(t, err)
	copy(tensor.Data[int8](it.Input(0)), []int8{5, 5, 5, 5})
	require.NoError(t, it.Invoke(context.Background()))
	require.Equal(t, []int16{-16384, -16384, -16384, -16384}, tensor.Data[int16](it.Output(0))) // a quarter each
}
