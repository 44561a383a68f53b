package rtnl

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// rtaCacheInfoLen is the length of struct rta_cacheinfo
// (include/uapi/linux/rtnetlink.h).
const rtaCacheInfoLen = 32

// DecodeRoute reads an RTM_NEWROUTE or RTM_DELROUTE of IPv4 or IPv6. For
// another family, the error matches ErrNotSupported.
func DecodeRoute(m Message) (Route, error) {
	var r Route
	if err := r.decode(m); err != nil {
		return Route{}, err
	}
	return r, nil
}

func (r *Route) decode(m Message) error {
	if m.Type != unix.RTM_NEWROUTE && m.Type != unix.RTM_DELROUTE {
		return fmt.Errorf("%w: type %d where a route was expected", ErrMalformed, m.Type)
	}
	b := m.Data
	if len(b) < unix.SizeofRtMsg {
		return fmt.Errorf("%w: a route of %d bytes", ErrMalformed, len(b))
	}
	if !isIP(m) {
		return fmt.Errorf("a route of address family %d: %w", b[0], ErrNotSupported)
	}
	r.Family, r.TOS, r.Table = b[0], b[3], uint32(b[4])
	r.Protocol, r.Scope, r.Type = b[5], Some(b[6]), b[7]
	r.Flags = binary.NativeEndian.Uint32(b[8:])
	var dst, src netip.Addr
	a := AttrReader{rest: b[unix.SizeofRtMsg:]}
	for a.Next() {
		switch a.Type() {
		case unix.RTA_DST:
			dst = a.Addr()
		case unix.RTA_SRC:
			src = a.Addr()
		default:
			r.attr(&a)
		}
	}
	if a.err != nil {
		return fmt.Errorf("route to %s: %w", dst, a.err)
	}
	if ci, ok := r.CacheInfo.Get(); ok && ci.Expires > 0 && !r.Expires.IsSet() {
		r.Expires = Some(uint32(ci.Expires / time.Second))
	}
	var err error
	if r.Dst, err = r.prefix(dst, b[1]); err != nil {
		return err
	}
	r.Src, err = r.prefix(src, b[2])
	return err
}

// prefix returns the prefix of a with that many bits. It is not valid if there
// is none.
func (r *Route) prefix(a netip.Addr, bits uint8) (netip.Prefix, error) {
	if !a.IsValid() && bits == 0 {
		return netip.Prefix{}, nil
	}
	p := netip.PrefixFrom(a, int(bits))
	if !p.IsValid() || ipFamily(a) != r.Family {
		return p, fmt.Errorf("%w: prefix %s of length %d in a route of family %d", ErrMalformed, a, bits, r.Family)
	}
	return p, nil
}

func (r *Route) attr(a *AttrReader) {
	switch a.Type() {
	case unix.RTA_TABLE:
		r.Table = a.Uint32()
	case unix.RTA_GATEWAY:
		r.Gateway = a.Addr()
	case unix.RTA_VIA:
		r.Gateway = a.via()
	case unix.RTA_OIF:
		r.OIF.Index = a.Uint32()
	case unix.RTA_IIF:
		r.IIF = a.Uint32()
	case unix.RTA_PRIORITY:
		r.Priority = a.Uint32()
	case unix.RTA_PREFSRC:
		r.PrefSrc = a.Addr()
	case unix.RTA_FLOW:
		r.Realms = a.Uint32()
	case unix.RTA_METRICS:
		r.Metrics = a.metrics()
	case unix.RTA_MULTIPATH:
		r.Nexthops = a.nexthops()
	case rtaNHID:
		r.NHID = a.Uint32()
	case unix.RTA_PREF:
		r.Pref = Some(a.Uint8())
	case unix.RTA_EXPIRES:
		r.Expires = Some(a.Uint32())
	case unix.RTA_TTL_PROPAGATE:
		r.TTLPropagate = Some(a.Uint8())
	case unix.RTA_MARK:
		r.Mark = a.Uint32()
	case unix.RTA_UID:
		r.UID = Some(a.Uint32())
	case unix.RTA_CACHEINFO:
		if !a.short(rtaCacheInfoLen) {
			r.CacheInfo = Some(routeCacheInfo(a.Bytes()))
		}
	case unix.RTA_ENCAP_TYPE:
		r.EncapType = a.Uint16()
	case unix.RTA_ENCAP:
		r.Encap = a.Bytes()
	}
}

func routeCacheInfo(b []byte) RouteCacheInfo {
	u := func(i int) uint32 { return binary.NativeEndian.Uint32(b[4*i:]) }
	return RouteCacheInfo{
		References: u(0),
		LastUse:    fromClockT(uint64(u(1))),
		// Signed: negative if the route has expired but still exists.
		Expires: time.Duration(int32(u(2))) * (time.Second / userHZ),
		Error:   int32(u(3)), Used: u(4), ID: u(5), TS: u(6), TSAge: u(7),
	}
}

// via reads a struct rtvia. It ignores an address that is neither IPv4 nor
// IPv6.
func (r *AttrReader) via() netip.Addr {
	family := r.Uint16()
	if r.err != nil || family != unix.AF_INET && family != unix.AF_INET6 {
		return netip.Addr{}
	}
	a, _ := netip.AddrFromSlice(r.data[2:])
	if uint16(ipFamily(a)) != family {
		r.err = fmt.Errorf("%w: attribute %d: an address of %d bytes and family %d", ErrMalformed, r.typ, len(r.data)-2, family)
	}
	return a
}

func (r *AttrReader) metrics() *RouteMetrics {
	m := &RouteMetrics{}
	n := r.Nested()
	for n.Next() {
		if f := m.field(n.Type()); f != nil {
			*f = n.Uint32()
		} else if n.Type() == unix.RTAX_CC_ALGO {
			m.Congestion = n.String()
		}
	}
	r.Adopt(&n)
	return m
}

// nexthops reads an array of struct rtnexthop.
func (r *AttrReader) nexthops() []Nexthop {
	count := 0
	for rest := r.data; len(rest) > 0; count++ {
		n := 0
		if len(rest) >= unix.SizeofRtNexthop {
			n = int(binary.NativeEndian.Uint16(rest))
		}
		if n < unix.SizeofRtNexthop || n > len(rest) {
			if r.err == nil {
				r.err = fmt.Errorf("%w: nexthop of length %d in %d bytes", ErrMalformed, n, len(rest))
			}
			return nil
		}
		rest = rest[min(align4(n), len(rest)):]
	}
	hops := make([]Nexthop, count)
	rest := r.data
	for i := range hops {
		n := int(binary.NativeEndian.Uint16(rest))
		h := &hops[i]
		h.Flags, h.Weight = rest[2], uint16(rest[3])+1
		h.OIF.Index = binary.NativeEndian.Uint32(rest[4:])
		a := AttrReader{rest: rest[unix.SizeofRtNexthop:n]}
		for a.Next() {
			switch a.Type() {
			case unix.RTA_GATEWAY:
				h.Gateway = a.Addr()
			case unix.RTA_VIA:
				h.Gateway = a.via()
			case unix.RTA_FLOW:
				h.Realms = a.Uint32()
			case unix.RTA_ENCAP_TYPE:
				h.EncapType = a.Uint16()
			case unix.RTA_ENCAP:
				h.Encap = a.Bytes()
			}
		}
		r.Adopt(&a)
		rest = rest[min(align4(n), len(rest)):]
	}
	return hops
}
