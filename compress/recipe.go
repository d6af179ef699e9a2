package compress

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema/tflite"
)

// Recipe says node by node how to quantize a model, in the form of Google's AI Edge Quantizer (0.10): a list of rules. Among
// rules of the same regex the later one for an operator replaces the earlier, and one for "*" replaces all of them; among
// different regexes the one that came last in the list, by its first mention, decides.
type Recipe []RecipeRule

// RecipeRule quantizes the nodes of one operator within a scope.
type RecipeRule struct {
	Regex     string        `json:"regex"`               // found in the names of a node's outputs, each followed by ";"
	Operation string        `json:"operation"`           // FULLY_CONNECTED, INPUT, OUTPUT, ...; "*" for all that the settings suit
	Algorithm string        `json:"algorithm_key"`       // no_quantize, min_max_uniform_quantize, OCTAV, MSE, float_casting
	Config    *RecipeConfig `json:"op_config,omitempty"` // nil with no_quantize
}

// RecipeConfig is what a rule does with a node: with Activations static quantization, else with ComputePrecision INTEGER
// dynamic range, and with FLOAT weights behind DEQUANTIZE.
type RecipeConfig struct {
	Activations        *RecipeTensor `json:"activation_tensor_config,omitempty"`
	Weights            *RecipeTensor `json:"weight_tensor_config"`
	ComputePrecision   string        `json:"compute_precision"` // INTEGER or FLOAT
	ExplicitDequantize bool          `json:"explicit_dequantize"`
	SkipChecks         bool          `json:"skip_checks"`
	MinWeightElements  int           `json:"min_weight_elements"` // leaves smaller weights float
}

// RecipeTensor is how a tensor is stored.
type RecipeTensor struct {
	Bits        int    `json:"num_bits"`
	Symmetric   bool   `json:"symmetric"`
	Granularity string `json:"granularity"` // TENSORWISE, CHANNELWISE or BLOCKWISE_n
	Type        string `json:"dtype"`       // INT or FLOAT
}

// UnmarshalJSON reads the settings of a tensor with Google's defaults, and in the form of older versions too, which say
// channel_wise and block_size.
func (t *RecipeTensor) UnmarshalJSON(b []byte) error {
	old := struct {
		Bits        *int   `json:"num_bits"`
		Symmetric   *bool  `json:"symmetric"`
		Granularity string `json:"granularity"`
		Type        string `json:"dtype"`
		ChannelWise bool   `json:"channel_wise"`
		BlockSize   int    `json:"block_size"`
	}{Type: "INT"}
	if err := strict(b, &old); err != nil {
		return err
	}
	if old.Bits == nil {
		return errors.New("no num_bits")
	}
	*t = RecipeTensor{Bits: *old.Bits, Symmetric: old.Symmetric == nil || *old.Symmetric, Granularity: old.Granularity, Type: old.Type}
	switch {
	case t.Granularity != "":
	case old.BlockSize > 0:
		t.Granularity = fmt.Sprintf("BLOCKWISE_%d", old.BlockSize)
	case old.ChannelWise:
		t.Granularity = "CHANNELWISE"
	default:
		t.Granularity = "TENSORWISE"
	}
	return nil
}

// strict decodes one JSON value and nothing behind it.
func strict(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more behind the end")
	}
	return nil
}

// ParseRecipe reads a recipe from JSON. Errors name the rule, counted from 1; what the form does not know gives ops.ErrValue,
// what we cannot do ops.ErrUnsupported.
func ParseRecipe(b []byte) (Recipe, error) {
	var list []json.RawMessage
	if err := strict(b, &list); err != nil {
		return nil, fmt.Errorf("recipe: want a list of rules: %w: %w", err, ops.ErrValue)
	}
	r := make(Recipe, len(list))
	for i, raw := range list {
		if err := strict(raw, &r[i]); err != nil {
			return nil, fmt.Errorf("recipe: rule %d: %w: %w", i+1, err, ops.ErrValue)
		}
	}
	return r, r.check()
}

// MarshalJSON writes a recipe that ParseRecipe and Google's quantizer read.
func (r Recipe) MarshalJSON() ([]byte, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	return json.Marshal([]RecipeRule(r))
}

func (r Recipe) check() error {
	for i, rule := range r {
		if err := rule.check(); err != nil {
			return fmt.Errorf("recipe: rule %d (%s in %q): %w", i+1, rule.Operation, rule.Regex, err)
		}
	}
	return nil
}

const (
	anyOperation    = "*"
	noQuantize      = "NO_QUANTIZE"
	minMax          = "MIN_MAX_UNIFORM_QUANTIZE"
	octav           = "OCTAV"
	leastSquares    = "MSE"
	floatCasting    = "FLOAT_CASTING"
	integerCompute  = "INTEGER"
	floatCompute    = "FLOAT"
	inputOperation  = "INPUT"
	outputOperation = "OUTPUT"
)

func (r RecipeRule) algorithm() string { return strings.ToUpper(r.Algorithm) }

func (r RecipeRule) check() error {
	if _, err := regexp.Compile(r.Regex); err != nil {
		return fmt.Errorf("regex: %w: %w", err, ops.ErrValue)
	}
	if r.Operation != anyOperation && r.Operation != inputOperation && r.Operation != outputOperation {
		if _, ok := tflite.EnumValuesBuiltinOperator[r.Operation]; !ok {
			return fmt.Errorf("operation: got %q, want *, INPUT, OUTPUT or the name of an operator: %w", r.Operation, ops.ErrValue)
		}
	}
	switch r.algorithm() {
	case noQuantize:
		return nil
	case minMax, octav, leastSquares, floatCasting:
	case "GPTQ", "OSCAR", "HADAMARD_ROTATION", "DECOMPOSED_HADAMARD_ROTATION", "DEQUANTIZED_WEIGHT_RECOVERY":
		return fmt.Errorf("algorithm_key %q: %w", r.Algorithm, ops.ErrUnsupported)
	default:
		return fmt.Errorf("algorithm_key: got %q: %w", r.Algorithm, ops.ErrValue)
	}
	if r.Config == nil || r.Config.Weights == nil {
		return fmt.Errorf("op_config: no weight_tensor_config: %w", ops.ErrValue)
	}
	if err := r.Config.check(); err != nil {
		return fmt.Errorf("op_config: %w", err)
	}
	if half := r.Config.Weights.Type == "FLOAT"; half != (r.algorithm() == floatCasting) {
		return fmt.Errorf("algorithm_key %q with weights of dtype %s: %w", r.Algorithm, r.Config.Weights.Type, ops.ErrValue)
	}
	if !r.suits(r.Operation) {
		return fmt.Errorf("op_config: %s has no such form: %w", r.Operation, ops.ErrUnsupported)
	}
	return nil
}

func (c *RecipeConfig) check() error {
	w, a := c.Weights, c.Activations
	if c.MinWeightElements < 0 {
		return fmt.Errorf("min_weight_elements: got %d: %w", c.MinWeightElements, ops.ErrValue)
	}
	if !slices.Contains([]string{integerCompute, floatCompute}, c.ComputePrecision) {
		return fmt.Errorf("compute_precision: got %q, want INTEGER or FLOAT: %w", c.ComputePrecision, ops.ErrValue)
	}
	if err := w.check(); err != nil {
		return fmt.Errorf("weight_tensor_config: %w", err)
	}
	if w.Type == "FLOAT" {
		if w.Bits != 16 || a != nil || c.ComputePrecision != floatCompute {
			return fmt.Errorf("float weights: want 16 bits, FLOAT compute_precision, no activation_tensor_config: %w", ops.ErrValue)
		}
		return nil
	}
	switch block := w.block(); {
	case !slices.Contains([]int{2, 4, 8}, w.Bits):
		return fmt.Errorf("weight_tensor_config: num_bits: got %d, want 2, 4 or 8: %w", w.Bits, ops.ErrValue)
	case !w.Symmetric:
		return fmt.Errorf("weight_tensor_config: asymmetric weights: %w", ops.ErrUnsupported)
	case block > 0 && (w.Bits != 4 || a != nil || c.ComputePrecision != integerCompute):
		return fmt.Errorf("weight_tensor_config: blocks of %d-bit weights but for dynamic range with 4: %w", w.Bits, ops.ErrUnsupported)
	case c.ComputePrecision == integerCompute && c.ExplicitDequantize, c.ComputePrecision == floatCompute && !c.ExplicitDequantize:
		return fmt.Errorf("compute_precision %s with explicit_dequantize %v: %w", c.ComputePrecision, c.ExplicitDequantize, ops.ErrUnsupported)
	}
	if a == nil {
		return nil
	}
	if err := a.check(); err != nil {
		return fmt.Errorf("activation_tensor_config: %w", err)
	}
	switch {
	case c.ComputePrecision != integerCompute || a.Type != "INT":
		return fmt.Errorf("activation_tensor_config: want dtype INT and compute_precision INTEGER: %w", ops.ErrValue)
	case a.Bits != 8 && a.Bits != 16:
		return fmt.Errorf("activation_tensor_config: num_bits: got %d, want 8 or 16: %w", a.Bits, ops.ErrValue)
	case a.Bits == 16 && !a.Symmetric, a.Granularity != "TENSORWISE":
		return fmt.Errorf("activation_tensor_config: want granularity TENSORWISE, and symmetric with 16 bits: %w", ops.ErrValue)
	case w.Bits != 8:
		return fmt.Errorf("static quantization with %d-bit weights: %w", w.Bits, ops.ErrUnsupported)
	}
	return nil
}

func (t *RecipeTensor) check() error {
	if t.Type != "INT" && t.Type != "FLOAT" {
		return fmt.Errorf("dtype: got %q, want INT or FLOAT: %w", t.Type, ops.ErrValue)
	}
	if t.block() == 0 && t.Granularity != "TENSORWISE" && t.Granularity != "CHANNELWISE" {
		return fmt.Errorf("granularity: got %q, want TENSORWISE, CHANNELWISE or BLOCKWISE_32, 64, 128 or 256: %w", t.Granularity, ops.ErrValue)
	}
	return nil
}

// block returns the size of blocks, 0 for none.
func (t *RecipeTensor) block() int {
	for _, n := range []int{32, 64, 128, 256} {
		if t.Granularity == fmt.Sprintf("BLOCKWISE_%d", n) {
			return n
		}
	}
	return 0
}

// suits reports whether the settings suit an operator; all do for "*".
func (r RecipeRule) suits(operation string) bool {
	if operation == anyOperation || r.algorithm() == noQuantize {
		return true
	}
	c := r.Config
	if operation == inputOperation || operation == outputOperation {
		return c.Activations != nil
	}
	code, ok := tflite.EnumValuesBuiltinOperator[operation]
	if !ok {
		return false // custom
	}
	if c.Activations != nil {
		rule, ok := integerRules()[code]
		return ok && !(rule.only8 && c.Activations.Bits == 16)
	}
	switch {
	case c.Weights.Type == "FLOAT":
	case c.Weights.block() > 0:
		return code == tflite.BuiltinOperatorFULLY_CONNECTED
	case c.Weights.Bits < 8:
		return code == tflite.BuiltinOperatorFULLY_CONNECTED || code == tflite.BuiltinOperatorCONV_2D ||
			code == tflite.BuiltinOperatorEMBEDDING_LOOKUP
	}
	_, ok = hybridRules()[code]
	return ok
}

// CannedRecipe returns a recipe by the name that Google's quantizer gives it; static_wi8_ai8 and static_wi8_ai16 need samples.
func CannedRecipe(name string) (Recipe, error) {
	weights := func(bits int, granularity string) *RecipeTensor {
		return &RecipeTensor{Bits: bits, Symmetric: true, Granularity: granularity, Type: "INT"}
	}
	rule := func(c RecipeConfig) Recipe {
		return Recipe{{Regex: ".*", Operation: anyOperation, Algorithm: "min_max_uniform_quantize", Config: &c}}
	}
	dynamic := func(bits int, granularity string) Recipe {
		return rule(RecipeConfig{Weights: weights(bits, granularity), ComputePrecision: integerCompute})
	}
	behind := func(bits int) Recipe {
		return rule(RecipeConfig{Weights: weights(bits, "CHANNELWISE"), ComputePrecision: floatCompute, ExplicitDequantize: true})
	}
	static := func(bits int) Recipe {
		return rule(RecipeConfig{Weights: weights(8, "CHANNELWISE"), ComputePrecision: integerCompute,
			Activations: &RecipeTensor{Bits: bits, Symmetric: bits == 16, Granularity: "TENSORWISE", Type: "INT"}})
	}
	switch name {
	case "dynamic_wi8_afp32", "dynamic_wi8c_afp32":
		return dynamic(8, "CHANNELWISE"), nil
	case "dynamic_wi4_afp32", "dynamic_wi4c_afp32":
		return dynamic(4, "CHANNELWISE"), nil
	case "dynamic_wi2c_afp32":
		return dynamic(2, "CHANNELWISE"), nil
	case "dynamic_wi4b32_afp32":
		return dynamic(4, "BLOCKWISE_32"), nil
	case "dynamic_wi4b64_afp32":
		return dynamic(4, "BLOCKWISE_64"), nil
	case "dynamic_legacy_wi8_afp32":
		r := dynamic(8, "CHANNELWISE")
		r[0].Config.MinWeightElements = 1024
		return r, nil
	case "weight_only_wi8_afp32":
		return behind(8), nil
	case "weight_only_wi4_afp32":
		return behind(4), nil
	case "static_wi8_ai8":
		return static(8), nil
	case "static_wi8_ai16":
		return static(16), nil
	}
	return nil, fmt.Errorf("recipe %q: %w", name, ops.ErrValue)
}
