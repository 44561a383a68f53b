package iproute

import (
	"slices"
	"strconv"
	"sync"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/rtnl"
)

// A portOption is an option of the kind "bridge_slave".
type portOption struct {
	name  string
	parse func(o *bridge.PortOptions, w *words)
	// value is the option's word, and false where it is not given.
	value func(o *bridge.PortOptions) (string, bool)
}

// portOptions are all that iproute2 6.1 has (bridge_slave_parse_opt in
// ip/iplink_bridge_slave.c).
var portOptions = sync.OnceValue(func() []portOption {
	return []portOption{
		{"fdb_flush", func(o *bridge.PortOptions, _ *words) { o.FDBFlush = true },
			func(o *bridge.PortOptions) (string, bool) { return "", o.FDBFlush }},
		portNumber("state", 8, func(o *bridge.PortOptions) *rtnl.Opt[bridge.State] { return &o.State }),
		portNumber("priority", 16, func(o *bridge.PortOptions) *rtnl.Opt[uint16] { return &o.Priority }),
		portNumber("cost", 32, func(o *bridge.PortOptions) *rtnl.Opt[uint32] { return &o.PathCost }),
		portOnOff("hairpin", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.Hairpin }),
		portOnOff("guard", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.BPDUGuard }),
		portOnOff("root_block", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.RootBlock }),
		portOnOff("fastleave", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.FastLeave }),
		portOnOff("learning", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.Learning }),
		portOnOff("flood", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.Flood }),
		portOnOff("mcast_flood", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.MulticastFlood }),
		portOnOff("bcast_flood", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.BroadcastFlood }),
		portOnOff("mcast_to_unicast", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.MulticastToUnicast }),
		portOnOff("proxy_arp", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.ProxyARP }),
		portOnOff("proxy_arp_wifi", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.ProxyARPWifi }),
		portNumber("mcast_router", 8, func(o *bridge.PortOptions) *rtnl.Opt[uint8] { return &o.MulticastRouter }),
		{"mcast_fast_leave", portOnOff("mcast_fast_leave", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.FastLeave }).parse,
			func(*bridge.PortOptions) (string, bool) { return "", false }}, // written as fastleave
		portOnOff("neigh_suppress", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.NeighSuppress }),
		portNumber("group_fwd_mask", 16, func(o *bridge.PortOptions) *rtnl.Opt[uint16] { return &o.GroupFwdMask }),
		portOnOff("vlan_tunnel", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.VLANTunnel }),
		portOnOff("isolated", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.Isolated }),
		portOnOff("locked", func(o *bridge.PortOptions) *rtnl.Opt[bool] { return &o.Locked }),
		{"backup_port", func(o *bridge.PortOptions, w *words) {
			o.BackupPort = rtnl.Some(rtnl.LinkName(w.device("a port")))
		}, func(o *bridge.PortOptions) (string, bool) {
			word := devWord(o.BackupPort.Or(rtnl.LinkRef{}))
			return word, word != ""
		}},
		{"nobackup_port", func(o *bridge.PortOptions, _ *words) { o.BackupPort = rtnl.Some(rtnl.LinkRef{}) },
			func(o *bridge.PortOptions) (string, bool) { return "", o.BackupPort == rtnl.Some(rtnl.LinkRef{}) }},
	}
})

// portKind takes the options that a link has as a port of a bridge.
func (p *linkParams) portKind(w *words) rtnl.Kind {
	o := &bridge.PortOptions{}
	seen := false
	for w.more() {
		word := w.keyword(portKeys)
		i := slices.IndexFunc(portOptions(), func(o portOption) bool { return o.name == word })
		if i < 0 {
			w.next()
			w.refuse("an option of a bridge's port: %s", list(portOptions(), func(o portOption) string { return o.name }))
			return o
		}
		if word == "backup_port" || word == "nobackup_port" {
			if seen && !w.loose {
				w.bad("another option; a backup port is already given")
				return o
			}
			seen = true // the last one counts
		}
		portOptions()[i].parse(o, w)
	}
	return o
}

// portKeys are the options of a bridge's port (bridge_slave_parse_opt in
// ip/iplink_bridge_slave.c).
const portKeys keywords = "fdb_flush* state* priority* cost* hairpin* guard* root_block* fastleave* learning* flood* " +
	"mcast_flood* bcast_flood* mcast_to_unicast* proxy_arp* proxy_arp_wifi* mcast_router* mcast_fast_leave* neigh_suppress* " +
	"group_fwd_mask* vlan_tunnel* isolated* locked* backup_port* nobackup_port*"

func portNumber[T ~uint8 | ~uint16 | ~uint32](name string, bits uint, field func(*bridge.PortOptions) *rtnl.Opt[T]) portOption {
	return portOption{name,
		func(o *bridge.PortOptions, w *words) {
			*field(o) = rtnl.Some(T(w.number(name, 0, 1<<bits-1)))
		},
		func(o *bridge.PortOptions) (string, bool) {
			v, ok := field(o).Get()
			return strconv.FormatUint(uint64(v), 10), ok
		},
	}
}

func portOnOff(name string, field func(*bridge.PortOptions) *rtnl.Opt[bool]) portOption {
	return portOption{name,
		func(o *bridge.PortOptions, w *words) {
			*field(o) = rtnl.Some(w.parseOnOff(name) == 1)
		},
		func(o *bridge.PortOptions) (string, bool) {
			v, ok := field(o).Get()
			return onOffWord(v), ok
		},
	}
}

func onOffWord(v bool) string {
	if v {
		return "on"
	}
	return "off"
}
