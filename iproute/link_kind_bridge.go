package iproute

import (
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// bridgeKind is a bridge.
var bridgeKind = linkKind{
	name:  "bridge",
	usage: func() string { return optionsUsage("bridge", bridgeKindOptions()) },
	parse: func(_ *linkParams, w *words) rtnl.Kind {
		return parseOptions(w, "an option of a bridge", "bridge: unknown command %q?", bridgeKeys, bridgeKindOptions())
	},
	format: formatBridge,
	print:  printBridge,
}

// bridgeKindOptions are all the options of iproute2 6.1 (bridge_parse_opt in
// ip/iplink_bridge.c). Times are in hundredths of a second, as there.
var bridgeKindOptions = sync.OnceValue(func() []kindOption[rtnl.Bridge] {
	return []kindOption[rtnl.Bridge]{
		ticksOption("forward_delay", 32, func(b *rtnl.Bridge) *rtnl.Opt[time.Duration] { return &b.ForwardDelay }),
		ticksOption("hello_time", 32, func(b *rtnl.Bridge) *rtnl.Opt[time.Duration] { return &b.HelloTime }),
		ticksOption("max_age", 32, func(b *rtnl.Bridge) *rtnl.Opt[time.Duration] { return &b.MaxAge }),
		ticksOption("ageing_time", 32, func(b *rtnl.Bridge) *rtnl.Opt[time.Duration] { return &b.AgeingTime }),
		numberOption("stp_state", 32, func(b *rtnl.Bridge) *rtnl.Opt[uint32] { return &b.STPState }),
		numberOption("priority", 16, func(b *rtnl.Bridge) *rtnl.Opt[uint16] { return &b.Priority }),
		numberOption("vlan_filtering", 8, func(b *rtnl.Bridge) *rtnl.Opt[uint8] { return &b.VLANFiltering }),
		{name: "vlan_protocol", parse: func(b *rtnl.Bridge, w *words) { b.VLANProtocol = rtnl.Some(w.vlanProtocol()) }, value: func(b *rtnl.Bridge) (string, bool) {
			v, ok := b.VLANProtocol.Get()
			return vlanProtocol(v, ""), ok
		}},
		numberOption("group_fwd_mask", 16, func(b *rtnl.Bridge) *rtnl.Opt[uint16] { return &b.GroupFwdMask }),
		{name: "group_address", parse: func(b *rtnl.Bridge, w *words) { b.GroupAddr = w.lladdr(true) },
			value: func(b *rtnl.Bridge) (string, bool) { return macText(b.GroupAddr), len(b.GroupAddr) > 0 }},
		bridgeBitOption("no_linklocal_learn", brBooloptNoLLLearn),
		{name: "fdb_flush", parse: func(b *rtnl.Bridge, _ *words) { b.FDBFlush = true },
			value: func(b *rtnl.Bridge) (string, bool) { return "", b.FDBFlush }},
		numberOption("vlan_default_pvid", 16, func(b *rtnl.Bridge) *rtnl.Opt[uint16] { return &b.VLANDefaultPVID }),
		numberOption("vlan_stats_enabled", 8, func(b *rtnl.Bridge) *rtnl.Opt[uint8] { return &b.VLANStatsEnabled }),
		numberOption("vlan_stats_per_port", 8, func(b *rtnl.Bridge) *rtnl.Opt[uint8] { return &b.VLANStatsPerPort }),
		numberOption("mcast_router", 8, func(b *rtnl.Bridge) *rtnl.Opt[uint8] { return &b.MulticastRouter }),
		numberOption("mcast_snooping", 8, func(b *rtnl.Bridge) *rtnl.Opt[uint8] { return &b.MulticastSnooping }),
		bridgeBitOption("mcast_vlan_snooping", brBooloptMcastVLANSnooping),
		numberOption("mcast_query_use_ifaddr", 8, func(b *rtnl.Bridge) *rtnl.Opt[uint8] { return &b.MulticastQueryUseIfaddr }),
		numberOption("mcast_querier", 8, func(b *rtnl.Bridge) *rtnl.Opt[uint8] { return &b.MulticastQuerier }),
		numberOption("mcast_hash_elasticity", 32, func(b *rtnl.Bridge) *rtnl.Opt[uint32] { return &b.MulticastHashElasticity }),
		numberOption("mcast_hash_max", 32, func(b *rtnl.Bridge) *rtnl.Opt[uint32] { return &b.MulticastHashMax }),
		numberOption("mcast_last_member_count", 32, func(b *rtnl.Bridge) *rtnl.Opt[uint32] { return &b.MulticastLastMemberCount }),
		numberOption("mcast_startup_query_count", 32, func(b *rtnl.Bridge) *rtnl.Opt[uint32] { return &b.MulticastStartupQueryCount }),
		ticksOption("mcast_last_member_interval", 64, func(b *rtnl.Bridge) *rtnl.Opt[time.Duration] { return &b.MulticastLastMemberInterval }),
		ticksOption("mcast_membership_interval", 64, func(b *rtnl.Bridge) *rtnl.Opt[time.Duration] { return &b.MulticastMembershipInterval }),
		ticksOption("mcast_querier_interval", 64, func(b *rtnl.Bridge) *rtnl.Opt[time.Duration] { return &b.MulticastQuerierInterval }),
		ticksOption("mcast_query_interval", 64, func(b *rtnl.Bridge) *rtnl.Opt[time.Duration] { return &b.MulticastQueryInterval }),
		ticksOption("mcast_query_response_interval", 64, func(b *rtnl.Bridge) *rtnl.Opt[time.Duration] { return &b.MulticastQueryResponseInterval }),
		ticksOption("mcast_startup_query_interval", 64, func(b *rtnl.Bridge) *rtnl.Opt[time.Duration] { return &b.MulticastStartupQueryInterval }),
		numberOption("mcast_stats_enabled", 8, func(b *rtnl.Bridge) *rtnl.Opt[uint8] { return &b.MulticastStatsEnabled }),
		numberOption("mcast_igmp_version", 8, func(b *rtnl.Bridge) *rtnl.Opt[uint8] { return &b.MulticastIGMPVersion }),
		numberOption("mcast_mld_version", 8, func(b *rtnl.Bridge) *rtnl.Opt[uint8] { return &b.MulticastMLDVersion }),
		numberOption("nf_call_iptables", 8, func(b *rtnl.Bridge) *rtnl.Opt[uint8] { return &b.NFCallIPTables }),
		numberOption("nf_call_ip6tables", 8, func(b *rtnl.Bridge) *rtnl.Opt[uint8] { return &b.NFCallIP6Tables }),
		numberOption("nf_call_arptables", 8, func(b *rtnl.Bridge) *rtnl.Opt[uint8] { return &b.NFCallARPTables }),
	}
})

// Bits of rtnl.Bridge's MultiBool (enum br_boolopt_id in
// include/uapi/linux/if_bridge.h).
const (
	brBooloptNoLLLearn         = 1 << 0
	brBooloptMcastVLANSnooping = 1 << 1
)

// bridgeKeys are the options of a bridge (bridge_parse_opt in
// ip/iplink_bridge.c).
const bridgeKeys keywords = "forward_delay* hello_time* max_age* ageing_time* stp_state* priority* vlan_filtering* " +
	"vlan_protocol* group_fwd_mask* group_address* no_linklocal_learn fdb_flush* vlan_default_pvid* vlan_stats_enabled* " +
	"vlan_stats_per_port* mcast_router* mcast_snooping* mcast_vlan_snooping mcast_query_use_ifaddr* mcast_querier* " +
	"mcast_hash_elasticity* mcast_hash_max* mcast_last_member_count* mcast_startup_query_count* mcast_last_member_interval* " +
	"mcast_membership_interval* mcast_querier_interval* mcast_query_interval* mcast_query_response_interval* " +
	"mcast_startup_query_interval* mcast_stats_enabled* mcast_igmp_version* mcast_mld_version* nf_call_iptables* " +
	"nf_call_ip6tables* nf_call_arptables*"

// bridgeBitOption is an option that is a bit. Any number except 0 sets it.
func bridgeBitOption(name string, bit uint32) kindOption[rtnl.Bridge] {
	return kindOption[rtnl.Bridge]{
		name: name,
		parse: func(b *rtnl.Bridge, w *words) {
			b.MultiBoolMask |= bit
			b.MultiBool &^= bit
			if w.uint8(name) != 0 {
				b.MultiBool |= bit
			}
		},
		value: func(b *rtnl.Bridge) (string, bool) {
			return strconv.Itoa(bool01(b.MultiBool&bit != 0)), b.MultiBoolMask&bit != 0
		},
	}
}

// vlanProtocol takes the EtherType of VLANs.
func (w *words) vlanProtocol() uint16 {
	s := w.need("a VLAN protocol, 802.1Q or 802.1ad")
	n, err := parseUint(s)
	switch {
	case strings.EqualFold(s, "802.1Q"):
		n = unix.ETH_P_8021Q
	case strings.EqualFold(s, "802.1ad"):
		n = unix.ETH_P_8021AD
	case err != nil || n > 1<<16-1:
		w.bad("a VLAN protocol, 802.1Q or 802.1ad")
	}
	return uint16(n)
}

// vlanProtocol returns the name of a VLAN's EtherType. Other numbers are in the
// brackets that ll_proto_n2a in lib/ll_proto.c uses, or bare.
func vlanProtocol(v uint16, brackets string) string {
	switch {
	case v == unix.ETH_P_8021Q:
		return "802.1Q"
	case v == unix.ETH_P_8021AD:
		return "802.1ad"
	case brackets == "":
		return strconv.Itoa(int(v))
	}
	return brackets[:1] + strconv.Itoa(int(v)) + brackets[1:]
}

// vlanProtocol returns the word for a VLAN's EtherType in output.
func (v *linkView) vlanProtocol(proto uint16) string {
	if v.o.Numeric {
		return "[" + strconv.Itoa(int(proto)) + "]"
	}
	return vlanProtocol(proto, "[]")
}

func formatBridge(f *linkFormatter, k rtnl.Kind) {
	b, ok := k.(*rtnl.Bridge)
	if !ok {
		f.ok = false
		return
	}
	formatOptions(f, b, bridgeKindOptions())
	const known = brBooloptNoLLLearn | brBooloptMcastVLANSnooping
	f.ok = f.ok && b.MultiBoolMask&^known == 0 && !b.FDBMaxLearned.IsSet()
}

func printBridge(p *printer, v *linkView, data []byte) error {
	b, err := rtnl.DecodeBridge(data)
	if err != nil {
		return err
	}
	p.optTicks("forward_delay", "", b.ForwardDelay)
	p.optTicks("hello_time", "", b.HelloTime)
	p.optTicks("max_age", "", b.MaxAge)
	p.optTicks("ageing_time", "", b.AgeingTime)
	optNum(p, "stp_state", "", b.STPState)
	optNum(p, "priority", "", b.Priority)
	optNum(p, "vlan_filtering", "", b.VLANFiltering)
	if proto, ok := b.VLANProtocol.Get(); ok {
		p.str("vlan_protocol", "vlan_protocol %s ", v.vlanProtocol(proto))
	}
	p.str("bridge_id", "bridge_id %s ", bridgeID(b.BridgeID))
	// iproute2 6.1 prints the bridge's own id here.
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
