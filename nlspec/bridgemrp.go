package nlspec

// mrpAttrs is the contents of IFLA_BRIDGE_MRP (include/uapi/linux/if_bridge.h):
// the Media Redundancy Protocol, IEC 62439-2. The kernel answers only with
// IFLA_BRIDGE_MRP_INFO.
var mrpAttrs = Set{
	1:  {Name: "IFLA_BRIDGE_MRP_INSTANCE", Kind: Nested, Nest: mrpInstance},
	2:  {Name: "IFLA_BRIDGE_MRP_PORT_STATE", Kind: Nested, Nest: mrpPortState},
	3:  {Name: "IFLA_BRIDGE_MRP_PORT_ROLE", Kind: Nested, Nest: mrpPortRole},
	4:  {Name: "IFLA_BRIDGE_MRP_RING_STATE", Kind: Nested, Nest: mrpRingState},
	5:  {Name: "IFLA_BRIDGE_MRP_RING_ROLE", Kind: Nested, Nest: mrpRingRole},
	6:  {Name: "IFLA_BRIDGE_MRP_START_TEST", Kind: Nested, Nest: mrpStartTest},
	7:  {Name: "IFLA_BRIDGE_MRP_INFO", Kind: Nested, Nest: mrpInfo},
	8:  {Name: "IFLA_BRIDGE_MRP_IN_ROLE", Kind: Nested, Nest: mrpInRole},
	9:  {Name: "IFLA_BRIDGE_MRP_IN_STATE", Kind: Nested, Nest: mrpInState},
	10: {Name: "IFLA_BRIDGE_MRP_START_IN_TEST", Kind: Nested, Nest: mrpStartInTest},
}

// mrpInstance is the contents of IFLA_BRIDGE_MRP_INSTANCE.
var mrpInstance = Set{
	1: {Name: "IFLA_BRIDGE_MRP_INSTANCE_RING_ID", Kind: U32},
	2: {Name: "IFLA_BRIDGE_MRP_INSTANCE_P_IFINDEX", Kind: U32},
	3: {Name: "IFLA_BRIDGE_MRP_INSTANCE_S_IFINDEX", Kind: U32},
	4: {Name: "IFLA_BRIDGE_MRP_INSTANCE_PRIO", Kind: U16},
}

// mrpPortState is the contents of IFLA_BRIDGE_MRP_PORT_STATE.
var mrpPortState = Set{
	1: {Name: "IFLA_BRIDGE_MRP_PORT_STATE_STATE", Kind: U32, Values: &mrpPortStates},
}

// mrpPortRole is the contents of IFLA_BRIDGE_MRP_PORT_ROLE.
var mrpPortRole = Set{
	1: {Name: "IFLA_BRIDGE_MRP_PORT_ROLE_ROLE", Kind: U32, Values: &mrpPortRoles},
}

// mrpRingState is the contents of IFLA_BRIDGE_MRP_RING_STATE.
var mrpRingState = Set{
	1: {Name: "IFLA_BRIDGE_MRP_RING_STATE_RING_ID", Kind: U32},
	2: {Name: "IFLA_BRIDGE_MRP_RING_STATE_STATE", Kind: U32, Values: &mrpRingStates},
}

// mrpRingRole is the contents of IFLA_BRIDGE_MRP_RING_ROLE.
var mrpRingRole = Set{
	1: {Name: "IFLA_BRIDGE_MRP_RING_ROLE_RING_ID", Kind: U32},
	2: {Name: "IFLA_BRIDGE_MRP_RING_ROLE_ROLE", Kind: U32, Values: &mrpRingRoles},
}

// mrpStartTest is the contents of IFLA_BRIDGE_MRP_START_TEST. Times are in
// microseconds.
var mrpStartTest = Set{
	1: {Name: "IFLA_BRIDGE_MRP_START_TEST_RING_ID", Kind: U32},
	2: {Name: "IFLA_BRIDGE_MRP_START_TEST_INTERVAL", Kind: U32},
	3: {Name: "IFLA_BRIDGE_MRP_START_TEST_MAX_MISS", Kind: U32},
	4: {Name: "IFLA_BRIDGE_MRP_START_TEST_PERIOD", Kind: U32},
	5: {Name: "IFLA_BRIDGE_MRP_START_TEST_MONITOR", Kind: U32},
}

// mrpInfo is the contents of IFLA_BRIDGE_MRP_INFO, once for each ring.
var mrpInfo = Set{
	1:  {Name: "IFLA_BRIDGE_MRP_INFO_RING_ID", Kind: U32},
	2:  {Name: "IFLA_BRIDGE_MRP_INFO_P_IFINDEX", Kind: U32},
	3:  {Name: "IFLA_BRIDGE_MRP_INFO_S_IFINDEX", Kind: U32},
	4:  {Name: "IFLA_BRIDGE_MRP_INFO_PRIO", Kind: U16},
	5:  {Name: "IFLA_BRIDGE_MRP_INFO_RING_STATE", Kind: U32, Values: &mrpRingStates},
	6:  {Name: "IFLA_BRIDGE_MRP_INFO_RING_ROLE", Kind: U32, Values: &mrpRingRoles},
	7:  {Name: "IFLA_BRIDGE_MRP_INFO_TEST_INTERVAL", Kind: U32},
	8:  {Name: "IFLA_BRIDGE_MRP_INFO_TEST_MAX_MISS", Kind: U32},
	9:  {Name: "IFLA_BRIDGE_MRP_INFO_TEST_MONITOR", Kind: U32},
	10: {Name: "IFLA_BRIDGE_MRP_INFO_I_IFINDEX", Kind: U32},
	11: {Name: "IFLA_BRIDGE_MRP_INFO_IN_STATE", Kind: U32, Values: &mrpInStates},
	12: {Name: "IFLA_BRIDGE_MRP_INFO_IN_ROLE", Kind: U32, Values: &mrpInRoles},
	13: {Name: "IFLA_BRIDGE_MRP_INFO_IN_TEST_INTERVAL", Kind: U32},
	14: {Name: "IFLA_BRIDGE_MRP_INFO_IN_TEST_MAX_MISS", Kind: U32},
}

// mrpInRole is the contents of IFLA_BRIDGE_MRP_IN_ROLE.
var mrpInRole = Set{
	1: {Name: "IFLA_BRIDGE_MRP_IN_ROLE_RING_ID", Kind: U32},
	2: {Name: "IFLA_BRIDGE_MRP_IN_ROLE_IN_ID", Kind: U16},
	3: {Name: "IFLA_BRIDGE_MRP_IN_ROLE_ROLE", Kind: U32, Values: &mrpInRoles},
	4: {Name: "IFLA_BRIDGE_MRP_IN_ROLE_I_IFINDEX", Kind: U32},
}

// mrpInState is the contents of IFLA_BRIDGE_MRP_IN_STATE.
var mrpInState = Set{
	1: {Name: "IFLA_BRIDGE_MRP_IN_STATE_IN_ID", Kind: U32},
	2: {Name: "IFLA_BRIDGE_MRP_IN_STATE_STATE", Kind: U32, Values: &mrpInStates},
}

// mrpStartInTest is the contents of IFLA_BRIDGE_MRP_START_IN_TEST.
var mrpStartInTest = Set{
	1: {Name: "IFLA_BRIDGE_MRP_START_IN_TEST_IN_ID", Kind: U32},
	2: {Name: "IFLA_BRIDGE_MRP_START_IN_TEST_INTERVAL", Kind: U32},
	3: {Name: "IFLA_BRIDGE_MRP_START_IN_TEST_MAX_MISS", Kind: U32},
	4: {Name: "IFLA_BRIDGE_MRP_START_IN_TEST_PERIOD", Kind: U32},
}

// mrpPortStates is enum br_mrp_port_state_type
// (include/uapi/linux/mrp_bridge.h).
var mrpPortStates = Values{Prefix: "BR_MRP_PORT_STATE_", Consts: []Const{
	{0, "BR_MRP_PORT_STATE_DISABLED"},
	{1, "BR_MRP_PORT_STATE_BLOCKED"},
	{2, "BR_MRP_PORT_STATE_FORWARDING"},
	{3, "BR_MRP_PORT_STATE_NOT_CONNECTED"},
}}

// mrpPortRoles is enum br_mrp_port_role_type.
var mrpPortRoles = Values{Prefix: "BR_MRP_PORT_ROLE_", Consts: []Const{
	{0, "BR_MRP_PORT_ROLE_PRIMARY"},
	{1, "BR_MRP_PORT_ROLE_SECONDARY"},
	{2, "BR_MRP_PORT_ROLE_INTER"},
}}

// mrpRingStates is enum br_mrp_ring_state_type.
var mrpRingStates = Values{Prefix: "BR_MRP_RING_STATE_", Consts: []Const{
	{0, "BR_MRP_RING_STATE_OPEN"},
	{1, "BR_MRP_RING_STATE_CLOSED"},
}}

// mrpRingRoles is enum br_mrp_ring_role_type.
var mrpRingRoles = Values{Prefix: "BR_MRP_RING_ROLE_", Consts: []Const{
	{0, "BR_MRP_RING_ROLE_DISABLED"},
	{1, "BR_MRP_RING_ROLE_MRC"},
	{2, "BR_MRP_RING_ROLE_MRM"},
	{3, "BR_MRP_RING_ROLE_MRA"},
}}

// mrpInStates is enum br_mrp_in_state_type.
var mrpInStates = Values{Prefix: "BR_MRP_IN_STATE_", Consts: []Const{
	{0, "BR_MRP_IN_STATE_OPEN"},
	{1, "BR_MRP_IN_STATE_CLOSED"},
}}

// mrpInRoles is enum br_mrp_in_role_type.
var mrpInRoles = Values{Prefix: "BR_MRP_IN_ROLE_", Consts: []Const{
	{0, "BR_MRP_IN_ROLE_DISABLED"},
	{1, "BR_MRP_IN_ROLE_MIC"},
	{2, "BR_MRP_IN_ROLE_MIM"},
}}
