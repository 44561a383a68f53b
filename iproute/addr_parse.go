package iproute

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

func parseAddrAdd(mode rtnl.Mode) func(*Command, *words) {
	return func(c *Command, w *words) {
		r := &rtnl.AddrAdd{Mode: mode}
		ap := addrParser{c: c, w: w, a: &r.Address, req: r, adds: true}
		if ap.parse() {
			ap.finishAdd()
			ap.finish()
		}
	}
}

func parseAddrDel(c *Command, w *words) {
	r := &rtnl.AddrDel{}
	ap := addrParser{c: c, w: w, a: &r.Address, req: r}
	if !ap.parse() {
		return
	}
	if p := ap.local; !p.given && p.family == unix.AF_INET && !ap.peer.prefix.IsValid() {
		r.AnyLength = true
		ap.warn(fmt.Sprintf("Warning: no prefix length was given: the first address %s of the interface is deleted, whatever its network.\n"+
			"         %[1]s/32 would say which.", p.prefix.Addr()),
			fmt.Sprintf("Warning: Executing wildcard deletion to stay compatible with old scripts.\n"+
				"         Explicitly specify the prefix length (%s/32) to avoid this warning.\n"+
				"         This special behaviour is likely to disappear in further releases,\n"+
				"         fix your scripts!", p.prefix.Addr()))
	}
	if ap.valid || ap.pref {
		// They do not identify the address, but they must be valid.
		if err := ap.lifetimes(); err != nil {
			w := ap.w
			w.failWith(statusFailed, "%w", err)
		}
	}
	// Keep only what identifies the address.
	r.Address = rtnl.Address{
		Prefix: r.Prefix, Peer: r.Peer, Label: r.Label, Scope: r.Scope, Flags: r.Flags & unix.IFA_F_MANAGETEMPADDR,
	}
	ap.finish()
}

// addrParser reads one address. As in ip(8), the family is that of the first
// word that has one.
type addrParser struct {
	c      *Command
	w      *words
	a      *rtnl.Address
	req    rtnl.Request
	adds   bool // for an address to add, not one to delete
	family uint8

	local, peer         inetPrefix
	dev, broadcast      string
	hasPeer             bool
	scoped, valid, pref bool
	flags               []*addrFlag
	warnings, peers     []string // in nslab's words and in iproute2's
}

func (ap *addrParser) warn(own, peer string) {
	ap.warnings, ap.peers = append(ap.warnings, own), append(ap.peers, peer)
}

// parse reads all words. It reports whether there is an address to work with.
func (ap *addrParser) parse() bool {
	w := ap.w
	ap.family = ap.c.Options.Family
	for w.more() && ap.c.do == nil {
		k := w.keyword(addrKeys)
		addrTexts.take(w, k, func() { ap.one(k) })
	}
	switch {
	case w.err != nil || ap.c.do != nil:
		return false
	case ap.dev == "":
		w.status = statusFailed
		w.need(`"dev" and an interface`)
		w.peer(peerNoDev)
		return false
	case !inetFamily(ap.family):
		w.inetOnly("addresses", ap.family)
		return false
	case !ap.local.prefix.IsValid():
		// The kernel would refuse it, or delete any address.
		w.status = statusKernel
		w.need("an address with its prefix length, such as 10.0.0.1/24")
		w.peer("%s", answers(unix.EOPNOTSUPP))
		return false
	}
	a := ap.a
	a.Prefix = ap.local.prefix
	if p := ap.peer.prefix; p.IsValid() {
		a.Peer = p.Addr()
		if p.Bits() > 0 {
			a.Prefix = netip.PrefixFrom(a.Prefix.Addr(), p.Bits())
		}
	} else if ap.hasPeer {
		if !ap.peer.given || ap.peer.family == unix.AF_UNSPEC {
			w.failWith(statusKernel, `"peer" needs an address; a name for all addresses is none`)
			return false
		}
		a.Peer = zeroOf(a.Prefix.Addr()) // "default"
	}
	for _, f := range ap.flags {
		switch {
		case f.kernels:
			ap.warn(fmt.Sprintf("Warning: only the kernel sets the flag %s", f.name), fmt.Sprintf("Warning: %s option is not mutable from userspace", f.name))
		case f.v6 && ap.family != unix.AF_INET6:
			ap.warn(fmt.Sprintf("Warning: only IPv6 addresses have the flag %s", f.name),
				fmt.Sprintf("Warning: %s option can be set only for IPv6 addresses", f.name))
		default:
			a.Flags |= f.mask
		}
	}
	return true
}

// addrKeys are the parameters of an address (ipaddr_modify in ip/ipaddress.c),
// and "proto" of later versions. iproute2 looks for the names of flags just
// before "local".
const addrKeys keywords = "peer remote broadcast* brd anycast scope dev label metric* priority* preference* valid_lft* " +
	"preferred_lft* proto local help*"

// one takes the parameter that starts with the keyword k, "" for none.
func (ap *addrParser) one(k string) {
	w, a := ap.w, ap.a
	switch k {
	case "peer", "remote":
		if ap.first(ap.peer.prefix.IsValid()) {
			ap.hasPeer = true
			ap.peer = w.inetPrefix("the address of the other end", ap.family)
			ap.takeFamily(ap.peer.family)
		}
	case "broadcast", "brd":
		if !ap.first(ap.broadcast != "") {
			return
		}
		ap.broadcast = w.peek()
		if !w.is("+", "-") {
			a.Broadcast = w.inetAddr(`a broadcast address, "+" or "-"`, ap.family)
			ap.takeFamily(familyOf(a.Broadcast))
		}
	case "anycast":
		if ap.first(a.Anycast.IsValid()) {
			a.Anycast = w.inetAddr("an anycast address", ap.family)
			ap.takeFamily(familyOf(a.Anycast))
		}
	case "scope":
		a.Scope, ap.scoped = uint8(w.named(rtScopes, "a scope", 255)), true
	case "dev":
		ap.dev = w.device("an interface")
	case "label":
		a.Label = w.need("a label")
	case "metric", "priority", "preference":
		a.Metric = w.uint32("a metric")
	case "proto":
		a.Protocol = w.addrProto()
	case "valid_lft":
		if ap.first(ap.valid) {
			a.Valid, ap.valid = rtnl.Some(w.lifetime()), true
		}
	case "preferred_lft":
		if ap.first(ap.pref) {
			a.Preferred, ap.pref = rtnl.Some(w.lifetime()), true
		}
	case "local":
		if w.keyword("help*") == "" {
			ap.address()
			return
		}
		fallthrough
	case "help":
		ap.c.usage(w, addrUsage)
	default:
		if f := findAddrFlag(w.peek()); f != nil {
			w.next()
			ap.flags = append(ap.flags, f)
			return
		}
		ap.address()
	}
}

// address takes a prefix.
func (ap *addrParser) address() {
	const want = "an address"
	w := ap.w
	if ap.local.prefix.IsValid() {
		w.next()
		w.bad(`a parameter of an address, such as "dev" or "scope"; the address is already given`)
		w.garbage("local")
		return
	}
	ap.local = w.inetPrefix(want, ap.family)
	ap.takeFamily(ap.local.family)
}

// takeFamily sets the family unless it is already set.
func (ap *addrParser) takeFamily(family uint8) {
	if ap.family == unix.AF_UNSPEC {
		ap.family = family
	}
}

// first fails if given is true, because the parameter must not be repeated. It
// reports whether there has been no error.
func (ap *addrParser) first(given bool) bool {
	if given {
		ap.w.bad("each parameter only once")
		ap.w.twice(cmp.Or(map[string]string{"brd": "broadcast", "remote": "peer"}[ap.w.all[ap.w.i-1]], ap.w.all[ap.w.i-1]))
	}
	return ap.w.err == nil
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

// finishAdd sets what depends on several words.
func (ap *addrParser) finishAdd() {
	a := ap.a
	network := networkOf(a)
	switch ap.broadcast {
	case "+":
		a.Broadcast = rtnl.BroadcastAddr(network)
	case "-":
		if rtnl.BroadcastAddr(network).IsValid() {
			a.Broadcast = network.Masked().Addr()
		}
	}
	if !ap.scoped {
		a.Scope = rtnl.DefaultAddrScope(a.Prefix.Addr())
	}
	var err error
	switch {
	case (ap.broadcast == "+" || ap.broadcast == "-") && ap.family != unix.AF_INET:
		err = &peerError{"Broadcast can be set only for IPv4 addresses", errors.New("a broadcast address: IPv6 has none")}
	case ap.valid || ap.pref:
		err = ap.lifetimes()
	case a.Flags&unix.IFA_F_MCAUTOJOIN != 0 && !a.Prefix.Addr().IsMulticast():
		err = &peerError{"autojoin needs multicast address", fmt.Errorf("autojoin: %s is not a multicast address", a.Prefix.Addr())}
	}
	if err != nil {
		ap.w.err = &Error{Status: statusFailed, Err: err}
	}
}

// lifetimes sets both lifetimes, since ip(8) takes one that is not given as
// forever.
func (ap *addrParser) lifetimes() error {
	valid, pref := ap.a.Valid.Or(rtnl.Forever), ap.a.Preferred.Or(rtnl.Forever)
	ap.a.Valid, ap.a.Preferred = rtnl.Some(valid), rtnl.Some(pref)
	const tooLong = "preferred_lft is greater than valid_lft"
	switch {
	case valid == 0:
		return &peerError{"valid_lft is zero", errors.New("valid_lft 0: an address without a lifetime; delete it instead")}
	case pref > valid && !ap.pref:
		return &peerError{tooLong, fmt.Errorf("valid_lft %d without preferred_lft, which is then forever: it may not be longer", valid)}
	case pref > valid:
		return &peerError{tooLong, fmt.Errorf("preferred_lft %d is longer than valid_lft %d", pref, valid)}
	}
	return nil
}

// finish adds the operation. If there are warnings, the command prints them
// before it carries out the operation.
func (ap *addrParser) finish() {
	if ap.w.err != nil {
		return
	}
	ap.a.Link.Name = ap.dev
	c := ap.c
	c.op(ap.req)
	c.first = firstWarning{strings.Join(ap.warnings, "\n"), strings.Join(ap.peers, "\n")}
}
