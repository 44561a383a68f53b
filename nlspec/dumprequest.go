package nlspec

import (
	"bytes"
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// Dump requests may have another fixed header than the answers, because the
// kernel still accepts those of older programs. iproute2 before 3.9, libnl and
// libmnl send struct rtgenmsg for every table, iproute2 from 3.9 to 4.20 struct
// ifinfomsg. This is only so without NETLINK_GET_STRICT_CHK: with the option,
// the kernel accepts only the message's own header, which needs no special
// treatment.

// familyDumps are the dump requests of which the kernel reads only the address
// family, and two flags of RTM_GETROUTE: inet_dump_ifaddr() in
// net/ipv4/devinet.c, inet_dump_fib() in net/ipv4/fib_frontend.c,
// fib_nl_dumprule() in net/core/fib_rules.c, neightbl_dump_info() in
// net/core/neighbour.c, ip6addrlbl_dump() in net/ipv6/addrlabel.c,
// inet_netconf_dump_devconf() in net/ipv4/devinet.c, rtnl_mdb_dump() and
// rtnl_net_dumpid() in net/core, and the corresponding functions of IPv6.
var familyDumps = [...]uint16{
	unix.RTM_GETADDR, unix.RTM_GETMULTICAST, unix.RTM_GETANYCAST, unix.RTM_GETROUTE, unix.RTM_GETRULE, unix.RTM_GETNEIGHTBL,
	unix.RTM_GETADDRLABEL, unix.RTM_GETNETCONF, unix.RTM_GETMDB, unix.RTM_GETNSID,
}

// dumpRequest returns m, of type typ, with the header that its payload has in a
// dump request of rtnetlink.
func (m Message) dumpRequest(typ uint16, payload []byte) Message {
	link := Message{Name: m.Name, Header: ifinfomsg, Attrs: linkAttrs}
	general := Message{Name: m.Name, Header: rtgenmsg, Attrs: linkAttrs}
	switch typ {
	case unix.RTM_GETLINK:
		// rtnl_valid_dump_ifinfo_req() in net/core/rtnetlink.c decides by the
		// length.
		if len(payload) < ifinfomsg.Size() {
			return general
		}
	case unix.RTM_GETNEIGH:
		// So does valid_fdb_dump_legacy(), except that it takes an ndmsg with
		// attributes for an ifinfomsg, although the attributes make no sense
		// then.
		if len(payload) >= ifinfomsg.Size() && payload[0] == unix.AF_BRIDGE && !m.whole(payload) {
			return link
		}
	default:
		for _, dump := range familyDumps {
			switch {
			case dump != typ:
			case isExtMaskRequest(payload):
				return general
			case !m.whole(payload) && link.whole(payload):
				return link
			}
		}
	}
	return m
}

// whole reports whether payload is m's fixed header, which may end early, and
// well-formed attributes up to its end.
func (m Message) whole(payload []byte) bool {
	if m.Header == nil {
		return false
	}
	for rest := payload[min(align(m.Header.Size()), len(payload)):]; len(rest) > 0; {
		_, n, ok := nextAttr(rest)
		if !ok {
			return false
		}
		rest = rest[min(align(n), len(rest)):]
	}
	return true
}

// isExtMaskRequest reports whether payload is a struct rtgenmsg and the
// attribute IFLA_EXT_MASK, as iproute2 before 3.9 sends for every table
// (rtnl_wilddump_request).
func isExtMaskRequest(payload []byte) bool {
	if len(payload) != 12 || !bytes.Equal(payload[1:4], make([]byte, 3)) {
		return false
	}
	return binary.NativeEndian.Uint16(payload[4:]) == 8 && binary.NativeEndian.Uint16(payload[6:]) == unix.IFLA_EXT_MASK
}
