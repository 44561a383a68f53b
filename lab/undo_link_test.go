package lab

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
)

// What somebody has set on links that a change takes away is there again when
// the change has been undone: links are made anew (queues), a bridge goes, or a
// node.
func TestIntegrationUndoLinks(t *testing.T) {
	testenv.NeedTool(t, "ip", "bridge", "sysctl")
	file := func(queues, bridge string) string {
		return "name: t\nnodes:\n  sw: {kind: bridge, bridge: {name: " + bridge + "}}\n  h: {}\n  k: {}\nlinks:\n" +
			"  - {endpoints: [\"h:eth0\", \"sw:p0\"], ipv4: [10.0.0.1/24, \"\"], ipv6: [fd00::1/64, \"\"]" + queues + "}\n  - {endpoints: [\"k:eth0\", \"sw:p1\"]}\n"
	}
	from := file("", "x")
	from = strings.Replace(from, "h: {}", "h: {kind: router, sysctls: {net.ipv4.conf.default.forwarding: 0}}", 1)
	changes := map[byte]string{
		'M': strings.Replace(file(", mtu: 1000", "x"), ", ipv6: [fd00::1/64, \"\"]", "", 1),
		'A': strings.Replace(from, "k: {}", "k: {sysctls: {net.ipv6.conf.all.addr_gen_mode: 3}}", 1),
		'F': strings.Replace(from, "k: {}", "k: {kind: router}", 1),
		'H': strings.Replace(from, "kind: router, ", "", 1),
		'6': strings.Replace(from, "k: {}", "k: {sysctls: {net.ipv6.conf.all.disable_ipv6: 1, net.ipv6.conf.all.ignore_routes_with_linkdown: 1}}", 1),
		'D': strings.Replace(strings.Replace(file(", queues: 2", "x"), ", ipv6: [fd00::1/64, \"\"]", "", 1), "h: {}", "h: {sysctls: {net.ipv6.conf.default.disable_ipv6: 1, net.ipv4.conf.default.rp_filter: 1, net.ipv4.conf.default.forwarding: 1, net.ipv6.conf.default.stable_secret: \"fd00::7\"}}", 1),
		'Q': file(", queues: 2", "x"), 'R': file("", "y"),
		'N': "name: t\nnodes:\n  sw: {kind: bridge, bridge: {name: x}}\n  k: {}\nlinks:\n  - {endpoints: [\"k:eth0\", \"sw:p1\"]}\n",
	}
	const (
		port  = "sw: for p in p0 p1; do ip -d link show $p | sed -n 's/ port_id.* topology_change_ack/ ack/; s/.*bridge_slave//p'; done"
		eth   = "h: ip -d link show eth0 | sed 's/ id-state.*//; s/ state [A-Z]*//'"
		sets  = "sysctl -a 2>/dev/null | grep '[.]eth0[.]' | grep -v stable_secret"
		all   = "sysctl -a 2>/dev/null | grep '[.]conf[.]' | grep -v stable_secret"
		entry = "ip neigh show; ip neigh show proxy; bridge fdb show | grep 02:00 | sort"
	)
	for i, c := range []struct{ changes, node, hand, read string }{
		{"QRN", "sw", "ip link set p0 type bridge_slave cost 77 priority 5 hairpin on learning off isolated on guard on root_block on", port},
		{"QRN", "sw", "ip link set p0 type bridge_slave flood off mcast_flood off bcast_flood off neigh_suppress on fastleave on mcast_router 2 proxy_arp on", port},
		{"QN", "h", "ip link set eth0 txqueuelen 77 alias 'an alias' group 9", eth},
		{"QN", "h", "ip link property add dev eth0 altname other altname another", eth},
		{"QN", "h", "ip link set eth0 arp off promisc on allmulticast on multicast off", eth},
		{"QN", "h", "ip link set eth0 gso_max_size 20000 gso_max_segs 100", eth},
		{"QN", "h", "sysctl -q net.ipv4.conf.eth0.rp_filter=2 net.ipv4.conf.eth0.proxy_arp=1 net.ipv4.neigh.eth0.gc_stale_time=77 net.ipv4.neigh.eth0.base_reachable_time_ms=30500", sets},
		{"QN", "h", "sysctl -q net.ipv6.conf.eth0.disable_ipv6=1 net.ipv6.conf.eth0.accept_ra=0 net.ipv6.neigh.eth0.mcast_solicit=5", sets},
		{"QN", "h", "ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:99 dev eth0; ip neigh add proxy 10.0.0.8 dev eth0; ip neigh add proxy fd00::8 dev eth0", entry},
		{"QRN", "sw", "bridge fdb add 02:00:00:00:00:99 dev p0 master static; bridge fdb add 02:00:00:00:00:98 dev p1 master static sticky", entry},
		{"R", "sw", "bridge fdb add 02:00:00:00:00:99 dev x self local", entry},
		{"QN", "h", "ip route add 10.7.0.0/16 via 10.0.0.7 proto bird; ip route add 10.8.0.0/16 dev eth0 proto zebra metric 7", "ip route"},
		{"R", "sw", "ip link set x type bridge mcast_hash_max 1024 mcast_last_member_count 5 nf_call_iptables 1 mcast_igmp_version 3 mcast_mld_version 2 no_linklocal_learn 1",
			"ip -d link show x | grep -o 'no_linklocal_learn [01]\\|mcast_hash_max [0-9]*\\|mcast_last_member_count [0-9]*\\|nf_call_iptables [01]\\|mcast_igmp_version [0-9]\\|mcast_mld_version [0-9]'"},
		{"D", "h", ":", sets + "; ip -6 -o address show dev eth0"},
		{"M", "h", "sysctl -q net.ipv6.conf.eth0.hop_limit=9 net.ipv6.conf.eth0.accept_ra=2", sets},
		{"A", "k", ":", "ip -6 -o address show scope link | sed 's/ forever.*//'; " + all},
		{"F", "k", "sysctl -q net.ipv4.conf.eth0.forwarding=1 net.ipv4.conf.default.forwarding=1 net.ipv6.conf.eth0.forwarding=1", all},
		{"H", "h", "sysctl -q net.ipv4.conf.eth0.forwarding=0 net.ipv6.conf.lo.forwarding=0 net.ipv6.conf.default.forwarding=0", all},
		{"6", "k", "sysctl -q net.ipv6.conf.lo.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 net.ipv6.conf.eth0.ignore_routes_with_linkdown=1", all + "; ip -6 -o address show dev lo"},
		{"QN", "h", "for i in 3 1 2; do ip addr add fd05::$i/64 dev eth0 nodad; ip addr add 10.5.$i.1/24 dev eth0; ip addr add 10.0.0.7$i/24 dev eth0; done", "ip -o address show dev eth0 scope global"},
		{"6", "k", "for i in 3 1 2; do ip addr add fd05::$i/64 dev eth0 nodad; done", "ip -o -6 address show dev eth0 scope global"},
		{"N", "h", "ip rule add from 10.3.0.0/16 table 77 pref 1000; ip -6 rule add to fd03::/64 table 78 pref 1001", "ip rule; ip -6 rule"},
		{"N", "h", ":", "sysctl net.ipv4.ip_forward net.ipv4.conf.all.forwarding net.ipv4.conf.default.forwarding"},
		{"N", "h", "ip link add q1 type veth peer name q2; ip link add qb type bridge; ip link set q1 master qb", masters},
		{"N", "h", "ip link add qb type bridge; ip link add qc type bridge; ip link add q1 type veth peer name q2; ip link set q1 master qb; ip link set q2 master qc", masters},
	} {
		for _, change := range []byte(c.changes) {
			if testing.Short() && !testenv.Row(i) {
				continue
			}
			t.Run(string(change)+" "+c.hand, func(t *testing.T) {
				cfg := &Config{}
				up(t, cfg, from)
				read := func() string {
					node, line, ok := strings.Cut(c.read, ": ")
					if !ok || len(node) > 2 {
						node, line = c.node, c.read
					}
					return (&property{node: node}).sh(t, line)
				}
				(&property{node: c.node}).sh(t, c.hand)
				before := read()
				failing := strings.Replace(changes[change], "nodes:\n", "nodes:\n  zz: {exec: [\"false\"]}\n", 1)
				var re *RunError
				if _, err := Up(bg, parse(t, failing), cfg, UpOptions{}); !errors.As(err, &re) || re.Undo != nil {
					t.Fatalf("got %v", err)
				}
				if len(re.Lost) > 0 {
					t.Errorf("lost %v", re.Lost)
				}
				if after := read(); after != before {
					was, is := strings.Split(before, "\n"), strings.Split(after, "\n")
					t.Errorf("gone:\n%s\nnew:\n%s",
						strings.Join(slices.DeleteFunc(slices.Clone(was), func(l string) bool { return slices.Contains(is, l) }), "\n"),
						strings.Join(slices.DeleteFunc(is, func(l string) bool { return slices.Contains(was, l) }), "\n"))
				}
			})
		}
	}
}

// What goes with a link that a change takes away, and cannot be made again, is
// told by the plan and by the error, in whatever node it is.
func TestIntegrationUndoTellsLosses(t *testing.T) {
	testenv.NeedTool(t, "ip", "tc")
	from := "name: t\nnodes:\n  h: {}\n  k: {}\n  g: {}\nlinks:\n  - {endpoints: [\"h:eth0\", \"k:eth0\"], ipv4: [10.0.0.1/24, \"\"]}\n"
	to := strings.Replace(strings.Replace(from, "\"\"]", "\"\"], queues: 2", 1), "nodes:\n", "nodes:\n  zz: {exec: [\"false\"]}\n", 1)
	for _, c := range []struct{ kind, hand, want string }{
		{"macvtap", "ip link add v link eth0 type macvtap", "v in h (macvtap)"},
		{"macvtap", "ip link add v link eth0 type macvtap && ip link set v netns t-g", "v in g (macvtap)"},
		{"ipvlan", "ip link add v link eth0 type ipvlan", "v in h (ipvlan)"},
		{"tbf", "tc qdisc add dev eth0 root tbf rate 1mbit burst 10k latency 1s", "qdisc tbf of eth0 in h"},
		{"nexthop", "ip nexthop add id 7 via 10.0.0.7 dev eth0 && ip route add 10.7.0.0/16 nhid 7", "route 10.7.0.0/16 nhid 7 in h"},
	} {
		t.Run(c.hand, func(t *testing.T) {
			cfg := &Config{}
			up(t, cfg, from)
			h := &property{node: "h"}
			if out := h.sh(t, c.hand+" 2>&1 || echo refused"); strings.Contains(out, "refused") {
				if strings.Contains(out, "Unknown device type") || strings.Contains(out, "not supported") || strings.Contains(out, "kind is unknown") {
					t.Skipf("this kernel has no %s: %s", c.kind, out)
				}
				t.Fatal(out)
			}
			plan, err := PlanUp(bg, parse(t, to), cfg, UpOptions{})
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			if err := plan.WriteText(&b, Plain); err != nil {
				t.Fatal(err)
			}
			if text := b.String(); !strings.Contains(text, "cannot be restored: "+c.want) {
				t.Errorf("the plan does not say %q:\n%s", c.want, text)
			}
			var re *RunError
			if _, err := Up(bg, parse(t, to), cfg, UpOptions{}); !errors.As(err, &re) || re.Undo != nil || !slices.Equal(re.Lost, []string{c.want}) {
				t.Errorf("got %v", err)
			}
		})
	}
}
