package nlspec

import "strconv"

// Attr is the grammar of one attribute. The zero value is an attribute of which nothing is known.
type Attr struct {
	Name    string    // the kernel's name, such as "IFLA_IFNAME"
	Kind    Kind      // how the payload is read
	Values  *Values   // names of an integer's values or bits, nil for none
	Struct  *CStruct  // the fields, for Struct; for Nested, a structure that stands before the attributes, nil for none
	Nest    Set       // what stands inside, for Nested; names of elements in order, for Array
	By      *Selector // what else the attribute may be, and what decides on it; nil for nothing
	Elem    *Attr     // the grammar of each element, for List; for Array too, where it has a fixed length
	Message uint16    // the type of the message whose body stands inside, for MessageBody
}

// Known reports whether more is known of the attribute than its name or number.
func (a *Attr) Known() bool { return a.Kind != Binary || a.By != nil }

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

// element returns the name of element i of an array whose elements are named by s: the names in order, from the first
// that is not empty.
func (s Set) element(i int) string {
	if len(s) > 0 && s[0].Name == "" {
		i++
	}
	return s.Attr(uint16(i)).Name
}
