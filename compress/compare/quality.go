package compare

import (
	"fmt"
	"math"

	"github.com/litewren/litewren/compress"
	"github.com/litewren/litewren/interpreter"
	"github.com/litewren/litewren/tensor"
)

// Quality is how close outputs are to the original's, over all samples and float outputs, and to the labels.
type Quality struct {
	Accuracy  *float64         `json:"accuracy,omitempty"`  // share of labeled samples whose class is right
	Agreement *float64         `json:"agreement,omitempty"` // share of samples with the original's class
	SQNR      compress.Decibel `json:"sqnr_db"`
	Cosine    float64          `json:"cosine"`
	MSE       float64          `json:"mse"`
	MAE       float64          `json:"mae"`
	MaxAbs    float64          `json:"max_abs"`
	NotFinite int64            `json:"not_finite,omitempty"` // output elements that are finite in one of the two models only; the errors above leave them out, and there is no SQNR
	KL        *float64         `json:"kl,omitempty"`         // mean Kullback-Leibler divergence in nats, where the original's output is a distribution
}

// errorSums adds up over samples.
type errorSums struct {
	elements                       int64
	signal, noise, other, product  float64
	absolute, most, divergence     float64
	right, agree, classes, spreads int
	strange                        int64 // elements that are finite in one model only
}

// add compares the outputs of one sample; shape is that of the original's output with the classes, nil for none.
func (e *errorSums) add(want, got [][]float32, shape *tensor.Tensor, output, label int) error {
	for o := range want {
		if len(want[o]) != len(got[o]) {
			return fmt.Errorf("output %d: %d elements, the original has %d: %w", o, len(got[o]), len(want[o]), interpreter.ErrShape)
		}
		for i, w := range want[o] {
			a, b := float64(w), float64(got[o][i])
			d := math.Abs(b - a)
			if finite := !math.IsNaN(a-a) && !math.IsNaN(b-b); !finite {
				// Inf - Inf and NaN - NaN are NaN: what both models give in the same way is no error.
				if a != b && !(math.IsNaN(a) && math.IsNaN(b)) {
					e.elements++
					e.strange++
				}
				continue
			}
			e.elements++
			e.signal += a * a
			e.other += b * b
			e.product += a * b
			e.noise += d * d
			e.absolute += d
			e.most = max(e.most, d)
		}
	}
	if len(want) == 0 || len(want[output]) < 2 || shape == nil {
		return nil
	}
	// Classes lie along the last dimension; over time or place they are added up.
	classes := len(want[output])
	if n := len(shape.Shape); n > 0 {
		classes = shape.Shape[n-1]
	}
	if classes < 2 {
		return nil
	}
	e.classes++
	a, b := classOf(want[output], classes), classOf(got[output], classes)
	if a == b {
		e.agree++
	}
	if label >= 0 && b == label {
		e.right++
	}
	if kl, ok := divergence(want[output], got[output], classes); ok {
		e.spreads++
		e.divergence += kl
	}
	return nil
}

// classOf is the position of the largest sum along all but the last dimension.
func classOf(v []float32, classes int) int {
	best, most := 0, math.Inf(-1)
	for c := range classes {
		sum := 0.0
		for i := c; i < len(v); i += classes {
			sum += float64(v[i])
		}
		if sum > most {
			best, most = c, sum
		}
	}
	return best
}

// divergence is the mean of sum p*ln(p/q) over rows, if the rows of p are distributions.
func divergence(p, q []float32, classes int) (float64, bool) {
	total := 0.0
	for row := 0; row+classes <= len(p); row += classes {
		sum := 0.0
		for i := row; i < row+classes; i++ {
			if !(p[i] >= 0) || !(q[i] >= 0) {
				return 0, false
			}
			sum += float64(p[i])
		}
		const slack = 0.02 // quantized distributions do not add up to 1 exactly
		if math.Abs(sum-1) > slack {
			return 0, false
		}
		for i := row; i < row+classes; i++ {
			const least = 1e-7 // what is quantized to zero is not impossible
			if p[i] > 0 {
				total += float64(p[i]) * math.Log(float64(p[i])/math.Max(float64(q[i]), least))
			}
		}
	}
	return total / float64(len(p)/classes), true
}

func (e *errorSums) quality(samples, labeled int) Quality {
	n := float64(max(e.elements, 1))
	q := Quality{MSE: e.noise / n, MAE: e.absolute / n, MaxAbs: e.most, SQNR: compress.Decibel(math.NaN()), Cosine: 1, NotFinite: e.strange}
	switch {
	case e.strange > 0:
	case e.noise == 0 && e.elements > 0:
		q.SQNR = compress.Decibel(math.Inf(1))
	case e.signal > 0:
		q.SQNR = compress.Decibel(10 * math.Log10(e.signal/e.noise))
	}
	if e.signal > 0 && e.other > 0 {
		q.Cosine = e.product / math.Sqrt(e.signal*e.other)
	}
	share := func(part, of int) *float64 {
		x := float64(part) / float64(of)
		return &x
	}
	if e.classes == samples {
		q.Agreement = share(e.agree, samples)
		if labeled > 0 {
			q.Accuracy = share(e.right, labeled)
		}
		if e.spreads == samples {
			kl := e.divergence / float64(samples)
			q.KL = &kl
		}
	}
	return q
}
