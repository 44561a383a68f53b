package bridge

import (
	"time"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// PortOptions are the options of a port of a bridge (IFLA_BRPORT_* in
// include/uapi/linux/if_link.h). Absent options stay as they are. As an
// rtnl.Kind, they are the Port of a LinkSet (`ip link set dev X type
// bridge_slave`); a PortSet sends them as `bridge link set` does. A kernel
// ignores options that it does not know.
type PortOptions struct {
	// State is the STP state. The kernel refuses to set it with EBUSY while it
	// runs STP itself. It refuses with ENETDOWN if the port is down or, except
	// for Disabled, has no carrier (br_set_port_state in
	// net/bridge/br_netlink.c). Without STP, a bridge that is up turns a
	// Blocking port to Forwarding at once.
	State rtnl.Opt[State]
	// Priority is the STP priority, 0 to 63; the lower one wins. PathCost is
	// the STP cost, 1 to 65535.
	Priority rtnl.Opt[uint16]
	PathCost rtnl.Opt[uint32]
	// Hairpin lets a frame leave by the port that it arrived on.
	Hairpin rtnl.Opt[bool]
	// BPDUGuard disables the port when a BPDU arrives. RootBlock keeps it from
	// becoming the root port.
	BPDUGuard, RootBlock rtnl.Opt[bool]
	// FastLeave ends a multicast group at the first leave message.
	FastLeave rtnl.Opt[bool]
	// Learning creates FDB entries from the source addresses of arriving
	// frames. LearningSync asks hardware to report what it learns; the bridge
	// itself does not use it.
	Learning, LearningSync rtnl.Opt[bool]
	// Flood, MulticastFlood and BroadcastFlood send frames with an unknown
	// destination out of the port, by the kind of destination.
	Flood, MulticastFlood, BroadcastFlood rtnl.Opt[bool]
	// MulticastRouter says whether a multicast router is behind the port: 0
	// never, 1 learned from queries, 2 always, 3 for now.
	MulticastRouter rtnl.Opt[uint8]
	// MulticastToUnicast sends each member of a group its own copy of a frame.
	MulticastToUnicast rtnl.Opt[bool]
	// ProxyARP and ProxyARPWifi answer ARP requests for known neighbours on the
	// port.
	ProxyARP, ProxyARPWifi rtnl.Opt[bool]
	// GroupFwdMask has a bit for each 01:80:c2:00:00:0X to forward. The kernel
	// refuses bit 1 (pause frames).
	GroupFwdMask rtnl.Opt[uint16]
	// NeighSuppress answers ARP and ND from the neighbour table instead of
	// flooding the request.
	NeighSuppress rtnl.Opt[bool]
	// VLANTunnel maps VLANs to tunnels.
	VLANTunnel rtnl.Opt[bool]
	// Isolated ports exchange no frames with each other.
	Isolated rtnl.Opt[bool]
	// Locked drops frames whose source has no FDB entry on the port (Linux
	// 5.18).
	Locked rtnl.Opt[bool]
	// MAB adds a locked FDB entry for each such source. It needs Locked and
	// Learning (Linux 6.2).
	MAB rtnl.Opt[bool]
	// NeighVLANSuppress is NeighSuppress per VLAN (Linux 6.4).
	NeighVLANSuppress rtnl.Opt[bool]
	// BackupPort is the port that takes over if this one loses its carrier. The
	// zero LinkRef means none.
	BackupPort rtnl.Opt[rtnl.LinkRef]
	// BackupNHID is the FDB nexthop for frames to a backup port that is a VXLAN
	// device; 0 means none (Linux 6.5).
	BackupNHID rtnl.Opt[uint32]
	// MulticastEHTHostsLimit bounds the hosts tracked on the port, at least 1
	// (Linux 5.12).
	MulticastEHTHostsLimit rtnl.Opt[uint32]
	// MulticastMaxGroups bounds the port's multicast groups; 0 means no bound (Linux
	// 6.3).
	MulticastMaxGroups rtnl.Opt[uint32]
	// FDBFlush deletes the FDB entries learned on the port.
	FDBFlush bool
}

// Kind returns "bridge", the type of the master.
func (*PortOptions) Kind() string { return kind }

// EncodeData implements rtnl.Kind.
func (o *PortOptions) EncodeData(e *rtnl.Encoder) {
	optBool(e, unix.IFLA_BRPORT_GUARD, o.BPDUGuard)
	optBool(e, unix.IFLA_BRPORT_MODE, o.Hairpin)
	optBool(e, unix.IFLA_BRPORT_FAST_LEAVE, o.FastLeave)
	optBool(e, unix.IFLA_BRPORT_PROTECT, o.RootBlock)
	optBool(e, unix.IFLA_BRPORT_UNICAST_FLOOD, o.Flood)
	if v, ok := o.MulticastRouter.Get(); ok {
		e.Uint8(unix.IFLA_BRPORT_MULTICAST_ROUTER, v)
	}
	optBool(e, unix.IFLA_BRPORT_MCAST_FLOOD, o.MulticastFlood)
	optBool(e, unix.IFLA_BRPORT_BCAST_FLOOD, o.BroadcastFlood)
	optBool(e, unix.IFLA_BRPORT_MCAST_TO_UCAST, o.MulticastToUnicast)
	optBool(e, unix.IFLA_BRPORT_LEARNING, o.Learning)
	optBool(e, unix.IFLA_BRPORT_LEARNING_SYNC, o.LearningSync)
	opt32(e, unix.IFLA_BRPORT_COST, o.PathCost)
	opt16(e, unix.IFLA_BRPORT_PRIORITY, o.Priority)
	if v, ok := o.State.Get(); ok {
		e.Uint8(unix.IFLA_BRPORT_STATE, uint8(v))
	}
	optBool(e, unix.IFLA_BRPORT_NEIGH_SUPPRESS, o.NeighSuppress)
	optBool(e, unix.IFLA_BRPORT_VLAN_TUNNEL, o.VLANTunnel)
	optBool(e, unix.IFLA_BRPORT_ISOLATED, o.Isolated)
	optBool(e, unix.IFLA_BRPORT_LOCKED, o.Locked)
	if l, ok := o.BackupPort.Get(); ok {
		e.Link(unix.IFLA_BRPORT_BACKUP_PORT, l)
	}
	optBool(e, unix.IFLA_BRPORT_PROXYARP, o.ProxyARP)
	optBool(e, unix.IFLA_BRPORT_PROXYARP_WIFI, o.ProxyARPWifi)
	opt16(e, unix.IFLA_BRPORT_GROUP_FWD_MASK, o.GroupFwdMask)
	opt32(e, unix.IFLA_BRPORT_MCAST_EHT_HOSTS_LIMIT, o.MulticastEHTHostsLimit)
	optBool(e, unix.IFLA_BRPORT_MAB, o.MAB)
	opt32(e, unix.IFLA_BRPORT_MCAST_MAX_GROUPS, o.MulticastMaxGroups)
	optBool(e, unix.IFLA_BRPORT_NEIGH_VLAN_SUPPRESS, o.NeighVLANSuppress)
	opt32(e, unix.IFLA_BRPORT_BACKUP_NHID, o.BackupNHID)
	if o.FDBFlush {
		e.Flag(unix.IFLA_BRPORT_FLUSH)
	}
}

func optBool(e *rtnl.Encoder, typ uint16, o rtnl.Opt[bool]) {
	if v, ok := o.Get(); ok {
		var b uint8
		if v {
			b = 1
		}
		e.Uint8(typ, b)
	}
}

func opt16(e *rtnl.Encoder, typ uint16, o rtnl.Opt[uint16]) {
	if v, ok := o.Get(); ok {
		e.Uint16(typ, v)
	}
}

func opt32(e *rtnl.Encoder, typ uint16, o rtnl.Opt[uint32]) {
	if v, ok := o.Get(); ok {
		e.Uint32(typ, v)
	}
}

// PortInfo is what the kernel reports about a port: its state, and every option
// that the kernel knows and has set.
type PortInfo struct {
	PortOptions
	// Number is the port's number on its bridge, 1 to 1023. ID is its STP port
	// identifier: the priority, above 10 bits of Number.
	Number, ID uint16
	// DesignatedRoot and DesignatedBridge are 8 bytes: a priority, then a MAC
	// address. With DesignatedPort and DesignatedCost, they are what STP last
	// heard on the port or sends there itself.
	DesignatedRoot, DesignatedBridge [8]byte
	DesignatedPort, DesignatedCost   uint16
	// TopologyChangeAck and ConfigPending are STP's flags.
	TopologyChangeAck, ConfigPending bool
	// The running timers; 0 if a timer is not running.
	MessageAgeTimer, ForwardDelayTimer, HoldTimer time.Duration
	// MulticastEHTHosts is the number of tracked hosts (Linux 5.12),
	// MulticastGroups the number of multicast groups (Linux 6.3).
	MulticastEHTHosts, MulticastGroups rtnl.Opt[uint32]
	// MRPRingOpen and MRPInOpen say whether a ring of the Media Redundancy
	// Protocol is open.
	MRPRingOpen, MRPInOpen rtnl.Opt[bool]
}

// DecodePort reads the options of a port: a Link's PortData, or its ProtInfo if
// its Family is AF_BRIDGE. Devices with a bridge in hardware may report a
// single byte instead of attributes, which is the state.
func DecodePort(data []byte) (PortInfo, error) {
	var p PortInfo
	if len(data) == 1 {
		p.State = rtnl.Some(State(data[0]))
		return p, nil
	}
	r := rtnl.NewAttrReader(data)
	for r.Next() {
		p.attr(r)
	}
	if err := r.Err(); err != nil {
		return PortInfo{}, err
	}
	return p, nil
}

// ticks converts USER_HZ, of which a second has 100, to a duration.
func ticks(v uint64) time.Duration {
	const tick = time.Second / 100
	if v > uint64((1<<63-1)/tick) {
		return 1<<63 - 1
	}
	return time.Duration(v) * tick
}

func (p *PortInfo) attr(r *rtnl.AttrReader) {
	flag := func() rtnl.Opt[bool] { return rtnl.Some(r.Uint8() != 0) }
	id := func() (id [8]byte) {
		r.Uint64() // 8 bytes, or an error
		copy(id[:], r.Bytes())
		return id
	}
	switch r.Type() {
	case unix.IFLA_BRPORT_STATE:
		p.State = rtnl.Some(State(r.Uint8()))
	case unix.IFLA_BRPORT_PRIORITY:
		p.Priority = rtnl.Some(r.Uint16())
	case unix.IFLA_BRPORT_COST:
		p.PathCost = rtnl.Some(r.Uint32())
	case unix.IFLA_BRPORT_MODE:
		p.Hairpin = flag()
	case unix.IFLA_BRPORT_GUARD:
		p.BPDUGuard = flag()
	case unix.IFLA_BRPORT_PROTECT:
		p.RootBlock = flag()
	case unix.IFLA_BRPORT_FAST_LEAVE:
		p.FastLeave = flag()
	case unix.IFLA_BRPORT_LEARNING:
		p.Learning = flag()
	case unix.IFLA_BRPORT_LEARNING_SYNC:
		p.LearningSync = flag()
	case unix.IFLA_BRPORT_UNICAST_FLOOD:
		p.Flood = flag()
	case unix.IFLA_BRPORT_MCAST_FLOOD:
		p.MulticastFlood = flag()
	case unix.IFLA_BRPORT_BCAST_FLOOD:
		p.BroadcastFlood = flag()
	case unix.IFLA_BRPORT_MULTICAST_ROUTER:
		p.MulticastRouter = rtnl.Some(r.Uint8())
	case unix.IFLA_BRPORT_MCAST_TO_UCAST:
		p.MulticastToUnicast = flag()
	case unix.IFLA_BRPORT_PROXYARP:
		p.ProxyARP = flag()
	case unix.IFLA_BRPORT_PROXYARP_WIFI:
		p.ProxyARPWifi = flag()
	case unix.IFLA_BRPORT_GROUP_FWD_MASK:
		p.GroupFwdMask = rtnl.Some(r.Uint16())
	case unix.IFLA_BRPORT_NEIGH_SUPPRESS:
		p.NeighSuppress = flag()
	case unix.IFLA_BRPORT_VLAN_TUNNEL:
		p.VLANTunnel = flag()
	case unix.IFLA_BRPORT_ISOLATED:
		p.Isolated = flag()
	case unix.IFLA_BRPORT_LOCKED:
		p.Locked = flag()
	case unix.IFLA_BRPORT_MAB:
		p.MAB = flag()
	case unix.IFLA_BRPORT_NEIGH_VLAN_SUPPRESS:
		p.NeighVLANSuppress = flag()
	case unix.IFLA_BRPORT_FLUSH: // only in requests
		p.FDBFlush = true
	case unix.IFLA_BRPORT_BACKUP_PORT:
		p.BackupPort = rtnl.Some(rtnl.LinkIndex(r.Uint32()))
	case unix.IFLA_BRPORT_BACKUP_NHID:
		p.BackupNHID = rtnl.Some(r.Uint32())
	case unix.IFLA_BRPORT_MCAST_EHT_HOSTS_LIMIT:
		p.MulticastEHTHostsLimit = rtnl.Some(r.Uint32())
	case unix.IFLA_BRPORT_MCAST_EHT_HOSTS_CNT:
		p.MulticastEHTHosts = rtnl.Some(r.Uint32())
	case unix.IFLA_BRPORT_MCAST_MAX_GROUPS:
		p.MulticastMaxGroups = rtnl.Some(r.Uint32())
	case unix.IFLA_BRPORT_MCAST_N_GROUPS:
		p.MulticastGroups = rtnl.Some(r.Uint32())
	case unix.IFLA_BRPORT_NO:
		p.Number = r.Uint16()
	case unix.IFLA_BRPORT_ID:
		p.ID = r.Uint16()
	case unix.IFLA_BRPORT_ROOT_ID:
		p.DesignatedRoot = id()
	case unix.IFLA_BRPORT_BRIDGE_ID:
		p.DesignatedBridge = id()
	case unix.IFLA_BRPORT_DESIGNATED_PORT:
		p.DesignatedPort = r.Uint16()
	case unix.IFLA_BRPORT_DESIGNATED_COST:
		p.DesignatedCost = r.Uint16()
	case unix.IFLA_BRPORT_TOPOLOGY_CHANGE_ACK:
		p.TopologyChangeAck = r.Uint8() != 0
	case unix.IFLA_BRPORT_CONFIG_PENDING:
		p.ConfigPending = r.Uint8() != 0
	case unix.IFLA_BRPORT_MESSAGE_AGE_TIMER:
		p.MessageAgeTimer = ticks(r.Uint64())
	case unix.IFLA_BRPORT_FORWARD_DELAY_TIMER:
		p.ForwardDelayTimer = ticks(r.Uint64())
	case unix.IFLA_BRPORT_HOLD_TIMER:
		p.HoldTimer = ticks(r.Uint64())
	case unix.IFLA_BRPORT_MRP_RING_OPEN:
		p.MRPRingOpen = flag()
	case unix.IFLA_BRPORT_MRP_IN_OPEN:
		p.MRPInOpen = flag()
	}
}
