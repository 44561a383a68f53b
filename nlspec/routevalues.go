package nlspec

// rtTypes is rtm_type (include/uapi/linux/rtnetlink.h).
var rtTypes = Values{Prefix: "RTN_", Consts: []Const{
	{0, "RTN_UNSPEC"},
	{1, "RTN_UNICAST"},
	{2, "RTN_LOCAL"},
	{3, "RTN_BROADCAST"},
	{4, "RTN_ANYCAST"},
	{5, "RTN_MULTICAST"},
	{6, "RTN_BLACKHOLE"},
	{7, "RTN_UNREACHABLE"},
	{8, "RTN_PROHIBIT"},
	{9, "RTN_THROW"},
	{10, "RTN_NAT"},
	{11, "RTN_XRESOLVE"},
}}

// rtProtocols is rtm_protocol.
var rtProtocols = Values{Prefix: "RTPROT_", Consts: []Const{
	{0, "RTPROT_UNSPEC"},
	{1, "RTPROT_REDIRECT"},
	{2, "RTPROT_KERNEL"},
	{3, "RTPROT_BOOT"},
	{4, "RTPROT_STATIC"},
	{8, "RTPROT_GATED"},
	{9, "RTPROT_RA"},
	{10, "RTPROT_MRT"},
	{11, "RTPROT_ZEBRA"},
	{12, "RTPROT_BIRD"},
	{13, "RTPROT_DNROUTED"},
	{14, "RTPROT_XORP"},
	{15, "RTPROT_NTK"},
	{16, "RTPROT_DHCP"},
	{17, "RTPROT_MROUTED"},
	{18, "RTPROT_KEEPALIVED"},
	{42, "RTPROT_BABEL"},
	{84, "RTPROT_OVN"},
	{99, "RTPROT_OPENR"},
	{186, "RTPROT_BGP"},
	{187, "RTPROT_ISIS"},
	{188, "RTPROT_OSPF"},
	{189, "RTPROT_RIP"},
	{192, "RTPROT_EIGRP"},
}}

// rtScopes is rtm_scope and ifa_scope.
var rtScopes = Values{Prefix: "RT_SCOPE_", Consts: []Const{
	{0, "RT_SCOPE_UNIVERSE"},
	{200, "RT_SCOPE_SITE"},
	{253, "RT_SCOPE_LINK"},
	{254, "RT_SCOPE_HOST"},
	{255, "RT_SCOPE_NOWHERE"},
}}

// rtTables is the routing tables that the kernel names.
var rtTables = Values{Prefix: "RT_TABLE_", Consts: []Const{
	{0, "RT_TABLE_UNSPEC"},
	{252, "RT_TABLE_COMPAT"},
	{253, "RT_TABLE_DEFAULT"},
	{254, "RT_TABLE_MAIN"},
	{255, "RT_TABLE_LOCAL"},
}}

// rtmFlags is rtm_flags: the RTNH_F_ bits of the only next hop below, RTM_F_
// bits above.
var rtmFlags = Values{Prefix: "RTM_F_", Bits: true}

func init() {
	rtmFlags.Consts = append([]Const{
		{0x100, "RTM_F_NOTIFY"},
		{0x200, "RTM_F_CLONED"},
		{0x400, "RTM_F_EQUALIZE"},
		{0x800, "RTM_F_PREFIX"},
		{0x1000, "RTM_F_LOOKUP_TABLE"},
		{0x2000, "RTM_F_FIB_MATCH"},
		{0x4000, "RTM_F_OFFLOAD"},
		{0x8000, "RTM_F_TRAP"},
		{0x20000000, "RTM_F_OFFLOAD_FAILED"},
	}, rtnhFlags.Consts...)
}

// rtnhFlags is rtnh_flags.
var rtnhFlags = Values{Prefix: "RTNH_F_", Bits: true, Consts: []Const{
	{1 << 0, "RTNH_F_DEAD"},
	{1 << 1, "RTNH_F_PERVASIVE"},
	{1 << 2, "RTNH_F_ONLINK"},
	{1 << 3, "RTNH_F_OFFLOAD"},
	{1 << 4, "RTNH_F_LINKDOWN"},
	{1 << 5, "RTNH_F_UNRESOLVED"},
	{1 << 6, "RTNH_F_TRAP"},
}}

// routePrefs is RTA_PREF (include/uapi/linux/icmpv6.h, RFC 4191).
var routePrefs = Values{Prefix: "ICMPV6_ROUTER_PREF_", Consts: []Const{
	{0, "ICMPV6_ROUTER_PREF_MEDIUM"},
	{1, "ICMPV6_ROUTER_PREF_HIGH"},
	{2, "ICMPV6_ROUTER_PREF_INVALID"},
	{3, "ICMPV6_ROUTER_PREF_LOW"},
}}

// routeFeatures is RTAX_FEATURES.
var routeFeatures = Values{Prefix: "RTAX_FEATURE_", Bits: true, Consts: []Const{
	{1 << 0, "RTAX_FEATURE_ECN"},
	{1 << 1, "RTAX_FEATURE_SACK"},
	{1 << 2, "RTAX_FEATURE_TIMESTAMP"},
	{1 << 3, "RTAX_FEATURE_ALLFRAG"},
	{1 << 4, "RTAX_FEATURE_TCP_USEC_TS"},
}}

// routeLocks is RTAX_LOCK: the locked metrics, with their types as bit numbers.
var routeLocks = Values{Prefix: "RTAX_", Bits: true, Numbered: true, Consts: []Const{
	{1, "RTAX_LOCK"},
	{2, "RTAX_MTU"},
	{3, "RTAX_WINDOW"},
	{4, "RTAX_RTT"},
	{5, "RTAX_RTTVAR"},
	{6, "RTAX_SSTHRESH"},
	{7, "RTAX_CWND"},
	{8, "RTAX_ADVMSS"},
	{9, "RTAX_REORDERING"},
	{10, "RTAX_HOPLIMIT"},
	{11, "RTAX_INITCWND"},
	{12, "RTAX_FEATURES"},
	{13, "RTAX_RTO_MIN"},
	{14, "RTAX_INITRWND"},
	{15, "RTAX_QUICKACK"},
	{16, "RTAX_CC_ALGO"},
	{17, "RTAX_FASTOPEN_NO_COOKIE"},
}}

// ipProtos is a protocol over IP (include/uapi/linux/in.h).
var ipProtos = Values{Prefix: "IPPROTO_", Consts: []Const{
	{0, "IPPROTO_IP"},
	{1, "IPPROTO_ICMP"},
	{2, "IPPROTO_IGMP"},
	{4, "IPPROTO_IPIP"},
	{6, "IPPROTO_TCP"},
	{8, "IPPROTO_EGP"},
	{12, "IPPROTO_PUP"},
	{17, "IPPROTO_UDP"},
	{22, "IPPROTO_IDP"},
	{29, "IPPROTO_TP"},
	{33, "IPPROTO_DCCP"},
	{41, "IPPROTO_IPV6"},
	{46, "IPPROTO_RSVP"},
	{47, "IPPROTO_GRE"},
	{50, "IPPROTO_ESP"},
	{51, "IPPROTO_AH"},
	{58, "IPPROTO_ICMPV6"},
	{92, "IPPROTO_MTP"},
	{94, "IPPROTO_BEETPH"},
	{98, "IPPROTO_ENCAP"},
	{103, "IPPROTO_PIM"},
	{108, "IPPROTO_COMP"},
	{115, "IPPROTO_L2TP"},
	{132, "IPPROTO_SCTP"},
	{136, "IPPROTO_UDPLITE"},
	{137, "IPPROTO_MPLS"},
	{143, "IPPROTO_ETHERNET"},
	{144, "IPPROTO_AGGFRAG"},
	{255, "IPPROTO_RAW"},
	{262, "IPPROTO_MPTCP"},
}}
