package tensor

import "fmt"

// LookUp describes elements that are stored as indices into tables of values, one table for each channel:
//
//	element e = Tables[(e/Run % Channels)*Stride + index e]
//
// Indices are Bits wide and stand one after another, the most significant bit first. TFLite Micro compresses constants so.
type LookUp struct {
	Bits        int    // of an index, 1 to 7
	Tables      []byte // of the channels, one after another
	Stride      int    // elements in the table of a channel
	Channels    int
	Run         int // elements of one channel that lie together
	ElementSize int // bytes
}

// Check reports what would keep Expand from writing so many bytes of elements.
func (l *LookUp) Check(size int64, indices []byte) error {
	if err := l.checkSizes(size, indices); err != nil || l.Stride >= 1<<max(l.Bits, 0) {
		return err
	}
	window, bits, mask := 0, 0, 1<<l.Bits-1
	for e := range size / int64(l.ElementSize) {
		if bits < l.Bits {
			window = window<<8 | int(indices[0])
			indices = indices[1:]
			bits += 8
		}
		bits -= l.Bits
		if index := window >> bits & mask; index >= l.Stride {
			return fmt.Errorf("element %d: index %d into a table of %d", e, index, l.Stride)
		}
		window &= 1<<bits - 1
	}
	return nil
}

// checkSizes looks at everything but the indices themselves.
func (l *LookUp) checkSizes(size int64, indices []byte) error {
	if l.Bits < 1 || l.Bits > 7 {
		return fmt.Errorf("indices of %d bits, want 1 to 7", l.Bits)
	}
	if l.ElementSize < 1 || size%int64(l.ElementSize) != 0 || l.Stride < 0 || l.Channels < 1 {
		return fmt.Errorf("%d bytes of elements of %d bytes, %d tables of %d", size, l.ElementSize, l.Channels, l.Stride)
	}
	n := size / int64(l.ElementSize)
	if want := (n*int64(l.Bits) + 7) / 8; int64(len(indices)) < want {
		return fmt.Errorf("%d bytes of indices, want %d for %d elements of %d bits", len(indices), want, n, l.Bits)
	}
	if want := int64(l.Channels) * int64(l.Stride); int64(len(l.Tables)/l.ElementSize) < want {
		return fmt.Errorf("%d values in the tables, want %d", len(l.Tables)/l.ElementSize, want)
	}
	if n > 0 && (l.Run < 1 || n%int64(l.Run) != 0 || (n/int64(l.Run))%int64(l.Channels) != 0) {
		return fmt.Errorf("%d elements do not make %d channels in runs of %d", n, l.Channels, l.Run)
	}
	return nil
}

// Expand writes the elements to dst, whose size says how many there are, in the byte order of the tables.
func (l *LookUp) Expand(dst, indices []byte) error {
	if err := l.checkSizes(int64(len(dst)), indices); err != nil {
		return err
	}
	size, mask := l.ElementSize, 1<<l.Bits-1
	window, bits := 0, 0 // of the indices, what has been fetched and not used
	channel := 0
	for at := 0; at < len(dst); channel++ {
		if channel == l.Channels {
			channel = 0
		}
		table := l.Tables[channel*l.Stride*size:][:l.Stride*size]
		for range l.Run {
			if bits < l.Bits {
				window = window<<8 | int(indices[0])
				indices = indices[1:]
				bits += 8
			}
			bits -= l.Bits
			index := window >> bits & mask
			window &= 1<<bits - 1
			if index >= l.Stride {
				return fmt.Errorf("element %d: index %d into a table of %d", at/size, index, l.Stride)
			}
			copy(dst[at:at+size], table[index*size:])
			at += size
		}
	}
	return nil
}

// ChannelRuns returns how many channels a tensor has by its quantization, and how many elements of one channel lie together;
// ok is false unless the channels are its first or its last dimension.
func (t *Tensor) ChannelRuns() (channels, run int, ok bool) {
	if !t.Quant.PerAxis() {
		return 1, max(t.Elements(), 1), true
	}
	channels = len(t.Quant.Scale)
	switch axis := t.Quant.Axis; {
	case axis < 0 || axis >= len(t.Shape) || t.Shape[axis] != channels:
		return 0, 0, false
	case axis == len(t.Shape)-1:
		return channels, 1, true
	case axis == 0:
		return channels, max(t.Elements()/channels, 1), true
	}
	return 0, 0, false
}
