package main

import (
	"math/rand/v2"

	"github.com/litewren/litewren/tensor"
)

// randomize fills an input with seeded values: floats in [-1, 1), integers over the range of 8 bits (indices stay small),
// bools, and short words.
func randomize(t *tensor.Tensor, rng *rand.Rand) error {
	switch t.Type {
	case tensor.Float32:
		for i, d := 0, tensor.Data[float32](t); i < len(d); i++ {
			d[i] = rng.Float32()*2 - 1
		}
	case tensor.Float64:
		for i, d := 0, tensor.Data[float64](t); i < len(d); i++ {
			d[i] = rng.Float64()*2 - 1
		}
	case tensor.Complex64:
		for i, d := 0, tensor.Data[complex64](t); i < len(d); i++ {
			d[i] = complex(rng.Float32()*2-1, rng.Float32()*2-1)
		}
	case tensor.Float16, tensor.BFloat16:
		values := make([]float32, t.Elements())
		for i := range values {
			values[i] = rng.Float32()*2 - 1
		}
		return tensor.QuantizeFloat32(t, values)
	case tensor.Bool:
		for i, d := 0, tensor.Data[bool](t); i < len(d); i++ {
			d[i] = rng.IntN(2) == 1
		}
	case tensor.String:
		words := make([][]byte, t.Elements())
		for i := range words {
			for range 1 + rng.IntN(8) {
				words[i] = append(words[i], byte('a'+rng.IntN(26)))
			}
		}
		b, err := tensor.EncodeStrings(words)
		t.SetBytes(b)
		return err
	case tensor.Int16, tensor.Uint16, tensor.Int32, tensor.Uint32, tensor.Int64, tensor.Uint64:
		values := make([]float32, t.Elements())
		for i := range values {
			values[i] = float32(rng.IntN(8))
		}
		return setIntegers(t, values)
	default:
		b := t.Bytes()
		for i := range b {
			b[i] = byte(rng.IntN(256))
		}
	}
	return nil
}

// setIntegers stores whole numbers as they are, without regard to quantization.
func setIntegers(t *tensor.Tensor, values []float32) error {
	for i, v := range values {
		switch t.Type {
		case tensor.Int16:
			tensor.Data[int16](t)[i] = int16(v)
		case tensor.Uint16:
			tensor.Data[uint16](t)[i] = uint16(v)
		case tensor.Int32:
			tensor.Data[int32](t)[i] = int32(v)
		case tensor.Uint32:
			tensor.Data[uint32](t)[i] = uint32(v)
		case tensor.Int64:
			tensor.Data[int64](t)[i] = int64(v)
		case tensor.Uint64:
			tensor.Data[uint64](t)[i] = uint64(v)
		}
	}
	return nil
}

// randomizeAll fills every input that has no constant value.
func randomizeAll(s *session, seed uint64) error {
	rng := rand.New(rand.NewPCG(seed, 0))
	for _, t := range s.inputs {
		if t == nil {
			continue
		}
		if err := randomize(t, rng); err != nil {
			return err
		}
	}
	return nil
}

// sampleRate is what an input of one integer means most often where small numbers are refused: samples per second.
const sampleRate = 16000

// setNumbers sets the inputs that are one 32-bit integer, and reports whether there are any.
func setNumbers(s *session, v int32) bool {
	found := false
	for _, t := range s.inputs {
		if t != nil && t.Type == tensor.Int32 && t.Elements() == 1 {
			tensor.Data[int32](t)[0] = v
			found = true
		}
	}
	return found
}
