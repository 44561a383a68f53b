package rtnl

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"testing"

	"github.com/jsimonetti/rtnetlink/v2"
	"github.com/nslab/nslab/internal/testenv"
	"golang.org/x/sys/unix"
)

// second decodes a message with jsimonetti/rtnetlink and with this package, and
// returns how the results differ. If both fail, that is no difference.
func second(m Message) string {
	switch m.Type {
	case unix.RTM_NEWADDR:
		return secondAddress(m)
	case unix.RTM_NEWROUTE:
		return secondRoute(m)
	case unix.RTM_NEWRULE:
		return secondRule(m)
	case unix.RTM_NEWNEIGH:
		return secondNeigh(m)
	}
	return fmt.Sprintf("type %d", m.Type)
}

func differ(what string, ours, theirs error, diff func() string) string {
	switch {
	case ours != nil && theirs != nil:
		return ""
	case ours != nil || theirs != nil:
		return fmt.Sprintf("%s: our error is %v, rtnetlink's %v", what, ours, theirs)
	}
	return diff()
}

func addrOf(ip net.IP) netip.Addr {
	a, _ := netip.AddrFromSlice(ip)
	return a
}

func secondAddress(m Message) string {
	a, err := DecodeAddress(m)
	var o rtnetlink.AddressMessage
	return differ("address", err, o.UnmarshalBinary(m.Data), func() string {
		at := o.Attributes
		if at == nil {
			at = &rtnetlink.AddressAttributes{}
		}
		local, peer := addrOf(at.Local), addrOf(at.Address)
		if !local.IsValid() {
			local, peer = peer, netip.Addr{}
		} else if peer == local {
			peer = netip.Addr{}
		}
		flags := at.Flags
		if flags == 0 && a.Flags != 0 {
			flags = uint32(o.Flags)
		}
		want := Address{
			Link: LinkIndex(o.Index), Scope: o.Scope, Peer: peer, Broadcast: addrOf(at.Broadcast), Anycast: addrOf(at.Anycast),
			Multicast: addrOf(at.Multicast), Label: string(cString([]byte(at.Label))), Flags: flags, Metric: at.Priority,
			Preferred: Some(at.CacheInfo.Preferred), Valid: Some(at.CacheInfo.Valid),
			Created: fromClockT(uint64(at.CacheInfo.Created)), Updated: fromClockT(uint64(at.CacheInfo.Updated)),
		}
		if local.IsValid() {
			want.Prefix = netip.PrefixFrom(local, int(o.PrefixLength))
		}
		got := a
		got.Protocol, got.TargetNetNSID = 0, Opt[int32]{} // not there
		got.Preferred, got.Valid = Some(got.Preferred.Or(0)), Some(got.Valid.Or(0))
		return same(want, got)
	})
}

func secondRoute(m Message) string {
	r, err := DecodeRoute(m)
	var o rtnetlink.RouteMessage
	return differ("route", err, o.UnmarshalBinary(m.Data), func() string {
		at := o.Attributes
		want := Route{
			Family: o.Family, TOS: o.Tos, Table: uint32(o.Table), Protocol: o.Protocol, Scope: Some(o.Scope),
			Type: o.Type, Flags: o.Flags, Priority: at.Priority, Gateway: addrOf(at.Gateway), OIF: LinkIndex(at.OutIface),
			PrefSrc: addrOf(at.Src), Mark: at.Mark, Pref: optional(at.Pref),
		}
		if at.Table != 0 || r.Table == 0 {
			want.Table = at.Table
		}
		if at.Dst != nil {
			want.Dst = netip.PrefixFrom(addrOf(at.Dst), int(o.DstLength))
		}
		got := r
		// What it does not decode.
		got.Src, got.IIF, got.NHID, got.Realms, got.UID = netip.Prefix{}, 0, 0, 0, Opt[uint32]{}
		got.TTLPropagate, got.CacheInfo, got.EncapType, got.Encap = Opt[uint8]{}, Opt[RouteCacheInfo]{}, 0, nil
		got.Expires = Opt[uint32]{}
		if r.Gateway.IsValid() && ipFamily(r.Gateway) != r.Family {
			got.Gateway = netip.Addr{} // RTA_VIA
		}
		got.Metrics, got.Nexthops = nil, nil
		if mt := at.Metrics; mt != nil {
			have := *r.Metrics
			if mt.AdvMSS != have.AdvMSS || mt.Features != have.Features || mt.InitCwnd != have.InitCWND ||
				mt.InitRwnd != have.InitRWND || mt.MTU != have.MTU {
				return fmt.Sprintf("metrics: %+v, rtnetlink says %+v", have, *mt)
			}
		} else if r.Metrics != nil {
			return "metrics: rtnetlink has none"
		}
		if len(at.Multipath) != len(r.Nexthops) {
			return fmt.Sprintf("%d nexthops, rtnetlink has %d", len(r.Nexthops), len(at.Multipath))
		}
		for i, h := range at.Multipath {
			have := r.Nexthops[i]
			gateway := have.Gateway
			if ipFamily(gateway) != r.Family {
				gateway = netip.Addr{} // RTA_VIA
			}
			if h.Hop.IfIndex != have.OIF.Index || h.Hop.Flags != have.Flags || uint16(h.Hop.Hops)+1 != have.Weight ||
				addrOf(h.Gateway) != gateway {
				return fmt.Sprintf("nexthop %d: %+v, rtnetlink says %+v", i, have, h)
			}
		}
		return same(want, got)
	})
}

// secondRule compares this package's decoding of a rule with rtnetlink's. It
// leaves out what v2.2.0 reads wrongly: it reads the 32-bit numbers of
// FRA_UID_RANGE as 16-bit ones, and FRA_TUN_ID, which is in network byte order,
// in the machine's.
func secondRule(m Message) string {
	r, err := DecodeRule(m)
	// It refuses a rule with an unknown attribute: from Linux 6.15 on, one with
	// ports.
	known := slices.Clone(m.Data[:fibRuleHdrLen])
	a := NewAttrReader(m.Data[fibRuleHdrLen:])
	for rest := a.rest; a.Next(); rest = a.rest {
		if a.Type() <= unix.FRA_DPORT_RANGE {
			known = append(known, rest[:len(rest)-len(a.rest)]...)
		}
	}
	var o rtnetlink.RuleMessage
	return differ("rule", err, o.UnmarshalBinary(known), func() string {
		at := o.Attributes
		if at == nil {
			at = &rtnetlink.RuleAttributes{}
		}
		for _, f := range []struct {
			name      string
			ours, its any
		}{
			{"family", r.Family, o.Family}, {"TOS", r.TOS, o.TOS}, {"action", r.Action, o.Action},
			{"flags", r.Flags, o.Flags}, {"table", r.Table, deref(at.Table, uint32(o.Table))},
			{"priority", r.Priority, Some(deref(at.Priority, 0))}, {"goto", r.Goto, deref(at.Goto, 0)},
			{"mark", r.FwMark, deref(at.FwMark, 0)}, {"mask", r.FwMask, optional(at.FwMask)},
			{"iif", r.IIFName, untilNUL(at.IIFName)}, {"oif", r.OIFName, untilNUL(at.OIFName)},
			{"l3mdev", r.L3MDev, deref(at.L3MDev, 0)}, {"proto", r.IPProto, deref(at.IPProto, 0)},
			{"protocol", r.Protocol, deref(at.Protocol, 0)},
			{"prefix length", r.SuppressPrefixLen.Or(noSuppression), deref(at.SuppressPrefixLen, noSuppression)},
			{"group", r.SuppressIFGroup.Or(noSuppression), deref(at.SuppressIFGroup, noSuppression)},
			{"source realm", uint16(r.Realms >> 16), deref(at.SrcRealm, 0)},
			{"realm", uint16(r.Realms), deref(at.DstRealm, 0)},
			{"sport", r.SrcPorts, PortRange(deref(at.SPortRange, rtnetlink.RulePortRange{}))},
			{"dport", r.DstPorts, PortRange(deref(at.DPortRange, rtnetlink.RulePortRange{}))},
			{"source", r.Src.Addr(), addrOf(deref(at.Src, nil))}, {"destination", r.Dst.Addr(), addrOf(deref(at.Dst, nil))},
			{"source length", uint8(max(r.Src.Bits(), 0)), o.SrcLength},
			{"destination length", uint8(max(r.Dst.Bits(), 0)), o.DstLength},
		} {
			if f.ours != f.its {
				return fmt.Sprintf("%s: %v, rtnetlink says %v", f.name, f.ours, f.its)
			}
		}
		return ""
	})
}

func secondNeigh(m Message) string {
	n, err := DecodeNeigh(m)
	var o rtnetlink.NeighMessage
	return differ("neighbour", err, o.UnmarshalBinary(m.Data), func() string {
		at := o.Attributes
		if at == nil {
			at = &rtnetlink.NeighAttributes{}
		}
		want := Neigh{
			Family: uint8(o.Family), Link: LinkIndex(o.Index), State: o.State, Flags: o.Flags, Type: o.Type,
			Dst: addrOf(at.Address), LLAddr: at.LLAddress, Via: LinkIndex(at.IfIndex),
		}
		if ci := at.CacheInfo; ci != nil {
			want.CacheInfo = Some(NeighCacheInfo{
				Confirmed: fromClockT(uint64(ci.Confirmed)), Used: fromClockT(uint64(ci.Used)),
				Updated: fromClockT(uint64(ci.Updated)), References: ci.RefCount,
			})
		}
		got := Neigh{
			Family: n.Family, Link: LinkIndex(n.Link.Index), State: n.State, Flags: n.Flags, Type: n.Type,
			Dst: n.Dst, LLAddr: n.LLAddr, Via: LinkIndex(n.Via.Index), CacheInfo: n.CacheInfo,
		}
		return same(want, got)
	})
}

// variety fills the test's namespace with something of everything.
func variety(t testing.TB, c *Conn) {
	t.Helper()
	testenv.NeedTool(t, "ip", "bridge")
	plumb(t, c)
	for _, cases := range [][]twin{addrPairs(), routePairs(), rulePairs(), neighPairs(), fdbPairs()} {
		for _, p := range cases {
			do(t, c, p.req)
		}
	}
}

var differentialDumps = []struct {
	name   string
	req    Request
	header int
	least  int // entries that must exist, or the test shows nothing
}{
	{"addresses", &AddrDump{}, unix.SizeofIfAddrmsg, 6},
	{"routes", &RouteDump{}, unix.SizeofRtMsg, 20},
	{"rules", &RuleDump{}, fibRuleHdrLen, 10},
	{"neighbours", &NeighDump{}, unix.SizeofNdMsg, 3},
	{"proxies", &NeighDump{Proxy: true}, unix.SizeofNdMsg, 1},
	{"FDB", &NeighDump{Family: unix.AF_BRIDGE}, unix.SizeofNdMsg, 4},
}

// TestIntegrationDifferential decodes what the kernel dumps, and random changes
// of it that keep every length, with jsimonetti/rtnetlink and with this
// package.
func TestIntegrationDifferential(t *testing.T) {
	c := dial(t, nil)
	variety(t, c)
	rng := rand.New(rand.NewPCG(1, 2))
	for _, d := range differentialDumps {
		t.Run(d.name, func(t *testing.T) {
			msgs, err := c.Dump(t.Context(), d.req)
			if err != nil {
				t.Fatal(err)
			}
			if msgs.Len() < d.least {
				t.Fatalf("only %d entries", msgs.Len())
			}
			for m := range msgs.All() {
				if diff := second(m); diff != "" {
					t.Errorf("%x: %s", m.Data, diff)
				}
				for range 50 {
					mut := m
					mut.Data = mutate(rng, m.Data, d.header)
					if diff := second(mut); diff != "" {
						t.Fatalf("changed to %x: %s", mut.Data, diff)
					}
				}
			}
		})
	}
}

// mutate returns a copy of a message with other payload bytes. Lengths and
// types stay, also inside nests.
func mutate(rng *rand.Rand, b []byte, header int) []byte {
	b = slices.Clone(b)
	payloads := [][]byte{b[4:header]}
	r := NewAttrReader(b[header:])
	for r.Next() {
		route := header == unix.SizeofRtMsg
		switch {
		case route && r.Type() == unix.RTA_METRICS:
			for n := r.Nested(); n.Next(); {
				payloads = append(payloads, n.Bytes())
			}
		case route && (r.Type() == unix.RTA_MULTIPATH || r.Type() == unix.RTA_ENCAP || r.Type() == unix.RTA_VIA):
		case len(r.Bytes()) > 0:
			payloads = append(payloads, r.Bytes())
		}
	}
	for range 1 + rng.IntN(4) {
		p := payloads[rng.IntN(len(payloads))]
		p[rng.IntN(len(p))] = byte(rng.Uint32())
	}
	return b
}

// TestTruncated cuts every message at every byte. A decoder either finds
// everything it needs in the rest, or reports that it is malformed.
func TestTruncated(t *testing.T) {
	decode := map[uint16]func(Message) error{
		unix.RTM_NEWADDR:  func(m Message) error { _, err := DecodeAddress(m); return err },
		unix.RTM_NEWROUTE: func(m Message) error { _, err := DecodeRoute(m); return err },
		unix.RTM_NEWRULE:  func(m Message) error { _, err := DecodeRule(m); return err },
		unix.RTM_NEWNEIGH: func(m Message) error { _, err := DecodeNeigh(m); return err },
		unix.RTM_NEWNSID:  func(m Message) error { _, err := DecodeNSID(m); return err },
	}
	reqs := []twin{{req: &NSIDSet{NetNS: NetNSFD(1), ID: 5}}}
	for _, list := range [][]twin{addrPairs(), routePairs(), rulePairs(), neighPairs(), fdbPairs()} {
		reqs = append(reqs, list...)
	}
	for _, p := range reqs {
		var e Encoder
		if _, err := e.message(p.req); err != nil {
			t.Fatal(err)
		}
		m, _, err := nextMessage(e.buf)
		if err != nil {
			t.Fatal(err)
		}
		whole := m.Data
		if err := decode[m.Type](m); err != nil {
			t.Errorf("%T %x: %v", p.req, whole, err)
		}
		malformed := 0
		for n := range whole {
			m.Data = whole[:n]
			if err := decode[m.Type](m); errors.Is(err, ErrMalformed) {
				malformed++
			} else if err != nil {
				t.Errorf("%T %x: %v", p.req, m.Data, err)
			}
		}
		// Only cuts between attributes can go unnoticed: one in four at most.
		if malformed < len(whole)*3/4-1 {
			t.Errorf("%T: of %d cuts only %d were noticed", p.req, len(whole), malformed)
		}
		m.Type, m.Data = unix.RTM_NEWLINK, whole
		for typ, f := range decode {
			if err := f(m); !errors.Is(err, ErrMalformed) {
				t.Errorf("a link decoded as type %d: %v", typ, err)
			}
		}
	}
}

func deref[T any](p *T, def T) T {
	if p == nil {
		return def
	}
	return *p
}

func optional[T any](p *T) Opt[T] {
	if p == nil {
		return Opt[T]{}
	}
	return Some(*p)
}

// untilNUL returns a name as the kernel reads it; rtnetlink keeps what follows
// a NUL.
func untilNUL(name *string) string { return string(cString([]byte(deref(name, "")))) }
