package topology

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/sysctl"
)

// checkTopology checks what must hold for every Topology that Parse returns.
func checkTopology(t *testing.T, top *Topology) {
	t.Helper()
	if err := CheckName(top.Name); err != nil {
		t.Error(err)
	}
	names := make(map[string]bool)
	macs := make(map[string]bool)
	mac := func(a fmt.Stringer, raw []byte) {
		if len(raw) != 6 || raw[0]&1 != 0 || macs[string(raw)] {
			t.Errorf("MAC %s is bad or there twice", a)
		}
		macs[string(raw)] = true
	}
	ifaces := make([]map[string]bool, len(top.Nodes))
	type inVRF struct {
		vrf  string
		addr netip.Addr
	}
	addrs := make([]map[inVRF]bool, len(top.Nodes))
	give := func(node int, iface string, all []netip.Prefix, ipv6 IPv6Mode) {
		for _, a := range all {
			if !a.IsValid() || a.Addr().IsMulticast() || a.Addr().Is6() && ipv6 == IPv6Off {
				t.Errorf("node %q: address %s with IPv6 mode %d", top.Nodes[node].Name, a, ipv6)
			}
			at := inVRF{top.Nodes[node].vrf(iface), a.Addr()}
			if addrs[node][at] && !a.Addr().IsLinkLocalUnicast() {
				t.Errorf("node %q: address %s twice", top.Nodes[node].Name, a)
			}
			addrs[node][at] = true
		}
	}
	iface := func(node int, name string) {
		if bad := badIface(name); bad != "" || ifaces[node][name] {
			t.Errorf("node %q: interface %q %s, or occurs twice", top.Nodes[node].Name, name, bad)
		}
		ifaces[node][name] = true
	}
	for i := range top.Nodes {
		n := &top.Nodes[i]
		ifaces[i], addrs[i] = make(map[string]bool), make(map[inVRF]bool)
		if err := nsfs.CheckName(top.Prefix + n.Name); err != nil || names[n.Name] || top.NodeIndex(n.Name) != i || top.Node(n.Name) != n {
			t.Errorf("node %d, %q: %v, or occurs twice", i, n.Name, err)
		}
		names[n.Name] = true
		if n.Kind == Switch && len(n.Bridges) == 0 {
			t.Errorf("node %q of kind %s has %d bridges", n.Name, n.Kind, len(n.Bridges))
		}
		give(i, "lo", n.Addresses, n.IPv6)
		for k := range n.Bridges {
			b := &n.Bridges[k]
			iface(i, b.Name)
			mac(b.MAC, b.MAC)
			give(i, b.Name, b.Addresses, b.IPv6)
			if b.IPv6 == IPv6Auto {
				t.Errorf("bridge %q: IPv6 is not resolved", b.Name)
			}
		}
		for k := range n.Interfaces {
			in := &n.Interfaces[k]
			iface(i, in.Name)
			if below := top.mac(i, in.Link); in.Link == "" || !slices.Equal(below, in.MAC) { // which it may have, too
				mac(in.MAC, in.MAC)
			}
			if in.Link != "" && !top.HasInterface(i, in.Link) || top.MTU(i, in.Name) == 0 {
				t.Errorf("interface %q on %q", in.Name, in.Link)
			}
			give(i, in.Name, in.Addresses, in.IPv6)
			if in.IPv6 == IPv6Auto || in.Kind == "" || in.Line < 1 {
				t.Errorf("interface %+v", in)
			}
		}
		for k, s := range n.Sysctls {
			if !strings.HasPrefix(s.Key, "net.") || strings.Contains(sysctl.Swap(s.Key), "..") || k > 0 && n.Sysctls[k-1].Key >= s.Key {
				t.Errorf("node %q: sysctl %q", n.Name, s.Key)
			}
		}
	}
	ports := make(map[string]int)
	for i := range top.Links {
		l := &top.Links[i]
		if l.Queues < 1 || l.Queues > 4096 || l.MTU != 0 && (l.MTU < 68 || l.MTU > 65535) || l.Line < 1 {
			t.Errorf("link %d: %+v", i, l)
		}
		for k := range l.Ends {
			e := &l.Ends[k]
			n := &top.Nodes[e.Node]
			iface(e.Node, e.Iface)
			mac(e.MAC, e.MAC)
			give(e.Node, e.Iface, e.Addresses, e.IPv6)
			if e.Bridge == "" && n.Kind == Switch || e.Bridge != "" && len(e.Addresses) > 0 {
				t.Errorf("%s:%s is a port of %q with addresses %v", n.Name, e.Iface, e.Bridge, e.Addresses)
			}
			if e.IPv6 == IPv6Auto || e.IPv6 == IPv6On && l.MTU != 0 && l.MTU < 1280 {
				t.Errorf("%s:%s has IPv6 mode %d and MTU %d", n.Name, e.Iface, e.IPv6, l.MTU)
			}
			if e.Bridge != "" {
				ports[fmt.Sprint(e.Node, e.Bridge)]++
			}
		}
	}
	for b, n := range ports {
		if n > maxPorts {
			t.Errorf("bridge %s has %d ports", b, n)
		}
	}
}

func mustParse(t testing.TB, text string) *Topology {
	t.Helper()
	top, err := Parse("lab.yaml", []byte(text), nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return top
}

// TestAppending adds a node and links at the ends of their lists, and checks
// that nothing else changes.
func TestAppending(t *testing.T) {
	const nodes = "name: x\nnodes:\n  sw: {kind: bridge, bridge: {addresses: [10.1.0.1/24]}}\n  a: {}\n  r: {kind: router}\n  h: {count: 5}\n"
	const links = "links:\n" +
		"  - {endpoints: [\"a:e\", sw], subnet: 10.1.0.0/24}\n" +
		"  - {endpoints: [\"r:e\", \"a:f\"], subnet: {pool: 10.2.0.0/24, each: 31}}\n" +
		"  - {endpoints: [\"h*:eth0\", sw], subnet: 10.1.0.0/24}\n"
	before := mustParse(t, nodes+links)
	for _, tc := range []struct{ name, nodes, links string }{
		{"a node", "  new: {}\n", ""},
		{"a node with an address", "  new: {addresses: [10.1.0.3/32]}\n", ""},
		{"a bridge with an address", "  new: {kind: bridge, bridge: {addresses: [10.1.0.2/24]}}\n", ""},
		{"a node that the last pattern matches", "  h6: {}\n", ""},
		{"a link from the subnet", "", "  - {endpoints: [\"r:f\", sw], subnet: 10.1.0.0/24}\n"},
		{"a link from the pool", "", "  - {endpoints: [\"r:g\", \"h1:g\"], subnet: {pool: 10.2.0.0/24, each: 30}}\n"},
		{"a link with addresses", "", "  - {endpoints: [\"r:h\", \"h1:h\"], ipv4: [10.3.0.1/24, 10.3.0.2/24]}\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			after := mustParse(t, nodes+tc.nodes+links+tc.links)
			if diff := cmp.Diff(before.Nodes, after.Nodes[:len(before.Nodes)], cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
				cmp.Comparer(func(a, b Bridge) bool { return fmt.Sprint(a) == fmt.Sprint(b) }), cmpopts.IgnoreUnexported(Node{})); diff != "" {
				t.Error(diff)
			}
			for i := range before.Links {
				before, after := before.Links[i], after.Links[i]
				before.Line, after.Line = 0, 0
				if a, b := fmt.Sprint(before), fmt.Sprint(after); a != b {
					t.Errorf("link %d:\nwas %s\nis  %s", i, a, b)
				}
			}
			if len(after.Nodes)+len(after.Links) == len(before.Nodes)+len(before.Links) {
				t.Error("nothing was added")
			}
		})
	}
}

func TestNumericOrder(t *testing.T) {
	top := mustParse(t, "name: x\nnodes: {sw: {kind: bridge}, h: {count: 12}}\nlinks:\n  - {endpoints: [\"h*:eth0\", sw], subnet: 10.1.0.0/24}\n")
	for i := range top.Links {
		e := top.Links[i].Ends[0]
		if n, a := fmt.Sprintf("h%d", i+1), fmt.Sprintf("10.1.0.%d/24", i+1); top.Nodes[e.Node].Name != n || e.Addresses[0].String() != a {
			t.Errorf("link %d is of %s and has %s, not %s and %s", i, top.Nodes[e.Node].Name, e.Addresses[0], n, a)
		}
	}
}

func TestPortNames(t *testing.T) {
	for _, tc := range []struct{ node, iface, want string }{
		{"h1", "eth0", "h1-eth0"},
		{"sw", "", "sw"},
		{"h12345678", "eth00", "h12345678-eth00"},
		{"h123456789", "eth00", "h123456-1k7p104"},
		{"h123456789", "eth01", "h123456-6lsdzu9"},
		{"ab", "éééééééé", "ab-éé-eujn00n"},
	} {
		got := portName(tc.node, tc.iface)
		if bad := badIface(got); bad != "" {
			t.Errorf("%q %s", got, bad)
		}
		if got != tc.want {
			t.Errorf("portName(%q, %q) = %q, not %q", tc.node, tc.iface, got, tc.want)
		}
	}
}

func TestPlannedMACs(t *testing.T) {
	a := planMAC("lab", "node", "eth0", 0)
	if a[0]&3 != 2 {
		t.Errorf("%s is not a locally administered unicast address", a)
	}
	for _, b := range []string{
		planMAC("lab", "node", "eth1", 0).String(), planMAC("lab", "nodee", "th0", 0).String(),
		planMAC("labn", "ode", "eth0", 0).String(), planMAC("lab", "node", "eth0", 1).String(),
	} {
		if a.String() == b {
			t.Errorf("%s twice", a)
		}
	}
}

func TestSubnets(t *testing.T) {
	for _, tc := range []struct{ subnet, a, b string }{
		{"10.0.0.0/30", "[10.0.0.1/30]", "[10.0.0.2/30]"},
		{"10.0.0.0/31", "[10.0.0.0/31]", "[10.0.0.1/31]"},
		{"255.255.255.252/30", "[255.255.255.253/30]", "[255.255.255.254/30]"},
		{"'fd00::/64'", "[fd00::1/64]", "[fd00::2/64]"},
		{"'fd00::/126'", "[fd00::1/126]", "[fd00::2/126]"},
		{"'fd00::/127'", "[fd00::/127]", "[fd00::1/127]"},
		{"{pool: 10.0.0.0/8, each: 30}", "[10.0.0.1/30]", "[10.0.0.2/30]"},
		{"{pool: 10.0.0.0/31, each: 31}", "[10.0.0.0/31]", "[10.0.0.1/31]"},
		{"{pool: 'fd00::/48', each: 64}", "[fd00::1/64]", "[fd00::2/64]"},
		{"[10.0.0.0/24, 'fd00::/64']", "[10.0.0.1/24 fd00::1/64]", "[10.0.0.2/24 fd00::2/64]"},
		{"['fd00::/64', 10.0.0.0/24]", "[10.0.0.1/24 fd00::1/64]", "[10.0.0.2/24 fd00::2/64]"},
	} {
		top := mustParse(t, "name: x\nnodes: {a: {}, b: {}}\nlinks:\n  - endpoints: [\"a:e\", \"b:e\"]\n    subnet: "+tc.subnet+"\n")
		l := top.Links[0]
		if a, b := fmt.Sprint(l.Ends[0].Addresses), fmt.Sprint(l.Ends[1].Addresses); a != tc.a || b != tc.b {
			t.Errorf("%s gives %s and %s, not %s and %s", tc.subnet, a, b, tc.a, tc.b)
		}
	}
}

// star returns a lab of n hosts that are linked to one router.
func star(n int) string {
	return fmt.Sprintf("name: star\nnodes:\n  r: {kind: router}\n  h: {count: %d}\nlinks:\n  - endpoints: [\"h*:eth0\", \"r:p${INDEX}\"]\n    subnet: {pool: 10.0.0.0/8, each: 31}\n", n)
}

func TestLargeLab(t *testing.T) {
	top := mustParse(t, star(99_999))
	if len(top.Nodes) != 100_000 || len(top.Links) != 99_999 {
		t.Errorf("%d nodes and %d links", len(top.Nodes), len(top.Links))
	}
	checkTopology(t, top)
}

func BenchmarkParseStar(b *testing.B) {
	for _, n := range []int{1000, 10_000, 99_999} {
		text := []byte(star(n))
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse("star.yaml", text, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
