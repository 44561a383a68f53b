package labtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/lab"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/topology"
)

// perturbed is a lab with something of each kind that the kernel has.
func perturbed() *labModel {
	m := &labModel{
		name: "perturbed",
		nodes: []*nodeModel{
			{name: "r", template: template{kind: "router", addresses: []string{"192.0.2.1/32"}, sysctls: map[string]string{"net/ipv4/ip_default_ttl": "77"},
				routes: []routeModel{{dst: "10.9.0.0/16", via: "10.0.0.2"}, {dst: "10.8.0.0/16", typ: "blackhole"}}}},
			{name: "h", count: 2, template: template{routes: []routeModel{{dst: "default", via: "10.0.0.1"}, {dst: "fd09::/64", via: "fd00::1"}}}},
			{name: "sw", template: template{kind: "bridge", bridge: &bridgeModel{addresses: []string{"10.0.0.250/24"}, options: map[string]int{"ageing_time": 1000}}}},
		},
		links: []*linkModel{
			{ends: [2]endModel{{node: "r", iface: "lan"}, {node: "sw"}}, v4: [2][]string{{"10.0.0.1/24"}}, v6: [2][]string{{"fd00::1/64"}}},
			{ends: [2]endModel{{node: "h*", iface: "eth0"}, {node: "sw"}}, subnets: []subnetModel{{prefix: "10.0.0.0/24"}, {prefix: "fd00::/64"}}},
			{ends: [2]endModel{{node: "h1", iface: "eth1"}, {node: "h2", iface: "eth1"}}, mtu: 1400, mac: [2]string{"02:00:00:00:00:01", ""}},
		},
	}
	for _, i := range []*ifaceModel{
		{name: "d0", kind: "dummy", addresses: []string{"192.0.2.9/32"}},
		{name: "v0", kind: "vlan", link: "lan", mtu: 1400, options: map[string]string{"id": "7"}},
		{name: "m0", kind: "macvlan", link: "lan", mac: "02:00:00:00:00:77", options: map[string]string{"mode": "bridge"}},
	} {
		if slices.Contains(kindsHere(), i.kind) {
			m.node("r").ifaces = append(m.node("r").ifaces, i)
		}
	}
	return m
}

// TestIntegrationOracleNotices changes one thing in a lab, and checks that the
// comparison notices.
func TestIntegrationOracleNotices(t *testing.T) {
	testenv.NeedTool(t, "ip", "bridge")
	fresh, err := freshValues(sortedKeys(randomSettings))
	if err != nil {
		t.Fatal(err)
	}
	m := perturbed()
	x, err := expand(m)
	if err != nil {
		t.Fatal(err)
	}
	etc := t.TempDir()
	ctx, cfg := context.Background(), &lab.Config{NetNS: nsfs.Dir{Etc: etc}}
	top, err := topology.Parse("lab.yaml", []byte(m.spell(rand.New(rand.NewPCG(1, 1)))), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := lab.Down(ctx, m.name, cfg, lab.DownOptions{}); err != nil {
			t.Error(err)
		}
	})
	for _, tt := range []struct{ node, do, want string }{
		{"h1", "address del 10.0.0.2/24 dev eth0", `node "h1": "eth0" lacks address 10.0.0.2/24`},
		{"h1", "address add 10.7.7.7/32 dev eth0", `"eth0" has address 10.7.7.7/32, which it should not`},
		{"h2", "-6 address del fd00::3/64 dev eth0", `"eth0" lacks address fd00::3/64`},
		{"r", "address del 192.0.2.1/32 dev lo", `"lo" lacks address 192.0.2.1/32`},
		{"h1", "link set eth1 mtu 1399", `"eth1" has MTU 1399, want 1400`},
		{"h2", "link set eth1 address 02:00:00:00:00:09", `"eth1" has MAC 02:00:00:00:00:09, and had`},
		{"h1", "link set eth1 address 02:00:00:00:00:09", `"eth1" has MAC 02:00:00:00:00:09, want 02:00:00:00:00:01`},
		{"h1", "link set eth1 down", `"eth1" is down`},
		{"h1", "link del eth1", `no interface "eth1"`},
		{"r", "route del 10.9.0.0/16", `no route unicast 10.9.0.0/16`},
		{"r", "route del blackhole 10.8.0.0/16", `no route blackhole 10.8.0.0/16`},
		{"h2", "route replace default via 10.0.0.2", `no route unicast 0.0.0.0/0 table main src "" metric 0 mtu 0 hops [10.0.0.1 eth0]`},
		{"h2", "-6 route del fd09::/64", `no route unicast fd09::/64`},
		{"h2", "route add 10.6.0.0/16 dev eth0", `route unicast 10.6.0.0/16 table main src "" metric 0 mtu 0 hops [ eth0] (proto boot) should not be there`},
		{"h2", "route del 10.0.0.0/24", `no route unicast 10.0.0.0/24`},
		{"h2", "route del local 10.0.0.3 table local", `no local route to 10.0.0.3/32`},
		{"h2", "rule add from 10.0.0.1 table 7", `rules [0 local 32765 7`},
		{"sw", "link set r-lan nomaster", `"r-lan" has master "", want "br0"`},
		{"sw", "link set br0 type bridge ageing_time 1100", `bridge "br0" has ageing_time 1100, want 1000`},
		{"sw", "link set br0 type bridge priority 7", `bridge "br0" has priority 7, want 32768`},
		{"sw", "link set br0 mtu 1300", `bridge "br0" has MTU 1300, want 1500`},
		{"sw", "link add more type bridge", `interface "more" should not be there`},
		{"r", "link set d0 address 02:00:00:00:00:78", `"d0" has MAC 02:00:00:00:00:78, and had`},
		{"r", "address del 192.0.2.9/32 dev d0", `"d0" lacks address 192.0.2.9/32`},
		{"r", "link del d0", `no interface "d0"`},
		{"r", "link set v0 type vlan reorder_hdr off", `"v0" has reorder_hdr false, want true`},
		{"r", "link set v0 mtu 1300", `"v0" has MTU 1300, want 1400`},
		{"r", "link set v0 address 02:00:00:00:00:78", `"v0" has MAC 02:00:00:00:00:78, and "lan", which it is on,`},
		{"r", "link set m0 type macvlan mode vepa", `"m0" has mode vepa, want bridge`},
		{"r", "link set m0 address 02:00:00:00:00:78", `"m0" has MAC 02:00:00:00:00:78, want 02:00:00:00:00:77`},
		{"r", "link set m0 down", `"m0" is down`},
		{"h1", "netns delete perturbed-h1", `node "h1": `},
		{"r", "sysctl net/ipv4/ip_forward 0", `net/ipv4/ip_forward is "0", want "1"`},
		{"r", "sysctl net/ipv4/ip_default_ttl 64", `net/ipv4/ip_default_ttl is "64", want "77"`},
	} {
		t.Run(tt.node+" "+tt.do, func(t *testing.T) {
			for _, word := range strings.Fields(tt.do) {
				kind := map[string]string{"d0": "dummy", "v0": "vlan", "m0": "macvlan"}[word]
				if kind != "" && !slices.Contains(kindsHere(), kind) {
					t.Skipf("the kernel has no link type %s", kind)
				}
			}
			// What `up` does not repair goes with the lab.
			tr := newTracker(etc)
			for _, again := range []bool{false, true} {
				if again {
					if err := lab.Down(ctx, m.name, cfg, lab.DownOptions{}); err != nil {
						t.Fatal(err)
					}
				}
				if _, err := lab.Up(ctx, top, cfg, lab.UpOptions{PlanOptions: lab.PlanOptions{Prune: true}}); err != nil {
					t.Fatal(err)
				}
				tr.advance(x, false)
				diff, err := tr.compare(fresh)
				if diff != "" && again {
					diff, err = tr.settle(fresh)
				}
				if err != nil || diff != "" && again {
					t.Fatalf("before: %v\n%s", err, diff)
				}
				if diff == "" {
					break
				}
			}
			ns := x.prefix + tt.node
			words := strings.Fields(tt.do)
			switch words[0] {
			case "netns":
				err = run("ip", words...)
			case "sysctl":
				err = writeSysctl(ns, words[1], words[2])
			default:
				err = run("ip", append([]string{"-n", ns}, words...)...)
			}
			if err != nil {
				t.Fatal(err)
			}
			diff, err := tr.compare(fresh)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(diff, tt.want) {
				t.Errorf("got\n%s\nwant in it\n%s", diff, tt.want)
			}
		})
	}
}

// writeSysctl sets a setting of a namespace.
func writeSysctl(ns, path, value string) error {
	h, err := nsfs.Dir{}.Open(ns)
	if err != nil {
		return err
	}
	defer h.Close()
	return h.Do(func() error {
		if err := os.WriteFile(filepath.Join("/proc/sys", path), []byte(value), 0); err != nil {
			return fmt.Errorf("in %s: %w", ns, err)
		}
		return nil
	})
}
