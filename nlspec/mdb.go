package nlspec

// brPortMsg is the header of multicast database messages
// (include/uapi/linux/if_bridge.h).
var brPortMsg = &CStruct{Name: "br_port_msg", Fields: []Field{
	{Name: "family", Kind: U8, Values: &families},
	{Len: 3},
	{Name: "ifindex", Kind: U32},
}}

// mdbAttrs is the attributes after struct br_port_msg. The numbers have
// different meanings in requests and in the kernel's messages.
var mdbAttrs = Set{
	1: {Name: "MDBA_MDB", Kind: Nested, Nest: mdbEntries, By: inRequest("MDBA_SET_ENTRY", Attr{Kind: Struct, Struct: brMDBEntry})},
	2: {Name: "MDBA_ROUTER", Kind: Nested, Nest: mdbRouter, By: inRequest("MDBA_SET_ENTRY_ATTRS", Attr{Kind: Nested, Nest: mdbEntryAttrs})},
}

// mdbGetAttrs is the attributes after struct br_port_msg in RTM_GETMDB, which
// is also the type of a dump's messages (net/bridge/br_mdb.c, br_mdb_dump).
var mdbGetAttrs = Set{
	1: {Name: "MDBA_MDB", Kind: Nested, Nest: mdbEntries, By: inRequest("MDBA_GET_ENTRY", Attr{Kind: Struct, Struct: brMDBEntry})},
	2: {Name: "MDBA_ROUTER", Kind: Nested, Nest: mdbRouter, By: inRequest("MDBA_GET_ENTRY_ATTRS", Attr{Kind: Nested, Nest: mdbEntryAttrs})},
}

// inRequest returns a selector for an attribute that has this name and the
// grammar a in requests.
func inRequest(name string, a Attr) *Selector {
	a.Name = name
	return &Selector{What: ByDirection, Cases: []Case{{Number: uint64(Sent), Attr: &a}}}
}

// brMDBEntry is MDBA_SET_ENTRY, and is also in MDBA_MDB_ENTRY_INFO. A proto of
// 0 means a link-layer group.
var brMDBEntry = &CStruct{Name: "br_mdb_entry", Fields: []Field{
	{Name: "ifindex", Kind: U32},
	{Name: "state", Kind: U8, Values: &mdbStates},
	{Name: "flags", Kind: U8, Values: &mdbFlags},
	{Name: "vid", Kind: U16},
	{Name: "addr", Kind: Bytes, Len: 16, By: &Selector{What: ByField, Field: "proto", Cases: []Case{
		{Number: 0, Attr: &Attr{Kind: LLAddr}, Len: 6},
		{Number: 0x0800, Attr: &Attr{Kind: IP}, Len: 4},
		{Number: 0x86DD, Attr: &Attr{Kind: IP}},
	}}},
	{Name: "proto", Kind: BE16, Values: &etherTypes},
	{Len: 2},
}}

// mdbStates is the state of struct br_mdb_entry.
var mdbStates = Values{Prefix: "MDB_", Consts: []Const{
	{0, "MDB_TEMPORARY"},
	{1, "MDB_PERMANENT"},
}}

// mdbFlags is the flags of struct br_mdb_entry.
var mdbFlags = Values{Prefix: "MDB_FLAGS_", Bits: true, Consts: []Const{
	{1 << 0, "MDB_FLAGS_OFFLOAD"},
	{1 << 1, "MDB_FLAGS_FAST_LEAVE"},
	{1 << 2, "MDB_FLAGS_STAR_EXCL"},
	{1 << 3, "MDB_FLAGS_BLOCKED"},
	{1 << 4, "MDB_FLAGS_OFFLOAD_FAILED"},
}}

// mdbEntryAttrs is the contents of MDBA_SET_ENTRY_ATTRS and
// MDBA_GET_ENTRY_ATTRS.
var mdbEntryAttrs = Set{
	1:  {Name: "MDBE_ATTR_SOURCE", Kind: IP},
	2:  {Name: "MDBE_ATTR_SRC_LIST", Kind: Nested, Nest: mdbSetSources},
	3:  {Name: "MDBE_ATTR_GROUP_MODE", Kind: U8, Values: &mdbGroupModes},
	4:  {Name: "MDBE_ATTR_RTPROT", Kind: U8, Values: &rtProtocols},
	5:  {Name: "MDBE_ATTR_DST", Kind: IP},
	6:  {Name: "MDBE_ATTR_DST_PORT", Kind: U16},
	7:  {Name: "MDBE_ATTR_VNI", Kind: U32},
	8:  {Name: "MDBE_ATTR_IFINDEX", Kind: U32},
	9:  {Name: "MDBE_ATTR_SRC_VNI", Kind: U32},
	10: {Name: "MDBE_ATTR_STATE_MASK", Kind: U8},
}

// mdbSetSources is the contents of MDBE_ATTR_SRC_LIST.
var mdbSetSources = Set{
	1: {Name: "MDBE_SRC_LIST_ENTRY", Kind: Nested, Nest: mdbSetSource},
}

// mdbSetSource is the contents of MDBE_SRC_LIST_ENTRY.
var mdbSetSource = Set{
	1: {Name: "MDBE_SRCATTR_ADDRESS", Kind: IP},
}

// mdbEntries is the contents of MDBA_MDB.
var mdbEntries = Set{
	1: {Name: "MDBA_MDB_ENTRY", Kind: Nested, Nest: mdbEntry},
}

// mdbEntry is the contents of MDBA_MDB_ENTRY.
var mdbEntry = Set{
	1: {Name: "MDBA_MDB_ENTRY_INFO", Kind: Nested, Struct: brMDBEntry, Nest: mdbEntryInfo},
}

// mdbEntryInfo is the attributes after struct br_mdb_entry in
// MDBA_MDB_ENTRY_INFO. Times are in clock ticks of 1/100 s.
var mdbEntryInfo = Set{
	1:  {Name: "MDBA_MDB_EATTR_TIMER", Kind: U32},
	2:  {Name: "MDBA_MDB_EATTR_SRC_LIST", Kind: Nested, Nest: mdbSources},
	3:  {Name: "MDBA_MDB_EATTR_GROUP_MODE", Kind: U8, Values: &mdbGroupModes},
	4:  {Name: "MDBA_MDB_EATTR_SOURCE", Kind: IP},
	5:  {Name: "MDBA_MDB_EATTR_RTPROT", Kind: U8, Values: &rtProtocols},
	6:  {Name: "MDBA_MDB_EATTR_DST", Kind: IP},
	7:  {Name: "MDBA_MDB_EATTR_DST_PORT", Kind: U16},
	8:  {Name: "MDBA_MDB_EATTR_VNI", Kind: U32},
	9:  {Name: "MDBA_MDB_EATTR_IFINDEX", Kind: U32},
	10: {Name: "MDBA_MDB_EATTR_SRC_VNI", Kind: U32},
}

// mdbSources is the contents of MDBA_MDB_EATTR_SRC_LIST.
var mdbSources = Set{
	1: {Name: "MDBA_MDB_SRCLIST_ENTRY", Kind: Nested, Nest: mdbSource},
}

// mdbSource is the contents of MDBA_MDB_SRCLIST_ENTRY.
var mdbSource = Set{
	1: {Name: "MDBA_MDB_SRCATTR_ADDRESS", Kind: IP},
	2: {Name: "MDBA_MDB_SRCATTR_TIMER", Kind: U32},
}

// mdbGroupModes is MDBE_ATTR_GROUP_MODE and MDBA_MDB_EATTR_GROUP_MODE
// (include/uapi/linux/in.h, RFC 3376).
var mdbGroupModes = Values{Prefix: "MCAST_", Consts: []Const{
	{0, "MCAST_EXCLUDE"},
	{1, "MCAST_INCLUDE"},
}}

// mdbRouter is the contents of MDBA_ROUTER.
var mdbRouter = Set{
	1: {Name: "MDBA_ROUTER_PORT", Kind: Nested, Struct: mdbRouterPort, Nest: mdbRouterAttrs},
}

// mdbRouterPort is the port's index at the start of MDBA_ROUTER_PORT, which has
// no name in the kernel.
var mdbRouterPort = &CStruct{Name: "mdba_router_port", Fields: []Field{
	{Name: "ifindex", Kind: U32},
}}

// mdbRouterAttrs is the attributes after the index in MDBA_ROUTER_PORT. Times
// are in clock ticks of 1/100 s.
var mdbRouterAttrs = Set{
	1: {Name: "MDBA_ROUTER_PATTR_TIMER", Kind: U32},
	2: {Name: "MDBA_ROUTER_PATTR_TYPE", Kind: U8, Values: &mcastRouters},
	3: {Name: "MDBA_ROUTER_PATTR_INET_TIMER", Kind: U32},
	4: {Name: "MDBA_ROUTER_PATTR_INET6_TIMER", Kind: U32},
	5: {Name: "MDBA_ROUTER_PATTR_VID", Kind: U16},
}
