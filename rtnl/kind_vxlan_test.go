package rtnl

import (
	"bytes"
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jsimonetti/rtnetlink/v2/driver"
)

// optionsEqual compares options of kinds.
var optionsEqual = cmp.Options{cmp.AllowUnexported(Opt[bool]{}, Opt[uint8]{}, Opt[uint16]{}, Opt[uint32]{}, Opt[time.Duration]{},
	Opt[VXLANPortRange]{}, Opt[LinkRef]{}), cmp.Comparer(func(a, b netip.Addr) bool { return a == b })}

// fullVXLAN has every option of a device with an ID that ip(8) 6.1 knows.
func fullVXLAN() *VXLAN {
	return &VXLAN{ID: Some(uint32(5)), Remote: netip.MustParseAddr("fd00::2"), Local: netip.MustParseAddr("fd00::1"), Link: Some(LinkIndex(60)),
		TTL: Some(uint8(9)), TOS: Some(uint8(1)), DF: Some(VXLANDFInherit), Label: Some(uint32(0xabcde)), Ageing: Some(77 * time.Second),
		Limit: Some(uint32(500)), Port: Some(uint16(4789)), PortRange: Some(VXLANPortRange{10000, 20000}), Learning: Some(false),
		Proxy: Some(true), RSC: Some(true), L2Miss: Some(true), L3Miss: Some(true), UDPCSum: Some(false), UDPZeroCSum6TX: Some(true),
		UDPZeroCSum6RX: Some(true), RemCSumTX: Some(true), RemCSumRX: Some(true), GBP: Some(true)}
}

// externalVXLAN has the options that need metadata.
func externalVXLAN() *VXLAN {
	return &VXLAN{CollectMetadata: Some(true), VNIFilter: Some(true), TTLInherit: Some(true), Learning: Some(false), Port: Some(uint16(4789))}
}

// The driver of jsimonetti/rtnetlink gives flags a value, which the kernel
// refuses, and the label in the wrong byte order. When it does not, it may take
// VXLAN's place.
func TestVXLANDriverDiffers(t *testing.T) {
	for _, c := range []struct {
		theirs driver.Vxlan
		ours   VXLAN
	}{
		{driver.Vxlan{GBP: ptr(true)}, VXLAN{GBP: Some(true)}},
		{driver.Vxlan{TTLInherit: ptr(true)}, VXLAN{TTLInherit: Some(true)}},
		{driver.Vxlan{Label: ptr(uint32(5))}, VXLAN{Label: Some(uint32(5))}},
	} {
		if a, b := vlanData(Driver(&c.theirs)), vlanData(&c.ours); bytes.Equal(a, b) {
			t.Errorf("the driver does as we do: %x", a)
		}
	}
}

// What was set is there, what can be changed is changed, and what cannot is
// refused.
func TestIntegrationVXLAN(t *testing.T) {
	c := dial(t, nil)
	do(t, c, &LinkAdd{Kind: &Veth{Peer: &VethPeer{Name: "vxlan-b"}}, Name: "vxlan-a", Index: 60})
	clearLinks(t, c)
	full := fullVXLAN()
	err := c.Do(bg, &LinkAdd{Kind: full, Name: "vx"})
	if errors.Is(err, ErrNotSupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	check := func(name string, want *VXLAN) {
		t.Helper()
		got, err := DecodeVXLAN(getLink(t, c, LinkName(name)).Data)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got, optionsEqual); d != "" {
			t.Error(d)
		}
	}
	off := Some(false)
	want := *full
	want.TTLInherit, want.RemCSumNoPartial, want.CollectMetadata, want.GPE, want.VNIFilter = off, off, off, off, off
	want.UDPCSum = off
	check("vx", &want)
	change := &VXLAN{Remote: netip.MustParseAddr("fd00::9"), Local: netip.IPv6Unspecified(), TTL: Some(uint8(0)), TOS: Some(uint8(8)),
		DF: Some(VXLANDFSet), Label: Some(uint32(7)), Ageing: Some(5 * time.Second), Learning: Some(true)}
	do(t, c, &LinkSet{Link: LinkName("vx"), Kind: change})
	want.Remote, want.Local, want.TTL, want.TOS, want.DF = change.Remote, netip.Addr{}, change.TTL, change.TOS, change.DF
	want.Label, want.Ageing, want.Learning = change.Label, change.Ageing, change.Learning
	check("vx", &want)
	for _, fixed := range []*VXLAN{{ID: Some(uint32(6))}, {Port: Some(uint16(1))}, {Proxy: off}, {GBP: Some(true)}, {Limit: Some(uint32(1))},
		{TTLInherit: Some(true)}, {Remote: netip.MustParseAddr("192.0.2.1")}, {PortRange: Some(VXLANPortRange{1, 2})}} {
		if err := c.Do(bg, &LinkSet{Link: LinkName("vx"), Kind: fixed}); err == nil {
			t.Errorf("%+v: changed", fixed)
		}
	}
	check("vx", &want)

	do(t, c, &LinkAdd{Kind: &VXLAN{ID: Some(uint32(7))}, Name: "plain"})
	on, none8, none32 := Some(true), Some(uint8(0)), Some(uint32(0))
	check("plain", &VXLAN{ID: Some(uint32(7)), TTL: none8, TOS: none8, DF: none8, Label: none32, Ageing: Some(300 * time.Second), Limit: none32,
		Port: Some(uint16(8472)), PortRange: Some(VXLANPortRange{}), Learning: on, UDPCSum: on, TTLInherit: off, Proxy: off, RSC: off, L2Miss: off,
		L3Miss: off, UDPZeroCSum6TX: off, UDPZeroCSum6RX: off, RemCSumTX: off, RemCSumRX: off, RemCSumNoPartial: off, CollectMetadata: off,
		GBP: off, GPE: off, VNIFilter: off})

	external := externalVXLAN()
	if err := c.Do(bg, &LinkAdd{Kind: external, Name: "ext"}); err != nil {
		t.Fatal(err)
	}
	got, err := DecodeVXLAN(getLink(t, c, LinkName("ext")).Data)
	if err != nil || got.CollectMetadata != on || got.VNIFilter != on || got.TTLInherit != on || got.Learning != off {
		t.Errorf("%+v, %v", got, err)
	}
	// It goes together with the link that it sends by.
	do(t, c, &LinkDel{Link: LinkName("vxlan-a")})
	if _, err := c.LinkIndex(bg, "vx"); err == nil {
		t.Error("vx is still there")
	}
}

func FuzzDecodeVXLAN(f *testing.F) {
	f.Add(vlanData(fullVXLAN()))
	f.Add(vlanData(externalVXLAN()))
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := DecodeVXLAN(b)
		if err != nil {
			if k != nil || !errors.Is(err, ErrMalformed) {
				t.Errorf("%+v, %v", k, err)
			}
			return
		}
		var e Encoder
		k.EncodeData(&e)
		again, err := DecodeVXLAN(e.buf)
		if e.err != nil || err != nil {
			t.Fatal(e.err, err)
		}
		k.TTLInherit, again.TTLInherit = Some(k.TTLInherit.Or(false)), Some(again.TTLInherit.Or(false))
		if d := cmp.Diff(k, again, optionsEqual); d != "" {
			t.Error(d)
		}
	})
}
