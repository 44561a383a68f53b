package nlspec

// redAttrs is the options of red (include/uapi/linux/pkt_sched.h). TCA_RED_STAB
// is a table of 256 bytes.
var redAttrs = Set{
	1: {Name: "TCA_RED_PARMS", Kind: Struct, Struct: tcREDQopt},
	2: {Name: "TCA_RED_STAB", Kind: Bytes},
	3: {Name: "TCA_RED_MAX_P", Kind: U32},
	4: {Name: "TCA_RED_FLAGS", Kind: Bitfield32, Values: &redFlags},
	5: {Name: "TCA_RED_EARLY_DROP_BLOCK", Kind: U32},
	6: {Name: "TCA_RED_MARK_BLOCK", Kind: U32},
}

// tcREDQopt is TCA_RED_PARMS: lengths in bytes.
var tcREDQopt = &CStruct{Name: "tc_red_qopt", Fields: []Field{
	{Name: "limit", Kind: U32},
	{Name: "qth_min", Kind: U32},
	{Name: "qth_max", Kind: U32},
	{Name: "Wlog", Kind: U8},
	{Name: "Plog", Kind: U8},
	{Name: "Scell_log", Kind: U8},
	{Name: "flags", Kind: U8, Values: &redFlags},
}}

// tcREDXstats is red's statistics.
var tcREDXstats = &CStruct{Name: "tc_red_xstats", Fields: []Field{
	{Name: "early", Kind: U32},
	{Name: "pdrop", Kind: U32},
	{Name: "other", Kind: U32},
	{Name: "marked", Kind: U32},
}}

// redFlags is the flags of red and the like.
var redFlags = Values{Prefix: "TC_RED_", Bits: true, Consts: []Const{
	{1, "TC_RED_ECN"},
	{2, "TC_RED_HARDDROP"},
	{4, "TC_RED_ADAPTATIVE"},
	{8, "TC_RED_NODROP"},
}}

// gredAttrs is the options of gred. The kernel sends TCA_GRED_PARMS and
// TCA_GRED_MAX_P for all of its queues, and accepts them for one.
var gredAttrs = Set{
	1: {Name: "TCA_GRED_PARMS", Kind: Array, Elem: &Attr{Kind: Struct, Struct: tcGREDQopt}},
	2: {Name: "TCA_GRED_STAB", Kind: Bytes},
	3: {Name: "TCA_GRED_DPS", Kind: Struct, Struct: tcGREDSopt},
	4: {Name: "TCA_GRED_MAX_P", Kind: Array, Elem: elemU32},
	5: {Name: "TCA_GRED_LIMIT", Kind: U32},
	6: {Name: "TCA_GRED_VQ_LIST", Kind: Nested, Nest: gredVQList},
}

// gredVQList is the contents of TCA_GRED_VQ_LIST.
var gredVQList = Set{
	1: {Name: "TCA_GRED_VQ_ENTRY", Kind: Nested, Nest: gredVQAttrs},
}

// gredVQAttrs is one virtual queue of gred.
var gredVQAttrs = Set{
	1:  {Name: "TCA_GRED_VQ_PAD", Kind: Pad},
	2:  {Name: "TCA_GRED_VQ_DP", Kind: U32},
	3:  {Name: "TCA_GRED_VQ_STAT_BYTES", Kind: U64},
	4:  {Name: "TCA_GRED_VQ_STAT_PACKETS", Kind: U32},
	5:  {Name: "TCA_GRED_VQ_STAT_BACKLOG", Kind: U32},
	6:  {Name: "TCA_GRED_VQ_STAT_PROB_DROP", Kind: U32},
	7:  {Name: "TCA_GRED_VQ_STAT_PROB_MARK", Kind: U32},
	8:  {Name: "TCA_GRED_VQ_STAT_FORCED_DROP", Kind: U32},
	9:  {Name: "TCA_GRED_VQ_STAT_FORCED_MARK", Kind: U32},
	10: {Name: "TCA_GRED_VQ_STAT_PDROP", Kind: U32},
	11: {Name: "TCA_GRED_VQ_STAT_OTHER", Kind: U32},
	12: {Name: "TCA_GRED_VQ_FLAGS", Kind: U32, Values: &redFlags},
}

// tcGREDQopt is TCA_GRED_PARMS of one virtual queue.
var tcGREDQopt = &CStruct{Name: "tc_gred_qopt", Fields: []Field{
	{Name: "limit", Kind: U32},
	{Name: "qth_min", Kind: U32},
	{Name: "qth_max", Kind: U32},
	{Name: "DP", Kind: U32},
	{Name: "backlog", Kind: U32},
	{Name: "qave", Kind: U32},
	{Name: "forced", Kind: U32},
	{Name: "early", Kind: U32},
	{Name: "other", Kind: U32},
	{Name: "pdrop", Kind: U32},
	{Name: "Wlog", Kind: U8},
	{Name: "Plog", Kind: U8},
	{Name: "Scell_log", Kind: U8},
	{Name: "prio", Kind: U8},
	{Name: "packets", Kind: U32},
	{Name: "bytesin", Kind: U32},
}}

// tcGREDSopt is TCA_GRED_DPS.
var tcGREDSopt = &CStruct{Name: "tc_gred_sopt", Fields: []Field{
	{Name: "DPs", Kind: U32},
	{Name: "def_DP", Kind: U32},
	{Name: "grio", Kind: U8},
	{Name: "flags", Kind: U8, Values: &redFlags},
	{Len: 2},
}}

// chokeAttrs is the options of choke.
var chokeAttrs = Set{
	1: {Name: "TCA_CHOKE_PARMS", Kind: Struct, Struct: tcChokeQopt},
	2: {Name: "TCA_CHOKE_STAB", Kind: Bytes},
	3: {Name: "TCA_CHOKE_MAX_P", Kind: U32},
}

// tcChokeQopt is TCA_CHOKE_PARMS: lengths in packets.
var tcChokeQopt = &CStruct{Name: "tc_choke_qopt", Fields: []Field{
	{Name: "limit", Kind: U32},
	{Name: "qth_min", Kind: U32},
	{Name: "qth_max", Kind: U32},
	{Name: "Wlog", Kind: U8},
	{Name: "Plog", Kind: U8},
	{Name: "Scell_log", Kind: U8},
	{Name: "flags", Kind: U8, Values: &redFlags},
}}

// tcChokeXstats is choke's statistics.
var tcChokeXstats = &CStruct{Name: "tc_choke_xstats", Fields: []Field{
	{Name: "early", Kind: U32},
	{Name: "pdrop", Kind: U32},
	{Name: "other", Kind: U32},
	{Name: "marked", Kind: U32},
	{Name: "matched", Kind: U32},
}}

// tcSFQQopt is the options of sfq. Old programs send only the first structure.
var tcSFQQopt = &CStruct{Name: "tc_sfq_qopt_v1", Fields: []Field{
	{Name: "v0", Kind: Struct, Struct: tcSFQQoptV0},
	{Name: "depth", Kind: U32},
	{Name: "headdrop", Kind: U32},
	{Name: "limit", Kind: U32},
	{Name: "qth_min", Kind: U32},
	{Name: "qth_max", Kind: U32},
	{Name: "Wlog", Kind: U8},
	{Name: "Plog", Kind: U8},
	{Name: "Scell_log", Kind: U8},
	{Name: "flags", Kind: U8, Values: &redFlags},
	{Name: "max_P", Kind: U32},
	{Name: "stats", Kind: Struct, Struct: tcSFQREDStats},
}}

// tcSFQQoptV0 is the beginning of sfq's options.
var tcSFQQoptV0 = &CStruct{Name: "tc_sfq_qopt", Fields: []Field{
	{Name: "quantum", Kind: U32},
	{Name: "perturb_period", Kind: S32},
	{Name: "limit", Kind: U32},
	{Name: "divisor", Kind: U32},
	{Name: "flows", Kind: U32},
}}

// tcSFQREDStats is the numbers of packets that sfq's RED dropped and marked.
var tcSFQREDStats = &CStruct{Name: "tc_sfqred_stats", Fields: []Field{
	{Name: "prob_drop", Kind: U32},
	{Name: "forced_drop", Kind: U32},
	{Name: "prob_mark", Kind: U32},
	{Name: "forced_mark", Kind: U32},
	{Name: "prob_mark_head", Kind: U32},
	{Name: "forced_mark_head", Kind: U32},
}}

// tcSFQXstats is an sfq class's statistics.
var tcSFQXstats = &CStruct{Name: "tc_sfq_xstats", Fields: []Field{
	{Name: "allot", Kind: S32},
}}

// sfbAttrs is the options of sfb.
var sfbAttrs = Set{
	1: {Name: "TCA_SFB_PARMS", Kind: Struct, Struct: tcSFBQopt},
}

// tcSFBQopt is TCA_SFB_PARMS: times in milliseconds.
var tcSFBQopt = &CStruct{Name: "tc_sfb_qopt", Fields: []Field{
	{Name: "rehash_interval", Kind: U32},
	{Name: "warmup_time", Kind: U32},
	{Name: "max", Kind: U32},
	{Name: "bin_size", Kind: U32},
	{Name: "increment", Kind: U32},
	{Name: "decrement", Kind: U32},
	{Name: "limit", Kind: U32},
	{Name: "penalty_rate", Kind: U32},
	{Name: "penalty_burst", Kind: U32},
}}

// tcSFBXstats is sfb's statistics.
var tcSFBXstats = &CStruct{Name: "tc_sfb_xstats", Fields: []Field{
	{Name: "earlydrop", Kind: U32},
	{Name: "penaltydrop", Kind: U32},
	{Name: "bucketdrop", Kind: U32},
	{Name: "queuedrop", Kind: U32},
	{Name: "childdrop", Kind: U32},
	{Name: "marked", Kind: U32},
	{Name: "maxqlen", Kind: U32},
	{Name: "maxprob", Kind: U32},
	{Name: "avgprob", Kind: U32},
}}
