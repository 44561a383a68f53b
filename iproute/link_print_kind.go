package iproute

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// linkInfo writes the kind of a link and what it is as a port, with the options
// of those that are known here.
func (p *printer) linkInfo(v *linkView, l *rtnl.Link) error {
	if l.Kind == "" && l.PortKind == "" {
		return nil
	}
	p.open("linkinfo")
	defer p.end()
	if l.Kind != "" {
		p.text("\n")
		p.str("info_kind", "    %s ", l.Kind)
		if l.Kind == "bridge" {
			if err := p.bridgeInfo(v, l); err != nil {
				return err
			}
		}
	}
	if l.PortKind != "" {
		p.text("\n")
		p.str("info_slave_kind", "    %s_slave ", l.PortKind)
		if l.PortKind == "bridge" {
			return p.portInfo(v, l)
		}
	}
	return nil
}

func (p *printer) bridgeInfo(v *linkView, l *rtnl.Link) error {
	b, err := rtnl.DecodeBridge(l.Data)
	if err != nil {
		return fmt.Errorf("link %q: %w", l.Name, err)
	}
	p.open("info_data")
	defer p.end()
	p.optTicks("forward_delay", "", b.ForwardDelay)
	p.optTicks("hello_time", "", b.HelloTime)
	p.optTicks("max_age", "", b.MaxAge)
	p.optTicks("ageing_time", "", b.AgeingTime)
	optNum(p, "stp_state", "", b.STPState)
	optNum(p, "priority", "", b.Priority)
	optNum(p, "vlan_filtering", "", b.VLANFiltering)
	if proto, ok := b.VLANProtocol.Get(); ok {
		name := "[" + strconv.Itoa(int(proto)) + "]"
		if !v.o.Numeric {
			name = vlanProtocol(proto, "[]")
		}
		p.str("vlan_protocol", "vlan_protocol %s ", name)
	}
	p.str("bridge_id", "bridge_id %s ", bridgeID(b.BridgeID))
	// iproute2 6.1 writes the bridge's own id here.
	p.str("root_id", "designated_root %s ", bridgeID(b.RootID))
	p.num("root_port", "root_port %d ", uint64(b.RootPort))
	p.num("root_path_cost", "root_path_cost %d ", uint64(b.RootPathCost))
	p.num("topology_change", "topology_change %d ", uint64(b.TopologyChange))
	p.num("topology_change_detected", "topology_change_detected %d ", uint64(b.TopologyChangeDetected))
	p.timer("hello_timer", b.HelloTimer)
	p.timer("tcn_timer", b.TCNTimer)
	p.timer("topology_change_timer", b.TopologyChangeTimer)
	p.timer("gc_timer", b.GCTimer)
	optNum(p, "vlan_default_pvid", "", b.VLANDefaultPVID)
	optNum(p, "vlan_stats_enabled", "", b.VLANStatsEnabled)
	optNum(p, "vlan_stats_per_port", "", b.VLANStatsPerPort)
	if mask, ok := b.GroupFwdMask.Get(); ok {
		p.str("group_fwd_mask", "group_fwd_mask %s ", hexText(mask))
	}
	if len(b.GroupAddr) > 0 {
		p.str("group_addr", "group_address %s ", macText(b.GroupAddr))
	}
	optNum(p, "mcast_snooping", "", b.MulticastSnooping)
	p.bridgeBit(b, "no_linklocal_learn", brBooloptNoLLLearn)
	p.bridgeBit(b, "mcast_vlan_snooping", brBooloptMcastVLANSnooping)
	p.bridgeMulticast(b)
	optNum(p, "nf_call_iptables", "", b.NFCallIPTables)
	optNum(p, "nf_call_ip6tables", "", b.NFCallIP6Tables)
	optNum(p, "nf_call_arptables", "", b.NFCallARPTables)
	return nil
}

func (p *printer) bridgeMulticast(b *rtnl.BridgeInfo) {
	optNum(p, "mcast_router", "", b.MulticastRouter)
	optNum(p, "mcast_query_use_ifaddr", "", b.MulticastQueryUseIfaddr)
	optNum(p, "mcast_querier", "", b.MulticastQuerier)
	optNum(p, "mcast_hash_elasticity", "", b.MulticastHashElasticity)
	optNum(p, "mcast_hash_max", "", b.MulticastHashMax)
	optNum(p, "mcast_last_member_cnt", "mcast_last_member_count", b.MulticastLastMemberCount)
	optNum(p, "mcast_startup_query_cnt", "mcast_startup_query_count", b.MulticastStartupQueryCount)
	p.optTicks("mcast_last_member_intvl", "mcast_last_member_interval", b.MulticastLastMemberInterval)
	p.optTicks("mcast_membership_intvl", "mcast_membership_interval", b.MulticastMembershipInterval)
	p.optTicks("mcast_querier_intvl", "mcast_querier_interval", b.MulticastQuerierInterval)
	p.optTicks("mcast_query_intvl", "mcast_query_interval", b.MulticastQueryInterval)
	p.optTicks("mcast_query_response_intvl", "mcast_query_response_interval", b.MulticastQueryResponseInterval)
	p.optTicks("mcast_startup_query_intvl", "mcast_startup_query_interval", b.MulticastStartupQueryInterval)
	optNum(p, "mcast_stats_enabled", "", b.MulticastStatsEnabled)
	optNum(p, "mcast_igmp_version", "", b.MulticastIGMPVersion)
	optNum(p, "mcast_mld_version", "", b.MulticastMLDVersion)
}

func (p *printer) bridgeBit(b *rtnl.BridgeInfo, key string, bit uint32) {
	if b.MultiBoolMask&bit != 0 {
		p.num(key, key+" %d ", uint64(bool01(b.MultiBool&bit != 0)))
	}
}

// optNum writes a number that may be absent. In text it has another word than
// its key, where word is not "".
func optNum[T uint8 | uint16 | uint32](p *printer, key, word string, o rtnl.Opt[T]) {
	if v, ok := o.Get(); ok {
		if word == "" {
			word = key
		}
		p.num(key, word+" %d ", uint64(v))
	}
}

func (p *printer) optTicks(key, word string, o rtnl.Opt[time.Duration]) {
	if v, ok := o.Get(); ok {
		if word == "" {
			word = key
		}
		p.num(key, word+" %d ", uint64(v/tick))
	}
}

// timer writes seconds and hundredths.
func (p *printer) timer(key string, d time.Duration) {
	sec, hundredths := d/time.Second, d%time.Second/tick
	if p.j != nil {
		p.j.name(key)
		p.j.float(fmt.Sprintf("%d.%02d", sec, hundredths))
		return
	}
	p.text("%s %4d.%02d ", key, sec, hundredths)
}

// hexText is a number as the C format "%#x" has it: no "0x" before a zero.
func hexText(v uint16) string {
	if v == 0 {
		return "0"
	}
	return "0x" + strconv.FormatUint(uint64(v), 16)
}

// bridgeID writes a priority and a MAC, the latter as ether_ntoa(3) does,
// without leading zeros.
func bridgeID(id [8]byte) string {
	s := fmt.Sprintf("%02x%02x.%x", id[0], id[1], id[2])
	for _, b := range id[3:] {
		s += ":" + strconv.FormatUint(uint64(b), 16)
	}
	return s
}

// backupPort returns the index of a port's backup port, 0 if it has none.
func backupPort(l *rtnl.Link) uint32 {
	if l.PortKind != "bridge" {
		return 0
	}
	for r := rtnl.NewAttrReader(l.PortData); r.Next(); {
		if r.Type() == unix.IFLA_BRPORT_BACKUP_PORT && len(r.Bytes()) == 4 {
			return r.Uint32()
		}
	}
	return 0
}

func (p *printer) portInfo(v *linkView, l *rtnl.Link) error {
	o, err := bridge.DecodePort(l.PortData)
	if err != nil {
		return fmt.Errorf("link %q, as a port: %w", l.Name, err)
	}
	p.open("info_slave_data")
	defer p.end()
	if state, ok := o.State.Get(); ok {
		if state <= bridge.Blocking {
			p.str("state", "state %s ", state.String())
		} else {
			p.num("state_index", "state (%d) ", uint64(state))
		}
	}
	optNum(p, "priority", "", o.Priority)
	optNum(p, "cost", "", o.PathCost)
	p.optOnOff("hairpin", o.Hairpin)
	p.optOnOff("guard", o.BPDUGuard)
	p.optOnOff("root_block", o.RootBlock)
	p.optOnOff("fastleave", o.FastLeave)
	p.optOnOff("learning", o.Learning)
	p.optOnOff("flood", o.Flood)
	p.str("id", "port_id %s ", hexText(o.ID))
	p.str("no", "port_no %s ", hexText(o.Number))
	p.num("designated_port", "designated_port %d ", uint64(o.DesignatedPort))
	p.num("designated_cost", "designated_cost %d ", uint64(o.DesignatedCost))
	p.str("bridge_id", "designated_bridge %s ", bridgeID(o.DesignatedBridge))
	p.str("root_id", "designated_root %s ", bridgeID(o.DesignatedRoot))
	p.timer("hold_timer", o.HoldTimer)
	p.timer("message_age_timer", o.MessageAgeTimer)
	p.timer("forward_delay_timer", o.ForwardDelayTimer)
	p.num("topology_change_ack", "topology_change_ack %d ", uint64(bool01(o.TopologyChangeAck)))
	p.num("config_pending", "config_pending %d ", uint64(bool01(o.ConfigPending)))
	p.optOnOff("proxy_arp", o.ProxyARP)
	p.optOnOff("proxy_arp_wifi", o.ProxyARPWifi)
	optNum(p, "multicast_router", "mcast_router", o.MulticastRouter)
	if v, ok := o.FastLeave.Get(); ok {
		p.text("mcast_fast_leave %s ", onOffWord(v))
	}
	p.optOnOff("mcast_flood", o.MulticastFlood)
	p.optOnOff("bcast_flood", o.BroadcastFlood)
	p.optOnOff("mcast_to_unicast", o.MulticastToUnicast)
	p.optOnOff("neigh_suppress", o.NeighSuppress)
	if mask, ok := o.GroupFwdMask.Get(); ok {
		p.str("group_fwd_mask", "group_fwd_mask %s ", hexText(mask))
		p.str("group_fwd_mask_str", "group_fwd_mask_str %s ", fwdMaskText(mask))
	}
	p.optOnOff("vlan_tunnel", o.VLANTunnel)
	p.optOnOff("isolated", o.Isolated)
	p.optOnOff("locked", o.Locked)
	if backup, ok := o.BackupPort.Get(); ok {
		p.str("backup_port", "backup_port %s ", v.links.name(backup.Index))
	}
	return nil
}

func (p *printer) optOnOff(key string, o rtnl.Opt[bool]) {
	if v, ok := o.Get(); ok {
		p.onOff(key, key+" %s ", v)
	}
}

// fwdMaskText names the protocols of a mask's bits.
func fwdMaskText(mask uint16) string {
	if mask == 0 {
		return "0x0"
	}
	names := map[int]string{0: "stp", 2: "lacp", 14: "lldp"}
	var some []string
	for i := range 16 {
		switch {
		case mask&(1<<i) == 0:
		case names[i] != "":
			some = append(some, names[i])
		default:
			some = append(some, hexText(1<<i))
		}
	}
	return strings.Join(some, ",")
}
