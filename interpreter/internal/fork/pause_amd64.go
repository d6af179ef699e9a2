//go:build amd64 && !noasm

package fork

// pause tells the processor that its thread waits: a few dozen cycles in which the sibling thread of the core has it alone.
//
//go:noescape
func pause()
