package nlspec

// fibRuleHdr is the header of rule messages (include/uapi/linux/fib_rules.h).
// If there is an FRA_TABLE, it replaces table.
var fibRuleHdr = &CStruct{Name: "fib_rule_hdr", Fields: []Field{
	{Name: "family", Kind: U8, Values: &families},
	{Name: "dst_len", Kind: U8},
	{Name: "src_len", Kind: U8},
	{Name: "tos", Kind: U8},
	{Name: "table", Kind: U8, Values: &rtTables},
	{Len: 2},
	{Name: "action", Kind: U8, Values: &ruleActions},
	{Name: "flags", Kind: U32, Values: &ruleFlags},
}}

// orNothing selects a flag for an empty address, for a prefix of length 0:
// iproute2 sends no bytes for "from all", and the kernel does not look at them
// then (fib4_rule_configure() in net/ipv4/fib_rules.c).
var orNothing = &Selector{What: ByLength, Cases: []Case{{Number: 0, Attr: &Attr{Kind: Flag}}}}

// ruleAttrs is the attributes after struct fib_rule_hdr.
var ruleAttrs = Set{
	1:  {Name: "FRA_DST", Kind: IP, By: orNothing},
	2:  {Name: "FRA_SRC", Kind: IP, By: orNothing},
	3:  {Name: "FRA_IIFNAME", Kind: String},
	4:  {Name: "FRA_GOTO", Kind: U32},
	5:  {Name: "FRA_UNUSED2"},
	6:  {Name: "FRA_PRIORITY", Kind: U32},
	7:  {Name: "FRA_UNUSED3"},
	8:  {Name: "FRA_UNUSED4"},
	9:  {Name: "FRA_UNUSED5"},
	10: {Name: "FRA_FWMARK", Kind: U32},
	11: {Name: "FRA_FLOW", Kind: U32},
	12: {Name: "FRA_TUN_ID", Kind: BE64},
	13: {Name: "FRA_SUPPRESS_IFGROUP", Kind: S32},
	14: {Name: "FRA_SUPPRESS_PREFIXLEN", Kind: S32},
	15: {Name: "FRA_TABLE", Kind: U32, Values: &rtTables},
	16: {Name: "FRA_FWMASK", Kind: U32},
	17: {Name: "FRA_OIFNAME", Kind: String},
	18: {Name: "FRA_PAD", Kind: Pad},
	19: {Name: "FRA_L3MDEV", Kind: U8},
	20: {Name: "FRA_UID_RANGE", Kind: Struct, Struct: uidRange},
	21: {Name: "FRA_PROTOCOL", Kind: U8, Values: &rtProtocols},
	22: {Name: "FRA_IP_PROTO", Kind: U8, Values: &ipProtos},
	23: {Name: "FRA_SPORT_RANGE", Kind: Struct, Struct: rulePortRange},
	24: {Name: "FRA_DPORT_RANGE", Kind: Struct, Struct: rulePortRange},
	25: {Name: "FRA_DSCP", Kind: U8},
	26: {Name: "FRA_FLOWLABEL", Kind: BE32},
	27: {Name: "FRA_FLOWLABEL_MASK", Kind: BE32},
	28: {Name: "FRA_SPORT_MASK", Kind: U16},
	29: {Name: "FRA_DPORT_MASK", Kind: U16},
	30: {Name: "FRA_DSCP_MASK", Kind: U8},
}

// uidRange is FRA_UID_RANGE.
var uidRange = &CStruct{Name: "fib_rule_uid_range", Fields: []Field{
	{Name: "start", Kind: U32},
	{Name: "end", Kind: U32},
}}

// rulePortRange is FRA_SPORT_RANGE and FRA_DPORT_RANGE.
var rulePortRange = &CStruct{Name: "fib_rule_port_range", Fields: []Field{
	{Name: "start", Kind: U16},
	{Name: "end", Kind: U16},
}}

// ruleActions is the action of struct fib_rule_hdr.
var ruleActions = Values{Prefix: "FR_ACT_", Consts: []Const{
	{0, "FR_ACT_UNSPEC"},
	{1, "FR_ACT_TO_TBL"},
	{2, "FR_ACT_GOTO"},
	{3, "FR_ACT_NOP"},
	{4, "FR_ACT_RES3"},
	{5, "FR_ACT_RES4"},
	{6, "FR_ACT_BLACKHOLE"},
	{7, "FR_ACT_UNREACHABLE"},
	{8, "FR_ACT_PROHIBIT"},
}}

// ruleFlags is the flags of struct fib_rule_hdr.
var ruleFlags = Values{Prefix: "FIB_RULE_", Bits: true, Consts: []Const{
	{0x1, "FIB_RULE_PERMANENT"},
	{0x2, "FIB_RULE_INVERT"},
	{0x4, "FIB_RULE_UNRESOLVED"},
	{0x8, "FIB_RULE_IIF_DETACHED"},
	{0x10, "FIB_RULE_OIF_DETACHED"},
	{0x10000, "FIB_RULE_FIND_SADDR"},
}}
