package nlspec

import "golang.org/x/sys/unix"

// ifStatsMsg is the header of statistics messages
// (include/uapi/linux/if_link.h).
var ifStatsMsg = &CStruct{Name: "if_stats_msg", Fields: []Field{
	{Name: "family", Kind: U8, Values: &families},
	{Len: 3},
	{Name: "ifindex", Kind: U32},
	{Name: "filter_mask", Kind: U32, Values: &statsFilter},
}}

// statsAttrs is the attributes after struct if_stats_msg in RTM_NEWSTATS.
var statsAttrs = Set{
	1: {Name: "IFLA_STATS_LINK_64", Kind: Struct, Struct: rtnlLinkStats64},
	2: {Name: "IFLA_STATS_LINK_XSTATS", Kind: Nested, Nest: linkXstats},
	3: {Name: "IFLA_STATS_LINK_XSTATS_SLAVE", Kind: Nested, Nest: linkXstats},
	4: {Name: "IFLA_STATS_LINK_OFFLOAD_XSTATS", Kind: Nested, Nest: offloadXstats},
	5: {Name: "IFLA_STATS_AF_SPEC", Kind: Nested, Nest: statsAFSpec},
}

// statsGetSet is the attributes after struct if_stats_msg in RTM_GETSTATS and
// RTM_SETSTATS.
var statsGetSet = Set{
	1: {Name: "IFLA_STATS_GET_FILTERS", Kind: Nested, Nest: statsFilters},
	2: {Name: "IFLA_STATS_SET_OFFLOAD_XSTATS_L3_STATS", Kind: U8},
}

// statsFilters is the contents of IFLA_STATS_GET_FILTERS: for each group of
// statistics, those that are asked for.
var statsFilters = Set{
	1: {Name: "IFLA_STATS_LINK_64", Kind: U32},
	2: {Name: "IFLA_STATS_LINK_XSTATS", Kind: U32},
	3: {Name: "IFLA_STATS_LINK_XSTATS_SLAVE", Kind: U32},
	4: {Name: "IFLA_STATS_LINK_OFFLOAD_XSTATS", Kind: U32, Values: &offloadFilter},
	5: {Name: "IFLA_STATS_AF_SPEC", Kind: U32},
}

// statsFilter is filter_mask of struct if_stats_msg: bit N-1 asks for attribute
// N (IFLA_STATS_FILTER_BIT).
var statsFilter = Values{Prefix: "IFLA_STATS_", Bits: true, Numbered: true, From: 1, Consts: []Const{
	{1, "IFLA_STATS_LINK_64"},
	{2, "IFLA_STATS_LINK_XSTATS"},
	{3, "IFLA_STATS_LINK_XSTATS_SLAVE"},
	{4, "IFLA_STATS_LINK_OFFLOAD_XSTATS"},
	{5, "IFLA_STATS_AF_SPEC"},
}}

// offloadFilter is the same for the attributes in
// IFLA_STATS_LINK_OFFLOAD_XSTATS.
var offloadFilter = Values{Prefix: "IFLA_OFFLOAD_XSTATS_", Bits: true, Numbered: true, From: 1, Consts: []Const{
	{1, "IFLA_OFFLOAD_XSTATS_CPU_HIT"},
	{2, "IFLA_OFFLOAD_XSTATS_HW_S_INFO"},
	{3, "IFLA_OFFLOAD_XSTATS_L3_STATS"},
}}

// linkXstats is the contents of IFLA_STATS_LINK_XSTATS and
// IFLA_STATS_LINK_XSTATS_SLAVE, one nest per link kind.
var linkXstats = Set{
	1: {Name: "LINK_XSTATS_TYPE_BRIDGE", Kind: Nested, Nest: bridgeXstats},
	2: {Name: "LINK_XSTATS_TYPE_BOND", Kind: Nested, Nest: bondXstats},
}

// offloadXstats is the contents of IFLA_STATS_LINK_OFFLOAD_XSTATS.
var offloadXstats = Set{
	1: {Name: "IFLA_OFFLOAD_XSTATS_CPU_HIT", Kind: Struct, Struct: rtnlLinkStats64},
	2: {Name: "IFLA_OFFLOAD_XSTATS_HW_S_INFO", Kind: Nested, Nest: offloadHWInfo},
	3: {Name: "IFLA_OFFLOAD_XSTATS_L3_STATS", Kind: Struct, Struct: rtnlHWStats64},
}

// offloadHWInfo is the contents of IFLA_OFFLOAD_XSTATS_HW_S_INFO, one nest per
// kind of statistics.
var offloadHWInfo = Set{
	3: {Name: "IFLA_OFFLOAD_XSTATS_L3_STATS", Kind: Nested, Nest: offloadHWState},
}

// offloadHWState is the contents of a nest of IFLA_OFFLOAD_XSTATS_HW_S_INFO.
var offloadHWState = Set{
	1: {Name: "IFLA_OFFLOAD_XSTATS_HW_S_INFO_REQUEST", Kind: U8},
	2: {Name: "IFLA_OFFLOAD_XSTATS_HW_S_INFO_USED", Kind: U8},
}

// statsAFSpec is the contents of IFLA_STATS_AF_SPEC, indexed by address family.
var statsAFSpec = Set{
	unix.AF_MPLS: {Name: "AF_MPLS", Kind: Nested, Nest: mplsStats},
}

// mplsStats is the contents of AF_MPLS of IFLA_STATS_AF_SPEC
// (include/uapi/linux/mpls.h).
var mplsStats = Set{
	1: {Name: "MPLS_STATS_LINK", Kind: Struct, Struct: mplsLinkStats},
}

// mplsLinkStats is MPLS_STATS_LINK.
var mplsLinkStats = &CStruct{Name: "mpls_link_stats", Fields: []Field{
	{Name: "rx_packets", Kind: U64},
	{Name: "tx_packets", Kind: U64},
	{Name: "rx_bytes", Kind: U64},
	{Name: "tx_bytes", Kind: U64},
	{Name: "rx_errors", Kind: U64},
	{Name: "tx_errors", Kind: U64},
	{Name: "rx_dropped", Kind: U64},
	{Name: "tx_dropped", Kind: U64},
	{Name: "rx_noroute", Kind: U64},
}}

// rtnlHWStats64 is IFLA_OFFLOAD_XSTATS_L3_STATS.
var rtnlHWStats64 = &CStruct{Name: "rtnl_hw_stats64", Fields: []Field{
	{Name: "rx_packets", Kind: U64},
	{Name: "tx_packets", Kind: U64},
	{Name: "rx_bytes", Kind: U64},
	{Name: "tx_bytes", Kind: U64},
	{Name: "rx_errors", Kind: U64},
	{Name: "tx_errors", Kind: U64},
	{Name: "rx_dropped", Kind: U64},
	{Name: "tx_dropped", Kind: U64},
	{Name: "multicast", Kind: U64},
}}
