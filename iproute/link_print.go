package iproute

import (
	"encoding/hex"
	"strconv"

	"github.com/nslab/nslab/internal/plain"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// link writes a link: a line, or several with details (print_linkinfo in
// ip/ipaddress.c). linkMap.learn must have been called for it.
func (p *printer) link(v *linkView, l *rtnl.Link) error {
	if v.o.Brief {
		p.linkBrief(v, l)
		return nil
	}
	p.num("ifindex", "%d: ", uint64(l.Index))
	p.linkFlags(l.Flags, p.linkName(v, "%s: ", l))
	p.linkState(v, l)
	if v.family == unix.AF_UNSPEC || v.family == unix.AF_PACKET || v.o.Details > 0 {
		p.linkAddress(v, l)
	}
	p.linkNetNS(v, l)
	p.protoDown(v, l)
	if v.o.Details > 0 {
		if err := p.linkDetails(v, l); err != nil {
			return err
		}
	}
	if l.Alias != "" && (v.asLink || v.o.Details > 0) {
		p.text("\n    ")
		p.str("ifalias", "alias %s", l.Alias)
	}
	if v.asLink && v.o.Stats > 0 {
		p.text("\n")
		p.linkStats(v, l)
	}
	if len(l.AltNames) > 0 {
		p.array("altnames", "")
		for _, n := range l.AltNames {
			p.text("\n    altname ")
			p.str("", "%s", n)
		}
		p.endArray("")
	}
	p.endLine()
	return nil
}

func (p *printer) linkBrief(v *linkView, l *rtnl.Link) {
	down := p.linkName(v, "%-16s ", l)
	p.operState(l.OperState, "%-14s ")
	if v.family != unix.AF_PACKET {
		return
	}
	if len(l.Address) > 0 {
		p.paint(hueMAC, "address", "%s ", hwaddrText(l.Address, l.Type))
	}
	p.linkFlags(l.Flags, down)
	p.endLine()
}

// whole reports whether a message comes from RTM_GETLINK itself. Those of IPv6
// and of bridges have fewer attributes.
func whole(l *rtnl.Link) bool { return l.Family != unix.AF_INET6 && l.Family != unix.AF_BRIDGE }

// linkName writes a link's name and the link below it. It reports whether that
// one is in this namespace and down.
func (p *printer) linkName(v *linkView, format string, l *rtnl.Link) (down bool) {
	name := l.Name
	if index, ok := l.Link.Get(); ok {
		switch {
		case index == 0:
			if p.isJSON() {
				p.null("link", "")
			}
			name += "@NONE"
		case l.LinkNetNSID.IsSet():
			p.jnum("link_index", uint64(index))
			name += "@" + indexName(index)
		default:
			p.jstr("link", v.links.name(index))
			name += "@" + v.links.name(index)
			down = v.links.down(index)
		}
	}
	if p.isJSON() {
		name = l.Name
	}
	p.paint(hueIfname, "ifname", format, name)
	return down
}

// linkFlagNames are in the order in which they are printed.
var linkFlagNames = []struct {
	flag uint32
	name string
}{
	{unix.IFF_LOOPBACK, "LOOPBACK"}, {unix.IFF_BROADCAST, "BROADCAST"}, {unix.IFF_POINTOPOINT, "POINTOPOINT"},
	{unix.IFF_MULTICAST, "MULTICAST"}, {unix.IFF_NOARP, "NOARP"}, {unix.IFF_ALLMULTI, "ALLMULTI"},
	{unix.IFF_PROMISC, "PROMISC"}, {unix.IFF_MASTER, "MASTER"}, {unix.IFF_SLAVE, "SLAVE"}, {unix.IFF_DEBUG, "DEBUG"},
	{unix.IFF_DYNAMIC, "DYNAMIC"}, {unix.IFF_AUTOMEDIA, "AUTOMEDIA"}, {unix.IFF_PORTSEL, "PORTSEL"},
	{unix.IFF_NOTRAILERS, "NOTRAILERS"}, {unix.IFF_UP, "UP"}, {unix.IFF_LOWER_UP, "LOWER_UP"},
	{unix.IFF_DORMANT, "DORMANT"}, {unix.IFF_ECHO, "ECHO"},
}

func (p *printer) linkFlags(flags uint32, lowerDown bool) {
	p.array("flags", "<")
	one := func(name string) {
		format := "%s"
		if flags != 0 {
			format = "%s," // more flags follow
		}
		p.str("", format, name)
	}
	if flags&unix.IFF_UP != 0 && flags&unix.IFF_RUNNING == 0 {
		one("NO-CARRIER")
	}
	flags &^= unix.IFF_RUNNING
	for _, f := range linkFlagNames {
		if flags&f.flag != 0 {
			flags &^= f.flag
			one(f.name)
		}
	}
	if flags != 0 {
		p.str("", "%s", strconv.FormatUint(uint64(flags), 16))
	}
	if lowerDown {
		p.str("", ",%s", "M-DOWN")
	}
	p.endArray("> ")
}

func (p *printer) operState(state uint8, format string) {
	if int(state) >= len(operStates) {
		p.num("operstate_index", "state %#x", uint64(state))
		return
	}
	h := hueNone
	switch operStates[state] {
	case "UP":
		h = hueUp
	case "DOWN":
		h = hueDown
	}
	p.paint(h, "operstate", format, operStates[state])
}

// linkState writes the rest of the first line.
func (p *printer) linkState(v *linkView, l *rtnl.Link) {
	if l.MTU != 0 || whole(l) {
		p.num("mtu", "mtu %d ", uint64(l.MTU))
	}
	if l.Qdisc != "" {
		p.str("qdisc", "qdisc %s ", l.Qdisc)
	}
	if l.Master != 0 {
		p.str("master", "master %s ", v.links.name(l.Master))
	}
	if int(l.OperState) < len(operStates) {
		p.text("state ")
	}
	p.operState(l.OperState, "%s ")
	if v.asLink && whole(l) {
		if int(l.LinkMode) < len(linkModes) {
			p.str("linkmode", "mode %s ", [...]string{"DEFAULT", "DORMANT"}[l.LinkMode])
		} else {
			p.num("linkmode_index", "mode %d ", uint64(l.LinkMode))
		}
	}
	if whole(l) {
		p.str("group", "group %s ", rtGroups.name(l.Group, v.o))
	}
	if v.queueLen && l.TxQueueLen != 0 {
		p.num("txqlen", "qlen %d", uint64(l.TxQueueLen))
	}
	p.linkEvent(l.Event)
}

func (p *printer) linkEvent(event uint32) {
	names := [...]string{"", "REBOOT", "FEATURE CHANGE", "BONDING FAILOVER", "NOTIFY PEERS", "RESEND IGMP", "BONDING OPTION"}
	switch {
	case event == 0:
	case int(event) < len(names):
		p.str("event", "event %s ", names[event])
	default:
		p.num("event", "event %d ", uint64(event))
	}
}

func (p *printer) linkAddress(v *linkView, l *rtnl.Link) {
	p.text("\n")
	p.str("link_type", "    link/%s ", linkType(l.Type, v.o))
	if len(l.Address) > 0 {
		p.paint(hueMAC, "address", "%s", hwaddrText(l.Address, l.Type))
	}
	if len(l.Broadcast) > 0 {
		if l.Flags&unix.IFF_POINTOPOINT != 0 {
			p.text(" peer ")
			p.jbool("link_pointtopoint", true)
		} else {
			p.text(" brd ")
		}
		p.paint(hueMAC, "broadcast", "%s", hwaddrText(l.Broadcast, l.Type))
	}
	if len(l.PermAddress) > 0 && string(l.PermAddress) != string(l.Address) {
		p.text(" permaddr ")
		p.paint(hueMAC, "permaddr", "%s", hwaddrText(l.PermAddress, l.Type))
	}
}

func (p *printer) linkNetNS(v *linkView, l *rtnl.Link) {
	if id, ok := l.LinkNetNSID.Get(); ok {
		if p.isJSON() {
			p.signed("link_netnsid", "", int64(id))
		} else if id < 0 {
			p.text(" link-netnsid unknown")
		} else {
			p.netnsText("link-netns", id, v)
		}
	}
	if id, ok := l.NewNetNSID.Get(); ok && !p.isJSON() {
		p.netnsText("new-netns", id, v)
	}
	if index, ok := l.NewIndex.Get(); ok {
		p.text(" new-ifindex %d", index)
	}
}

func (p *printer) netnsText(key string, id int32, v *linkView) {
	if name, ok := v.links.nsids[id]; ok {
		p.text(" %s %s", key, plain.Text(name))
	} else {
		p.text(" %sid %d", key, id)
	}
}

// protodownReasons are the names of the reasons why protocols hold a link down.
var protodownReasons = &nameTable{file: "protodown_reasons", dir: "protodown_reasons.d"}

const iflaProtoDownReasonValue = 2 // include/uapi/linux/if_link.h

func (p *printer) protoDown(v *linkView, l *rtnl.Link) {
	if l.ProtoDown != 0 {
		p.flag("proto_down", " protodown on ")
	}
	var reason uint32
	for r := rtnl.NewAttrReader(l.ProtoDownReason); r.Next(); {
		if r.Type() == iflaProtoDownReasonValue && len(r.Bytes()) == 4 {
			reason = r.Uint32()
		}
	}
	if reason == 0 {
		return
	}
	p.array("proto_down_reason", "protodown_reason <")
	format := "%s"
	for i := range uint32(32) {
		if reason&(1<<i) != 0 {
			p.str("", format, protodownReasons.name(i, v.o))
			format = ",%s"
		}
	}
	p.endArray(">")
}

func (p *printer) linkDetails(v *linkView, l *rtnl.Link) error {
	number := func(key, format string, v uint32) { p.num(key, format+" %d ", uint64(v)) }
	opt := func(key string, o rtnl.Opt[uint32]) {
		if v, ok := o.Get(); ok {
			number(key, key, v)
		}
	}
	if whole(l) {
		number("promiscuity", " promiscuity", l.Promiscuity)
		if n, ok := l.AllMulti.Get(); ok {
			number("allmulti", " allmulti", n)
		}
		number("min_mtu", "minmtu", l.MinMTU)
		number("max_mtu", "maxmtu", l.MaxMTU)
	}
	if err := p.linkInfo(v, l); err != nil {
		return err
	}
	if mode, ok := l.AddrGenMode(); ok && v.asLink {
		name := "0x" + hex.EncodeToString([]byte{mode})
		if int(mode) < len(addrGenModes) {
			name = addrGenModes[mode]
		}
		p.str("inet6_addr_gen_mode", "addrgenmode %s ", name)
	}
	if whole(l) {
		number("num_tx_queues", "numtxqueues", l.TxQueues)
		if l.RxQueues != 0 { // without CONFIG_RPS, the kernel does not report it
			number("num_rx_queues", "numrxqueues", l.RxQueues)
		}
		number("gso_max_size", "gso_max_size", l.GSOMaxSize)
		number("gso_max_segs", "gso_max_segs", l.GSOMaxSegs)
	}
	opt("tso_max_size", l.TSOMaxSize)
	opt("tso_max_segs", l.TSOMaxSegs)
	opt("gro_max_size", l.GROMaxSize)
	word := func(key, word, v string) {
		if v != "" {
			p.str(key, word+" %s ", v)
		}
	}
	word("phys_port_name", "portname", l.PhysPortName)
	word("phys_port_id", "portid", hex.EncodeToString(l.PhysPortID))
	word("phys_switch_id", "switchid", hex.EncodeToString(l.PhysSwitchID))
	word("parentbus", "parentbus", l.ParentDevBusName)
	word("parentdev", "parentdev", l.ParentDevName)
	return nil
}
