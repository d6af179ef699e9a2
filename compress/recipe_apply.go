package compress

import (
	"context"
	"fmt"
	"reflect"
	"regexp"
	"slices"

	"github.com/litewren/litewren/compress/dataset"
	"github.com/litewren/litewren/compress/internal/edit"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/schema/tflite"
)

// nodeFilter reports whether a transform is meant for a node; nil for all.
type nodeFilter func(g *edit.Graph, op *tflite.OperatorT) bool

// ApplyRecipe quantizes a model as a recipe says. The set is for rules with static activations alone; without one, the file
// must state ranges itself. Inputs and outputs of the model become integer where rules for INPUT and OUTPUT, or "*", make all
// of them so.
//
// Beyond Google's quantizer, "*" includes the recurrent operators. Weights of convolutions always get a scale for each channel.
func ApplyRecipe(ctx context.Context, f *schema.File, r Recipe, set *dataset.Set) (*schema.File, *Report, error) {
	if err := r.check(); err != nil {
		return nil, nil, err
	}
	if err := schema.Check(f); err != nil {
		return nil, nil, fmt.Errorf("recipe: %w", err)
	}
	total := &Report{Transform: "recipe"}
	var err error
	if total.Before, err = sizeOf(f); err != nil {
		return nil, nil, fmt.Errorf("recipe: %w", err)
	}
	total.After = total.Before
	scopes := r.scopes()
	for _, rule := range r.settings() {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		next, report, err := rule.apply(ctx, f, scopes, set)
		if err != nil {
			return nil, nil, fmt.Errorf("recipe: %w", err)
		}
		f, total.After = next, report.After
		total.Steps = append(total.Steps, report)
		total.Changes = append(total.Changes, report.Changes...)
		total.Warnings = append(total.Warnings, report.Warnings...)
	}
	if len(total.Changes) == 0 {
		total.warn("no node is quantized: none both matches a rule and has a form that its settings suit")
	}
	return f, total, nil
}

// recipeScope holds the rules of one regex.
type recipeScope struct {
	regex *regexp.Regexp
	rules []RecipeRule
}

// scopes orders rules the way they win.
func (r Recipe) scopes() []recipeScope {
	var list []recipeScope
	for _, rule := range r {
		i := slices.IndexFunc(list, func(s recipeScope) bool { return s.regex.String() == rule.Regex })
		if i < 0 {
			list = append(list, recipeScope{regex: regexp.MustCompile(rule.Regex)}) // check has compiled it
			i = len(list) - 1
		}
		s := &list[i]
		if rule.Operation == anyOperation {
			s.rules = nil
		}
		if k := slices.IndexFunc(s.rules, func(o RecipeRule) bool { return o.Operation == rule.Operation }); k >= 0 {
			s.rules[k] = rule
		} else {
			s.rules = append(s.rules, rule)
		}
	}
	return list
}

// settings lists the different things that rules do, static quantization last: it calibrates with the weights as they are then.
func (r Recipe) settings() []RecipeRule {
	var list []RecipeRule
	for _, rule := range r {
		if rule.algorithm() != noQuantize && !slices.ContainsFunc(list, rule.same) {
			list = append(list, rule)
		}
	}
	slices.SortStableFunc(list, func(a, b RecipeRule) int { return a.order() - b.order() })
	return list
}

func (r RecipeRule) order() int {
	if r.Config.Activations == nil {
		return 0
	}
	return r.Config.Activations.Bits
}

func (r RecipeRule) same(other RecipeRule) bool {
	return r.algorithm() == other.algorithm() && reflect.DeepEqual(r.Config, other.Config)
}

// ruleOf returns the rule that decides about an operator of the given name.
func ruleOf(scopes []recipeScope, operation, name string) (RecipeRule, bool) {
	var found RecipeRule
	for _, s := range scopes {
		if !s.regex.MatchString(name) {
			continue
		}
		for _, rule := range s.rules {
			if (rule.Operation == operation || rule.Operation == anyOperation) && rule.suits(operation) {
				found = rule
			}
		}
	}
	return found, found.Algorithm != "" && found.algorithm() != noQuantize
}

// apply does what the rule says to the nodes that it, or one with the same settings, decides about.
func (r RecipeRule) apply(ctx context.Context, f *schema.File, scopes []recipeScope, set *dataset.Set) (*schema.File, *Report, error) {
	decides := func(operation, name string) bool {
		found, ok := ruleOf(scopes, operation, name)
		return ok && r.same(found)
	}
	nodes := func(g *edit.Graph, op *tflite.OperatorT) bool {
		name := ""
		for _, t := range op.Outputs {
			if t >= 0 {
				name += g.Tensors[t].Name + ";"
			}
		}
		return decides(g.Model.Name(op), name)
	}
	c := r.Config
	clip := ClipNothing
	if a := r.algorithm(); a == octav || a == leastSquares {
		clip = ClipMSE
	}
	rows := c.Weights.Granularity != "TENSORWISE"
	if c.Activations != nil {
		config := IntegerConfig{Activations: c.Activations.Bits, Clip: clip, PerChannelFC: rows, nodes: nodes}
		integer := true
		g := f.Model.Subgraphs[0]
		for _, t := range g.Inputs {
			integer = integer && decides(inputOperation, g.Tensors[t].Name+";")
		}
		for _, t := range g.Outputs {
			integer = integer && decides(outputOperation, g.Tensors[t].Name+";")
		}
		if integer {
			config.Interface = map[int]Interface{8: Int8Interface, 16: Int16Interface}[c.Activations.Bits]
		}
		return Integer(ctx, f, set, config)
	}
	least := max(c.MinWeightElements, 1)
	if c.Weights.Type == "FLOAT" {
		return Float16(f, Float16Config{MinElements: least, nodes: nodes})
	}
	config := DynamicConfig{
		Bits: c.Weights.Bits, BlockSize: c.Weights.block(), MinElements: least, PerChannelFC: rows, Clip: clip, nodes: nodes,
	}
	if c.ComputePrecision == integerCompute {
		return Dynamic(f, config)
	}
	return WeightOnly(f, config)
}
