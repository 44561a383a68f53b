package lab

import (
	"slices"
	"strings"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/iproute"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// words are what follows "ip route add" for a route of a node, without what ip(8) and the
// kernel fill in: as short as somebody would write it in a file.
func (n *liveNode) words(have *rtnl.Route) string {
	r := *have
	if r.Scope.Or(defaultScope(&r)) == defaultScope(&r) || routeFamily(&r) == unix.AF_INET6 {
		r.Scope = rtnl.Opt[uint8]{}
	}
	if r.Table == defaultTable(r.Type) {
		r.Table = 0
	}
	if r.Type == unix.RTN_UNICAST {
		r.Type = 0
	}
	if r.Protocol == unix.RTPROT_BOOT {
		r.Protocol = 0
	}
	if r.Pref.Or(0) == 0 {
		r.Pref = rtnl.Opt[uint8]{}
	}
	if routeFamily(&r) == unix.AF_INET6 && r.Priority == ipv6RouteMetric {
		r.Priority = 0
	}
	r.Flags &= unix.RTNH_F_ONLINK
	_, args, ok := iproute.Words(engine.Op{Action: n.routeAdd(r)})
	if !ok || len(args) < 3 {
		return routeWords(have)
	}
	args = args[slices.Index(args, "route")+2:]
	for i, a := range args {
		args[i] = iproute.Quote(a)
	}
	return strings.Join(args, " ")
}

// routeAdd is the request that adds a route, with the names of its interfaces.
func (n *liveNode) routeAdd(r rtnl.Route) *engine.Request {
	add := &rtnl.RouteAdd{Route: r}
	req := &engine.Request{Req: add}
	n.known(req, &add.Route)
	return req
}

// routeDel is the request that deletes a route, with the names of its interfaces.
func (n *liveNode) routeDel(r rtnl.Route) *engine.Request {
	del := &rtnl.RouteDel{Route: r}
	req := &engine.Request{Req: del}
	n.known(req, &del.Route)
	return req
}

// known gives a request the names of the interfaces of its route.
func (n *liveNode) known(req *engine.Request, r *rtnl.Route) {
	name := func(index *uint32) {
		for _, l := range n.links {
			if l.Index == *index {
				req.Known(l.Name, index)
			}
		}
	}
	name(&r.OIF)
	r.Nexthops = slices.Clone(r.Nexthops)
	for i := range r.Nexthops {
		name(&r.Nexthops[i].OIF)
	}
}

// replaceRoutes makes one step of the deletion of a route and the addition of another to
// the same destination. Steps from first on are the deletions of unwanted; those that add
// added are at. It leaves them where some of unwanted lead to gateways and some do
// not: undone, routes have to be added in an order in which gateways can be reached.
func (p *planner) replaceRoutes(n *liveNode, first int, unwanted []rtnl.Route, added []*wantedRoute, at []int) {
	if slices.ContainsFunc(unwanted, func(r rtnl.Route) bool { return viaGateway(&r) != viaGateway(&unwanted[0]) }) {
		return
	}
	gone := make([]bool, len(unwanted))
	steps := p.steps[first:]
	for i, r := range added {
		k := slices.IndexFunc(unwanted, func(u rtnl.Route) bool { return sameKey(&r.compare, &u) })
		if k < 0 {
			k = slices.IndexFunc(unwanted, func(u rtnl.Route) bool {
				return u.Family == r.compare.Family && u.Table == r.compare.Table && samePrefix(u.Dst, r.compare.Dst) &&
					!slices.ContainsFunc(added, func(o *wantedRoute) bool { return sameKey(&o.compare, &u) })
			})
		}
		if k < 0 || gone[k] {
			continue
		}
		gone[k] = true
		del, add := &steps[k], &p.steps[at[i]]
		s := Step{Verb: Update, Object: "route", Node: n.name, Name: routeWords(&r.compare),
			Old: withoutDst(n.words(&unwanted[k]), routeWords(&r.compare)), New: withoutDst(strings.Join(r.words, " "), routeWords(&r.compare))}
		s.do(del.ops...)
		s.do(add.ops...)
		s.takeBack(0, del.undo[0]...)
		s.takeBack(len(del.ops), add.undo[0]...)
		*add = s
	}
	kept := p.steps[:first]
	for i := range steps {
		if i >= len(unwanted) || !gone[i] {
			kept = append(kept, steps[i])
		}
	}
	p.steps = kept
}

// withoutDst is the words of a route without its destination, if that begins them.
func withoutDst(words, dst string) string {
	if rest, ok := strings.CutPrefix(words, dst+" "); ok {
		return rest
	}
	return words
}
