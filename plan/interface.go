package plan

import (
	"bytes"
	"net"
	"slices"
	"strconv"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

func kindWords(l *live.Link) string {
	if l.Kind == "" {
		return "a device of its own kind"
	}
	return "of type " + l.Kind
}

// update adds a step that changes a link, if what differs is not empty. Undo
// may be nil. Then are operations that follow both the change and its undoing.
func (p *planner) update(node string, l *live.Link, object string, what change, set, undo func(*rtnl.LinkSet), then ...engine.Op) {
	if what.old == what.new {
		return
	}
	s := Step{Verb: Update, Object: object, Node: node, Name: l.Name, Old: what.old, New: what.new}
	s.op(node, setLink(l.Name, l.Index, set))
	if undo != nil {
		s.undoOp(node, setLink(l.Name, l.Index, undo))
	}
	if len(then) > 0 {
		s.do(then...)
		s.takeBack(0, then...)
	}
	p.add(s)
}

// change is an old and a new value, in words.
type change struct{ old, new string }

func (p *planner) changeMAC(node string, l *live.Link, object string, want net.HardwareAddr) {
	if len(want) == 0 || bytes.Equal(l.Address, want) {
		return
	}
	old := bytes.Clone(l.Address)
	s := Step{Verb: Update, Object: object, Node: node, Name: l.Name,
		Old: "mac " + net.HardwareAddr(old).String(), New: "mac " + want.String()}
	set := func(mac net.HardwareAddr) engine.Op {
		return engine.Op{NetNS: node, Action: setLink(l.Name, l.Index, func(s *rtnl.LinkSet) { s.Address = mac })}
	}
	var none, some []engine.Op
	if p.newLinkLocal(node, l, want) {
		// The kernel does not make it again by itself.
		none, some = linkLocalOps(node, l)
		s.do(none...)
		s.takeBack(0, some...)
	}
	s.do(set(want))
	s.takeBack(len(none), set(old))
	if some != nil {
		s.do(some...)
		s.takeBack(len(none)+1, none...)
	}
	neighs := p.neighsAgain(p.w.Nodes[node], l, 0)
	s.do(neighs...)
	s.takeBack(len(none), neighs...)
	p.add(s)
	l.Address = want
}

// resetsMTU reports whether the MTU of an end that the file gives none becomes
// that of a new one: where an earlier file said one, and where it is too small
// for the file's IPv6. Otherwise it is left alone.
func (p *planner) resetsMTU(node string, end *topology.Endpoint, l *live.Link) bool {
	return p.opts.Prune || p.hadMTU(node, end.Iface) || end.IPv6 == topology.IPv6On && l.MTU < topology.MinIPv6MTU
}

// changeMTU sets the MTU.
func (p *planner) changeMTU(node string, l *live.Link, object string, want uint32) {
	if l.MTU == want {
		return
	}
	old := l.MTU
	p.resized(p.w.Nodes[node], l, old, want)
	p.setMTU(node, l, object, old, 0, want)
}

// freeName makes sure that no link has the name of one to come as an
// alternative name, which the kernel would refuse. It reports whether none has.
func (p *planner) freeName(n *live.Node, name string, line int) bool {
	l := n.AltNames[name]
	if l == nil || n.Links[l.Name] != l {
		return true // there is none, or it goes
	}
	if !p.opts.Prune {
		p.failf(line, "node %q: %q is an alternative name of %q; remove it first, or use --prune", n.Name, name, l.Name)
		return false
	}
	delete(n.AltNames, name)
	l.Whole.AltNames = slices.DeleteFunc(slices.Clone(l.Whole.AltNames), func(alt string) bool { return alt == name })
	p.deleteAltNames(n, l, []string{name})
	return true
}

// ifaceUp brings an interface up, with IPv6 as it should be. Then are
// operations that follow where it was down.
func (p *planner) ifaceUp(node, object string, l *live.Link, ipv6 topology.IPv6Mode, then ...engine.Op) {
	ipv6 = p.ipv6(ipv6)
	own := ownGenMode(p.t.Node(node), l.Name) != ""
	if own {
		ipv6 = topology.IPv6On // a setting says it
	}
	if !l.Up() {
		s := Step{Verb: Update, Object: object, Node: node, Name: l.Name, Old: "down", New: "up"}
		if !own {
			p.ipv6Again(&s, l, ipv6)
			p.ipv6NoMore(&s, l, ipv6)
		}
		s.op(node, setLink(l.Name, l.Index, func(s *rtnl.LinkSet) { s.Up() }))
		s.undoOp(node, setLink(l.Name, l.Index, func(s *rtnl.LinkSet) { s.Down() }))
		s.do(then...)
		p.ipv6MTUFollows(node, l) // and does again when the link comes up once more
		p.add(s)
		l.Flags |= unix.IFF_UP
		l.ComesUp()
		l.GenNone = ipv6 == topology.IPv6Off
		return
	}
	if p.noIPv6 {
		return
	}
	if !own {
		p.ipv6Mode(node, object, l, ipv6)
	}
	p.linkLocalAgain(node, l, ipv6)
}

func (p *planner) masterWords(node string, index uint32) string {
	if index == 0 {
		return "no master"
	}
	for _, l := range p.w.Nodes[node].Links {
		if l.Index == index {
			return "master " + l.Name
		}
	}
	return "master " + strconv.FormatUint(uint64(index), 10)
}

// masterRef refers to the device of an index, 0 for none, by its name too.
func (p *planner) masterRef(node string, index uint32) rtnl.LinkRef {
	for _, l := range p.w.Nodes[node].Links {
		if l.Index == index {
			return l.Ref()
		}
	}
	return rtnl.LinkIndex(index)
}

// changeMaster makes a link a port of the device of an index, 0 for none.
func (p *planner) changeMaster(node string, l *live.Link, object string, want uint32) {
	old := l.Master
	if old == want {
		return
	}
	master := p.masterRef(node, want)
	undo := func(s *rtnl.LinkSet) { s.Master = rtnl.Some(rtnl.LinkIndex(old)) }
	var again []engine.Op
	switch {
	case p.losesForGood(node, p.w.Nodes[node].ByIndex(old)):
		undo = nil
	case old != 0: // the kernel forgets the options and the entries of a port that leaves
		again = append(p.portAgain(node, l), p.entriesAgain(node, l)...)
	}
	p.update(node, l, object, change{p.masterWords(node, old), p.masterWords(node, want)},
		func(s *rtnl.LinkSet) { s.Master = rtnl.Some(master) }, undo, again...)
	l.Master = want
}
