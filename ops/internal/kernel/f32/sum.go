package f32

import "math"

// Sum returns the sum of numbers, in an order that depends on nothing but how many they are.
func Sum(x []float32) float32 {
	total := float32(0)
	for len(x) > sumRun {
		total += sum(x[:sumRun])
		x = x[sumRun:]
	}
	return total + sum(x)
}

// sumRun is the number of elements that are added up before the next sum begins.
const sumRun = 1 << 15

func sum(x []float32) float32 {
	if s, ok := sumVector(x); ok {
		return s
	}
	return sumGeneric(x)
}

func sumGeneric(x []float32) float32 {
	s := float32(0)
	for _, v := range x {
		s += v
	}
	return s
}

// Accumulate is
//
//	for i, v := range x { dst[i] += v }
func Accumulate(dst, x []float32) {
	Add(dst[:len(x)], dst, x, float32(math.Inf(-1)), float32(math.Inf(1)))
}
