package interpreter_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/interpreter"
)

// TestOpenMappedPipe: what cannot be mapped is read, and then its memory must not be given back.
func TestOpenMappedPipe(t *testing.T) {
	model, w, weights := squareModel(t)
	path := filepath.Join(t.TempDir(), "model.fifo")
	require.NoError(t, syscall.Mkfifo(path, 0o600))
	written := make(chan error, 1)
	go func() { written <- os.WriteFile(path, model, 0o600) }()
	m, err := interpreter.Open(path, interpreter.WithMemoryMap())
	require.NoError(t, err)
	require.NoError(t, <-written)
	requireSquare(t, m, w, weights)
}
