package nlspec

import (
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// AttrPath returns the path of the attribute that contains byte off of msg,
// counted from the start of the nlmsghdr like NLMSGERR_ATTR_OFFS:
// "IFLA_LINKINFO/IFLA_INFO_DATA/IFLA_BR_FORWARD_DELAY". The name of an unknown
// attribute is its number; a next hop is named by its index:
// "RTA_MULTIPATH[1]/RTA_GATEWAY". AttrPath returns "" if off is not in an
// attribute but in a header, in padding between attributes, or outside the
// message.
//
// The message is read as a request.
func AttrPath(protocol int, msg []byte, off int) string {
	return Context{Protocol: protocol}.AttrPath(msg, off)
}

// AttrPath is the function AttrPath in a context.
func (c Context) AttrPath(msg []byte, off int) string {
	var p path
	c.Direction = Sent
	p.find(&c.Open(msg).Body, func(it *Item) (match, inside bool) {
		inside = off >= it.Offset && off < it.Offset+unix.NLA_HDRLEN+len(it.Payload)
		return inside && off < it.Offset+unix.NLA_HDRLEN, inside
	})
	return p.String()
}

// MissingPath returns the path of the missing attribute typ
// (NLMSGERR_ATTR_MISS_TYPE) in the nest whose nlattr starts at byte nest
// (NLMSGERR_ATTR_MISS_NEST), or at the top level if nest is 0. It returns only
// the attribute's name if no attribute starts at nest, and its number if the
// nest's attributes are not known.
//
// The message is read as a request.
func MissingPath(protocol int, msg []byte, nest int, typ uint16) string {
	return Context{Protocol: protocol}.MissingPath(msg, nest, typ)
}

// MissingPath is the function MissingPath in a context.
func (c Context) MissingPath(msg []byte, nest int, typ uint16) string {
	c.Direction = Sent
	body := &c.Open(msg).Body
	if nest == 0 {
		return body.Attr(typ).Name
	}
	var p path
	it, found := p.find(body, func(it *Item) (match, inside bool) {
		return it.Offset == nest, nest >= it.Offset && nest < it.Offset+unix.NLA_HDRLEN+len(it.Payload)
	})
	if !found {
		return strconv.Itoa(int(typ))
	}
	name := strconv.Itoa(int(typ))
	if inner := it.Child(); inner != nil {
		name = inner.Attr(typ).Name
	} else {
		it.Hops(func(hop *Body) bool {
			name = hop.Attr(typ).Name
			return false
		})
	}
	return p.String() + "/" + name
}

// path is the names of attributes, from the outermost in.
type path []string

func (p path) String() string { return strings.Join(p, "/") }

// pathTest reports whether an attribute is the wanted one, or contains it.
type pathTest func(*Item) (match, inside bool)

// in returns the attribute of b that passes the test, or nil.
func (test pathTest) in(b *Body) (found *Item, match bool) {
	b.Items(func(it *Item) bool {
		var inside bool
		if match, inside = test(it); match || inside {
			found = it
		}
		return found == nil
	})
	return found, match
}

// find descends from body through the attributes that contain the wanted one,
// appending their names, until one matches or none is left. It returns the last
// attribute, or nil, and whether it matched.
func (p *path) find(body *Body, test pathTest) (last *Item, match bool) {
	next, match := test.in(body)
	for next != nil {
		*p = append(*p, next.Attr.Name)
		if last = next; match {
			return last, true
		}
		next = nil
		if inner := last.Child(); inner != nil {
			next, match = test.in(inner)
			continue
		}
		index := 0
		last.Hops(func(hop *Body) bool {
			if next, match = test.in(hop); next != nil {
				(*p)[len(*p)-1] += "[" + strconv.Itoa(index) + "]"
			}
			index++
			return next == nil
		})
	}
	return last, false
}
