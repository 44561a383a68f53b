package rtnl

import (
	"encoding/binary"
	"net"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// Attributes and flags of neighbours that x/sys/unix lacks
// (include/uapi/linux/neighbour.h).
const (
	ndaProtocol   = 12
	ndaNHID       = 13
	ndaFlagsExt   = 15
	ntfExtManaged = 1 << 0
)

// NeighStateNone is the State of a request for NUD_NONE, which is 0. In a
// request, 0 stands for another state. The kernel does not use this bit.
const NeighStateNone = 1 << 15

// A Neigh is an entry of the neighbour table, a proxy entry (NTF_PROXY in
// Flags), or an entry of the forwarding database of a bridge or VXLAN device
// (FDB, Family AF_BRIDGE). A dump returns it; NeighAdd and NeighDel take it.
type Neigh struct {
	// Family is AF_INET, AF_INET6 or AF_BRIDGE. In a request, 0 is Dst's.
	Family uint8
	// Link is the interface; in an FDB, the port. A proxy entry with the zero
	// LinkRef is for all interfaces. A decoded Neigh has only the index.
	Link LinkRef
	// State is a set of NUD_* bits. In a request, 0 means NUD_PERMANENT, as in
	// ip(8) and bridge(8), unless Flags has NTF_USE or ExtFlags has
	// NTF_EXT_MANAGED, which tell the kernel to resolve the address itself.
	// NeighStateNone asks for 0 in any case.
	State uint16
	// Flags are NTF_*. An FDB entry belongs to the port itself with NTF_SELF,
	// and to its bridge with NTF_MASTER or with neither.
	Flags uint8
	// ExtFlags are NTF_EXT_* (Linux 5.16).
	ExtFlags uint32
	// Type is RTN_*. Requests leave it 0.
	Type uint8
	// Dst is the IP address; in an FDB, the remote end of the tunnel.
	Dst netip.Addr
	// LLAddr is the link-layer address. In a decoded Neigh, it aliases the
	// message, which a dump never overwrites.
	LLAddr net.HardwareAddr
	// VLAN is the VLAN of an FDB entry, 1 to 4094, 0 for none.
	VLAN uint16
	// Port is the UDP port of the remote tunnel end, 0 for the device's.
	Port uint16
	// VNI is the VXLAN network identifier of the remote. SrcVNI is that of the
	// entry, on a device for all VNIs.
	VNI, SrcVNI uint32
	// Via is the interface through which the remote tunnel end is reached.
	Via LinkRef
	// Master is the index of the bridge of an FDB entry. Requests ignore it.
	Master uint32
	// Probes counts the probes sent. Requests ignore it.
	Probes uint32
	// CacheInfo has the entry's times. Requests ignore it.
	CacheInfo Opt[NeighCacheInfo]
	// Protocol says who added the entry, RTPROT_*.
	Protocol uint8
	// NHID is the id of an FDB nexthop, 0 for none.
	NHID uint32
	// LinkNetNSID is the id of the namespace that a tunnel's Via is in.
	// Requests ignore it.
	LinkNetNSID Opt[int32]
}

// NeighCacheInfo is struct nda_cacheinfo: how long ago each happened, in steps
// of 10 ms.
type NeighCacheInfo struct {
	// The entry was last confirmed, used, and updated.
	Confirmed, Used, Updated time.Duration
	// References is the number of references to the entry, minus one.
	References uint32
}

// NeighAdd adds an entry. With ModeAdd, the error matches fs.ErrExist if there
// is one for the same address.
type NeighAdd struct {
	Neigh
	// Mode is ModeAdd, ModeReplace, ModeChange, or, in an FDB, ModeAppend.
	Mode Mode
}

// Encode implements Request.
func (r *NeighAdd) Encode(e *Encoder) {
	last := ModeChange
	if r.Family == unix.AF_BRIDGE {
		last = ModeAppend
	}
	e.Begin(unix.RTM_NEWNEIGH, r.Mode.flags(e, "neighbour", last))
	if !r.encodeKey(e) {
		return
	}
	if len(r.LLAddr) > 0 && r.Family != unix.AF_BRIDGE {
		e.HardwareAddr(unix.NDA_LLADDR, r.LLAddr)
	}
	if r.Protocol != 0 {
		e.Uint8(ndaProtocol, r.Protocol)
	}
	nonZero(e, ndaFlagsExt, r.ExtFlags)
}

// NeighDel deletes an entry. It is identified by the interface and the address:
// Dst, or in an FDB LLAddr with the VLAN and, for a tunnel, the remote. If it
// does not exist, the error matches fs.ErrNotExist.
type NeighDel struct{ Neigh }

// Encode implements Request.
func (r *NeighDel) Encode(e *Encoder) {
	e.Begin(unix.RTM_DELNEIGH, 0)
	r.encodeKey(e)
}

// state returns the state that a request carries. Deletions need it too: an
// interface's own FDB has only permanent entries, and refuses to delete others
// (ndo_dflt_fdb_del in net/core/rtnetlink.c).
func (n *Neigh) state() uint16 {
	if n.State == NeighStateNone {
		return unix.NUD_NONE
	}
	if n.State == 0 && n.Flags&unix.NTF_USE == 0 && n.ExtFlags&ntfExtManaged == 0 {
		return unix.NUD_PERMANENT
	}
	return n.State
}

// encodeKey appends the ndmsg and what identifies an entry.
func (n *Neigh) encodeKey(e *Encoder) bool {
	family := n.Family
	if family == 0 {
		family = ipFamily(n.Dst)
	}
	switch {
	case n.Link.IsZero() && (family == unix.AF_BRIDGE || n.Flags&unix.NTF_PROXY == 0):
		e.Fail("%s: no interface index given", n.name())
	case family == unix.AF_BRIDGE && len(n.LLAddr) == 0:
		e.Fail("FDB entry: no link-layer address given")
	case family == unix.AF_BRIDGE:
	case !n.Dst.IsValid():
		e.Fail("neighbour: no IP address given")
	case family != ipFamily(n.Dst):
		e.Fail("neighbour %s: the address is not of family %d", n.Dst, family)
	}
	if e.err != nil {
		return false
	}
	e.ndmsg(family, n.Link, n.state(), n.Flags, 0)
	if n.Dst.IsValid() {
		e.Addr(unix.NDA_DST, n.Dst)
	}
	if family == unix.AF_BRIDGE {
		e.HardwareAddr(unix.NDA_LLADDR, n.LLAddr)
		if n.VLAN != 0 {
			e.Uint16(unix.NDA_VLAN, n.VLAN)
		}
		if n.Port != 0 {
			e.Uint16BE(unix.NDA_PORT, n.Port)
		}
		nonZero(e, unix.NDA_VNI, n.VNI)
		nonZeroLink(e, unix.NDA_IFINDEX, n.Via)
		nonZero(e, unix.NDA_SRC_VNI, n.SrcVNI)
		nonZero(e, ndaNHID, n.NHID)
	}
	return true
}

// name returns the entry's name in error texts.
func (n *Neigh) name() string {
	if n.Family == unix.AF_BRIDGE {
		return "FDB entry " + n.LLAddr.String()
	}
	return "neighbour " + n.Dst.String()
}

// ndmsg appends the fixed header of neighbour messages
// (include/uapi/linux/neighbour.h).
func (e *Encoder) ndmsg(family uint8, link LinkRef, state uint16, flags, typ uint8) {
	e.buf = append(e.buf, family, 0, 0, 0)
	e.HeaderLink(link)
	e.buf = binary.NativeEndian.AppendUint16(e.buf, state)
	e.buf = append(e.buf, flags, typ)
}

// NeighGet asks for one entry. Conn.Neigh runs it.
type NeighGet struct {
	// Family is AF_INET, AF_INET6 or AF_BRIDGE; 0 is Dst's.
	Family uint8
	// Index is the interface's index; in an FDB, the port's, or 0 with Master.
	Index uint32
	// Flags are NTF_PROXY for a proxy entry, NTF_SELF or NTF_MASTER in an FDB.
	Flags uint8
	// Dst is the IP address, LLAddr the link-layer address in an FDB.
	Dst    netip.Addr
	LLAddr net.HardwareAddr
	// VLAN and VNI, unless 0, further identify an FDB entry.
	VLAN uint16
	VNI  uint32
	// Master, unless 0, is the index of the bridge whose FDB to ask.
	Master uint32
}

// Encode implements Request.
func (r *NeighGet) Encode(e *Encoder) {
	e.Begin(unix.RTM_GETNEIGH, 0)
	family := r.Family
	if family == 0 {
		family = ipFamily(r.Dst)
	}
	switch {
	case family == unix.AF_BRIDGE && len(r.LLAddr) == 0:
		e.Fail("FDB entry: no link-layer address given")
	case family == unix.AF_BRIDGE && r.Index == 0 && r.Master == 0:
		e.Fail("FDB entry %s: neither a port nor a bridge given", r.LLAddr)
	case family == unix.AF_BRIDGE:
	case !r.Dst.IsValid():
		e.Fail("neighbour: no IP address given")
	case family != ipFamily(r.Dst):
		e.Fail("neighbour %s: the address is not of family %d", r.Dst, family)
	case r.Index == 0 && r.Flags&unix.NTF_PROXY == 0:
		e.Fail("neighbour %s: no interface index given", r.Dst)
	}
	if e.err != nil {
		return
	}
	e.ndmsg(family, LinkIndex(r.Index), 0, r.Flags, 0)
	if family != unix.AF_BRIDGE {
		e.Addr(unix.NDA_DST, r.Dst)
		return
	}
	e.HardwareAddr(unix.NDA_LLADDR, r.LLAddr)
	if r.VLAN != 0 {
		e.Uint16(unix.NDA_VLAN, r.VLAN)
	}
	nonZero(e, unix.NDA_VNI, r.VNI)
	nonZero(e, unix.NDA_MASTER, r.Master)
}

// NeighDump lists entries; the zero value lists the neighbours of both
// families. Conn.Neighs runs it.
type NeighDump struct {
	// Family is AF_INET, AF_INET6, AF_UNSPEC for both, or AF_BRIDGE for FDBs.
	Family uint8
	// Index, unless 0, restricts the list to entries of that interface or port.
	Index uint32
	// Master, unless 0, restricts the list to entries of that device's ports;
	// 1<<32-1 means devices that are not ports. With AF_BRIDGE, it is the
	// bridge whose FDB is listed.
	Master uint32
	// Proxy lists the proxy entries instead. AF_BRIDGE has none.
	Proxy bool
}

// Encode implements Request.
func (r *NeighDump) Encode(e *Encoder) {
	e.Begin(unix.RTM_GETNEIGH, unix.NLM_F_DUMP)
	if r.Family == unix.AF_BRIDGE {
		if r.Proxy {
			e.Fail("list FDB entries: an FDB has no proxy entries")
			return
		}
		// Here the index must be in the header (valid_fdb_dump_strict in
		// net/core/rtnetlink.c); for other families it must not
		// (neigh_valid_dump_req in net/core/neighbour.c).
		e.ndmsg(r.Family, LinkIndex(r.Index), 0, 0, 0)
		nonZero(e, unix.NDA_MASTER, r.Master)
		return
	}
	dumpFamily(e, "neighbours", r.Family)
	var flags uint8
	if r.Proxy {
		flags = unix.NTF_PROXY
	}
	e.ndmsg(r.Family, LinkRef{}, 0, flags, 0)
	nonZero(e, unix.NDA_IFINDEX, r.Index)
	nonZero(e, unix.NDA_MASTER, r.Master)
}
