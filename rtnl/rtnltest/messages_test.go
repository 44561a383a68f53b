package rtnltest_test

import (
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/rtnl/rtnltest"
	"golang.org/x/sys/unix"
)

// fill sets every field of a struct to something that is not zero.
func fill(t *testing.T, v reflect.Value, n *uint64) {
	t.Helper()
	for i := range v.NumField() {
		f := v.Field(i)
		*n++
		switch o := f.Addr().Interface().(type) {
		case *rtnl.Opt[uint32]:
			*o = rtnl.Some(uint32(*n))
			continue
		case *rtnl.Opt[int32]:
			*o = rtnl.Some(int32(*n))
			continue
		}
		switch f.Kind() {
		case reflect.Uint8, reflect.Uint16, reflect.Uint32:
			f.SetUint(*n)
		case reflect.String:
			f.SetString("s" + string(rune('a'+*n%26)))
		case reflect.Slice:
			if f.Type().Elem().Kind() == reflect.String {
				f.Set(reflect.ValueOf([]string{"alt", "another"}))
			} else {
				f.SetBytes([]byte{byte(*n), 2, 3, 4, 5})
			}
		default:
			t.Fatalf("no value for %s", v.Type().Field(i).Name)
		}
	}
}

func same(t *testing.T, want, got any, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{}),
		cmp.Exporter(func(reflect.Type) bool { return true })); diff != "" {
		t.Errorf("(-given +decoded)\n%s", diff)
	}
}

// What is decoded from the message of an object is that object, in every field.
func TestNewLink(t *testing.T) {
	var l rtnl.Link
	var n uint64
	fill(t, reflect.ValueOf(&l).Elem(), &n)
	got, err := rtnl.DecodeLink(rtnltest.NewLink(l))
	same(t, l, got, err)
	got, err = rtnl.DecodeLink(rtnltest.NewLink(rtnl.Link{}))
	same(t, rtnl.Link{}, got, err)
}

func TestNewAddr(t *testing.T) {
	eth := rtnl.LinkIndex(7)
	for _, a := range []rtnl.Address{
		{Link: eth, Prefix: netip.MustParsePrefix("192.0.2.1/24")},
		{Link: eth, Prefix: netip.MustParsePrefix("2001:db8::1/64"), Scope: 253, Flags: unix.IFA_F_PERMANENT | unix.IFA_F_NOPREFIXROUTE,
			Preferred: rtnl.Some[uint32](0), Valid: rtnl.Some[uint32](5), Created: 70 * time.Millisecond, Updated: time.Second,
			Protocol: 2, Metric: 9, TargetNetNSID: rtnl.Some[int32](0)},
		{Link: eth, Prefix: netip.MustParsePrefix("192.0.2.1/32"), Peer: netip.MustParseAddr("192.0.2.2"),
			Broadcast: netip.MustParseAddr("192.0.2.255"), Label: "eth0:1"},
	} {
		got, err := rtnl.DecodeAddress(rtnltest.NewAddr(a))
		same(t, a, got, err)
	}
}

func TestNewRoute(t *testing.T) {
	eth := rtnl.LinkIndex(7)
	full := rtnl.Route{
		Family: unix.AF_INET6, Dst: netip.MustParsePrefix("2001:db8::/32"), Src: netip.MustParsePrefix("2001:db8:1::/48"),
		Table: 1000, Protocol: unix.RTPROT_BGP, Type: unix.RTN_UNICAST, Scope: rtnl.Some[uint8](0),
		Flags: unix.RTNH_F_LINKDOWN | unix.RTM_F_OFFLOAD, Priority: 20, Gateway: netip.MustParseAddr("fe80::1"), OIF: eth, IIF: 3,
		PrefSrc: netip.MustParseAddr("2001:db8::7"), Metrics: &rtnl.RouteMetrics{MTU: 1400, Congestion: "reno"}, NHID: 12,
		Pref: rtnl.Some[uint8](1), Expires: rtnl.Some[uint32](60), TTLPropagate: rtnl.Some[uint8](1), Mark: 5, UID: rtnl.Some[uint32](0),
		CacheInfo: rtnl.Some(rtnl.RouteCacheInfo{References: 1, LastUse: time.Second, Expires: -time.Second, Error: -13, Used: 4, ID: 5, TS: 6, TSAge: 7}),
	}
	for _, r := range []rtnl.Route{
		(&rtnl.Route{Dst: netip.MustParsePrefix("192.0.2.0/24"), Gateway: netip.MustParseAddr("192.0.2.1")}).Normal(),
		(&rtnl.Route{Nexthops: []rtnl.Nexthop{{OIF: eth, Weight: 3, Gateway: netip.MustParseAddr("192.0.2.1")}, {OIF: eth, Weight: 1}}}).Normal(),
		full,
	} {
		got, err := rtnl.DecodeRoute(rtnltest.NewRoute(r))
		same(t, r, got, err)
	}
}

func TestNewRule(t *testing.T) {
	for _, r := range []rtnl.Rule{
		{Family: unix.AF_INET, Priority: rtnl.Some[uint32](0), Action: unix.FR_ACT_TO_TBL, Table: unix.RT_TABLE_LOCAL, Flags: unix.FIB_RULE_PERMANENT},
		{Family: unix.AF_INET6, Priority: rtnl.Some[uint32](5), Action: unix.FR_ACT_GOTO, Goto: 9, Src: netip.MustParsePrefix("2001:db8::/32"),
			FwMark: 1, FwMask: rtnl.Some[uint32](15), IIFName: "eth0", IPProto: 6, DstPorts: rtnl.PortRange{Start: 80, End: 90}, Protocol: 4},
	} {
		got, err := rtnl.DecodeRule(rtnltest.NewRule(r))
		same(t, r, got, err)
	}
}

func TestNewNeigh(t *testing.T) {
	eth := rtnl.LinkIndex(7)
	for _, n := range []rtnl.Neigh{
		{Family: unix.AF_INET, Link: eth, Dst: netip.MustParseAddr("192.0.2.1")},
		{Family: unix.AF_INET, Link: eth, Dst: netip.MustParseAddr("192.0.2.1"), State: unix.NUD_REACHABLE, Type: unix.RTN_UNICAST,
			LLAddr: []byte{2, 0, 0, 0, 0, 1}, Probes: 4, Protocol: 3,
			CacheInfo: rtnl.Some(rtnl.NeighCacheInfo{Confirmed: time.Second, Used: 2 * time.Second, Updated: 30 * time.Millisecond, References: 1})},
		{Family: unix.AF_BRIDGE, Link: eth, LLAddr: []byte{2, 0, 0, 0, 0, 1}, State: unix.NUD_NOARP, Flags: unix.NTF_SELF, VLAN: 5,
			Dst: netip.MustParseAddr("192.0.2.1"), Port: 8472, VNI: 6, SrcVNI: 7, Via: rtnl.LinkIndex(8), Master: 9, LinkNetNSID: rtnl.Some[int32](0)},
	} {
		got, err := rtnl.DecodeNeigh(rtnltest.NewNeigh(n))
		same(t, n, got, err)
	}
}

func TestDel(t *testing.T) {
	if m := rtnltest.Del(rtnltest.NewNeigh(rtnl.Neigh{Link: rtnl.LinkIndex(1), Dst: netip.MustParseAddr("192.0.2.1")})); m.Type != unix.RTM_DELNEIGH {
		t.Errorf("type %d", m.Type)
	}
}

func TestMessagePanics(t *testing.T) {
	defer func() {
		if r := recover(); r != "rtnltest: invalid request: no address with a prefix length given" {
			t.Errorf("panic: %v", r)
		}
	}()
	rtnltest.NewAddr(rtnl.Address{})
}
