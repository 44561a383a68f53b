package nlspec

// netconfmsg is the header of RTM_NEWNETCONF and the like
// (include/uapi/linux/netconf.h).
var netconfmsg = &CStruct{Name: "netconfmsg", Prefix: "ncm_", Fields: []Field{
	{Name: "family", Kind: U8, Values: &families},
}}

// netconfAttrs is the attributes after struct netconfmsg. NETCONFA_IFINDEX is
// -1 for the settings of all interfaces, -2 for the defaults.
var netconfAttrs = Set{
	1: {Name: "NETCONFA_IFINDEX", Kind: S32, Values: &netconfIfindex},
	2: {Name: "NETCONFA_FORWARDING", Kind: S32},
	3: {Name: "NETCONFA_RP_FILTER", Kind: S32},
	4: {Name: "NETCONFA_MC_FORWARDING", Kind: S32},
	5: {Name: "NETCONFA_PROXY_NEIGH", Kind: S32},
	6: {Name: "NETCONFA_IGNORE_ROUTES_WITH_LINKDOWN", Kind: S32},
	7: {Name: "NETCONFA_INPUT", Kind: S32},
	8: {Name: "NETCONFA_BC_FORWARDING", Kind: S32},
	9: {Name: "NETCONFA_FORCE_FORWARDING", Kind: S32},
}

// netconfIfindex are the values of NETCONFA_IFINDEX that are not interfaces.
var netconfIfindex = Values{Prefix: "NETCONFA_IFINDEX_", Consts: []Const{
	{^uint64(0), "NETCONFA_IFINDEX_ALL"},
	{^uint64(1), "NETCONFA_IFINDEX_DEFAULT"},
}}
