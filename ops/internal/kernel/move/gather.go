package move

// GatherShape are the extents of a gathering; Inner is the number of elements that move together.
type GatherShape struct{ Batch, Outer, Axis, Inner, Count int }

// Gather picks slices along an axis:
//
//	dst[batch, outer, j, :] = src[batch, outer, index[batch, j], :]    j < Count
func Gather[T Word](dst, src []T, index []int32, g GatherShape) {
	d := 0
	for b := range g.Batch {
		picks := index[b*g.Count : (b+1)*g.Count]
		for o := range g.Outer {
			from := src[(b*g.Outer+o)*g.Axis*g.Inner:]
			if g.Inner == 1 {
				to := dst[d : d+g.Count]
				for j, i := range picks {
					to[j] = from[i]
				}
				d += g.Count
				continue
			}
			gatherRows(dst[d:d+g.Count*g.Inner], from, picks, g.Inner)
			d += g.Count * g.Inner
		}
	}
}

// gatherRowsGeneric picks rows of n elements:
//
//	for j, i := range picks { dst[j*n:][:n] = src[i*n:][:n] }
func gatherRowsGeneric[T Word](dst, src []T, picks []int32, n int) {
	for j, i := range picks {
		copy(dst[j*n:(j+1)*n], src[int(i)*n:(int(i)+1)*n])
	}
}

// GatherPacked is Gather for elements of 2 or 4 bits.
func GatherPacked(dst, src []byte, index []int32, g GatherShape, bits int) {
	d := 0
	for b := range g.Batch {
		picks := index[b*g.Count : (b+1)*g.Count]
		for o := range g.Outer {
			from := (b*g.Outer + o) * g.Axis
			for _, i := range picks {
				CopyBits(dst, src, d, (from+int(i))*g.Inner, g.Inner, bits)
				d += g.Inner
			}
		}
	}
}
