// Package sparse has the kernels that multiply with sparse matrices: with words of 4 bytes (a float32, or four int8) or with
// blocks of 16 bytes (four float32, or 16 int8), packed once for the registers of the processor.
package sparse
