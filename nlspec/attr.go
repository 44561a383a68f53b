package nlspec

import "strconv"

// Attr is the grammar of one attribute, of a field of a structure or of an element of an array. The zero value is one of
// which nothing is known.
type Attr struct {
	Name    string    // the kernel's name, such as "IFLA_IFNAME"; a field's without its structure's Prefix, "" for padding
	Kind    Kind      // how the bytes are read
	Message uint16    // the type of the message whose body stands inside, for MessageBody
	Values  *Values   // names of an integer's values or bits, nil for none
	Struct  *CStruct  // the fields, for Struct; for Nested, a structure that stands before the attributes, nil for none
	Nest    Set       // what stands inside, for Nested; names of elements in order, for Array
	By      *Selector // what else the attribute may be, and what decides on it; nil for nothing
	Elem    *Attr     // the grammar of each element, for List; for Array too, where it has a fixed length

	// These are of fields alone: how many bytes one has where neither Kind nor Struct says. Len 0 is all that is left,
	// which only the last field may say. LenBy is the earlier field that says how many bytes this one has, or, with
	// LenMul, how many parts of LenMul bytes; LenAdd is how many bytes more than that.
	Len, LenMul, LenAdd int
	LenBy               string
}

// Field is an Attr as a field of a CStruct.
type Field = Attr

// Size returns the length in bytes that the grammar fixes, 0 for none.
func (a *Attr) Size() int {
	switch n := a.Kind.Size(); {
	case n != 0:
		return n
	case a.Kind == Struct && a.Struct != nil && a.Len == 0:
		if size := a.Struct.sizes(); !size.open {
			return size.n
		}
	}
	return a.Len
}

// Element names element i of an array: the names of Nest in order, from the first that is not empty, or the number.
func (a *Attr) Element(i int) string {
	if len(a.Nest) > 0 && a.Nest[0].Name == "" {
		i++
	}
	if i >= 0 && i < len(a.Nest) && a.Nest[i].Name != "" {
		return a.Nest[i].Name
	}
	return strconv.Itoa(i)
}

// Grammars of elements that many arrays have.
var (
	elemU8        = &Attr{Kind: U8}
	elemU16       = &Attr{Kind: U16}
	elemU32       = &Attr{Kind: U32}
	elemU64       = &Attr{Kind: U64}
	elemS32       = &Attr{Kind: S32}
	elemMPLSLabel = &Attr{Kind: MPLSLabel}
	elemIP6       = &Attr{Kind: IP6}
)

// Set is the attributes that may stand side by side, indexed by their type. An entry without a name is not known.
type Set []Attr

// Attr returns the grammar of the attribute with type typ, without the flag bits NLA_F_NESTED and NLA_F_NET_BYTEORDER.
// Its name is the number when the set does not know it.
func (s Set) Attr(typ uint16) Attr {
	if int(typ) < len(s) && s[typ].Name != "" {
		return s[typ]
	}
	return Attr{Name: strconv.Itoa(int(typ))}
}
