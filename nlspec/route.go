package nlspec

import "golang.org/x/sys/unix"

// rtmsg is the header of route messages (include/uapi/linux/rtnetlink.h). If
// there is an RTA_TABLE, it replaces table.
var rtmsg = &CStruct{Name: "rtmsg", Prefix: "rtm_", Fields: []Field{
	{Name: "family", Kind: U8, Values: &families},
	{Name: "dst_len", Kind: U8},
	{Name: "src_len", Kind: U8},
	{Name: "tos", Kind: U8},
	{Name: "table", Kind: U8, Values: &rtTables},
	{Name: "protocol", Kind: U8, Values: &rtProtocols},
	{Name: "scope", Kind: U8, Values: &rtScopes},
	{Name: "type", Kind: U8, Values: &rtTypes},
	{Name: "flags", Kind: U32, Values: &rtmFlags},
}}

// routeAttrs is the attributes after struct rtmsg.
var routeAttrs = Set{
	1:  {Name: "RTA_DST", Kind: IP, By: &routeAddr},
	2:  {Name: "RTA_SRC", Kind: IP, By: &routeAddr},
	3:  {Name: "RTA_IIF", Kind: U32},
	4:  {Name: "RTA_OIF", Kind: U32},
	5:  {Name: "RTA_GATEWAY", Kind: IP, By: &routeGateway},
	6:  {Name: "RTA_PRIORITY", Kind: U32},
	7:  {Name: "RTA_PREFSRC", Kind: IP},
	8:  {Name: "RTA_METRICS", Kind: Nested, Nest: routeMetrics},
	9:  {Name: "RTA_MULTIPATH", Kind: NextHops},
	10: {Name: "RTA_PROTOINFO"},
	11: {Name: "RTA_FLOW", Kind: U32},
	12: {Name: "RTA_CACHEINFO", Kind: Struct, Struct: rtaCacheInfo},
	13: {Name: "RTA_SESSION"},
	14: {Name: "RTA_MP_ALGO"},
	15: {Name: "RTA_TABLE", Kind: U32, Values: &rtTables},
	16: {Name: "RTA_MARK", Kind: U32},
	17: {Name: "RTA_MFC_STATS", Kind: Struct, Struct: rtaMFCStats},
	18: {Name: "RTA_VIA", Kind: Struct, Struct: rtvia},
	19: {Name: "RTA_NEWDST", Kind: Array, Elem: elemMPLSLabel},
	20: {Name: "RTA_PREF", Kind: U8, Values: &routePrefs},
	21: {Name: "RTA_ENCAP_TYPE", Kind: U16, Values: &encapTypes},
	22: {Name: "RTA_ENCAP", By: &encap},
	23: {Name: "RTA_EXPIRES", Kind: U32, By: &routeExpires},
	24: {Name: "RTA_PAD", Kind: Pad},
	25: {Name: "RTA_UID", Kind: U32},
	26: {Name: "RTA_TTL_PROPAGATE", Kind: U8},
	27: {Name: "RTA_IP_PROTO", Kind: U8, Values: &ipProtos},
	28: {Name: "RTA_SPORT", Kind: BE16},
	29: {Name: "RTA_DPORT", Kind: BE16},
	30: {Name: "RTA_NH_ID", Kind: U32},
	31: {Name: "RTA_FLOWLABEL", Kind: BE32},
}

// routeAddr selects addresses that are not IP addresses: an MPLS label, or the
// byte of a Phonet device (net/phonet/pn_netlink.c) or of an MCTP endpoint
// (net/mctp/route.c).
var routeAddr = Selector{What: ByFamily, Cases: []Case{
	{Number: unix.AF_MPLS, Attr: &Attr{Kind: Array, Elem: elemMPLSLabel}},
	{Number: unix.AF_PHONET, Attr: elemU8},
	{Number: unix.AF_MCTP, Attr: elemU8},
}}

// Families of multicast routes (include/uapi/linux/rtnetlink.h), which
// golang.org/x/sys/unix lacks.
const (
	rtnlFamilyIPMR  = 128 // RTNL_FAMILY_IPMR
	rtnlFamilyIP6MR = 129 // RTNL_FAMILY_IP6MR
)

// routeGateway selects the form of RTA_GATEWAY in MCTP: an endpoint with its
// network (net/mctp/route.c; newer than Linux 6.12).
var routeGateway = Selector{What: ByFamily, Cases: []Case{{Number: unix.AF_MCTP, Attr: &Attr{Kind: Struct, Struct: mctpAddr}}}}

// mctpAddr is RTA_GATEWAY of an MCTP route (include/uapi/linux/mctp.h).
var mctpAddr = &CStruct{Name: "mctp_fq_addr", Fields: []Field{
	{Name: "net", Kind: U32},
	{Name: "eid", Kind: U8},
	{Len: 3},
}}

// routeExpires selects the type of RTA_EXPIRES: seconds for an IPv6 route,
// 1/100 s for a multicast route (net/ipv4/ipmr_base.c, mr_fill_mroute).
var routeExpires = Selector{What: ByFamily, Cases: []Case{
	{Number: rtnlFamilyIPMR, Attr: elemU64},
	{Number: rtnlFamilyIP6MR, Attr: elemU64},
}}

// routeMetrics is the contents of RTA_METRICS.
var routeMetrics = Set{
	1:  {Name: "RTAX_LOCK", Kind: U32, Values: &routeLocks},
	2:  {Name: "RTAX_MTU", Kind: U32},
	3:  {Name: "RTAX_WINDOW", Kind: U32},
	4:  {Name: "RTAX_RTT", Kind: U32},
	5:  {Name: "RTAX_RTTVAR", Kind: U32},
	6:  {Name: "RTAX_SSTHRESH", Kind: U32},
	7:  {Name: "RTAX_CWND", Kind: U32},
	8:  {Name: "RTAX_ADVMSS", Kind: U32},
	9:  {Name: "RTAX_REORDERING", Kind: U32},
	10: {Name: "RTAX_HOPLIMIT", Kind: U32},
	11: {Name: "RTAX_INITCWND", Kind: U32},
	12: {Name: "RTAX_FEATURES", Kind: U32, Values: &routeFeatures},
	13: {Name: "RTAX_RTO_MIN", Kind: U32},
	14: {Name: "RTAX_INITRWND", Kind: U32},
	15: {Name: "RTAX_QUICKACK", Kind: U32},
	16: {Name: "RTAX_CC_ALGO", Kind: String},
	17: {Name: "RTAX_FASTOPEN_NO_COOKIE", Kind: U32},
}

// rtnexthop is one next hop of RTA_MULTIPATH.
var rtnexthop = &CStruct{Name: "rtnexthop", Prefix: "rtnh_", Fields: []Field{
	{Name: "len", Kind: U16},
	{Name: "flags", Kind: U8, Values: &rtnhFlags},
	{Name: "hops", Kind: U8},
	{Name: "ifindex", Kind: S32},
}}

// rtaCacheInfo is RTA_CACHEINFO.
var rtaCacheInfo = &CStruct{Name: "rta_cacheinfo", Prefix: "rta_", Fields: []Field{
	{Name: "clntref", Kind: U32},
	{Name: "lastuse", Kind: U32},
	{Name: "expires", Kind: S32},
	{Name: "error", Kind: U32},
	{Name: "used", Kind: U32},
	{Name: "id", Kind: U32},
	{Name: "ts", Kind: U32},
	{Name: "tsage", Kind: U32},
}}

// rtaMFCStats is RTA_MFC_STATS.
var rtaMFCStats = &CStruct{Name: "rta_mfc_stats", Prefix: "mfcs_", Fields: []Field{
	{Name: "packets", Kind: U64},
	{Name: "bytes", Kind: U64},
	{Name: "wrong_if", Kind: U64},
}}

// rtvia is RTA_VIA: a gateway of another family than the route's.
var rtvia = &CStruct{Name: "rtvia", Prefix: "rtvia_", Fields: []Field{
	{Name: "family", Kind: U16, Values: &families},
	{Name: "addr", Kind: IP},
}}
