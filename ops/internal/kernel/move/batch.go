package move

// BatchShape describes SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND on [batch, height, width, depth]. The large side has Batch
// images of Height x Width, the small side Batch*BlockH*BlockW of SmallH x SmallW. Top and Left are the padding before the
// large side, or the crop.
type BatchShape struct {
	Batch, Height, Width, Depth int
	SmallH, SmallW              int
	BlockH, BlockW              int
	Top, Left                   int
}

// SpaceToBatch spreads the pixels of each block over batches; v stands where there is padding:
//
//	dst[(by*BlockW+bx)*Batch+n, y, x, :] = src[n, y*BlockH+by-Top, x*BlockW+bx-Left, :]
func SpaceToBatch[T Word](dst, src []T, p *BatchShape, v T) {
	d := 0
	for by := range p.BlockH {
		for bx := range p.BlockW {
			for n := range p.Batch {
				for y := range p.SmallH {
					row := dst[d : d+p.SmallW*p.Depth]
					d += len(row)
					sy := y*p.BlockH + by - p.Top
					if sy < 0 || sy >= p.Height {
						Fill(row, v)
						continue
					}
					// The pixels first to last-1 lie within the source.
					first, last := inside(bx-p.Left, p.BlockW, p.SmallW, p.Width)
					Fill(row[:first*p.Depth], v)
					Fill(row[last*p.Depth:], v)
					if first < last {
						at := ((n*p.Height+sy)*p.Width + first*p.BlockW + bx - p.Left) * p.Depth
						CopyRows(row, src, first*p.Depth, at, last-first, p.Depth, p.Depth, p.BlockW*p.Depth)
					}
				}
			}
		}
	}
}

// BatchToSpace is the way back; pixels that fall into the crop are dropped:
//
//	dst[n, y*BlockH+by-Top, x*BlockW+bx-Left, :] = src[(by*BlockW+bx)*Batch+n, y, x, :]
func BatchToSpace[T Word](dst, src []T, p *BatchShape) {
	for n := range p.Batch {
		for y := range p.Height {
			by, sy := (y+p.Top)%p.BlockH, (y+p.Top)/p.BlockH
			row := (n*p.Height + y) * p.Width * p.Depth
			for bx := range p.BlockW {
				from := (((by*p.BlockW+bx)*p.Batch+n)*p.SmallH + sy) * p.SmallW * p.Depth
				if first, last := inside(bx-p.Left, p.BlockW, p.SmallW, p.Width); first < last {
					to := row + (first*p.BlockW+bx-p.Left)*p.Depth
					CopyRows(dst, src, to, from+first*p.Depth, last-first, p.Depth, p.BlockW*p.Depth, p.Depth)
				}
			}
		}
	}
}

// inside returns the range of those i in [0, n) for which start+i*step lies in [0, size).
func inside(start, step, n, size int) (first, last int) {
	if start < 0 {
		first = min((-start+step-1)/step, n)
	}
	if start < size {
		last = min((size-1-start)/step+1, n)
	}
	return first, max(first, last)
}
