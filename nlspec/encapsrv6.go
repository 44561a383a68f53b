package nlspec

// seg6Encap is the contents of RTA_ENCAP of LWTUNNEL_ENCAP_SEG6
// (include/uapi/linux/seg6_iptunnel.h).
var seg6Encap = Set{
	1: {Name: "SEG6_IPTUNNEL_SRH", Kind: Struct, Struct: seg6IPTunnelEncap},
	2: {Name: "SEG6_IPTUNNEL_SRC", Kind: IP},
}

// seg6IPTunnelEncap is SEG6_IPTUNNEL_SRH: a mode, and the segment routing
// header (RFC 8754).
var seg6IPTunnelEncap = &CStruct{Name: "seg6_iptunnel_encap", Fields: []Field{
	{Name: "mode", Kind: S32, Values: &seg6Modes},
	{Name: "srh", Kind: Struct, Struct: ipv6SRHdr},
}}

// ipv6SRHdr is struct ipv6_sr_hdr (include/uapi/linux/seg6.h). After the
// segments come type, length and value.
var ipv6SRHdr = &CStruct{Name: "ipv6_sr_hdr", Fields: []Field{
	{Name: "nexthdr", Kind: U8},
	{Name: "hdrlen", Kind: U8},
	{Name: "type", Kind: U8},
	{Name: "segments_left", Kind: U8},
	{Name: "first_segment", Kind: U8},
	{Name: "flags", Kind: U8, Values: &sr6Flags},
	{Name: "tag", Kind: BE16},
	{Name: "segments", Kind: Array, Elem: elemIP6, LenBy: "first_segment", LenMul: 16, LenAdd: 16},
	{Name: "tlvs", Kind: Bytes},
}}

// seg6Modes is the mode of struct seg6_iptunnel_encap.
var seg6Modes = Values{Prefix: "SEG6_IPTUN_MODE_", Consts: []Const{
	{0, "SEG6_IPTUN_MODE_INLINE"},
	{1, "SEG6_IPTUN_MODE_ENCAP"},
	{2, "SEG6_IPTUN_MODE_L2ENCAP"},
	{3, "SEG6_IPTUN_MODE_ENCAP_RED"},
	{4, "SEG6_IPTUN_MODE_L2ENCAP_RED"},
}}

// sr6Flags is the flags of struct ipv6_sr_hdr.
var sr6Flags = Values{Prefix: "SR6_FLAG1_", Bits: true, Consts: []Const{
	{1 << 6, "SR6_FLAG1_PROTECTED"},
	{1 << 5, "SR6_FLAG1_OAM"},
	{1 << 4, "SR6_FLAG1_ALERT"},
	{1 << 3, "SR6_FLAG1_HMAC"},
}}

// seg6LocalEncap is the contents of RTA_ENCAP of LWTUNNEL_ENCAP_SEG6_LOCAL
// (include/uapi/linux/seg6_local.h, RFC 8986).
var seg6LocalEncap = Set{
	1:  {Name: "SEG6_LOCAL_ACTION", Kind: U32, Values: &seg6Actions},
	2:  {Name: "SEG6_LOCAL_SRH", Kind: Struct, Struct: ipv6SRHdr},
	3:  {Name: "SEG6_LOCAL_TABLE", Kind: U32, Values: &rtTables},
	4:  {Name: "SEG6_LOCAL_NH4", Kind: IP},
	5:  {Name: "SEG6_LOCAL_NH6", Kind: IP},
	6:  {Name: "SEG6_LOCAL_IIF", Kind: U32},
	7:  {Name: "SEG6_LOCAL_OIF", Kind: U32},
	8:  {Name: "SEG6_LOCAL_BPF", Kind: Nested, Nest: seg6LocalBPF},
	9:  {Name: "SEG6_LOCAL_VRFTABLE", Kind: U32, Values: &rtTables},
	10: {Name: "SEG6_LOCAL_COUNTERS", Kind: Nested, Nest: seg6LocalCounters},
	11: {Name: "SEG6_LOCAL_FLAVORS", Kind: Nested, Nest: seg6LocalFlavors},
}

// seg6Actions is SEG6_LOCAL_ACTION.
var seg6Actions = Values{Prefix: "SEG6_LOCAL_ACTION_", Consts: []Const{
	{0, "SEG6_LOCAL_ACTION_UNSPEC"},
	{1, "SEG6_LOCAL_ACTION_END"},
	{2, "SEG6_LOCAL_ACTION_END_X"},
	{3, "SEG6_LOCAL_ACTION_END_T"},
	{4, "SEG6_LOCAL_ACTION_END_DX2"},
	{5, "SEG6_LOCAL_ACTION_END_DX6"},
	{6, "SEG6_LOCAL_ACTION_END_DX4"},
	{7, "SEG6_LOCAL_ACTION_END_DT6"},
	{8, "SEG6_LOCAL_ACTION_END_DT4"},
	{9, "SEG6_LOCAL_ACTION_END_B6"},
	{10, "SEG6_LOCAL_ACTION_END_B6_ENCAP"},
	{11, "SEG6_LOCAL_ACTION_END_BM"},
	{12, "SEG6_LOCAL_ACTION_END_S"},
	{13, "SEG6_LOCAL_ACTION_END_AS"},
	{14, "SEG6_LOCAL_ACTION_END_AM"},
	{15, "SEG6_LOCAL_ACTION_END_BPF"},
	{16, "SEG6_LOCAL_ACTION_END_DT46"},
}}

// seg6LocalBPF is the contents of SEG6_LOCAL_BPF.
var seg6LocalBPF = Set{
	1: {Name: "SEG6_LOCAL_BPF_PROG", Kind: U32},
	2: {Name: "SEG6_LOCAL_BPF_PROG_NAME", Kind: String},
}

// seg6LocalCounters is the contents of SEG6_LOCAL_COUNTERS.
var seg6LocalCounters = Set{
	1: {Name: "SEG6_LOCAL_CNT_PAD", Kind: Pad},
	2: {Name: "SEG6_LOCAL_CNT_PACKETS", Kind: U64},
	3: {Name: "SEG6_LOCAL_CNT_BYTES", Kind: U64},
	4: {Name: "SEG6_LOCAL_CNT_ERRORS", Kind: U64},
}

// seg6LocalFlavors is the contents of SEG6_LOCAL_FLAVORS.
var seg6LocalFlavors = Set{
	1: {Name: "SEG6_LOCAL_FLV_OPERATION", Kind: U32, Values: &seg6Flavors},
	2: {Name: "SEG6_LOCAL_FLV_LCBLOCK_BITS", Kind: U8},
	3: {Name: "SEG6_LOCAL_FLV_LCNODE_FN_BITS", Kind: U8},
}

// seg6Flavors is SEG6_LOCAL_FLV_OPERATION.
var seg6Flavors = Values{Prefix: "SEG6_LOCAL_FLV_OP_", Bits: true, Numbered: true, From: 0, Consts: []Const{
	{1, "SEG6_LOCAL_FLV_OP_PSP"},
	{2, "SEG6_LOCAL_FLV_OP_USP"},
	{3, "SEG6_LOCAL_FLV_OP_USD"},
	{4, "SEG6_LOCAL_FLV_OP_NEXT_CSID"},
}}

// rplEncap is the contents of RTA_ENCAP of LWTUNNEL_ENCAP_RPL
// (include/uapi/linux/rpl_iptunnel.h).
var rplEncap = Set{
	1: {Name: "RPL_IPTUNNEL_SRH", Kind: Struct, Struct: ipv6RPLSRHdr},
}

// ipv6RPLSRHdr is struct ipv6_rpl_sr_hdr (include/uapi/linux/rpl.h, RFC 6554).
// The kernel expects uncompressed addresses here, and compresses them itself.
var ipv6RPLSRHdr = &CStruct{Name: "ipv6_rpl_sr_hdr", Fields: []Field{
	{Name: "nexthdr", Kind: U8},
	{Name: "hdrlen", Kind: U8},
	{Name: "type", Kind: U8},
	{Name: "segments_left", Kind: U8},
	{Name: "cmpr_pad", Kind: BE32}, // bit fields: cmpri and cmpre, 4 bits each, pad 4, reserved 20
	{Name: "segments", Kind: Array, Elem: elemIP6},
}}

// ioam6Encap is the contents of RTA_ENCAP of LWTUNNEL_ENCAP_IOAM6
// (include/uapi/linux/ioam6_iptunnel.h).
var ioam6Encap = Set{
	1: {Name: "IOAM6_IPTUNNEL_MODE", Kind: U8, Values: &ioam6Modes},
	2: {Name: "IOAM6_IPTUNNEL_DST", Kind: IP},
	3: {Name: "IOAM6_IPTUNNEL_TRACE", Kind: Struct, Struct: ioam6TraceHdr},
	4: {Name: "IOAM6_IPTUNNEL_FREQ_K", Kind: U32},
	5: {Name: "IOAM6_IPTUNNEL_FREQ_N", Kind: U32},
	6: {Name: "IOAM6_IPTUNNEL_SRC", Kind: IP},
}

// ioam6Modes is IOAM6_IPTUNNEL_MODE.
var ioam6Modes = Values{Prefix: "IOAM6_IPTUNNEL_MODE_", Consts: []Const{
	{1, "IOAM6_IPTUNNEL_MODE_INLINE"},
	{2, "IOAM6_IPTUNNEL_MODE_ENCAP"},
	{3, "IOAM6_IPTUNNEL_MODE_AUTO"},
}}

// ioam6TraceHdr is IOAM6_IPTUNNEL_TRACE (include/uapi/linux/ioam6.h, RFC 9197).
var ioam6TraceHdr = &CStruct{Name: "ioam6_trace_hdr", Fields: []Field{
	{Name: "namespace_id", Kind: BE16},
	{Name: "nodelen_overflow", Kind: U8}, // bit fields: nodelen 5 bits, overflow 1
	{Name: "remlen", Kind: U8},
	{Name: "type", Kind: BE32},
}}
