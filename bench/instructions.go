package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

//go:embed reference/count.c
var pluginSource []byte

// counter runs programs for arm64 in QEMU's user mode and counts their instructions.
type counter struct {
	qemu, plugin, cpu string
	environment       []string
	limit             time.Duration // of one process
}

// counted is a runtime whose instructions are counted: command invokes a model 3 times and then runs times.
type counted struct {
	name    string
	command func(model string, runs int) []string
}

// countInstructions prints a table of arm64 instructions for each Invoke of the models. What it counts are executed
// instructions, of whatever cost, not time.
func countInstructions(ctx context.Context, s settings, models []string, scratch string, w io.Writer) error {
	c, list, err := makeCounter(ctx, s, scratch)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "Millions of arm64 instructions for one Invoke with one thread, QEMU's user mode, -cpu %s; ratios are litewren to the reference.\n\n", s.cpu)
	fmt.Fprint(w, "| model |")
	for i, r := range list {
		fmt.Fprintf(w, " %s |", r.name)
		if i > 0 {
			fmt.Fprint(w, " ratio |")
		}
	}
	fmt.Fprintf(w, "\n|---|---:|%s\n", strings.Repeat("---:|---:|", len(list)-1))
	logs, compared := make([]float64, len(list)), make([]int, len(list))
	for _, model := range models {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		fmt.Fprintf(w, "| %s |", strings.TrimSuffix(filepath.Base(model), ".tflite"))
		ours := 0.0
		for i, r := range list {
			n, err := c.perInvoke(ctx, r, model)
			if err != nil {
				fmt.Fprintf(os.Stderr, "bench: %s: %s: %v\n", filepath.Base(model), r.name, err)
				n = 0
			}
			if i == 0 {
				ours = n
			}
			fmt.Fprintf(w, " %s |", millions(n))
			switch {
			case i == 0:
			case n > 0 && ours > 0:
				fmt.Fprintf(w, " %.2f |", ours/n)
				logs[i] += math.Log(ours / n)
				compared[i]++
			default:
				fmt.Fprint(w, " |")
			}
		}
		fmt.Fprintln(w)
	}
	fmt.Fprint(w, "| geometric mean | |")
	for i := range list[1:] {
		if n := compared[i+1]; n > 0 {
			fmt.Fprintf(w, " | %.2f |", math.Exp(logs[i+1]/float64(n)))
		} else {
			fmt.Fprint(w, " | |")
		}
	}
	fmt.Fprintln(w)
	return nil
}

func millions(n float64) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprintf("%.4g", n/1e6)
}

// makeCounter builds the plugin and the programs.
func makeCounter(ctx context.Context, s settings, scratch string) (*counter, []counted, error) {
	qemu, err := exec.LookPath("qemu-aarch64")
	if err != nil {
		return nil, nil, fmt.Errorf("%w (the dynamically linked one, which takes plugins: package qemu-user)", err)
	}
	c := &counter{qemu: qemu, plugin: filepath.Join(scratch, "count.so"), cpu: s.cpu, limit: s.limit}
	source := filepath.Join(scratch, "count.c")
	if err := os.WriteFile(source, pluginSource, 0o600); err != nil {
		return nil, nil, err
	}
	cc := os.Getenv("HOSTCC")
	if cc == "" {
		cc = "cc"
	}
	if out, err := exec.CommandContext(ctx, cc, "-O2", "-shared", "-fPIC", "-fvisibility=hidden", source, "-o", c.plugin).CombinedOutput(); err != nil {
		return nil, nil, fmt.Errorf("building QEMU's plugin: %w\n%s", err, out)
	}
	bin := s.litewren
	if bin == "" {
		bin = filepath.Join(scratch, "litewren-arm64")
		if err := buildArm64(ctx, s.root, bin); err != nil {
			return nil, nil, err
		}
	}
	list := []counted{{"litewren", func(model string, runs int) []string {
		// Without collections, preemption and idle processors of the Go runtime: they come with time, which an emulated
		// processor has far more of. Invoke makes no garbage.
		return []string{"-E", "GOGC=off", "-E", "GODEBUG=asyncpreemptoff=1", "-E", "GOMAXPROCS=1", bin, "bench", model, "--threads", "1", "--runs", strconv.Itoa(runs), "--warmup", "2", "--json"}
	}}}
	if s.library == "" {
		fmt.Fprintln(os.Stderr, "bench: no reference given (-library, for arm64): litewren alone")
		return c, list, nil
	}
	library, err := filepath.Abs(s.library)
	if err != nil {
		return nil, nil, err
	}
	if os.Getenv("CC") == "" {
		os.Setenv("CC", "aarch64-linux-gnu-gcc")
	}
	runner, err := buildRunner(ctx, s, scratch, "-Wl,--unresolved-symbols=ignore-in-shared-libs")
	if err != nil {
		return nil, nil, err
	}
	for i, name := range []string{"TFLite", "TFLite + XNNPACK"} {
		list = append(list, counted{name, func(model string, runs int) []string {
			return []string{"-L", s.sysroot, "-E", "LD_LIBRARY_PATH=" + library, runner, "bench", model, "--xnnpack", strconv.Itoa(i), "--threads", "1", "--runs", strconv.Itoa(runs)}
		}})
	}
	return c, list, nil
}

// perInvoke returns the instructions of one invocation: the difference of processes that differ in their number of invocations
// only, so that loading, preparing and the first invocations cancel. Runners may stop early after four runs.
func (c *counter) perInvoke(ctx context.Context, r counted, model string) (float64, error) {
	n := 2
	few, err := c.count(ctx, r, model, n)
	if err != nil {
		return 0, err
	}
	many, err := c.count(ctx, r, model, 2*n)
	if err != nil {
		return 0, err
	}
	each := (many - few) / float64(n)
	// In few instructions what else a process does (the threads of the Go runtime) would show.
	for _, small := range []struct {
		below float64
		runs  int
	}{{2e6, 100}, {1e5, 2000}} {
		if each >= small.below {
			break
		}
		n = small.runs
		if few, err = c.count(ctx, r, model, n); err != nil {
			return 0, err
		}
		if many, err = c.count(ctx, r, model, 2*n); err != nil {
			return 0, err
		}
		each = (many - few) / float64(n)
	}
	if !(each > 0) {
		return 0, fmt.Errorf("%.0f instructions for %d invocations, %.0f for %d", few, n, many, 2*n)
	}
	return each, nil
}

// count runs one process.
func (c *counter) count(ctx context.Context, r counted, model string, runs int) (float64, error) {
	ctx, cancel := context.WithTimeout(ctx, c.limit)
	defer cancel()
	log := filepath.Join(filepath.Dir(c.plugin), "count.log")
	args := append([]string{"-cpu", c.cpu, "-plugin", c.plugin, "-d", "plugin", "-D", log}, r.command(model, runs)...)
	cmd := exec.CommandContext(ctx, c.qemu, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	if err != nil {
		lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
		return 0, fmt.Errorf("%w: %s", err, lines[len(lines)-1])
	}
	if _, text, ok := strings.Cut(string(out), " runs="); ok { // a reference's line
		if done := strings.Fields(text)[0]; done != strconv.Itoa(runs) {
			return 0, fmt.Errorf("invoked %s times instead of %d", done, runs)
		}
	}
	text, err := os.ReadFile(log)
	if err != nil {
		return 0, err
	}
	return parseCount(text)
}

// parseCount reads what the plugin prints.
func parseCount(text []byte) (float64, error) {
	_, after, ok := strings.Cut(string(text), "insns=")
	if !ok {
		return 0, errors.New("the plugin has printed no count")
	}
	return strconv.ParseFloat(strings.TrimSpace(after), 64)
}
