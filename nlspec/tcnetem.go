package nlspec

// netemAttrs is the attributes after struct tc_netem_qopt in the options of
// netem (include/uapi/linux/pkt_sched.h). The distributions are tables of s16.
var netemAttrs = Set{
	1:  {Name: "TCA_NETEM_CORR", Kind: Struct, Struct: tcNetemCorr},
	2:  {Name: "TCA_NETEM_DELAY_DIST", Kind: Bytes},
	3:  {Name: "TCA_NETEM_REORDER", Kind: Struct, Struct: tcNetemReorder},
	4:  {Name: "TCA_NETEM_CORRUPT", Kind: Struct, Struct: tcNetemCorrupt},
	5:  {Name: "TCA_NETEM_LOSS", Kind: Nested, Nest: netemLossAttrs},
	6:  {Name: "TCA_NETEM_RATE", Kind: Struct, Struct: tcNetemRate},
	7:  {Name: "TCA_NETEM_ECN", Kind: U32},
	8:  {Name: "TCA_NETEM_RATE64", Kind: U64},
	9:  {Name: "TCA_NETEM_PAD", Kind: Pad},
	10: {Name: "TCA_NETEM_LATENCY64", Kind: S64},
	11: {Name: "TCA_NETEM_JITTER64", Kind: S64},
	12: {Name: "TCA_NETEM_SLOT", Kind: Struct, Struct: tcNetemSlot},
	13: {Name: "TCA_NETEM_SLOT_DIST", Kind: Bytes},
	14: {Name: "TCA_NETEM_PRNG_SEED", Kind: U64},
}

// netemLossAttrs is the contents of TCA_NETEM_LOSS.
var netemLossAttrs = Set{
	1: {Name: "NETEM_LOSS_GI", Kind: Struct, Struct: tcNetemGImodel},
	2: {Name: "NETEM_LOSS_GE", Kind: Struct, Struct: tcNetemGEmodel},
}

// tcNetemQopt is the beginning of netem's options: times in ticks of tc's
// clock, probabilities from 0 to 2^32-1.
var tcNetemQopt = &CStruct{Name: "tc_netem_qopt", Fields: []Field{
	{Name: "latency", Kind: U32},
	{Name: "limit", Kind: U32},
	{Name: "loss", Kind: U32},
	{Name: "gap", Kind: U32},
	{Name: "duplicate", Kind: U32},
	{Name: "jitter", Kind: U32},
}}

// tcNetemCorr is TCA_NETEM_CORR.
var tcNetemCorr = &CStruct{Name: "tc_netem_corr", Fields: []Field{
	{Name: "delay_corr", Kind: U32},
	{Name: "loss_corr", Kind: U32},
	{Name: "dup_corr", Kind: U32},
}}

// tcNetemReorder is TCA_NETEM_REORDER.
var tcNetemReorder = &CStruct{Name: "tc_netem_reorder", Fields: []Field{
	{Name: "probability", Kind: U32},
	{Name: "correlation", Kind: U32},
}}

// tcNetemCorrupt is TCA_NETEM_CORRUPT.
var tcNetemCorrupt = &CStruct{Name: "tc_netem_corrupt", Fields: []Field{
	{Name: "probability", Kind: U32},
	{Name: "correlation", Kind: U32},
}}

// tcNetemRate is TCA_NETEM_RATE, in bytes per second.
var tcNetemRate = &CStruct{Name: "tc_netem_rate", Fields: []Field{
	{Name: "rate", Kind: U32},
	{Name: "packet_overhead", Kind: S32},
	{Name: "cell_size", Kind: U32},
	{Name: "cell_overhead", Kind: S32},
}}

// tcNetemSlot is TCA_NETEM_SLOT: times in nanoseconds.
var tcNetemSlot = &CStruct{Name: "tc_netem_slot", Fields: []Field{
	{Name: "min_delay", Kind: S64},
	{Name: "max_delay", Kind: S64},
	{Name: "max_packets", Kind: S32},
	{Name: "max_bytes", Kind: S32},
	{Name: "dist_delay", Kind: S64},
	{Name: "dist_jitter", Kind: S64},
}}

// tcNetemGImodel is NETEM_LOSS_GI: the probabilities of the model with four
// states.
var tcNetemGImodel = &CStruct{Name: "tc_netem_gimodel", Fields: []Field{
	{Name: "p13", Kind: U32},
	{Name: "p31", Kind: U32},
	{Name: "p32", Kind: U32},
	{Name: "p14", Kind: U32},
	{Name: "p23", Kind: U32},
}}

// tcNetemGEmodel is NETEM_LOSS_GE: the probabilities of Gilbert and Elliot's
// model.
var tcNetemGEmodel = &CStruct{Name: "tc_netem_gemodel", Fields: []Field{
	{Name: "p", Kind: U32},
	{Name: "r", Kind: U32},
	{Name: "h", Kind: U32},
	{Name: "k1", Kind: U32},
}}

// tcNetemXstats is netem's statistics, since Linux 7.2: packets, and failed
// allocations.
var tcNetemXstats = &CStruct{Name: "tc_netem_xstats", Fields: []Field{
	{Name: "delayed", Kind: U64},
	{Name: "dropped", Kind: U64},
	{Name: "corrupted", Kind: U64},
	{Name: "duplicated", Kind: U64},
	{Name: "reordered", Kind: U64},
	{Name: "ecn_marked", Kind: U64},
	{Name: "allocation_errors", Kind: U64},
}}
