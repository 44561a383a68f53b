package iproute

import (
	"slices"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// parseAddrShow takes a filter.
func parseAddrShow(c *Command, w *words) {
	v := &linkView{queueLen: true, family: c.Options.Family, withDev: c.Options.Oneline}
	v.parse(c, w, addrUsage, "ip address show")
}

// wants reports whether a link is shown with its addresses. One of them must
// pass the filter. A link without addresses is shown if no family was asked
// for.
func (v *linkView) wants(index uint32, addrs []rtnl.Address) bool {
	has := false
	match := slices.ContainsFunc(addrs, func(a rtnl.Address) bool {
		if a.Link.Index != index {
			return false
		}
		has = true
		return v.addr.has(&a, v.links.name)
	})
	return match || !has && v.family == unix.AF_UNSPEC
}
