package nlspec

import "strconv"

// Kind says how the bytes of a payload are read. Integers are in the host's byte order unless the kind says BE.
type Kind uint8

// The kinds of payload. The zero value is Binary: bytes of which nothing more is known.
const (
	Binary      Kind = iota
	Flag             // no payload: to be there is to be set
	U8               // unsigned, 1 byte
	U16              // unsigned, 2 bytes
	U32              // unsigned, 4 bytes
	U64              // unsigned, 8 bytes
	S8               // signed, 1 byte
	S32              // signed, 4 bytes
	S64              // signed, 8 bytes
	BE16             // unsigned, 2 bytes, network byte order
	BE32             // unsigned, 4 bytes, network byte order
	Uint             // unsigned, 4 or 8 bytes (nla_put_uint)
	BE64             // unsigned, 8 bytes, network byte order
	String           // text, ended by a NUL or by the attribute
	IP               // an IPv4 address in 4 bytes or an IPv6 address in 16
	LLAddr           // a link-layer address of any length
	Struct           // a C structure, Attr.Struct
	Bitfield32       // struct nla_bitfield32: value and selector, 4 bytes each, bits named by Attr.Values
	S32Array         // an array of s32, its elements named by Attr.Nest in order
	U64Array         // an array of u64, its elements named by Attr.Nest in order
	Nested           // attributes of Attr.Nest, or of the set that Attr.By selects
	List             // attributes whose types are indices; each holds what Attr.Elem says
	MessageBody      // what follows the nlmsghdr in message Attr.Message: a fixed header and attributes
	NextHops         // an array of struct rtnexthop, each followed by route attributes (rtnetlink(7))
)

// Attr is the grammar of one attribute. The zero value is an attribute of which nothing is known.
type Attr struct {
	Name    string    // the kernel's name, such as "IFLA_IFNAME"
	Kind    Kind      // how the payload is read
	Values  *Values   // names of an integer's values or bits, nil for none
	Struct  *CStruct  // the fields, for Struct
	Nest    Set       // what stands inside, for Nested; names of elements, for arrays
	By      *Selector // what decides on the set inside, for Nested; nil when Nest always holds
	Elem    *Attr     // the grammar of each element, for List
	Message uint16    // the type of the message whose body stands inside, for MessageBody
}

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

// Selector decides which attributes stand inside an attribute by something that stands elsewhere: in an attribute
// beside it, or in the message's header.
type Selector struct {
	Sibling uint16 // type of the attribute beside it that decides; 0 for the address family in the header
	Cases   []Case
	Default Set // where no case holds; nil when nothing is known then
}

// Case is one choice of a Selector: by Name when the sibling is a string, otherwise by Number.
type Case struct {
	Name   string
	Number uint64
	Set    Set
}

// choose returns the set for the sibling's payload. A string matches up to its NUL, a number by its value.
func (s *Selector) choose(family uint8, sibling []byte) Set {
	if s.Sibling == 0 {
		return s.number(uint64(family))
	}
	for _, c := range s.Cases {
		if c.Name != "" && c.Name == cString(sibling) {
			return c.Set
		}
	}
	if n, ok := hostUint(sibling); ok {
		return s.number(n)
	}
	return s.Default
}

func (s *Selector) number(n uint64) Set {
	for _, c := range s.Cases {
		if c.Name == "" && c.Number == n {
			return c.Set
		}
	}
	return s.Default
}

// CStruct is a C structure with its fields in order. Padding is a field of kind Binary without a name.
type CStruct struct {
	Name   string // "ifinfomsg"
	Prefix string // what the kernel's field names begin with, such as "ifi_"; Field.Name leaves it out
	Fields []Field
}

// Field is one field of a CStruct.
type Field struct {
	Name   string  // without the structure's prefix; "" for padding
	Kind   Kind    // a kind of fixed length, or Binary, IP, LLAddr or String with Len
	Len    int     // bytes, where Kind does not say; 0 then means all that is left, and only the last field may say so
	Values *Values // names of an integer's values or bits, nil for none
}

// Size returns the field's length in bytes, 0 for one that takes all that is left.
func (f Field) Size() int {
	if n := f.Kind.Size(); n != 0 {
		return n
	}
	return f.Len
}

// Size returns the structure's length in bytes, without a last field that takes all that is left.
func (s *CStruct) Size() int {
	var n int
	for _, f := range s.Fields {
		n += f.Size()
	}
	return n
}

// Size returns the length in bytes of a payload of kind k, 0 for a kind that has no fixed length.
func (k Kind) Size() int {
	switch k {
	case U8, S8:
		return 1
	case U16, BE16:
		return 2
	case U32, S32, BE32:
		return 4
	case U64, S64, BE64, Bitfield32:
		return 8
	}
	return 0
}

// Signed reports whether a payload of kind k is a signed integer.
func (k Kind) Signed() bool { return k == S8 || k == S32 || k == S64 }

// Values are the names of an integer's values, or of its bits.
type Values struct {
	Prefix string // what all names begin with; Short leaves it out
	Bits   bool   // the names are of bits, several of which may be set
	Consts []Const
}

// Const is one named value. Among bits it may be of several bits, which then stands before its parts, or 0.
type Const struct {
	Number uint64
	Name   string // the kernel's name in full
}

// Names returns the names of n: at most one of a value, any number of bits. The rest is what has no name: n itself,
// or the bits that are not known. A nil v knows no names.
func (v *Values) Names(n uint64) (names []string, rest uint64) {
	if v == nil {
		return nil, n
	}
	if !v.Bits {
		for _, c := range v.Consts {
			if c.Number == n {
				return []string{c.Name}, 0
			}
		}
		return nil, n
	}
	rest = n
	for _, c := range v.Consts {
		if c.Number == 0 && n == 0 || c.Number != 0 && rest&c.Number == c.Number {
			names = append(names, c.Name)
			rest &^= c.Number
		}
	}
	return names, rest
}

// Short returns name without the prefix that the names of v share.
func (v *Values) Short(name string) string {
	if v == nil || len(name) <= len(v.Prefix) || name[:len(v.Prefix)] != v.Prefix {
		return name
	}
	return name[len(v.Prefix):]
}
