package labtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/lab"
	"github.com/nslab/nslab/nsfs"
)

// found are changes that nslab once got wrong, found by random labs. Each is a
// change of a lab of two hosts and a router on a bridge, after before has
// changed it.
var found = []struct {
	name   string
	before func(*labModel)
	hand   string // words of ip(8), in the namespace of h unless they are netns's
	after  func(*labModel)
}{
	{name: "an interface that is up gets IPv6", after: func(m *labModel) { m.links[1].v6[0] = []string{"fd00::2/64"} }},
	{name: "an interface that is down gets IPv6", hand: "link set eth0 down", after: func(m *labModel) { m.links[1].v6[0] = []string{"fd00::2/64"} }},
	{name: "a bridge has another MTU, and ports too small for IPv6", after: func(m *labModel) { m.node("sw").bridge.mtu, m.mtu = 9000, 1000 }},
	{name: "all interfaces get IPv6", after: func(m *labModel) { m.ipv6 = "on" }},
	{name: "an interface that is up loses IPv6", before: func(m *labModel) { m.ipv6 = "on" }, after: func(m *labModel) { m.ipv6 = "" }},
	{name: "an MTU too small for IPv6, and no more",
		before: func(m *labModel) { m.mtu = 1000 }, after: func(m *labModel) { m.mtu = 0 }},
	{name: "an MTU too small for IPv6 by hand", before: func(m *labModel) { m.mtu = 1400 }, hand: "link set eth0 mtu 1000"},
	{name: "a bridge with a smaller MTU than its ports", before: func(m *labModel) { m.node("sw").bridge.mtu = 1400 },
		after: func(m *labModel) { m.node("sw").bridge.mtu = 0 }},
	{name: "a bridge with the MTU that it has, and larger ports", after: func(m *labModel) { m.node("sw").bridge.mtu, m.mtu = 1500, 9000 }},
	{name: "a bridge shrinks below the MTU of its IPv6 route",
		before: func(m *labModel) { bridgeRoute(m, 1300) }, after: func(m *labModel) { m.mtu = 1280 }},
	{name: "a bridge grows, and its IPv6 route has the old MTU",
		before: func(m *labModel) { bridgeRoute(m, 1280); m.mtu = 1280 }, after: func(m *labModel) { m.mtu = 0 }},
	{name: "a bridge with an MTU of its own gets a small port, and has an IPv6 route",
		before: func(m *labModel) { bridgeRoute(m, 1400); m.node("sw").bridge.mtu = 1500 }, after: func(m *labModel) { m.mtu = 1280 }},
	{name: "an interface shrinks below the MTU of its IPv6 route",
		before: func(m *labModel) {
			m.links[1].v6[0] = []string{"fd00::2/64"}
			m.node("h").routes = append(m.node("h").routes, routeModel{dst: "fd09::/64", via: "fd00::9", mtu: 1300})
		}, after: func(m *labModel) { m.mtu = 1280 }},
	{name: "STP no more", before: func(m *labModel) { m.node("sw").bridge.options["stp"] = 1 },
		after: func(m *labModel) { delete(m.node("sw").bridge.options, "stp") }},
	{name: "an address by hand behind one that goes", hand: "address add 10.0.0.77/24 dev eth0",
		after: func(m *labModel) { m.links[1].v4[0] = []string{"10.0.0.3/24"} }},
	{name: "an address by hand in the place of the file's", hand: "address del 10.0.0.2/24 dev eth0; address add 10.0.0.77/24 dev eth0"},
	{name: "an interface forwards where the node does not",
		before: func(m *labModel) { m.node("r").sysctls = map[string]string{"net/ipv4/conf/lan/forwarding": "1"} },
		after:  func(m *labModel) { m.node("r").kind = "host" }},
	{name: "a setting of an interface that is made anew",
		before: func(m *labModel) { m.node("h").sysctls = map[string]string{"net/ipv4/conf/eth0/rp_filter": "2"} },
		after:  func(m *labModel) { m.links[1].queues = 2 }},
	{name: "a route of several gateways", before: func(m *labModel) {
		m.node("h").routes = append(m.node("h").routes, routeModel{dst: "10.9.0.0/16", hops: []string{"10.0.0.1", "10.0.0.9"}})
	}},
	{name: "the namespace at the other end is deleted", hand: "netns delete found-r"},
	{name: "an IPv6 route whose source goes", before: func(m *labModel) {
		m.links[1].v6[0] = []string{"fd00::2/64", "fd00::3/64"}
		m.node("h").routes = append(m.node("h").routes, routeModel{dst: "fd99::/64", via: "fd00::1", src: "fd00::3"})
	}, after: func(m *labModel) {
		m.links[1].v6[0] = m.links[1].v6[0][:1]
		m.node("h").routes = m.node("h").routes[:1]
	}},
	{name: "an interface under a route is renamed", after: func(m *labModel) { m.links[1].ends[0].iface = "eth9" }},
	{name: "a gateway's network moves to another interface", before: func(m *labModel) {
		m.links[1].v4[0] = []string{"10.5.0.1/24", "10.0.0.2/24"}
	}, after: func(m *labModel) {
		m.links[1].v4[0] = []string{"10.5.0.1/24"}
		m.links[2].v4[0] = []string{"10.0.0.2/24"}
	}},
	{name: "a route of several gateways, one of whose networks changes", before: func(m *labModel) {
		m.links[2].v4[0] = []string{"10.5.0.2/24"}
		m.node("h").routes = append(m.node("h").routes, routeModel{dst: "10.9.0.0/16", hops: []string{"10.0.0.1", "10.5.0.1"}})
	}, after: func(m *labModel) {
		m.links[2].v4[0] = []string{"10.5.0.3/24"}
		m.node("h").routes = m.node("h").routes[:1]
	}},
	{name: "and the route stays", before: func(m *labModel) {
		m.links[2].v4[0] = []string{"10.5.0.2/24"}
		m.node("h").routes = append(m.node("h").routes, routeModel{dst: "10.9.0.0/16", hops: []string{"10.0.0.1", "10.5.0.1"}})
	}, after: func(m *labModel) {
		m.links[2].v4[0] = []string{"10.5.0.3/24"}
	}},
	{name: "a route's source goes with another link", before: func(m *labModel) {
		m.links[2].v4[0] = []string{"10.5.0.2/24"}
		m.node("h").routes[0].src = "10.5.0.2"
	}, after: func(m *labModel) {
		m.links = m.links[:2]
		m.node("h").routes = nil
	}},
	{name: "an address that was another interface's broadcast address", before: func(m *labModel) {
		m.links[2].v4[0] = []string{"10.5.0.2/25"}
	}, after: func(m *labModel) {
		m.links[1].v4[0] = append(m.links[1].v4[0], "10.5.0.127/16")
		m.links[2].v4[0] = []string{"10.6.0.2/24"}
		m.node("h").routes = append(m.node("h").routes, routeModel{dst: "10.9.0.0/16", via: "10.5.0.1", src: "10.5.0.127"})
	}},
	{name: "and the interface goes", before: func(m *labModel) {
		m.links[2].v4[0] = []string{"10.5.0.2/25"}
	}, after: func(m *labModel) {
		m.links[1].v4[0] = append(m.links[1].v4[0], "10.5.0.127/16")
		m.links = m.links[:2]
	}},
	{name: "and the interface is made anew", before: func(m *labModel) {
		m.links[2].v4[0] = []string{"10.5.0.2/25"}
	}, after: func(m *labModel) {
		m.links[1].v4[0] = append(m.links[1].v4[0], "10.5.0.127/16")
		m.links[2].v4[0], m.links[2].queues = []string{"10.6.0.2/24"}, 2
	}},
	{name: "and is lo's", before: func(m *labModel) {
		m.node("h").addresses = []string{"10.5.0.2/25"}
	}, after: func(m *labModel) {
		m.links[1].v4[0] = append(m.links[1].v4[0], "10.5.0.127/16")
		m.node("h").addresses = nil
	}},
	{name: "and is a bridge's", before: func(m *labModel) {
		m.node("sw").bridge.addresses = []string{"10.5.0.2/25"}
	}, after: func(m *labModel) {
		m.node("sw").bridge.addresses = nil
		m.node("sw").addresses = []string{"10.5.0.127/16"}
	}},
	{name: "two interfaces change their networks", before: func(m *labModel) {
		m.links[2].v6[0] = []string{"fd02::2/64"}
		m.links[1].v6[0] = []string{"fd01::2/64"}
		m.node("h").routes = append(m.node("h").routes, routeModel{dst: "fd99::/64", via: "fd01::1"})
	}, after: func(m *labModel) {
		m.links[1].v6, m.links[2].v6 = m.links[2].v6, m.links[1].v6
	}},
}

// bridgeRoute gives the bridge an address, and its node a route with an MTU.
func bridgeRoute(m *labModel, mtu int) {
	sw := m.node("sw")
	sw.bridge.addresses = []string{"fd00::1/64"}
	sw.routes = []routeModel{{dst: "fd09::/64", via: "fd00::9", mtu: mtu}}
}

func foundModel() *labModel {
	return &labModel{
		name: "found",
		nodes: []*nodeModel{
			{name: "r", template: template{kind: "router"}},
			{name: "h", template: template{routes: []routeModel{{dst: "default", via: "10.0.0.1"}}}},
			{name: "sw", template: template{kind: "bridge", bridge: &bridgeModel{options: make(map[string]int)}}},
		},
		links: []*linkModel{
			{ends: [2]endModel{{node: "r", iface: "lan"}, {node: "sw"}}, v4: [2][]string{{"10.0.0.1/24"}}},
			{ends: [2]endModel{{node: "h", iface: "eth0"}, {node: "sw"}}, v4: [2][]string{{"10.0.0.2/24"}}},
			{ends: [2]endModel{{node: "h", iface: "eth1"}, {node: "sw"}}},
		},
	}
}

func TestIntegrationFound(t *testing.T) {
	testenv.NeedTool(t, "ip", "bridge")
	fresh, err := freshValues(sortedKeys(randomSettings))
	if err != nil {
		t.Fatal(err)
	}
	for i, tt := range found {
		if testing.Short() && !testenv.Row(i) {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			etc := t.TempDir()
			l := &randomRun{fresh: fresh, etc: etc, tracker: newTracker(etc), cfg: &lab.Config{NetNS: nsfs.Dir{Etc: etc}}}
			ctx, r := context.Background(), rand.New(rand.NewPCG(1, 1))
			m := foundModel()
			t.Cleanup(func() {
				if err := lab.Down(ctx, m.name, l.cfg, lab.DownOptions{}); err != nil {
					t.Error(err)
				}
			})
			if tt.before != nil {
				tt.before(m)
			}
			if err := l.up(ctx, m, r, lab.UpOptions{}); err != nil {
				t.Fatal(err)
			}
			m = m.clone()
			if err := l.byHand(tt.hand); err != nil {
				t.Fatal(err)
			}
			if tt.after != nil {
				tt.after(m)
			}
			if err := l.up(ctx, m, r, lab.UpOptions{}); err != nil {
				t.Errorf("%v\n%s", err, l.story())
			}
		})
	}
}

// byHand runs ip(8) in h, and tells the tracker.
func (l *randomRun) byHand(line string) error {
	words := strings.Fields(line)
	if line, after, ok := strings.Cut(line, "; "); ok {
		if err := l.byHand(line); err != nil {
			return err
		}
		return l.byHand(after)
	}
	switch {
	case line == "":
		return nil
	case words[0] == "netns":
		l.tracker.gone[place{node: "r"}] = true
		return run("ip", words...)
	case words[0] == "address" && words[1] == "add":
		l.tracker.addrs[place{"h", "eth0"}] = []netip.Prefix{netip.MustParsePrefix(words[2])}
	case words[0] != "link" && !strings.HasPrefix(line, "address del 10.0.0.2/24 "):
		return fmt.Errorf("the tracker is not told of %q", line)
	}
	return run("ip", append([]string{"-n", "found-h"}, words...)...)
}
