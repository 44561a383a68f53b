package plan

import (
	"maps"
	"slices"

	"github.com/nslab/nslab/internal/live"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// kernelRouteResource: the routes that the kernel makes for addresses.
var kernelRouteResource = resource{
	stages: []stage{{name: "kernel-route.restore", plan: (*planner).kernelRoutesAgain, needs: []need{
		{"route", "a file may name one of them"},
	}}},
}

// kernelRoutesAgain makes those routes again that follow from the file's
// addresses, and that somebody has deleted.
func (p *planner) kernelRoutesAgain() {
	for n := range p.pruned() {
		p.kernelRoutesOf(n)
	}
}

func (p *planner) kernelRoutesOf(n *live.Node) {
	for _, name := range slices.Sorted(maps.Keys(n.Links)) {
		l := n.Links[name]
		if l.IsNew || !l.Up() {
			continue
		}
		for i := range l.Addrs {
			a := &l.Addrs[i]
			if !live.IsPlain(a) || live.IsSecondary(a) || l.KernelMade(*a) || slices.Contains(l.Anew, a.Prefix) {
				continue
			}
			for _, r := range live.KernelRoutes(l, a.Prefix) {
				if (r.Type == unix.RTN_UNICAST || r.Type == unix.RTN_LOCAL && a.Prefix.Addr().Is4()) && !n.HasRoute(&r) {
					p.add(addRoute(n, r, rtnl.ModeAdd))
				}
			}
		}
	}
}
