package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/pflag"

	"github.com/litewren/litewren/compress/compare"
	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
	"github.com/litewren/litewren/tensor"
)

func inspectFlags(f *pflag.FlagSet) {
	f.Bool("json", false, "print JSON")
	f.Bool("map", true, "draw the memory map")
}

// modelInfo is all that `inspect` shows.
type modelInfo struct {
	Model       string         `json:"model"`
	Bytes       int64          `json:"bytes"`
	Description string         `json:"description,omitempty"`
	Subgraphs   []subgraphInfo `json:"subgraphs"`
	Signatures  []signInfo     `json:"signatures"`
	Metadata    []metaInfo     `json:"metadata"`
	Constants   int64          `json:"constant_bytes"`
	MACs        int64          `json:"macs"`
	Unsupported []string       `json:"unsupported,omitempty"`
	Memory      *memoryInfo    `json:"memory,omitempty"`
	Problem     string         `json:"problem,omitempty"` // why the model does not prepare
}

type subgraphInfo struct {
	Name    string       `json:"name"`
	Inputs  []int32      `json:"inputs"`
	Outputs []int32      `json:"outputs"`
	Tensors []tensorInfo `json:"tensors"`
	Nodes   []nodeInfo   `json:"nodes"`
}

type tensorInfo struct {
	Name      string        `json:"name"`
	Type      string        `json:"type"`
	Shape     tensor.Shape  `json:"shape"`
	Signature []int32       `json:"shape_signature,omitempty"`
	Buffer    uint32        `json:"buffer"`
	Bytes     int           `json:"constant_bytes,omitempty"`
	Variable  bool          `json:"variable,omitempty"`
	Sparse    bool          `json:"sparse,omitempty"`
	Quant     *quantDetails `json:"quantization,omitempty"`
}

type nodeInfo struct {
	Op      string  `json:"op"`
	Version int32   `json:"version"`
	Inputs  []int32 `json:"inputs"`
	Outputs []int32 `json:"outputs"`
	Options any     `json:"options,omitempty"`
	MACs    int64   `json:"macs,omitempty"`
}

type signInfo struct {
	Key      string   `json:"key"`
	Subgraph int      `json:"subgraph"`
	Inputs   []string `json:"inputs"`
	Outputs  []string `json:"outputs"`
}

type metaInfo struct {
	Name  string `json:"name"`
	Bytes int    `json:"bytes"`
}

type memoryInfo struct {
	Arena    int64  `json:"arena_bytes"`
	PeakLive int64  `json:"peak_live_bytes"`
	Strategy string `json:"strategy"`
	Total    int64  `json:"total_bytes"`
}

func runInspect(_ context.Context, flags *pflag.FlagSet, args []string, stdout io.Writer) error {
	asJSON, _ := flags.GetBool("json")
	drawMap, _ := flags.GetBool("map")
	m, err := interpreter.Open(args[0])
	if err != nil {
		return err
	}
	it, problem := interpreter.New(m)
	info := describe(m, it, problem)
	info.Model = filepath.Base(args[0])
	if asJSON {
		b, err := json.MarshalIndent(info, "", " ")
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(stdout, "%s\n", b)
		return err
	}
	info.print(stdout)
	if it != nil && drawMap {
		fmt.Fprintln(stdout)
		return it.WriteMemoryMap(stdout)
	}
	return nil
}

func describe(m *interpreter.Model, it *interpreter.Interpreter, problem error) *modelInfo {
	file := m.File()
	info := &modelInfo{Bytes: m.Size(), Description: m.Description(), Unsupported: m.Unsupported(), Signatures: []signInfo{}, Metadata: []metaInfo{}}
	for k, s := range file.Model.Subgraphs {
		g := subgraphInfo{Name: s.Name, Inputs: s.Inputs, Outputs: s.Outputs}
		shapes := make([]tensor.Shape, len(s.Tensors))
		for i, t := range s.Tensors {
			for _, d := range t.Shape {
				shapes[i] = append(shapes[i], int(d))
			}
			if k == 0 && it != nil {
				shapes[i] = it.Tensor(i).Shape
			}
			g.Tensors = append(g.Tensors, describeTensor(file, t, shapes[i]))
		}
		for _, o := range s.Operators {
			n := describeNode(file.Model, o)
			n.MACs = compare.MACs(n.Op, o, shapes)
			info.MACs += n.MACs
			g.Nodes = append(g.Nodes, n)
		}
		info.Subgraphs = append(info.Subgraphs, g)
	}
	for i := range file.Model.Buffers {
		b, _ := file.BufferData(i)
		info.Constants += int64(len(b))
	}
	for _, s := range m.Signatures() {
		sig := signInfo{Key: s.Key, Subgraph: s.Subgraph}
		for _, t := range s.Inputs {
			sig.Inputs = append(sig.Inputs, t.Name)
		}
		for _, t := range s.Outputs {
			sig.Outputs = append(sig.Outputs, t.Name)
		}
		info.Signatures = append(info.Signatures, sig)
	}
	for _, name := range m.MetadataNames() {
		b, _ := m.Metadata(name)
		info.Metadata = append(info.Metadata, metaInfo{name, len(b)})
	}
	if problem != nil {
		info.Problem = problem.Error()
	} else {
		p := it.MemoryPlan()
		info.Memory = &memoryInfo{p.Bytes, p.PeakLive, p.Strategy, it.MemoryUsed()}
	}
	return info
}

func describeTensor(file *schema.File, t *tflite.TensorT, shape tensor.Shape) tensorInfo {
	info := tensorInfo{
		Name: t.Name, Type: tensor.Type(t.Type).String(), Shape: append(tensor.Shape{}, shape...), Signature: t.ShapeSignature,
		Buffer: t.Buffer, Variable: t.IsVariable, Sparse: t.Sparsity != nil,
	}
	if t.Buffer > 0 {
		b, _ := file.BufferData(int(t.Buffer))
		info.Bytes = len(b)
	}
	if q := t.Quantization; q != nil && len(q.Scale) > 0 {
		info.Quant = &quantDetails{Scale: q.Scale, Axis: int(q.QuantizedDimension)}
		for _, z := range q.ZeroPoint {
			info.Quant.ZeroPoint = append(info.Quant.ZeroPoint, int32(z))
		}
	}
	return info
}

func describeNode(m *tflite.ModelT, o *tflite.OperatorT) nodeInfo {
	code := m.OperatorCodes[o.OpcodeIndex]
	n := nodeInfo{Op: schema.EffectiveCode(code).String(), Version: code.Version, Inputs: o.Inputs, Outputs: o.Outputs}
	if schema.EffectiveCode(code) == tflite.BuiltinOperatorCUSTOM {
		n.Op = code.CustomCode
	}
	switch {
	case o.BuiltinOptions != nil && o.BuiltinOptions.Value != nil:
		n.Options = o.BuiltinOptions.Value
	case o.BuiltinOptions2 != nil && o.BuiltinOptions2.Value != nil:
		n.Options = o.BuiltinOptions2.Value
	}
	if _, err := json.Marshal(n.Options); err != nil { // JSON has neither NaN nor infinity
		n.Options = optionText(n.Options)
	}
	return n
}
