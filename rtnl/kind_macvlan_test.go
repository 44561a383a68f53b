package rtnl

import (
	"bytes"
	"errors"
	"net"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fullMacvlan has every option of mode source.
func fullMacvlan() *Macvlan {
	return &Macvlan{Mode: Some(MacvlanSource), Flags: Some(MacvlanNoDst), BCQueueLen: Some(uint32(77)), MACAddrMode: Some(MacvlanMACAddrSet),
		MACAddrs: []net.HardwareAddr{mac("02:00:00:00:00:01"), mac("02:00:00:00:00:03")}}
}

func macvlanData(k *Macvlan) []byte {
	var e Encoder
	k.EncodeData(&e)
	return e.buf
}

// What was set is there.
func TestIntegrationMacvlan(t *testing.T) {
	c := dial(t, nil)
	do(t, c, &LinkAdd{Kind: &Veth{Peer: &VethPeer{Name: "macvlan-b"}}, Name: "macvlan-a"})
	clearLinks(t, c)
	err := c.Do(bg, &LinkAdd{Kind: fullMacvlan(), Name: "m", LinkAttrs: LinkAttrs{Link: LinkName("macvlan-a")}})
	if errors.Is(err, ErrNotSupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	check := func(want *MacvlanInfo) {
		t.Helper()
		got, err := DecodeMacvlan(getLink(t, c, LinkName("m")).Data)
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(got.MACAddrs, func(a, b net.HardwareAddr) int { return bytes.Compare(a, b) }) // the kernel has a hash table
		if d := cmp.Diff(want, got, cmp.AllowUnexported(Opt[uint16]{}, Opt[uint32]{})); d != "" {
			t.Error(d)
		}
	}
	want := &MacvlanInfo{Macvlan: *fullMacvlan(), MACAddrCount: Some(uint32(2)), BCQueueLenUsed: Some(uint32(77))}
	check(want)
	do(t, c, &LinkSet{Link: LinkName("m"), Kind: &Macvlan{MACAddrMode: Some(MacvlanMACAddrDel), MACAddr: mac("02:00:00:00:00:01")}})
	want.MACAddrs, want.MACAddrCount = want.MACAddrs[1:], Some(uint32(1))
	check(want)
	do(t, c, &LinkSet{Link: LinkName("m"), Kind: &Macvlan{Mode: Some(MacvlanBridge), Flags: Some(uint16(0))}})
	check(&MacvlanInfo{Macvlan: Macvlan{Mode: Some(MacvlanBridge), Flags: Some(uint16(0)), BCQueueLen: Some(uint32(77))},
		MACAddrCount: Some(uint32(0)), BCQueueLenUsed: Some(uint32(77))})
}

func FuzzDecodeMacvlan(f *testing.F) {
	f.Add(macvlanData(fullMacvlan()))
	f.Add(macvlanData(&Macvlan{MACAddrMode: Some(MacvlanMACAddrAdd), MACAddr: mac("02:00:00:00:00:01")}))
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := DecodeMacvlan(b)
		if err != nil {
			if k != nil || !errors.Is(err, ErrMalformed) {
				t.Errorf("%+v, %v", k, err)
			}
			return
		}
		again, err := DecodeMacvlan(macvlanData(&k.Macvlan))
		if err != nil || again.Mode != k.Mode || again.Flags != k.Flags || again.BCQueueLen != k.BCQueueLen {
			t.Errorf("%+v, then %+v (%v)", k, again, err)
		}
	})
}
