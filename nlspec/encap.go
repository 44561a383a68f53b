package nlspec

import "golang.org/x/sys/unix"

// encap selects the contents of RTA_ENCAP by RTA_ENCAP_TYPE.
var encap = Selector{Sibling: unix.RTA_ENCAP_TYPE, Cases: encapCases}

// encapCases is the contents of RTA_ENCAP and NHA_ENCAP.
var encapCases = []Case{
	{Number: 1, Set: mplsEncap},
	{Number: 2, Set: ipEncap},
	{Number: 3, Set: ilaEncap},
	{Number: 4, Set: ip6Encap},
	{Number: 5, Set: seg6Encap},
	{Number: 6, Set: bpfEncap},
	{Number: 7, Set: seg6LocalEncap},
	{Number: 8, Set: rplEncap},
	{Number: 9, Set: ioam6Encap},
	{Number: 10, Set: xfrmEncap},
}

// encapTypes is RTA_ENCAP_TYPE and NHA_ENCAP_TYPE
// (include/uapi/linux/lwtunnel.h).
var encapTypes = Values{Prefix: "LWTUNNEL_ENCAP_", Consts: []Const{
	{0, "LWTUNNEL_ENCAP_NONE"},
	{1, "LWTUNNEL_ENCAP_MPLS"},
	{2, "LWTUNNEL_ENCAP_IP"},
	{3, "LWTUNNEL_ENCAP_ILA"},
	{4, "LWTUNNEL_ENCAP_IP6"},
	{5, "LWTUNNEL_ENCAP_SEG6"},
	{6, "LWTUNNEL_ENCAP_BPF"},
	{7, "LWTUNNEL_ENCAP_SEG6_LOCAL"},
	{8, "LWTUNNEL_ENCAP_RPL"},
	{9, "LWTUNNEL_ENCAP_IOAM6"},
	{10, "LWTUNNEL_ENCAP_XFRM"},
}}

// mplsEncap is the contents of RTA_ENCAP of LWTUNNEL_ENCAP_MPLS
// (include/uapi/linux/mpls_iptunnel.h).
var mplsEncap = Set{
	1: {Name: "MPLS_IPTUNNEL_DST", Kind: Array, Elem: elemMPLSLabel},
	2: {Name: "MPLS_IPTUNNEL_TTL", Kind: U8},
}

// ipEncap is the contents of RTA_ENCAP of LWTUNNEL_ENCAP_IP.
var ipEncap = Set{
	1: {Name: "LWTUNNEL_IP_ID", Kind: BE64},
	2: {Name: "LWTUNNEL_IP_DST", Kind: IP},
	3: {Name: "LWTUNNEL_IP_SRC", Kind: IP},
	4: {Name: "LWTUNNEL_IP_TTL", Kind: U8},
	5: {Name: "LWTUNNEL_IP_TOS", Kind: U8},
	6: {Name: "LWTUNNEL_IP_FLAGS", Kind: BE16, Values: &tunnelFlags},
	7: {Name: "LWTUNNEL_IP_PAD", Kind: Pad},
	8: {Name: "LWTUNNEL_IP_OPTS", Kind: Nested, Nest: ipEncapOpts},
}

// ip6Encap is the contents of RTA_ENCAP of LWTUNNEL_ENCAP_IP6.
var ip6Encap = Set{
	1: {Name: "LWTUNNEL_IP6_ID", Kind: BE64},
	2: {Name: "LWTUNNEL_IP6_DST", Kind: IP},
	3: {Name: "LWTUNNEL_IP6_SRC", Kind: IP},
	4: {Name: "LWTUNNEL_IP6_HOPLIMIT", Kind: U8},
	5: {Name: "LWTUNNEL_IP6_TC", Kind: U8},
	6: {Name: "LWTUNNEL_IP6_FLAGS", Kind: BE16, Values: &tunnelFlags},
	7: {Name: "LWTUNNEL_IP6_PAD", Kind: Pad},
	8: {Name: "LWTUNNEL_IP6_OPTS", Kind: Nested, Nest: ipEncapOpts},
}

// ipEncapOpts is the contents of LWTUNNEL_IP_OPTS and LWTUNNEL_IP6_OPTS.
var ipEncapOpts = Set{
	1: {Name: "LWTUNNEL_IP_OPTS_GENEVE", Kind: Nested, Nest: geneveOpt},
	2: {Name: "LWTUNNEL_IP_OPTS_VXLAN", Kind: Nested, Nest: vxlanOpt},
	3: {Name: "LWTUNNEL_IP_OPTS_ERSPAN", Kind: Nested, Nest: erspanOpt},
}

// geneveOpt is the contents of LWTUNNEL_IP_OPTS_GENEVE.
var geneveOpt = Set{
	1: {Name: "LWTUNNEL_IP_OPT_GENEVE_CLASS", Kind: BE16},
	2: {Name: "LWTUNNEL_IP_OPT_GENEVE_TYPE", Kind: U8},
	3: {Name: "LWTUNNEL_IP_OPT_GENEVE_DATA", Kind: Bytes},
}

// vxlanOpt is the contents of LWTUNNEL_IP_OPTS_VXLAN.
var vxlanOpt = Set{
	1: {Name: "LWTUNNEL_IP_OPT_VXLAN_GBP", Kind: U32},
}

// erspanOpt is the contents of LWTUNNEL_IP_OPTS_ERSPAN.
var erspanOpt = Set{
	1: {Name: "LWTUNNEL_IP_OPT_ERSPAN_VER", Kind: U8},
	2: {Name: "LWTUNNEL_IP_OPT_ERSPAN_INDEX", Kind: BE32},
	3: {Name: "LWTUNNEL_IP_OPT_ERSPAN_DIR", Kind: U8},
	4: {Name: "LWTUNNEL_IP_OPT_ERSPAN_HWID", Kind: U8},
}

// tunnelFlags is LWTUNNEL_IP_FLAGS, in network byte order
// (include/uapi/linux/if_tunnel.h).
var tunnelFlags = Values{Prefix: "TUNNEL_", Bits: true, Consts: []Const{
	{1 << 0, "TUNNEL_CSUM"},
	{1 << 1, "TUNNEL_ROUTING"},
	{1 << 2, "TUNNEL_KEY"},
	{1 << 3, "TUNNEL_SEQ"},
	{1 << 4, "TUNNEL_STRICT"},
	{1 << 5, "TUNNEL_REC"},
	{1 << 6, "TUNNEL_VERSION"},
	{1 << 7, "TUNNEL_NO_KEY"},
	{1 << 8, "TUNNEL_DONT_FRAGMENT"},
	{1 << 9, "TUNNEL_OAM"},
	{1 << 10, "TUNNEL_CRIT_OPT"},
	{1 << 11, "TUNNEL_GENEVE_OPT"},
	{1 << 12, "TUNNEL_VXLAN_OPT"},
	{1 << 13, "TUNNEL_NOCACHE"},
	{1 << 14, "TUNNEL_ERSPAN_OPT"},
	{1 << 15, "TUNNEL_GTP_OPT"},
}}

// ilaEncap is the contents of RTA_ENCAP of LWTUNNEL_ENCAP_ILA
// (include/uapi/linux/ila.h).
var ilaEncap = Set{
	1: {Name: "ILA_ATTR_LOCATOR", Kind: BE64},
	2: {Name: "ILA_ATTR_IDENTIFIER", Kind: U64},
	3: {Name: "ILA_ATTR_LOCATOR_MATCH", Kind: BE64},
	4: {Name: "ILA_ATTR_IFINDEX", Kind: S32},
	5: {Name: "ILA_ATTR_DIR", Kind: U32, Values: &ilaDirections},
	6: {Name: "ILA_ATTR_PAD", Kind: Pad},
	7: {Name: "ILA_ATTR_CSUM_MODE", Kind: U8, Values: &ilaCsumModes},
	8: {Name: "ILA_ATTR_IDENT_TYPE", Kind: U8, Values: &ilaIdentTypes},
	9: {Name: "ILA_ATTR_HOOK_TYPE", Kind: U8, Values: &ilaHooks},
}

// ilaDirections is ILA_ATTR_DIR.
var ilaDirections = Values{Prefix: "ILA_DIR_", Bits: true, Consts: []Const{
	{1 << 0, "ILA_DIR_IN"},
	{1 << 1, "ILA_DIR_OUT"},
}}

// ilaCsumModes is ILA_ATTR_CSUM_MODE.
var ilaCsumModes = Values{Prefix: "ILA_CSUM_", Consts: []Const{
	{0, "ILA_CSUM_ADJUST_TRANSPORT"},
	{1, "ILA_CSUM_NEUTRAL_MAP"},
	{2, "ILA_CSUM_NO_ACTION"},
	{3, "ILA_CSUM_NEUTRAL_MAP_AUTO"},
}}

// ilaIdentTypes is ILA_ATTR_IDENT_TYPE.
var ilaIdentTypes = Values{Prefix: "ILA_ATYPE_", Consts: []Const{
	{0, "ILA_ATYPE_IID"},
	{1, "ILA_ATYPE_LUID"},
	{2, "ILA_ATYPE_VIRT_V4"},
	{3, "ILA_ATYPE_VIRT_UNI_V6"},
	{4, "ILA_ATYPE_VIRT_MULTI_V6"},
	{5, "ILA_ATYPE_NONLOCAL_ADDR"},
	{6, "ILA_ATYPE_RSVD_1"},
	{7, "ILA_ATYPE_RSVD_2"},
	{32, "ILA_ATYPE_USE_FORMAT"},
}}

// ilaHooks is ILA_ATTR_HOOK_TYPE.
var ilaHooks = Values{Prefix: "ILA_HOOK_ROUTE_", Consts: []Const{
	{0, "ILA_HOOK_ROUTE_OUTPUT"},
	{1, "ILA_HOOK_ROUTE_INPUT"},
}}

// bpfEncap is the contents of RTA_ENCAP of LWTUNNEL_ENCAP_BPF.
var bpfEncap = Set{
	1: {Name: "LWT_BPF_IN", Kind: Nested, Nest: bpfEncapProg},
	2: {Name: "LWT_BPF_OUT", Kind: Nested, Nest: bpfEncapProg},
	3: {Name: "LWT_BPF_XMIT", Kind: Nested, Nest: bpfEncapProg},
	4: {Name: "LWT_BPF_XMIT_HEADROOM", Kind: U32},
}

// bpfEncapProg is the contents of LWT_BPF_IN, LWT_BPF_OUT and LWT_BPF_XMIT.
var bpfEncapProg = Set{
	1: {Name: "LWT_BPF_PROG_FD", Kind: U32},
	2: {Name: "LWT_BPF_PROG_NAME", Kind: String},
}

// xfrmEncap is the contents of RTA_ENCAP of LWTUNNEL_ENCAP_XFRM.
var xfrmEncap = Set{
	1: {Name: "LWT_XFRM_IF_ID", Kind: U32},
	2: {Name: "LWT_XFRM_LINK", Kind: U32},
}
