package nlspec

import "encoding/binary"

// tcmsg is the header of messages of qdiscs, classes and chains
// (include/uapi/linux/rtnetlink.h). tcm_info is the number of references to a
// qdisc, or the handle of the qdisc in a class.
var tcmsg = &CStruct{Name: "tcmsg", Prefix: "tcm_"}

// tcmsgFilter is the same header in messages of filters. tcm_info holds the
// protocol in its lower half, in network byte order, and the priority in its
// upper half.
var tcmsgFilter = &CStruct{Name: "tcmsg", Prefix: "tcm_"}

func init() {
	tcmsg.Fields = append(tcmsgStart[:len(tcmsgStart):len(tcmsgStart)], Field{Name: "info", Kind: U32})
	tcmsgFilter.Fields = append(tcmsgStart[:len(tcmsgStart):len(tcmsgStart)], tcmInfoHalves()...)
}

var tcmsgStart = []Field{
	{Name: "family", Kind: U8, Values: &families},
	{Len: 3},
	{Name: "ifindex", Kind: S32, Values: &tcmIfindex},
	{Name: "handle", Kind: TCHandle, Values: &tcHandles},
	{Name: "parent", Kind: TCHandle, Values: &tcHandles}, // the block, if the ifindex says so
}

func tcmInfoHalves() []Field {
	protocol, prio := Field{Name: "protocol", Kind: BE16, Values: &etherTypes}, Field{Name: "prio", Kind: U16}
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		return []Field{prio, protocol}
	}
	return []Field{protocol, prio}
}

// tcmIfindex are the values of tcm_ifindex that are not a link's index.
var tcmIfindex = Values{Prefix: "TCM_IFINDEX_", Consts: []Const{
	{1<<64 - 1, "TCM_IFINDEX_MAGIC_BLOCK"},
}}

// tcHandles are the handles with a special meaning
// (include/uapi/linux/pkt_sched.h).
var tcHandles = Values{Prefix: "TC_H_", Consts: []Const{
	{0xffffffff, "TC_H_ROOT"},
	{0xfffffff1, "TC_H_INGRESS"},
}}

// tcamsg is the header of messages of actions.
var tcamsg = &CStruct{Name: "tcamsg", Prefix: "tca_", Fields: []Field{
	{Name: "family", Kind: U8, Values: &families},
	{Len: 3},
}}

// tcQdiscAttrs is the attributes of qdiscs (include/uapi/linux/rtnetlink.h).
var tcQdiscAttrs = Set{tcaMax: {}}

// tcClassAttrs is the attributes of classes.
var tcClassAttrs = Set{tcaMax: {}}

// tcFilterAttrs is the attributes of filters and of chains, whose options are a
// template for filters.
var tcFilterAttrs = Set{tcaMax: {}}

const tcaMax = 16

func init() {
	copy(tcQdiscAttrs, tcAttrs(&tcQdiscOptions))
	copy(tcClassAttrs, tcAttrs(&tcClassOptions))
	copy(tcFilterAttrs, tcAttrs(&tcFilterOptions))
}

// tcAttrs is enum rtattr_type_t TCA_*.
func tcAttrs(options *Selector) Set {
	return Set{
		1:      {Name: "TCA_KIND", Kind: String},
		2:      {Name: "TCA_OPTIONS", By: options},
		3:      {Name: "TCA_STATS", Kind: Struct, Struct: tcStats},
		4:      {Name: "TCA_XSTATS", By: &tcXstats},
		5:      {Name: "TCA_RATE", Kind: Struct, Struct: tcEstimator},
		6:      {Name: "TCA_FCNT", Kind: U32},
		7:      {Name: "TCA_STATS2", Kind: Nested, Nest: tcStatsAttrs},
		8:      {Name: "TCA_STAB", Kind: Nested, Nest: tcStabAttrs},
		9:      {Name: "TCA_PAD", Kind: Pad},
		10:     {Name: "TCA_DUMP_INVISIBLE", Kind: Flag},
		11:     {Name: "TCA_CHAIN", Kind: U32},
		12:     {Name: "TCA_HW_OFFLOAD", Kind: U8},
		13:     {Name: "TCA_INGRESS_BLOCK", Kind: U32},
		14:     {Name: "TCA_EGRESS_BLOCK", Kind: U32},
		15:     {Name: "TCA_DUMP_FLAGS", Kind: Bitfield32, Values: &tcDumpFlags},
		tcaMax: {Name: "TCA_EXT_WARN_MSG", Kind: String},
	}
}

// tcActionAttrs is the attributes of messages of actions.
var tcActionAttrs = Set{
	1: {Name: "TCA_ROOT_TAB", Kind: List, Elem: &tcActionElem},
	2: {Name: "TCA_ROOT_FLAGS", Kind: Bitfield32, Values: &tcaFlags},
	3: {Name: "TCA_ROOT_COUNT", Kind: U32},
	4: {Name: "TCA_ROOT_TIME_DELTA", Kind: U32},
	5: {Name: "TCA_ROOT_EXT_WARN_MSG", Kind: String},
}

// tcaFlags is TCA_ROOT_FLAGS.
var tcaFlags = Values{Prefix: "TCA_ACT_FLAG_", Bits: true, Consts: []Const{
	{1 << 0, "TCA_ACT_FLAG_LARGE_DUMP_ON"},
	{1 << 1, "TCA_ACT_FLAG_TERSE_DUMP"},
}}

// tcActionElem is one of several actions, whose types give their order.
var tcActionElem = Attr{Kind: Nested, Nest: actAttrs}
