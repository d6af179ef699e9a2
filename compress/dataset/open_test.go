package dataset

import (
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/ops"
	"github.com/litewren/litewren/tensor"
)

func write(t *testing.T, dir, name string, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
	return path
}

func floatBytes(values ...float32) string {
	var b []byte
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return string(b)
}

func npyFile(descr, shape, data string) string {
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': %s, }\n", descr, shape)
	b := append([]byte("\x93NUMPY\x01\x00"), byte(len(header)), 0)
	return string(b) + header + data
}

var pair = []Input{{Name: "x", Type: tensor.Float32, Shape: tensor.Shape{1, 2}}}

func TestCSV(t *testing.T) {
	dir := t.TempDir()
	set, err := Open(write(t, dir, "a.csv", "a,label,b\n1,2,3\n-4,0,5e-1\n"), pair, Options{})
	require.NoError(t, err)
	require.Equal(t, 2, set.Len)
	s, err := set.Sample(1)
	require.NoError(t, err)
	require.Equal(t, []float32{-4, 0.5}, s.Inputs[0].Floats)
	require.Equal(t, 0, s.Label)
	require.True(t, strings.HasSuffix(s.Name, "a.csv:3"), s.Name)
	set, err = Open(write(t, dir, "b.csv", "7,1,2\n8,3,4\n"), pair, Options{Column: "1"})
	require.NoError(t, err)
	s, _ = set.Sample(0)
	require.Equal(t, 7, s.Label)
	require.Equal(t, []float32{1, 2}, s.Inputs[0].Floats)
	for content, want := range map[string]string{
		"1,2\n3\n":           "a.csv:2: got 1 columns, want 2",
		"1,2,3\n":            "a.csv:1: got 3 columns, want 2",
		"1,x2\n":             `no rows`,
		"1,2\n3,x\n":         `a.csv:2: column 2: got "x", want a finite number`,
		"1,2\n3,NaN\n":       `want a finite number`,
		"a,b,label\n1,2,-1":  `column 3: got "-1", want a class number`,
		"":                   "no rows",
		"1,2\n\"3,4\n5,6\n7": "a.csv: ",
	} {
		_, err := Open(write(t, dir, "a.csv", content), pair, Options{})
		require.ErrorContains(t, err, want, content)
	}
	_, err = Open(write(t, dir, "a.csv", "a,b,c\n1,2,3\n"), pair, Options{Column: "class"})
	require.ErrorContains(t, err, `no column "class"`)
}

func TestStacked(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "x.npy", npyFile("<f4", "(3, 2)", floatBytes(1, 2, 3, 4, 5, 6)))
	write(t, dir, "labels.txt", "0\n2\n1\n")
	set, err := Open(path, pair, Options{})
	require.NoError(t, err)
	require.Equal(t, 3, set.Len)
	s, err := set.Sample(1)
	require.NoError(t, err)
	require.Equal(t, 2, s.Label)
	require.Equal(t, floatBytes(3, 4), string(s.Inputs[0].Raw))
	write(t, dir, "labels.txt", "0\n2\n")
	_, err = Open(path, pair, Options{})
	require.ErrorContains(t, err, "2 labels")
	write(t, dir, "labels.txt", "0\n2\ncat\n")
	_, err = Open(path, pair, Options{})
	require.ErrorContains(t, err, `labels.txt:3: got "cat", want a class number`)

	// Other types are taken as numbers.
	set, err = Open(write(t, t.TempDir(), "x.npy", npyFile("<i2", "(2, 2)", "\x01\x00\xff\xff\x03\x00\x04\x00")), pair, Options{})
	require.NoError(t, err)
	s, err = set.Sample(0)
	require.NoError(t, err)
	require.Equal(t, []float32{1, -1}, s.Inputs[0].Floats)

	for shape, data := range map[string]string{"(3,)": floatBytes(1, 2, 3), "(0, 2)": ""} {
		_, err = Open(write(t, t.TempDir(), "x.npy", npyFile("<f4", shape, data)), pair, Options{})
		require.ErrorIs(t, err, ops.ErrShape, shape)
	}
}

// TestSingleFiles reads raw elements, and an array whose name is in capitals, which must not be taken for raw ones.
func TestSingleFiles(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{
		"a.bin": floatBytes(1, 2, 3, 4),
		"B.NPY": npyFile("<f4", "(2, 2)", floatBytes(1, 2, 3, 4)),
	} {
		set, err := Open(write(t, dir, name, content), pair, Options{})
		require.NoError(t, err)
		require.Equal(t, 2, set.Len, name)
		s, err := set.Sample(1)
		require.NoError(t, err)
		require.Equal(t, floatBytes(3, 4), string(s.Inputs[0].Raw), name)
	}
	_, err := Open(write(t, dir, "a.bin", "12345"), pair, Options{})
	require.ErrorContains(t, err, "got 5 bytes, want a multiple of 8")
	_, err = Open(write(t, dir, "a.txt", "1"), pair, Options{})
	require.ErrorContains(t, err, "want a folder, a .csv, .npy or .bin file")
}

func TestFolders(t *testing.T) {
	two := append(pair, Input{Name: "y", Type: tensor.Int8, Shape: tensor.Shape{3}})
	dir := t.TempDir()
	write(t, dir, "input_0.npy", npyFile("<f4", "(2, 2)", floatBytes(1, 2, 3, 4)))
	write(t, dir, "input_1.bin", "abcdef")
	set, err := Open(dir, two, Options{})
	require.NoError(t, err)
	require.Equal(t, 2, set.Len)
	s, err := set.Sample(1)
	require.NoError(t, err)
	require.Equal(t, "def", string(s.Inputs[1].Raw))
	write(t, dir, "input_1.bin", "abc")
	_, err = Open(dir, two, Options{})
	require.ErrorContains(t, err, "1 samples")
	require.NoError(t, os.Remove(filepath.Join(dir, "input_1.bin")))
	_, err = Open(dir, two, Options{})
	require.ErrorContains(t, err, "input_1.npy or .bin of 2 inputs is not")

	nested := t.TempDir()
	for i := range 3 {
		write(t, nested, fmt.Sprintf("s%d/input_0.bin", i), floatBytes(float32(i), 1))
		write(t, nested, fmt.Sprintf("s%d/input_1.bin", i), "abc")
	}
	set, err = Open(nested, two, Options{})
	require.NoError(t, err)
	require.Equal(t, 3, set.Len)
	s, err = set.Sample(2)
	require.NoError(t, err)
	require.Equal(t, floatBytes(2, 1), string(s.Inputs[0].Raw))

	classes := t.TempDir()
	write(t, classes, "b/1.bin", floatBytes(1, 1))
	write(t, classes, "a/1.bin", floatBytes(2, 2))
	write(t, classes, "a/2.bin", floatBytes(3))
	set, err = Open(classes, pair, Options{})
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b"}, set.Labels)
	require.Equal(t, 3, set.Len)
	_, err = set.Sample(1)
	require.ErrorContains(t, err, "got 4 bytes, want 8")
	s, err = set.Sample(2)
	require.NoError(t, err)
	require.Equal(t, 1, s.Label)
	set, err = Open(classes, pair, Options{Classes: []string{"b", "a"}})
	require.NoError(t, err)
	s, _ = set.Sample(2)
	require.Equal(t, 0, s.Label)
	_, err = Open(classes, pair, Options{Classes: []string{"b"}})
	require.ErrorContains(t, err, `folder "a" is none of the classes`)
	_, err = Open(t.TempDir(), pair, Options{})
	require.ErrorContains(t, err, "no samples")
}

func TestImages(t *testing.T) {
	dir := t.TempDir()
	m := image.NewRGBA(image.Rect(0, 0, 4, 2))
	for x := range 4 {
		for y := range 2 {
			m.Set(x, y, color.RGBA{uint8(x * 60), uint8(y * 100), 7, 255})
		}
	}
	file, err := os.Create(filepath.Join(dir, "a.png"))
	require.NoError(t, err)
	require.NoError(t, png.Encode(file, m))
	require.NoError(t, file.Close())

	in := []Input{{Type: tensor.Uint8, Shape: tensor.Shape{1, 2, 4, 3}}}
	set, err := Open(dir, in, Options{})
	require.NoError(t, err)
	s, err := set.Sample(0)
	require.NoError(t, err)
	require.Equal(t, []byte{0, 0, 7, 60, 0, 7, 120, 0, 7, 180, 0, 7, 0, 100, 7, 60, 100, 7, 120, 100, 7, 180, 100, 7}, s.Inputs[0].Raw, "the same size: pixel by pixel")

	in = []Input{{Type: tensor.Float32, Shape: tensor.Shape{1, 1, 1, 3}}}
	set, err = Open(dir, in, Options{})
	require.NoError(t, err)
	s, err = set.Sample(0)
	require.NoError(t, err)
	require.InDeltaSlice(t, []float32{90. / 255, 50. / 255, 7. / 255}, s.Inputs[0].Floats, 1e-6, "the mean of a symmetric picture")
	set, err = Open(dir, in, Options{Mean: 127.5, Std: 127.5})
	require.NoError(t, err)
	s, err = set.Sample(0)
	require.NoError(t, err)
	require.InDelta(t, (90-127.5)/127.5, s.Inputs[0].Floats[0], 1e-6)
	in[0].Shape = tensor.Shape{1, 1, 1, 2}
	set, err = Open(dir, in, Options{})
	require.NoError(t, err)
	_, err = set.Sample(0)
	require.ErrorContains(t, err, "want 1 or 3 channels")
	write(t, dir, "a.png", "not a picture")
	_, err = set.Sample(0)
	require.Error(t, err)
}
