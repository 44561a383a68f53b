package nlspec

import (
	"strings"
	"sync/atomic"
)

// CStruct is a C structure with its fields in order. Padding is a field of kind
// Binary without a name.
type CStruct struct {
	Name   string // "ifinfomsg"
	Prefix string // the prefix of the kernel's field names, such as "ifi_"; Field.Name leaves it out
	Fields []Field

	cached atomic.Pointer[cSizes]
}

// cSizes is the length of a structure according to its fields.
type cSizes struct {
	n    int  // bytes, without fields of variable length
	open bool // there are fields of variable length
}

// sizes returns the length according to the fields. It is computed once.
func (s *CStruct) sizes() cSizes {
	if cached := s.cached.Load(); cached != nil {
		return *cached
	}
	var size cSizes
	for i := range s.Fields {
		n := s.Fields[i].Size()
		size.n += n
		size.open = size.open || n == 0 || s.Fields[i].LenBy != ""
	}
	s.cached.Store(&size)
	return size
}

// Size returns the structure's length in bytes, without fields of variable
// length.
func (s *CStruct) Size() int { return s.sizes().n }

// length returns the length of the structure at the start of b, including
// fields with a LenBy. It may exceed len(b).
func (s *CStruct) length(b []byte) int {
	size := s.sizes()
	if !size.open {
		return size.n
	}
	n := size.n
	for i := range s.Fields {
		if f := &s.Fields[i]; f.LenBy != "" {
			n += s.lenBy(f, b)
		}
	}
	return n
}

// lenBy returns the length of field f, which has a LenBy, of the structure at
// the start of b. It may exceed len(b).
func (s *CStruct) lenBy(f *Field, b []byte) int {
	n, _ := s.number(b, f.LenBy)
	return int(min(n, 1<<24))*max(f.LenMul, 1) + f.LenAdd
}

// number reads the integer field called name of the structure at the start of
// b.
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

// beginsWithFamily reports whether the structure's first byte is an address
// family, as in the headers of rtnetlink and nfnetlink.
func (s *CStruct) beginsWithFamily() bool {
	return len(s.Fields) > 0 && s.Fields[0].Kind == U8 && strings.HasSuffix(s.Fields[0].Name, "family")
}

// parts calls yield for each field of s in b until yield returns false. b
// starts at offset off. Padding is a field without a name. rest is the bytes
// after the last complete field: newer kernels have longer structures, and
// older ones send shorter ones. in is the body of the structure, and it the
// storage for the fields.
func (s *CStruct) parts(in *Body, b []byte, off int, it *Item, yield func(*Item) bool) (rest []byte) {
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
		it.set(f, FieldForm, in, off, rest[:n])
		if f.By != nil {
			used := in.resolve(it, structAt{s, b}, n)
			it.Payload, it.Pad = rest[:used], rest[used:n]
		}
		if !yield(it) {
			return nil
		}
		rest, off = rest[n:], off+n
	}
	return rest
}
