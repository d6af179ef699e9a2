package ops

import (
	"github.com/litewren/litewren/ops/internal/kernel/hybrid"
	"github.com/litewren/litewren/tensor"
)

// hybridImage quantizes the images of a hybrid operator one after the other.
type hybridImage struct {
	scratch   *tensor.Tensor
	symmetric bool
}

func newHybridImage(n *Node, elements int, symmetric bool) (*hybridImage, error) {
	scratch, err := n.Scratch(tensor.Int8, elements)
	return &hybridImage{scratch, symmetric}, err
}

// quantize quantizes the image that x starts with.
func (h *hybridImage) quantize(x []float32) (image []int8, scale float32, zero int32) {
	image = tensor.Data[int8](h.scratch)
	if h.symmetric {
		return image, hybrid.QuantizeSymmetric(image, x[:len(image)]), 0
	}
	scale, zero = hybrid.QuantizeAsymmetric(image, x[:len(image)])
	return image, scale, zero
}

// hybridSource holds what the sums of an image start from: for row j of the weights, -zero*sum(i, w[j*k+i]).
type hybridSource struct {
	scratch *tensor.Tensor
	sums    *form[int32]
}

// newHybridSource prepares the bases for rows of k weights in input i.
func newHybridSource(n *Node, i int, weights *form[int8], rows, k int, symmetric bool) (*hybridSource, error) {
	scratch, err := n.Scratch(tensor.Int32, rows)
	if err != nil || symmetric {
		return &hybridSource{scratch: scratch}, err
	}
	sums, err := sumsForm(n, i, weights, rows, k)
	return &hybridSource{scratch, sums}, err
}

// of returns the bases for a zero point.
func (h *hybridSource) of(zero int32) []int32 {
	dst := tensor.Data[int32](h.scratch)
	if h.sums == nil || zero == 0 {
		clear(dst)
		return dst
	}
	for j, s := range h.sums.values() {
		dst[j] = -zero * s
	}
	return dst
}
