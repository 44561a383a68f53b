package nlspec

// brVLANMsg is the header of RTM_NEWVLAN and the like
// (include/uapi/linux/if_bridge.h): a bridge's VLAN database.
var brVLANMsg = &CStruct{Name: "br_vlan_msg", Fields: []Field{
	{Name: "family", Kind: U8, Values: &families},
	{Len: 3},
	{Name: "ifindex", Kind: U32},
}}

// vlanDBAttrs is the attributes after struct br_vlan_msg in RTM_NEWVLAN and
// RTM_DELVLAN.
var vlanDBAttrs = Set{
	1: {Name: "BRIDGE_VLANDB_ENTRY", Kind: Nested, Nest: vlanDBEntry},
	2: {Name: "BRIDGE_VLANDB_GLOBAL_OPTIONS", Kind: Nested, Nest: vlanDBGlobal},
}

// vlanDBDump is the attributes after struct br_vlan_msg in RTM_GETVLAN.
var vlanDBDump = Set{
	1: {Name: "BRIDGE_VLANDB_DUMP_FLAGS", Kind: U32, Values: &vlanDBDumpFlags},
}

// vlanDBDumpFlags is BRIDGE_VLANDB_DUMP_FLAGS.
var vlanDBDumpFlags = Values{Prefix: "BRIDGE_VLANDB_DUMPF_", Bits: true, Consts: []Const{
	{1 << 0, "BRIDGE_VLANDB_DUMPF_STATS"},
	{1 << 1, "BRIDGE_VLANDB_DUMPF_GLOBAL"},
}}

// vlanDBEntry is the contents of BRIDGE_VLANDB_ENTRY.
var vlanDBEntry = Set{
	1:  {Name: "BRIDGE_VLANDB_ENTRY_INFO", Kind: Struct, Struct: bridgeVLANInfo},
	2:  {Name: "BRIDGE_VLANDB_ENTRY_RANGE", Kind: U16},
	3:  {Name: "BRIDGE_VLANDB_ENTRY_STATE", Kind: U8, Values: &brStates},
	4:  {Name: "BRIDGE_VLANDB_ENTRY_TUNNEL_INFO", Kind: Nested, Nest: vlanDBTunnel},
	5:  {Name: "BRIDGE_VLANDB_ENTRY_STATS", Kind: Nested, Nest: vlanDBStats},
	6:  {Name: "BRIDGE_VLANDB_ENTRY_MCAST_ROUTER", Kind: U8, Values: &mcastRouters},
	7:  {Name: "BRIDGE_VLANDB_ENTRY_MCAST_N_GROUPS", Kind: U32},
	8:  {Name: "BRIDGE_VLANDB_ENTRY_MCAST_MAX_GROUPS", Kind: U32},
	9:  {Name: "BRIDGE_VLANDB_ENTRY_NEIGH_SUPPRESS", Kind: U8},
	10: {Name: "BRIDGE_VLANDB_ENTRY_NEIGH_FORWARD_GRAT", Kind: U8},
}

// vlanDBTunnel is the contents of BRIDGE_VLANDB_ENTRY_TUNNEL_INFO.
var vlanDBTunnel = Set{
	1: {Name: "BRIDGE_VLANDB_TINFO_ID", Kind: U32},
	2: {Name: "BRIDGE_VLANDB_TINFO_CMD", Kind: U32, Values: &vlanDBTunnelCommands},
}

// vlanDBTunnelCommands is BRIDGE_VLANDB_TINFO_CMD
// (net/bridge/br_vlan_options.c).
var vlanDBTunnelCommands = Values{Prefix: "RTM_", Consts: []Const{
	{19, "RTM_SETLINK"},
	{17, "RTM_DELLINK"},
}}

// vlanDBStats is the contents of BRIDGE_VLANDB_ENTRY_STATS.
var vlanDBStats = Set{
	1: {Name: "BRIDGE_VLANDB_STATS_RX_BYTES", Kind: U64},
	2: {Name: "BRIDGE_VLANDB_STATS_RX_PACKETS", Kind: U64},
	3: {Name: "BRIDGE_VLANDB_STATS_TX_BYTES", Kind: U64},
	4: {Name: "BRIDGE_VLANDB_STATS_TX_PACKETS", Kind: U64},
	5: {Name: "BRIDGE_VLANDB_STATS_PAD", Kind: Pad},
}

// vlanDBGlobal is the contents of BRIDGE_VLANDB_GLOBAL_OPTIONS. Times are in
// clock ticks of 1/100 s.
var vlanDBGlobal = Set{
	1:  {Name: "BRIDGE_VLANDB_GOPTS_ID", Kind: U16},
	2:  {Name: "BRIDGE_VLANDB_GOPTS_RANGE", Kind: U16},
	3:  {Name: "BRIDGE_VLANDB_GOPTS_MCAST_SNOOPING", Kind: U8},
	4:  {Name: "BRIDGE_VLANDB_GOPTS_MCAST_IGMP_VERSION", Kind: U8},
	5:  {Name: "BRIDGE_VLANDB_GOPTS_MCAST_MLD_VERSION", Kind: U8},
	6:  {Name: "BRIDGE_VLANDB_GOPTS_MCAST_LAST_MEMBER_CNT", Kind: U32},
	7:  {Name: "BRIDGE_VLANDB_GOPTS_MCAST_STARTUP_QUERY_CNT", Kind: U32},
	8:  {Name: "BRIDGE_VLANDB_GOPTS_MCAST_LAST_MEMBER_INTVL", Kind: U64},
	9:  {Name: "BRIDGE_VLANDB_GOPTS_PAD", Kind: Pad},
	10: {Name: "BRIDGE_VLANDB_GOPTS_MCAST_MEMBERSHIP_INTVL", Kind: U64},
	11: {Name: "BRIDGE_VLANDB_GOPTS_MCAST_QUERIER_INTVL", Kind: U64},
	12: {Name: "BRIDGE_VLANDB_GOPTS_MCAST_QUERY_INTVL", Kind: U64},
	13: {Name: "BRIDGE_VLANDB_GOPTS_MCAST_QUERY_RESPONSE_INTVL", Kind: U64},
	14: {Name: "BRIDGE_VLANDB_GOPTS_MCAST_STARTUP_QUERY_INTVL", Kind: U64},
	15: {Name: "BRIDGE_VLANDB_GOPTS_MCAST_QUERIER", Kind: U8},
	16: {Name: "BRIDGE_VLANDB_GOPTS_MCAST_ROUTER_PORTS", Kind: Nested, Nest: vlanDBRouterPorts},
	17: {Name: "BRIDGE_VLANDB_GOPTS_MCAST_QUERIER_STATE", Kind: Nested, Nest: querierAttrs},
	18: {Name: "BRIDGE_VLANDB_GOPTS_MSTI", Kind: U16},
}

// vlanDBRouterPorts is the contents of BRIDGE_VLANDB_GOPTS_MCAST_ROUTER_PORTS.
var vlanDBRouterPorts = Set{
	2: {Name: "MDBA_ROUTER", Kind: Nested, Nest: mdbRouter},
}
