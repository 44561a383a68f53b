package rtnl

import (
	"encoding/binary"
	"fmt"
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// Bridge is an Ethernet bridge (IEEE 802.1D). A LinkAdd leaves absent fields to
// the kernel; a LinkSet does not change them. Times are sent in units of 10 ms
// (USER_HZ), rounded to the nearest. The kernel's bounds are those of IEEE
// 802.1D and apply only while STP is on (net/bridge/br_stp.c).
type Bridge struct {
	// ForwardDelay (2 to 30 s), HelloTime (1 to 10 s) and MaxAge (6 to 40 s)
	// are STP's timers. AgeingTime is how long a learned FDB entry lives.
	ForwardDelay, HelloTime, MaxAge, AgeingTime Opt[time.Duration]
	// STPState is 1 for STP on, 0 for off.
	STPState Opt[uint32]
	// Priority is the upper half of the bridge ID. The lower one wins.
	Priority Opt[uint16]
	// VLANFiltering is 1 for a bridge that handles VLANs.
	VLANFiltering Opt[uint8]
	// VLANProtocol is an EtherType, 0x8100 or 0x88a8.
	VLANProtocol Opt[uint16]
	// VLANDefaultPVID is 1 to 4094, or 0 for none.
	VLANDefaultPVID Opt[uint16]
	// VLANStatsEnabled and VLANStatsPerPort are 1 for on.
	VLANStatsEnabled, VLANStatsPerPort Opt[uint8]
	// GroupFwdMask has a bit for each 01:80:c2:00:00:0X to forward.
	GroupFwdMask Opt[uint16]
	// GroupAddr is the address that BPDUs go to, 01:80:c2:00:00:0X.
	GroupAddr net.HardwareAddr
	// FDBFlush deletes all learned FDB entries.
	FDBFlush bool
	// FDBMaxLearned bounds the number of learned FDB entries; 0 means no bound
	// (Linux 6.7).
	FDBMaxLearned Opt[uint32]

	// MulticastRouter is 0 never, 1 learn, 2 always.
	MulticastRouter Opt[uint8]
	// These are 1 for on, 0 for off.
	MulticastSnooping, MulticastQueryUseIfaddr, MulticastQuerier, MulticastStatsEnabled Opt[uint8]
	// MulticastIGMPVersion is 2 or 3, MulticastMLDVersion 1 or 2.
	MulticastIGMPVersion, MulticastMLDVersion Opt[uint8]
	// MulticastHashElasticity is ignored since Linux 4.21. MulticastHashMax
	// bounds the number of multicast groups.
	MulticastHashElasticity, MulticastHashMax Opt[uint32]
	// These are numbers of queries.
	MulticastLastMemberCount, MulticastStartupQueryCount Opt[uint32]
	// The times of IGMP and MLD, in steps of 10 ms.
	MulticastLastMemberInterval, MulticastMembershipInterval      Opt[time.Duration]
	MulticastQuerierInterval, MulticastQueryInterval              Opt[time.Duration]
	MulticastQueryResponseInterval, MulticastStartupQueryInterval Opt[time.Duration]

	// NFCallIPTables and its like are 1 to pass bridged packets to netfilter.
	NFCallIPTables, NFCallIP6Tables, NFCallARPTables Opt[uint8]

	// MultiBool and MultiBoolMask are bits numbered by enum br_boolopt_id: 0
	// no_linklocal_learn, 1 mcast_vlan_snooping (Linux 5.15), 2 mst_enabled
	// (5.18). Bits outside the mask do not change.
	MultiBool, MultiBoolMask uint32
}

// BridgeInfo is what the kernel reports about a bridge: its state, and every
// option that it knows.
type BridgeInfo struct {
	Bridge
	// RootID and BridgeID are 8 bytes: a priority, then a MAC address.
	RootID, BridgeID [8]byte
	// RootPort is the number of the port towards the root bridge, 0 if it is
	// this one.
	RootPort uint16
	// RootPathCost is the cost of the path there.
	RootPathCost uint32
	// TopologyChange and TopologyChangeDetected are STP's flags.
	TopologyChange, TopologyChangeDetected uint8
	// The running timers; 0 if a timer is not running.
	HelloTimer, TCNTimer, TopologyChangeTimer, GCTimer time.Duration
	// FDBNLearned is the number of learned FDB entries (Linux 6.7).
	FDBNLearned Opt[uint32]
}

// Numbers that x/sys/unix lacks (include/uapi/linux/if_link.h).
const (
	iflaBrFDBNLearned   = 48
	iflaBrFDBMaxLearned = 49
)

// Kind returns "bridge".
func (*Bridge) Kind() string { return "bridge" }

// EncodeData implements Kind.
func (k *Bridge) EncodeData(e *Encoder) {
	ticks32(e, unix.IFLA_BR_FORWARD_DELAY, k.ForwardDelay)
	ticks32(e, unix.IFLA_BR_HELLO_TIME, k.HelloTime)
	ticks32(e, unix.IFLA_BR_MAX_AGE, k.MaxAge)
	ticks32(e, unix.IFLA_BR_AGEING_TIME, k.AgeingTime)
	opt32(e, unix.IFLA_BR_STP_STATE, k.STPState)
	opt16(e, unix.IFLA_BR_PRIORITY, k.Priority)
	opt8(e, unix.IFLA_BR_VLAN_FILTERING, k.VLANFiltering)
	if v, ok := k.VLANProtocol.Get(); ok {
		e.Uint16BE(unix.IFLA_BR_VLAN_PROTOCOL, v)
	}
	opt16(e, unix.IFLA_BR_GROUP_FWD_MASK, k.GroupFwdMask)
	if len(k.GroupAddr) > 0 {
		e.HardwareAddr(unix.IFLA_BR_GROUP_ADDR, k.GroupAddr)
	}
	if k.FDBFlush {
		e.Flag(unix.IFLA_BR_FDB_FLUSH)
	}
	opt8(e, unix.IFLA_BR_MCAST_ROUTER, k.MulticastRouter)
	opt8(e, unix.IFLA_BR_MCAST_SNOOPING, k.MulticastSnooping)
	opt8(e, unix.IFLA_BR_MCAST_QUERY_USE_IFADDR, k.MulticastQueryUseIfaddr)
	opt8(e, unix.IFLA_BR_MCAST_QUERIER, k.MulticastQuerier)
	opt32(e, unix.IFLA_BR_MCAST_HASH_ELASTICITY, k.MulticastHashElasticity)
	opt32(e, unix.IFLA_BR_MCAST_HASH_MAX, k.MulticastHashMax)
	opt32(e, unix.IFLA_BR_MCAST_LAST_MEMBER_CNT, k.MulticastLastMemberCount)
	opt32(e, unix.IFLA_BR_MCAST_STARTUP_QUERY_CNT, k.MulticastStartupQueryCount)
	ticks64(e, unix.IFLA_BR_MCAST_LAST_MEMBER_INTVL, k.MulticastLastMemberInterval)
	ticks64(e, unix.IFLA_BR_MCAST_MEMBERSHIP_INTVL, k.MulticastMembershipInterval)
	ticks64(e, unix.IFLA_BR_MCAST_QUERIER_INTVL, k.MulticastQuerierInterval)
	ticks64(e, unix.IFLA_BR_MCAST_QUERY_INTVL, k.MulticastQueryInterval)
	ticks64(e, unix.IFLA_BR_MCAST_QUERY_RESPONSE_INTVL, k.MulticastQueryResponseInterval)
	ticks64(e, unix.IFLA_BR_MCAST_STARTUP_QUERY_INTVL, k.MulticastStartupQueryInterval)
	opt8(e, unix.IFLA_BR_NF_CALL_IPTABLES, k.NFCallIPTables)
	opt8(e, unix.IFLA_BR_NF_CALL_IP6TABLES, k.NFCallIP6Tables)
	opt8(e, unix.IFLA_BR_NF_CALL_ARPTABLES, k.NFCallARPTables)
	opt16(e, unix.IFLA_BR_VLAN_DEFAULT_PVID, k.VLANDefaultPVID)
	opt8(e, unix.IFLA_BR_VLAN_STATS_ENABLED, k.VLANStatsEnabled)
	opt8(e, unix.IFLA_BR_VLAN_STATS_PER_PORT, k.VLANStatsPerPort)
	opt8(e, unix.IFLA_BR_MCAST_STATS_ENABLED, k.MulticastStatsEnabled)
	opt8(e, unix.IFLA_BR_MCAST_IGMP_VERSION, k.MulticastIGMPVersion)
	opt8(e, unix.IFLA_BR_MCAST_MLD_VERSION, k.MulticastMLDVersion)
	if k.MultiBoolMask != 0 {
		var b [8]byte // struct br_boolopt_multi
		binary.NativeEndian.PutUint32(b[:], k.MultiBool)
		binary.NativeEndian.PutUint32(b[4:], k.MultiBoolMask)
		e.Bytes(unix.IFLA_BR_MULTI_BOOLOPT, b[:])
	}
	opt32(e, iflaBrFDBMaxLearned, k.FDBMaxLearned)
}

func ticks32(e *Encoder, typ uint16, o Opt[time.Duration]) {
	v, ok := o.Get()
	if !ok {
		return
	}
	if v < 0 || clockT(v) > 1<<32-1 {
		e.Fail("time %v is out of range: 0 to %v", v, fromClockT(1<<32-1))
		return
	}
	e.Uint32(typ, uint32(clockT(v)))
}

func ticks64(e *Encoder, typ uint16, o Opt[time.Duration]) {
	v, ok := o.Get()
	if !ok {
		return
	}
	if v < 0 {
		e.Fail("time %v is negative", v)
		return
	}
	e.Uint64(typ, clockT(v))
}

// DecodeBridge reads the IFLA_INFO_DATA of a bridge, a Link's Data.
func DecodeBridge(data []byte) (*BridgeInfo, error) {
	k := &BridgeInfo{}
	r := AttrReader{rest: data}
	dur32 := func() Opt[time.Duration] { return Some(fromClockT(uint64(r.Uint32()))) }
	dur64 := func() Opt[time.Duration] { return Some(fromClockT(r.Uint64())) }
	id := func() (id [8]byte) {
		if !r.short(8) {
			copy(id[:], r.Bytes())
		}
		return id
	}
	for r.Next() {
		switch r.Type() {
		case unix.IFLA_BR_FORWARD_DELAY:
			k.ForwardDelay = dur32()
		case unix.IFLA_BR_HELLO_TIME:
			k.HelloTime = dur32()
		case unix.IFLA_BR_MAX_AGE:
			k.MaxAge = dur32()
		case unix.IFLA_BR_AGEING_TIME:
			k.AgeingTime = dur32()
		case unix.IFLA_BR_STP_STATE:
			k.STPState = Some(r.Uint32())
		case unix.IFLA_BR_PRIORITY:
			k.Priority = Some(r.Uint16())
		case unix.IFLA_BR_VLAN_FILTERING:
			k.VLANFiltering = Some(r.Uint8())
		case unix.IFLA_BR_VLAN_PROTOCOL:
			k.VLANProtocol = Some(r.Uint16BE())
		case unix.IFLA_BR_GROUP_FWD_MASK:
			k.GroupFwdMask = Some(r.Uint16())
		case unix.IFLA_BR_FDB_FLUSH: // only in requests
			k.FDBFlush = true
		case unix.IFLA_BR_ROOT_ID:
			k.RootID = id()
		case unix.IFLA_BR_BRIDGE_ID:
			k.BridgeID = id()
		case unix.IFLA_BR_ROOT_PORT:
			k.RootPort = r.Uint16()
		case unix.IFLA_BR_ROOT_PATH_COST:
			k.RootPathCost = r.Uint32()
		case unix.IFLA_BR_TOPOLOGY_CHANGE:
			k.TopologyChange = r.Uint8()
		case unix.IFLA_BR_TOPOLOGY_CHANGE_DETECTED:
			k.TopologyChangeDetected = r.Uint8()
		case unix.IFLA_BR_HELLO_TIMER:
			k.HelloTimer = fromClockT(r.Uint64())
		case unix.IFLA_BR_TCN_TIMER:
			k.TCNTimer = fromClockT(r.Uint64())
		case unix.IFLA_BR_TOPOLOGY_CHANGE_TIMER:
			k.TopologyChangeTimer = fromClockT(r.Uint64())
		case unix.IFLA_BR_GC_TIMER:
			k.GCTimer = fromClockT(r.Uint64())
		case unix.IFLA_BR_GROUP_ADDR:
			k.GroupAddr = r.HardwareAddr()
		case unix.IFLA_BR_MCAST_ROUTER:
			k.MulticastRouter = Some(r.Uint8())
		case unix.IFLA_BR_MCAST_SNOOPING:
			k.MulticastSnooping = Some(r.Uint8())
		case unix.IFLA_BR_MCAST_QUERY_USE_IFADDR:
			k.MulticastQueryUseIfaddr = Some(r.Uint8())
		case unix.IFLA_BR_MCAST_QUERIER:
			k.MulticastQuerier = Some(r.Uint8())
		case unix.IFLA_BR_MCAST_HASH_ELASTICITY:
			k.MulticastHashElasticity = Some(r.Uint32())
		case unix.IFLA_BR_MCAST_HASH_MAX:
			k.MulticastHashMax = Some(r.Uint32())
		case unix.IFLA_BR_MCAST_LAST_MEMBER_CNT:
			k.MulticastLastMemberCount = Some(r.Uint32())
		case unix.IFLA_BR_MCAST_STARTUP_QUERY_CNT:
			k.MulticastStartupQueryCount = Some(r.Uint32())
		case unix.IFLA_BR_MCAST_LAST_MEMBER_INTVL:
			k.MulticastLastMemberInterval = dur64()
		case unix.IFLA_BR_MCAST_MEMBERSHIP_INTVL:
			k.MulticastMembershipInterval = dur64()
		case unix.IFLA_BR_MCAST_QUERIER_INTVL:
			k.MulticastQuerierInterval = dur64()
		case unix.IFLA_BR_MCAST_QUERY_INTVL:
			k.MulticastQueryInterval = dur64()
		case unix.IFLA_BR_MCAST_QUERY_RESPONSE_INTVL:
			k.MulticastQueryResponseInterval = dur64()
		case unix.IFLA_BR_MCAST_STARTUP_QUERY_INTVL:
			k.MulticastStartupQueryInterval = dur64()
		case unix.IFLA_BR_NF_CALL_IPTABLES:
			k.NFCallIPTables = Some(r.Uint8())
		case unix.IFLA_BR_NF_CALL_IP6TABLES:
			k.NFCallIP6Tables = Some(r.Uint8())
		case unix.IFLA_BR_NF_CALL_ARPTABLES:
			k.NFCallARPTables = Some(r.Uint8())
		case unix.IFLA_BR_VLAN_DEFAULT_PVID:
			k.VLANDefaultPVID = Some(r.Uint16())
		case unix.IFLA_BR_VLAN_STATS_ENABLED:
			k.VLANStatsEnabled = Some(r.Uint8())
		case unix.IFLA_BR_VLAN_STATS_PER_PORT:
			k.VLANStatsPerPort = Some(r.Uint8())
		case unix.IFLA_BR_MCAST_STATS_ENABLED:
			k.MulticastStatsEnabled = Some(r.Uint8())
		case unix.IFLA_BR_MCAST_IGMP_VERSION:
			k.MulticastIGMPVersion = Some(r.Uint8())
		case unix.IFLA_BR_MCAST_MLD_VERSION:
			k.MulticastMLDVersion = Some(r.Uint8())
		case unix.IFLA_BR_MULTI_BOOLOPT:
			if !r.short(8) {
				k.MultiBool = binary.NativeEndian.Uint32(r.Bytes())
				k.MultiBoolMask = binary.NativeEndian.Uint32(r.Bytes()[4:])
			}
		case iflaBrFDBNLearned:
			k.FDBNLearned = Some(r.Uint32())
		case iflaBrFDBMaxLearned:
			k.FDBMaxLearned = Some(r.Uint32())
		}
	}
	if r.err != nil {
		return nil, fmt.Errorf("bridge options: %w", r.err)
	}
	return k, nil
}
