package topology

import (
	"bytes"
	"net"
	"slices"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/rtnl"
)

// macvlanInterface is a device with a MAC address of its own on another
// interface (drivers/net/macvlan.c).
var macvlanInterface = interfaceKind{
	name:      "macvlan",
	doc:       "which is on another interface, link, with a MAC address of its own",
	stacked:   true,
	withinMTU: true,
	sharesMAC: isPassthru,
	keys: []key{
		{name: "mode", typ: typeEnum, words: []string{"private", "vepa", "bridge", "passthru", "source"},
			numbers: []uint32{rtnl.MacvlanPrivate, rtnl.MacvlanVEPA, rtnl.MacvlanBridge, rtnl.MacvlanPassthru, rtnl.MacvlanSource},
			option:  optionOf(func(k *rtnl.Macvlan) option { return optionAt(&k.Mode) }),
			doc:     "What it reaches on the same link: private, no other macvlan; vepa, those that the switch beyond reflects to; bridge, all; passthru, it is the only one and has the link's MAC address; source, it takes only what macaddrs send. Default: the kernel's, vepa."},
		{name: "nopromisc", typ: typeBool, doc: "Whether, in mode passthru, the link does not become promiscuous. Default: the kernel's, false."},
		{name: "nodst", typ: typeBool, doc: "Whether, in mode source, a packet goes only to those macvlans that take its sender. Default: the kernel's, false."},
		{name: "bcqueuelen", typ: typeInteger, max: 1<<32 - 1, option: optionOf(func(k *rtnl.Macvlan) option { return optionAt(&k.BCQueueLen) }),
			doc: "Length of the queue of broadcast packets. Default: the kernel's, 1000."},
		{name: "macaddrs", typ: typeStrings, doc: "MAC addresses of the senders that it takes in mode source."},
	},
	options: func() rtnl.Kind { return &rtnl.Macvlan{} },
	read:    readMacvlan,
	clash: func(a, b rtnl.Kind) string {
		if isPassthru(a) || isPassthru(b) {
			return "one has the mode passthru, and has to be the only macvlan"
		}
		return ""
	},
	refuses: func(kind string, port bool) string {
		switch {
		case kind == "macvlan":
			return "the kernel would put it on the same interface as that one; name that as its link"
		case port:
			return "that is the port of a bridge, which takes all that it receives"
		}
		return ""
	},
	config: configMacvlan,
}

func isPassthru(k rtnl.Kind) bool {
	return k.(*rtnl.Macvlan).Mode == rtnl.Some(rtnl.MacvlanPassthru)
}

func readMacvlan(p *fileParser, i *interfaceSpec) bool {
	k := i.options.(*rtnl.Macvlan)
	mode := k.Mode.Or(rtnl.MacvlanVEPA)
	only := func(key string, of uint32, word string) *yamlNode {
		v := i.f[key]
		if v != nil && mode != of {
			p.Add(v.at, "write mode: "+word, "%s is for mode %s alone", key, word)
		}
		return v
	}
	for _, flag := range []struct {
		v   *yamlNode
		bit uint16
	}{
		{only("nopromisc", rtnl.MacvlanPassthru, "passthru"), rtnl.MacvlanNoPromisc},
		{only("nodst", rtnl.MacvlanSource, "source"), rtnl.MacvlanNoDst},
	} {
		if flag.v == nil {
			continue
		}
		bits := k.Flags.Or(0)
		if on, _ := truth(flag.v.text); on {
			bits |= flag.bit
		}
		k.Flags = rtnl.Some(bits)
	}
	if v := only("macaddrs", rtnl.MacvlanSource, "source"); v != nil {
		k.MACAddrMode = rtnl.Some(rtnl.MacvlanMACAddrSet)
		for _, item := range v.items {
			mac, err := net.ParseMAC(item.text)
			switch {
			case err != nil || len(mac) != 6 || mac[0]&1 != 0 || bytes.Equal(mac, make([]byte, 6)):
				p.Add(item.at, "", "an entry of macaddrs is %q; it is the MAC address of one device, such as 02:00:00:00:00:01", plain.Clip(item.text))
			case slices.ContainsFunc(k.MACAddrs, func(a net.HardwareAddr) bool { return bytes.Equal(a, mac) }):
				p.Add(item.at, "", "mac %s occurs twice", mac)
			default:
				k.MACAddrs = append(k.MACAddrs, mac)
			}
		}
	}
	if v := i.f["mac"]; v != nil && isPassthru(k) {
		p.Add(v.at, "leave it out", "in mode passthru a macvlan has the MAC address of its link")
		return false
	}
	return true
}

func configMacvlan(options, said rtnl.Kind) (e entries) {
	k, wrote := options.(*rtnl.Macvlan), said.(*rtnl.Macvlan)
	if flags := k.Flags.Or(0); flags&^(rtnl.MacvlanNoPromisc|rtnl.MacvlanNoDst) == 0 {
		wrote.Flags = k.Flags
		if flags&rtnl.MacvlanNoPromisc != 0 {
			e.add("nopromisc", "true")
		}
		if flags&rtnl.MacvlanNoDst != 0 {
			e.add("nodst", "true")
		}
	}
	if k.MACAddrMode == rtnl.Some(rtnl.MacvlanMACAddrSet) {
		wrote.MACAddrMode, wrote.MACAddrs = k.MACAddrMode, k.MACAddrs
		all := make([]string, len(k.MACAddrs))
		for i, a := range k.MACAddrs {
			all[i] = a.String()
		}
		e.texts("macaddrs", all)
	}
	return e
}
