package iproute

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

var bridgeMonitorObject = object{
	name:  "monitor",
	parse: parseBridgeMonitor,
	usage: bridgeMonitorUsage,
}

const bridgeMonitorUsage = `Changes of ports and forwarding databases, as they happen:
  bridge monitor [link] [fdb]     one kind, or both without a word
  bridge monitor all              both, each line with its kind in front
`

// bridgeEvents says which events bridge monitor prints.
type bridgeEvents struct {
	groups []uint32
	banner bool
}

func parseBridgeMonitor(c *Command, w *words) {
	if c.help(w, bridgeMonitorUsage) {
		return
	}
	both := []uint32{unix.RTNLGRP_LINK, unix.RTNLGRP_NEIGH}
	var e bridgeEvents
	for w.more() {
		switch w.keywordMust("file* link* fdb* mdb* vlan* vni all help*") {
		case "link":
			e.groups = append(e.groups, unix.RTNLGRP_LINK)
		case "fdb":
			e.groups = append(e.groups, unix.RTNLGRP_NEIGH)
		case "all":
			e.groups, e.banner = append(e.groups, both...), true
		case "help":
			c.usage(w, bridgeMonitorUsage)
			return
		case "mdb", "vlan", "vni", "file":
			w.bad(`"link", "fdb" or "all"; nslab does not support bridge's other objects here`)
		default:
			w.bad(`"link", "fdb" or "all"`)
		}
	}
	if len(e.groups) == 0 {
		e.groups = both
	}
	c.do = func(ctx context.Context, s *Session, o *Options) error { return s.bridgeMonitor(ctx, o, e) }
}

// bridgeMonitor prints until it is interrupted.
func (s *Session) bridgeMonitor(ctx context.Context, o *Options, e bridgeEvents) error {
	conn, err := s.conn(o)
	if err != nil {
		return err
	}
	m, err := s.listen(o, rtnl.MonitorConfig{Groups: e.groups})
	if err != nil {
		return err
	}
	defer m.Close()
	v := &linkView{o: o, links: s.linkMap(conn)}
	links, err := conn.Links(ctx, rtnl.LinkDump{})
	if err != nil {
		return failed(err)
	}
	if err := v.links.learn(ctx, links, o); err != nil {
		return failed(err)
	}
	for {
		n, err := m.Receive(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, rtnl.ErrLost) || errors.Is(err, rtnl.ErrMalformed):
			// What comes later can be read.
			s.tell("bridge", err)
			continue
		case err != nil:
			return failed(err)
		}
		if err := s.bridgeEvent(ctx, v, n.Message, e); err != nil {
			return failed(err)
		}
	}
}

// bridgeEvent prints one event. It is text always, as that of iproute2.
func (s *Session) bridgeEvent(ctx context.Context, v *linkView, m rtnl.Message, e bridgeEvents) error {
	o := *v.o
	o.JSON = false
	p := newPrinter(s.Stdout, &o)
	switch m.Type {
	case unix.RTM_NEWLINK, unix.RTM_DELLINK:
		l, err := rtnl.DecodeLink(m)
		if err != nil {
			return err
		}
		if l.Family != unix.AF_BRIDGE && l.Family != unix.AF_UNSPEC {
			return nil
		}
		v.links.remember(&l)
		if err := v.links.references(ctx, &l, &o); err != nil {
			return err
		}
		info, err := portOf(ctx, v, &l)
		if err != nil {
			return err
		}
		p.bridgeHeader(&o, e, "[LINK]", m.Type == unix.RTM_DELLINK)
		p.bridgeLink(v, &l, info)
	case unix.RTM_NEWNEIGH, unix.RTM_DELNEIGH:
		n, err := rtnl.DecodeNeigh(m)
		if err != nil {
			return err
		}
		if n.Family != unix.AF_BRIDGE {
			return nil
		}
		if err := v.askFDB(ctx, &n); err != nil {
			return err
		}
		p.bridgeHeader(&o, e, "[NEIGH]", m.Type == unix.RTM_DELNEIGH)
		p.fdb(v, &n, 0)
	}
	return p.close()
}

func (p *printer) bridgeHeader(o *Options, e bridgeEvents, label string, deleted bool) {
	if o.Timestamp {
		p.text("%s", timestamp(time.Now(), o.TimestampShort))
	}
	if e.banner {
		p.text("%s", label)
	}
	if deleted {
		p.text("Deleted ")
	}
}

// timestamp writes the time of an event (print_timestamp in lib/utils.c).
func timestamp(t time.Time, short bool) string {
	if short {
		return t.Format("[2006-01-02T15:04:05.000000] ")
	}
	return fmt.Sprintf("Timestamp: %s %d usec\n", t.Format(time.ANSIC), t.Nanosecond()/1000)
}
