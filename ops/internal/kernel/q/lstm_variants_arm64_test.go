//go:build arm64 && !noasm

package q

import "testing"

// eachWordVariant runs a test with the kernels of every instruction set that there is.
func eachWordVariant(t *testing.T, test func(t *testing.T)) { t.Run("NEON", test) }
