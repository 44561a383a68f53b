package nlspec

// cakeAttrs is the options of cake (include/uapi/linux/pkt_sched.h): rates in
// bytes per second, times in microseconds.
var cakeAttrs = Set{
	1:  {Name: "TCA_CAKE_PAD", Kind: Pad},
	2:  {Name: "TCA_CAKE_BASE_RATE64", Kind: U64},
	3:  {Name: "TCA_CAKE_DIFFSERV_MODE", Kind: U32, Values: &cakeDiffserv},
	4:  {Name: "TCA_CAKE_ATM", Kind: U32, Values: &cakeATM},
	5:  {Name: "TCA_CAKE_FLOW_MODE", Kind: U32, Values: &cakeFlows},
	6:  {Name: "TCA_CAKE_OVERHEAD", Kind: S32},
	7:  {Name: "TCA_CAKE_RTT", Kind: U32},
	8:  {Name: "TCA_CAKE_TARGET", Kind: U32},
	9:  {Name: "TCA_CAKE_AUTORATE", Kind: U32},
	10: {Name: "TCA_CAKE_MEMORY", Kind: U32},
	11: {Name: "TCA_CAKE_NAT", Kind: U32},
	12: {Name: "TCA_CAKE_RAW", Kind: U32},
	13: {Name: "TCA_CAKE_WASH", Kind: U32},
	14: {Name: "TCA_CAKE_MPU", Kind: U32},
	15: {Name: "TCA_CAKE_INGRESS", Kind: U32},
	16: {Name: "TCA_CAKE_ACK_FILTER", Kind: U32, Values: &cakeACK},
	17: {Name: "TCA_CAKE_SPLIT_GSO", Kind: U32},
	18: {Name: "TCA_CAKE_FWMARK", Kind: U32},
}

// cakeStatsAttrs is cake's statistics, and those of its queues.
var cakeStatsAttrs = Set{
	1:  {Name: "TCA_CAKE_STATS_PAD", Kind: Pad},
	2:  {Name: "TCA_CAKE_STATS_CAPACITY_ESTIMATE64", Kind: U64},
	3:  {Name: "TCA_CAKE_STATS_MEMORY_LIMIT", Kind: U32},
	4:  {Name: "TCA_CAKE_STATS_MEMORY_USED", Kind: U32},
	5:  {Name: "TCA_CAKE_STATS_AVG_NETOFF", Kind: U32},
	6:  {Name: "TCA_CAKE_STATS_MIN_NETLEN", Kind: U32},
	7:  {Name: "TCA_CAKE_STATS_MAX_NETLEN", Kind: U32},
	8:  {Name: "TCA_CAKE_STATS_MIN_ADJLEN", Kind: U32},
	9:  {Name: "TCA_CAKE_STATS_MAX_ADJLEN", Kind: U32},
	10: {Name: "TCA_CAKE_STATS_TIN_STATS", Kind: List, Elem: &cakeTin},
	11: {Name: "TCA_CAKE_STATS_DEFICIT", Kind: S32},
	12: {Name: "TCA_CAKE_STATS_COBALT_COUNT", Kind: U32},
	13: {Name: "TCA_CAKE_STATS_DROPPING", Kind: U32},
	14: {Name: "TCA_CAKE_STATS_DROP_NEXT_US", Kind: S32},
	15: {Name: "TCA_CAKE_STATS_P_DROP", Kind: U32},
	16: {Name: "TCA_CAKE_STATS_BLUE_TIMER_US", Kind: S32},
	17: {Name: "TCA_CAKE_STATS_ACTIVE_QUEUES", Kind: U32},
}

// cakeTinAttrs is the statistics of one of cake's tins.
var cakeTinAttrs = Set{
	1:  {Name: "TCA_CAKE_TIN_STATS_PAD", Kind: Pad},
	2:  {Name: "TCA_CAKE_TIN_STATS_SENT_PACKETS", Kind: U32},
	3:  {Name: "TCA_CAKE_TIN_STATS_SENT_BYTES64", Kind: U64},
	4:  {Name: "TCA_CAKE_TIN_STATS_DROPPED_PACKETS", Kind: U32},
	5:  {Name: "TCA_CAKE_TIN_STATS_DROPPED_BYTES64", Kind: U64},
	6:  {Name: "TCA_CAKE_TIN_STATS_ACKS_DROPPED_PACKETS", Kind: U32},
	7:  {Name: "TCA_CAKE_TIN_STATS_ACKS_DROPPED_BYTES64", Kind: U64},
	8:  {Name: "TCA_CAKE_TIN_STATS_ECN_MARKED_PACKETS", Kind: U32},
	9:  {Name: "TCA_CAKE_TIN_STATS_ECN_MARKED_BYTES64", Kind: U64},
	10: {Name: "TCA_CAKE_TIN_STATS_BACKLOG_PACKETS", Kind: U32},
	11: {Name: "TCA_CAKE_TIN_STATS_BACKLOG_BYTES", Kind: U32},
	12: {Name: "TCA_CAKE_TIN_STATS_THRESHOLD_RATE64", Kind: U64},
	13: {Name: "TCA_CAKE_TIN_STATS_TARGET_US", Kind: U32},
	14: {Name: "TCA_CAKE_TIN_STATS_INTERVAL_US", Kind: U32},
	15: {Name: "TCA_CAKE_TIN_STATS_WAY_INDIRECT_HITS", Kind: U32},
	16: {Name: "TCA_CAKE_TIN_STATS_WAY_MISSES", Kind: U32},
	17: {Name: "TCA_CAKE_TIN_STATS_WAY_COLLISIONS", Kind: U32},
	18: {Name: "TCA_CAKE_TIN_STATS_PEAK_DELAY_US", Kind: U32},
	19: {Name: "TCA_CAKE_TIN_STATS_AVG_DELAY_US", Kind: U32},
	20: {Name: "TCA_CAKE_TIN_STATS_BASE_DELAY_US", Kind: U32},
	21: {Name: "TCA_CAKE_TIN_STATS_SPARSE_FLOWS", Kind: U32},
	22: {Name: "TCA_CAKE_TIN_STATS_BULK_FLOWS", Kind: U32},
	23: {Name: "TCA_CAKE_TIN_STATS_UNRESPONSIVE_FLOWS", Kind: U32},
	24: {Name: "TCA_CAKE_TIN_STATS_MAX_SKBLEN", Kind: U32},
	25: {Name: "TCA_CAKE_TIN_STATS_FLOW_QUANTUM", Kind: U32},
}

// cakeTin is an element of TCA_CAKE_STATS_TIN_STATS.
var cakeTin = Attr{Kind: Nested, Nest: cakeTinAttrs}

// cakeFlows is TCA_CAKE_FLOW_MODE.
var cakeFlows = Values{Prefix: "CAKE_FLOW_", Consts: []Const{
	{0, "CAKE_FLOW_NONE"},
	{1, "CAKE_FLOW_SRC_IP"},
	{2, "CAKE_FLOW_DST_IP"},
	{3, "CAKE_FLOW_HOSTS"},
	{4, "CAKE_FLOW_FLOWS"},
	{5, "CAKE_FLOW_DUAL_SRC"},
	{6, "CAKE_FLOW_DUAL_DST"},
	{7, "CAKE_FLOW_TRIPLE"},
}}

// cakeDiffserv is TCA_CAKE_DIFFSERV_MODE.
var cakeDiffserv = Values{Prefix: "CAKE_DIFFSERV_", Consts: []Const{
	{0, "CAKE_DIFFSERV_DIFFSERV3"},
	{1, "CAKE_DIFFSERV_DIFFSERV4"},
	{2, "CAKE_DIFFSERV_DIFFSERV8"},
	{3, "CAKE_DIFFSERV_BESTEFFORT"},
	{4, "CAKE_DIFFSERV_PRECEDENCE"},
}}

// cakeACK is TCA_CAKE_ACK_FILTER.
var cakeACK = Values{Prefix: "CAKE_ACK_", Consts: []Const{
	{0, "CAKE_ACK_NONE"},
	{1, "CAKE_ACK_FILTER"},
	{2, "CAKE_ACK_AGGRESSIVE"},
}}

// cakeATM is TCA_CAKE_ATM.
var cakeATM = Values{Prefix: "CAKE_ATM_", Consts: []Const{
	{0, "CAKE_ATM_NONE"},
	{1, "CAKE_ATM_ATM"},
	{2, "CAKE_ATM_PTM"},
}}
