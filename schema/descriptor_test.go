package schema

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/litewren/litewren/schema/internal/fbs"
)

// TestDescriptorsMatchObjects compares every descriptor with the struct that flatc generated: field by field, by name and type.
func TestDescriptorsMatchObjects(t *testing.T) {
	types := map[kind]reflect.Kind{
		kindBool: reflect.Bool, kindInt8: reflect.Int8, kindUint8: reflect.Uint8, kindInt16: reflect.Int16, kindUint16: reflect.Uint16,
		kindInt32: reflect.Int32, kindUint32: reflect.Uint32, kindInt64: reflect.Int64, kindUint64: reflect.Uint64,
		kindFloat32: reflect.Float32, kindFloat64: reflect.Float64, kindString: reflect.String,
	}
	for id := noTable + 1; id < tableCount; id++ {
		d := &tables[id]
		require.Equal(t, d.name+"T", d.object.Name())
		require.Equal(t, reflect.PointerTo(d.object), reflect.TypeOf(d.fresh()))
		objects := 0
		for i := range d.fields {
			f := &d.fields[i]
			if i > 0 {
				require.Greater(t, f.slot, d.fields[i-1].slot, "%s.%s: the verifier relies on their order", d.name, f.name)
			}
			if f.object < 0 {
				continue
			}
			require.Equal(t, objects, f.object, "%s.%s", d.name, f.name)
			objects++
			sf := d.object.Field(f.object)
			require.Equal(t, strings.ReplaceAll(f.name, "_", ""), strings.ToLower(sf.Name), d.name)
			switch f.kind {
			case kindTable:
				require.Equal(t, reflect.PointerTo(tables[f.table].object), sf.Type)
			case kindUnion:
				require.Equal(t, reflect.PointerTo(unions[f.union].object), sf.Type)
			case kindVector:
				require.Equal(t, reflect.Slice, sf.Type.Kind())
				if f.elem == kindTable {
					require.Equal(t, reflect.PointerTo(tables[f.table].object), sf.Type.Elem())
				} else {
					require.Equal(t, types[f.elem], sf.Type.Elem().Kind())
				}
			default:
				require.Equal(t, types[f.kind], sf.Type.Kind(), "%s.%s", d.name, f.name)
			}
		}
		require.Equal(t, d.object.NumField(), objects, d.name)
	}
}

// TestGeneratedCodeIsCurrent runs flatc again where it is installed.
func TestGeneratedCodeIsCurrent(t *testing.T) {
	flatc, err := exec.LookPath("flatc")
	if err != nil {
		t.Skip("no flatc")
	}
	version, err := exec.Command(flatc, "--version").Output()
	require.NoError(t, err)
	if !strings.Contains(string(version), "2.0.8") {
		t.Skip("another flatc: ", string(version))
	}
	dir := t.TempDir()
	out, err := exec.Command(flatc, "--go", "--gen-object-api", "-o", dir, "tflite.fbs").CombinedOutput()
	require.NoError(t, err, string(out))
	files, err := filepath.Glob(filepath.Join(dir, "tflite", "*.go"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, name := range files {
		want, err := os.ReadFile(name)
		require.NoError(t, err)
		got, err := os.ReadFile(filepath.Join("tflite", filepath.Base(name)))
		require.NoError(t, err)
		require.Equal(t, string(want), string(got), "run go generate ./schema")
	}
}

// TestFactsMatchSchema compares tflite.fbs with the table of facts of the format, both ways.
func TestFactsMatchSchema(t *testing.T) {
	file, err := os.Open(filepath.Join(sharedDir(t), "spec", "schema-facts.tsv"))
	if err != nil {
		t.Skip("no facts: ", err)
	}
	defer file.Close()
	src, err := os.ReadFile("tflite.fbs")
	require.NoError(t, err)
	s, err := fbs.Parse(string(src))
	require.NoError(t, err)

	var want []string // one line a fact: kind, name, member, number, type, default
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		col := strings.Split(lines.Text()+"\t\t\t\t\t\t", "\t")
		if col[0] == "kind" || col[0] == "" {
			continue
		}
		attributes := strings.ReplaceAll(col[6], " ", "")
		if col[0] == "union" || attributes == "(nofields)" {
			attributes = "" // a deprecated member keeps its number, and is a comment in the schema
		}
		base := col[2]
		if col[0] == "union" {
			base = ""
		}
		want = append(want, strings.Join([]string{col[0], col[1], base, col[3], col[4], col[5], attributes}, " "))
	}
	require.NoError(t, lines.Err())
	var got []string
	add := func(parts ...string) { got = append(got, strings.Join(parts, " ")) }
	for _, e := range s.Enums {
		for _, v := range e.Values {
			add("enum", e.Name, e.Base, v.Name, strconv.FormatInt(v.Value, 10), "", "")
		}
	}
	for _, u := range s.Unions {
		for _, v := range u.Members {
			add("union", u.Name, "", v.Name, strconv.FormatInt(v.Value, 10), "", "")
		}
	}
	for _, table := range s.Tables {
		if len(table.Fields) == 0 {
			add("table", table.Name, "", "", "", "", "")
		}
		for i, f := range table.Fields {
			typ, attributes := f.Type, f.Default
			if f.Vector {
				typ = "[" + typ + "]"
			}
			if f.Deprecated {
				attributes += "(deprecated)"
			}
			if f.ForceAlign > 0 {
				attributes += "(force_align:" + strconv.Itoa(f.ForceAlign) + ")"
			}
			add("table", table.Name, "", f.Name, strconv.Itoa(i), typ, attributes)
		}
	}
	require.ElementsMatch(t, want, got)
}
