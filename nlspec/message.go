package nlspec

import (
	"encoding/binary"
	"strconv"

	"golang.org/x/sys/unix"
)

// Header is struct nlmsghdr (include/uapi/linux/netlink.h).
type Header struct {
	Len   uint32 // length of the message in bytes, with this header and without padding
	Type  uint16
	Flags uint16
	Seq   uint32
	PID   uint32 // the sender's port ID; 0 for the kernel
}

// ParseHeader reads the nlmsghdr at the start of b, in the host's byte order.
// It returns false if b is too short. It does not check the fields.
func ParseHeader(b []byte) (Header, bool) {
	if len(b) < unix.NLMSG_HDRLEN {
		return Header{}, false
	}
	return Header{
		Len:   binary.NativeEndian.Uint32(b),
		Type:  binary.NativeEndian.Uint16(b[4:]),
		Flags: binary.NativeEndian.Uint16(b[6:]),
		Seq:   binary.NativeEndian.Uint32(b[8:]),
		PID:   binary.NativeEndian.Uint32(b[12:]),
	}, true
}

// MessageName returns the name of message type typ in protocol, such as
// "RTM_NEWLINK" or "NLMSG_DONE", or the number of an unknown type.
func MessageName(protocol int, typ uint16) string { return message(protocol, typ).Name }

// message returns the grammar of message type typ. The name of an unknown type
// is its number.
func message(protocol int, typ uint16) Message {
	var m Message
	switch {
	case int(typ) < len(controlMessages):
		m = controlMessages[typ]
	case protocol == unix.NETLINK_ROUTE && typ >= unix.RTM_BASE && int(typ-unix.RTM_BASE) < len(routeMessages):
		m = routeMessages[typ-unix.RTM_BASE]
	case protocol == unix.NETLINK_NETFILTER:
		m = netfilterMessage(typ)
	case protocol == unix.NETLINK_SOCK_DIAG:
		m = sockDiagMessage(typ, 0, nil)
	}
	if m.Name == "" {
		m.Name = strconv.Itoa(int(typ))
	}
	return m
}

// controlMessages are the types below NLMSG_MIN_TYPE, which are the same in
// every protocol. Open parses those with an error separately.
var controlMessages = []Message{
	unix.NLMSG_NOOP:    {Name: "NLMSG_NOOP"},
	unix.NLMSG_ERROR:   {Name: "NLMSG_ERROR"},
	unix.NLMSG_DONE:    {Name: "NLMSG_DONE"},
	unix.NLMSG_OVERRUN: {Name: "NLMSG_OVERRUN"},
}
