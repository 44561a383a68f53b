package plan

import (
	"maps"
	"slices"
	"strings"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/sysctl"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// allowIPv6 plans the setting that turns IPv6 on at an interface, if the file
// or its lack asks for it: where it is off the kernel takes no address
// (inet6_addr_add in net/ipv6/addrconf.c). Other settings of interfaces come
// after the links.
func (p *planner) allowIPv6(node, iface string) {
	i := p.t.NodeIndex(node)
	all := p.settings(i)
	if onlyImplied(all) {
		return
	}
	key := "net.ipv6.conf." + sysctl.Part(iface) + live.DisableIPv6
	for _, want := range all {
		if want.Key == key && want.Value == "0" {
			p.setting(&p.t.Nodes[i], want, all)
		}
	}
}

// turnsOffIPv6 reports whether by the file an interface that is there before
// its settings are written has no IPv6.
func (p *planner) turnsOffIPv6(n *topology.Node, iface string) bool {
	off := false
	for _, s := range wantedSysctls(n) { // the last one counts
		if s.Key == "net.ipv6.conf.all"+live.DisableIPv6 || s.Key == "net.ipv6.conf."+sysctl.Part(iface)+live.DisableIPv6 {
			off = s.Value != "0"
		}
	}
	return off
}

// gainsIPv6 puts into the world what comes by itself where a step turns IPv6
// on: lo, if it is up and had none, gets its address from the kernel
// (init_loopback).
func (p *planner) gainsIPv6(node, key string) {
	const all = "net.ipv6.conf.all" + live.DisableIPv6
	own := live.OfAll(key, "lo")
	if key != all && key != own {
		return
	}
	have, known := p.haveSetting(node, own)
	if !known { // it follows that of all
		have, _ = p.haveSetting(node, all)
	}
	lo := p.w.Nodes[node].Links["lo"]
	if have == "0" || have == "" || lo == nil || !lo.Up() || lo.HasAddr(live.IPv6Loopback) {
		return
	}
	lo.Addrs = append(lo.Addrs, labAddress(lo.Index, live.IPv6Loopback))
	lo.Anew = append(lo.Anew, live.IPv6Loopback)
}

// losesIPv6 takes out of the world what goes where a step turns IPv6 off:
// addresses, and the routes through their interfaces (addrconf_ifdown). They
// come back when the step is undone, and with them the neighbours.
func (p *planner) losesIPv6(s *Step, set sysctl.Setting) {
	n := p.w.Nodes[s.Node]
	iface := sysctl.Swap(strings.Split(set.Key, ".")[3])
	var routes []engine.Op
	for _, name := range slices.Sorted(maps.Keys(n.Links)) {
		if iface != "all" && iface != name {
			continue
		}
		l := n.Links[name]
		var kept []rtnl.Address
		for _, a := range live.AsAdded(l.Addrs) {
			switch {
			case a.Prefix.Addr().Is4():
				kept = append(kept, a)
			case !l.KernelMade(a):
				s.undoOp(s.Node, addAddr(name, a))
			}
		}
		l.Addrs = kept
		routes = append(routes, p.neighsAgain(n, l, unix.AF_INET6)...)
		n.Routes = slices.DeleteFunc(slices.Clone(n.Routes), func(r rtnl.Route) bool {
			lost := r.RequestFamily() == unix.AF_INET6 && live.OnlyThrough(r, l.Index)
			if lost && byUser(&r) {
				routes = append(routes, engine.Op{NetNS: s.Node, Action: &engine.Request{Req: &rtnl.RouteAdd{Route: r}}})
			}
			return lost
		})
	}
	s.takeBack(len(s.ops)-1, routes...)
}
