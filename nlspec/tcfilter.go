package nlspec

// clsFlags is the flags of u32, flower, matchall and bpf.
var clsFlags = Values{Prefix: "TCA_CLS_FLAGS_", Bits: true, Consts: []Const{
	{1, "TCA_CLS_FLAGS_SKIP_HW"},
	{2, "TCA_CLS_FLAGS_SKIP_SW"},
	{4, "TCA_CLS_FLAGS_IN_HW"},
	{8, "TCA_CLS_FLAGS_NOT_IN_HW"},
	{16, "TCA_CLS_FLAGS_VERBOSE"},
}}

// u32Attrs is the options of u32 (include/uapi/linux/pkt_cls.h).
var u32Attrs = Set{
	1:  {Name: "TCA_U32_CLASSID", Kind: TCHandle},
	2:  {Name: "TCA_U32_HASH", Kind: U32},
	3:  {Name: "TCA_U32_LINK", Kind: U32},
	4:  {Name: "TCA_U32_DIVISOR", Kind: U32},
	5:  {Name: "TCA_U32_SEL", Kind: Struct, Struct: tcU32Sel},
	6:  {Name: "TCA_U32_POLICE", Kind: Nested, Nest: policeAttrs},
	7:  {Name: "TCA_U32_ACT", Kind: List, Elem: &tcActionElem},
	8:  {Name: "TCA_U32_INDEV", Kind: String},
	9:  {Name: "TCA_U32_PCNT", Kind: Struct, Struct: tcU32Pcnt},
	10: {Name: "TCA_U32_MARK", Kind: Struct, Struct: tcU32Mark},
	11: {Name: "TCA_U32_FLAGS", Kind: U32, Values: &clsFlags},
	12: {Name: "TCA_U32_PAD", Kind: Pad},
}

// tcU32Sel is TCA_U32_SEL.
var tcU32Sel = &CStruct{Name: "tc_u32_sel", Fields: []Field{
	{Name: "flags", Kind: U8, Values: &u32SelFlags},
	{Name: "offshift", Kind: U8},
	{Name: "nkeys", Kind: U8},
	{Len: 1},
	{Name: "offmask", Kind: BE16},
	{Name: "off", Kind: U16},
	{Name: "offoff", Kind: S16},
	{Name: "hoff", Kind: S16},
	{Name: "hmask", Kind: BE32},
	{Name: "keys", Kind: Array, Elem: &Attr{Kind: Struct, Struct: tcU32Key}},
}}

// tcU32Key is one comparison of a u32 filter or a u32 ematch.
var tcU32Key = &CStruct{Name: "tc_u32_key", Fields: []Field{
	{Name: "mask", Kind: BE32},
	{Name: "val", Kind: BE32},
	{Name: "off", Kind: S32},
	{Name: "offmask", Kind: S32},
}}

// tcU32Pcnt is TCA_U32_PCNT: how often the filter was consulted, how often it
// matched, and how often each key matched.
var tcU32Pcnt = &CStruct{Name: "tc_u32_pcnt", Fields: []Field{
	{Name: "rcnt", Kind: U64},
	{Name: "rhit", Kind: U64},
	{Name: "kcnts", Kind: Array, Elem: elemU64},
}}

// tcU32Mark is TCA_U32_MARK.
var tcU32Mark = &CStruct{Name: "tc_u32_mark", Fields: []Field{
	{Name: "val", Kind: U32},
	{Name: "mask", Kind: U32},
	{Name: "success", Kind: U32},
}}

// u32SelFlags is tc_u32_sel's flags.
var u32SelFlags = Values{Prefix: "TC_U32_", Bits: true, Consts: []Const{
	{1, "TC_U32_TERMINAL"},
	{2, "TC_U32_OFFSET"},
	{4, "TC_U32_VAROFFSET"},
	{8, "TC_U32_EAT"},
}}

// matchallAttrs is the options of matchall.
var matchallAttrs = Set{
	1: {Name: "TCA_MATCHALL_CLASSID", Kind: TCHandle},
	2: {Name: "TCA_MATCHALL_ACT", Kind: List, Elem: &tcActionElem},
	3: {Name: "TCA_MATCHALL_FLAGS", Kind: U32, Values: &clsFlags},
	4: {Name: "TCA_MATCHALL_PCNT", Kind: Struct, Struct: tcMatchallPcnt},
	5: {Name: "TCA_MATCHALL_PAD", Kind: Pad},
}

// tcMatchallPcnt is TCA_MATCHALL_PCNT.
var tcMatchallPcnt = &CStruct{Name: "tc_matchall_pcnt", Fields: []Field{
	{Name: "rhit", Kind: U64},
}}

// clsBPFAttrs is the options of bpf as a filter.
var clsBPFAttrs = Set{
	1:  {Name: "TCA_BPF_ACT", Kind: List, Elem: &tcActionElem},
	2:  {Name: "TCA_BPF_POLICE", Kind: Nested, Nest: policeAttrs},
	3:  {Name: "TCA_BPF_CLASSID", Kind: TCHandle},
	4:  {Name: "TCA_BPF_OPS_LEN", Kind: U16},
	5:  {Name: "TCA_BPF_OPS", Kind: Array, Elem: &Attr{Kind: Struct, Struct: sockFilter}},
	6:  {Name: "TCA_BPF_FD", Kind: U32},
	7:  {Name: "TCA_BPF_NAME", Kind: String},
	8:  {Name: "TCA_BPF_FLAGS", Kind: U32, Values: &clsBPFFlags},
	9:  {Name: "TCA_BPF_FLAGS_GEN", Kind: U32, Values: &clsFlags},
	10: {Name: "TCA_BPF_TAG", Kind: Bytes},
	11: {Name: "TCA_BPF_ID", Kind: U32},
}

// sockFilter is an instruction of classic BPF (include/uapi/linux/filter.h).
var sockFilter = &CStruct{Name: "sock_filter", Fields: []Field{
	{Name: "code", Kind: U16},
	{Name: "jt", Kind: U8},
	{Name: "jf", Kind: U8},
	{Name: "k", Kind: U32},
}}

// clsBPFFlags is TCA_BPF_FLAGS.
var clsBPFFlags = Values{Prefix: "TCA_BPF_FLAG_", Bits: true, Consts: []Const{
	{1, "TCA_BPF_FLAG_ACT_DIRECT"},
}}

// fwAttrs is the options of fw.
var fwAttrs = Set{
	1: {Name: "TCA_FW_CLASSID", Kind: TCHandle},
	2: {Name: "TCA_FW_POLICE", Kind: Nested, Nest: policeAttrs},
	3: {Name: "TCA_FW_INDEV", Kind: String},
	4: {Name: "TCA_FW_ACT", Kind: List, Elem: &tcActionElem},
	5: {Name: "TCA_FW_MASK", Kind: U32},
}

// routeClsAttrs is the options of route.
var routeClsAttrs = Set{
	1: {Name: "TCA_ROUTE4_CLASSID", Kind: TCHandle},
	2: {Name: "TCA_ROUTE4_TO", Kind: U32},
	3: {Name: "TCA_ROUTE4_FROM", Kind: U32},
	4: {Name: "TCA_ROUTE4_IIF", Kind: U32},
	5: {Name: "TCA_ROUTE4_POLICE", Kind: Nested, Nest: policeAttrs},
	6: {Name: "TCA_ROUTE4_ACT", Kind: List, Elem: &tcActionElem},
}

// flowAttrs is the options of flow.
var flowAttrs = Set{
	1:  {Name: "TCA_FLOW_KEYS", Kind: U32, Values: &flowKeys},
	2:  {Name: "TCA_FLOW_MODE", Kind: U32, Values: &flowModes},
	3:  {Name: "TCA_FLOW_BASECLASS", Kind: TCHandle},
	4:  {Name: "TCA_FLOW_RSHIFT", Kind: U32},
	5:  {Name: "TCA_FLOW_ADDEND", Kind: U32},
	6:  {Name: "TCA_FLOW_MASK", Kind: U32},
	7:  {Name: "TCA_FLOW_XOR", Kind: U32},
	8:  {Name: "TCA_FLOW_DIVISOR", Kind: U32},
	9:  {Name: "TCA_FLOW_ACT", Kind: List, Elem: &tcActionElem},
	10: {Name: "TCA_FLOW_POLICE", Kind: Nested, Nest: policeAttrs},
	11: {Name: "TCA_FLOW_EMATCHES", Kind: Nested, Nest: ematchTreeAttrs},
	12: {Name: "TCA_FLOW_PERTURB", Kind: U32},
}

// flowModes is TCA_FLOW_MODE.
var flowModes = Values{Prefix: "FLOW_MODE_", Consts: []Const{
	{0, "FLOW_MODE_MAP"},
	{1, "FLOW_MODE_HASH"},
}}

// flowKeys is TCA_FLOW_KEYS, whose bits have the keys' numbers.
var flowKeys = Values{Prefix: "FLOW_KEY_", Bits: true, Numbered: true, Consts: []Const{
	{0, "FLOW_KEY_SRC"},
	{1, "FLOW_KEY_DST"},
	{2, "FLOW_KEY_PROTO"},
	{3, "FLOW_KEY_PROTO_SRC"},
	{4, "FLOW_KEY_PROTO_DST"},
	{5, "FLOW_KEY_IIF"},
	{6, "FLOW_KEY_PRIORITY"},
	{7, "FLOW_KEY_MARK"},
	{8, "FLOW_KEY_NFCT"},
	{9, "FLOW_KEY_NFCT_SRC"},
	{10, "FLOW_KEY_NFCT_DST"},
	{11, "FLOW_KEY_NFCT_PROTO_SRC"},
	{12, "FLOW_KEY_NFCT_PROTO_DST"},
	{13, "FLOW_KEY_RTCLASSID"},
	{14, "FLOW_KEY_SKUID"},
	{15, "FLOW_KEY_SKGID"},
	{16, "FLOW_KEY_VLAN_TAG"},
	{17, "FLOW_KEY_RXHASH"},
}}

// cgroupAttrs is the options of cgroup.
var cgroupAttrs = Set{
	1: {Name: "TCA_CGROUP_ACT", Kind: List, Elem: &tcActionElem},
	2: {Name: "TCA_CGROUP_POLICE", Kind: Nested, Nest: policeAttrs},
	3: {Name: "TCA_CGROUP_EMATCHES", Kind: Nested, Nest: ematchTreeAttrs},
}

// rsvpAttrs is the options of rsvp and rsvp6, which Linux had up to 6.2.
var rsvpAttrs = Set{
	1: {Name: "TCA_RSVP_CLASSID", Kind: TCHandle},
	2: {Name: "TCA_RSVP_DST", Kind: IP},
	3: {Name: "TCA_RSVP_SRC", Kind: IP},
	4: {Name: "TCA_RSVP_PINFO", Kind: Struct, Struct: tcRSVPPinfo},
	5: {Name: "TCA_RSVP_POLICE", Kind: Nested, Nest: policeAttrs},
	6: {Name: "TCA_RSVP_ACT", Kind: List, Elem: &tcActionElem},
}

// tcRSVPPinfo is TCA_RSVP_PINFO.
var tcRSVPPinfo = &CStruct{Name: "tc_rsvp_pinfo", Fields: []Field{
	{Name: "dpi", Kind: Struct, Struct: tcRSVPGpi},
	{Name: "spi", Kind: Struct, Struct: tcRSVPGpi},
	{Name: "protocol", Kind: U8, Values: &ipProtos},
	{Name: "tunnelid", Kind: U8},
	{Name: "tunnelhdr", Kind: U8},
	{Len: 1},
}}

// tcRSVPGpi is the port or SPI that rsvp compares.
var tcRSVPGpi = &CStruct{Name: "tc_rsvp_gpi", Fields: []Field{
	{Name: "key", Kind: U32},
	{Name: "mask", Kind: U32},
	{Name: "offset", Kind: S32},
}}

// tcindexAttrs is the options of tcindex, which Linux had up to 6.2.
var tcindexAttrs = Set{
	1: {Name: "TCA_TCINDEX_HASH", Kind: U32},
	2: {Name: "TCA_TCINDEX_MASK", Kind: U16},
	3: {Name: "TCA_TCINDEX_SHIFT", Kind: U32},
	4: {Name: "TCA_TCINDEX_FALL_THROUGH", Kind: U32},
	5: {Name: "TCA_TCINDEX_CLASSID", Kind: TCHandle},
	6: {Name: "TCA_TCINDEX_POLICE", Kind: Nested, Nest: policeAttrs},
	7: {Name: "TCA_TCINDEX_ACT", Kind: List, Elem: &tcActionElem},
}
