package iproute

import (
	"context"
	"strconv"
	"time"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// printFDB prints entries. If port is not 0, all are of that port.
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

// askFDB asks the kernel for the links that an entry refers to.
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

// fdb writes an entry inside an object that the caller has opened (print_fdb in
// bridge/fdb.c). If port is not 0, all entries are of that port, so it is not
// written.
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
