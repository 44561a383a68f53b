package live

import (
	"context"
	"errors"
	"slices"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/sysctl"
	"golang.org/x/sys/unix"
)

// A More reads what few plans need to know of a node, when they do.
type More struct {
	ctx    context.Context
	engine *engine.Engine
	// alike are the settings of interfaces by what the kernel tells of them, and
	// tables the neighbour tables of nodes that were asked for.
	alike  map[string]map[string]string
	tables map[string]map[uint32]string
}

// conn calls a function with a socket in a node. The socket is closed: it would keep a
// namespace alive that somebody deletes before the plan is carried out.
func (m *More) conn(node string, read func(*rtnl.Conn) error) error {
	c, err := m.engine.Conn(node)
	if err != nil {
		return err
	}
	return errors.Join(read(c), m.engine.Forget(node))
}

// Neighs reads the neighbour table and the proxy entries.
func (m *More) Neighs(node string) (all []rtnl.Neigh, err error) {
	err = m.conn(node, func(c *rtnl.Conn) (err error) {
		all, err = readNeighs(m.ctx, c)
		return err
	})
	return all, err
}

// Rules reads the rules.
func (m *More) Rules(node string) (all []rtnl.Rule, err error) {
	err = m.conn(node, func(c *rtnl.Conn) (err error) {
		all, err = readRules(m.ctx, c)
		return err
	})
	return all, err
}

// Links reads the links, with all that the kernel says of them.
func (m *More) Links(node string) (all []rtnl.Link, err error) {
	err = m.conn(node, func(c *rtnl.Conn) (err error) {
		all, err = c.Links(m.ctx, rtnl.LinkDump{})
		return err
	})
	return all, err
}

// FDB reads the forwarding databases of bridges and devices.
func (m *More) FDB(node string) (all []rtnl.Neigh, err error) {
	err = m.conn(node, func(c *rtnl.Conn) (err error) {
		all, err = c.Neighs(m.ctx, rtnl.NeighDump{Family: unix.AF_BRIDGE})
		return err
	})
	return all, err
}

// Values reads settings, "" for one that is not there.
func (m *More) Values(node string, keys []string) (values []string, err error) {
	h, err := m.engine.Dir.Open(node)
	if err != nil {
		return nil, err
	}
	defer h.Close()
	var proc sysctl.Proc // there may be many nodes
	defer proc.Close()
	err = h.Do(func() error {
		values, err = proc.Read(keys)
		return err
	})
	return values, err
}

// LacksLinkLocal reports whether IPv6 has begun on a link and it has no
// link-local address, though it may have IPv6 addresses. The kernel makes the
// address as soon as the link is ready, and answers the request about one link
// only when it has done so. It makes none when a carrier comes back.
func (m *More) LacksLinkLocal(node string, l *Link) (lacks bool, err error) {
	err = m.conn(node, func(c *rtnl.Conn) error {
		now, err := c.Link(m.ctx, rtnl.LinkIndex(l.Index))
		if err != nil || !now.IPv6Ready() {
			return err
		}
		addrs, err := c.Addrs(m.ctx, rtnl.AddrDump{Family: unix.AF_INET6, Index: l.Index})
		lacks = !slices.ContainsFunc(addrs, func(a rtnl.Address) bool {
			return a.Link.Index == l.Index && l.KernelMade(a) && a.Prefix.Addr().IsLinkLocalUnicast()
		})
		return err
	})
	if err != nil || !lacks {
		return false, err
	}
	values, err := m.Values(node, []string{"net.ipv6.conf." + sysctl.Part(l.Name) + DisableIPv6})
	return err == nil && values[0] == "0", err
}
