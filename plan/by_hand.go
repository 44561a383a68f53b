package plan

import (
	"slices"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// What somebody has made by hand stays where the file says nothing of it, though the
// kernel takes it along with what a plan changes: it is made again.

// handNeighs are the entries of a link's neighbour table, and its proxy entries, that
// somebody has made and the plan leaves alone.
func (p *planner) handNeighs(n *LiveNode, l *LiveLink) []rtnl.Neigh {
	if l.isNew {
		return nil
	}
	all, known := p.neighs[n.name]
	switch {
	case known:
	case n.rest != nil:
		all = n.rest.neighs
	case p.w.more != nil:
		var err error
		if all, err = p.w.more.neighs(n.name); err != nil {
			p.errs = append(p.errs, err)
		}
	}
	if !known {
		all = slices.DeleteFunc(slices.Clone(all), func(e rtnl.Neigh) bool {
			return !n.madeByHand(&e) || p.opts.Prune && !byProgram(e.Protocol)
		})
		if p.neighs == nil {
			p.neighs = make(map[string][]rtnl.Neigh)
		}
		p.neighs[n.name] = all
	}
	return slices.DeleteFunc(slices.Clone(all), func(e rtnl.Neigh) bool { return e.Link.Index != l.Index })
}

// neighsAgain returns the operations that make those of a family again, 0 for any.
func (p *planner) neighsAgain(n *LiveNode, l *LiveLink, family uint8) []engine.Op {
	var ops []engine.Op
	for _, e := range p.handNeighs(n, l) {
		if family != 0 && e.Family != family {
			continue
		}
		add := &rtnl.NeighAdd{Neigh: e, Mode: rtnl.ModeReplace} // the kernel may have found it by itself
		add.Link = l.ref()
		ops = append(ops, engine.Op{NetNS: n.name, Action: &engine.Request{Req: add}})
	}
	return ops
}

// withoutIPv4 returns the operations that make again what goes with the last IPv4 address
// of a link, as it is without one: routes through it, and neighbours (fib_disable_ip in
// net/ipv4/fib_frontend.c).
func (p *planner) withoutIPv4(n *LiveNode, l *LiveLink) []engine.Op {
	var routes []rtnl.Route
	for _, r := range n.Routes {
		if goesWithIPv4(&r, l) && r.Protocol != unix.RTPROT_KERNEL {
			routes = append(routes, r)
		}
	}
	sortRoutes(routes)
	ops := p.neighsAgain(n, l, unix.AF_INET)
	for _, r := range routes {
		ops = append(ops, engine.Op{NetNS: n.name, Action: routeAdd(n, r)})
	}
	return ops
}

// keepRoutes notes routes that the kernel takes along with an address, and that stay: those
// of files are made again, or not, as the file says.
func (p *planner) keepRoutes(n *LiveNode, lost []rtnl.Route) {
	for _, r := range lost {
		if p.ofFiles(n, &r) || p.opts.Prune && pruned(&r) {
			continue
		}
		if p.byHand == nil {
			p.byHand = make(map[string][]rtnl.Route)
		}
		p.byHand[n.name] = append(p.byHand[n.name], r)
	}
}

// routesAgain makes them again, as far as the node has the networks of their gateways and
// their sources still.
func (p *planner) routesAgain(n *LiveNode) {
	for _, r := range p.byHand[n.name] {
		if n.hasRoute(&r) || r.PrefSrc.IsValid() && !n.isLocal(r.PrefSrc) ||
			slices.ContainsFunc(hops(&r), func(h rtnl.Nexthop) bool { return badGateway(n, h) != "" || !n.reaches(h, r.Table) }) {
			continue
		}
		mode := rtnl.ModeAdd
		if slices.ContainsFunc(n.Routes, func(have rtnl.Route) bool { return sameKey(&r, &have) }) {
			mode = rtnl.ModeAppend // as it was made
		}
		p.add(addRoute(n, r, mode))
	}
}
