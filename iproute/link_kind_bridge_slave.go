package iproute

import (
	"strings"
	"sync"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// bridgeSlaveKind is a port of a bridge.
var bridgeSlaveKind = linkKind{
	name:  "bridge_slave",
	port:  true,
	usage: func() string { return optionsUsage("bridge_slave", portOptions()) },
	parse: func(_ *linkParams, w *words) rtnl.Kind {
		return parseOptions(w, "an option of a bridge's port", "bridge_slave: unknown option %q?", portKeys, portOptions())
	},
	format: formatPort,
	print:  printPort,
	links:  portLinks,
	refers: func(data []byte) []uint32 { return []uint32{backupPort(data)} },
}

// portOptions are all the options of iproute2 6.1 (bridge_slave_parse_opt in
// ip/iplink_bridge_slave.c).
var portOptions = sync.OnceValue(func() []kindOption[bridge.PortOptions] {
	return []kindOption[bridge.PortOptions]{
		{name: "fdb_flush", parse: func(o *bridge.PortOptions, _ *words) { o.FDBFlush = true },
			value: func(o *bridge.PortOptions) (string, bool) { return "", o.FDBFlush }},
		numberOption("state", 8, func(o *bridge.PortOptions) *rtnl.Opt[bridge.State] { return &o.State }),
		numberOption("priority", 16, func(o *bridge.PortOptions) *rtnl.Opt[uint16] { return &o.Priority }),
		numberOption("cost", 32, func(o *bridge.PortOptions) *rtnl.Opt[uint32] { return &o.PathCost }),
		onOffOption("hairpin", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.Hairpin }),
		onOffOption("guard", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.BPDUGuard }),
		onOffOption("root_block", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.RootBlock }),
		onOffOption("fastleave", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.FastLeave }),
		onOffOption("learning", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.Learning }),
		onOffOption("flood", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.Flood }),
		onOffOption("mcast_flood", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.MulticastFlood }),
		onOffOption("bcast_flood", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.BroadcastFlood }),
		onOffOption("mcast_to_unicast", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.MulticastToUnicast }),
		onOffOption("proxy_arp", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.ProxyARP }),
		onOffOption("proxy_arp_wifi", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.ProxyARPWifi }),
		numberOption("mcast_router", 8, func(o *bridge.PortOptions) *rtnl.Opt[uint8] { return &o.MulticastRouter }),
		{name: "mcast_fast_leave", parse: onOffOption("mcast_fast_leave", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.FastLeave }).parse,
			value: func(*bridge.PortOptions) (string, bool) { return "", false }}, // written as fastleave
		onOffOption("neigh_suppress", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.NeighSuppress }),
		numberOption("group_fwd_mask", 16, func(o *bridge.PortOptions) *rtnl.Opt[uint16] { return &o.GroupFwdMask }),
		onOffOption("vlan_tunnel", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.VLANTunnel }),
		onOffOption("isolated", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.Isolated }),
		onOffOption("locked", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.Locked }),
		{name: "backup_port", once: "a backup port",
			parse: func(o *bridge.PortOptions, w *words) { o.BackupPort = rtnl.Some(rtnl.LinkName(w.device("a port"))) },
			value: func(o *bridge.PortOptions) (string, bool) {
				word := devWord(o.BackupPort.Or(rtnl.LinkRef{}))
				return word, word != ""
			}},
		{name: "nobackup_port", once: "a backup port",
			parse: func(o *bridge.PortOptions, _ *words) { o.BackupPort = rtnl.Some(rtnl.LinkRef{}) },
			value: func(o *bridge.PortOptions) (string, bool) { return "", o.BackupPort == rtnl.Some(rtnl.LinkRef{}) }},
	}
})

// portKeys are the options of a bridge's port (bridge_slave_parse_opt in
// ip/iplink_bridge_slave.c).
const portKeys keywords = "fdb_flush* state* priority* cost* hairpin* guard* root_block* fastleave* learning* flood* " +
	"mcast_flood* bcast_flood* mcast_to_unicast* proxy_arp* proxy_arp_wifi* mcast_router* mcast_fast_leave* neigh_suppress* " +
	"group_fwd_mask* vlan_tunnel* isolated* locked* backup_port* nobackup_port*"

func formatPort(f *linkFormatter, k rtnl.Kind) {
	o, ok := k.(*bridge.PortOptions)
	if !ok {
		f.ok = false
		return
	}
	formatOptions(f, o, portOptions())
	// Options that iproute2 6.1 has no words for.
	f.ok = f.ok && !o.LearningSync.IsSet() && !o.MAB.IsSet() && !o.NeighVLANSuppress.IsSet() && !o.BackupNHID.IsSet() &&
		!o.MulticastEHTHostsLimit.IsSet() && !o.MulticastMaxGroups.IsSet()
}

func portLinks(k rtnl.Kind, each func(*rtnl.LinkRef)) {
	if o, ok := k.(*bridge.PortOptions); ok {
		if l, ok := o.BackupPort.Get(); ok {
			each(&l)
			o.BackupPort = rtnl.Some(l)
		}
	}
}

// backupPort returns the index of a port's backup port, 0 if it has none.
func backupPort(data []byte) uint32 {
	for r := rtnl.NewAttrReader(data); r.Next(); {
		if r.Type() == unix.IFLA_BRPORT_BACKUP_PORT && len(r.Bytes()) == 4 {
			return r.Uint32()
		}
	}
	return 0
}

func printPort(p *printer, v *linkView, data []byte) error {
	o, err := bridge.DecodePort(data)
	if err != nil {
		return err
	}
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

// fwdMaskText returns the names of the protocols in a mask.
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
			some = append(some, hexText(uint16(1)<<i))
		}
	}
	return strings.Join(some, ",")
}
