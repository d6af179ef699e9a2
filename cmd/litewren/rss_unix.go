//go:build linux || darwin || freebsd

package main

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

// peakRSS returns the most memory the process has held, in bytes.
func peakRSS() int64 {
	if runtime.GOOS == "linux" {
		if n := peakOfStatus(); n > 0 {
			return n
		}
	}
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return int64(u.Maxrss)
	}
	return int64(u.Maxrss) << 10 // KiB on Linux and FreeBSD
}

// peakOfStatus reads the peak of this program alone. That of getrusage is no less than what the process that started it held at the
// time, as long as the two shared its memory: all of a Go program that starts others.
func peakOfStatus() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			if err != nil {
				return 0
			}
			return n << 10
		}
	}
	return 0
}
