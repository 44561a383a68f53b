package iproute

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// neighFilter says which neighbours to show or to flush.
type neighFilter struct {
	family uint8
	to     inetPrefix
	// state are NUD_* bits, and nudNone for entries without one.
	state    uint16
	unused   bool
	protocol uint8
	proxy    bool
	// dev, master and vrf are names of links; nomaster wants links without a
	// master. The last of the three counts.
	dev, master, vrf string
	nomaster         bool
	index            uint32 // of dev
}

// nudNone stands for NUD_NONE, which is 0, among the bits of a filter.
const nudNone = 0x100

func parseNeighShow(c *Command, w *words) {
	f := &neighFilter{state: 0xff &^ unix.NUD_NOARP}
	if f.parse(c, w, math.MaxUint16) {
		return
	}
	c.do = func(ctx context.Context, s *Session, o *Options) error { return s.neighShow(ctx, o, *f) }
}

// parse takes the words of a filter; "nud all" is all. It reports whether they
// ask for help.
func (f *neighFilter) parse(c *Command, w *words, all uint16) (help bool) {
	f.family = c.Options.Family
	given := false
	for w.more() {
		switch k := w.keyword(neighFilterKeys); k {
		case "dev":
			if f.dev != "" {
				w.bad("only one dev")
			}
			f.dev = w.device("a link")
		case "master":
			f.master, f.vrf, f.nomaster = w.device("a link with ports"), "", false
		case "vrf":
			f.master, f.vrf, f.nomaster = "", w.device("a VRF"), false
		case "nomaster":
			f.master, f.vrf, f.nomaster = "", "", true
		case "unused":
			f.unused = true
		case "nud":
			if !given {
				f.state, given = 0, true
			}
			f.state |= w.nudOrAll(all)
		case "proxy":
			f.proxy = true
		case "protocol", "proto":
			f.protocol = 0
			if !w.is("all") {
				f.protocol = uint8(w.named(rtProtos, `a protocol, or "all"`, 255))
			}
		case "help":
			c.usage(w, neighUsage)
			return true
		default:
			f.to = w.inetPrefix("a prefix, or a parameter of ip neigh", f.family)
			if f.family == unix.AF_UNSPEC {
				f.family = f.to.family
			}
		}
	}
	return false
}

func (w *words) nudOrAll(all uint16) uint16 {
	s := w.need(wantNUD + `, or "all"`)
	st, ok := parseNUD(s)
	switch {
	case w.err != nil:
	case ok && st == 0:
		return nudNone
	case ok:
		return st
	case s == "all":
		return all
	default:
		w.bad(wantNUD + `, or "all"`)
	}
	return 0
}

// has reports whether there can be neighbours of the family: beside those of IP,
// AF_BRIDGE has the entries of forwarding databases.
func (f *neighFilter) has() bool { return inetFamily(f.family) || f.family == unix.AF_BRIDGE }

// dump looks up the links of the filter and returns the question to the kernel.
func (f *neighFilter) dump(ctx context.Context, conn *rtnl.Conn) (req rtnl.NeighDump, err error) {
	req = rtnl.NeighDump{Family: f.family, Proxy: f.proxy}
	switch {
	case f.nomaster:
		req.Master = math.MaxUint32
	case f.master != "":
		if req.Master, err = filterIndex(ctx, conn, "master", f.master); err != nil {
			return req, err
		}
	case f.vrf != "":
		link, err := conn.Link(ctx, rtnl.LinkName(f.vrf))
		if err == nil && link.Kind != "vrf" {
			err = &peerError{fmt.Sprintf(`Error: argument %q is wrong: Not a valid VRF name`, f.vrf), fmt.Errorf("%q is no VRF", f.vrf)}
		}
		if err != nil {
			return req, &Error{Status: statusUsage, Err: err}
		}
		req.Master = link.Index
	}
	if f.dev != "" {
		if f.index, err = conn.LinkIndex(ctx, f.dev); err != nil {
			return req, err
		}
		req.Index = f.index
	}
	return req, nil
}

// matches reports whether the filter lets an entry through.
func (f *neighFilter) matches(n *rtnl.Neigh) bool {
	switch {
	case f.family != unix.AF_UNSPEC && f.family != n.Family,
		f.index != 0 && f.index != n.Link.Index,
		f.protocol != 0 && f.protocol != n.Protocol:
		return false
	case f.state&n.State == 0 && n.Flags&(unix.NTF_PROXY|unix.NTF_EXT_LEARNED) == 0 &&
		(n.State != 0 || f.state&nudNone == 0):
		return false
	case n.Dst.IsValid() && f.to.bits() > 0 &&
		(familyOf(n.Dst) != f.to.family || !sameBits(n.Dst, f.to.prefix.Addr(), f.to.bits())):
		return false
	}
	return !f.unused || n.CacheInfo.Or(rtnl.NeighCacheInfo{}).References == 0
}

func (s *Session) neighShow(ctx context.Context, o *Options, f neighFilter) error {
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

// neighView is how neighbours are printed.
type neighView struct {
	o *Options
	// links must know the links of what is printed.
	links *linkMap
	// filtered says that all are on one link, which is then not named.
	filtered bool
	// deleted and miss say what became of the entry, for monitor.
	deleted, miss bool
}

// neigh writes one entry.
func (p *printer) neigh(n *rtnl.Neigh, v *neighView) {
	p.open("")
	if v.deleted {
		p.flag("deleted", "Deleted ")
	}
	if v.miss {
		p.null("miss", "miss ")
	}
	dst, dev, lladdr := "%s ", "%s ", "%s "
	if v.o.Brief {
		dst, dev, lladdr = "%-39s ", "%-16s ", "%s"
	}
	if n.Dst.IsValid() {
		p.paint(hueOf(n.Dst), "dst", dst, ipText(n.Dst))
	}
	if !v.filtered && n.Link.Index != 0 {
		if !v.o.Brief {
			p.text("dev ")
		}
		p.paint(hueIfname, "dev", dev, v.links.name(n.Link.Index))
	}
	if len(n.LLAddr) > 0 {
		if !v.o.Brief {
			p.text("lladdr ")
		}
		p.paint(hueMAC, "lladdr", lladdr, hwaddrText(n.LLAddr, v.links.arphrd(n.Link.Index)))
	}
	if !v.o.Brief {
		p.neighRest(n, v.o)
	}
	p.endLine()
	p.end()
}

func (p *printer) neighRest(n *rtnl.Neigh, o *Options) {
	for _, f := range []struct {
		set  bool
		word string
	}{
		{n.Flags&unix.NTF_ROUTER != 0, "router"},
		{n.Flags&unix.NTF_PROXY != 0, "proxy"},
		{n.ExtFlags&ntfExtManaged != 0, "managed"},
		{n.Flags&unix.NTF_EXT_LEARNED != 0, "extern_learn"},
		{n.Flags&unix.NTF_OFFLOADED != 0, "offload"},
	} {
		if f.set {
			p.null(f.word, f.word+" ")
		}
	}
	if ci, ok := n.CacheInfo.Get(); ok && o.Stats > 0 {
		if ci.References != 0 {
			p.num("refcnt", " ref %d", uint64(ci.References))
		}
		p.num("used", " used %d", uint64(ci.Used/time.Second))
		p.num("confirmed", "/%d", uint64(ci.Confirmed/time.Second))
		p.num("updated", "/%d", uint64(ci.Updated/time.Second))
		p.num("probes", "probes %d ", uint64(n.Probes))
	}
	if n.State != 0 {
		p.array("state", "")
		for _, st := range nudStates {
			if n.State&st.bit != 0 {
				p.str("", "%s ", strings.ToUpper(st.word))
			}
		}
		p.endArray("")
	}
	if n.Protocol != 0 {
		p.str("protocol", "proto %s ", rtProtos.name(uint32(n.Protocol), o))
	}
}

// hwaddrText writes a link-layer address; that of a tunnel is an IP address
// (ll_addr_n2a in lib/ll_addr.c).
func hwaddrText(a net.HardwareAddr, arphrd uint16) string {
	switch {
	case len(a) == 4 && (arphrd == unix.ARPHRD_TUNNEL || arphrd == unix.ARPHRD_SIT || arphrd == unix.ARPHRD_IPGRE),
		len(a) == 16 && (arphrd == unix.ARPHRD_TUNNEL6 || arphrd == unix.ARPHRD_IP6GRE):
		ip, _ := netip.AddrFromSlice(a) // the length is right
		return ipText(ip)
	}
	return a.String()
}
