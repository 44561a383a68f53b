package nlspec

import "golang.org/x/sys/unix"

// linkAttrs is the attributes after struct ifinfomsg
// (include/uapi/linux/if_link.h).
var linkAttrs = Set{
	1:  {Name: "IFLA_ADDRESS", Kind: LLAddr},
	2:  {Name: "IFLA_BROADCAST", Kind: LLAddr},
	3:  {Name: "IFLA_IFNAME", Kind: String},
	4:  {Name: "IFLA_MTU", Kind: U32},
	5:  {Name: "IFLA_LINK", Kind: U32},
	6:  {Name: "IFLA_QDISC", Kind: String},
	7:  {Name: "IFLA_STATS", Kind: Struct, Struct: rtnlLinkStats},
	8:  {Name: "IFLA_COST", Kind: Bytes},     // no kernel uses it
	9:  {Name: "IFLA_PRIORITY", Kind: Bytes}, // no kernel uses it
	10: {Name: "IFLA_MASTER", Kind: U32},
	11: {Name: "IFLA_WIRELESS", Kind: Bytes}, // events of include/uapi/linux/wireless.h
	12: {Name: "IFLA_PROTINFO", By: &protInfo},
	13: {Name: "IFLA_TXQLEN", Kind: U32},
	14: {Name: "IFLA_MAP", Kind: Struct, Struct: rtnlLinkIfmap},
	15: {Name: "IFLA_WEIGHT", Kind: U32},
	16: {Name: "IFLA_OPERSTATE", Kind: U8, Values: &operStates},
	17: {Name: "IFLA_LINKMODE", Kind: U8, Values: &linkModes},
	18: {Name: "IFLA_LINKINFO", Kind: Nested, Nest: linkInfo},
	19: {Name: "IFLA_NET_NS_PID", Kind: U32},
	20: {Name: "IFLA_IFALIAS", Kind: String},
	21: {Name: "IFLA_NUM_VF", Kind: U32},
	22: {Name: "IFLA_VFINFO_LIST", Kind: Nested, Nest: vfInfoList},
	23: {Name: "IFLA_STATS64", Kind: Struct, Struct: rtnlLinkStats64},
	24: {Name: "IFLA_VF_PORTS", Kind: Nested, Nest: vfPorts},
	25: {Name: "IFLA_PORT_SELF", Kind: Nested, Nest: port},
	26: {Name: "IFLA_AF_SPEC", Kind: Nested, Nest: afSpecAttrs, By: &afSpec},
	27: {Name: "IFLA_GROUP", Kind: U32},
	28: {Name: "IFLA_NET_NS_FD", Kind: U32},
	29: {Name: "IFLA_EXT_MASK", Kind: U32, Values: &extMask},
	30: {Name: "IFLA_PROMISCUITY", Kind: U32},
	31: {Name: "IFLA_NUM_TX_QUEUES", Kind: U32},
	32: {Name: "IFLA_NUM_RX_QUEUES", Kind: U32},
	33: {Name: "IFLA_CARRIER", Kind: U8},
	34: {Name: "IFLA_PHYS_PORT_ID", Kind: Bytes},
	35: {Name: "IFLA_CARRIER_CHANGES", Kind: U32},
	36: {Name: "IFLA_PHYS_SWITCH_ID", Kind: Bytes},
	37: {Name: "IFLA_LINK_NETNSID", Kind: S32},
	38: {Name: "IFLA_PHYS_PORT_NAME", Kind: String},
	39: {Name: "IFLA_PROTO_DOWN", Kind: U8},
	40: {Name: "IFLA_GSO_MAX_SEGS", Kind: U32},
	41: {Name: "IFLA_GSO_MAX_SIZE", Kind: U32},
	42: {Name: "IFLA_PAD", Kind: Pad},
	43: {Name: "IFLA_XDP", Kind: Nested, Nest: xdp},
	44: {Name: "IFLA_EVENT", Kind: U32, Values: &linkEvents},
	45: {Name: "IFLA_NEW_NETNSID", Kind: S32},
	46: {Name: "IFLA_TARGET_NETNSID", Kind: S32}, // also IFLA_IF_NETNSID
	47: {Name: "IFLA_CARRIER_UP_COUNT", Kind: U32},
	48: {Name: "IFLA_CARRIER_DOWN_COUNT", Kind: U32},
	49: {Name: "IFLA_NEW_IFINDEX", Kind: S32},
	50: {Name: "IFLA_MIN_MTU", Kind: U32},
	51: {Name: "IFLA_MAX_MTU", Kind: U32},
	52: {Name: "IFLA_PROP_LIST", Kind: Nested, Nest: linkProps},
	53: {Name: "IFLA_ALT_IFNAME", Kind: String},
	54: {Name: "IFLA_PERM_ADDRESS", Kind: LLAddr},
	55: {Name: "IFLA_PROTO_DOWN_REASON", Kind: Nested, Nest: protoDownReason},
	56: {Name: "IFLA_PARENT_DEV_NAME", Kind: String},
	57: {Name: "IFLA_PARENT_DEV_BUS_NAME", Kind: String},
	58: {Name: "IFLA_GRO_MAX_SIZE", Kind: U32},
	59: {Name: "IFLA_TSO_MAX_SIZE", Kind: U32},
	60: {Name: "IFLA_TSO_MAX_SEGS", Kind: U32},
	61: {Name: "IFLA_ALLMULTI", Kind: U32},
	62: {Name: "IFLA_DEVLINK_PORT", Kind: Nested, Nest: devlinkPort},
	63: {Name: "IFLA_GSO_IPV4_MAX_SIZE", Kind: U32},
	64: {Name: "IFLA_GRO_IPV4_MAX_SIZE", Kind: U32},
	65: {Name: "IFLA_DPLL_PIN", Kind: Nested, Nest: dpllPin},
	66: {Name: "IFLA_MAX_PACING_OFFLOAD_HORIZON", Kind: Uint},
	67: {Name: "IFLA_NETNS_IMMUTABLE", Kind: U8},
	68: {Name: "IFLA_HEADROOM", Kind: U16},
	69: {Name: "IFLA_TAILROOM", Kind: U16},
}

// linkInfo is the contents of IFLA_LINKINFO.
var linkInfo = Set{
	1: {Name: "IFLA_INFO_KIND", Kind: String},
	2: {Name: "IFLA_INFO_DATA", By: &infoData},
	3: {Name: "IFLA_INFO_XSTATS", By: &infoXstats},
	4: {Name: "IFLA_INFO_SLAVE_KIND", Kind: String},
	5: {Name: "IFLA_INFO_SLAVE_DATA", By: &infoSlaveData},
}

// linkProps is the contents of IFLA_PROP_LIST.
var linkProps = Set{
	53: {Name: "IFLA_ALT_IFNAME", Kind: String},
}

// protoDownReason is the contents of IFLA_PROTO_DOWN_REASON.
var protoDownReason = Set{
	1: {Name: "IFLA_PROTO_DOWN_REASON_MASK", Kind: U32},
	2: {Name: "IFLA_PROTO_DOWN_REASON_VALUE", Kind: U32},
}

// devlinkPort is the contents of IFLA_DEVLINK_PORT
// (include/uapi/linux/devlink.h).
var devlinkPort = Set{
	1:   {Name: "DEVLINK_ATTR_BUS_NAME", Kind: String},
	2:   {Name: "DEVLINK_ATTR_DEV_NAME", Kind: String},
	3:   {Name: "DEVLINK_ATTR_PORT_INDEX", Kind: U32},
	184: {Name: "DEVLINK_ATTR_INDEX", Kind: Uint},
}

// dpllPin is the contents of IFLA_DPLL_PIN (include/uapi/linux/dpll.h).
var dpllPin = Set{
	1: {Name: "DPLL_A_PIN_ID", Kind: U32},
}

// xdp is the contents of IFLA_XDP.
var xdp = Set{
	1: {Name: "IFLA_XDP_FD", Kind: S32},
	2: {Name: "IFLA_XDP_ATTACHED", Kind: U8, Values: &xdpAttached},
	3: {Name: "IFLA_XDP_FLAGS", Kind: U32, Values: &xdpFlags},
	4: {Name: "IFLA_XDP_PROG_ID", Kind: U32},
	5: {Name: "IFLA_XDP_DRV_PROG_ID", Kind: U32},
	6: {Name: "IFLA_XDP_SKB_PROG_ID", Kind: U32},
	7: {Name: "IFLA_XDP_HW_PROG_ID", Kind: U32},
	8: {Name: "IFLA_XDP_EXPECTED_FD", Kind: S32},
}

// protInfo selects the contents of IFLA_PROTINFO by the header's family.
var protInfo = Selector{What: ByFamily, Cases: []Case{
	{Number: unix.AF_BRIDGE, Set: brportAttrs},
	{Number: unix.AF_INET6, Set: inet6Attrs},
}}

// afSpec selects the contents of IFLA_AF_SPEC by the header's family: the
// bridge's under AF_BRIDGE, a multicast routing table under RTNL_FAMILY_IPMR,
// otherwise one nest per family.
var afSpec = Selector{What: ByFamily, Cases: []Case{
	{Number: unix.AF_BRIDGE, Set: bridgeAttrs},
	{Number: rtnlFamilyIPMR, Set: ipmrTable},
}}

// afSpecAttrs is indexed by address family.
var afSpecAttrs = Set{
	unix.AF_INET:  {Name: "AF_INET", Kind: Nested, Nest: inetAttrs},
	unix.AF_INET6: {Name: "AF_INET6", Kind: Nested, Nest: inet6Attrs},
	unix.AF_MCTP:  {Name: "AF_MCTP", Kind: Nested, Nest: mctpAttrs},
}

// mctpAttrs is the contents of AF_MCTP of IFLA_AF_SPEC.
var mctpAttrs = Set{
	1: {Name: "IFLA_MCTP_NET", Kind: U32},
	2: {Name: "IFLA_MCTP_PHYS_BINDING", Kind: U8},
}

// ifinfomsg is the header of link messages (include/uapi/linux/rtnetlink.h).
var ifinfomsg = &CStruct{Name: "ifinfomsg", Prefix: "ifi_", Fields: []Field{
	{Name: "family", Kind: U8, Values: &families},
	{Len: 1},
	{Name: "type", Kind: U16, Values: &arphrd},
	{Name: "index", Kind: S32},
	{Name: "flags", Kind: U32, Values: &ifFlags},
	{Name: "change", Kind: U32, Values: &ifFlags},
}}
