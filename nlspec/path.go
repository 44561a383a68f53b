package nlspec

import (
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// AttrPath names the attribute that contains byte off of msg, counted from the start of the nlmsghdr as
// NLMSGERR_ATTR_OFFS counts it: "IFLA_LINKINFO/IFLA_INFO_DATA/IFLA_BR_FORWARD_DELAY". An attribute that its set does
// not know is named by its number, a next hop by its index: "RTA_MULTIPATH[1]/RTA_GATEWAY". It returns "" when off
// falls in no attribute: in a header, in padding between attributes, or outside the message.
//
// The message is taken for a request.
func AttrPath(protocol int, msg []byte, off int) string {
	return Context{Protocol: protocol}.AttrPath(msg, off)
}

// AttrPath is the function AttrPath in a context.
func (c Context) AttrPath(msg []byte, off int) string {
	var p path
	c.Direction = Sent
	p.find(c.Open(msg).Body, func(it Item) (match, inside bool) {
		inside = off >= it.Offset && off < it.Offset+unix.NLA_HDRLEN+len(it.Payload)
		return inside && off < it.Offset+unix.NLA_HDRLEN, inside
	})
	return p.String()
}

// MissingPath names attribute typ that is missing, as NLMSGERR_ATTR_MISS_TYPE gives it, in the nest whose nlattr starts
// at byte nest (NLMSGERR_ATTR_MISS_NEST), or at the top level when nest is 0. It returns the name alone when no
// attribute starts at nest, and the number where the nest's attributes are not known.
//
// The message is taken for a request.
func MissingPath(protocol int, msg []byte, nest int, typ uint16) string {
	return Context{Protocol: protocol}.MissingPath(msg, nest, typ)
}

// MissingPath is the function MissingPath in a context.
func (c Context) MissingPath(msg []byte, nest int, typ uint16) string {
	c.Direction = Sent
	body := c.Open(msg).Body
	if nest == 0 {
		return body.Attr(typ).Name
	}
	var p path
	it, found := p.find(body, func(it Item) (match, inside bool) {
		return it.Offset == nest, nest >= it.Offset && nest < it.Offset+unix.NLA_HDRLEN+len(it.Payload)
	})
	if !found {
		return strconv.Itoa(int(typ))
	}
	name := strconv.Itoa(int(typ))
	if bodies, _ := it.Children(); len(bodies) > 0 {
		name = bodies[0].Attr(typ).Name
	}
	return p.String() + "/" + name
}

// path is the names of attributes from the outside in.
type path []string

func (p path) String() string { return strings.Join(p, "/") }

// find goes down from body into each attribute that is inside, appending its name, until one matches or there is none
// further in. It returns the last one, and whether that one matched.
func (p *path) find(body Body, test func(Item) (match, inside bool)) (last Item, found bool) {
	for bodies := []Body{body}; ; bodies, _ = last.Children() {
		next, matched, index := Item{}, false, -1
		for i := 0; i < len(bodies) && index < 0; i++ {
			bodies[i].Items(func(it Item) bool {
				match, inside := test(it)
				if match || inside {
					next, matched, index = it, match, i
				}
				return index < 0
			})
		}
		if index < 0 {
			return last, false
		}
		if last.Attr.Kind == NextHops {
			(*p)[len(*p)-1] += "[" + strconv.Itoa(index) + "]"
		}
		*p = append(*p, next.Attr.Name)
		if last = next; matched {
			return last, true
		}
	}
}
