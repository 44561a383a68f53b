package nlspec

// cfmAttrs is the contents of IFLA_BRIDGE_CFM (include/uapi/linux/if_bridge.h):
// Connectivity Fault Management, IEEE 802.1Q section 12.14. Attributes whose
// names end in INFO are the kernel's answers.
var cfmAttrs = Set{
	1:  {Name: "IFLA_BRIDGE_CFM_MEP_CREATE", Kind: Nested, Nest: cfmMEPCreate},
	2:  {Name: "IFLA_BRIDGE_CFM_MEP_DELETE", Kind: Nested, Nest: cfmMEPDelete},
	3:  {Name: "IFLA_BRIDGE_CFM_MEP_CONFIG", Kind: Nested, Nest: cfmMEPConfig},
	4:  {Name: "IFLA_BRIDGE_CFM_CC_CONFIG", Kind: Nested, Nest: cfmCCConfig},
	5:  {Name: "IFLA_BRIDGE_CFM_CC_PEER_MEP_ADD", Kind: Nested, Nest: cfmPeerMEP},
	6:  {Name: "IFLA_BRIDGE_CFM_CC_PEER_MEP_REMOVE", Kind: Nested, Nest: cfmPeerMEP},
	7:  {Name: "IFLA_BRIDGE_CFM_CC_RDI", Kind: Nested, Nest: cfmRDI},
	8:  {Name: "IFLA_BRIDGE_CFM_CC_CCM_TX", Kind: Nested, Nest: cfmCCMTx},
	9:  {Name: "IFLA_BRIDGE_CFM_MEP_CREATE_INFO", Kind: Nested, Nest: cfmMEPCreate},
	10: {Name: "IFLA_BRIDGE_CFM_MEP_CONFIG_INFO", Kind: Nested, Nest: cfmMEPConfig},
	11: {Name: "IFLA_BRIDGE_CFM_CC_CONFIG_INFO", Kind: Nested, Nest: cfmCCConfig},
	12: {Name: "IFLA_BRIDGE_CFM_CC_RDI_INFO", Kind: Nested, Nest: cfmRDI},
	13: {Name: "IFLA_BRIDGE_CFM_CC_CCM_TX_INFO", Kind: Nested, Nest: cfmCCMTx},
	14: {Name: "IFLA_BRIDGE_CFM_CC_PEER_MEP_INFO", Kind: Nested, Nest: cfmPeerMEP},
	15: {Name: "IFLA_BRIDGE_CFM_MEP_STATUS_INFO", Kind: Nested, Nest: cfmMEPStatus},
	16: {Name: "IFLA_BRIDGE_CFM_CC_PEER_STATUS_INFO", Kind: Nested, Nest: cfmPeerStatus},
}

// cfmMEPCreate is the contents of IFLA_BRIDGE_CFM_MEP_CREATE and
// IFLA_BRIDGE_CFM_MEP_CREATE_INFO.
var cfmMEPCreate = Set{
	1: {Name: "IFLA_BRIDGE_CFM_MEP_CREATE_INSTANCE", Kind: U32},
	2: {Name: "IFLA_BRIDGE_CFM_MEP_CREATE_DOMAIN", Kind: U32, Values: &cfmDomains},
	3: {Name: "IFLA_BRIDGE_CFM_MEP_CREATE_DIRECTION", Kind: U32, Values: &cfmDirections},
	4: {Name: "IFLA_BRIDGE_CFM_MEP_CREATE_IFINDEX", Kind: U32},
}

// cfmMEPDelete is the contents of IFLA_BRIDGE_CFM_MEP_DELETE.
var cfmMEPDelete = Set{
	1: {Name: "IFLA_BRIDGE_CFM_MEP_DELETE_INSTANCE", Kind: U32},
}

// cfmMEPConfig is the contents of IFLA_BRIDGE_CFM_MEP_CONFIG and
// IFLA_BRIDGE_CFM_MEP_CONFIG_INFO.
var cfmMEPConfig = Set{
	1: {Name: "IFLA_BRIDGE_CFM_MEP_CONFIG_INSTANCE", Kind: U32},
	2: {Name: "IFLA_BRIDGE_CFM_MEP_CONFIG_UNICAST_MAC", Kind: LLAddr},
	3: {Name: "IFLA_BRIDGE_CFM_MEP_CONFIG_MDLEVEL", Kind: U32},
	4: {Name: "IFLA_BRIDGE_CFM_MEP_CONFIG_MEPID", Kind: U32},
}

// cfmCCConfig is the contents of IFLA_BRIDGE_CFM_CC_CONFIG and
// IFLA_BRIDGE_CFM_CC_CONFIG_INFO.
var cfmCCConfig = Set{
	1: {Name: "IFLA_BRIDGE_CFM_CC_CONFIG_INSTANCE", Kind: U32},
	2: {Name: "IFLA_BRIDGE_CFM_CC_CONFIG_ENABLE", Kind: U32},
	3: {Name: "IFLA_BRIDGE_CFM_CC_CONFIG_EXP_INTERVAL", Kind: U32, Values: &cfmIntervals},
	4: {Name: "IFLA_BRIDGE_CFM_CC_CONFIG_EXP_MAID", Kind: Bytes},
}

// cfmPeerMEP is the contents of IFLA_BRIDGE_CFM_CC_PEER_MEP_ADD, _REMOVE and
// _INFO.
var cfmPeerMEP = Set{
	1: {Name: "IFLA_BRIDGE_CFM_CC_PEER_MEP_INSTANCE", Kind: U32},
	2: {Name: "IFLA_BRIDGE_CFM_CC_PEER_MEPID", Kind: U32},
}

// cfmRDI is the contents of IFLA_BRIDGE_CFM_CC_RDI and
// IFLA_BRIDGE_CFM_CC_RDI_INFO.
var cfmRDI = Set{
	1: {Name: "IFLA_BRIDGE_CFM_CC_RDI_INSTANCE", Kind: U32},
	2: {Name: "IFLA_BRIDGE_CFM_CC_RDI_RDI", Kind: U32},
}

// cfmCCMTx is the contents of IFLA_BRIDGE_CFM_CC_CCM_TX and
// IFLA_BRIDGE_CFM_CC_CCM_TX_INFO.
var cfmCCMTx = Set{
	1: {Name: "IFLA_BRIDGE_CFM_CC_CCM_TX_INSTANCE", Kind: U32},
	2: {Name: "IFLA_BRIDGE_CFM_CC_CCM_TX_DMAC", Kind: LLAddr},
	3: {Name: "IFLA_BRIDGE_CFM_CC_CCM_TX_SEQ_NO_UPDATE", Kind: U32},
	4: {Name: "IFLA_BRIDGE_CFM_CC_CCM_TX_PERIOD", Kind: U32},
	5: {Name: "IFLA_BRIDGE_CFM_CC_CCM_TX_IF_TLV", Kind: U32},
	6: {Name: "IFLA_BRIDGE_CFM_CC_CCM_TX_IF_TLV_VALUE", Kind: U8},
	7: {Name: "IFLA_BRIDGE_CFM_CC_CCM_TX_PORT_TLV", Kind: U32},
	8: {Name: "IFLA_BRIDGE_CFM_CC_CCM_TX_PORT_TLV_VALUE", Kind: U8},
}

// cfmMEPStatus is the contents of IFLA_BRIDGE_CFM_MEP_STATUS_INFO.
var cfmMEPStatus = Set{
	1: {Name: "IFLA_BRIDGE_CFM_MEP_STATUS_INSTANCE", Kind: U32},
	2: {Name: "IFLA_BRIDGE_CFM_MEP_STATUS_OPCODE_UNEXP_SEEN", Kind: U32},
	3: {Name: "IFLA_BRIDGE_CFM_MEP_STATUS_VERSION_UNEXP_SEEN", Kind: U32},
	4: {Name: "IFLA_BRIDGE_CFM_MEP_STATUS_RX_LEVEL_LOW_SEEN", Kind: U32},
}

// cfmPeerStatus is the contents of IFLA_BRIDGE_CFM_CC_PEER_STATUS_INFO.
var cfmPeerStatus = Set{
	1: {Name: "IFLA_BRIDGE_CFM_CC_PEER_STATUS_INSTANCE", Kind: U32},
	2: {Name: "IFLA_BRIDGE_CFM_CC_PEER_STATUS_PEER_MEPID", Kind: U32},
	3: {Name: "IFLA_BRIDGE_CFM_CC_PEER_STATUS_CCM_DEFECT", Kind: U32},
	4: {Name: "IFLA_BRIDGE_CFM_CC_PEER_STATUS_RDI", Kind: U32},
	5: {Name: "IFLA_BRIDGE_CFM_CC_PEER_STATUS_PORT_TLV_VALUE", Kind: U8},
	6: {Name: "IFLA_BRIDGE_CFM_CC_PEER_STATUS_IF_TLV_VALUE", Kind: U8},
	7: {Name: "IFLA_BRIDGE_CFM_CC_PEER_STATUS_SEEN", Kind: U32},
	8: {Name: "IFLA_BRIDGE_CFM_CC_PEER_STATUS_TLV_SEEN", Kind: U32},
	9: {Name: "IFLA_BRIDGE_CFM_CC_PEER_STATUS_SEQ_UNEXP_SEEN", Kind: U32},
}

// cfmDomains is enum br_cfm_domain (include/uapi/linux/cfm_bridge.h).
var cfmDomains = Values{Prefix: "BR_CFM_", Consts: []Const{
	{0, "BR_CFM_PORT"},
	{1, "BR_CFM_VLAN"},
}}

// cfmDirections is enum br_cfm_mep_direction.
var cfmDirections = Values{Prefix: "BR_CFM_MEP_DIRECTION_", Consts: []Const{
	{0, "BR_CFM_MEP_DIRECTION_DOWN"},
	{1, "BR_CFM_MEP_DIRECTION_UP"},
}}

// cfmIntervals is enum br_cfm_ccm_interval.
var cfmIntervals = Values{Prefix: "BR_CFM_CCM_INTERVAL_", Consts: []Const{
	{0, "BR_CFM_CCM_INTERVAL_NONE"},
	{1, "BR_CFM_CCM_INTERVAL_3_3_MS"},
	{2, "BR_CFM_CCM_INTERVAL_10_MS"},
	{3, "BR_CFM_CCM_INTERVAL_100_MS"},
	{4, "BR_CFM_CCM_INTERVAL_1_SEC"},
	{5, "BR_CFM_CCM_INTERVAL_10_SEC"},
	{6, "BR_CFM_CCM_INTERVAL_1_MIN"},
	{7, "BR_CFM_CCM_INTERVAL_10_MIN"},
}}
