package nlspec

// nftTableAttrs is the attributes of messages about tables
// (include/uapi/linux/netfilter/nf_tables.h).
var nftTableAttrs = Set{
	1: {Name: "NFTA_TABLE_NAME", Kind: String},
	2: {Name: "NFTA_TABLE_FLAGS", Kind: BE32, Values: &nftTableFlags},
	3: {Name: "NFTA_TABLE_USE", Kind: BE32},
	4: {Name: "NFTA_TABLE_HANDLE", Kind: BE64},
	5: {Name: "NFTA_TABLE_PAD", Kind: Pad},
	6: {Name: "NFTA_TABLE_USERDATA", Kind: Bytes},
	7: {Name: "NFTA_TABLE_OWNER", Kind: BE32},
}

// nftTableFlags is NFTA_TABLE_FLAGS.
var nftTableFlags = Values{Prefix: "NFT_TABLE_F_", Bits: true, Consts: []Const{
	{1, "NFT_TABLE_F_DORMANT"},
	{2, "NFT_TABLE_F_OWNER"},
	{4, "NFT_TABLE_F_PERSIST"},
}}

// nftChainAttrs is the attributes of messages about chains.
var nftChainAttrs = Set{
	1:  {Name: "NFTA_CHAIN_TABLE", Kind: String},
	2:  {Name: "NFTA_CHAIN_HANDLE", Kind: BE64},
	3:  {Name: "NFTA_CHAIN_NAME", Kind: String},
	4:  {Name: "NFTA_CHAIN_HOOK", Kind: Nested, Nest: nftHookAttrs},
	5:  {Name: "NFTA_CHAIN_POLICY", Kind: BE32, Values: &nftVerdicts},
	6:  {Name: "NFTA_CHAIN_USE", Kind: BE32},
	7:  {Name: "NFTA_CHAIN_TYPE", Kind: String},
	8:  {Name: "NFTA_CHAIN_COUNTERS", Kind: Nested, Nest: nftCounterAttrs},
	9:  {Name: "NFTA_CHAIN_PAD", Kind: Pad},
	10: {Name: "NFTA_CHAIN_FLAGS", Kind: BE32, Values: &nftChainFlags},
	11: {Name: "NFTA_CHAIN_ID", Kind: BE32},
	12: {Name: "NFTA_CHAIN_USERDATA", Kind: Bytes},
}

// nftChainFlags is NFTA_CHAIN_FLAGS.
var nftChainFlags = Values{Prefix: "NFT_CHAIN_", Bits: true, Consts: []Const{
	{1, "NFT_CHAIN_BASE"},
	{2, "NFT_CHAIN_HW_OFFLOAD"},
	{4, "NFT_CHAIN_BINDING"},
}}

// nftHookAttrs is the contents of NFTA_CHAIN_HOOK.
var nftHookAttrs = Set{
	1: {Name: "NFTA_HOOK_HOOKNUM", Kind: BE32},
	2: {Name: "NFTA_HOOK_PRIORITY", Kind: SBE32},
	3: {Name: "NFTA_HOOK_DEV", Kind: String},
	4: {Name: "NFTA_HOOK_DEVS", Kind: Nested, Nest: nftDeviceAttrs},
}

// nftDeviceAttrs is the devices of a hook.
var nftDeviceAttrs = Set{
	1: {Name: "NFTA_DEVICE_NAME", Kind: String},
	2: {Name: "NFTA_DEVICE_PREFIX", Kind: String},
}

// nftRuleAttrs is the attributes of messages about rules.
var nftRuleAttrs = Set{
	1:  {Name: "NFTA_RULE_TABLE", Kind: String},
	2:  {Name: "NFTA_RULE_CHAIN", Kind: String},
	3:  {Name: "NFTA_RULE_HANDLE", Kind: BE64},
	4:  {Name: "NFTA_RULE_EXPRESSIONS", Kind: Nested, Nest: nftExprList},
	5:  {Name: "NFTA_RULE_COMPAT", Kind: Nested, Nest: nftRuleCompatAttrs},
	6:  {Name: "NFTA_RULE_POSITION", Kind: BE64},
	7:  {Name: "NFTA_RULE_USERDATA", Kind: Bytes},
	8:  {Name: "NFTA_RULE_PAD", Kind: Pad},
	9:  {Name: "NFTA_RULE_ID", Kind: BE32},
	10: {Name: "NFTA_RULE_POSITION_ID", Kind: BE32},
	11: {Name: "NFTA_RULE_CHAIN_ID", Kind: BE32},
}

// nftRuleCompatAttrs is the contents of NFTA_RULE_COMPAT.
var nftRuleCompatAttrs = Set{
	1: {Name: "NFTA_RULE_COMPAT_PROTO", Kind: BE32},
	2: {Name: "NFTA_RULE_COMPAT_FLAGS", Kind: BE32},
}

// nftSetAttrs is the attributes of messages about sets.
var nftSetAttrs = Set{
	1:  {Name: "NFTA_SET_TABLE", Kind: String},
	2:  {Name: "NFTA_SET_NAME", Kind: String},
	3:  {Name: "NFTA_SET_FLAGS", Kind: BE32, Values: &nftSetFlags},
	4:  {Name: "NFTA_SET_KEY_TYPE", Kind: BE32},
	5:  {Name: "NFTA_SET_KEY_LEN", Kind: BE32},
	6:  {Name: "NFTA_SET_DATA_TYPE", Kind: BE32},
	7:  {Name: "NFTA_SET_DATA_LEN", Kind: BE32},
	8:  {Name: "NFTA_SET_POLICY", Kind: BE32},
	9:  {Name: "NFTA_SET_DESC", Kind: Nested, Nest: nftSetDescAttrs},
	10: {Name: "NFTA_SET_ID", Kind: BE32},
	11: {Name: "NFTA_SET_TIMEOUT", Kind: BE64},
	12: {Name: "NFTA_SET_GC_INTERVAL", Kind: BE32},
	13: {Name: "NFTA_SET_USERDATA", Kind: Bytes},
	14: {Name: "NFTA_SET_PAD", Kind: Pad},
	15: {Name: "NFTA_SET_OBJ_TYPE", Kind: BE32},
	16: {Name: "NFTA_SET_HANDLE", Kind: BE64},
	17: {Name: "NFTA_SET_EXPR", Kind: Nested, Nest: nftExprAttrs},
	18: {Name: "NFTA_SET_EXPRESSIONS", Kind: Nested, Nest: nftExprList},
	19: {Name: "NFTA_SET_TYPE", Kind: String},
	20: {Name: "NFTA_SET_COUNT", Kind: BE32},
}

// nftSetFlags is NFTA_SET_FLAGS.
var nftSetFlags = Values{Prefix: "NFT_SET_", Bits: true, Consts: []Const{
	{1, "NFT_SET_ANONYMOUS"},
	{2, "NFT_SET_CONSTANT"},
	{4, "NFT_SET_INTERVAL"},
	{8, "NFT_SET_MAP"},
	{16, "NFT_SET_TIMEOUT"},
	{32, "NFT_SET_EVAL"},
	{64, "NFT_SET_OBJECT"},
	{128, "NFT_SET_CONCAT"},
	{0x100, "NFT_SET_EXPR"},
}}

// nftSetDescAttrs is the contents of NFTA_SET_DESC.
var nftSetDescAttrs = Set{
	1: {Name: "NFTA_SET_DESC_SIZE", Kind: BE32},
	2: {Name: "NFTA_SET_DESC_CONCAT", Kind: Nested, Nest: nftSetFieldList},
}

// nftSetFieldList is the contents of NFTA_SET_DESC_CONCAT.
var nftSetFieldList = Set{
	1: {Name: "NFTA_LIST_ELEM", Kind: Nested, Nest: nftSetFieldAttrs},
}

// nftSetFieldAttrs is one field of a set's key.
var nftSetFieldAttrs = Set{
	1: {Name: "NFTA_SET_FIELD_LEN", Kind: BE32},
}

// nftSetElemListAttrs is the attributes of messages about elements. Programs
// number the elements with the attributes' types.
var nftSetElemListAttrs = Set{
	1: {Name: "NFTA_SET_ELEM_LIST_TABLE", Kind: String},
	2: {Name: "NFTA_SET_ELEM_LIST_SET", Kind: String},
	3: {Name: "NFTA_SET_ELEM_LIST_ELEMENTS", Kind: List, Elem: &nftSetElem},
	4: {Name: "NFTA_SET_ELEM_LIST_SET_ID", Kind: BE32},
}

// nftSetElem is one element.
var nftSetElem = Attr{Kind: Nested, Nest: nftSetElemAttrs}

// nftSetElemAttrs is an element of a set.
var nftSetElemAttrs = Set{
	1:  {Name: "NFTA_SET_ELEM_KEY", Kind: Nested, Nest: nftDataAttrs},
	2:  {Name: "NFTA_SET_ELEM_DATA", Kind: Nested, Nest: nftDataAttrs},
	3:  {Name: "NFTA_SET_ELEM_FLAGS", Kind: BE32, Values: &nftSetElemFlags},
	4:  {Name: "NFTA_SET_ELEM_TIMEOUT", Kind: BE64},
	5:  {Name: "NFTA_SET_ELEM_EXPIRATION", Kind: BE64},
	6:  {Name: "NFTA_SET_ELEM_USERDATA", Kind: Bytes},
	7:  {Name: "NFTA_SET_ELEM_EXPR", Kind: Nested, Nest: nftExprAttrs},
	8:  {Name: "NFTA_SET_ELEM_PAD", Kind: Pad},
	9:  {Name: "NFTA_SET_ELEM_OBJREF", Kind: String},
	10: {Name: "NFTA_SET_ELEM_KEY_END", Kind: Nested, Nest: nftDataAttrs},
	11: {Name: "NFTA_SET_ELEM_EXPRESSIONS", Kind: Nested, Nest: nftExprList},
}

// nftSetElemFlags is NFTA_SET_ELEM_FLAGS.
var nftSetElemFlags = Values{Prefix: "NFT_SET_ELEM_", Bits: true, Consts: []Const{
	{1, "NFT_SET_ELEM_INTERVAL_END"},
	{2, "NFT_SET_ELEM_CATCHALL"},
}}

// nftDataAttrs is a value: of a set's element, of an expression.
var nftDataAttrs = Set{
	1: {Name: "NFTA_DATA_VALUE", Kind: Bytes},
	2: {Name: "NFTA_DATA_VERDICT", Kind: Nested, Nest: nftVerdictAttrs},
}

// nftVerdictAttrs is the contents of NFTA_DATA_VERDICT.
var nftVerdictAttrs = Set{
	1: {Name: "NFTA_VERDICT_CODE", Kind: BE32, Values: &nftVerdicts},
	2: {Name: "NFTA_VERDICT_CHAIN", Kind: String},
	3: {Name: "NFTA_VERDICT_CHAIN_ID", Kind: BE32},
}

// nftVerdicts are what a rule decides about a packet (enum nft_verdicts;
// include/uapi/linux/netfilter.h).
var nftVerdicts = Values{Consts: []Const{
	{0, "NF_DROP"},
	{1, "NF_ACCEPT"},
	{2, "NF_STOLEN"},
	{3, "NF_QUEUE"},
	{4, "NF_REPEAT"},
	{0xffffffff, "NFT_CONTINUE"},
	{0xfffffffe, "NFT_BREAK"},
	{0xfffffffd, "NFT_JUMP"},
	{0xfffffffc, "NFT_GOTO"},
	{0xfffffffb, "NFT_RETURN"},
}}

// nftFlowtableAttrs is the attributes of messages about flow tables.
var nftFlowtableAttrs = Set{
	1: {Name: "NFTA_FLOWTABLE_TABLE", Kind: String},
	2: {Name: "NFTA_FLOWTABLE_NAME", Kind: String},
	3: {Name: "NFTA_FLOWTABLE_HOOK", Kind: Nested, Nest: nftFlowtableHookAttrs},
	4: {Name: "NFTA_FLOWTABLE_USE", Kind: BE32},
	5: {Name: "NFTA_FLOWTABLE_HANDLE", Kind: BE64},
	6: {Name: "NFTA_FLOWTABLE_PAD", Kind: Pad},
	7: {Name: "NFTA_FLOWTABLE_FLAGS", Kind: BE32, Values: &nftFlowtableFlags},
}

// nftFlowtableFlags is NFTA_FLOWTABLE_FLAGS.
var nftFlowtableFlags = Values{Prefix: "NFT_FLOWTABLE_", Bits: true, Consts: []Const{
	{1, "NFT_FLOWTABLE_HW_OFFLOAD"},
	{2, "NFT_FLOWTABLE_COUNTER"},
}}

// nftFlowtableHookAttrs is the contents of NFTA_FLOWTABLE_HOOK.
var nftFlowtableHookAttrs = Set{
	1: {Name: "NFTA_FLOWTABLE_HOOK_NUM", Kind: BE32},
	2: {Name: "NFTA_FLOWTABLE_HOOK_PRIORITY", Kind: SBE32},
	3: {Name: "NFTA_FLOWTABLE_HOOK_DEVS", Kind: Nested, Nest: nftDeviceAttrs},
}

// nftGenAttrs is the generation of the rules.
var nftGenAttrs = Set{
	1: {Name: "NFTA_GEN_ID", Kind: BE32},
	2: {Name: "NFTA_GEN_PROC_PID", Kind: BE32},
	3: {Name: "NFTA_GEN_PROC_NAME", Kind: String},
}

// nftTraceAttrs is the contents of NFT_MSG_TRACE.
var nftTraceAttrs = Set{
	1:  {Name: "NFTA_TRACE_TABLE", Kind: String},
	2:  {Name: "NFTA_TRACE_CHAIN", Kind: String},
	3:  {Name: "NFTA_TRACE_RULE_HANDLE", Kind: BE64},
	4:  {Name: "NFTA_TRACE_TYPE", Kind: BE32, Values: &nftTraceTypes},
	5:  {Name: "NFTA_TRACE_VERDICT", Kind: Nested, Nest: nftVerdictAttrs},
	6:  {Name: "NFTA_TRACE_ID", Kind: BE32},
	7:  {Name: "NFTA_TRACE_LL_HEADER", Kind: Bytes},
	8:  {Name: "NFTA_TRACE_NETWORK_HEADER", Kind: Bytes},
	9:  {Name: "NFTA_TRACE_TRANSPORT_HEADER", Kind: Bytes},
	10: {Name: "NFTA_TRACE_IIF", Kind: BE32},
	11: {Name: "NFTA_TRACE_IIFTYPE", Kind: BE16},
	12: {Name: "NFTA_TRACE_OIF", Kind: BE32},
	13: {Name: "NFTA_TRACE_OIFTYPE", Kind: BE16},
	14: {Name: "NFTA_TRACE_MARK", Kind: BE32},
	15: {Name: "NFTA_TRACE_NFPROTO", Kind: BE32},
	16: {Name: "NFTA_TRACE_POLICY", Kind: BE32, Values: &nftVerdicts},
	17: {Name: "NFTA_TRACE_PAD", Kind: Pad},
	18: {Name: "NFTA_TRACE_CT_ID", Kind: BE32},
	19: {Name: "NFTA_TRACE_CT_DIRECTION", Kind: U8},
	20: {Name: "NFTA_TRACE_CT_STATUS", Kind: BE32},
	21: {Name: "NFTA_TRACE_CT_STATE", Kind: BE32},
}

// nftTraceTypes is NFTA_TRACE_TYPE.
var nftTraceTypes = Values{Prefix: "NFT_TRACETYPE_", Consts: []Const{
	{1, "NFT_TRACETYPE_POLICY"},
	{2, "NFT_TRACETYPE_RETURN"},
	{3, "NFT_TRACETYPE_RULE"},
}}
