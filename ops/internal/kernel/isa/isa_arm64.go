//go:build arm64 && !noasm

package isa

import "golang.org/x/sys/cpu"

// DotProduct is SDOT and UDOT, of Armv8.2: Cortex-A55, A75, A76 and later ones. NEON itself every arm64 processor has.
// GODEBUG=cpu.asimddp=off turns it off, to test the others.
var DotProduct = cpu.ARM64.HasASIMDDP
