package iproute

import (
	"fmt"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// vxlanKind is a VXLAN.
var vxlanKind = linkKind{
	name:     "vxlan",
	usage:    func() string { return vxlanUsage },
	parse:    parseVXLAN,
	format:   formatVXLAN,
	print:    printVXLAN,
	links:    vxlanLinks,
	linkSays: peerNoDevice,
	refers: func(data []byte) []uint32 {
		k, err := rtnl.DecodeVXLAN(data)
		if err != nil {
			return nil // print reports it
		}
		return []uint32{k.Link.Or(rtnl.LinkRef{}).Index}
	},
}

const vxlanUsage = `Usage: ... vxlan id VNI | external [ [no]vnifilter ]
           [ { group | remote } ADDRESS ] [ local ADDRESS ] [ dev DEV ]
           [ dstport PORT ] [ srcport MIN MAX ] [ ttl { TTL | auto | inherit } ]
           [ tos { TOS | inherit } ] [ df { unset | set | inherit } ]
           [ flowlabel LABEL ] [ ageing { SECONDS | none } ]
           [ maxaddress { NUMBER | unlimited } ] [ [no]learning ] [ [no]proxy ]
           [ [no]rsc ] [ [no]l2miss ] [ [no]l3miss ] [ [no]udpcsum ]
           [ [no]udp6zerocsumtx ] [ [no]udp6zerocsumrx ] [ [no]remcsumtx ]
           [ [no]remcsumrx ] [ gbp ] [ gpe ]
`

// vxlanKeys are the options of a VXLAN (vxlan_parse_opt in ip/iplink_vxlan.c).
const vxlanKeys keywords = "id* vni* group* remote* local* dev* ttl* hoplimit* tos* dsfield* df* label* flowlabel* ageing* " +
	"maxaddress* port* srcport* dstport* nolearning* learning* noproxy* proxy* norsc* rsc* nol2miss* l2miss* nol3miss* l3miss* " +
	"udpcsum* noudpcsum* udp6zerocsumtx* noudp6zerocsumtx* udp6zerocsumrx* noudp6zerocsumrx* remcsumtx* noremcsumtx* " +
	"remcsumrx* noremcsumrx* external* noexternal* gbp* gpe* vnifilter novnifilter"

// vxlanDFs are the words for DF, by number.
var vxlanDFs = []string{"unset", "set", "inherit"}

// vxlanFlags are the options that are one word, or one with "no" before it.
// Those that are only named to be on, iproute2 cannot turn off.
var vxlanFlags = []struct {
	word  string
	field func(*rtnl.VXLAN) *rtnl.Opt[bool]
	only  bool
}{
	{"external", func(k *rtnl.VXLAN) *rtnl.Opt[bool] { return &k.CollectMetadata }, false},
	{"vnifilter", func(k *rtnl.VXLAN) *rtnl.Opt[bool] { return &k.VNIFilter }, false},
	{"learning", func(k *rtnl.VXLAN) *rtnl.Opt[bool] { return &k.Learning }, false},
	{"proxy", func(k *rtnl.VXLAN) *rtnl.Opt[bool] { return &k.Proxy }, false},
	{"rsc", func(k *rtnl.VXLAN) *rtnl.Opt[bool] { return &k.RSC }, false},
	{"l2miss", func(k *rtnl.VXLAN) *rtnl.Opt[bool] { return &k.L2Miss }, false},
	{"l3miss", func(k *rtnl.VXLAN) *rtnl.Opt[bool] { return &k.L3Miss }, false},
	{"udpcsum", func(k *rtnl.VXLAN) *rtnl.Opt[bool] { return &k.UDPCSum }, false},
	{"udp6zerocsumtx", func(k *rtnl.VXLAN) *rtnl.Opt[bool] { return &k.UDPZeroCSum6TX }, false},
	{"udp6zerocsumrx", func(k *rtnl.VXLAN) *rtnl.Opt[bool] { return &k.UDPZeroCSum6RX }, false},
	{"remcsumtx", func(k *rtnl.VXLAN) *rtnl.Opt[bool] { return &k.RemCSumTX }, false},
	{"remcsumrx", func(k *rtnl.VXLAN) *rtnl.Opt[bool] { return &k.RemCSumRX }, false},
	{"gbp", func(k *rtnl.VXLAN) *rtnl.Opt[bool] { return &k.GBP }, true},
	{"gpe", func(k *rtnl.VXLAN) *rtnl.Opt[bool] { return &k.GPE }, true},
}

// vxlanOptions are all the options of iproute2 6.1.
var vxlanOptions = sync.OnceValue(func() []kindOption[rtnl.VXLAN] {
	options := vxlanValues()
	other := map[string]string{"id": "vni", "ttl": "hoplimit", "tos": "dsfield", "flowlabel": "label", "srcport": "port"}
	for _, o := range options {
		if name, ok := other[o.name]; ok { // is read and not written
			o.name, o.value = name, func(*rtnl.VXLAN) (string, bool) { return "", false }
			options = append(options, o)
		}
	}
	for _, f := range vxlanFlags {
		set := func(on bool) func(*rtnl.VXLAN, *words) {
			return func(k *rtnl.VXLAN, _ *words) {
				*f.field(k) = rtnl.Some(on)
				if f.word == "external" && on && k.Learning.IsSet() {
					k.Learning = rtnl.Some(false) // a later "learning" counts
				}
			}
		}
		is := func(on bool) func(*rtnl.VXLAN) (string, bool) {
			return func(k *rtnl.VXLAN) (string, bool) { return "", *f.field(k) == rtnl.Some(on) }
		}
		options = append(options, kindOption[rtnl.VXLAN]{name: f.word, once: f.word, single: ".", parse: set(true), value: is(true)})
		if !f.only {
			options = append(options, kindOption[rtnl.VXLAN]{name: "no" + f.word, once: f.word, single: ".", parse: set(false), value: is(false)})
		}
	}
	return options
})

// vxlanValues are the options that have a value.
func vxlanValues() []kindOption[rtnl.VXLAN] {
	const wrong = "Error: argument %q is wrong: "
	// orWord is a number, or a word that stands for one.
	orWord := func(name, word, says string, bits uint, set func(*rtnl.VXLAN, uint32)) func(*rtnl.VXLAN, *words) {
		return func(k *rtnl.VXLAN, w *words) {
			if w.is(word) {
				set(k, 0)
				return
			}
			w.peerWrong(wrong+says, func() { set(k, uint32(w.number(name, 0, 1<<bits-1))) })
		}
	}
	number := func(name, says string, bits uint, field func(*rtnl.VXLAN) *rtnl.Opt[uint32]) kindOption[rtnl.VXLAN] {
		o := numberOption(name, bits, field)
		plain := o.parse
		o.parse = func(k *rtnl.VXLAN, w *words) { w.peerWrong(wrong+says, func() { plain(k, w) }) }
		o.once, o.single = name, name
		return o
	}
	ageing := kindOption[rtnl.VXLAN]{name: "ageing", once: "ageing", single: "ageing",
		parse: orWord("ageing in seconds", "none", "ageing timer", 32, func(k *rtnl.VXLAN, v uint32) {
			k.Ageing = rtnl.Some(time.Duration(v) * time.Second)
		}),
		value: func(k *rtnl.VXLAN) (string, bool) {
			v, ok := k.Ageing.Get()
			return strconv.FormatInt(int64(v/time.Second), 10), ok
		}}
	limit := number("maxaddress", "max addresses", 32, func(k *rtnl.VXLAN) *rtnl.Opt[uint32] { return &k.Limit })
	limit.parse = orWord("maxaddress", "unlimited", "max addresses", 32, func(k *rtnl.VXLAN, v uint32) { k.Limit = rtnl.Some(v) })
	return []kindOption[rtnl.VXLAN]{
		number("id", "invalid id", 24, func(k *rtnl.VXLAN) *rtnl.Opt[uint32] { return &k.ID }),
		{name: "group", once: "group", single: "group", parse: parseVXLANGroup, value: func(k *rtnl.VXLAN) (string, bool) {
			return k.Remote.String(), k.Remote.IsValid() && k.Remote.IsMulticast()
		}},
		{name: "remote", once: "remote", single: "remote", parse: parseVXLANRemote, value: func(k *rtnl.VXLAN) (string, bool) {
			return k.Remote.String(), k.Remote.IsValid() && !k.Remote.IsMulticast()
		}},
		{name: "local", once: "local", single: "local",
			parse: func(k *rtnl.VXLAN, w *words) {
				k.Local = w.vxlanAddr("the local address", k.Remote)
				if k.Local.IsValid() && k.Local.IsMulticast() {
					w.bad("an address of this end, which a multicast address is not")
					w.peer(wrong+"invalid local address", w.all[w.i-1])
				}
			},
			value: func(k *rtnl.VXLAN) (string, bool) { return k.Local.String(), k.Local.IsValid() }},
		{name: "dev", once: "dev", single: "dev",
			parse: func(k *rtnl.VXLAN, w *words) { k.Link = rtnl.Some(rtnl.LinkName(w.device("a link"))) },
			value: func(k *rtnl.VXLAN) (string, bool) {
				l := k.Link.Or(rtnl.LinkRef{})
				return devWord(l), !l.IsZero()
			}},
		{name: "ttl", once: "ttl", single: "ttl", parse: parseVXLANTTL, value: vxlanTTL},
		{name: "tos", once: "tos", single: "tos",
			parse: func(k *rtnl.VXLAN, w *words) {
				if w.is("inherit") {
					k.TOS = rtnl.Some(uint8(1))
					return
				}
				w.peerWrong(wrong+"bad TOS value", func() { k.TOS = rtnl.Some(w.dsfield()) })
			},
			value: func(k *rtnl.VXLAN) (string, bool) {
				tos, ok := k.TOS.Get()
				if tos == 1 {
					return "inherit", ok
				}
				return fmt.Sprintf("0x%x", tos), ok
			}},
		{name: "df", once: "df", single: "df",
			parse: func(k *rtnl.VXLAN, w *words) {
				for i, word := range vxlanDFs {
					if w.is(word) {
						k.DF = rtnl.Some(uint8(i))
						return
					}
				}
				w.need("a way to set DF")
				w.bad("a way to set DF: unset, set or inherit")
				w.peer(wrong+"DF must be 'unset', 'set' or 'inherit'", w.all[w.i-1])
			},
			value: func(k *rtnl.VXLAN) (string, bool) {
				df, ok := k.DF.Get()
				if int(df) >= len(vxlanDFs) {
					return strconv.Itoa(int(df)), ok // iproute2 cannot say it
				}
				return vxlanDFs[df], ok
			}},
		number("flowlabel", "invalid flowlabel", 20, func(k *rtnl.VXLAN) *rtnl.Opt[uint32] { return &k.Label }),
		ageing,
		limit,
		{name: "srcport", once: "srcport", single: "srcport",
			parse: func(k *rtnl.VXLAN, w *words) {
				var r rtnl.VXLANPortRange
				w.peerWrong(wrong+"min port", func() { r.Low = w.uint16("the first source port") })
				w.peerWrong(wrong+"max port", func() { r.High = w.uint16("the last source port") })
				if r != (rtnl.VXLANPortRange{}) {
					k.PortRange = rtnl.Some(r)
				}
			},
			value: func(k *rtnl.VXLAN) (string, bool) { return "", false }}, // two words: see formatVXLAN
		{name: "dstport", once: "dstport", single: "dstport",
			parse: func(k *rtnl.VXLAN, w *words) {
				w.peerWrong(wrong+"dst port", func() { k.Port = rtnl.Some(w.uint16("a UDP port")) })
			},
			value: func(k *rtnl.VXLAN) (string, bool) {
				port, ok := k.Port.Get()
				// Without it, iproute2 warns; 0 leaves the port to the kernel.
				return strconv.Itoa(int(port)), ok || k.ID.IsSet() || k.CollectMetadata.IsSet()
			}},
	}
}

// vxlanAddr takes an address of the same family as another, unless that is not
// valid. "any" is none.
func (w *words) vxlanAddr(what string, other netip.Addr) netip.Addr {
	if !other.IsValid() {
		return w.inetAddr(what, unix.AF_UNSPEC)
	}
	if w.is("any", "all", "default") {
		return unspecified(familyOf(other))
	}
	return w.inetAddr(what, familyOf(other))
}

// unspecified is the address of a family that stands for none; the zero Addr
// for any family.
func unspecified(family uint8) netip.Addr {
	switch family {
	case unix.AF_INET:
		return netip.IPv4Unspecified()
	case unix.AF_INET6:
		return netip.IPv6Unspecified()
	}
	return netip.Addr{}
}

// bothVXLANEnds refuses both a group and a remote end.
func bothVXLANEnds(w *words) {
	w.failWith(statusFailed, "a VXLAN has a group or a remote end, not both")
	w.peer("vxlan: both group and remote cannot be specified")
}

func parseVXLANGroup(k *rtnl.VXLAN, w *words) {
	if k.Remote.IsValid() && !k.Remote.IsMulticast() {
		bothVXLANEnds(w)
	}
	a := w.vxlanAddr("a multicast group", k.Local)
	if w.err == nil && !a.IsMulticast() {
		w.bad("the address of a multicast group; that of another end is remote")
		w.peer("Error: argument %q is wrong: invalid group address", w.all[w.i-1])
	}
	k.Remote = a
}

func parseVXLANRemote(k *rtnl.VXLAN, w *words) {
	if k.Remote.IsValid() && k.Remote.IsMulticast() {
		bothVXLANEnds(w)
	}
	a := w.vxlanAddr("the address of another end", k.Local)
	if w.err == nil && a.IsMulticast() {
		w.bad("the address of another end; that of a multicast group is group")
		w.peer("Error: argument %q is wrong: invalid remote address", w.all[w.i-1])
	}
	k.Remote = a
}

func parseVXLANTTL(k *rtnl.VXLAN, w *words) {
	switch {
	case w.is("inherit"):
		k.TTLInherit = rtnl.Some(true)
	case w.is("auto"):
		k.TTL = rtnl.Some(uint8(0))
	default:
		w.peerWrong("Error: argument %q is wrong: invalid TTL", func() { k.TTL = rtnl.Some(w.uint8("ttl")) })
	}
}

func vxlanTTL(k *rtnl.VXLAN) (string, bool) {
	ttl, ok := k.TTL.Get()
	switch {
	case k.TTLInherit.Or(false):
		return "inherit", true
	case ttl == 0:
		return "auto", ok
	}
	return strconv.Itoa(int(ttl)), ok
}

const vxlanNeedsID = "a VXLAN needs an identifier, id VNI, or external"

// parseVXLAN takes the options, and what goes together.
func parseVXLAN(p *linkParams, w *words) rtnl.Kind {
	if w.more() && w.peek() == "help" && w.loose {
		w.next()
		w.refuse(`anything but "help"`)
		return nil
	}
	if p.create && w.err == nil && !w.more() {
		w.failWith(statusKernel, "%s", vxlanNeedsID) // iproute2 leaves this one to the kernel
		w.peer("Error: Required attributes not provided to perform the operation.")
		return nil
	}
	k := parseOptions(w, "an option of a VXLAN", "vxlan: unknown command %q?", vxlanKeys, vxlanOptions())
	group := k.Remote.IsValid() && k.Remote.IsMulticast()
	external := k.CollectMetadata.Or(false)
	fail := func(peer, format string) {
		w.failWith(statusFailed, "%s", format)
		w.peer("vxlan: %s", peer)
	}
	switch {
	case w.err != nil:
		return k
	case k.VNIFilter.Or(false) && !external:
		fail("vnifilter is valid only when 'external' is set", "vnifilter goes with external")
	case external && k.ID.IsSet():
		fail("both 'external' and vni cannot be specified", "a VXLAN has an id, or is external, not both")
	case p.create && !external && !k.ID.IsSet():
		fail("missing virtual network identifier", vxlanNeedsID)
	case group && !k.Link.IsSet():
		fail("'group' requires 'dev' to be specified", "a multicast group needs the link that it is reached by, dev DEV")
	}
	switch {
	case k.Port == rtnl.Some(uint16(0)):
		k.Port = rtnl.Opt[uint16]{}
	case k.Port.IsSet():
	case k.GPE.Or(false):
		k.Port = rtnl.Some(uint16(4790))
	case p.create:
		p.warning = firstWarning{"ip: without dstport, the kernel's port is 8472; IANA's for VXLAN is 4789", "vxlan: destination port not specified\nWill use Linux kernel default (non-standard value)\n" +
			"Use 'dstport 4789' to get the IANA assigned value\nUse 'dstport 0' to get default and quiet this message"}
	}
	if !k.Remote.IsValid() && !k.Local.IsValid() {
		k.Remote = unspecified(p.family) // says the family alone
	}
	if p.create && !k.Learning.IsSet() {
		k.Learning = rtnl.Some(!external)
	}
	return k
}

func vxlanLinks(k rtnl.Kind, each func(*rtnl.LinkRef)) {
	if v, ok := k.(*rtnl.VXLAN); ok {
		if l, ok := v.Link.Get(); ok {
			each(&l)
			v.Link = rtnl.Some(l)
		}
	}
}

func formatVXLAN(f *linkFormatter, k rtnl.Kind) {
	v, ok := k.(*rtnl.VXLAN)
	if !ok {
		f.ok = false
		return
	}
	formatOptions(f, v, vxlanOptions())
	if r, ok := v.PortRange.Get(); ok {
		f.add("srcport", strconv.Itoa(int(r.Low)), strconv.Itoa(int(r.High)))
	}
	if v.CollectMetadata.Or(false) && !v.Learning.IsSet() {
		f.add("learning") // external alone turns it off
	}
	f.ok = f.ok && v.DF.Or(0) <= rtnl.VXLANDFInherit && !v.RemCSumNoPartial.Or(false) && v.Ageing.Or(0)%time.Second == 0
}
