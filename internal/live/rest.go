package live

import (
	"context"
	"errors"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// A Rest contains what files cannot name. Plans need it only where they take it
// away.
type Rest struct {
	Rules []rtnl.Rule
	// Neighs are the entries of the neighbour table and the proxy entries. FDB
	// are the entries of the forwarding databases of bridges and devices.
	Neighs, FDB []rtnl.Neigh
}

// rest reads the Rest and all settings of the namespace.
func (n *Node) readRest(ctx context.Context, v *engine.Visit) (err error) {
	if n.Rest, err = readRest(ctx, v.Conn); err != nil {
		return err
	}
	n.Sysctls, err = v.AllSysctls()
	return err
}

func readRest(ctx context.Context, c *rtnl.Conn) (*Rest, error) {
	r := &Rest{}
	var err error
	if r.Rules, err = readRules(ctx, c); err != nil {
		return nil, err
	}
	if r.Neighs, err = readNeighs(ctx, c); err != nil {
		return nil, err
	}
	r.FDB, err = c.Neighs(ctx, rtnl.NeighDump{Family: unix.AF_BRIDGE})
	return r, err
}

// readRules reads the rules of IPv4 and IPv6.
func readRules(ctx context.Context, c *rtnl.Conn) (all []rtnl.Rule, err error) {
	for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
		rules, err := c.Rules(ctx, rtnl.RuleDump{Family: family})
		if err != nil {
			if errors.Is(err, rtnl.ErrNotSupported) {
				continue // a kernel without IPv6, or without rules
			}
			return nil, err
		}
		all = append(all, rules...)
	}
	return all, nil
}

// readNeighs reads the neighbour table and the proxy entries.
func readNeighs(ctx context.Context, c *rtnl.Conn) (all []rtnl.Neigh, err error) {
	for _, dump := range []rtnl.NeighDump{{}, {Proxy: true}} {
		some, err := c.Neighs(ctx, dump)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}
