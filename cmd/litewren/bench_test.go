package main

import (
	"encoding/json"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestBenchJSON(t *testing.T) {
	model := addModel().file(t)
	text := succeeds(t, "bench", model, "--json", "--runs", "7", "--warmup", "2", "--threads", "2")
	require.Equal(t, 1, strings.Count(text, "\n"), "one line")
	var fields map[string]any
	require.NoError(t, json.Unmarshal([]byte(text), &fields))
	require.Equal(t, "model.tflite", fields["model"])
	require.EqualValues(t, 7, fields["runs"])
	require.EqualValues(t, 2, fields["threads"])
	require.EqualValues(t, len(content(t, model)), fields["file_bytes"])
	for _, name := range []string{"load_us", "prepare_us", "first_us", "min_us", "median_us", "mean_us", "p95_us", "arena_bytes", "memory_bytes"} {
		require.Contains(t, fields, name)
		require.Greater(t, fields[name], 0.0, name)
	}
	require.Contains(t, fields, "peak_rss_bytes")
	require.NotContains(t, fields, "profile")
	require.LessOrEqual(t, fields["min_us"], fields["median_us"])
	require.LessOrEqual(t, fields["median_us"], fields["p95_us"])

	var r benchResult
	require.NoError(t, json.Unmarshal([]byte(succeeds(t, "bench", model, "--json", "--profile", "--runs", "3")), &r))
	require.Len(t, r.Profile, 2)
	require.Equal(t, "ADD", r.Profile[0].Op)
	require.Equal(t, "sum", r.Profile[0].Tensor)
	require.Equal(t, 3, r.Profile[0].Calls, "warm-up is not counted")
}

func TestBenchText(t *testing.T) {
	model := addModel().file(t)
	text := succeeds(t, "bench", model, "--runs", "3")
	for _, want := range []string{"model.tflite: 0.00 MB, 1 thread(s), 3 runs\n", "load", "prepare", "first invoke", "median", "arena"} {
		require.Contains(t, text, want)
	}
	require.NotContains(t, text, "Run Order")
	text = succeeds(t, "bench", model, "--runs", "3", "--profile")
	for _, want := range []string{
		"=== Run Order ===", "=== Top by Computation Time ===", "=== Summary by node type ===", "[node type]", "[times called]",
		"[sum]:0", "[positive]:1", "Number of nodes executed: 2", "100.000%",
	} {
		require.Contains(t, text, want)
	}
}

func TestProfileTables(t *testing.T) {
	nodes := []nodeTime{
		{Node: 0, Op: "CONV_2D", Tensor: "a", Calls: 2, FirstUS: 3000, TotalUS: 2000},
		{Node: 1, Op: "WHILE", Tensor: "b", Calls: 2, FirstUS: 9000, TotalUS: 6000},
		{Subgraph: 1, Node: 0, Op: "CONV_2D", Tensor: "c", Calls: 8, FirstUS: 500, TotalUS: 5000},
	}
	var b strings.Builder
	printProfile(&b, nodes, 2)
	lines := []string{}
	for _, l := range strings.Split(b.String(), "\n") {
		lines = append(lines, strings.Join(strings.Fields(l), " "))
	}
	text := strings.Join(lines, "\n")
	for _, want := range []string{
		"CONV_2D 3.000 1.000 25.000% 25.000% 1 [a]:0\nWHILE 9.000 3.000 75.000% 100.000% 1 [b]:1\nCONV_2D 0.500 2.500 62.500% 100.000% 4 subgraph 1 [c]:0",
		"WHILE 9.000 3.000 75.000% 75.000% 1 [b]:1\nCONV_2D 0.500",
		"[Node type] [count] [avg ms] [avg %] [cdf %] [times called]\nCONV_2D 2 3.500",
		"Number of nodes executed: 3",
	} {
		require.Contains(t, text, want)
	}
	b.Reset()
	printProfile(&b, nil, 1)
	require.NotContains(t, b.String(), "NaN")
}

func TestBenchTimes(t *testing.T) {
	var r benchResult
	times := make([]time.Duration, 20)
	for i := range times {
		times[i] = time.Duration(20-i) * time.Microsecond
	}
	r.setTimes(times)
	require.Equal(t, benchResult{MinUS: 1, MedianUS: 10.5, P95US: 19, MeanUS: r.MeanUS}, r)
	require.InDelta(t, 10.5, r.MeanUS, 1e-9)
	r = benchResult{}
	r.setTimes([]time.Duration{4 * time.Microsecond})
	require.Equal(t, benchResult{MinUS: 4, MedianUS: 4, MeanUS: 4, P95US: 4}, r)
}

// The peak counts what this process has held, even if only for a moment.
func TestPeakRSS(t *testing.T) {
	if peakRSS() == 0 {
		t.Skip("this system does not tell")
	}
	const size = 64 << 20
	b := make([]byte, size)
	for i := 0; i < size; i += 4096 {
		b[i] = 1
	}
	require.Greater(t, peakRSS(), int64(size))
	runtime.KeepAlive(b)
}
