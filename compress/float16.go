package compress

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// Float16Config changes what Float16 converts.
type Float16Config struct {
	MinElements int // leaves smaller constants alone; 0 converts all that get smaller by it

	nodes nodeFilter
}

// Float16 stores float32 constants as float16, rounded to nearest even and clamped to ±65504, each behind one DEQUANTIZE
// that all nodes share: half the size; results differ by the rounding of the weights alone.
func Float16(f *schema.File, c Float16Config) (*schema.File, *Report, error) {
	return transform(f, "float16", func(m *edit.Model, r *Report) error {
		for _, g := range m.Graphs() {
			if err := float16Graph(g, c, r); err != nil {
				return err
			}
		}
		return nil
	})
}

func float16Graph(g *edit.Graph, c Float16Config, r *Report) error {
	for _, t := range floatConstants(g) {
		x := g.Tensors[t]
		// A tensor and a node take some 100 bytes of file: below, float16 would make it larger.
		const worth = 64
		if n := g.Elements(t); n < int64(max(c.MinElements, worth)) {
			continue
		}
		if c.nodes != nil && !slices.ContainsFunc(g.UsesOf(t), func(u edit.Use) bool { return c.nodes(g, u.Op) }) {
			continue
		}
		if x.Sparsity != nil {
			r.skip(g.Index, x.Name, "stored sparsely")
			continue
		}
		values, err := g.Floats(t)
		if err != nil {
			return err
		}
		b := make([]byte, 2*len(values))
		got := make([]float32, len(values))
		for i, v := range values {
			h := tensor.Float32ToFloat16(clampToFloat16(v))
			binary.LittleEndian.PutUint16(b[2*i:], h)
			got[i] = tensor.Float16ToFloat32(h)
		}
		r.Changes = append(r.Changes, TensorChange{
			Subgraph: g.Index, Tensor: x.Name, Operator: readers(g, t), Action: "float16", Elements: int64(len(values)),
			BytesBefore: int64(len(g.Data(t))), BytesAfter: int64(len(b)), SQNR: SQNR(values, got),
		})
		half := *x
		half.Shape = slices.Clone(x.Shape)
		half.Name += "_float16"
		half.Type, half.Buffer = tflite.TensorTypeFLOAT16, g.Model.AddBuffer(b)
		behindDequantize(g, t, &half, 1)
	}
	return nil
}

// clampToFloat16 keeps finite values finite.
func clampToFloat16(v float32) float32 {
	const largest = 65504
	if math.IsInf(float64(v), 0) {
		return v
	}
	return min(max(v, -largest), largest)
}

// floatConstants lists the FLOAT32 constants that nodes or outputs read, in the order of tensors.
func floatConstants(g *edit.Graph) []int32 {
	uses := g.Uses()
	var list []int32
	for t := range int32(len(g.Tensors)) {
		if g.IsFloat(t) && g.IsConstant(t) && (len(uses[t]) > 0 || g.IsOutput(t)) {
			list = append(list, t)
		}
	}
	return list
}

// readers names the operator of the first node that reads t.
func readers(g *edit.Graph, t int32) string {
	if uses := g.UsesOf(t); len(uses) > 0 {
		return g.Model.Name(uses[0].Op)
	}
	return ""
}

// behindDequantize turns constant t into a value computed from stored by DEQUANTIZE, in front of the first node that reads it.
func behindDequantize(g *edit.Graph, t int32, stored *tflite.TensorT, version int32) {
	s := g.AddTensor(stored)
	x := g.Tensors[t]
	x.Buffer, x.Quantization = 0, nil
	node := g.Node(tflite.BuiltinOperatorDEQUANTIZE, version, []int32{s}, []int32{t}, nil)
	if uses := g.UsesOf(t); len(uses) > 0 {
		g.InsertBefore(uses[0].Op, node)
	} else {
		g.InsertAt(len(g.Operators), node)
	}
}
