package nlspec

// tcStatsAttrs is the contents of TCA_STATS2 and TCA_ACT_STATS
// (include/uapi/linux/gen_stats.h).
var tcStatsAttrs = Set{
	1: {Name: "TCA_STATS_BASIC", Kind: Struct, Struct: gnetStatsBasic},
	2: {Name: "TCA_STATS_RATE_EST", Kind: Struct, Struct: gnetStatsRateEst},
	3: {Name: "TCA_STATS_QUEUE", Kind: Struct, Struct: gnetStatsQueue},
	4: {Name: "TCA_STATS_APP", By: &tcApp},
	5: {Name: "TCA_STATS_RATE_EST64", Kind: Struct, Struct: gnetStatsRateEst64},
	6: {Name: "TCA_STATS_PAD", Kind: Pad},
	7: {Name: "TCA_STATS_BASIC_HW", Kind: Struct, Struct: gnetStatsBasic},
	8: {Name: "TCA_STATS_PKT64", Kind: U64},
}

// tcStabAttrs is the contents of TCA_STAB (include/uapi/linux/pkt_sched.h): the
// base, and a table of 16-bit sizes.
var tcStabAttrs = Set{
	1: {Name: "TCA_STAB_BASE", Kind: Struct, Struct: tcSizespec},
	2: {Name: "TCA_STAB_DATA", Kind: Bytes},
}

// gnetStatsBasic is TCA_STATS_BASIC. Its last bytes are the compiler's padding.
var gnetStatsBasic = &CStruct{Name: "gnet_stats_basic", Fields: []Field{
	{Name: "bytes", Kind: U64},
	{Name: "packets", Kind: U32},
	{Len: 4},
}}

// gnetStatsRateEst is TCA_STATS_RATE_EST: bytes and packets per second.
var gnetStatsRateEst = &CStruct{Name: "gnet_stats_rate_est", Fields: []Field{
	{Name: "bps", Kind: U32},
	{Name: "pps", Kind: U32},
}}

// gnetStatsRateEst64 is TCA_STATS_RATE_EST64.
var gnetStatsRateEst64 = &CStruct{Name: "gnet_stats_rate_est64", Fields: []Field{
	{Name: "bps", Kind: U64},
	{Name: "pps", Kind: U64},
}}

// gnetStatsQueue is TCA_STATS_QUEUE.
var gnetStatsQueue = &CStruct{Name: "gnet_stats_queue", Fields: []Field{
	{Name: "qlen", Kind: U32},
	{Name: "backlog", Kind: U32},
	{Name: "drops", Kind: U32},
	{Name: "requeues", Kind: U32},
	{Name: "overlimits", Kind: U32},
}}

// tcStats is TCA_STATS, which the kernel sends in addition to TCA_STATS2 for
// old programs.
var tcStats = &CStruct{Name: "tc_stats", Fields: []Field{
	{Name: "bytes", Kind: U64},
	{Name: "packets", Kind: U32},
	{Name: "drops", Kind: U32},
	{Name: "overlimits", Kind: U32},
	{Name: "bps", Kind: U32},
	{Name: "pps", Kind: U32},
	{Name: "qlen", Kind: U32},
	{Name: "backlog", Kind: U32},
	{Len: 4},
}}

// tcEstimator is TCA_RATE: an interval n means 2^n seconds, from 1/4 to 8 s
// (net/core/gen_estimator.c).
var tcEstimator = &CStruct{Name: "tc_estimator", Fields: []Field{
	{Name: "interval", Kind: S8},
	{Name: "ewma_log", Kind: U8},
}}

// tcSizespec is TCA_STAB_BASE.
var tcSizespec = &CStruct{Name: "tc_sizespec", Fields: []Field{
	{Name: "cell_log", Kind: U8},
	{Name: "size_log", Kind: U8},
	{Name: "cell_align", Kind: S16},
	{Name: "overhead", Kind: S32},
	{Name: "linklayer", Kind: U32, Values: &tcLinkLayers},
	{Name: "mpu", Kind: U32},
	{Name: "mtu", Kind: U32},
	{Name: "tsize", Kind: U32},
}}

// tcRatespec is a rate in many qdiscs' options: in bytes per second, the
// overhead and the minimum packet size (mpu) in bytes.
var tcRatespec = &CStruct{Name: "tc_ratespec", Fields: []Field{
	{Name: "cell_log", Kind: U8},
	{Name: "linklayer", Kind: U8, Values: &tcLinkLayers},
	{Name: "overhead", Kind: U16},
	{Name: "cell_align", Kind: S16},
	{Name: "mpu", Kind: U16},
	{Name: "rate", Kind: U32},
}}

// tcLinkLayers is enum tc_link_layer.
var tcLinkLayers = Values{Prefix: "TC_LINKLAYER_", Consts: []Const{
	{0, "TC_LINKLAYER_UNAWARE"},
	{1, "TC_LINKLAYER_ETHERNET"},
	{2, "TC_LINKLAYER_ATM"},
}}

// tcDumpFlags is TCA_DUMP_FLAGS.
var tcDumpFlags = Values{Prefix: "TCA_DUMP_FLAGS_", Bits: true, Consts: []Const{
	{1, "TCA_DUMP_FLAGS_TERSE"},
}}
