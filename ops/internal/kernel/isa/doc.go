// Package isa says which instruction set extensions of the processor the kernels may use. It declares nothing on processors
// that have only generic kernels, nor with the tag noasm: what imports it has a build constraint.
package isa
