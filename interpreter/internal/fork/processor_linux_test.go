package fork

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// TestLeave: the thread may use all of its processors afterwards, and where there is another one it has gone there at least once.
func TestLeave(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, after unix.CPUSet
	require.NoError(t, unix.SchedGetaffinity(0, &before))
	moved := 0
	for range 20 {
		here := processor()
		require.GreaterOrEqual(t, here, int32(0))
		leave(here)
		if processor() != here {
			moved++
		}
		require.NoError(t, unix.SchedGetaffinity(0, &after))
		require.Equal(t, before, after)
	}
	require.Equal(t, before.Count() > 1, moved > 0)
}

// TestLeaveOnly: a thread with one processor stays.
func TestLeaveOnly(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var all, one, after unix.CPUSet
	require.NoError(t, unix.SchedGetaffinity(0, &all))
	one.Set(int(processor()))
	require.NoError(t, unix.SchedSetaffinity(0, &one))
	defer func() { require.NoError(t, unix.SchedSetaffinity(0, &all)) }()
	leave(processor())
	require.NoError(t, unix.SchedGetaffinity(0, &after))
	require.Equal(t, one, after)
}
