package iproute

import (
	"fmt"
	"time"

	"github.com/nslab/nslab/bridge"
)

// vlanIDWidth is the width of the column of VLANs (VLAN_ID_LEN in
// bridge/vlan.c).
const vlanIDWidth = 9

// vlanTitle writes the heading of a table, on a line of its own even with
// -oneline.
func (p *printer) vlanTitle(columns string) {
	if !p.isJSON() {
		p.text("%-16s  %s", "port", columns)
		p.endLine()
	}
}

// vlanPort starts a line of a table, and in JSON a port with its first.
func (p *printer) vlanPort(links *linkMap, index uint32, key string, opened bool) {
	if opened {
		p.text("%-16s  ", "")
		return
	}
	p.open("")
	p.paint(hueIfname, "ifname", "%-16s  ", links.name(index))
	p.array(key, "")
}

func (p *printer) endVLANPort() {
	p.endArray("")
	p.end()
}

// vlanRange writes successive numbers and returns how wide they are.
func vlanRange[T uint16 | uint32](p *printer, key string, first, last T) int {
	p.num(key, "%d", uint64(first))
	width := len(fmt.Sprint(first))
	if last != first {
		p.num(key+"End", "-%d", uint64(last))
		width += 1 + len(fmt.Sprint(last))
	}
	return width
}

// bridgeVLANFlags writes flags. In JSON that is an array even if only the
// kernel's own flags are set, such as those of ranges; own says so.
func (p *printer) bridgeVLANFlags(f bridge.VLANFlags, own bool) {
	if f == 0 && !own {
		return
	}
	p.array("flags", "")
	if f&bridge.VLANPVID != 0 {
		p.str("", " %s", "PVID")
	}
	if f&bridge.VLANUntagged != 0 {
		p.str("", " %s", "Egress Untagged")
	}
	p.endArray("")
}

// vlanCounters writes two lines, also with -oneline.
func (p *printer) vlanCounters(c *bridge.VLANCounters) {
	p.text("%-16s    ", "")
	p.num("rx_bytes", "RX: %d bytes", c.RxBytes)
	p.num("rx_packets", " %d packets", c.RxPackets)
	p.endLine()
	p.text("%-16s    ", "")
	p.num("tx_bytes", "TX: %d bytes", c.TxBytes)
	p.num("tx_packets", " %d packets", c.TxPackets)
	p.endLine()
}

// vlanOptions writes a port's options for VLANs.
func (p *printer) vlanOptions(o *Options, v *bridge.VLANEntry) {
	vlanRange(p, "vlan", v.VLANs.First, v.VLANs.Last)
	p.bridgeVLANFlags(v.VLANs.Flags, false)
	p.text("\n%-16s    ", "")
	p.stpState(v.State.Or(bridge.Disabled))
	optNum(p, "mcast_router", "", v.MulticastRouter)
	p.text("\n")
	if o.Stats > 0 {
		p.vlanCounters(&v.Counters)
	}
}

// vlanGlobal writes a bridge's options for VLANs.
func (p *printer) vlanGlobal(links *linkMap, o *Options, v *bridge.VLANEntry) {
	vlanRange(p, "vlan", v.VLANs.First, v.VLANs.Last)
	p.text("\n%-16s    ", "")
	g := v.Global
	optNum(p, "mcast_snooping", "", g.MulticastSnooping)
	optNum(p, "mcast_querier", "", g.MulticastQuerier)
	optNum(p, "mcast_igmp_version", "", g.MulticastIGMPVersion)
	optNum(p, "mcast_mld_version", "", g.MulticastMLDVersion)
	optNum(p, "mcast_last_member_count", "", g.MulticastLastMemberCount)
	p.optTicks("mcast_last_member_interval", "", g.MulticastLastMemberInterval)
	optNum(p, "mcast_startup_query_count", "", g.MulticastStartupQueryCount)
	p.optTicks("mcast_startup_query_interval", "", g.MulticastStartupQueryInterval)
	p.optTicks("mcast_membership_interval", "", g.MulticastMembershipInterval)
	p.optTicks("mcast_querier_interval", "", g.MulticastQuerierInterval)
	p.optTicks("mcast_query_interval", "", g.MulticastQueryInterval)
	p.optTicks("mcast_query_response_interval", "", g.MulticastQueryResponseInterval)
	p.text("\n")
	if v.RouterPorts == nil {
		return
	}
	p.text("%-16s    ", "")
	p.array("router_ports", "router ports: ")
	for i, r := range v.RouterPorts {
		p.open("")
		if o.Stats > 0 && i > 0 {
			p.text("\n%-16s                  ", "")
		}
		p.str("port", "%s ", links.name(r.Index))
		if o.Stats > 0 {
			p.routerPort(&r)
		}
		p.end()
	}
	p.endArray("")
	p.text("\n")
}

func (p *printer) routerPort(r *bridge.RouterPort) {
	if d, ok := r.Timer.Get(); ok {
		p.str("timer", " %s", fmt.Sprintf("%4d.%02d", d/time.Second, d%time.Second/tick))
	}
	if typ, ok := r.Type.Get(); ok {
		word := "permanent"
		if typ == 1 || typ == 3 { // MDB_RTR_TYPE_TEMP_QUERY, MDB_RTR_TYPE_TEMP
			word = "temp"
		}
		p.str("type", " %s", word)
	}
}
