package nlspec

// dcbCEE is the contents of DCB_ATTR_CEE (include/uapi/linux/dcbnl.h):
// Converged Enhanced Ethernet, from before the standard.
var dcbCEE = Set{
	1: {Name: "DCB_ATTR_CEE_PEER_PG", Kind: Struct, Struct: ceePG},
	2: {Name: "DCB_ATTR_CEE_PEER_PFC", Kind: Struct, Struct: ceePFC},
	3: {Name: "DCB_ATTR_CEE_PEER_APP_TABLE", Kind: Nested, Nest: dcbCEEPeerApps},
	4: {Name: "DCB_ATTR_CEE_TX_PG", Kind: Nested, Nest: dcbPG},
	5: {Name: "DCB_ATTR_CEE_RX_PG", Kind: Nested, Nest: dcbPG},
	6: {Name: "DCB_ATTR_CEE_PFC", Kind: Nested, Nest: dcbPFC},
	7: {Name: "DCB_ATTR_CEE_APP_TABLE", Kind: Nested, Nest: dcbCEEApps},
	8: {Name: "DCB_ATTR_CEE_FEAT", Kind: Nested, Nest: dcbFeatures},
}

// ceePG is DCB_ATTR_CEE_PEER_PG. pg_bw is a percentage for each priority group,
// prio_pg the group of each priority.
var ceePG = &CStruct{Name: "cee_pg", Fields: []Field{
	{Name: "willing", Kind: U8},
	{Name: "error", Kind: U8},
	{Name: "pg_en", Kind: U8},
	{Name: "tcs_supported", Kind: U8},
	{Name: "pg_bw", Kind: Array, Elem: elemU8, Len: 8},
	{Name: "prio_pg", Kind: Array, Elem: elemU8, Len: 8},
}}

// ceePFC is DCB_ATTR_CEE_PEER_PFC.
var ceePFC = &CStruct{Name: "cee_pfc", Fields: []Field{
	{Name: "willing", Kind: U8},
	{Name: "error", Kind: U8},
	{Name: "pfc_en", Kind: U8},
	{Name: "tcs_supported", Kind: U8},
}}

// dcbPeerAppInfo is DCB_ATTR_CEE_PEER_APP_INFO.
var dcbPeerAppInfo = &CStruct{Name: "dcb_peer_app_info", Fields: []Field{
	{Name: "willing", Kind: U8},
	{Name: "error", Kind: U8},
}}

// dcbCEEApps is the contents of DCB_ATTR_CEE_APP_TABLE.
var dcbCEEApps = Set{
	12: {Name: "DCB_ATTR_APP", Kind: Nested, Nest: dcbApp},
}

// dcbCEEPeerApps is the contents of DCB_ATTR_CEE_PEER_APP_TABLE.
var dcbCEEPeerApps = Set{
	1: {Name: "DCB_ATTR_CEE_PEER_APP_INFO", Kind: Struct, Struct: dcbPeerAppInfo},
	2: {Name: "DCB_ATTR_CEE_PEER_APP", Kind: Struct, Struct: dcbAppEntry},
}

// dcbBCN is the contents of DCB_ATTR_BCN: Backward Congestion Notification.
var dcbBCN = Set{
	1:  {Name: "DCB_BCN_ATTR_RP_0", Kind: U8},
	2:  {Name: "DCB_BCN_ATTR_RP_1", Kind: U8},
	3:  {Name: "DCB_BCN_ATTR_RP_2", Kind: U8},
	4:  {Name: "DCB_BCN_ATTR_RP_3", Kind: U8},
	5:  {Name: "DCB_BCN_ATTR_RP_4", Kind: U8},
	6:  {Name: "DCB_BCN_ATTR_RP_5", Kind: U8},
	7:  {Name: "DCB_BCN_ATTR_RP_6", Kind: U8},
	8:  {Name: "DCB_BCN_ATTR_RP_7", Kind: U8},
	9:  {Name: "DCB_BCN_ATTR_RP_ALL", Kind: Flag},
	10: {Name: "DCB_BCN_ATTR_BCNA_0", Kind: U32},
	11: {Name: "DCB_BCN_ATTR_BCNA_1", Kind: U32},
	12: {Name: "DCB_BCN_ATTR_ALPHA", Kind: U32},
	13: {Name: "DCB_BCN_ATTR_BETA", Kind: U32},
	14: {Name: "DCB_BCN_ATTR_GD", Kind: U32},
	15: {Name: "DCB_BCN_ATTR_GI", Kind: U32},
	16: {Name: "DCB_BCN_ATTR_TMAX", Kind: U32},
	17: {Name: "DCB_BCN_ATTR_TD", Kind: U32},
	18: {Name: "DCB_BCN_ATTR_RMIN", Kind: U32},
	19: {Name: "DCB_BCN_ATTR_W", Kind: U32},
	20: {Name: "DCB_BCN_ATTR_RD", Kind: U32},
	21: {Name: "DCB_BCN_ATTR_RU", Kind: U32},
	22: {Name: "DCB_BCN_ATTR_WRTT", Kind: U32},
	23: {Name: "DCB_BCN_ATTR_RI", Kind: U32},
	24: {Name: "DCB_BCN_ATTR_C", Kind: U32},
	25: {Name: "DCB_BCN_ATTR_ALL", Kind: Flag},
}
