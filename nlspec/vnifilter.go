package nlspec

// tunnelMsg is the header of RTM_NEWTUNNEL and the like
// (include/uapi/linux/if_link.h): a VXLAN device's VNI filter.
var tunnelMsg = &CStruct{Name: "tunnel_msg", Fields: []Field{
	{Name: "family", Kind: U8, Values: &families},
	{Name: "flags", Kind: U8, Values: &tunnelMsgFlags},
	{Len: 2},
	{Name: "ifindex", Kind: U32},
}}

// tunnelMsgFlags is flags of struct tunnel_msg.
var tunnelMsgFlags = Values{Prefix: "TUNNEL_MSG_FLAG_", Bits: true, Consts: []Const{
	{1 << 0, "TUNNEL_MSG_FLAG_STATS"},
}}

// vniFilterAttrs is the attributes after struct tunnel_msg.
var vniFilterAttrs = Set{
	1: {Name: "VXLAN_VNIFILTER_ENTRY", Kind: Nested, Nest: vniFilterEntry},
}

// vniFilterEntry is the contents of VXLAN_VNIFILTER_ENTRY.
var vniFilterEntry = Set{
	1: {Name: "VXLAN_VNIFILTER_ENTRY_START", Kind: U32},
	2: {Name: "VXLAN_VNIFILTER_ENTRY_END", Kind: U32},
	3: {Name: "VXLAN_VNIFILTER_ENTRY_GROUP", Kind: IP},
	4: {Name: "VXLAN_VNIFILTER_ENTRY_GROUP6", Kind: IP},
	5: {Name: "VXLAN_VNIFILTER_ENTRY_STATS", Kind: Nested, Nest: vniFilterStats},
}

// vniFilterStats is the contents of VXLAN_VNIFILTER_ENTRY_STATS.
var vniFilterStats = Set{
	1: {Name: "VNIFILTER_ENTRY_STATS_RX_BYTES", Kind: U64},
	2: {Name: "VNIFILTER_ENTRY_STATS_RX_PKTS", Kind: U64},
	3: {Name: "VNIFILTER_ENTRY_STATS_RX_DROPS", Kind: U64},
	4: {Name: "VNIFILTER_ENTRY_STATS_RX_ERRORS", Kind: U64},
	5: {Name: "VNIFILTER_ENTRY_STATS_TX_BYTES", Kind: U64},
	6: {Name: "VNIFILTER_ENTRY_STATS_TX_PKTS", Kind: U64},
	7: {Name: "VNIFILTER_ENTRY_STATS_TX_DROPS", Kind: U64},
	8: {Name: "VNIFILTER_ENTRY_STATS_TX_ERRORS", Kind: U64},
	9: {Name: "VNIFILTER_ENTRY_STATS_PAD", Kind: Pad},
}
