package iproute

import (
	"context"
	"fmt"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

func parseNeighGet(c *Command, w *words) {
	var get rtnl.NeighGet
	dev := ""
	for w.more() {
		switch k := w.keyword(neighGetKeys); k {
		case "dev":
			dev = w.device("a link")
		case "proxy":
			w.neighAddr(c, "the address that is answered for", &get.Dst)
			get.Flags = unix.NTF_PROXY
		case "help":
			c.usage(w, neighUsage)
			return
		default:
			w.neighAddr(c, "an address or a parameter of ip neigh get", &get.Dst)
		}
	}
	if w.err == nil && (!get.Dst.IsValid() || dev == "" && get.Flags == 0) {
		w.err = &Error{Status: statusFailed, Err: fmt.Errorf(`ip neigh get needs an address and "dev LINK"`)}
		w.peer("Device and address are required arguments.")
	}
	w.inetOnly("neighbours", c.Options.Family)
	c.do = func(ctx context.Context, s *Session, o *Options) error { return s.getNeigh(ctx, o, get, dev) }
}

func (s *Session) getNeigh(ctx context.Context, o *Options, get rtnl.NeighGet, dev string) error {
	conn, err := s.conn(o)
	if err != nil {
		return err
	}
	if dev != "" {
		if get.Index, err = conn.LinkIndex(ctx, dev); err != nil {
			return err
		}
	}
	n, err := conn.Neigh(ctx, get)
	if err != nil {
		return err
	}
	// iproute2 6.1 has no JSON here.
	text := *o
	text.JSON = false
	v := &neighView{o: o, links: s.linkMap(conn)}
	if err := v.links.ask(ctx, n.Link.Index); err != nil {
		return failed(err)
	}
	p := newPrinter(s.Stdout, &text)
	p.neigh(&n, v)
	return p.close()
}
