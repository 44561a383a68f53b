package rtnl

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"
)

// First message types of what RTM_GETMULTICAST and RTM_GETANYCAST belong to.
// The kernel answers them with the same type (net/ipv6/addrconf.c).
const (
	rtmNewMulticast = unix.RTM_GETMULTICAST &^ 3
	rtmNewAnycast   = unix.RTM_GETANYCAST &^ 3
)

// DecodeAddress reads an RTM_NEWADDR or RTM_DELADDR, or an entry that
// RTM_GETMULTICAST or RTM_GETANYCAST lists.
func DecodeAddress(m Message) (Address, error) {
	var a Address
	if err := a.decode(m); err != nil {
		return Address{}, err
	}
	return a, nil
}

func (a *Address) decode(m Message) error {
	switch m.Type &^ 3 {
	case unix.RTM_NEWADDR, rtmNewMulticast, rtmNewAnycast:
	default:
		return fmt.Errorf("%w: type %d where an address was expected", ErrMalformed, m.Type)
	}
	if len(m.Data) < unix.SizeofIfAddrmsg {
		return fmt.Errorf("%w: an address of %d bytes", ErrMalformed, len(m.Data))
	}
	a.Flags, a.Scope = uint32(m.Data[2]), m.Data[3]
	a.Link.Index = binary.NativeEndian.Uint32(m.Data[4:])
	var local, address netip.Addr
	r := AttrReader{rest: m.Data[unix.SizeofIfAddrmsg:]}
	for r.Next() {
		switch r.Type() {
		case unix.IFA_LOCAL:
			local = r.Addr()
		case unix.IFA_ADDRESS:
			address = r.Addr()
		case unix.IFA_BROADCAST:
			a.Broadcast = r.Addr()
		case unix.IFA_ANYCAST:
			a.Anycast = r.Addr()
		case unix.IFA_MULTICAST:
			a.Multicast = r.Addr()
		case unix.IFA_LABEL:
			a.Label = r.String()
		case unix.IFA_FLAGS:
			a.Flags = r.Uint32()
		case unix.IFA_CACHEINFO:
			if r.short(unix.SizeofIfaCacheinfo) {
				break
			}
			b := r.Bytes()
			a.Preferred = Some(binary.NativeEndian.Uint32(b[0:]))
			a.Valid = Some(binary.NativeEndian.Uint32(b[4:]))
			// Hundredths of seconds since boot (put_cacheinfo).
			a.Created = fromClockT(uint64(binary.NativeEndian.Uint32(b[8:])))
			a.Updated = fromClockT(uint64(binary.NativeEndian.Uint32(b[12:])))
		case unix.IFA_RT_PRIORITY:
			a.Metric = r.Uint32()
		case ifaProto:
			a.Protocol = r.Uint8()
		case unix.IFA_TARGET_NETNSID:
			a.TargetNetNSID = Some(r.Int32())
		}
	}
	if r.err != nil {
		return fmt.Errorf("address on index %d: %w", a.Link.Index, r.err)
	}
	switch {
	case !local.IsValid():
		local = address // IPv6 without a peer
	case address != local:
		a.Peer = address
	}
	if !local.IsValid() {
		return nil // an anycast or multicast address, or a notification that one was deleted
	}
	a.Prefix = netip.PrefixFrom(local, int(m.Data[1]))
	if !a.Prefix.IsValid() {
		return fmt.Errorf("%w: address %s on index %d with a prefix length of %d", ErrMalformed, local, a.Link.Index, m.Data[1])
	}
	return nil
}

// Addrs lists addresses.
func (c *Conn) Addrs(ctx context.Context, req AddrDump) ([]Address, error) {
	m, err := c.Dump(ctx, &req)
	if err != nil {
		return nil, err
	}
	addrs := make([]Address, m.Len())
	i := 0
	for msg := range m.All() {
		if err := addrs[i].decode(msg); err != nil {
			return nil, err
		}
		i++
	}
	return addrs, nil
}
