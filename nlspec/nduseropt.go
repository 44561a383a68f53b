package nlspec

// nduseroptmsg is the header of RTM_NEWNDUSEROPT
// (include/uapi/linux/rtnetlink.h): neighbour discovery options from a router
// that user space must handle (RFC 4861, 4.6). They follow as they were on the
// wire.
var nduseroptmsg = &CStruct{Name: "nduseroptmsg", Prefix: "nduseropt_", Fields: []Field{
	{Name: "family", Kind: U8, Values: &families},
	{Len: 1},
	{Name: "opts_len", Kind: U16},
	{Name: "ifindex", Kind: S32},
	{Name: "icmp_type", Kind: U8, Values: &ndMessages},
	{Name: "icmp_code", Kind: U8},
	{Len: 6},
	{Name: "opts", Kind: Bytes, LenBy: "opts_len"},
}}

// ndUserOptAttrs is the attributes after struct nduseroptmsg and its options.
var ndUserOptAttrs = Set{
	1: {Name: "NDUSEROPT_SRCADDR", Kind: IP},
}

// ndMessages is nduseropt_icmp_type (include/net/ndisc.h).
var ndMessages = Values{Prefix: "NDISC_", Consts: []Const{
	{133, "NDISC_ROUTER_SOLICITATION"},
	{134, "NDISC_ROUTER_ADVERTISEMENT"},
	{135, "NDISC_NEIGHBOUR_SOLICITATION"},
	{136, "NDISC_NEIGHBOUR_ADVERTISEMENT"},
	{137, "NDISC_REDIRECT"},
}}
