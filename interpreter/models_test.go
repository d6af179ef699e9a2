package interpreter_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestModels runs third-party models on recorded inputs. Outputs must be no further from those of the reference runtime's
// default kernels than its own other kernels are, and equal (floats: within rounding) where those agree.
func TestModels(t *testing.T) {
	archive := shared(t, "models", "golden.zip")
	ran := 0
	goldens(t, archive, "", func(dir string, files goldenFiles, m *manifest) {
		name, _, _ := strings.Cut(dir, "/")
		t.Run(name, func(t *testing.T) {
			b, err := os.ReadFile(filepath.Join(filepath.Dir(archive), m.Model))
			if err != nil {
				t.Fatal(err)
			}
			it, err := replay(b, files, m)
			if err != nil {
				t.Fatal(err)
			}
			for i, out := range m.Outputs {
				want, err := files.read(out.File)
				if err != nil {
					t.Fatal(err)
				}
				spread := 0.0
				for _, v := range m.Variants {
					if !v.Outputs[i].Identical {
						spread = max(spread, v.Outputs[i].MaxAbsDiff)
					}
				}
				if why := differ(it.Output(i), want, spread); why != "" {
					t.Errorf("output %d: %s", i, why)
				}
			}
			ran++
		})
	})
	t.Logf("%d models ran", ran)
}
