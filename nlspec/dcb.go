package nlspec

// dcbmsg is the header of Data Center Bridging messages
// (include/uapi/linux/dcbnl.h).
var dcbmsg = &CStruct{Name: "dcbmsg", Fields: []Field{
	{Name: "dcb_family", Kind: U8, Values: &families},
	{Name: "cmd", Kind: U8, Values: &dcbCommands},
	{Len: 2},
}}

// dcbStatus selects a status byte, 0 for success, which the answer to an
// RTM_SETDCB has instead of a nest (net/dcb/dcbnl.c). Flags cannot decide,
// because the answer has those of the request.
var dcbStatus = Selector{What: ByLength, Cases: []Case{{Number: 1, Attr: elemU8}}}

// dcbHWAddr selects a flag for DCB_ATTR_PERM_HWADDR, which is empty in a
// request.
var dcbHWAddr = Selector{What: ByLength, Cases: []Case{{Number: 0, Attr: &Attr{Kind: Flag}}}}

// dcbAttrs is the attributes after struct dcbmsg.
var dcbAttrs = Set{
	1:  {Name: "DCB_ATTR_IFNAME", Kind: String},
	2:  {Name: "DCB_ATTR_STATE", Kind: U8},
	3:  {Name: "DCB_ATTR_PFC_STATE", Kind: U8},
	4:  {Name: "DCB_ATTR_PFC_CFG", Kind: Nested, Nest: dcbPFC, By: &dcbStatus},
	5:  {Name: "DCB_ATTR_NUM_TC", Kind: U8},
	6:  {Name: "DCB_ATTR_PG_CFG", Kind: Nested, Nest: dcbPG, By: &dcbStatus},
	7:  {Name: "DCB_ATTR_SET_ALL", Kind: U8},
	8:  {Name: "DCB_ATTR_PERM_HWADDR", Kind: LLAddr, By: &dcbHWAddr},
	9:  {Name: "DCB_ATTR_CAP", Kind: Nested, Nest: dcbCap},
	10: {Name: "DCB_ATTR_NUMTCS", Kind: Nested, Nest: dcbNumTCs, By: &dcbStatus},
	11: {Name: "DCB_ATTR_BCN", Kind: Nested, Nest: dcbBCN, By: &dcbStatus},
	12: {Name: "DCB_ATTR_APP", Kind: Nested, Nest: dcbApp, By: &dcbStatus},
	13: {Name: "DCB_ATTR_IEEE", Kind: Nested, Nest: dcbIEEE, By: &dcbStatus},
	14: {Name: "DCB_ATTR_DCBX", Kind: U8, Values: &dcbxModes},
	15: {Name: "DCB_ATTR_FEATCFG", Kind: Nested, Nest: dcbFeatures, By: &dcbStatus},
	16: {Name: "DCB_ATTR_CEE", Kind: Nested, Nest: dcbCEE},
}

// dcbCommands is enum dcbnl_commands.
var dcbCommands = Values{Prefix: "DCB_CMD_", Consts: []Const{
	{0, "DCB_CMD_UNDEFINED"},
	{1, "DCB_CMD_GSTATE"},
	{2, "DCB_CMD_SSTATE"},
	{3, "DCB_CMD_PGTX_GCFG"},
	{4, "DCB_CMD_PGTX_SCFG"},
	{5, "DCB_CMD_PGRX_GCFG"},
	{6, "DCB_CMD_PGRX_SCFG"},
	{7, "DCB_CMD_PFC_GCFG"},
	{8, "DCB_CMD_PFC_SCFG"},
	{9, "DCB_CMD_SET_ALL"},
	{10, "DCB_CMD_GPERM_HWADDR"},
	{11, "DCB_CMD_GCAP"},
	{12, "DCB_CMD_GNUMTCS"},
	{13, "DCB_CMD_SNUMTCS"},
	{14, "DCB_CMD_PFC_GSTATE"},
	{15, "DCB_CMD_PFC_SSTATE"},
	{16, "DCB_CMD_BCN_GCFG"},
	{17, "DCB_CMD_BCN_SCFG"},
	{18, "DCB_CMD_GAPP"},
	{19, "DCB_CMD_SAPP"},
	{20, "DCB_CMD_IEEE_SET"},
	{21, "DCB_CMD_IEEE_GET"},
	{22, "DCB_CMD_GDCBX"},
	{23, "DCB_CMD_SDCBX"},
	{24, "DCB_CMD_GFEATCFG"},
	{25, "DCB_CMD_SFEATCFG"},
	{26, "DCB_CMD_CEE_GET"},
	{27, "DCB_CMD_IEEE_DEL"},
}}

// dcbPFC is the contents of DCB_ATTR_PFC_CFG and DCB_ATTR_CEE_PFC.
var dcbPFC = Set{
	1: {Name: "DCB_PFC_UP_ATTR_0", Kind: U8},
	2: {Name: "DCB_PFC_UP_ATTR_1", Kind: U8},
	3: {Name: "DCB_PFC_UP_ATTR_2", Kind: U8},
	4: {Name: "DCB_PFC_UP_ATTR_3", Kind: U8},
	5: {Name: "DCB_PFC_UP_ATTR_4", Kind: U8},
	6: {Name: "DCB_PFC_UP_ATTR_5", Kind: U8},
	7: {Name: "DCB_PFC_UP_ATTR_6", Kind: U8},
	8: {Name: "DCB_PFC_UP_ATTR_7", Kind: U8},
	9: {Name: "DCB_PFC_UP_ATTR_ALL", Kind: Flag},
}

// dcbPG is the contents of DCB_ATTR_PG_CFG, DCB_ATTR_CEE_TX_PG and
// DCB_ATTR_CEE_RX_PG: traffic classes and priority groups.
var dcbPG = Set{
	1:  {Name: "DCB_PG_ATTR_TC_0", Kind: Nested, Nest: dcbTC},
	2:  {Name: "DCB_PG_ATTR_TC_1", Kind: Nested, Nest: dcbTC},
	3:  {Name: "DCB_PG_ATTR_TC_2", Kind: Nested, Nest: dcbTC},
	4:  {Name: "DCB_PG_ATTR_TC_3", Kind: Nested, Nest: dcbTC},
	5:  {Name: "DCB_PG_ATTR_TC_4", Kind: Nested, Nest: dcbTC},
	6:  {Name: "DCB_PG_ATTR_TC_5", Kind: Nested, Nest: dcbTC},
	7:  {Name: "DCB_PG_ATTR_TC_6", Kind: Nested, Nest: dcbTC},
	8:  {Name: "DCB_PG_ATTR_TC_7", Kind: Nested, Nest: dcbTC},
	9:  {Name: "DCB_PG_ATTR_TC_MAX", Kind: Nested, Nest: dcbTC},
	10: {Name: "DCB_PG_ATTR_TC_ALL", Kind: Nested, Nest: dcbTC},
	11: {Name: "DCB_PG_ATTR_BW_ID_0", Kind: U8},
	12: {Name: "DCB_PG_ATTR_BW_ID_1", Kind: U8},
	13: {Name: "DCB_PG_ATTR_BW_ID_2", Kind: U8},
	14: {Name: "DCB_PG_ATTR_BW_ID_3", Kind: U8},
	15: {Name: "DCB_PG_ATTR_BW_ID_4", Kind: U8},
	16: {Name: "DCB_PG_ATTR_BW_ID_5", Kind: U8},
	17: {Name: "DCB_PG_ATTR_BW_ID_6", Kind: U8},
	18: {Name: "DCB_PG_ATTR_BW_ID_7", Kind: U8},
	19: {Name: "DCB_PG_ATTR_BW_ID_MAX", Kind: U8},
	20: {Name: "DCB_PG_ATTR_BW_ID_ALL", Kind: Flag},
}

// dcbTC is the contents of DCB_PG_ATTR_TC_0 and the like.
var dcbTC = Set{
	1: {Name: "DCB_TC_ATTR_PARAM_PGID", Kind: U8},
	2: {Name: "DCB_TC_ATTR_PARAM_UP_MAPPING", Kind: U8},
	3: {Name: "DCB_TC_ATTR_PARAM_STRICT_PRIO", Kind: U8},
	4: {Name: "DCB_TC_ATTR_PARAM_BW_PCT", Kind: U8},
	5: {Name: "DCB_TC_ATTR_PARAM_ALL", Kind: Flag},
}

// dcbCap is the contents of DCB_ATTR_CAP.
var dcbCap = Set{
	1: {Name: "DCB_CAP_ATTR_ALL", Kind: Flag},
	2: {Name: "DCB_CAP_ATTR_PG", Kind: U8},
	3: {Name: "DCB_CAP_ATTR_PFC", Kind: U8},
	4: {Name: "DCB_CAP_ATTR_UP2TC", Kind: U8},
	5: {Name: "DCB_CAP_ATTR_PG_TCS", Kind: U8},
	6: {Name: "DCB_CAP_ATTR_PFC_TCS", Kind: U8},
	7: {Name: "DCB_CAP_ATTR_GSP", Kind: U8},
	8: {Name: "DCB_CAP_ATTR_BCN", Kind: U8},
	9: {Name: "DCB_CAP_ATTR_DCBX", Kind: U8, Values: &dcbxModes},
}

// dcbNumTCs is the contents of DCB_ATTR_NUMTCS.
var dcbNumTCs = Set{
	1: {Name: "DCB_NUMTCS_ATTR_ALL", Kind: Flag},
	2: {Name: "DCB_NUMTCS_ATTR_PG", Kind: U8},
	3: {Name: "DCB_NUMTCS_ATTR_PFC", Kind: U8},
}

// dcbApp is the contents of DCB_ATTR_APP.
var dcbApp = Set{
	1: {Name: "DCB_APP_ATTR_IDTYPE", Kind: U8, Values: &dcbAppIDTypes},
	2: {Name: "DCB_APP_ATTR_ID", Kind: U16},
	3: {Name: "DCB_APP_ATTR_PRIORITY", Kind: U8},
}

// dcbFeatures is the contents of DCB_ATTR_FEATCFG and DCB_ATTR_CEE_FEAT.
var dcbFeatures = Set{
	1: {Name: "DCB_FEATCFG_ATTR_ALL", Kind: Flag},
	2: {Name: "DCB_FEATCFG_ATTR_PG", Kind: U8, Values: &dcbFeatureBits},
	3: {Name: "DCB_FEATCFG_ATTR_PFC", Kind: U8, Values: &dcbFeatureBits},
	4: {Name: "DCB_FEATCFG_ATTR_APP", Kind: U8, Values: &dcbFeatureBits},
}

// dcbFeatureBits is DCB_FEATCFG_ATTR_PG and the like.
var dcbFeatureBits = Values{Prefix: "DCB_FEATCFG_", Bits: true, Consts: []Const{
	{1 << 0, "DCB_FEATCFG_ERROR"},
	{1 << 1, "DCB_FEATCFG_ENABLE"},
	{1 << 2, "DCB_FEATCFG_WILLING"},
	{1 << 3, "DCB_FEATCFG_ADVERTISE"},
}}

// dcbxModes is DCB_ATTR_DCBX and DCB_CAP_ATTR_DCBX.
var dcbxModes = Values{Prefix: "DCB_CAP_DCBX_", Bits: true, Consts: []Const{
	{1 << 0, "DCB_CAP_DCBX_HOST"},
	{1 << 1, "DCB_CAP_DCBX_LLD_MANAGED"},
	{1 << 2, "DCB_CAP_DCBX_VER_CEE"},
	{1 << 3, "DCB_CAP_DCBX_VER_IEEE"},
	{1 << 4, "DCB_CAP_DCBX_STATIC"},
}}

// dcbAppIDTypes is DCB_APP_ATTR_IDTYPE.
var dcbAppIDTypes = Values{Prefix: "DCB_APP_IDTYPE_", Consts: []Const{
	{0, "DCB_APP_IDTYPE_ETHTYPE"},
	{1, "DCB_APP_IDTYPE_PORTNUM"},
}}
