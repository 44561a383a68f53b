package iproute

import (
	"context"
	"errors"
	"io/fs"

	"golang.org/x/sys/unix"
)

func parseRouteShow(c *Command, w *words) {
	f := c.routeFilter(w)
	if f == nil {
		return
	}
	c.do = func(ctx context.Context, s *Session, o *Options) error { return s.showRoutes(ctx, o, *f) }
}

// showRoutes writes the routes that a selector selects. The selector is a copy,
// because a command may be carried out more than once.
func (s *Session) showRoutes(ctx context.Context, o *Options, f routeFilter) error {
	conn, err := s.conn(o)
	if err != nil {
		return err
	}
	if err := f.resolve(ctx, conn); err != nil {
		return err
	}
	if !inetFamily(f.family) {
		return newPrinter(s.Stdout, o).close() // there are no routes
	}
	routes, err := conn.Routes(ctx, f.dump())
	if f.table == unix.RT_TABLE_MAIN && errors.Is(err, fs.ErrNotExist) {
		// The main table does not exist before the first route.
		routes, err = nil, nil
	}
	if err != nil {
		return err
	}
	p := routePrinter{printer: newPrinter(s.Stdout, o), o: o, f: &f, links: s.linkMap(conn)}
	for i := range routes {
		if !f.has(&routes[i]) {
			continue
		}
		if err := p.learn(ctx, &routes[i]); err != nil {
			return errors.Join(err, p.close())
		}
		p.route(&routes[i], false)
	}
	return p.close()
}
