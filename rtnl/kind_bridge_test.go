package rtnl

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sys/unix"
)

// ipBridge is what `ip -j -d link show` prints as a bridge's info_data; times
// are in USER_HZ ticks.
type ipBridge struct {
	ForwardDelay          uint64  `json:"forward_delay"`
	HelloTime             uint64  `json:"hello_time"`
	MaxAge                uint64  `json:"max_age"`
	AgeingTime            uint64  `json:"ageing_time"`
	STPState              uint32  `json:"stp_state"`
	Priority              uint16  `json:"priority"`
	VLANFiltering         uint8   `json:"vlan_filtering"`
	VLANProtocol          string  `json:"vlan_protocol"`
	VLANDefaultPVID       uint16  `json:"vlan_default_pvid"`
	VLANStatsEnabled      uint8   `json:"vlan_stats_enabled"`
	VLANStatsPerPort      uint8   `json:"vlan_stats_per_port"`
	BridgeID              string  `json:"bridge_id"`
	RootID                string  `json:"root_id"`
	RootPort              uint16  `json:"root_port"`
	RootPathCost          uint32  `json:"root_path_cost"`
	TopologyChange        uint8   `json:"topology_change"`
	TopologyChangeDetect  uint8   `json:"topology_change_detected"`
	HelloTimer            float64 `json:"hello_timer"`
	TCNTimer              float64 `json:"tcn_timer"`
	TopologyChangeTimer   float64 `json:"topology_change_timer"`
	GCTimer               float64 `json:"gc_timer"`
	GroupFwdMask          string  `json:"group_fwd_mask"`
	GroupFwdMaskText      string  `json:"group_fwd_mask_str"`
	GroupAddr             string  `json:"group_addr"`
	Snooping              uint8   `json:"mcast_snooping"`
	NoLinkLocalLearn      uint32  `json:"no_linklocal_learn"`
	VLANSnooping          uint32  `json:"mcast_vlan_snooping"`
	Router                uint8   `json:"mcast_router"`
	QueryUseIfaddr        uint8   `json:"mcast_query_use_ifaddr"`
	Querier               uint8   `json:"mcast_querier"`
	HashElasticity        uint32  `json:"mcast_hash_elasticity"`
	HashMax               uint32  `json:"mcast_hash_max"`
	LastMemberCount       uint32  `json:"mcast_last_member_cnt"`
	StartupQueryCount     uint32  `json:"mcast_startup_query_cnt"`
	LastMemberInterval    uint64  `json:"mcast_last_member_intvl"`
	MembershipInterval    uint64  `json:"mcast_membership_intvl"`
	QuerierInterval       uint64  `json:"mcast_querier_intvl"`
	QueryInterval         uint64  `json:"mcast_query_intvl"`
	QueryResponseInterval uint64  `json:"mcast_query_response_intvl"`
	StartupQueryInterval  uint64  `json:"mcast_startup_query_intvl"`
	StatsEnabled          uint8   `json:"mcast_stats_enabled"`
	IGMPVersion           uint8   `json:"mcast_igmp_version"`
	MLDVersion            uint8   `json:"mcast_mld_version"`
	IPTables              uint8   `json:"nf_call_iptables"`
	IP6Tables             uint8   `json:"nf_call_ip6tables"`
	ARPTables             uint8   `json:"nf_call_arptables"`
}

func ipBridgeData(t testing.TB, data json.RawMessage) ipBridge {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	var v ipBridge
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	// Timers run between two readings. Only check that they run.
	v.HelloTimer, v.TCNTimer, v.TopologyChangeTimer, v.GCTimer = 0, 0, 0, 0
	v.GroupFwdMaskText = ""
	return v
}

// bridgeAsIP returns what ip prints for options that this package decoded.
func bridgeAsIP(t testing.TB, data []byte) ipBridge {
	t.Helper()
	b, err := DecodeBridge(data)
	if err != nil {
		t.Fatal(err)
	}
	for what, timer := range map[string]time.Duration{"hello": b.HelloTimer, "TCN": b.TCNTimer, "topology change": b.TopologyChangeTimer, "GC": b.GCTimer} {
		if timer < 0 || timer > time.Hour {
			t.Errorf("%s timer: %v", what, timer)
		}
	}
	ticks := func(d Opt[time.Duration]) uint64 { return uint64(d.Or(-1) / (10 * time.Millisecond)) }
	// iproute2 prints an identifier's bytes without leading zeros.
	id := func(v [8]byte) string {
		return fmt.Sprintf("%02x%02x.%x:%x:%x:%x:%x:%x", v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7])
	}
	v := ipBridge{
		ForwardDelay: ticks(b.ForwardDelay), HelloTime: ticks(b.HelloTime), MaxAge: ticks(b.MaxAge), AgeingTime: ticks(b.AgeingTime),
		STPState: b.STPState.Or(9), Priority: b.Priority.Or(9), VLANFiltering: b.VLANFiltering.Or(9),
		BridgeID: id(b.BridgeID), RootID: id(b.RootID), RootPort: b.RootPort, RootPathCost: b.RootPathCost,
		TopologyChange: b.TopologyChange, TopologyChangeDetect: b.TopologyChangeDetected,
		GroupFwdMask: strings.Replace(fmt.Sprintf("%#x", b.GroupFwdMask.Or(9)), "0x0", "0", 1), GroupAddr: b.GroupAddr.String(),
		Snooping: b.MulticastSnooping.Or(9), NoLinkLocalLearn: b.MultiBool & 1, VLANSnooping: b.MultiBool >> 1 & 1,
		Router: b.MulticastRouter.Or(9), QueryUseIfaddr: b.MulticastQueryUseIfaddr.Or(9), Querier: b.MulticastQuerier.Or(9),
		HashElasticity: b.MulticastHashElasticity.Or(9), HashMax: b.MulticastHashMax.Or(9),
		LastMemberCount: b.MulticastLastMemberCount.Or(9), StartupQueryCount: b.MulticastStartupQueryCount.Or(9),
		LastMemberInterval: ticks(b.MulticastLastMemberInterval), MembershipInterval: ticks(b.MulticastMembershipInterval),
		QuerierInterval: ticks(b.MulticastQuerierInterval), QueryInterval: ticks(b.MulticastQueryInterval),
		QueryResponseInterval: ticks(b.MulticastQueryResponseInterval), StartupQueryInterval: ticks(b.MulticastStartupQueryInterval),
		StatsEnabled: b.MulticastStatsEnabled.Or(9), IGMPVersion: b.MulticastIGMPVersion.Or(9), MLDVersion: b.MulticastMLDVersion.Or(9),
		IPTables: b.NFCallIPTables.Or(9), IP6Tables: b.NFCallIP6Tables.Or(9), ARPTables: b.NFCallARPTables.Or(9),
	}
	if p, ok := b.VLANProtocol.Get(); ok { // a kernel with VLAN filtering
		v.VLANProtocol = map[uint16]string{0x8100: "802.1Q", 0x88a8: "802.1ad"}[p]
		v.VLANDefaultPVID, v.VLANStatsEnabled, v.VLANStatsPerPort = b.VLANDefaultPVID.Or(9), b.VLANStatsEnabled.Or(9), b.VLANStatsPerPort.Or(9)
	} else {
		v.VLANFiltering = 0
	}
	return v
}

// The kernel reports what a create sets, option by option, and the same holds
// for a set on a bridge that has the defaults.
func TestIntegrationBridgeOptions(t *testing.T) {
	c := dial(t, nil)
	clearLinks(t, c)
	do(t, c, &LinkAdd{Kind: &Bridge{}, Name: "defaults"})
	plain := bridgeInfo(t, c, "defaults")
	want := fullBridge()
	// What the kernel changes by itself or does not have.
	want.FDBFlush = false                           // an act, no state
	want.MulticastHashElasticity = Some(uint32(16)) // ignored since 4.21
	if !plain.VLANProtocol.IsSet() {
		t.Log("a kernel without VLAN filtering: its options are ignored")
		want.VLANFiltering, want.VLANProtocol, want.VLANDefaultPVID = plain.VLANFiltering, plain.VLANProtocol, plain.VLANDefaultPVID
		want.VLANStatsEnabled, want.VLANStatsPerPort = plain.VLANStatsEnabled, plain.VLANStatsPerPort
	}
	if want.MultiBoolMask &= plain.MultiBoolMask; plain.FDBMaxLearned.IsSet() {
		want.FDBMaxLearned = Some(uint32(1000))
	}
	ask := fullBridge()
	ask.MultiBoolMask, ask.FDBMaxLearned = want.MultiBoolMask, want.FDBMaxLearned
	if !plain.VLANProtocol.IsSet() {
		// The kernel reports an error if VLANs are explicitly asked for.
		err := c.Do(t.Context(), &LinkAdd{Kind: &Bridge{VLANFiltering: Some(uint8(1))}, Name: "vlans"})
		if !errors.Is(err, ErrNotSupported) {
			t.Errorf("VLAN filtering: got %v", err)
		}
		absent(t, c, "vlans")
		ask = withoutVLANs(ask)
		want.MultiBoolMask &= ask.MultiBoolMask
	}
	do(t, c, &LinkAdd{Kind: ask, Name: "created"})
	do(t, c, &LinkAdd{Kind: &Bridge{}, Name: "changed"}, &LinkSet{Link: LinkName("changed"), Kind: ask})
	agreeWithIP(t, c)
	for _, name := range []string{"created", "changed"} {
		got := bridgeInfo(t, c, name)
		got.MultiBoolMask = want.MultiBoolMask // the kernel reports every bit it knows
		got.MultiBool &= want.MultiBoolMask
		if diff := cmp.Diff(*want, got.Bridge, allowOpts); diff != "" {
			t.Errorf("%s: - asked for, + read back\n%s", name, diff)
		}
		if got.BridgeID != got.RootID || got.BridgeID[0] != 0x10 {
			t.Errorf("%s: bridge ID %x, root ID %x, want them equal with priority 4096", name, got.BridgeID, got.RootID)
		}
	}
	// None of the values is the default, so each was really set.
	ours, defaults := reflect.ValueOf(*want), reflect.ValueOf(plain.Bridge)
	same := map[string]bool{"MulticastHashElasticity": true, "MulticastSnooping": true, "FDBFlush": true}
	for i := range ours.NumField() {
		name := ours.Type().Field(i).Name
		if name == "MultiBoolMask" || strings.HasPrefix(name, "VLAN") && !plain.VLANProtocol.IsSet() ||
			name == "FDBMaxLearned" && !plain.FDBMaxLearned.IsSet() { // Linux 6.8
			continue
		}
		if reflect.DeepEqual(ours.Field(i).Interface(), defaults.Field(i).Interface()) != same[name] {
			t.Errorf("%s: asked for %v, the default is %v", name, ours.Field(i), defaults.Field(i))
		}
	}
	do(t, c, &LinkSet{Link: LinkName("changed"), Kind: &Bridge{MulticastSnooping: Some(uint8(0))}})
	if got := bridgeInfo(t, c, "changed"); got.MulticastSnooping != Some(uint8(0)) || got.ForwardDelay != want.ForwardDelay {
		t.Errorf("after a change of one option: %+v", got)
	}
}

// withoutVLANs removes what a kernel without VLAN filtering refuses.
func withoutVLANs(b *Bridge) *Bridge {
	b.VLANFiltering = Opt[uint8]{}
	b.MultiBoolMask &^= 2 // mcast_vlan_snooping
	return b
}

var allowOpts = cmp.Options{
	cmp.AllowUnexported(Opt[uint8]{}, Opt[uint16]{}, Opt[uint32]{}, Opt[int32]{}, Opt[time.Duration]{}), cmpopts.EquateEmpty(),
}

func bridgeInfo(t testing.TB, c *Conn, name string) *BridgeInfo {
	t.Helper()
	l, err := c.Link(t.Context(), LinkName(name))
	if err != nil {
		t.Fatal(err)
	}
	if l.Kind != "bridge" {
		t.Fatalf("%s is of kind %q", name, l.Kind)
	}
	b, err := DecodeBridge(l.Data)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// While STP is on, the kernel enforces the bounds of IEEE 802.1D for its
// timers.
func TestIntegrationBridgeTimerBounds(t *testing.T) {
	c := dial(t, nil)
	clearLinks(t, c)
	do(t, c, &LinkAdd{Kind: &Bridge{STPState: Some(uint32(1))}, Name: "stp"})
	for _, tt := range []struct {
		name string
		kind Bridge
		ok   bool
	}{
		{"forward delay below", Bridge{ForwardDelay: Some(1990 * time.Millisecond)}, false},
		{"forward delay lowest", Bridge{ForwardDelay: Some(2 * time.Second)}, true},
		{"forward delay highest", Bridge{ForwardDelay: Some(30 * time.Second)}, true},
		{"forward delay above", Bridge{ForwardDelay: Some(30010 * time.Millisecond)}, false},
		{"hello time below", Bridge{HelloTime: Some(990 * time.Millisecond)}, false},
		{"hello time highest", Bridge{HelloTime: Some(10 * time.Second)}, true},
		{"hello time above", Bridge{HelloTime: Some(10010 * time.Millisecond)}, false},
		{"max age below", Bridge{MaxAge: Some(5990 * time.Millisecond)}, false},
		{"max age highest", Bridge{MaxAge: Some(40 * time.Second)}, true},
		{"max age above", Bridge{MaxAge: Some(40010 * time.Millisecond)}, false},
	} {
		err := c.Do(t.Context(), &LinkSet{Link: LinkName("stp"), Kind: &tt.kind})
		if tt.ok && err != nil || !tt.ok && !errors.Is(err, unix.ERANGE) {
			t.Errorf("%s: got %v", tt.name, err)
		}
	}
	do(t, c, &LinkAdd{Kind: &Bridge{STPState: Some(uint32(0)), ForwardDelay: Some(time.Duration(0))}, Name: "quiet"})
	if b := bridgeInfo(t, c, "quiet"); b.ForwardDelay != Some(time.Duration(0)) {
		t.Errorf("forward delay %v without STP, want 0", b.ForwardDelay)
	}
}

func TestBridgeTimes(t *testing.T) {
	for d, want := range map[time.Duration]uint64{
		0: 0, 4 * time.Millisecond: 0, 5 * time.Millisecond: 1, 14999 * time.Microsecond: 1, 15 * time.Second: 1500,
		1<<63 - 1: 922337203685, // not wrapped by the rounding
	} {
		if got := clockT(d); got != want {
			t.Errorf("%v: %d ticks, want %d", d, got, want)
		}
	}
	if got := fromClockT(1<<64 - 1); got != 1<<63-1 {
		t.Errorf("the most ticks are %v, want the longest duration", got)
	}
	var e Encoder
	for _, b := range []*Bridge{
		{ForwardDelay: Some(-time.Nanosecond)}, {ForwardDelay: Some(time.Duration(1<<32) * 10 * time.Millisecond)},
		{MulticastQueryInterval: Some(-time.Second)},
	} {
		if _, err := e.message(&LinkAdd{Kind: b}); !errors.Is(err, ErrInvalid) || len(e.buf) != 0 {
			t.Errorf("%+v: got %v", b, err)
		}
	}
}

// EncodeData writes exactly the options that DecodeBridge reads.
func TestBridgeRoundTrip(t *testing.T) {
	b := fullBridge()
	b.FDBMaxLearned = Some(uint32(77))
	var e Encoder
	b.EncodeData(&e)
	if e.err != nil {
		t.Fatal(e.err)
	}
	got, err := DecodeBridge(e.buf)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(*b, got.Bridge, allowOpts); diff != "" {
		t.Errorf("- encoded, + decoded\n%s", diff)
	}
	v := reflect.ValueOf(*b)
	for i := range v.NumField() {
		if name := v.Type().Field(i).Name; v.Field(i).IsZero() {
			t.Errorf("fullBridge leaves %s out", name)
		}
	}
	// Every attribute that is cut short is an error, whatever else there is.
	for r := NewAttrReader(e.buf); r.Next(); {
		if len(r.Bytes()) == 0 || r.Type() == unix.IFLA_BR_GROUP_ADDR {
			continue
		}
		var short Encoder
		short.Bytes(r.Type(), r.Bytes()[:len(r.Bytes())-1])
		if _, err := DecodeBridge(short.buf); !errors.Is(err, ErrMalformed) {
			t.Errorf("attribute %d of %d bytes: got %v", r.Type(), len(r.Bytes())-1, err)
		}
	}
}
