package nlspec

// bareudpAttrs is a bare UDP tunnel's IFLA_INFO_DATA
// (include/uapi/linux/if_link.h).
var bareudpAttrs = Set{
	1: {Name: "IFLA_BAREUDP_PORT", Kind: BE16},
	2: {Name: "IFLA_BAREUDP_ETHERTYPE", Kind: BE16, Values: &etherTypes},
	3: {Name: "IFLA_BAREUDP_SRCPORT_MIN", Kind: U16},
	4: {Name: "IFLA_BAREUDP_MULTIPROTO_MODE", Kind: Flag},
}

// amtAttrs is an Automatic Multicast Tunneling device's
// (include/uapi/linux/amt.h, RFC 7450).
var amtAttrs = Set{
	1: {Name: "IFLA_AMT_MODE", Kind: U32, Values: &amtModes},
	2: {Name: "IFLA_AMT_RELAY_PORT", Kind: BE16},
	3: {Name: "IFLA_AMT_GATEWAY_PORT", Kind: BE16},
	4: {Name: "IFLA_AMT_LINK", Kind: U32},
	5: {Name: "IFLA_AMT_LOCAL_IP", Kind: IP},
	6: {Name: "IFLA_AMT_REMOTE_IP", Kind: IP},
	7: {Name: "IFLA_AMT_DISCOVERY_IP", Kind: IP},
	8: {Name: "IFLA_AMT_MAX_TUNNELS", Kind: U32},
}

// amtModes is enum ifla_amt_mode.
var amtModes = Values{Prefix: "AMT_MODE_", Consts: []Const{
	{0, "AMT_MODE_GATEWAY"},
	{1, "AMT_MODE_RELAY"},
}}

// vtiAttrs is a virtual tunnel interface's, of IPv4 or IPv6
// (include/uapi/linux/if_tunnel.h).
var vtiAttrs = Set{
	1: {Name: "IFLA_VTI_LINK", Kind: U32},
	2: {Name: "IFLA_VTI_IKEY", Kind: BE32},
	3: {Name: "IFLA_VTI_OKEY", Kind: BE32},
	4: {Name: "IFLA_VTI_LOCAL", Kind: IP},
	5: {Name: "IFLA_VTI_REMOTE", Kind: IP},
	6: {Name: "IFLA_VTI_FWMARK", Kind: U32},
}
