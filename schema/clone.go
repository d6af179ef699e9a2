package schema

import (
	"reflect"
	"slices"

	"github.com/litewren/litewren/schema/tflite"
)

// Clone returns a copy of f whose tables may be changed without changing f. Payloads ([]byte: buffer data, custom options,
// custom quantization) are shared, without spare capacity: replace them, never write into them.
func (f *File) Clone() *File {
	c := *f
	c.Unknown = slices.Clone(f.Unknown)
	if f.Model != nil {
		c.Model = cloneValue(reflect.ValueOf(f.Model)).Interface().(*tflite.ModelT)
	}
	return &c
}

// cloneValue copies what the generated object API is made of: structs, pointers to them, slices and unions (a struct with
// a tag and an interface that holds a pointer).
func cloneValue(v reflect.Value) reflect.Value {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return v
		}
		p := reflect.New(v.Type().Elem())
		p.Elem().Set(cloneValue(v.Elem()))
		return p
	case reflect.Interface:
		if v.IsNil() {
			return v
		}
		return cloneValue(v.Elem())
	case reflect.Struct:
		s := reflect.New(v.Type()).Elem()
		for i := range v.NumField() {
			s.Field(i).Set(cloneValue(v.Field(i)))
		}
		return s
	case reflect.Slice:
		if v.IsNil() {
			return v
		}
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return v.Slice3(0, v.Len(), v.Len())
		}
		s := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		if kind := v.Type().Elem().Kind(); kind != reflect.Pointer && kind != reflect.Struct {
			reflect.Copy(s, v)
			return s
		}
		for i := range v.Len() {
			s.Index(i).Set(cloneValue(v.Index(i)))
		}
		return s
	default:
		return v
	}
}
