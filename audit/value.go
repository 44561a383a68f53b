package audit

import (
	"bytes"
	"encoding/binary"
	"net"
	"net/netip"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/nlspec"
)

// Value is one named value of a message: a field of a structure, an attribute, or an element of an array.
type Value struct {
	Name      string      // the kernel's, without a structure's prefix; the number of an attribute that is not known
	Kind      nlspec.Kind // how the bytes are read
	Attribute bool        // an attribute, not a field or an element
	Type      uint16      // an attribute's type, without NLA_F_NESTED and NLA_F_NET_BYTEORDER
	Offset    int         // where it starts, from the start of the nlmsghdr: an attribute with its nlattr
	Data      []byte      // the bytes that are read, without the nlattr

	// Content is what Data means: uint64, int64, string, netip.Addr, net.HardwareAddr, or true for a flag. It is nil
	// where Fields say it, where nothing is known of Data but its bytes, and where Data has not the length that Kind
	// asks for.
	Content any
	// Names are the kernel's names of an integer: one of a value, any number of bits. Unnamed are the bits, or the
	// value, that have none.
	Names   []string
	Unnamed uint64
	Fields  []Value // what is inside, in order
	Rest    []byte  // bytes at the end of Data that Fields do not tell of

	values *nlspec.Values
}

// Malformed reports whether v's bytes are not what its kind asks for.
func (v Value) Malformed() bool {
	return v.Content == nil && v.Fields == nil && (v.Kind.Size() != 0 || v.Kind == nlspec.IP || v.Kind == nlspec.Uint ||
		v.Kind == nlspec.Flag)
}

// decodeBody decodes a fixed header and the attributes that follow it.
func decodeBody(b nlspec.Body) (fields, attrs []Value, rest []byte) {
	if b.Header != nil {
		// Only a header that ends early, as in old dump requests, leaves bytes over; zeros are padding then.
		var left []byte
		if fields, left = decodeStruct(b.Header, b.Head, b.HeadOffset); !allZero(left) {
			return fields, nil, left
		}
	}
	rest = b.Items(func(it nlspec.Item) bool {
		attrs = append(attrs, decodeItem(it))
		return true
	})
	return fields, attrs, rest
}

// decodeItem decodes one attribute.
func decodeItem(it nlspec.Item) Value {
	v := Value{
		Name: it.Attr.Name, Kind: it.Attr.Kind, Attribute: true, Offset: it.Offset, Data: it.Payload, values: it.Attr.Values,
		Type: it.Type &^ (unix.NLA_F_NESTED | unix.NLA_F_NET_BYTEORDER),
	}
	bodies, rest := it.Children()
	switch {
	case len(bodies) > 0 && v.Kind == nlspec.NextHops:
		v.Rest = rest
		for i, body := range bodies {
			hop := Value{Name: strconv.Itoa(i), Offset: body.HeadOffset}
			hop.setBody(body)
			v.Fields = append(v.Fields, hop)
		}
	case len(bodies) > 0:
		v.setBody(bodies[0])
	case v.Kind == nlspec.Struct:
		v.Fields, v.Rest = decodeStruct(it.Attr.Struct, it.Payload, it.Offset+unix.NLA_HDRLEN)
	case v.Kind == nlspec.Bitfield32 && len(v.Data) == v.Kind.Size():
		for i, name := range []string{"value", "selector"} {
			f := Value{Name: name, Kind: nlspec.U32, Offset: it.Offset + unix.NLA_HDRLEN + 4*i, Data: v.Data[4*i : 4*i+4], values: it.Attr.Values}
			f.read()
			v.Fields = append(v.Fields, f)
		}
	case v.Kind == nlspec.S32Array:
		v.elements(it, nlspec.S32)
	case v.Kind == nlspec.U64Array:
		v.elements(it, nlspec.U64)
	default:
		v.read()
	}
	return v
}

// setBody decodes what is inside v.
func (v *Value) setBody(body nlspec.Body) {
	fields, attrs, rest := decodeBody(body)
	v.Fields, v.Rest = append(fields, attrs...), rest
	if v.Fields == nil {
		v.Fields = []Value{}
	}
}

// elements decodes an array.
func (v *Value) elements(it nlspec.Item, kind nlspec.Kind) {
	size := kind.Size()
	v.Fields = make([]Value, 0, len(v.Data)/size)
	for i := 0; (i+1)*size <= len(v.Data); i++ {
		f := Value{
			Name: it.Attr.Element(i), Kind: kind, Offset: it.Offset + unix.NLA_HDRLEN + i*size, Data: v.Data[i*size : (i+1)*size],
		}
		f.read()
		v.Fields = append(v.Fields, f)
	}
	v.Rest = v.Data[len(v.Data)/size*size:]
}

// decodeStruct decodes the fields of s that b, which starts at offset off, holds, without padding. The rest is what
// follows the last whole field: newer kernels make structures longer.
func decodeStruct(s *nlspec.CStruct, b []byte, off int) (fields []Value, rest []byte) {
	fields = make([]Value, 0, len(s.Fields))
	for _, f := range s.Fields {
		n := f.Size()
		if n == 0 {
			n = len(b)
		}
		if n > len(b) {
			break
		}
		if f.Name != "" {
			v := Value{Name: f.Name, Kind: f.Kind, Offset: off, Data: b[:n], values: f.Values}
			v.read()
			fields = append(fields, v)
		}
		b, off = b[n:], off+n
	}
	return fields, b
}

// read fills Content and Names from Data, for a value that has nothing inside.
func (v *Value) read() {
	b := v.Data
	if n := v.Kind.Size(); n != 0 && n != len(b) {
		return
	}
	switch v.Kind {
	case nlspec.Flag:
		if len(b) == 0 {
			v.Content = true
		}
	case nlspec.String:
		if i := bytes.IndexByte(b, 0); i >= 0 {
			b = b[:i]
		}
		v.Content = string(b)
	case nlspec.IP:
		if addr, ok := netip.AddrFromSlice(b); ok {
			v.Content = addr
		}
	case nlspec.LLAddr:
		v.Content = net.HardwareAddr(b)
	case nlspec.U8:
		v.number(uint64(b[0]))
	case nlspec.U16:
		v.number(uint64(binary.NativeEndian.Uint16(b)))
	case nlspec.U32:
		v.number(uint64(binary.NativeEndian.Uint32(b)))
	case nlspec.U64:
		v.number(binary.NativeEndian.Uint64(b))
	case nlspec.BE16:
		v.number(uint64(binary.BigEndian.Uint16(b)))
	case nlspec.BE32:
		v.number(uint64(binary.BigEndian.Uint32(b)))
	case nlspec.BE64:
		v.number(binary.BigEndian.Uint64(b))
	case nlspec.Uint:
		switch len(b) {
		case 4:
			v.number(uint64(binary.NativeEndian.Uint32(b)))
		case 8:
			v.number(binary.NativeEndian.Uint64(b))
		}
	case nlspec.S8:
		v.Content = int64(int8(b[0]))
	case nlspec.S32:
		v.Content = int64(int32(binary.NativeEndian.Uint32(b)))
	case nlspec.S64:
		v.Content = int64(binary.NativeEndian.Uint64(b))
	}
}

func (v *Value) number(n uint64) {
	v.Content = n
	if v.values != nil {
		v.Names, v.Unnamed = v.values.Names(n)
	}
}
