package nlspec

// bridgeDevAttrs is the contents of IFLA_INFO_DATA of a bridge
// (include/uapi/linux/if_link.h). Times are in clock ticks of 1/100 s.
var bridgeDevAttrs = Set{
	1:  {Name: "IFLA_BR_FORWARD_DELAY", Kind: U32},
	2:  {Name: "IFLA_BR_HELLO_TIME", Kind: U32},
	3:  {Name: "IFLA_BR_MAX_AGE", Kind: U32},
	4:  {Name: "IFLA_BR_AGEING_TIME", Kind: U32},
	5:  {Name: "IFLA_BR_STP_STATE", Kind: U32},
	6:  {Name: "IFLA_BR_PRIORITY", Kind: U16},
	7:  {Name: "IFLA_BR_VLAN_FILTERING", Kind: U8},
	8:  {Name: "IFLA_BR_VLAN_PROTOCOL", Kind: BE16, Values: &etherTypes},
	9:  {Name: "IFLA_BR_GROUP_FWD_MASK", Kind: U16},
	10: {Name: "IFLA_BR_ROOT_ID", Kind: Struct, Struct: bridgeID},
	11: {Name: "IFLA_BR_BRIDGE_ID", Kind: Struct, Struct: bridgeID},
	12: {Name: "IFLA_BR_ROOT_PORT", Kind: U16},
	13: {Name: "IFLA_BR_ROOT_PATH_COST", Kind: U32},
	14: {Name: "IFLA_BR_TOPOLOGY_CHANGE", Kind: U8},
	15: {Name: "IFLA_BR_TOPOLOGY_CHANGE_DETECTED", Kind: U8},
	16: {Name: "IFLA_BR_HELLO_TIMER", Kind: U64},
	17: {Name: "IFLA_BR_TCN_TIMER", Kind: U64},
	18: {Name: "IFLA_BR_TOPOLOGY_CHANGE_TIMER", Kind: U64},
	19: {Name: "IFLA_BR_GC_TIMER", Kind: U64},
	20: {Name: "IFLA_BR_GROUP_ADDR", Kind: LLAddr},
	21: {Name: "IFLA_BR_FDB_FLUSH", Kind: Flag},
	22: {Name: "IFLA_BR_MCAST_ROUTER", Kind: U8, Values: &mcastRouters},
	23: {Name: "IFLA_BR_MCAST_SNOOPING", Kind: U8},
	24: {Name: "IFLA_BR_MCAST_QUERY_USE_IFADDR", Kind: U8},
	25: {Name: "IFLA_BR_MCAST_QUERIER", Kind: U8},
	26: {Name: "IFLA_BR_MCAST_HASH_ELASTICITY", Kind: U32},
	27: {Name: "IFLA_BR_MCAST_HASH_MAX", Kind: U32},
	28: {Name: "IFLA_BR_MCAST_LAST_MEMBER_CNT", Kind: U32},
	29: {Name: "IFLA_BR_MCAST_STARTUP_QUERY_CNT", Kind: U32},
	30: {Name: "IFLA_BR_MCAST_LAST_MEMBER_INTVL", Kind: U64},
	31: {Name: "IFLA_BR_MCAST_MEMBERSHIP_INTVL", Kind: U64},
	32: {Name: "IFLA_BR_MCAST_QUERIER_INTVL", Kind: U64},
	33: {Name: "IFLA_BR_MCAST_QUERY_INTVL", Kind: U64},
	34: {Name: "IFLA_BR_MCAST_QUERY_RESPONSE_INTVL", Kind: U64},
	35: {Name: "IFLA_BR_MCAST_STARTUP_QUERY_INTVL", Kind: U64},
	36: {Name: "IFLA_BR_NF_CALL_IPTABLES", Kind: U8},
	37: {Name: "IFLA_BR_NF_CALL_IP6TABLES", Kind: U8},
	38: {Name: "IFLA_BR_NF_CALL_ARPTABLES", Kind: U8},
	39: {Name: "IFLA_BR_VLAN_DEFAULT_PVID", Kind: U16},
	40: {Name: "IFLA_BR_PAD", Kind: Pad},
	41: {Name: "IFLA_BR_VLAN_STATS_ENABLED", Kind: U8},
	42: {Name: "IFLA_BR_MCAST_STATS_ENABLED", Kind: U8},
	43: {Name: "IFLA_BR_MCAST_IGMP_VERSION", Kind: U8},
	44: {Name: "IFLA_BR_MCAST_MLD_VERSION", Kind: U8},
	45: {Name: "IFLA_BR_VLAN_STATS_PER_PORT", Kind: U8},
	46: {Name: "IFLA_BR_MULTI_BOOLOPT", Kind: Struct, Struct: boolOpts},
	47: {Name: "IFLA_BR_MCAST_QUERIER_STATE", Kind: Nested, Nest: querierAttrs},
	48: {Name: "IFLA_BR_FDB_N_LEARNED", Kind: U32},
	49: {Name: "IFLA_BR_FDB_MAX_LEARNED", Kind: U32},
	50: {Name: "IFLA_BR_STP_MODE", Kind: U32, Values: &stpModes},
}

// querierAttrs is the contents of IFLA_BR_MCAST_QUERIER_STATE
// (include/uapi/linux/if_bridge.h).
var querierAttrs = Set{
	1: {Name: "BRIDGE_QUERIER_IP_ADDRESS", Kind: IP},
	2: {Name: "BRIDGE_QUERIER_IP_PORT", Kind: U32},
	3: {Name: "BRIDGE_QUERIER_IP_OTHER_TIMER", Kind: U64},
	4: {Name: "BRIDGE_QUERIER_PAD", Kind: Pad},
	5: {Name: "BRIDGE_QUERIER_IPV6_ADDRESS", Kind: IP},
	6: {Name: "BRIDGE_QUERIER_IPV6_PORT", Kind: U32},
	7: {Name: "BRIDGE_QUERIER_IPV6_OTHER_TIMER", Kind: U64},
}

// brportAttrs is the contents of IFLA_INFO_SLAVE_DATA of a bridge port, and in
// IFLA_PROTINFO under AF_BRIDGE.
var brportAttrs = Set{
	1:  {Name: "IFLA_BRPORT_STATE", Kind: U8, Values: &brStates},
	2:  {Name: "IFLA_BRPORT_PRIORITY", Kind: U16},
	3:  {Name: "IFLA_BRPORT_COST", Kind: U32},
	4:  {Name: "IFLA_BRPORT_MODE", Kind: U8, Values: &brportModes},
	5:  {Name: "IFLA_BRPORT_GUARD", Kind: U8},
	6:  {Name: "IFLA_BRPORT_PROTECT", Kind: U8},
	7:  {Name: "IFLA_BRPORT_FAST_LEAVE", Kind: U8},
	8:  {Name: "IFLA_BRPORT_LEARNING", Kind: U8},
	9:  {Name: "IFLA_BRPORT_UNICAST_FLOOD", Kind: U8},
	10: {Name: "IFLA_BRPORT_PROXYARP", Kind: U8},
	11: {Name: "IFLA_BRPORT_LEARNING_SYNC", Kind: U8},
	12: {Name: "IFLA_BRPORT_PROXYARP_WIFI", Kind: U8},
	13: {Name: "IFLA_BRPORT_ROOT_ID", Kind: Struct, Struct: bridgeID},
	14: {Name: "IFLA_BRPORT_BRIDGE_ID", Kind: Struct, Struct: bridgeID},
	15: {Name: "IFLA_BRPORT_DESIGNATED_PORT", Kind: U16},
	16: {Name: "IFLA_BRPORT_DESIGNATED_COST", Kind: U16},
	17: {Name: "IFLA_BRPORT_ID", Kind: U16},
	18: {Name: "IFLA_BRPORT_NO", Kind: U16},
	19: {Name: "IFLA_BRPORT_TOPOLOGY_CHANGE_ACK", Kind: U8},
	20: {Name: "IFLA_BRPORT_CONFIG_PENDING", Kind: U8},
	21: {Name: "IFLA_BRPORT_MESSAGE_AGE_TIMER", Kind: U64},
	22: {Name: "IFLA_BRPORT_FORWARD_DELAY_TIMER", Kind: U64},
	23: {Name: "IFLA_BRPORT_HOLD_TIMER", Kind: U64},
	24: {Name: "IFLA_BRPORT_FLUSH", Kind: Flag},
	25: {Name: "IFLA_BRPORT_MULTICAST_ROUTER", Kind: U8, Values: &mcastRouters},
	26: {Name: "IFLA_BRPORT_PAD", Kind: Pad},
	27: {Name: "IFLA_BRPORT_MCAST_FLOOD", Kind: U8},
	28: {Name: "IFLA_BRPORT_MCAST_TO_UCAST", Kind: U8},
	29: {Name: "IFLA_BRPORT_VLAN_TUNNEL", Kind: U8},
	30: {Name: "IFLA_BRPORT_BCAST_FLOOD", Kind: U8},
	31: {Name: "IFLA_BRPORT_GROUP_FWD_MASK", Kind: U16},
	32: {Name: "IFLA_BRPORT_NEIGH_SUPPRESS", Kind: U8},
	33: {Name: "IFLA_BRPORT_ISOLATED", Kind: U8},
	34: {Name: "IFLA_BRPORT_BACKUP_PORT", Kind: U32},
	35: {Name: "IFLA_BRPORT_MRP_RING_OPEN", Kind: U8},
	36: {Name: "IFLA_BRPORT_MRP_IN_OPEN", Kind: U8},
	37: {Name: "IFLA_BRPORT_MCAST_EHT_HOSTS_LIMIT", Kind: U32},
	38: {Name: "IFLA_BRPORT_MCAST_EHT_HOSTS_CNT", Kind: U32},
	39: {Name: "IFLA_BRPORT_LOCKED", Kind: U8},
	40: {Name: "IFLA_BRPORT_MAB", Kind: U8},
	41: {Name: "IFLA_BRPORT_MCAST_N_GROUPS", Kind: U32},
	42: {Name: "IFLA_BRPORT_MCAST_MAX_GROUPS", Kind: U32},
	43: {Name: "IFLA_BRPORT_NEIGH_VLAN_SUPPRESS", Kind: U8},
	44: {Name: "IFLA_BRPORT_BACKUP_NHID", Kind: U32},
	45: {Name: "IFLA_BRPORT_NEIGH_FORWARD_GRAT", Kind: U8},
}

// bridgeAttrs is the contents of IFLA_AF_SPEC under AF_BRIDGE
// (include/uapi/linux/if_bridge.h).
var bridgeAttrs = Set{
	0: {Name: "IFLA_BRIDGE_FLAGS", Kind: U16, Values: &bridgeFlags},
	1: {Name: "IFLA_BRIDGE_MODE", Kind: U16, Values: &bridgeModes},
	2: {Name: "IFLA_BRIDGE_VLAN_INFO", Kind: Struct, Struct: bridgeVLANInfo},
	3: {Name: "IFLA_BRIDGE_VLAN_TUNNEL_INFO", Kind: Nested, Nest: vlanTunnelAttrs},
	4: {Name: "IFLA_BRIDGE_MRP", Kind: Nested, Nest: mrpAttrs},
	5: {Name: "IFLA_BRIDGE_CFM", Kind: Nested, Nest: cfmAttrs},
	6: {Name: "IFLA_BRIDGE_MST", Kind: Nested, Nest: mstAttrs},
}

// vlanTunnelAttrs is the contents of IFLA_BRIDGE_VLAN_TUNNEL_INFO.
var vlanTunnelAttrs = Set{
	1: {Name: "IFLA_BRIDGE_VLAN_TUNNEL_ID", Kind: U32},
	2: {Name: "IFLA_BRIDGE_VLAN_TUNNEL_VID", Kind: U16},
	3: {Name: "IFLA_BRIDGE_VLAN_TUNNEL_FLAGS", Kind: U16, Values: &vlanFlags},
}

// mstAttrs is the contents of IFLA_BRIDGE_MST.
var mstAttrs = Set{
	1: {Name: "IFLA_BRIDGE_MST_ENTRY", Kind: Nested, Nest: mstEntryAttrs},
}

// mstEntryAttrs is the contents of IFLA_BRIDGE_MST_ENTRY.
var mstEntryAttrs = Set{
	1: {Name: "IFLA_BRIDGE_MST_ENTRY_MSTI", Kind: U16},
	2: {Name: "IFLA_BRIDGE_MST_ENTRY_STATE", Kind: U8, Values: &brStates},
}

// bridgeID is a bridge's ID: the priority, then the MAC address (IEEE 802.1D,
// 9.2.5).
var bridgeID = &CStruct{Name: "ifla_bridge_id", Fields: []Field{
	{Name: "prio", Kind: BE16},
	{Name: "addr", Kind: LLAddr, Len: 6},
}}

// boolOpts is IFLA_BR_MULTI_BOOLOPT (include/uapi/linux/if_bridge.h).
var boolOpts = &CStruct{Name: "br_boolopt_multi", Fields: []Field{
	{Name: "optval", Kind: U32, Values: &boolOptBits},
	{Name: "optmask", Kind: U32, Values: &boolOptBits},
}}

// bridgeVLANInfo is IFLA_BRIDGE_VLAN_INFO.
var bridgeVLANInfo = &CStruct{Name: "bridge_vlan_info", Fields: []Field{
	{Name: "flags", Kind: U16, Values: &vlanFlags},
	{Name: "vid", Kind: U16},
}}

// boolOptBits is enum br_boolopt_id.
var boolOptBits = Values{Prefix: "BR_BOOLOPT_", Bits: true, Numbered: true, Consts: []Const{
	{0, "BR_BOOLOPT_NO_LL_LEARN"},
	{1, "BR_BOOLOPT_MCAST_VLAN_SNOOPING"},
	{2, "BR_BOOLOPT_MST_ENABLE"},
	{3, "BR_BOOLOPT_MDB_OFFLOAD_FAIL_NOTIFICATION"},
	{4, "BR_BOOLOPT_FDB_LOCAL_VLAN_0"},
}}

// vlanFlags is the flags of struct bridge_vlan_info.
var vlanFlags = Values{Prefix: "BRIDGE_VLAN_INFO_", Bits: true, Consts: []Const{
	{1 << 0, "BRIDGE_VLAN_INFO_MASTER"},
	{1 << 1, "BRIDGE_VLAN_INFO_PVID"},
	{1 << 2, "BRIDGE_VLAN_INFO_UNTAGGED"},
	{1 << 3, "BRIDGE_VLAN_INFO_RANGE_BEGIN"},
	{1 << 4, "BRIDGE_VLAN_INFO_RANGE_END"},
	{1 << 5, "BRIDGE_VLAN_INFO_BRENTRY"},
	{1 << 6, "BRIDGE_VLAN_INFO_ONLY_OPTS"},
}}

// bridgeFlags is IFLA_BRIDGE_FLAGS.
var bridgeFlags = Values{Prefix: "BRIDGE_FLAGS_", Bits: true, Consts: []Const{
	{1 << 0, "BRIDGE_FLAGS_MASTER"},
	{1 << 1, "BRIDGE_FLAGS_SELF"},
}}

// bridgeModes is IFLA_BRIDGE_MODE.
var bridgeModes = Values{Prefix: "BRIDGE_MODE_", Consts: []Const{
	{0, "BRIDGE_MODE_VEB"},
	{1, "BRIDGE_MODE_VEPA"},
	{0xffff, "BRIDGE_MODE_UNDEF"},
}}

// brportModes is IFLA_BRPORT_MODE.
var brportModes = Values{Prefix: "BRIDGE_MODE_", Consts: []Const{
	{0, "BRIDGE_MODE_UNSPEC"},
	{1, "BRIDGE_MODE_HAIRPIN"},
}}

// stpModes is IFLA_BR_STP_MODE.
var stpModes = Values{Prefix: "BR_STP_MODE_", Consts: []Const{
	{0, "BR_STP_MODE_AUTO"},
	{1, "BR_STP_MODE_USER"},
	{2, "BR_STP_MODE_KERNEL"},
}}

// brStates is IFLA_BRPORT_STATE.
var brStates = Values{Prefix: "BR_STATE_", Consts: []Const{
	{0, "BR_STATE_DISABLED"},
	{1, "BR_STATE_LISTENING"},
	{2, "BR_STATE_LEARNING"},
	{3, "BR_STATE_FORWARDING"},
	{4, "BR_STATE_BLOCKING"},
}}

// mcastRouters is IFLA_BR_MCAST_ROUTER and IFLA_BRPORT_MULTICAST_ROUTER.
var mcastRouters = Values{Prefix: "MDB_RTR_TYPE_", Consts: []Const{
	{0, "MDB_RTR_TYPE_DISABLED"},
	{1, "MDB_RTR_TYPE_TEMP_QUERY"},
	{2, "MDB_RTR_TYPE_PERM"},
	{3, "MDB_RTR_TYPE_TEMP"},
}}
