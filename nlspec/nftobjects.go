package nlspec

// nftObjectAttrs is the attributes of messages about named objects
// (include/uapi/linux/netfilter/nf_tables.h).
var nftObjectAttrs = Set{
	1: {Name: "NFTA_OBJ_TABLE", Kind: String},
	2: {Name: "NFTA_OBJ_NAME", Kind: String},
	3: {Name: "NFTA_OBJ_TYPE", Kind: BE32, Values: &nftObjectTypes},
	4: {Name: "NFTA_OBJ_DATA", By: &nftObjectData},
	5: {Name: "NFTA_OBJ_USE", Kind: BE32},
	6: {Name: "NFTA_OBJ_HANDLE", Kind: BE64},
	7: {Name: "NFTA_OBJ_PAD", Kind: Pad},
	8: {Name: "NFTA_OBJ_USERDATA", Kind: Bytes},
}

// nftObjectData selects the contents of NFTA_OBJ_DATA by NFTA_OBJ_TYPE.
var nftObjectData = Selector{Sibling: 3, Cases: []Case{
	{Number: 1, Set: nftCounterAttrs},
	{Number: 2, Set: nftQuotaAttrs},
	{Number: 3, Set: nftCtHelperAttrs},
	{Number: 4, Set: nftLimitAttrs},
	{Number: 5, Set: nftConnlimitAttrs},
	{Number: 6, Set: nftTunnelKeyAttrs},
	{Number: 7, Set: nftCtTimeoutAttrs},
	{Number: 8, Set: nftSecmarkAttrs},
	{Number: 9, Set: nftCtExpectAttrs},
	{Number: 10, Set: nftSynproxyAttrs},
}}

// nftObjectTypes is NFTA_OBJ_TYPE.
var nftObjectTypes = Values{Prefix: "NFT_OBJECT_", Consts: []Const{
	{1, "NFT_OBJECT_COUNTER"},
	{2, "NFT_OBJECT_QUOTA"},
	{3, "NFT_OBJECT_CT_HELPER"},
	{4, "NFT_OBJECT_LIMIT"},
	{5, "NFT_OBJECT_CONNLIMIT"},
	{6, "NFT_OBJECT_TUNNEL"},
	{7, "NFT_OBJECT_CT_TIMEOUT"},
	{8, "NFT_OBJECT_SECMARK"},
	{9, "NFT_OBJECT_CT_EXPECT"},
	{10, "NFT_OBJECT_SYNPROXY"},
}}

// nftSecmarkAttrs is an object of type security mark.
var nftSecmarkAttrs = Set{
	1: {Name: "NFTA_SECMARK_CTX", Kind: String},
}

// nftCtHelperAttrs is an object of type conntrack helper.
var nftCtHelperAttrs = Set{
	1: {Name: "NFTA_CT_HELPER_NAME", Kind: String},
	2: {Name: "NFTA_CT_HELPER_L3PROTO", Kind: BE16},
	3: {Name: "NFTA_CT_HELPER_L4PROTO", Kind: U8, Values: &ipProtos},
}

// nftCtTimeoutAttrs is an object of type conntrack timeout: times in seconds,
// by the states of the protocol.
var nftCtTimeoutAttrs = Set{
	1: {Name: "NFTA_CT_TIMEOUT_L3PROTO", Kind: BE16},
	2: {Name: "NFTA_CT_TIMEOUT_L4PROTO", Kind: U8, Values: &ipProtos},
	3: {Name: "NFTA_CT_TIMEOUT_DATA", Kind: List, Elem: &elemBE32},
}

// elemBE32 is an element that is a number in network byte order.
var elemBE32 = Attr{Kind: BE32}

// nftCtExpectAttrs is an object of type conntrack expectation.
var nftCtExpectAttrs = Set{
	1: {Name: "NFTA_CT_EXPECT_L3PROTO", Kind: BE16},
	2: {Name: "NFTA_CT_EXPECT_L4PROTO", Kind: U8, Values: &ipProtos},
	3: {Name: "NFTA_CT_EXPECT_DPORT", Kind: BE16},
	4: {Name: "NFTA_CT_EXPECT_TIMEOUT", Kind: BE32},
	5: {Name: "NFTA_CT_EXPECT_SIZE", Kind: U8},
}

// nftTunnelKeyAttrs is an object of type tunnel: the metadata of its packets.
var nftTunnelKeyAttrs = Set{
	1: {Name: "NFTA_TUNNEL_KEY_ID", Kind: BE32},
	2: {Name: "NFTA_TUNNEL_KEY_IP", Kind: Nested, Nest: nftTunnelIPAttrs},
	3: {Name: "NFTA_TUNNEL_KEY_IP6", Kind: Nested, Nest: nftTunnelIP6Attrs},
	4: {Name: "NFTA_TUNNEL_KEY_FLAGS", Kind: BE32},
	5: {Name: "NFTA_TUNNEL_KEY_TOS", Kind: U8},
	6: {Name: "NFTA_TUNNEL_KEY_TTL", Kind: U8},
	7: {Name: "NFTA_TUNNEL_KEY_SPORT", Kind: BE16},
	8: {Name: "NFTA_TUNNEL_KEY_DPORT", Kind: BE16},
	9: {Name: "NFTA_TUNNEL_KEY_OPTS", Kind: Nested, Nest: nftTunnelOptsAttrs},
}

// nftTunnelIPAttrs is the contents of NFTA_TUNNEL_KEY_IP.
var nftTunnelIPAttrs = Set{
	1: {Name: "NFTA_TUNNEL_KEY_IP_SRC", Kind: IP},
	2: {Name: "NFTA_TUNNEL_KEY_IP_DST", Kind: IP},
}

// nftTunnelIP6Attrs is the contents of NFTA_TUNNEL_KEY_IP6.
var nftTunnelIP6Attrs = Set{
	1: {Name: "NFTA_TUNNEL_KEY_IP6_SRC", Kind: IP},
	2: {Name: "NFTA_TUNNEL_KEY_IP6_DST", Kind: IP},
	3: {Name: "NFTA_TUNNEL_KEY_IP6_FLOWLABEL", Kind: BE32},
}

// nftTunnelOptsAttrs is the contents of NFTA_TUNNEL_KEY_OPTS.
var nftTunnelOptsAttrs = Set{
	1: {Name: "NFTA_TUNNEL_KEY_OPTS_VXLAN", Kind: Nested, Nest: nftTunnelVXLANAttrs},
	2: {Name: "NFTA_TUNNEL_KEY_OPTS_ERSPAN", Kind: Nested, Nest: nftTunnelERSPANAttrs},
	3: {Name: "NFTA_TUNNEL_KEY_OPTS_GENEVE", Kind: Nested, Nest: nftTunnelGeneveAttrs},
}

// nftTunnelVXLANAttrs is the group policy of VXLAN.
var nftTunnelVXLANAttrs = Set{
	1: {Name: "NFTA_TUNNEL_KEY_VXLAN_GBP", Kind: BE32},
}

// nftTunnelERSPANAttrs is the fields of ERSPAN's header.
var nftTunnelERSPANAttrs = Set{
	1: {Name: "NFTA_TUNNEL_KEY_ERSPAN_VERSION", Kind: BE32},
	2: {Name: "NFTA_TUNNEL_KEY_ERSPAN_V1_INDEX", Kind: BE32},
	3: {Name: "NFTA_TUNNEL_KEY_ERSPAN_V2_HWID", Kind: U8},
	4: {Name: "NFTA_TUNNEL_KEY_ERSPAN_V2_DIR", Kind: U8},
}

// nftTunnelGeneveAttrs is an option of Geneve.
var nftTunnelGeneveAttrs = Set{
	1: {Name: "NFTA_TUNNEL_KEY_GENEVE_CLASS", Kind: BE16},
	2: {Name: "NFTA_TUNNEL_KEY_GENEVE_TYPE", Kind: U8},
	3: {Name: "NFTA_TUNNEL_KEY_GENEVE_DATA", Kind: Bytes},
}
