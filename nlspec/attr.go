package nlspec

import "strconv"

// Attr is the grammar of an attribute, of a field of a structure or of an
// element of an array. The zero value means that nothing is known.
type Attr struct {
	Name    string    // the kernel's name, such as "IFLA_IFNAME"; a field's without its structure's Prefix, "" for padding
	Kind    Kind      // how to read the bytes
	Message uint16    // the type of the message whose body is inside, for MessageBody
	Values  *Values   // names of an integer's values or bits, or nil
	Struct  *CStruct  // the fields, for Struct; for Nested, a structure before the attributes, or nil
	Nest    Set       // the attributes inside, for Nested; names of elements in order, for Array
	By      *Selector // what else the attribute may be, and what decides; or nil
	Elem    *Attr     // the grammar of each element, for List; also for Array, where it must have a fixed length

	// These are only for fields whose length neither Kind nor Struct gives. Len
	// is the number of bytes; 0 means all that are left, which is only allowed
	// for the last field. LenBy is the earlier field that gives the number of
	// bytes or, if LenMul is set, of parts of LenMul bytes. LenAdd is added to
	// that.
	Len, LenMul, LenAdd int
	LenBy               string
}

// Field is an Attr as a field of a CStruct.
type Field = Attr

// Size returns the length in bytes if the grammar fixes it, otherwise 0.
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

// Element returns the name of element i of an array: that of Nest, counting
// from the first that is not empty, or else the number.
func (a *Attr) Element(i int) string {
	if len(a.Nest) > 0 && a.Nest[0].Name == "" {
		i++
	}
	if i >= 0 && i < len(a.Nest) && a.Nest[i].Name != "" {
		return a.Nest[i].Name
	}
	return strconv.Itoa(i)
}

// Grammars of elements, for many arrays.
var (
	elemU8        = &Attr{Kind: U8}
	elemU16       = &Attr{Kind: U16}
	elemU32       = &Attr{Kind: U32}
	elemU64       = &Attr{Kind: U64}
	elemS32       = &Attr{Kind: S32}
	elemMPLSLabel = &Attr{Kind: MPLSLabel}
	elemIP6       = &Attr{Kind: IP6}
)

// Set is the attributes that may occur together on one level, indexed by their
// type. An entry without a name is not known.
type Set []Attr

// Attr returns the grammar of the attribute with type typ, without the flag
// bits NLA_F_NESTED and NLA_F_NET_BYTEORDER. Its name is the number if the set
// does not have it.
func (s Set) Attr(typ uint16) Attr {
	if int(typ) < len(s) && s[typ].Name != "" {
		return s[typ]
	}
	return Attr{Name: strconv.Itoa(int(typ))}
}
