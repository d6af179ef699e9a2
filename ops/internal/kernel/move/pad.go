package move

// PadDim is one dimension of a padding: Before elements, the N of the source, After elements.
type PadDim struct{ Before, N, After int }

// CollapsePad appends to dst dims with those that have no padding merged into the one before.
func CollapsePad(dst, dims []PadDim) []PadDim {
	for _, d := range dims {
		if last := len(dst) - 1; last >= 0 && d.Before == 0 && d.After == 0 {
			dst[last] = PadDim{dst[last].Before * d.N, dst[last].N * d.N, dst[last].After * d.N}
			continue
		}
		dst = append(dst, d)
	}
	return dst
}

// Pad copies the box src into dst and puts v around it. dims are outermost first; none stand for a scalar.
func Pad[T Word](dst, src []T, dims []PadDim, v T) {
	if len(dims) == 0 {
		copy(dst, src)
		return
	}
	PadPart(dst, src, dims, v, 0, dims[0].Before+dims[0].N+dims[0].After)
}

// PadPart is Pad for the indices [first, last) of the outermost dimension of dst.
func PadPart[T Word](dst, src []T, dims []PadDim, v T, first, last int) {
	d, inner := dims[0], dims[1:]
	srcSize, dstSize := 1, 1
	for _, i := range inner {
		srcSize *= i.N
		dstSize *= i.Before + i.N + i.After
	}
	from, to := min(max(d.Before, first), last), min(max(d.Before+d.N, first), last)
	Fill(dst[first*dstSize:from*dstSize], v)
	if from < to {
		body, box := dst[from*dstSize:to*dstSize], src[(from-d.Before)*srcSize:]
		switch len(inner) {
		case 0:
			copy(body, box)
		case 1:
			padRows(body, box, to-from, inner[0], v)
		default:
			for i := range to - from {
				Pad(body[i*dstSize:(i+1)*dstSize], box[i*srcSize:(i+1)*srcSize], inner, v)
			}
		}
	}
	Fill(dst[to*dstSize:last*dstSize], v)
}

// padRows pads each of some rows: the first one by filling, the others with copies of what was filled.
func padRows[T Word](dst, src []T, rows int, d PadDim, v T) {
	size := d.Before + d.N + d.After
	if rows == 0 || size == 0 {
		return
	}
	Fill(dst[:d.Before], v)
	Fill(dst[len(dst)-d.After:], v)
	if d.N > 0 {
		CopyRows(dst, src, d.Before, 0, rows, d.N, size, d.N)
	}
	// What lies between the rows.
	gap := dst[d.Before+d.N:]
	if between := d.After + d.Before; rows > 1 && between > 0 {
		Fill(gap[:between], v)
		if rows > 2 {
			CopyRows(gap, gap, size, 0, rows-2, between, size, 0)
		}
	}
}

// MirrorPad copies the box src into dst and continues it on all sides by its mirror image. offset is 1 where the border
// itself is not repeated, 0 where it is; Before and After are at most N-offset. The elements of the box are runs of unit
// elements of the slices.
func MirrorPad[T Word](dst, src []T, dims []PadDim, unit, offset int) {
	if len(dims) == 0 {
		copy(dst[:unit], src)
		return
	}
	d, inner := dims[0], dims[1:]
	srcSize, dstSize := unit, unit
	for _, i := range inner {
		srcSize *= i.N
		dstSize *= i.Before + i.N + i.After
	}
	body := d.Before * dstSize
	if len(inner) == 0 {
		copy(dst[body:body+d.N*unit], src)
	} else {
		for i := range d.N {
			MirrorPad(dst[body+i*dstSize:][:dstSize], src[i*srcSize:][:srcSize], inner, unit, offset)
		}
	}
	if d.Before > 0 {
		copyRows(dst, dst, 0, body+(d.Before+offset-1)*dstSize, d.Before, dstSize, dstSize, -dstSize)
	}
	if d.After > 0 {
		end := body + d.N*dstSize
		copyRows(dst, dst, end, end-(1+offset)*dstSize, d.After, dstSize, dstSize, -dstSize)
	}
}
