package iproute

import (
	"math"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// An fdbEntry has what the words say about an entry.
type fdbEntry struct {
	n    rtnl.Neigh
	dev  string
	via  string
	addr bool // LLADDR has been given
}

// lladdr takes the address of an entry: 6 bytes of one or two digits each.
func (f *fdbEntry) lladdr(w *words, what string) {
	if f.addr {
		w.next()
		w.bad("a parameter of bridge fdb; the address is already given")
		w.garbage("to")
	}
	s := w.need(what)
	a, ok := parseLLAddr(s)
	if ok && len(a) > 6 && w.loose {
		a = a[:6]
		w.warn("word %d, %q: is read as %v", w.at+w.i-1, s, a)
	}
	switch {
	case w.err != nil:
	case !ok:
		w.bad("%s, such as 02:00:00:00:00:01", what)
		w.peer("Invalid mac address %s", s)
	case len(a) != 6:
		w.bad("an Ethernet address, such as 02:00:00:00:00:01")
		w.peer("Invalid mac address %s", s)
	}
	f.n.LLAddr, f.addr = a, true
}

const wantFDB = "a parameter of bridge fdb, or an Ethernet address"

// The parameters of an entry to add or delete, of an entry to get, and of a
// filter (bridge/fdb.c).
const (
	fdbKeys keywords = "dev dst nhid port vni src_vni via self master* router* local* permanent* temp* static* dynamic* vlan* " +
		"use* extern_learn* sticky* to help*"
	fdbGetKeys  keywords = "brport dev br vni self master* vlan* dynamic* to help*"
	fdbShowKeys keywords = "brport dev br vlan state dynamic help*"
)

// vlan takes a VLAN identifier (IEEE 802.1Q; 0 and 4095 are reserved). iproute2
// takes a negative number as none, for which vlan returns 0.
func (w *words) vlan() uint16 {
	if !w.loose {
		return uint16(w.atoi("a VLAN", 1, 4094))
	}
	n := int16(w.atoi("a VLAN", math.MinInt32, math.MaxInt32))
	if n == 0 || n > 4094 {
		w.bad("a VLAN, a number from 1 to 4094")
	}
	return uint16(max(n, 0))
}

// vni takes a VXLAN network identifier, 24 bits (RFC 7348). says is what
// iproute2 says about a wrong one.
func (w *words) vni(says string) (n uint32) {
	w.peerWrong("Error: argument %q is wrong: "+says, func() { n = uint32(w.number("a VXLAN network identifier", 1, 1<<24-1)) })
	return n
}

// once fails if a parameter has already been given.
func (w *words) once(given bool) {
	if given {
		w.bad("each parameter only once")
	}
}

// parseFDBEntry takes the words of an entry to add or delete.
func parseFDBEntry(c *Command, w *words) (f *fdbEntry, ok bool) {
	f = &fdbEntry{n: rtnl.Neigh{Family: unix.AF_BRIDGE}}
	state := uint16(unix.NUD_NOARP)
	for w.more() {
		switch k := w.keyword(fdbKeys); k {
		case "dev":
			f.dev = w.device("a port")
		case "dst":
			w.once(f.n.Dst.IsValid())
			w.failing(statusFailed, func() { f.n.Dst = w.inetAddr("the remote end", c.Options.Family) })
		case "nhid":
			routeTexts.take(w, k, func() { f.n.NHID = uint32(w.number("the id of a nexthop", 1, 1<<32-1)) })
		case "port":
			w.peerWrong("Error: argument %q is wrong: invalid port", func() { f.n.Port = uint16(w.number("a UDP port", 1, 65535)) })
		case "vni":
			f.n.VNI = w.vni("invalid VNI")
		case "src_vni":
			f.n.SrcVNI = w.vni("invalid src VNI")
		case "via":
			f.via = w.device("a link")
		case "self":
			f.n.Flags |= unix.NTF_SELF
		case "master":
			f.n.Flags |= unix.NTF_MASTER
		case "router":
			f.n.Flags |= unix.NTF_ROUTER
		case "use":
			f.n.Flags |= unix.NTF_USE
		case "extern_learn":
			f.n.Flags |= unix.NTF_EXT_LEARNED
		case "sticky":
			f.n.Flags |= bridge.NTFSticky
		case "local", "permanent":
			state |= unix.NUD_PERMANENT
		case "static", "temp":
			state |= unix.NUD_REACHABLE
		case "dynamic":
			state |= unix.NUD_REACHABLE
			state &^= unix.NUD_NOARP
		case "vlan":
			w.once(f.n.VLAN != 0)
			w.peerWrong("Error: invalid vlan id.%.0s", func() { f.n.VLAN = w.vlan() }) // the kernel's
		case "to":
			if w.keyword("help*") == "" {
				f.lladdr(w, wantFDB)
				continue
			}
			fallthrough
		case "help":
			c.usage(w, fdbUsage)
			return nil, false
		default:
			f.lladdr(w, wantFDB)
		}
	}
	switch {
	case !f.addr:
		w.need("an Ethernet address")
		w.peer("Device and address are required arguments.")
	case f.dev == "":
		w.need(`a port, "dev DEV"`)
		w.peer("Device and address are required arguments.")
	case f.n.NHID != 0 && (f.n.Dst.IsValid() || f.n.Port != 0 || f.n.VNI != 0):
		w.fail("use either a nexthop or dst, port and vni, not both")
		w.peer("dst, port, vni are mutually exclusive with nhid")
	}
	if f.n.Flags&(unix.NTF_SELF|unix.NTF_MASTER) == 0 {
		f.n.Flags |= unix.NTF_SELF
	}
	if state&(unix.NUD_PERMANENT|unix.NUD_REACHABLE) == 0 {
		state |= unix.NUD_PERMANENT
	}
	f.n.State = state
	f.n.Link.Name, f.n.Via.Name = f.dev, f.via
	return f, w.err == nil
}

func parseFDBAdd(mode rtnl.Mode) func(c *Command, w *words) {
	return func(c *Command, w *words) {
		if f, ok := parseFDBEntry(c, w); ok {
			c.op(&rtnl.NeighAdd{Neigh: f.n, Mode: mode})
			c.wrap = bridgeFailed
		}
	}
}

func parseFDBDelete(c *Command, w *words) {
	if f, ok := parseFDBEntry(c, w); ok {
		c.op(&rtnl.NeighDel{Neigh: f.n})
		c.wrap = bridgeFailed
	}
}
