package plan

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"slices"
	"strings"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/sysctl"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// ipv6 is the mode of an interface; a kernel without IPv6 is told nothing of
// it, and makes no link-local addresses.
func (p *planner) ipv6(mode topology.IPv6Mode) topology.IPv6Mode {
	if p.noIPv6 {
		return topology.IPv6On
	}
	return mode
}

// ipv6Mode makes an interface that is up have link-local addresses, or none. A
// change of the mode alone says only what it does when it comes up the next
// time (inet6_set_link_af in net/ipv6/addrconf.c).
func (p *planner) ipv6Mode(node, object string, l *live.Link, ipv6 topology.IPv6Mode) {
	if l.GenNone || l.MTU != 0 && l.MTU < topology.MinIPv6MTU {
		return
	}
	mode, known := l.AddrGenMode()
	if !known {
		// Its MTU was too small for IPv6: with a larger one it starts again.
		mode = rtnl.AddrGenModeEUI64
	}
	want := p.genModeOf(node, l.Name, ipv6)
	if (mode == rtnl.AddrGenModeNone) == (want == rtnl.AddrGenModeNone) && !l.GenChanged {
		return
	}
	s := Step{Verb: Update, Object: object, Node: node, Name: l.Name,
		Old: fmt.Sprintf("addrgenmode %d", mode), New: fmt.Sprintf("addrgenmode %d", want)}
	s.do(anew(node, l, fmt.Sprint(want))...)
	if known {
		s.takeBack(0, anew(node, l, fmt.Sprint(mode))...)
	}
	p.add(s)
	l.GenMode, l.GenChanged = rtnl.Some(want), false
}

// linkLocalAgain makes the link-local address again that a link has by the
// file, and that somebody has deleted.
func (p *planner) linkLocalAgain(node string, l *live.Link, ipv6 topology.IPv6Mode) {
	mode, known := l.AddrGenMode()
	n := p.t.Node(node)
	if kind := ownKind(l); kind != nil && kind.noLinkLocal {
		return
	}
	if !known || l.GenNone || mode != p.genModeOf(node, l.Name, ipv6) || l.MTU != 0 && l.MTU < topology.MinIPv6MTU || !l.Up() ||
		slices.ContainsFunc(l.Addrs, func(a rtnl.Address) bool { return l.KernelMade(a) && a.Prefix.Addr().IsLinkLocalUnicast() }) ||
		p.turnsOffIPv6(n, l.Name) || p.w.More == nil {
		return
	}
	name := "link-local"
	switch {
	case mode == rtnl.AddrGenModeEUI64:
		name = live.LinkLocal(l.Address).String()
	case mode == rtnl.AddrGenModeRandom, mode == rtnl.AddrGenModeStableSecret && p.hasSecret(n, l.Name):
	default:
		return // it has none
	}
	lacks, err := p.w.More.LacksLinkLocal(node, l)
	if err != nil {
		p.errs = append(p.errs, err)
	}
	if !lacks {
		return
	}
	s := Step{Verb: Create, Object: "address", Node: node, Name: l.Name + " " + name}
	none, _ := linkLocalOps(node, l)
	s.do(anew(node, l, fmt.Sprint(mode))...)
	// The message makes no address.
	s.takeBack(0, append(none, engine.Op{NetNS: node, Action: setLink(l.Name, l.Index, func(s *rtnl.LinkSet) { s.AddrGenMode = rtnl.Some(mode) })})...)
	p.add(s)
	if mode == rtnl.AddrGenModeEUI64 {
		l.Addrs = append(l.Addrs, labAddress(l.Index, live.LinkLocal(l.Address)))
	}
}

// hasSecret reports whether the file gives an interface a secret to make its
// address of.
func (p *planner) hasSecret(n *topology.Node, iface string) bool {
	return slices.ContainsFunc(n.Sysctls, func(s sysctl.Setting) bool {
		return isStableSecret(s.Key) && (sysctl.Interface(s.Key) == iface || strings.HasPrefix(s.Key, "net.ipv6.conf.default."))
	})
}

// linkLocalOps are the operations after which a link has no link-local address
// of the kernel's, and those after which it has.
func linkLocalOps(node string, l *live.Link) (none, some []engine.Op) {
	none = []engine.Op{
		{NetNS: node, Action: setLink(l.Name, l.Index, func(s *rtnl.LinkSet) { s.AddrGenMode = rtnl.Some(rtnl.AddrGenModeNone) })},
		{NetNS: node, Action: &dropLinkLocal{l.Name, l.Index}},
	}
	// Unlike the message, the setting has the kernel make the address at once.
	some = []engine.Op{{NetNS: node, Action: &engine.SysctlSet{Key: genModeKey(l), Value: fmt.Sprint(rtnl.AddrGenModeEUI64)}}}
	return none, some
}

// genModeKey is the setting of a link that says how its link-local address is
// made.
func genModeKey(l *live.Link) string {
	return "net.ipv6.conf." + sysctl.Part(l.Name) + ".addr_gen_mode"
}

// newLinkLocal reports whether a link has a link-local address that the kernel
// made of its MAC address, and puts that of another in its place in the world.
func (p *planner) newLinkLocal(node string, l *live.Link, mac net.HardwareAddr) bool {
	mode, known := l.AddrGenMode()
	own := live.LinkLocal(l.Address)
	i := slices.IndexFunc(l.Addrs, func(a rtnl.Address) bool { return a.Prefix == own })
	if !known || mode != rtnl.AddrGenModeEUI64 || l.GenNone || i < 0 {
		return false
	}
	n := p.w.Nodes[node]
	p.addAll(p.sourceless(n, l.Addrs[i], false))
	n.RemoveAddress(l, l.Addrs[i])
	l.Addrs = append(l.Addrs, labAddress(l.Index, live.LinkLocal(mac)))
	return true
}

// ipv6Again lets an interface that is going to come up have link-local
// addresses which it had none of before.
func (p *planner) ipv6Again(s *Step, l *live.Link, ipv6 topology.IPv6Mode) {
	mode, known := l.AddrGenMode()
	want := p.genModeOf(s.Node, l.Name, ipv6)
	if !known || mode != rtnl.AddrGenModeNone || want == rtnl.AddrGenModeNone || l.MTU != 0 && l.MTU < topology.MinIPv6MTU {
		return
	}
	l.GenMode = rtnl.Some(want)
	s.op(s.Node, setLink(l.Name, l.Index, func(s *rtnl.LinkSet) { s.AddrGenMode = rtnl.Some(want) }))
	s.undoOp(s.Node, setLink(l.Name, l.Index, func(s *rtnl.LinkSet) { s.AddrGenMode = rtnl.Some(rtnl.AddrGenModeNone) }))
}

// ipv6NoMore keeps an interface that is going to come up from having link-local
// addresses.
func (p *planner) ipv6NoMore(s *Step, l *live.Link, ipv6 topology.IPv6Mode) {
	quiet := quietLink(s.Node, l.Name, l.Index, ipv6, l.MTU)
	if quiet == nil {
		return
	}
	s.do(quiet...)
	if mode, known := l.AddrGenMode(); known && mode != rtnl.AddrGenModeNone {
		s.undoOp(s.Node, setLink(l.Name, l.Index, func(s *rtnl.LinkSet) { s.AddrGenMode = rtnl.Some(mode) }))
	}
}

// dropLinkLocal removes the link-local addresses that the kernel has given a
// link by itself.
type dropLinkLocal struct {
	name  string
	index uint32
}

// Do implements engine.Action.
func (a *dropLinkLocal) Do(ctx context.Context, e *engine.Engine, node string) error {
	c, err := e.Conn(node)
	if err != nil {
		return err
	}
	l, err := c.Link(ctx, rtnl.LinkIndex(a.index))
	if err != nil {
		return err
	}
	addrs, err := c.Addrs(ctx, rtnl.AddrDump{Family: unix.AF_INET6, Index: a.index})
	if err != nil {
		return err
	}
	own := live.LinkLocal(l.Address)
	for _, addr := range addrs {
		if addr.Prefix != own && (addr.Protocol != live.ProtKernelLL || !addr.Prefix.Addr().IsLinkLocalUnicast()) {
			continue
		}
		if err := delAddr(a.name, addr).Do(ctx, e, node); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
