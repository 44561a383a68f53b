package nlspec

// mqprioAttrs is the attributes after struct tc_mqprio_qopt in the options of
// mqprio (include/uapi/linux/pkt_sched.h).
var mqprioAttrs = Set{
	1: {Name: "TCA_MQPRIO_MODE", Kind: U16, Values: &mqprioModes},
	2: {Name: "TCA_MQPRIO_SHAPER", Kind: U16, Values: &mqprioShapers},
	3: {Name: "TCA_MQPRIO_MIN_RATE64", Kind: Nested, Nest: mqprioMinRates},
	4: {Name: "TCA_MQPRIO_MAX_RATE64", Kind: Nested, Nest: mqprioMaxRates},
	5: {Name: "TCA_MQPRIO_TC_ENTRY", Kind: Nested, Nest: mqprioTCAttrs},
}

// mqprioMinRates is the contents of TCA_MQPRIO_MIN_RATE64: a rate for each
// traffic class, in bytes per second.
var mqprioMinRates = Set{
	3: {Name: "TCA_MQPRIO_MIN_RATE64", Kind: U64},
}

// mqprioMaxRates is the contents of TCA_MQPRIO_MAX_RATE64.
var mqprioMaxRates = Set{
	4: {Name: "TCA_MQPRIO_MAX_RATE64", Kind: U64},
}

// mqprioTCAttrs is the contents of TCA_MQPRIO_TC_ENTRY.
var mqprioTCAttrs = Set{
	1: {Name: "TCA_MQPRIO_TC_ENTRY_INDEX", Kind: U32},
	2: {Name: "TCA_MQPRIO_TC_ENTRY_FP", Kind: U32, Values: &framePreemption},
}

// tcMqprioQopt is the beginning of mqprio's options, and also
// TCA_TAPRIO_ATTR_PRIOMAP.
var tcMqprioQopt = &CStruct{Name: "tc_mqprio_qopt", Fields: []Field{
	{Name: "num_tc", Kind: U8},
	{Name: "prio_tc_map", Kind: Array, Elem: elemU8, Len: 16},
	{Name: "hw", Kind: U8, Values: &mqprioHW},
	{Name: "count", Kind: Array, Elem: elemU16, Len: 32},
	{Name: "offset", Kind: Array, Elem: elemU16, Len: 32},
}}

// mqprioHW is tc_mqprio_qopt's hw.
var mqprioHW = Values{Prefix: "TC_MQPRIO_HW_OFFLOAD_", Consts: []Const{
	{0, "TC_MQPRIO_HW_OFFLOAD_NONE"},
	{1, "TC_MQPRIO_HW_OFFLOAD_TCS"},
}}

// mqprioModes is TCA_MQPRIO_MODE.
var mqprioModes = Values{Prefix: "TC_MQPRIO_MODE_", Consts: []Const{
	{0, "TC_MQPRIO_MODE_DCB"},
	{1, "TC_MQPRIO_MODE_CHANNEL"},
}}

// mqprioShapers is TCA_MQPRIO_SHAPER.
var mqprioShapers = Values{Prefix: "TC_MQPRIO_SHAPER_", Consts: []Const{
	{0, "TC_MQPRIO_SHAPER_DCB"},
	{1, "TC_MQPRIO_SHAPER_BW_RATE"},
}}

// framePreemption is whether a traffic class may be preempted.
var framePreemption = Values{Prefix: "TC_FP_", Consts: []Const{
	{1, "TC_FP_EXPRESS"},
	{2, "TC_FP_PREEMPTIBLE"},
}}

// taprioAttrs is the options of taprio: times in nanoseconds.
var taprioAttrs = Set{
	1:  {Name: "TCA_TAPRIO_ATTR_PRIOMAP", Kind: Struct, Struct: tcMqprioQopt},
	2:  {Name: "TCA_TAPRIO_ATTR_SCHED_ENTRY_LIST", Kind: Nested, Nest: taprioEntries},
	3:  {Name: "TCA_TAPRIO_ATTR_SCHED_BASE_TIME", Kind: S64},
	4:  {Name: "TCA_TAPRIO_ATTR_SCHED_SINGLE_ENTRY", Kind: Nested, Nest: taprioEntryAttrs},
	5:  {Name: "TCA_TAPRIO_ATTR_SCHED_CLOCKID", Kind: S32, Values: &clocks},
	6:  {Name: "TCA_TAPRIO_PAD", Kind: Pad},
	7:  {Name: "TCA_TAPRIO_ATTR_ADMIN_SCHED", Kind: Nested, Nest: taprioSchedule},
	8:  {Name: "TCA_TAPRIO_ATTR_SCHED_CYCLE_TIME", Kind: S64},
	9:  {Name: "TCA_TAPRIO_ATTR_SCHED_CYCLE_TIME_EXTENSION", Kind: S64},
	10: {Name: "TCA_TAPRIO_ATTR_FLAGS", Kind: U32, Values: &taprioFlags},
	11: {Name: "TCA_TAPRIO_ATTR_TXTIME_DELAY", Kind: U32},
	12: {Name: "TCA_TAPRIO_ATTR_TC_ENTRY", Kind: Nested, Nest: taprioTCAttrs},
}

// taprioSchedule is the contents of TCA_TAPRIO_ATTR_ADMIN_SCHED: a schedule
// that is not yet in force.
var taprioSchedule = Set{
	2: {Name: "TCA_TAPRIO_ATTR_SCHED_ENTRY_LIST", Kind: Nested, Nest: taprioEntries},
	3: {Name: "TCA_TAPRIO_ATTR_SCHED_BASE_TIME", Kind: S64},
	8: {Name: "TCA_TAPRIO_ATTR_SCHED_CYCLE_TIME", Kind: S64},
	9: {Name: "TCA_TAPRIO_ATTR_SCHED_CYCLE_TIME_EXTENSION", Kind: S64},
}

// taprioEntries is the contents of TCA_TAPRIO_ATTR_SCHED_ENTRY_LIST.
var taprioEntries = Set{
	1: {Name: "TCA_TAPRIO_SCHED_ENTRY", Kind: Nested, Nest: taprioEntryAttrs},
}

// taprioEntryAttrs is one entry of taprio's schedule.
var taprioEntryAttrs = Set{
	1: {Name: "TCA_TAPRIO_SCHED_ENTRY_INDEX", Kind: U32},
	2: {Name: "TCA_TAPRIO_SCHED_ENTRY_CMD", Kind: U8, Values: &taprioCmds},
	3: {Name: "TCA_TAPRIO_SCHED_ENTRY_GATE_MASK", Kind: U32},
	4: {Name: "TCA_TAPRIO_SCHED_ENTRY_INTERVAL", Kind: U32},
}

// taprioTCAttrs is the contents of TCA_TAPRIO_ATTR_TC_ENTRY.
var taprioTCAttrs = Set{
	1: {Name: "TCA_TAPRIO_TC_ENTRY_INDEX", Kind: U32},
	2: {Name: "TCA_TAPRIO_TC_ENTRY_MAX_SDU", Kind: U32},
	3: {Name: "TCA_TAPRIO_TC_ENTRY_FP", Kind: U32, Values: &framePreemption},
}

// taprioStatsAttrs is taprio's statistics.
var taprioStatsAttrs = Set{
	1: {Name: "TCA_TAPRIO_OFFLOAD_STATS_PAD", Kind: Pad},
	2: {Name: "TCA_TAPRIO_OFFLOAD_STATS_WINDOW_DROPS", Kind: U64},
	3: {Name: "TCA_TAPRIO_OFFLOAD_STATS_TX_OVERRUNS", Kind: U64},
}

// taprioCmds is TCA_TAPRIO_SCHED_ENTRY_CMD.
var taprioCmds = Values{Prefix: "TC_TAPRIO_CMD_", Consts: []Const{
	{0, "TC_TAPRIO_CMD_SET_GATES"},
	{1, "TC_TAPRIO_CMD_SET_AND_HOLD"},
	{2, "TC_TAPRIO_CMD_SET_AND_RELEASE"},
}}

// taprioFlags is TCA_TAPRIO_ATTR_FLAGS.
var taprioFlags = Values{Prefix: "TCA_TAPRIO_ATTR_FLAG_", Bits: true, Consts: []Const{
	{1, "TCA_TAPRIO_ATTR_FLAG_TXTIME_ASSIST"},
	{2, "TCA_TAPRIO_ATTR_FLAG_FULL_OFFLOAD"},
}}
