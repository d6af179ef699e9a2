package compress_test

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// network builds float models layer by layer; each layer reads the one before.
type network struct {
	m    *tflite.ModelT
	g    *tflite.SubGraphT
	at   int32 // the last output
	seed uint64
	fuse tflite.ActivationFunctionType // of the layers to come
}

func newNetwork(shape ...int32) *network {
	n := &network{g: &tflite.SubGraphT{DebugMetadataIndex: -1, Inputs: []int32{0}}, seed: 40}
	n.m = &tflite.ModelT{Version: 3, Buffers: []*tflite.BufferT{{}}, Subgraphs: []*tflite.SubGraphT{n.g}}
	n.tensor("x", shape...)
	return n
}

func (n *network) tensor(name string, shape ...int32) int32 {
	n.g.Tensors = append(n.g.Tensors, &tflite.TensorT{Name: name, Shape: shape})
	return int32(len(n.g.Tensors) - 1)
}

func (n *network) constant(name string, data []byte, shape ...int32) int32 {
	t := n.tensor(name, shape...)
	n.m.Buffers = append(n.m.Buffers, &tflite.BufferT{Data: data})
	n.g.Tensors[t].Buffer = uint32(len(n.m.Buffers) - 1)
	return t
}

// floats is a constant of random values.
func (n *network) floats(name string, shape ...int32) int32 {
	count := int32(1)
	for _, d := range shape {
		count *= d
	}
	n.seed++
	var data []byte
	for _, v := range gaussian(int(count), n.seed) {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	return n.constant(name, data, shape...)
}

func (n *network) ints(values ...int32) int32 {
	var data []byte
	for _, v := range values {
		data = binary.LittleEndian.AppendUint32(data, uint32(v))
	}
	shape := []int32{int32(len(values))}
	if len(values) == 8 { // paddings
		shape = []int32{4, 2}
	}
	t := n.constant("ints", data, shape...)
	n.g.Tensors[t].Type = tflite.TensorTypeINT32
	return t
}

func (n *network) node(code tflite.BuiltinOperator, constants []int32, kind tflite.BuiltinOptions, options any, out ...int32) {
	n.m.OperatorCodes = append(n.m.OperatorCodes, &tflite.OperatorCodeT{BuiltinCode: code, DeprecatedBuiltinCode: int8(code), Version: 1})
	inputs := append([]int32{n.at}, constants...)
	o := &tflite.OperatorT{OpcodeIndex: uint32(len(n.m.OperatorCodes) - 1), Inputs: inputs, DebugMetadataIndex: -1}
	if options != nil {
		o.BuiltinOptions = &tflite.BuiltinOptionsT{Type: kind, Value: options}
	}
	n.at = n.tensor("out_"+code.String(), out...)
	o.Outputs = []int32{n.at}
	n.g.Operators = append(n.g.Operators, o)
}

func (n *network) conv(name string, out, kernel int32) {
	s := n.g.Tensors[n.at].Shape
	o := &tflite.Conv2DOptionsT{StrideW: 1, StrideH: 1, DilationWFactor: 1, DilationHFactor: 1, FusedActivationFunction: n.fuse}
	constants := []int32{n.floats(name, out, kernel, kernel, s[3]), n.floats(name+"_bias", out)}
	n.node(tflite.BuiltinOperatorCONV_2D, constants, tflite.BuiltinOptionsConv2DOptions, o, 1, s[1], s[2], out)
}

func (n *network) depthwise(name string, multiplier int32) {
	s := n.g.Tensors[n.at].Shape
	out := s[3] * multiplier
	o := &tflite.DepthwiseConv2DOptionsT{
		StrideW: 1, StrideH: 1, DepthMultiplier: multiplier, DilationWFactor: 1, DilationHFactor: 1, FusedActivationFunction: n.fuse,
	}
	constants := []int32{n.floats(name, 1, 3, 3, out), n.floats(name+"_bias", out)}
	n.node(tflite.BuiltinOperatorDEPTHWISE_CONV_2D, constants, tflite.BuiltinOptionsDepthwiseConv2DOptions, o, 1, s[1], s[2], out)
}

func (n *network) dense(name string, rows int32) {
	columns := int32(1)
	for _, d := range n.g.Tensors[n.at].Shape {
		columns *= d
	}
	o := &tflite.FullyConnectedOptionsT{FusedActivationFunction: n.fuse}
	constants := []int32{n.floats(name, rows, columns), n.floats(name+"_bias", rows)}
	n.node(tflite.BuiltinOperatorFULLY_CONNECTED, constants, tflite.BuiltinOptionsFullyConnectedOptions, o, 1, rows)
}

func (n *network) relu() {
	n.node(tflite.BuiltinOperatorRELU, nil, 0, nil, n.g.Tensors[n.at].Shape...)
}

func (n *network) file() *schema.File {
	n.g.Outputs = []int32{n.at}
	return schema.NewFile(n.m)
}

// convolutions is conv -> relu -> pad -> depthwise -> pool -> conv -> flatten -> dense.
func convolutions() *schema.File {
	n := newNetwork(1, 6, 6, 3)
	n.conv("a", 8, 3)
	n.relu()
	paddings := n.ints(0, 0, 1, 1, 1, 1, 0, 0)
	n.node(tflite.BuiltinOperatorPAD, []int32{paddings}, tflite.BuiltinOptionsPadOptions, &tflite.PadOptionsT{}, 1, 8, 8, 8)
	n.fuse = tflite.ActivationFunctionTypeRELU
	n.depthwise("b", 2)
	n.node(tflite.BuiltinOperatorMAX_POOL_2D, nil, tflite.BuiltinOptionsPool2DOptions,
		&tflite.Pool2DOptionsT{StrideW: 2, StrideH: 2, FilterWidth: 2, FilterHeight: 2}, 1, 4, 4, 16)
	n.conv("c", 10, 1)
	n.node(tflite.BuiltinOperatorRESHAPE, []int32{n.ints(1, 160)}, tflite.BuiltinOptionsReshapeOptions,
		&tflite.ReshapeOptionsT{NewShape: []int32{1, 160}}, 1, 160)
	n.fuse = tflite.ActivationFunctionTypeNONE
	n.dense("d", 5)
	return n.file()
}

// chain is three dense layers.
func chain(activation tflite.ActivationFunctionType) *schema.File {
	n := newNetwork(1, 12)
	n.fuse = activation
	n.dense("a", 32)
	n.dense("b", 24)
	n.fuse = tflite.ActivationFunctionTypeNONE
	n.dense("c", 7)
	return n.file()
}

func constantOf(t *testing.T, f *schema.File, name string) ([]float32, []int32) {
	t.Helper()
	for _, x := range f.Model.Subgraphs[0].Tensors {
		if x.Name == name {
			data := f.Model.Buffers[x.Buffer].Data
			out := make([]float32, len(data)/4)
			for i := range out {
				out[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
			}
			return out, x.Shape
		}
	}
	t.Fatalf("no tensor %q", name)
	return nil, nil
}

func requireClose(t *testing.T, want, got []float32) {
	t.Helper()
	most := 0.0
	for _, w := range want {
		most = max(most, math.Abs(float64(w)))
	}
	for i := range want {
		require.InDelta(t, want[i], got[i], 1e-4*most, "output %d", i)
	}
}

// spoil scales channels of dense weights very differently and makes up for it in those that read them, if there are such.
func spoil(t *testing.T, f *schema.File, first, second string) {
	factor := func(channel int) float64 { return math.Pow(10, float64(channel*7%5)-2) }
	scale := func(name string, by func(i int, shape []int32) float64) {
		for _, x := range f.Model.Subgraphs[0].Tensors {
			if x.Name != name {
				continue
			}
			values, shape := constantOf(t, f, name)
			var data []byte
			for i, v := range values {
				data = binary.LittleEndian.AppendUint32(data, math.Float32bits(float32(float64(v)*by(i, shape))))
			}
			f.Model.Buffers[x.Buffer].Data = data
		}
	}
	rows := func(i int, shape []int32) float64 {
		for _, d := range shape[1:] {
			i /= int(d)
		}
		return factor(i)
	}
	scale(first, rows)
	scale(first+"_bias", rows)
	scale(second, func(i int, shape []int32) float64 { return 1 / factor(i%int(shape[1])) })
}

func TestEqualize(t *testing.T) {
	for name, c := range map[string]struct {
		file  *schema.File
		pairs []string
	}{
		"convolutions": {convolutions(), []string{"a", "b", "c"}},
		"linear":       {chain(tflite.ActivationFunctionTypeNONE), []string{"a", "b"}},
		"chain":        {chain(tflite.ActivationFunctionTypeRELU), []string{"a", "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			spoil(t, c.file, "a", "")
			out, report, err := compress.Equalize(c.file, compress.EqualizeConfig{})
			require.NoError(t, err)
			require.Empty(t, report.Skipped)
			require.Empty(t, report.Warnings)
			var names []string
			for _, x := range report.Changes {
				names = append(names, x.Tensor)
				require.Contains(t, x.Action, "channels scaled against")
			}
			require.Equal(t, c.pairs, names)
			require.Equal(t, report.Before.Constants, report.After.Constants)
			it := interpret(t, c.file)
			set := smooth(it, 8, 1, -1, 1)
			requireClose(t, outputs(t, it, set), outputs(t, interpret(t, out), set))
			// Another time there is nothing to gain.
			again, _, err := compress.Equalize(out, compress.EqualizeConfig{Passes: 1})
			require.NoError(t, err)
			before, _ := constantOf(t, out, "a")
			after, _ := constantOf(t, again, "a")
			for i := range before {
				require.InEpsilon(t, before[i], after[i], 3e-3)
			}
		})
	}
}

// TestEqualizeRanges checks that both layers of a pair use channels alike, and what that is good for.
func TestEqualizeRanges(t *testing.T) {
	f := chain(tflite.ActivationFunctionTypeRELU)
	spoil(t, f, "a", "b")
	spoil(t, f, "b", "c")
	out, _, err := compress.Equalize(f, compress.EqualizeConfig{})
	require.NoError(t, err)
	a, _ := constantOf(t, out, "a")
	b, _ := constantOf(t, out, "b")
	for i := range 32 {
		r1, r2 := 0.0, 0.0
		for k := range 12 {
			r1 = max(r1, math.Abs(float64(a[i*12+k])))
		}
		for k := range 24 {
			r2 = max(r2, math.Abs(float64(b[k*32+i])))
		}
		require.InEpsilon(t, r1, r2, 5e-3, "channel %d", i)
	}
	it := interpret(t, f)
	set := smooth(it, 16, 1, -1, 1)
	want := outputs(t, it, set)
	quality := func(f *schema.File) float64 {
		q, _, err := compress.WeightOnly(f, compress.DynamicConfig{MinElements: 1, Clip: compress.ClipNothing})
		require.NoError(t, err)
		return float64(compress.SQNR(want, outputs(t, interpret(t, q), set)))
	}
	plain, equal := quality(f), quality(out)
	t.Logf("int8 weights with one scale: %.1f -> %.1f dB", plain, equal)
	require.Greater(t, equal, plain+10)
}

func TestEqualizeSkips(t *testing.T) {
	only := func(f *schema.File, reason string) {
		t.Helper()
		out, report, err := compress.Equalize(f, compress.EqualizeConfig{})
		require.NoError(t, err)
		require.Len(t, report.Changes, 1)
		require.Len(t, report.Skipped, 1)
		require.Contains(t, report.Skipped[0].Reason, reason)
		it := interpret(t, f)
		set := smooth(it, 4, 1, -1, 1)
		requireClose(t, outputs(t, it, set), outputs(t, interpret(t, out), set))
	}
	six := chain(tflite.ActivationFunctionTypeRELU)
	o := six.Model.Subgraphs[0].Operators[0].BuiltinOptions.Value.(*tflite.FullyConnectedOptionsT)
	o.FusedActivationFunction = tflite.ActivationFunctionTypeRELU6
	only(six, "RELU6 between them")
	// A bias that two layers share.
	shared := newNetwork(1, 12)
	shared.dense("a", 16)
	shared.dense("b", 16)
	shared.dense("c", 16)
	shared.dense("d", 3)
	nodes := shared.g.Operators
	nodes[3].Inputs[2] = -1
	nodes[1].Inputs[2] = nodes[0].Inputs[2]
	f := shared.file()
	_, report, err := compress.Equalize(f, compress.EqualizeConfig{})
	require.NoError(t, err)
	require.Len(t, report.Changes, 1, "only c -> d")
	require.Len(t, report.Skipped, 2)
	require.Contains(t, report.Skipped[0].Reason, `"a_bias" is read elsewhere too`)

	// A channel without weights stays, and so does one that nobody reads.
	dead := chain(tflite.ActivationFunctionTypeRELU)
	w := dead.Model.Buffers[dead.Model.Subgraphs[0].Tensors[1].Buffer]
	copy(w.Data, make([]byte, 12*4))
	out, _, err := compress.Equalize(dead, compress.EqualizeConfig{})
	require.NoError(t, err)
	before, _ := constantOf(t, dead, "a_bias")
	after, _ := constantOf(t, out, "a_bias")
	require.Equal(t, before[0], after[0])
	require.NotEqual(t, before[1], after[1])

	// An output in between.
	f = chain(tflite.ActivationFunctionTypeRELU)
	g := f.Model.Subgraphs[0]
	g.Outputs = append(g.Outputs, g.Operators[0].Outputs[0], g.Operators[1].Outputs[0])
	_, report, err = compress.Equalize(f, compress.EqualizeConfig{})
	require.NoError(t, err)
	require.Empty(t, report.Changes)
	require.Len(t, report.Warnings, 1)
	_, _, err = compress.Equalize(f, compress.EqualizeConfig{Passes: -1})
	require.ErrorIs(t, err, ops.ErrValue)
}

// TestEqualizeSensor checks the layers of a trained model.
func TestEqualizeSensor(t *testing.T) {
	for _, name := range []string{"sensor_autoencoder.tflite", "sensor_transformer.tflite"} {
		f := sensorModel(t, name)
		out, report, err := compress.Equalize(f, compress.EqualizeConfig{})
		require.NoError(t, err)
		require.NotEmpty(t, report.Changes, name)
		it := interpret(t, f)
		set := smooth(it, 8, 1, -2, 2)
		requireClose(t, outputs(t, it, set), outputs(t, interpret(t, out), set))
		t.Logf("%s: %d pairs, %s", name, len(report.Changes), report.Changes[0].Action)
	}
}
