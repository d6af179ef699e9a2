package main

import (
	"os"
	"runtime"
	"strings"

	"golang.org/x/sys/cpu"
)

// machine names what the numbers were measured on.
type machine struct {
	CPU      string
	Features []string
	Cores    int
	OS, Arch string
	Go       string
}

func thisMachine() machine {
	m := machine{CPU: cpuName(), Cores: runtime.NumCPU(), OS: runtime.GOOS, Arch: runtime.GOARCH, Go: runtime.Version()}
	for _, f := range []struct {
		has  bool
		name string
	}{
		{cpu.X86.HasAVX2, "AVX2"}, {cpu.X86.HasFMA, "FMA"}, {cpu.X86.HasF16C, "F16C"}, {cpu.X86.HasAVX512F, "AVX-512F"},
		{cpu.X86.HasAVX512BW, "AVX-512BW"}, {cpu.X86.HasAVX512VNNI, "AVX-512 VNNI"}, {cpu.X86.HasAVXVNNI, "AVX-VNNI"},
		{cpu.ARM64.HasASIMD, "NEON"}, {cpu.ARM64.HasASIMDDP, "DotProd"}, {cpu.ARM64.HasI8MM, "I8MM"},
	} {
		if f.has {
			m.Features = append(m.Features, f.name)
		}
	}
	return m
}

// cpuName asks Linux; elsewhere the processor goes by its architecture.
func cpuName() string {
	b, _ := os.ReadFile("/proc/cpuinfo")
	fields := map[string]string{}
	for _, line := range strings.Split(string(b), "\n") {
		if name, value, ok := strings.Cut(line, ":"); ok {
			name = strings.TrimSpace(name)
			if _, seen := fields[name]; !seen {
				fields[name] = strings.TrimSpace(value)
			}
		}
	}
	name := fields["model name"]
	if name == "" {
		return runtime.GOARCH
	}
	if f, m := fields["cpu family"], fields["model"]; f != "" && m != "" {
		name += " (family " + f + ", model " + m + ")"
	}
	return name
}
