package nlspec

// ndtmsg is the header of neighbour table messages
// (include/uapi/linux/neighbour.h).
var ndtmsg = &CStruct{Name: "ndtmsg", Prefix: "ndtm_", Fields: []Field{
	{Name: "family", Kind: U8, Values: &families},
	{Len: 3},
}}

// neighTableAttrs is the attributes after struct ndtmsg. Times are in
// milliseconds.
var neighTableAttrs = Set{
	1: {Name: "NDTA_NAME", Kind: String},
	2: {Name: "NDTA_THRESH1", Kind: U32},
	3: {Name: "NDTA_THRESH2", Kind: U32},
	4: {Name: "NDTA_THRESH3", Kind: U32},
	5: {Name: "NDTA_CONFIG", Kind: Struct, Struct: ndtConfig},
	6: {Name: "NDTA_PARMS", Kind: Nested, Nest: neighParms},
	7: {Name: "NDTA_STATS", Kind: Struct, Struct: ndtStats},
	8: {Name: "NDTA_GC_INTERVAL", Kind: U64},
	9: {Name: "NDTA_PAD", Kind: Pad},
}

// neighParms is the contents of NDTA_PARMS. Times are in milliseconds.
var neighParms = Set{
	1:  {Name: "NDTPA_IFINDEX", Kind: U32},
	2:  {Name: "NDTPA_REFCNT", Kind: U32},
	3:  {Name: "NDTPA_REACHABLE_TIME", Kind: U64},
	4:  {Name: "NDTPA_BASE_REACHABLE_TIME", Kind: U64},
	5:  {Name: "NDTPA_RETRANS_TIME", Kind: U64},
	6:  {Name: "NDTPA_GC_STALETIME", Kind: U64},
	7:  {Name: "NDTPA_DELAY_PROBE_TIME", Kind: U64},
	8:  {Name: "NDTPA_QUEUE_LEN", Kind: U32},
	9:  {Name: "NDTPA_APP_PROBES", Kind: U32},
	10: {Name: "NDTPA_UCAST_PROBES", Kind: U32},
	11: {Name: "NDTPA_MCAST_PROBES", Kind: U32},
	12: {Name: "NDTPA_ANYCAST_DELAY", Kind: U64},
	13: {Name: "NDTPA_PROXY_DELAY", Kind: U64},
	14: {Name: "NDTPA_PROXY_QLEN", Kind: U32},
	15: {Name: "NDTPA_LOCKTIME", Kind: U64},
	16: {Name: "NDTPA_QUEUE_LENBYTES", Kind: U32},
	17: {Name: "NDTPA_MCAST_REPROBES", Kind: U32},
	18: {Name: "NDTPA_PAD", Kind: Pad},
	19: {Name: "NDTPA_INTERVAL_PROBE_TIME_MS", Kind: U64},
}

// ndtConfig is NDTA_CONFIG.
var ndtConfig = &CStruct{Name: "ndt_config", Prefix: "ndtc_", Fields: []Field{
	{Name: "key_len", Kind: U16},
	{Name: "entry_size", Kind: U16},
	{Name: "entries", Kind: U32},
	{Name: "last_flush", Kind: U32},
	{Name: "last_rand", Kind: U32},
	{Name: "hash_rnd", Kind: U32},
	{Name: "hash_mask", Kind: U32},
	{Name: "hash_chain_gc", Kind: U32},
	{Name: "proxy_qlen", Kind: U32},
}}

// ndtStats is NDTA_STATS. Kernels before 4.3 lack table_fulls.
var ndtStats = &CStruct{Name: "ndt_stats", Prefix: "ndts_", Fields: []Field{
	{Name: "allocs", Kind: U64},
	{Name: "destroys", Kind: U64},
	{Name: "hash_grows", Kind: U64},
	{Name: "res_failed", Kind: U64},
	{Name: "lookups", Kind: U64},
	{Name: "hits", Kind: U64},
	{Name: "rcv_probes_mcast", Kind: U64},
	{Name: "rcv_probes_ucast", Kind: U64},
	{Name: "periodic_gc_runs", Kind: U64},
	{Name: "forced_gc_runs", Kind: U64},
	{Name: "table_fulls", Kind: U64},
}}
