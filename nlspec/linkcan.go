package nlspec

// canAttrs is a CAN device's IFLA_INFO_DATA (include/uapi/linux/can/netlink.h).
var canAttrs = Set{
	1:  {Name: "IFLA_CAN_BITTIMING", Kind: Struct, Struct: canBittiming},
	2:  {Name: "IFLA_CAN_BITTIMING_CONST", Kind: Struct, Struct: canBittimingConst},
	3:  {Name: "IFLA_CAN_CLOCK", Kind: Struct, Struct: canClock},
	4:  {Name: "IFLA_CAN_STATE", Kind: U32, Values: &canStates},
	5:  {Name: "IFLA_CAN_CTRLMODE", Kind: Struct, Struct: canCtrlmode},
	6:  {Name: "IFLA_CAN_RESTART_MS", Kind: U32},
	7:  {Name: "IFLA_CAN_RESTART", Kind: U32},
	8:  {Name: "IFLA_CAN_BERR_COUNTER", Kind: Struct, Struct: canBerrCounter},
	9:  {Name: "IFLA_CAN_DATA_BITTIMING", Kind: Struct, Struct: canBittiming},
	10: {Name: "IFLA_CAN_DATA_BITTIMING_CONST", Kind: Struct, Struct: canBittimingConst},
	11: {Name: "IFLA_CAN_TERMINATION", Kind: U16, Values: &canTerminations},
	12: {Name: "IFLA_CAN_TERMINATION_CONST", Kind: Array, Elem: elemU16},
	13: {Name: "IFLA_CAN_BITRATE_CONST", Kind: Array, Elem: elemU32},
	14: {Name: "IFLA_CAN_DATA_BITRATE_CONST", Kind: Array, Elem: elemU32},
	15: {Name: "IFLA_CAN_BITRATE_MAX", Kind: U32},
	16: {Name: "IFLA_CAN_TDC", Kind: Nested, Nest: canTDC},
	17: {Name: "IFLA_CAN_CTRLMODE_EXT", Kind: Nested, Nest: canCtrlmodeExt},
	18: {Name: "IFLA_CAN_XL_DATA_BITTIMING", Kind: Struct, Struct: canBittiming},
	19: {Name: "IFLA_CAN_XL_DATA_BITTIMING_CONST", Kind: Struct, Struct: canBittimingConst},
	20: {Name: "IFLA_CAN_XL_DATA_BITRATE_CONST", Kind: Array, Elem: elemU32},
	21: {Name: "IFLA_CAN_XL_TDC", Kind: Nested, Nest: canTDC},
	22: {Name: "IFLA_CAN_XL_PWM", Kind: Nested, Nest: canPWM},
}

// canTDC is the contents of IFLA_CAN_TDC and IFLA_CAN_XL_TDC.
var canTDC = Set{
	1: {Name: "IFLA_CAN_TDC_TDCV_MIN", Kind: U32},
	2: {Name: "IFLA_CAN_TDC_TDCV_MAX", Kind: U32},
	3: {Name: "IFLA_CAN_TDC_TDCO_MIN", Kind: U32},
	4: {Name: "IFLA_CAN_TDC_TDCO_MAX", Kind: U32},
	5: {Name: "IFLA_CAN_TDC_TDCF_MIN", Kind: U32},
	6: {Name: "IFLA_CAN_TDC_TDCF_MAX", Kind: U32},
	7: {Name: "IFLA_CAN_TDC_TDCV", Kind: U32},
	8: {Name: "IFLA_CAN_TDC_TDCO", Kind: U32},
	9: {Name: "IFLA_CAN_TDC_TDCF", Kind: U32},
}

// canPWM is the contents of IFLA_CAN_XL_PWM.
var canPWM = Set{
	1: {Name: "IFLA_CAN_PWM_PWMS_MIN", Kind: U32},
	2: {Name: "IFLA_CAN_PWM_PWMS_MAX", Kind: U32},
	3: {Name: "IFLA_CAN_PWM_PWML_MIN", Kind: U32},
	4: {Name: "IFLA_CAN_PWM_PWML_MAX", Kind: U32},
	5: {Name: "IFLA_CAN_PWM_PWMO_MIN", Kind: U32},
	6: {Name: "IFLA_CAN_PWM_PWMO_MAX", Kind: U32},
	7: {Name: "IFLA_CAN_PWM_PWMS", Kind: U32},
	8: {Name: "IFLA_CAN_PWM_PWML", Kind: U32},
	9: {Name: "IFLA_CAN_PWM_PWMO", Kind: U32},
}

// canCtrlmodeExt is the contents of IFLA_CAN_CTRLMODE_EXT.
var canCtrlmodeExt = Set{
	1: {Name: "IFLA_CAN_CTRLMODE_SUPPORTED", Kind: U32, Values: &canCtrlmodes},
}

// canBittiming is IFLA_CAN_BITTIMING. The bit rate is in bit/s, the sample
// point in tenths of a percent, a time quantum (tq) in nanoseconds.
var canBittiming = &CStruct{Name: "can_bittiming", Fields: []Field{
	{Name: "bitrate", Kind: U32},
	{Name: "sample_point", Kind: U32},
	{Name: "tq", Kind: U32},
	{Name: "prop_seg", Kind: U32},
	{Name: "phase_seg1", Kind: U32},
	{Name: "phase_seg2", Kind: U32},
	{Name: "sjw", Kind: U32},
	{Name: "brp", Kind: U32},
}}

// canBittimingConst is IFLA_CAN_BITTIMING_CONST.
var canBittimingConst = &CStruct{Name: "can_bittiming_const", Fields: []Field{
	{Name: "name", Kind: String, Len: 16},
	{Name: "tseg1_min", Kind: U32},
	{Name: "tseg1_max", Kind: U32},
	{Name: "tseg2_min", Kind: U32},
	{Name: "tseg2_max", Kind: U32},
	{Name: "sjw_max", Kind: U32},
	{Name: "brp_min", Kind: U32},
	{Name: "brp_max", Kind: U32},
	{Name: "brp_inc", Kind: U32},
}}

// canClock is IFLA_CAN_CLOCK, in hertz.
var canClock = &CStruct{Name: "can_clock", Fields: []Field{
	{Name: "freq", Kind: U32},
}}

// canCtrlmode is IFLA_CAN_CTRLMODE.
var canCtrlmode = &CStruct{Name: "can_ctrlmode", Fields: []Field{
	{Name: "mask", Kind: U32, Values: &canCtrlmodes},
	{Name: "flags", Kind: U32, Values: &canCtrlmodes},
}}

// canBerrCounter is IFLA_CAN_BERR_COUNTER.
var canBerrCounter = &CStruct{Name: "can_berr_counter", Fields: []Field{
	{Name: "txerr", Kind: U16},
	{Name: "rxerr", Kind: U16},
}}

// canDeviceStats is a CAN device's IFLA_INFO_XSTATS.
var canDeviceStats = &CStruct{Name: "can_device_stats", Fields: []Field{
	{Name: "bus_error", Kind: U32},
	{Name: "error_warning", Kind: U32},
	{Name: "error_passive", Kind: U32},
	{Name: "bus_off", Kind: U32},
	{Name: "arbitration_lost", Kind: U32},
	{Name: "restarts", Kind: U32},
}}

// canTerminations is IFLA_CAN_TERMINATION, which is in ohms.
var canTerminations = Values{Prefix: "CAN_TERMINATION_", Consts: []Const{
	{0, "CAN_TERMINATION_DISABLED"},
}}

// canStates is enum can_state.
var canStates = Values{Prefix: "CAN_STATE_", Consts: []Const{
	{0, "CAN_STATE_ERROR_ACTIVE"},
	{1, "CAN_STATE_ERROR_WARNING"},
	{2, "CAN_STATE_ERROR_PASSIVE"},
	{3, "CAN_STATE_BUS_OFF"},
	{4, "CAN_STATE_STOPPED"},
	{5, "CAN_STATE_SLEEPING"},
}}

// canCtrlmodes is the flags of struct can_ctrlmode.
var canCtrlmodes = Values{Prefix: "CAN_CTRLMODE_", Bits: true, Consts: []Const{
	{1 << 0, "CAN_CTRLMODE_LOOPBACK"},
	{1 << 1, "CAN_CTRLMODE_LISTENONLY"},
	{1 << 2, "CAN_CTRLMODE_3_SAMPLES"},
	{1 << 3, "CAN_CTRLMODE_ONE_SHOT"},
	{1 << 4, "CAN_CTRLMODE_BERR_REPORTING"},
	{1 << 5, "CAN_CTRLMODE_FD"},
	{1 << 6, "CAN_CTRLMODE_PRESUME_ACK"},
	{1 << 7, "CAN_CTRLMODE_FD_NON_ISO"},
	{1 << 8, "CAN_CTRLMODE_CC_LEN8_DLC"},
	{1 << 9, "CAN_CTRLMODE_TDC_AUTO"},
	{1 << 10, "CAN_CTRLMODE_TDC_MANUAL"},
	{1 << 11, "CAN_CTRLMODE_RESTRICTED"},
	{1 << 12, "CAN_CTRLMODE_XL"},
	{1 << 13, "CAN_CTRLMODE_XL_TDC_AUTO"},
	{1 << 14, "CAN_CTRLMODE_XL_TDC_MANUAL"},
	{1 << 15, "CAN_CTRLMODE_XL_TMS"},
}}
