package nlspec

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// offset returns the offset of an attribute's header in m: 4 bytes before its
// payload.
func offset(t *testing.T, m, payload []byte) int {
	t.Helper()
	i := bytes.Index(m, payload)
	if i < 0 || bytes.LastIndex(m, payload) != i {
		t.Fatalf("% x does not stand once in % x", payload, m)
	}
	return i - unix.NLA_HDRLEN
}

func TestAttrPath(t *testing.T) {
	s := samples()
	for _, tt := range []struct {
		sample string
		off    int
		want   string
	}{
		{"veth", 0, ""},
		{"veth", 16, ""},
		{"veth", 31, ""},
		{"veth", 32, "IFLA_IFNAME"},
		{"veth", 38, "IFLA_IFNAME"},
		{"veth", 39, ""}, // padding
		{"veth", 40, "IFLA_LINKINFO"},
		{"veth", 44, "IFLA_LINKINFO/IFLA_INFO_KIND"},
		{"veth", 56, "IFLA_LINKINFO/IFLA_INFO_DATA"},
		{"veth", 60, "IFLA_LINKINFO/IFLA_INFO_DATA/VETH_INFO_PEER"},
		{"veth", 64, "IFLA_LINKINFO/IFLA_INFO_DATA/VETH_INFO_PEER"}, // the peer's ifinfomsg
		{"veth", 80, "IFLA_LINKINFO/IFLA_INFO_DATA/VETH_INFO_PEER/IFLA_IFNAME"},
		{"veth", offset(t, s["veth"], []byte{2, 0, 0, 0, 0, 2}), "IFLA_LINKINFO/IFLA_INFO_DATA/VETH_INFO_PEER/IFLA_ADDRESS"},
		{"bridge", offset(t, s["bridge"], u32(200)), "IFLA_LINKINFO/IFLA_INFO_DATA/IFLA_BR_FORWARD_DELAY"},
		{"slave", offset(t, s["slave"], u32(4)), "IFLA_LINKINFO/IFLA_INFO_SLAVE_DATA/IFLA_BRPORT_COST"},
		{"vlan", 36, "IFLA_AF_SPEC/IFLA_BRIDGE_FLAGS"},
		{"vlan", 44, "IFLA_AF_SPEC/IFLA_BRIDGE_VLAN_INFO"},
		{"vlan", 56, "IFLA_PROTINFO/IFLA_BRPORT_MODE"},
		{"afspec", 44, "IFLA_AF_SPEC/AF_INET/IFLA_INET_CONF/IPV4_DEVCONF_RP_FILTER"},
		{"devconf", 44, "IFLA_AF_SPEC/AF_INET/IFLA_INET_CONF"},
		{"multipath", 28, "RTA_DST"},
		{"multipath", 40, "RTA_MULTIPATH"},
		{"multipath", 48, "RTA_MULTIPATH[0]/RTA_GATEWAY"},
		{"multipath", offset(t, s["multipath"], []byte{10, 0, 0, 2}), "RTA_MULTIPATH[1]/RTA_GATEWAY"},
		{"encap", offset(t, s["encap"], []byte{10, 0, 0, 1}), "RTA_ENCAP/LWTUNNEL_IP_DST"},
		{"bond", offset(t, s["bond"], []byte{10, 0, 0, 2}), "IFLA_LINKINFO/IFLA_INFO_DATA/IFLA_BOND_ARP_IP_TARGET/1"},
		{"nsid", 28, "NETNSA_FD"},
		{"rule", 28, "FRA_PRIORITY"},
		{"neigh", 28, "NDA_LLADDR"},
		{"addr", 24, "IFA_LOCAL"},
		{"unknown", 32, "9000"},
		{"bare", 36, ""},
		{"veth", -1, ""},
		{"veth", 1 << 30, ""},
	} {
		if got := AttrPath(unix.NETLINK_ROUTE, s[tt.sample], tt.off); got != tt.want {
			t.Errorf("AttrPath(%s, %d) = %q, want %q", tt.sample, tt.off, got, tt.want)
		}
	}
}

func TestMissingPath(t *testing.T) {
	s := samples()
	for _, tt := range []struct {
		sample string
		nest   int
		typ    uint16
		want   string
	}{
		{"nsid", 0, unix.NETNSA_NSID, "NETNSA_NSID"},
		{"veth", 0, 9000, "9000"},
		{"veth", 40, unix.IFLA_INFO_KIND, "IFLA_LINKINFO/IFLA_INFO_KIND"},
		{"veth", 60, unix.IFLA_IFNAME, "IFLA_LINKINFO/IFLA_INFO_DATA/VETH_INFO_PEER/IFLA_IFNAME"},
		{"multipath", 36, unix.RTA_GATEWAY, "RTA_MULTIPATH/RTA_GATEWAY"},
		{"vlan", 32, 3, "IFLA_AF_SPEC/IFLA_BRIDGE_VLAN_TUNNEL_INFO"},
		{"veth", 33, 1, "1"}, // no attribute starts there
		{"bare", 36, 1, "1"},
	} {
		if got := MissingPath(unix.NETLINK_ROUTE, s[tt.sample], tt.nest, tt.typ); got != tt.want {
			t.Errorf("MissingPath(%s, %d, %d) = %q, want %q", tt.sample, tt.nest, tt.typ, got, tt.want)
		}
	}
}

func TestOpenError(t *testing.T) {
	s := samples()
	for _, tt := range []struct {
		sample  string
		request int // number of bytes of the request
		attrs   []string
	}{
		{"error", 16, []string{"NLMSGERR_ATTR_MSG", "NLMSGERR_ATTR_OFFS"}},
		{"errorfull", 21, []string{"NLMSGERR_ATTR_MISS_TYPE"}},
		{"done", 0, []string{"NLMSGERR_ATTR_MSG"}},
	} {
		l := Open(unix.NETLINK_ROUTE, s[tt.sample])
		if len(l.Request) != tt.request || tt.request > 0 && l.RequestOffset != 20 {
			t.Errorf("%s: the request is %d bytes at %d, want %d at 20", tt.sample, len(l.Request), l.RequestOffset, tt.request)
		}
		var got []string
		l.Body.Items(func(it *Item) bool {
			got = append(got, it.Attr.Name)
			if want := s[tt.sample][it.Offset+4 : it.Offset+4+len(it.Payload)]; !bytes.Equal(it.Payload, want) {
				t.Errorf("%s: %s has payload % x, its offset leads to % x", tt.sample, it.Attr.Name, it.Payload, want)
			}
			return true
		})
		if strings.Join(got, " ") != strings.Join(tt.attrs, " ") {
			t.Errorf("%s: attributes %q, want %q", tt.sample, got, tt.attrs)
		}
	}
}

func TestItemsStopsAtMalformed(t *testing.T) {
	m := msg(unix.RTM_NEWLINK, 0, ifinfo(0, 1), attr(unix.IFLA_MTU, u32(1500)), []byte{3, 0, 1, 0, 9, 9})
	var names []string
	rest := Open(unix.NETLINK_ROUTE, m).Body.Items(func(it *Item) bool {
		names = append(names, it.Attr.Name)
		return true
	})
	if len(names) != 1 || !bytes.Equal(rest, []byte{3, 0, 1, 0, 9, 9}) {
		t.Errorf("items %q, rest % x", names, rest)
	}
}

// TestDepth nests attributes deeper than the walk goes.
func TestDepth(t *testing.T) {
	inner := attr(unix.IFLA_MTU, u32(1500))
	const levels = 40
	for range levels {
		inner = attr(unix.IFLA_LINKINFO, attr(unix.IFLA_INFO_KIND, text("veth")), attr(unix.IFLA_INFO_DATA, attr(1, ifinfo(0, 0), inner)))
	}
	m := msg(unix.RTM_NEWLINK, 0, ifinfo(0, 0), inner)
	got := AttrPath(unix.NETLINK_ROUTE, m, len(m)-8)
	if n := strings.Count(got, "/"); n != maxDepth {
		t.Errorf("the path has %d slashes, want %d: %s", n, maxDepth, got)
	}
}

func TestMessageName(t *testing.T) {
	for _, tt := range []struct {
		protocol int
		typ      uint16
		want     string
	}{
		{unix.NETLINK_ROUTE, unix.RTM_NEWLINK, "RTM_NEWLINK"},
		{unix.NETLINK_ROUTE, unix.RTM_GETNSID, "RTM_GETNSID"},
		{unix.NETLINK_ROUTE, 122, "RTM_GETTUNNEL"},
		{unix.NETLINK_ROUTE, 19 + 4, "23"},
		{unix.NETLINK_ROUTE, 0xffff, "65535"},
		{unix.NETLINK_ROUTE, 0, "0"},
		{unix.NETLINK_GENERIC, unix.RTM_NEWLINK, "16"},
		{unix.NETLINK_NETFILTER, unix.NFNL_MSG_BATCH_BEGIN, "NFNL_MSG_BATCH_BEGIN"},
		{unix.NETLINK_NETFILTER, unix.NFNL_SUBSYS_NFTABLES<<8 | unix.NFT_MSG_GETRULE, "NFT_MSG_GETRULE"},
		{unix.NETLINK_NETFILTER, unix.NFNL_SUBSYS_NFTABLES<<8 | 200, "2760"},
		{unix.NETLINK_NETFILTER, unix.NFNL_SUBSYS_CTNETLINK << 8, "256"},
		{unix.NETLINK_GENERIC, unix.NLMSG_DONE, "NLMSG_DONE"},
		{unix.NETLINK_SOCK_DIAG, 20, "SOCK_DIAG_BY_FAMILY"},
		{unix.NETLINK_SOCK_DIAG, 22, "22"},
	} {
		if got := MessageName(tt.protocol, tt.typ); got != tt.want {
			t.Errorf("MessageName(%d, %d) = %q, want %q", tt.protocol, tt.typ, got, tt.want)
		}
	}
}

func TestMessageFlags(t *testing.T) {
	for _, tt := range []struct {
		typ, flags uint16
		want       string
	}{
		{unix.RTM_NEWLINK, 0x605, "NLM_F_REQUEST NLM_F_ACK NLM_F_CREATE NLM_F_EXCL"},
		{unix.RTM_NEWROUTE, 0x105, "NLM_F_REQUEST NLM_F_ACK NLM_F_REPLACE"},
		{unix.RTM_GETLINK, 0x301, "NLM_F_REQUEST NLM_F_DUMP"},
		{unix.RTM_GETLINK, 0x101, "NLM_F_REQUEST NLM_F_ROOT"},
		{unix.RTM_DELNEIGH, 0x205, "NLM_F_REQUEST NLM_F_ACK NLM_F_BULK"},
		{unix.NLMSG_ERROR, 0x300, "NLM_F_CAPPED NLM_F_ACK_TLVS"},
		{unix.NLMSG_DONE, 0x12, "NLM_F_MULTI NLM_F_DUMP_INTR"},
	} {
		names, rest := MessageFlags(unix.NETLINK_ROUTE, tt.typ).Names(uint64(tt.flags))
		if got := strings.Join(names, " "); got != tt.want || rest != 0 {
			t.Errorf("flags %#x of %d: %q and %#x, want %q", tt.flags, tt.typ, got, rest, tt.want)
		}
	}
	if names, rest := MessageFlags(unix.NETLINK_XFRM, 20).Names(0x301); len(names) != 1 || rest != 0x300 {
		t.Errorf("flags of another protocol: %q, %#x", names, rest)
	}
	if names, rest := MessageFlags(unix.NETLINK_GENERIC, 28).Names(0x701); strings.Join(names, " ") != "NLM_F_REQUEST NLM_F_DUMP" || rest != 0x400 {
		t.Errorf("flags of generic netlink: %q, %#x", names, rest)
	}
}

func TestGroupName(t *testing.T) {
	if got := GroupName(unix.NETLINK_ROUTE, 28); got != "RTNLGRP_NSID" {
		t.Errorf("group 28 is %q", got)
	}
	if got := GroupName(unix.NETLINK_GENERIC, 28); got != "28" {
		t.Errorf("group 28 of another protocol is %q", got)
	}
}

func TestObservers(t *testing.T) {
	if o := Observers(nil, nil); o != nil {
		t.Errorf("no observers give %v", o)
	}
	var got []string
	a := observe(func(d Datagram) { got = append(got, "a"+string(d.Data)) })
	b := observe(func(d Datagram) { got = append(got, "b"+string(d.Data)) })
	Observers(a, nil, b).Observe(Datagram{Data: []byte("1")})
	Observers(nil, b).Observe(Datagram{Data: []byte("2")})
	if s := strings.Join(got, " "); s != "a1 b1 b2" {
		t.Errorf("calls: %s", s)
	}
}

type observe func(Datagram)

func (o observe) Observe(d Datagram) { o(d) }

// TestStructSizes compares the structures' lengths with golang.org/x/sys/unix,
// which takes them from the C compiler.
func TestStructSizes(t *testing.T) {
	for _, tt := range []struct {
		s    *CStruct
		want int
	}{
		{ifinfomsg, unix.SizeofIfInfomsg}, {ifaddrmsg, unix.SizeofIfAddrmsg}, {rtmsg, unix.SizeofRtMsg},
		{rtnexthop, unix.SizeofRtNexthop}, {ndmsg, unix.SizeofNdMsg}, {rtgenmsg, 1}, {fibRuleHdr, 12},
		{ifaCacheInfo, 16}, {rtaCacheInfo, 32}, {ndaCacheInfo, 16}, {rtnlLinkStats, 96}, {rtnlLinkStats64, 200},
		{rtnlLinkIfmap, 32}, {bridgeID, 8}, {vfVLANInfo, 16}, {nlmsgerr, 4},
	} {
		if got := tt.s.Size(); got != tt.want {
			t.Errorf("%s has %d bytes, want %d", tt.s.Name, got, tt.want)
		}
	}
}

func FuzzAttrPath(f *testing.F) {
	for _, m := range samples() {
		for off := 0; off <= len(m); off += 4 {
			f.Add(m, off)
		}
	}
	f.Fuzz(func(t *testing.T, m []byte, off int) {
		got := AttrPath(unix.NETLINK_ROUTE, m, off)
		if got == "" {
			return
		}
		h, ok := ParseHeader(m)
		if !ok || off < unix.NLMSG_HDRLEN || off >= len(m) || uint64(off) >= uint64(h.Len) {
			t.Errorf("byte %d, outside the message, is in %s", off, got)
		}
		if strings.Contains(got, "//") || strings.Count(got, "/") > maxDepth {
			t.Errorf("odd path %q", got)
		}
	})
}

func FuzzMissingPath(f *testing.F) {
	for _, m := range samples() {
		for nest := 0; nest <= len(m); nest += 4 {
			f.Add(m, nest, uint16(1))
		}
	}
	f.Fuzz(func(t *testing.T, m []byte, nest int, typ uint16) {
		got := MissingPath(unix.NETLINK_ROUTE, m, nest, typ)
		if got == "" || strings.HasSuffix(got, "/") || strings.Count(got, "/") > maxDepth+1 {
			t.Errorf("odd path %q", got)
		}
		// AttrPath finds an existing nest at the same place.
		if parent, _, ok := cutLast(got); ok && nest > 0 {
			if want := AttrPath(unix.NETLINK_ROUTE, m, nest); want != parent {
				t.Errorf("the nest is %q, AttrPath says %q", parent, want)
			}
		}
	})
}

func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, '/')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// FuzzOpen walks all of a message, and checks that each offset leads to its
// bytes.
func FuzzOpen(f *testing.F) {
	for _, m := range samples() {
		f.Add(m)
	}
	f.Fuzz(func(t *testing.T, m []byte) {
		n := 0
		var walk func(b *Body) bool
		walk = func(b *Body) bool {
			if !bytes.Equal(b.Attrs, m[b.AttrsOffset:b.AttrsOffset+len(b.Attrs)]) {
				t.Errorf("attributes do not stand at %d", b.AttrsOffset)
			}
			b.Items(func(it *Item) bool {
				n++
				if it.Offset+4 > len(m) || binary.NativeEndian.Uint16(m[it.Offset+2:]) != it.Type {
					t.Errorf("attribute %s does not stand at %d", it.Attr.Name, it.Offset)
				}
				if inner := it.Child(); inner != nil {
					walk(inner)
				}
				it.Hops(walk)
				return true
			})
			return true
		}
		walk(&Open(unix.NETLINK_ROUTE, m).Body)
		if n > len(m)*(maxDepth+1) {
			t.Errorf("%d attributes in %d bytes", n, len(m))
		}
	})
}
