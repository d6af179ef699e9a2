package schema

import "reflect"

type (
	tableID uint16
	unionID uint8
	kind    uint8
)

// Kinds of a field or of a vector element. Everything from kindString on is stored as a 32-bit forward offset.
const (
	kindBool kind = iota
	kindInt8
	kindUint8
	kindInt16
	kindUint16
	kindInt32
	kindUint32
	kindInt64
	kindUint64
	kindFloat32
	kindFloat64
	kindString
	kindTable
	kindUnion
	kindVector
)

// width is the number of bytes that a value of kind k takes where it stands (in a table or a vector).
func (k kind) width() uint64 {
	switch k {
	case kindBool, kindInt8, kindUint8:
		return 1
	case kindInt16, kindUint16:
		return 2
	case kindInt64, kindUint64, kindFloat64:
		return 8
	default:
		return 4
	}
}

// tableDescriptor says what a table looks like in the file (slots) and in memory (the object of package tflite).
type tableDescriptor struct {
	name   string
	object reflect.Type
	fresh  func() any // a new object; reflect.New would have to look for the type of pointers to it, at run time and by name
	slots  int        // vtable entries of the schema we know; later writers may have more
	fields []fieldDescriptor
}

// fieldDescriptor describes one field. A union's tag stands in slot and its value in slot+1.
type fieldDescriptor struct {
	name      string
	slot      int
	object    int // index of the Go struct field, -1 for a deprecated field, which has none
	kind      kind
	elem      kind    // of a vector
	table     tableID // of a table or a vector of tables
	union     unionID
	enum      int64 // number of members, which count from 0; 0 when the field is no enum
	byDefault int64 // scalars; float defaults are all 0
	align     int   // alignment of the first element of a vector, 0 when natural
	isName    bool
}

// unionDescriptor lists the member tables by tag; tag 0 is NONE.
type unionDescriptor struct {
	name    string
	object  reflect.Type
	fresh   func() any
	members []tableID
}

// member returns the table that a tag names, noTable for NONE and for tags of a later schema.
func (u *unionDescriptor) member(tag byte) tableID {
	if int(tag) < len(u.members) {
		return u.members[tag]
	}
	return noTable
}
