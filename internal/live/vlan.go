package live

import (
	"context"
	"errors"
	"slices"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/rtnl"
)

// readVLANFiltering tries a bridge that filters VLANs in a new namespace.
func (n *NewNode) readVLANFiltering(ctx context.Context, c *rtnl.Conn) error {
	err := c.Do(ctx, &rtnl.LinkAdd{Name: "filters", Kind: &rtnl.Bridge{VLANFiltering: rtnl.Some(uint8(1))}})
	if errors.Is(err, rtnl.ErrNotSupported) {
		n.NoVLANFiltering = plainCause(err)
		return nil
	}
	return err
}

// readVLANs reads the VLANs of the ports among links.
func readVLANs(ctx context.Context, c *rtnl.Conn, links []rtnl.Link, byIndex map[uint32]*Link) error {
	if !slices.ContainsFunc(links, func(l rtnl.Link) bool { return l.PortKind == "bridge" }) {
		return nil
	}
	ports, err := bridge.ListVLANs(ctx, c)
	if err != nil {
		return err
	}
	for i := range links {
		if links[i].PortKind == "bridge" {
			byIndex[links[i].Index].VLANs = &VLANs{Bridge: links[i].Master}
		}
	}
	for _, p := range ports {
		if l := byIndex[p.Index]; l != nil && l.VLANs != nil {
			l.VLANs.VLANs = p.VLANs
		}
	}
	return nil
}
