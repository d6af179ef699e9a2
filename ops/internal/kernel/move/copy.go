package move

// Copy does what the plan says.
func Copy[T Word](dst, src []T, p *Plan) {
	if p.kind == nothing {
		return
	}
	last := len(p.dims) - 1
	rows, n := p.dims[last-1], p.dims[last]
	srcRow, dstRow, srcStep, dstStep := p.src[last-1], p.dst[last-1], p.src[last], p.dst[last]
	s, d := p.SrcOffset, p.DstOffset
	for {
		switch p.kind {
		case runs:
			copyRows(dst, src, d, s, rows, n, dstRow, srcRow)
		case repeats:
			for r := range rows {
				Fill(dst[d+r*dstRow:][:n], src[s+r*srcRow])
			}
		case turns:
			turn(dst, src, d, s, rows, n, dstRow, srcStep)
		default:
			for r := range rows {
				is, id := s+r*srcRow, d+r*dstRow
				if dstStep == 1 {
					row := dst[id : id+n]
					for i := range row {
						row[i] = src[is]
						is += srcStep
					}
					continue
				}
				for range n {
					dst[id] = src[is]
					is += srcStep
					id += dstStep
				}
			}
		}
		if !p.next(&s, &d) {
			return
		}
	}
}

// Fill sets every element to v.
func Fill[T Word](dst []T, v T) {
	// A few by a loop, the rest as copies of those.
	const few, most = 16, 2048
	head := dst[:min(few, len(dst))]
	for i := range head {
		head[i] = v
	}
	for n := few; n < len(dst); n += copy(dst[n:], dst[:min(n, most)]) {
	}
}
