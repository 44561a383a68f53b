package nlspec

import (
	"golang.org/x/sys/unix"
)

// Context is what is known of a message besides its bytes.
type Context struct {
	Protocol int // the socket's, such as unix.NETLINK_ROUTE

	// Direction is Sent for a program's message and Received for the kernel's.
	// If it is zero, NLM_F_REQUEST decides, which is also set in notifications
	// about filters and actions of traffic control.
	Direction Direction

	// Families knows the families of generic netlink, and learns new ones from
	// opened messages. If it is nil, only the families whose numbers never
	// change are known.
	Families *Families
}

// Open parses the message at the start of msg. It reads up to nlmsg_len or the
// end of msg, whichever comes first. If msg is shorter than an nlmsghdr, the
// Layout is empty.
func (c Context) Open(msg []byte) *Layout {
	l := &Layout{}
	c.OpenTo(l, msg)
	return l
}

// OpenTo is Open into a Layout that may have been used before. This saves
// allocations if there are many messages.
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

// Open parses the message at the start of msg as one of protocol
// (unix.NETLINK_ROUTE ...). See Context.Open.
func Open(protocol int, msg []byte) *Layout { return Context{Protocol: protocol}.Open(msg) }

// MessageName returns the name of the message at the start of msg, which may be
// only the nlmsghdr. The name is a number if nothing is known of the message,
// and "" if msg is shorter than an nlmsghdr.
func (c Context) MessageName(msg []byte) string {
	h, ok := ParseHeader(msg)
	if !ok {
		return ""
	}
	return c.settle(h).message(h.Type, msg[unix.NLMSG_HDRLEN:]).Name
}

// settle decides the direction of the message with header h, if the context
// does not give it.
func (c Context) settle(h Header) Context {
	if c.Direction == 0 {
		if c.Direction = Received; h.Flags&unix.NLM_F_REQUEST != 0 {
			c.Direction = Sent
		}
	}
	return c
}

// message returns the grammar of message type typ with this body. The name of
// an unknown type is its number.
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
