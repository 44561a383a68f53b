package plan

import "github.com/nslab/nslab/rtnl"

// vrfInterface is a VRF (drivers/net/vrf.c), which has no link-local address
// (addrconf_addr_gen in net/ipv6/addrconf.c).
var vrfInterface = interfaceKind{word: "vrf", Kind: rtnl.PlainKind("vrf"), mtu: 65575, hasMembers: true, noLinkLocal: true, options: &kindOptions{
	read: func(data []byte) (rtnl.Kind, error) {
		k, err := rtnl.DecodeVRF(data)
		if err != nil {
			return nil, err
		}
		return k, nil
	},
	compare: func(file, have rtnl.Kind, unsaid unsaid) (rtnl.Kind, rtnl.Kind) {
		set, undo, differ := compareFields(file.(*rtnl.VRF), have.(*rtnl.VRF), &rtnl.VRF{}, unsaid)
		if !differ {
			return nil, nil
		}
		return set, undo
	},
	fixed: func(rtnl.Kind, rtnl.Kind) []string { return []string{"Table"} }, // it has no changelink
}}
