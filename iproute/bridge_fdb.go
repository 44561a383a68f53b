package iproute

import (
	"errors"
	"math"
	"strings"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

var bridgeFDBObject = object{
	name: "fdb",
	bare: "show",
	verbs: []verb{
		{name: "add", parse: parseFDBAdd(rtnl.ModeAdd)}, {name: "append", parse: parseFDBAdd(rtnl.ModeAppend)}, {name: "replace", parse: parseFDBAdd(rtnl.ModeReplace)},
		{name: "delete", parse: parseFDBDelete}, {name: "get", parse: parseFDBGet},
		{name: "show", parse: parseFDBShow}, {name: "lst", parse: parseFDBShow}, {name: "list", parse: parseFDBShow},
		{name: "flush", parse: parseFDBFlush, whole: true},
	},
	usage: fdbUsage,
}

const fdbUsage = `Forwarding databases of bridges, and of devices with one of their own:
  bridge fdb [show] [br BRIDGE] [brport | dev DEV] [vlan VID] [state STATE]
             [dynamic]
  bridge fdb { add | append | replace | delete } [to] LLADDR dev DEV [self]
    [master] [local | static | dynamic] [vlan VID] [use] [router] [extern_learn]
    [sticky] [via DEV] [src_vni VNI]
    { [dst ADDRESS] [port PORT] [vni VNI] | [nhid ID] }
  bridge fdb get [to] LLADDR [br BRIDGE] [brport | dev DEV] [vlan VID] [vni VNI]
             [self] [master] [dynamic]
  bridge fdb flush dev DEV [brport DEV] [vlan VID] [self] [master]
    [[no]permanent | [no]static | [no]dynamic] [[no]added_by_user]
    [[no]extern_learn] [[no]sticky] [[no]offloaded]
states: permanent, static or temp, stale, reachable or dynamic, all, or a number
`

// An fdbWords is what the words about an entry say.
type fdbWords struct {
	n    rtnl.Neigh
	dev  string
	via  string
	addr bool // LLADDR was given
}

// lladdr takes the address of an entry: 6 bytes, of one or two digits each.
func (f *fdbWords) lladdr(w *words, what string) {
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

// The parameters of an entry to add or to delete, of one to get, and of a filter
// (bridge/fdb.c).
const (
	fdbKeys keywords = "dev dst nhid port vni src_vni via self master* router* local* permanent* temp* static* dynamic* vlan* " +
		"use* extern_learn* sticky* to help*"
	fdbGetKeys  keywords = "brport dev br vni self master* vlan* dynamic* to help*"
	fdbShowKeys keywords = "brport dev br vlan state dynamic help*"
)

// vlan takes a VLAN identifier (IEEE 802.1Q: 0 and 4095 are reserved). To iproute2 a
// negative one is none, which is 0 here.
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

// vni takes a VXLAN network identifier, 24 bits (RFC 7348).
func (w *words) vni() uint32 { return uint32(w.number("a VXLAN network identifier", 1, 1<<24-1)) }

// once refuses a parameter that was given before.
func (w *words) once(given bool) {
	if given {
		w.bad("each parameter only once")
	}
}

// parseFDBEntry takes the words of an entry to add or to delete.
func parseFDBEntry(c *Command, w *words) (f *fdbWords, ok bool) {
	f = &fdbWords{n: rtnl.Neigh{Family: unix.AF_BRIDGE}}
	state := uint16(unix.NUD_NOARP)
	for w.more() {
		switch k := w.keyword(fdbKeys); k {
		case "dev":
			f.dev = w.device("a port")
		case "dst":
			w.once(f.n.Dst.IsValid())
			w.failing(statusFailed, func() { f.n.Dst = w.inetAddr("the remote end", c.Options.Family) })
		case "nhid":
			f.n.NHID = uint32(w.number("the id of a nexthop", 1, 1<<32-1))
		case "port":
			f.n.Port = uint16(w.number("a UDP port", 1, 65535))
		case "vni":
			f.n.VNI = w.vni()
		case "src_vni":
			f.n.SrcVNI = w.vni()
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
			f.n.VLAN = w.vlan()
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

// flushFlags are the flags of entries that a flush may ask for, with "no" in
// front for entries without.
var flushFlags = []struct {
	word string
	bit  uint8
}{
	{"added_by_user", unix.NTF_USE}, {"extern_learn", unix.NTF_EXT_LEARNED}, {"sticky", bridge.NTFSticky}, {"offloaded", unix.NTF_OFFLOADED},
}

func parseFDBFlush(c *Command, w *words) {
	req := &bridge.FDBFlush{}
	dev, port := "", ""
	for w.more() {
		switch k := w.next(); k {
		case "dev":
			dev = w.device("a bridge or a port")
		case "brport":
			w.once(port != "")
			port = w.device("a port")
		case "vlan":
			w.once(req.VLAN.IsSet())
			if v := w.vlan(); v != 0 {
				req.VLAN = rtnl.Some(v)
			}
		case "self":
			req.Flags |= unix.NTF_SELF
		case "master":
			req.Flags |= unix.NTF_MASTER
		case "help":
			// iproute2 passes over it, and over the word behind it.
			switch {
			case !w.more():
				c.usage(w, fdbUsage)
			case w.ignored():
				w.next()
				w.ignored()
				continue
			default:
				w.bad("a parameter of bridge fdb flush")
			}
			return
		default:
			if !flushState(req, k) && !flushFlag(req, k) && !w.ignored() {
				w.bad("a parameter of bridge fdb flush")
			}
		}
	}
	if dev == "" {
		w.need(`a bridge or a port, "dev DEV"`)
		w.peer("Device is a required argument.")
	}
	req.Link.Name, req.Port.Name = dev, port
	c.op(req)
	c.wrap = func(err error) error {
		says := peerNoBridge
		if d := (*rtnl.NoDeviceError)(nil); errors.As(err, &d) && d.Name == port {
			says = peerNoPort
		}
		return bridgeFailed(noDevice(bridge.FlushError(err), says))
	}
}

// flushState takes a word about the state of the entries to flush. The last word
// on each bit counts, and "dynamic" has none on "permanent", as in iproute2.
func flushState(req *bridge.FDBFlush, word string) bool {
	const noarp, permanent = unix.NUD_NOARP, unix.NUD_PERMANENT
	switch word {
	case "permanent":
		req.State |= permanent
		req.StateMask |= permanent
	case "nopermanent":
		req.State &^= permanent
		req.StateMask |= permanent
	case "static":
		req.State |= noarp
		req.StateMask |= noarp | permanent
	case "nostatic":
		req.State &^= noarp
		req.StateMask |= noarp
	case "dynamic":
		req.State &^= noarp
		req.StateMask |= noarp | permanent
	case "nodynamic":
		req.State |= noarp
		req.StateMask |= noarp
	default:
		return false
	}
	return true
}

// flushFlag takes a word about a flag of the entries to flush.
func flushFlag(req *bridge.FDBFlush, word string) bool {
	name, without := strings.CutPrefix(word, "no")
	for _, f := range flushFlags {
		if f.word != name {
			continue
		}
		req.FlagsMask |= f.bit
		if without {
			req.Flags &^= f.bit
		} else {
			req.Flags |= f.bit
		}
		return true
	}
	return false
}
