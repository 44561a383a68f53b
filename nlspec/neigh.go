package nlspec

// ndmsg is the header of neighbour and FDB messages
// (include/uapi/linux/neighbour.h).
var ndmsg = &CStruct{Name: "ndmsg", Prefix: "ndm_", Fields: []Field{
	{Name: "family", Kind: U8, Values: &families},
	{Len: 3},
	{Name: "ifindex", Kind: S32},
	{Name: "state", Kind: U16, Values: &ndStates},
	{Name: "flags", Kind: U8, Values: &ndFlags},
	{Name: "type", Kind: U8, Values: &rtTypes},
}}

// neighAttrs is the attributes after struct ndmsg.
var neighAttrs = Set{
	1:  {Name: "NDA_DST", Kind: IP, By: &byteAddr},
	2:  {Name: "NDA_LLADDR", Kind: LLAddr},
	3:  {Name: "NDA_CACHEINFO", Kind: Struct, Struct: ndaCacheInfo},
	4:  {Name: "NDA_PROBES", Kind: U32},
	5:  {Name: "NDA_VLAN", Kind: U16},
	6:  {Name: "NDA_PORT", Kind: BE16},
	7:  {Name: "NDA_VNI", Kind: U32},
	8:  {Name: "NDA_IFINDEX", Kind: U32},
	9:  {Name: "NDA_MASTER", Kind: U32},
	10: {Name: "NDA_LINK_NETNSID", Kind: S32},
	11: {Name: "NDA_SRC_VNI", Kind: U32},
	12: {Name: "NDA_PROTOCOL", Kind: U8, Values: &rtProtocols},
	13: {Name: "NDA_NH_ID", Kind: U32},
	14: {Name: "NDA_FDB_EXT_ATTRS", Kind: Nested, Nest: fdbExtAttrs},
	15: {Name: "NDA_FLAGS_EXT", Kind: U32, Values: &ndFlagsExt},
	16: {Name: "NDA_NDM_STATE_MASK", Kind: U16, Values: &ndStates},
	17: {Name: "NDA_NDM_FLAGS_MASK", Kind: U8, Values: &ndFlags},
}

// fdbExtAttrs is the contents of NDA_FDB_EXT_ATTRS.
var fdbExtAttrs = Set{
	1: {Name: "NFEA_ACTIVITY_NOTIFY", Kind: U8, Values: &fdbNotify},
	2: {Name: "NFEA_DONT_REFRESH", Kind: Flag},
}

// fdbNotify is NFEA_ACTIVITY_NOTIFY.
var fdbNotify = Values{Prefix: "FDB_NOTIFY_", Bits: true, Consts: []Const{
	{1 << 0, "FDB_NOTIFY_BIT"},
	{1 << 1, "FDB_NOTIFY_INACTIVE_BIT"},
}}

// ndaCacheInfo is NDA_CACHEINFO: ages in 1/100 s, and a count.
var ndaCacheInfo = &CStruct{Name: "nda_cacheinfo", Prefix: "ndm_", Fields: []Field{
	{Name: "confirmed", Kind: U32},
	{Name: "used", Kind: U32},
	{Name: "updated", Kind: U32},
	{Name: "refcnt", Kind: U32},
}}

// ndStates is ndm_state.
var ndStates = Values{Prefix: "NUD_", Bits: true, Consts: []Const{
	{0x00, "NUD_NONE"},
	{0x01, "NUD_INCOMPLETE"},
	{0x02, "NUD_REACHABLE"},
	{0x04, "NUD_STALE"},
	{0x08, "NUD_DELAY"},
	{0x10, "NUD_PROBE"},
	{0x20, "NUD_FAILED"},
	{0x40, "NUD_NOARP"},
	{0x80, "NUD_PERMANENT"},
}}

// ndFlags is ndm_flags.
var ndFlags = Values{Prefix: "NTF_", Bits: true, Consts: []Const{
	{1 << 0, "NTF_USE"},
	{1 << 1, "NTF_SELF"},
	{1 << 2, "NTF_MASTER"},
	{1 << 3, "NTF_PROXY"},
	{1 << 4, "NTF_EXT_LEARNED"},
	{1 << 5, "NTF_OFFLOADED"},
	{1 << 6, "NTF_STICKY"},
	{1 << 7, "NTF_ROUTER"},
}}

// ndFlagsExt is NDA_FLAGS_EXT.
var ndFlagsExt = Values{Prefix: "NTF_EXT_", Bits: true, Consts: []Const{
	{1 << 0, "NTF_EXT_MANAGED"},
	{1 << 1, "NTF_EXT_LOCKED"},
	{1 << 2, "NTF_EXT_EXT_VALIDATED"},
}}
