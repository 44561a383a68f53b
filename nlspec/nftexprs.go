package nlspec

// nftExprList is the contents of NFTA_RULE_EXPRESSIONS and the like
// (include/uapi/linux/netfilter/nf_tables.h).
var nftExprList = Set{
	1: {Name: "NFTA_LIST_ELEM", Kind: Nested, Nest: nftExprAttrs},
}

// nftExprAttrs is one expression.
var nftExprAttrs = Set{
	1: {Name: "NFTA_EXPR_NAME", Kind: String},
	2: {Name: "NFTA_EXPR_DATA", By: &nftExprs},
}

// nftExprs selects the contents of NFTA_EXPR_DATA by NFTA_EXPR_NAME. It is
// filled below, because expressions may contain expressions.
var nftExprs = Selector{Sibling: 1}

func init() {
	nftExprs.Cases = []Case{
		{Name: "bitwise", Set: nftBitwiseAttrs},
		{Name: "byteorder", Set: nftByteorderAttrs},
		{Name: "cmp", Set: nftCmpAttrs},
		{Name: "connlimit", Set: nftConnlimitAttrs},
		{Name: "counter", Set: nftCounterAttrs},
		{Name: "ct", Set: nftCtAttrs},
		{Name: "dup", Set: nftDupAttrs},
		{Name: "dynset", Set: nftDynsetAttrs},
		{Name: "exthdr", Set: nftExthdrAttrs},
		{Name: "fib", Set: nftFibAttrs},
		{Name: "flow_offload", Set: nftFlowAttrs},
		{Name: "fwd", Set: nftFwdAttrs},
		{Name: "hash", Set: nftHashAttrs},
		{Name: "immediate", Set: nftImmediateAttrs},
		{Name: "inner", Set: nftInnerAttrs},
		{Name: "last", Set: nftLastAttrs},
		{Name: "limit", Set: nftLimitAttrs},
		{Name: "log", Set: nftLogAttrs},
		{Name: "lookup", Set: nftLookupAttrs},
		{Name: "masq", Set: nftMasqAttrs},
		{Name: "match", Set: nftMatchAttrs},
		{Name: "meta", Set: nftMetaAttrs},
		{Name: "nat", Set: nftNatAttrs},
		{Name: "notrack", Attr: &Attr{Kind: Nested}},
		{Name: "numgen", Set: nftNgAttrs},
		{Name: "objref", Set: nftObjrefAttrs},
		{Name: "osf", Set: nftOsfAttrs},
		{Name: "payload", Set: nftPayloadAttrs},
		{Name: "queue", Set: nftQueueAttrs},
		{Name: "quota", Set: nftQuotaAttrs},
		{Name: "range", Set: nftRangeAttrs},
		{Name: "redir", Set: nftRedirAttrs},
		{Name: "reject", Set: nftRejectAttrs},
		{Name: "rt", Set: nftRtAttrs},
		{Name: "socket", Set: nftSocketAttrs},
		{Name: "synproxy", Set: nftSynproxyAttrs},
		{Name: "target", Set: nftTargetAttrs},
		{Name: "tproxy", Set: nftTproxyAttrs},
		{Name: "tunnel", Set: nftTunnelAttrs},
		{Name: "xfrm", Set: nftXfrmAttrs},
	}
}

// nftImmediateAttrs is the expression immediate
// (include/uapi/linux/netfilter/nf_tables.h): registers are numbered as in enum
// nft_registers.
var nftImmediateAttrs = Set{
	1: {Name: "NFTA_IMMEDIATE_DREG", Kind: BE32, Values: &nftRegisters},
	2: {Name: "NFTA_IMMEDIATE_DATA", Kind: Nested, Nest: nftDataAttrs},
}

// nftRegisters are the registers that an expression reads from or writes to.
var nftRegisters = Values{Prefix: "NFT_", Consts: []Const{
	{0, "NFT_REG_VERDICT"},
	{1, "NFT_REG_1"},
	{2, "NFT_REG_2"},
	{3, "NFT_REG_3"},
	{4, "NFT_REG_4"},
	{8, "NFT_REG32_00"},
	{9, "NFT_REG32_01"},
	{10, "NFT_REG32_02"},
	{11, "NFT_REG32_03"},
	{12, "NFT_REG32_04"},
	{13, "NFT_REG32_05"},
	{14, "NFT_REG32_06"},
	{15, "NFT_REG32_07"},
	{16, "NFT_REG32_08"},
	{17, "NFT_REG32_09"},
	{18, "NFT_REG32_10"},
	{19, "NFT_REG32_11"},
	{20, "NFT_REG32_12"},
	{21, "NFT_REG32_13"},
	{22, "NFT_REG32_14"},
	{23, "NFT_REG32_15"},
}}

// nftBitwiseAttrs is the expression bitwise.
var nftBitwiseAttrs = Set{
	1: {Name: "NFTA_BITWISE_SREG", Kind: BE32, Values: &nftRegisters},
	2: {Name: "NFTA_BITWISE_DREG", Kind: BE32, Values: &nftRegisters},
	3: {Name: "NFTA_BITWISE_LEN", Kind: BE32},
	4: {Name: "NFTA_BITWISE_MASK", Kind: Nested, Nest: nftDataAttrs},
	5: {Name: "NFTA_BITWISE_XOR", Kind: Nested, Nest: nftDataAttrs},
	6: {Name: "NFTA_BITWISE_OP", Kind: BE32, Values: &nftBitwiseOps},
	7: {Name: "NFTA_BITWISE_DATA", Kind: Nested, Nest: nftDataAttrs},
	8: {Name: "NFTA_BITWISE_SREG2", Kind: BE32, Values: &nftRegisters},
}

// nftBitwiseOps is NFTA_BITWISE_OP.
var nftBitwiseOps = Values{Prefix: "NFT_BITWISE_", Consts: []Const{
	{0, "NFT_BITWISE_MASK_XOR"},
	{1, "NFT_BITWISE_LSHIFT"},
	{2, "NFT_BITWISE_RSHIFT"},
	{3, "NFT_BITWISE_AND"},
	{4, "NFT_BITWISE_OR"},
	{5, "NFT_BITWISE_XOR"},
}}

// nftByteorderAttrs is the expression byteorder.
var nftByteorderAttrs = Set{
	1: {Name: "NFTA_BYTEORDER_SREG", Kind: BE32, Values: &nftRegisters},
	2: {Name: "NFTA_BYTEORDER_DREG", Kind: BE32, Values: &nftRegisters},
	3: {Name: "NFTA_BYTEORDER_OP", Kind: BE32},
	4: {Name: "NFTA_BYTEORDER_LEN", Kind: BE32},
	5: {Name: "NFTA_BYTEORDER_SIZE", Kind: BE32},
}

// nftCmpAttrs is the expression cmp.
var nftCmpAttrs = Set{
	1: {Name: "NFTA_CMP_SREG", Kind: BE32, Values: &nftRegisters},
	2: {Name: "NFTA_CMP_OP", Kind: BE32, Values: &nftCmpOps},
	3: {Name: "NFTA_CMP_DATA", Kind: Nested, Nest: nftDataAttrs},
}

// nftCmpOps is NFTA_CMP_OP.
var nftCmpOps = Values{Prefix: "NFT_CMP_", Consts: []Const{
	{0, "NFT_CMP_EQ"},
	{1, "NFT_CMP_NEQ"},
	{2, "NFT_CMP_LT"},
	{3, "NFT_CMP_LTE"},
	{4, "NFT_CMP_GT"},
	{5, "NFT_CMP_GTE"},
}}

// nftRangeAttrs is the expression range.
var nftRangeAttrs = Set{
	1: {Name: "NFTA_RANGE_SREG", Kind: BE32, Values: &nftRegisters},
	2: {Name: "NFTA_RANGE_OP", Kind: BE32, Values: &nftRangeOps},
	3: {Name: "NFTA_RANGE_FROM_DATA", Kind: Nested, Nest: nftDataAttrs},
	4: {Name: "NFTA_RANGE_TO_DATA", Kind: Nested, Nest: nftDataAttrs},
}

// nftRangeOps is NFTA_RANGE_OP.
var nftRangeOps = Values{Prefix: "NFT_RANGE_", Consts: []Const{
	{0, "NFT_RANGE_EQ"},
	{1, "NFT_RANGE_NEQ"},
}}

// nftLookupAttrs is the expression lookup.
var nftLookupAttrs = Set{
	1: {Name: "NFTA_LOOKUP_SET", Kind: String},
	2: {Name: "NFTA_LOOKUP_SREG", Kind: BE32, Values: &nftRegisters},
	3: {Name: "NFTA_LOOKUP_DREG", Kind: BE32, Values: &nftRegisters},
	4: {Name: "NFTA_LOOKUP_SET_ID", Kind: BE32},
	5: {Name: "NFTA_LOOKUP_FLAGS", Kind: BE32},
}

// nftDynsetAttrs is the expression dynset.
var nftDynsetAttrs = Set{
	1:  {Name: "NFTA_DYNSET_SET_NAME", Kind: String},
	2:  {Name: "NFTA_DYNSET_SET_ID", Kind: BE32},
	3:  {Name: "NFTA_DYNSET_OP", Kind: BE32},
	4:  {Name: "NFTA_DYNSET_SREG_KEY", Kind: BE32, Values: &nftRegisters},
	5:  {Name: "NFTA_DYNSET_SREG_DATA", Kind: BE32, Values: &nftRegisters},
	6:  {Name: "NFTA_DYNSET_TIMEOUT", Kind: BE64},
	7:  {Name: "NFTA_DYNSET_EXPR", Kind: Nested, Nest: nftExprAttrs},
	8:  {Name: "NFTA_DYNSET_PAD", Kind: Pad},
	9:  {Name: "NFTA_DYNSET_FLAGS", Kind: BE32},
	10: {Name: "NFTA_DYNSET_EXPRESSIONS", Kind: Nested, Nest: nftExprList},
}

// nftInnerAttrs is the expression inner.
var nftInnerAttrs = Set{
	1: {Name: "NFTA_INNER_NUM", Kind: BE32},
	2: {Name: "NFTA_INNER_TYPE", Kind: BE32},
	3: {Name: "NFTA_INNER_FLAGS", Kind: BE32},
	4: {Name: "NFTA_INNER_HDRSIZE", Kind: BE32},
	5: {Name: "NFTA_INNER_EXPR", Kind: Nested, Nest: nftExprAttrs},
}

// nftPayloadAttrs is the expression payload.
var nftPayloadAttrs = Set{
	1: {Name: "NFTA_PAYLOAD_DREG", Kind: BE32, Values: &nftRegisters},
	2: {Name: "NFTA_PAYLOAD_BASE", Kind: BE32, Values: &nftPayloadBases},
	3: {Name: "NFTA_PAYLOAD_OFFSET", Kind: BE32},
	4: {Name: "NFTA_PAYLOAD_LEN", Kind: BE32},
	5: {Name: "NFTA_PAYLOAD_SREG", Kind: BE32, Values: &nftRegisters},
	6: {Name: "NFTA_PAYLOAD_CSUM_TYPE", Kind: BE32},
	7: {Name: "NFTA_PAYLOAD_CSUM_OFFSET", Kind: BE32},
	8: {Name: "NFTA_PAYLOAD_CSUM_FLAGS", Kind: BE32},
}

// nftPayloadBases is NFTA_PAYLOAD_BASE.
var nftPayloadBases = Values{Prefix: "NFT_PAYLOAD_", Consts: []Const{
	{0, "NFT_PAYLOAD_LL_HEADER"},
	{1, "NFT_PAYLOAD_NETWORK_HEADER"},
	{2, "NFT_PAYLOAD_TRANSPORT_HEADER"},
	{3, "NFT_PAYLOAD_INNER_HEADER"},
	{4, "NFT_PAYLOAD_TUN_HEADER"},
}}

// nftExthdrAttrs is the expression exthdr.
var nftExthdrAttrs = Set{
	1: {Name: "NFTA_EXTHDR_DREG", Kind: BE32, Values: &nftRegisters},
	2: {Name: "NFTA_EXTHDR_TYPE", Kind: U8},
	3: {Name: "NFTA_EXTHDR_OFFSET", Kind: BE32},
	4: {Name: "NFTA_EXTHDR_LEN", Kind: BE32},
	5: {Name: "NFTA_EXTHDR_FLAGS", Kind: BE32},
	6: {Name: "NFTA_EXTHDR_OP", Kind: BE32},
	7: {Name: "NFTA_EXTHDR_SREG", Kind: BE32, Values: &nftRegisters},
}

// nftMetaAttrs is the expression meta.
var nftMetaAttrs = Set{
	1: {Name: "NFTA_META_DREG", Kind: BE32, Values: &nftRegisters},
	2: {Name: "NFTA_META_KEY", Kind: BE32, Values: &nftMetaKeys},
	3: {Name: "NFTA_META_SREG", Kind: BE32, Values: &nftRegisters},
}

// nftMetaKeys is NFTA_META_KEY.
var nftMetaKeys = Values{Prefix: "NFT_META_", Consts: []Const{
	{0, "NFT_META_LEN"},
	{1, "NFT_META_PROTOCOL"},
	{2, "NFT_META_PRIORITY"},
	{3, "NFT_META_MARK"},
	{4, "NFT_META_IIF"},
	{5, "NFT_META_OIF"},
	{6, "NFT_META_IIFNAME"},
	{7, "NFT_META_OIFNAME"},
	{8, "NFT_META_IFTYPE"},
	{9, "NFT_META_OIFTYPE"},
	{10, "NFT_META_SKUID"},
	{11, "NFT_META_SKGID"},
	{12, "NFT_META_NFTRACE"},
	{13, "NFT_META_RTCLASSID"},
	{14, "NFT_META_SECMARK"},
	{15, "NFT_META_NFPROTO"},
	{16, "NFT_META_L4PROTO"},
	{17, "NFT_META_BRI_IIFNAME"},
	{18, "NFT_META_BRI_OIFNAME"},
	{19, "NFT_META_PKTTYPE"},
	{20, "NFT_META_CPU"},
	{21, "NFT_META_IIFGROUP"},
	{22, "NFT_META_OIFGROUP"},
	{23, "NFT_META_CGROUP"},
	{24, "NFT_META_PRANDOM"},
	{25, "NFT_META_SECPATH"},
	{26, "NFT_META_IIFKIND"},
	{27, "NFT_META_OIFKIND"},
	{28, "NFT_META_BRI_IIFPVID"},
	{29, "NFT_META_BRI_IIFVPROTO"},
	{30, "NFT_META_TIME_NS"},
	{31, "NFT_META_TIME_DAY"},
	{32, "NFT_META_TIME_HOUR"},
	{33, "NFT_META_SDIF"},
	{34, "NFT_META_SDIFNAME"},
	{35, "NFT_META_BRI_BROUTE"},
	{37, "NFT_META_BRI_IIFHWADDR"},
}}

// nftRtAttrs is the expression rt.
var nftRtAttrs = Set{
	1: {Name: "NFTA_RT_DREG", Kind: BE32, Values: &nftRegisters},
	2: {Name: "NFTA_RT_KEY", Kind: BE32},
}

// nftSocketAttrs is the expression socket.
var nftSocketAttrs = Set{
	1: {Name: "NFTA_SOCKET_KEY", Kind: BE32},
	2: {Name: "NFTA_SOCKET_DREG", Kind: BE32, Values: &nftRegisters},
	3: {Name: "NFTA_SOCKET_LEVEL", Kind: BE32},
}

// nftCtAttrs is the expression ct.
var nftCtAttrs = Set{
	1: {Name: "NFTA_CT_DREG", Kind: BE32, Values: &nftRegisters},
	2: {Name: "NFTA_CT_KEY", Kind: BE32, Values: &nftCtKeys},
	3: {Name: "NFTA_CT_DIRECTION", Kind: U8},
	4: {Name: "NFTA_CT_SREG", Kind: BE32, Values: &nftRegisters},
}

// nftCtKeys is NFTA_CT_KEY.
var nftCtKeys = Values{Prefix: "NFT_CT_", Consts: []Const{
	{0, "NFT_CT_STATE"},
	{1, "NFT_CT_DIRECTION"},
	{2, "NFT_CT_STATUS"},
	{3, "NFT_CT_MARK"},
	{4, "NFT_CT_SECMARK"},
	{5, "NFT_CT_EXPIRATION"},
	{6, "NFT_CT_HELPER"},
	{7, "NFT_CT_L3PROTOCOL"},
	{8, "NFT_CT_SRC"},
	{9, "NFT_CT_DST"},
	{10, "NFT_CT_PROTOCOL"},
	{11, "NFT_CT_PROTO_SRC"},
	{12, "NFT_CT_PROTO_DST"},
	{13, "NFT_CT_LABELS"},
	{14, "NFT_CT_PKTS"},
	{15, "NFT_CT_BYTES"},
	{16, "NFT_CT_AVGPKT"},
	{17, "NFT_CT_ZONE"},
	{18, "NFT_CT_EVENTMASK"},
	{19, "NFT_CT_SRC_IP"},
	{20, "NFT_CT_DST_IP"},
	{21, "NFT_CT_SRC_IP6"},
	{22, "NFT_CT_DST_IP6"},
	{23, "NFT_CT_ID"},
}}

// nftFibAttrs is the expression fib.
var nftFibAttrs = Set{
	1: {Name: "NFTA_FIB_DREG", Kind: BE32, Values: &nftRegisters},
	2: {Name: "NFTA_FIB_RESULT", Kind: BE32, Values: &nftFibResults},
	3: {Name: "NFTA_FIB_FLAGS", Kind: BE32, Values: &nftFibFlags},
}

// nftFibFlags is NFTA_FIB_FLAGS.
var nftFibFlags = Values{Prefix: "NFTA_FIB_F_", Bits: true, Consts: []Const{
	{1, "NFTA_FIB_F_SADDR"},
	{2, "NFTA_FIB_F_DADDR"},
	{4, "NFTA_FIB_F_MARK"},
	{8, "NFTA_FIB_F_IIF"},
	{16, "NFTA_FIB_F_OIF"},
	{32, "NFTA_FIB_F_PRESENT"},
}}

// nftFibResults is NFTA_FIB_RESULT.
var nftFibResults = Values{Prefix: "NFT_FIB_RESULT_", Consts: []Const{
	{1, "NFT_FIB_RESULT_OIF"},
	{2, "NFT_FIB_RESULT_OIFNAME"},
	{3, "NFT_FIB_RESULT_ADDRTYPE"},
}}

// nftHashAttrs is the expression hash.
var nftHashAttrs = Set{
	1: {Name: "NFTA_HASH_SREG", Kind: BE32, Values: &nftRegisters},
	2: {Name: "NFTA_HASH_DREG", Kind: BE32, Values: &nftRegisters},
	3: {Name: "NFTA_HASH_LEN", Kind: BE32},
	4: {Name: "NFTA_HASH_MODULUS", Kind: BE32},
	5: {Name: "NFTA_HASH_SEED", Kind: BE32},
	6: {Name: "NFTA_HASH_OFFSET", Kind: BE32},
	7: {Name: "NFTA_HASH_TYPE", Kind: BE32},
	8: {Name: "NFTA_HASH_SET_NAME", Kind: String},
	9: {Name: "NFTA_HASH_SET_ID", Kind: BE32},
}

// nftNgAttrs is the expression numgen.
var nftNgAttrs = Set{
	1: {Name: "NFTA_NG_DREG", Kind: BE32, Values: &nftRegisters},
	2: {Name: "NFTA_NG_MODULUS", Kind: BE32},
	3: {Name: "NFTA_NG_TYPE", Kind: BE32},
	4: {Name: "NFTA_NG_OFFSET", Kind: BE32},
	5: {Name: "NFTA_NG_SET_NAME", Kind: String},
	6: {Name: "NFTA_NG_SET_ID", Kind: BE32},
}

// nftXfrmAttrs is the expression xfrm.
var nftXfrmAttrs = Set{
	1: {Name: "NFTA_XFRM_DREG", Kind: BE32, Values: &nftRegisters},
	2: {Name: "NFTA_XFRM_KEY", Kind: BE32},
	3: {Name: "NFTA_XFRM_DIR", Kind: U8},
	4: {Name: "NFTA_XFRM_SPNUM", Kind: BE32},
}

// nftTunnelAttrs is the expression tunnel, as an expression.
var nftTunnelAttrs = Set{
	1: {Name: "NFTA_TUNNEL_KEY", Kind: BE32},
	2: {Name: "NFTA_TUNNEL_DREG", Kind: BE32, Values: &nftRegisters},
	3: {Name: "NFTA_TUNNEL_MODE", Kind: BE32},
}
