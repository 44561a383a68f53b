package iproute

import (
	"context"
	"errors"
	"slices"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

func parseBridgeLinkShow(c *Command, w *words) {
	dev := ""
	for w.more() {
		switch {
		case dev == "" && w.is("dev"):
			dev = w.device("a port")
		case w.loose && w.peek() != "dev":
			w.next()
			w.ignored()
		default:
			w.next()
			w.bad(`"dev", once`)
			return
		}
	}
	c.do = func(ctx context.Context, s *Session, o *Options) error { return s.showBridgeLinks(ctx, o, dev) }
}

func (s *Session) showBridgeLinks(ctx context.Context, o *Options, dev string) error {
	conn, err := s.conn(o)
	if err != nil {
		return err
	}
	var index uint32
	if dev != "" {
		if index, err = conn.LinkIndex(ctx, dev); err != nil {
			return bridgeFailed(err)
		}
	}
	links, err := conn.Links(ctx, rtnl.LinkDump{Family: unix.AF_BRIDGE})
	if err != nil {
		return failed(err)
	}
	if index != 0 {
		links = slices.DeleteFunc(links, func(l rtnl.Link) bool { return l.Index != index })
	}
	v := &linkView{o: o, links: s.linkMap(conn)}
	if err := v.links.learn(ctx, links, o); err != nil {
		return failed(err)
	}
	p := newPrinter(s.Stdout, o)
	for i := range links {
		info, err := portOf(ctx, v, &links[i])
		if err != nil {
			return errors.Join(failed(err), p.close())
		}
		p.open("")
		p.bridgeLink(v, &links[i], info)
		p.end()
	}
	return failed(p.close())
}
