package fork

import (
	"runtime"
	"syscall"
)

// yield offers the processor to another thread, and every now and then the scheduler of Go another goroutine.
func yield(i int) {
	if i%64 == 0 {
		runtime.Gosched()
		return
	}
	syscall.RawSyscall(syscall.SYS_SCHED_YIELD, 0, 0, 0)
}
