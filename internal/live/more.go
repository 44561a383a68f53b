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

// A More reads, on demand, what only few plans need to know of a node.
type More struct {
	ctx    context.Context
	engine *engine.Engine
	// alike contains settings of interfaces, by the bytes in which the kernel
	// tells them; tables contains the settings of neighbour tables of the nodes
	// that were asked for.
	alike  map[string]map[string]string
	tables map[string]map[uint32]string
}

// conn calls a function with a socket in a node, and closes the socket, because
// it would keep the namespace alive if somebody deletes the namespace before
// the plan is carried out.
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

// Links reads the links, with everything that the kernel says about them.
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

// Values reads settings. The value of one that does not exist is "".
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

// LacksLinkLocal reports whether IPv6 is running on a link that has no
// link-local address, though it may have other IPv6 addresses. The kernel adds
// the link-local address as soon as the link is ready, and answers a request
// about a single link only after that. It does not add one when a carrier comes
// back.
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
