package iproute

import (
	"context"
	"time"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// bridgeEvent prints one event, always as text, like iproute2.
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
