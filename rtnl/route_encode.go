package rtnl

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/sys/unix"
)

// encode appends the rtmsg and the attributes of a route. The caller chooses
// table, protocol, scope and type, since their defaults differ.
func (r *Route) encode(e *Encoder, family uint8, table uint32, protocol, scope, typ uint8) {
	switch {
	case family != unix.AF_INET && family != unix.AF_INET6:
		e.Fail("route %s: family %d, want AF_INET or AF_INET6", r.name(), family)
	case len(r.Nexthops) > 0 && (r.Gateway.IsValid() || !r.OIF.IsZero()):
		e.Fail("route %s: the gateway and interface of a multipath route belong in its nexthops", r.name())
	case r.EncapType == 0 && len(r.Encap) > 0:
		e.Fail("route %s: an encapsulation without its type", r.name())
	}
	dstLen, ok1 := prefixBits(e, r, "destination", family, r.Dst)
	srcLen, ok2 := prefixBits(e, r, "source", family, r.Src)
	if e.err != nil || !ok1 || !ok2 {
		return
	}
	e.rtmsg(family, dstLen, srcLen, r.TOS, table, protocol, scope, typ, r.Flags&^routeStateFlags)
	if dstLen > 0 {
		e.Addr(unix.RTA_DST, r.Dst.Addr())
	}
	if srcLen > 0 {
		e.Addr(unix.RTA_SRC, r.Src.Addr())
	}
	if table > 0xff {
		e.Uint32(unix.RTA_TABLE, table)
	}
	if r.NHID == 0 {
		e.gateway(family, r.Gateway)
		nonZeroLink(e, unix.RTA_OIF, r.OIF)
	}
	nonZero(e, unix.RTA_PRIORITY, r.Priority)
	if r.PrefSrc.IsValid() {
		e.Addr(unix.RTA_PREFSRC, r.PrefSrc)
	}
	nonZero(e, unix.RTA_FLOW, r.Realms)
	if r.Metrics != nil {
		r.Metrics.encode(e)
	}
	if r.NHID != 0 {
		e.Uint32(rtaNHID, r.NHID)
	} else if len(r.Nexthops) > 0 {
		r.encodeNexthops(e, family)
	}
	opt8(e, unix.RTA_PREF, r.Pref)
	opt32(e, unix.RTA_EXPIRES, r.Expires)
	opt8(e, unix.RTA_TTL_PROPAGATE, r.TTLPropagate)
	if r.NHID == 0 {
		e.encap(r.EncapType, r.Encap)
	}
}

// rtmsg appends the fixed header of route messages
// (include/uapi/linux/rtnetlink.h). If a table does not fit into 8 bits, it
// goes into RTA_TABLE, and the header has RT_TABLE_UNSPEC.
func (e *Encoder) rtmsg(family, dstLen, srcLen, tos uint8, table uint32, protocol, scope, typ uint8, flags uint32) {
	if table > 0xff {
		table = unix.RT_TABLE_UNSPEC
	}
	e.buf = append(e.buf, family, dstLen, srcLen, tos, uint8(table), protocol, scope, typ)
	e.buf = binary.NativeEndian.AppendUint32(e.buf, flags)
}

// prefixBits returns the length of a prefix, 0 if there is none.
func prefixBits(e *Encoder, r *Route, what string, family uint8, p netip.Prefix) (uint8, bool) {
	if p == (netip.Prefix{}) {
		return 0, true
	}
	if !p.IsValid() || ipFamily(p.Addr()) != family {
		e.Fail("route %s: %s %s is not a prefix of family %d", r.name(), what, p, family)
		return 0, false
	}
	return uint8(p.Bits()), true
}

// name returns the route's name in error texts.
func (r *Route) name() string {
	if r.IsDefault() {
		return "default"
	}
	return r.Dst.String()
}

// gateway appends RTA_GATEWAY, or RTA_VIA if a is not of the route's family.
func (e *Encoder) gateway(family uint8, a netip.Addr) {
	switch ipFamily(a) {
	case unix.AF_UNSPEC:
	case family:
		e.Addr(unix.RTA_GATEWAY, a)
	default:
		// struct rtvia: the family in 16 bits, then the address.
		mark := e.NestPlain(unix.RTA_VIA)
		e.buf = binary.NativeEndian.AppendUint16(e.buf, uint16(ipFamily(a)))
		if a.Is4() {
			b := a.As4()
			e.buf = append(e.buf, b[:]...)
		} else {
			b := a.As16()
			e.buf = append(e.buf, b[:]...)
		}
		e.EndNest(mark)
		e.pad()
	}
}

// encap appends an encapsulation whose attributes are b.
func (e *Encoder) encap(typ uint16, b []byte) {
	if typ == unix.LWTUNNEL_ENCAP_NONE {
		return
	}
	e.Uint16(unix.RTA_ENCAP_TYPE, typ)
	mark := e.Nest(unix.RTA_ENCAP)
	e.buf = append(e.buf, b...)
	e.EndNest(mark)
	e.pad()
}

// encodeNexthops appends an array of struct rtnexthop, each with its
// attributes.
func (r *Route) encodeNexthops(e *Encoder, family uint8) {
	array := e.NestPlain(unix.RTA_MULTIPATH)
	for i := range r.Nexthops {
		h := &r.Nexthops[i]
		if h.Weight > 256 || h.EncapType == 0 && len(h.Encap) > 0 {
			e.Fail("route %s: nexthop %d has weight %d, encapsulation type %d and %d bytes of it; "+
				"a weight is from 1 to 256, and an encapsulation needs a type",
				r.name(), i+1, h.Weight, h.EncapType, len(h.Encap))
			return
		}
		start := len(e.buf)
		// rtnh_len is filled in below. rtnh_hops is the weight minus one.
		e.buf = append(e.buf, 0, 0, h.Flags&^uint8(routeStateFlags&0xff), uint8(max(h.Weight, 1)-1))
		e.HeaderLink(h.OIF)
		e.gateway(family, h.Gateway)
		nonZero(e, unix.RTA_FLOW, h.Realms)
		e.encap(h.EncapType, h.Encap)
		n := len(e.buf) - start
		if n > 0xffff {
			e.Fail("route %s: nexthop %d has %d bytes, at most %d fit", r.name(), i+1, n, 0xffff)
			return
		}
		binary.NativeEndian.PutUint16(e.buf[start:], uint16(n))
	}
	e.EndNest(array)
}

// field returns a pointer to metric typ, nil if that is not a number.
func (m *RouteMetrics) field(typ uint16) *uint32 {
	switch typ {
	case unix.RTAX_LOCK:
		return &m.Lock
	case unix.RTAX_MTU:
		return &m.MTU
	case unix.RTAX_WINDOW:
		return &m.Window
	case unix.RTAX_RTT:
		return &m.RTT
	case unix.RTAX_RTTVAR:
		return &m.RTTVar
	case unix.RTAX_SSTHRESH:
		return &m.SSThresh
	case unix.RTAX_CWND:
		return &m.CWND
	case unix.RTAX_ADVMSS:
		return &m.AdvMSS
	case unix.RTAX_REORDERING:
		return &m.Reordering
	case unix.RTAX_HOPLIMIT:
		return &m.HopLimit
	case unix.RTAX_INITCWND:
		return &m.InitCWND
	case unix.RTAX_FEATURES:
		return &m.Features
	case unix.RTAX_RTO_MIN:
		return &m.RTOMin
	case unix.RTAX_INITRWND:
		return &m.InitRWND
	case unix.RTAX_QUICKACK:
		return &m.QuickACK
	case unix.RTAX_FASTOPEN_NO_COOKIE:
		return &m.FastOpenNoCookie
	}
	return nil
}

func (m *RouteMetrics) encode(e *Encoder) {
	if *m == (RouteMetrics{}) {
		return
	}
	nest := e.NestPlain(unix.RTA_METRICS)
	for typ := uint16(unix.RTAX_LOCK); typ <= unix.RTAX_MAX; typ++ {
		if f := m.field(typ); f != nil {
			nonZero(e, typ, *f)
		} else if typ == unix.RTAX_CC_ALGO && m.Congestion != "" {
			e.String(typ, m.Congestion)
		}
	}
	e.EndNest(nest)
}
