package rtnl

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestRouteGolden(t *testing.T) {
	const v0 = v0Index
	add := func(r Route) *RouteAdd { return &RouteAdd{Route: r} }
	mode := func(m Mode, gw string) *RouteAdd {
		return &RouteAdd{Mode: m, Route: Route{Dst: prefix("10.9.0.0/16"), Gateway: ip(gw)}}
	}
	testGolden(t, unix.SizeofRtMsg, []golden{
		{"ip route add 10.9.0.0/16 via 10.0.1.2", mode(ModeAdd, "10.0.1.2"),
			unix.RTM_NEWROUTE, 0x600, "02100000fe03000100000000 080001000a090000 080005000a000102"},
		{"ip route change 10.9.0.0/16 via 10.0.1.3", mode(ModeChange, "10.0.1.3"),
			unix.RTM_NEWROUTE, 0x100, "02100000fe03000100000000 080001000a090000 080005000a000103"},
		{"ip route append 10.9.0.0/16 via 10.0.1.4", mode(ModeAppend, "10.0.1.4"),
			unix.RTM_NEWROUTE, 0xc00, "02100000fe03000100000000 080001000a090000 080005000a000104"},
		{"ip route prepend 10.9.0.0/16 via 10.0.1.5", mode(ModePrepend, "10.0.1.5"),
			unix.RTM_NEWROUTE, 0x400, "02100000fe03000100000000 080001000a090000 080005000a000105"},
		{"ip route add 10.8.0.0/16 dev v0", add(Route{Dst: prefix("10.8.0.0/16"), OIF: LinkIndex(v0)}),
			unix.RTM_NEWROUTE, 0x600, "02100000fe03fd0100000000 080001000a080000 080004000a000000"},
		{"ip route add default via 10.0.1.2 dev v0 metric 5 proto static src 10.0.1.1",
			add(Route{Gateway: ip("10.0.1.2"), OIF: LinkIndex(v0), Priority: 5, Protocol: unix.RTPROT_STATIC, PrefSrc: ip("10.0.1.1")}),
			unix.RTM_NEWROUTE, 0x600, "02000000fe04000100000000 080005000a000102 0800060005000000 080007000a000101 080004000a000000"},
		{"ip route replace 10.9.0.0/16 via 10.0.1.2 mtu lock 1400 advmss 1300 hoplimit 3 congctl reno table 1000 rtt 10ms",
			&RouteAdd{Mode: ModeReplace, Route: Route{Dst: prefix("10.9.0.0/16"), Gateway: ip("10.0.1.2"), Table: 1000,
				Metrics: &RouteMetrics{Lock: 1 << unix.RTAX_MTU, MTU: 1400, AdvMSS: 1300, HopLimit: 3, Congestion: "reno", RTT: 80}}},
			// ip leaves out the NUL behind "reno", four bytes less.
			unix.RTM_NEWROUTE, 0x500, "021000000003000100000000 080001000a090000 080005000a000102 08000f00e8030000" +
				"38000800 0800020078050000 0800080014050000 08000a0003000000 09001000 72656e6f00000000 0800040050000000 0800010004000000"},
		{"ip route add 10.24.0.0/16 dev v0 mtu 1400 window 10000 rtt 20 rttvar 10 ssthresh 5 cwnd 6 initcwnd 7 initrwnd 8 reordering 4 " +
			"features ecn quickack 1 rto_min 40ms fastopen_no_cookie 1 hoplimit 64",
			add(Route{Dst: prefix("10.24.0.0/16"), OIF: LinkIndex(v0), Metrics: allMetrics()}),
			unix.RTM_NEWROUTE, 0x600, "02100000fe03fd0100000000 080001000a180000 080004000a000000 7c000800" +
				"0800020078050000 0800030010270000 0800040014000000 080005000a000000 0800060005000000 0800070006000000" +
				"08000b0007000000 08000e0008000000 0800090004000000 08000c0001000000 08000f0001000000 08000d0028000000" +
				"0800110001000000 08000a0040000000 0800010000200000"},
		{"ip route add blackhole 10.7.0.0/16", add(Route{Dst: prefix("10.7.0.0/16"), Type: unix.RTN_BLACKHOLE}),
			unix.RTM_NEWROUTE, 0x600, "02100000fe03000600000000 080001000a070000"},
		{"ip route add local 10.6.0.1 dev lo", add(Route{Dst: prefix("10.6.0.1/32"), Type: unix.RTN_LOCAL, OIF: LinkIndex(loIndex)}),
			unix.RTM_NEWROUTE, 0x600, "02200000ff03fe0200000000 080001000a060001 0800040001000000"},
		{"ip route add 10.5.0.0/16 nexthop via 10.0.1.2 dev v0 weight 3 nexthop via 10.0.1.3 dev v0 onlink",
			add(Route{Dst: prefix("10.5.0.0/16"), Nexthops: []Nexthop{
				{OIF: LinkIndex(v0), Weight: 3, Gateway: ip("10.0.1.2")}, {OIF: LinkIndex(v0), Gateway: ip("10.0.1.3"), Flags: unix.RTNH_F_ONLINK}}}),
			unix.RTM_NEWROUTE, 0x600, "02100000fe03000100000000 080001000a050000 24000900 100000020a000000080005000a000102" +
				"100004000a000000080005000a000103"},
		{"ip route add 10.22.0.0/16 nexthop via inet6 fe80::1 dev v0 realm 5 nexthop encap ip id 7 dst 10.0.1.9 via 10.0.1.3 dev v0 weight 256",
			add(Route{Dst: prefix("10.22.0.0/16"), Nexthops: []Nexthop{
				{OIF: LinkIndex(v0), Gateway: ip("fe80::1"), Realms: 5},
				{OIF: LinkIndex(v0), Gateway: ip("10.0.1.3"), Weight: 256, EncapType: unix.LWTUNNEL_ENCAP_IP, Encap: ipEncap(7)}}}),
			// ip puts the encapsulation before the gateway; within a nexthop
			// the order stays as sent, so here it is ours.
			unix.RTM_NEWROUTE, 0x600, "02100000fe03000100000000 080001000a160000 5c000900 280000000a000000" +
				"160012000a00fe800000000000000000000000000001 0000 08000b0005000000 300000ff0a000000 080005000a000103" +
				"0600150002000000 180016800c0001000000000000000007080002000a000109"},
		{"ip route add 10.20.0.0/16 encap ip id 5 dst 10.0.1.9 via 10.0.1.2 dev v0",
			add(Route{Dst: prefix("10.20.0.0/16"), Gateway: ip("10.0.1.2"), OIF: LinkIndex(v0), EncapType: unix.LWTUNNEL_ENCAP_IP, Encap: ipEncap(5)}),
			unix.RTM_NEWROUTE, 0x600, "02100000fe03000100000000 080001000a140000 180016800c0001000000000000000005080002000a000109" +
				"0600150002000100 080005000a000102 080004000a000000"},
		{"ip route add 10.23.0.0/16 nhid 1", add(Route{Dst: prefix("10.23.0.0/16"), NHID: 1, Gateway: ip("10.0.1.2"), OIF: LinkIndex(v0)}),
			unix.RTM_NEWROUTE, 0x600, "02100000fe03000100000000 080001000a170000 08001e0001000000"},
		{"ip route add 10.4.0.0/16 via inet6 2001:db8::2 dev v0", add(Route{Dst: prefix("10.4.0.0/16"), Gateway: ip("2001:db8::2"), OIF: LinkIndex(v0)}),
			unix.RTM_NEWROUTE, 0x600, "02100000fe03000100000000 080001000a040000 160012000a0020010db8000000000000000000000002 0000" +
				"080004000a000000"},
		{"ip route add 10.3.0.0/16 via 192.0.2.1 dev v0 onlink tos 0x10 scope global table 99 realm 3/4",
			add(Route{Dst: prefix("10.3.0.0/16"), Gateway: ip("192.0.2.1"), OIF: LinkIndex(v0), Flags: unix.RTNH_F_ONLINK, TOS: 0x10,
				Scope: Some(uint8(0)), Table: 99, Realms: 3<<16 | 4}),
			unix.RTM_NEWROUTE, 0x600, "021000106303000104000000 080001000a030000 08000500c0000201 08000b0004000300 080004000a000000"},
		{"ip -6 route add 2001:db8:9::/48 via 2001:db8::2 dev v0 metric 9 pref high expires 300",
			add(Route{Dst: prefix("2001:db8:9::/48"), Gateway: ip("2001:db8::2"), OIF: LinkIndex(v0), Priority: 9, Pref: Some(uint8(1)), Expires: Some(uint32(300))}),
			unix.RTM_NEWROUTE, 0x600, "0a300000fe03000100000000 1400010020010db8000900000000000000000000" +
				"1400050020010db8000000000000000000000002 0800060009000000 0500140001000000 080017002c010000 080004000a000000"},
		{"ip -6 route add 2001:db8:8::/48 dev v0", add(Route{Dst: prefix("2001:db8:8::/48"), OIF: LinkIndex(v0)}),
			unix.RTM_NEWROUTE, 0x600, "0a300000fe03000100000000 1400010020010db8000800000000000000000000 080004000a000000"},
		{"ip -6 route add 2001:db8:9::/48 from 2001:db8:1::/64 dev v0",
			add(Route{Dst: prefix("2001:db8:9::/48"), Src: prefix("2001:db8:1::/64"), OIF: LinkIndex(v0)}),
			unix.RTM_NEWROUTE, 0x600, "0a304000fe03000100000000 1400010020010db8000900000000000000000000" +
				"1400020020010db8000100000000000000000000 080004000a000000"},
		{"ip -6 route add unreachable 2001:db8:6::/48", add(Route{Dst: prefix("2001:db8:6::/48"), Type: unix.RTN_UNREACHABLE}),
			unix.RTM_NEWROUTE, 0x600, "0a300000fe03000700000000 1400010020010db8000600000000000000000000"},
		{"", add(Route{Dst: prefix("10.0.0.0/8"), OIF: LinkIndex(v0), TTLPropagate: Some(uint8(0)), Flags: routeStateFlags | unix.RTNH_F_PERVASIVE}),
			unix.RTM_NEWROUTE, 0x600, "02080000fe03fd0102000000 080001000a000000 080004000a000000 05001a0000000000"},
		{"ip route del 10.9.0.0/16 via 10.0.1.3", &RouteDel{Route{Dst: prefix("10.9.0.0/16"), Gateway: ip("10.0.1.3")}},
			unix.RTM_DELROUTE, 0, "02100000fe00ff0000000000 080001000a090000 080005000a000103"},
		{"ip route del 10.24.0.0/16 dev v0 proto boot scope link", &RouteDel{Route{Dst: prefix("10.24.0.0/16"), OIF: LinkIndex(v0),
			Protocol: unix.RTPROT_BOOT, Scope: Some(uint8(unix.RT_SCOPE_LINK))}},
			unix.RTM_DELROUTE, 0, "02100000fe03fd0000000000 080001000a180000 080004000a000000"},
	})
}

func TestRouteReadGolden(t *testing.T) {
	testGolden(t, unix.SizeofRtMsg, []golden{
		{"ip route get 10.9.1.1", &RouteGet{Dst: ip("10.9.1.1")}, unix.RTM_GETROUTE, 0, "022000000000000000100000 080001000a090101"},
		{"ip route get 10.9.1.1 from 10.0.1.1 oif v0 mark 5 uid 0 tos 0x10 ipproto udp sport 1000 dport 53 fibmatch",
			&RouteGet{Dst: ip("10.9.1.1"), Src: ip("10.0.1.1"), OIF: v0Index, Mark: 5, UID: Some(uint32(0)), TOS: 0x10,
				IPProto: unix.IPPROTO_UDP, SPort: 1000, DPort: 53, FIBMatch: true},
			unix.RTM_GETROUTE, 0, "022020100000000000300000 080001000a090101 080002000a000101 0800190000000000 05001b0011000000" +
				"06001c0003e80000 06001d0000350000 080004000a000000 0800100005000000"},
		{"ip route get 10.0.1.2 iif lo from 10.0.1.99", &RouteGet{Dst: ip("10.0.1.2"), Src: ip("10.0.1.99"), IIF: loIndex},
			unix.RTM_GETROUTE, 0, "022020000000000000100000 080001000a000102 080002000a000163 0800030001000000"},
		{"ip -6 route get 2001:db8:9::1", &RouteGet{Dst: ip("2001:db8:9::1")},
			unix.RTM_GETROUTE, 0, "0a8000000000000000000000 1400010020010db8000900000000000000000001"},
		{"ip route show", &RouteDump{Family: unix.AF_INET, Table: unix.RT_TABLE_MAIN},
			unix.RTM_GETROUTE, 0x300, "020000000000000000000000 08000f00fe000000"},
		{"ip route show table all", &RouteDump{}, unix.RTM_GETROUTE, 0x300, "000000000000000000000000"},
		{"ip route show dev v0 proto static", &RouteDump{Family: unix.AF_INET, Table: unix.RT_TABLE_MAIN, OIF: v0Index, Protocol: unix.RTPROT_STATIC},
			unix.RTM_GETROUTE, 0x300, "020000000004000000000000 08000f00fe000000 080004000a000000"},
		{"ip route show cache", &RouteDump{Family: unix.AF_INET, Table: unix.RT_TABLE_MAIN, Cloned: true},
			unix.RTM_GETROUTE, 0x300, "020000000000000000020000 08000f00fe000000"},
		// ip filters types itself.
		{"", &RouteDump{Family: unix.AF_INET6, Type: unix.RTN_LOCAL}, unix.RTM_GETROUTE, 0x300, "0a0000000000000200000000"},
	})
}

// ipEncap returns what "encap ip id ID dst 10.0.1.9" makes: LWTUNNEL_IP_ID and
// LWTUNNEL_IP_DST (include/uapi/linux/lwtunnel.h).
func ipEncap(id uint64) []byte {
	var e Encoder
	e.Uint64BE(1, id)
	e.Addr(2, ip("10.0.1.9"))
	return e.buf
}

func allMetrics() *RouteMetrics {
	return &RouteMetrics{Lock: 1 << unix.RTAX_RTO_MIN, MTU: 1400, Window: 10000, RTT: 20, RTTVar: 10, SSThresh: 5, CWND: 6,
		InitCWND: 7, InitRWND: 8, Reordering: 4, Features: unix.RTAX_FEATURE_ECN, QuickACK: 1, RTOMin: 40,
		FastOpenNoCookie: 1, HopLimit: 64}
}

func TestRouteInvalid(t *testing.T) {
	testInvalid(t, []struct {
		req  Request
		want string
	}{
		{&RouteAdd{Route: Route{Family: unix.AF_INET6, Dst: prefix("10.0.0.0/8")}}, "destination 10.0.0.0/8 is not a prefix of family 10"},
		{&RouteAdd{Route: Route{Dst: prefix("10.0.0.0/8"), Src: prefix("::/0")}}, "source ::/0 is not a prefix of family 2"},
		{&RouteDel{Route{Family: 99}}, "route default: family 99"},
		{&RouteAdd{Route: Route{Gateway: ip("10.0.0.1"), Nexthops: []Nexthop{{}}}}, "belong in its nexthops"},
		{&RouteAdd{Route: Route{Nexthops: []Nexthop{{Weight: 257}}}}, "nexthop 1 has weight 257"},
		{&RouteAdd{Route: Route{Nexthops: []Nexthop{{Encap: []byte{1}}}}}, "an encapsulation needs a type"},
		{&RouteAdd{Route: Route{Encap: []byte{1}}}, "an encapsulation without its type"},
		{&RouteAdd{Route: Route{Nexthops: make([]Nexthop, 9000)}}, "bytes, at most"},
		{&RouteAdd{Route: Route{EncapType: 1, Encap: make([]byte, 1<<16)}}, "bytes, at most"},
		{&RouteAdd{Mode: 5}, "mode 5 is not possible"},
		{&RouteGet{}, "no destination address"},
		{&RouteGet{Dst: ip("::1"), Src: ip("10.0.0.1")}, "the source 10.0.0.1 is of another family"},
		{&RouteDump{Family: unix.AF_BRIDGE}, "list routes: family 7"},
	})
}

func TestRouteFamily(t *testing.T) {
	for _, tt := range []struct {
		r    Route
		want uint8
	}{
		{Route{}, unix.AF_INET},
		{Route{Family: unix.AF_INET6}, unix.AF_INET6},
		{Route{Dst: prefix("10.0.0.0/8"), Gateway: ip("fe80::1")}, unix.AF_INET},
		{Route{Gateway: ip("fe80::1")}, unix.AF_INET6},
		{Route{PrefSrc: ip("10.0.0.1"), Gateway: ip("fe80::1")}, unix.AF_INET},
		{Route{Nexthops: []Nexthop{{Gateway: ip("fe80::1")}}}, unix.AF_INET6},
	} {
		if got := tt.r.family(); got != tt.want {
			t.Errorf("%+v: %d, want %d", tt.r, got, tt.want)
		}
	}
}
