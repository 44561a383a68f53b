package iproute

import (
	"net/netip"
	"strings"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// parseNUD reads a state: one bit or none.
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
		if !c.parseNeigh(w, &add.Neigh) {
			c.op(add)
		}
	}
}

func parseNeighDel(c *Command, w *words) {
	var n rtnl.Neigh
	help := c.parseNeigh(w, &n)
	// The kernel ignores everything else that ip(8) sends (neigh_delete in
	// net/core/neighbour.c).
	del := &rtnl.NeighDel{Neigh: rtnl.Neigh{Link: n.Link, Dst: n.Dst, Flags: n.Flags & unix.NTF_PROXY}}
	if !help {
		c.op(del)
	}
}

// The parameters of a neighbour to change, of one to get, and of a filter
// (ip/ipneigh.c).
const (
	neighKeys       keywords = "lladdr* nud proxy* router use managed extern_learn* dev proto protocol* to help*"
	neighGetKeys    keywords = "dev proxy* to help*"
	neighFilterKeys keywords = "dev master vrf nomaster unused nud proxy proto protocol* to help*"
)

// parseNeigh takes the description of a neighbour to change. A proxy entry need
// not have a link. It reports whether the words ask for help.
func (c *Command) parseNeigh(w *words, n *rtnl.Neigh) (help bool) {
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
			neighTexts.take(w, k, func() { state = w.nud() })
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
		case "protocol", "proto": // the latter is in the output
			neighTexts.take(w, k, func() { n.Protocol = uint8(w.named(rtProtos, "a protocol", 255)) })
		case "help":
			// iproute2 ignores it if another word follows.
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
		w.peer("Device and destination are required arguments.")
	}
	w.inetOnly("neighbours", c.Options.Family)
	n.State = state
	if state == unix.NUD_NONE {
		n.State = rtnl.NeighStateNone
	}
	return false
}

// neighAddr takes the address of a neighbour, which must be the only one.
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
		w.peerLLAddr(s)
	}
	return a
}
