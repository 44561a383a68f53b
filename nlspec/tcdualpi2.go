package nlspec

// dualpi2Attrs is the options of dualpi2 (include/uapi/linux/pkt_sched.h):
// times in microseconds, alpha and beta in 1/256 Hz.
var dualpi2Attrs = Set{
	1:  {Name: "TCA_DUALPI2_LIMIT", Kind: U32},
	2:  {Name: "TCA_DUALPI2_MEMORY_LIMIT", Kind: U32},
	3:  {Name: "TCA_DUALPI2_TARGET", Kind: U32},
	4:  {Name: "TCA_DUALPI2_TUPDATE", Kind: U32},
	5:  {Name: "TCA_DUALPI2_ALPHA", Kind: U32},
	6:  {Name: "TCA_DUALPI2_BETA", Kind: U32},
	7:  {Name: "TCA_DUALPI2_STEP_THRESH_PKTS", Kind: U32},
	8:  {Name: "TCA_DUALPI2_STEP_THRESH_US", Kind: U32},
	9:  {Name: "TCA_DUALPI2_MIN_QLEN_STEP", Kind: U32},
	10: {Name: "TCA_DUALPI2_COUPLING", Kind: U8},
	11: {Name: "TCA_DUALPI2_DROP_OVERLOAD", Kind: U8, Values: &dualpi2Overload},
	12: {Name: "TCA_DUALPI2_DROP_EARLY", Kind: U8, Values: &dualpi2Early},
	13: {Name: "TCA_DUALPI2_C_PROTECTION", Kind: U8},
	14: {Name: "TCA_DUALPI2_ECN_MASK", Kind: U8, Values: &dualpi2ECN},
	15: {Name: "TCA_DUALPI2_SPLIT_GSO", Kind: U8, Values: &dualpi2GSO},
	16: {Name: "TCA_DUALPI2_PAD", Kind: Pad},
}

// tcDualPI2Xstats is dualpi2's statistics.
var tcDualPI2Xstats = &CStruct{Name: "tc_dualpi2_xstats", Fields: []Field{
	{Name: "prob", Kind: U32},
	{Name: "delay_c", Kind: U32},
	{Name: "delay_l", Kind: U32},
	{Name: "packets_in_c", Kind: U32},
	{Name: "packets_in_l", Kind: U32},
	{Name: "maxq", Kind: U32},
	{Name: "ecn_mark", Kind: U32},
	{Name: "step_marks", Kind: U32},
	{Name: "credit", Kind: S32},
	{Name: "memory_used", Kind: U32},
	{Name: "max_memory_used", Kind: U32},
	{Name: "memory_limit", Kind: U32},
}}

// dualpi2Overload is enum tc_dualpi2_drop_overload.
var dualpi2Overload = Values{Prefix: "TC_DUALPI2_DROP_OVERLOAD_", Consts: []Const{
	{0, "TC_DUALPI2_DROP_OVERLOAD_OVERFLOW"},
	{1, "TC_DUALPI2_DROP_OVERLOAD_DROP"},
}}

// dualpi2Early is enum tc_dualpi2_drop_early.
var dualpi2Early = Values{Prefix: "TC_DUALPI2_DROP_EARLY_", Consts: []Const{
	{0, "TC_DUALPI2_DROP_EARLY_DROP_DEQUEUE"},
	{1, "TC_DUALPI2_DROP_EARLY_DROP_ENQUEUE"},
}}

// dualpi2ECN is enum tc_dualpi2_ecn_mask.
var dualpi2ECN = Values{Prefix: "TC_DUALPI2_ECN_MASK_", Consts: []Const{
	{1, "TC_DUALPI2_ECN_MASK_L4S_ECT"},
	{2, "TC_DUALPI2_ECN_MASK_CLA_ECT"},
	{3, "TC_DUALPI2_ECN_MASK_ANY_ECT"},
}}

// dualpi2GSO is enum tc_dualpi2_split_gso.
var dualpi2GSO = Values{Prefix: "TC_DUALPI2_SPLIT_GSO_", Consts: []Const{
	{0, "TC_DUALPI2_SPLIT_GSO_NO_SPLIT_GSO"},
	{1, "TC_DUALPI2_SPLIT_GSO_SPLIT_GSO"},
}}
