package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCompare(t *testing.T) {
	dir := t.TempDir()
	small := filepath.Join(dir, "small.tflite")
	succeeds(t, "quantize", autoencoder, "-o", small)
	page, table, numbers := filepath.Join(dir, "a.html"), filepath.Join(dir, "a.md"), filepath.Join(dir, "a.json")
	text := succeeds(t, "compare", autoencoder, small, "--data", windows(t, 5), "--runs", "2", "--html", page, "--markdown", table, "--json", numbers)
	require.Contains(t, text, "| small |")
	b, err := os.ReadFile(table)
	require.NoError(t, err)
	require.Equal(t, text, string(b))
	for _, path := range []string{page, numbers} {
		require.Greater(t, size(t, path), int64(1000))
	}
	// A gate that fails prints the table all the same.
	status, text, message := litewren("compare", autoencoder, small, "--random", "3", "--runs", "1", "--min-sqnr", "90")
	require.Equal(t, 1, status)
	require.Contains(t, text, "| small |")
	require.Contains(t, message, "want at least 90.0 dB")
	require.Contains(t, fails(t, 2, "compare", autoencoder, small), "no samples: give --data, or --random N")
	require.Contains(t, fails(t, 1, "compare", autoencoder, filepath.Join(dir, "none"), "--random", "3"), "no such file")
	require.Contains(t, fails(t, 2, "compare"), "got 0 arguments, want ORIGINAL OTHER...")
	require.Contains(t, fails(t, 2, "inspect", autoencoder, small), "got 2 arguments, want MODEL")
}

func TestDiff(t *testing.T) {
	small := filepath.Join(t.TempDir(), "small.tflite")
	succeeds(t, "quantize", autoencoder, "-o", small, "--bits", "4")
	require.Contains(t, succeeds(t, "diff", autoencoder, autoencoder, "--random", "2"), "none is below 20 dB")
	require.Contains(t, succeeds(t, "diff", autoencoder, small, "--random", "2", "--below", "60", "--all"), "the first below 60 dB")
	require.Contains(t, succeeds(t, "diff", autoencoder, small, "--random", "2", "--below", "0", "--max-error", "1e-9"), "the first below 0 dB or off by more than 1e-09")
	layers := filepath.Join(t.TempDir(), "layers.json")
	text := succeeds(t, "diff", autoencoder, small, "--random", "2", "--worst", "2", "--json", layers)
	require.Contains(t, text, "worst 2: ")
	require.NotContains(t, text, "worst 3: ")
	require.Greater(t, size(t, layers), int64(200))
	status, _, message := litewren("diff", autoencoder, small, "--random", "2", "--below", "60", "--fail")
	require.Equal(t, 1, status)
	require.Contains(t, message, "comparison failed")
	require.Contains(t, fails(t, 2, "diff", autoencoder, "--random", "2"), "want ORIGINAL OTHER")
}
