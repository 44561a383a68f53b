package nlspec

import (
	"bytes"

	"golang.org/x/sys/unix"
)

// Selector selects the grammar of an attribute or a field by something
// elsewhere in the message. If no case holds, the rest of the attribute's own
// grammar applies.
type Selector struct {
	What    Decider   // what decides; the zero value means the attribute Sibling
	Sibling uint16    // the type of the attribute that decides
	Up      int       // the level of that attribute: 0 is the level of the selected attribute, 1 that of its nest, and so on
	Field   string    // the name of the field that decides, in the same structure or in the structure before the attribute
	Cases   []Case    //
	Else    *Selector // what decides if no case holds, or nil
}

// Decider is what a Selector depends on.
type Decider uint8

// What a Selector may depend on.
const (
	BySibling   Decider = iota // the value of the last attribute of type Selector.Sibling: a string or an integer
	ByFamily                   // the address family in the message's header (unix.AF_INET ...)
	ByDirection                // Sent for a request, or Received for a message of the kernel
	ByField                    // the value of a field in the same structure, or in the structure before the attribute
	ByLength                   // the length of the attribute's payload in bytes
)

// Case is one choice of a Selector, by Name if a string decides, otherwise by
// Number.
type Case struct {
	Name   string
	Number uint64
	Set    Set   // the attribute is a nest of Set
	Attr   *Attr // the attribute's grammar if Set is nil; without a name, the attribute keeps its own
	Len    int   // of a field with a length of its own: the number of bytes used, the others being padding; 0 for all
}

// structAt is a structure with its bytes.
type structAt struct {
	s *CStruct
	b []byte
}

// resolve follows the selectors of it, an item of b, and sets the grammar that
// they select. It returns how many of its n bytes are used. here is the
// structure whose fields decide; if it is empty, that is the one before the
// attributes.
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

// choose returns the case that holds in b for something of n bytes, or nil.
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

// sibling returns the case that the attribute s.Sibling selects.
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

// siblingCache remembers the attributes of a body that selectors asked for, so
// that each is searched for once.
type siblingCache struct {
	n     int
	found [4]struct { // selectors of one set depend on at most this many siblings
		typ     uint16
		payload []byte // nil if there is no such attribute
	}
}

// sibling returns the payload of the last attribute of type typ in b, which is
// the one that the kernel uses (nla_parse).
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
