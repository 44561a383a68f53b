package iproute

import (
	"context"

	"github.com/nslab/nslab/rtnl"
)

// nsid returns the id that a namespace has in conn's. It is NSIDNotAssigned for
// a file that is not a namespace or has gone, too.
func (s *Session) nsid(ctx context.Context, conn *rtnl.Conn, name string) (int32, error) {
	h, err := s.dir().Open(name)
	if err != nil {
		return rtnl.NSIDNotAssigned, nil
	}
	defer h.Close()
	return conn.NSID(ctx, rtnl.NSIDGet{NetNS: rtnl.NetNSFD(h.FD())})
}

// nsidNames returns the names of the namespaces with an id in conn's.
func (s *Session) nsidNames(ctx context.Context, conn *rtnl.Conn) (map[int32]string, error) {
	names, err := s.dir().List()
	if err != nil {
		return nil, failed(err)
	}
	byID := make(map[int32]string)
	for _, n := range names {
		id, err := s.nsid(ctx, conn, n)
		if err != nil {
			return nil, err
		}
		if _, taken := byID[id]; id >= 0 && !taken {
			byID[id] = n
		}
	}
	return byID, nil
}

func parseNetnsListID(c *Command, w *words) {
	w.status = statusUsage
	target, nsid := rtnl.Opt[int32]{}, rtnl.Opt[int32]{}
	for w.more() {
		switch k := w.next(); {
		case k == "target-nsid" && !target.IsSet():
			target = rtnl.Some(int32(w.number("an id", 0, 1<<31-1)))
		case k == "nsid" && !nsid.IsSet():
			nsid = rtnl.Some(int32(w.number("an id", 0, 1<<31-1)))
		default:
			w.bad(`"target-nsid" or "nsid", once each`)
		}
	}
	c.do = func(ctx context.Context, s *Session, o *Options) error {
		conn, err := s.conn(o)
		if err != nil {
			return err
		}
		ids, err := nsids(ctx, conn, target, nsid)
		if err != nil {
			return err
		}
		names, err := s.nsidNames(ctx, conn)
		if err != nil {
			return err
		}
		p := newPrinter(s.Stdout, o)
		for _, n := range ids {
			p.nsid(n, names)
		}
		return p.close()
	}
}

// nsids asks for one id, or for all.
func nsids(ctx context.Context, conn *rtnl.Conn, target, nsid rtnl.Opt[int32]) ([]rtnl.NSID, error) {
	id, one := nsid.Get()
	if !one {
		ids, err := conn.NSIDs(ctx, rtnl.NSIDDump{Target: target})
		return ids, failed(err)
	}
	m, err := conn.Get(ctx, &rtnl.NSIDGet{NetNS: rtnl.NetNSID(id), Target: target})
	if err != nil {
		return nil, err
	}
	n, err := rtnl.DecodeNSID(m)
	return []rtnl.NSID{n}, err
}

// nsid writes one id.
func (p *printer) nsid(n rtnl.NSID, names map[int32]string) {
	p.open("")
	if n.ID < 0 {
		p.text("nsid unassigned ")
	} else {
		p.signed("nsid", "nsid %d ", int64(n.ID))
	}
	id := n.ID
	if current, ok := n.Current.Get(); ok {
		id = current
		if current < 0 {
			p.text("current-nsid unassigned ")
		} else {
			p.signed("current-nsid", "current-nsid %d ", int64(current))
		}
	}
	if name := names[id]; name != "" {
		p.str("name", "(iproute2 netns name: %s)", name)
	}
	p.endLine()
	p.end()
}
