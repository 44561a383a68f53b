package nlspec

// cbqAttrs is the options of cbq and its classes, which Linux had up to 6.2
// (include/uapi/linux/pkt_sched.h).
var cbqAttrs = Set{
	1: {Name: "TCA_CBQ_LSSOPT", Kind: Struct, Struct: tcCBQLssopt},
	2: {Name: "TCA_CBQ_WRROPT", Kind: Struct, Struct: tcCBQWrropt},
	3: {Name: "TCA_CBQ_FOPT", Kind: Struct, Struct: tcCBQFopt},
	4: {Name: "TCA_CBQ_OVL_STRATEGY", Kind: Struct, Struct: tcCBQOvl},
	5: {Name: "TCA_CBQ_RATE", Kind: Struct, Struct: tcRatespec},
	6: {Name: "TCA_CBQ_RTAB", Kind: Bytes},
	7: {Name: "TCA_CBQ_POLICE", Kind: Struct, Struct: tcCBQPolice},
}

// tcCBQLssopt is TCA_CBQ_LSSOPT.
var tcCBQLssopt = &CStruct{Name: "tc_cbq_lssopt", Fields: []Field{
	{Name: "change", Kind: U8, Values: &cbqChanges},
	{Name: "flags", Kind: U8, Values: &cbqFlags},
	{Name: "ewma_log", Kind: U8},
	{Name: "level", Kind: U8},
	{Name: "maxidle", Kind: U32},
	{Name: "minidle", Kind: U32},
	{Name: "offtime", Kind: U32},
	{Name: "avpkt", Kind: U32},
}}

// tcCBQWrropt is TCA_CBQ_WRROPT.
var tcCBQWrropt = &CStruct{Name: "tc_cbq_wrropt", Fields: []Field{
	{Name: "flags", Kind: U8},
	{Name: "priority", Kind: U8},
	{Name: "cpriority", Kind: U8},
	{Len: 1},
	{Name: "allot", Kind: U32},
	{Name: "weight", Kind: U32},
}}

// tcCBQFopt is TCA_CBQ_FOPT.
var tcCBQFopt = &CStruct{Name: "tc_cbq_fopt", Fields: []Field{
	{Name: "split", Kind: TCHandle},
	{Name: "defmap", Kind: U32},
	{Name: "defchange", Kind: U32},
}}

// tcCBQOvl is TCA_CBQ_OVL_STRATEGY.
var tcCBQOvl = &CStruct{Name: "tc_cbq_ovl", Fields: []Field{
	{Name: "strategy", Kind: U8, Values: &cbqStrategies},
	{Name: "priority2", Kind: U8},
	{Len: 2},
	{Name: "penalty", Kind: U32},
}}

// tcCBQPolice is TCA_CBQ_POLICE.
var tcCBQPolice = &CStruct{Name: "tc_cbq_police", Fields: []Field{
	{Name: "police", Kind: U8},
	{Len: 3},
}}

// tcCBQXstats is the statistics of cbq and of its classes.
var tcCBQXstats = &CStruct{Name: "tc_cbq_xstats", Fields: []Field{
	{Name: "borrows", Kind: U32},
	{Name: "overactions", Kind: U32},
	{Name: "avgidle", Kind: S32},
	{Name: "undertime", Kind: S32},
}}

// cbqChanges is tc_cbq_lssopt's change.
var cbqChanges = Values{Prefix: "TCF_CBQ_LSS_", Bits: true, Consts: []Const{
	{1, "TCF_CBQ_LSS_FLAGS"},
	{2, "TCF_CBQ_LSS_EWMA"},
	{4, "TCF_CBQ_LSS_MAXIDLE"},
	{8, "TCF_CBQ_LSS_MINIDLE"},
	{16, "TCF_CBQ_LSS_OFFTIME"},
	{32, "TCF_CBQ_LSS_AVPKT"},
}}

// cbqFlags is tc_cbq_lssopt's flags.
var cbqFlags = Values{Prefix: "TCF_CBQ_LSS_", Bits: true, Consts: []Const{
	{1, "TCF_CBQ_LSS_BOUNDED"},
	{2, "TCF_CBQ_LSS_ISOLATED"},
}}

// cbqStrategies is tc_cbq_ovl's strategy.
var cbqStrategies = Values{Prefix: "TC_CBQ_OVL_", Consts: []Const{
	{0, "TC_CBQ_OVL_CLASSIC"},
	{1, "TC_CBQ_OVL_DELAY"},
	{2, "TC_CBQ_OVL_LOWPRIO"},
	{3, "TC_CBQ_OVL_DROP"},
	{4, "TC_CBQ_OVL_RCLASSIC"},
}}

// dsmarkAttrs is the options of dsmark and its classes, which Linux had up to
// 6.2.
var dsmarkAttrs = Set{
	1: {Name: "TCA_DSMARK_INDICES", Kind: U16},
	2: {Name: "TCA_DSMARK_DEFAULT_INDEX", Kind: U16},
	3: {Name: "TCA_DSMARK_SET_TC_INDEX", Kind: Flag},
	4: {Name: "TCA_DSMARK_MASK", Kind: U8},
	5: {Name: "TCA_DSMARK_VALUE", Kind: U8},
}

// atmAttrs is the options of a class of atm, which Linux had up to 6.2.
var atmAttrs = Set{
	1: {Name: "TCA_ATM_FD", Kind: U32},
	2: {Name: "TCA_ATM_PTR", Kind: Bytes},
	3: {Name: "TCA_ATM_HDR", Kind: Bytes},
	4: {Name: "TCA_ATM_EXCESS", Kind: TCHandle},
	5: {Name: "TCA_ATM_ADDR", Kind: Struct, Struct: sockaddrATMPVC},
	6: {Name: "TCA_ATM_STATE", Kind: U32},
}

// sockaddrATMPVC is TCA_ATM_ADDR (include/uapi/linux/atm.h).
var sockaddrATMPVC = &CStruct{Name: "sockaddr_atmpvc", Fields: []Field{
	{Name: "sap_family", Kind: U16, Values: &families},
	{Len: 2},
	{Name: "itf", Kind: S16},
	{Name: "vpi", Kind: S16},
	{Name: "vci", Kind: S32},
}}
