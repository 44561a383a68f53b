package nlspec

import (
	"golang.org/x/sys/unix"
)

// Context is what is known of a message beside its bytes.
type Context struct {
	Protocol int // the socket's, such as unix.NETLINK_ROUTE

	// Direction says who speaks: Sent for a request, Received for the kernel. The zero value leaves that to
	// NLM_F_REQUEST, which the notifications of traffic control's filters and actions have too.
	Direction Direction

	// Families knows the families of generic netlink, and learns new ones from what is opened. Nil knows those whose
	// numbers never change, and learns nothing.
	Families *Families
}

// Open takes the message at the start of msg apart. It reads up to nlmsg_len or the end of msg, whichever comes first.
// With less than an nlmsghdr in msg, the Layout is empty.
func (c Context) Open(msg []byte) *Layout {
	l := &Layout{}
	c.OpenTo(l, msg)
	return l
}

// OpenTo is Open into a Layout that may have been used before: one that takes many messages apart saves allocations.
func (c Context) OpenTo(l *Layout, msg []byte) {
	l.Message, l.Request, l.RequestOffset = Message{}, nil, 0
	l.Body.reset(nil)
	h, ok := ParseHeader(msg)
	if !ok {
		return
	}
	if uint64(h.Len) < uint64(len(msg)) {
		msg = msg[:max(int(h.Len), unix.NLMSG_HDRLEN)]
	}
	payload := msg[unix.NLMSG_HDRLEN:]
	c = c.settle(h)
	l.Message = c.message(h.Type, payload)
	if c.Protocol == unix.NETLINK_ROUTE && c.Direction == Sent && h.Flags&unix.NLM_F_DUMP == unix.NLM_F_DUMP {
		l.Message = l.Message.dumpRequest(h.Type, payload)
	}
	l.Body.direction = c.Direction
	if h.Type == unix.NLMSG_ERROR || h.Type == unix.NLMSG_DONE {
		l.openError(h, msg)
		return
	}
	header := l.Message.Header
	l.Body.Known, l.Body.set = header != nil, l.Message.Attrs
	l.Body.split(header, payload, unix.NLMSG_HDRLEN)
	if header != nil && len(payload) > 0 && header.beginsWithFamily() {
		l.Body.family = payload[0]
	}
	if c.Protocol == unix.NETLINK_GENERIC && h.Type == unix.GENL_ID_CTRL && c.Direction == Received && c.Families != nil &&
		len(l.Message.Attrs) > 0 {
		c.Families.learn(payload[0], &l.Body)
	}
}

// Open takes the message at the start of msg apart, as protocol (unix.NETLINK_ROUTE ...) defines it, with nothing else
// known of it. See Context.Open.
func Open(protocol int, msg []byte) *Layout { return Context{Protocol: protocol}.Open(msg) }

// MessageName returns the name of the message at the start of msg, of which the nlmsghdr alone may be there. It is a number
// where nothing is known of the message, and "" when msg has less than an nlmsghdr.
func (c Context) MessageName(msg []byte) string {
	h, ok := ParseHeader(msg)
	if !ok {
		return ""
	}
	return c.settle(h).message(h.Type, msg[unix.NLMSG_HDRLEN:]).Name
}

// settle decides who sent the message with header h, if the context does not say.
func (c Context) settle(h Header) Context {
	if c.Direction == 0 {
		if c.Direction = Received; h.Flags&unix.NLM_F_REQUEST != 0 {
			c.Direction = Sent
		}
	}
	return c
}

// message returns the grammar of message type typ, which body follows. Its name is the number when it is not known.
func (c Context) message(typ uint16, body []byte) Message {
	if c.Protocol == unix.NETLINK_GENERIC && typ >= unix.NLMSG_MIN_TYPE {
		return c.Families.genl(typ, c.Direction, body)
	}
	if c.Protocol == unix.NETLINK_SOCK_DIAG {
		if m := sockDiagMessage(typ, c.Direction, body); m.Name != "" {
			return m
		}
	}
	if c.Families != nil && c.Families.raw[c.Protocol] != nil {
		if m, ok := c.Families.raw[c.Protocol].messages(c.Direction)[typ]; ok {
			return m
		}
	}
	return message(c.Protocol, typ)
}
