package main

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestParsers(t *testing.T) {
	s, err := parsePairs([]byte("load_alloc_us=10 first_us=3.5 min_us=1.5 median_us=2.5 runs=7 peak_rss_kb=4096\n"))
	if want := (sample{Median: 2.5, Min: 1.5, Load: 10, First: 3.5, PeakRSS: 4096}); err != nil || s != want {
		t.Errorf("got %+v, %v", s, err)
	}
	s, err = parseLitewren([]byte(`{"load_us":1,"prepare_us":2,"first_us":4,"min_us":8,"median_us":16,"peak_rss_bytes":2048}`))
	if want := (sample{Median: 16, Min: 8, Load: 3, First: 4, PeakRSS: 2}); err != nil || s != want {
		t.Errorf("got %+v, %v", s, err)
	}
	for _, bad := range []string{"", "median_us=fast", "min_us=3"} {
		if _, err := parsePairs([]byte(bad)); err == nil {
			t.Errorf("%q passes", bad)
		}
	}
	r, ok := parseBenchmark("BenchmarkGemm/gemm7x32F32AVX512/49x1024-2   \t 100\t  1000 ns/op\t 116.5 GFLOP/s")
	if !ok || r.name != "Gemm/gemm7x32F32AVX512/49x1024" || r.nanos != 1000 || r.metrics["GFLOP/s"] != 116.5 {
		t.Errorf("got %+v, %v", r, ok)
	}
	if _, ok := parseBenchmark("PASS"); ok {
		t.Error("PASS is no benchmark")
	}
}

func TestParseCount(t *testing.T) {
	if n, err := parseCount([]byte("insns=1234567\n")); err != nil || n != 1234567 {
		t.Errorf("got %v, %v", n, err)
	}
	for _, bad := range []string{"", "insns=", "insns=many"} {
		if _, err := parseCount([]byte(bad)); err == nil {
			t.Errorf("%q passes", bad)
		}
	}
}

func TestYardsticks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "y.tsv")
	text := "# measured elsewhere\nmodel\tdefault_1t_us\txnn_1t_us\txnn_2t_us\tcold_ms\na\t10\t5\t3\t1\nb\t-\t\t4\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	y, err := readYardsticks(path)
	if err != nil {
		t.Fatal(err)
	}
	if a := y.times("a", 1); len(a) != 2 || a["default"] != 10 || a["xnn"] != 5 {
		t.Errorf("a: %v", a)
	}
	if b := y.times("b", 1); len(b) != 0 {
		t.Errorf("b: %v", b)
	}
	if b := y.times("b", 2); b["xnn"] != 4 {
		t.Errorf("b: %v", b)
	}
	// Here XNNPACK takes twice as long as there: so would the others.
	if err := y.calibrate("xnn_1t_us", map[string]float64{"a": 10, "c": 7}); err != nil {
		t.Fatal(err)
	}
	if a := y.times("a", 1); len(a) != 1 || a["default"] != 20 {
		t.Errorf("a, scaled: %v", a)
	}
	if b := y.times("b", 2); b["xnn"] != 8 {
		t.Errorf("b, scaled like the others: %v", b)
	}
	if y.calibrate("ynn_1t_us", map[string]float64{"a": 10}) == nil || y.calibrate("xnn_1t_us", map[string]float64{"c": 7}) == nil {
		t.Error("nothing to scale by passes")
	}
	for _, bad := range []string{"x\ty\n", "model\ta_1t_us\nm\tq\n", "model\nm\t1\n"} {
		os.WriteFile(path, []byte(bad), 0o600)
		if _, err := readYardsticks(path); err == nil {
			t.Errorf("%q passes", bad)
		}
	}
}

// fake is a runtime that takes as long as told.
func fake(name string, us float64, calls *[]string) *contestant {
	if runtime.GOOS == "windows" {
		return nil
	}
	return &contestant{
		name:    name,
		command: func(string, int, int) []string { *calls = append(*calls, name); return []string{"true"} },
		parse: func([]byte) (sample, error) {
			if us == 0 {
				return sample{}, errors.New("cannot run this")
			}
			return sample{Median: us, Min: us, Load: 2 * us, First: us, PeakRSS: 1024}, nil
		},
	}
}

func TestReport(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no command true")
	}
	var calls []string
	r := &report{
		Machine: thisMachine(), Rounds: 3, Runs: 1, Threads: []int{1, 2}, Contestants: []string{"litewren", "TFLite", "TFLite + XNNPACK", "other"},
		yardsticks: &yardsticks{models: map[string]map[string]float64{"m": {"xnn_1t_us": 400}}},
	}
	contestants := []*contestant{fake("litewren", 1000, &calls), fake("TFLite", 4000, &calls), fake("TFLite + XNNPACK", 1500, &calls), fake("other", 0, &calls)}
	s := settings{rounds: 3, runs: 1, json: filepath.Join(t.TempDir(), "r.json"), svg: filepath.Join(t.TempDir(), "r.svg")}
	if err := r.measure(context.Background(), contestants, []string{"dir/m.tflite"}, s); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(calls[:8], ","); got != "litewren,TFLite,TFLite + XNNPACK,other,litewren,TFLite,TFLite + XNNPACK,other" {
		t.Errorf("order: %s", got)
	}
	if len(calls) != 2*(4+3+3) {
		t.Errorf("%d calls: one that has failed is not called again", len(calls))
	}
	w := r.Rows[0]
	if w.Model != "m" || w.Ratio != 1.5 || w.ColdRatio != 1.5 || w.RSSRatio != 1 || w.ElsewhereRatio != 0.4 || w.Errors["other"] == "" {
		t.Errorf("row: %+v", w)
	}
	if r.Rows[1].Threads != 2 || r.Rows[1].ElsewhereRatio != 0 {
		t.Errorf("row: %+v", r.Rows[1])
	}
	if m := r.Means[0]; math.Abs(m.Geometric-1.5) > 1e-9 || m.Models != 1 || m.Slower != 0 || m.OverMillisecondNum != 1 {
		t.Errorf("mean: %+v", m)
	}
	if m := r.Means[1]; m.Against != "elsewhere" || m.Slower != 1 || m.LeastModel != "m" {
		t.Errorf("mean: %+v", m)
	}
	if err := r.write(s); err != nil {
		t.Fatal(err)
	}
	text := r.markdown()
	for _, want := range []string{"| m | 1.00 ms | 4.00 ms | 1.50 ms | - | 1.50 | 3.00 ms | 1.50 | 1.00 MiB | 1.00 | 400 µs xnn | 0.40 |", "geometric mean 1.50 over 1 models"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	b, err := os.ReadFile(s.json)
	if err != nil || !json.Valid(b) {
		t.Errorf("JSON: %v", err)
	}
	f, err := os.Open(s.svg)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	bars := 0
	for d := xml.NewDecoder(f); ; {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "rect" {
			bars++
		}
	}
	if bars != 1+4+3 { // background, legend, bars
		t.Errorf("%d rectangles", bars)
	}
}

func TestMedian(t *testing.T) {
	if median([]float64{3, 1, 2}) != 2 || median([]float64{4, 1, 2, 3}) != 2.5 {
		t.Error("median")
	}
}
