package nlspec

// htbAttrs is the options of htb and its classes
// (include/uapi/linux/pkt_sched.h).
var htbAttrs = Set{
	1: {Name: "TCA_HTB_PARMS", Kind: Struct, Struct: tcHTBOpt},
	2: {Name: "TCA_HTB_INIT", Kind: Struct, Struct: tcHTBGlob},
	3: {Name: "TCA_HTB_CTAB", Kind: Bytes},
	4: {Name: "TCA_HTB_RTAB", Kind: Bytes},
	5: {Name: "TCA_HTB_DIRECT_QLEN", Kind: U32},
	6: {Name: "TCA_HTB_RATE64", Kind: U64},
	7: {Name: "TCA_HTB_CEIL64", Kind: U64},
	8: {Name: "TCA_HTB_PAD", Kind: Pad},
	9: {Name: "TCA_HTB_OFFLOAD", Kind: Flag},
}

// tcHTBOpt is TCA_HTB_PARMS: buffers in ticks of tc's clock, the quantum in
// bytes.
var tcHTBOpt = &CStruct{Name: "tc_htb_opt", Fields: []Field{
	{Name: "rate", Kind: Struct, Struct: tcRatespec},
	{Name: "ceil", Kind: Struct, Struct: tcRatespec},
	{Name: "buffer", Kind: U32},
	{Name: "cbuffer", Kind: U32},
	{Name: "quantum", Kind: U32},
	{Name: "level", Kind: U32},
	{Name: "prio", Kind: U32},
}}

// tcHTBGlob is TCA_HTB_INIT.
var tcHTBGlob = &CStruct{Name: "tc_htb_glob", Fields: []Field{
	{Name: "version", Kind: U32},
	{Name: "rate2quantum", Kind: U32},
	{Name: "defcls", Kind: U32},
	{Name: "debug", Kind: U32},
	{Name: "direct_pkts", Kind: U32},
}}

// tcHTBXstats is an htb class's statistics.
var tcHTBXstats = &CStruct{Name: "tc_htb_xstats", Fields: []Field{
	{Name: "lends", Kind: U32},
	{Name: "borrows", Kind: U32},
	{Name: "giants", Kind: U32},
	{Name: "tokens", Kind: S32},
	{Name: "ctokens", Kind: S32},
}}

// hfscAttrs is the options of a class of hfsc.
var hfscAttrs = Set{
	1: {Name: "TCA_HFSC_RSC", Kind: Struct, Struct: tcServiceCurve},
	2: {Name: "TCA_HFSC_FSC", Kind: Struct, Struct: tcServiceCurve},
	3: {Name: "TCA_HFSC_USC", Kind: Struct, Struct: tcServiceCurve},
}

// tcHFSCQopt is the options of hfsc itself: the default class.
var tcHFSCQopt = &CStruct{Name: "tc_hfsc_qopt", Fields: []Field{
	{Name: "defcls", Kind: U16},
}}

// tcServiceCurve is TCA_HFSC_RSC, FSC and USC: slopes in bytes per second, d in
// microseconds.
var tcServiceCurve = &CStruct{Name: "tc_service_curve", Fields: []Field{
	{Name: "m1", Kind: U32},
	{Name: "d", Kind: U32},
	{Name: "m2", Kind: U32},
}}

// tcHFSCStats is an hfsc class's statistics.
var tcHFSCStats = &CStruct{Name: "tc_hfsc_stats", Fields: []Field{
	{Name: "work", Kind: U64},
	{Name: "rtwork", Kind: U64},
	{Name: "period", Kind: U32},
	{Name: "level", Kind: U32},
}}
