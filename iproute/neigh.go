package iproute

import (
	"context"
	"fmt"
	"net/netip"
	"strings"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// neighborObject is "ip neighbor"; neighbourObject is its other spelling.
var neighborObject = object{
	name: "neighbor",
	bare: "show",
	verbs: []verb{
		{name: "add", parse: parseNeighAdd(rtnl.ModeAdd)},
		{name: "change", parse: parseNeighAdd(rtnl.ModeChange)}, {name: "chg", parse: parseNeighAdd(rtnl.ModeChange)},
		{name: "replace", parse: parseNeighAdd(rtnl.ModeReplace)},
		{name: "delete", parse: parseNeighDel},
		{name: "get", parse: parseNeighGet},
		{name: "show", parse: parseNeighShow}, {name: "lst", parse: parseNeighShow}, {name: "list", parse: parseNeighShow},
		{name: "flush", parse: parseNeighFlush},
	},
	usage: neighUsage,
}

var neighbourObject = object{name: "neighbour", bare: neighborObject.bare, verbs: neighborObject.verbs, usage: neighUsage}

const neighUsage = `The neighbour tables, of ARP and NDISC:
  ip neigh { add | change | replace }
           { ADDRESS dev LINK | proxy ADDRESS [dev LINK] } [lladdr LLADDR]
           [nud STATE] [router] [use] [managed] [extern_learn]
           [proto[col] PROTO]
  ip neigh delete { ADDRESS dev LINK | proxy ADDRESS [dev LINK] }
  ip neigh get { ADDRESS dev LINK | proxy ADDRESS [dev LINK] }
  ip neigh [show | flush] [[to] PREFIX] [dev LINK] [nud { STATE | all }] [proxy]
           [unused] [master LINK | nomaster | vrf VRF]
           [proto[col] { PROTO | all }]
STATE: permanent, reachable, noarp, none, stale, incomplete, delay, probe,
       failed, or one bit of NUD_*
`

// Flags of neighbours that x/sys/unix lacks (include/uapi/linux/neighbour.h).
const ntfExtManaged = 1 << 0 // NTF_EXT_MANAGED

// nudStates are the words for states, in the order in which a state is printed.
var nudStates = []struct {
	word string
	bit  uint16
	abbr bool // iproute2 takes any beginning of it
}{
	{"incomplete", unix.NUD_INCOMPLETE, false},
	{"reachable", unix.NUD_REACHABLE, true},
	{"stale", unix.NUD_STALE, false},
	{"delay", unix.NUD_DELAY, false},
	{"probe", unix.NUD_PROBE, false},
	{"failed", unix.NUD_FAILED, true},
	{"noarp", unix.NUD_NOARP, false},
	{"permanent", unix.NUD_PERMANENT, true},
	{"none", unix.NUD_NONE, false},
}

const wantNUD = "a state: permanent, reachable, noarp, none, stale, incomplete, delay, probe, failed, or one bit of NUD_*"

// parseNUD reads a state, which is one bit or none.
func parseNUD(s string) (uint16, bool) {
	for _, st := range nudStates {
		if s == st.word || st.abbr && s != "" && strings.HasPrefix(st.word, s) {
			return st.bit, true
		}
	}
	n, err := parseUint(s)
	return uint16(n), err == nil && n < 0x100 && n&(n-1) == 0
}

func parseNeighAdd(mode rtnl.Mode) func(*Command, *words) {
	return func(c *Command, w *words) {
		add := &rtnl.NeighAdd{Mode: mode}
		if !c.neighWords(w, &add.Neigh) {
			c.op(add)
		}
	}
}

func parseNeighDel(c *Command, w *words) {
	var n rtnl.Neigh
	help := c.neighWords(w, &n)
	// What ip(8) sends beside these, the kernel does not look at
	// (neigh_delete in net/core/neighbour.c).
	del := &rtnl.NeighDel{Neigh: rtnl.Neigh{Link: n.Link, Dst: n.Dst, Flags: n.Flags & unix.NTF_PROXY}}
	if !help {
		c.op(del)
	}
}

// The parameters of neighbours: of one to be changed, of one to get, and of a filter
// (ip/ipneigh.c).
const (
	neighKeys       keywords = "lladdr* nud proxy* router use managed extern_learn* dev proto protocol* to help*"
	neighGetKeys    keywords = "dev proxy* to help*"
	neighFilterKeys keywords = "dev master vrf nomaster unused nud proxy proto protocol* to help*"
)

// neighWords takes what describes a neighbour that is to be changed. A proxy entry may be
// of all links.
func (c *Command) neighWords(w *words, n *rtnl.Neigh) (help bool) {
	state := uint16(unix.NUD_PERMANENT)
	lladdr := false
	for w.more() {
		switch k := w.keyword(neighKeys); k {
		case "lladdr":
			if lladdr {
				w.bad("only one lladdr")
			}
			lladdr = true
			n.LLAddr = w.neighLLAddr()
		case "nud":
			state = w.nud()
		case "proxy":
			w.neighAddr(c, "the address to answer for", &n.Dst)
			n.Flags |= unix.NTF_PROXY
		case "router":
			n.Flags |= unix.NTF_ROUTER
		case "use":
			n.Flags |= unix.NTF_USE
		case "managed":
			n.ExtFlags |= ntfExtManaged
			state = unix.NUD_NONE
		case "extern_learn":
			n.Flags |= unix.NTF_EXT_LEARNED
		case "dev":
			n.Link.Name = w.device("a link")
		case "protocol", "proto": // the latter is what is printed
			n.Protocol = uint8(w.named(rtProtos, "a protocol", 255))
		case "help":
			// iproute2 passes over it, if there is another word.
			switch {
			case !w.more():
				c.usage(w, neighUsage)
			case w.ignored():
				continue
			default:
				w.bad("a parameter of ip neigh")
			}
			return true
		default:
			w.neighAddr(c, "an address or a parameter of ip neigh", &n.Dst)
		}
	}
	if w.err == nil && (!n.Dst.IsValid() || n.Link.Name == "" && n.Flags&unix.NTF_PROXY == 0) {
		w.fail(`a neighbour needs its address and "dev LINK"`)
	}
	w.inetOnly("neighbours", c.Options.Family)
	n.State = state
	if state == unix.NUD_NONE {
		n.State = rtnl.NeighStateNone
	}
	return false
}

// neighAddr takes the address of a neighbour, of which there is one.
func (w *words) neighAddr(c *Command, what string, dst *netip.Addr) {
	if w.more() && dst.IsValid() {
		w.next()
		w.bad("a parameter of ip neigh; the address is %s already", *dst)
		w.garbage("to")
		return
	}
	*dst = w.inetAddr(what, c.Options.Family)
}

func (w *words) nud() uint16 {
	s := w.need(wantNUD)
	st, ok := parseNUD(s)
	if w.err == nil && !ok {
		w.bad(wantNUD)
	}
	return st
}

// neighLLAddr takes a link-layer address, or "null" for none.
func (w *words) neighLLAddr() []byte {
	const want = "a link-layer address of at most 20 bytes, such as 02:00:00:00:00:01"
	s := w.need(want)
	if w.err != nil || s == "null" {
		return nil
	}
	a, ok := parseLLAddr(s)
	if !ok || len(a) > 20 {
		w.status = statusFailed
		w.bad(want)
	}
	return a
}

func parseNeighGet(c *Command, w *words) {
	var get rtnl.NeighGet
	dev := ""
	for w.more() {
		switch k := w.keyword(neighGetKeys); k {
		case "dev":
			dev = w.device("a link")
		case "proxy":
			w.neighAddr(c, "the address that is answered for", &get.Dst)
			get.Flags = unix.NTF_PROXY
		case "help":
			c.usage(w, neighUsage)
			return
		default:
			w.neighAddr(c, "an address or a parameter of ip neigh get", &get.Dst)
		}
	}
	if w.err == nil && (!get.Dst.IsValid() || dev == "" && get.Flags == 0) {
		w.err = &Error{Status: statusFailed, Err: fmt.Errorf(`ip neigh get needs an address and "dev LINK"`)}
	}
	w.inetOnly("neighbours", c.Options.Family)
	c.do = func(ctx context.Context, s *Session, o *Options) error { return s.neighGet(ctx, o, get, dev) }
}

func (s *Session) neighGet(ctx context.Context, o *Options, get rtnl.NeighGet, dev string) error {
	conn, err := s.conn(o)
	if err != nil {
		return err
	}
	if dev != "" {
		if get.Index, err = conn.LinkIndex(ctx, dev); err != nil {
			return err
		}
	}
	n, err := conn.Neigh(ctx, get)
	if err != nil {
		return err
	}
	// iproute2 6.1 has no JSON here.
	text := *o
	text.JSON = false
	v := &neighView{o: o, links: s.linkMap(conn)}
	if err := v.links.ask(ctx, n.Link.Index); err != nil {
		return failed(err)
	}
	p := newPrinter(s.Stdout, &text)
	p.neigh(&n, v)
	return p.close()
}
