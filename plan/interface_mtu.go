package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// setMTU plans another MTU of a link, and what that does to its IPv6. By is one
// that it has in between, 0 for none.
func (p *planner) setMTU(node string, l *live.Link, object string, was, by, want uint32) {
	p.tunnelsShrink(node, l, want)
	ipv6 := p.mtuTakesIPv6(node, l, was, want)
	s := Step{Verb: Update, Object: object, Node: node, Name: l.Name,
		Old: fmt.Sprintf("mtu %d", was), New: fmt.Sprintf("mtu %d", want)}
	for _, mtu := range []uint32{by, want} {
		if mtu != 0 {
			s.op(node, setLink(l.Name, l.Index, func(s *rtnl.LinkSet) { s.MTU = mtu }))
			s.undoOp(node, setLink(l.Name, l.Index, func(s *rtnl.LinkSet) { s.MTU = was }))
		}
	}
	last := len(s.ops) - 1
	s.takeBack(last, ipv6...)
	l.MTU = want
	s.takeBack(last, p.ipv6MTUFollows(node, l)...)
	if p.resizedFrom == nil {
		p.resizedFrom = make(map[*live.Link]uint32)
	}
	if _, again := p.resizedFrom[l]; !again {
		p.resizedFrom[l] = was
	}
	s.takeBack(last, p.uppersShrink(node, l, want)...)
	p.add(s)
}

// tunnelsShrink makes those interfaces of the file smaller that send through a
// link whose MTU gets smaller: before it, since the kernel refuses them a larger
// one when that is undone (vxlan_change_mtu in drivers/net/vxlan/vxlan_core.c).
func (p *planner) tunnelsShrink(node string, l *live.Link, mtu uint32) {
	for _, upper := range p.w.Uppers(node, l) {
		n := p.t.Node(upper.Node)
		if n == nil {
			continue
		}
		in := n.Interface(upper.Name)
		if in == nil || ownKind(upper.Link) != InterfaceKinds[in.Kind] || topology.InterfaceOverhead(in.Kind, in.Options) == 0 {
			continue
		}
		if want := InterfaceKinds[in.Kind].newMTU(&live.Link{MTU: mtu}, in.Options); upper.MTU > want {
			p.setMTU(upper.Node, upper.Link, "interface", upper.MTU, 0, want)
		}
	}
}

// besideMTU is another MTU than that of a bridge, with the same IPv6.
func besideMTU(mtu uint32) uint32 {
	if mtu > topology.MinIPv6MTU {
		return mtu - 1
	}
	return mtu + 1
}

// mtuTakesIPv6 takes from the world what goes with an MTU that is too small for
// IPv6: the kernel takes that off the device, with its addresses, settings and
// routes (addrconf_notify in net/ipv6/addrconf.c). Routes are deleted before.
// It returns the operations that bring the rest back once the MTU is large
// enough again.
func (p *planner) mtuTakesIPv6(node string, l *live.Link, was, want uint32) []engine.Op {
	mode, known := l.AddrGenMode()
	if was < topology.MinIPv6MTU || want >= topology.MinIPv6MTU || !known {
		return nil
	}
	n := p.w.Nodes[node]
	none, _ := linkLocalOps(node, l)
	var ops []engine.Op
	switch {
	case mode == rtnl.AddrGenModeNone || l.GenNone:
		ops = none
	case mode != rtnl.AddrGenModeEUI64:
		ops = []engine.Op{{NetNS: node, Action: &engine.SysctlSet{Key: genModeKey(l), Value: fmt.Sprint(mode)}}}
	}
	own := live.LinkLocal(l.Address)
	var kept []rtnl.Address
	for _, a := range slices.Backward(l.Addrs) { // the kernel lists the last one first
		switch {
		case a.Prefix.Addr().Is4():
			kept = append(kept, a)
			continue
		case a.Prefix != own && a.Protocol != live.ProtKernelLL:
			ops = append(ops, engine.Op{NetNS: node, Action: addAddr(l.Name, a)})
		}
		p.addAll(p.sourceless(n, a, false))
	}
	slices.Reverse(kept)
	l.Addrs, l.GenMode, l.GenNone = kept, rtnl.Opt[uint8]{}, false
	settings := p.ipv6Settings(n, l)
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		ops = append(ops, engine.Op{NetNS: node, Action: &engine.SysctlSet{Key: key, Value: settings[key]}})
		if n.Sysctls[key] != "" {
			n.Sysctls[key] = ""
		}
	}
	p.routesGo(n, l)
	return append(ops, p.neighsAgain(n, l, unix.AF_INET6)...)
}

// ipv6Settings are the settings of a link that go with its IPv6.
func (p *planner) ipv6Settings(n *live.Node, l *live.Link) map[string]string {
	all := make(map[string]string)
	if was := p.linkWas(n.Name, l); was != nil {
		var err error
		if all, err = p.w.More.Settings(n.Name, was.link); err != nil {
			p.errs = append(p.errs, err)
		}
	}
	for key, value := range n.Sysctls {
		if live.SettingInterface(key) == l.Name {
			all[key] = value
		}
	}
	maps.DeleteFunc(all, func(key, value string) bool { return value == "" || !strings.HasPrefix(key, "net.ipv6.") })
	return all
}

// routesGo deletes the IPv6 routes through a link.
func (p *planner) routesGo(n *live.Node, l *live.Link) {
	goes := func(r rtnl.Route) bool { return r.RequestFamily() == unix.AF_INET6 && live.Through(r, l.Index) }
	for _, r := range slices.Clone(n.Routes) {
		if goes(r) && byUser(&r) {
			p.add(p.deleteRoute(n, r))
		}
	}
	n.Routes = slices.DeleteFunc(slices.Clone(n.Routes), goes)
}
