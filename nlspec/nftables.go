package nlspec

import "golang.org/x/sys/unix"

// nfgenmsg is the header of nfnetlink's messages (include/uapi/linux/netfilter/nfnetlink.h).
var nfgenmsg = &CStruct{Name: "nfgenmsg", Fields: []Field{
	{Name: "nfgen_family", Kind: U8, Values: &nfFamilies},
	{Name: "version", Kind: U8},
	{Name: "res_id", Kind: BE16},
}}

// nfFamilies is nfgen_family (include/uapi/linux/netfilter.h).
var nfFamilies = Values{Prefix: "NFPROTO_", Consts: []Const{
	{0, "NFPROTO_UNSPEC"},
	{1, "NFPROTO_INET"},
	{2, "NFPROTO_IPV4"},
	{3, "NFPROTO_ARP"},
	{5, "NFPROTO_NETDEV"},
	{7, "NFPROTO_BRIDGE"},
	{10, "NFPROTO_IPV6"},
}}

// netfilterMessage is a message of NETLINK_NETFILTER, with no name if it is not known: of its subsystems, nf_tables is.
func netfilterMessage(typ uint16) Message {
	switch {
	case typ == unix.NFNL_MSG_BATCH_BEGIN:
		return Message{Name: "NFNL_MSG_BATCH_BEGIN", Header: nfgenmsg}
	case typ == unix.NFNL_MSG_BATCH_END:
		return Message{Name: "NFNL_MSG_BATCH_END", Header: nfgenmsg}
	case typ>>8 == unix.NFNL_SUBSYS_NFTABLES && int(typ&0xff) < len(nftMessages):
		return nftMessages[typ&0xff]
	}
	return Message{}
}

// nftMessages are the messages of nf_tables (include/uapi/linux/netfilter/nf_tables.h).
var nftMessages = []Message{
	unix.NFT_MSG_NEWTABLE:     {Name: "NFT_MSG_NEWTABLE", Header: nfgenmsg, Attrs: nftTableAttrs},
	unix.NFT_MSG_GETTABLE:     {Name: "NFT_MSG_GETTABLE", Header: nfgenmsg, Attrs: nftTableAttrs},
	unix.NFT_MSG_DELTABLE:     {Name: "NFT_MSG_DELTABLE", Header: nfgenmsg, Attrs: nftTableAttrs},
	unix.NFT_MSG_NEWCHAIN:     {Name: "NFT_MSG_NEWCHAIN", Header: nfgenmsg, Attrs: nftChainAttrs},
	unix.NFT_MSG_GETCHAIN:     {Name: "NFT_MSG_GETCHAIN", Header: nfgenmsg, Attrs: nftChainAttrs},
	unix.NFT_MSG_DELCHAIN:     {Name: "NFT_MSG_DELCHAIN", Header: nfgenmsg, Attrs: nftChainAttrs},
	unix.NFT_MSG_NEWRULE:      {Name: "NFT_MSG_NEWRULE", Header: nfgenmsg, Attrs: nftRuleAttrs},
	unix.NFT_MSG_GETRULE:      {Name: "NFT_MSG_GETRULE", Header: nfgenmsg, Attrs: nftRuleAttrs},
	unix.NFT_MSG_DELRULE:      {Name: "NFT_MSG_DELRULE", Header: nfgenmsg, Attrs: nftRuleAttrs},
	unix.NFT_MSG_NEWSET:       {Name: "NFT_MSG_NEWSET", Header: nfgenmsg},
	unix.NFT_MSG_GETSET:       {Name: "NFT_MSG_GETSET", Header: nfgenmsg},
	unix.NFT_MSG_DELSET:       {Name: "NFT_MSG_DELSET", Header: nfgenmsg},
	unix.NFT_MSG_NEWSETELEM:   {Name: "NFT_MSG_NEWSETELEM", Header: nfgenmsg},
	unix.NFT_MSG_GETSETELEM:   {Name: "NFT_MSG_GETSETELEM", Header: nfgenmsg},
	unix.NFT_MSG_DELSETELEM:   {Name: "NFT_MSG_DELSETELEM", Header: nfgenmsg},
	unix.NFT_MSG_NEWGEN:       {Name: "NFT_MSG_NEWGEN", Header: nfgenmsg, Attrs: nftGenAttrs},
	unix.NFT_MSG_GETGEN:       {Name: "NFT_MSG_GETGEN", Header: nfgenmsg, Attrs: nftGenAttrs},
	unix.NFT_MSG_TRACE:        {Name: "NFT_MSG_TRACE", Header: nfgenmsg},
	unix.NFT_MSG_NEWOBJ:       {Name: "NFT_MSG_NEWOBJ", Header: nfgenmsg},
	unix.NFT_MSG_GETOBJ:       {Name: "NFT_MSG_GETOBJ", Header: nfgenmsg},
	unix.NFT_MSG_DELOBJ:       {Name: "NFT_MSG_DELOBJ", Header: nfgenmsg},
	unix.NFT_MSG_GETOBJ_RESET: {Name: "NFT_MSG_GETOBJ_RESET", Header: nfgenmsg},
}

var nftTableAttrs = Set{
	1: {Name: "NFTA_TABLE_NAME", Kind: String},
	2: {Name: "NFTA_TABLE_FLAGS", Kind: BE32},
	3: {Name: "NFTA_TABLE_USE", Kind: BE32},
	4: {Name: "NFTA_TABLE_HANDLE", Kind: BE64},
	5: {Name: "NFTA_TABLE_PAD", Kind: Pad},
	6: {Name: "NFTA_TABLE_USERDATA"},
	7: {Name: "NFTA_TABLE_OWNER", Kind: BE32},
}

var nftChainAttrs = Set{
	1:  {Name: "NFTA_CHAIN_TABLE", Kind: String},
	2:  {Name: "NFTA_CHAIN_HANDLE", Kind: BE64},
	3:  {Name: "NFTA_CHAIN_NAME", Kind: String},
	4:  {Name: "NFTA_CHAIN_HOOK"},
	5:  {Name: "NFTA_CHAIN_POLICY", Kind: BE32},
	6:  {Name: "NFTA_CHAIN_USE", Kind: BE32},
	7:  {Name: "NFTA_CHAIN_TYPE", Kind: String},
	8:  {Name: "NFTA_CHAIN_COUNTERS"},
	9:  {Name: "NFTA_CHAIN_PAD", Kind: Pad},
	10: {Name: "NFTA_CHAIN_FLAGS", Kind: BE32},
	11: {Name: "NFTA_CHAIN_ID", Kind: BE32},
	12: {Name: "NFTA_CHAIN_USERDATA"},
}

var nftRuleAttrs = Set{
	1:  {Name: "NFTA_RULE_TABLE", Kind: String},
	2:  {Name: "NFTA_RULE_CHAIN", Kind: String},
	3:  {Name: "NFTA_RULE_HANDLE", Kind: BE64},
	4:  {Name: "NFTA_RULE_EXPRESSIONS"},
	5:  {Name: "NFTA_RULE_COMPAT"},
	6:  {Name: "NFTA_RULE_POSITION", Kind: BE64},
	7:  {Name: "NFTA_RULE_USERDATA"},
	8:  {Name: "NFTA_RULE_PAD", Kind: Pad},
	9:  {Name: "NFTA_RULE_ID", Kind: BE32},
	10: {Name: "NFTA_RULE_POSITION_ID", Kind: BE32},
	11: {Name: "NFTA_RULE_CHAIN_ID", Kind: BE32},
}

var nftGenAttrs = Set{
	1: {Name: "NFTA_GEN_ID", Kind: BE32},
	2: {Name: "NFTA_GEN_PROC_PID", Kind: BE32},
	3: {Name: "NFTA_GEN_PROC_NAME", Kind: String},
}
