package nlspec

// greAttrs is a GRE or ERSPAN tunnel's (include/uapi/linux/if_tunnel.h).
var greAttrs = Set{
	1:  {Name: "IFLA_GRE_LINK", Kind: U32},
	2:  {Name: "IFLA_GRE_IFLAGS", Kind: BE16, Values: &greFlags},
	3:  {Name: "IFLA_GRE_OFLAGS", Kind: BE16, Values: &greFlags},
	4:  {Name: "IFLA_GRE_IKEY", Kind: BE32},
	5:  {Name: "IFLA_GRE_OKEY", Kind: BE32},
	6:  {Name: "IFLA_GRE_LOCAL", Kind: IP},
	7:  {Name: "IFLA_GRE_REMOTE", Kind: IP},
	8:  {Name: "IFLA_GRE_TTL", Kind: U8},
	9:  {Name: "IFLA_GRE_TOS", Kind: U8},
	10: {Name: "IFLA_GRE_PMTUDISC", Kind: U8},
	11: {Name: "IFLA_GRE_ENCAP_LIMIT", Kind: U8},
	12: {Name: "IFLA_GRE_FLOWINFO", Kind: BE32},
	13: {Name: "IFLA_GRE_FLAGS", Kind: U32, Values: &ip6TunnelFlags},
	14: {Name: "IFLA_GRE_ENCAP_TYPE", Kind: U16, Values: &tunnelEncapTypes},
	15: {Name: "IFLA_GRE_ENCAP_FLAGS", Kind: U16, Values: &tunnelEncapFlags},
	16: {Name: "IFLA_GRE_ENCAP_SPORT", Kind: BE16},
	17: {Name: "IFLA_GRE_ENCAP_DPORT", Kind: BE16},
	18: {Name: "IFLA_GRE_COLLECT_METADATA", Kind: Flag},
	19: {Name: "IFLA_GRE_IGNORE_DF", Kind: U8},
	20: {Name: "IFLA_GRE_FWMARK", Kind: U32},
	21: {Name: "IFLA_GRE_ERSPAN_INDEX", Kind: U32},
	22: {Name: "IFLA_GRE_ERSPAN_VER", Kind: U8},
	23: {Name: "IFLA_GRE_ERSPAN_DIR", Kind: U8},
	24: {Name: "IFLA_GRE_ERSPAN_HWID", Kind: U16},
}

// iptunAttrs is an IPIP, SIT or IPv6 tunnel's.
var iptunAttrs = Set{
	1:  {Name: "IFLA_IPTUN_LINK", Kind: U32},
	2:  {Name: "IFLA_IPTUN_LOCAL", Kind: IP},
	3:  {Name: "IFLA_IPTUN_REMOTE", Kind: IP},
	4:  {Name: "IFLA_IPTUN_TTL", Kind: U8},
	5:  {Name: "IFLA_IPTUN_TOS", Kind: U8},
	6:  {Name: "IFLA_IPTUN_ENCAP_LIMIT", Kind: U8},
	7:  {Name: "IFLA_IPTUN_FLOWINFO", Kind: BE32},
	8:  {Name: "IFLA_IPTUN_FLAGS", Kind: U32, Values: &ip6TunnelFlags, By: &iptunFlags},
	9:  {Name: "IFLA_IPTUN_PROTO", Kind: U8, Values: &ipProtos},
	10: {Name: "IFLA_IPTUN_PMTUDISC", Kind: U8},
	11: {Name: "IFLA_IPTUN_6RD_PREFIX", Kind: IP},
	12: {Name: "IFLA_IPTUN_6RD_RELAY_PREFIX", Kind: IP},
	13: {Name: "IFLA_IPTUN_6RD_PREFIXLEN", Kind: U16},
	14: {Name: "IFLA_IPTUN_6RD_RELAY_PREFIXLEN", Kind: U16},
	15: {Name: "IFLA_IPTUN_ENCAP_TYPE", Kind: U16, Values: &tunnelEncapTypes},
	16: {Name: "IFLA_IPTUN_ENCAP_FLAGS", Kind: U16, Values: &tunnelEncapFlags},
	17: {Name: "IFLA_IPTUN_ENCAP_SPORT", Kind: BE16},
	18: {Name: "IFLA_IPTUN_ENCAP_DPORT", Kind: BE16},
	19: {Name: "IFLA_IPTUN_COLLECT_METADATA", Kind: Flag},
	20: {Name: "IFLA_IPTUN_FWMARK", Kind: U32},
}

// iptunFlags selects the flags of IFLA_IPTUN_FLAGS: IP6_TNL_F_* for ip6tnl, but
// i_flags for sit. The kernel declares these as __be16, but defines SIT_ISATAP
// in the host's byte order, and sends it so (net/ipv6/sit.c, ipip6_fill_info).
var iptunFlags = Selector{Sibling: 1, Up: 1, Cases: []Case{{Name: "sit", Attr: &Attr{Kind: U16, Values: &sitFlags}}}}

// sitFlags is i_flags of sit.
var sitFlags = Values{Prefix: "SIT_", Bits: true, Consts: []Const{
	{0x1, "SIT_ISATAP"},
}}

// ip6TunnelFlags is IFLA_IPTUN_FLAGS of ip6tnl and IFLA_GRE_FLAGS
// (include/uapi/linux/ip6_tunnel.h).
var ip6TunnelFlags = Values{Prefix: "IP6_TNL_F_", Bits: true, Consts: []Const{
	{0x1, "IP6_TNL_F_IGN_ENCAP_LIMIT"},
	{0x2, "IP6_TNL_F_USE_ORIG_TCLASS"},
	{0x4, "IP6_TNL_F_USE_ORIG_FLOWLABEL"},
	{0x8, "IP6_TNL_F_MIP6_DEV"},
	{0x10, "IP6_TNL_F_RCV_DSCP_COPY"},
	{0x20, "IP6_TNL_F_USE_ORIG_FWMARK"},
	{0x40, "IP6_TNL_F_ALLOW_LOCAL_REMOTE"},
	{0x10000, "IP6_TNL_F_CAP_XMIT"}, // the kernel's own (include/net/ip6_tunnel.h)
	{0x20000, "IP6_TNL_F_CAP_RCV"},
	{0x40000, "IP6_TNL_F_CAP_PER_PACKET"},
}}

// tunnelEncapTypes is IFLA_GRE_ENCAP_TYPE and IFLA_IPTUN_ENCAP_TYPE.
var tunnelEncapTypes = Values{Prefix: "TUNNEL_ENCAP_", Consts: []Const{
	{0, "TUNNEL_ENCAP_NONE"},
	{1, "TUNNEL_ENCAP_FOU"},
	{2, "TUNNEL_ENCAP_GUE"},
	{3, "TUNNEL_ENCAP_MPLS"},
}}

// tunnelEncapFlags is IFLA_GRE_ENCAP_FLAGS and IFLA_IPTUN_ENCAP_FLAGS.
var tunnelEncapFlags = Values{Prefix: "TUNNEL_ENCAP_FLAG_", Bits: true, Consts: []Const{
	{1 << 0, "TUNNEL_ENCAP_FLAG_CSUM"},
	{1 << 1, "TUNNEL_ENCAP_FLAG_CSUM6"},
	{1 << 2, "TUNNEL_ENCAP_FLAG_REMCSUM"},
}}

// greFlags is IFLA_GRE_IFLAGS and IFLA_GRE_OFLAGS, in network byte order.
var greFlags = Values{Prefix: "GRE_", Bits: true, Consts: []Const{
	{0x8000, "GRE_CSUM"},
	{0x4000, "GRE_ROUTING"},
	{0x2000, "GRE_KEY"},
	{0x1000, "GRE_SEQ"},
	{0x0800, "GRE_STRICT"},
	{0x0700, "GRE_REC"},
	{0x0080, "GRE_ACK"},
}}
