package nlspec

// nftCounterAttrs is the expression counter
// (include/uapi/linux/netfilter/nf_tables.h).
var nftCounterAttrs = Set{
	1: {Name: "NFTA_COUNTER_BYTES", Kind: BE64},
	2: {Name: "NFTA_COUNTER_PACKETS", Kind: BE64},
	3: {Name: "NFTA_COUNTER_PAD", Kind: Pad},
}

// nftLastAttrs is the expression last.
var nftLastAttrs = Set{
	1: {Name: "NFTA_LAST_SET", Kind: BE32},
	2: {Name: "NFTA_LAST_MSECS", Kind: BE64},
	3: {Name: "NFTA_LAST_PAD", Kind: Pad},
}

// nftLimitAttrs is the expression limit; the unit is in seconds.
var nftLimitAttrs = Set{
	1: {Name: "NFTA_LIMIT_RATE", Kind: BE64},
	2: {Name: "NFTA_LIMIT_UNIT", Kind: BE64},
	3: {Name: "NFTA_LIMIT_BURST", Kind: BE32},
	4: {Name: "NFTA_LIMIT_TYPE", Kind: BE32, Values: &nftLimitTypes},
	5: {Name: "NFTA_LIMIT_FLAGS", Kind: BE32},
	6: {Name: "NFTA_LIMIT_PAD", Kind: Pad},
}

// nftLimitTypes is NFTA_LIMIT_TYPE.
var nftLimitTypes = Values{Prefix: "NFT_LIMIT_", Consts: []Const{
	{0, "NFT_LIMIT_PKTS"},
	{1, "NFT_LIMIT_PKT_BYTES"},
}}

// nftConnlimitAttrs is the expression connlimit.
var nftConnlimitAttrs = Set{
	1: {Name: "NFTA_CONNLIMIT_COUNT", Kind: BE32},
	2: {Name: "NFTA_CONNLIMIT_FLAGS", Kind: BE32},
}

// nftQuotaAttrs is the expression quota.
var nftQuotaAttrs = Set{
	1: {Name: "NFTA_QUOTA_BYTES", Kind: BE64},
	2: {Name: "NFTA_QUOTA_FLAGS", Kind: BE32, Values: &nftQuotaFlags},
	3: {Name: "NFTA_QUOTA_PAD", Kind: Pad},
	4: {Name: "NFTA_QUOTA_CONSUMED", Kind: BE64},
}

// nftQuotaFlags is NFTA_QUOTA_FLAGS.
var nftQuotaFlags = Values{Prefix: "NFT_QUOTA_F_", Bits: true, Consts: []Const{
	{1, "NFT_QUOTA_F_INV"},
	{2, "NFT_QUOTA_F_DEPLETED"},
}}

// nftLogAttrs is the expression log.
var nftLogAttrs = Set{
	1: {Name: "NFTA_LOG_GROUP", Kind: BE16},
	2: {Name: "NFTA_LOG_PREFIX", Kind: String},
	3: {Name: "NFTA_LOG_SNAPLEN", Kind: BE32},
	4: {Name: "NFTA_LOG_QTHRESHOLD", Kind: BE16},
	5: {Name: "NFTA_LOG_LEVEL", Kind: BE32},
	6: {Name: "NFTA_LOG_FLAGS", Kind: BE32},
}

// nftQueueAttrs is the expression queue.
var nftQueueAttrs = Set{
	1: {Name: "NFTA_QUEUE_NUM", Kind: BE16},
	2: {Name: "NFTA_QUEUE_TOTAL", Kind: BE16},
	3: {Name: "NFTA_QUEUE_FLAGS", Kind: BE16},
	4: {Name: "NFTA_QUEUE_SREG_QNUM", Kind: BE32},
}

// nftRejectAttrs is the expression reject.
var nftRejectAttrs = Set{
	1: {Name: "NFTA_REJECT_TYPE", Kind: BE32, Values: &nftRejectTypes},
	2: {Name: "NFTA_REJECT_ICMP_CODE", Kind: U8},
}

// nftRejectTypes is NFTA_REJECT_TYPE.
var nftRejectTypes = Values{Prefix: "NFT_REJECT_", Consts: []Const{
	{0, "NFT_REJECT_ICMP_UNREACH"},
	{1, "NFT_REJECT_TCP_RST"},
	{2, "NFT_REJECT_ICMPX_UNREACH"},
}}

// nftNatAttrs is the expression nat.
var nftNatAttrs = Set{
	1: {Name: "NFTA_NAT_TYPE", Kind: BE32, Values: &nftNatTypes},
	2: {Name: "NFTA_NAT_FAMILY", Kind: BE32, Values: &nfFamilies},
	3: {Name: "NFTA_NAT_REG_ADDR_MIN", Kind: BE32, Values: &nftRegisters},
	4: {Name: "NFTA_NAT_REG_ADDR_MAX", Kind: BE32, Values: &nftRegisters},
	5: {Name: "NFTA_NAT_REG_PROTO_MIN", Kind: BE32, Values: &nftRegisters},
	6: {Name: "NFTA_NAT_REG_PROTO_MAX", Kind: BE32, Values: &nftRegisters},
	7: {Name: "NFTA_NAT_FLAGS", Kind: BE32},
}

// nftNatTypes is NFTA_NAT_TYPE.
var nftNatTypes = Values{Prefix: "NFT_NAT_", Consts: []Const{
	{0, "NFT_NAT_SNAT"},
	{1, "NFT_NAT_DNAT"},
}}

// nftMasqAttrs is the expression masq.
var nftMasqAttrs = Set{
	1: {Name: "NFTA_MASQ_FLAGS", Kind: BE32},
	2: {Name: "NFTA_MASQ_REG_PROTO_MIN", Kind: BE32, Values: &nftRegisters},
	3: {Name: "NFTA_MASQ_REG_PROTO_MAX", Kind: BE32, Values: &nftRegisters},
}

// nftRedirAttrs is the expression redir.
var nftRedirAttrs = Set{
	1: {Name: "NFTA_REDIR_REG_PROTO_MIN", Kind: BE32, Values: &nftRegisters},
	2: {Name: "NFTA_REDIR_REG_PROTO_MAX", Kind: BE32, Values: &nftRegisters},
	3: {Name: "NFTA_REDIR_FLAGS", Kind: BE32},
}

// nftTproxyAttrs is the expression tproxy.
var nftTproxyAttrs = Set{
	1: {Name: "NFTA_TPROXY_FAMILY", Kind: BE32, Values: &nfFamilies},
	2: {Name: "NFTA_TPROXY_REG_ADDR", Kind: BE32, Values: &nftRegisters},
	3: {Name: "NFTA_TPROXY_REG_PORT", Kind: BE32, Values: &nftRegisters},
}

// nftDupAttrs is the expression dup.
var nftDupAttrs = Set{
	1: {Name: "NFTA_DUP_SREG_ADDR", Kind: BE32, Values: &nftRegisters},
	2: {Name: "NFTA_DUP_SREG_DEV", Kind: BE32, Values: &nftRegisters},
}

// nftFwdAttrs is the expression fwd.
var nftFwdAttrs = Set{
	1: {Name: "NFTA_FWD_SREG_DEV", Kind: BE32, Values: &nftRegisters},
	2: {Name: "NFTA_FWD_SREG_ADDR", Kind: BE32, Values: &nftRegisters},
	3: {Name: "NFTA_FWD_NFPROTO", Kind: BE32, Values: &nfFamilies},
}

// nftFlowAttrs is the expression flow_offload.
var nftFlowAttrs = Set{
	1: {Name: "NFTA_FLOW_TABLE_NAME", Kind: String},
}

// nftObjrefAttrs is the expression objref.
var nftObjrefAttrs = Set{
	1: {Name: "NFTA_OBJREF_IMM_TYPE", Kind: BE32, Values: &nftObjectTypes},
	2: {Name: "NFTA_OBJREF_IMM_NAME", Kind: String},
	3: {Name: "NFTA_OBJREF_SET_SREG", Kind: BE32, Values: &nftRegisters},
	4: {Name: "NFTA_OBJREF_SET_NAME", Kind: String},
	5: {Name: "NFTA_OBJREF_SET_ID", Kind: BE32},
}

// nftOsfAttrs is the expression osf.
var nftOsfAttrs = Set{
	1: {Name: "NFTA_OSF_DREG", Kind: BE32, Values: &nftRegisters},
	2: {Name: "NFTA_OSF_TTL", Kind: U8},
	3: {Name: "NFTA_OSF_FLAGS", Kind: BE32},
}

// nftSynproxyAttrs is the expression synproxy.
var nftSynproxyAttrs = Set{
	1: {Name: "NFTA_SYNPROXY_MSS", Kind: BE16},
	2: {Name: "NFTA_SYNPROXY_WSCALE", Kind: U8},
	3: {Name: "NFTA_SYNPROXY_FLAGS", Kind: BE32},
}

// nftTargetAttrs is the expression target, an iptables extension
// (include/uapi/linux/netfilter/nf_tables_compat.h).
var nftTargetAttrs = Set{
	1: {Name: "NFTA_TARGET_NAME", Kind: String},
	2: {Name: "NFTA_TARGET_REV", Kind: BE32},
	3: {Name: "NFTA_TARGET_INFO", Kind: Bytes},
}

// nftMatchAttrs is the expression match, an iptables extension.
var nftMatchAttrs = Set{
	1: {Name: "NFTA_MATCH_NAME", Kind: String},
	2: {Name: "NFTA_MATCH_REV", Kind: BE32},
	3: {Name: "NFTA_MATCH_INFO", Kind: Bytes},
}
