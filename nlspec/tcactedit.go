package nlspec

// peditAttrs is the options of pedit (include/uapi/linux/tc_act/tc_pedit.h).
var peditAttrs = Set{
	1: {Name: "TCA_PEDIT_TM", Kind: Struct, Struct: tcfT},
	2: {Name: "TCA_PEDIT_PARMS", Kind: Struct, Struct: tcPeditSel},
	3: {Name: "TCA_PEDIT_PAD", Kind: Pad},
	4: {Name: "TCA_PEDIT_PARMS_EX", Kind: Struct, Struct: tcPeditSel},
	5: {Name: "TCA_PEDIT_KEYS_EX", Kind: Nested, Nest: peditKeysEx},
	6: {Name: "TCA_PEDIT_KEY_EX", Kind: Nested, Nest: peditKeyEx},
}

// peditKeysEx is the contents of TCA_PEDIT_KEYS_EX: one entry for each key of
// TCA_PEDIT_PARMS_EX.
var peditKeysEx = Set{
	6: {Name: "TCA_PEDIT_KEY_EX", Kind: Nested, Nest: peditKeyEx},
}

// peditKeyEx is the contents of TCA_PEDIT_KEY_EX.
var peditKeyEx = Set{
	1: {Name: "TCA_PEDIT_KEY_EX_HTYPE", Kind: U16, Values: &peditHeaders},
	2: {Name: "TCA_PEDIT_KEY_EX_CMD", Kind: U16, Values: &peditCmds},
}

// peditHeaders is enum pedit_header_type.
var peditHeaders = Values{Prefix: "TCA_PEDIT_KEY_EX_HDR_TYPE_", Consts: []Const{
	{0, "TCA_PEDIT_KEY_EX_HDR_TYPE_NETWORK"},
	{1, "TCA_PEDIT_KEY_EX_HDR_TYPE_ETH"},
	{2, "TCA_PEDIT_KEY_EX_HDR_TYPE_IP4"},
	{3, "TCA_PEDIT_KEY_EX_HDR_TYPE_IP6"},
	{4, "TCA_PEDIT_KEY_EX_HDR_TYPE_TCP"},
	{5, "TCA_PEDIT_KEY_EX_HDR_TYPE_UDP"},
}}

// peditCmds is enum pedit_cmd.
var peditCmds = Values{Prefix: "TCA_PEDIT_KEY_EX_CMD_", Consts: []Const{
	{0, "TCA_PEDIT_KEY_EX_CMD_SET"},
	{1, "TCA_PEDIT_KEY_EX_CMD_ADD"},
}}

// tcPeditSel is TCA_PEDIT_PARMS and TCA_PEDIT_PARMS_EX.
var tcPeditSel = &CStruct{Name: "tc_pedit_sel", Fields: []Field{
	{Name: "index", Kind: U32},
	{Name: "capab", Kind: U32},
	{Name: "action", Kind: S32, Values: &tcVerdicts},
	{Name: "refcnt", Kind: S32},
	{Name: "bindcnt", Kind: S32},
	{Name: "nkeys", Kind: U8},
	{Name: "flags", Kind: U8},
	{Len: 2},
	{Name: "keys", Kind: Array, Elem: &Attr{Kind: Struct, Struct: tcPeditKey}},
}}

// tcPeditKey is what pedit changes: (packet AND mask) XOR val, both in network
// byte order, at off.
var tcPeditKey = &CStruct{Name: "tc_pedit_key", Fields: []Field{
	{Name: "mask", Kind: BE32},
	{Name: "val", Kind: BE32},
	{Name: "off", Kind: U32},
	{Name: "at", Kind: U32},
	{Name: "offmask", Kind: U32},
	{Name: "shift", Kind: U32},
}}

// skbeditAttrs is the options of skbedit
// (include/uapi/linux/tc_act/tc_skbedit.h).
var skbeditAttrs = Set{
	1:  {Name: "TCA_SKBEDIT_TM", Kind: Struct, Struct: tcfT},
	2:  {Name: "TCA_SKBEDIT_PARMS", Kind: Struct, Struct: justTCGen("tc_skbedit")},
	3:  {Name: "TCA_SKBEDIT_PRIORITY", Kind: TCHandle},
	4:  {Name: "TCA_SKBEDIT_QUEUE_MAPPING", Kind: U16},
	5:  {Name: "TCA_SKBEDIT_MARK", Kind: U32},
	6:  {Name: "TCA_SKBEDIT_PAD", Kind: Pad},
	7:  {Name: "TCA_SKBEDIT_PTYPE", Kind: U16, Values: &packetTypes},
	8:  {Name: "TCA_SKBEDIT_MASK", Kind: U32},
	9:  {Name: "TCA_SKBEDIT_FLAGS", Kind: U64, Values: &skbeditFlags},
	10: {Name: "TCA_SKBEDIT_QUEUE_MAPPING_MAX", Kind: U16},
}

// skbeditFlags is TCA_SKBEDIT_FLAGS.
var skbeditFlags = Values{Prefix: "SKBEDIT_F_", Bits: true, Consts: []Const{
	{1, "SKBEDIT_F_PRIORITY"},
	{2, "SKBEDIT_F_QUEUE_MAPPING"},
	{4, "SKBEDIT_F_MARK"},
	{8, "SKBEDIT_F_PTYPE"},
	{16, "SKBEDIT_F_MASK"},
	{32, "SKBEDIT_F_INHERITDSFIELD"},
	{64, "SKBEDIT_F_TXQ_SKBHASH"},
}}

// packetTypes is a packet's type (include/uapi/linux/if_packet.h).
var packetTypes = Values{Prefix: "PACKET_", Consts: []Const{
	{0, "PACKET_HOST"},
	{1, "PACKET_BROADCAST"},
	{2, "PACKET_MULTICAST"},
	{3, "PACKET_OTHERHOST"},
}}

// skbmodAttrs is the options of skbmod (include/uapi/linux/tc_act/tc_skbmod.h).
var skbmodAttrs = Set{
	1: {Name: "TCA_SKBMOD_TM", Kind: Struct, Struct: tcfT},
	2: {Name: "TCA_SKBMOD_PARMS", Kind: Struct, Struct: tcSkbmod},
	3: {Name: "TCA_SKBMOD_DMAC", Kind: LLAddr},
	4: {Name: "TCA_SKBMOD_SMAC", Kind: LLAddr},
	5: {Name: "TCA_SKBMOD_ETYPE", Kind: U16},
	6: {Name: "TCA_SKBMOD_PAD", Kind: Pad},
}

// tcSkbmod is TCA_SKBMOD_PARMS.
var tcSkbmod = &CStruct{Name: "tc_skbmod", Fields: []Field{
	{Name: "index", Kind: U32},
	{Name: "capab", Kind: U32},
	{Name: "action", Kind: S32, Values: &tcVerdicts},
	{Name: "refcnt", Kind: S32},
	{Name: "bindcnt", Kind: S32},
	{Len: 4},
	{Name: "flags", Kind: U64, Values: &skbmodFlags},
}}

// skbmodFlags is tc_skbmod's flags.
var skbmodFlags = Values{Prefix: "SKBMOD_F_", Bits: true, Consts: []Const{
	{1, "SKBMOD_F_DMAC"},
	{2, "SKBMOD_F_SMAC"},
	{4, "SKBMOD_F_ETYPE"},
	{8, "SKBMOD_F_SWAPMAC"},
	{16, "SKBMOD_F_ECN"},
}}

// tunnelKeyAttrs is the options of tunnel_key
// (include/uapi/linux/tc_act/tc_tunnel_key.h).
var tunnelKeyAttrs = Set{
	1:  {Name: "TCA_TUNNEL_KEY_TM", Kind: Struct, Struct: tcfT},
	2:  {Name: "TCA_TUNNEL_KEY_PARMS", Kind: Struct, Struct: tcTunnelKey},
	3:  {Name: "TCA_TUNNEL_KEY_ENC_IPV4_SRC", Kind: IP},
	4:  {Name: "TCA_TUNNEL_KEY_ENC_IPV4_DST", Kind: IP},
	5:  {Name: "TCA_TUNNEL_KEY_ENC_IPV6_SRC", Kind: IP},
	6:  {Name: "TCA_TUNNEL_KEY_ENC_IPV6_DST", Kind: IP},
	7:  {Name: "TCA_TUNNEL_KEY_ENC_KEY_ID", Kind: BE32},
	8:  {Name: "TCA_TUNNEL_KEY_PAD", Kind: Pad},
	9:  {Name: "TCA_TUNNEL_KEY_ENC_DST_PORT", Kind: BE16},
	10: {Name: "TCA_TUNNEL_KEY_NO_CSUM", Kind: U8},
	11: {Name: "TCA_TUNNEL_KEY_ENC_OPTS", Kind: Nested, Nest: tunnelKeyEncOpts},
	12: {Name: "TCA_TUNNEL_KEY_ENC_TOS", Kind: U8},
	13: {Name: "TCA_TUNNEL_KEY_ENC_TTL", Kind: U8},
	14: {Name: "TCA_TUNNEL_KEY_NO_FRAG", Kind: Flag},
}

// tcTunnelKey is TCA_TUNNEL_KEY_PARMS.
var tcTunnelKey = &CStruct{Name: "tc_tunnel_key", Fields: []Field{
	{Name: "index", Kind: U32},
	{Name: "capab", Kind: U32},
	{Name: "action", Kind: S32, Values: &tcVerdicts},
	{Name: "refcnt", Kind: S32},
	{Name: "bindcnt", Kind: S32},
	{Name: "t_action", Kind: S32, Values: &tunnelKeyActions},
}}

// tunnelKeyActions is tc_tunnel_key's t_action.
var tunnelKeyActions = Values{Prefix: "TCA_TUNNEL_KEY_ACT_", Consts: []Const{
	{1, "TCA_TUNNEL_KEY_ACT_SET"},
	{2, "TCA_TUNNEL_KEY_ACT_RELEASE"},
}}

// tunnelKeyEncOpts is the contents of TCA_TUNNEL_KEY_ENC_OPTS: one GENEVE for
// each of its options.
var tunnelKeyEncOpts = Set{
	1: {Name: "TCA_TUNNEL_KEY_ENC_OPTS_GENEVE", Kind: Nested, Nest: tunnelKeyGeneve},
	2: {Name: "TCA_TUNNEL_KEY_ENC_OPTS_VXLAN", Kind: Nested, Nest: tunnelKeyVXLAN},
	3: {Name: "TCA_TUNNEL_KEY_ENC_OPTS_ERSPAN", Kind: Nested, Nest: tunnelKeyERSPAN},
}

// tunnelKeyGeneve is an option of Geneve.
var tunnelKeyGeneve = Set{
	1: {Name: "TCA_TUNNEL_KEY_ENC_OPT_GENEVE_CLASS", Kind: BE16},
	2: {Name: "TCA_TUNNEL_KEY_ENC_OPT_GENEVE_TYPE", Kind: U8},
	3: {Name: "TCA_TUNNEL_KEY_ENC_OPT_GENEVE_DATA", Kind: Bytes},
}

// tunnelKeyVXLAN is the group policy of VXLAN.
var tunnelKeyVXLAN = Set{
	1: {Name: "TCA_TUNNEL_KEY_ENC_OPT_VXLAN_GBP", Kind: U32},
}

// tunnelKeyERSPAN is the contents of ERSPAN's header.
var tunnelKeyERSPAN = Set{
	1: {Name: "TCA_TUNNEL_KEY_ENC_OPT_ERSPAN_VER", Kind: U8},
	2: {Name: "TCA_TUNNEL_KEY_ENC_OPT_ERSPAN_INDEX", Kind: BE32},
	3: {Name: "TCA_TUNNEL_KEY_ENC_OPT_ERSPAN_DIR", Kind: U8},
	4: {Name: "TCA_TUNNEL_KEY_ENC_OPT_ERSPAN_HWID", Kind: U8},
}

// mplsActAttrs is the options of mpls (include/uapi/linux/tc_act/tc_mpls.h).
var mplsActAttrs = Set{
	1: {Name: "TCA_MPLS_TM", Kind: Struct, Struct: tcfT},
	2: {Name: "TCA_MPLS_PARMS", Kind: Struct, Struct: tcMPLS},
	3: {Name: "TCA_MPLS_PAD", Kind: Pad},
	4: {Name: "TCA_MPLS_PROTO", Kind: BE16, Values: &etherTypes},
	5: {Name: "TCA_MPLS_LABEL", Kind: U32},
	6: {Name: "TCA_MPLS_TC", Kind: U8},
	7: {Name: "TCA_MPLS_TTL", Kind: U8},
	8: {Name: "TCA_MPLS_BOS", Kind: U8},
}

// tcMPLS is TCA_MPLS_PARMS.
var tcMPLS = &CStruct{Name: "tc_mpls", Fields: []Field{
	{Name: "index", Kind: U32},
	{Name: "capab", Kind: U32},
	{Name: "action", Kind: S32, Values: &tcVerdicts},
	{Name: "refcnt", Kind: S32},
	{Name: "bindcnt", Kind: S32},
	{Name: "m_action", Kind: S32, Values: &mplsActions},
}}

// mplsActions is tc_mpls's m_action.
var mplsActions = Values{Prefix: "TCA_MPLS_ACT_", Consts: []Const{
	{1, "TCA_MPLS_ACT_POP"},
	{2, "TCA_MPLS_ACT_PUSH"},
	{3, "TCA_MPLS_ACT_MODIFY"},
	{4, "TCA_MPLS_ACT_DEC_TTL"},
	{5, "TCA_MPLS_ACT_MAC_PUSH"},
}}
