package kernel_test

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// The checked-in assembly is what its generator writes.
func TestGeneratedAssembly(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command")
	}
	out, err := exec.Command("go", "run", "-C", "../asmgen", ".", "-check").CombinedOutput()
	require.NoError(t, err, "%s", out)
}
