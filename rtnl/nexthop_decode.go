package rtnl

import (
	"encoding/binary"
	"fmt"

	"golang.org/x/sys/unix"
)

// DecodeNexthop reads an RTM_NEWNEXTHOP or RTM_DELNEXTHOP. Encap aliases the
// message.
func DecodeNexthop(m Message) (NexthopObject, error) {
	if m.Type != unix.RTM_NEWNEXTHOP && m.Type != unix.RTM_DELNEXTHOP {
		return NexthopObject{}, fmt.Errorf("%w: type %d where a nexthop was expected", ErrMalformed, m.Type)
	}
	b := m.Data
	if len(b) < sizeofNhMsg {
		return NexthopObject{}, fmt.Errorf("%w: a nexthop of %d bytes", ErrMalformed, len(b))
	}
	n := NexthopObject{Family: b[0], Scope: b[1], Protocol: b[2], Flags: binary.NativeEndian.Uint32(b[4:])}
	a := AttrReader{rest: b[sizeofNhMsg:]}
	for a.Next() {
		switch a.Type() {
		case nhaID:
			n.ID = a.Uint32()
		case nhaGroup:
			n.Group = a.nexthopGroup()
		case nhaGroupType:
			n.GroupType = a.Uint16()
		case nhaBlackhole:
			n.Blackhole = true
		case nhaOIF:
			n.OIF.Index = a.Uint32()
		case nhaGateway:
			n.Gateway = a.Addr()
		case nhaEncapType:
			n.EncapType = a.Uint16()
		case nhaEncap:
			n.Encap = a.Bytes()
		case nhaFDB:
			n.FDB = true
		case nhaResGroup:
			n.Resilient = a.resilientGroup()
		}
	}
	if a.err != nil {
		return NexthopObject{}, fmt.Errorf("nexthop %d: %w", n.ID, a.err)
	}
	return n, nil
}

// nexthopGroup reads an array of struct nexthop_grp. What was padding before
// Linux 6.12 has the upper bits of a weight.
func (r *AttrReader) nexthopGroup() []NexthopMember {
	const size = 8
	if len(r.data)%size != 0 && r.err == nil {
		r.err = fmt.Errorf("%w: a group of nexthops of %d bytes", ErrMalformed, len(r.data))
	}
	if r.err != nil {
		return nil
	}
	group := make([]NexthopMember, 0, len(r.data)/size)
	for b := r.data; len(b) > 0; b = b[size:] {
		weight := min(uint32(b[4])+uint32(b[5])<<8+1, 1<<16-1)
		group = append(group, NexthopMember{ID: binary.NativeEndian.Uint32(b), Weight: uint16(weight)})
	}
	return group
}

func (r *AttrReader) resilientGroup() *ResilientGroup {
	g := &ResilientGroup{}
	n := r.Nested()
	for n.Next() {
		switch n.Type() {
		case nhaResBuckets:
			g.Buckets = Some(n.Uint16())
		case nhaResIdleTimer:
			g.IdleTimer = Some(fromClockT(uint64(n.Uint32())))
		case nhaResUnbalancedTimer:
			g.UnbalancedTimer = Some(fromClockT(uint64(n.Uint32())))
		case nhaResUnbalancedTime:
			g.UnbalancedTime = fromClockT(n.Uint64())
		}
	}
	r.Adopt(&n)
	return g
}
