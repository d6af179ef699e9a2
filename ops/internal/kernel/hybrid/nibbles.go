package hybrid

// nibbleGroup is the number of weights that the nibble kernels take at a time, and spreadGroup the bytes that as many elements of
// a row occupy for them: those with even numbers, those with odd ones, and 8 times their sum in the first of four dwords.
const (
	nibbleGroup = 32
	spreadGroup = 48
)

// NibbleBlocks reports whether there is a kernel for rows of 4-bit weights in blocks of a size.
func NibbleBlocks(cols, size int) bool {
	return nibbles && size > 0 && size%nibbleGroup == 0 && cols > 0 && cols%size == 0
}

// SpreadLen is how many bytes SpreadRow makes of a row.
func SpreadLen(cols int) int { return cols / nibbleGroup * spreadGroup }

// SpreadRow arranges a row for BlockNibbles.
func SpreadRow(dst, x []int8) {
	for ; len(x) >= nibbleGroup; x, dst = x[nibbleGroup:], dst[spreadGroup:] {
		d, sum := (*[spreadGroup]int8)(dst), int32(0)
		for i, v := range (*[nibbleGroup]int8)(x) {
			d[i/2+i%2*16] = v
			sum += 8 * int32(v)
		}
		clear(d[32:])
		for b := range 4 {
			d[32+b] = int8(sum >> (8 * b))
		}
	}
}

// BlockNibbles is, for rows of cols 4-bit weights, the first in the lowest bits, and a row x that SpreadRow arranged,
//
//	for r := range out {
//		out[r] = sum over blocks b of dot(w[r], x, over block b) * scales[r*cols/size+b]
//	}
func BlockNibbles(out []float32, w []uint8, cols int, scales []float32, size int, spread []int8) {
	blockNibbles(out, w[:len(out)*cols/2], cols, scales[:len(out)*(cols/size)], size, spread[:SpreadLen(cols)])
}

func blockNibblesGeneric(out []float32, w []uint8, cols int, scales []float32, size int, spread []int8) {
	blocks := cols / size
	for r := range out {
		total := float32(0)
		for b := range blocks {
			sum := int32(0)
			for i := b * size; i < (b+1)*size; i++ {
				at := r*cols + i
				v := int32(int8(w[at/2]<<(4-4*(at&1))) >> 4)
				sum += v * int32(spread[i/nibbleGroup*spreadGroup+i%nibbleGroup/2+i%2*16])
			}
			total += float32(float32(sum) * scales[r*blocks+b])
		}
		out[r] = total
	}
}

// AccumulateCentred is
//
//	for r := range out { out[r] += scale * (sums[r] - zero*scaledSums[r]) }
func AccumulateCentred(out, sums []float32, scale float32, zero int32, scaledSums []float32) {
	sums, scaledSums = sums[:len(out)], scaledSums[:len(out)]
	for r := range out {
		out[r] += float32((sums[r] - float32(float32(zero)*scaledSums[r])) * scale)
	}
}
