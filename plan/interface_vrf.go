package plan

import "github.com/nslab/nslab/rtnl"

// vrfInterface is a VRF (drivers/net/vrf.c), which has no link-local address
// (addrconf_addr_gen in net/ipv6/addrconf.c).
var vrfInterface = interfaceKind{word: "vrf", Kind: rtnl.PlainKind("vrf"), mtu: 65575, hasMembers: true, noLinkLocal: true,
	options: optionsOf(rtnl.DecodeVRF,
		func(file, have *rtnl.VRF, unsaid unsaid) (set, undo *rtnl.VRF, differ bool) {
			return compareFields(file, have, &rtnl.VRF{}, unsaid)
		},
		func(set, _ *rtnl.VRF) []string { return setAmong(set, "Table") }, // it has no changelink
	)}
