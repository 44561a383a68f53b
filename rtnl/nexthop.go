package rtnl

import (
	"context"
	"encoding/binary"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// A NexthopObject is a nexthop that has an id of its own, so that several
// routes can refer to it by their NHID, or a group of such nexthops (Linux 5.3,
// net/ipv4/nexthop.c). A dump returns it; NexthopAdd takes it.
type NexthopObject struct {
	// ID is 1 to 2^32-1. In a NexthopAdd, 0 has the kernel choose one.
	ID uint32
	// Family is AF_INET or AF_INET6, and AF_UNSPEC for a group. In a request, 0
	// means the family of the gateway, else AF_INET unless it is a group or of
	// an FDB.
	Family uint8
	// Protocol says who added it, RTPROT_*; 0 is RTPROT_UNSPEC.
	Protocol uint8
	// Scope is RT_SCOPE_*, which the kernel sets.
	Scope uint8
	// Flags are RTNH_F_*. Requests ignore those that only the kernel sets.
	Flags uint32
	// Gateway is the next router, OIF the interface to send through.
	Gateway netip.Addr
	OIF     LinkRef
	// Blackhole says that it drops packets. It has neither gateway nor
	// interface. The kernel needs lo to be up to add it.
	Blackhole bool
	// FDB says that it is for FDB entries of a VXLAN (Linux 5.8).
	FDB bool
	// Group are the members of a group, nil for a nexthop that is none.
	Group []NexthopMember
	// GroupType is how a group chooses: NexthopGroupHash or
	// NexthopGroupResilient.
	GroupType uint16
	// Resilient are the parameters of a resilient group, nil for the kernel's
	// own.
	Resilient *ResilientGroup
	// EncapType and Encap are as in a Route.
	EncapType uint16
	Encap     []byte
}

// Types of groups (NEXTHOP_GRP_TYPE_* in include/uapi/linux/nexthop.h).
const (
	// NexthopGroupHash spreads flows by a hash, with a threshold for each
	// member: "mpath" of ip-nexthop(8). A changed group moves flows.
	NexthopGroupHash = 0
	// NexthopGroupResilient has a table of buckets, so that few flows move when
	// the group changes (Linux 5.13).
	NexthopGroupResilient = 1
)

// NexthopMember is a member of a group of nexthops.
type NexthopMember struct {
	ID uint32
	// Weight is from 1 to 256. In a request, 0 means 1.
	Weight uint16
}

// ResilientGroup are the parameters of a resilient group. Times have a
// resolution of 10 ms. An absent one is the kernel's default.
type ResilientGroup struct {
	// Buckets is the number of hash buckets, 1 to 65535.
	Buckets Opt[uint16]
	// IdleTimer is how long a bucket must be unused before flows are moved away
	// from it.
	IdleTimer Opt[time.Duration]
	// UnbalancedTimer is after how much time out of balance buckets in use are
	// moved too, 0 for never.
	UnbalancedTimer Opt[time.Duration]
	// UnbalancedTime is for how long the group has been out of balance. Only the
	// kernel sets it.
	UnbalancedTime time.Duration
}

// Attributes of nexthops (include/uapi/linux/nexthop.h).
const (
	nhaID        = 1
	nhaGroup     = 2
	nhaGroupType = 3
	nhaBlackhole = 4
	nhaOIF       = 5
	nhaGateway   = 6
	nhaEncapType = 7
	nhaEncap     = 8
	nhaGroups    = 9
	nhaMaster    = 10
	nhaFDB       = 11
	nhaResGroup  = 12

	nhaResBuckets         = 1
	nhaResIdleTimer       = 2
	nhaResUnbalancedTimer = 3
	nhaResUnbalancedTime  = 4

	sizeofNhMsg = 8
)

// NexthopAdd adds a nexthop. Its Mode is ModeAdd or ModeReplace. It fails with
// fs.ErrExist if Mode is ModeAdd and the ID is in use.
type NexthopAdd struct {
	NexthopObject
	Mode Mode
}

// Encode implements Request.
func (r *NexthopAdd) Encode(e *Encoder) {
	e.Begin(unix.RTM_NEWNEXTHOP, r.Mode.flags(e, "nexthop", ModeReplace))
	family := r.Family
	switch {
	case family != unix.AF_UNSPEC:
	case r.Gateway.IsValid():
		family = ipFamily(r.Gateway)
	case len(r.Group) == 0 && !r.FDB:
		family = unix.AF_INET
	}
	switch {
	case r.Gateway.IsValid() && ipFamily(r.Gateway) != family:
		e.Fail("nexthop %d: the gateway %s is not of family %d", r.ID, r.Gateway, family)
	case r.EncapType == 0 && len(r.Encap) > 0:
		e.Fail("nexthop %d: an encapsulation without its type", r.ID)
	}
	if e.err != nil {
		return
	}
	e.nhmsg(family, r.Protocol, r.Flags&^routeStateFlags)
	nonZero(e, nhaID, r.ID)
	if len(r.Group) > 0 {
		r.encodeGroup(e)
	}
	if r.GroupType != 0 {
		e.Uint16(nhaGroupType, r.GroupType)
	}
	if r.Resilient != nil {
		r.Resilient.encode(e, r.ID)
	}
	if r.Blackhole {
		e.Flag(nhaBlackhole)
	}
	nonZeroLink(e, nhaOIF, r.OIF)
	if r.Gateway.IsValid() {
		e.Addr(nhaGateway, r.Gateway)
	}
	if r.EncapType != 0 {
		e.Uint16(nhaEncapType, r.EncapType)
		mark := e.Nest(nhaEncap)
		e.buf = append(e.buf, r.Encap...)
		e.EndNest(mark)
		e.pad()
	}
	if r.FDB {
		e.Flag(nhaFDB)
	}
}

// nhmsg appends a struct nhmsg.
func (e *Encoder) nhmsg(family, protocol uint8, flags uint32) {
	e.buf = append(e.buf, family, 0, protocol, 0)
	e.buf = binary.NativeEndian.AppendUint32(e.buf, flags)
}

// encodeGroup appends an array of struct nexthop_grp.
func (r *NexthopAdd) encodeGroup(e *Encoder) {
	mark := e.NestPlain(nhaGroup)
	for _, m := range r.Group {
		if m.Weight > 256 {
			e.Fail("nexthop %d: the weight of %d is %d; it is from 1 to 256", r.ID, m.ID, m.Weight)
			return
		}
		e.buf = binary.NativeEndian.AppendUint32(e.buf, m.ID)
		e.buf = append(e.buf, uint8(max(m.Weight, 1)-1), 0, 0, 0)
	}
	e.EndNest(mark)
}

func (g *ResilientGroup) encode(e *Encoder, id uint32) {
	mark := e.Nest(nhaResGroup)
	if n, ok := g.Buckets.Get(); ok {
		e.Uint16(nhaResBuckets, n)
	}
	for _, t := range [...]struct {
		typ uint16
		d   Opt[time.Duration]
	}{{nhaResIdleTimer, g.IdleTimer}, {nhaResUnbalancedTimer, g.UnbalancedTimer}} {
		d, ok := t.d.Get()
		if !ok {
			continue
		}
		if d < 0 || d > (1<<32-1)*(time.Second/userHZ) {
			e.Fail("nexthop %d: a timer of %s; at most 2^32-1 hundredths of a second are possible", id, d)
			return
		}
		e.Uint32(t.typ, uint32(clockT(d)))
	}
	e.EndNest(mark)
}

// NexthopDel deletes a nexthop. It goes from the groups that it is in, and
// routes and groups that are left without a nexthop go too. If there is none
// with that ID, the error matches fs.ErrNotExist.
type NexthopDel struct{ ID uint32 }

// Encode implements Request.
func (r *NexthopDel) Encode(e *Encoder) {
	e.Begin(unix.RTM_DELNEXTHOP, 0)
	e.nhmsg(unix.AF_UNSPEC, 0, 0)
	e.Uint32(nhaID, r.ID)
}

// NexthopGet asks for one nexthop. Conn.Nexthop runs it.
type NexthopGet struct{ ID uint32 }

// Encode implements Request.
func (r *NexthopGet) Encode(e *Encoder) {
	e.Begin(unix.RTM_GETNEXTHOP, 0)
	e.nhmsg(unix.AF_UNSPEC, 0, 0)
	e.Uint32(nhaID, r.ID)
}

// NexthopDump lists nexthops. Each field that is not zero restricts the list;
// the kernel does the filtering. Conn.Nexthops runs it.
type NexthopDump struct {
	// Family is AF_INET or AF_INET6. Groups are of neither.
	Family uint8
	// OIF is the index of their interface, Master that of the master of their
	// interface, such as a VRF.
	OIF, Master uint32
	// Groups and FDB select groups, and nexthops of FDB entries.
	Groups, FDB bool
}

// Encode implements Request.
func (r *NexthopDump) Encode(e *Encoder) {
	e.Begin(unix.RTM_GETNEXTHOP, unix.NLM_F_DUMP)
	e.nhmsg(r.Family, 0, 0)
	nonZero(e, nhaOIF, r.OIF)
	if r.Groups {
		e.Flag(nhaGroups)
	}
	nonZero(e, nhaMaster, r.Master)
	if r.FDB {
		e.Flag(nhaFDB)
	}
}

// Nexthop returns the nexthop with an id.
func (c *Conn) Nexthop(ctx context.Context, req NexthopGet) (NexthopObject, error) {
	m, err := c.Get(ctx, &req)
	if err != nil {
		return NexthopObject{}, err
	}
	return DecodeNexthop(m)
}

// Nexthops lists nexthops. A kernel before 5.3 has none; the error then matches
// ErrNotSupported.
func (c *Conn) Nexthops(ctx context.Context, req NexthopDump) ([]NexthopObject, error) {
	m, err := c.Dump(ctx, &req)
	if err != nil {
		return nil, err
	}
	all := make([]NexthopObject, 0, m.Len())
	for msg := range m.All() {
		n, err := DecodeNexthop(msg)
		if err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	return all, nil
}
