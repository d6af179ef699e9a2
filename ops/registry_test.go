package ops

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/schema/tflite"
)

func TestRegistryCodes(t *testing.T) {
	prepare := func(*Node) (Eval, error) { return nil, nil }
	r, err := NewRegistry(&Op{Code: 300, Name: "LATER", Prepare: prepare})
	require.NoError(t, err)
	require.Equal(t, "LATER", r.Builtin(300).Name)
	require.Nil(t, r.Builtin(299))
	for _, code := range []tflite.BuiltinOperator{-1, math.MinInt32, math.MaxInt32} {
		require.Nil(t, r.Builtin(code))
		require.Error(t, r.Add(&Op{Code: code, Name: "NONE", Prepare: prepare}))
	}
	require.Len(t, r.Ops(), 1)
}
