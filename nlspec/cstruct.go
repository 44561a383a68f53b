package nlspec

import "strings"

// CStruct is a C structure with its fields in order. Padding is a field of kind Binary without a name.
type CStruct struct {
	Name   string // "ifinfomsg"
	Prefix string // what the kernel's field names begin with, such as "ifi_"; Field.Name leaves it out
	Fields []Field
}

// Field is one field of a CStruct.
type Field struct {
	Name   string    // without the structure's prefix; "" for padding
	Kind   Kind      // how the bytes are read
	Len    int       // bytes, where neither Kind nor Struct says; 0 then is all that is left, which only the last may say
	LenBy  string    // the earlier field that says how many bytes this one has, or, with LenMul, parts of that size; "" for none
	LenMul int       // the size of such a part, 0 for 1
	LenAdd int       // how many more bytes than LenBy says
	Values *Values   // names of an integer's values or bits, nil for none
	Struct *CStruct  // the fields, for Struct; what stands before the attributes, for Nested
	Nest   Set       // what stands inside, for Nested; names of elements, for Array
	Elem   *Attr     // the grammar of each element, for Array and List
	By     *Selector // what else the field may be, as in an Attr
}

// Size returns the field's length in bytes, 0 for one that the structure itself does not fix.
func (f *Field) Size() int {
	switch n := f.Kind.Size(); {
	case n != 0:
		return n
	case f.Kind == Struct && f.Struct != nil && f.Len == 0 && !f.Struct.open():
		return f.Struct.Size()
	}
	return f.Len
}

// open reports whether the structure has a field whose length it does not fix.
func (s *CStruct) open() bool {
	for i := range s.Fields {
		if s.Fields[i].LenBy != "" || s.Fields[i].Size() == 0 {
			return true
		}
	}
	return false
}

// grammar returns the field's grammar as that of an attribute.
func (f *Field) grammar() Attr {
	return Attr{Name: f.Name, Kind: f.Kind, Values: f.Values, Struct: f.Struct, Nest: f.Nest, Elem: f.Elem, By: f.By}
}

// Size returns the structure's length in bytes, without fields whose length something else says.
func (s *CStruct) Size() int {
	var n int
	for i := range s.Fields {
		n += s.Fields[i].Size()
	}
	return n
}

// length returns the length of the structure at the start of b, which counts the fields that have a LenBy. It may be
// more than b has.
func (s *CStruct) length(b []byte) int {
	n := s.Size()
	for i := range s.Fields {
		if f := &s.Fields[i]; f.LenBy != "" {
			n += s.lenBy(f, b)
		}
	}
	return n
}

// lenBy returns the length of field f, which has a LenBy, of the structure at the start of b. It may be more than b has.
func (s *CStruct) lenBy(f *Field, b []byte) int {
	n, _ := s.number(b, f.LenBy)
	return int(min(n, 1<<24))*max(f.LenMul, 1) + f.LenAdd
}

// number reads the integer field called name of the structure at the start of b.
func (s *CStruct) number(b []byte, name string) (uint64, bool) {
	var off int
	for i := range s.Fields {
		f := &s.Fields[i]
		n := f.Size()
		if f.Name == name {
			if n == 0 || off+n > len(b) {
				return 0, false
			}
			return f.Kind.Number(b[off : off+n])
		}
		if n == 0 {
			return 0, false
		}
		off += n
	}
	return 0, false
}

// beginsWithFamily reports whether the structure's first byte is an address family, as in all of rtnetlink's headers and
// in nfnetlink's.
func (s *CStruct) beginsWithFamily() bool {
	return len(s.Fields) > 0 && s.Fields[0].Kind == U8 && strings.HasSuffix(s.Fields[0].Name, "family")
}

// parts calls yield for each field of s that b, which starts at offset off, holds, until it returns false. Padding is
// yielded as a field without a name. The rest is what follows the last whole field: newer kernels make structures longer,
// and older ones send shorter ones. in is where the structure stands.
func (s *CStruct) parts(in *Body, b []byte, off int, yield func(Item) bool) (rest []byte) {
	here := structAt{s, b}
	rest = b
	for i := range s.Fields {
		f := &s.Fields[i]
		n := f.Size()
		switch {
		case f.LenBy != "":
			n = s.lenBy(f, b)
		case n == 0:
			n = len(rest)
		}
		if n > len(rest) {
			return rest
		}
		it := Item{Attr: f.grammar(), Form: FieldForm, Offset: off, Payload: rest[:n], Known: true, body: in}
		if f.By != nil {
			it.Attr, n = in.resolve(it.Attr, here, n)
			it.Payload, it.Pad = rest[:n], rest[n:len(it.Payload)]
		}
		if !yield(it) {
			return nil
		}
		n += len(it.Pad)
		rest, off = rest[n:], off+n
	}
	return rest
}
