package rtnl

import (
	"context"
	"net/netip"

	"golang.org/x/sys/unix"
)

// RouteAdd adds a route. Zero fields are filled in as by ip-route(8):
//
//   - Type 0 is RTN_UNICAST, Protocol 0 is RTPROT_BOOT.
//   - Table 0 is RT_TABLE_LOCAL for the types RTN_LOCAL, RTN_BROADCAST,
//     RTN_ANYCAST and RTN_NAT, else RT_TABLE_MAIN.
//   - An absent Scope is RT_SCOPE_HOST for RTN_LOCAL and RTN_NAT; RT_SCOPE_LINK
//     for RTN_BROADCAST, RTN_MULTICAST, RTN_ANYCAST, and for an IPv4 unicast route
//     that has no gateway, nexthops or NHID; else RT_SCOPE_UNIVERSE.
//
// It fails with fs.ErrExist if Mode is ModeAdd and there is a route with the
// same destination, table, priority and, of IPv4, TOS.
type RouteAdd struct {
	Route
	// Mode is any of the modes. IPv6 appends a route with ModePrepend.
	Mode Mode
}

// Encode implements Request.
func (r *RouteAdd) Encode(e *Encoder) {
	e.Begin(unix.RTM_NEWROUTE, r.Mode.flags(e, "route", ModePrepend))
	family, typ, protocol, table := r.family(), r.Type, r.Protocol, r.Table
	if typ == unix.RTN_UNSPEC {
		typ = unix.RTN_UNICAST
	}
	if protocol == unix.RTPROT_UNSPEC {
		protocol = unix.RTPROT_BOOT
	}
	if table == unix.RT_TABLE_UNSPEC {
		table = defaultTable(typ)
	}
	r.encode(e, family, table, protocol, r.Scope.Or(r.defaultScope(family, typ)), typ)
}

// RouteDel deletes the first route that matches. The destination always counts,
// and so does every other field that is not zero; an absent Scope matches any.
// Table 0 is as in RouteAdd. If no route matches, the error matches
// fs.ErrNotExist.
type RouteDel struct{ Route }

// Encode implements Request.
func (r *RouteDel) Encode(e *Encoder) {
	e.Begin(unix.RTM_DELROUTE, 0)
	table := r.Table
	if table == unix.RT_TABLE_UNSPEC {
		table = defaultTable(r.Type)
	}
	r.encode(e, r.family(), table, r.Protocol, r.Scope.Or(unix.RT_SCOPE_NOWHERE), r.Type)
}

// RouteGet asks which route a packet would take. Conn.RouteGet runs it. Zero or
// absent fields are left to the kernel.
type RouteGet struct {
	// Dst is the packet's destination, Src its source.
	Dst, Src netip.Addr
	// IIF is the interface that the packet arrived on, 0 for a packet from this
	// host. OIF is the interface that it is to leave through.
	IIF, OIF uint32
	// Mark is the packet's firewall mark. UID is the user that sends it.
	Mark uint32
	UID  Opt[uint32]
	// TOS is the packet's type of service.
	TOS uint8
	// IPProto is IPPROTO_*; SPort and DPort are ports.
	IPProto      uint8
	SPort, DPort uint16
	// FIBMatch asks for the matching route of the table, not for the result
	// derived from it for this packet.
	FIBMatch bool
}

// Encode implements Request.
func (r *RouteGet) Encode(e *Encoder) {
	e.Begin(unix.RTM_GETROUTE, 0)
	switch {
	case !r.Dst.IsValid():
		e.Fail("route: no destination address given")
	case r.Src.IsValid() && r.Src.BitLen() != r.Dst.BitLen():
		e.Fail("route to %s: the source %s is of another family", r.Dst, r.Src)
	}
	if e.err != nil {
		return
	}
	family := ipFamily(r.Dst)
	var flags uint32
	if family == unix.AF_INET {
		// Without this flag, IPv4 answers RT_TABLE_MAIN whatever the table was.
		// IPv6 always answers the right one.
		flags |= unix.RTM_F_LOOKUP_TABLE
	}
	if r.FIBMatch {
		flags |= unix.RTM_F_FIB_MATCH
	}
	// An address that is not valid has 0 bits.
	e.rtmsg(family, uint8(r.Dst.BitLen()), uint8(r.Src.BitLen()), r.TOS, 0, 0, 0, 0, flags)
	e.Addr(unix.RTA_DST, r.Dst)
	if r.Src.IsValid() {
		e.Addr(unix.RTA_SRC, r.Src)
	}
	nonZero(e, unix.RTA_IIF, r.IIF)
	nonZero(e, unix.RTA_OIF, r.OIF)
	nonZero(e, unix.RTA_MARK, r.Mark)
	opt32(e, unix.RTA_UID, r.UID)
	if r.IPProto != 0 {
		e.Uint8(unix.RTA_IP_PROTO, r.IPProto)
	}
	if r.SPort != 0 {
		e.Uint16BE(unix.RTA_SPORT, r.SPort)
	}
	if r.DPort != 0 {
		e.Uint16BE(unix.RTA_DPORT, r.DPort)
	}
}

// RouteDump lists routes; the zero value lists those of all tables and of both
// families. Each field that is not zero restricts the list to routes that have
// that value; the kernel does the filtering. Conn.Routes runs it.
type RouteDump struct {
	// Family is AF_INET, AF_INET6, or AF_UNSPEC for both.
	Family uint8
	// Table is a routing table. With a Family, the error matches fs.ErrNotExist
	// if it does not exist.
	Table uint32
	// OIF is the index of the interface of the route or of one of its nexthops.
	OIF uint32
	// Type is RTN_*, Protocol RTPROT_*.
	Type, Protocol uint8
	// Cloned instead lists the exceptions that the kernel derived from routes,
	// because of redirects and path MTU discovery.
	Cloned bool
}

// Encode implements Request.
func (r *RouteDump) Encode(e *Encoder) {
	e.Begin(unix.RTM_GETROUTE, unix.NLM_F_DUMP)
	dumpFamily(e, "routes", r.Family)
	var flags uint32
	if r.Cloned {
		flags = unix.RTM_F_CLONED
	}
	// The table goes into RTA_TABLE, as in ip(8).
	e.rtmsg(r.Family, 0, 0, 0, 0, r.Protocol, 0, r.Type, flags)
	nonZero(e, unix.RTA_TABLE, r.Table)
	nonZero(e, unix.RTA_OIF, r.OIF)
}

// RouteGet returns the route that a packet would take. If there is none, the
// error is the one that a sender would get: ENETUNREACH, EHOSTUNREACH, EACCES
// for a prohibit route, EINVAL for a blackhole.
func (c *Conn) RouteGet(ctx context.Context, req RouteGet) (Route, error) {
	m, err := c.Get(ctx, &req)
	if err != nil {
		return Route{}, err
	}
	return DecodeRoute(m)
}

// Routes lists routes. With AF_UNSPEC, it omits those of protocols other than
// IPv4 and IPv6 (MPLS, multicast forwarding).
func (c *Conn) Routes(ctx context.Context, req RouteDump) ([]Route, error) {
	m, err := c.Dump(ctx, &req)
	if err != nil {
		return nil, err
	}
	routes := make([]Route, m.Len())
	i := 0
	for msg := range m.All() {
		if req.Family == unix.AF_UNSPEC && !isIP(msg) {
			continue
		}
		if err := routes[i].decode(msg); err != nil {
			return nil, err
		}
		i++
	}
	return routes[:i], nil
}
