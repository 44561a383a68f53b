package nlspec

// basicAttrs is the options of basic (include/uapi/linux/pkt_cls.h).
var basicAttrs = Set{
	1: {Name: "TCA_BASIC_CLASSID", Kind: TCHandle},
	2: {Name: "TCA_BASIC_EMATCHES", Kind: Nested, Nest: ematchTreeAttrs},
	3: {Name: "TCA_BASIC_ACT", Kind: List, Elem: &tcActionElem},
	4: {Name: "TCA_BASIC_POLICE", Kind: Nested, Nest: policeAttrs},
	5: {Name: "TCA_BASIC_PCNT", Kind: Struct, Struct: tcBasicPcnt},
	6: {Name: "TCA_BASIC_PAD", Kind: Pad},
}

// tcBasicPcnt is TCA_BASIC_PCNT.
var tcBasicPcnt = &CStruct{Name: "tc_basic_pcnt", Fields: []Field{
	{Name: "rcnt", Kind: U64},
	{Name: "rhit", Kind: U64},
}}

// ematchTreeAttrs is the contents of TCA_BASIC_EMATCHES and the like.
var ematchTreeAttrs = Set{
	1: {Name: "TCA_EMATCH_TREE_HDR", Kind: Struct, Struct: tcfEmatchTreeHdr},
	2: {Name: "TCA_EMATCH_TREE_LIST", Kind: List, Elem: &ematchElem},
}

// tcfEmatchTreeHdr is TCA_EMATCH_TREE_HDR.
var tcfEmatchTreeHdr = &CStruct{Name: "tcf_ematch_tree_hdr", Fields: []Field{
	{Name: "nmatches", Kind: U16},
	{Name: "progid", Kind: U16},
}}

// ematchElem is an element of TCA_EMATCH_TREE_LIST.
var ematchElem = Attr{Kind: Struct, Struct: tcfEmatchHdr}

// tcfEmatchHdr is struct tcf_ematch_hdr and what follows it, which depends on
// its kind.
var tcfEmatchHdr = &CStruct{Name: "tcf_ematch_hdr", Fields: []Field{
	{Name: "matchid", Kind: U16},
	{Name: "kind", Kind: U16, Values: &ematchKinds},
	{Name: "flags", Kind: U16, Values: &ematchFlags},
	{Len: 2},
	{Name: "data", Kind: Bytes, By: &Selector{What: ByField, Field: "kind", Cases: []Case{
		{Number: 0, Attr: &Attr{Kind: U32}}, // the number of the first match of a group
		{Number: 1, Attr: &Attr{Kind: Struct, Struct: tcfEmCmp}},
		{Number: 2, Attr: &Attr{Kind: Struct, Struct: tcfEmNbyte}},
		{Number: 3, Attr: &Attr{Kind: Struct, Struct: tcU32Key}},
		{Number: 4, Set: emMetaAttrs},
		{Number: 5, Attr: &Attr{Kind: Struct, Struct: tcfEmText}},
		{Number: 7, Attr: &Attr{Kind: Array, Elem: &Attr{Kind: Struct, Struct: canFilter}}},
		{Number: 8, Attr: &Attr{Kind: Struct, Struct: xtSetInfo}},
		{Number: 9, Set: emIptAttrs},
	}}},
}}

// ematchKinds is tcf_ematch_hdr's kind.
var ematchKinds = Values{Prefix: "TCF_EM_", Consts: []Const{
	{0, "TCF_EM_CONTAINER"},
	{1, "TCF_EM_CMP"},
	{2, "TCF_EM_NBYTE"},
	{3, "TCF_EM_U32"},
	{4, "TCF_EM_META"},
	{5, "TCF_EM_TEXT"},
	{6, "TCF_EM_VLAN"},
	{7, "TCF_EM_CANID"},
	{8, "TCF_EM_IPSET"},
	{9, "TCF_EM_IPT"},
}}

// ematchFlags is tcf_ematch_hdr's flags. A match without REL_AND and REL_OR is
// the last one.
var ematchFlags = Values{Prefix: "TCF_EM_", Bits: true, Consts: []Const{
	{1, "TCF_EM_REL_AND"},
	{2, "TCF_EM_REL_OR"},
	{4, "TCF_EM_INVERT"},
	{8, "TCF_EM_SIMPLE"},
}}

// tcfEmCmp is an ematch cmp. Two numbers of four bits share a byte: the
// alignment and the flags, the layer and the comparison.
var tcfEmCmp = &CStruct{Name: "tcf_em_cmp", Fields: []Field{
	{Name: "val", Kind: U32},
	{Name: "mask", Kind: U32},
	{Name: "off", Kind: U16},
	{Name: "align_flags", Kind: U8},
	{Name: "layer_opnd", Kind: U8},
}}

// tcfEmNbyte is an ematch nbyte: four bits of layer above twelve of length.
var tcfEmNbyte = &CStruct{Name: "tcf_em_nbyte", Fields: []Field{
	{Name: "off", Kind: U16},
	{Name: "len_layer", Kind: U16},
	{Name: "pattern", Kind: Bytes},
}}

// tcfEmText is an ematch text. Two layers of four bits share a byte.
var tcfEmText = &CStruct{Name: "tcf_em_text", Fields: []Field{
	{Name: "algo", Kind: String, Len: 16},
	{Name: "from_offset", Kind: U16},
	{Name: "to_offset", Kind: U16},
	{Name: "pattern_len", Kind: U16},
	{Name: "layers", Kind: U8},
	{Len: 1},
	{Name: "pattern", Kind: Bytes},
}}

// emMetaAttrs is the contents of an ematch meta
// (include/uapi/linux/tc_ematch/tc_em_meta.h). A value is text or an integer,
// as the header's kind says.
var emMetaAttrs = Set{
	1: {Name: "TCA_EM_META_HDR", Kind: Struct, Struct: tcfMetaHdr},
	2: {Name: "TCA_EM_META_LVALUE", Kind: Bytes},
	3: {Name: "TCA_EM_META_RVALUE", Kind: Bytes},
}

// tcfMetaHdr is TCA_EM_META_HDR.
var tcfMetaHdr = &CStruct{Name: "tcf_meta_hdr", Fields: []Field{
	{Name: "left", Kind: Struct, Struct: tcfMetaVal},
	{Name: "right", Kind: Struct, Struct: tcfMetaVal},
}}

// tcfMetaVal is one side of an ematch meta.
var tcfMetaVal = &CStruct{Name: "tcf_meta_val", Fields: []Field{
	{Name: "kind", Kind: U16, Values: &metaIDs},
	{Name: "shift", Kind: U8},
	{Name: "op", Kind: U8, Values: &emOperands},
}}

// metaIDs is tcf_meta_val's kind: below four bits of type.
var metaIDs = Values{Prefix: "TCF_META_ID_", Arg: 0xf000, Consts: []Const{
	{0, "TCF_META_ID_VALUE"},
	{1, "TCF_META_ID_RANDOM"},
	{2, "TCF_META_ID_LOADAVG_0"},
	{3, "TCF_META_ID_LOADAVG_1"},
	{4, "TCF_META_ID_LOADAVG_2"},
	{5, "TCF_META_ID_DEV"},
	{6, "TCF_META_ID_PRIORITY"},
	{7, "TCF_META_ID_PROTOCOL"},
	{8, "TCF_META_ID_PKTTYPE"},
	{9, "TCF_META_ID_PKTLEN"},
	{10, "TCF_META_ID_DATALEN"},
	{11, "TCF_META_ID_MACLEN"},
	{12, "TCF_META_ID_NFMARK"},
	{13, "TCF_META_ID_TCINDEX"},
	{14, "TCF_META_ID_RTCLASSID"},
	{15, "TCF_META_ID_RTIIF"},
	{16, "TCF_META_ID_SK_FAMILY"},
	{17, "TCF_META_ID_SK_STATE"},
	{18, "TCF_META_ID_SK_REUSE"},
	{19, "TCF_META_ID_SK_BOUND_IF"},
	{20, "TCF_META_ID_SK_REFCNT"},
	{21, "TCF_META_ID_SK_SHUTDOWN"},
	{22, "TCF_META_ID_SK_PROTO"},
	{23, "TCF_META_ID_SK_TYPE"},
	{24, "TCF_META_ID_SK_RCVBUF"},
	{25, "TCF_META_ID_SK_RMEM_ALLOC"},
	{26, "TCF_META_ID_SK_WMEM_ALLOC"},
	{27, "TCF_META_ID_SK_OMEM_ALLOC"},
	{28, "TCF_META_ID_SK_WMEM_QUEUED"},
	{29, "TCF_META_ID_SK_RCV_QLEN"},
	{30, "TCF_META_ID_SK_SND_QLEN"},
	{31, "TCF_META_ID_SK_ERR_QLEN"},
	{32, "TCF_META_ID_SK_FORWARD_ALLOCS"},
	{33, "TCF_META_ID_SK_SNDBUF"},
	{34, "TCF_META_ID_SK_ALLOCS"},
	{36, "TCF_META_ID_SK_HASH"},
	{37, "TCF_META_ID_SK_LINGERTIME"},
	{38, "TCF_META_ID_SK_ACK_BACKLOG"},
	{39, "TCF_META_ID_SK_MAX_ACK_BACKLOG"},
	{40, "TCF_META_ID_SK_PRIO"},
	{41, "TCF_META_ID_SK_RCVLOWAT"},
	{42, "TCF_META_ID_SK_RCVTIMEO"},
	{43, "TCF_META_ID_SK_SNDTIMEO"},
	{44, "TCF_META_ID_SK_SENDMSG_OFF"},
	{45, "TCF_META_ID_SK_WRITE_PENDING"},
	{46, "TCF_META_ID_VLAN_TAG"},
	{47, "TCF_META_ID_RXHASH"},
}}

// emOperands is how an ematch compares.
var emOperands = Values{Prefix: "TCF_EM_OPND_", Consts: []Const{
	{0, "TCF_EM_OPND_EQ"},
	{1, "TCF_EM_OPND_GT"},
	{2, "TCF_EM_OPND_LT"},
}}

// emIptAttrs is the contents of an ematch ipt
// (include/uapi/linux/tc_ematch/tc_em_ipt.h).
var emIptAttrs = Set{
	1: {Name: "TCA_EM_IPT_HOOK", Kind: U32},
	2: {Name: "TCA_EM_IPT_MATCH_NAME", Kind: String},
	3: {Name: "TCA_EM_IPT_MATCH_REVISION", Kind: U8},
	4: {Name: "TCA_EM_IPT_NFPROTO", Kind: U8, Values: &nfFamilies},
	5: {Name: "TCA_EM_IPT_MATCH_DATA", Kind: Bytes},
}

// canFilter is an ematch canid (include/uapi/linux/can.h).
var canFilter = &CStruct{Name: "can_filter", Fields: []Field{
	{Name: "can_id", Kind: U32},
	{Name: "can_mask", Kind: U32},
}}

// xtSetInfo is an ematch ipset (include/uapi/linux/netfilter/xt_set.h).
var xtSetInfo = &CStruct{Name: "xt_set_info", Fields: []Field{
	{Name: "index", Kind: U16},
	{Name: "dim", Kind: U8},
	{Name: "flags", Kind: U8},
}}
