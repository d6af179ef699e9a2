// Package compress makes TensorFlow Lite models smaller and faster: it quantizes, prunes, clusters and factorizes `.tflite`
// files, and reports what that did.
//
// Every transform is a pure function of a decoded model, its settings and, for some, sample inputs:
//
//	f, err := schema.Decode(b, schema.Limits{})
//	small, report, err := compress.Dynamic(f, compress.DynamicConfig{})
//	err = schema.WriteFile("small.tflite", small)
//
// The original stays as it is; both share the bytes of constants that did not change. Equal arguments give equal results.
// Signatures, metadata and names survive. Errors of malformed models are those of the loader (schema.ErrInvalidModel); a
// model that is fine but that a transform cannot handle gives ops.ErrUnsupported.
package compress
