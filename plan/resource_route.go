package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

var routeResource = resource{
	objects: []object{{name: "route", line: lineOfRoute}},
	stages: []stage{{name: "route", plan: (*planner).routes, needs: []need{
		{"link", "a gateway is reached through an interface that is up and has addresses"},
		{"bridge.up", "a gateway is reached through an interface that is up and has addresses"},
		{"interface.stacked", "a gateway is reached through an interface that is up and has addresses"},
		{"loopback", "the source of a route is an address of the node"},
		{"link.remove", "the kernel would lead a route to a gateway through an interface that goes"},
		{"bridge.remove", "the kernel would lead a route to a gateway through an interface that goes"},
		{"interface.remove", "the kernel would lead a route to a gateway through an interface that goes"},
		{"foreign-link.prune", "the kernel would lead a route to a gateway through an interface that goes"},
	}}},
}

func lineOfRoute(t *topology.Topology, node int, s *Step) int {
	n := &t.Nodes[node]
	for k, words := range n.Routes {
		if strings.Join(words, " ") == s.Name {
			return int(n.RoutePos(k).Line)
		}
	}
	return n.Line
}

// A wantedRoute is a route of the file, read.
type wantedRoute struct {
	at    topology.Pos
	words []string
	route rtnl.Route
	// compare is route as the kernel keeps it, to be compared with what is
	// there.
	compare rtnl.Route
}

// readRoute reads the words of a route, and finds its interfaces in a node.
func (p *planner) readRoute(n *live.Node, words []string) (*wantedRoute, error) {
	add, err := topology.ParseRoute(words)
	if err != nil {
		return nil, err
	}
	for ref := range add.Links() {
		l := n.Links[ref.Name]
		if l == nil {
			return nil, fmt.Errorf("no interface %q in this node", ref.Name)
		}
		ref.Index = l.Index
	}
	return &wantedRoute{words: words, route: add.Route, compare: add.Route.Normal()}, nil
}

// own is the route for its deletion: that one, and not another to the same
// network, such as the kernel's own.
func (r *wantedRoute) own() rtnl.Route {
	own := r.route
	own.Table, own.Protocol, own.Type, own.Priority = r.compare.Table, r.compare.Protocol, r.compare.Type, r.compare.Priority
	return own
}

// lead completes a route that is to be compared with what is there: where it
// names no interface to a gateway, the kernel takes the one that is nearest to
// it.
func (r *wantedRoute) lead(n *live.Node) {
	if r.compare.OIF.IsZero() {
		r.compare.OIF.Index = n.Toward(r.compare.Gateway, r.compare.Table)
	}
	for i := range r.compare.Nexthops {
		if h := &r.compare.Nexthops[i]; h.OIF.IsZero() {
			h.OIF.Index = n.Toward(h.Gateway, r.compare.Table)
		}
	}
}

func (p *planner) routes() {
	for i := range p.t.Nodes {
		p.routesOf(i)
	}
}

// routesOf plans the routes of a node: those that it should not have go, and
// those that it has not come.
func (p *planner) routesOf(i int) {
	node := &p.t.Nodes[i]
	n := p.w.Nodes[node.Name]
	var want []*wantedRoute
	for k, words := range node.Routes {
		r, err := p.readRoute(n, words)
		if err != nil {
			p.failf(int(node.RoutePos(k).Line), "node %q: route %q: %w", node.Name, strings.Join(words, " "), err)
			continue
		}
		r.at = node.RoutePos(k)
		p.checkDst(node, r)
		r.lead(n)
		want = append(want, r)
	}
	old := p.oldRoutes(n)
	c := &routeChanges{node: n, unwanted: p.unwantedRoutes(n, old, want)}
	for _, have := range c.unwanted {
		c.deletions = append(c.deletions, p.deleteRoute(n, have))
	}
	for _, r := range want {
		if n.HasRoute(&r.compare) || n.ComesByItself(&r.compare) {
			continue
		}
		if k := n.MakesRoute(&r.compare, live.AnyAddress); k != nil {
			c.add(nil, addRoute(n, *k, rtnl.ModeAdd)) // which somebody has deleted
			continue
		}
		p.checkRoute(node, n, r)
		s := Step{Verb: Create, Object: "route", Node: n.Name, Name: strings.Join(r.words, " ")}
		s.op(n.Name, &engine.Request{Req: &rtnl.RouteAdd{Route: r.route}})
		s.undoOp(n.Name, &engine.Request{Req: &rtnl.RouteDel{Route: r.own()}})
		n.Routes = append(n.Routes, r.compare)
		c.add(r, s)
	}
	if !p.losesAddress[n.Name] {
		c.replace()
	}
	p.addAll(c.deletions)
	p.addAll(c.additions)
	p.kernelsAgain(n, old, want)
	p.routesAgain(n)
}

// oldRoutes are the routes that earlier files gave a node.
func (p *planner) oldRoutes(n *live.Node) (old []*wantedRoute) {
	for _, t := range p.old {
		if on := t.Node(n.Name); on != nil {
			for _, words := range on.Routes {
				// An interface that is gone took its routes along.
				if r, err := p.readRoute(n, words); err == nil {
					old = append(old, r)
				}
			}
		}
	}
	return old
}

// kernelsAgain makes those of the kernel's routes again that an earlier file
// named and somebody has deleted.
func (p *planner) kernelsAgain(n *live.Node, old, want []*wantedRoute) {
	for _, r := range old {
		is := func(other *wantedRoute) bool { return live.SameKey(&other.compare, &r.compare) }
		if slices.ContainsFunc(want, is) || n.HasRoute(&r.compare) || n.ComesByItself(&r.compare) {
			continue
		}
		if k := n.MakesRoute(&r.compare, live.AnyAddress); k != nil {
			p.add(addRoute(n, *k, rtnl.ModeAdd))
		}
	}
}

// unwantedRoutes are routes that an earlier file asked for and this one does
// not, and those in the way of this one's; with Prune also those that nobody
// but a user can have added. They are in the order in which they go, those to
// gateways first.
func (p *planner) unwantedRoutes(n *live.Node, old, want []*wantedRoute) (unwanted []rtnl.Route) {
	for _, have := range n.Routes {
		isWanted := slices.ContainsFunc(want, func(r *wantedRoute) bool {
			return live.SameRoute(&r.compare, &have) || live.IsKernels(&r.compare, &have)
		})
		was := slices.ContainsFunc(old, func(r *wantedRoute) bool { return live.SameWay(&r.compare, &have) }) &&
			(have.Protocol != unix.RTPROT_KERNEL || n.MakesRoute(&have, live.AnyAddress) == nil)
		if !isWanted && (was || p.opts.Prune && pruned(&have) || routeInTheWay(n, &have, want)) {
			unwanted = append(unwanted, have)
		}
	}
	sortRoutes(unwanted)
	slices.Reverse(unwanted) // undone in the order in which they can be added
	return unwanted
}

// pruned reports whether a route that no file has asked for is one that goes:
// not the kernel's, and not that of a program that makes routes and says so by
// their protocol, all of which are RTPROT_GATED or above
// (include/uapi/linux/rtnetlink.h).
func pruned(r *rtnl.Route) bool {
	return r.Protocol != unix.RTPROT_KERNEL && r.Protocol != unix.RTPROT_REDIRECT && r.Protocol < unix.RTPROT_GATED
}

// routeInTheWay reports whether a route that somebody has added is one that the
// kernel would take for a wanted one that is not there: that could not be added
// (EEXIST).
func routeInTheWay(n *live.Node, have *rtnl.Route, want []*wantedRoute) bool {
	switch have.Protocol {
	case unix.RTPROT_KERNEL, unix.RTPROT_REDIRECT, unix.RTPROT_RA:
		return false // the kernel's own, which nobody could put back
	}
	return slices.ContainsFunc(want, func(r *wantedRoute) bool {
		return live.SameKey(&r.compare, have) && !n.HasRoute(&r.compare)
	})
}

// sortRoutes sorts routes so that they can be added: a gateway is reached
// through a route without one (fib_check_nh in net/ipv4/fib_semantics.c,
// ip6_route_check_nh in net/ipv6/route.c), and a source can be an address that
// is local by a route of host scope.
func sortRoutes(routes []rtnl.Route) {
	slices.SortStableFunc(routes, func(a, b rtnl.Route) int {
		switch ag, bg := live.ViaGateway(&a), live.ViaGateway(&b); {
		case ag && !bg:
			return 1
		case bg && !ag:
			return -1
		}
		return cmp.Compare(b.Scope.Or(0), a.Scope.Or(0))
	})
}

// deleteRoute is the step that deletes a route, which is out of the world then.
// One to a gateway, or with a source, can only be added again where there are
// certain addresses.
func (p *planner) deleteRoute(n *live.Node, have rtnl.Route) Step {
	s := Step{Verb: Delete, Object: "route", Node: n.Name, Name: shortWords(n, &have)}
	s.needsAddresses = live.ViaGateway(&have) || have.PrefSrc.IsValid()
	s.op(n.Name, routeDel(n, have))
	s.undoOp(n.Name, routeAdd(n, have))
	n.Routes = slices.DeleteFunc(n.Routes, func(r rtnl.Route) bool { return live.SameRoute(&have, &r) })
	return s
}

// sourceless are the steps that delete the IPv6 routes of files whose source is
// an address that goes. The kernel would keep them, and forget their source
// (rt6_remove_prefsrc in net/ipv6/route.c). Those of somebody's hand go too, to
// be made again, where the node is to have that address once more.
func (p *planner) sourceless(n *live.Node, a rtnl.Address, again bool) (steps []Step) {
	for _, have := range slices.Clone(n.Routes) {
		if have.PrefSrc != a.Prefix.Addr() || !have.PrefSrc.Is6() {
			continue
		}
		if of := p.ofFiles(n, &have); of || again {
			steps = append(steps, p.deleteRoute(n, have))
			if !of {
				p.keepRoutes(n, []rtnl.Route{have})
			}
		}
	}
	return steps
}

// resized deletes the IPv6 routes of files whose own MTU the kernel changes
// along with that of their interface, which goes through sizes: routes makes
// them again.
func (p *planner) resized(n *live.Node, l *live.Link, sizes ...uint32) (lost bool) {
	for _, have := range slices.Clone(n.Routes) {
		m := have.Metrics
		if m != nil && m.MTU != 0 && m.Lock&(1<<unix.RTAX_MTU) == 0 && routeMTU(m.MTU, sizes) != m.MTU &&
			have.RequestFamily() == unix.AF_INET6 && live.Through(have, l.Index) && p.ofFiles(n, &have) {
			p.add(p.deleteRoute(n, have))
			lost = true
		}
	}
	return lost
}

// routeMTU is what becomes of the MTU of an IPv6 route whose interface goes
// through sizes: the kernel lowers what is larger than a new size, and takes
// along what was the old one (fib6_nh_mtu_change in net/ipv6/route.c).
func routeMTU(mtu uint32, sizes []uint32) uint32 {
	for i, now := range sizes[1:] {
		if was := sizes[i]; now != was && (mtu > now || mtu == was) {
			mtu = now
		}
	}
	return mtu
}

// ofFiles reports whether this file or an earlier one asks for a route.
func (p *planner) ofFiles(n *live.Node, have *rtnl.Route) bool {
	if !byUser(have) {
		return false
	}
	for _, t := range append(slices.Clone(p.old), p.t) {
		node := t.Node(n.Name)
		if node != nil && slices.ContainsFunc(node.Routes, func(words []string) bool {
			r, err := p.readRoute(n, words)
			return err == nil && live.SameWay(&r.compare, have)
		}) {
			return true
		}
	}
	return false
}

func routeWords(r *rtnl.Route) string {
	if r.IsDefault() {
		return "default"
	}
	return r.Dst.String()
}

// addRoute is the step that adds a route, which is in the world then.
func addRoute(n *live.Node, r rtnl.Route, mode rtnl.Mode) Step {
	s := Step{Verb: Create, Object: "route", Node: n.Name, Name: shortWords(n, &r)}
	add := routeAdd(n, r)
	add.Req.(*rtnl.RouteAdd).Mode = mode
	s.op(n.Name, add)
	s.undoOp(n.Name, routeDel(n, r))
	n.Routes = append(n.Routes, r)
	return s
}
