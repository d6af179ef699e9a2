package compress

import (
	"slices"

	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// TidyConfig changes what Tidy removes.
type TidyConfig struct {
	// Names empties the names of tensors that are neither inputs nor outputs of a subgraph. Reports and comparisons of layers
	// then have nothing to go by.
	Names bool
	// Fold computes nodes of which all inputs are constant, where their results take no more room than their inputs or than
	// 128 bytes.
	Fold bool
}

// Tidy removes what no output needs: nodes whose results nobody reads, tensors, buffers and operator codes that nothing refers
// to; DEQUANTIZE of constants in float16 models stays. Equal constants are stored once. Outputs do not change.
func Tidy(f *schema.File, c TidyConfig) (*schema.File, *Report, error) {
	return transform(f, "tidy", func(m *edit.Model, r *Report) error {
		for _, g := range m.Graphs() {
			if c.Fold {
				fold(g, r)
			}
			dropDeadNodes(g, r)
			if c.Names {
				dropNames(g)
			}
		}
		return nil
	})
}

// hasEffects reports whether a node does more than write its outputs.
func hasEffects(g *edit.Graph, op *tflite.OperatorT) bool {
	switch g.Model.Code(op) {
	case tflite.BuiltinOperatorCUSTOM, tflite.BuiltinOperatorASSIGN_VARIABLE, tflite.BuiltinOperatorVAR_HANDLE, tflite.BuiltinOperatorHASHTABLE,
		tflite.BuiltinOperatorHASHTABLE_IMPORT, tflite.BuiltinOperatorCALL_ONCE, tflite.BuiltinOperatorCALL, tflite.BuiltinOperatorIF,
		tflite.BuiltinOperatorWHILE, tflite.BuiltinOperatorSTABLEHLO_CUSTOM_CALL, tflite.BuiltinOperatorSTABLEHLO_COMPOSITE,
		tflite.BuiltinOperatorSTABLEHLO_WHILE, tflite.BuiltinOperatorRANDOM_UNIFORM, tflite.BuiltinOperatorRANDOM_STANDARD_NORMAL,
		tflite.BuiltinOperatorMULTINOMIAL: // random numbers drawn here change those drawn later
		return true
	}
	return len(op.Outputs) == 0 || slices.ContainsFunc(op.Inputs, func(t int32) bool { return t >= 0 && g.Tensors[t].IsVariable })
}

// dropDeadNodes removes nodes from the last to the first, so that one pass finds chains of them.
func dropDeadNodes(g *edit.Graph, r *Report) {
	read := make([]int, len(g.Tensors))
	for _, op := range g.Operators {
		for _, t := range op.Inputs {
			if t >= 0 {
				read[t]++
			}
		}
	}
	for i := len(g.Operators) - 1; i >= 0; i-- {
		op := g.Operators[i]
		if hasEffects(g, op) || slices.ContainsFunc(op.Outputs, func(t int32) bool { return t >= 0 && (read[t] > 0 || g.IsOutput(t)) }) {
			continue
		}
		name := ""
		for _, t := range op.Outputs {
			if t >= 0 {
				name = g.Tensors[t].Name
			}
		}
		r.Changes = append(r.Changes, TensorChange{Subgraph: g.Index, Tensor: name, Operator: g.Model.Name(op), Action: "removed: nobody reads it"})
		for _, t := range op.Inputs {
			if t >= 0 {
				read[t]--
			}
		}
		g.Operators = slices.Delete(g.Operators, i, i+1)
	}
}

func dropNames(g *edit.Graph) {
	keep := make([]bool, len(g.Tensors))
	for _, list := range [][]int32{g.Inputs, g.Outputs} {
		for _, t := range list {
			if t >= 0 {
				keep[t] = true
			}
		}
	}
	for i, t := range g.Tensors {
		if !keep[i] && !t.IsVariable {
			t.Name = ""
		}
	}
}
