package iproute

import (
	"context"
	"errors"
	"math"

	"golang.org/x/sys/unix"
)

func parseNeighShow(c *Command, w *words) {
	f := &neighFilter{state: 0xff &^ unix.NUD_NOARP}
	if f.parse(c, w, math.MaxUint16) {
		return
	}
	c.do = func(ctx context.Context, s *Session, o *Options) error { return s.showNeighs(ctx, o, *f) }
}

func (s *Session) showNeighs(ctx context.Context, o *Options, f neighFilter) error {
	conn, err := s.conn(o)
	if err != nil {
		return err
	}
	req, err := f.dump(ctx, conn)
	if err != nil {
		return err
	}
	if !f.has() {
		return newPrinter(s.Stdout, o).close()
	}
	neighs, err := conn.Neighs(ctx, req)
	if err != nil {
		return failed(err)
	}
	p := newPrinter(s.Stdout, o)
	v := &neighView{o: o, links: s.linkMap(conn), filtered: f.index != 0}
	for i := range neighs {
		if !f.matches(&neighs[i]) {
			continue
		}
		if err := v.links.ask(ctx, neighs[i].Link.Index); err != nil {
			return errors.Join(failed(err), p.close())
		}
		p.neigh(&neighs[i], v)
	}
	return p.close()
}
