//go:build amd64 && !noasm

package peak

import "testing"

func BenchmarkPeak(b *testing.B) {
	for _, l := range Loops {
		if !l.Available {
			continue
		}
		b.Run(l.Name, func(b *testing.B) {
			const turns = 10000
			for b.Loop() {
				l.Run(turns)
			}
			b.ReportMetric(float64(l.Turn)*turns*float64(b.N)/float64(b.Elapsed().Nanoseconds()), l.Unit)
		})
	}
}
