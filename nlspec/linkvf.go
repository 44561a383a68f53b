package nlspec

// vfInfoList is what stands in IFLA_VFINFO_LIST, once for each virtual function.
var vfInfoList = Set{
	1: {Name: "IFLA_VF_INFO", Kind: Nested, Nest: vfInfo},
}

// vfInfo is what stands in IFLA_VF_INFO (include/uapi/linux/if_link.h).
var vfInfo = Set{
	1:  {Name: "IFLA_VF_MAC", Kind: Struct, Struct: vfMAC},
	2:  {Name: "IFLA_VF_VLAN", Kind: Struct, Struct: vfVLAN},
	3:  {Name: "IFLA_VF_TX_RATE", Kind: Struct, Struct: vfTxRate},
	4:  {Name: "IFLA_VF_SPOOFCHK", Kind: Struct, Struct: vfSetting},
	5:  {Name: "IFLA_VF_LINK_STATE", Kind: Struct, Struct: vfLinkState},
	6:  {Name: "IFLA_VF_RATE", Kind: Struct, Struct: vfRate},
	7:  {Name: "IFLA_VF_RSS_QUERY_EN", Kind: Struct, Struct: vfSetting},
	8:  {Name: "IFLA_VF_STATS", Kind: Nested, Nest: vfStats},
	9:  {Name: "IFLA_VF_TRUST", Kind: Struct, Struct: vfSetting},
	10: {Name: "IFLA_VF_IB_NODE_GUID"},
	11: {Name: "IFLA_VF_IB_PORT_GUID"},
	12: {Name: "IFLA_VF_VLAN_LIST", Kind: Nested, Nest: vfVLANList},
	13: {Name: "IFLA_VF_BROADCAST", Kind: LLAddr},
}

// vfVLANList is what stands in IFLA_VF_VLAN_LIST.
var vfVLANList = Set{
	1: {Name: "IFLA_VF_VLAN_INFO", Kind: Struct, Struct: vfVLANInfo},
}

// vfStats is what stands in IFLA_VF_STATS.
var vfStats = Set{
	0: {Name: "IFLA_VF_STATS_RX_PACKETS", Kind: U64},
	1: {Name: "IFLA_VF_STATS_TX_PACKETS", Kind: U64},
	2: {Name: "IFLA_VF_STATS_RX_BYTES", Kind: U64},
	3: {Name: "IFLA_VF_STATS_TX_BYTES", Kind: U64},
	4: {Name: "IFLA_VF_STATS_BROADCAST", Kind: U64},
	5: {Name: "IFLA_VF_STATS_MULTICAST", Kind: U64},
	6: {Name: "IFLA_VF_STATS_PAD", Kind: Pad},
	7: {Name: "IFLA_VF_STATS_RX_DROPPED", Kind: U64},
	8: {Name: "IFLA_VF_STATS_TX_DROPPED", Kind: U64},
}

// vfPorts is what stands in IFLA_VF_PORTS, once for each virtual function.
var vfPorts = Set{
	1: {Name: "IFLA_VF_PORT", Kind: Nested, Nest: port},
}

// port is what stands in IFLA_VF_PORT and in IFLA_PORT_SELF.
var port = Set{
	1: {Name: "IFLA_PORT_VF", Kind: U32},
	2: {Name: "IFLA_PORT_PROFILE", Kind: String},
	3: {Name: "IFLA_PORT_VSI_TYPE"},
	4: {Name: "IFLA_PORT_INSTANCE_UUID"},
	5: {Name: "IFLA_PORT_HOST_UUID"},
	6: {Name: "IFLA_PORT_REQUEST", Kind: U8, By: &portRequest},
	7: {Name: "IFLA_PORT_RESPONSE", Kind: U16},
}

// portRequest decides on IFLA_PORT_REQUEST, which is u8 in what the kernel takes (net/core/rtnetlink.c, ifla_port_policy)
// and u16 in what it sends (drivers/net/ethernet/cisco/enic/enic_main.c, enic_get_vf_port).
var portRequest = Selector{What: ByDirection, Cases: []Case{{Number: uint64(Received), Attr: elemU16}}}

// vfMAC is IFLA_VF_MAC.
var vfMAC = &CStruct{Name: "ifla_vf_mac", Fields: []Field{
	{Name: "vf", Kind: U32},
	{Name: "mac", Kind: LLAddr, Len: 32},
}}

// vfVLAN is IFLA_VF_VLAN.
var vfVLAN = &CStruct{Name: "ifla_vf_vlan", Fields: []Field{
	{Name: "vf", Kind: U32},
	{Name: "vlan", Kind: U32},
	{Name: "qos", Kind: U32},
}}

// vfVLANInfo is IFLA_VF_VLAN_INFO.
var vfVLANInfo = &CStruct{Name: "ifla_vf_vlan_info", Fields: []Field{
	{Name: "vf", Kind: U32},
	{Name: "vlan", Kind: U32},
	{Name: "qos", Kind: U32},
	{Name: "vlan_proto", Kind: BE16},
	{Len: 2},
}}

// vfTxRate is IFLA_VF_TX_RATE.
var vfTxRate = &CStruct{Name: "ifla_vf_tx_rate", Fields: []Field{
	{Name: "vf", Kind: U32},
	{Name: "rate", Kind: U32},
}}

// vfRate is IFLA_VF_RATE.
var vfRate = &CStruct{Name: "ifla_vf_rate", Fields: []Field{
	{Name: "vf", Kind: U32},
	{Name: "min_tx_rate", Kind: U32},
	{Name: "max_tx_rate", Kind: U32},
}}

// vfSetting is IFLA_VF_SPOOFCHK, and the like for IFLA_VF_RSS_QUERY_EN and IFLA_VF_TRUST.
var vfSetting = &CStruct{Name: "ifla_vf_spoofchk", Fields: []Field{
	{Name: "vf", Kind: U32},
	{Name: "setting", Kind: U32},
}}

// vfLinkState is IFLA_VF_LINK_STATE.
var vfLinkState = &CStruct{Name: "ifla_vf_link_state", Fields: []Field{
	{Name: "vf", Kind: U32},
	{Name: "link_state", Kind: U32, Values: &vfLinkStates},
}}

// vfLinkStates is the link_state of struct ifla_vf_link_state.
var vfLinkStates = Values{Prefix: "IFLA_VF_LINK_STATE_", Consts: []Const{
	{0, "IFLA_VF_LINK_STATE_AUTO"},
	{1, "IFLA_VF_LINK_STATE_ENABLE"},
	{2, "IFLA_VF_LINK_STATE_DISABLE"},
}}
