package nlspec

// ipmrTable is the contents of IFLA_AF_SPEC under RTNL_FAMILY_IPMR
// (include/uapi/linux/mroute.h): a multicast routing table and its interfaces.
var ipmrTable = Set{
	1: {Name: "IPMRA_TABLE_ID", Kind: U32, Values: &rtTables},
	2: {Name: "IPMRA_TABLE_CACHE_RES_QUEUE_LEN", Kind: U32},
	3: {Name: "IPMRA_TABLE_MROUTE_REG_VIF_NUM", Kind: S32},
	4: {Name: "IPMRA_TABLE_MROUTE_DO_ASSERT", Kind: U8},
	5: {Name: "IPMRA_TABLE_MROUTE_DO_PIM", Kind: U8},
	6: {Name: "IPMRA_TABLE_VIFS", Kind: Nested, Nest: ipmrVIFs},
	7: {Name: "IPMRA_TABLE_MROUTE_DO_WRVIFWHOLE", Kind: U8},
}

// ipmrVIFs is the contents of IPMRA_TABLE_VIFS.
var ipmrVIFs = Set{
	1: {Name: "IPMRA_VIF", Kind: Nested, Nest: ipmrVIF},
}

// ipmrVIF is the contents of IPMRA_VIF.
var ipmrVIF = Set{
	1:  {Name: "IPMRA_VIFA_IFINDEX", Kind: U32},
	2:  {Name: "IPMRA_VIFA_VIF_ID", Kind: U32},
	3:  {Name: "IPMRA_VIFA_FLAGS", Kind: U16, Values: &vifFlags},
	4:  {Name: "IPMRA_VIFA_BYTES_IN", Kind: U64},
	5:  {Name: "IPMRA_VIFA_BYTES_OUT", Kind: U64},
	6:  {Name: "IPMRA_VIFA_PACKETS_IN", Kind: U64},
	7:  {Name: "IPMRA_VIFA_PACKETS_OUT", Kind: U64},
	8:  {Name: "IPMRA_VIFA_LOCAL_ADDR", Kind: IP},
	9:  {Name: "IPMRA_VIFA_REMOTE_ADDR", Kind: IP},
	10: {Name: "IPMRA_VIFA_PAD", Kind: Pad},
}

// vifFlags is IPMRA_VIFA_FLAGS.
var vifFlags = Values{Prefix: "VIFF_", Bits: true, Consts: []Const{
	{1 << 0, "VIFF_TUNNEL"},
	{1 << 1, "VIFF_SRCRT"},
	{1 << 2, "VIFF_REGISTER"},
	{1 << 3, "VIFF_USE_IFINDEX"},
}}

// cacheReportAttrs is the attributes after struct rtgenmsg in
// RTM_NEWCACHEREPORT: an event for a multicast routing daemon, of IPv4 unless
// the family says IPv6.
var cacheReportAttrs = Set{
	1: {Name: "IPMRA_CREPORT_MSGTYPE", Kind: U8, Values: &igmpMessages, By: ip6Report(1)},
	2: {Name: "IPMRA_CREPORT_VIF_ID", Kind: U32, By: ip6Report(2)},
	3: {Name: "IPMRA_CREPORT_SRC_ADDR", Kind: IP, By: ip6Report(3)},
	4: {Name: "IPMRA_CREPORT_DST_ADDR", Kind: IP, By: ip6Report(4)},
	5: {Name: "IPMRA_CREPORT_PKT", Kind: Bytes, By: ip6Report(5)},
	6: {Name: "IPMRA_CREPORT_TABLE", Kind: U32, Values: &rtTables},
}

// ip6CacheReportAttrs is the same under RTNL_FAMILY_IP6MR
// (include/uapi/linux/mroute6.h).
var ip6CacheReportAttrs = Set{
	1: {Name: "IP6MRA_CREPORT_MSGTYPE", Kind: U8, Values: &mrt6Messages},
	2: {Name: "IP6MRA_CREPORT_MIF_ID", Kind: U32},
	3: {Name: "IP6MRA_CREPORT_SRC_ADDR", Kind: IP},
	4: {Name: "IP6MRA_CREPORT_DST_ADDR", Kind: IP},
	5: {Name: "IP6MRA_CREPORT_PKT", Kind: Bytes},
}

// ip6Report returns a selector for attribute typ of RTM_NEWCACHEREPORT under
// RTNL_FAMILY_IP6MR.
func ip6Report(typ uint16) *Selector {
	return &Selector{What: ByFamily, Cases: []Case{{Number: rtnlFamilyIP6MR, Attr: &ip6CacheReportAttrs[typ]}}}
}

// igmpMessages is IPMRA_CREPORT_MSGTYPE.
var igmpMessages = Values{Prefix: "IGMPMSG_", Consts: []Const{
	{1, "IGMPMSG_NOCACHE"},
	{2, "IGMPMSG_WRONGVIF"},
	{3, "IGMPMSG_WHOLEPKT"},
	{4, "IGMPMSG_WRVIFWHOLE"},
}}

// mrt6Messages is IP6MRA_CREPORT_MSGTYPE.
var mrt6Messages = Values{Prefix: "MRT6MSG_", Consts: []Const{
	{1, "MRT6MSG_NOCACHE"},
	{2, "MRT6MSG_WRONGMIF"},
	{3, "MRT6MSG_WHOLEPKT"},
	{4, "MRT6MSG_WRMIFWHOLE"},
}}
