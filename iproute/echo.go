package iproute

import (
	"context"
	"errors"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// echoed returns the request of an operation whose effect -echo shows: that of
// a link, an address, a route or a rule. iproute2 does not ask about others.
func echoed(op engine.Op) *engine.Request {
	r, ok := op.Action.(*engine.Request)
	if !ok {
		return nil
	}
	switch r.Req.(type) {
	case *rtnl.LinkAdd, *rtnl.LinkSet, *rtnl.LinkDel, *rtnl.AddrAdd, *rtnl.AddrDel,
		*rtnl.RouteAdd, *rtnl.RouteDel, *rtnl.RuleAdd, *rtnl.RuleDel:
		return r
	}
	return nil
}

// echo carries out a command's operations, and shows what the kernel reports as
// changed by each.
func (s *Session) echo(ctx context.Context, c *Command) error {
	for _, op := range c.Ops {
		r := echoed(op)
		if r == nil {
			if err := s.Engine.Do(ctx, op); err != nil {
				return c.failure(err)
			}
			continue
		}
		m, err := r.Echo(ctx, s.Engine, op.NetNS)
		if err != nil {
			return c.failure(err)
		}
		if err := s.showEcho(ctx, &c.Options, op.NetNS, m); err != nil {
			return failed(err)
		}
	}
	return nil
}

// showEcho prints the first of the kernel's messages, as iproute2 does. If the
// kernel sends none, JSON has an object without values.
func (s *Session) showEcho(ctx context.Context, o *Options, netns string, messages *rtnl.Messages) error {
	conn, err := s.Engine.Conn(netns)
	if err != nil {
		return err
	}
	p := &monitorPrinter{s: s, m: &monitor{}, o: *o, conn: conn, links: make(map[int32]*linkMap)}
	out := newPrinter(s.Stdout, o)
	for m := range messages.All() {
		// Routes and rules open an object themselves.
		object := m.Type == unix.RTM_NEWLINK || m.Type == unix.RTM_DELLINK || m.Type == unix.RTM_NEWADDR || m.Type == unix.RTM_DELADDR
		_, write, err := p.read(ctx, rtnl.Notification{Message: m}, p.linksOf(ownNSID))
		if write != nil {
			if object {
				out.open("")
			}
			err = errors.Join(err, write(out))
			if object {
				out.end()
			}
		}
		return errors.Join(err, out.close())
	}
	out.open("")
	out.end()
	return out.close()
}
