package main

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{"help"}, {"--help"}, {"-h"}} {
		text := succeeds(t, args...)
		for _, c := range commands() {
			require.Contains(t, text, "litewren "+c.name)
		}
	}
	for _, c := range commands() {
		text := succeeds(t, c.name, "--help")
		require.Contains(t, text, "usage: litewren "+c.name+" "+c.args+" [flags]\n")
	}
	require.Contains(t, succeeds(t, "run", "--help"), "--inputs")
}

func TestWrongUsage(t *testing.T) {
	model := reluModel().file(t)
	for _, c := range []struct {
		want string
		args []string
	}{
		{"litewren help", nil},
		{`unknown command "walk"`, []string{"walk"}},
		{`unknown command "--walk"`, []string{"--walk"}},
		{"got 0 arguments, want MODEL", []string{"run"}},
		{"got 2 arguments, want MODEL", []string{"run", model, model}},
		{"got 0 arguments, want MODEL", []string{"bench"}},
		{"got 0 arguments, want MODEL", []string{"inspect"}},
		{"unknown flag: --no-such", []string{"run", model, "--no-such"}},
		{"needs an argument", []string{"run", model, "--inputs"}},
		{`invalid argument "x"`, []string{"run", model, "--threads", "x"}},
		{"--threads 0, want at least 1", []string{"run", model, "--threads", "0"}},
		{"--threads -1, want at least 1", []string{"bench", model, "--threads", "-1"}},
		{"--runs 0, want at least 1", []string{"bench", model, "--runs", "0"}},
		{"--warmup -1, want at least 0", []string{"bench", model, "--warmup", "-1"}},
		{`invalid argument "-1"`, []string{"bench", model, "--seed", "-1"}},
	} {
		require.Contains(t, fails(t, 2, c.args...), c.want)
	}
}

func TestFailure(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing.tflite")
	broken := filepath.Join(folder(t, map[string]string{"broken.tflite": "this is no model"}), "broken.tflite")
	for _, command := range []string{"run", "bench", "inspect"} {
		require.Contains(t, fails(t, 1, command, missing), "missing.tflite")
		line := fails(t, 1, command, broken)
		require.Contains(t, line, "broken.tflite")
		require.Contains(t, line, "invalid model")
		require.True(t, strings.HasPrefix(line, "litewren "+command+": "), line)
	}
}

// TestReportIsOneLine: errors of other packages may have several.
func TestReportIsOneLine(t *testing.T) {
	var b strings.Builder
	require.Equal(t, 1, report(&b, command{name: "run"}, errors.Join(errors.New("litewren: first"), errors.New("second"))))
	require.Equal(t, "litewren run: first; second\n", b.String())
}
