package rtnl

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// fullBond has every option; some of them exclude each other.
func fullBond() *Bond {
	return &Bond{
		Mode: Some(BondActiveBackup), ActiveSlave: Some(LinkIndex(60)), MIIMon: Some(uint32(100)), UpDelay: Some(uint32(200)), DownDelay: Some(uint32(300)),
		PeerNotifDelay: Some(uint32(400)), UseCarrier: Some(uint8(0)), ARPInterval: Some(uint32(500)),
		ARPIPTargets: []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")},
		NSIP6Targets: []netip.Addr{netip.MustParseAddr("2001:db8::1")}, ARPValidate: Some(uint32(6)), ARPAllTargets: Some(uint32(1)),
		Primary: Some(LinkIndex(60)), PrimaryReselect: Some(uint8(2)), FailOverMAC: Some(uint8(2)), XmitHashPolicy: Some(uint8(5)),
		ResendIGMP: Some(uint32(9)), NumPeerNotif: Some(uint8(8)), AllSlavesActive: Some(uint8(1)), MinLinks: Some(uint32(7)),
		LPInterval: Some(uint32(6)), PacketsPerSlave: Some(uint32(5)), LACPActive: Some(uint8(0)), LACPRate: Some(uint8(1)),
		ADSelect: Some(uint8(2)), ADActorSysPrio: Some(uint16(4)), ADUserPortKey: Some(uint16(1023)), ADActorSystem: mac("02:00:00:00:00:0a"),
		TLBDynamicLB: Some(uint8(0)), MissedMax: Some(uint8(3)),
	}
}

var sameBond = cmp.AllowUnexported(Opt[uint8]{}, Opt[uint16]{}, Opt[uint32]{}, Opt[int32]{}, Opt[LinkRef]{})

var sameAddr = cmp.Comparer(func(a, b netip.Addr) bool { return a == b })

func bondData(k Kind) []byte {
	var e Encoder
	k.EncodeData(&e)
	return e.buf
}

// bondPair returns a namespace with a bond and a pair of which an end, down, may
// become its slave.
func bondPair(t *testing.T, k *Bond) *Conn {
	t.Helper()
	c := dial(t, &Config{NetNS: NetNSFD(newNetNS(t)), Name: "new"})
	err := c.Do(bg, &LinkAdd{Kind: k, Name: "bond", Index: 50})
	if errors.Is(err, ErrNotSupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	do(t, c, &LinkAdd{Kind: &Veth{Peer: &VethPeer{Name: "peer"}}, Name: "v0", Index: 60, LinkAttrs: LinkAttrs{Address: mac("02:00:00:00:00:60")}})
	return c
}

// What was set is there: of each mode the options that it has.
func TestIntegrationBond(t *testing.T) {
	for _, want := range []*Bond{
		{Mode: Some(BondBalanceRR), ARPInterval: Some(uint32(200)), ARPIPTargets: fullBond().ARPIPTargets, ARPValidate: Some(uint32(3)),
			ARPAllTargets: Some(uint32(1)), PacketsPerSlave: Some(uint32(5)), ResendIGMP: Some(uint32(9)), MissedMax: Some(uint8(3))},
		{Mode: Some(BondActiveBackup), MIIMon: Some(uint32(100)), UpDelay: Some(uint32(200)), DownDelay: Some(uint32(300)), PeerNotifDelay: Some(uint32(400)),
			PrimaryReselect: Some(uint8(2)), FailOverMAC: Some(uint8(1)), NumPeerNotif: Some(uint8(8)), AllSlavesActive: Some(uint8(1)), LPInterval: Some(uint32(6)),
			NSIP6Targets: fullBond().NSIP6Targets},
		{Mode: Some(BondBalanceXOR), XmitHashPolicy: Some(uint8(2)), MinLinks: Some(uint32(1))},
		{Mode: Some(BondBroadcast)},
		{Mode: Some(Bond8023AD), LACPActive: Some(uint8(0)), LACPRate: Some(uint8(1)), ADSelect: Some(uint8(2)), ADActorSysPrio: Some(uint16(4)),
			ADUserPortKey: Some(uint16(1023)), ADActorSystem: mac("02:00:00:00:00:0a"), MIIMon: Some(uint32(100))},
		{Mode: Some(BondBalanceTLB), TLBDynamicLB: Some(uint8(0))},
		{Mode: Some(BondBalanceALB)},
	} {
		c := bondPair(t, want)
		got, err := DecodeBond(getLink(t, c, LinkName("bond")).Data)
		if err != nil {
			t.Fatal(err)
		}
		// All else is the kernel's; of an attribute that occurs twice the last
		// one counts.
		all, err := DecodeBond(append(bondData(&got.Bond), bondData(want)...))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(all.Bond, got.Bond, sameBond, sameAddr); d != "" {
			t.Errorf("mode %v: %s", want.Mode, d)
		}
	}
}

// A slave has the bond's MAC address, and tells its own; a primary is active.
func TestIntegrationBondPort(t *testing.T) {
	c := bondPair(t, &Bond{Mode: Some(BondActiveBackup), MIIMon: Some(uint32(100))})
	do(t, c, &LinkSet{Link: LinkName("v0"), LinkAttrs: LinkAttrs{Master: Some(LinkName("bond"))}})
	do(t, c, &LinkSet{Link: LinkName("v0"), Port: &BondPort{Prio: Some(int32(-7)), QueueID: Some(uint16(3))}})
	do(t, c, &LinkSet{Link: LinkName("bond"), Kind: &Bond{Primary: Some(LinkName("v0"))}})
	port := getLink(t, c, LinkName("v0"))
	p, err := DecodeBondPort(port.PortData)
	if err != nil || p.Prio != Some(int32(-7)) || p.QueueID != Some(uint16(3)) || p.PermHWAddr.String() != "02:00:00:00:00:60" || port.PortKind != "bond" {
		t.Errorf("%+v, %+v, %v", port, p, err)
	}
	if k, err := DecodeBond(getLink(t, c, LinkName("bond")).Data); err != nil || k.Primary != Some(LinkIndex(60)) {
		t.Errorf("%+v, %v", k, err)
	}
	do(t, c, &LinkSet{Link: LinkName("bond"), Kind: &Bond{Primary: Some(LinkRef{})}})
	if k, err := DecodeBond(getLink(t, c, LinkName("bond")).Data); err != nil || k.Primary.IsSet() {
		t.Errorf("%+v, %v", k, err)
	}
	// What the kernel refuses.
	for _, tt := range []struct {
		req  Request
		want error
	}{
		{&LinkSet{Link: LinkName("bond"), Kind: &Bond{Mode: Some(BondBroadcast)}}, unix.ENOTEMPTY},
		{&LinkSet{Link: LinkName("bond"), Kind: &Bond{LACPRate: Some(uint8(1))}}, unix.EACCES},
		{&LinkSet{Link: LinkName("bond"), Kind: &Bond{MIIMon: Some(uint32(1)), ARPInterval: Some(uint32(1))}}, unix.EINVAL},
	} {
		if err := c.Do(bg, tt.req); !errors.Is(err, tt.want) {
			t.Errorf("%+v: %v, want %v", tt.req, err, tt.want)
		}
	}
}

func TestBondMistakes(t *testing.T) {
	for want, k := range map[string]*Bond{
		"at most 16":             {ARPIPTargets: make([]netip.Addr, 17)},
		"is not an IPv4 address": {ARPIPTargets: fullBond().NSIP6Targets},
		"is not an IPv6 address": {NSIP6Targets: fullBond().ARPIPTargets},
	} {
		var e Encoder
		if _, err := e.message(&LinkAdd{Kind: k, Name: "b"}); !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func FuzzDecodeBond(f *testing.F) {
	f.Add(bondData(fullBond()))
	f.Add(bondData(&BondPort{Prio: Some(int32(-1)), QueueID: Some(uint16(1))}))
	f.Add(bondData(&Bond{ARPIPTargets: []netip.Addr{}}))
	f.Add([]byte{8, 0, 23, 0, 5, 0, 1, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := DecodeBondPort(b); (p == nil) == (err == nil) {
			t.Errorf("%+v, %v", p, err)
		}
		k, err := DecodeBond(b)
		if err != nil {
			if k != nil || !errors.Is(err, ErrMalformed) {
				t.Errorf("%+v, %v", k, err)
			}
			return
		}
		if len(k.ARPIPTargets) > maxBondTargets || len(k.NSIP6Targets) > maxBondTargets {
			return
		}
		again, err := DecodeBond(bondData(&k.Bond))
		if err != nil || cmp.Diff(again.Bond, k.Bond, sameBond, sameAddr) != "" {
			t.Errorf("%+v, then %+v (%v)", k, again, err)
		}
	})
}
