package main

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// npy returns a file of format version 1 as NumPy writes it: the data start at a multiple of 64.
func npy(descr, fortran, shape string, data []byte) string {
	header := fmt.Sprintf("{'descr': %s, 'fortran_order': %s, 'shape': %s, }", descr, fortran, shape)
	header += strings.Repeat(" ", 63-(10+len(header))%64) + "\n"
	b := append([]byte("\x93NUMPY\x01\x00"), 0, 0)
	binary.LittleEndian.PutUint16(b[8:], uint16(len(header)))
	return string(b) + header + string(data)
}

// npy2 is the same in version 2 or 3, whose header length has four bytes.
func npy2(version byte, descr, shape string, data []byte) string {
	header := fmt.Sprintf("{'descr': %s, 'fortran_order': False, 'shape': %s, }\n", descr, shape)
	b := []byte{0x93, 'N', 'U', 'M', 'P', 'Y', version, 0, 0, 0, 0, 0}
	binary.LittleEndian.PutUint32(b[8:], uint32(len(header)))
	return string(b) + header + string(data)
}

// TestRunNpy takes the shape of the input from the file.
func TestRunNpy(t *testing.T) {
	model := reluModel().file(t)
	data := float32s(1, -2, 3, -4, 5, -6)
	for _, file := range []string{
		npy("'<f4'", "False", "(2, 3)", data), npy2(2, "'<f4'", "(2, 3)", data), npy2(3, "'<f4'", "(2,3)", data),
	} {
		out := t.TempDir()
		succeeds(t, "run", model, "--inputs", folder(t, map[string]string{"input_0.npy": file}), "--outputs", out)
		require.Equal(t, string(float32s(1, 0, 3, 0, 5, 0)), content(t, out, "output_0.bin"))
		in := folder(t, map[string]string{"w.npy": file, "manifest.json": `{"inputs": [{"file": "w.npy", "shape": [1, 3]}]}`})
		succeeds(t, "run", model, "--inputs", in, "--outputs", out)
		require.Equal(t, string(float32s(1, 0, 3, 0, 5, 0)), content(t, out, "output_0.bin"), "the array's shape is the true one")
	}
	in := folder(t, map[string]string{"input_0.npy": npy("'<f4'", "False", "(2, 3)", data), "input_0.bin": string(float32s(-1, 2, 3))})
	require.Contains(t, succeeds(t, "run", model, "--inputs", in), "  0 2 3\n", ".bin is looked for first")
}

func TestRunNpyErrors(t *testing.T) {
	model := reluModel().file(t)
	data := float32s(1, 2, 3)
	for want, file := range map[string]string{
		"elements are INT8, want FLOAT32":         npy("'|i1'", "False", "(1, 3)", []byte{1, 2, 3}),
		"elements are FLOAT64, want FLOAT32":      npy("'<f8'", "False", "(1, 3)", make([]byte, 24)),
		`element type ">f4" is not supported`:     npy("'>f4'", "False", "(1, 3)", data),
		`element type "|S5" is not supported`:     npy("'|S5'", "False", "(1, 3)", data),
		"is in Fortran order, want C order":       npy("'<f4'", "True", "(1, 3)", data),
		"data: got 12 bytes, want 24":             npy("'<f4'", "False", "(2, 3)", data),
		"data: got 13 bytes, want 12":             npy("'<f4'", "False", "(1, 3)", append(data, 0)),
		`bad dimension "-1"`:                      npy("'<f4'", "False", "(-1, 3)", data),
		`bad dimension "x"`:                       npy("'<f4'", "False", "(x, 3)", data),
		`bad dimension "9999999999"`:              npy("'<f4'", "False", "(9999999999, 3)", data),
		"more than 2147483647 elements":           npy("'<f4'", "False", "(2000000000, 3)", data),
		"header lacks":                            npy("[('a', '<f4')]", "False", "(1, 3)", data),
		"not a .npy file":                         "hello, this is no array",
		".npy header: 118 bytes, the file has 30": npy("'<f4'", "False", "(1, 3)", data)[:40],
		".npy header: 11 bytes, want at least 12": npy2(2, "'<f4'", "(1, 3)", data)[:11],
	} {
		out := t.TempDir()
		line := fails(t, 1, "run", model, "--inputs", folder(t, map[string]string{"input_0.npy": file}), "--outputs", out)
		require.Contains(t, line, want)
		require.Empty(t, names(t, out))
	}
	pair := addModel().file(t)
	in := folder(t, map[string]string{"input_0.npy": npy("'<f4'", "False", "(3,)", data), "input_1.bin": string(float32s(1, 2))})
	require.Contains(t, fails(t, 1, "run", pair, "--inputs", in), "ADD", "shapes that do not go together")
	in = folder(t, map[string]string{
		"input_0.npy": npy("'<f4'", "False", "(2,)", float32s(1, 2)), "input_1.bin": string(float32s(1, 2)),
		"input_0.s1.npy": npy("'<f4'", "False", "(3,)", data),
	})
	require.Contains(t, fails(t, 1, "run", pair, "--inputs", in), "shape [3], want [2]", "the shape is that of the first step")
	// A prefix of a good file is an error, never a panic.
	whole := npy("'<f4'", "False", "(1, 3)", data)
	for n := range len(whole) {
		fails(t, 1, "run", model, "--inputs", folder(t, map[string]string{"input_0.npy": whole[:n]}))
	}
}
