package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// loopProcessors are the processors for which loops are analysed, with what llvm-mca calls the one whose model it takes: that of
// the Neoverse N1 is of the same core as the Cortex-A76, for which LLVM has none of its own.
var loopProcessors = []struct{ name, mcpu string }{{"cortex-a53", "cortex-a53"}, {"cortex-a72", "cortex-a72"}, {"cortex-a76", "neoverse-n1"}}

// analyzedKernels are the inner loops that most of the time of models is spent in, by package and function.
var analyzedKernels = []string{
	"f32.gemm8x8F32NEON", "f32.gemm4x8F32NEON", "f32.gemm1x8F32NEON", "f32.products1x4F32NEON", "f32.products4x4F32NEON", "f32.products1x4F16NEON",
	"f32.depthwiseTaps4F32NEON", "f32.addF32NEON", "f32.expF32NEON", "f32.tanhF32NEON", "f32.logisticF32NEON",
	"q.gemm5x16x4S8DOT", "q.gemm1x16x4S8DOT", "q.gemm4x16x8S8NEON", "q.gemm1x16x8S8NEON", "q.dense1x16x4S8DOT", "q.dot1x4S8S8DOT", "q.dot4x4S8S8DOT",
	"q.dot1x4S8S8NEON", "q.dot4x4S8S8NEON", "q.dot4x4U8S16NEON", "q.depthwise4x8S8S8NEON", "q.addBytesNEON", "q.mulBytesNEON", "q.requantize8BNEON",
}

// analyzeLoops prints a table of what llvm-mca, a simulator of pipelines, says of the inner loops of the arm64 kernels.
func analyzeLoops(ctx context.Context, s settings, scratch string, w io.Writer) error {
	mca, err := llvmTool("llvm-mca")
	if err != nil {
		return err
	}
	objdump, err := llvmTool("llvm-objdump")
	if err != nil {
		return err
	}
	bin := s.litewren
	if bin == "" {
		bin = filepath.Join(scratch, "litewren-arm64")
		if err := buildArm64(ctx, s.root, bin); err != nil {
			return err
		}
	}
	fmt.Fprint(w, "Inner loops of the arm64 kernels in llvm-mca: cycles of one pass, simulated and (in brackets) at least, by the units of the\nprocessor that it needs and the width at which instructions are issued.\n\n| kernel | instructions |")
	for _, p := range loopProcessors {
		fmt.Fprintf(w, " %s | ratio |", p.name)
	}
	fmt.Fprintf(w, "\n|---|---:|%s\n", strings.Repeat("---:|---:|", len(loopProcessors)))
	for _, kernel := range analyzedKernels {
		symbol := "github.com/litewren/litewren/ops/internal/kernel/" + kernel + ".abi0"
		out, err := exec.CommandContext(ctx, objdump, "-d", "--no-show-raw-insn", "--mattr=+dotprod", "--disassemble-symbols="+symbol, bin).Output()
		if err != nil {
			return fmt.Errorf("%s: %s: %w", objdump, kernel, err)
		}
		loop := innerLoop(string(out))
		if len(loop) == 0 {
			return fmt.Errorf("%s: no loop found", kernel)
		}
		fmt.Fprintf(w, "| %s | %d |", kernel, len(loop))
		for _, p := range loopProcessors {
			if strings.HasSuffix(kernel, "DOT") && p.name != "cortex-a76" {
				fmt.Fprint(w, " - | |") // has no such instructions
				continue
			}
			cycles, least, err := simulate(ctx, mca, p.mcpu, loop)
			if err != nil {
				return fmt.Errorf("%s: %w", kernel, err)
			}
			fmt.Fprintf(w, " %.1f (%.1f) | %.2f |", cycles, least, cycles/least)
		}
		fmt.Fprintln(w)
	}
	return nil
}

// llvmTool finds the newest of a tool's versions.
func llvmTool(name string) (string, error) {
	for version := 25; version >= 17; version-- {
		if path, err := exec.LookPath(fmt.Sprintf("%s-%d", name, version)); err == nil {
			return path, nil
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("%w (of LLVM 17 or later)", err)
	}
	return path, nil
}

func buildArm64(ctx context.Context, root, bin string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-o", bin, "./cmd/litewren")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=arm64")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building litewren: %w\n%s", err, out)
	}
	return nil
}

var (
	instructionLine = regexp.MustCompile(`^\s*([0-9a-f]+):\s+(\S.*)$`)
	branchTarget    = regexp.MustCompile(`(?:^|,\s*|\s)0x([0-9a-f]+)(?:\s|$)`)
	multiplies      = regexp.MustCompile(`^(sdot|udot|fmla|fmul|smull2?|smlal2?|umull2?|mla|mul|sqrdmulh|sqdmulh)\s`)
)

// innerLoop returns, of the loops without other loops in a disassembled function, the instructions of the one with most products,
// of two such the longer one.
func innerLoop(text string) []string {
	type instruction struct {
		at   uint64
		text string
	}
	var list []instruction
	index := map[uint64]int{}
	for line := range strings.Lines(text) {
		m := instructionLine.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if m == nil {
			continue
		}
		at, err := strconv.ParseUint(m[1], 16, 64)
		if err != nil {
			continue
		}
		index[at] = len(list)
		list = append(list, instruction{at, strings.Join(strings.Fields(strings.ReplaceAll(m[2], "\t", " ")), " ")})
	}
	var best []string
	most, started := -1, -1
	for i, x := range list {
		mnemonic, _, _ := strings.Cut(x.text, " ")
		if !strings.HasPrefix(mnemonic, "b.") && !strings.HasPrefix(mnemonic, "cb") && !strings.HasPrefix(mnemonic, "tb") && mnemonic != "b" {
			continue
		}
		m := branchTarget.FindStringSubmatch(x.text)
		if m == nil {
			continue
		}
		to, err := strconv.ParseUint(m[1], 16, 64)
		first, ok := index[to]
		if err != nil || !ok || first > i || first <= started { // forwards, or around another loop
			continue
		}
		started = first
		var loop []string
		products := 0
		for _, y := range list[first : i+1] {
			if multiplies.MatchString(y.text) {
				products++
			}
			loop = append(loop, y.text)
		}
		if products > most || products == most && len(loop) > len(best) {
			best, most = loop, products
		}
	}
	return best
}

// simulate returns the cycles of one pass of a loop, and the least that they could be.
func simulate(ctx context.Context, mca, cpu string, loop []string) (cycles, least float64, err error) {
	const passes = 1000
	var source strings.Builder
	for _, text := range loop {
		text, _, _ = strings.Cut(text, "<")
		source.WriteString(branchTarget.ReplaceAllString(text, " loop") + "\n")
	}
	cmd := exec.CommandContext(ctx, mca, "-mtriple=aarch64", "-mcpu="+cpu, "-mattr=+dotprod", fmt.Sprintf("-iterations=%d", passes))
	cmd.Stdin = strings.NewReader("loop:\n" + source.String())
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return 0, 0, fmt.Errorf("%s: %w: %s", mca, err, stderr.String())
	}
	total, err1 := mcaFigure(out, "Total Cycles:")
	micro, err2 := mcaFigure(out, "Total uOps:")
	width, err3 := mcaFigure(out, "Dispatch Width:")
	units, err4 := mcaFigure(out, "Block RThroughput:")
	for _, err := range []error{err1, err2, err3, err4} {
		if err != nil {
			return 0, 0, err
		}
	}
	return total / passes, max(units, micro/passes/width), nil
}

func mcaFigure(out []byte, name string) (float64, error) {
	_, after, ok := strings.Cut(string(out), name)
	if !ok {
		return 0, fmt.Errorf("llvm-mca says no %q", name)
	}
	return strconv.ParseFloat(strings.Fields(after)[0], 64)
}
