package compress

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/ops"
)

// TestVersions checks that every operator version that quantizers write exists.
func TestVersions(t *testing.T) {
	registry := ops.Builtins()
	for code, r := range integerRules() {
		if r.recurrent {
			continue // integer_recurrent.go sets their versions, and its tests run them in the reference
		}
		op := registry.Builtin(code)
		require.NotNil(t, op, code.String())
		require.GreaterOrEqual(t, r.version8, int32(1), code.String())
		require.LessOrEqual(t, int(r.version8), max(int(op.MaxVersion), 1), code.String())
		if !r.only8 {
			require.GreaterOrEqual(t, r.v16, int32(1), code.String())
			require.LessOrEqual(t, int(r.v16), max(int(op.MaxVersion), 1), code.String())
		}
	}
	for code, r := range hybridRules() {
		if !r.plain {
			require.LessOrEqual(t, int(r.version), max(int(registry.Builtin(code).MaxVersion), 1), code.String())
		}
	}
}
