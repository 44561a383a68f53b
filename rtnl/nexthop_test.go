package rtnl

import (
	"errors"
	"io/fs"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// The bytes are those of iproute2 6.1 for the same words.
func TestNexthopGolden(t *testing.T) {
	add := func(n NexthopObject) *NexthopAdd { return &NexthopAdd{NexthopObject: n} }
	testGolden(t, sizeofNhMsg, []golden{
		{"ip nexthop add id 1 blackhole", add(NexthopObject{ID: 1, Blackhole: true}), unix.RTM_NEWNEXTHOP, 0x600,
			"0200000000000000 0800010001000000 04000400"},
		{"ip nexthop add id 2 dev IDX7 via 10.0.0.1 onlink protocol static",
			add(NexthopObject{ID: 2, Gateway: netip.MustParseAddr("10.0.0.1"), OIF: LinkIndex(7), Flags: unix.RTNH_F_ONLINK, Protocol: unix.RTPROT_STATIC}),
			unix.RTM_NEWNEXTHOP, 0x600, "0200040004000000 0800010002000000 0800050007000000 080006000a000001"},
		{"ip nexthop replace id 9 group 1/2,20", &NexthopAdd{NexthopObject: NexthopObject{ID: 9, Group: []NexthopMember{{ID: 1}, {2, 20}}}, Mode: ModeReplace},
			unix.RTM_NEWNEXTHOP, 0x500, "0000000000000000 0800010009000000 140002000100000000000000 0200000013000000"},
		{"ip nexthop add id 9 group 1 type resilient buckets 8 idle_timer 2",
			add(NexthopObject{ID: 9, Group: []NexthopMember{{ID: 1}}, GroupType: NexthopGroupResilient,
				Resilient: &ResilientGroup{Buckets: Some[uint16](8), IdleTimer: Some(2 * time.Second)}}),
			unix.RTM_NEWNEXTHOP, 0x600, "0000000000000000 0800010009000000 0c0002000100000000000000 0600030001000000 14000c800600010008000000 08000200c8000000"},
		{"ip nexthop del id 9", &NexthopDel{9}, unix.RTM_DELNEXTHOP, 0, "0000000000000000 0800010009000000"},
	})
}

func TestIntegrationNexthops(t *testing.T) {
	c := dial(t, nil)
	ctx := t.Context()
	lo := &LinkSet{Link: LinkName("lo")} // where blackholes lead
	lo.Up()
	if err := c.Do(ctx, lo); err != nil {
		t.Fatal(err)
	}
	all := []*NexthopAdd{
		{NexthopObject: NexthopObject{ID: 1, Blackhole: true, Family: unix.AF_INET}},
		{NexthopObject: NexthopObject{ID: 2, Blackhole: true, Family: unix.AF_INET6, Protocol: unix.RTPROT_STATIC}},
	}
	for _, n := range all {
		err := c.Do(ctx, n)
		if errors.Is(err, ErrNotSupported) {
			t.Skip(err)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	// Other tests use this namespace and these numbers.
	defer func() {
		if err := c.Do(ctx, &NexthopDel{1}); err != nil {
			t.Error(err)
		}
	}()
	if err := c.Do(ctx, all[0]); !errors.Is(err, fs.ErrExist) {
		t.Errorf("the same again: %v, want fs.ErrExist", err)
	}
	got, err := c.Nexthops(ctx, NexthopDump{})
	if err != nil {
		t.Fatal(err)
	}
	var want []NexthopObject
	for _, n := range all {
		o := n.NexthopObject
		want = append(want, o)
	}
	for i := range got {
		got[i].Scope, got[i].Flags = 0, 0
	}
	if d := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); d != "" {
		t.Error(d)
	}
	if n, err := c.Nexthop(ctx, NexthopGet{2}); err != nil || n.ID != 2 || n.Family != unix.AF_INET6 {
		t.Errorf("%+v: %v", n, err)
	}
	if err := c.Do(ctx, &NexthopDel{2}); err != nil {
		t.Error(err)
	}
	if err := c.Do(ctx, &NexthopDel{2}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("deleted again: %v, want fs.ErrNotExist", err)
	}
}

func FuzzDecodeNexthop(f *testing.F) {
	header := []byte{2, 0, 4, 0, 4, 0, 0, 0}
	seed := func(b ...byte) { f.Add(append(header[:sizeofNhMsg:sizeofNhMsg], b...)) }
	f.Add([]byte{2, 0, 4})
	seed(8, 0, 1, 0, 1, 0, 0, 0, 4, 0, 4, 0)
	seed(8, 0, 1, 0, 9, 0, 0, 0, 20, 0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 19, 0, 0, 0)
	seed(12, 0, 2, 0, 1, 0, 0, 0, 255, 255, 0, 0, 6, 0, 3, 0, 1, 0, 0, 0, 20, 0, 12, 128, 6, 0, 1, 0, 8, 0, 0, 0, 8, 0, 2, 0, 200, 0, 0, 0)
	seed(7, 0, 2, 0, 1, 0, 0)
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := DecodeNexthop(Message{Type: unix.RTM_NEWNEXTHOP, Data: b})
		if err != nil && !errors.Is(err, ErrMalformed) {
			t.Errorf("%+v, %v", n, err)
		}
		for _, m := range n.Group {
			if m.Weight == 0 {
				t.Errorf("a member without a weight: %+v", n)
			}
		}
	})
}
