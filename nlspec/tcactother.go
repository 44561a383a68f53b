package nlspec

// actBPFAttrs is the options of bpf as an action
// (include/uapi/linux/tc_act/tc_bpf.h).
var actBPFAttrs = Set{
	1: {Name: "TCA_ACT_BPF_TM", Kind: Struct, Struct: tcfT},
	2: {Name: "TCA_ACT_BPF_PARMS", Kind: Struct, Struct: justTCGen("tc_act_bpf")},
	3: {Name: "TCA_ACT_BPF_OPS_LEN", Kind: U16},
	4: {Name: "TCA_ACT_BPF_OPS", Kind: Array, Elem: &Attr{Kind: Struct, Struct: sockFilter}},
	5: {Name: "TCA_ACT_BPF_FD", Kind: U32},
	6: {Name: "TCA_ACT_BPF_NAME", Kind: String},
	7: {Name: "TCA_ACT_BPF_PAD", Kind: Pad},
	8: {Name: "TCA_ACT_BPF_TAG", Kind: Bytes},
	9: {Name: "TCA_ACT_BPF_ID", Kind: U32},
}

// ctAttrs is the options of ct (include/uapi/linux/tc_act/tc_ct.h).
var ctAttrs = Set{
	1:  {Name: "TCA_CT_PARMS", Kind: Struct, Struct: justTCGen("tc_ct")},
	2:  {Name: "TCA_CT_TM", Kind: Struct, Struct: tcfT},
	3:  {Name: "TCA_CT_ACTION", Kind: U16, Values: &ctActions},
	4:  {Name: "TCA_CT_ZONE", Kind: U16},
	5:  {Name: "TCA_CT_MARK", Kind: U32},
	6:  {Name: "TCA_CT_MARK_MASK", Kind: U32},
	7:  {Name: "TCA_CT_LABELS", Kind: Bytes},
	8:  {Name: "TCA_CT_LABELS_MASK", Kind: Bytes},
	9:  {Name: "TCA_CT_NAT_IPV4_MIN", Kind: IP},
	10: {Name: "TCA_CT_NAT_IPV4_MAX", Kind: IP},
	11: {Name: "TCA_CT_NAT_IPV6_MIN", Kind: IP},
	12: {Name: "TCA_CT_NAT_IPV6_MAX", Kind: IP},
	13: {Name: "TCA_CT_NAT_PORT_MIN", Kind: BE16},
	14: {Name: "TCA_CT_NAT_PORT_MAX", Kind: BE16},
	15: {Name: "TCA_CT_PAD", Kind: Pad},
	16: {Name: "TCA_CT_HELPER_NAME", Kind: String},
	17: {Name: "TCA_CT_HELPER_FAMILY", Kind: U8, Values: &nfFamilies},
	18: {Name: "TCA_CT_HELPER_PROTO", Kind: U8, Values: &ipProtos},
}

// ctActions is TCA_CT_ACTION.
var ctActions = Values{Prefix: "TCA_CT_ACT_", Bits: true, Consts: []Const{
	{1, "TCA_CT_ACT_COMMIT"},
	{2, "TCA_CT_ACT_FORCE"},
	{4, "TCA_CT_ACT_CLEAR"},
	{8, "TCA_CT_ACT_NAT"},
	{16, "TCA_CT_ACT_NAT_SRC"},
	{32, "TCA_CT_ACT_NAT_DST"},
}}

// ctinfoAttrs is the options of ctinfo (include/uapi/linux/tc_act/tc_ctinfo.h).
var ctinfoAttrs = Set{
	1:  {Name: "TCA_CTINFO_PAD", Kind: Pad},
	2:  {Name: "TCA_CTINFO_TM", Kind: Struct, Struct: tcfT},
	3:  {Name: "TCA_CTINFO_ACT", Kind: Struct, Struct: justTCGen("tc_ctinfo")},
	4:  {Name: "TCA_CTINFO_ZONE", Kind: U16},
	5:  {Name: "TCA_CTINFO_PARMS_DSCP_MASK", Kind: U32},
	6:  {Name: "TCA_CTINFO_PARMS_DSCP_STATEMASK", Kind: U32},
	7:  {Name: "TCA_CTINFO_PARMS_CPMARK_MASK", Kind: U32},
	8:  {Name: "TCA_CTINFO_STATS_DSCP_SET", Kind: U64},
	9:  {Name: "TCA_CTINFO_STATS_DSCP_ERROR", Kind: U64},
	10: {Name: "TCA_CTINFO_STATS_CPMARK_SET", Kind: U64},
}

// connmarkAttrs is the options of connmark
// (include/uapi/linux/tc_act/tc_connmark.h).
var connmarkAttrs = Set{
	1: {Name: "TCA_CONNMARK_PARMS", Kind: Struct, Struct: tcConnmark},
	2: {Name: "TCA_CONNMARK_TM", Kind: Struct, Struct: tcfT},
	3: {Name: "TCA_CONNMARK_PAD", Kind: Pad},
}

// tcConnmark is TCA_CONNMARK_PARMS.
var tcConnmark = &CStruct{Name: "tc_connmark", Fields: []Field{
	{Name: "index", Kind: U32},
	{Name: "capab", Kind: U32},
	{Name: "action", Kind: S32, Values: &tcVerdicts},
	{Name: "refcnt", Kind: S32},
	{Name: "bindcnt", Kind: S32},
	{Name: "zone", Kind: U16},
	{Len: 2},
}}

// ifeAttrs is the options of ife (include/uapi/linux/tc_act/tc_ife.h).
var ifeAttrs = Set{
	1: {Name: "TCA_IFE_PARMS", Kind: Struct, Struct: tcIFE},
	2: {Name: "TCA_IFE_TM", Kind: Struct, Struct: tcfT},
	3: {Name: "TCA_IFE_DMAC", Kind: LLAddr},
	4: {Name: "TCA_IFE_SMAC", Kind: LLAddr},
	5: {Name: "TCA_IFE_TYPE", Kind: U16},
	6: {Name: "TCA_IFE_METALST", Kind: Nested, Nest: ifeMetaAttrs},
	7: {Name: "TCA_IFE_PAD", Kind: Pad},
}

// tcIFE is TCA_IFE_PARMS.
var tcIFE = &CStruct{Name: "tc_ife", Fields: []Field{
	{Name: "index", Kind: U32},
	{Name: "capab", Kind: U32},
	{Name: "action", Kind: S32, Values: &tcVerdicts},
	{Name: "refcnt", Kind: S32},
	{Name: "bindcnt", Kind: S32},
	{Name: "flags", Kind: U16, Values: &ifeFlags},
	{Len: 2},
}}

// ifeFlags is tc_ife's flags, one of which applies.
var ifeFlags = Values{Prefix: "IFE_", Consts: []Const{
	{0, "IFE_DECODE"},
	{1, "IFE_ENCODE"},
}}

// ifeMetaAttrs is the contents of TCA_IFE_METALST (include/uapi/linux/ife.h).
var ifeMetaAttrs = Set{
	1: {Name: "IFE_META_SKBMARK", Kind: U32, By: &ifeAllowed},
	2: {Name: "IFE_META_HASHID", Kind: U32, By: &ifeAllowed},
	3: {Name: "IFE_META_PRIO", Kind: U32, By: &ifeAllowed},
	4: {Name: "IFE_META_QMAP", Kind: U32, By: &ifeAllowed},
	5: {Name: "IFE_META_TCINDEX", Kind: U16, By: &ifeAllowed},
}

// ifeAllowed selects a flag for an attribute without a value, which asks for
// the packet's own value.
var ifeAllowed = Selector{What: ByLength, Cases: []Case{{Number: 0, Attr: &Attr{Kind: Flag}}}}

// gateAttrs is the options of gate (include/uapi/linux/tc_act/tc_gate.h): times
// in nanoseconds.
var gateAttrs = Set{
	1:  {Name: "TCA_GATE_TM", Kind: Struct, Struct: tcfT},
	2:  {Name: "TCA_GATE_PARMS", Kind: Struct, Struct: justTCGen("tc_gate")},
	3:  {Name: "TCA_GATE_PAD", Kind: Pad},
	4:  {Name: "TCA_GATE_PRIORITY", Kind: S32},
	5:  {Name: "TCA_GATE_ENTRY_LIST", Kind: Nested, Nest: gateEntries},
	6:  {Name: "TCA_GATE_BASE_TIME", Kind: U64},
	7:  {Name: "TCA_GATE_CYCLE_TIME", Kind: U64},
	8:  {Name: "TCA_GATE_CYCLE_TIME_EXT", Kind: U64},
	9:  {Name: "TCA_GATE_FLAGS", Kind: U32},
	10: {Name: "TCA_GATE_CLOCKID", Kind: S32, Values: &clocks},
}

// gateEntries is the contents of TCA_GATE_ENTRY_LIST.
var gateEntries = Set{
	1: {Name: "TCA_GATE_ONE_ENTRY", Kind: Nested, Nest: gateEntryAttrs},
}

// gateEntryAttrs is one entry of a gate's list.
var gateEntryAttrs = Set{
	1: {Name: "TCA_GATE_ENTRY_INDEX", Kind: U32},
	2: {Name: "TCA_GATE_ENTRY_GATE", Kind: Flag},
	3: {Name: "TCA_GATE_ENTRY_INTERVAL", Kind: U32},
	4: {Name: "TCA_GATE_ENTRY_IPV", Kind: S32},
	5: {Name: "TCA_GATE_ENTRY_MAX_OCTETS", Kind: S32},
}

// iptAttrs is the options of ipt and xt, which Linux had up to 6.7
// (include/uapi/linux/tc_act/tc_ipt.h). TCA_IPT_TARG is a struct
// xt_entry_target and the target's own data.
var iptAttrs = Set{
	1: {Name: "TCA_IPT_TABLE", Kind: String},
	2: {Name: "TCA_IPT_HOOK", Kind: U32},
	3: {Name: "TCA_IPT_INDEX", Kind: U32},
	4: {Name: "TCA_IPT_CNT", Kind: Struct, Struct: tcCnt},
	5: {Name: "TCA_IPT_TM", Kind: Struct, Struct: tcfT},
	6: {Name: "TCA_IPT_TARG", Kind: Bytes},
	7: {Name: "TCA_IPT_PAD", Kind: Pad},
}

// tcCnt is TCA_IPT_CNT.
var tcCnt = &CStruct{Name: "tc_cnt", Fields: []Field{
	{Name: "refcnt", Kind: S32},
	{Name: "bindcnt", Kind: S32},
}}
