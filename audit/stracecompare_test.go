package audit

import (
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/nlspec"
)

// comparison compares strace's values with ours.
type comparison struct {
	messages, agree, undecoded int
	differ                     map[string]string          // the first difference, by the name of the field or attribute
	indices                    map[string]map[uint64]bool // the indices of links, by name
	numbers                    map[string]uint64          // the numbers that names stand for
}

func newComparison() *comparison {
	c := &comparison{differ: map[string]string{}, indices: map[string]map[uint64]bool{"lo": {1: true}}, numbers: map[string]uint64{}}
	for e := range nlspec.Entries() {
		if e.Of == nlspec.ValueEntry {
			c.numbers[e.Name] = e.Number
			if e.Mask != 0 {
				c.numbers[e.Name] = e.Mask
			}
		}
	}
	return c
}

func (c *comparison) differs(name, format string, args ...any) {
	if _, ok := c.differ[name]; !ok {
		c.differ[name] = fmt.Sprintf(format, args...)
	}
}

// datagram compares the messages of a call.
func (c *comparison) datagram(call straceCall) error {
	n, err := parseStrace(call.args)
	if err != nil {
		return err
	}
	list := []*straceNode{n}
	if len(n.items) > 0 && n.items[0].kind == '[' {
		list = n.items
	}
	direction := nlspec.Received
	if call.sent {
		direction = nlspec.Sent
	}
	messages, _ := DecodeIn(nlspec.Context{Protocol: unix.NETLINK_ROUTE, Direction: direction}, call.data)
	for i, m := range messages {
		c.learnName(m)
		if i < len(list) {
			c.message(list[i], m)
		}
	}
	return nil
}

// learnName remembers the index of a link by its name.
func (c *comparison) learnName(m Message) {
	if len(m.Fields) < 3 || !strings.HasSuffix(m.Name, "LINK") {
		return
	}
	index, _ := m.Fields[2].Content.(int64)
	for _, a := range m.Attrs {
		if name, ok := a.Content.(string); ok && a.Name == "IFLA_IFNAME" && index > 0 {
			if c.indices[name] == nil {
				c.indices[name] = map[uint64]bool{}
			}
			c.indices[name][uint64(index)] = true
		}
	}
}

// message compares one message: its nlmsghdr, its header and its attributes.
func (c *comparison) message(n *straceNode, m Message) {
	c.messages++
	if len(n.items) == 0 || n.items[0].field("nlmsg_type") == nil {
		return
	}
	h := n.items[0]
	c.word("nlmsg_type", h.field("nlmsg_type").text, uint64(m.Header.Type), []string{m.Name}, 0, 2)
	c.word("nlmsg_flags", h.field("nlmsg_flags").text, uint64(m.Header.Flags), m.Flags, 0, 2)
	if len(n.items) < 2 || m.Header.Type < unix.NLMSG_MIN_TYPE {
		return
	}
	c.structure(m.Name, n.items[1], m.Fields)
	if len(n.items) > 2 {
		if attrs, ok := n.items[2].attrs(); ok {
			c.attrs(m.Name, attrs, m.Attrs)
		}
	}
}

// attrs compares attributes, which come in the same order.
func (c *comparison) attrs(where string, list []*straceNode, values []Value) {
	if len(list) != len(values) {
		c.differs(where, "strace finds %d attributes, we %d", len(list), len(values))
		return
	}
	for i, n := range list {
		v := &values[i]
		name := n.header().field("nla_type").text
		name = name[strings.LastIndexByte(name, '|')+1:]
		switch {
		case !regexp.MustCompile(`^[A-Z]`).MatchString(name):
			c.undecoded++ // strace shows a number
		case name != v.Name:
			c.differs(where+"/"+name, "we call it %s", v.Name)
		default:
			c.agree++
		}
		if n.kind == '[' && len(n.items) > 1 {
			c.value(v.Name, n.items[1], v)
		}
	}
}

// structure compares fields by their names.
func (c *comparison) structure(where string, n *straceNode, values []Value) {
	if n.kind != '{' || n.field("data") != nil && n.field("data").kind == '"' { // a message that strace does not know
		c.undecoded++
		return
	}
	for _, f := range n.items {
		i := slices.IndexFunc(values, func(v Value) bool { return v.Name == f.name || strings.HasSuffix(f.name, "_"+v.Name) })
		switch {
		case f.name == "":
		case i < 0:
			c.differs(where+"."+f.name, "we have no such field")
		default:
			c.value(where+"."+f.name, f, &values[i])
		}
	}
}

// value compares strace's text for a value with ours.
func (c *comparison) value(name string, n *straceNode, v *Value) {
	attrs, isAttrs := n.attrs()
	switch {
	case n.kind == '"':
		s, ok := v.Content.(string)
		if !ok {
			c.undecoded++ // strace shows the bytes
		} else if s != strings.TrimRight(n.text, "\x00") {
			c.differs(name, "strace says %q, we %q", n.text, s)
		} else {
			c.agree++
		}
	case v.Kind == nlspec.NextHops && len(n.items) == len(v.Fields):
		for i, hop := range n.items {
			own := v.Fields[i].Fields
			attrs := slices.IndexFunc(own, func(v Value) bool { return v.Attribute })
			c.structure(name, hop.items[0], own[:attrs])
			if list, ok := hop.items[len(hop.items)-1].attrs(); ok && attrs >= 0 {
				c.attrs(name, list, own[attrs:])
			}
		}
	case n.kind == '{' && !isAttrs:
		c.structure(name, n, v.Fields)
	case n.kind == '[' && v.Fields == nil && len(v.Data) == len(n.items):
		c.bytes(name, n.items, v)
	case n.kind == '[' && v.Fields == nil && len(v.Data) > 0:
		c.differs(name, "strace finds something inside, we % x", v.Data)
	case isAttrs && len(attrs) > 0:
		c.attrs(name, attrs, v.Fields)
	case n.kind == '[':
		c.elements(name, n.items, v.Fields)
	default:
		c.content(name, n.text, v)
	}
}

// bytes compares an array of bytes.
func (c *comparison) bytes(name string, items []*straceNode, v *Value) {
	for i, item := range items {
		if n, err := strconv.ParseUint(item.text, 0, 8); err != nil || byte(n) != v.Data[i] {
			c.differs(name, "byte %d is %s to strace, we have % x", i, item.text, v.Data)
			return
		}
	}
	c.agree++
}

// elements compares an array.
func (c *comparison) elements(name string, items []*straceNode, values []Value) {
	if len(items) != len(values) {
		c.differs(name, "strace finds %d elements, we %d", len(items), len(values))
		return
	}
	for i, item := range items {
		at := name
		if element := strings.TrimSuffix(item.name, "-1"); item.name != "" && element[0] >= 'A' {
			if at += "/" + element; values[i].Name != element {
				c.differs(at, "we call it %s", values[i].Name)
			}
		}
		c.value(at, item, &values[i])
	}
}

var straceFunction = regexp.MustCompile(`^(\w+)\((.*)\)$`)

// content compares a number, an address or names.
func (c *comparison) content(name, text string, v *Value) {
	if m := straceFunction.FindStringSubmatch(text); m != nil {
		switch arg := strings.Trim(m[2][strings.LastIndexByte(m[2], ' ')+1:], `"`); m[1] {
		case "htons", "htonl", "htonll":
			text = arg
		case "inet_addr", "inet_pton":
			c.address(name, arg, v)
			return
		case "if_nametoindex":
			if known := c.indices[arg]; known != nil {
				c.index(name, arg, known, v)
			}
			return
		}
	}
	switch own := v.Content.(type) {
	case net.HardwareAddr:
		switch {
		case own.String() == text:
			c.agree++
		case strings.HasPrefix(own.String(), text+":"):
			c.undecoded++ // for a bridge in a dump of AF_BRIDGE, strace shows only the first byte
		default:
			c.differs(name, "strace says %s, we %s", text, own)
		}
	case uint64:
		c.word(name, text, own, v.Names, v.Unnamed, len(v.Data))
	case int64:
		c.word(name, text, uint64(own), v.Names, v.Unnamed, len(v.Data))
	case nil:
		c.undecoded++
	default:
		c.differs(name, "strace says %s, we %v", text, own)
	}
}

func (c *comparison) address(name, text string, v *Value) {
	want, err := netip.ParseAddr(text)
	if got, ok := v.Content.(netip.Addr); !ok || err != nil || got != want {
		c.differs(name, "strace says %s, we %v", text, v.Content)
		return
	}
	c.agree++
}

func (c *comparison) index(name, link string, known map[uint64]bool, v *Value) {
	n, ok := v.Kind.Number(v.Data)
	if !ok || !known[n] {
		c.differs(name, "strace says %s, we %v", link, v.Content)
		return
	}
	c.agree++
}

// word compares numbers and names joined by |. Ours is n, of size bytes; names
// are our names for it, and unnamed is the part without one.
func (c *comparison) word(name, text string, n uint64, names []string, unnamed uint64, size int) {
	mask := ^uint64(0) >> (64 - 8*size)
	var sum uint64
	var theirs []string
	for part := range strings.SplitSeq(text, "|") {
		value, err := straceNumber(part)
		if err != nil {
			theirs = append(theirs, part)
			number, ok := c.numbers[part]
			if !ok {
				number, ok = c.numberOf(part, names, n)
			}
			if !ok {
				c.undecoded++
				return
			}
			value = number
		}
		sum |= value
	}
	if sum&mask != n&mask {
		c.differs(name, "strace says %s, we %d %v", text, n&mask, names)
		return
	}
	for _, their := range theirs {
		if len(names) > 0 && !slices.Contains(names, their) && sameNumber(c.numbers, names, their) == "" {
			c.differs(name, "strace says %s, we %v", text, names)
			return
		}
	}
	c.agree++
}

// numberOf returns the number of a name that stands for all of n: a message's
// type, or an address family.
func (c *comparison) numberOf(name string, names []string, n uint64) (uint64, bool) {
	return n, len(names) == 1 && names[0] == name
}

// sameNumber returns the one of names with the same number as name, or "".
func sameNumber(numbers map[string]uint64, names []string, name string) string {
	for _, own := range names {
		if numbers[own]&numbers[name] == numbers[name] {
			return own
		}
	}
	return ""
}

// straceNumber reads a number, or one shifted by another.
func straceNumber(s string) (uint64, error) {
	if a, b, ok := strings.Cut(s, "<<"); ok {
		n, err := strconv.ParseUint(a, 0, 64)
		shift, err2 := strconv.ParseUint(b, 0, 6)
		if err == nil {
			err = err2
		}
		return n << shift, err
	}
	if n, err := strconv.ParseInt(s, 0, 64); err == nil {
		return uint64(n), nil
	}
	return strconv.ParseUint(s, 0, 64)
}
