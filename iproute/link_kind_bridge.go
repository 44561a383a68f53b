package iproute

import (
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// A bridgeOption is an option of the kind "bridge": words to a field, and the
// field back to words.
type bridgeOption struct {
	name  string
	parse func(b *rtnl.Bridge, w *words)
	// value is the option's word, and false where it is not given.
	value func(b *rtnl.Bridge) (string, bool)
}

// bridgeLinkOptions are all that iproute2 6.1 has (bridge_parse_opt in
// ip/iplink_bridge.c). Times are in hundredths of a second, as there.
var bridgeLinkOptions = sync.OnceValue(func() []bridgeOption {
	return []bridgeOption{
		bridgeTime("forward_delay", 32, func(b *rtnl.Bridge) *rtnl.Opt[time.Duration] { return &b.ForwardDelay }),
		bridgeTime("hello_time", 32, func(b *rtnl.Bridge) *rtnl.Opt[time.Duration] { return &b.HelloTime }),
		bridgeTime("max_age", 32, func(b *rtnl.Bridge) *rtnl.Opt[time.Duration] { return &b.MaxAge }),
		bridgeTime("ageing_time", 32, func(b *rtnl.Bridge) *rtnl.Opt[time.Duration] { return &b.AgeingTime }),
		bridgeNumber("stp_state", 32, func(b *rtnl.Bridge) *rtnl.Opt[uint32] { return &b.STPState }),
		bridgeNumber("priority", 16, func(b *rtnl.Bridge) *rtnl.Opt[uint16] { return &b.Priority }),
		bridgeNumber("vlan_filtering", 8, func(b *rtnl.Bridge) *rtnl.Opt[uint8] { return &b.VLANFiltering }),
		{"vlan_protocol", parseVLANProtocol, func(b *rtnl.Bridge) (string, bool) {
			v, ok := b.VLANProtocol.Get()
			return vlanProtocol(v, ""), ok
		}},
		bridgeNumber("group_fwd_mask", 16, func(b *rtnl.Bridge) *rtnl.Opt[uint16] { return &b.GroupFwdMask }),
		{"group_address", func(b *rtnl.Bridge, w *words) { b.GroupAddr = w.lladdr(true) },
			func(b *rtnl.Bridge) (string, bool) { return macText(b.GroupAddr), len(b.GroupAddr) > 0 }},
		bridgeBool("no_linklocal_learn", brBooloptNoLLLearn),
		{"fdb_flush", func(b *rtnl.Bridge, _ *words) { b.FDBFlush = true },
			func(b *rtnl.Bridge) (string, bool) { return "", b.FDBFlush }},
		bridgeNumber("vlan_default_pvid", 16, func(b *rtnl.Bridge) *rtnl.Opt[uint16] { return &b.VLANDefaultPVID }),
		bridgeNumber("vlan_stats_enabled", 8, func(b *rtnl.Bridge) *rtnl.Opt[uint8] { return &b.VLANStatsEnabled }),
		bridgeNumber("vlan_stats_per_port", 8, func(b *rtnl.Bridge) *rtnl.Opt[uint8] { return &b.VLANStatsPerPort }),
		bridgeNumber("mcast_router", 8, func(b *rtnl.Bridge) *rtnl.Opt[uint8] { return &b.MulticastRouter }),
		bridgeNumber("mcast_snooping", 8, func(b *rtnl.Bridge) *rtnl.Opt[uint8] { return &b.MulticastSnooping }),
		bridgeBool("mcast_vlan_snooping", brBooloptMcastVLANSnooping),
		bridgeNumber("mcast_query_use_ifaddr", 8, func(b *rtnl.Bridge) *rtnl.Opt[uint8] { return &b.MulticastQueryUseIfaddr }),
		bridgeNumber("mcast_querier", 8, func(b *rtnl.Bridge) *rtnl.Opt[uint8] { return &b.MulticastQuerier }),
		bridgeNumber("mcast_hash_elasticity", 32, func(b *rtnl.Bridge) *rtnl.Opt[uint32] { return &b.MulticastHashElasticity }),
		bridgeNumber("mcast_hash_max", 32, func(b *rtnl.Bridge) *rtnl.Opt[uint32] { return &b.MulticastHashMax }),
		bridgeNumber("mcast_last_member_count", 32, func(b *rtnl.Bridge) *rtnl.Opt[uint32] { return &b.MulticastLastMemberCount }),
		bridgeNumber("mcast_startup_query_count", 32, func(b *rtnl.Bridge) *rtnl.Opt[uint32] { return &b.MulticastStartupQueryCount }),
		bridgeTime("mcast_last_member_interval", 64, func(b *rtnl.Bridge) *rtnl.Opt[time.Duration] { return &b.MulticastLastMemberInterval }),
		bridgeTime("mcast_membership_interval", 64, func(b *rtnl.Bridge) *rtnl.Opt[time.Duration] { return &b.MulticastMembershipInterval }),
		bridgeTime("mcast_querier_interval", 64, func(b *rtnl.Bridge) *rtnl.Opt[time.Duration] { return &b.MulticastQuerierInterval }),
		bridgeTime("mcast_query_interval", 64, func(b *rtnl.Bridge) *rtnl.Opt[time.Duration] { return &b.MulticastQueryInterval }),
		bridgeTime("mcast_query_response_interval", 64, func(b *rtnl.Bridge) *rtnl.Opt[time.Duration] { return &b.MulticastQueryResponseInterval }),
		bridgeTime("mcast_startup_query_interval", 64, func(b *rtnl.Bridge) *rtnl.Opt[time.Duration] { return &b.MulticastStartupQueryInterval }),
		bridgeNumber("mcast_stats_enabled", 8, func(b *rtnl.Bridge) *rtnl.Opt[uint8] { return &b.MulticastStatsEnabled }),
		bridgeNumber("mcast_igmp_version", 8, func(b *rtnl.Bridge) *rtnl.Opt[uint8] { return &b.MulticastIGMPVersion }),
		bridgeNumber("mcast_mld_version", 8, func(b *rtnl.Bridge) *rtnl.Opt[uint8] { return &b.MulticastMLDVersion }),
		bridgeNumber("nf_call_iptables", 8, func(b *rtnl.Bridge) *rtnl.Opt[uint8] { return &b.NFCallIPTables }),
		bridgeNumber("nf_call_ip6tables", 8, func(b *rtnl.Bridge) *rtnl.Opt[uint8] { return &b.NFCallIP6Tables }),
		bridgeNumber("nf_call_arptables", 8, func(b *rtnl.Bridge) *rtnl.Opt[uint8] { return &b.NFCallARPTables }),
	}
})

// Bits of rtnl.Bridge's MultiBool (enum br_boolopt_id in
// include/uapi/linux/if_bridge.h).
const (
	brBooloptNoLLLearn         = 1 << 0
	brBooloptMcastVLANSnooping = 1 << 1
)

// parseBridgeKind takes the options of a bridge.
func parseBridgeKind(w *words) *rtnl.Bridge {
	b := &rtnl.Bridge{}
	for w.more() {
		word := w.keyword(bridgeKeys)
		i := slices.IndexFunc(bridgeLinkOptions(), func(o bridgeOption) bool { return o.name == word })
		if i < 0 {
			w.next()
			w.refuse("an option of a bridge: %s", list(bridgeLinkOptions(), func(o bridgeOption) string { return o.name }))
			return b
		}
		bridgeLinkOptions()[i].parse(b, w)
	}
	return b
}

// bridgeKeys are the options of a bridge (bridge_parse_opt in
// ip/iplink_bridge.c).
const bridgeKeys keywords = "forward_delay* hello_time* max_age* ageing_time* stp_state* priority* vlan_filtering* " +
	"vlan_protocol* group_fwd_mask* group_address* no_linklocal_learn fdb_flush* vlan_default_pvid* vlan_stats_enabled* " +
	"vlan_stats_per_port* mcast_router* mcast_snooping* mcast_vlan_snooping mcast_query_use_ifaddr* mcast_querier* " +
	"mcast_hash_elasticity* mcast_hash_max* mcast_last_member_count* mcast_startup_query_count* mcast_last_member_interval* " +
	"mcast_membership_interval* mcast_querier_interval* mcast_query_interval* mcast_query_response_interval* " +
	"mcast_startup_query_interval* mcast_stats_enabled* mcast_igmp_version* mcast_mld_version* nf_call_iptables* " +
	"nf_call_ip6tables* nf_call_arptables*"

func bridgeNumber[T uint8 | uint16 | uint32](name string, bits uint, field func(*rtnl.Bridge) *rtnl.Opt[T]) bridgeOption {
	return bridgeOption{name,
		func(b *rtnl.Bridge, w *words) { *field(b) = rtnl.Some(T(w.number(name, 0, 1<<bits-1))) },
		func(b *rtnl.Bridge) (string, bool) {
			v, ok := field(b).Get()
			return strconv.FormatUint(uint64(v), 10), ok
		},
	}
}

// tick is the unit of a bridge's times.
const tick = 10 * time.Millisecond

func bridgeTime(name string, bits uint, field func(*rtnl.Bridge) *rtnl.Opt[time.Duration]) bridgeOption {
	limit := min(uint64(1)<<(bits-1)<<1-1, uint64((1<<63-1)/tick))
	return bridgeOption{name,
		func(b *rtnl.Bridge, w *words) {
			*field(b) = rtnl.Some(time.Duration(w.number(name+" in hundredths of a second", 0, limit)) * tick)
		},
		func(b *rtnl.Bridge) (string, bool) {
			v, ok := field(b).Get()
			return strconv.FormatInt(int64(v/tick), 10), ok
		},
	}
}

// bridgeBool is an option that is a bit: any number but 0 sets it.
func bridgeBool(name string, bit uint32) bridgeOption {
	return bridgeOption{name,
		func(b *rtnl.Bridge, w *words) {
			b.MultiBoolMask |= bit
			b.MultiBool &^= bit
			if w.uint8(name) != 0 {
				b.MultiBool |= bit
			}
		},
		func(b *rtnl.Bridge) (string, bool) {
			return strconv.Itoa(bool01(b.MultiBool&bit != 0)), b.MultiBoolMask&bit != 0
		},
	}
}

func bool01(b bool) int {
	if b {
		return 1
	}
	return 0
}

func parseVLANProtocol(b *rtnl.Bridge, w *words) {
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
	b.VLANProtocol = rtnl.Some(uint16(n))
}

// vlanProtocol is the name of a VLAN's EtherType; others are written with the
// brackets that ll_proto_n2a in lib/ll_proto.c has, or bare.
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

// macText writes a link-layer address in hexadecimal.
func macText(a net.HardwareAddr) string { return a.String() }
