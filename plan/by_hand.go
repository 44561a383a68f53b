package plan

import (
	"slices"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// What somebody has made by hand stays where the file says nothing of it,
// though the kernel takes it along with what a plan changes: it is made again.

// handNeighs are the entries of a link's neighbour table, and its proxy
// entries, that somebody has made and the plan leaves alone.
func (p *planner) handNeighs(n *live.Node, l *live.Link) []rtnl.Neigh {
	return p.neighs.of(p, n, l, func(r *live.Rest) []rtnl.Neigh { return r.Neighs }, (*live.More).Neighs)
}

// handFDB are the FDB entries of a link that somebody has made.
func (p *planner) handFDB(n *live.Node, l *live.Link) []rtnl.Neigh {
	return p.fdbs.of(p, n, l, func(r *live.Rest) []rtnl.Neigh { return r.FDB }, (*live.More).FDB)
}

// handEntries are entries that somebody has made, of the nodes that were asked
// for, by the index of their link.
type handEntries map[string]map[uint32][]rtnl.Neigh

// of returns those of a link, which are in rest where that was read, or else
// read then.
func (h *handEntries) of(p *planner, n *live.Node, l *live.Link, rest func(*live.Rest) []rtnl.Neigh, read func(*live.More, string) ([]rtnl.Neigh, error)) []rtnl.Neigh {
	if l.IsNew {
		return nil
	}
	if *h == nil {
		*h = make(handEntries)
	}
	if _, known := (*h)[n.Name]; !known {
		var all []rtnl.Neigh
		switch {
		case n.Rest != nil:
			all = rest(n.Rest)
		case p.w.More != nil:
			var err error
			if all, err = read(p.w.More, n.Name); err != nil {
				p.errs = append(p.errs, err)
			}
		}
		byLink := make(map[uint32][]rtnl.Neigh)
		for _, e := range all {
			if n.MadeByHand(&e) && !(p.opts.Prune && !live.ByProgram(e.Protocol)) {
				byLink[e.Link.Index] = append(byLink[e.Link.Index], e)
			}
		}
		(*h)[n.Name] = byLink
	}
	return (*h)[n.Name][l.Index]
}

// neighsAgain returns the operations that make those of a family again, 0 for
// any.
func (p *planner) neighsAgain(n *live.Node, l *live.Link, family uint8) []engine.Op {
	var ops []engine.Op
	for _, e := range p.handNeighs(n, l) {
		if family != 0 && e.Family != family {
			continue
		}
		add := &rtnl.NeighAdd{Neigh: e, Mode: rtnl.ModeReplace} // the kernel may have found it by itself
		add.Link = l.Ref()
		ops = append(ops, engine.Op{NetNS: n.Name, Action: &engine.Request{Req: add}})
	}
	return ops
}

// withoutIPv4 returns the operations that make again what goes with the last
// IPv4 address of a link, as it is without one: routes through it, and
// neighbours (fib_disable_ip in net/ipv4/fib_frontend.c).
func (p *planner) withoutIPv4(n *live.Node, l *live.Link) []engine.Op {
	var routes []rtnl.Route
	for _, r := range n.Routes {
		if live.GoesWithIPv4(&r, l) && r.Protocol != unix.RTPROT_KERNEL {
			routes = append(routes, r)
		}
	}
	sortRoutes(routes)
	ops := p.neighsAgain(n, l, unix.AF_INET)
	for _, r := range routes {
		ops = append(ops, engine.Op{NetNS: n.Name, Action: routeAdd(n, r)})
	}
	return ops
}

// keepRoutes notes routes that the kernel takes along with an address, and that
// stay: those of files are made again, or not, as the file says.
func (p *planner) keepRoutes(n *live.Node, lost []rtnl.Route) {
	for _, r := range lost {
		if p.ofFiles(n, &r) || p.opts.Prune && pruned(&r) {
			continue
		}
		if p.byHand == nil {
			p.byHand = make(map[string][]rtnl.Route)
		}
		p.byHand[n.Name] = append(p.byHand[n.Name], r)
	}
}

// routesAgain makes them again, as far as the node has the networks of their
// gateways and their sources still.
func (p *planner) routesAgain(n *live.Node) {
	for _, r := range p.byHand[n.Name] {
		if n.HasRoute(&r) || r.PrefSrc.IsValid() && !n.IsLocal(r.PrefSrc) ||
			slices.ContainsFunc(hops(&r), func(h rtnl.Nexthop) bool { return badGateway(n, h, r.Table) != "" || !n.Reaches(h, r.Table) }) {
			continue
		}
		mode := rtnl.ModeAdd
		if slices.ContainsFunc(n.Routes, func(have rtnl.Route) bool { return live.SameKey(&r, &have) }) {
			mode = rtnl.ModeAppend // as it was made
		}
		p.add(addRoute(n, r, mode))
	}
}
