package nlspec

// tbfAttrs is the contents of TCA_OPTIONS of a tbf
// (include/uapi/linux/pkt_sched.h). RTAB and PTAB are tables of 256 u32.
var tbfAttrs = Set{
	1: {Name: "TCA_TBF_PARMS", Kind: Struct, Struct: tcTBFQopt},
	2: {Name: "TCA_TBF_RTAB", Kind: Bytes},
	3: {Name: "TCA_TBF_PTAB", Kind: Bytes},
	4: {Name: "TCA_TBF_RATE64", Kind: U64},
	5: {Name: "TCA_TBF_PRATE64", Kind: U64},
	6: {Name: "TCA_TBF_BURST", Kind: U32},
	7: {Name: "TCA_TBF_PBURST", Kind: U32},
	8: {Name: "TCA_TBF_PAD", Kind: Pad},
}

// tcTBFQopt is TCA_TBF_PARMS: buffer is in ticks of tc's clock, limit and mtu
// in bytes.
var tcTBFQopt = &CStruct{Name: "tc_tbf_qopt", Fields: []Field{
	{Name: "rate", Kind: Struct, Struct: tcRatespec},
	{Name: "peakrate", Kind: Struct, Struct: tcRatespec},
	{Name: "limit", Kind: U32},
	{Name: "buffer", Kind: U32},
	{Name: "mtu", Kind: U32},
}}

// tcFifoQopt is the options of pfifo (packets), bfifo (bytes) and
// pfifo_head_drop.
var tcFifoQopt = &CStruct{Name: "tc_fifo_qopt", Fields: []Field{
	{Name: "limit", Kind: U32},
}}

// tcSkbprioQopt is the options of skbprio.
var tcSkbprioQopt = &CStruct{Name: "tc_skbprio_qopt", Fields: []Field{
	{Name: "limit", Kind: U32},
}}

// tcPrioQopt is the options of prio and pfifo_fast, and TCA_FQ_PRIOMAP.
var tcPrioQopt = &CStruct{Name: "tc_prio_qopt", Fields: []Field{
	{Name: "bands", Kind: S32},
	{Name: "priomap", Kind: Array, Elem: elemU8, Len: 16},
}}

// prioCompat is the nest that iproute2 sends after struct tc_prio_qopt. It is
// empty and of the outer type; Linux 2.6.2x looked for TCA_PRIO_MQ in it.
var prioCompat = Set{
	2: {Name: "TCA_OPTIONS", Kind: Nested},
}

// tcMultiqQopt is the options of multiq.
var tcMultiqQopt = &CStruct{Name: "tc_multiq_qopt", Fields: []Field{
	{Name: "bands", Kind: U16},
	{Name: "max_bands", Kind: U16},
}}

// tcPlugQopt is the options of plug.
var tcPlugQopt = &CStruct{Name: "tc_plug_qopt", Fields: []Field{
	{Name: "action", Kind: S32, Values: &plugActions},
	{Name: "limit", Kind: U32},
}}

// plugActions is tc_plug_qopt's action.
var plugActions = Values{Prefix: "TCQ_PLUG_", Consts: []Const{
	{0, "TCQ_PLUG_BUFFER"},
	{1, "TCQ_PLUG_RELEASE_ONE"},
	{2, "TCQ_PLUG_RELEASE_INDEFINITE"},
	{3, "TCQ_PLUG_LIMIT"},
}}

// drrAttrs is the options of a class of drr.
var drrAttrs = Set{
	1: {Name: "TCA_DRR_QUANTUM", Kind: U32},
}

// tcDRRStats is a drr class's statistics.
var tcDRRStats = &CStruct{Name: "tc_drr_stats", Fields: []Field{
	{Name: "deficit", Kind: U32},
}}

// qfqAttrs is the options of a class of qfq.
var qfqAttrs = Set{
	1: {Name: "TCA_QFQ_WEIGHT", Kind: U32},
	2: {Name: "TCA_QFQ_LMAX", Kind: U32},
}

// tcQFQStats is a qfq class's statistics.
var tcQFQStats = &CStruct{Name: "tc_qfq_stats", Fields: []Field{
	{Name: "weight", Kind: U32},
	{Name: "lmax", Kind: U32},
}}

// cbsAttrs is the options of cbs.
var cbsAttrs = Set{
	1: {Name: "TCA_CBS_PARMS", Kind: Struct, Struct: tcCBSQopt},
}

// tcCBSQopt is TCA_CBS_PARMS: credits in bytes, slopes in kbit/s.
var tcCBSQopt = &CStruct{Name: "tc_cbs_qopt", Fields: []Field{
	{Name: "offload", Kind: U8},
	{Len: 3},
	{Name: "hicredit", Kind: S32},
	{Name: "locredit", Kind: S32},
	{Name: "idleslope", Kind: S32},
	{Name: "sendslope", Kind: S32},
}}

// etfAttrs is the options of etf.
var etfAttrs = Set{
	1: {Name: "TCA_ETF_PARMS", Kind: Struct, Struct: tcETFQopt},
}

// tcETFQopt is TCA_ETF_PARMS: delta in nanoseconds.
var tcETFQopt = &CStruct{Name: "tc_etf_qopt", Fields: []Field{
	{Name: "delta", Kind: S32},
	{Name: "clockid", Kind: S32, Values: &clocks},
	{Name: "flags", Kind: U32, Values: &etfFlags},
}}

// etfFlags is tc_etf_qopt's flags.
var etfFlags = Values{Prefix: "TC_ETF_", Bits: true, Consts: []Const{
	{1, "TC_ETF_DEADLINE_MODE_ON"},
	{2, "TC_ETF_OFFLOAD_ON"},
	{4, "TC_ETF_SKIP_SOCK_CHECK"},
}}

// clocks is a clock's number (include/uapi/linux/time.h).
var clocks = Values{Prefix: "CLOCK_", Consts: []Const{
	{0, "CLOCK_REALTIME"},
	{1, "CLOCK_MONOTONIC"},
	{4, "CLOCK_MONOTONIC_RAW"},
	{7, "CLOCK_BOOTTIME"},
	{11, "CLOCK_TAI"},
}}

// etsAttrs is the options of ets and its classes; classes only have
// QUANTA_BAND.
var etsAttrs = Set{
	1: {Name: "TCA_ETS_NBANDS", Kind: U8},
	2: {Name: "TCA_ETS_NSTRICT", Kind: U8},
	3: {Name: "TCA_ETS_QUANTA", Kind: Nested, Nest: etsQuanta},
	4: {Name: "TCA_ETS_QUANTA_BAND", Kind: U32},
	5: {Name: "TCA_ETS_PRIOMAP", Kind: Nested, Nest: etsPriomap},
	6: {Name: "TCA_ETS_PRIOMAP_BAND", Kind: U8},
}

// etsQuanta is the contents of TCA_ETS_QUANTA: one for each band, in bytes.
var etsQuanta = Set{
	4: {Name: "TCA_ETS_QUANTA_BAND", Kind: U32},
}

// etsPriomap is the contents of TCA_ETS_PRIOMAP: the band of each priority.
var etsPriomap = Set{
	6: {Name: "TCA_ETS_PRIOMAP_BAND", Kind: U8},
}
