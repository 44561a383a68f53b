package nlspec

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// Messages and attributes are built here by hand, because rtnl's encoder
// imports this package.

func u8(n uint8) []byte   { return []byte{n} }
func u16(n uint16) []byte { return binary.NativeEndian.AppendUint16(nil, n) }
func u32(n uint32) []byte { return binary.NativeEndian.AppendUint32(nil, n) }

func text(s string) []byte { return append([]byte(s), 0) }

// attr returns one attribute, with padding.
func attr(typ uint16, payload ...[]byte) []byte {
	b := binary.NativeEndian.AppendUint16(nil, 0)
	b = binary.NativeEndian.AppendUint16(b, typ)
	for _, p := range payload {
		b = append(b, p...)
	}
	binary.NativeEndian.PutUint16(b, uint16(len(b)))
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// msg returns one message.
func msg(typ, flags uint16, parts ...[]byte) []byte {
	b := make([]byte, unix.NLMSG_HDRLEN)
	for _, p := range parts {
		b = append(b, p...)
	}
	binary.NativeEndian.PutUint32(b, uint32(len(b)))
	binary.NativeEndian.PutUint16(b[4:], typ)
	binary.NativeEndian.PutUint16(b[6:], flags)
	return b
}

// ifinfo returns a struct ifinfomsg of family and index.
func ifinfo(family uint8, index uint32) []byte {
	b := make([]byte, unix.SizeofIfInfomsg)
	b[0] = family
	binary.NativeEndian.PutUint32(b[4:], index)
	return b
}

// samples returns messages that together cover every way into an attribute.
func samples() map[string][]byte {
	const nested = unix.NLA_F_NESTED
	peer := attr(1, ifinfo(0, 0), attr(unix.IFLA_IFNAME, text("p2")), attr(unix.IFLA_ADDRESS, []byte{2, 0, 0, 0, 0, 2}))
	hop := func(gw byte) []byte {
		h := append(u16(0), 0, 0)
		h = append(h, u32(3)...)
		h = append(h, attr(unix.RTA_GATEWAY, []byte{10, 0, 0, gw})...)
		binary.NativeEndian.PutUint16(h, uint16(len(h)))
		return h
	}
	return map[string][]byte{
		"veth": msg(unix.RTM_NEWLINK, 0x605, ifinfo(0, 0), attr(unix.IFLA_IFNAME, text("p1")),
			attr(unix.IFLA_LINKINFO|nested, attr(unix.IFLA_INFO_KIND, text("veth")), attr(unix.IFLA_INFO_DATA|nested, peer))),
		"bridge": msg(unix.RTM_NEWLINK, 0x605, ifinfo(0, 0),
			attr(unix.IFLA_LINKINFO, attr(unix.IFLA_INFO_DATA, attr(unix.IFLA_BR_FORWARD_DELAY, u32(200))),
				attr(unix.IFLA_INFO_KIND, []byte("bridge")))),
		"slave": msg(unix.RTM_NEWLINK, 5, ifinfo(0, 7),
			attr(unix.IFLA_LINKINFO, attr(unix.IFLA_INFO_SLAVE_KIND, text("bridge")),
				attr(unix.IFLA_INFO_SLAVE_DATA, attr(unix.IFLA_BRPORT_COST, u32(4))))),
		"vlan": msg(unix.RTM_SETLINK, 5, ifinfo(unix.AF_BRIDGE, 7),
			attr(unix.IFLA_AF_SPEC|nested, attr(0, u16(2)), attr(2, u16(2), u16(10))),
			attr(unix.IFLA_PROTINFO|nested, attr(unix.IFLA_BRPORT_MODE, u8(1)))),
		"afspec": msg(unix.RTM_NEWLINK, 5, ifinfo(0, 7),
			attr(unix.IFLA_AF_SPEC, attr(unix.AF_INET, attr(unix.IFLA_INET_CONF, attr(8, u32(2)))),
				attr(unix.AF_INET6, attr(unix.IFLA_INET6_ADDR_GEN_MODE, u8(1))))),
		"devconf": msg(unix.RTM_NEWLINK, 0, ifinfo(0, 7),
			attr(unix.IFLA_AF_SPEC, attr(unix.AF_INET, attr(unix.IFLA_INET_CONF, u32(1), u32(0), u32(2))))),
		"multipath": msg(unix.RTM_NEWROUTE, 0x605, []byte{2, 24, 0, 0, 254, 4, 0, 1, 0, 0, 0, 0},
			attr(unix.RTA_DST, []byte{10, 9, 0, 0}), attr(unix.RTA_MULTIPATH, hop(1), hop(2))),
		"encap": msg(unix.RTM_NEWROUTE, 0x605, []byte{2, 24, 0, 0, 254, 4, 0, 1, 0, 0, 0, 0},
			attr(unix.RTA_ENCAP, attr(2, []byte{10, 0, 0, 1})), attr(unix.RTA_ENCAP_TYPE, u16(2))),
		"mpls": msg(unix.RTM_NEWROUTE, 0x605, []byte{28, 20, 0, 0, 254, 4, 0, 1, 0, 0, 0, 0},
			attr(unix.RTA_DST, []byte{0, 0x06, 0x41, 0})),
		"bond": msg(unix.RTM_NEWLINK, 5, ifinfo(0, 0), attr(unix.IFLA_LINKINFO, attr(unix.IFLA_INFO_KIND, text("bond")),
			attr(unix.IFLA_INFO_DATA, attr(unix.IFLA_BOND_ARP_IP_TARGET, attr(0, []byte{10, 0, 0, 1}), attr(1, []byte{10, 0, 0, 2}))))),
		"nsid":    msg(unix.RTM_NEWNSID, 5, []byte{0, 0, 0, 0}, attr(unix.NETNSA_NSID, u32(0xffffffff)), attr(unix.NETNSA_FD, u32(3))),
		"rule":    msg(unix.RTM_NEWRULE, 0x605, []byte{2, 0, 0, 0, 254, 0, 0, 1, 0, 0, 0, 0}, attr(unix.FRA_PRIORITY, u32(100))),
		"neigh":   msg(unix.RTM_NEWNEIGH, 5, []byte{2, 0, 0, 0, 7, 0, 0, 0, 0x80, 0, 0, 0}, attr(unix.NDA_LLADDR, []byte{2, 0, 0, 0, 0, 1})),
		"addr":    msg(unix.RTM_NEWADDR, 5, []byte{2, 24, 0, 0, 7, 0, 0, 0}, attr(unix.IFA_LOCAL, []byte{10, 0, 0, 1})),
		"unknown": msg(unix.RTM_NEWLINK, 5, ifinfo(0, 0), attr(9000, u32(1))),
		"error": msg(unix.NLMSG_ERROR, 0x300, u32(0xffffffef), make([]byte, 16),
			attr(unix.NLMSGERR_ATTR_MSG, text("no")), attr(unix.NLMSGERR_ATTR_OFFS, u32(32))),
		"errorfull": msg(unix.NLMSG_ERROR, 0x200, u32(0xffffffef), msg(unix.RTM_NEWNSID, 5, []byte{0, 0, 0, 0, 8}),
			[]byte{0, 0, 0}, attr(NLMSGERR_ATTR_MISS_TYPE, u32(1))),
		"done": msg(unix.NLMSG_DONE, 0x202, u32(0), attr(unix.NLMSGERR_ATTR_MSG, text("warned"))),
		"bare": msg(23, 5, make([]byte, 20), attr(1, text("tbf"))),
		"segments": msg(unix.RTM_NEWROUTE, 5, []byte{unix.AF_INET6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
			attr(unix.RTA_ENCAP, attr(1, u32(1), []byte{0, 4, 4, 1, 1, 0, 0, 0}, make([]byte, 32), []byte{5, 2, 1, 1})), attr(unix.RTA_ENCAP_TYPE, u16(5))),
		"useropt": msg(unix.RTM_NEWNDUSEROPT, 0, []byte{unix.AF_INET6, 0}, u16(8), u32(7), []byte{134, 0, 0, 0, 0, 0, 0, 0},
			[]byte{25, 1, 0, 0, 0, 0, 0, 0}, attr(1, make([]byte, 16))),
		"mdb": msg(unix.RTM_NEWMDB, 0, []byte{unix.AF_BRIDGE, 0, 0, 0, 5, 0, 0, 0}, attr(1, attr(1, attr(1, u32(6), []byte{1, 0, 0, 0, 239, 1, 1, 1},
			make([]byte, 12), []byte{8, 0, 0, 0}, attr(1, u32(9)))))),
		"mdbset": msg(unix.RTM_NEWMDB, 5, []byte{unix.AF_BRIDGE, 0, 0, 0, 5, 0, 0, 0}, attr(1, u32(6), []byte{1, 0, 0, 0, 2, 0, 0, 0, 0, 1},
			make([]byte, 14))),
		"group": msg(unix.RTM_NEWNEXTHOP, 5, make([]byte, 8), attr(2, u32(1), u32(0), u32(2), u32(3), u16(0))),
		"dcb":   msg(unix.RTM_SETDCB, 5, []byte{0, 20, 0, 0}, attr(13, []byte{0}), attr(13, attr(1, make([]byte, 59)))),
		"short": msg(unix.RTM_GETLINK, 0x301, []byte{0}),
	}
}
