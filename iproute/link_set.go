package iproute

import (
	"context"
	"fmt"
	"net"

	"github.com/nslab/nslab/rtnl"
)

// parseLinkSet takes changes of a link, or of all links in a group.
func parseLinkSet(c *Command, w *words) {
	if c.help(w, linkUsage) {
		return
	}
	set := &rtnl.LinkSet{}
	p := linkParams{command: "ip link set", attrs: &set.LinkAttrs, family: c.Options.Family}
	p.parse(w)
	if w.err != nil {
		return
	}
	dev := p.dev
	if dev == "" {
		dev = p.name // "ip link set name X up" does not rename
	}
	if dev != p.name {
		set.NewName = p.name
	}
	if p.typed {
		if k, port := p.kind(w); port {
			set.Port = k
		} else {
			set.Kind = k
		}
	}
	group, all := set.Group.Get()
	switch {
	case w.err != nil:
		return
	case p.index != 0 && set.NetNS.IsZero():
		w.fail(`"index" can be given to a link that is being created, or that goes to another namespace with "netns"`)
		w.peer(peerIndex)
	case dev != "":
		set.Link = byIndex(dev)
	case all && p.typed:
		w.fail(`"type" goes with one link, not with a group`)
	case all:
		set.InGroup, set.Group = rtnl.Some(group), rtnl.Opt[uint32]{}
	default:
		w.need(`a link, "dev DEV", or "group GROUP"`)
		w.peer(peerNoDev)
	}
	set.NewIndex = p.index
	c.op(set)
	p.finish(c)
	if dev != "" && (odd(set.Address) || odd(set.Broadcast)) {
		c.lookAtAddress(dev, set)
	}
}

// odd reports whether an address is not an Ethernet address.
func odd(a net.HardwareAddr) bool { return len(a) != 0 && len(a) != 6 }

// lookAtAddress makes a command check the length of a link's address first. If
// an address is too long, the kernel silently drops the rest. iproute2 checks
// only the address, not the broadcast address.
func (c *Command) lookAtAddress(dev string, set *rtnl.LinkSet) {
	c.look(func(ctx context.Context, s *Session, conn *rtnl.Conn) error {
		index, err := conn.LinkIndex(ctx, dev)
		if err != nil {
			return err
		}
		l, err := conn.Link(ctx, rtnl.LinkIndex(index))
		if err != nil {
			return err
		}
		if a := set.Address; len(a) != 0 && len(a) != len(l.Address) {
			return failed(&peerError{
				fmt.Sprintf("Invalid address length %d - must be %d bytes", len(a), len(l.Address)),
				fmt.Errorf("ip link set %s: the address has %d bytes, but the link's has %d", Quote(dev), len(a), len(l.Address)),
			})
		}
		if a := set.Broadcast; len(a) > len(l.Address) && !s.AsPeer {
			s.warn(fmt.Sprintf("ip link set %s: of the %d bytes of the broadcast address, the kernel uses %d", Quote(dev), len(a), len(l.Address)))
		}
		return nil
	})
}
