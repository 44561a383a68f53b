package bridge

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/rtnl"
)

// vlanCases are requests about port p1 with their words in bridge(8).
var vlanCases = []struct {
	words string
	req   rtnl.Request
}{
	{"add dev p1 vid 10", &VLANAdd{VLANs: VLANs{First: 10}}},
	{"add dev p1 vid 10 pvid untagged", &VLANAdd{VLANs: VLANs{First: 10, Last: 10, Flags: VLANPVID | VLANUntagged}}},
	{"add dev p1 vid 10-20 untagged self", &VLANAdd{VLANs: VLANs{First: 10, Last: 20, Flags: VLANUntagged}, Side: Self}},
	{"del dev p1 vid 10-20 master", &VLANDel{VLANs: VLANs{First: 10, Last: 20}, Side: Master}},
	{"add dev p1 vid 10 tunnel_info id 7", &VLANAdd{VLANs: VLANs{First: 10}, Tunnels: on(Tunnels{First: 7})}},
	{"del dev p1 vid 10-12 tunnel_info id 7-9", &VLANDel{VLANs: VLANs{First: 10, Last: 12}, Tunnels: on(Tunnels{7, 9})}},
	{"set dev p1 vid 10-12 state learning mcast_router 2", &VLANSet{VLANs: VLANs{First: 10, Last: 12}, State: on(Learning), MulticastRouter: on(uint8(2))}},
	{"global set dev p1 vid 10-12 mcast_snooping 1 mcast_igmp_version 3 mcast_query_interval 12500", &VLANGlobalSet{VLANs: VLANs{First: 10, Last: 12},
		Options: VLANGlobal{MulticastSnooping: on(uint8(1)), MulticastIGMPVersion: on(uint8(3)), MulticastQueryInterval: on(ticks(12500))}}},
}

// Requests equal, byte for byte, what bridge(8) sends, and are read from it.
func TestVLANGolden(t *testing.T) {
	testenv.NeedTool(t, "bridge", "strace")
	c := dial(t)
	ports(t, c)
	for _, tt := range vlanCases {
		link := rtnl.LinkIndex(p1Index)
		switch r := tt.req.(type) {
		case *VLANAdd:
			r.Link = link
		case *VLANDel:
			r.Link = link
		case *VLANSet:
			r.Link = link
		case *VLANGlobalSet:
			r.Link = link
		}
		msgs := traced(t, "bridge vlan "+tt.words)
		if len(msgs) == 0 {
			t.Fatalf("%s sent nothing", tt.words)
		}
		theirs, ours := msgs[len(msgs)-1], sent(t, tt.req)
		if plain(theirs) != plain(ours) {
			t.Errorf("%s:\nbridge %s\nours   %s", tt.words, plain(theirs), plain(ours))
		}
	}
}

// The VLANs that a kernel with VLAN filtering reports are those that were
// added, also after some are taken away.
func TestListVLANs(t *testing.T) {
	c := dial(t)
	ports(t, c)
	do := func(r rtnl.Request) { must(t, c.Do(t.Context(), r)) }
	err := c.Do(t.Context(), &rtnl.LinkAdd{Name: "filters", Kind: &rtnl.Bridge{VLANFiltering: on(uint8(1)), VLANDefaultPVID: on(uint16(0))}})
	if errors.Is(err, rtnl.ErrNotSupported) {
		t.Skip(err)
	}
	must(t, err)
	p1 := rtnl.LinkIndex(p1Index)
	do(&rtnl.LinkSet{Link: p1, LinkAttrs: rtnl.LinkAttrs{Master: on(rtnl.LinkName("filters"))}})
	own, err := c.LinkIndex(t.Context(), "filters")
	must(t, err)
	do(&VLANAdd{Link: p1, VLANs: VLANs{First: 10, Last: 20}})
	do(&VLANAdd{Link: p1, VLANs: VLANs{First: 15, Flags: VLANPVID | VLANUntagged}})
	do(&VLANAdd{Link: rtnl.LinkIndex(own), VLANs: VLANs{First: 4094}, Side: Self})
	do(&VLANDel{Link: p1, VLANs: VLANs{First: 12, Last: 13}})
	got, err := ListVLANs(t.Context(), c)
	must(t, err)
	want := map[uint32][]VLANs{
		p1Index: {{10, 11, 0}, {14, 14, 0}, {15, 15, VLANPVID | VLANUntagged}, {16, 20, 0}},
		own:     {{4094, 4094, 0}},
	}
	have := map[uint32][]VLANs{}
	for _, p := range got {
		have[p.Index] = p.VLANs
	}
	if d := cmp.Diff(want, have); d != "" {
		t.Error(d)
	}
}

func FuzzDecodeVLANs(f *testing.F) {
	f.Add([]byte{8, 0, 2, 0, 8, 0, 10, 0, 8, 0, 2, 0, 16, 0, 20, 0})
	f.Add([]byte{28, 0, 3, 0, 8, 0, 1, 0, 7, 0, 0, 0, 6, 0, 2, 0, 10, 0, 0, 0, 6, 0, 3, 0, 0, 0, 0, 0})
	f.Add([]byte{7, 0, 0, 0, 9, 0, 0, 0, 20, 0, 1, 0x80, 8, 0, 1, 0, 0, 0, 10, 0, 6, 0, 2, 0, 20, 0, 0, 0})
	f.Add([]byte{7, 0, 0, 0, 9, 0, 0, 0, 12, 0, 2, 0x80, 6, 0, 1, 0, 10, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := DecodeVLANs(&rtnl.Link{AFSpec: b}); err != nil && !errors.Is(err, rtnl.ErrMalformed) || err == nil && len(p.VLANs) > len(b)/8 {
			t.Error(p, err)
		}
		for _, decode := range []func(rtnl.Message) ([]VLANEntry, error){DecodeVLANEntries, DecodeVLANStats} {
			if all, err := decode(rtnl.Message{Data: b}); err == nil && len(all) > len(b)/4 {
				t.Error(all)
			}
		}
	})
}
