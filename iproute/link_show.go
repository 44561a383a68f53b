package iproute

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// A linkView says which links and addresses to show, and how (struct
// link_filter in ip/ip_common.h).
type linkView struct {
	o     *Options
	links *linkMap
	// asLink is for ip link, which shows more of the link itself.
	asLink bool
	// queueLen writes the length of the queue, which ip monitor omits.
	queueLen bool
	// family is the family of the addresses to show: AF_PACKET for none,
	// AF_UNSPEC for all.
	family uint8
	// withDev writes the link of each address.
	withDev bool

	// dev and master are names; index and masterIndex are their indices.
	dev, master        string
	index, masterIndex uint32
	ofVRF              bool // master must be a VRF
	noMaster, up       bool
	group              rtnl.Opt[uint32]
	kind, portKind     string
	addr               addrFilter
}

// parseLinkShow takes the filter of ip link show.
func parseLinkShow(c *Command, w *words) {
	v := &linkView{asLink: true, queueLen: true, family: unix.AF_PACKET}
	v.parse(c, w, linkUsage, "ip link show")
}

// parse takes the filter of ip link show or ip address show.
func (v *linkView) parse(c *Command, w *words, usage, command string) {
	for w.more() {
		switch k := w.keyword(linkShowKeys); k {
		case "help":
			c.usage(w, usage)
			return
		case "up":
			v.up = true
		case "group":
			v.group = rtnl.Some(w.linkGroup())
		case "master":
			v.master, v.ofVRF = w.device("a master"), false
		case "nomaster":
			v.noMaster = true
		case "type":
			v.parseKind(w)
		case "vrf":
			v.master, v.ofVRF = w.device("a VRF"), true
		case "to", "scope", "label":
			v.ofAddrs(w)
			v.addr.family = v.family
			addrFilterTexts.take(w, k, func() { v.addr.one(w, k) })
			v.family = v.addr.family
		case "dev":
			w.back()
			w.dev(&v.dev, command)
		default:
			if v.addr.flag(w.peek()) {
				w.next()
				v.ofAddrs(w)
			} else {
				w.dev(&v.dev, command)
			}
		}
	}
	c.do = func(ctx context.Context, s *Session, o *Options) error {
		view := *v // a command may be carried out more than once
		view.o = o
		return s.showLinks(ctx, &view)
	}
}

// linkShowKeys are the parameters of ip link show, ip address show and ip
// address flush (ipaddr_list_flush_or_save in ip/ipaddress.c). The names of
// flags may also appear.
const linkShowKeys keywords = "to scope up label group master vrf nomaster type dev help*"

// ofAddrs says that the last word selects addresses, which ip link does not
// show. iproute2 ignores such a word, except "label": then it shows nothing.
func (v *linkView) ofAddrs(w *words) {
	switch {
	case !v.asLink:
	case w.loose:
		w.ignored()
	default:
		w.bad("a filter of links; this one is of addresses, which ip address show has")
	}
}

// parseKind takes the kind of the links to show or, with "_slave", that of
// their masters.
func (v *linkView) parseKind(w *words) {
	kind := w.need("a kind of link")
	if w.err == nil && (kind == "" || len(kind) > 63) {
		w.bad("a kind of link")
	}
	if port, ok := strings.CutSuffix(kind, "_slave"); ok {
		v.portKind = port
	} else {
		v.kind = kind
	}
}

// matches reports whether a link passes the filter. It does not repeat what the
// kernel has already filtered.
func (v *linkView) matches(l *rtnl.Link) bool {
	group, ofGroup := v.group.Get()
	switch {
	case v.index != 0 && l.Index != v.index, v.up && !l.Up():
		return false
	case v.addr.label != "":
		return true // such a list shows no links
	case ofGroup && whole(l) && l.Group != group, v.masterIndex != 0 && l.Master != v.masterIndex:
		return false
	}
	return (v.kind == "" || l.Kind == v.kind) && (v.portKind == "" || l.PortKind == v.portKind)
}

// showLinks writes links, and their addresses unless the view's family is
// AF_PACKET.
func (s *Session) showLinks(ctx context.Context, v *linkView) error {
	conn, err := s.conn(v.o)
	if err != nil {
		return err
	}
	v.links = s.linkMap(conn)
	switch {
	case v.ofVRF:
		v.masterIndex, err = vrfIndex(ctx, conn, v.master, peerNoVRFName)
	case v.master != "":
		v.masterIndex, err = filterIndex(ctx, conn, "master", v.master)
	}
	if err != nil {
		return err
	}
	if v.dev != "" {
		if v.index, err = conn.LinkIndex(ctx, v.dev); err != nil {
			return noDevice(err, peerNotExist)
		}
	}
	links, err := v.ask(ctx, conn)
	if err != nil {
		return failed(err)
	}
	addrs, err := v.askAddrs(ctx, conn)
	if err != nil {
		return failed(err)
	}
	p := newPrinter(s.Stdout, v.o)
	for i := range links {
		if v.family != unix.AF_PACKET && !v.wants(links[i].Index, addrs) {
			continue
		}
		if err := p.linkAndAddrs(v, &links[i], addrs); err != nil {
			return errors.Join(err, p.close())
		}
	}
	return p.close()
}

// linkAndAddrs writes a link and its addresses. If the link does not pass the
// filter, JSON has an empty object, as in iproute2.
func (p *printer) linkAndAddrs(v *linkView, l *rtnl.Link, addrs []rtnl.Address) error {
	p.open("")
	defer p.end()
	if !v.matches(l) {
		return nil
	}
	withLink := (v.family == unix.AF_PACKET || v.o.Brief || !v.o.Oneline) && v.addr.label == ""
	if withLink {
		if err := p.link(v, l); err != nil {
			return err
		}
	}
	if v.family != unix.AF_PACKET {
		p.linkAddrs(v, l, addrs)
	}
	if withLink && !v.o.Brief && !v.asLink && v.o.Stats > 0 {
		p.linkStats(v, l)
		p.text("\n")
	}
	return nil
}

// ask lists the links, and asks for what they refer to.
func (v *linkView) ask(ctx context.Context, conn *rtnl.Conn) ([]rtnl.Link, error) {
	if v.index != 0 {
		return v.askOne(ctx, conn)
	}
	// The family of a prefix does not change the request.
	family := v.o.Family
	if family == unix.AF_PACKET || v.asLink {
		family = unix.AF_UNSPEC
	}
	if family == unix.AF_INET6 || family == unix.AF_BRIDGE {
		// These families have lists of their own, with fewer attributes.
		all, err := conn.Links(ctx, rtnl.LinkDump{ExtMask: rtextFilterSkipStats})
		if err != nil {
			return nil, err
		}
		if err := v.links.learn(ctx, all, v.o); err != nil {
			return nil, err
		}
		links, err := conn.Links(ctx, rtnl.LinkDump{Family: family})
		if err != nil {
			return nil, err
		}
		addQueueLen(links, all)
		return links, v.links.learn(ctx, links, v.o)
	}
	dump := rtnl.LinkDump{Family: family, ExtMask: rtextFilterSkipStats}
	if family == unix.AF_UNSPEC {
		dump.Master, dump.Kind = v.masterIndex, v.kind // as iproute2, which shows what is left out otherwise
	}
	links, err := conn.Links(ctx, dump)
	if err != nil {
		return nil, err
	}
	if v.noMaster {
		links = withoutMaster(links)
	}
	return links, v.links.learn(ctx, links, v.o)
}

// rtextFilterSkipStats is RTEXT_FILTER_SKIP_STATS, which omits IPv6's counters
// (include/uapi/linux/rtnetlink.h).
const rtextFilterSkipStats = 1 << 3

// askOne asks for the one link to show.
func (v *linkView) askOne(ctx context.Context, conn *rtnl.Conn) ([]rtnl.Link, error) {
	l, err := conn.Link(ctx, rtnl.LinkIndex(v.index))
	if err != nil {
		return nil, err
	}
	links := []rtnl.Link{l}
	return links, v.links.learn(ctx, links, v.o)
}

// withoutMaster returns the links without a master. Kernels before 5.18 do not
// filter for this.
func withoutMaster(links []rtnl.Link) []rtnl.Link {
	n := 0
	for i := range links {
		if links[i].Master == 0 {
			links[n] = links[i]
			n++
		}
	}
	return links[:n]
}

func addQueueLen(links, from []rtnl.Link) {
	lens := make(map[uint32]uint32, len(from))
	for i := range from {
		lens[from[i].Index] = from[i].TxQueueLen
	}
	for i := range links {
		links[i].TxQueueLen = lens[links[i].Index]
	}
}

// askAddrs lists the addresses, none for a family without addresses.
func (v *linkView) askAddrs(ctx context.Context, conn *rtnl.Conn) ([]rtnl.Address, error) {
	switch v.family {
	case unix.AF_UNSPEC, unix.AF_INET, unix.AF_INET6:
	default:
		return nil, nil
	}
	addrs, err := conn.Addrs(ctx, rtnl.AddrDump{Family: v.family, Index: v.index})
	if v.index != 0 && errors.Is(err, fs.ErrNotExist) {
		return nil, nil // the link has gone meanwhile
	}
	return addrs, err
}
