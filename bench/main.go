// Command bench compares litewren with TensorFlow Lite's C library on the models that it is given: in turn, on the same
// machine, with the library's own kernels and with XNNPACK. README.md beside it says how to get the library.
//
//	go run . [flags] model.tflite...
//	go run . -kernels
//	go run . -instructions [flags] model.tflite...
//	go run . -loops
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// settings are the flags.
type settings struct {
	litewren, runner, library, headers string
	yardsticks, control                string
	threads                            string
	rounds, runs                       int
	json, svg, markdown                string
	kernels, instructions, loops       bool
	cpu, sysroot                       string
	limit                              time.Duration
	benchtime                          string
	root                               string
}

func main() {
	var s settings
	flag.StringVar(&s.litewren, "litewren", "", "a litewren command to measure (default: the program in runner, built from the source beside this module)")
	flag.StringVar(&s.runner, "runner", os.Getenv("TFLITE_RUNNER"), "program that measures the reference, called as reference/runner.c says (default: $TFLITE_RUNNER)")
	flag.StringVar(&s.library, "library", os.Getenv("TFLITE_LIBRARY"), "folder of libtensorflowlite_c.so, around which to build the runner (default: $TFLITE_LIBRARY)")
	flag.StringVar(&s.headers, "headers", os.Getenv("TFLITE_HEADERS"), "folder of tensorflow/lite/c/c_api.h (default: $TFLITE_HEADERS, or -library)")
	flag.StringVar(&s.yardsticks, "yardsticks", "", "TSV of times measured elsewhere: a column model, columns named ..._1t_us, ..._2t_us, ..._cold_ms")
	flag.StringVar(&s.control, "control", "", "column of -yardsticks that the reference with XNNPACK is measured for here too, on one thread: scales the others to this machine")
	flag.StringVar(&s.threads, "threads", "1,2", "numbers of threads to measure with")
	flag.IntVar(&s.rounds, "rounds", 5, "rounds; in each, every runtime measures every model once, in a process of its own")
	flag.IntVar(&s.runs, "runs", 30, "timed invocations in each process")
	flag.StringVar(&s.markdown, "markdown", "", "file for the tables, besides standard output")
	flag.StringVar(&s.json, "json", "", "file for all numbers")
	flag.StringVar(&s.svg, "svg", "", "file for the bar chart")
	flag.BoolVar(&s.kernels, "kernels", false, "run the benchmarks of the kernels instead, beside the machine's peak")
	flag.BoolVar(&s.instructions, "instructions", false, "count arm64 instructions in QEMU's user mode instead of measuring time; -library is that for arm64 then")
	flag.BoolVar(&s.loops, "loops", false, "let llvm-mca simulate the inner loops of the arm64 kernels instead")
	flag.StringVar(&s.cpu, "cpu", "cortex-a76", "processor for -instructions")
	flag.StringVar(&s.sysroot, "sysroot", "/usr/aarch64-linux-gnu", "folder of arm64's C library for -instructions")
	flag.DurationVar(&s.limit, "limit", 5*time.Minute, "time for each process of -instructions")
	flag.StringVar(&s.benchtime, "benchtime", "100ms", "time for each kernel with -kernels")
	flag.StringVar(&s.root, "root", "", "folder of litewren's source (default: at or above the current folder)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, s, flag.Args()); err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, s settings, models []string) error {
	if s.root == "" {
		root, err := sourceRoot()
		if err != nil {
			return err
		}
		s.root = root
	}
	if s.kernels {
		return runKernels(ctx, s)
	}
	if len(models) == 0 && !s.loops {
		return errors.New("no models given")
	}
	if s.rounds < 1 || s.runs < 1 {
		return errors.New("-rounds and -runs must be at least 1")
	}
	threads, err := parseThreads(s.threads)
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "litewren-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	if s.loops {
		return analyzeLoops(ctx, s, scratch, os.Stdout)
	}
	if s.instructions {
		return countInstructions(ctx, s, models, scratch, os.Stdout)
	}
	contestants, err := makeContestants(ctx, s, scratch)
	if err != nil {
		return err
	}
	r := &report{Machine: thisMachine(), Rounds: s.rounds, Runs: s.runs, Threads: threads}
	for _, c := range contestants {
		r.Contestants = append(r.Contestants, c.name)
		if c.version != "" {
			r.Versions = append(r.Versions, c.name+": "+c.version)
		}
	}
	if s.yardsticks != "" {
		if r.yardsticks, err = readYardsticks(s.yardsticks); err != nil {
			return err
		}
	}
	if s.control != "" && (r.yardsticks == nil || len(contestants) == 1 || !slices.Contains(threads, 1)) {
		return errors.New("-control needs -yardsticks, a reference, and 1 among -threads")
	}
	if err := r.measure(ctx, contestants, models, s); err != nil {
		return err
	}
	return r.write(s)
}

// sourceRoot finds litewren's source at or above the current folder.
func sourceRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		b, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(b), "module github.com/litewren/litewren\n") {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("no source of litewren at or above the current folder: give -root")
		}
		dir = parent
	}
}

func parseThreads(list string) ([]int, error) {
	var threads []int
	for _, f := range strings.Split(list, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(f))
		if err != nil || n < 1 {
			return nil, fmt.Errorf("-threads %q: want numbers of at least 1", list)
		}
		threads = append(threads, n)
	}
	return threads, nil
}
