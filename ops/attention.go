// ATTENTION: y = softmax(beta*(q*k + mask)) * v for every matrix of a batch, where q is [m,d], k is [d,s] ([s,d] where KeysByRow
// says so), v is [s,e] and the softmax is over the s elements of a row. A few rows of scores at a time are computed, normalized
// and multiplied with v, so that the matrix of scores never leaves the cache. Rows of keys are packed for that, where there are
// enough rows of q.
//
//	q, k, v, mask (may be absent), y
//	FLOAT32
//
// This operator is fused: rewrites put it in place of several nodes. No registry holds it, so no file can ask for it.

package ops

import (
	"github.com/litewren/litewren/ops/internal/kernel/f32"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

// Attention is the fused operator ATTENTION, with *AttentionOptions.
var Attention = &Op{
	Code: tflite.BuiltinOperatorCUSTOM, Name: "ATTENTION",
	Inputs: Between(3, 4), Outputs: Exactly(1),
	Types:   "FLOAT32",
	Prepare: prepareAttention,
}

// AttentionOptions are the options of Attention. The shapes are those for which the nodes that it replaces fit together.
type AttentionOptions struct {
	Beta      float32
	KeysByRow bool
	Inputs    []tensor.Shape // of q, k, v and, where there is one, the mask
	Output    tensor.Shape
	// Scores is the shape of the scores to which the mask is broadcast; the last two dimensions are [m,s].
	Scores tensor.Shape
}

const (
	// attentionScores is how many scores are kept at once.
	attentionScores = 1 << 14
	// attentionUnits are as many parts as there are at least, if their rows are enough for a tile of a product.
	attentionUnits = 4
	attentionRows  = 12
)

func prepareAttention(n *Node) (Eval, error) {
	opts, err := options[AttentionOptions](n)
	if err != nil {
		return nil, err
	}
	for i, t := range n.Inputs {
		if t == nil {
			continue
		}
		if i >= len(opts.Inputs) || t.Type != tensor.Float32 || len(t.Shape) < 2 && i < 3 || !t.Shape.Equal(opts.Inputs[i]) {
			return nil, unsupportedf("input %d: %s%v", i, t.Type, t.Shape)
		}
	}
	q, k, v, mask, out := n.Input(0), n.Input(1), n.Input(2), n.Input(3), n.Output(0)
	if out.Type != tensor.Float32 {
		return nil, unsupportedTypes(n)
	}
	if err := n.SetOutput(0, opts.Output); err != nil {
		return nil, err
	}
	matrix := func(t *tensor.Tensor) (count, rows, columns int) {
		r := len(t.Shape)
		return t.Shape[:r-2].Elements(), t.Shape[r-2], t.Shape[r-1]
	}
	batch, m, d := matrix(q)
	keys, dk, s := matrix(k)
	if opts.KeysByRow {
		dk, s = s, dk
	}
	values, sv, e := matrix(v)
	rank := len(opts.Scores)
	if batch*m*d*s*e == 0 || dk != d || sv != s || (keys != batch && keys != 1) || (values != batch && values != 1) ||
		out.Elements() != batch*m*e || rank < 2 || opts.Scores.Elements() != batch*m*s || opts.Scores[rank-2] != m || opts.Scores[rank-1] != s {
		return nil, unsupportedf("q %v, k %v and v %v", q.Shape, k.Shape, v.Shape)
	}
	starts, byRow, err := maskStarts(mask, opts.Scores)
	if err != nil {
		return nil, err
	}
	if err := n.Claim(int64(len(starts)), 8); err != nil {
		return nil, err
	}
	lo, hi, err := activationRange(tflite.ActivationFunctionTypeNONE)
	if err != nil {
		return nil, err
	}
	rows := max(1, min(m, attentionScores/s, max(attentionRows, (m*batch+attentionUnits-1)/attentionUnits)))
	blocks := (m + rows - 1) / rows
	scratch, err := n.Scratch(tensor.Float32, n.Host.Threads(), rows, s)
	if err != nil {
		return nil, err
	}
	units := batch * blocks
	chunks := n.Chunks(units, int64(batch)*int64(m)*int64(s)*int64(d+e+8)/32)
	product := f32.MatMul
	panels := 0
	if opts.KeysByRow {
		product = f32.MatMulTransposed
		if m >= attentionRows {
			panels = f32.PanelElements(s, d)
		}
	}
	packed, err := n.Scratch(tensor.Float32, n.Host.Threads(), panels)
	if err != nil {
		return nil, err
	}
	run := func(thread, chunk int) {
		x, y, keysOf, valuesOf := tensor.Data[float32](q), tensor.Data[float32](out), tensor.Data[float32](k), tensor.Data[float32](v)
		all := tensor.Data[float32](scratch)[thread*rows*s:][:rows*s]
		first, last := Span(units, chunks, chunk)
		g := f32.Gemm{
			Dst: all, Ldd: s, Ldx: d, Runs: f32.OneRun, Run: d, Panels: tensor.Data[float32](packed)[thread*panels:][:panels], N: s, Lo: lo, Hi: hi,
		}
		for in, u := -1, first; u < last && n.Host.Err() == nil; u++ {
			b, from := u/blocks, u%blocks*rows
			count := min(rows, m-from)
			scores := all[:count*s]
			at := b*m + from
			if panels > 0 {
				if b%keys != in {
					in = b % keys
					f32.Pack(g.Panels, keysOf[in*d*s:][:d*s], s, d)
				}
				g.X = x[at*d : (at+count)*d]
				g.Do(0, count, 0, s)
			} else {
				product(scores, x[at*d:(at+count)*d], keysOf[b%keys*d*s:][:d*s], count, s, d)
			}
			if mask != nil {
				bias := tensor.Data[float32](mask)[starts[b]:]
				for r := range count {
					row := scores[r*s : (r+1)*s]
					part := bias[:s]
					if byRow {
						part = bias[(from+r)*s:][:s]
					}
					f32.Add(row, row, part, lo, hi)
				}
			}
			f32.Softmax(scores, scores, s, opts.Beta)
			f32.MatMul(y[at*e:(at+count)*e], scores, valuesOf[b%values*s*e:][:s*e], count, e, s)
		}
	}
	return func() error {
		n.Host.Fork(chunks, run)
		return n.Host.Err()
	}, nil
}

// maskStarts returns for each matrix of scores where its part of the mask begins, and whether each row has one of its own.
func maskStarts(mask *tensor.Tensor, scores tensor.Shape) (starts []int, byRow bool, err error) {
	if mask == nil {
		return nil, false, nil
	}
	rank, offset := len(scores), len(scores)-len(mask.Shape)
	stride, strides := 1, make([]int, rank)
	for d := rank - 1; d >= 0 && d >= offset; d-- {
		size := mask.Shape[d-offset]
		if size != 1 && size != scores[d] {
			return nil, false, unsupportedf("mask %v for scores %v", mask.Shape, scores)
		}
		if size != 1 {
			strides[d] = stride
		}
		stride *= size
	}
	if offset < 0 || strides[rank-1] != 1 {
		return nil, false, unsupportedf("mask %v for scores %v", mask.Shape, scores)
	}
	starts = make([]int, scores[:rank-2].Elements())
	for b := range starts {
		rest := b
		for d := rank - 3; d >= 0; d-- {
			starts[b] += rest % scores[d] * strides[d]
			rest /= scores[d]
		}
	}
	return starts, strides[rank-2] != 0, nil
}
