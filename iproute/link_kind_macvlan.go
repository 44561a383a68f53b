package iproute

import (
	"net"
	"slices"
	"sync"

	"github.com/nslab/nslab/rtnl"
)

// macvlanKind is a device with a MAC address of its own on another one.
var macvlanKind = linkKind{
	name:   "macvlan",
	usage:  func() string { return optionsUsage("macvlan", macvlanOptions()) },
	parse:  parseMacvlan,
	format: formatMacvlan,
	print:  printMacvlan,
}

// macvlanKeys are the options of a macvlan (macvlan_parse_opt in
// ip/iplink_macvlan.c).
const macvlanKeys keywords = "mode* flag* macaddr* nopromisc* nodst* bcqueuelen*"

var macvlanModes = []struct {
	word string
	mode uint32
}{
	{"private", rtnl.MacvlanPrivate}, {"vepa", rtnl.MacvlanVEPA}, {"bridge", rtnl.MacvlanBridge},
	{"passthru", rtnl.MacvlanPassthru}, {"source", rtnl.MacvlanSource},
}

// macvlanFlags are the flags by their words: "null" is none of them.
var macvlanFlags = []struct {
	word string
	flag uint16
}{{"nopromisc", rtnl.MacvlanNoPromisc}, {"nodst", rtnl.MacvlanNoDst}, {"null", 0}}

// macvlanAddrWords are the words after "macaddr", by rtnl.MacvlanMACAddr*.
var macvlanAddrWords = []string{"add", "del", "flush", "set"}

// macvlanOptions are all the options of iproute2 6.1. Flags and addresses are
// written by formatMacvlan.
var macvlanOptions = sync.OnceValue(func() []kindOption[rtnl.Macvlan] {
	elsewhere := func(*rtnl.Macvlan) (string, bool) { return "", false }
	flag := func(k *rtnl.Macvlan, bit uint16) { k.Flags = rtnl.Some(k.Flags.Or(0) | bit) }
	return []kindOption[rtnl.Macvlan]{
		{name: "mode", parse: parseMacvlanMode, value: func(k *rtnl.Macvlan) (string, bool) {
			mode, ok := k.Mode.Get()
			return macvlanMode(mode), ok
		}},
		{name: "flag", value: elsewhere, parse: func(k *rtnl.Macvlan, w *words) {
			s := w.need("a flag")
			for _, f := range macvlanFlags {
				if f.word == s {
					flag(k, f.flag)
					return
				}
			}
			w.refuse("a flag: null, nopromisc or nodst")
		}},
		{name: "macaddr", value: elsewhere, parse: parseMacvlanAddr},
		{name: "nopromisc", value: elsewhere, parse: func(k *rtnl.Macvlan, _ *words) { flag(k, rtnl.MacvlanNoPromisc) }},
		{name: "nodst", value: elsewhere, parse: func(k *rtnl.Macvlan, _ *words) { flag(k, rtnl.MacvlanNoDst) }},
		numberOption("bcqueuelen", 32, func(k *rtnl.Macvlan) *rtnl.Opt[uint32] { return &k.BCQueueLen }),
	}
})

func parseMacvlan(_ *linkParams, w *words) rtnl.Kind {
	k := parseOptions(w, "an option of a macvlan", "macvlan: unknown option %q?", macvlanKeys, macvlanOptions())
	if k.Flags.Or(0)&rtnl.MacvlanNoPromisc != 0 && k.Mode != rtnl.Some(rtnl.MacvlanPassthru) {
		w.refuse("the mode passthru with nopromisc")
	}
	return k
}

func parseMacvlanMode(k *rtnl.Macvlan, w *words) {
	s := w.need("a mode")
	for _, m := range macvlanModes {
		if m.word == s {
			k.Mode = rtnl.Some(m.mode)
			return
		}
	}
	w.refuse("a mode: private, vepa, bridge, passthru or source")
}

func parseMacvlanAddr(k *rtnl.Macvlan, w *words) {
	s := w.need("what to do with addresses")
	i := slices.Index(macvlanAddrWords, s)
	if i < 0 {
		w.refuse("what to do with addresses: add, del, set or flush")
		return
	}
	k.MACAddrMode, k.MACAddr, k.MACAddrs = rtnl.Some(uint32(i)), nil, nil
	switch uint32(i) {
	case rtnl.MacvlanMACAddrAdd, rtnl.MacvlanMACAddrDel:
		k.MACAddr = w.lladdr(true)
	case rtnl.MacvlanMACAddrSet:
		for w.more() {
			a, ok := parseLLAddr(w.peek())
			if !ok || len(a) != 6 {
				break
			}
			w.next()
			k.MACAddrs = append(k.MACAddrs, a)
		}
	}
}

func macvlanMode(mode uint32) string {
	for _, m := range macvlanModes {
		if m.mode == mode {
			return m.word
		}
	}
	return "unknown"
}

func formatMacvlan(f *linkFormatter, k rtnl.Kind) {
	m, ok := k.(*rtnl.Macvlan)
	if !ok {
		f.ok = false
		return
	}
	formatOptions(f, m, macvlanOptions())
	if flags, ok := m.Flags.Get(); ok {
		none := true
		for _, known := range macvlanFlags {
			if flags&known.flag != 0 {
				f.add(known.word)
				none = false
			}
		}
		if none {
			f.add("flag", "null")
		}
		f.ok = f.ok && flags&^(rtnl.MacvlanNoPromisc|rtnl.MacvlanNoDst) == 0
	}
	if mode, ok := m.MACAddrMode.Get(); ok {
		if int(mode) >= len(macvlanAddrWords) {
			f.ok = false
			return
		}
		f.add("macaddr", macvlanAddrWords[mode])
		for _, a := range append(slices.Clone(m.MACAddrs), m.MACAddr) {
			if len(a) > 0 {
				f.add(net.HardwareAddr(a).String())
			}
		}
	}
}

// printMacvlan does what macvlan_print_opt in ip/iplink_macvlan.c does.
func printMacvlan(p *printer, _ *linkView, data []byte) error {
	k, err := rtnl.DecodeMacvlan(data)
	if err != nil || !k.Mode.IsSet() {
		return err
	}
	mode := k.Mode.Or(0)
	p.str("mode", "mode %s ", macvlanMode(mode))
	if flags := k.Flags.Or(0); flags&rtnl.MacvlanNoPromisc != 0 {
		p.flag("nopromisc", "nopromisc ")
	}
	if k.Flags.Or(0)&rtnl.MacvlanNoDst != 0 {
		p.flag("nodst", "nodst ")
	}
	optNum(p, "bcqueuelen", "", k.BCQueueLen)
	optNum(p, "usedbcqueuelen", "", k.BCQueueLenUsed)
	if mode != rtnl.MacvlanSource || !k.MACAddrCount.IsSet() {
		return nil
	}
	p.signed("macaddr_count", "remotes (%d) ", int64(k.MACAddrCount.Or(0)))
	if len(k.MACAddrs) == 0 {
		return nil
	}
	p.array("macaddr_data", "")
	for _, a := range k.MACAddrs {
		p.str("", "%s ", a.String())
	}
	p.endArray("")
	return nil
}
