package plan

import (
	"net/netip"
	"reflect"
	"time"

	"github.com/nslab/nslab/rtnl"
)

// vxlanInterface is a VXLAN (drivers/net/vxlan).
var vxlanInterface = interfaceKind{word: "vxlan", Kind: rtnl.PlainKind("vxlan"), options: vxlanKind()}

func vxlanKind() *kindOptions {
	o := optionsOf(rtnl.DecodeVXLAN, compareVXLAN, fixedVXLAN)
	// An option that is off but said has other reserved bits in the header
	// (vxlan_nl2conf since Linux 6.14).
	o.again = func(have rtnl.Kind) rtnl.Kind {
		k := *have.(*rtnl.VXLAN)
		if k.CollectMetadata.Or(false) {
			k.ID = rtnl.Opt[uint32]{} // 0, which is none
		}
		dropDefaults(&k, &newVXLAN)
		return &k
	}
	return o
}

// newVXLAN are the options of a new one that is given none, but for its port
// (vxlan_nl2conf and vxlan_config_validate).
var newVXLAN = rtnl.VXLAN{TTL: rtnl.Some[uint8](0), TTLInherit: rtnl.Some(false), TOS: rtnl.Some[uint8](0), DF: rtnl.Some(rtnl.VXLANDFUnset),
	Label: rtnl.Some[uint32](0), Ageing: rtnl.Some(300 * time.Second), Limit: rtnl.Some[uint32](0), PortRange: rtnl.Some(rtnl.VXLANPortRange{}),
	Learning: rtnl.Some(true), Proxy: rtnl.Some(false), RSC: rtnl.Some(false), L2Miss: rtnl.Some(false), L3Miss: rtnl.Some(false),
	UDPCSum: rtnl.Some(true), UDPZeroCSum6TX: rtnl.Some(false), UDPZeroCSum6RX: rtnl.Some(false), RemCSumTX: rtnl.Some(false),
	RemCSumRX: rtnl.Some(false), RemCSumNoPartial: rtnl.Some(false), CollectMetadata: rtnl.Some(false), GBP: rtnl.Some(false),
	GPE: rtnl.Some(false), VNIFilter: rtnl.Some(false)}

// dropDefaults takes those options away that are as in fresh.
func dropDefaults[T any](k, fresh *T) {
	v, f := reflect.ValueOf(k).Elem(), reflect.ValueOf(fresh).Elem()
	for i := range v.NumField() {
		if v.Field(i).Interface() == f.Field(i).Interface() {
			v.Field(i).SetZero()
		}
	}
}

func compareVXLAN(file, have *rtnl.VXLAN, unsaid unsaid) (set, undo *rtnl.VXLAN, differ bool) {
	want, is := *file, *have
	if want.CollectMetadata.Or(false) {
		is.ID = rtnl.Opt[uint32]{} // it has 0, which is none
	}
	want.Link, is.Link = rtnl.Opt[rtnl.LinkRef]{}, rtnl.Opt[rtnl.LinkRef]{} // what it is on is compared elsewhere
	remote, local := want.Remote, want.Local
	want.Remote, want.Local = netip.Addr{}, netip.Addr{}
	set, undo, differ = compareFields(&want, &is, &newVXLAN, unsaid)
	for _, a := range []struct {
		want, is  netip.Addr
		set, undo *netip.Addr
		of        func(*rtnl.VXLAN) netip.Addr
	}{
		{remote, is.Remote, &set.Remote, &undo.Remote, func(k *rtnl.VXLAN) netip.Addr { return k.Remote }},
		{local, is.Local, &set.Local, &undo.Local, func(k *rtnl.VXLAN) netip.Addr { return k.Local }},
	} {
		drops := !a.want.IsValid() && unsaid(func(k rtnl.Kind) bool { return a.of(k.(*rtnl.VXLAN)).IsValid() })
		if a.want == a.is || !a.want.IsValid() && !drops {
			continue
		}
		differ = true
		*a.set, *a.undo = orNone(a.want, a.is), orNone(a.is, a.want)
	}
	return set, undo, differ
}

// orNone returns an address, or the one that stands for none in the family of
// another.
func orNone(a, other netip.Addr) netip.Addr {
	switch {
	case a.IsValid():
		return a
	case other.Is4():
		return netip.IPv4Unspecified()
	}
	return netip.IPv6Unspecified()
}

// fixedVXLAN returns what vxlan_changelink refuses, or takes without effect: it
// leaves no multicast group and joins none, and keeps the family.
func fixedVXLAN(set, have *rtnl.VXLAN) []string {
	fields := setAmong(set, "ID", "Limit", "Port", "PortRange", "TTLInherit", "Proxy", "RSC", "L2Miss", "L3Miss", "UDPCSum", "UDPZeroCSum6TX",
		"UDPZeroCSum6RX", "RemCSumTX", "RemCSumRX", "RemCSumNoPartial", "CollectMetadata", "GBP", "GPE", "VNIFilter")
	is6 := have.Local.Is6() || have.Remote.Is6()
	if set.Remote.IsValid() && (set.Remote.Is6() != is6 || set.Remote.IsMulticast() || have.Remote.IsMulticast()) {
		fields = append(fields, "Remote")
	}
	if set.Local.IsValid() && set.Local.Is6() != is6 {
		fields = append(fields, "Local")
	}
	return fields
}
