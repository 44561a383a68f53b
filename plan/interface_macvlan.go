package plan

import (
	"bytes"
	"net"
	"slices"

	"github.com/nslab/nslab/rtnl"
)

// macvlanInterface is a device with a MAC address of its own on another
// interface (drivers/net/macvlan.c).
var macvlanInterface = interfaceKind{word: "macvlan", Kind: rtnl.PlainKind("macvlan"), options: optionsOf(
	func(data []byte) (*rtnl.Macvlan, error) {
		info, err := rtnl.DecodeMacvlan(data)
		if err != nil {
			return nil, err
		}
		return &info.Macvlan, nil
	},
	compareMacvlan,
	// macvlan_changelink
	func(set, have *rtnl.Macvlan) []string {
		if passthru := rtnl.Some(rtnl.MacvlanPassthru); set.Mode == passthru || have.Mode == passthru {
			return setAmong(set, "Mode")
		}
		return nil
	},
)}

// newMacvlan are the options of a new one that is given none
// (macvlan_common_newlink).
var newMacvlan = rtnl.Macvlan{Mode: rtnl.Some(rtnl.MacvlanVEPA), Flags: rtnl.Some[uint16](0), BCQueueLen: rtnl.Some[uint32](1000)}

func compareMacvlan(file, have *rtnl.Macvlan, unsaid unsaid) (set, undo *rtnl.Macvlan, differ bool) {
	want, is := *file, *have
	senders := want.MACAddrMode.IsSet() || unsaid(func(k rtnl.Kind) bool { return k.(*rtnl.Macvlan).MACAddrMode.IsSet() })
	had := is.MACAddrs
	want.MACAddrMode, is.MACAddrMode = rtnl.Opt[uint32]{}, rtnl.Opt[uint32]{}
	set, undo, differ = compareFields(&want, &is, &newMacvlan, unsaid)
	source := rtnl.Some(rtnl.MacvlanSource)
	isSource, willBe := is.Mode == source, is.Mode == source
	if set.Mode.IsSet() {
		willBe = set.Mode == source
	}
	if !willBe {
		want.MACAddrs = nil // the kernel forgets them
	} else if !senders {
		want.MACAddrs = had
	}
	if !sameAddrs(want.MACAddrs, had) {
		differ = true
		if willBe {
			set.MACAddrMode, set.MACAddrs = rtnl.Some(rtnl.MacvlanMACAddrSet), want.MACAddrs
		}
		if isSource {
			undo.MACAddrMode, undo.MACAddrs = rtnl.Some(rtnl.MacvlanMACAddrSet), had
		}
	}
	return set, undo, differ
}

// sameAddrs reports whether two lists have the same addresses, in any order.
func sameAddrs(a, b []net.HardwareAddr) bool {
	sorted := func(all []net.HardwareAddr) []net.HardwareAddr {
		all = slices.Clone(all)
		slices.SortFunc(all, func(x, y net.HardwareAddr) int { return bytes.Compare(x, y) })
		return all
	}
	return slices.EqualFunc(sorted(a), sorted(b), func(x, y net.HardwareAddr) bool { return bytes.Equal(x, y) })
}
