package nlspec

import (
	"bytes"

	"golang.org/x/sys/unix"
)

// Selector decides what an attribute or a field is by something that stands elsewhere in the message. Where no case
// holds, the attribute is what the rest of its own grammar says.
type Selector struct {
	What    Decider   // what decides; the zero value is the attribute Sibling
	Sibling uint16    // the type of the attribute that decides
	Up      int       // where that stands: 0 beside the attribute itself, 1 beside the one that it is in, and so on
	Field   string    // the name of the field that decides, of the structure that the field or the attribute follows in
	Cases   []Case    //
	Else    *Selector // what decides when no case holds; nil for nothing
}

// Decider is what a Selector goes by.
type Decider uint8

// What may decide.
const (
	BySibling   Decider = iota // the value of the last attribute of type Selector.Sibling: a string or an integer
	ByFamily                   // the address family in the message's header (unix.AF_INET ...)
	ByDirection                // Sent, for a request, or Received, for what the kernel says
	ByField                    // the value of a field beside the field, or of the structure before the attribute
	ByLength                   // the length of the attribute's payload in bytes
)

// Case is one choice of a Selector: by Name when a string decides, otherwise by Number.
type Case struct {
	Name   string
	Number uint64
	Set    Set   // the attribute is a nest of Set
	Attr   *Attr // the attribute is this, under its own name unless this has one; used when Set is nil
	Len    int   // of a field with a length of its own: how many bytes of it are used, the others being padding; 0 for all
}

// structAt is a structure and the bytes it is read from.
type structAt struct {
	s *CStruct
	b []byte
}

// resolve follows the selectors of it, which stands in b, and makes it what they decide. Of n bytes that it has it returns
// how many are used. here is the structure whose fields decide, nothing for the one before the attributes.
func (b *Body) resolve(it *Item, here structAt, n int) (used int) {
	for it.Attr.By != nil {
		c := it.Attr.By.choose(b, here, n)
		if c == nil {
			break
		}
		name := it.Attr.Name
		switch {
		case c.Set != nil || c.Attr == nil:
			it.scratch = Attr{Name: name, Kind: Nested, Nest: c.Set}
			it.Attr = &it.scratch
		case c.Attr.Name != "" || name == "":
			it.Attr = c.Attr
		default:
			it.scratch = *c.Attr
			it.scratch.Name = name
			it.Attr = &it.scratch
		}
		if c.Len > 0 {
			n = min(n, c.Len)
		}
	}
	return n
}

// choose returns the case that holds in b for something of n bytes, nil for none.
func (s *Selector) choose(b *Body, here structAt, n int) *Case {
	for ; s != nil; s = s.Else {
		var c *Case
		switch s.What {
		case ByFamily:
			c = s.number(uint64(b.family))
		case ByDirection:
			c = s.number(uint64(b.direction))
		case ByLength:
			c = s.number(uint64(n))
		case ByField:
			if here.s == nil {
				here = b.structBefore()
			}
			if here.s != nil {
				if n, ok := here.s.number(here.b, s.Field); ok {
					c = s.number(n)
				}
			}
		default:
			c = s.sibling(b)
		}
		if c != nil {
			return c
		}
	}
	return nil
}

// sibling returns the case that the attribute s.Sibling decides on.
func (s *Selector) sibling(b *Body) *Case {
	for range s.Up {
		if b = b.parent; b == nil {
			return nil
		}
	}
	payload, ok := b.sibling(s.Sibling)
	if !ok {
		return nil
	}
	text := payload
	if i := bytes.IndexByte(text, 0); i >= 0 {
		text = text[:i]
	}
	for i := range s.Cases {
		if c := &s.Cases[i]; c.Name != "" && c.Name == string(text) {
			return c
		}
	}
	kind := U64
	if int(s.Sibling) < len(b.set) && b.set[s.Sibling].Kind.Integer() {
		kind = b.set[s.Sibling].Kind
	}
	if n, ok := kind.Number(payload); ok {
		return s.number(n)
	}
	return nil
}

func (s *Selector) number(n uint64) *Case {
	for i := range s.Cases {
		if c := &s.Cases[i]; c.Name == "" && c.Number == n {
			return c
		}
	}
	return nil
}

// siblingCache remembers the attributes of a body that selectors asked for, so that each is looked for once.
type siblingCache struct {
	n     int
	found [4]struct { // no set of the tables has selectors by more siblings than that
		typ     uint16
		payload []byte // nil for none
	}
}

// sibling returns the payload of the last attribute of type typ in b, which is the one that counts for the kernel
// (nla_parse).
func (b *Body) sibling(typ uint16) ([]byte, bool) {
	c := &b.siblings
	for i := range c.n {
		if f := &c.found[i]; f.typ == typ {
			return f.payload, f.payload != nil
		}
	}
	var found []byte
	for attrs := b.Attrs; len(attrs) > 0; {
		t, n, ok := nextAttr(attrs)
		if !ok {
			break
		}
		if t&nlaTypeMask == typ {
			found = attrs[unix.NLA_HDRLEN:n]
		}
		attrs = attrs[min(align(n), len(attrs)):]
	}
	if c.n < len(c.found) {
		c.found[c.n].typ, c.found[c.n].payload = typ, found
		c.n++
	}
	return found, found != nil
}
