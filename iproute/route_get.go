package iproute

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/netip"

	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// routeQuestion is "ip route get": which way a packet would go.
type routeQuestion struct {
	req     rtnl.RouteGet
	family  uint8
	in, out string        // the names of the interfaces
	vrf     string        // an interface that must be a VRF
	length  rtnl.Opt[int] // the prefix length given with the destination
}

func parseRouteGet(c *Command, w *words) {
	q := &routeQuestion{family: c.Options.Family}
	for w.more() {
		k := w.keyword(routeGetKeys)
		if k == "help" || (k == "to" || k == "from") && w.keyword("help*") != "" {
			c.usage(w, routeUsage)
			return
		}
		routeGetTexts.take(w, k, func() { q.one(w, k) })
	}
	if !q.req.Dst.IsValid() && w.err == nil {
		w.status = statusFailed
		w.need("a destination address")
		w.peer("need at least a destination address")
	}
	w.inetOnly("routes", q.family)
	c.do = func(ctx context.Context, s *Session, o *Options) error { return s.getRoute(ctx, o, *q) }
}

// routeGetKeys are the parameters of ip route get (iproute_get in
// ip/iproute.c).
const routeGetKeys keywords = "tos dsfield* from* iif* mark* oif* dev notify* connected* vrf* uid* fibmatch* as sport* dport* ipproto* to help*"

// one takes the part of the question that starts with the keyword k, "" for
// none.
func (q *routeQuestion) one(w *words, k string) {
	r := &q.req
	switch k {
	case "tos", "dsfield":
		r.TOS = w.dsfield()
	case "from":
		r.Src = q.host(w, w.inetPrefix("a source address", q.family))
	case "iif":
		q.in = w.device("an interface")
	case "oif", "dev":
		q.out = w.device("an interface")
	case "mark":
		r.Mark = w.uint32("a mark")
	case "uid":
		r.UID = rtnl.Some(w.uint32("a user id"))
	case "ipproto":
		r.IPProto = w.ipProto()
	case "sport":
		r.SPort = w.uint16("a port")
	case "dport":
		r.DPort = w.uint16("a port")
	case "fibmatch":
		r.FIBMatch = true
	case "vrf":
		q.vrf = w.device("a VRF")
		q.out = q.vrf
	case "notify", "connected", "as":
		w.notHere(k)
	default:
		q.destination(w, w.inetPrefix("a destination address", q.family))
	}
}

// destination takes the destination. ip(8) accepts any prefix length and warns
// that it does not matter.
func (q *routeQuestion) destination(w *words, p inetPrefix) {
	if q.family == unix.AF_UNSPEC {
		q.family = p.family
	}
	q.req.Dst = p.prefix.Addr()
	if !p.prefix.IsValid() {
		q.req.Dst = netip.IPv4Unspecified()
		if q.family == unix.AF_INET6 {
			q.req.Dst = netip.IPv6Unspecified()
		}
	}
	if n := q.req.Dst.BitLen(); q.family != unix.AF_UNSPEC && p.bits() != n && w.err == nil {
		q.length = rtnl.Some(p.bits())
	}
}

// host returns the address of a prefix, which the kernel requires to be a
// single address.
func (q *routeQuestion) host(w *words, p inetPrefix) netip.Addr {
	if w.err != nil {
		return netip.Addr{}
	}
	if q.family == unix.AF_UNSPEC {
		q.family = p.family
	}
	if !p.prefix.IsValid() {
		return netip.Addr{} // any
	}
	if !p.isHost() {
		w.status = statusKernel
		w.bad("a source address, without a prefix length")
	}
	return p.prefix.Addr()
}

// ipProto takes the name or number of a protocol above IP. The kernel supports
// four here (rtm_getroute_parse_ip_proto in net/ipv4/fib_frontend.c).
func (w *words) ipProto() uint8 {
	s := w.need("a protocol above IP")
	for _, p := range [...]struct {
		name  string
		value uint8
	}{{"icmp", unix.IPPROTO_ICMP}, {"tcp", unix.IPPROTO_TCP}, {"udp", unix.IPPROTO_UDP}, {"ipv6-icmp", unix.IPPROTO_ICMPV6}} {
		if s == p.name {
			return p.value
		}
	}
	if w.err == nil {
		n, err := parseUint(s)
		if err == nil && n > 0 && n <= math.MaxUint8 {
			return uint8(n)
		}
		w.bad("a protocol above IP: icmp, tcp, udp, ipv6-icmp or a number from 1 to 255")
	}
	return 0
}

func (s *Session) getRoute(ctx context.Context, o *Options, q routeQuestion) error {
	if n, ok := q.length.Get(); ok && s.AsPeer {
		s.warn(fmt.Sprintf("Warning: /%d as prefix is invalid, only /%d (or none) is supported.", n, q.req.Dst.BitLen()))
	} else if ok {
		s.warn(fmt.Sprintf("Warning: the prefix length /%d does not matter: a route is looked up for one address (/%d).", n, q.req.Dst.BitLen()))
	}
	conn, err := s.conn(o)
	if err != nil {
		return err
	}
	if q.vrf != "" {
		if _, err := vrfIndex(ctx, conn, q.vrf, peerNoVRF); err != nil {
			return err
		}
	}
	for _, d := range []struct {
		name  string
		index *uint32
	}{{q.in, &q.req.IIF}, {q.out, &q.req.OIF}} {
		if d.name == "" {
			continue
		}
		if *d.index, err = conn.LinkIndex(ctx, d.name); err != nil {
			return err
		}
	}
	r, err := conn.RouteGet(ctx, q.req)
	if err != nil {
		return err
	}
	p := routePrinter{
		printer: newPrinter(s.Stdout, o), o: o, f: &routeFilter{clones: clonedOrNot}, links: s.linkMap(conn),
	}
	if err := p.learn(ctx, &r); err != nil {
		return errors.Join(err, p.close())
	}
	p.route(&r, false)
	return p.close()
}
