// Package peak measures what the processor reaches in loops of multiply-adds over registers, which bounds what the kernels can
// reach. Only benchmarks use it.
package peak
