package interpreter

import (
	"fmt"
	"io/fs"
	"math"
	"math/bits"
	"slices"
	"strings"

	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/schema"
	"github.com/litewren/litewren/tensor"
)

// LoadOption changes how a model is loaded.
type LoadOption func(*loadConfig)

type loadConfig struct {
	limits   schema.Limits
	registry *ops.Registry
	external fs.FS
	mapped   bool
}

// WithLimits bounds the size and depth of the file; zero fields keep their defaults.
func WithLimits(l schema.Limits) LoadOption { return func(c *loadConfig) { c.limits = l } }

// WithRegistry resolves operators from r in place of ops.Builtins(): with custom operators added, or with fewer of them.
// The registry must not be changed afterwards.
func WithRegistry(r *ops.Registry) LoadOption { return func(c *loadConfig) { c.registry = r } }

// WithExternalBuffers lets the model take constants from files of fsys, os.DirFS of the model's folder say, or better an
// os.Root's FS. The model names the files; names that are not valid by fs.ValidPath are refused, so that all of them lie
// within fsys. Load reads what it needs and closes the files. Without this option a model that refers to other files is
// refused, whatever names it gives them.
func WithExternalBuffers(fsys fs.FS) LoadOption { return func(c *loadConfig) { c.external = fsys } }

// WithMemoryMap lets Open map the file into memory, where the system can, in place of reading it: constants that are used as
// they stand in the file need no memory of their own, and those that are never used are never read. Load and LoadFS ignore it.
//
// The file must not change as long as the process lives, since it stays mapped until the end: its bytes were verified when
// it was opened, and access to parts that have been cut off since ends the process (SIGBUS). A new version belongs in a new
// file, renamed over the old one. Writing to the bytes of a constant, which is wrong anyway, ends the process too.
func WithMemoryMap() LoadOption { return func(c *loadConfig) { c.mapped = true } }

// Option changes how an interpreter runs.
type Option func(*config)

type config struct {
	threads int
	budget  int64
	profile bool
	shapes  []tensor.Shape
	plain   bool     // no rewrites
	off     []string // rewrites that are off
}

func newConfig(opts []Option) (config, error) {
	c := config{threads: 1, budget: defaultBudget()}
	for _, o := range opts {
		o(&c)
	}
	for _, name := range c.off {
		if !slices.Contains(Rewrites(), name) {
			return c, fmt.Errorf("litewren: no rewrite %q, want one of %s", name, strings.Join(Rewrites(), ", "))
		}
	}
	if c.threads < 1 {
		return c, fmt.Errorf("litewren: %d threads, want at least 1", c.threads)
	}
	return c, nil
}

// defaultBudget is 4 GiB, or 1 GiB where addresses have 32 bits.
func defaultBudget() int64 {
	if bits.UintSize == 32 {
		return 1 << 30
	}
	return 4 << 30
}

// WithThreads sets how many threads a single Invoke may use; the default is 1. Results have the same bits for any number.
// More threads than GOMAXPROCS are not used. Small nodes, and so small models, run on one thread whatever the setting.
//
// The threads are the caller's and goroutines of the interpreter, which begin when first needed and end when the interpreter
// is collected. Between nodes, and for some 200 microseconds after Invoke, they look for work busily; then they sleep.
func WithThreads(n int) Option { return func(c *config) { c.threads = n } }

// WithMemoryBudget bounds the bytes an interpreter may take for activations, scratch, variables and precomputed constants;
// 4 GiB (1 GiB on 32-bit machines) by default, no bound when n is negative.
func WithMemoryBudget(n int64) Option {
	return func(c *config) {
		c.budget = n
		if n < 0 {
			c.budget = math.MaxInt64
		}
	}
}

// WithProfile records the time of every node; see Interpreter.Profile.
func WithProfile() Option { return func(c *config) { c.profile = true } }

// WithoutRewrites switches rewrites off, all of them when none is named. A rewrite replaces nodes of the model by fewer nodes
// that compute the same but for rounding; what lies between them is then seen neither by SetTap nor in the profile, where the
// node that replaces others bears their names. Interpreter.Tensor of such a tensor has no contents.
//
//	prelu       RELU(x) + alpha*NEG(RELU(NEG(x))) becomes PRELU
//	gelu        0.5*x*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x^3))), in several forms, becomes GELU
//	softmax     EXP(x - REDUCE_MAX(x)) over its SUM becomes SOFTMAX
//	normalize   layer and instance normalization in parts become one node
//	attention   BATCH_MATMUL or FULLY_CONNECTED of computed matrices, scale or mask, SOFTMAX and another product become one node that
//	            keeps a few rows of scores in the cache
//	activation  RELU, RELU6 and RELU_N1_TO_1 of FLOAT32 are fused into the node before
//	pad         PAD with zeros becomes the padding of the CONV_2D or DEPTHWISE_CONV_2D behind it
//	separable   large DEPTHWISE_CONV_2D of FLOAT32 pass their output to the pointwise CONV_2D behind them in bands, and take their
//	            input in bands from the one before
//	context     a 1x1 CONV_2D of a CONCATENATION in which one pixel is repeated all over multiplies that pixel once
//	chain       element-wise nodes of FLOAT32, and the large CONV_2D before them, become one node that works block by block
//	stream      READ_VARIABLE, CONCATENATION, STRIDED_SLICE and ASSIGN_VARIABLE of a window over a stream become one node
func WithoutRewrites(names ...string) Option {
	return func(c *config) {
		c.plain = c.plain || len(names) == 0
		c.off = append(c.off, names...)
	}
}

// rewritesOff joins the names of the rewrites that are off, each once.
func (c *config) rewritesOff() string {
	off := slices.Clone(c.off)
	slices.Sort(off)
	return strings.Join(slices.Compact(off), ",")
}

// WithInputShapes gives the inputs of the primary subgraph these shapes before anything is prepared; a nil shape keeps the
// model's. It saves preparing twice, and it is the way to open a model whose declared shapes do not work.
func WithInputShapes(shapes ...tensor.Shape) Option { return func(c *config) { c.shapes = shapes } }
