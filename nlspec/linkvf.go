package nlspec

// vfInfoList is the contents of IFLA_VFINFO_LIST, once for each virtual
// function.
var vfInfoList = Set{
	1: {Name: "IFLA_VF_INFO", Kind: Nested, Nest: vfInfo},
}

// vfInfo is the contents of IFLA_VF_INFO (include/uapi/linux/if_link.h).
var vfInfo = Set{
	1:  {Name: "IFLA_VF_MAC", Kind: Struct, Struct: vfMAC},
	2:  {Name: "IFLA_VF_VLAN", Kind: Struct, Struct: vfVLAN},
	3:  {Name: "IFLA_VF_TX_RATE", Kind: Struct, Struct: vfTxRate},
	4:  {Name: "IFLA_VF_SPOOFCHK", Kind: Struct, Struct: vfSpoofchk},
	5:  {Name: "IFLA_VF_LINK_STATE", Kind: Struct, Struct: vfLinkState},
	6:  {Name: "IFLA_VF_RATE", Kind: Struct, Struct: vfRate},
	7:  {Name: "IFLA_VF_RSS_QUERY_EN", Kind: Struct, Struct: vfRSSQueryEn},
	8:  {Name: "IFLA_VF_STATS", Kind: Nested, Nest: vfStats},
	9:  {Name: "IFLA_VF_TRUST", Kind: Struct, Struct: vfTrust},
	10: {Name: "IFLA_VF_IB_NODE_GUID", Kind: Struct, Struct: vfGUID},
	11: {Name: "IFLA_VF_IB_PORT_GUID", Kind: Struct, Struct: vfGUID},
	12: {Name: "IFLA_VF_VLAN_LIST", Kind: Nested, Nest: vfVLANList},
	13: {Name: "IFLA_VF_BROADCAST", Kind: LLAddr},
}

// vfVLANList is the contents of IFLA_VF_VLAN_LIST.
var vfVLANList = Set{
	1: {Name: "IFLA_VF_VLAN_INFO", Kind: Struct, Struct: vfVLANInfo},
}

// vfStats is the contents of IFLA_VF_STATS.
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

// vfPorts is the contents of IFLA_VF_PORTS, once for each virtual function.
var vfPorts = Set{
	1: {Name: "IFLA_VF_PORT", Kind: Nested, Nest: port},
}

// port is the contents of IFLA_VF_PORT and in IFLA_PORT_SELF.
var port = Set{
	1: {Name: "IFLA_PORT_VF", Kind: U32},
	2: {Name: "IFLA_PORT_PROFILE", Kind: String},
	3: {Name: "IFLA_PORT_VSI_TYPE", Kind: Struct, Struct: portVSI},
	4: {Name: "IFLA_PORT_INSTANCE_UUID", Kind: Bytes},
	5: {Name: "IFLA_PORT_HOST_UUID", Kind: Bytes},
	6: {Name: "IFLA_PORT_REQUEST", Kind: U8, Values: &portRequests, By: &portRequest},
	7: {Name: "IFLA_PORT_RESPONSE", Kind: U16, Values: &portResponses},
}

// portRequest selects the type of IFLA_PORT_REQUEST, which is u8 in requests
// (net/core/rtnetlink.c, ifla_port_policy) and u16 in the kernel's messages
// (drivers/net/ethernet/cisco/enic/enic_main.c, enic_get_vf_port).
var portRequest = Selector{What: ByDirection, Cases: []Case{{Number: uint64(Received), Attr: &Attr{Kind: U16, Values: &portRequests}}}}

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

// vfSpoofchk is IFLA_VF_SPOOFCHK.
var vfSpoofchk = &CStruct{Name: "ifla_vf_spoofchk", Fields: vfSetting}

// vfRSSQueryEn is IFLA_VF_RSS_QUERY_EN.
var vfRSSQueryEn = &CStruct{Name: "ifla_vf_rss_query_en", Fields: vfSetting}

// vfTrust is IFLA_VF_TRUST.
var vfTrust = &CStruct{Name: "ifla_vf_trust", Fields: vfSetting}

// vfSetting is the fields of a structure that turns something on or off.
var vfSetting = []Field{
	{Name: "vf", Kind: U32},
	{Name: "setting", Kind: U32},
}

// vfGUID is IFLA_VF_IB_NODE_GUID and IFLA_VF_IB_PORT_GUID.
var vfGUID = &CStruct{Name: "ifla_vf_guid", Fields: []Field{
	{Name: "vf", Kind: U32},
	{Len: 4},
	{Name: "guid", Kind: U64},
}}

// portVSI is IFLA_PORT_VSI_TYPE.
var portVSI = &CStruct{Name: "ifla_port_vsi", Fields: []Field{
	{Name: "vsi_mgr_id", Kind: U8},
	{Name: "vsi_type_id", Kind: Bytes, Len: 3},
	{Name: "vsi_type_version", Kind: U8},
	{Len: 3},
}}

// portRequests is IFLA_PORT_REQUEST.
var portRequests = Values{Prefix: "PORT_REQUEST_", Consts: []Const{
	{0, "PORT_REQUEST_PREASSOCIATE"},
	{1, "PORT_REQUEST_PREASSOCIATE_RR"},
	{2, "PORT_REQUEST_ASSOCIATE"},
	{3, "PORT_REQUEST_DISASSOCIATE"},
}}

// portResponses is IFLA_PORT_RESPONSE. VIOALTION is the kernel's spelling.
var portResponses = Values{Prefix: "PORT_", Consts: []Const{
	{0, "PORT_VDP_RESPONSE_SUCCESS"},
	{1, "PORT_VDP_RESPONSE_INVALID_FORMAT"},
	{2, "PORT_VDP_RESPONSE_INSUFFICIENT_RESOURCES"},
	{3, "PORT_VDP_RESPONSE_UNUSED_VTID"},
	{4, "PORT_VDP_RESPONSE_VTID_VIOLATION"},
	{5, "PORT_VDP_RESPONSE_VTID_VERSION_VIOALTION"},
	{6, "PORT_VDP_RESPONSE_OUT_OF_SYNC"},
	{0x100, "PORT_PROFILE_RESPONSE_SUCCESS"},
	{0x101, "PORT_PROFILE_RESPONSE_INPROGRESS"},
	{0x102, "PORT_PROFILE_RESPONSE_INVALID"},
	{0x103, "PORT_PROFILE_RESPONSE_BADSTATE"},
	{0x104, "PORT_PROFILE_RESPONSE_INSUFFICIENT_RESOURCES"},
	{0x105, "PORT_PROFILE_RESPONSE_ERROR"},
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
