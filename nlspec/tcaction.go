package nlspec

// actAttrs is one action (include/uapi/linux/pkt_cls.h).
var actAttrs = Set{
	1:  {Name: "TCA_ACT_KIND", Kind: String},
	2:  {Name: "TCA_ACT_OPTIONS", By: &actOptions},
	3:  {Name: "TCA_ACT_INDEX", Kind: U32},
	4:  {Name: "TCA_ACT_STATS", Kind: Nested, Nest: tcStatsAttrs},
	5:  {Name: "TCA_ACT_PAD", Kind: Pad},
	6:  {Name: "TCA_ACT_COOKIE", Kind: Bytes},
	7:  {Name: "TCA_ACT_FLAGS", Kind: Bitfield32, Values: &actFlags},
	8:  {Name: "TCA_ACT_HW_STATS", Kind: Bitfield32, Values: &actHWStats},
	9:  {Name: "TCA_ACT_USED_HW_STATS", Kind: Bitfield32, Values: &actHWStats},
	10: {Name: "TCA_ACT_IN_HW_COUNT", Kind: U32},
}

// actFlags is TCA_ACT_FLAGS.
var actFlags = Values{Prefix: "TCA_ACT_FLAGS_", Bits: true, Consts: []Const{
	{1, "TCA_ACT_FLAGS_NO_PERCPU_STATS"},
	{2, "TCA_ACT_FLAGS_SKIP_HW"},
	{4, "TCA_ACT_FLAGS_SKIP_SW"},
}}

// actHWStats is TCA_ACT_HW_STATS.
var actHWStats = Values{Prefix: "TCA_ACT_HW_STATS_", Bits: true, Consts: []Const{
	{1, "TCA_ACT_HW_STATS_IMMEDIATE"},
	{2, "TCA_ACT_HW_STATS_DELAYED"},
}}

// tcVerdicts is what an action decides about a packet. Two of them carry a
// number in their lower 28 bits.
var tcVerdicts = Values{Prefix: "TC_ACT_", Arg: 1<<28 - 1, Consts: []Const{
	{1<<64 - 1, "TC_ACT_UNSPEC"},
	{0, "TC_ACT_OK"},
	{1, "TC_ACT_RECLASSIFY"},
	{2, "TC_ACT_SHOT"},
	{3, "TC_ACT_PIPE"},
	{4, "TC_ACT_STOLEN"},
	{5, "TC_ACT_QUEUED"},
	{6, "TC_ACT_REPEAT"},
	{7, "TC_ACT_REDIRECT"},
	{8, "TC_ACT_TRAP"},
	{0x10000000, "TC_ACT_JUMP"},
	{0x20000000, "TC_ACT_GOTO_CHAIN"},
}}

// policeAttrs is the options of police (include/uapi/linux/pkt_cls.h). RATE and
// PEAKRATE are tables of 256 u32.
var policeAttrs = Set{
	1:  {Name: "TCA_POLICE_TBF", Kind: Struct, Struct: tcPolice},
	2:  {Name: "TCA_POLICE_RATE", Kind: Bytes},
	3:  {Name: "TCA_POLICE_PEAKRATE", Kind: Bytes},
	4:  {Name: "TCA_POLICE_AVRATE", Kind: U32},
	5:  {Name: "TCA_POLICE_RESULT", Kind: S32, Values: &tcVerdicts},
	6:  {Name: "TCA_POLICE_TM", Kind: Struct, Struct: tcfT},
	7:  {Name: "TCA_POLICE_PAD", Kind: Pad},
	8:  {Name: "TCA_POLICE_RATE64", Kind: U64},
	9:  {Name: "TCA_POLICE_PEAKRATE64", Kind: U64},
	10: {Name: "TCA_POLICE_PKTRATE64", Kind: U64},
	11: {Name: "TCA_POLICE_PKTBURST64", Kind: U64},
}

// tcPolice is TCA_POLICE_TBF: the burst in ticks of tc's clock, the MTU in
// bytes.
var tcPolice = &CStruct{Name: "tc_police", Fields: []Field{
	{Name: "index", Kind: U32},
	{Name: "action", Kind: S32, Values: &tcVerdicts},
	{Name: "limit", Kind: U32},
	{Name: "burst", Kind: U32},
	{Name: "mtu", Kind: U32},
	{Name: "rate", Kind: Struct, Struct: tcRatespec},
	{Name: "peakrate", Kind: Struct, Struct: tcRatespec},
	{Name: "refcnt", Kind: S32},
	{Name: "bindcnt", Kind: S32},
	{Name: "capab", Kind: U32},
}}

// tcfT is the times of an action, as ages in clock ticks of 1/100 s.
var tcfT = &CStruct{Name: "tcf_t", Fields: []Field{
	{Name: "install", Kind: U64},
	{Name: "lastuse", Kind: U64},
	{Name: "expires", Kind: U64},
	{Name: "firstuse", Kind: U64},
}}

// tcGen is the beginning of the parameters of every action except police.
var tcGen = &CStruct{Name: "tc_gen", Fields: []Field{
	{Name: "index", Kind: U32},
	{Name: "capab", Kind: U32},
	{Name: "action", Kind: S32, Values: &tcVerdicts},
	{Name: "refcnt", Kind: S32},
	{Name: "bindcnt", Kind: S32},
}}

// justTCGen returns a structure of parameters that has only these fields.
func justTCGen(name string) *CStruct { return &CStruct{Name: name, Fields: tcGen.Fields} }

// gactAttrs is the options of gact (include/uapi/linux/tc_act/tc_gact.h).
var gactAttrs = Set{
	1: {Name: "TCA_GACT_TM", Kind: Struct, Struct: tcfT},
	2: {Name: "TCA_GACT_PARMS", Kind: Struct, Struct: justTCGen("tc_gact")},
	3: {Name: "TCA_GACT_PROB", Kind: Struct, Struct: tcGactP},
	4: {Name: "TCA_GACT_PAD", Kind: Pad},
}

// tcGactP is TCA_GACT_PROB.
var tcGactP = &CStruct{Name: "tc_gact_p", Fields: []Field{
	{Name: "ptype", Kind: U16, Values: &gactProbs},
	{Name: "pval", Kind: U16},
	{Name: "paction", Kind: S32, Values: &tcVerdicts},
}}

// gactProbs is tc_gact_p's ptype.
var gactProbs = Values{Prefix: "PGACT_", Consts: []Const{
	{0, "PGACT_NONE"},
	{1, "PGACT_NETRAND"},
	{2, "PGACT_DETERM"},
}}

// mirredAttrs is the options of mirred (include/uapi/linux/tc_act/tc_mirred.h).
var mirredAttrs = Set{
	1: {Name: "TCA_MIRRED_TM", Kind: Struct, Struct: tcfT},
	2: {Name: "TCA_MIRRED_PARMS", Kind: Struct, Struct: tcMirred},
	3: {Name: "TCA_MIRRED_PAD", Kind: Pad},
	4: {Name: "TCA_MIRRED_BLOCKID", Kind: U32},
}

// tcMirred is TCA_MIRRED_PARMS.
var tcMirred = &CStruct{Name: "tc_mirred", Fields: []Field{
	{Name: "index", Kind: U32},
	{Name: "capab", Kind: U32},
	{Name: "action", Kind: S32, Values: &tcVerdicts},
	{Name: "refcnt", Kind: S32},
	{Name: "bindcnt", Kind: S32},
	{Name: "eaction", Kind: S32, Values: &mirredActions},
	{Name: "ifindex", Kind: U32},
}}

// mirredActions is tc_mirred's eaction.
var mirredActions = Values{Prefix: "TCA_", Consts: []Const{
	{1, "TCA_EGRESS_REDIR"},
	{2, "TCA_EGRESS_MIRROR"},
	{3, "TCA_INGRESS_REDIR"},
	{4, "TCA_INGRESS_MIRROR"},
}}

// vlanActAttrs is the options of vlan (include/uapi/linux/tc_act/tc_vlan.h).
var vlanActAttrs = Set{
	1: {Name: "TCA_VLAN_TM", Kind: Struct, Struct: tcfT},
	2: {Name: "TCA_VLAN_PARMS", Kind: Struct, Struct: tcVLAN},
	3: {Name: "TCA_VLAN_PUSH_VLAN_ID", Kind: U16},
	4: {Name: "TCA_VLAN_PUSH_VLAN_PROTOCOL", Kind: BE16, Values: &etherTypes},
	5: {Name: "TCA_VLAN_PAD", Kind: Pad},
	6: {Name: "TCA_VLAN_PUSH_VLAN_PRIORITY", Kind: U8},
	7: {Name: "TCA_VLAN_PUSH_ETH_DST", Kind: LLAddr},
	8: {Name: "TCA_VLAN_PUSH_ETH_SRC", Kind: LLAddr},
}

// tcVLAN is TCA_VLAN_PARMS.
var tcVLAN = &CStruct{Name: "tc_vlan", Fields: []Field{
	{Name: "index", Kind: U32},
	{Name: "capab", Kind: U32},
	{Name: "action", Kind: S32, Values: &tcVerdicts},
	{Name: "refcnt", Kind: S32},
	{Name: "bindcnt", Kind: S32},
	{Name: "v_action", Kind: S32, Values: &vlanActions},
}}

// vlanActions is tc_vlan's v_action.
var vlanActions = Values{Prefix: "TCA_VLAN_ACT_", Consts: []Const{
	{1, "TCA_VLAN_ACT_POP"},
	{2, "TCA_VLAN_ACT_PUSH"},
	{3, "TCA_VLAN_ACT_MODIFY"},
	{4, "TCA_VLAN_ACT_POP_ETH"},
	{5, "TCA_VLAN_ACT_PUSH_ETH"},
}}

// natActAttrs is the options of nat (include/uapi/linux/tc_act/tc_nat.h).
var natActAttrs = Set{
	1: {Name: "TCA_NAT_PARMS", Kind: Struct, Struct: tcNAT},
	2: {Name: "TCA_NAT_TM", Kind: Struct, Struct: tcfT},
	3: {Name: "TCA_NAT_PAD", Kind: Pad},
}

// tcNAT is TCA_NAT_PARMS.
var tcNAT = &CStruct{Name: "tc_nat", Fields: []Field{
	{Name: "index", Kind: U32},
	{Name: "capab", Kind: U32},
	{Name: "action", Kind: S32, Values: &tcVerdicts},
	{Name: "refcnt", Kind: S32},
	{Name: "bindcnt", Kind: S32},
	{Name: "old_addr", Kind: IP, Len: 4},
	{Name: "new_addr", Kind: IP, Len: 4},
	{Name: "mask", Kind: IP, Len: 4},
	{Name: "flags", Kind: U32, Values: &natActFlags},
}}

// natActFlags is tc_nat's flags.
var natActFlags = Values{Prefix: "TCA_NAT_FLAG_", Bits: true, Consts: []Const{
	{1, "TCA_NAT_FLAG_EGRESS"},
}}

// csumAttrs is the options of csum (include/uapi/linux/tc_act/tc_csum.h).
var csumAttrs = Set{
	1: {Name: "TCA_CSUM_PARMS", Kind: Struct, Struct: tcCsum},
	2: {Name: "TCA_CSUM_TM", Kind: Struct, Struct: tcfT},
	3: {Name: "TCA_CSUM_PAD", Kind: Pad},
}

// tcCsum is TCA_CSUM_PARMS.
var tcCsum = &CStruct{Name: "tc_csum", Fields: []Field{
	{Name: "index", Kind: U32},
	{Name: "capab", Kind: U32},
	{Name: "action", Kind: S32, Values: &tcVerdicts},
	{Name: "refcnt", Kind: S32},
	{Name: "bindcnt", Kind: S32},
	{Name: "update_flags", Kind: U32, Values: &csumFlags},
}}

// csumFlags is tc_csum's update_flags.
var csumFlags = Values{Prefix: "TCA_CSUM_UPDATE_FLAG_", Bits: true, Consts: []Const{
	{1, "TCA_CSUM_UPDATE_FLAG_IPV4HDR"},
	{2, "TCA_CSUM_UPDATE_FLAG_ICMP"},
	{4, "TCA_CSUM_UPDATE_FLAG_IGMP"},
	{8, "TCA_CSUM_UPDATE_FLAG_TCP"},
	{16, "TCA_CSUM_UPDATE_FLAG_UDP"},
	{32, "TCA_CSUM_UPDATE_FLAG_UDPLITE"},
	{64, "TCA_CSUM_UPDATE_FLAG_SCTP"},
}}

// simpleAttrs is the options of simple (include/uapi/linux/tc_act/tc_defact.h).
var simpleAttrs = Set{
	1: {Name: "TCA_DEF_TM", Kind: Struct, Struct: tcfT},
	2: {Name: "TCA_DEF_PARMS", Kind: Struct, Struct: justTCGen("tc_defact")},
	3: {Name: "TCA_DEF_DATA", Kind: String},
	4: {Name: "TCA_DEF_PAD", Kind: Pad},
}

// sampleAttrs is the options of sample (include/uapi/linux/tc_act/tc_sample.h).
var sampleAttrs = Set{
	1: {Name: "TCA_SAMPLE_TM", Kind: Struct, Struct: tcfT},
	2: {Name: "TCA_SAMPLE_PARMS", Kind: Struct, Struct: justTCGen("tc_sample")},
	3: {Name: "TCA_SAMPLE_RATE", Kind: U32},
	4: {Name: "TCA_SAMPLE_TRUNC_SIZE", Kind: U32},
	5: {Name: "TCA_SAMPLE_PSAMPLE_GROUP", Kind: U32},
	6: {Name: "TCA_SAMPLE_PAD", Kind: Pad},
}
