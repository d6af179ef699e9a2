package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

//go:embed reference/runner.c
var runnerSource []byte

// sample is what one process has measured: times in microseconds, memory in KiB. What a runtime does not tell is 0.
type sample struct {
	Median, Min float64
	Load        float64 // until the interpreter is ready
	First       float64 // first invocation
	PeakRSS     float64
}

// cold is the time from nothing to the first result.
func (s sample) cold() float64 {
	if s.First == 0 {
		return 0
	}
	return s.Load + s.First
}

// contestant is a runtime in one mode.
type contestant struct {
	name, version string
	command       func(model string, threads, runs int) []string
	parse         func(out []byte) (sample, error)
}

// measure runs one process.
func (c *contestant) measure(ctx context.Context, model string, threads, runs int) (sample, error) {
	args := c.command(model, threads, runs)
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
		return sample{}, fmt.Errorf("%s: %w: %s", c.name, err, lines[len(lines)-1])
	}
	s, err := c.parse(out)
	if err != nil {
		return sample{}, fmt.Errorf("%s: %w", c.name, err)
	}
	return s, nil
}

// controlContestant is the one that the control column of yardsticks was measured with.
const controlContestant = "TFLite + XNNPACK"

// makeContestants builds what has to be built. Without a reference only litewren runs.
func makeContestants(ctx context.Context, s settings, scratch string) ([]*contestant, error) {
	ours, err := litewren(ctx, s, scratch)
	if err != nil {
		return nil, err
	}
	list := []*contestant{ours}
	runner := s.runner
	if runner == "" && s.library != "" {
		if runner, err = buildRunner(ctx, s, scratch); err != nil {
			return nil, err
		}
	}
	if runner == "" {
		fmt.Fprintln(os.Stderr, "bench: no reference given (-runner or -library): litewren alone")
		return list, nil
	}
	version, err := exec.CommandContext(ctx, runner, "version").Output()
	if err != nil {
		return nil, fmt.Errorf("%s version: %w", runner, err)
	}
	for i, name := range []string{"TFLite", controlContestant} {
		list = append(list, &contestant{
			name: name, version: strings.TrimSpace(string(version)),
			command: func(model string, threads, runs int) []string {
				return []string{runner, "bench", model, "--xnnpack", strconv.Itoa(i), "--threads", strconv.Itoa(threads), "--runs", strconv.Itoa(runs)}
			},
			parse: parsePairs,
		})
	}
	return list, nil
}

// litewren is runner, built from the source, or the command that the flag names.
func litewren(ctx context.Context, s settings, scratch string) (*contestant, error) {
	if s.litewren != "" {
		return &contestant{
			name: "litewren",
			command: func(model string, threads, runs int) []string {
				return []string{s.litewren, "bench", model, "--threads", strconv.Itoa(threads), "--runs", strconv.Itoa(runs), "--warmup", "2", "--json"}
			},
			parse: parseLitewren,
		}, nil
	}
	built, bin := filepath.Join(scratch, "built"), filepath.Join(scratch, "litewren-runner")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", built, "./runner")
	cmd.Dir = filepath.Join(s.root, "bench")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building litewren's runner: %w\n%s", err, out)
	}
	// A linker's output is in the system's cache in single pages, a file that was copied, as installed programs are, and the
	// reference's library, in larger pieces, which a new process gets hold of in fewer steps: a tenth of a small model's cold start.
	program, err := os.ReadFile(built)
	if err != nil {
		return nil, err
	}
	if err := writePieces(bin, program); err != nil {
		return nil, err
	}
	return &contestant{
		name: "litewren",
		command: func(model string, threads, runs int) []string {
			return []string{bin, "bench", model, "--threads", strconv.Itoa(threads), "--runs", strconv.Itoa(runs)}
		},
		parse: parsePairs,
	}, nil
}

// writePieces writes a program as an installer does that unpacks it, 32 KiB at a time. What is written at once the system keeps as one, and
// gives whole to a process that touches a part of it: of a program that is written in one piece 1.2 to 1.5 MiB more are resident.
func writePieces(path string, program []byte) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o755)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	for piece := range slices.Chunk(program, 32<<10) {
		if _, err := f.Write(piece); err != nil {
			return err
		}
	}
	return nil
}

// buildRunner compiles reference/runner.c around a TensorFlow Lite library, with more flags of the linker.
func buildRunner(ctx context.Context, s settings, scratch string, flags ...string) (string, error) {
	source, runner := filepath.Join(scratch, "runner.c"), filepath.Join(scratch, "runner")
	if err := os.WriteFile(source, runnerSource, 0o600); err != nil {
		return "", err
	}
	library, err := filepath.Abs(s.library)
	if err != nil {
		return "", err
	}
	headers := s.headers
	if headers == "" {
		headers = library
	}
	cc := os.Getenv("CC")
	if cc == "" {
		cc = "cc"
	}
	args := append([]string{"-O2", "-I", headers, source, "-o", runner, "-L", library, "-ltensorflowlite_c", "-Wl,-rpath," + library}, flags...)
	out, err := exec.CommandContext(ctx, cc, args...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building the reference's runner: %w\n%s", err, out)
	}
	return runner, nil
}

// parseLitewren reads the line of litewren bench --json.
func parseLitewren(out []byte) (sample, error) {
	var r struct {
		Load    float64 `json:"load_us"`
		Prepare float64 `json:"prepare_us"`
		First   float64 `json:"first_us"`
		Min     float64 `json:"min_us"`
		Median  float64 `json:"median_us"`
		PeakRSS float64 `json:"peak_rss_bytes"`
	}
	if err := json.Unmarshal(out, &r); err != nil {
		return sample{}, err
	}
	return sample{Median: r.Median, Min: r.Min, Load: r.Load + r.Prepare, First: r.First, PeakRSS: r.PeakRSS / 1024}.check()
}

// parsePairs reads the key=value pairs of a runner.
func parsePairs(out []byte) (sample, error) {
	var s sample
	fields := map[string]*float64{
		"median_us": &s.Median, "min_us": &s.Min, "load_alloc_us": &s.Load, "first_us": &s.First, "peak_rss_kb": &s.PeakRSS,
	}
	for _, pair := range strings.Fields(string(out)) {
		key, value, _ := strings.Cut(pair, "=")
		if to := fields[key]; to != nil {
			v, err := strconv.ParseFloat(value, 64)
			if err != nil {
				return sample{}, fmt.Errorf("%s: %w", key, err)
			}
			*to = v
		}
	}
	return s.check()
}

func (s sample) check() (sample, error) {
	if !(s.Median > 0) {
		return sample{}, errors.New("no median in what it printed")
	}
	return s, nil
}
