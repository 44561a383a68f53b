package plan

import (
	"slices"
	"strings"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/iproute"
	"github.com/nslab/nslab/rtnl"
)

// shortWords are what follows "ip route add" for a route of a node, without
// what ip(8) and the kernel fill in: as short as somebody would write it in a
// file.
func shortWords(n *live.Node, have *rtnl.Route) string {
	r := have.Short()
	_, args, ok := iproute.Format(engine.Op{Action: routeAdd(n, r)})
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
func routeAdd(n *live.Node, r rtnl.Route) *engine.Request {
	return &engine.Request{Req: &rtnl.RouteAdd{Route: namedRoute(n, r)}}
}

// routeDel is the request that deletes a route, with the names of its
// interfaces.
func routeDel(n *live.Node, r rtnl.Route) *engine.Request {
	return &engine.Request{Req: &rtnl.RouteDel{Route: namedRoute(n, r)}}
}

// namedRoute is a route with the names of its interfaces.
func namedRoute(n *live.Node, r rtnl.Route) rtnl.Route {
	r.Nexthops = slices.Clone(r.Nexthops)
	for ref := range r.Links() {
		for _, l := range n.Links {
			if l.Index == ref.Index {
				ref.Name = l.Name
			}
		}
	}
	return r
}

// routeChanges are the steps that delete and add routes of a node, before they
// are in the plan.
type routeChanges struct {
	node *live.Node
	// unwanted[i] is the route that deletions[i] deletes, and wanted[i] the
	// route of the file that additions[i] adds, nil for one that the kernel
	// made and somebody has deleted.
	unwanted             []rtnl.Route
	wanted               []*wantedRoute
	deletions, additions []Step
}

func (c *routeChanges) add(r *wantedRoute, s Step) {
	c.wanted, c.additions = append(c.wanted, r), append(c.additions, s)
}

// replace makes one step of the deletion of a route and the addition of another
// to the same destination. It leaves them where some of those deleted lead to
// gateways and some do not: undone, routes have to be added in an order in
// which gateways can be reached.
func (c *routeChanges) replace() {
	if slices.ContainsFunc(c.unwanted, func(r rtnl.Route) bool { return live.ViaGateway(&r) != live.ViaGateway(&c.unwanted[0]) }) {
		return
	}
	gone := make([]bool, len(c.unwanted))
	for i, r := range c.wanted {
		if r == nil {
			continue
		}
		k := c.replacedBy(r)
		if k < 0 || gone[k] {
			continue
		}
		gone[k] = true
		del, add, dst := &c.deletions[k], &c.additions[i], routeWords(&r.compare)
		s := Step{Verb: Update, Object: "route", Node: c.node.Name, Name: dst,
			Old: withoutDst(shortWords(c.node, &c.unwanted[k]), dst), New: withoutDst(strings.Join(r.words, " "), dst)}
		s.do(del.ops...)
		s.do(add.ops...)
		s.takeBack(0, del.undo[0]...)
		s.takeBack(len(del.ops), add.undo[0]...)
		*add = s
	}
	var kept []Step
	for k := range c.deletions {
		if !gone[k] {
			kept = append(kept, c.deletions[k])
		}
	}
	c.deletions = kept
}

// replacedBy is the index of the unwanted route that a wanted one replaces, -1
// for none: the one that the kernel takes for it, or else one to its
// destination that no other replaces.
func (c *routeChanges) replacedBy(r *wantedRoute) int {
	if k := slices.IndexFunc(c.unwanted, func(u rtnl.Route) bool { return live.SameKey(&r.compare, &u) }); k >= 0 {
		return k
	}
	return slices.IndexFunc(c.unwanted, func(u rtnl.Route) bool {
		return u.Family == r.compare.Family && u.Table == r.compare.Table && live.SamePrefix(u.Dst, r.compare.Dst) &&
			!slices.ContainsFunc(c.wanted, func(o *wantedRoute) bool { return o != nil && live.SameKey(&o.compare, &u) })
	})
}

// withoutDst is the words of a route without its destination, if that begins
// them.
func withoutDst(words, dst string) string {
	if rest, ok := strings.CutPrefix(words, dst+" "); ok {
		return rest
	}
	return words
}
