package rtnl

import (
	"errors"
	"io/fs"
	"net/netip"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
	"golang.org/x/sys/unix"
)

const ntfSticky = 1 << 6 // NTF_STICKY, include/uapi/linux/neighbour.h

func TestNeighGolden(t *testing.T) {
	a9 := ip("10.0.1.9")
	testGolden(t, unix.SizeofNdMsg, []golden{
		{"ip neigh add 10.0.1.9 lladdr 02:00:00:00:00:09 dev v0",
			&NeighAdd{Neigh: Neigh{Link: LinkIndex(v0Index), Dst: a9, LLAddr: mac("02:00:00:00:00:09")}},
			unix.RTM_NEWNEIGH, 0x600, "020000000a00000080000000 080001000a000109 0a0002000200000000090000"},
		{"ip neigh replace 10.0.1.9 lladdr 02:00:00:00:00:0a dev v0 nud reachable protocol static",
			&NeighAdd{Mode: ModeReplace, Neigh: Neigh{Link: LinkIndex(v0Index), Dst: a9, LLAddr: mac("02:00:00:00:00:0a"),
				State: unix.NUD_REACHABLE, Protocol: unix.RTPROT_STATIC}},
			unix.RTM_NEWNEIGH, 0x500, "020000000a00000002000000 05000c0004000000 080001000a000109 0a00020002000000000a0000"},
		{"ip neigh change 10.0.1.9 lladdr 02:00:00:00:00:0b dev v0 nud stale router",
			&NeighAdd{Mode: ModeChange, Neigh: Neigh{Link: LinkIndex(v0Index), Dst: a9, LLAddr: mac("02:00:00:00:00:0b"),
				State: unix.NUD_STALE, Flags: unix.NTF_ROUTER}},
			unix.RTM_NEWNEIGH, 0x100, "020000000a00000004008000 080001000a000109 0a00020002000000000b0000"},
		{"ip -6 neigh add 2001:db8::9 lladdr 02:00:00:00:00:09 dev v0 extern_learn",
			&NeighAdd{Neigh: Neigh{Link: LinkIndex(v0Index), Dst: ip("2001:db8::9"), LLAddr: mac("02:00:00:00:00:09"), Flags: unix.NTF_EXT_LEARNED}},
			unix.RTM_NEWNEIGH, 0x600, "0a0000000a00000080001000 1400010020010db8000000000000000000000009 0a0002000200000000090000"},
		{"ip neigh add proxy 10.0.1.77 dev v0",
			&NeighAdd{Neigh: Neigh{Link: LinkIndex(v0Index), Dst: ip("10.0.1.77"), Flags: unix.NTF_PROXY}},
			unix.RTM_NEWNEIGH, 0x600, "020000000a00000080000800 080001000a00014d"},
		{"ip neigh add 10.0.1.10 dev v0 managed",
			&NeighAdd{Neigh: Neigh{Link: LinkIndex(v0Index), Dst: ip("10.0.1.10"), ExtFlags: ntfExtManaged}},
			unix.RTM_NEWNEIGH, 0x600, "020000000a00000000000000 080001000a00010a 08000f0001000000"},
		{"ip neigh add 10.0.1.10 dev v0 nud none",
			&NeighAdd{Neigh: Neigh{Link: LinkIndex(v0Index), Dst: ip("10.0.1.10"), State: NeighStateNone}},
			unix.RTM_NEWNEIGH, 0x600, "020000000a00000000000000 080001000a00010a"},
		{"ip neigh add proxy 10.0.1.77",
			&NeighAdd{Neigh: Neigh{Dst: ip("10.0.1.77"), Flags: unix.NTF_PROXY}},
			unix.RTM_NEWNEIGH, 0x600, "020000000000000080000800 080001000a00014d"},
		{"ip neigh show nomaster", &NeighDump{Master: 1<<32 - 1}, unix.RTM_GETNEIGH, 0x300, "000000000000000000000000 08000900ffffffff"},
		{"ip neigh get proxy 10.0.1.77", &NeighGet{Dst: ip("10.0.1.77"), Flags: unix.NTF_PROXY},
			unix.RTM_GETNEIGH, 0, "020000000000000000000800 080001000a00014d"},
		{"ip neigh get 10.0.1.9 dev v0", &NeighGet{Index: v0Index, Dst: a9},
			unix.RTM_GETNEIGH, 0, "020000000a00000000000000 080001000a000109"},
		{"ip neigh get proxy 10.0.1.77 dev v0", &NeighGet{Index: v0Index, Dst: ip("10.0.1.77"), Flags: unix.NTF_PROXY},
			unix.RTM_GETNEIGH, 0, "020000000a00000000000800 080001000a00014d"},
		{"ip neigh show", &NeighDump{}, unix.RTM_GETNEIGH, 0x300, "000000000000000000000000"},
		{"ip neigh show dev v0", &NeighDump{Index: v0Index}, unix.RTM_GETNEIGH, 0x300, "000000000000000000000000 080008000a000000"},
		{"ip neigh show proxy", &NeighDump{Proxy: true}, unix.RTM_GETNEIGH, 0x300, "000000000000000000000800"},
		{"ip neigh show master br0", &NeighDump{Master: brIndex}, unix.RTM_GETNEIGH, 0x300, "000000000000000000000000 080009000c000000"},
		{"ip neigh del 10.0.1.9 dev v0", &NeighDel{Neigh{Link: LinkIndex(v0Index), Dst: a9}},
			unix.RTM_DELNEIGH, 0, "020000000a00000080000000 080001000a000109"},
		{"ip neigh del proxy 10.0.1.77 dev v0", &NeighDel{Neigh{Link: LinkIndex(v0Index), Dst: ip("10.0.1.77"), Flags: unix.NTF_PROXY}},
			unix.RTM_DELNEIGH, 0, "020000000a00000080000800 080001000a00014d"},
	})
}

func TestFDBGolden(t *testing.T) {
	m := mac("02:00:00:00:00:10")
	const br = unix.AF_BRIDGE
	remote := Neigh{Family: br, Link: LinkIndex(20), LLAddr: mac("02:00:00:00:00:20"), Dst: ip("10.0.1.2"), Port: 9999, VNI: 77,
		Via: LinkIndex(v0Index), Flags: unix.NTF_SELF, State: unix.NUD_NOARP | unix.NUD_PERMANENT}
	testGolden(t, unix.SizeofNdMsg, []golden{
		{"bridge fdb add 02:00:00:00:00:10 dev v1 master static",
			&NeighAdd{Neigh: Neigh{Family: br, Link: LinkIndex(v1Index), LLAddr: m, State: unix.NUD_NOARP | unix.NUD_REACHABLE, Flags: unix.NTF_MASTER}},
			unix.RTM_NEWNEIGH, 0x600, "070000000b00000042000400 0a0002000200000000100000"},
		{"bridge fdb append 02:00:00:00:00:10 dev v1 self",
			&NeighAdd{Mode: ModeAppend, Neigh: Neigh{Family: br, Link: LinkIndex(v1Index), LLAddr: m,
				State: unix.NUD_NOARP | unix.NUD_PERMANENT, Flags: unix.NTF_SELF}},
			unix.RTM_NEWNEIGH, 0xc00, "070000000b000000c0000200 0a0002000200000000100000"},
		{"bridge fdb replace 02:00:00:00:00:10 dev v1 master sticky static",
			&NeighAdd{Mode: ModeReplace, Neigh: Neigh{Family: br, Link: LinkIndex(v1Index), LLAddr: m,
				State: unix.NUD_NOARP | unix.NUD_REACHABLE, Flags: unix.NTF_MASTER | ntfSticky}},
			unix.RTM_NEWNEIGH, 0x500, "070000000b00000042004400 0a0002000200000000100000"},
		{"bridge fdb get 02:00:00:00:00:10 dev v1 master", &NeighGet{Family: br, Index: v1Index, LLAddr: m, Flags: unix.NTF_MASTER},
			unix.RTM_GETNEIGH, 0, "070000000b00000000000400 0a0002000200000000100000"},
		{"bridge fdb get 02:00:00:00:00:10 br br0", &NeighGet{Family: br, Master: brIndex, LLAddr: m},
			unix.RTM_GETNEIGH, 0, "070000000000000000000000 0a0002000200000000100000 080009000c000000"},
		{"bridge fdb show", &NeighDump{Family: br}, unix.RTM_GETNEIGH, 0x300, "070000000000000000000000"},
		{"bridge fdb show br br0", &NeighDump{Family: br, Master: brIndex}, unix.RTM_GETNEIGH, 0x300, "070000000000000000000000 080009000c000000"},
		{"bridge fdb show brport v1", &NeighDump{Family: br, Index: v1Index}, unix.RTM_GETNEIGH, 0x300, "070000000b00000000000000"},
		{"bridge fdb show br br0 brport v1", &NeighDump{Family: br, Index: v1Index, Master: brIndex},
			unix.RTM_GETNEIGH, 0x300, "070000000b00000000000000 080009000c000000"},
		{"bridge fdb add 02:00:00:00:00:20 dev vx0 dst 10.0.1.2 port 9999 vni 77 via v0 self",
			&NeighAdd{Neigh: remote},
			unix.RTM_NEWNEIGH, 0x600, "0700000014000000c0000200 0a0002000200000000200000 080001000a000102 06000600270f0000" +
				"080007004d000000 080008000a000000"},
		{"bridge fdb del 02:00:00:00:00:20 dev vx0 dst 10.0.1.2 port 9999 vni 77 via v0 self", &NeighDel{remote},
			unix.RTM_DELNEIGH, 0, "0700000014000000c0000200 0a0002000200000000200000 080001000a000102 06000600270f0000" +
				"080007004d000000 080008000a000000"},
		{"", &NeighAdd{Neigh: Neigh{Family: br, Link: LinkIndex(v1Index), LLAddr: m, VLAN: 100, SrcVNI: 5, NHID: 6}},
			unix.RTM_NEWNEIGH, 0x600, "070000000b00000080000000 0a0002000200000000100000 0600050064000000 08000b0005000000 08000d0006000000"},
		{"", &NeighGet{Family: br, Index: v1Index, LLAddr: m, VLAN: 100, VNI: 5},
			unix.RTM_GETNEIGH, 0, "070000000b00000000000000 0a0002000200000000100000 0600050064000000 0800070005000000"},
	})
}

func TestNeighInvalid(t *testing.T) {
	testInvalid(t, []struct {
		req  Request
		want string
	}{
		{&NeighAdd{Neigh: Neigh{Link: LinkIndex(1)}}, "no IP address given"},
		{&NeighAdd{Neigh: Neigh{Dst: ip("10.0.0.1")}}, "neighbour 10.0.0.1: no interface index"},
		{&NeighAdd{Neigh: Neigh{Link: LinkIndex(1), Family: unix.AF_INET, Dst: ip("::1")}}, "not of family 2"},
		{&NeighAdd{Neigh: Neigh{Link: LinkIndex(1), Family: unix.AF_BRIDGE}}, "no link-layer address"},
		{&NeighDel{Neigh{Family: unix.AF_BRIDGE, LLAddr: mac("02:00:00:00:00:10")}}, "FDB entry 02:00:00:00:00:10: no interface index"},
		{&NeighAdd{Mode: ModeAppend, Neigh: Neigh{Link: LinkIndex(1), Dst: ip("::1")}}, "append is not possible"},
		{&NeighGet{Dst: ip("10.0.0.1")}, "no interface index"},
		{&NeighGet{Index: 1}, "no IP address"},
		{&NeighGet{Index: 1, Family: unix.AF_INET, Dst: ip("::1")}, "not of family 2"},
		{&NeighGet{Family: unix.AF_BRIDGE, Index: 1}, "no link-layer"},
		{&NeighGet{Family: unix.AF_BRIDGE, LLAddr: mac("02:00:00:00:00:10")}, "neither a port nor a bridge"},
		{&NeighDump{Family: unix.AF_BRIDGE, Proxy: true}, "no proxy"},
		{&NeighDump{Family: 99}, "list neighbours: family 99"},
	})
}

func neighPairs() []twin {
	add := func(n Neigh) *NeighAdd { n.Link.Index = v0Index; return &NeighAdd{Neigh: n} }
	return []twin{
		{add(Neigh{Dst: ip("10.0.1.9"), LLAddr: mac("02:00:00:00:00:09")}), "ip neigh add 10.0.1.9 lladdr 02:00:00:00:00:09 dev v0"},
		{add(Neigh{Dst: ip("10.0.1.10"), LLAddr: mac("02:00:00:00:00:0a"), State: unix.NUD_NOARP, Protocol: unix.RTPROT_STATIC,
			Flags: unix.NTF_EXT_LEARNED}),
			"ip neigh add 10.0.1.10 lladdr 02:00:00:00:00:0a dev v0 nud noarp protocol static extern_learn"},
		{add(Neigh{Dst: ip("2001:db8::9"), LLAddr: mac("02:00:00:00:00:0b"), Flags: unix.NTF_ROUTER}),
			"ip -6 neigh add 2001:db8::9 lladdr 02:00:00:00:00:0b dev v0 router"},
		{add(Neigh{Dst: ip("10.0.1.77"), Flags: unix.NTF_PROXY, Protocol: unix.RTPROT_STATIC}), "ip neigh add proxy 10.0.1.77 dev v0 protocol static"},
		{add(Neigh{Dst: ip("2001:db8::77"), Flags: unix.NTF_PROXY | unix.NTF_ROUTER}), "ip neigh add proxy 2001:db8::77 dev v0 router"},
	}
}

func fdbPairs() []twin {
	add := func(n Neigh) *NeighAdd { n.Family, n.Link.Index = unix.AF_BRIDGE, v1Index; return &NeighAdd{Neigh: n} }
	return []twin{
		{add(Neigh{LLAddr: mac("02:00:00:00:00:10"), State: unix.NUD_NOARP | unix.NUD_REACHABLE, Flags: unix.NTF_MASTER}),
			"bridge fdb add 02:00:00:00:00:10 dev v1 master static"},
		{add(Neigh{LLAddr: mac("02:00:00:00:00:11"), Flags: unix.NTF_MASTER}), "bridge fdb add 02:00:00:00:00:11 dev v1 master permanent"},
		{add(Neigh{LLAddr: mac("02:00:00:00:00:12"), State: unix.NUD_NOARP | unix.NUD_REACHABLE, Flags: unix.NTF_MASTER | ntfSticky}),
			"bridge fdb add 02:00:00:00:00:12 dev v1 master static sticky"},
		{add(Neigh{LLAddr: mac("02:00:00:00:00:13"), State: unix.NUD_REACHABLE, Flags: unix.NTF_MASTER | unix.NTF_EXT_LEARNED}),
			"bridge fdb add 02:00:00:00:00:13 dev v1 master dynamic extern_learn"},
		{add(Neigh{LLAddr: mac("02:00:00:00:00:14"), Flags: unix.NTF_SELF}), "bridge fdb add 02:00:00:00:00:14 dev v1 self permanent"},
	}
}

// key tells entries apart that differ in what identifies them.
func (n Neigh) key() string {
	k := n.Dst.String() + " " + n.LLAddr.String()
	if n.Flags&unix.NTF_PROXY != 0 {
		k += " proxy"
	}
	if n.Flags&unix.NTF_SELF != 0 {
		k += " self"
	}
	return k
}

// testNeighs returns the entries that the tests made, without times and counts.
func testNeighs(t *testing.T, c *Conn, reqs ...NeighDump) map[string]Neigh {
	t.Helper()
	m := make(map[string]Neigh)
	for _, req := range reqs {
		list, err := c.Neighs(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range list {
			made := netip.MustParsePrefix("10.0.1.0/24").Contains(n.Dst) || netip.MustParsePrefix("2001:db8::/64").Contains(n.Dst) ||
				n.Family == unix.AF_BRIDGE && len(n.LLAddr) == 6 && n.LLAddr[0]&^2 == 0 && n.LLAddr[1]|n.LLAddr[2]|n.LLAddr[3] == 0
			if !made {
				continue
			}
			if n.Flags&unix.NTF_PROXY == 0 && !(n.Family == unix.AF_BRIDGE && n.Flags&unix.NTF_SELF != 0) && !n.CacheInfo.IsSet() {
				t.Errorf("%s has no times", n.key())
			}
			n.CacheInfo, n.Probes = Opt[NeighCacheInfo]{}, 0
			m[n.key()] = n
		}
	}
	return m
}

func TestIntegrationNeighs(t *testing.T) {
	testenv.NeedTool(t, "ip")
	c := dial(t, nil)
	plumb(t, c)
	all := []NeighDump{{}, {Proxy: true}}
	want := make(map[string]Neigh)
	for _, p := range neighPairs() {
		do(t, c, p.req)
		n := p.req.(*NeighAdd).Neigh
		n.Family, n.Type = ipFamily(n.Dst), unix.RTN_UNICAST
		switch {
		case n.Flags&unix.NTF_PROXY != 0:
			n.State = 0
			if n.Family == unix.AF_INET6 {
				n.Flags = unix.NTF_PROXY | unix.NTF_ROUTER
			}
		case n.State == 0:
			n.State = unix.NUD_PERMANENT
		}
		want[n.key()] = n
	}
	ours := testNeighs(t, c, all...)
	if diff := same(want, ours); diff != "" {
		t.Errorf("read back (-set +dumped):\n%s", diff)
	}
	got, err := c.Neigh(t.Context(), NeighGet{Index: v0Index, Dst: ip("10.0.1.9")})
	if err != nil || got.LLAddr.String() != "02:00:00:00:00:09" || !got.CacheInfo.IsSet() {
		t.Errorf("get: %+v, %v", got, err)
	}
	got, err = c.Neigh(t.Context(), NeighGet{Index: v0Index, Dst: ip("10.0.1.77"), Flags: unix.NTF_PROXY})
	if err != nil || got.Flags&unix.NTF_PROXY == 0 {
		t.Errorf("get proxy: %+v, %v", got, err)
	}
	if n := len(testNeighs(t, c, NeighDump{Family: unix.AF_INET6, Index: v0Index})); n != 1 {
		t.Errorf("%d IPv6 neighbours on v0, want 1", n)
	}
	if n := len(testNeighs(t, c, NeighDump{Index: v1Index}, NeighDump{Master: brIndex})); n != 0 {
		t.Errorf("%d neighbours on v1, want none", n)
	}
	ourJSON := ipNeighs(t)
	for _, n := range ours {
		do(t, c, &NeighDel{n})
	}
	if left := testNeighs(t, c, NeighDump{Proxy: true}); len(left) != 0 {
		t.Fatalf("deleted, and still there: %v", left)
	}
	for _, p := range neighPairs() {
		ipLines(t, p.line)
	}
	if diff := same(ours, testNeighs(t, c, all...)); diff != "" {
		t.Errorf("entries that ip made (-ours +ip's):\n%s", diff)
	}
	if diff := same(ipNeighs(t), ourJSON); diff != "" {
		t.Errorf("what ip reads (-its own +ours):\n%s", diff)
	}
}

func ipNeighs(t *testing.T) map[string]any {
	t.Helper()
	m := make(map[string]any)
	for _, line := range []string{"ip -j -d neigh show dev v0 nud all", "ip -j -d neigh show proxy"} {
		for _, o := range ipJSON(t, line, "used", "confirmed", "updated", "refcnt", "probes") {
			if a := ip(o["dst"].(string)); !a.IsMulticast() && !a.IsLinkLocalUnicast() {
				m[line+" "+a.String()] = o
			}
		}
	}
	if len(m) != len(neighPairs()) {
		t.Fatalf("ip shows %d entries, want %d: %v", len(m), len(neighPairs()), m)
	}
	return m
}

func TestIntegrationFDB(t *testing.T) {
	testenv.NeedTool(t, "ip", "bridge")
	c := dial(t, nil)
	plumb(t, c)
	all := NeighDump{Family: unix.AF_BRIDGE, Index: v1Index}
	want := make(map[string]Neigh)
	for _, p := range fdbPairs() {
		do(t, c, p.req)
		n := p.req.(*NeighAdd).Neigh
		if n.State == 0 {
			n.State = unix.NUD_PERMANENT
		}
		if n.Flags&unix.NTF_MASTER != 0 {
			n.Flags &^= unix.NTF_MASTER
			n.Master = brIndex
			if n.State&unix.NUD_NOARP != 0 {
				n.State = unix.NUD_NOARP
			}
		}
		want[n.key()] = n
	}
	ours := testNeighs(t, c, all)
	if diff := same(want, ours); diff != "" {
		t.Errorf("read back (-set +dumped):\n%s", diff)
	}
	if n := len(testNeighs(t, c, NeighDump{Family: unix.AF_BRIDGE, Index: v0Index})); n != 0 {
		t.Errorf("%d entries on v0, want none", n)
	}
	if diff := same(ours, testNeighs(t, c, NeighDump{Family: unix.AF_BRIDGE, Master: brIndex})); diff != "" {
		t.Errorf("(-by port +by bridge):\n%s", diff)
	}
	for _, req := range []NeighGet{
		{Family: unix.AF_BRIDGE, Index: v1Index, LLAddr: mac("02:00:00:00:00:10"), Flags: unix.NTF_MASTER},
		{Family: unix.AF_BRIDGE, Master: brIndex, LLAddr: mac("02:00:00:00:00:10")},
	} {
		if got, err := c.Neigh(t.Context(), req); err != nil || got.Link.Index != v1Index || got.Master != brIndex {
			t.Errorf("get %+v: %+v, %v", req, got, err)
		}
	}
	ourJSON := ipFDB(t)
	for _, n := range ours {
		if n.Flags&unix.NTF_SELF == 0 {
			n.Flags = unix.NTF_MASTER
		}
		do(t, c, &NeighDel{n})
	}
	if left := testNeighs(t, c, all); len(left) != 0 {
		t.Fatalf("deleted, and still there: %v", left)
	}
	for _, p := range fdbPairs() {
		ipLines(t, p.line)
	}
	if diff := same(ours, testNeighs(t, c, all)); diff != "" {
		t.Errorf("entries that bridge made (-ours +bridge's):\n%s", diff)
	}
	if diff := same(ipFDB(t), ourJSON); diff != "" {
		t.Errorf("what bridge reads (-its own +ours):\n%s", diff)
	}
}

func ipFDB(t *testing.T) map[string]any {
	t.Helper()
	m := make(map[string]any)
	for _, o := range ipJSON(t, "bridge -j -d fdb show brport v1", "used", "updated") {
		// Others are the port's own, or learned meanwhile.
		if a := o["mac"].(string); strings.HasPrefix(a, "02:00:00:") {
			m[a] = o
		}
	}
	if len(m) < len(fdbPairs()) {
		t.Fatalf("bridge shows %d entries: %v", len(m), m)
	}
	return m
}

// TestIntegrationVXLANFDB sets what only a tunnel's FDB has.
func TestIntegrationVXLANFDB(t *testing.T) {
	testenv.NeedTool(t, "ip", "bridge")
	c := dial(t, nil)
	plumb(t, c)
	ipLines(t, "ip link add vx0 index 20 type vxlan id 5 dstport 4789 local 10.0.1.1 dev v0", "ip link set vx0 up")
	t.Cleanup(func() { ipLines(t, "ip link del vx0") })
	n := Neigh{Family: unix.AF_BRIDGE, Link: LinkIndex(20), LLAddr: mac("00:00:00:00:00:00"), Dst: ip("10.0.1.2"), Port: 9999, VNI: 77,
		Via: LinkIndex(v0Index), Flags: unix.NTF_SELF, State: unix.NUD_PERMANENT, Type: unix.RTN_UNICAST}
	second := n
	second.Dst = ip("10.0.1.3")
	do(t, c, &NeighAdd{Neigh: n}, &NeighAdd{Neigh: second, Mode: ModeAppend})
	got := testNeighs(t, c, NeighDump{Family: unix.AF_BRIDGE, Index: 20})
	if diff := same(map[string]Neigh{n.key(): n, second.key(): second}, got); diff != "" {
		t.Errorf("read back (-set +dumped):\n%s", diff)
	}
	ours := ipJSON(t, "bridge -j -d fdb show dev vx0", "used", "updated")
	do(t, c, &NeighDel{n}, &NeighDel{second})
	if left := testNeighs(t, c, NeighDump{Family: unix.AF_BRIDGE, Index: 20}); len(left) != 0 {
		t.Errorf("deleted, and still there: %v", left)
	}
	ipLines(t, "bridge fdb add 00:00:00:00:00:00 dev vx0 dst 10.0.1.2 port 9999 vni 77 via v0 self permanent",
		"bridge fdb append 00:00:00:00:00:00 dev vx0 dst 10.0.1.3 port 9999 vni 77 via v0 self permanent")
	if diff := same(ipJSON(t, "bridge -j -d fdb show dev vx0", "used", "updated"), ours); diff != "" || len(ours) < 2 {
		t.Errorf("what bridge reads (-its own +ours):\n%s", diff)
	}
}

// TestIntegrationNeighManaged has an entry whose state the kernel changes.
func TestIntegrationNeighManaged(t *testing.T) {
	needLinux(t, 5, 16, "NTF_EXT_MANAGED")
	c := dial(t, nil)
	plumb(t, c)
	n := Neigh{Link: LinkIndex(v0Index), Dst: ip("10.0.1.10"), ExtFlags: ntfExtManaged}
	do(t, c, &NeighAdd{Neigh: n})
	got, err := c.Neigh(t.Context(), NeighGet{Index: v0Index, Dst: n.Dst})
	if err != nil || got.ExtFlags != ntfExtManaged || got.State&unix.NUD_PERMANENT != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	do(t, c, &NeighDel{n})
}

func TestIntegrationNeighErrors(t *testing.T) {
	c := dial(t, nil)
	plumb(t, c)
	n := Neigh{Link: LinkIndex(v0Index), Dst: ip("10.0.1.9"), LLAddr: mac("02:00:00:00:00:09")}
	fdb := Neigh{Family: unix.AF_BRIDGE, Link: LinkIndex(v1Index), LLAddr: mac("02:00:00:00:00:10"), Flags: unix.NTF_MASTER}
	for _, req := range []Request{
		&NeighDel{n}, &NeighDel{fdb}, &NeighAdd{Neigh: n, Mode: ModeChange},
		&NeighAdd{Neigh: Neigh{Link: LinkIndex(9999), Dst: n.Dst, LLAddr: n.LLAddr}},
	} {
		if err := c.Do(t.Context(), req); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%T: %v", req, err)
		}
	}
	for _, req := range []NeighGet{{Index: v0Index, Dst: n.Dst}, {Family: unix.AF_BRIDGE, Index: v1Index, LLAddr: fdb.LLAddr, Flags: unix.NTF_MASTER}} {
		if _, err := c.Neigh(t.Context(), req); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("get %+v: %v", req, err)
		}
	}
	do(t, c, &NeighAdd{Neigh: n}, &NeighAdd{Neigh: fdb})
	for _, req := range []Request{&NeighAdd{Neigh: n}, &NeighAdd{Neigh: fdb}} {
		if err := c.Do(t.Context(), req); !errors.Is(err, fs.ErrExist) {
			t.Errorf("twice: %v", err)
		}
	}
}

func FuzzDecodeNeigh(f *testing.F) {
	seed(f, &NeighAdd{Neigh: Neigh{Link: LinkIndex(1), Dst: ip("10.0.0.1"), LLAddr: mac("02:00:00:00:00:09"), Protocol: 4, ExtFlags: 1}},
		&NeighAdd{Neigh: Neigh{Family: unix.AF_BRIDGE, Link: LinkIndex(1), LLAddr: mac("02:00:00:00:00:10"), VLAN: 1, Port: 2, VNI: 3, Via: LinkIndex(4), SrcVNI: 5, NHID: 6}})
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := DecodeNeigh(Message{Type: unix.RTM_NEWNEIGH, Data: b})
		checkDecoded(t, err)
		if err == nil {
			// Whatever was decoded either encodes or says why not.
			var e Encoder
			if _, err := e.message(&NeighAdd{Neigh: n}); err != nil && !errors.Is(err, ErrInvalid) {
				t.Error(err)
			}
		}
	})
}
