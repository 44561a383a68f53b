package nlspec

import "golang.org/x/sys/unix"

// nfgenmsg is the header of nfnetlink's messages
// (include/uapi/linux/netfilter/nfnetlink.h).
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

// netfilterMessage returns a message of NETLINK_NETFILTER, without a name if it
// is not known. Of the subsystems only nf_tables is known.
func netfilterMessage(typ uint16) Message {
	switch {
	case typ == unix.NFNL_MSG_BATCH_BEGIN:
		return Message{Name: "NFNL_MSG_BATCH_BEGIN", Header: nfgenmsg, Attrs: nfnlBatchAttrs}
	case typ == unix.NFNL_MSG_BATCH_END:
		return Message{Name: "NFNL_MSG_BATCH_END", Header: nfgenmsg, Attrs: nfnlBatchAttrs}
	case typ>>8 == unix.NFNL_SUBSYS_NFTABLES && int(typ&0xff) < len(nftMessages):
		return nftMessages[typ&0xff]
	}
	return Message{}
}

// nftMessages are the messages of nf_tables
// (include/uapi/linux/netfilter/nf_tables.h).
var nftMessages = []Message{
	0:  {Name: "NFT_MSG_NEWTABLE", Header: nfgenmsg, Attrs: nftTableAttrs},
	1:  {Name: "NFT_MSG_GETTABLE", Header: nfgenmsg, Attrs: nftTableAttrs},
	2:  {Name: "NFT_MSG_DELTABLE", Header: nfgenmsg, Attrs: nftTableAttrs},
	3:  {Name: "NFT_MSG_NEWCHAIN", Header: nfgenmsg, Attrs: nftChainAttrs},
	4:  {Name: "NFT_MSG_GETCHAIN", Header: nfgenmsg, Attrs: nftChainAttrs},
	5:  {Name: "NFT_MSG_DELCHAIN", Header: nfgenmsg, Attrs: nftChainAttrs},
	6:  {Name: "NFT_MSG_NEWRULE", Header: nfgenmsg, Attrs: nftRuleAttrs},
	7:  {Name: "NFT_MSG_GETRULE", Header: nfgenmsg, Attrs: nftRuleAttrs},
	8:  {Name: "NFT_MSG_DELRULE", Header: nfgenmsg, Attrs: nftRuleAttrs},
	9:  {Name: "NFT_MSG_NEWSET", Header: nfgenmsg, Attrs: nftSetAttrs},
	10: {Name: "NFT_MSG_GETSET", Header: nfgenmsg, Attrs: nftSetAttrs},
	11: {Name: "NFT_MSG_DELSET", Header: nfgenmsg, Attrs: nftSetAttrs},
	12: {Name: "NFT_MSG_NEWSETELEM", Header: nfgenmsg, Attrs: nftSetElemListAttrs},
	13: {Name: "NFT_MSG_GETSETELEM", Header: nfgenmsg, Attrs: nftSetElemListAttrs},
	14: {Name: "NFT_MSG_DELSETELEM", Header: nfgenmsg, Attrs: nftSetElemListAttrs},
	15: {Name: "NFT_MSG_NEWGEN", Header: nfgenmsg, Attrs: nftGenAttrs},
	16: {Name: "NFT_MSG_GETGEN", Header: nfgenmsg, Attrs: nftGenAttrs},
	17: {Name: "NFT_MSG_TRACE", Header: nfgenmsg, Attrs: nftTraceAttrs},
	18: {Name: "NFT_MSG_NEWOBJ", Header: nfgenmsg, Attrs: nftObjectAttrs},
	19: {Name: "NFT_MSG_GETOBJ", Header: nfgenmsg, Attrs: nftObjectAttrs},
	20: {Name: "NFT_MSG_DELOBJ", Header: nfgenmsg, Attrs: nftObjectAttrs},
	21: {Name: "NFT_MSG_GETOBJ_RESET", Header: nfgenmsg, Attrs: nftObjectAttrs},
	22: {Name: "NFT_MSG_NEWFLOWTABLE", Header: nfgenmsg, Attrs: nftFlowtableAttrs},
	23: {Name: "NFT_MSG_GETFLOWTABLE", Header: nfgenmsg, Attrs: nftFlowtableAttrs},
	24: {Name: "NFT_MSG_DELFLOWTABLE", Header: nfgenmsg, Attrs: nftFlowtableAttrs},
	25: {Name: "NFT_MSG_GETRULE_RESET", Header: nfgenmsg, Attrs: nftRuleAttrs},
	26: {Name: "NFT_MSG_DESTROYTABLE", Header: nfgenmsg, Attrs: nftTableAttrs},
	27: {Name: "NFT_MSG_DESTROYCHAIN", Header: nfgenmsg, Attrs: nftChainAttrs},
	28: {Name: "NFT_MSG_DESTROYRULE", Header: nfgenmsg, Attrs: nftRuleAttrs},
	29: {Name: "NFT_MSG_DESTROYSET", Header: nfgenmsg, Attrs: nftSetAttrs},
	30: {Name: "NFT_MSG_DESTROYSETELEM", Header: nfgenmsg, Attrs: nftSetElemListAttrs},
	31: {Name: "NFT_MSG_DESTROYOBJ", Header: nfgenmsg, Attrs: nftObjectAttrs},
	32: {Name: "NFT_MSG_DESTROYFLOWTABLE", Header: nfgenmsg, Attrs: nftFlowtableAttrs},
	33: {Name: "NFT_MSG_GETSETELEM_RESET", Header: nfgenmsg, Attrs: nftSetElemListAttrs},
}

// nfnlBatchAttrs is the attributes of the messages that begin and end a batch.
var nfnlBatchAttrs = Set{
	1: {Name: "NFNL_BATCH_GENID", Kind: BE32},
}
