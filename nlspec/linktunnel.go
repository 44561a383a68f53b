package nlspec

// vxlanAttrs is a VXLAN's IFLA_INFO_DATA (include/uapi/linux/if_link.h).
var vxlanAttrs = Set{
	1:  {Name: "IFLA_VXLAN_ID", Kind: U32},
	2:  {Name: "IFLA_VXLAN_GROUP", Kind: IP},
	3:  {Name: "IFLA_VXLAN_LINK", Kind: U32},
	4:  {Name: "IFLA_VXLAN_LOCAL", Kind: IP},
	5:  {Name: "IFLA_VXLAN_TTL", Kind: U8},
	6:  {Name: "IFLA_VXLAN_TOS", Kind: U8},
	7:  {Name: "IFLA_VXLAN_LEARNING", Kind: U8},
	8:  {Name: "IFLA_VXLAN_AGEING", Kind: U32},
	9:  {Name: "IFLA_VXLAN_LIMIT", Kind: U32},
	10: {Name: "IFLA_VXLAN_PORT_RANGE", Kind: Struct, Struct: vxlanPortRange},
	11: {Name: "IFLA_VXLAN_PROXY", Kind: U8},
	12: {Name: "IFLA_VXLAN_RSC", Kind: U8},
	13: {Name: "IFLA_VXLAN_L2MISS", Kind: U8},
	14: {Name: "IFLA_VXLAN_L3MISS", Kind: U8},
	15: {Name: "IFLA_VXLAN_PORT", Kind: BE16},
	16: {Name: "IFLA_VXLAN_GROUP6", Kind: IP},
	17: {Name: "IFLA_VXLAN_LOCAL6", Kind: IP},
	18: {Name: "IFLA_VXLAN_UDP_CSUM", Kind: U8},
	19: {Name: "IFLA_VXLAN_UDP_ZERO_CSUM6_TX", Kind: U8},
	20: {Name: "IFLA_VXLAN_UDP_ZERO_CSUM6_RX", Kind: U8},
	21: {Name: "IFLA_VXLAN_REMCSUM_TX", Kind: U8},
	22: {Name: "IFLA_VXLAN_REMCSUM_RX", Kind: U8},
	23: {Name: "IFLA_VXLAN_GBP", Kind: Flag},
	24: {Name: "IFLA_VXLAN_REMCSUM_NOPARTIAL", Kind: Flag},
	25: {Name: "IFLA_VXLAN_COLLECT_METADATA", Kind: U8},
	26: {Name: "IFLA_VXLAN_LABEL", Kind: BE32},
	27: {Name: "IFLA_VXLAN_GPE", Kind: Flag},
	28: {Name: "IFLA_VXLAN_TTL_INHERIT", Kind: U8, By: &flagInRequest},
	29: {Name: "IFLA_VXLAN_DF", Kind: U8, Values: &vxlanDF},
	30: {Name: "IFLA_VXLAN_VNIFILTER", Kind: U8},
	31: {Name: "IFLA_VXLAN_LOCALBYPASS", Kind: U8},
	32: {Name: "IFLA_VXLAN_LABEL_POLICY", Kind: U32, Values: &vxlanLabelPolicies},
	33: {Name: "IFLA_VXLAN_RESERVED_BITS", Kind: Struct, Struct: vxlanHdr},
	34: {Name: "IFLA_VXLAN_MC_ROUTE", Kind: U8},
}

// flagInRequest selects a flag in requests for what the kernel sends as a
// number (drivers/net/vxlan/vxlan_core.c, vxlan_policy and vxlan_fill_info).
var flagInRequest = Selector{What: ByDirection, Cases: []Case{{Number: uint64(Sent), Attr: &Attr{Kind: Flag}}}}

// vxlanPortRange is IFLA_VXLAN_PORT_RANGE.
var vxlanPortRange = &CStruct{Name: "ifla_vxlan_port_range", Fields: portRange}

// genevePortRange is IFLA_GENEVE_PORT_RANGE.
var genevePortRange = &CStruct{Name: "ifla_geneve_port_range", Fields: portRange}

// portRange is the fields of a range of ports.
var portRange = []Field{
	{Name: "low", Kind: BE16},
	{Name: "high", Kind: BE16},
}

// vxlanHdr is IFLA_VXLAN_RESERVED_BITS: a VXLAN header in which the reserved
// bits are set (include/net/vxlan.h).
var vxlanHdr = &CStruct{Name: "vxlanhdr", Prefix: "vx_", Fields: []Field{
	{Name: "flags", Kind: BE32},
	{Name: "vni", Kind: BE32},
}}

// vxlanLabelPolicies is IFLA_VXLAN_LABEL_POLICY.
var vxlanLabelPolicies = Values{Prefix: "VXLAN_LABEL_", Consts: []Const{
	{0, "VXLAN_LABEL_FIXED"},
	{1, "VXLAN_LABEL_INHERIT"},
}}

// vxlanDF is IFLA_VXLAN_DF.
var vxlanDF = Values{Prefix: "VXLAN_DF_", Consts: []Const{
	{0, "VXLAN_DF_UNSET"},
	{1, "VXLAN_DF_SET"},
	{2, "VXLAN_DF_INHERIT"},
}}

// geneveAttrs is a Geneve tunnel's.
var geneveAttrs = Set{
	1:  {Name: "IFLA_GENEVE_ID", Kind: U32},
	2:  {Name: "IFLA_GENEVE_REMOTE", Kind: IP},
	3:  {Name: "IFLA_GENEVE_TTL", Kind: U8},
	4:  {Name: "IFLA_GENEVE_TOS", Kind: U8},
	5:  {Name: "IFLA_GENEVE_PORT", Kind: BE16},
	6:  {Name: "IFLA_GENEVE_COLLECT_METADATA", Kind: Flag},
	7:  {Name: "IFLA_GENEVE_REMOTE6", Kind: IP},
	8:  {Name: "IFLA_GENEVE_UDP_CSUM", Kind: U8},
	9:  {Name: "IFLA_GENEVE_UDP_ZERO_CSUM6_TX", Kind: U8},
	10: {Name: "IFLA_GENEVE_UDP_ZERO_CSUM6_RX", Kind: U8},
	11: {Name: "IFLA_GENEVE_LABEL", Kind: BE32},
	12: {Name: "IFLA_GENEVE_TTL_INHERIT", Kind: U8},
	13: {Name: "IFLA_GENEVE_DF", Kind: U8, Values: &geneveDF},
	14: {Name: "IFLA_GENEVE_INNER_PROTO_INHERIT", Kind: Flag},
	15: {Name: "IFLA_GENEVE_PORT_RANGE", Kind: Struct, Struct: genevePortRange},
	16: {Name: "IFLA_GENEVE_GRO_HINT", Kind: Flag},
	17: {Name: "IFLA_GENEVE_LOCAL", Kind: IP},
	18: {Name: "IFLA_GENEVE_LOCAL6", Kind: IP},
}

// geneveDF is IFLA_GENEVE_DF.
var geneveDF = Values{Prefix: "GENEVE_DF_", Consts: []Const{
	{0, "GENEVE_DF_UNSET"},
	{1, "GENEVE_DF_SET"},
	{2, "GENEVE_DF_INHERIT"},
}}
