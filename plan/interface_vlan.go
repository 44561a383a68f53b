package plan

import (
	"cmp"
	"slices"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// vlanInterface is a VLAN of another interface (net/8021q).
var vlanInterface = interfaceKind{word: "vlan", Kind: rtnl.PlainKind("vlan"),
	lowersFlags: unix.IFF_NOARP | unix.IFF_MULTICAST | unix.IFF_DYNAMIC, // vlan_dev_init in net/8021q/vlan_dev.c
	options: optionsOf(
		func(data []byte) (*rtnl.VLAN, error) {
			info, err := rtnl.DecodeVLAN(data)
			if err != nil {
				return nil, err
			}
			return &info.VLAN, nil
		},
		compareVLAN,
		// vlan_changelink in net/8021q/vlan_netlink.c
		func(set, _ *rtnl.VLAN) []string { return setAmong(set, "Protocol", "ID") },
	)}

// newVLAN are the options of a new VLAN that is given none
// (vlan_setup in net/8021q/vlan_dev.c).
var newVLAN = rtnl.VLAN{ReorderHdr: rtnl.Some(true), GVRP: rtnl.Some(false), MVRP: rtnl.Some(false),
	LooseBinding: rtnl.Some(false), BridgeBinding: rtnl.Some(false)}

func compareVLAN(file, have *rtnl.VLAN, unsaid unsaid) (set, undo *rtnl.VLAN, differ bool) {
	want := *file
	want.Protocol = rtnl.Some(want.Protocol.Or(unix.ETH_P_8021Q)) // it is another VLAN with another one
	set, undo, differ = compareFields(&want, have, &newVLAN, unsaid)
	set.IngressQoS, undo.IngressQoS = compareVLANQoS(want.IngressQoS, have.IngressQoS, unsaid, func(k *rtnl.VLAN) []rtnl.VLANQoS { return k.IngressQoS })
	set.EgressQoS, undo.EgressQoS = compareVLANQoS(want.EgressQoS, have.EgressQoS, unsaid, func(k *rtnl.VLAN) []rtnl.VLANQoS { return k.EgressQoS })
	return set, undo, differ || len(set.IngressQoS)+len(set.EgressQoS) > 0
}

// compareVLANQoS compares mappings. Those that the file does not give are left
// alone unless they are to be as in a new VLAN, which has none. Of returns those
// of other options.
func compareVLANQoS(want, have []rtnl.VLANQoS, unsaid unsaid, of func(*rtnl.VLAN) []rtnl.VLANQoS) (set, undo []rtnl.VLANQoS) {
	index := func(all []rtnl.VLANQoS, from uint32) int {
		return slices.IndexFunc(all, func(q rtnl.VLANQoS) bool { return q.From == from })
	}
	to := func(all []rtnl.VLANQoS, from uint32) uint32 {
		if i := index(all, from); i >= 0 {
			return all[i].To
		}
		return 0
	}
	all := slices.Clone(want)
	for _, q := range have {
		if index(want, q.From) < 0 && unsaid(func(k rtnl.Kind) bool { return index(of(k.(*rtnl.VLAN)), q.From) >= 0 }) {
			all = append(all, rtnl.VLANQoS{From: q.From})
		}
	}
	slices.SortFunc(all, func(a, b rtnl.VLANQoS) int { return cmp.Compare(a.From, b.From) })
	for _, q := range all {
		if was := to(have, q.From); was != q.To {
			set = append(set, q)
			undo = append(undo, rtnl.VLANQoS{From: q.From, To: was})
		}
	}
	return set, undo
}
