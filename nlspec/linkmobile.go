package nlspec

// gtpAttrs is a GTP tunnel's IFLA_INFO_DATA (include/uapi/linux/if_link.h).
var gtpAttrs = Set{
	1: {Name: "IFLA_GTP_FD0", Kind: U32},
	2: {Name: "IFLA_GTP_FD1", Kind: U32},
	3: {Name: "IFLA_GTP_PDP_HASHSIZE", Kind: U32},
	4: {Name: "IFLA_GTP_ROLE", Kind: U32, Values: &gtpRoles},
	5: {Name: "IFLA_GTP_CREATE_SOCKETS", Kind: U8},
	6: {Name: "IFLA_GTP_RESTART_COUNT", Kind: U8},
	7: {Name: "IFLA_GTP_LOCAL", Kind: IP},
	8: {Name: "IFLA_GTP_LOCAL6", Kind: IP},
}

// gtpRoles is IFLA_GTP_ROLE.
var gtpRoles = Values{Prefix: "GTP_ROLE_", Consts: []Const{
	{0, "GTP_ROLE_GGSN"},
	{1, "GTP_ROLE_SGSN"},
}}

// rmnetAttrs is an RmNet device's.
var rmnetAttrs = Set{
	1: {Name: "IFLA_RMNET_MUX_ID", Kind: U16},
	2: {Name: "IFLA_RMNET_FLAGS", Kind: Struct, Struct: rmnetFlags},
}

// rmnetFlags is IFLA_RMNET_FLAGS.
var rmnetFlags = &CStruct{Name: "ifla_rmnet_flags", Fields: []Field{
	{Name: "flags", Kind: U32, Values: &rmnetFlagBits},
	{Name: "mask", Kind: U32, Values: &rmnetFlagBits},
}}

// rmnetFlagBits is the flags of struct ifla_rmnet_flags.
var rmnetFlagBits = Values{Prefix: "RMNET_FLAGS_", Bits: true, Consts: []Const{
	{1 << 0, "RMNET_FLAGS_INGRESS_DEAGGREGATION"},
	{1 << 1, "RMNET_FLAGS_INGRESS_MAP_COMMANDS"},
	{1 << 2, "RMNET_FLAGS_INGRESS_MAP_CKSUMV4"},
	{1 << 3, "RMNET_FLAGS_EGRESS_MAP_CKSUMV4"},
	{1 << 4, "RMNET_FLAGS_INGRESS_MAP_CKSUMV5"},
	{1 << 5, "RMNET_FLAGS_EGRESS_MAP_CKSUMV5"},
}}

// wwanAttrs is a WWAN device's (include/uapi/linux/wwan.h).
var wwanAttrs = Set{
	1: {Name: "IFLA_WWAN_LINK_ID", Kind: U32},
}

// caifAttrs is a CAIF device's (include/uapi/linux/caif/if_caif.h).
var caifAttrs = Set{
	1: {Name: "IFLA_CAIF_IPV4_CONNID", Kind: U32},
	2: {Name: "IFLA_CAIF_IPV6_CONNID", Kind: U32},
	3: {Name: "IFLA_CAIF_LOOPBACK", Kind: U8},
}

// pppAttrs is a PPP device's.
var pppAttrs = Set{
	1: {Name: "IFLA_PPP_DEV_FD", Kind: S32},
}
