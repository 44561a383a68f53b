package iproute

import (
	"context"
	"errors"
)

func parseNetnsList(c *Command, w *words) {
	w.extraName(c)
	c.do = func(ctx context.Context, s *Session, o *Options) error {
		names, err := s.dir().List()
		if err != nil {
			return failed(err)
		}
		if names == nil {
			return nil // if the directory is missing, iproute2 prints no JSON either
		}
		conn, err := s.conn(o)
		if err != nil {
			return err
		}
		p := newPrinter(s.Stdout, o)
		for _, n := range names {
			p.open("")
			p.str("name", "%s", n)
			id, err := s.nsid(ctx, conn, n)
			if err != nil {
				return errors.Join(err, p.close())
			}
			if id >= 0 {
				p.signed("id", " (id: %d)", int64(id))
			}
			p.endLine()
			p.end()
		}
		return p.close()
	}
}
