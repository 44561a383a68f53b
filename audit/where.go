package audit

import (
	"errors"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/nlspec"
)

// Where is a condition on messages; ParseWhere makes one.
type Where struct{ holds test }

// test reports whether a condition holds for message m of event e. m is nil for
// a failed call and for a datagram without a message.
type test func(e *Event, m *placed) bool

func (w *Where) matches(e *Event, m *placed) bool { return w.holds(e, m) }

// Matches reports whether the condition holds for a message that was decoded
// from event e.
func (w *Where) Matches(e *Event, m *Message) bool {
	return w.holds(e, m.inPlace())
}

// whereField is a field that a condition can test.
type whereField struct {
	name   string
	bare   func() test                             // the test without a value, or nil if it needs one
	equals func(value string) (test, bool)         // nil for numbers
	number func(e *Event, m *placed) (int64, bool) // for numbers, which can also be compared
	wants  string                                  // describes a valid value
}

// whereFields are the fields that a condition can test, besides attr.
var whereFields = []whereField{
	{name: "type", equals: whereType, wants: "the name or the number of a message type"},
	{name: "protocol", equals: whereProtocol, wants: "a netlink protocol, such as ROUTE or GENERIC"},
	{name: "netns", equals: func(v string) (test, bool) {
		return func(e *Event, _ *placed) bool { return e.NetNS == v }, true
	}},
	{name: "program", equals: func(v string) (test, bool) {
		return func(e *Event, _ *placed) bool { return e.Program == v }, true
	}},
	{name: "pid", number: func(e *Event, _ *placed) (int64, bool) { return int64(e.PID), true }},
	{name: "seq", number: func(_ *Event, m *placed) (int64, bool) {
		if m == nil {
			return 0, false
		}
		return int64(m.header.Seq), true
	}},
	{name: "size", number: func(_ *Event, m *placed) (int64, bool) {
		if m == nil {
			return 0, false
		}
		return int64(m.header.Len), true
	}},
	{name: "error", bare: func() test { return func(e *Event, m *placed) bool { return errnoOf(e, m) != 0 } },
		equals: whereError, wants: "the name of an error, such as EEXIST"},
	{name: "dir", equals: whereDirection, wants: "sent, received or multicast"},
	{name: "family", equals: whereFamily, wants: "an address family, such as INET, or its number"},
	{name: "ifname", equals: whereIfname},
}

// errnoOf returns the error that a message reports, or that the call failed
// with.
func errnoOf(e *Event, m *placed) unix.Errno {
	if m == nil {
		return e.Errno
	}
	if m.ack == nil {
		return 0
	}
	return m.ack.Errno()
}

func whereError(value string) (test, bool) {
	errno, ok := ParseErrno(value)
	return func(e *Event, m *placed) bool { return errnoOf(e, m) == errno }, ok
}

// whereType matches messages of a type, and the answers to requests of that
// type.
func whereType(value string) (test, bool) {
	if n, err := strconv.ParseUint(value, 0, 16); err == nil {
		return func(_ *Event, m *placed) bool {
			return m != nil && (uint64(m.header.Type) == n || m.ack != nil && m.ack.Request.Len != 0 && uint64(m.ack.Request.Type) == n)
		}, true
	}
	if _, err := strconv.ParseInt(value, 0, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		return nil, false // too large for a type
	}
	return func(_ *Event, m *placed) bool {
		return m != nil && (m.layout.Message.Name == value || m.ack != nil && m.ack.Name == value)
	}, !strings.HasPrefix(value, "RTM_") && !strings.HasPrefix(value, "NLMSG_") || isRouteType(value)
}

// isRouteType reports whether rtnetlink has a message type called name.
func isRouteType(name string) bool {
	for typ := range uint16(unix.RTM_BASE + 256) {
		if nlspec.MessageName(unix.NETLINK_ROUTE, typ) == name {
			return true
		}
	}
	return false
}

func whereProtocol(value string) (test, bool) {
	n, ok := nlspec.ProtocolNumber(value)
	return func(e *Event, _ *placed) bool { return e.Protocol == n }, ok
}

func whereDirection(value string) (test, bool) {
	return func(e *Event, _ *placed) bool {
		d, ok := e.Datagram()
		switch value {
		case "sent":
			return e.Op == OpSend
		case "received":
			return e.Op == OpReceive && !(ok && d.Multicast)
		}
		return ok && d.Multicast
	}, value == "sent" || value == "received" || value == "multicast"
}

// whereFamily matches the address family in the message's header.
func whereFamily(value string) (test, bool) {
	_, err := strconv.ParseUint(value, 0, 8)
	return func(_ *Event, m *placed) bool {
		found := false
		if m != nil && m.layout.Body.Header != nil {
			m.layout.Body.Fields(func(it *nlspec.Item) bool {
				if strings.HasSuffix(it.Attr.Name, "family") {
					found = hasValue(it, value)
				}
				return false // it is the first
			})
		}
		return found
	}, err == nil || nlspec.IsFamily(value)
}

// whereIfname matches messages with an attribute that is the name of an
// interface.
func whereIfname(value string) (test, bool) {
	return func(_ *Event, m *placed) bool {
		return m != nil && anyItem(m, func(it *nlspec.Item) bool {
			return it.Attr.Kind == nlspec.String && (strings.HasSuffix(it.Attr.Name, "IFNAME") || it.Attr.Name == "IFA_LABEL") &&
				cString(it.Payload) == value
		})
	}, true
}

// whereAttr matches messages with an attribute at any depth, and with this
// value unless value is nil.
func whereAttr(name string, value *string) test {
	return func(_ *Event, m *placed) bool {
		return m != nil && anyItem(m, func(it *nlspec.Item) bool {
			return it.Form == nlspec.AttrForm && it.Attr.Name == name && (value == nil || hasValue(it, *value))
		})
	}
}

// anyItem reports whether f returns true for any item of a message.
func anyItem(m *placed, f func(it *nlspec.Item) bool) bool {
	found := false
	w := walk{item: func(it *nlspec.Item) bool {
		found = found || f(it)
		return !found
	}}
	w.body(&m.layout.Body)
	return found
}

// hasValue reports whether an item has a value. The value may be given as a
// number, as one of its names, with or without their common prefix, as a text,
// or as a line shows it.
func hasValue(it *nlspec.Item, value string) bool {
	kind, data := it.Attr.Kind, it.Payload
	if isText(kind) {
		return textOf(kind, data) == value
	}
	if n, ok := kind.Number(data); ok {
		if want, err := strconv.ParseUint(value, 0, 64); err == nil && want == n {
			return true
		}
		if want, err := strconv.ParseInt(value, 0, 64); err == nil && kind.Signed() && want == int64(n) {
			return true
		}
		named := false
		it.Attr.Values.Each(n, func(name string) {
			named = named || name == value || it.Attr.Values.Short(name) == value
		})
		if named {
			return true
		}
	}
	return string(appendValue(nil, kind, it.Attr.Values, data)) == value
}
