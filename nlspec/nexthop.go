package nlspec

// nhmsg is the header of nexthop and nexthop bucket messages
// (include/uapi/linux/nexthop.h).
var nhmsg = &CStruct{Name: "nhmsg", Prefix: "nh_", Fields: []Field{
	{Name: "family", Kind: U8, Values: &families},
	{Name: "scope", Kind: U8, Values: &rtScopes},
	{Name: "protocol", Kind: U8, Values: &rtProtocols},
	{Len: 1},
	{Name: "flags", Kind: U32, Values: &rtnhFlags},
}}

// nexthopAttrs is the attributes after struct nhmsg.
var nexthopAttrs = Set{
	1:  {Name: "NHA_ID", Kind: U32},
	2:  {Name: "NHA_GROUP", Kind: Array, Elem: &Attr{Kind: Struct, Struct: nexthopGrp}},
	3:  {Name: "NHA_GROUP_TYPE", Kind: U16, Values: &nexthopGroupTypes},
	4:  {Name: "NHA_BLACKHOLE", Kind: Flag},
	5:  {Name: "NHA_OIF", Kind: U32},
	6:  {Name: "NHA_GATEWAY", Kind: IP},
	7:  {Name: "NHA_ENCAP_TYPE", Kind: U16, Values: &encapTypes},
	8:  {Name: "NHA_ENCAP", By: &nexthopEncap},
	9:  {Name: "NHA_GROUPS", Kind: Flag},
	10: {Name: "NHA_MASTER", Kind: U32},
	11: {Name: "NHA_FDB", Kind: Flag},
	12: {Name: "NHA_RES_GROUP", Kind: Nested, Nest: resGroupAttrs},
	13: {Name: "NHA_RES_BUCKET", Kind: Nested, Nest: resBucketAttrs},
	14: {Name: "NHA_OP_FLAGS", Kind: U32, Values: &nexthopOpFlags},
	15: {Name: "NHA_GROUP_STATS", Kind: Nested, Nest: groupStats},
	16: {Name: "NHA_HW_STATS_ENABLE", Kind: U32},
	17: {Name: "NHA_HW_STATS_USED", Kind: U32},
}

// nexthopGrp is one entry of NHA_GROUP. Its weight is weight + 256 *
// weight_high + 1; weight_high was padding before Linux 6.12.
var nexthopGrp = &CStruct{Name: "nexthop_grp", Fields: []Field{
	{Name: "id", Kind: U32},
	{Name: "weight", Kind: U8},
	{Name: "weight_high", Kind: U8},
	{Len: 2},
}}

// nexthopGroupTypes is NHA_GROUP_TYPE.
var nexthopGroupTypes = Values{Prefix: "NEXTHOP_GRP_TYPE_", Consts: []Const{
	{0, "NEXTHOP_GRP_TYPE_MPATH"},
	{1, "NEXTHOP_GRP_TYPE_RES"},
}}

// resGroupAttrs is the contents of NHA_RES_GROUP. Times are in clock ticks of
// 1/100 s.
var resGroupAttrs = Set{
	0: {Name: "NHA_RES_GROUP_PAD", Kind: Pad},
	1: {Name: "NHA_RES_GROUP_BUCKETS", Kind: U16},
	2: {Name: "NHA_RES_GROUP_IDLE_TIMER", Kind: U32},
	3: {Name: "NHA_RES_GROUP_UNBALANCED_TIMER", Kind: U32},
	4: {Name: "NHA_RES_GROUP_UNBALANCED_TIME", Kind: U64},
}

// resBucketAttrs is the contents of NHA_RES_BUCKET.
var resBucketAttrs = Set{
	0: {Name: "NHA_RES_BUCKET_PAD", Kind: Pad},
	1: {Name: "NHA_RES_BUCKET_INDEX", Kind: U16},
	2: {Name: "NHA_RES_BUCKET_IDLE_TIME", Kind: U64},
	3: {Name: "NHA_RES_BUCKET_NH_ID", Kind: U32},
}

// groupStats is the contents of NHA_GROUP_STATS, once for each entry.
var groupStats = Set{
	1: {Name: "NHA_GROUP_STATS_ENTRY", Kind: Nested, Nest: groupStatsEntry},
}

// groupStatsEntry is the contents of NHA_GROUP_STATS_ENTRY.
var groupStatsEntry = Set{
	1: {Name: "NHA_GROUP_STATS_ENTRY_ID", Kind: U32},
	2: {Name: "NHA_GROUP_STATS_ENTRY_PACKETS", Kind: Uint},
	3: {Name: "NHA_GROUP_STATS_ENTRY_PACKETS_HW", Kind: Uint},
}

// nexthopOpFlags is NHA_OP_FLAGS.
var nexthopOpFlags = Values{Prefix: "NHA_OP_FLAG_", Bits: true, Consts: []Const{
	{1 << 0, "NHA_OP_FLAG_DUMP_STATS"},
	{1 << 1, "NHA_OP_FLAG_DUMP_HW_STATS"},
	{1 << 31, "NHA_OP_FLAG_RESP_GRP_RESVD_0"},
}}

// nexthopEncap selects the contents of NHA_ENCAP by NHA_ENCAP_TYPE.
var nexthopEncap = Selector{Sibling: 7, Cases: encapCases}
