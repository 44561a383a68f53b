package bridge

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// VLANSet changes options of VLANs that a port has (RTM_NEWVLAN of `bridge vlan
// set`; Linux 5.6). Absent options stay as they are.
type VLANSet struct {
	// Link is a port or a bridge.
	Link rtnl.LinkRef
	// VLANs are changed; their Flags are not.
	VLANs VLANs
	// State is the STP state in the VLANs.
	State rtnl.Opt[State]
	// MulticastRouter is like that of a port; the bridge needs multicast
	// snooping by VLAN (Linux 5.15).
	MulticastRouter rtnl.Opt[uint8]
}

// Encode implements rtnl.Request.
func (r *VLANSet) Encode(e *rtnl.Encoder) {
	if !vlanMsg(e, unix.RTM_NEWVLAN, r.Link) {
		return
	}
	mark := e.Nest(vlanDBEntry)
	e.Bytes(entryInfo, vlanInfo(r.VLANs.First, vlanOnlyOpts))
	if end := r.VLANs.end(); end != r.VLANs.First {
		e.Uint16(entryRange, end)
	}
	if v, ok := r.State.Get(); ok {
		e.Uint8(entryState, uint8(v))
	}
	opt8(e, entryMulticastRouter, r.MulticastRouter)
	e.EndNest(mark)
}

// VLANGlobalSet changes options of a bridge's VLANs (RTM_NEWVLAN of `bridge
// vlan global set`; Linux 5.15).
type VLANGlobalSet struct {
	Link    rtnl.LinkRef
	VLANs   VLANs
	Options VLANGlobal
}

// VLANGlobal are a bridge's options for a VLAN, like those of rtnl.Bridge for
// all that is without a VLAN. Absent options stay as they are. Times are sent
// in units of 10 ms.
type VLANGlobal struct {
	// These are 1 for on, 0 for off.
	MulticastSnooping, MulticastQuerier rtnl.Opt[uint8]
	// MulticastIGMPVersion is 2 or 3, MulticastMLDVersion 1 or 2.
	MulticastIGMPVersion, MulticastMLDVersion rtnl.Opt[uint8]
	// These are numbers of queries.
	MulticastLastMemberCount, MulticastStartupQueryCount          rtnl.Opt[uint32]
	MulticastLastMemberInterval, MulticastMembershipInterval      rtnl.Opt[time.Duration]
	MulticastQuerierInterval, MulticastQueryInterval              rtnl.Opt[time.Duration]
	MulticastQueryResponseInterval, MulticastStartupQueryInterval rtnl.Opt[time.Duration]
	// MSTI is the instance of the Multiple Spanning Tree Protocol, 0 to 4094
	// (Linux 5.18).
	MSTI rtnl.Opt[uint16]
}

// Encode implements rtnl.Request.
func (r *VLANGlobalSet) Encode(e *rtnl.Encoder) {
	if !vlanMsg(e, unix.RTM_NEWVLAN, r.Link) {
		return
	}
	mark := e.Nest(vlanDBGlobal)
	e.Uint16(globalID, r.VLANs.First)
	if end := r.VLANs.end(); end != r.VLANs.First {
		e.Uint16(globalRange, end)
	}
	o := &r.Options
	opt8(e, globalSnooping, o.MulticastSnooping)
	opt8(e, globalQuerier, o.MulticastQuerier)
	opt8(e, globalIGMPVersion, o.MulticastIGMPVersion)
	opt8(e, globalMLDVersion, o.MulticastMLDVersion)
	opt32(e, globalLastMemberCount, o.MulticastLastMemberCount)
	opt32(e, globalStartupQueryCount, o.MulticastStartupQueryCount)
	for _, t := range o.times() {
		if v, ok := t.field.Get(); ok && v < 0 {
			e.Fail("time %v is negative", v)
		} else if ok {
			e.Uint64(t.attr, uint64((v+5*time.Millisecond)/(10*time.Millisecond)))
		}
	}
	opt16(e, globalMSTI, o.MSTI)
	e.EndNest(mark)
}

type vlanTime struct {
	attr  uint16
	field *rtnl.Opt[time.Duration]
}

func (o *VLANGlobal) times() []vlanTime {
	return []vlanTime{
		{globalLastMemberInterval, &o.MulticastLastMemberInterval},
		{globalMembershipInterval, &o.MulticastMembershipInterval},
		{globalQuerierInterval, &o.MulticastQuerierInterval},
		{globalQueryInterval, &o.MulticastQueryInterval},
		{globalQueryResponseInterval, &o.MulticastQueryResponseInterval},
		{globalStartupQueryInterval, &o.MulticastStartupQueryInterval},
	}
}

// vlanMsg starts a message with a struct br_vlan_msg: family, index.
func vlanMsg(e *rtnl.Encoder, typ uint16, link rtnl.LinkRef) bool {
	e.Begin(typ, 0)
	if link.IsZero() {
		e.Fail("options of a bridge's VLAN: no interface given")
		return false
	}
	e.Header(unix.AF_BRIDGE, 0, 0, 0)
	e.HeaderLink(link)
	return true
}

// VLANDump asks for the VLANs of all ports and bridges with their options
// (RTM_GETVLAN, Linux 5.6). Its answers are read by DecodeVLANEntries.
type VLANDump struct {
	// Stats also asks for counters, Global for the options of the bridges
	// instead of those of ports.
	Stats, Global bool
}

// Encode implements rtnl.Request.
func (r *VLANDump) Encode(e *rtnl.Encoder) {
	e.Begin(unix.RTM_GETVLAN, 0)
	e.Header(unix.AF_BRIDGE, 0, 0, 0, 0, 0, 0, 0)
	var flags uint32
	if r.Stats {
		flags |= 1 << 0 // BRIDGE_VLANDB_DUMPF_STATS
	}
	if r.Global {
		flags |= 1 << 1 // BRIDGE_VLANDB_DUMPF_GLOBAL
	}
	if flags != 0 {
		e.Uint32(vlanDBDumpFlags, flags)
	}
}

// VLANCounters count frames of a VLAN.
type VLANCounters struct{ RxBytes, RxPackets, TxBytes, TxPackets uint64 }

// A VLANEntry is what the kernel reports about VLANs: of a port if Global is
// nil, otherwise of a bridge.
type VLANEntry struct {
	// Index is the port's, or the bridge's.
	Index uint32
	VLANs VLANs
	// State, MulticastRouter and Counters are a port's.
	State           rtnl.Opt[State]
	MulticastRouter rtnl.Opt[uint8]
	Counters        VLANCounters
	Global          *VLANGlobal
	// RouterPorts are the ports of a bridge with multicast routers behind them.
	RouterPorts []RouterPort
}

// A RouterPort is a port with a multicast router behind it.
type RouterPort struct {
	Index uint32
	// Timer is how long the port remains one; Type is like the option
	// MulticastRouter of a port.
	Timer rtnl.Opt[time.Duration]
	Type  rtnl.Opt[uint8]
}

// DecodeVLANEntries reads an RTM_NEWVLAN or RTM_DELVLAN.
func DecodeVLANEntries(m rtnl.Message) (all []VLANEntry, err error) {
	const header = 8 // struct br_vlan_msg
	if len(m.Data) < header {
		return nil, fmt.Errorf("VLANs of a bridge: a message with %d bytes, which needs %d", len(m.Data), header)
	}
	index := binary.NativeEndian.Uint32(m.Data[4:])
	r := rtnl.NewAttrReader(m.Data[header:])
	for r.Next() {
		v := VLANEntry{Index: index}
		n := r.Nested()
		switch r.Type() {
		case vlanDBEntry:
			v.decode(&n)
		case vlanDBGlobal:
			v.Global = &VLANGlobal{}
			v.decodeGlobal(&n)
		default:
			continue
		}
		r.Adopt(&n)
		v.VLANs.Last = v.VLANs.end()
		all = append(all, v)
	}
	if r.Err() != nil {
		return nil, fmt.Errorf("VLANs of a bridge: %w", r.Err())
	}
	return all, nil
}

func (v *VLANEntry) decode(r *rtnl.AttrReader) {
	for r.Next() {
		switch r.Type() {
		case entryInfo:
			last := v.VLANs.Last
			v.VLANs, _ = readVLANInfo(r)
			v.VLANs.Last = max(v.VLANs.Last, last)
		case entryRange:
			v.VLANs.Last = r.Uint16()
		case entryState:
			v.State = rtnl.Some(State(r.Uint8()))
		case entryMulticastRouter:
			v.MulticastRouter = rtnl.Some(r.Uint8())
		case entryStats:
			n := r.Nested()
			for n.Next() {
				switch n.Type() {
				case 1: // BRIDGE_VLANDB_STATS_RX_BYTES, and so on
					v.Counters.RxBytes = n.Uint64()
				case 2:
					v.Counters.RxPackets = n.Uint64()
				case 3:
					v.Counters.TxBytes = n.Uint64()
				case 4:
					v.Counters.TxPackets = n.Uint64()
				}
			}
			r.Adopt(&n)
		}
	}
}

func (v *VLANEntry) decodeGlobal(r *rtnl.AttrReader) {
	g := v.Global
	for r.Next() {
		switch r.Type() {
		case globalID:
			v.VLANs.First = r.Uint16()
		case globalRange:
			v.VLANs.Last = r.Uint16()
		case globalSnooping:
			g.MulticastSnooping = rtnl.Some(r.Uint8())
		case globalQuerier:
			g.MulticastQuerier = rtnl.Some(r.Uint8())
		case globalIGMPVersion:
			g.MulticastIGMPVersion = rtnl.Some(r.Uint8())
		case globalMLDVersion:
			g.MulticastMLDVersion = rtnl.Some(r.Uint8())
		case globalLastMemberCount:
			g.MulticastLastMemberCount = rtnl.Some(r.Uint32())
		case globalStartupQueryCount:
			g.MulticastStartupQueryCount = rtnl.Some(r.Uint32())
		case globalMSTI:
			g.MSTI = rtnl.Some(r.Uint16())
		case globalRouterPorts:
			n := r.Nested()
			for n.Next() { // MDBA_ROUTER
				ports := n.Nested()
				for ports.Next() { // MDBA_ROUTER_PORT
					if p, ok := readRouterPort(ports.Bytes()); ok {
						v.RouterPorts = append(v.RouterPorts, p)
					}
				}
				n.Adopt(&ports)
			}
			r.Adopt(&n)
		default:
			for _, t := range g.times() {
				if t.attr == r.Type() {
					*t.field = rtnl.Some(ticks(r.Uint64()))
				}
			}
		}
	}
}

// readRouterPort reads an MDBA_ROUTER_PORT: an index, and attributes.
func readRouterPort(b []byte) (p RouterPort, ok bool) {
	if len(b) < 4 {
		return p, false
	}
	p.Index = binary.NativeEndian.Uint32(b)
	r := rtnl.NewAttrReader(b[4:])
	for r.Next() {
		switch r.Type() {
		case 1: // MDBA_ROUTER_PATTR_TIMER
			p.Timer = rtnl.Some(ticks(uint64(r.Uint32())))
		case 2: // MDBA_ROUTER_PATTR_TYPE
			p.Type = rtnl.Some(r.Uint8())
		}
	}
	return p, r.Err() == nil
}

// Attributes of RTM_NEWVLAN and its like (BRIDGE_VLANDB_* in
// include/uapi/linux/if_bridge.h).
const (
	vlanDBEntry     = 1
	vlanDBGlobal    = 2
	vlanDBDumpFlags = 1

	entryInfo            = 1
	entryRange           = 2
	entryState           = 3
	entryStats           = 5
	entryMulticastRouter = 6

	globalID                    = 1
	globalRange                 = 2
	globalSnooping              = 3
	globalIGMPVersion           = 4
	globalMLDVersion            = 5
	globalLastMemberCount       = 6
	globalStartupQueryCount     = 7
	globalLastMemberInterval    = 8
	globalMembershipInterval    = 10
	globalQuerierInterval       = 11
	globalQueryInterval         = 12
	globalQueryResponseInterval = 13
	globalStartupQueryInterval  = 14
	globalQuerier               = 15
	globalRouterPorts           = 16
	globalMSTI                  = 18
)

func opt8(e *rtnl.Encoder, typ uint16, o rtnl.Opt[uint8]) {
	if v, ok := o.Get(); ok {
		e.Uint8(typ, v)
	}
}
