package lab

import (
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
)

// byHandLab is a lab of one link, which is changed at its end in a.
const byHandLab = `
name: t
nodes:
  a: {}
  b: {}
links:
  - {endpoints: ["a:eth0", "b:eth0"], ipv4: [[10.0.0.1/24], "10.0.0.2/24"], ipv6: ["fd00::1/64", "fd00::2/64"]}
`

// What somebody has made by hand stays where the file says nothing of it,
// whatever the kernel takes along with what the file changes, and also where
// that is undone.
func TestIntegrationByHandStays(t *testing.T) {
	testenv.NeedTool(t, "ip")
	const (
		routes = "ip route show table all | grep -v 'table local\\|proto kernel' | grep -v '::'; ip -6 route show table all | grep fd0[1-9]: || :"
		neighs = "ip neigh show nud permanent | sort; ip neigh show proxy | sort"
	)
	replaced := [2]string{"[10.0.0.1/24]", "[10.0.0.3/24]"}
	mac := [2]string{"ipv4:", `mac: ["02:00:00:00:00:77", ""], ipv4:`}
	for _, c := range []struct {
		name string
		// change is what is in the file and what comes in its place.
		change     [2]string
		hand, read string
		// gone says that it cannot stay where the change is made.
		gone bool
	}{
		{name: "a route with a secondary address", change: replaced, read: routes,
			hand: "ip address add 10.0.0.77/24 dev eth0; ip route add 10.9.0.0/16 via 10.0.0.2 src 10.0.0.77; ip route add 10.8.0.0/16 dev eth0 src 10.0.0.77 metric 5"},
		{name: "a route to a gateway", change: replaced, read: routes, hand: "ip route add 10.9.0.0/16 via 10.0.0.2; ip route add 10.8.0.0/16 via 10.9.0.1 onlink dev eth0"},
		{name: "a route through the interface", change: replaced, read: routes, hand: "ip route add 10.9.0.0/16 dev eth0; ip route add 10.8.0.0/16 via 10.9.0.1"},
		{name: "a route through an interface that has no address any more", change: [2]string{"[10.0.0.1/24]", "''"}, read: routes, hand: "ip route add 10.9.0.0/16 dev eth0"},
		{name: "a route to two gateways", change: replaced, read: routes, hand: "ip route add default nexthop via 10.0.0.2 weight 3 nexthop via 10.0.0.4"},
		{name: "two routes to one network", change: replaced, read: routes, hand: "ip route add 10.9.0.0/16 via 10.0.0.2; ip route append 10.9.0.0/16 via 10.0.0.4"},
		{name: "a route of another table", change: replaced, read: routes, hand: "ip route add default via 10.0.0.2 table 7 mtu 1400 realms 5"},
		{name: "a route of a daemon", change: replaced, read: routes, hand: "ip route add 10.9.0.0/16 via 10.0.0.2 proto bird metric 20"},
		{name: "a route by a nexthop object", change: replaced, read: routes, hand: "ip nexthop add id 7 via 10.0.0.2 dev eth0; ip route add 10.9.0.0/16 nhid 7"},
		{name: "a route whose gateway is in no network any more", change: [2]string{"[10.0.0.1/24]", "[10.5.0.1/24]"}, read: routes, hand: "ip route add 10.9.0.0/16 via 10.0.0.2", gone: true},
		{name: "a route whose source goes", change: replaced, read: routes, hand: "ip route add 10.9.0.0/16 via 10.0.0.2 src 10.0.0.1", gone: true},
		{name: "an IPv6 route with an address that gets another length", change: [2]string{"fd00::1/64", "fd00::1/80"}, read: routes, hand: "ip route add fd09::/64 via fd00::2 src fd00::1"},
		{name: "an IPv6 route whose source goes", change: [2]string{"fd00::1/64", "fd00::3/64"}, read: "ip -6 route show fd09::/64 | grep -o 'via fd00::2'", hand: "ip route add fd09::/64 via fd00::2 src fd00::1"},
		{name: "neighbours, and the only address is replaced", change: replaced, read: neighs,
			hand: "ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:99 dev eth0; ip neigh add proxy 10.0.0.8 dev eth0; ip neigh add fd00::9 lladdr 02:00:00:00:00:99 dev eth0 router"},
		{name: "neighbours of an interface that has no address any more", change: [2]string{"[10.0.0.1/24]", "''"}, read: neighs, hand: "ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:99 dev eth0"},
		{name: "neighbours, and another MAC address", change: mac, read: neighs,
			hand: "ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:99 dev eth0; ip neigh add fd00::9 lladdr 02:00:00:00:00:99 dev eth0; ip neigh add proxy 10.0.0.8 dev eth0"},
		{name: "a neighbour of a daemon", change: mac, read: "ip neigh show | grep 10.0.0.9", hand: "ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:99 dev eth0 extern_learn nud noarp proto bird"},
		{name: "IPv6 neighbours, and an MTU that is too small", change: [2]string{`ipv6: ["fd00::1/64", "fd00::2/64"]`, "mtu: 1000"}, read: neighs, hand: "ip neigh add fd00::9 lladdr 02:00:00:00:00:99 dev eth0", gone: true},
		{name: "IPv6 neighbours, and IPv6 is turned off", change: [2]string{byHandLab, strings.NewReplacer("a: {}", "a: {sysctls: {net.ipv6.conf.eth0.disable_ipv6: 1}}", "fd00::1/64", "").Replace(byHandLab)}, read: neighs, hand: "ip neigh add fd00::9 lladdr 02:00:00:00:00:99 dev eth0", gone: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			after := strings.Replace(byHandLab, c.change[0], c.change[1], 1)
			if after == byHandLab {
				t.Fatalf("%q is not in the file", c.change[0])
			}
			p := property{}
			up(t, nil, byHandLab)
			p.sh(t, c.hand)
			want := p.sh(t, c.read)
			undone(t, after, UpOptions{})
			if got := p.sh(t, c.read); got != want {
				t.Errorf("undone, there is\n%s\nwant\n%s", got, want)
			}
			settled(t, nil, byHandLab)
			up(t, nil, after)
			got := p.sh(t, c.read)
			if c.gone {
				want = ""
			}
			if got != want {
				t.Errorf("there is\n%s\nwant\n%s", got, want)
			}
			settled(t, nil, after)
		})
	}
}
