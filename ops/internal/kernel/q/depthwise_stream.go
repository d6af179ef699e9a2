package q

import "github.com/litewren/litewren/ops/internal/kernel/window"

// depthwiseStream says how rows of an image become streams, and where kernels find the taps of a vector of outputs in them.
// Distances are in bytes. A stream has the interleaved bytes of four rows; there is one for each group of kernel rows. Where
// columns are some apart but vectors of outputs have parts of pixels, each group has as many streams as the stride, of every so
// manieth column each, so that outputs that are neighbours have inputs that are. So that streams stay in a first-level cache they
// are those of some of the channels, a slab, and of a part of the row.
type depthwiseStream struct {
	groups     int // of kernel rows
	groupBytes int
	bytes      int // of all, with what kernels may read behind them
	slab       int // channels
	phases     int // of a slab: vectors of outputs after which channels begin again
	step       int // from a vector to that of the same phase
	taps       []int
	parts      []depthwisePart
}

// depthwisePart is a part of a row of outputs.
type depthwisePart struct {
	first, outputs int
	runs           []depthwiseRun
	pads           [][2]int // first and last byte of runs of a group that have no column of the image
}

// depthwiseRun is a number of runs, step apart, that go to a stream: pixels of it, or where slabs are all channels several at once.
type depthwiseRun struct{ dst, offset, pixels, count, step int }

const (
	maxStream    = 1 << 20 // bytes that streams may have
	streamBytes  = 16 << 10
	slabChannels = 64
)

// newDepthwiseStream returns the streams of images with so many channels; false where they would be too long.
func newDepthwiseStream(g *window.Grid, channels int, layout depthwiseLayout) (s depthwiseStream, ok bool) {
	const far = 1 << 24
	columns := &g.Columns
	reach := (columns.Kernel-1)*columns.Dilation + 1
	if columns.Stride > far || reach > far || channels > far {
		return s, false
	}
	s.slab = channels
	if channels > slabChannels && channels%16 == 0 {
		width := (columns.Out-1)*columns.Stride + reach
		s.slab = min(slabChannels*min(max(streamBytes/(width*4*slabChannels), 1), 4), channels)
	}
	pixel := 4 * s.slab
	s.phases = s.slab / gcd(s.slab, 16)
	s.step = s.phases * 64
	split := 1
	if columns.Stride > 1 {
		if channels%16 == 0 {
			s.step *= columns.Stride
		} else {
			split = columns.Stride
		}
	}
	// Parts begin with a whole vector.
	outputs := min(max((streamBytes/pixel-reach)/columns.Stride&^15, 16), columns.Out)
	stream := ((outputs-1)*columns.Stride + reach + split - 1) / split * pixel
	s.groups = layout.groups(g)
	s.groupBytes = (stream*split + 63) &^ 63
	s.bytes = s.groups*s.groupBytes + 4*s.step + 128
	if s.groupBytes > maxStream || s.bytes > maxStream {
		return s, false
	}
	for range layout.parts {
		for group := range s.groups {
			for kx := range columns.Kernel {
				at := kx * columns.Dilation
				s.taps = append(s.taps, group*s.groupBytes+at%split*stream+at/split*pixel)
			}
		}
	}
	for first := 0; first < columns.Out; first += outputs {
		p := depthwisePart{first: first, outputs: min(outputs, columns.Out-first)}
		start := columns.Start(first)
		width := (p.outputs-1)*columns.Stride + reach
		lo := min(max(0, -start), width) // columns of the stream that the image has
		hi := max(lo, min(width, columns.In-start))
		for r := range split {
			from := (max(lo-r, 0) + split - 1) / split
			to := max(from, (max(hi-r, 0)+split-1)/split)
			run := depthwiseRun{dst: r*stream + from*pixel, offset: (start + from*split + r) * channels, pixels: 1, count: to - from, step: split * channels}
			if split == 1 && s.slab == channels {
				run.pixels, run.count = to-from, min(to-from, 1)
			}
			if run.count > 0 {
				p.runs = append(p.runs, run)
			}
			for _, pad := range [][2]int{{r * stream, r*stream + from*pixel}, {r*stream + to*pixel, (r + 1) * stream}} {
				if pad[1] > pad[0] {
					p.pads = append(p.pads, pad)
				}
			}
		}
		s.parts = append(s.parts, p)
	}
	return s, true
}

// fillPads fills what has no column of the image in a part.
func (s *depthwiseStream) fillPads(scratch []byte, p *depthwisePart, v byte) {
	for group := range s.groups {
		for _, pad := range p.pads {
			fillBytes(scratch[group*s.groupBytes:][pad[0]:pad[1]], v)
		}
	}
}

// fillBytes fills by copying what it has filled.
func fillBytes(b []byte, v byte) {
	if len(b) == 0 {
		return
	}
	b[0] = v
	for n := 1; n < len(b); n *= 2 {
		copy(b[n:], b[:n])
	}
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
