package nlspec

// ipElem is the grammar of an element that is an IP address.
var ipElem = Attr{Kind: IP}

// bondAttrs is a bond's IFLA_INFO_DATA (include/uapi/linux/if_link.h). Times
// are in milliseconds.
var bondAttrs = Set{
	1:  {Name: "IFLA_BOND_MODE", Kind: U8, Values: &bondModes},
	2:  {Name: "IFLA_BOND_ACTIVE_SLAVE", Kind: U32},
	3:  {Name: "IFLA_BOND_MIIMON", Kind: U32},
	4:  {Name: "IFLA_BOND_UPDELAY", Kind: U32},
	5:  {Name: "IFLA_BOND_DOWNDELAY", Kind: U32},
	6:  {Name: "IFLA_BOND_USE_CARRIER", Kind: U8},
	7:  {Name: "IFLA_BOND_ARP_INTERVAL", Kind: U32},
	8:  {Name: "IFLA_BOND_ARP_IP_TARGET", Kind: List, Elem: &ipElem},
	9:  {Name: "IFLA_BOND_ARP_VALIDATE", Kind: U32},
	10: {Name: "IFLA_BOND_ARP_ALL_TARGETS", Kind: U32},
	11: {Name: "IFLA_BOND_PRIMARY", Kind: U32},
	12: {Name: "IFLA_BOND_PRIMARY_RESELECT", Kind: U8},
	13: {Name: "IFLA_BOND_FAIL_OVER_MAC", Kind: U8},
	14: {Name: "IFLA_BOND_XMIT_HASH_POLICY", Kind: U8, Values: &bondXmitPolicies},
	15: {Name: "IFLA_BOND_RESEND_IGMP", Kind: U32},
	16: {Name: "IFLA_BOND_NUM_PEER_NOTIF", Kind: U8},
	17: {Name: "IFLA_BOND_ALL_SLAVES_ACTIVE", Kind: U8},
	18: {Name: "IFLA_BOND_MIN_LINKS", Kind: U32},
	19: {Name: "IFLA_BOND_LP_INTERVAL", Kind: U32},
	20: {Name: "IFLA_BOND_PACKETS_PER_SLAVE", Kind: U32},
	21: {Name: "IFLA_BOND_AD_LACP_RATE", Kind: U8},
	22: {Name: "IFLA_BOND_AD_SELECT", Kind: U8},
	23: {Name: "IFLA_BOND_AD_INFO", Kind: Nested, Nest: bondADInfo},
	24: {Name: "IFLA_BOND_AD_ACTOR_SYS_PRIO", Kind: U16},
	25: {Name: "IFLA_BOND_AD_USER_PORT_KEY", Kind: U16},
	26: {Name: "IFLA_BOND_AD_ACTOR_SYSTEM", Kind: LLAddr},
	27: {Name: "IFLA_BOND_TLB_DYNAMIC_LB", Kind: U8},
	28: {Name: "IFLA_BOND_PEER_NOTIF_DELAY", Kind: U32},
	29: {Name: "IFLA_BOND_AD_LACP_ACTIVE", Kind: U8},
	30: {Name: "IFLA_BOND_MISSED_MAX", Kind: U8},
	31: {Name: "IFLA_BOND_NS_IP6_TARGET", Kind: List, Elem: &ipElem},
	32: {Name: "IFLA_BOND_COUPLED_CONTROL", Kind: U8},
	33: {Name: "IFLA_BOND_BROADCAST_NEIGH", Kind: U8},
	34: {Name: "IFLA_BOND_LACP_STRICT", Kind: U8},
}

// bondADInfo is the contents of IFLA_BOND_AD_INFO.
var bondADInfo = Set{
	1: {Name: "IFLA_BOND_AD_INFO_AGGREGATOR", Kind: U16},
	2: {Name: "IFLA_BOND_AD_INFO_NUM_PORTS", Kind: U16},
	3: {Name: "IFLA_BOND_AD_INFO_ACTOR_KEY", Kind: U16},
	4: {Name: "IFLA_BOND_AD_INFO_PARTNER_KEY", Kind: U16},
	5: {Name: "IFLA_BOND_AD_INFO_PARTNER_MAC", Kind: LLAddr},
}

// bondSlaveAttrs is the IFLA_INFO_SLAVE_DATA of a bond's port.
var bondSlaveAttrs = Set{
	1:  {Name: "IFLA_BOND_SLAVE_STATE", Kind: U8, Values: &bondStates},
	2:  {Name: "IFLA_BOND_SLAVE_MII_STATUS", Kind: U8, Values: &bondLinks},
	3:  {Name: "IFLA_BOND_SLAVE_LINK_FAILURE_COUNT", Kind: U32},
	4:  {Name: "IFLA_BOND_SLAVE_PERM_HWADDR", Kind: LLAddr},
	5:  {Name: "IFLA_BOND_SLAVE_QUEUE_ID", Kind: U16},
	6:  {Name: "IFLA_BOND_SLAVE_AD_AGGREGATOR_ID", Kind: U16},
	7:  {Name: "IFLA_BOND_SLAVE_AD_ACTOR_OPER_PORT_STATE", Kind: U8, Values: &lacpStates},
	8:  {Name: "IFLA_BOND_SLAVE_AD_PARTNER_OPER_PORT_STATE", Kind: U16, Values: &lacpStates},
	9:  {Name: "IFLA_BOND_SLAVE_PRIO", Kind: S32},
	10: {Name: "IFLA_BOND_SLAVE_ACTOR_PORT_PRIO", Kind: U16},
	11: {Name: "IFLA_BOND_SLAVE_AD_CHURN_ACTOR_STATE", Kind: U8, Values: &bondChurns},
	12: {Name: "IFLA_BOND_SLAVE_AD_CHURN_PARTNER_STATE", Kind: U8, Values: &bondChurns},
}

// bondModes is IFLA_BOND_MODE (include/uapi/linux/if_bonding.h).
var bondModes = Values{Prefix: "BOND_MODE_", Consts: []Const{
	{0, "BOND_MODE_ROUNDROBIN"},
	{1, "BOND_MODE_ACTIVEBACKUP"},
	{2, "BOND_MODE_XOR"},
	{3, "BOND_MODE_BROADCAST"},
	{4, "BOND_MODE_8023AD"},
	{5, "BOND_MODE_TLB"},
	{6, "BOND_MODE_ALB"},
}}

// bondXmitPolicies is IFLA_BOND_XMIT_HASH_POLICY.
var bondXmitPolicies = Values{Prefix: "BOND_XMIT_POLICY_", Consts: []Const{
	{0, "BOND_XMIT_POLICY_LAYER2"},
	{1, "BOND_XMIT_POLICY_LAYER34"},
	{2, "BOND_XMIT_POLICY_LAYER23"},
	{3, "BOND_XMIT_POLICY_ENCAP23"},
	{4, "BOND_XMIT_POLICY_ENCAP34"},
	{5, "BOND_XMIT_POLICY_VLAN_SRCMAC"},
}}

// bondStates is IFLA_BOND_SLAVE_STATE.
var bondStates = Values{Prefix: "BOND_STATE_", Consts: []Const{
	{0, "BOND_STATE_ACTIVE"},
	{1, "BOND_STATE_BACKUP"},
}}

// bondLinks is IFLA_BOND_SLAVE_MII_STATUS.
var bondLinks = Values{Prefix: "BOND_LINK_", Consts: []Const{
	{0, "BOND_LINK_UP"},
	{1, "BOND_LINK_FAIL"},
	{2, "BOND_LINK_DOWN"},
	{3, "BOND_LINK_BACK"},
}}

// lacpStates is the state of an 802.3ad port (IEEE 802.3-2008, 43.4.2.2).
var lacpStates = Values{Prefix: "LACP_STATE_", Bits: true, Consts: []Const{
	{1 << 0, "LACP_STATE_LACP_ACTIVITY"},
	{1 << 1, "LACP_STATE_LACP_TIMEOUT"},
	{1 << 2, "LACP_STATE_AGGREGATION"},
	{1 << 3, "LACP_STATE_SYNCHRONIZATION"},
	{1 << 4, "LACP_STATE_COLLECTING"},
	{1 << 5, "LACP_STATE_DISTRIBUTING"},
	{1 << 6, "LACP_STATE_DEFAULTED"},
	{1 << 7, "LACP_STATE_EXPIRED"},
}}

// bondChurns is the state of a churn machine (include/net/bond_3ad.h; IEEE
// 802.3-2008, 43.4.17).
var bondChurns = Values{Prefix: "AD_", Consts: []Const{
	{0, "AD_CHURN_MONITOR"},
	{1, "AD_CHURN"},
	{2, "AD_NO_CHURN"},
}}
