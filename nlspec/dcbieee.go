package nlspec

// dcbIEEE is the contents of DCB_ATTR_IEEE (include/uapi/linux/dcbnl.h): IEEE
// 802.1Q, once 802.1Qaz and 802.1Qau.
var dcbIEEE = Set{
	1:  {Name: "DCB_ATTR_IEEE_ETS", Kind: Struct, Struct: ieeeETS},
	2:  {Name: "DCB_ATTR_IEEE_PFC", Kind: Struct, Struct: ieeePFC},
	3:  {Name: "DCB_ATTR_IEEE_APP_TABLE", Kind: Nested, Nest: dcbIEEEApps},
	4:  {Name: "DCB_ATTR_IEEE_PEER_ETS", Kind: Struct, Struct: ieeeETS},
	5:  {Name: "DCB_ATTR_IEEE_PEER_PFC", Kind: Struct, Struct: ieeePFC},
	6:  {Name: "DCB_ATTR_IEEE_PEER_APP", Kind: Nested, Nest: dcbIEEEApps},
	7:  {Name: "DCB_ATTR_IEEE_MAXRATE", Kind: Struct, Struct: ieeeMaxrate},
	8:  {Name: "DCB_ATTR_IEEE_QCN", Kind: Struct, Struct: ieeeQCN},
	9:  {Name: "DCB_ATTR_IEEE_QCN_STATS", Kind: Struct, Struct: ieeeQCNStats},
	10: {Name: "DCB_ATTR_DCB_BUFFER", Kind: Struct, Struct: dcbBuffer},
	11: {Name: "DCB_ATTR_DCB_APP_TRUST_TABLE", Kind: Nested, Nest: dcbAppTrust},
	12: {Name: "DCB_ATTR_DCB_REWR_TABLE", Kind: Nested, Nest: dcbIEEEApps},
}

// ieeeETS is DCB_ATTR_IEEE_ETS and DCB_ATTR_IEEE_PEER_ETS. Arrays have an
// element for each traffic class or priority.
var ieeeETS = &CStruct{Name: "ieee_ets", Fields: []Field{
	{Name: "willing", Kind: U8},
	{Name: "ets_cap", Kind: U8},
	{Name: "cbs", Kind: U8},
	{Name: "tc_tx_bw", Kind: Array, Elem: elemU8, Len: 8},
	{Name: "tc_rx_bw", Kind: Array, Elem: elemU8, Len: 8},
	{Name: "tc_tsa", Kind: Array, Elem: &elemTSA, Len: 8},
	{Name: "prio_tc", Kind: Array, Elem: elemU8, Len: 8},
	{Name: "tc_reco_bw", Kind: Array, Elem: elemU8, Len: 8},
	{Name: "tc_reco_tsa", Kind: Array, Elem: &elemTSA, Len: 8},
	{Name: "reco_prio_tc", Kind: Array, Elem: elemU8, Len: 8},
}}

// elemTSA is an element of tc_tsa: a transmission selection algorithm.
var elemTSA = Attr{Kind: U8, Values: &dcbTSAs}

// dcbTSAs is tc_tsa of struct ieee_ets.
var dcbTSAs = Values{Prefix: "IEEE_8021QAZ_TSA_", Consts: []Const{
	{0, "IEEE_8021QAZ_TSA_STRICT"},
	{1, "IEEE_8021QAZ_TSA_CB_SHAPER"},
	{2, "IEEE_8021QAZ_TSA_ETS"},
	{255, "IEEE_8021QAZ_TSA_VENDOR"},
}}

// ieeePFC is DCB_ATTR_IEEE_PFC and DCB_ATTR_IEEE_PEER_PFC.
var ieeePFC = &CStruct{Name: "ieee_pfc", Fields: []Field{
	{Name: "pfc_cap", Kind: U8},
	{Name: "pfc_en", Kind: U8},
	{Name: "mbc", Kind: U8},
	{Len: 1},
	{Name: "delay", Kind: U16},
	{Len: 2},
	{Name: "requests", Kind: Array, Elem: elemU64, Len: 64},
	{Name: "indications", Kind: Array, Elem: elemU64, Len: 64},
}}

// ieeeMaxrate is DCB_ATTR_IEEE_MAXRATE, in kbit/s.
var ieeeMaxrate = &CStruct{Name: "ieee_maxrate", Fields: []Field{
	{Name: "tc_maxrate", Kind: Array, Elem: elemU64, Len: 64},
}}

// ieeeQCN is DCB_ATTR_IEEE_QCN.
var ieeeQCN = &CStruct{Name: "ieee_qcn", Fields: []Field{
	{Name: "rpg_enable", Kind: Array, Elem: elemU8, Len: 8},
	{Name: "rppp_max_rps", Kind: Array, Elem: elemU32, Len: 32},
	{Name: "rpg_time_reset", Kind: Array, Elem: elemU32, Len: 32},
	{Name: "rpg_byte_reset", Kind: Array, Elem: elemU32, Len: 32},
	{Name: "rpg_threshold", Kind: Array, Elem: elemU32, Len: 32},
	{Name: "rpg_max_rate", Kind: Array, Elem: elemU32, Len: 32},
	{Name: "rpg_ai_rate", Kind: Array, Elem: elemU32, Len: 32},
	{Name: "rpg_hai_rate", Kind: Array, Elem: elemU32, Len: 32},
	{Name: "rpg_gd", Kind: Array, Elem: elemU32, Len: 32},
	{Name: "rpg_min_dec_fac", Kind: Array, Elem: elemU32, Len: 32},
	{Name: "rpg_min_rate", Kind: Array, Elem: elemU32, Len: 32},
	{Name: "cndd_state_machine", Kind: Array, Elem: &elemCNDD, Len: 32},
}}

// elemCNDD is an element of cndd_state_machine.
var elemCNDD = Attr{Kind: U32, Values: &dcbCNDDStates}

// dcbCNDDStates is enum dcbnl_cndd_states.
var dcbCNDDStates = Values{Prefix: "DCB_CNDD_", Consts: []Const{
	{0, "DCB_CNDD_RESET"},
	{1, "DCB_CNDD_EDGE"},
	{2, "DCB_CNDD_INTERIOR"},
	{3, "DCB_CNDD_INTERIOR_READY"},
}}

// ieeeQCNStats is DCB_ATTR_IEEE_QCN_STATS.
var ieeeQCNStats = &CStruct{Name: "ieee_qcn_stats", Fields: []Field{
	{Name: "rppp_rp_centiseconds", Kind: Array, Elem: elemU64, Len: 64},
	{Name: "rppp_created_rps", Kind: Array, Elem: elemU32, Len: 32},
}}

// dcbBuffer is DCB_ATTR_DCB_BUFFER. Sizes are in bytes.
var dcbBuffer = &CStruct{Name: "dcbnl_buffer", Fields: []Field{
	{Name: "prio2buffer", Kind: Array, Elem: elemU8, Len: 8},
	{Name: "buffer_size", Kind: Array, Elem: elemU32, Len: 32},
	{Name: "total_size", Kind: U32},
}}

// dcbIEEEApps is the contents of DCB_ATTR_IEEE_APP_TABLE,
// DCB_ATTR_IEEE_PEER_APP and DCB_ATTR_DCB_REWR_TABLE.
var dcbIEEEApps = Set{
	1: {Name: "DCB_ATTR_IEEE_APP", Kind: Struct, Struct: dcbAppEntry},
	2: {Name: "DCB_ATTR_DCB_APP", Kind: Struct, Struct: dcbAppEntry},
}

// dcbAppTrust is the contents of DCB_ATTR_DCB_APP_TRUST_TABLE.
var dcbAppTrust = Set{
	1: {Name: "DCB_ATTR_IEEE_APP", Kind: U8, Values: &dcbSelectors},
	2: {Name: "DCB_ATTR_DCB_APP", Kind: U8, Values: &dcbSelectors},
}

// dcbAppEntry is DCB_ATTR_IEEE_APP.
var dcbAppEntry = &CStruct{Name: "dcb_app", Fields: []Field{
	{Name: "selector", Kind: U8, Values: &dcbSelectors},
	{Name: "priority", Kind: U8},
	{Name: "protocol", Kind: U16},
}}

// dcbSelectors is the selector of struct dcb_app.
var dcbSelectors = Values{Prefix: "IEEE_8021QAZ_APP_SEL_", Consts: []Const{
	{1, "IEEE_8021QAZ_APP_SEL_ETHERTYPE"},
	{2, "IEEE_8021QAZ_APP_SEL_STREAM"},
	{3, "IEEE_8021QAZ_APP_SEL_DGRAM"},
	{4, "IEEE_8021QAZ_APP_SEL_ANY"},
	{5, "IEEE_8021QAZ_APP_SEL_DSCP"},
	{255, "DCB_APP_SEL_PCP"},
}}
