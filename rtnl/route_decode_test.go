package rtnl

import (
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/internal/testenv"
)

// TestRouteRoundTrip decodes what requests encode.
func TestRouteRoundTrip(t *testing.T) {
	for _, p := range routePairs() {
		var e Encoder
		if _, err := e.message(p.req); err != nil {
			t.Fatal(err)
		}
		m, _, err := nextMessage(e.buf)
		if err != nil {
			t.Fatal(err)
		}
		got, err := DecodeRoute(m)
		if err != nil {
			t.Errorf("%s: %v", p.line, err)
			continue
		}
		want := p.req.(*RouteAdd).Route
		want.Family, want.Type, want.Table = got.Family, max(want.Type, unix.RTN_UNICAST), got.Table
		want.Protocol, want.Scope = got.Protocol, got.Scope
		want.Nexthops = slices.Clone(want.Nexthops)
		for i := range want.Nexthops {
			want.Nexthops[i].Weight = max(want.Nexthops[i].Weight, 1)
		}
		if diff := same(want, got); diff != "" {
			t.Errorf("%s (-encoded +decoded):\n%s", p.line, diff)
		}
	}
}

func TestDecodeRouteMalformed(t *testing.T) {
	header := []byte{unix.AF_INET, 16, 0, 0, 254, 3, 0, 1, 0, 0, 0, 0}
	dst := func(b []byte) []byte { return append(b, 8, 0, 1, 0, 10, 9, 0, 0) }
	attr := func(typ uint16, payload ...byte) []byte {
		b := binary.NativeEndian.AppendUint16(dst(slices.Clone(header)), uint16(4+len(payload)))
		return append(binary.NativeEndian.AppendUint16(b, typ), payload...)
	}
	testenv.NeedLittleEndian(t)
	for name, b := range map[string][]byte{
		"empty":                  nil,
		"short header":           header[:11],
		"length without address": header,
		"short table":            attr(unix.RTA_TABLE, 1, 2),
		"odd gateway":            attr(unix.RTA_GATEWAY, 1, 2, 3, 4, 5),
		"short via":              attr(unix.RTA_VIA, 2),
		"via of wrong length":    attr(unix.RTA_VIA, 10, 0, 1, 2, 3, 4),
		"via of IPv4 in 16":      attr(unix.RTA_VIA, append([]byte{2, 0}, make([]byte, 16)...)...),
		"short metric":           attr(unix.RTA_METRICS, 6, 0, 2, 0, 1, 2),
		"cut metric":             attr(unix.RTA_METRICS, 8, 0, 2, 0, 1, 2),
		"short nexthop":          attr(unix.RTA_MULTIPATH, 16, 0, 0),
		"nexthop of length 4":    attr(unix.RTA_MULTIPATH, 4, 0, 0, 0, 1, 0, 0, 0),
		"nexthop too long":       attr(unix.RTA_MULTIPATH, 16, 0, 0, 0, 1, 0, 0, 0),
		"nexthop's gateway":      attr(unix.RTA_MULTIPATH, 16, 0, 0, 0, 1, 0, 0, 0, 8, 0, 5, 0, 1, 2, 3),
		"nexthop's odd gateway":  attr(unix.RTA_MULTIPATH, 16, 0, 0, 0, 1, 0, 0, 0, 7, 0, 5, 0, 1, 2, 3, 0),
		"short cacheinfo":        attr(unix.RTA_CACHEINFO, make([]byte, 31)...),
		"IPv6 destination":       attr(unix.RTA_DST, make([]byte, 16)...),
	} {
		r, err := DecodeRoute(Message{Type: unix.RTM_NEWROUTE, Data: b})
		if !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v, %+v", name, err, r)
		}
	}
	if _, err := DecodeRoute(Message{Type: unix.RTM_NEWADDR, Data: header}); !errors.Is(err, ErrMalformed) {
		t.Errorf("an address: %v", err)
	}
	mpls := slices.Clone(header)
	mpls[0] = unix.AF_MPLS
	if _, err := DecodeRoute(Message{Type: unix.RTM_NEWROUTE, Data: mpls}); !errors.Is(err, ErrNotSupported) {
		t.Errorf("an MPLS route: %v", err)
	}
}

func FuzzDecodeRoute(f *testing.F) {
	for _, p := range routePairs() {
		seed(f, p.req)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := DecodeRoute(Message{Type: unix.RTM_NEWROUTE, Data: b})
		checkDecoded(t, err)
		if err != nil {
			return
		}
		// Whatever was decoded either encodes or says why not.
		var e Encoder
		if _, err := e.message(&RouteAdd{Route: r}); err != nil && !errors.Is(err, ErrInvalid) {
			t.Error(err)
		}
	})
}

// BenchmarkDecodeRoute decodes a plain IPv4 route, as fills large tables.
func BenchmarkDecodeRoute(b *testing.B) {
	var e Encoder
	if _, err := e.message(&RouteAdd{Route: Route{Dst: prefix("10.9.0.0/24"), Gateway: ip("10.0.1.2"), OIF: LinkIndex(10), Priority: 5}}); err != nil {
		b.Fatal(err)
	}
	m, _, err := nextMessage(e.buf)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		var r Route
		if err := r.decode(m); err != nil {
			b.Fatal(err)
		}
	}
}
