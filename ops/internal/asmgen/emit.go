package main

import (
	"bytes"
	"fmt"
)

// file is the text of an assembly file.
type file struct{ text bytes.Buffer }

// line writes a line as it stands.
func (f *file) line(format string, args ...any) { fmt.Fprintf(&f.text, format+"\n", args...) }

// op writes an instruction.
func (f *file) op(format string, args ...any) { f.line("\t"+format, args...) }

// label writes a label, which belongs to the function it stands in.
func (f *file) label(name string) { f.line("%s:", name) }

// function begins a leaf function without a frame, whose arguments and results take size bytes. The declaration is repeated in
// a comment above it.
func (f *file) function(name, signature string, size int) {
	f.line("\n// func %s%s", name, signature)
	f.line("TEXT ·%s(SB), NOSPLIT, $0-%d", name, size)
}

// ret ends a function that has used vector registers.
func (f *file) ret() {
	f.op("VZEROUPPER")
	f.op("RET")
}

// vec is register i of a width: 'Z', 'Y' or 'X'.
func vec(width byte, i int) string { return fmt.Sprintf("%c%d", width, i) }

// zero clears a vector register.
func (f *file) zero(reg string) {
	if reg[0] == 'Z' {
		f.op("VPXORD %s, %s, %s", reg, reg, reg)
		return
	}
	f.op("VPXOR %s, %s, %s", reg, reg, reg)
}
