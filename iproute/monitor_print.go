package iproute

import (
	"context"
	"fmt"
	"time"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// A monitorPrinter prints notifications.
type monitorPrinter struct {
	s    *Session
	m    *monitor
	o    Options
	conn *rtnl.Conn
	// links has the links of each namespace by its id. Those of the monitor's
	// own are under ownNSID.
	links map[int32]*linkMap
	// nsids has the names of the namespaces with an id.
	nsids map[int32]string
}

const ownNSID = -1

// start reads the names that messages refer to.
func (p *monitorPrinter) start(ctx context.Context) (err error) {
	if p.nsids, err = p.s.nsidNames(ctx, p.conn); err != nil {
		return err
	}
	links, err := p.conn.Links(ctx, rtnl.LinkDump{ExtMask: rtextFilterSkipStats})
	if err != nil {
		return err
	}
	own := p.linksOf(ownNSID)
	for i := range links {
		own.remember(&links[i])
	}
	return nil
}

func (p *monitorPrinter) linksOf(nsid int32) *linkMap {
	m := p.links[nsid]
	if m == nil {
		m = p.s.linkMap(p.conn)
		if nsid != ownNSID {
			// Namespace ids there differ from those here.
			m.ns, m.nsids = rtnl.NetNSID(nsid), make(map[int32]string)
		}
		p.links[nsid] = m
	}
	return m
}

// A line writes what a notification says. It is nil for a notification that is
// not wanted.
type line func(*printer) error

// event prints a notification. If it cannot be understood, that is reported on
// standard error. Only a failure to print is an error.
func (p *monitorPrinter) event(ctx context.Context, n rtnl.Notification) error {
	label, write, err := p.read(ctx, n, p.linksOf(n.NSID.Or(ownNSID)))
	if err != nil {
		p.s.tell("ip", fmt.Errorf("monitor: %w", err))
	}
	if write == nil {
		return nil
	}
	out := newPrinter(p.s.Stdout, &p.o)
	if p.o.Timestamp {
		out.text("%s", timestamp(time.Now(), p.o.TimestampShort))
	}
	if p.m.allNSID {
		if id, ok := n.NSID.Get(); ok {
			out.text("[nsid %d]", id)
		} else {
			out.text("[nsid current]")
		}
	}
	if p.m.label {
		out.text("%s", label)
	}
	if err := write(out); err != nil {
		p.s.tell("ip", fmt.Errorf("monitor: %w", err))
	}
	return out.close()
}

// read reads a notification. If it returns both a line and an error, the error
// is about names in the line.
func (p *monitorPrinter) read(ctx context.Context, n rtnl.Notification, links *linkMap) (string, line, error) {
	switch n.Type {
	case unix.RTM_NEWLINK, unix.RTM_DELLINK:
		write, err := p.link(ctx, n.Message, links)
		return "[LINK]", write, err
	case unix.RTM_NEWADDR, unix.RTM_DELADDR:
		write, err := p.address(ctx, n.Message, links)
		return "[ADDR]", write, err
	case unix.RTM_NEWROUTE, unix.RTM_DELROUTE:
		write, err := p.route(ctx, n.Message, links)
		return "[ROUTE]", write, err
	case unix.RTM_NEWNEIGH, unix.RTM_DELNEIGH, unix.RTM_GETNEIGH:
		write, err := p.neigh(ctx, n.Message, links)
		return "[NEIGH]", write, err
	case unix.RTM_NEWRULE, unix.RTM_DELRULE:
		r, err := rtnl.DecodeRule(n.Message)
		if err != nil {
			return "", nil, err
		}
		return "[RULE]", func(out *printer) error {
			out.rule(&r, &p.o, n.Type == unix.RTM_DELRULE)
			return nil
		}, nil
	case unix.RTM_NEWNSID, unix.RTM_DELNSID:
		write, err := p.nsid(ctx, n)
		return "[NSID]", write, err
	case unix.RTM_NEWNETCONF, unix.RTM_DELNETCONF:
		write, err := p.netconf(ctx, n.Message, links)
		return "[NETCONF]", write, err
	case unix.RTM_NEWPREFIX:
		write, err := p.prefix(ctx, n.Message, links)
		return "[PREFIX]", write, err
	case unix.NLMSG_ERROR, unix.NLMSG_NOOP, unix.NLMSG_DONE:
		return "", nil, nil
	}
	return "", nil, fmt.Errorf("a message of type %d, which nslab does not know", n.Type)
}

// elsewhere reports whether index is not the link being watched.
func (p *monitorPrinter) elsewhere(index uint32) bool { return p.m.index != 0 && p.m.index != index }

// view returns how links and addresses are printed.
func (p *monitorPrinter) view(links *linkMap) *linkView {
	return &linkView{o: &p.o, links: links, family: unix.AF_UNSPEC, withDev: true, index: p.m.index}
}

func (p *monitorPrinter) link(ctx context.Context, m rtnl.Message, links *linkMap) (line, error) {
	l, err := rtnl.DecodeLink(m)
	if err != nil {
		return nil, err
	}
	deleted := m.Type == unix.RTM_DELLINK
	if deleted {
		links.forget(l.Index)
	} else {
		links.remember(&l)
	}
	if p.elsewhere(l.Index) {
		return nil, nil
	}
	err = links.references(ctx, &l, &p.o)
	return func(out *printer) error {
		out.deleted(deleted)
		if err := out.link(p.view(links), &l); err != nil {
			return err
		}
		p.endBrief(out)
		return nil
	}, err
}

// endBrief ends a line of -brief. iproute2 6.1 does not, so its next line
// follows without a space.
func (p *monitorPrinter) endBrief(out *printer) {
	if p.o.Brief {
		out.endLine()
	}
}

func (p *monitorPrinter) address(ctx context.Context, m rtnl.Message, links *linkMap) (line, error) {
	a, err := rtnl.DecodeAddress(m)
	if err != nil || p.elsewhere(a.Link.Index) {
		return nil, err
	}
	err = links.ask(ctx, a.Link.Index)
	return func(out *printer) error {
		out.deleted(m.Type == unix.RTM_DELADDR)
		out.addr(p.view(links), &a)
		p.endBrief(out)
		return nil
	}, err
}

func (p *monitorPrinter) route(ctx context.Context, m rtnl.Message, links *linkMap) (line, error) {
	r, err := rtnl.DecodeRoute(m)
	f := &routeFilter{family: p.o.Family}
	if p.m.index != 0 {
		f.oif = exactly32(p.m.index)
	}
	if err != nil || !f.has(&r) {
		return nil, err
	}
	err = (&routePrinter{links: links}).learn(ctx, &r)
	return func(out *printer) error {
		(&routePrinter{printer: out, o: &p.o, f: f, links: links}).route(&r, m.Type == unix.RTM_DELROUTE)
		return nil
	}, err
}

func (p *monitorPrinter) neigh(ctx context.Context, m rtnl.Message, links *linkMap) (line, error) {
	n, err := rtnl.DecodeNeigh(m)
	if err != nil || p.elsewhere(n.Link.Index) || p.o.Family != unix.AF_UNSPEC && p.o.Family != n.Family {
		return nil, err
	}
	err = links.ask(ctx, n.Link.Index)
	return func(out *printer) error {
		out.neigh(&n, &neighView{
			o: &p.o, links: links, filtered: p.m.index != 0,
			deleted: m.Type == unix.RTM_DELNEIGH, miss: m.Type == unix.RTM_GETNEIGH,
		})
		return nil
	}, err
}

// nsid keeps the names of namespaces: when an id has gone, its namespace can no
// longer be asked.
func (p *monitorPrinter) nsid(ctx context.Context, n rtnl.Notification) (line, error) {
	id, err := rtnl.DecodeNSID(n.Message)
	if err != nil {
		return nil, err
	}
	gone := n.Type == unix.RTM_DELNSID
	var names map[int32]string
	if !n.NSID.IsSet() {
		if _, known := p.nsids[id.ID]; !known && !gone {
			if all, e := p.s.nsidNames(ctx, p.conn); e != nil {
				err = e
			} else {
				p.nsids = all
			}
		}
		names = map[int32]string{id.ID: p.nsids[id.ID]}
		if gone {
			delete(p.nsids, id.ID)
			delete(p.links, id.ID)
		}
	}
	return func(out *printer) error {
		out.deleted(gone)
		out.nsid(id, names)
		return nil
	}, err
}
