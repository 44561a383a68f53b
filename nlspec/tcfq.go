package nlspec

// fqAttrs is the options of fq (include/uapi/linux/pkt_sched.h): rates in bytes
// per second, times in microseconds, TIMER_SLACK in nanoseconds.
var fqAttrs = Set{
	1:  {Name: "TCA_FQ_PLIMIT", Kind: U32},
	2:  {Name: "TCA_FQ_FLOW_PLIMIT", Kind: U32},
	3:  {Name: "TCA_FQ_QUANTUM", Kind: U32},
	4:  {Name: "TCA_FQ_INITIAL_QUANTUM", Kind: U32},
	5:  {Name: "TCA_FQ_RATE_ENABLE", Kind: U32},
	6:  {Name: "TCA_FQ_FLOW_DEFAULT_RATE", Kind: U32},
	7:  {Name: "TCA_FQ_FLOW_MAX_RATE", Kind: U32},
	8:  {Name: "TCA_FQ_BUCKETS_LOG", Kind: U32},
	9:  {Name: "TCA_FQ_FLOW_REFILL_DELAY", Kind: U32},
	10: {Name: "TCA_FQ_ORPHAN_MASK", Kind: U32},
	11: {Name: "TCA_FQ_LOW_RATE_THRESHOLD", Kind: U32},
	12: {Name: "TCA_FQ_CE_THRESHOLD", Kind: U32},
	13: {Name: "TCA_FQ_TIMER_SLACK", Kind: U32},
	14: {Name: "TCA_FQ_HORIZON", Kind: U32},
	15: {Name: "TCA_FQ_HORIZON_DROP", Kind: U8},
	16: {Name: "TCA_FQ_PRIOMAP", Kind: Struct, Struct: tcPrioQopt},
	17: {Name: "TCA_FQ_WEIGHTS", Kind: Array, Elem: elemS32},
	18: {Name: "TCA_FQ_OFFLOAD_HORIZON", Kind: U32},
}

// tcFQQdStats is fq's statistics.
var tcFQQdStats = &CStruct{Name: "tc_fq_qd_stats", Fields: []Field{
	{Name: "gc_flows", Kind: U64},
	{Name: "highprio_packets", Kind: U64},
	{Name: "tcp_retrans", Kind: U64},
	{Name: "throttled", Kind: U64},
	{Name: "flows_plimit", Kind: U64},
	{Name: "pkts_too_long", Kind: U64},
	{Name: "allocation_errors", Kind: U64},
	{Name: "time_next_delayed_flow", Kind: S64},
	{Name: "flows", Kind: U32},
	{Name: "inactive_flows", Kind: U32},
	{Name: "throttled_flows", Kind: U32},
	{Name: "unthrottle_latency_ns", Kind: U32},
	{Name: "ce_mark", Kind: U64},
	{Name: "horizon_drops", Kind: U64},
	{Name: "horizon_caps", Kind: U64},
	{Name: "fastpath_packets", Kind: U64},
	{Name: "band_drops", Kind: Array, Elem: elemU64, Len: 24},
	{Name: "band_pkt_count", Kind: Array, Elem: elemU32, Len: 12},
	{Len: 4},
}}

// codelAttrs is the options of codel: times in microseconds.
var codelAttrs = Set{
	1: {Name: "TCA_CODEL_TARGET", Kind: U32},
	2: {Name: "TCA_CODEL_LIMIT", Kind: U32},
	3: {Name: "TCA_CODEL_INTERVAL", Kind: U32},
	4: {Name: "TCA_CODEL_ECN", Kind: U32},
	5: {Name: "TCA_CODEL_CE_THRESHOLD", Kind: U32},
}

// tcCodelXstats is codel's statistics.
var tcCodelXstats = &CStruct{Name: "tc_codel_xstats", Fields: []Field{
	{Name: "maxpacket", Kind: U32},
	{Name: "count", Kind: U32},
	{Name: "lastcount", Kind: U32},
	{Name: "ldelay", Kind: U32},
	{Name: "drop_next", Kind: S32},
	{Name: "drop_overlimit", Kind: U32},
	{Name: "ecn_mark", Kind: U32},
	{Name: "dropping", Kind: U32},
	{Name: "ce_mark", Kind: U32},
}}

// fqCodelAttrs is the options of fq_codel: times in microseconds.
var fqCodelAttrs = Set{
	1:  {Name: "TCA_FQ_CODEL_TARGET", Kind: U32},
	2:  {Name: "TCA_FQ_CODEL_LIMIT", Kind: U32},
	3:  {Name: "TCA_FQ_CODEL_INTERVAL", Kind: U32},
	4:  {Name: "TCA_FQ_CODEL_ECN", Kind: U32},
	5:  {Name: "TCA_FQ_CODEL_FLOWS", Kind: U32},
	6:  {Name: "TCA_FQ_CODEL_QUANTUM", Kind: U32},
	7:  {Name: "TCA_FQ_CODEL_CE_THRESHOLD", Kind: U32},
	8:  {Name: "TCA_FQ_CODEL_DROP_BATCH_SIZE", Kind: U32},
	9:  {Name: "TCA_FQ_CODEL_MEMORY_LIMIT", Kind: U32},
	10: {Name: "TCA_FQ_CODEL_CE_THRESHOLD_SELECTOR", Kind: U8},
	11: {Name: "TCA_FQ_CODEL_CE_THRESHOLD_MASK", Kind: U8},
}

// tcFQCodelQdStats is fq_codel's statistics of a qdisc.
var tcFQCodelQdStats = &CStruct{Name: "tc_fq_codel_qd_stats", Fields: []Field{
	{Name: "maxpacket", Kind: U32},
	{Name: "drop_overlimit", Kind: U32},
	{Name: "ecn_mark", Kind: U32},
	{Name: "new_flow_count", Kind: U32},
	{Name: "new_flows_len", Kind: U32},
	{Name: "old_flows_len", Kind: U32},
	{Name: "ce_mark", Kind: U32},
	{Name: "memory_usage", Kind: U32},
	{Name: "drop_overmemory", Kind: U32},
}}

// tcFQCodelClStats is fq_codel's statistics of a flow.
var tcFQCodelClStats = &CStruct{Name: "tc_fq_codel_cl_stats", Fields: []Field{
	{Name: "deficit", Kind: S32},
	{Name: "ldelay", Kind: U32},
	{Name: "count", Kind: U32},
	{Name: "lastcount", Kind: U32},
	{Name: "dropping", Kind: U32},
	{Name: "drop_next", Kind: S32},
}}

// tcFQCodelXstats is struct tc_fq_codel_xstats, whose type says which of the
// two it holds.
var tcFQCodelXstats = &CStruct{Name: "tc_fq_codel_xstats", Fields: []Field{
	{Name: "type", Kind: U32, Values: &fqCodelXstatsTypes},
	{Name: "stats", Kind: Bytes, By: &Selector{What: ByField, Field: "type", Cases: []Case{
		{Number: 0, Attr: &Attr{Kind: Struct, Struct: tcFQCodelQdStats}},
		{Number: 1, Attr: &Attr{Kind: Struct, Struct: tcFQCodelClStats}},
	}}},
}}

// fqCodelXstatsTypes is tc_fq_codel_xstats's type.
var fqCodelXstatsTypes = Values{Prefix: "TCA_FQ_CODEL_XSTATS_", Consts: []Const{
	{0, "TCA_FQ_CODEL_XSTATS_QDISC"},
	{1, "TCA_FQ_CODEL_XSTATS_CLASS"},
}}

// pieAttrs is the options of pie: times in microseconds.
var pieAttrs = Set{
	1: {Name: "TCA_PIE_TARGET", Kind: U32},
	2: {Name: "TCA_PIE_LIMIT", Kind: U32},
	3: {Name: "TCA_PIE_TUPDATE", Kind: U32},
	4: {Name: "TCA_PIE_ALPHA", Kind: U32},
	5: {Name: "TCA_PIE_BETA", Kind: U32},
	6: {Name: "TCA_PIE_ECN", Kind: U32},
	7: {Name: "TCA_PIE_BYTEMODE", Kind: U32},
	8: {Name: "TCA_PIE_DQ_RATE_ESTIMATOR", Kind: U32},
}

// tcPIEXstats is pie's statistics.
var tcPIEXstats = &CStruct{Name: "tc_pie_xstats", Fields: []Field{
	{Name: "prob", Kind: U64},
	{Name: "delay", Kind: U32},
	{Name: "avg_dq_rate", Kind: U32},
	{Name: "dq_rate_estimating", Kind: U32},
	{Name: "packets_in", Kind: U32},
	{Name: "dropped", Kind: U32},
	{Name: "overlimit", Kind: U32},
	{Name: "maxq", Kind: U32},
	{Name: "ecn_mark", Kind: U32},
}}

// fqPIEAttrs is the options of fq_pie: times in microseconds.
var fqPIEAttrs = Set{
	1:  {Name: "TCA_FQ_PIE_LIMIT", Kind: U32},
	2:  {Name: "TCA_FQ_PIE_FLOWS", Kind: U32},
	3:  {Name: "TCA_FQ_PIE_TARGET", Kind: U32},
	4:  {Name: "TCA_FQ_PIE_TUPDATE", Kind: U32},
	5:  {Name: "TCA_FQ_PIE_ALPHA", Kind: U32},
	6:  {Name: "TCA_FQ_PIE_BETA", Kind: U32},
	7:  {Name: "TCA_FQ_PIE_QUANTUM", Kind: U32},
	8:  {Name: "TCA_FQ_PIE_MEMORY_LIMIT", Kind: U32},
	9:  {Name: "TCA_FQ_PIE_ECN_PROB", Kind: U32},
	10: {Name: "TCA_FQ_PIE_ECN", Kind: U32},
	11: {Name: "TCA_FQ_PIE_BYTEMODE", Kind: U32},
	12: {Name: "TCA_FQ_PIE_DQ_RATE_ESTIMATOR", Kind: U32},
}

// tcFQPIEXstats is fq_pie's statistics.
var tcFQPIEXstats = &CStruct{Name: "tc_fq_pie_xstats", Fields: []Field{
	{Name: "packets_in", Kind: U32},
	{Name: "dropped", Kind: U32},
	{Name: "overlimit", Kind: U32},
	{Name: "overmemory", Kind: U32},
	{Name: "ecn_mark", Kind: U32},
	{Name: "new_flow_count", Kind: U32},
	{Name: "new_flows_len", Kind: U32},
	{Name: "old_flows_len", Kind: U32},
	{Name: "memory_usage", Kind: U32},
}}

// hhfAttrs is the options of hhf: times in microseconds.
var hhfAttrs = Set{
	1: {Name: "TCA_HHF_BACKLOG_LIMIT", Kind: U32},
	2: {Name: "TCA_HHF_QUANTUM", Kind: U32},
	3: {Name: "TCA_HHF_HH_FLOWS_LIMIT", Kind: U32},
	4: {Name: "TCA_HHF_RESET_TIMEOUT", Kind: U32},
	5: {Name: "TCA_HHF_ADMIT_BYTES", Kind: U32},
	6: {Name: "TCA_HHF_EVICT_TIMEOUT", Kind: U32},
	7: {Name: "TCA_HHF_NON_HH_WEIGHT", Kind: U32},
}

// tcHHFXstats is hhf's statistics.
var tcHHFXstats = &CStruct{Name: "tc_hhf_xstats", Fields: []Field{
	{Name: "drop_overlimit", Kind: U32},
	{Name: "hh_overlimit", Kind: U32},
	{Name: "hh_tot_count", Kind: U32},
	{Name: "hh_cur_count", Kind: U32},
}}
