package fft

// Real2D transforms real images of one height and width, both powers of two, to and from the width/2+1 columns of their
// spectrum that the symmetry of the others leaves. It holds buffers: one goroutine at a time.
type Real2D struct {
	row           *Real
	columns       *Plan
	column        *Work
	height, width int
	re, im        []float64 // the spectrum, if it has more than one row
}

// Resize makes the transform one of height by width. It allocates only when they change.
func (f *Real2D) Resize(height, width int) {
	if f.height == height && f.width == width {
		return
	}
	f.height, f.width = height, width
	f.row, f.columns, f.column = NewReal(width), New(height), NewWork(height)
	f.re, f.im = nil, nil
	if height > 1 {
		f.re, f.im = make([]float64, height*(width/2+1)), make([]float64, height*(width/2+1))
	}
}

// Forward transforms an image of inHeight rows of inWidth, cut or filled with zeros to the size of the transform:
//
//	dst[u][v] = sum over y, x of src[y][x] * e^(-2*pi*i*(u*y/height + v*x/width)),  v <= width/2
func (f *Real2D) Forward(dst []complex64, src []float32, inHeight, inWidth int) {
	half := f.width/2 + 1
	if f.height == 1 {
		f.row.Set(src[:min(1, inHeight)*inWidth])
		re, im := f.row.Forward()
		dst = dst[:half]
		for v := range dst {
			dst[v] = complex(float32(re[v]), float32(im[v]))
		}
		return
	}
	filled := min(f.height, inHeight)
	clear(f.re[filled*half:])
	clear(f.im[filled*half:])
	for y := range filled {
		f.row.Set(src[y*inWidth : (y+1)*inWidth])
		re, im := f.row.Forward()
		copy(f.re[y*half:], re)
		copy(f.im[y*half:], im)
	}
	for v := range half {
		w := f.gather(v, half)
		f.columns.Forward(w)
		for u := range f.height {
			dst[u*half+v] = complex(float32(w.Re[u]), float32(w.Im[u]))
		}
	}
}

// Inverse is the inverse of Forward for a spectrum of inHeight rows of inWidth, cut or filled with zeros to height rows of
// width/2+1.
func (f *Real2D) Inverse(dst []float32, src []complex64, inHeight, inWidth int) {
	half := f.width/2 + 1
	present := min(half, inWidth)
	if f.height > 1 {
		for u := range f.height {
			f.load(f.re[u*half:][:half], f.im[u*half:][:half], src, u, inHeight, inWidth, present)
		}
		for v := range half {
			w := f.gather(v, half)
			f.columns.Inverse(w)
			for u := range f.height {
				f.re[u*half+v], f.im[u*half+v] = w.Re[u], w.Im[u]
			}
		}
	}
	scale := 1 / (float64(f.height) * float64(f.width))
	for y := range f.height {
		re, im := f.row.Spectrum()
		if f.height == 1 {
			f.load(re, im, src, 0, inHeight, inWidth, present)
		} else {
			copy(re, f.re[y*half:][:half])
			copy(im, f.im[y*half:][:half])
		}
		even, odd := f.row.Inverse()
		line := dst[y*f.width:][:f.width]
		for i := range line {
			v := even[i/2]
			if i%2 != 0 {
				v = odd[i/2]
			}
			line[i] = float32(v * scale)
		}
	}
}

// load reads row u of a spectrum.
func (f *Real2D) load(re, im []float64, src []complex64, u, inHeight, inWidth, present int) {
	clear(re)
	clear(im)
	if u >= inHeight {
		return
	}
	for v, c := range src[u*inWidth:][:present] {
		re[v], im[v] = float64(real(c)), float64(imag(c))
	}
}

// gather makes column v of the spectrum the one to be transformed.
func (f *Real2D) gather(v, half int) *Work {
	w := f.column
	for u := range f.height {
		w.Re[u], w.Im[u] = f.re[u*half+v], f.im[u*half+v]
	}
	return w
}
