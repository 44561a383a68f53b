package nlspec

// inetAttrs is the contents of AF_INET of IFLA_AF_SPEC
// (include/uapi/linux/if_link.h).
var inetAttrs = Set{
	1: {Name: "IFLA_INET_CONF", Kind: Array, Elem: elemS32, Nest: ipv4Devconf, By: &inetConf},
}

// inetConf selects the form of IFLA_INET_CONF: in requests a nest whose types
// are one above the array's indices (net/ipv4/devinet.c, inet_set_link_af), in
// the kernel's messages an array (inet_fill_link_af).
var inetConf = Selector{What: ByDirection, Cases: []Case{{Number: uint64(Sent), Set: ipv4Devconf}}}

// inet6Attrs is the contents of AF_INET6 of IFLA_AF_SPEC, and in IFLA_PROTINFO
// under AF_INET6.
var inet6Attrs = Set{
	1: {Name: "IFLA_INET6_FLAGS", Kind: U32, Values: &inet6Flags},
	2: {Name: "IFLA_INET6_CONF", Kind: Array, Elem: elemS32, Nest: ipv6Devconf},
	3: {Name: "IFLA_INET6_STATS", Kind: Array, Elem: elemU64, Nest: ipStatsMIB},
	4: {Name: "IFLA_INET6_MCAST"},
	5: {Name: "IFLA_INET6_CACHEINFO", Kind: Struct, Struct: inet6CacheInfo},
	6: {Name: "IFLA_INET6_ICMP6STATS", Kind: Array, Elem: elemU64, Nest: icmp6MIB},
	7: {Name: "IFLA_INET6_TOKEN", Kind: IP},
	8: {Name: "IFLA_INET6_ADDR_GEN_MODE", Kind: U8, Values: &addrGenModes},
	9: {Name: "IFLA_INET6_RA_MTU", Kind: U32},
}

// inet6CacheInfo is IFLA_INET6_CACHEINFO.
var inet6CacheInfo = &CStruct{Name: "ifla_cacheinfo", Fields: []Field{
	{Name: "max_reasm_len", Kind: U32},
	{Name: "tstamp", Kind: U32},
	{Name: "reachable_time", Kind: U32},
	{Name: "retrans_time", Kind: U32},
}}

// addrGenModes is IFLA_INET6_ADDR_GEN_MODE.
var addrGenModes = Values{Prefix: "IN6_ADDR_GEN_MODE_", Consts: []Const{
	{0, "IN6_ADDR_GEN_MODE_EUI64"},
	{1, "IN6_ADDR_GEN_MODE_NONE"},
	{2, "IN6_ADDR_GEN_MODE_STABLE_PRIVACY"},
	{3, "IN6_ADDR_GEN_MODE_RANDOM"},
}}

// inet6Flags is IFLA_INET6_FLAGS (include/net/if_inet6.h).
var inet6Flags = Values{Prefix: "IF_", Bits: true, Consts: []Const{
	{0x10, "IF_RS_SENT"},
	{0x20, "IF_RA_RCVD"},
	{0x40, "IF_RA_MANAGED"},
	{0x80, "IF_RA_OTHERCONF"},
	{0x80000000, "IF_READY"},
}}

// ipv4Devconf is the names of IFLA_INET_CONF (include/uapi/linux/ip.h).
var ipv4Devconf = Set{
	1:  {Name: "IPV4_DEVCONF_FORWARDING", Kind: S32},
	2:  {Name: "IPV4_DEVCONF_MC_FORWARDING", Kind: S32},
	3:  {Name: "IPV4_DEVCONF_PROXY_ARP", Kind: S32},
	4:  {Name: "IPV4_DEVCONF_ACCEPT_REDIRECTS", Kind: S32},
	5:  {Name: "IPV4_DEVCONF_SECURE_REDIRECTS", Kind: S32},
	6:  {Name: "IPV4_DEVCONF_SEND_REDIRECTS", Kind: S32},
	7:  {Name: "IPV4_DEVCONF_SHARED_MEDIA", Kind: S32},
	8:  {Name: "IPV4_DEVCONF_RP_FILTER", Kind: S32},
	9:  {Name: "IPV4_DEVCONF_ACCEPT_SOURCE_ROUTE", Kind: S32},
	10: {Name: "IPV4_DEVCONF_BOOTP_RELAY", Kind: S32},
	11: {Name: "IPV4_DEVCONF_LOG_MARTIANS", Kind: S32},
	12: {Name: "IPV4_DEVCONF_TAG", Kind: S32},
	13: {Name: "IPV4_DEVCONF_ARPFILTER", Kind: S32},
	14: {Name: "IPV4_DEVCONF_MEDIUM_ID", Kind: S32},
	15: {Name: "IPV4_DEVCONF_NOXFRM", Kind: S32},
	16: {Name: "IPV4_DEVCONF_NOPOLICY", Kind: S32},
	17: {Name: "IPV4_DEVCONF_FORCE_IGMP_VERSION", Kind: S32},
	18: {Name: "IPV4_DEVCONF_ARP_ANNOUNCE", Kind: S32},
	19: {Name: "IPV4_DEVCONF_ARP_IGNORE", Kind: S32},
	20: {Name: "IPV4_DEVCONF_PROMOTE_SECONDARIES", Kind: S32},
	21: {Name: "IPV4_DEVCONF_ARP_ACCEPT", Kind: S32},
	22: {Name: "IPV4_DEVCONF_ARP_NOTIFY", Kind: S32},
	23: {Name: "IPV4_DEVCONF_ACCEPT_LOCAL", Kind: S32},
	24: {Name: "IPV4_DEVCONF_SRC_VMARK", Kind: S32},
	25: {Name: "IPV4_DEVCONF_PROXY_ARP_PVLAN", Kind: S32},
	26: {Name: "IPV4_DEVCONF_ROUTE_LOCALNET", Kind: S32},
	27: {Name: "IPV4_DEVCONF_IGMPV2_UNSOLICITED_REPORT_INTERVAL", Kind: S32},
	28: {Name: "IPV4_DEVCONF_IGMPV3_UNSOLICITED_REPORT_INTERVAL", Kind: S32},
	29: {Name: "IPV4_DEVCONF_IGNORE_ROUTES_WITH_LINKDOWN", Kind: S32},
	30: {Name: "IPV4_DEVCONF_DROP_UNICAST_IN_L2_MULTICAST", Kind: S32},
	31: {Name: "IPV4_DEVCONF_DROP_GRATUITOUS_ARP", Kind: S32},
	32: {Name: "IPV4_DEVCONF_BC_FORWARDING", Kind: S32},
	33: {Name: "IPV4_DEVCONF_ARP_EVICT_NOCARRIER", Kind: S32},
}

// ipv6Devconf is the names of IFLA_INET6_CONF (include/uapi/linux/ipv6.h).
var ipv6Devconf = Set{
	0:  {Name: "DEVCONF_FORWARDING", Kind: S32},
	1:  {Name: "DEVCONF_HOPLIMIT", Kind: S32},
	2:  {Name: "DEVCONF_MTU6", Kind: S32},
	3:  {Name: "DEVCONF_ACCEPT_RA", Kind: S32},
	4:  {Name: "DEVCONF_ACCEPT_REDIRECTS", Kind: S32},
	5:  {Name: "DEVCONF_AUTOCONF", Kind: S32},
	6:  {Name: "DEVCONF_DAD_TRANSMITS", Kind: S32},
	7:  {Name: "DEVCONF_RTR_SOLICITS", Kind: S32},
	8:  {Name: "DEVCONF_RTR_SOLICIT_INTERVAL", Kind: S32},
	9:  {Name: "DEVCONF_RTR_SOLICIT_DELAY", Kind: S32},
	10: {Name: "DEVCONF_USE_TEMPADDR", Kind: S32},
	11: {Name: "DEVCONF_TEMP_VALID_LFT", Kind: S32},
	12: {Name: "DEVCONF_TEMP_PREFERED_LFT", Kind: S32},
	13: {Name: "DEVCONF_REGEN_MAX_RETRY", Kind: S32},
	14: {Name: "DEVCONF_MAX_DESYNC_FACTOR", Kind: S32},
	15: {Name: "DEVCONF_MAX_ADDRESSES", Kind: S32},
	16: {Name: "DEVCONF_FORCE_MLD_VERSION", Kind: S32},
	17: {Name: "DEVCONF_ACCEPT_RA_DEFRTR", Kind: S32},
	18: {Name: "DEVCONF_ACCEPT_RA_PINFO", Kind: S32},
	19: {Name: "DEVCONF_ACCEPT_RA_RTR_PREF", Kind: S32},
	20: {Name: "DEVCONF_RTR_PROBE_INTERVAL", Kind: S32},
	21: {Name: "DEVCONF_ACCEPT_RA_RT_INFO_MAX_PLEN", Kind: S32},
	22: {Name: "DEVCONF_PROXY_NDP", Kind: S32},
	23: {Name: "DEVCONF_OPTIMISTIC_DAD", Kind: S32},
	24: {Name: "DEVCONF_ACCEPT_SOURCE_ROUTE", Kind: S32},
	25: {Name: "DEVCONF_MC_FORWARDING", Kind: S32},
	26: {Name: "DEVCONF_DISABLE_IPV6", Kind: S32},
	27: {Name: "DEVCONF_ACCEPT_DAD", Kind: S32},
	28: {Name: "DEVCONF_FORCE_TLLAO", Kind: S32},
	29: {Name: "DEVCONF_NDISC_NOTIFY", Kind: S32},
	30: {Name: "DEVCONF_MLDV1_UNSOLICITED_REPORT_INTERVAL", Kind: S32},
	31: {Name: "DEVCONF_MLDV2_UNSOLICITED_REPORT_INTERVAL", Kind: S32},
	32: {Name: "DEVCONF_SUPPRESS_FRAG_NDISC", Kind: S32},
	33: {Name: "DEVCONF_ACCEPT_RA_FROM_LOCAL", Kind: S32},
	34: {Name: "DEVCONF_USE_OPTIMISTIC", Kind: S32},
	35: {Name: "DEVCONF_ACCEPT_RA_MTU", Kind: S32},
	36: {Name: "DEVCONF_STABLE_SECRET", Kind: S32},
	37: {Name: "DEVCONF_USE_OIF_ADDRS_ONLY", Kind: S32},
	38: {Name: "DEVCONF_ACCEPT_RA_MIN_HOP_LIMIT", Kind: S32},
	39: {Name: "DEVCONF_IGNORE_ROUTES_WITH_LINKDOWN", Kind: S32},
	40: {Name: "DEVCONF_DROP_UNICAST_IN_L2_MULTICAST", Kind: S32},
	41: {Name: "DEVCONF_DROP_UNSOLICITED_NA", Kind: S32},
	42: {Name: "DEVCONF_KEEP_ADDR_ON_DOWN", Kind: S32},
	43: {Name: "DEVCONF_RTR_SOLICIT_MAX_INTERVAL", Kind: S32},
	44: {Name: "DEVCONF_SEG6_ENABLED", Kind: S32},
	45: {Name: "DEVCONF_SEG6_REQUIRE_HMAC", Kind: S32},
	46: {Name: "DEVCONF_ENHANCED_DAD", Kind: S32},
	47: {Name: "DEVCONF_ADDR_GEN_MODE", Kind: S32},
	48: {Name: "DEVCONF_DISABLE_POLICY", Kind: S32},
	49: {Name: "DEVCONF_ACCEPT_RA_RT_INFO_MIN_PLEN", Kind: S32},
	50: {Name: "DEVCONF_NDISC_TCLASS", Kind: S32},
	51: {Name: "DEVCONF_RPL_SEG_ENABLED", Kind: S32},
	52: {Name: "DEVCONF_RA_DEFRTR_METRIC", Kind: S32},
	53: {Name: "DEVCONF_IOAM6_ENABLED", Kind: S32},
	54: {Name: "DEVCONF_IOAM6_ID", Kind: S32},
	55: {Name: "DEVCONF_IOAM6_ID_WIDE", Kind: S32},
	56: {Name: "DEVCONF_NDISC_EVICT_NOCARRIER", Kind: S32},
	57: {Name: "DEVCONF_ACCEPT_UNTRACKED_NA", Kind: S32},
	58: {Name: "DEVCONF_ACCEPT_RA_MIN_LFT", Kind: S32},
	59: {Name: "DEVCONF_FORCE_FORWARDING", Kind: S32},
}
