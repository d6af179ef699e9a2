//go:build !linux

package fork

import "runtime"

// yield lets another goroutine run.
func yield(int) { runtime.Gosched() }
