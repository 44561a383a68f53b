package topology

import (
	"net/netip"
	"time"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/rtnl"
)

// vxlanInterface is a VXLAN (drivers/net/vxlan).
var vxlanInterface = interfaceKind{
	name:          "vxlan",
	doc:           "which sends its frames in UDP datagrams to other nodes",
	linkKey:       "dev",
	withinMTU:     true,
	overhead:      vxlanOverhead,
	keys:          append(vxlanKeys(), vxlanSwitches()...),
	options:       func() rtnl.Kind { return &rtnl.VXLAN{} },
	read:          readVXLAN,
	clash:         clashVXLAN,
	clashAnywhere: true,
	isPort:        true,
	config:        configVXLAN,
}

func vxlanKeys() []key {
	opt := func(k key, of func(*rtnl.VXLAN) option) key {
		k.option = optionOf(of)
		return k
	}
	return []key{
		opt(key{name: "id", typ: typeInteger, max: 1<<24 - 1, doc: "Its network identifier (VNI). Required, but if it is external."},
			func(k *rtnl.VXLAN) option { return optionAt(&k.ID) }),
		{name: "dev", typ: typeString, doc: "The interface of the node that its datagrams leave by. Required with group. Default: as the routes say."},
		{name: "local", typ: typeString, doc: "The source address of its datagrams. Default: as the routes say."},
		{name: "remote", typ: typeString, doc: "The address of the other end: where frames go that its FDB has no entry for."},
		{name: "group", typ: typeString, doc: "The multicast group that such frames go to, in place of remote."},
		opt(key{name: "port", typ: typeInteger, min: 1, max: 65535, doc: "Its UDP port. Default: 4789."},
			func(k *rtnl.VXLAN) option { return optionAt(&k.Port) }),
		opt(key{name: "ttl", typ: typeInteger, max: 255, doc: "The TTL of its datagrams, 0 for the kernel's choice. Default: 0."},
			func(k *rtnl.VXLAN) option { return optionAt(&k.TTL) }),
		opt(key{name: "tos", typ: typeInteger, max: 255, doc: "Their type of service; 1 copies that of the packet inside. Default: 0."},
			func(k *rtnl.VXLAN) option { return optionAt(&k.TOS) }),
		opt(key{name: "flowlabel", typ: typeInteger, max: 1<<20 - 1, doc: "Their IPv6 flow label. Default: 0."},
			func(k *rtnl.VXLAN) option { return optionAt(&k.Label) }),
		opt(key{name: "df", typ: typeEnum, words: []string{"unset", "set", "inherit"}, numbers: []uint32{uint32(rtnl.VXLANDFUnset), uint32(rtnl.VXLANDFSet), uint32(rtnl.VXLANDFInherit)},
			doc: "Whether they are not to be fragmented: unset, set, or inherit, as the packet inside. Default: unset."},
			func(k *rtnl.VXLAN) option { return optionAt(&k.DF) }),
		opt(key{name: "ageing", typ: typeDuration, min: int64(time.Second), max: (1<<32 - 1) * int64(time.Second), doc: "How long it remembers what it has learned, in whole seconds. Default: 300s."},
			func(k *rtnl.VXLAN) option { return optionAt(&k.Ageing) }),
		opt(key{name: "maxaddress", typ: typeInteger, max: 1<<32 - 1, doc: "The largest number of entries in its FDB, 0 for no limit. Default: 0."},
			func(k *rtnl.VXLAN) option { return optionAt(&k.Limit) }),
	}
}

// vxlanSwitches are the options that are on or off.
func vxlanSwitches() (keys []key) {
	for _, s := range []struct {
		name, doc string
		of        func(*rtnl.VXLAN) *rtnl.Opt[bool]
	}{
		{"learning", "Whether its FDB learns from what arrives. Default: true.", func(k *rtnl.VXLAN) *rtnl.Opt[bool] { return &k.Learning }},
		{"external", "Whether each packet's metadata, such as that of a tunnel_key action, says where it goes. Default: false.", func(k *rtnl.VXLAN) *rtnl.Opt[bool] { return &k.CollectMetadata }},
		{"vnifilter", "Whether an external one takes only certain identifiers; since Linux 5.18. Default: false.", func(k *rtnl.VXLAN) *rtnl.Opt[bool] { return &k.VNIFilter }},
		{"proxy", "Whether it answers ARP itself. Default: false.", func(k *rtnl.VXLAN) *rtnl.Opt[bool] { return &k.Proxy }},
		{"rsc", "Whether it routes packets to other ends directly. Default: false.", func(k *rtnl.VXLAN) *rtnl.Opt[bool] { return &k.RSC }},
		{"l2miss", "Whether the kernel reports missing FDB entries. Default: false.", func(k *rtnl.VXLAN) *rtnl.Opt[bool] { return &k.L2Miss }},
		{"l3miss", "Whether the kernel reports missing neighbours. Default: false.", func(k *rtnl.VXLAN) *rtnl.Opt[bool] { return &k.L3Miss }},
		{"udpcsum", "Whether its IPv4 datagrams have checksums. Default: true.", func(k *rtnl.VXLAN) *rtnl.Opt[bool] { return &k.UDPCSum }},
		{"udp6zerocsumtx", "Whether its IPv6 datagrams have none. Default: false.", func(k *rtnl.VXLAN) *rtnl.Opt[bool] { return &k.UDPZeroCSum6TX }},
		{"udp6zerocsumrx", "Whether it takes IPv6 datagrams without one. Default: false.", func(k *rtnl.VXLAN) *rtnl.Opt[bool] { return &k.UDPZeroCSum6RX }},
		{"gbp", "Whether it carries group policies. Default: false.", func(k *rtnl.VXLAN) *rtnl.Opt[bool] { return &k.GBP }},
	} {
		keys = append(keys, key{name: s.name, typ: typeBool, doc: s.doc, option: optionOf(func(k *rtnl.VXLAN) option { return switchAt(s.of(k)) })})
	}
	return keys
}

// clashVXLAN does what vxlan_vni_in_use and vxlan_find_sock in
// drivers/net/vxlan/vxlan_core.c do: those with one port have one socket, which
// receives in one way (VXLAN_F_RCV_FLAGS).
func clashVXLAN(a, b rtnl.Kind) string {
	x, y := a.(*rtnl.VXLAN), b.(*rtnl.VXLAN)
	is6 := func(k *rtnl.VXLAN) bool { return k.Local.Is6() || k.Remote.Is6() }
	external := x.CollectMetadata.Or(false) // these have a socket of each family
	switch {
	case x.Port != y.Port || is6(x) != is6(y) && !external && !y.CollectMetadata.Or(false):
		return ""
	case x.Local.IsLinkLocalUnicast() || y.Local.IsLinkLocalUnicast(): // sockets of an interface
	case receives(x) != receives(y):
		return "they have the same port, and differ in external, gbp, udp6zerocsumrx, vnifilter or another option that is the port's"
	}
	if x.ID.Or(0) != y.ID.Or(0) || receives(x) != receives(y) || x.VNIFilter.Or(false) || is6(x) != is6(y) {
		return ""
	}
	if external {
		return "both are external, with the same port"
	}
	return "they have the same id and port"
}

// receives are the options of a VXLAN that its socket has.
func receives(k *rtnl.VXLAN) (flags [7]bool) {
	for i, o := range []rtnl.Opt[bool]{k.GBP, k.GPE, k.UDPZeroCSum6RX, k.RemCSumRX, k.RemCSumNoPartial, k.CollectMetadata, k.VNIFilter} {
		flags[i] = o.Or(false)
	}
	return flags
}

// vxlanPort is IANA's port for VXLAN (RFC 7348). The kernel's default is
// another one.
const vxlanPort = 4789

// vxlanOverhead is what a VXLAN adds to a frame without its own header: IP, UDP,
// VXLAN and the Ethernet header inside (include/net/vxlan.h).
func vxlanOverhead(k rtnl.Kind) uint32 {
	if v, ok := k.(*rtnl.VXLAN); ok && (v.Local.Is6() || v.Remote.Is6()) {
		return 70
	}
	return 50
}

func readVXLAN(p *fileParser, i *interfaceSpec) (ok bool) {
	k := i.options.(*rtnl.VXLAN)
	k.Port = rtnl.Some(k.Port.Or(vxlanPort))
	ok = true
	fail := func(at Pos, hint, format string, args ...any) {
		p.Add(at, hint, format, args...)
		ok = false
	}
	address := func(key string) (a netip.Addr) {
		v := i.f[key]
		if v == nil {
			return a
		}
		a, err := netip.ParseAddr(v.text)
		a = a.Unmap()
		switch group := key == "group"; {
		case err != nil || a.Zone() != "" || a.IsUnspecified():
			fail(v.at, "", "%s is %q; it is an IP address, such as 192.0.2.1", key, plain.Clip(v.text))
		case group && !a.IsMulticast():
			fail(v.at, "write remote: for the address of another end", "group is %s, which is not a multicast address", a)
		case !group && a.IsMulticast():
			fail(v.at, "write group: for a multicast group", "%s is %s, a multicast address", key, a)
		default:
			return a
		}
		return netip.Addr{}
	}
	k.Local, k.Remote = address("local"), address("remote")
	if group := address("group"); group.IsValid() {
		switch {
		case i.f["remote"] != nil:
			fail(i.f["group"].at, "", "interface %q has both a remote end and a group", i.name)
		case i.f["dev"] == nil && i.lacks("dev"):
			fail(i.f["group"].at, "write dev: and an interface of the node", "interface %q has a group, and no dev by which that is reached", i.name)
		}
		k.Remote = group
	}
	if k.Local.IsValid() && k.Remote.IsValid() && k.Local.Is4() != k.Remote.Is4() {
		fail(i.f["local"].at, "", "interface %q has an IPv4 and an IPv6 address for its datagrams: %s and %s", i.name, k.Local, k.Remote)
	}
	external := k.CollectMetadata.Or(false)
	switch id := i.f["id"]; {
	case id != nil && external:
		fail(id.at, "leave out id or external", "interface %q is external, and has no id itself", i.name)
	case id == nil && !external && i.lacks("id"):
		fail(i.at, "write id: and its network identifier", "interface %q of kind vxlan has no id", i.name)
	case k.VNIFilter.Or(false) && !external:
		fail(i.f["vnifilter"].at, "write external: true", "vnifilter is for external VXLANs alone")
	}
	if v := i.f["flowlabel"]; v != nil && !k.Local.Is6() && !k.Remote.Is6() {
		fail(v.at, "", "interface %q has a flow label, which only IPv6 datagrams have", i.name)
	}
	if k.Ageing.Or(0)%time.Second != 0 {
		fail(i.f["ageing"].at, "", "ageing is %s; the kernel takes whole seconds", k.Ageing)
	}
	return ok
}

func configVXLAN(options, said rtnl.Kind) (e entries) {
	k, wrote := options.(*rtnl.VXLAN), said.(*rtnl.VXLAN)
	if k.Local.IsValid() {
		e.add("local", scalar(k.Local.String()))
	}
	if k.Remote.IsValid() {
		key := "remote"
		if k.Remote.IsMulticast() {
			key = "group"
		}
		e.add(key, scalar(k.Remote.String()))
	}
	wrote.Local, wrote.Remote = k.Local, k.Remote
	return e
}
