package nlspec

// flowerAttrs is the options of flower (include/uapi/linux/pkt_cls.h). The
// MPLS, VLAN and conntrack keys are in the host's byte order.
var flowerAttrs = Set{
	1:   {Name: "TCA_FLOWER_CLASSID", Kind: TCHandle},
	2:   {Name: "TCA_FLOWER_INDEV", Kind: String},
	3:   {Name: "TCA_FLOWER_ACT", Kind: List, Elem: &tcActionElem},
	4:   {Name: "TCA_FLOWER_KEY_ETH_DST", Kind: LLAddr},
	5:   {Name: "TCA_FLOWER_KEY_ETH_DST_MASK", Kind: LLAddr},
	6:   {Name: "TCA_FLOWER_KEY_ETH_SRC", Kind: LLAddr},
	7:   {Name: "TCA_FLOWER_KEY_ETH_SRC_MASK", Kind: LLAddr},
	8:   {Name: "TCA_FLOWER_KEY_ETH_TYPE", Kind: BE16, Values: &etherTypes},
	9:   {Name: "TCA_FLOWER_KEY_IP_PROTO", Kind: U8, Values: &ipProtos},
	10:  {Name: "TCA_FLOWER_KEY_IPV4_SRC", Kind: IP},
	11:  {Name: "TCA_FLOWER_KEY_IPV4_SRC_MASK", Kind: IP},
	12:  {Name: "TCA_FLOWER_KEY_IPV4_DST", Kind: IP},
	13:  {Name: "TCA_FLOWER_KEY_IPV4_DST_MASK", Kind: IP},
	14:  {Name: "TCA_FLOWER_KEY_IPV6_SRC", Kind: IP},
	15:  {Name: "TCA_FLOWER_KEY_IPV6_SRC_MASK", Kind: IP},
	16:  {Name: "TCA_FLOWER_KEY_IPV6_DST", Kind: IP},
	17:  {Name: "TCA_FLOWER_KEY_IPV6_DST_MASK", Kind: IP},
	18:  {Name: "TCA_FLOWER_KEY_TCP_SRC", Kind: BE16},
	19:  {Name: "TCA_FLOWER_KEY_TCP_DST", Kind: BE16},
	20:  {Name: "TCA_FLOWER_KEY_UDP_SRC", Kind: BE16},
	21:  {Name: "TCA_FLOWER_KEY_UDP_DST", Kind: BE16},
	22:  {Name: "TCA_FLOWER_FLAGS", Kind: U32, Values: &clsFlags},
	23:  {Name: "TCA_FLOWER_KEY_VLAN_ID", Kind: U16},
	24:  {Name: "TCA_FLOWER_KEY_VLAN_PRIO", Kind: U8},
	25:  {Name: "TCA_FLOWER_KEY_VLAN_ETH_TYPE", Kind: BE16, Values: &etherTypes},
	26:  {Name: "TCA_FLOWER_KEY_ENC_KEY_ID", Kind: BE32},
	27:  {Name: "TCA_FLOWER_KEY_ENC_IPV4_SRC", Kind: IP},
	28:  {Name: "TCA_FLOWER_KEY_ENC_IPV4_SRC_MASK", Kind: IP},
	29:  {Name: "TCA_FLOWER_KEY_ENC_IPV4_DST", Kind: IP},
	30:  {Name: "TCA_FLOWER_KEY_ENC_IPV4_DST_MASK", Kind: IP},
	31:  {Name: "TCA_FLOWER_KEY_ENC_IPV6_SRC", Kind: IP},
	32:  {Name: "TCA_FLOWER_KEY_ENC_IPV6_SRC_MASK", Kind: IP},
	33:  {Name: "TCA_FLOWER_KEY_ENC_IPV6_DST", Kind: IP},
	34:  {Name: "TCA_FLOWER_KEY_ENC_IPV6_DST_MASK", Kind: IP},
	35:  {Name: "TCA_FLOWER_KEY_TCP_SRC_MASK", Kind: BE16},
	36:  {Name: "TCA_FLOWER_KEY_TCP_DST_MASK", Kind: BE16},
	37:  {Name: "TCA_FLOWER_KEY_UDP_SRC_MASK", Kind: BE16},
	38:  {Name: "TCA_FLOWER_KEY_UDP_DST_MASK", Kind: BE16},
	39:  {Name: "TCA_FLOWER_KEY_SCTP_SRC_MASK", Kind: BE16},
	40:  {Name: "TCA_FLOWER_KEY_SCTP_DST_MASK", Kind: BE16},
	41:  {Name: "TCA_FLOWER_KEY_SCTP_SRC", Kind: BE16},
	42:  {Name: "TCA_FLOWER_KEY_SCTP_DST", Kind: BE16},
	43:  {Name: "TCA_FLOWER_KEY_ENC_UDP_SRC_PORT", Kind: BE16},
	44:  {Name: "TCA_FLOWER_KEY_ENC_UDP_SRC_PORT_MASK", Kind: BE16},
	45:  {Name: "TCA_FLOWER_KEY_ENC_UDP_DST_PORT", Kind: BE16},
	46:  {Name: "TCA_FLOWER_KEY_ENC_UDP_DST_PORT_MASK", Kind: BE16},
	47:  {Name: "TCA_FLOWER_KEY_FLAGS", Kind: BE32, Values: &flowerFlags},
	48:  {Name: "TCA_FLOWER_KEY_FLAGS_MASK", Kind: BE32, Values: &flowerFlags},
	49:  {Name: "TCA_FLOWER_KEY_ICMPV4_CODE", Kind: U8},
	50:  {Name: "TCA_FLOWER_KEY_ICMPV4_CODE_MASK", Kind: U8},
	51:  {Name: "TCA_FLOWER_KEY_ICMPV4_TYPE", Kind: U8},
	52:  {Name: "TCA_FLOWER_KEY_ICMPV4_TYPE_MASK", Kind: U8},
	53:  {Name: "TCA_FLOWER_KEY_ICMPV6_CODE", Kind: U8},
	54:  {Name: "TCA_FLOWER_KEY_ICMPV6_CODE_MASK", Kind: U8},
	55:  {Name: "TCA_FLOWER_KEY_ICMPV6_TYPE", Kind: U8},
	56:  {Name: "TCA_FLOWER_KEY_ICMPV6_TYPE_MASK", Kind: U8},
	57:  {Name: "TCA_FLOWER_KEY_ARP_SIP", Kind: IP},
	58:  {Name: "TCA_FLOWER_KEY_ARP_SIP_MASK", Kind: IP},
	59:  {Name: "TCA_FLOWER_KEY_ARP_TIP", Kind: IP},
	60:  {Name: "TCA_FLOWER_KEY_ARP_TIP_MASK", Kind: IP},
	61:  {Name: "TCA_FLOWER_KEY_ARP_OP", Kind: U8},
	62:  {Name: "TCA_FLOWER_KEY_ARP_OP_MASK", Kind: U8},
	63:  {Name: "TCA_FLOWER_KEY_ARP_SHA", Kind: LLAddr},
	64:  {Name: "TCA_FLOWER_KEY_ARP_SHA_MASK", Kind: LLAddr},
	65:  {Name: "TCA_FLOWER_KEY_ARP_THA", Kind: LLAddr},
	66:  {Name: "TCA_FLOWER_KEY_ARP_THA_MASK", Kind: LLAddr},
	67:  {Name: "TCA_FLOWER_KEY_MPLS_TTL", Kind: U8},
	68:  {Name: "TCA_FLOWER_KEY_MPLS_BOS", Kind: U8},
	69:  {Name: "TCA_FLOWER_KEY_MPLS_TC", Kind: U8},
	70:  {Name: "TCA_FLOWER_KEY_MPLS_LABEL", Kind: U32},
	71:  {Name: "TCA_FLOWER_KEY_TCP_FLAGS", Kind: BE16, Values: &tcpFlags},
	72:  {Name: "TCA_FLOWER_KEY_TCP_FLAGS_MASK", Kind: BE16, Values: &tcpFlags},
	73:  {Name: "TCA_FLOWER_KEY_IP_TOS", Kind: U8},
	74:  {Name: "TCA_FLOWER_KEY_IP_TOS_MASK", Kind: U8},
	75:  {Name: "TCA_FLOWER_KEY_IP_TTL", Kind: U8},
	76:  {Name: "TCA_FLOWER_KEY_IP_TTL_MASK", Kind: U8},
	77:  {Name: "TCA_FLOWER_KEY_CVLAN_ID", Kind: U16},
	78:  {Name: "TCA_FLOWER_KEY_CVLAN_PRIO", Kind: U8},
	79:  {Name: "TCA_FLOWER_KEY_CVLAN_ETH_TYPE", Kind: BE16, Values: &etherTypes},
	80:  {Name: "TCA_FLOWER_KEY_ENC_IP_TOS", Kind: U8},
	81:  {Name: "TCA_FLOWER_KEY_ENC_IP_TOS_MASK", Kind: U8},
	82:  {Name: "TCA_FLOWER_KEY_ENC_IP_TTL", Kind: U8},
	83:  {Name: "TCA_FLOWER_KEY_ENC_IP_TTL_MASK", Kind: U8},
	84:  {Name: "TCA_FLOWER_KEY_ENC_OPTS", Kind: Nested, Nest: flowerEncOpts},
	85:  {Name: "TCA_FLOWER_KEY_ENC_OPTS_MASK", Kind: Nested, Nest: flowerEncOpts},
	86:  {Name: "TCA_FLOWER_IN_HW_COUNT", Kind: U32},
	87:  {Name: "TCA_FLOWER_KEY_PORT_SRC_MIN", Kind: BE16},
	88:  {Name: "TCA_FLOWER_KEY_PORT_SRC_MAX", Kind: BE16},
	89:  {Name: "TCA_FLOWER_KEY_PORT_DST_MIN", Kind: BE16},
	90:  {Name: "TCA_FLOWER_KEY_PORT_DST_MAX", Kind: BE16},
	91:  {Name: "TCA_FLOWER_KEY_CT_STATE", Kind: U16, Values: &flowerCTState},
	92:  {Name: "TCA_FLOWER_KEY_CT_STATE_MASK", Kind: U16, Values: &flowerCTState},
	93:  {Name: "TCA_FLOWER_KEY_CT_ZONE", Kind: U16},
	94:  {Name: "TCA_FLOWER_KEY_CT_ZONE_MASK", Kind: U16},
	95:  {Name: "TCA_FLOWER_KEY_CT_MARK", Kind: U32},
	96:  {Name: "TCA_FLOWER_KEY_CT_MARK_MASK", Kind: U32},
	97:  {Name: "TCA_FLOWER_KEY_CT_LABELS", Kind: Bytes},
	98:  {Name: "TCA_FLOWER_KEY_CT_LABELS_MASK", Kind: Bytes},
	99:  {Name: "TCA_FLOWER_KEY_MPLS_OPTS", Kind: Nested, Nest: flowerMPLSOpts},
	100: {Name: "TCA_FLOWER_KEY_HASH", Kind: U32},
	101: {Name: "TCA_FLOWER_KEY_HASH_MASK", Kind: U32},
	102: {Name: "TCA_FLOWER_KEY_NUM_OF_VLANS", Kind: U8},
	103: {Name: "TCA_FLOWER_KEY_PPPOE_SID", Kind: BE16},
	104: {Name: "TCA_FLOWER_KEY_PPP_PROTO", Kind: BE16},
	105: {Name: "TCA_FLOWER_KEY_L2TPV3_SID", Kind: BE32},
	106: {Name: "TCA_FLOWER_L2_MISS", Kind: U8},
	107: {Name: "TCA_FLOWER_KEY_CFM", Kind: Nested, Nest: flowerCFM},
	108: {Name: "TCA_FLOWER_KEY_SPI", Kind: BE32},
	109: {Name: "TCA_FLOWER_KEY_SPI_MASK", Kind: BE32},
	110: {Name: "TCA_FLOWER_KEY_ENC_FLAGS", Kind: BE32, Values: &flowerFlags},
	111: {Name: "TCA_FLOWER_KEY_ENC_FLAGS_MASK", Kind: BE32, Values: &flowerFlags},
}

// flowerFlags is TCA_FLOWER_KEY_FLAGS and TCA_FLOWER_KEY_ENC_FLAGS.
var flowerFlags = Values{Prefix: "TCA_FLOWER_KEY_FLAGS_", Bits: true, Consts: []Const{
	{1, "TCA_FLOWER_KEY_FLAGS_IS_FRAGMENT"},
	{2, "TCA_FLOWER_KEY_FLAGS_FRAG_IS_FIRST"},
	{4, "TCA_FLOWER_KEY_FLAGS_TUNNEL_CSUM"},
	{8, "TCA_FLOWER_KEY_FLAGS_TUNNEL_DONT_FRAGMENT"},
	{16, "TCA_FLOWER_KEY_FLAGS_TUNNEL_OAM"},
	{32, "TCA_FLOWER_KEY_FLAGS_TUNNEL_CRIT_OPT"},
}}

// flowerCTState is TCA_FLOWER_KEY_CT_STATE.
var flowerCTState = Values{Prefix: "TCA_FLOWER_KEY_CT_FLAGS_", Bits: true, Consts: []Const{
	{1, "TCA_FLOWER_KEY_CT_FLAGS_NEW"},
	{2, "TCA_FLOWER_KEY_CT_FLAGS_ESTABLISHED"},
	{4, "TCA_FLOWER_KEY_CT_FLAGS_RELATED"},
	{8, "TCA_FLOWER_KEY_CT_FLAGS_TRACKED"},
	{16, "TCA_FLOWER_KEY_CT_FLAGS_INVALID"},
	{32, "TCA_FLOWER_KEY_CT_FLAGS_REPLY"},
}}

// tcpFlags is the flags of TCP's header (RFC 9293, 3.1), with BSD's names.
var tcpFlags = Values{Prefix: "TH_", Bits: true, Consts: []Const{
	{1, "TH_FIN"},
	{2, "TH_SYN"},
	{4, "TH_RST"},
	{8, "TH_PUSH"},
	{0x10, "TH_ACK"},
	{0x20, "TH_URG"},
	{0x40, "TH_ECE"},
	{0x80, "TH_CWR"},
}}

// flowerEncOpts is the contents of TCA_FLOWER_KEY_ENC_OPTS: one GENEVE for each
// of its options.
var flowerEncOpts = Set{
	1: {Name: "TCA_FLOWER_KEY_ENC_OPTS_GENEVE", Kind: Nested, Nest: flowerGeneve},
	2: {Name: "TCA_FLOWER_KEY_ENC_OPTS_VXLAN", Kind: Nested, Nest: flowerVXLAN},
	3: {Name: "TCA_FLOWER_KEY_ENC_OPTS_ERSPAN", Kind: Nested, Nest: flowerERSPAN},
	4: {Name: "TCA_FLOWER_KEY_ENC_OPTS_GTP", Kind: Nested, Nest: flowerGTP},
	5: {Name: "TCA_FLOWER_KEY_ENC_OPTS_PFCP", Kind: Nested, Nest: flowerPFCP},
}

// flowerGeneve is an option of Geneve.
var flowerGeneve = Set{
	1: {Name: "TCA_FLOWER_KEY_ENC_OPT_GENEVE_CLASS", Kind: BE16},
	2: {Name: "TCA_FLOWER_KEY_ENC_OPT_GENEVE_TYPE", Kind: U8},
	3: {Name: "TCA_FLOWER_KEY_ENC_OPT_GENEVE_DATA", Kind: Bytes},
}

// flowerVXLAN is the group policy of VXLAN.
var flowerVXLAN = Set{
	1: {Name: "TCA_FLOWER_KEY_ENC_OPT_VXLAN_GBP", Kind: U32},
}

// flowerERSPAN is the contents of ERSPAN's header.
var flowerERSPAN = Set{
	1: {Name: "TCA_FLOWER_KEY_ENC_OPT_ERSPAN_VER", Kind: U8},
	2: {Name: "TCA_FLOWER_KEY_ENC_OPT_ERSPAN_INDEX", Kind: BE32},
	3: {Name: "TCA_FLOWER_KEY_ENC_OPT_ERSPAN_DIR", Kind: U8},
	4: {Name: "TCA_FLOWER_KEY_ENC_OPT_ERSPAN_HWID", Kind: U8},
}

// flowerGTP is the contents of GTP's extension header.
var flowerGTP = Set{
	1: {Name: "TCA_FLOWER_KEY_ENC_OPT_GTP_PDU_TYPE", Kind: U8},
	2: {Name: "TCA_FLOWER_KEY_ENC_OPT_GTP_QFI", Kind: U8},
}

// flowerPFCP is the contents of PFCP's header.
var flowerPFCP = Set{
	1: {Name: "TCA_FLOWER_KEY_ENC_OPT_PFCP_TYPE", Kind: U8},
	2: {Name: "TCA_FLOWER_KEY_ENC_OPT_PFCP_SEID", Kind: BE64},
}

// flowerMPLSOpts is the contents of TCA_FLOWER_KEY_MPLS_OPTS: one for each
// entry of the label stack.
var flowerMPLSOpts = Set{
	1: {Name: "TCA_FLOWER_KEY_MPLS_OPTS_LSE", Kind: Nested, Nest: flowerLSE},
}

// flowerLSE is the contents of TCA_FLOWER_KEY_MPLS_OPTS_LSE.
var flowerLSE = Set{
	1: {Name: "TCA_FLOWER_KEY_MPLS_OPT_LSE_DEPTH", Kind: U8},
	2: {Name: "TCA_FLOWER_KEY_MPLS_OPT_LSE_TTL", Kind: U8},
	3: {Name: "TCA_FLOWER_KEY_MPLS_OPT_LSE_BOS", Kind: U8},
	4: {Name: "TCA_FLOWER_KEY_MPLS_OPT_LSE_TC", Kind: U8},
	5: {Name: "TCA_FLOWER_KEY_MPLS_OPT_LSE_LABEL", Kind: U32},
}

// flowerCFM is the contents of TCA_FLOWER_KEY_CFM.
var flowerCFM = Set{
	1: {Name: "TCA_FLOWER_KEY_CFM_MD_LEVEL", Kind: U8},
	2: {Name: "TCA_FLOWER_KEY_CFM_OPCODE", Kind: U8},
}
