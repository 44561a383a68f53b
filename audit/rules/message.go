package rules

import (
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/nlspec"
)

// message is one message of a datagram.
type message struct {
	nlspec.Header
	context nlspec.Context
	data    []byte // with the nlmsghdr
	layout  *nlspec.Layout
	cut     bool // nlmsg_len exceeds the bytes that are there
	last    bool // it is the last in the datagram

	// For a sent message, req is the message as a request, or nil without
	// NLM_F_REQUEST, and prior is an unanswered earlier request with the same
	// sequence number, or nil. For a received message, req is the request that
	// it answers, or nil.
	req, prior *request
	final      bool // it is the last answer to the request
}

func (m *message) name() string { return m.layout.Message.Name }

// split calls each for each message of a datagram.
func split(c nlspec.Context, data []byte, each func(*message)) {
	var layout nlspec.Layout
	for {
		h, ok := nlspec.ParseHeader(data)
		if !ok || h.Len < unix.NLMSG_HDRLEN {
			return
		}
		m := message{Header: h, context: c, layout: &layout}
		n := len(data)
		if m.cut = uint64(h.Len) > uint64(n); !m.cut {
			n = int(h.Len)
		}
		m.data, data = data[:n], data[min((n+3)&^3, len(data)):]
		c.OpenTo(&layout, m.data)
		next, ok := nlspec.ParseHeader(data)
		m.last = !ok || next.Len < unix.NLMSG_HDRLEN
		each(&m)
	}
}

// newRequest returns a message as a request.
func newRequest(e *event, m *message) *request {
	r := &request{
		place: e.place(), seq: m.Seq, typ: m.Type, name: m.name(), ack: m.Flags&unix.NLM_F_ACK != 0,
	}
	if len(m.data) <= maxData {
		r.data = slices.Clone(m.data)
	}
	if len(m.data) > unix.NLMSG_HDRLEN {
		r.family = m.data[unix.NLMSG_HDRLEN]
	}
	r.get = isGet(e.Protocol, m.Type)
	r.dump = m.Flags&unix.NLM_F_DUMP == unix.NLM_F_DUMP && (r.get || e.Protocol != unix.NETLINK_ROUTE && m.Flags&unix.NLM_F_CREATE == 0)
	return r
}

// isGet reports whether a request of a type asks for an object. In rtnetlink
// the two lowest bits of the type say so (net/core/rtnetlink.c,
// rtnetlink_rcv_msg). For other protocols it is not known.
func isGet(protocol int, typ uint16) bool {
	return protocol == unix.NETLINK_ROUTE && typ >= unix.RTM_BASE && (typ-unix.RTM_BASE)&3 == 2
}

// attr is an attribute of a message that was sent.
type attr struct {
	nlspec.Attr
	typ     uint16 // nla_type with its flag bits
	payload []byte
	known   bool
}

// nest is the attributes on one level of a message.
type nest struct {
	message *message
	path    []string // the names of the attributes around it, the outermost first
	attrs   []attr
	rest    []byte // the bytes after the last well-formed attribute
	list    bool   // its attributes' types are indices, not meanings
}

// at returns the name of an attribute of the nest, with those around it.
func (n *nest) at(a *attr) string {
	return strings.Join(append(n.path[:len(n.path):len(n.path)], a.Name), "/")
}

// in returns the place of the nest: the message, and the attributes around it.
func (n *nest) in() string {
	if len(n.path) == 0 {
		return n.message.name()
	}
	return n.message.name() + " " + strings.Join(n.path, "/")
}

// walk calls each for every nest of a message, the innermost first and the
// message's own attributes last.
func walk(m *message, each func(*nest)) { walkBody(m, &m.layout.Body, nil, false, each) }

func walkBody(m *message, b *nlspec.Body, path []string, list bool, each func(*nest)) {
	n := nest{message: m, path: path, list: list}
	n.rest = b.Items(func(it *nlspec.Item) bool {
		n.attrs = append(n.attrs, attr{*it.Attr, it.Type, it.Payload, it.Known})
		if it.Guess {
			return true
		}
		path := append(path[:len(path):len(path)], it.Attr.Name)
		inner := func(b *nlspec.Body) bool {
			walkBody(m, b, path, it.Attr.Kind == nlspec.List, each)
			return true
		}
		if it.Attr.Kind == nlspec.NextHops {
			it.Hops(inner)
		} else if b := it.Child(); b != nil {
			inner(b)
		}
		return true
	})
	each(&n)
}
