package dataset

import (
	"fmt"
	"math/rand/v2"

	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/tensor"
)

// Random makes n samples for inputs of numbers: floats are normal with deviation 1, quantized inputs spread over their range,
// integers are 0 or 1, which few models take amiss. Equal seeds give equal samples. Models see better data in real life:
// ranges and errors from random samples say little.
func Random(inputs []Input, n int, seed uint64) (*Set, error) {
	for i, in := range inputs {
		if in.Type == tensor.String || in.Type == tensor.Resource || in.Type == tensor.Variant {
			return nil, fmt.Errorf("input %d: random values of type %s: %w", i, in.Type, ops.ErrUnsupported)
		}
	}
	return &Set{Len: n, Sample: func(i int) (Sample, error) {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		s := Sample{Name: fmt.Sprintf("random:%d", i), Label: NoLabel}
		for _, in := range inputs {
			v := make([]float32, in.elements())
			lo, hi, spread := in.span()
			for k := range v {
				switch {
				case spread:
					v[k] = float32(lo + (hi-lo)*r.Float64())
				case in.Type == tensor.Float32 || in.Type == tensor.Float16 || in.Type == tensor.Float64 || in.Type == tensor.BFloat16:
					v[k] = float32(r.NormFloat64())
				default:
					v[k] = float32(r.IntN(2))
				}
			}
			s.Inputs = append(s.Inputs, Value{Floats: v})
		}
		return s, nil
	}}, nil
}

// span is the interval of real numbers that a quantized input of 8 bits can hold; false for others.
func (in Input) span() (lo, hi float64, ok bool) {
	if in.Quant == nil || !in.Quant.PerTensor() {
		return 0, 0, false
	}
	scale, zero := float64(in.Quant.Scale[0]), float64(in.Quant.ZeroPoint[0])
	switch in.Type {
	case tensor.Int8:
		return scale * (-128 - zero), scale * (127 - zero), true
	case tensor.Uint8:
		return scale * -zero, scale * (255 - zero), true
	case tensor.Int16:
		return -scale * 32767, scale * 32767, true
	}
	return 0, 0, false
}
