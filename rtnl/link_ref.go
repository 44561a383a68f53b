package rtnl

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// A LinkRef says which link a request is about, by index or by name. The zero
// LinkRef is none. In what the kernel sends, it has only an index.
type LinkRef struct {
	// Index is the interface index. If it is set, Name is used only in error
	// texts.
	Index uint32
	// ByIndex makes Name be looked up even if the message could contain it: in
	// a LinkSet, LinkDel, LinkGet, AltNameAdd or AltNameDel.
	ByIndex bool
	// Name is the link's name or one of its alternative names, which have up to
	// 127 bytes (ALTIFNAMSIZ, Linux 5.5). It is looked up when the request is
	// sent. As in iproute2, "ifN" is the link with index N if no link has that
	// name.
	Name string
}

// LinkIndex refers to a link by its interface index.
func LinkIndex(index uint32) LinkRef { return LinkRef{Index: index} }

// LinkName refers to a link by its name or an alternative name.
func LinkName(name string) LinkRef { return LinkRef{Name: name} }

// IsZero reports whether l refers to no link.
func (l LinkRef) IsZero() bool { return l.Index == 0 && l.Name == "" }

// String returns the name, or without one the index in decimal, "" for the zero
// LinkRef. A name may hold any byte.
func (l LinkRef) String() string {
	if l.Name == "" && l.Index != 0 {
		return itoa(uint64(l.Index))
	}
	return l.Name
}

// A linkAt is the offset of an index in an encoded message, and the name of
// that link.
type linkAt struct {
	off  int
	name string
	// known says that the index is there; otherwise it must be looked up.
	known bool
	// header says that it is in the message's fixed header.
	header bool
}

// HeaderLink appends the index of a link to a message's fixed header. If l has
// only a name, it is looked up when the message is sent.
func (e *Encoder) HeaderLink(l LinkRef) {
	if l.Name != "" {
		e.links = append(e.links, linkAt{off: len(e.buf), name: l.Name, known: l.Index != 0, header: len(e.buf)-e.start == nlmsgHdrLen+4})
		if l.Index == 0 {
			e.lookups++
		}
	}
	e.buf = binary.NativeEndian.AppendUint32(e.buf, l.Index)
}

// Link appends an attribute that holds the index of a link, 0 for none.
func (e *Encoder) Link(typ uint16, l LinkRef) {
	e.attr(typ, 4)
	e.HeaderLink(l)
}

func nonZeroLink(e *Encoder, typ uint16, l LinkRef) {
	if !l.IsZero() {
		e.Link(typ, l)
	}
}

// inHeader returns the part of l that goes into the header of a message that
// can contain a name. encodeName appends the rest.
func (l LinkRef) inHeader() LinkRef {
	if l.Index == 0 && !l.ByIndex {
		return LinkRef{}
	}
	return l
}

func (l LinkRef) encodeName(e *Encoder) {
	switch {
	case l.IsZero():
		e.Fail("no link given: an index or a name")
	case !l.inHeader().IsZero():
	case len(l.Name) < unix.IFNAMSIZ:
		// rtnl_dev_get also looks for alternative names in IFLA_IFNAME; only
		// its length limits that (net/core/rtnetlink.c).
		e.String(unix.IFLA_IFNAME, l.Name)
	default:
		altName(e, l.Name)
	}
}

const altIfNameSize = 128 // ALTIFNAMSIZ, include/uapi/linux/if.h

func altName(e *Encoder, name string) {
	if len(name) >= altIfNameSize || name == "" {
		e.Fail("alternative link name %q has %d bytes, 1 to %d are allowed", name, len(name), altIfNameSize-1)
		return
	}
	e.String(unix.IFLA_ALT_IFNAME, name)
}

func ifName(e *Encoder, name string) {
	if len(name) >= unix.IFNAMSIZ {
		e.Fail("link name %q has %d bytes, at most %d are allowed", name, len(name), unix.IFNAMSIZ-1)
		return
	}
	e.String(unix.IFLA_IFNAME, name)
}
