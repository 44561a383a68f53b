package nlspec

// bridgeXstats is the contents of LINK_XSTATS_TYPE_BRIDGE
// (include/uapi/linux/if_bridge.h).
var bridgeXstats = Set{
	1: {Name: "BRIDGE_XSTATS_VLAN", Kind: Struct, Struct: bridgeVLANXstats},
	2: {Name: "BRIDGE_XSTATS_MCAST", Kind: Struct, Struct: brMcastStats},
	3: {Name: "BRIDGE_XSTATS_PAD", Kind: Pad},
	4: {Name: "BRIDGE_XSTATS_STP", Kind: Struct, Struct: bridgeSTPXstats},
}

// bridgeVLANXstats is BRIDGE_XSTATS_VLAN, which occurs once for each VLAN.
var bridgeVLANXstats = &CStruct{Name: "bridge_vlan_xstats", Fields: []Field{
	{Name: "rx_bytes", Kind: U64},
	{Name: "rx_packets", Kind: U64},
	{Name: "tx_bytes", Kind: U64},
	{Name: "tx_packets", Kind: U64},
	{Name: "vid", Kind: U16},
	{Name: "flags", Kind: U16, Values: &vlanFlags},
	{Len: 4},
}}

// bridgeSTPXstats is BRIDGE_XSTATS_STP.
var bridgeSTPXstats = &CStruct{Name: "bridge_stp_xstats", Fields: []Field{
	{Name: "transition_blk", Kind: U64},
	{Name: "transition_fwd", Kind: U64},
	{Name: "rx_bpdu", Kind: U64},
	{Name: "tx_bpdu", Kind: U64},
	{Name: "rx_tcn", Kind: U64},
	{Name: "tx_tcn", Kind: U64},
}}

// brMcastStats is BRIDGE_XSTATS_MCAST: IGMP and MLD messages received and sent.
// The kernel's fields are arrays of BR_MCAST_DIR_RX and BR_MCAST_DIR_TX.
var brMcastStats = &CStruct{Name: "br_mcast_stats", Fields: []Field{
	{Name: "igmp_v1queries_rx", Kind: U64},
	{Name: "igmp_v1queries_tx", Kind: U64},
	{Name: "igmp_v2queries_rx", Kind: U64},
	{Name: "igmp_v2queries_tx", Kind: U64},
	{Name: "igmp_v3queries_rx", Kind: U64},
	{Name: "igmp_v3queries_tx", Kind: U64},
	{Name: "igmp_leaves_rx", Kind: U64},
	{Name: "igmp_leaves_tx", Kind: U64},
	{Name: "igmp_v1reports_rx", Kind: U64},
	{Name: "igmp_v1reports_tx", Kind: U64},
	{Name: "igmp_v2reports_rx", Kind: U64},
	{Name: "igmp_v2reports_tx", Kind: U64},
	{Name: "igmp_v3reports_rx", Kind: U64},
	{Name: "igmp_v3reports_tx", Kind: U64},
	{Name: "igmp_parse_errors", Kind: U64},
	{Name: "mld_v1queries_rx", Kind: U64},
	{Name: "mld_v1queries_tx", Kind: U64},
	{Name: "mld_v2queries_rx", Kind: U64},
	{Name: "mld_v2queries_tx", Kind: U64},
	{Name: "mld_leaves_rx", Kind: U64},
	{Name: "mld_leaves_tx", Kind: U64},
	{Name: "mld_v1reports_rx", Kind: U64},
	{Name: "mld_v1reports_tx", Kind: U64},
	{Name: "mld_v2reports_rx", Kind: U64},
	{Name: "mld_v2reports_tx", Kind: U64},
	{Name: "mld_parse_errors", Kind: U64},
	{Name: "mcast_bytes_rx", Kind: U64},
	{Name: "mcast_bytes_tx", Kind: U64},
	{Name: "mcast_packets_rx", Kind: U64},
	{Name: "mcast_packets_tx", Kind: U64},
}}

// bondXstats is the contents of LINK_XSTATS_TYPE_BOND
// (include/uapi/linux/if_bonding.h).
var bondXstats = Set{
	1: {Name: "BOND_XSTATS_3AD", Kind: Nested, Nest: bond3ADStats},
}

// bond3ADStats is the contents of BOND_XSTATS_3AD.
var bond3ADStats = Set{
	0: {Name: "BOND_3AD_STAT_LACPDU_RX", Kind: U64},
	1: {Name: "BOND_3AD_STAT_LACPDU_TX", Kind: U64},
	2: {Name: "BOND_3AD_STAT_LACPDU_UNKNOWN_RX", Kind: U64},
	3: {Name: "BOND_3AD_STAT_LACPDU_ILLEGAL_RX", Kind: U64},
	4: {Name: "BOND_3AD_STAT_MARKER_RX", Kind: U64},
	5: {Name: "BOND_3AD_STAT_MARKER_TX", Kind: U64},
	6: {Name: "BOND_3AD_STAT_MARKER_RESP_RX", Kind: U64},
	7: {Name: "BOND_3AD_STAT_MARKER_RESP_TX", Kind: U64},
	8: {Name: "BOND_3AD_STAT_MARKER_UNKNOWN_RX", Kind: U64},
	9: {Name: "BOND_3AD_STAT_PAD", Kind: Pad},
}
