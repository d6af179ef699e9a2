//go:build amd64 && !noasm

package q

import (
	"testing"

	"github.com/litewren/litewren/ops/internal/kernel/isa"
)

// eachWordVariant runs a test with the kernels of every instruction set that there is.
func eachWordVariant(t *testing.T, test func(t *testing.T)) {
	if !isa.AVX2 {
		t.Skip("generic only")
	}
	defer func() { wideWords = isa.AVX512 }()
	for _, wide := range []bool{false, true} {
		if wide && !isa.AVX512 {
			continue
		}
		wideWords = wide
		t.Run(map[bool]string{false: "AVX2", true: "AVX512"}[wide], test)
	}
}
