package iproute

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

func parseRouteFlush(c *Command, w *words) {
	if !w.more() {
		// As in ip(8), a flush of everything must be asked for.
		w.status = statusFailed
		w.need(`what to flush, such as "table main", "dev eth0" or "cache"`)
		w.peer(`"ip route flush" requires arguments.`)
		return
	}
	f := c.routeFilter(w)
	if f == nil {
		return
	}
	c.do = func(ctx context.Context, s *Session, o *Options) error { return s.flushRoutes(ctx, o, *f) }
}

// flushRoutes deletes the routes that a selector selects.
func (s *Session) flushRoutes(ctx context.Context, o *Options, f routeFilter) error {
	conn, err := s.conn(o)
	if err != nil {
		return err
	}
	if err := f.resolve(ctx, conn); err != nil {
		return err
	}
	if !inetFamily(f.family) {
		return nil // there are no routes
	}
	dump := f.dump()
	if f.clones == onlyCloned && dump.Family != unix.AF_INET6 {
		if err := s.flushRouteCache(o); err != nil {
			return err
		}
		if dump.Family == unix.AF_INET {
			return nil
		}
	}
	links := s.linkMap(conn)
	text := *o
	text.JSON = false
	fl := flush{what: "entries", list: func(ctx context.Context, show bool) ([]rtnl.Request, error) {
		routes, err := conn.Routes(ctx, dump)
		if err != nil {
			return nil, err
		}
		p := routePrinter{printer: newPrinter(s.Stdout, &text), o: &text, f: &f, links: links}
		var reqs []rtnl.Request
		for i := range routes {
			r := &routes[i]
			if !f.has(r) || isNullEntry(r) {
				continue
			}
			reqs = append(reqs, &rtnl.RouteDel{Route: *r})
			if !show {
				continue
			}
			if err := p.learn(ctx, r); err != nil {
				return nil, errors.Join(err, p.close())
			}
			p.route(r, false)
		}
		return reqs, p.close()
	}}
	return fl.run(ctx, conn, o, s.Stdout)
}

// isNullEntry reports whether a route is IPv6's null entry, which stands for no
// route. Older kernels list it and cannot delete it.
func isNullEntry(r *rtnl.Route) bool {
	return r.Family == unix.AF_INET6 && r.IsDefault() && r.Type == unix.RTN_UNREACHABLE && r.Priority == 1<<32-1
}

// routeCachePath is the file that makes the kernel forget what it learned about
// IPv4 paths (Documentation/networking/ip-sysctl.rst). It belongs to the
// network namespace of the thread that opens it.
const routeCachePath = "/proc/sys/net/ipv4/route/flush"

func (s *Session) flushRouteCache(o *Options) error {
	write := func() error {
		f, err := os.OpenFile(routeCachePath, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = f.WriteString("-1")
		return err
	}
	err := s.inside(o, write)
	if err != nil {
		return failed(fmt.Errorf("flush the routing cache: %w", err))
	}
	if o.Stats > 0 {
		if _, err := fmt.Fprintln(s.Stdout, "*** IPv4 routing cache is flushed."); err != nil {
			return failed(err)
		}
	}
	return nil
}

// inside runs fn in the namespace of the options.
func (s *Session) inside(o *Options, fn func() error) error {
	if o.NetNS == "" {
		return fn()
	}
	h, err := s.dir().Open(o.NetNS)
	if err != nil {
		return err
	}
	defer h.Close()
	return h.Do(fn)
}
