package iproute

import (
	"context"
	"math"
	"strconv"
	"time"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

func parseFDBShow(c *Command, w *words) {
	var f bridge.FDBFilter
	port, br := "", ""
	for w.more() {
		switch w.keyword(fdbShowKeys) {
		case "brport", "dev":
			port = w.device("a port")
		case "br":
			br = w.device("a bridge")
		case "vlan":
			w.once(f.VLAN != 0)
			if !w.loose {
				f.VLAN = w.vlan()
				continue
			}
			// Here any number chooses, if only nothing.
			f.VLAN = uint16(min(uint32(w.atoi("a VLAN", math.MinInt32, math.MaxInt32)), math.MaxUint16))
		case "state":
			f.States |= w.fdbState()
		case "dynamic":
			f.Aging = true
		case "help":
			c.usage(w, fdbUsage)
			return
		default:
			if w.next(); !w.ignored() {
				w.bad("a parameter of bridge fdb show: br, brport, dev, vlan, state, dynamic")
			}
		}
	}
	c.do = func(ctx context.Context, s *Session, o *Options) error { return s.fdbShow(ctx, o, f, port, br) }
}

// fdbState takes a state of FDB entries.
func (w *words) fdbState() uint16 {
	const want = "a state: permanent, static, stale, dynamic, all, or a number"
	switch w.keyword("permanent* static* temp* stale* reachable* dynamic* all") {
	case "permanent":
		return unix.NUD_PERMANENT
	case "static", "temp":
		return unix.NUD_NOARP
	case "stale":
		return unix.NUD_STALE
	case "reachable", "dynamic":
		return unix.NUD_REACHABLE
	case "all":
		return 0xffff
	}
	n, err := parseUint(w.need(want))
	if err != nil || n > math.MaxUint32 {
		w.bad(want)
	}
	return uint16(n) // no entry has more
}

func (s *Session) fdbShow(ctx context.Context, o *Options, f bridge.FDBFilter, port, br string) error {
	conn, err := s.conn(o)
	if err != nil {
		return err
	}
	if br != "" {
		if f.Bridge, err = conn.LinkIndex(ctx, br); err != nil {
			return bridgeFailed(noDevice(err, peerNoBridge))
		}
	}
	if port != "" {
		if f.Port, err = conn.LinkIndex(ctx, port); err != nil {
			return bridgeFailed(err)
		}
	}
	entries, err := bridge.FDB(ctx, conn, f)
	if err != nil {
		return failed(err)
	}
	return failed(s.printFDB(ctx, o, conn, entries, f.Port))
}

// printFDB prints entries. With port they are all of that one.
func (s *Session) printFDB(ctx context.Context, o *Options, conn *rtnl.Conn, entries []rtnl.Neigh, port uint32) error {
	v := &linkView{o: o, links: s.linkMap(conn)}
	for i := range entries {
		if err := v.askFDB(ctx, &entries[i]); err != nil {
			return err
		}
	}
	p := newPrinter(s.Stdout, o)
	for i := range entries {
		p.open("")
		p.fdb(v, &entries[i], port)
		p.end()
	}
	return p.close()
}

// askFDB asks for the links that an entry refers to.
func (v *linkView) askFDB(ctx context.Context, n *rtnl.Neigh) error {
	via := n.Via.Index
	if n.LinkNetNSID.IsSet() {
		via = 0
	}
	for _, index := range []uint32{n.Link.Index, n.Master, via} {
		if err := v.links.ask(ctx, index); err != nil {
			return err
		}
	}
	return nil
}

// fdb writes an entry, which its object is opened for (print_fdb in
// bridge/fdb.c). With port, all entries are of that one, and do not say so.
func (p *printer) fdb(v *linkView, n *rtnl.Neigh, port uint32) {
	if len(n.LLAddr) > 0 {
		p.paint(hueMAC, "mac", "%s ", n.LLAddr.String())
	}
	if port == 0 && n.Link.Index != 0 {
		p.text("dev ")
		p.paint(hueIfname, "ifname", "%s ", v.links.name(n.Link.Index))
	}
	if n.Dst.IsValid() {
		p.text("dst ")
		p.paint(hueOf(n.Dst), "dst", "%s ", ipText(n.Dst))
	}
	if n.VLAN != 0 {
		p.num("vlan", "vlan %d ", uint64(n.VLAN))
	}
	if n.Port != 0 {
		p.num("port", "port %d ", uint64(n.Port))
	}
	if n.VNI != 0 {
		p.num("vni", "vni %d ", uint64(n.VNI))
	}
	if n.SrcVNI != 0 {
		p.num("src_vni", "src_vni %d ", uint64(n.SrcVNI))
	}
	nsid, elsewhere := n.LinkNetNSID.Get()
	switch {
	case n.Via.Index == 0:
	case elsewhere:
		p.num("viaIfIndex", "via ifindex %d ", uint64(n.Via.Index))
	default:
		p.str("viaIf", "via %s ", v.links.name(n.Via.Index))
	}
	if n.NHID != 0 {
		p.num("nhid", "nhid %d ", uint64(n.NHID))
	}
	if elsewhere {
		p.signed("linkNetNsId", "link-netnsid %d ", int64(nsid))
	}
	if ci, ok := n.CacheInfo.Get(); ok && v.o.Stats > 0 {
		used, updated := uint64(ci.Used/time.Second), uint64(ci.Updated/time.Second)
		p.jnum("used", used)
		p.jnum("updated", updated)
		p.text("used %d/%d ", used, updated)
	}
	p.fdbFlags(n.Flags)
	if n.Master != 0 {
		p.str("master", "master %s ", v.links.name(n.Master))
	}
	p.str("state", "%s", fdbStateText(n.State, p.isJSON()))
	p.endLine()
}

// fdbFlagNames are in the order in which they are printed.
var fdbFlagNames = []struct {
	flag uint8
	name string
}{
	{unix.NTF_SELF, "self"}, {unix.NTF_ROUTER, "router"}, {unix.NTF_EXT_LEARNED, "extern_learn"},
	{unix.NTF_OFFLOADED, "offload"}, {unix.NTF_MASTER, "master"}, {bridge.NTFSticky, "sticky"},
}

func (p *printer) fdbFlags(flags uint8) {
	p.array("flags", "")
	for _, f := range fdbFlagNames {
		if flags&f.flag != 0 {
			p.str("", "%s ", f.name)
		}
	}
	p.endArray("")
}

func fdbStateText(state uint16, json bool) string {
	switch {
	case state&unix.NUD_PERMANENT != 0:
		return "permanent"
	case state&unix.NUD_NOARP != 0:
		return "static"
	case state&unix.NUD_STALE != 0:
		return "stale"
	case state&unix.NUD_REACHABLE != 0:
		return ""
	}
	text := "0"
	if state != 0 {
		text = "0x" + strconv.FormatUint(uint64(state), 16)
	}
	if json {
		return text
	}
	return "state=" + text
}

func parseFDBGet(c *Command, w *words) {
	f := &fdbWords{}
	var req rtnl.NeighGet
	br, aging := "", false
	for w.more() {
		switch w.keyword(fdbGetKeys) {
		case "brport", "dev":
			f.dev = w.device("a port")
		case "br":
			br = w.device("a bridge")
		case "vni":
			req.VNI = w.vni()
		case "vlan":
			w.once(req.VLAN != 0)
			req.VLAN = w.vlan()
		case "self":
			req.Flags |= unix.NTF_SELF
		case "master":
			req.Flags |= unix.NTF_MASTER
		case "dynamic":
			aging = true
		case "to":
			if w.keyword("help*") == "" {
				f.lladdr(w, wantFDB)
				continue
			}
			fallthrough
		case "help":
			c.usage(w, fdbUsage)
			return
		default:
			f.lladdr(w, wantFDB)
		}
	}
	switch {
	case !f.addr:
		w.need("an Ethernet address")
		w.peer("Device or master and address are required arguments.")
	case f.dev == "" && br == "":
		w.need(`a port, "dev DEV", or a bridge, "br BRIDGE"`)
		w.peer("Device or master and address are required arguments.")
	}
	req.LLAddr = f.n.LLAddr
	c.do = func(ctx context.Context, s *Session, o *Options) error {
		return s.fdbGet(ctx, o, req, f.dev, br, aging)
	}
}

func (s *Session) fdbGet(ctx context.Context, o *Options, req rtnl.NeighGet, dev, br string, aging bool) error {
	conn, err := s.conn(o)
	if err != nil {
		return err
	}
	if dev != "" {
		if req.Index, err = conn.LinkIndex(ctx, dev); err != nil {
			return bridgeFailed(err)
		}
	}
	if br != "" {
		if req.Master, err = conn.LinkIndex(ctx, br); err != nil {
			return bridgeFailed(noDevice(err, peerNoBridge))
		}
	}
	n, err := bridge.GetFDB(ctx, conn, req)
	if err != nil {
		return bridgeFailed(err)
	}
	entries := []rtnl.Neigh{n}
	if f := (bridge.FDBFilter{Aging: aging}); !f.Match(&n) {
		entries = nil
	}
	return failed(s.printFDB(ctx, o, conn, entries, 0))
}
