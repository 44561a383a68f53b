package nlspec

import "golang.org/x/sys/unix"

// infoData selects the contents of IFLA_INFO_DATA by IFLA_INFO_KIND, for all
// kinds that Linux registers. Those without a set have no attributes.
var infoData = Selector{Sibling: 1, Cases: []Case{
	{Name: "amt", Set: amtAttrs},
	{Name: "bareudp", Set: bareudpAttrs},
	{Name: "batadv", Set: batadvAttrs},
	{Name: "bond", Set: bondAttrs},
	{Name: "bridge", Set: bridgeDevAttrs},
	{Name: "caif", Set: caifAttrs},
	{Name: "can", Set: canAttrs},
	{Name: "dsa", Set: dsaAttrs},
	{Name: "dummy"},
	{Name: "erspan", Set: greAttrs},
	{Name: "geneve", Set: geneveAttrs},
	{Name: "gre", Set: greAttrs},
	{Name: "gretap", Set: greAttrs},
	{Name: "gtp", Set: gtpAttrs},
	{Name: "hsr", Set: hsrAttrs},
	{Name: "ifb"},
	{Name: "ip6erspan", Set: greAttrs},
	{Name: "ip6gre", Set: greAttrs},
	{Name: "ip6gretap", Set: greAttrs},
	{Name: "ip6tnl", Set: iptunAttrs},
	{Name: "ipip", Set: iptunAttrs},
	{Name: "ipoib", Set: ipoibAttrs},
	{Name: "ipvlan", Set: ipvlanAttrs},
	{Name: "ipvtap", Set: ipvlanAttrs},
	{Name: "lowpan"},
	{Name: "macsec", Set: macsecAttrs},
	{Name: "macvlan", Set: macvlanAttrs},
	{Name: "macvtap", Set: macvlanAttrs},
	{Name: "netdevsim"},
	{Name: "netkit", Set: netkitAttrs},
	{Name: "nlmon"},
	{Name: "openvswitch"},
	{Name: "ovpn", Set: ovpnAttrs},
	{Name: "pfcp"},
	{Name: "ppp", Set: pppAttrs},
	{Name: "rmnet", Set: rmnetAttrs},
	{Name: "sit", Set: iptunAttrs},
	{Name: "team"},
	{Name: "tun", Set: tunAttrs},
	{Name: "vcan"},
	{Name: "veth", Set: vethAttrs},
	{Name: "virt_wifi"},
	{Name: "vlan", Set: vlanAttrs},
	{Name: "vrf", Set: vrfAttrs},
	{Name: "vsockmon"},
	{Name: "vti", Set: vtiAttrs},
	{Name: "vti6", Set: vtiAttrs},
	{Name: "vxcan", Set: vxcanAttrs},
	{Name: "vxlan", Set: vxlanAttrs},
	{Name: "wireguard"},
	{Name: "wwan", Set: wwanAttrs},
	{Name: "xfrm", Set: xfrmAttrs},
}}

// infoXstats selects the contents of IFLA_INFO_XSTATS by IFLA_INFO_KIND.
var infoXstats = Selector{Sibling: 1, Cases: []Case{
	{Name: "can", Attr: &Attr{Kind: Struct, Struct: canDeviceStats}},
}}

// infoSlaveData selects the contents of IFLA_INFO_SLAVE_DATA by
// IFLA_INFO_SLAVE_KIND in the kernel's messages. A request instead has the
// master's kind followed by "_slave" in IFLA_INFO_KIND, as in ip link set type.
var infoSlaveData = Selector{Sibling: 4, Cases: []Case{
	{Name: "bond", Set: bondSlaveAttrs},
	{Name: "bridge", Set: brportAttrs},
	{Name: "vrf", Set: vrfPortAttrs},
}, Else: &Selector{Sibling: 1, Cases: []Case{
	{Name: "bond_slave", Set: bondSlaveAttrs},
	{Name: "bridge_slave", Set: brportAttrs},
	{Name: "vrf_slave", Set: vrfPortAttrs},
}}}

// vethAttrs is a veth's IFLA_INFO_DATA (include/uapi/linux/veth.h).
var vethAttrs = Set{
	1: {Name: "VETH_INFO_PEER", Kind: MessageBody, Message: unix.RTM_NEWLINK},
}

// vxcanAttrs is a vxcan's (include/uapi/linux/can/vxcan.h).
var vxcanAttrs = Set{
	1: {Name: "VXCAN_INFO_PEER", Kind: MessageBody, Message: unix.RTM_NEWLINK},
}

// netkitAttrs is a netkit's.
var netkitAttrs = Set{
	1:  {Name: "IFLA_NETKIT_PEER_INFO", Kind: MessageBody, Message: unix.RTM_NEWLINK},
	2:  {Name: "IFLA_NETKIT_PRIMARY", Kind: U8},
	3:  {Name: "IFLA_NETKIT_POLICY", Kind: U32, Values: &netkitPolicies},
	4:  {Name: "IFLA_NETKIT_PEER_POLICY", Kind: U32, Values: &netkitPolicies},
	5:  {Name: "IFLA_NETKIT_MODE", Kind: U32, Values: &netkitModes},
	6:  {Name: "IFLA_NETKIT_SCRUB", Kind: U32, Values: &netkitScrubs},
	7:  {Name: "IFLA_NETKIT_PEER_SCRUB", Kind: U32, Values: &netkitScrubs},
	8:  {Name: "IFLA_NETKIT_HEADROOM", Kind: U16},
	9:  {Name: "IFLA_NETKIT_TAILROOM", Kind: U16},
	10: {Name: "IFLA_NETKIT_PAIRING", Kind: U32, Values: &netkitPairings},
}

// netkitModes is IFLA_NETKIT_MODE.
var netkitModes = Values{Prefix: "NETKIT_", Consts: []Const{
	{0, "NETKIT_L2"},
	{1, "NETKIT_L3"},
}}

// netkitPolicies is IFLA_NETKIT_POLICY.
var netkitPolicies = Values{Prefix: "NETKIT_", Consts: []Const{
	{0, "NETKIT_PASS"},
	{2, "NETKIT_DROP"},
}}

// netkitScrubs is IFLA_NETKIT_SCRUB and IFLA_NETKIT_PEER_SCRUB.
var netkitScrubs = Values{Prefix: "NETKIT_SCRUB_", Consts: []Const{
	{0, "NETKIT_SCRUB_NONE"},
	{1, "NETKIT_SCRUB_DEFAULT"},
}}

// netkitPairings is IFLA_NETKIT_PAIRING.
var netkitPairings = Values{Prefix: "NETKIT_DEVICE_", Consts: []Const{
	{0, "NETKIT_DEVICE_PAIR"},
	{1, "NETKIT_DEVICE_SINGLE"},
}}

// vlanAttrs is a VLAN device's.
var vlanAttrs = Set{
	1: {Name: "IFLA_VLAN_ID", Kind: U16},
	2: {Name: "IFLA_VLAN_FLAGS", Kind: Struct, Struct: vlanDevFlags},
	3: {Name: "IFLA_VLAN_EGRESS_QOS", Kind: Nested, Nest: vlanQoS},
	4: {Name: "IFLA_VLAN_INGRESS_QOS", Kind: Nested, Nest: vlanQoS},
	5: {Name: "IFLA_VLAN_PROTOCOL", Kind: BE16, Values: &etherTypes},
}

// vlanQoS is the contents of IFLA_VLAN_EGRESS_QOS and IFLA_VLAN_INGRESS_QOS.
var vlanQoS = Set{
	1: {Name: "IFLA_VLAN_QOS_MAPPING", Kind: Struct, Struct: vlanQoSMapping},
}

// vlanDevFlags is IFLA_VLAN_FLAGS.
var vlanDevFlags = &CStruct{Name: "ifla_vlan_flags", Fields: []Field{
	{Name: "flags", Kind: U32, Values: &vlanDevFlagBits},
	{Name: "mask", Kind: U32, Values: &vlanDevFlagBits},
}}

// vlanQoSMapping is IFLA_VLAN_QOS_MAPPING.
var vlanQoSMapping = &CStruct{Name: "ifla_vlan_qos_mapping", Fields: []Field{
	{Name: "from", Kind: U32},
	{Name: "to", Kind: U32},
}}

// vlanDevFlagBits is enum vlan_flags (include/uapi/linux/if_vlan.h).
var vlanDevFlagBits = Values{Prefix: "VLAN_FLAG_", Bits: true, Consts: []Const{
	{1 << 0, "VLAN_FLAG_REORDER_HDR"},
	{1 << 1, "VLAN_FLAG_GVRP"},
	{1 << 2, "VLAN_FLAG_LOOSE_BINDING"},
	{1 << 3, "VLAN_FLAG_MVRP"},
	{1 << 4, "VLAN_FLAG_BRIDGE_BINDING"},
}}

// macvlanAttrs is a macvlan's or macvtap's.
var macvlanAttrs = Set{
	1: {Name: "IFLA_MACVLAN_MODE", Kind: U32, Values: &macvlanModes},
	2: {Name: "IFLA_MACVLAN_FLAGS", Kind: U16, Values: &macvlanFlags},
	3: {Name: "IFLA_MACVLAN_MACADDR_MODE", Kind: U32, Values: &macvlanAddrModes},
	4: {Name: "IFLA_MACVLAN_MACADDR", Kind: LLAddr},
	5: {Name: "IFLA_MACVLAN_MACADDR_DATA", Kind: Nested, Nest: macvlanAddrs},
	6: {Name: "IFLA_MACVLAN_MACADDR_COUNT", Kind: U32},
	7: {Name: "IFLA_MACVLAN_BC_QUEUE_LEN", Kind: U32},
	8: {Name: "IFLA_MACVLAN_BC_QUEUE_LEN_USED", Kind: U32},
	9: {Name: "IFLA_MACVLAN_BC_CUTOFF", Kind: S32},
}

// macvlanAddrs is the contents of IFLA_MACVLAN_MACADDR_DATA.
var macvlanAddrs = Set{
	4: {Name: "IFLA_MACVLAN_MACADDR", Kind: LLAddr},
}

// macvlanModes is enum macvlan_mode.
var macvlanModes = Values{Prefix: "MACVLAN_MODE_", Consts: []Const{
	{1, "MACVLAN_MODE_PRIVATE"},
	{2, "MACVLAN_MODE_VEPA"},
	{4, "MACVLAN_MODE_BRIDGE"},
	{8, "MACVLAN_MODE_PASSTHRU"},
	{16, "MACVLAN_MODE_SOURCE"},
}}

// macvlanAddrModes is enum macvlan_macaddr_mode.
var macvlanAddrModes = Values{Prefix: "MACVLAN_MACADDR_", Consts: []Const{
	{0, "MACVLAN_MACADDR_ADD"},
	{1, "MACVLAN_MACADDR_DEL"},
	{2, "MACVLAN_MACADDR_FLUSH"},
	{3, "MACVLAN_MACADDR_SET"},
}}

// macvlanFlags is IFLA_MACVLAN_FLAGS.
var macvlanFlags = Values{Prefix: "MACVLAN_FLAG_", Bits: true, Consts: []Const{
	{1 << 0, "MACVLAN_FLAG_NOPROMISC"},
	{1 << 1, "MACVLAN_FLAG_NODST"},
}}

// ipvlanAttrs is an ipvlan's or ipvtap's.
var ipvlanAttrs = Set{
	1: {Name: "IFLA_IPVLAN_MODE", Kind: U16, Values: &ipvlanModes},
	2: {Name: "IFLA_IPVLAN_FLAGS", Kind: U16, Values: &ipvlanFlags},
}

// ipvlanModes is enum ipvlan_mode.
var ipvlanModes = Values{Prefix: "IPVLAN_MODE_", Consts: []Const{
	{0, "IPVLAN_MODE_L2"},
	{1, "IPVLAN_MODE_L3"},
	{2, "IPVLAN_MODE_L3S"},
}}

// ipvlanFlags is IFLA_IPVLAN_FLAGS.
var ipvlanFlags = Values{Prefix: "IPVLAN_F_", Bits: true, Consts: []Const{
	{1 << 0, "IPVLAN_F_PRIVATE"},
	{1 << 1, "IPVLAN_F_VEPA"},
}}

// vrfAttrs is a VRF device's.
var vrfAttrs = Set{
	1: {Name: "IFLA_VRF_TABLE", Kind: U32, Values: &rtTables},
}

// vrfPortAttrs is the IFLA_INFO_SLAVE_DATA of a VRF's port.
var vrfPortAttrs = Set{
	1: {Name: "IFLA_VRF_PORT_TABLE", Kind: U32, Values: &rtTables},
}

// tunAttrs is a tun's or tap's.
var tunAttrs = Set{
	1: {Name: "IFLA_TUN_OWNER", Kind: U32},
	2: {Name: "IFLA_TUN_GROUP", Kind: U32},
	3: {Name: "IFLA_TUN_TYPE", Kind: U8, Values: &tunTypes},
	4: {Name: "IFLA_TUN_PI", Kind: U8},
	5: {Name: "IFLA_TUN_VNET_HDR", Kind: U8},
	6: {Name: "IFLA_TUN_PERSIST", Kind: U8},
	7: {Name: "IFLA_TUN_MULTI_QUEUE", Kind: U8},
	8: {Name: "IFLA_TUN_NUM_QUEUES", Kind: U32},
	9: {Name: "IFLA_TUN_NUM_DISABLED_QUEUES", Kind: U32},
}

// tunTypes is IFLA_TUN_TYPE (include/uapi/linux/if_tun.h).
var tunTypes = Values{Prefix: "IFF_", Consts: []Const{
	{1, "IFF_TUN"},
	{2, "IFF_TAP"},
}}

// xfrmAttrs is an XFRM interface's.
var xfrmAttrs = Set{
	1: {Name: "IFLA_XFRM_LINK", Kind: U32},
	2: {Name: "IFLA_XFRM_IF_ID", Kind: U32},
	3: {Name: "IFLA_XFRM_COLLECT_METADATA", Kind: Flag},
}
