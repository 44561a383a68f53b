package audit

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/nlspec"
)

func TestDecodeTree(t *testing.T) {
	data := msg(unix.RTM_NEWADDR, 0x605, 9, []byte{unix.AF_INET, 24, unix.IFA_F_PERMANENT, 253, 7, 0, 0, 0},
		attr(unix.IFA_LOCAL, []byte{10, 0, 0, 1}), attr(unix.IFA_FLAGS, u32(0x1002)), attr(99, []byte{1}))
	messages, rest := Decode(unix.NETLINK_ROUTE, data)
	if len(messages) != 1 || len(rest) != 0 {
		t.Fatalf("%d messages, rest % x", len(messages), rest)
	}
	m := messages[0]
	if m.Name != "RTM_NEWADDR" || m.Header.Seq != 9 || m.Ack != nil || m.Problem != "" || len(m.Rest) != 0 {
		t.Errorf("message %+v", m)
	}
	wantFlags := []string{"NLM_F_REQUEST", "NLM_F_ACK", "NLM_F_CREATE", "NLM_F_EXCL"}
	if !slices.Equal(m.Flags, wantFlags) {
		t.Errorf("flags %q, want %q", m.Flags, wantFlags)
	}
	type flat struct {
		Name    string
		Offset  int
		Content any
		Names   []string
		Unnamed uint64
	}
	var got []flat
	for _, v := range append(m.Fields, m.Attrs...) {
		got = append(got, flat{v.Name, v.Offset, v.Content, v.Names, v.Unnamed})
	}
	index := uint64(7) // little-endian hosts
	if u32(1)[0] == 0 {
		index = 7 << 24
	}
	want := []flat{
		{"family", 16, uint64(2), []string{"AF_INET"}, 0},
		{"prefixlen", 17, uint64(24), nil, 0},
		{"flags", 18, uint64(0x80), []string{"IFA_F_PERMANENT"}, 0},
		{"scope", 19, uint64(253), []string{"RT_SCOPE_LINK"}, 0},
		{"index", 20, index, nil, 0},
		{"IFA_LOCAL", 24, netip.MustParseAddr("10.0.0.1"), nil, 0},
		{"IFA_FLAGS", 32, uint64(0x1002), []string{"IFA_F_NODAD"}, 0x1000},
		{"99", 40, nil, nil, 0},
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

func TestLines(t *testing.T) {
	const nested = unix.NLA_F_NESTED
	long := make([]byte, 100)
	for _, tt := range []struct {
		name string
		data []byte
		want string
	}{
		{"a name with control characters", msg(unix.RTM_NEWLINK, 5, 1, ifinfo(), attr(unix.IFLA_IFNAME, []byte("\x1b[31mred\n\u202e\xff\x00"))),
			`RTM_NEWLINK seq=1 REQUEST|ACK  IFLA_IFNAME="\x1b[31mred\n\u202e\xff"`},
		{"a wrong length", msg(unix.RTM_NEWLINK, 5, 1, ifinfo(), attr(unix.IFLA_MTU, u16(0)), attr(unix.IFLA_CARRIER)),
			`RTM_NEWLINK seq=1 REQUEST|ACK  IFLA_MTU=0(2 bytes, u32 expected) IFLA_CARRIER=(0 bytes, u8 expected)`},
		{"an address of odd length", msg(unix.RTM_NEWADDR, 5, 1, make([]byte, 8), attr(unix.IFA_LOCAL, []byte{1, 2, 3})),
			`RTM_NEWADDR seq=1 REQUEST|ACK  IFA_LOCAL=0x010203(3 bytes, IP address expected)`},
		{"a flag, and one with a payload", msg(unix.RTM_NEWLINK, 5, 1, ifinfo(), attr(unix.IFLA_LINKINFO|nested,
			attr(unix.IFLA_INFO_KIND, []byte("bridge\x00")), attr(unix.IFLA_INFO_DATA, attr(unix.IFLA_BR_FDB_FLUSH), attr(unix.IFLA_BR_FDB_FLUSH, []byte{1})))),
			`RTM_NEWLINK seq=1 REQUEST|ACK  IFLA_LINKINFO={IFLA_INFO_KIND="bridge" IFLA_INFO_DATA={IFLA_BR_FDB_FLUSH IFLA_BR_FDB_FLUSH=1(1 bytes, flag expected)}}`},
		{"a kind that is not known", msg(unix.RTM_NEWLINK, 5, 1, ifinfo(), attr(unix.IFLA_LINKINFO,
			attr(unix.IFLA_INFO_KIND, []byte("odd\x00")), attr(unix.IFLA_INFO_DATA, []byte{1, 2}))),
			`RTM_NEWLINK seq=1 REQUEST|ACK  IFLA_LINKINFO={IFLA_INFO_KIND="odd" IFLA_INFO_DATA=0x0102}`},
		{"a broken attribute", msg(unix.RTM_NEWLINK, 5, 1, ifinfo(), attr(unix.IFLA_GROUP, u32(0)), []byte{2, 2, 2, 2, 0}),
			`RTM_NEWLINK seq=1 REQUEST|ACK  IFLA_GROUP=0 (5 bytes left: 0x0202020200)`},
		{"a broken nest", msg(unix.RTM_NEWLINK, 5, 1, ifinfo(), attr(unix.IFLA_LINKINFO, []byte{9})),
			`RTM_NEWLINK seq=1 REQUEST|ACK  IFLA_LINKINFO={(1 bytes left: 0x09)}`},
		{"a long opaque value", msg(unix.RTM_NEWLINK, 5, 1, ifinfo(), attr(unix.IFLA_WIRELESS, long)),
			`RTM_NEWLINK seq=1 REQUEST|ACK  IFLA_WIRELESS=0x` + strings.Repeat("00", 64) + `...(100 bytes)`},
		{"flags that are not known", msg(unix.RTM_GETLINK, 0x8301, 1, []byte{0}), `RTM_GETLINK seq=1 REQUEST|DUMP|0x8000`},
		{"a short header", msg(unix.RTM_GETLINK, 0x301, 1, []byte{7, 0, 0}), `RTM_GETLINK seq=1 REQUEST|DUMP  family=BRIDGE`},
		{"a type that is not known", msg(23, 5, 1, []byte{1, 2, 3}), `23 seq=1 REQUEST|ACK (3 bytes left: 0x010203)`},
		{"an error without a body", msg(unix.NLMSG_ERROR, 0, 1), `NLMSG_ERROR seq=1`},
		{"an error that has no name", msg(unix.NLMSG_ERROR, 0x100, 1, u32(^uint32(4999)), msg(unix.RTM_DELLINK, 5, 1)),
			`NLMSG_ERROR seq=1 request=RTM_DELLINK error=-5000`},
		{"EOPNOTSUPP", msg(unix.NLMSG_ERROR, 0x100, 1, u32(^uint32(94)), msg(unix.RTM_DELLINK, 5, 1)),
			`NLMSG_ERROR seq=1 request=RTM_DELLINK error=EOPNOTSUPP(-95)`},
		{"all bits set", msg(unix.RTM_NEWLINK, 0, 1, ifinfo()[:12], u32(^uint32(0))), `RTM_NEWLINK seq=1  change=0xffffffff`},
		{"an MPLS route", msg(unix.RTM_NEWROUTE, 5, 1, []byte{28, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, attr(unix.RTA_DST, []byte{0, 6, 0x41, 0}),
			attr(unix.RTA_VIA, u16(unix.AF_INET), []byte{10, 0, 0, 1})),
			`RTM_NEWROUTE seq=1 REQUEST|ACK  family=MPLS dst_len=20  RTA_DST=[100,S] RTA_VIA={family=INET addr=10.0.0.1}`},
		{"a missing attribute", msg(unix.NLMSG_ERROR, 0x300, 1, u32(^uint32(21)), msg(unix.RTM_NEWNSID, 5, 1),
			attr(nlspec.NLMSGERR_ATTR_MISS_TYPE, u32(unix.NETNSA_NSID))),
			`NLMSG_ERROR seq=1 request=RTM_NEWNSID error=EINVAL(-22) missing NETNSA_NSID`},
		{"a bond's targets", msg(unix.RTM_NEWLINK, 5, 1, ifinfo(), attr(unix.IFLA_LINKINFO, attr(unix.IFLA_INFO_KIND, []byte("bond\x00")),
			attr(unix.IFLA_INFO_DATA, attr(unix.IFLA_BOND_ARP_IP_TARGET, attr(0, []byte{10, 0, 0, 1}), attr(1, []byte{10, 0, 0, 2}))))),
			`RTM_NEWLINK seq=1 REQUEST|ACK  IFLA_LINKINFO={IFLA_INFO_KIND="bond" IFLA_INFO_DATA={IFLA_BOND_ARP_IP_TARGET={0=10.0.0.1 1=10.0.0.2}}}`},
		{"padding, and padding that is none", msg(unix.RTM_NEWLINK, 5, 1, ifinfo(), attr(unix.IFLA_PAD), attr(unix.IFLA_PAD, u32(0)), attr(unix.IFLA_PAD, []byte{1})),
			`RTM_NEWLINK seq=1 REQUEST|ACK  IFLA_PAD=0x01(1 bytes, padding expected)`},
		{"an integer that the kernel sends longer", msg(unix.RTM_NEWLINK, 0, 1, ifinfo(), attr(unix.IFLA_PORT_SELF, attr(unix.IFLA_PORT_REQUEST, u16(1)))),
			`RTM_NEWLINK seq=1  IFLA_PORT_SELF={IFLA_PORT_REQUEST=PREASSOCIATE_RR}`},
		{"the same in a request", msg(unix.RTM_SETLINK, 5, 1, ifinfo(), attr(unix.IFLA_PORT_SELF, attr(unix.IFLA_PORT_REQUEST, []byte{1}))),
			`RTM_SETLINK seq=1 REQUEST|ACK  IFLA_PORT_SELF={IFLA_PORT_REQUEST=PREASSOCIATE_RR}`},
		{"addresses of MCTP", msg(unix.RTM_NEWNEIGH, 5, 1, []byte{unix.AF_MCTP}, make([]byte, 11), attr(unix.NDA_DST, []byte{9})),
			`RTM_NEWNEIGH seq=1 REQUEST|ACK  family=MCTP  NDA_DST=9`},
		{"a nest that is not known, and what looks like one", msg(unix.RTM_NEWLINK, 5, 1, ifinfo(), attr(900|nested, attr(1, u32(1))),
			attr(901, attr(1, u32(1)), attr(2, []byte{7})), attr(902, u32(4)), attr(903, []byte{8, 0, 0, 0, 0, 0, 0, 0})),
			`RTM_NEWLINK seq=1 REQUEST|ACK  900={1=0x01000000} 901=?{1=0x01000000 2=0x07} 902=0x04000000 903=0x0800000000000000`},
		{"the answer to a change of DCB, one byte in the place of a nest", msg(unix.RTM_SETDCB, 1, 1, []byte{0, 20, 0, 0},
			attr(1, []byte("e0\x00")), attr(13, []byte{0})),
			`RTM_SETDCB seq=1 REQUEST  cmd=IEEE_SET  DCB_ATTR_IFNAME="e0" DCB_ATTR_IEEE=0`},
		{"the request for a permanent address, and the answer", msg(unix.RTM_GETDCB, 1, 1, []byte{0, 10, 0, 0},
			attr(8), attr(8, []byte{2, 0, 0, 0, 0, 1})),
			`RTM_GETDCB seq=1 REQUEST  cmd=GPERM_HWADDR  DCB_ATTR_PERM_HWADDR DCB_ATTR_PERM_HWADDR=02:00:00:00:00:01`},
		{"more segments than there are bytes", msg(unix.RTM_NEWROUTE, 5, 1, []byte{unix.AF_INET6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
			attr(unix.RTA_ENCAP, attr(1, u32(1), []byte{0, 2, 4, 0, 9, 0, 0, 0}, make([]byte, 15), []byte{1})), attr(unix.RTA_ENCAP_TYPE, u16(5))),
			`RTM_NEWROUTE seq=1 REQUEST|ACK  family=INET6  RTA_ENCAP={SEG6_IPTUNNEL_SRH={mode=ENCAP srh={hdrlen=2 type=4 ` +
				`first_segment=9 (16 bytes left: 0x00000000000000000000000000000001)}}} RTA_ENCAP_TYPE=SEG6`},
		{"options of neighbour discovery that are longer than the message", msg(unix.RTM_NEWNDUSEROPT, 0, 1,
			[]byte{unix.AF_INET6, 0}, u16(99), u32(7), []byte{134, 0, 0, 0, 0, 0, 0, 0, 25, 1, 0, 0, 0, 0, 0, 0}),
			`RTM_NEWNDUSEROPT seq=1  family=INET6 opts_len=99 ifindex=7 icmp_type=ROUTER_ADVERTISEMENT (8 bytes left: 0x1901000000000000)`},
		{"IPv4 settings from the kernel", msg(unix.RTM_NEWLINK, 0, 1, ifinfo(), attr(unix.IFLA_AF_SPEC, attr(unix.AF_INET,
			attr(unix.IFLA_INET_CONF, u32(1), u32(0), u32(0), u32(1))))),
			`RTM_NEWLINK seq=1  IFLA_AF_SPEC={AF_INET={IFLA_INET_CONF={IPV4_DEVCONF_FORWARDING=1 IPV4_DEVCONF_ACCEPT_REDIRECTS=1}}}`},
	} {
		messages, rest := Decode(unix.NETLINK_ROUTE, tt.data)
		if len(messages) != 1 || len(rest) != 0 {
			t.Errorf("%s: %d messages, rest % x", tt.name, len(messages), rest)
			continue
		}
		if got := messages[0].String(); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

func TestDecodeCutOff(t *testing.T) {
	whole := msg(unix.RTM_NEWLINK, 5, 1, ifinfo(), attr(unix.IFLA_MTU, u32(1500)), attr(unix.IFLA_TXQLEN, u32(1000)))
	messages, rest := Decode(unix.NETLINK_ROUTE, append(msg(unix.NLMSG_NOOP, 0, 0), whole[:44]...))
	if len(messages) != 2 || len(rest) != 0 {
		t.Fatalf("%d messages, rest % x", len(messages), rest)
	}
	want := `RTM_NEWLINK seq=1 REQUEST|ACK  IFLA_MTU=1500 (4 bytes left: 0x` + "08000d00" + `) (cut off: 44 of 48 bytes)`
	if u32(1)[0] == 1 && messages[1].String() != want {
		t.Errorf("got %s, want %s", messages[1], want)
	}
	if !strings.HasPrefix(messages[1].Problem, "cut off") {
		t.Errorf("problem %q", messages[1].Problem)
	}
	if messages, rest = Decode(unix.NETLINK_ROUTE, make([]byte, 20)); len(messages) != 0 || len(rest) != 20 {
		t.Errorf("zeros decode to %d messages, rest %d bytes", len(messages), len(rest))
	}
}

func TestDecodeOtherProtocol(t *testing.T) {
	messages, _ := Decode(unix.NETLINK_XFRM, msg(20, 0x301, 1, []byte{3, 1, 0, 0}))
	if got, want := messages[0].String(), `20 seq=1 REQUEST|0x300 (4 bytes left: 0x03010000)`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// FuzzDecode decodes any bytes, and looks for values that are not at their
// offset and for lines that are not printable.
func FuzzDecode(f *testing.F) {
	for _, name := range fixtures(f) {
		for _, s := range readFixture(f, name) {
			if s.remark == "" {
				f.Add(unix.NETLINK_ROUTE, s.datagram.Data)
			}
		}
	}
	f.Add(unix.NETLINK_GENERIC, msg(16, 5, 1, []byte{1, 2, 0, 0}))
	f.Fuzz(func(t *testing.T, protocol int, data []byte) {
		messages, _ := Decode(protocol, data)
		used, at := 0, 0
		for _, m := range messages {
			end := min(at+int(min(m.Header.Len, 1<<30)), len(data))
			checkLeaves(t, m, data[at:end])
			at = min((end+3)&^3, len(data))
			checkPrintable(t, m.String())
			n := 0
			countValues(append(m.Fields, m.Attrs...), &n)
			if used += n; used > 40*len(data)+64 {
				t.Fatalf("%d values in %d bytes", used, len(data))
			}
		}
	})
}

// checkLeaves checks that values without contents are where nlspec finds them.
func checkLeaves(t *testing.T, m Message, data []byte) {
	if m.Header.Type == unix.NLMSG_ERROR {
		return // the values of the request are not in the tree
	}
	type span struct{ offset, n int }
	var got, want []span
	var leaves func(values []Value)
	leaves = func(values []Value) {
		for _, v := range values {
			offset := v.Offset
			if v.Attribute {
				offset += unix.NLA_HDRLEN
			}
			if v.Fields == nil && len(v.Data) > 0 && v.Kind != nlspec.Pad {
				got = append(got, span{offset, len(v.Data)})
			}
			leaves(v.Fields)
		}
	}
	leaves(append(slices.Clip(m.Fields), m.Attrs...))
	nlspec.Context{Protocol: m.Protocol}.Claims(data, func(c nlspec.Claim) bool {
		if c.Of == nlspec.ValueClaim {
			want = append(want, span{c.Offset, c.Len})
		}
		return true
	})
	if !slices.Equal(got, want) {
		t.Errorf("values at %v, nlspec says %v", got, want)
	}
}

func countValues(values []Value, n *int) {
	for _, v := range values {
		*n++
		countValues(v.Fields, n)
	}
}
