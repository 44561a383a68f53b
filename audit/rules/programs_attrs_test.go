package rules

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// linkOf returns a request for a link of a kind, with the attributes of
// IFLA_INFO_DATA.
func (s *sock) linkOf(name, kind string, data ...byte) []byte {
	return s.msg(unix.RTM_NEWLINK, unix.NLM_F_ACK|unix.NLM_F_CREATE|unix.NLM_F_EXCL, ifinfo(0), nla(unix.IFLA_IFNAME, text(name)),
		nla(unix.IFLA_LINKINFO|unix.NLA_F_NESTED, nla(unix.IFLA_INFO_KIND, text(kind)), nla(unix.IFLA_INFO_DATA|unix.NLA_F_NESTED, data)))
}

const (
	iflaBrAgeingTime = 4  // IFLA_BR_AGEING_TIME, a u32
	iflaVxlanPort    = 15 // IFLA_VXLAN_PORT, a be16
)

var (
	ageing     = nla(iflaBrAgeingTime, u32(30000))
	longAgeing = nla(iflaBrAgeingTime, u32(30000), u32(0))
	brokenNest = append(nla(iflaBrAgeingTime, u32(30000)), make([]byte, 8)...)
)

// bridgeWith makes a bridge with options.
func bridgeWith(options []byte) error {
	s, err := open(0)
	if err != nil {
		return err
	}
	return s.do(s.linkOf("b0", "bridge", options...))
}

// olderDumps asks for tables with headers that the kernel accepts from older
// programs: struct ifinfomsg instead of another, which libnl uses for
// forwarding databases and iproute2 before 5.0 for everything, and struct
// rtgenmsg, as in iproute2 before 3.9.
func olderDumps() error {
	s, err := open(0)
	if err != nil {
		return err
	}
	mask := nla(unix.IFLA_EXT_MASK, u32(1))
	for _, dump := range []struct {
		typ    uint16
		family byte
	}{
		{unix.RTM_GETLINK, unix.AF_UNSPEC}, {unix.RTM_GETADDR, unix.AF_INET}, {unix.RTM_GETROUTE, unix.AF_INET},
		{unix.RTM_GETRULE, unix.AF_INET}, {unix.RTM_GETNEIGHTBL, unix.AF_INET}, {unix.RTM_GETNETCONF, unix.AF_INET},
		{unix.RTM_GETNSID, unix.AF_UNSPEC}, {unix.RTM_GETNEIGH, unix.AF_BRIDGE},
	} {
		link := ifinfo(0)
		link[0] = dump.family
		shapes := [][]byte{link, append(link[:len(link):len(link)], mask...)}
		if dump.typ != unix.RTM_GETNEIGH {
			shapes = append(shapes, append([]byte{dump.family, 0, 0, 0}, mask...))
		}
		for _, shape := range shapes {
			if err := s.dump(dump.typ, shape); err != nil {
				return fmt.Errorf("dump of type %d with % x: %w", dump.typ, shape, err)
			}
		}
	}
	return nil
}

// twoMTUs makes a link with two MTUs, of which the second counts.
func twoMTUs() error {
	s, err := open(0)
	if err != nil {
		return err
	}
	return s.do(s.msg(unix.RTM_NEWLINK, unix.NLM_F_ACK|unix.NLM_F_CREATE|unix.NLM_F_EXCL, ifinfo(0), nla(unix.IFLA_MTU, u32(1400)),
		nla(unix.IFLA_MTU, u32(1500)), nla(unix.IFLA_LINKINFO|unix.NLA_F_NESTED, nla(unix.IFLA_INFO_KIND, text("bridge")))))
}

// vxlan makes a VXLAN device that sends to a port.
func vxlan(port []byte) error {
	s, err := open(0)
	if err != nil {
		return err
	}
	data := append(nla(unix.IFLA_VXLAN_ID, u32(7)), nla(iflaVxlanPort, port)...)
	// The request is sent even to a kernel without VXLAN.
	if err := s.do(s.linkOf("x0", "vxlan", data...)); !errors.Is(err, unix.EOPNOTSUPP) {
		return err
	}
	return nil
}

// nexthop makes a nexthop with an encapsulation, whose nest has this flag. The
// kernel checks nexthops strictly.
func nexthop(flag uint16) error {
	const nhaID, nhaEncapType, nhaEncap, nhaOif = 1, 7, 8, 5
	s, err := open(0)
	if err != nil {
		return err
	}
	if err := s.set(unix.NETLINK_EXT_ACK); err != nil {
		return err
	}
	nhmsg := []byte{unix.AF_INET, 0, unix.RTPROT_STATIC, 0, 0, 0, 0, 0}
	err = s.do(s.msg(unix.RTM_NEWNEXTHOP, unix.NLM_F_ACK|unix.NLM_F_CREATE, nhmsg, nla(nhaID, u32(9)), nla(nhaOif, u32(1)),
		nla(nhaEncapType, u16(unix.LWTUNNEL_ENCAP_IP)), nla(nhaEncap|flag, nla(1, make([]byte, 8)))))
	if flag == 0 && !errors.Is(err, unix.EINVAL) {
		return fmt.Errorf("nexthop: %v, want EINVAL", err)
	}
	return nil // with the flag, the kernel need not have that encapsulation
}
