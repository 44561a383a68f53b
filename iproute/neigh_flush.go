package iproute

import (
	"context"
	"math"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// neighFlushRounds is how often the table is read at most (MAX_ROUNDS in
// ip/ipneigh.c).
const neighFlushRounds = 10

func parseNeighFlush(c *Command, w *words) {
	if w.err == nil && !w.more() {
		w.status = statusFailed
		w.need(`what to flush: a prefix, "dev LINK", "nud STATE", ...`)
		w.peer("Flush requires arguments.")
		return
	}
	f := &neighFilter{state: math.MaxUint16 &^ (unix.NUD_PERMANENT | unix.NUD_NOARP)}
	if f.parse(c, w, math.MaxUint16&^unix.NUD_NOARP) {
		return
	}
	c.do = func(ctx context.Context, s *Session, o *Options) error { return s.flushNeighs(ctx, o, *f) }
}

// flushNeighs deletes the entries that pass a filter until there are none.
func (s *Session) flushNeighs(ctx context.Context, o *Options, f neighFilter) error {
	conn, err := s.conn(o)
	if err != nil {
		return err
	}
	req, err := f.dump(ctx, conn)
	if err != nil {
		return err
	}
	if !f.has() {
		return nil
	}
	text := *o
	text.JSON = false // iproute2 6.1 has no JSON here
	v := &neighView{o: &text, links: s.linkMap(conn), filtered: f.index != 0}
	return failed(flush{
		what: "entries", loops: neighFlushRounds,
		list: func(ctx context.Context, show bool) ([]rtnl.Request, error) {
			neighs, err := conn.Neighs(ctx, req)
			if err != nil {
				return nil, err
			}
			p := newPrinter(s.Stdout, &text)
			var reqs []rtnl.Request
			for i := range neighs {
				n := &neighs[i]
				if !f.matches(n) {
					continue
				}
				if show {
					if err := v.links.ask(ctx, n.Link.Index); err != nil {
						return nil, err
					}
					p.neigh(n, v)
				}
				reqs = append(reqs, &rtnl.NeighDel{Neigh: *n})
			}
			// The kernel may keep an entry in use, with state failed.
			f.state &^= unix.NUD_FAILED
			return reqs, p.close()
		},
	}.run(ctx, conn, o, s.Stdout))
}
