package iproute

import (
	"context"
	"errors"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

func parseAddrFlush(c *Command, w *words) {
	if !w.more() {
		w.status = statusFailed
		w.need(`which addresses to flush, such as "dev eth0" or "to 10.0.0.0/8"`)
		w.peer("Flush requires arguments.")
		return
	}
	f := addrFilter{family: c.Options.Family}
	if f.family == unix.AF_PACKET {
		w.err = failed(errors.New("family link has no addresses to flush"))
	}
	for w.more() {
		switch k := w.keyword(linkShowKeys); k {
		case "help":
			c.usage(w, addrUsage)
			return
		case "up", "group", "master", "nomaster", "vrf", "type":
			w.bad("an option that selects addresses; %q selects interfaces, which ip(8) ignores here: it would delete the addresses of all", k)
		default:
			addrFilterTexts.take(w, k, func() { f.one(w, k) })
		}
	}
	c.do = func(ctx context.Context, s *Session, o *Options) error { return s.flushAddrs(ctx, o, f) }
}

// flushAddrs deletes the addresses that a filter selects.
func (s *Session) flushAddrs(ctx context.Context, o *Options, f addrFilter) error {
	conn, err := s.conn(o)
	if err != nil {
		return err
	}
	if f.dev != "" {
		if f.index, err = conn.LinkIndex(ctx, f.dev); err != nil {
			return noDevice(err, peerNotExist)
		}
	}
	if !inetFamily(f.family) {
		return nil // there are no addresses
	}
	text := *o
	text.JSON = false // ip(8) has no JSON here
	v := &linkView{o: &text, links: s.linkMap(conn), withDev: true}
	fl := flush{
		what: "addresses", loops: o.Loops,
		// When the primary addresses are gone, secondary ones may have become
		// primary. They are not meant.
		once: f.flagMask&unix.IFA_F_SECONDARY != 0 && f.flags&unix.IFA_F_SECONDARY == 0,
		list: func(ctx context.Context, show bool) ([]rtnl.Request, error) {
			addrs, err := conn.Addrs(ctx, rtnl.AddrDump{Family: f.family, Index: f.index})
			if err != nil {
				return nil, err
			}
			p := newPrinter(s.Stdout, &text)
			var reqs []rtnl.Request
			for i := range addrs {
				a := &addrs[i]
				if err := v.links.ask(ctx, a.Link.Index); err != nil {
					return nil, errors.Join(err, p.close())
				}
				if !a.Prefix.IsValid() || !f.has(a, v.links.name) {
					continue
				}
				reqs = append(reqs, &rtnl.AddrDel{Address: *a})
				if show {
					p.addr(v, a)
				}
			}
			return reqs, p.close()
		},
	}
	return fl.run(ctx, conn, o, s.Stdout)
}
