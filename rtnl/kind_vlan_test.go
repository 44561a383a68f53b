package rtnl

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jsimonetti/rtnetlink/v2/driver"
	"github.com/nslab/nslab/internal/testenv"
)

// fullVLAN has every option that the kernel and iproute2 6.1 know.
func fullVLAN() *VLAN {
	return &VLAN{
		ID: Some(uint16(5)), Protocol: Some(uint16(0x88a8)),
		IngressQoS: []VLANQoS{{1, 2}, {7, 1<<32 - 1}}, EgressQoS: []VLANQoS{{20, 3}},
		ReorderHdr: Some(false), GVRP: Some(true), MVRP: Some(true), LooseBinding: Some(true), BridgeBinding: Some(false),
	}
}

func vlanData(k Kind) []byte {
	var e Encoder
	k.EncodeData(&e)
	return e.buf
}

func TestDecodeVLAN(t *testing.T) {
	want := &VLANInfo{VLAN: *fullVLAN(), Flags: VLANGVRP | VLANMVRP | VLANLooseBinding}
	got, err := DecodeVLAN(vlanData(fullVLAN()))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(Opt[uint16]{}, Opt[bool]{})); d != "" {
		t.Error(d)
	}
	for _, bad := range [][]byte{{5, 0, 1, 0, 1}, {8, 0, 2, 0, 0, 0}, {12, 0, 3, 0, 8, 0, 1, 0, 1, 0, 0, 0}} {
		if got, err := DecodeVLAN(bad); !errors.Is(err, ErrMalformed) || got != nil {
			t.Errorf("%x: %+v, %v", bad, got, err)
		}
	}
}

// The driver of jsimonetti/rtnetlink writes other bytes, and so cannot carry
// the flags and the mappings. When it can, it may take VLAN's place.
func TestVLANDriverDiffers(t *testing.T) {
	flags := driver.VlanFlagGVRP
	for _, c := range []struct {
		theirs driver.Vlan
		ours   VLAN
	}{
		{driver.Vlan{Flags: &flags}, VLAN{GVRP: Some(true)}},
		{driver.Vlan{IngressQos: []driver.VlanQosMapping{{From: 1, To: 2}}}, VLAN{IngressQoS: []VLANQoS{{1, 2}}}},
	} {
		if a, b := vlanData(Driver(&c.theirs)), vlanData(&c.ours); bytes.Equal(a, b) {
			t.Errorf("the driver does as we do: %x", a)
		}
	}
}

// What was set is there, and is as ip tells it.
func TestIntegrationVLAN(t *testing.T) {
	testenv.NeedTool(t, "ip")
	c := dial(t, nil)
	do(t, c, &LinkAdd{Kind: &Veth{Peer: &VethPeer{Name: "vlan-b"}}, Name: "vlan-a"})
	clearLinks(t, c)
	full := fullVLAN()
	full.BridgeBinding = Opt[bool]{}
	err := c.Do(bg, &LinkAdd{Kind: full, Name: "v", LinkAttrs: LinkAttrs{Link: LinkName("vlan-a")}})
	if errors.Is(err, ErrNotSupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	check := func(want string) {
		t.Helper()
		got, err := DecodeVLAN(getLink(t, c, LinkName("v")).Data)
		if err != nil || got.ID != full.ID || got.Protocol != full.Protocol || !got.BridgeBinding.IsSet() {
			t.Errorf("%+v, %v", got, err)
		}
		var links []struct {
			Link     string
			LinkInfo struct {
				Data struct {
					Flags []string
					In    []VLANQoS `json:"ingress_qos"`
					Out   []VLANQoS `json:"egress_qos"`
				} `json:"info_data"`
			}
		}
		out := testenv.Run(t, "ip", "-j", "-d", "link", "show", "v")
		if err := json.Unmarshal([]byte(out), &links); err != nil || len(links) != 1 {
			t.Fatalf("%v\n%s", err, out)
		}
		data := links[0].LinkInfo.Data
		if d := cmp.Diff(data.In, got.IngressQoS); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff(data.Out, got.EgressQoS); d != "" {
			t.Error(d)
		}
		text, err := json.Marshal(data.Flags)
		if err != nil || string(text) != want || links[0].Link != "vlan-a" {
			t.Errorf("%s on %s, want %s (%v)", text, links[0].Link, want, err)
		}
	}
	check(`["GVRP","MVRP","LOOSE_BINDING"]`)
	do(t, c, &LinkSet{Link: LinkName("v"), Kind: &VLAN{ReorderHdr: Some(true), MVRP: Some(false), IngressQoS: []VLANQoS{{1, 0}, {2, 9}}, EgressQoS: []VLANQoS{{20, 0}}}})
	check(`["REORDER_HDR","GVRP","LOOSE_BINDING"]`)
	if err := c.Do(bg, &LinkSet{Link: LinkName("v"), Kind: &VLAN{ID: Some(uint16(5)), Protocol: Some(uint16(0x8100))}}); err == nil {
		t.Log("the kernel took another protocol, and ignores it")
	}
	check(`["REORDER_HDR","GVRP","LOOSE_BINDING"]`)
}

func FuzzDecodeVLAN(f *testing.F) {
	f.Add(vlanData(fullVLAN()))
	f.Add(vlanData(&VLAN{ID: Some(uint16(0))}))
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := DecodeVLAN(b)
		if err != nil {
			if k != nil || !errors.Is(err, ErrMalformed) {
				t.Errorf("%+v, %v", k, err)
			}
			return
		}
		var e Encoder
		k.EncodeData(&e)
		again, err := DecodeVLAN(e.buf)
		if e.err != nil || err != nil {
			t.Fatal(e.err, err)
		}
		if again.ID != k.ID || again.Protocol != k.Protocol || again.GVRP != k.GVRP || len(again.EgressQoS) != len(k.EgressQoS) {
			t.Errorf("%+v, then %+v", k, again)
		}
	})
}
