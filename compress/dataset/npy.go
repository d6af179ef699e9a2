package dataset

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/litewren/litewren/tensor"
)

// Array is a NumPy array as stored in a .npy file, little-endian and row-major.
type Array struct {
	Descr string // <f4, |i1, ...
	Shape tensor.Shape
	Data  []byte
}

// npyTypes maps NumPy's type codes to element types.
var npyTypes = map[string]tensor.Type{
	"<f4": tensor.Float32, "<f2": tensor.Float16, "<f8": tensor.Float64, "<c8": tensor.Complex64, "<c16": tensor.Complex128,
	"|i1": tensor.Int8, "|u1": tensor.Uint8, "|b1": tensor.Bool, "<i2": tensor.Int16, "<u2": tensor.Uint16,
	"<i4": tensor.Int32, "<u4": tensor.Uint32, "<i8": tensor.Int64, "<u8": tensor.Uint64,
}

var npyField = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`'(descr|fortran_order|shape)'\s*:\s*('[^']*'|True|False|\([^)]*\))`)
})

// ParseNPY reads format versions 1 to 3. Source: NumPy's documentation of the .npy format (NEP 1).
func ParseNPY(b []byte) (*Array, error) {
	if len(b) < 10 || !bytes.HasPrefix(b, []byte("\x93NUMPY")) {
		return nil, fmt.Errorf("not a .npy file")
	}
	start, length := 10, int64(binary.LittleEndian.Uint16(b[8:]))
	if b[6] >= 2 {
		if len(b) < 12 {
			return nil, fmt.Errorf(".npy header: %d bytes, want at least 12", len(b))
		}
		start, length = 12, int64(binary.LittleEndian.Uint32(b[8:]))
	}
	if length > int64(len(b)-start) {
		return nil, fmt.Errorf(".npy header: %d bytes, the file has %d", length, len(b)-start)
	}
	header := string(b[start : start+int(length)])
	a := &Array{Data: b[start+int(length):]}
	seen := 0
	for _, f := range npyField().FindAllStringSubmatch(header, -1) {
		seen++
		switch f[1] {
		case "descr":
			a.Descr = strings.Trim(f[2], "'")
		case "fortran_order":
			if f[2] == "True" {
				return nil, fmt.Errorf(".npy array is in Fortran order, want C order")
			}
		case "shape":
			for _, d := range strings.Split(strings.Trim(f[2], "()"), ",") {
				if d = strings.TrimSpace(d); d == "" {
					continue
				}
				n, err := strconv.ParseInt(d, 10, 32)
				if err != nil || n < 0 {
					return nil, fmt.Errorf(".npy shape %s: bad dimension %q", f[2], d)
				}
				a.Shape = append(a.Shape, int(n))
			}
		}
	}
	if seen != 3 {
		return nil, fmt.Errorf(".npy header lacks descr, fortran_order or shape: %q", header)
	}
	if a.Shape == nil {
		a.Shape = tensor.Shape{}
	}
	return a, nil
}

// BytesFor returns the elements of an array for a tensor of type t.
func (a *Array) BytesFor(t tensor.Type) ([]byte, error) {
	got, ok := npyTypes[a.Descr]
	if !ok {
		return nil, fmt.Errorf(".npy element type %q is not supported", a.Descr)
	}
	if got != t {
		return nil, fmt.Errorf(".npy elements are %s, want %s", got, t)
	}
	if err := a.Shape.Check(); err != nil {
		return nil, err
	}
	n, err := t.Bytes(int64(a.Shape.Elements()))
	if err != nil {
		return nil, err
	}
	if int64(len(a.Data)) != n {
		return nil, fmt.Errorf(".npy data: got %d bytes, want %d for shape %v", len(a.Data), n, a.Shape)
	}
	return a.Data, nil
}
