package iproute

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

var addressObject = object{
	name: "address",
	bare: "list",
	verbs: []verb{
		{name: "add", parse: parseAddrAdd(rtnl.ModeAdd)},
		{name: "change", parse: parseAddrAdd(rtnl.ModeChange)},
		{name: "chg", parse: parseAddrAdd(rtnl.ModeChange)},
		{name: "replace", parse: parseAddrAdd(rtnl.ModeReplace)},
		{name: "delete", parse: parseAddrDel},
		{name: "list", parse: parseAddrShow},
		{name: "show", parse: parseAddrShow},
		{name: "lst", parse: parseAddrShow},
		{name: "flush", parse: parseAddrFlush},
		{name: "save"}, {name: "showdump"}, {name: "restore"},
	},
	usage: addrUsage,
}

const addrUsage = `Addresses:
  ip address { add | change | replace } ADDRESS dev DEV [ valid_lft LIFETIME ]
             [ preferred_lft LIFETIME ] [ home | mngtmpaddr | nodad | optimistic
             | noprefixroute | autojoin ] ...
  ip address delete ADDRESS dev DEV [ mngtmpaddr ]
  ip address flush [ dev DEV ] [ to PREFIX ] [ scope SCOPE ] [ label PATTERN ]
             [ FLAG ... ]
  ip address [ show ] [ dev DEV ] [ to PREFIX ] [ scope SCOPE ]
             [ label PATTERN ] [ FLAG ... ] [ up ] [ master DEV | nomaster ]
             [ group GROUP ] [ type KIND ]
ADDRESS:  { PREFIX | ADDRESS peer PREFIX } [ broadcast { ADDRESS | + | - } ]
          [ anycast ADDRESS ] [ label LABEL ] [ scope SCOPE ] [ metric N ]
          [ proto { kernel_lo | kernel_ra | kernel_ll | N } ]
FLAG:     [-] permanent, dynamic, primary, secondary, temporary, tentative,
          deprecated, dadfailed, home, mngtmpaddr, nodad, optimistic,
          noprefixroute, autojoin, stable-privacy
LIFETIME: seconds, or "forever"
`

// addrFlag is a flag of an address, IFA_F_*, in the words of ip-address(8).
type addrFlag struct {
	name string
	mask uint32
	// kernels says that only the kernel sets it, v6 that only IPv6 has it.
	kernels, v6 bool
}

// addrFlags are in the order in which ip(8) prints them (ifa_flag_data in
// ip/ipaddress.c).
var addrFlags = []addrFlag{
	{"secondary", unix.IFA_F_SECONDARY, true, false},
	{"temporary", unix.IFA_F_SECONDARY, true, false},
	{"nodad", unix.IFA_F_NODAD, false, true},
	{"optimistic", unix.IFA_F_OPTIMISTIC, false, true},
	{"dadfailed", unix.IFA_F_DADFAILED, true, true},
	{"home", unix.IFA_F_HOMEADDRESS, false, true},
	{"deprecated", unix.IFA_F_DEPRECATED, true, true},
	{"tentative", unix.IFA_F_TENTATIVE, true, true},
	{"permanent", unix.IFA_F_PERMANENT, true, true},
	{"mngtmpaddr", unix.IFA_F_MANAGETEMPADDR, false, true},
	{"noprefixroute", unix.IFA_F_NOPREFIXROUTE, false, false},
	{"autojoin", unix.IFA_F_MCAUTOJOIN, false, false},
	{"stable-privacy", unix.IFA_F_STABLE_PRIVACY, true, true},
}

func findAddrFlag(word string) *addrFlag {
	for i := range addrFlags {
		if addrFlags[i].name == word {
			return &addrFlags[i]
		}
	}
	return nil
}

// addrProtos are IFAPROT_* by the names that later versions of ip(8) have for
// them (include/uapi/linux/if_addr.h).
var addrProtos = [...]string{1: "kernel_lo", 2: "kernel_ra", 3: "kernel_ll"}

func parseAddrAdd(mode rtnl.Mode) func(*Command, *words) {
	return func(c *Command, w *words) {
		r := &rtnl.AddrAdd{Mode: mode}
		aw := addrWords{c: c, w: w, a: &r.Address, req: r, adds: true}
		if aw.parse() {
			aw.finishAdd()
			aw.finish()
		}
	}
}

func parseAddrDel(c *Command, w *words) {
	r := &rtnl.AddrDel{}
	aw := addrWords{c: c, w: w, a: &r.Address, req: r}
	if !aw.parse() {
		return
	}
	if p := aw.local; !p.given && p.family == unix.AF_INET && !aw.peer.prefix.IsValid() {
		r.AnyLength = true
		aw.warn("Warning: no prefix length was given: the first address %s of the interface is deleted, whatever its network.\n"+
			"         %s/32 would say which.", p.prefix.Addr(), p.prefix.Addr())
	}
	if aw.valid || aw.pref {
		// They do not say which address, but have to make sense.
		if err := aw.lifetimes(); err != nil {
			w := aw.w
			w.failWith(statusFailed, "%w", err)
		}
	}
	// What does not say which address is left out.
	r.Address = rtnl.Address{
		Prefix: r.Prefix, Peer: r.Peer, Label: r.Label, Scope: r.Scope, Flags: r.Flags & unix.IFA_F_MANAGETEMPADDR,
	}
	aw.finish()
}

// addrWords reads one address. As in ip(8) the family is that of the first word
// that has one.
type addrWords struct {
	c      *Command
	w      *words
	a      *rtnl.Address
	req    rtnl.Request
	adds   bool // for adding, not for deleting
	family uint8

	local, peer         inetPrefix
	dev, broadcast      string
	hasPeer             bool
	scoped, valid, pref bool
	flags               []*addrFlag
	warnings            []string
}

func (aw *addrWords) warn(format string, args ...any) {
	aw.warnings = append(aw.warnings, fmt.Sprintf(format, args...))
}

// parse reads all words. It reports whether there is an address to work with.
func (aw *addrWords) parse() bool {
	w := aw.w
	aw.family = aw.c.Options.Family
	for w.more() && aw.c.do == nil {
		aw.one(w.keyword(addrKeys))
	}
	switch {
	case w.err != nil || aw.c.do != nil:
		return false
	case aw.dev == "":
		w.status = statusFailed
		w.need(`"dev" and an interface`)
		w.peer(peerNoDev)
		return false
	case !inetFamily(aw.family):
		w.inetOnly("addresses", aw.family)
		return false
	case !aw.local.prefix.IsValid():
		// The kernel would refuse it, or take any address to delete.
		w.status = statusKernel
		w.need("an address with its prefix length, such as 10.0.0.1/24")
		return false
	}
	a := aw.a
	a.Prefix = aw.local.prefix
	if p := aw.peer.prefix; p.IsValid() {
		a.Peer = p.Addr()
		if p.Bits() > 0 {
			a.Prefix = netip.PrefixFrom(a.Prefix.Addr(), p.Bits())
		}
	} else if aw.hasPeer {
		if !aw.peer.given || aw.peer.family == unix.AF_UNSPEC {
			w.failWith(statusKernel, `"peer" needs an address; a name for all addresses is none`)
			return false
		}
		a.Peer = zeroOf(a.Prefix.Addr()) // "default"
	}
	for _, f := range aw.flags {
		switch {
		case f.kernels:
			aw.warn("Warning: only the kernel sets the flag %s", f.name)
		case f.v6 && aw.family != unix.AF_INET6:
			aw.warn("Warning: only IPv6 addresses have the flag %s", f.name)
		default:
			a.Flags |= f.mask
		}
	}
	return true
}

// addrKeys are the parameters of an address (ipaddr_modify in ip/ipaddress.c), and
// "proto" of later versions. Before "local" stand the names of flags.
const addrKeys keywords = "peer remote broadcast* brd anycast scope dev label metric* priority* preference* valid_lft* " +
	"preferred_lft* proto local help*"

// one takes the parameter that starts with the keyword k, "" for none.
func (aw *addrWords) one(k string) {
	w, a := aw.w, aw.a
	switch k {
	case "peer", "remote":
		if aw.first(aw.peer.prefix.IsValid()) {
			aw.hasPeer = true
			aw.peer = w.inetPrefix("the address of the other end", aw.family)
			aw.takeFamily(aw.peer.family)
		}
	case "broadcast", "brd":
		if !aw.first(aw.broadcast != "") {
			return
		}
		aw.broadcast = w.peek()
		if !w.is("+", "-") {
			a.Broadcast = w.inetAddr(`a broadcast address, "+" or "-"`, aw.family)
			aw.takeFamily(familyOf(a.Broadcast))
		}
	case "anycast":
		if aw.first(a.Anycast.IsValid()) {
			a.Anycast = w.inetAddr("an anycast address", aw.family)
			aw.takeFamily(familyOf(a.Anycast))
		}
	case "scope":
		a.Scope, aw.scoped = uint8(w.named(rtScopes, "a scope", 255)), true
	case "dev":
		aw.dev = w.device("an interface")
	case "label":
		a.Label = w.need("a label")
	case "metric", "priority", "preference":
		a.Metric = w.uint32("a metric")
	case "proto":
		a.Protocol = w.addrProto()
	case "valid_lft":
		if aw.first(aw.valid) {
			a.Valid, aw.valid = rtnl.Some(w.lifetime()), true
		}
	case "preferred_lft":
		if aw.first(aw.pref) {
			a.Preferred, aw.pref = rtnl.Some(w.lifetime()), true
		}
	case "local":
		if w.keyword("help*") == "" {
			aw.address()
			return
		}
		fallthrough
	case "help":
		aw.c.usage(w, addrUsage)
	default:
		if f := findAddrFlag(w.peek()); f != nil {
			w.next()
			aw.flags = append(aw.flags, f)
			return
		}
		aw.address()
	}
}

// address takes a prefix.
func (aw *addrWords) address() {
	const want = "an address"
	w := aw.w
	if aw.local.prefix.IsValid() {
		w.next()
		w.bad(`a parameter of an address, such as "dev" or "scope"; the address is already given`)
		w.garbage("local")
		return
	}
	aw.local = w.inetPrefix(want, aw.family)
	aw.takeFamily(aw.local.family)
}

// takeFamily fixes the family, unless it is fixed.
func (aw *addrWords) takeFamily(family uint8) {
	if aw.family == unix.AF_UNSPEC {
		aw.family = family
	}
}

// first says that the last word must not be given again, if it was given. It
// reports whether all is well.
func (aw *addrWords) first(given bool) bool {
	if given {
		aw.w.bad("each parameter only once")
		aw.w.twice(aw.w.all[aw.w.i-1])
	}
	return aw.w.err == nil
}

func (w *words) addrProto() uint8 {
	s := w.need("who made the address")
	if p := slices.Index(addrProtos[1:], s); p >= 0 {
		return uint8(p + 1)
	}
	if w.err != nil {
		return 0
	}
	n, err := parseUint(s)
	if err != nil || n > math.MaxUint8 {
		w.bad("the origin of the address: kernel_lo, kernel_ra, kernel_ll or a number up to 255")
	}
	return uint8(n)
}

// lifetime takes a time in seconds, or "forever".
func (w *words) lifetime() uint32 {
	if w.is("forever") {
		return rtnl.Forever
	}
	return w.uint32(`a lifetime in seconds or "forever"`)
}

// finishAdd fills in what depends on several words.
func (aw *addrWords) finishAdd() {
	a := aw.a
	network := networkOf(a)
	switch aw.broadcast {
	case "+":
		a.Broadcast = rtnl.BroadcastAddr(network)
	case "-":
		if rtnl.BroadcastAddr(network).IsValid() {
			a.Broadcast = network.Masked().Addr()
		}
	}
	if !aw.scoped {
		a.Scope = rtnl.DefaultAddrScope(a.Prefix.Addr())
	}
	var err error
	switch {
	case (aw.broadcast == "+" || aw.broadcast == "-") && aw.family != unix.AF_INET:
		err = errors.New("a broadcast address: IPv6 has none")
	case aw.valid || aw.pref:
		err = aw.lifetimes()
	case a.Flags&unix.IFA_F_MCAUTOJOIN != 0 && !a.Prefix.Addr().IsMulticast():
		err = fmt.Errorf("autojoin: %s is no multicast address", a.Prefix.Addr())
	}
	if err != nil {
		aw.w.err = &Error{Status: statusFailed, Err: err}
	}
}

// lifetimes makes both explicit, since what is not given is forever to ip(8).
func (aw *addrWords) lifetimes() error {
	valid, pref := aw.a.Valid.Or(rtnl.Forever), aw.a.Preferred.Or(rtnl.Forever)
	aw.a.Valid, aw.a.Preferred = rtnl.Some(valid), rtnl.Some(pref)
	switch {
	case valid == 0:
		return errors.New("valid_lft 0: an address without a lifetime; delete it instead")
	case pref > valid && !aw.pref:
		return fmt.Errorf("valid_lft %d without preferred_lft, which is then forever: it may not be longer", valid)
	case pref > valid:
		return fmt.Errorf("preferred_lft %d is longer than valid_lft %d", pref, valid)
	}
	return nil
}

// finish makes the operation. With warnings, carrying it out prints them first.
func (aw *addrWords) finish() {
	if aw.w.err != nil {
		return
	}
	aw.a.Link.Name = aw.dev
	c := aw.c
	c.op(aw.req)
	if len(aw.warnings) == 0 {
		return
	}
	text := strings.Join(aw.warnings, "\n")
	c.do = func(ctx context.Context, s *Session, _ *Options) error {
		s.warn(text)
		return s.run(ctx, c.Ops)
	}
}
