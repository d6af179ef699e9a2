package dataset

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/tensor"
)

func TestParseNPY(t *testing.T) {
	for shape, want := range map[string]tensor.Shape{"()": {}, "(3,)": {3}, "(2, 3)": {2, 3}, "(0, 3)": {0, 3}} {
		a, err := ParseNPY([]byte(npyFile("<i8", shape, "")))
		require.NoError(t, err)
		require.Equal(t, want, a.Shape)
		require.Equal(t, "<i8", a.Descr)
	}
	for descr, typ := range npyTypes {
		n, err := typ.Bytes(3)
		require.NoError(t, err)
		a, err := ParseNPY([]byte(npyFile(descr, "(3,)", string(make([]byte, n)))))
		require.NoError(t, err)
		b, err := a.BytesFor(typ)
		require.NoError(t, err)
		require.Len(t, b, int(n))
		require.Equal(t, fmt.Sprint(typ.Size()), strings.TrimLeft(descr, "<|fciub"), "the number in %s is the size", descr)
	}
}

func FuzzParseNPY(f *testing.F) {
	f.Add([]byte(npyFile("<f4", "(1, 3)", floatBytes(1, 2, 3))))
	f.Add([]byte(npyFile("|i1", "()", "\x01")))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := ParseNPY(b)
		if err != nil {
			return
		}
		for _, typ := range npyTypes {
			if got, err := a.BytesFor(typ); err == nil {
				n, err := typ.Bytes(int64(a.Shape.Elements()))
				require.NoError(t, err)
				require.EqualValues(t, n, len(got))
			}
		}
	})
}
