package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// kernelResult is a line of go test -bench.
type kernelResult struct {
	name    string
	nanos   float64
	metrics map[string]float64 // by unit
}

// parseBenchmark reads a line such as "BenchmarkX/y-2  100  123 ns/op  45.6 GFLOP/s".
func parseBenchmark(line string) (kernelResult, bool) {
	f := strings.Fields(line)
	if len(f) < 4 || !strings.HasPrefix(f[0], "Benchmark") {
		return kernelResult{}, false
	}
	name := strings.TrimPrefix(f[0], "Benchmark")
	if i := strings.LastIndex(name, "-"); i > 0 {
		if _, err := strconv.Atoi(name[i+1:]); err == nil {
			name = name[:i] // the number of processors
		}
	}
	r := kernelResult{name: name, metrics: map[string]float64{}}
	for i := 2; i+1 < len(f); i += 2 {
		v, err := strconv.ParseFloat(f[i], 64)
		if err != nil {
			return kernelResult{}, false
		}
		switch unit := f[i+1]; unit {
		case "ns/op":
			r.nanos = v
		case "GF/s":
			r.metrics["GFLOP/s"] = v
		default:
			r.metrics[unit] = v
		}
	}
	return r, true
}

// peakPackage holds the loops that measure what the machine can do at most; its benchmarks are named after the units.
const peakPackage = "./ops/internal/kernel/peak"

// runKernels runs the benchmarks of the kernels and prints their throughput, as a share of the machine's peak where they
// report GFLOP/s (float multiply-adds count as two) or GOP/s (likewise, of int8).
func runKernels(ctx context.Context, s settings) error {
	peaks := map[string]float64{}
	if err := goBench(ctx, s, peakPackage, func(_ string, r kernelResult) {
		for unit, v := range r.metrics {
			peaks[unit] = max(peaks[unit], v)
		}
	}); err != nil {
		return err
	}
	m := thisMachine()
	fmt.Printf("%s, %s/%s, %s; %s\n\nPeak of one thread, registers only: ", m.CPU, m.OS, m.Arch, m.Go, strings.Join(m.Features, ", "))
	sep := ""
	for _, unit := range []string{"GFLOP/s", "GOP/s"} {
		if peaks[unit] > 0 {
			fmt.Printf("%s%.0f %s", sep, peaks[unit], unit)
			sep = ", "
		}
	}
	fmt.Print("\n\n| package | kernel | time | throughput | share of peak |\n|---|---|--:|--:|--:|\n")
	return goBench(ctx, s, "./ops/internal/kernel/...", func(pkg string, r kernelResult) {
		if strings.HasSuffix(pkg, "/peak") {
			return
		}
		throughput, share := "-", "-"
		for _, unit := range []string{"GFLOP/s", "GOP/s", "MB/s", "ns/element"} {
			if v, ok := r.metrics[unit]; ok {
				throughput = digits(v) + " " + unit
				if peaks[unit] > 0 {
					share = fmt.Sprintf("%.0f %%", 100*v/peaks[unit])
				}
				break
			}
		}
		fmt.Printf("| %s | %s | %s | %s | %s |\n", pkg[strings.LastIndex(pkg, "/kernel/")+1:], r.name, duration(r.nanos/1e3), throughput, share)
	})
}

// goBench runs the benchmarks of packages and hands over each line of results.
func goBench(ctx context.Context, s settings, packages string, each func(pkg string, r kernelResult)) error {
	cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", ".", "-cpu", "1", "-benchtime", s.benchtime, packages)
	cmd.Dir, cmd.Stderr = s.root, os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	readBenchmarks(out, each)
	return cmd.Wait()
}

func readBenchmarks(out io.Reader, each func(pkg string, r kernelResult)) {
	pkg := ""
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if name, ok := strings.CutPrefix(lines.Text(), "pkg: "); ok {
			pkg = name
		} else if r, ok := parseBenchmark(lines.Text()); ok {
			each(pkg, r)
		}
	}
}
