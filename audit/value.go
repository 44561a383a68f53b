package audit

import (
	"bytes"
	"net"
	"net/netip"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/nlspec"
)

// Value is one named value of a message: a field of a structure, an attribute,
// or an element of an array.
type Value struct {
	Name      string      // the kernel's name, without a structure's prefix; the number of an unknown attribute
	Kind      nlspec.Kind // how Data is read
	Attribute bool        // this is an attribute, not a field or an element
	Type      uint16      // an attribute's type, without NLA_F_NESTED and NLA_F_NET_BYTEORDER
	Offset    int         // offset from the start of the nlmsghdr in bytes; that of the nlattr for an attribute
	Data      []byte      // the bytes of the value, without the nlattr

	// Content is the meaning of Data: a uint64, int64, string, netip.Addr or
	// net.HardwareAddr, or true for a flag. It is nil if Fields have the
	// meaning, if nothing is known of Data but its bytes, or if Data cannot be
	// read as Kind. An integer of the wrong length is read by its own length,
	// and is Malformed.
	Content any
	// Names are the kernel's names for an integer: one name for a value, or one
	// for each bit. Unnamed is the value, or the bits, without a name.
	Names   []string
	Unnamed uint64
	Fields  []Value // the values inside, in order
	Rest    []byte  // bytes at the end of Data that are not in Fields, or that follow the NUL that ends a text

	Known bool // nlspec has its name; if not, Name is an attribute's number
	Guess bool // this is an unknown attribute, read as a nest because it looks like one

	values *nlspec.Values
}

// Malformed reports whether Data has the wrong length for Kind.
func (v Value) Malformed() bool { return v.Fields == nil && !v.Kind.Fits(len(v.Data)) }

// decodeBody decodes a fixed header and the attributes after it.
func decodeBody(b *nlspec.Body) (fields, attrs []Value, rest []byte) {
	if b.Header != nil {
		fields = make([]Value, 0, len(b.Header.Fields))
		// Only a header that ends early, as in old dump requests, leaves bytes
		// over. If these are zeros, they are padding.
		if left := b.Fields(appendTo(&fields)); !allZero(left) {
			return fields, nil, left
		}
	}
	return fields, attrs, b.Items(appendTo(&attrs))
}

// appendTo returns a function that decodes items into values. Padding is left
// out.
func appendTo(values *[]Value) func(*nlspec.Item) bool {
	return func(it *nlspec.Item) bool {
		if it.Form != nlspec.FieldForm || it.Attr.Name != "" {
			*values = append(*values, decodeItem(it))
		}
		return true
	}
}

// decodeItem decodes one attribute, field or element.
func decodeItem(it *nlspec.Item) Value {
	v := Value{
		Name: it.Attr.Name, Kind: it.Attr.Kind, Attribute: it.Form == nlspec.AttrForm, Offset: it.Offset, Data: it.Payload,
		Known: it.Known, Guess: it.Guess, values: it.Attr.Values,
		Type: it.Type &^ (unix.NLA_F_NESTED | unix.NLA_F_NET_BYTEORDER),
	}
	inner := it.Child()
	switch {
	case inner != nil:
		v.setBody(inner)
	case v.Kind == nlspec.NextHops:
		v.Fields = []Value{}
		v.Rest = it.Hops(func(body *nlspec.Body) bool {
			hop := Value{Name: strconv.Itoa(len(v.Fields)), Offset: body.HeadOffset, Known: true}
			hop.setBody(body)
			v.Fields = append(v.Fields, hop)
			return true
		})
	case it.HasParts():
		v.Fields = []Value{}
		v.Rest = it.Parts(appendTo(&v.Fields))
	default:
		v.read()
	}
	return v
}

// setBody decodes the contents of v.
func (v *Value) setBody(body *nlspec.Body) {
	fields, attrs, rest := decodeBody(body)
	v.Fields, v.Rest = append(fields, attrs...), rest
	if v.Fields == nil {
		v.Fields = []Value{}
	}
}

// read fills Content and Names from Data, for a value that has nothing inside.
func (v *Value) read() {
	b := v.Data
	switch {
	case v.Kind == nlspec.Flag && len(b) == 0:
		v.Content = true
	case isText(v.Kind):
		v.Content = textOf(v.Kind, b)
		if v.Kind == nlspec.String {
			v.Rest = afterNUL(b)
		}
	case v.Kind == nlspec.IP, v.Kind == nlspec.IP6:
		if addr, ok := netip.AddrFromSlice(b); ok {
			v.Content = addr
		}
	case v.Kind == nlspec.LLAddr:
		v.Content = net.HardwareAddr(b)
	default:
		n, ok := v.Kind.Number(b)
		if !ok {
			return
		}
		if v.Content = n; v.Kind.Signed() {
			v.Content = int64(n)
		}
		if v.values != nil {
			v.Names, v.Unnamed = v.values.Names(n)
		}
	}
}

// isText reports whether a kind is text, for textOf.
func isText(kind nlspec.Kind) bool { return kind == nlspec.String || kind == nlspec.SunPath }

func textOf(kind nlspec.Kind, b []byte) string {
	if kind == nlspec.SunPath {
		b = sunPath(b)
	}
	return cString(b)
}

// sunPath returns the path of a Unix socket, or its abstract name with '@' for
// each NUL, as ss writes it.
func sunPath(b []byte) []byte {
	if len(b) == 0 || b[0] != 0 {
		return b
	}
	return bytes.ReplaceAll(b, []byte{0}, []byte{'@'})
}

// afterNUL returns the bytes after the first NUL of b, or nil if these are all
// zero.
func afterNUL(b []byte) []byte {
	if i := bytes.IndexByte(b, 0); i >= 0 && !allZero(b[i:]) {
		return b[i+1:]
	}
	return nil
}

// cString returns the text of b up to its first NUL.
func cString(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return string(b)
}
