package nlspec

// vxlanAttrs is a VXLAN's IFLA_INFO_DATA (include/uapi/linux/if_link.h).
var vxlanAttrs = Set{
	1:  {Name: "IFLA_VXLAN_ID", Kind: U32},
	2:  {Name: "IFLA_VXLAN_GROUP", Kind: IP},
	3:  {Name: "IFLA_VXLAN_LINK", Kind: U32},
	4:  {Name: "IFLA_VXLAN_LOCAL", Kind: IP},
	5:  {Name: "IFLA_VXLAN_TTL", Kind: U8},
	6:  {Name: "IFLA_VXLAN_TOS", Kind: U8},
	7:  {Name: "IFLA_VXLAN_LEARNING", Kind: U8},
	8:  {Name: "IFLA_VXLAN_AGEING", Kind: U32},
	9:  {Name: "IFLA_VXLAN_LIMIT", Kind: U32},
	10: {Name: "IFLA_VXLAN_PORT_RANGE", Kind: Struct, Struct: portRange},
	11: {Name: "IFLA_VXLAN_PROXY", Kind: U8},
	12: {Name: "IFLA_VXLAN_RSC", Kind: U8},
	13: {Name: "IFLA_VXLAN_L2MISS", Kind: U8},
	14: {Name: "IFLA_VXLAN_L3MISS", Kind: U8},
	15: {Name: "IFLA_VXLAN_PORT", Kind: BE16},
	16: {Name: "IFLA_VXLAN_GROUP6", Kind: IP},
	17: {Name: "IFLA_VXLAN_LOCAL6", Kind: IP},
	18: {Name: "IFLA_VXLAN_UDP_CSUM", Kind: U8},
	19: {Name: "IFLA_VXLAN_UDP_ZERO_CSUM6_TX", Kind: U8},
	20: {Name: "IFLA_VXLAN_UDP_ZERO_CSUM6_RX", Kind: U8},
	21: {Name: "IFLA_VXLAN_REMCSUM_TX", Kind: U8},
	22: {Name: "IFLA_VXLAN_REMCSUM_RX", Kind: U8},
	23: {Name: "IFLA_VXLAN_GBP", Kind: Flag},
	24: {Name: "IFLA_VXLAN_REMCSUM_NOPARTIAL", Kind: Flag},
	25: {Name: "IFLA_VXLAN_COLLECT_METADATA", Kind: U8},
	26: {Name: "IFLA_VXLAN_LABEL", Kind: BE32},
	27: {Name: "IFLA_VXLAN_GPE", Kind: Flag},
	28: {Name: "IFLA_VXLAN_TTL_INHERIT", Kind: U8, By: &flagInRequest},
	29: {Name: "IFLA_VXLAN_DF", Kind: U8, Values: &vxlanDF},
	30: {Name: "IFLA_VXLAN_VNIFILTER", Kind: U8},
	31: {Name: "IFLA_VXLAN_LOCALBYPASS", Kind: U8},
	32: {Name: "IFLA_VXLAN_LABEL_POLICY", Kind: U32},
	33: {Name: "IFLA_VXLAN_RESERVED_BITS"},
	34: {Name: "IFLA_VXLAN_MC_ROUTE", Kind: U8},
}

// flagInRequest decides on what the kernel takes as a flag and sends as a number (drivers/net/vxlan/vxlan_core.c,
// vxlan_policy and vxlan_fill_info).
var flagInRequest = Selector{What: ByDirection, Cases: []Case{{Number: uint64(Sent), Attr: &Attr{Kind: Flag}}}}

// portRange is IFLA_VXLAN_PORT_RANGE and IFLA_GENEVE_PORT_RANGE.
var portRange = &CStruct{Name: "ifla_vxlan_port_range", Fields: []Field{
	{Name: "low", Kind: BE16},
	{Name: "high", Kind: BE16},
}}

// vxlanDF is IFLA_VXLAN_DF.
var vxlanDF = Values{Prefix: "VXLAN_DF_", Consts: []Const{
	{0, "VXLAN_DF_UNSET"},
	{1, "VXLAN_DF_SET"},
	{2, "VXLAN_DF_INHERIT"},
}}

// geneveAttrs is a Geneve tunnel's.
var geneveAttrs = Set{
	1:  {Name: "IFLA_GENEVE_ID", Kind: U32},
	2:  {Name: "IFLA_GENEVE_REMOTE", Kind: IP},
	3:  {Name: "IFLA_GENEVE_TTL", Kind: U8},
	4:  {Name: "IFLA_GENEVE_TOS", Kind: U8},
	5:  {Name: "IFLA_GENEVE_PORT", Kind: BE16},
	6:  {Name: "IFLA_GENEVE_COLLECT_METADATA", Kind: Flag},
	7:  {Name: "IFLA_GENEVE_REMOTE6", Kind: IP},
	8:  {Name: "IFLA_GENEVE_UDP_CSUM", Kind: U8},
	9:  {Name: "IFLA_GENEVE_UDP_ZERO_CSUM6_TX", Kind: U8},
	10: {Name: "IFLA_GENEVE_UDP_ZERO_CSUM6_RX", Kind: U8},
	11: {Name: "IFLA_GENEVE_LABEL", Kind: BE32},
	12: {Name: "IFLA_GENEVE_TTL_INHERIT", Kind: U8},
	13: {Name: "IFLA_GENEVE_DF", Kind: U8},
	14: {Name: "IFLA_GENEVE_INNER_PROTO_INHERIT", Kind: Flag},
	15: {Name: "IFLA_GENEVE_PORT_RANGE", Kind: Struct, Struct: portRange},
}

// greAttrs is a GRE or ERSPAN tunnel's (include/uapi/linux/if_tunnel.h).
var greAttrs = Set{
	1:  {Name: "IFLA_GRE_LINK", Kind: U32},
	2:  {Name: "IFLA_GRE_IFLAGS", Kind: BE16},
	3:  {Name: "IFLA_GRE_OFLAGS", Kind: BE16},
	4:  {Name: "IFLA_GRE_IKEY", Kind: BE32},
	5:  {Name: "IFLA_GRE_OKEY", Kind: BE32},
	6:  {Name: "IFLA_GRE_LOCAL", Kind: IP},
	7:  {Name: "IFLA_GRE_REMOTE", Kind: IP},
	8:  {Name: "IFLA_GRE_TTL", Kind: U8},
	9:  {Name: "IFLA_GRE_TOS", Kind: U8},
	10: {Name: "IFLA_GRE_PMTUDISC", Kind: U8},
	11: {Name: "IFLA_GRE_ENCAP_LIMIT", Kind: U8},
	12: {Name: "IFLA_GRE_FLOWINFO", Kind: BE32},
	13: {Name: "IFLA_GRE_FLAGS", Kind: U32},
	14: {Name: "IFLA_GRE_ENCAP_TYPE", Kind: U16},
	15: {Name: "IFLA_GRE_ENCAP_FLAGS", Kind: U16},
	16: {Name: "IFLA_GRE_ENCAP_SPORT", Kind: BE16},
	17: {Name: "IFLA_GRE_ENCAP_DPORT", Kind: BE16},
	18: {Name: "IFLA_GRE_COLLECT_METADATA", Kind: Flag},
	19: {Name: "IFLA_GRE_IGNORE_DF", Kind: U8},
	20: {Name: "IFLA_GRE_FWMARK", Kind: U32},
	21: {Name: "IFLA_GRE_ERSPAN_INDEX", Kind: U32},
	22: {Name: "IFLA_GRE_ERSPAN_VER", Kind: U8},
	23: {Name: "IFLA_GRE_ERSPAN_DIR", Kind: U8},
	24: {Name: "IFLA_GRE_ERSPAN_HWID", Kind: U16},
}

// iptunAttrs is an IPIP, SIT or IPv6 tunnel's.
var iptunAttrs = Set{
	1:  {Name: "IFLA_IPTUN_LINK", Kind: U32},
	2:  {Name: "IFLA_IPTUN_LOCAL", Kind: IP},
	3:  {Name: "IFLA_IPTUN_REMOTE", Kind: IP},
	4:  {Name: "IFLA_IPTUN_TTL", Kind: U8},
	5:  {Name: "IFLA_IPTUN_TOS", Kind: U8},
	6:  {Name: "IFLA_IPTUN_ENCAP_LIMIT", Kind: U8},
	7:  {Name: "IFLA_IPTUN_FLOWINFO", Kind: BE32},
	8:  {Name: "IFLA_IPTUN_FLAGS", Kind: U32, By: &iptunFlags},
	9:  {Name: "IFLA_IPTUN_PROTO", Kind: U8},
	10: {Name: "IFLA_IPTUN_PMTUDISC", Kind: U8},
	11: {Name: "IFLA_IPTUN_6RD_PREFIX", Kind: IP},
	12: {Name: "IFLA_IPTUN_6RD_RELAY_PREFIX", Kind: IP},
	13: {Name: "IFLA_IPTUN_6RD_PREFIXLEN", Kind: U16},
	14: {Name: "IFLA_IPTUN_6RD_RELAY_PREFIXLEN", Kind: U16},
	15: {Name: "IFLA_IPTUN_ENCAP_TYPE", Kind: U16},
	16: {Name: "IFLA_IPTUN_ENCAP_FLAGS", Kind: U16},
	17: {Name: "IFLA_IPTUN_ENCAP_SPORT", Kind: BE16},
	18: {Name: "IFLA_IPTUN_ENCAP_DPORT", Kind: BE16},
	19: {Name: "IFLA_IPTUN_COLLECT_METADATA", Kind: Flag},
	20: {Name: "IFLA_IPTUN_FWMARK", Kind: U32},
}

// iptunFlags decides on IFLA_IPTUN_FLAGS: IP6_TNL_F_* of ip6tnl, but i_flags of sit (net/ipv6/sit.c, ipip6_fill_info).
var iptunFlags = Selector{Sibling: 1, Up: 1, Cases: []Case{{Name: "sit", Attr: &Attr{Kind: BE16}}}}
