package lab

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/peerstate"
	"github.com/nslab/nslab/internal/testenv"
)

// A property is something of an object that a file may or cannot speak of.
type property struct {
	name string
	node string // a unless said otherwise
	// say are replacements in saidFile that make it speak of the property, none
	// where a file cannot.
	say []string
	// hand is a line for sh that changes it, in the node.
	hand string
	// read is a line for sh that shows it.
	read string
	// always says that each file speaks of it, though not in words.
	always bool
	// stays says that --prune leaves it as it is.
	stays bool
	// other says that the line makes something else than the file's in its
	// place.
	other bool
}

const saidFile = `
name: t
nodes:
  a: {exec: [EXEC-A], sysctls: {SYSCTL-A}, addresses: [LO-A], routes: [ROUTE-A]}
  b: {}
  c: {}
  d: {}
  sw: {kind: bridge, bridge: {BRIDGE}, exec: [EXEC-SW]}
links:
  - {endpoints: ["a:eth0", "b:eth0"], LINK ipv6: IPV6, ipv4: [[10.0.0.1/24 ADDR], "10.0.0.2/24"]}
  - {endpoints: ["c:eth0", "sw:p1"], ipv4: ["10.1.0.1/24", ""]}
  - {endpoints: ["d:eth0", "sw:p2"]}
`

// properties are the properties of each object that nslab makes, or that others
// may add.
var properties = []property{
	{name: "MTU of a link", say: []string{"LINK", "mtu: 1400,"}, hand: "ip link set eth0 mtu 1300", read: "ip -o link show dev eth0 | grep -o 'mtu [0-9]*'"},
	{name: "MTU of a port", node: "sw", hand: "ip link set p1 mtu 1300", read: "ip -o link show | grep -o 'mtu [0-9]*'"},
	{name: "master", hand: "ip link add hand0 type bridge; ip link set eth0 master hand0", read: "ip -o link show dev eth0 | grep -o 'master [^ ]*' || :"},
	{name: "master of a port", node: "sw", always: true, hand: "ip link set p1 nomaster", read: "ip -o link show dev p1 | grep -o 'master [^ ]*' || :"},
	{name: "up", always: true, hand: "ip link set eth0 down", read: "ip -o link show up dev eth0 | wc -l"},
	{name: "up of lo", always: true, hand: "ip link set lo down", read: "ip -o link show up dev lo | wc -l; ip -o address show dev lo | awk '{print $4}'"},
	{name: "MAC", always: true, hand: "ip link set eth0 address 02:00:00:00:00:77", read: "ip -o link show dev eth0 | grep -o 'ether [^ ]*'"},
	{name: "MAC of a bridge", node: "sw", always: true, hand: "ip link set br0 address 02:00:00:00:00:77", read: "ip -o link show dev br0 | grep -o 'ether [^ ]*'"},
	{name: "address generation", always: true, hand: "ip link set eth0 addrgenmode eui64", read: "cat /proc/sys/net/ipv6/conf/eth0/addr_gen_mode"},
	{name: "forwarding", always: true, hand: "echo 1 >/proc/sys/net/ipv4/ip_forward", read: "cat /proc/sys/net/ipv4/ip_forward"},

	{name: "IPv4 address", say: []string{" ADDR", ", 10.9.0.1/24"}, hand: "ip address del 10.9.0.1/24 dev eth0 2>/dev/null || ip address add 10.9.0.1/24 dev eth0", read: "ip -4 -o address show dev eth0 | awk '{print $4}'"},
	{name: "IPv6 address", say: []string{"ipv6: IPV6", "ipv6: ['fd00::1/64', 'fd00::2/64']"}, hand: "ip address del fd00::1/64 dev eth0 2>/dev/null || ip address add fd00::1/64 dev eth0 nodad", read: "ip -6 -o address show dev eth0 scope global | awk '{print $4}'"},
	{name: "address with a peer in the place of the file's", always: true, hand: "ip address del 10.0.0.1/24 dev eth0; ip address add 10.0.0.1 peer 10.0.0.9/24 dev eth0", read: "ip -4 -o address show dev eth0 | awk '{print $4,$5,$6}'"},
	{name: "address of another length in the place of the file's", say: []string{"ipv6: IPV6", "ipv6: ['fd00::1/64', 'fd00::2/64']"}, hand: "ip address del fd00::1/64 dev eth0 2>/dev/null; ip address add fd00::1/80 dev eth0 nodad", read: "ip -6 -o address show dev eth0 scope global | awk '{print $4}'", other: true},
	{name: "address before the file's", always: true, hand: "ip address del 10.0.0.1/24 dev eth0; ip address add 10.0.0.77/24 dev eth0; ip address add 10.0.0.1/24 dev eth0", read: "ip -4 -o address show dev eth0 primary | awk '{print $4}'"},
	{name: "address without its route", always: true, hand: "ip address del 10.0.0.1/24 dev eth0; ip address add 10.0.0.1/24 dev eth0 noprefixroute", read: "ip -4 route show 10.0.0.0/24"},
	{name: "another address of lo", say: []string{"LO-A", "127.0.0.9/8"}, hand: "ip address del 127.0.0.9/8 dev lo 2>/dev/null || ip address add 127.0.0.9/8 dev lo", read: "ip -4 -o address show dev lo | awk '{print $4}'"},
	{name: "address of lo that the kernel gives", say: []string{"LO-A", "127.0.0.1/8"}, hand: "ip address del 127.0.0.1/8 dev lo", read: "ip -4 -o address show dev lo | awk '{print $4}'"},
	{name: "address of lo that the kernel gives, IPv6", say: []string{"LO-A", "'::1/128'"}, hand: "ip address del ::1/128 dev lo", read: "ip -6 -o address show dev lo | awk '{print $4}'"},
	{name: "another link-local address", hand: "ip address add fe80::99/64 dev eth0 nodad", read: "ip -6 -o address show dev eth0 | awk '{print $4}'"},
	{name: "link-local address", always: true, say: []string{"IPV6", "on"}, hand: "ip address del $(ip -6 -o address show dev eth0 scope link | awk '{print $4}') dev eth0 || ip address add fe80::99/64 dev eth0 nodad", read: "ip -6 -o address show dev eth0 | awk '{print $4}'"},
	{name: "link-local address of a mode", always: true, say: []string{"IPV6", "on", "SYSCTL-A", "net.ipv6.conf.eth0.addr_gen_mode: 3"}, hand: "ip address del $(ip -6 -o address show dev eth0 scope link | awk '{print $4}') dev eth0 || ip address add fe80::99/64 dev eth0 nodad", read: "ip -6 -o address show dev eth0 | grep -c fe80 || :"},
	{name: "link-local address of a bridge", node: "sw", always: true, say: []string{"IPV6", "on", "{kind: bridge,", "{kind: bridge, ipv6: on,"}, hand: "ip address del $(ip -6 -o address show dev br0 scope link | awk '{print $4}') dev br0 || ip address add fe80::99/64 dev br0 nodad", read: "ip -6 -o address show dev br0 | awk '{print $4}'"},
	{name: "address with a peer", hand: "ip address add 10.0.0.1 peer 10.7.0.9/32 dev eth0", read: "ip -4 -o address show dev eth0 | awk '{print $4,$5,$6}'"},

	{name: "route", say: []string{"ROUTE-A", "10.9.0.0/16 via 10.0.0.2"}, hand: "ip route del 10.9.0.0/16 2>/dev/null || ip route add 10.9.0.0/16 via 10.0.0.2", read: "ip route show"},
	{name: "IPv6 route", say: []string{"ROUTE-A", "'unreachable fd09::/64'"}, hand: "ip -6 route del unreachable fd09::/64 2>/dev/null || ip -6 route add unreachable fd09::/64", read: "ip -6 route show"},
	{name: "connected route", say: []string{"ROUTE-A", "10.0.0.0/24 dev eth0"}, hand: "ip route del 10.0.0.0/24", read: "ip route show"},
	{name: "local route", say: []string{"ROUTE-A", "local 10.0.0.1 dev eth0 table local proto kernel scope host src 10.0.0.1"}, hand: "ip route del local 10.0.0.1 table local", read: "ip route show table local"},
	{name: "broadcast route", say: []string{"ROUTE-A", "broadcast 10.0.0.255 dev eth0"}, hand: "ip route del broadcast 10.0.0.255 table local", read: "ip route show table local", stays: true},
	{name: "route of a routing daemon", hand: "ip route add 10.9.0.0/16 via 10.0.0.2 proto bird", read: "ip route show", stays: true},

	{name: "setting", say: []string{"SYSCTL-A", "net.ipv4.ip_default_ttl: 99"}, hand: "echo 77 >/proc/sys/net/ipv4/ip_default_ttl", read: "cat /proc/sys/net/ipv4/ip_default_ttl"},
	{name: "setting of an interface", say: []string{"SYSCTL-A", "net.ipv4.conf.eth0.rp_filter: 1"}, hand: "echo 2 >/proc/sys/net/ipv4/conf/eth0/rp_filter", read: "cat /proc/sys/net/ipv4/conf/eth0/rp_filter"},
	{name: "IPv6 turned off", say: []string{"SYSCTL-A", "net.ipv6.conf.all.disable_ipv6: 1"}, hand: "echo $((1-$(cat /proc/sys/net/ipv6/conf/all/disable_ipv6))) >/proc/sys/net/ipv6/conf/all/disable_ipv6", read: "cat /proc/sys/net/ipv6/conf/all/disable_ipv6; ip -6 -o address show dev lo | awk '{print $4}'"},
	{name: "IPv6 turned off at lo", hand: "echo 1 >/proc/sys/net/ipv6/conf/lo/disable_ipv6", read: "cat /proc/sys/net/ipv6/conf/lo/disable_ipv6; ip -6 -o address show dev lo | awk '{print $4}'"},

	{name: "MTU of a bridge", node: "sw", say: []string{"BRIDGE", "mtu: 1400"}, hand: "ip link set br0 mtu 1300", read: "ip -o link show dev br0 | grep -o 'mtu [0-9]*'"},
	{name: "ageing", node: "sw", say: []string{"BRIDGE", "ageing_time: 100s"}, hand: "ip link set br0 type bridge ageing_time 7700", read: "ip -o -d link show dev br0 | grep -o ' ageing_time [^ ]*'"},
	{name: "priority", node: "sw", say: []string{"BRIDGE", "priority: 4096"}, hand: "ip link set br0 type bridge priority 7", read: "ip -o -d link show dev br0 | grep -o ' priority [^ ]*'"},
	{name: "hello time", node: "sw", say: []string{"BRIDGE", "hello_time: 3s"}, hand: "ip link set br0 type bridge hello_time 400", read: "ip -o -d link show dev br0 | grep -o ' hello_time [^ ]*'"},
	{name: "snooping", node: "sw", say: []string{"BRIDGE", "multicast_snooping: false"}, hand: "ip link set br0 type bridge mcast_snooping $((1-$(ip -o -d link show dev br0 | grep -o 'mcast_snooping .' | tail -c 2)))", read: "ip -o -d link show dev br0 | grep -o ' mcast_snooping [^ ]*'"},
	{name: "option that no file can speak of", node: "sw", hand: "ip link set br0 type bridge mcast_last_member_count 7", read: "ip -o -d link show dev br0 | grep -o ' mcast_last_member_count [^ ]*'"},
	{name: "cost of a port", node: "sw", hand: "ip link set p1 type bridge_slave cost 77", read: "ip -o -d link show dev p1 | grep -o ' cost [^ ]*'"},
	{name: "hairpin of a port", node: "sw", hand: "ip link set p1 type bridge_slave hairpin on learning off", read: "ip -o -d link show dev p1 | grep -o 'hairpin o[^ ]*\\|learning o[^ ]*'"},
	{name: "FDB entry", node: "sw", hand: "bridge fdb add 02:00:00:00:00:99 dev p1 master static", read: "bridge fdb show | grep -c 02:00:00:00:00:99 || :"},
	{name: "local FDB entry", node: "sw", hand: "bridge fdb add 02:00:00:00:00:99 dev p1 master", read: "bridge fdb show | grep -c 02:00:00:00:00:99 || :"},
	{name: "FDB entry of a device", node: "sw", hand: "bridge fdb add 02:00:00:00:00:99 dev p1 self", read: "bridge fdb show | grep -c 02:00:00:00:00:99 || :"},
	{name: "FDB entry of the bridge itself", node: "sw", hand: "bridge fdb add 02:00:00:00:00:99 dev br0 self", read: "bridge fdb show | grep -c 02:00:00:00:00:99 || :"},
	{name: "FDB entry of a program", node: "sw", hand: "bridge fdb add 02:00:00:00:00:99 dev p1 master extern_learn", read: "bridge fdb show | grep -c 02:00:00:00:00:99 || :"},
	{name: "queue length", hand: "ip link set eth0 txqueuelen 77", read: "ip -o link show dev eth0 | grep -o 'qlen [0-9]*'"},
	{name: "alias", hand: "ip link set eth0 alias 'a name'", read: "ip -o link show dev eth0 | grep -o 'alias .*' || :"},
	{name: "group", hand: "ip link set eth0 group 7", read: "ip -o link show dev eth0 | grep -o 'group [^ ]*'"},
	{name: "flags of a link", hand: "ip link set eth0 arp off allmulticast on promisc on", read: "ip -o link show dev eth0 | grep -o '<.*>' | tr ',<>' '\\n' | grep 'ARP\\|MULTI\\|PROM'"},
	{name: "alternative name", hand: "ip link property add dev eth0 altname another-name-of-it", read: "ip -o link show dev eth0 | grep -o 'altname.*' || :"},
	{name: "bridge", hand: "ip link add hand0 type bridge; ip link set hand0 up", read: "ip -o link show | grep -c hand0 || :"},
	{name: "pair of links", hand: "ip link add hand0 type veth peer name hand1; ip address add 10.44.0.1/24 dev hand0", read: "ip -o link show | grep -c hand0 || :"},
	{name: "rule", hand: "ip rule add from 10.0.0.1 table 7 priority 100", read: "ip rule show"},
	{name: "IPv6 rule", hand: "ip -6 rule add fwmark 7 table 7 priority 100", read: "ip -6 rule show"},
	{name: "rule that is always there", hand: "ip rule del table default", read: "ip rule show"},
	{name: "rule of a routing daemon", hand: "ip rule add from 10.0.0.1 table 7 priority 100 protocol zebra", read: "ip rule show", stays: true},
	{name: "rule of L3 master devices", hand: "ip rule add l3mdev pref 1000", read: "ip rule show"},
	{name: "IPv6 rule of L3 master devices", hand: "ip -6 rule add l3mdev pref 1000", read: "ip -6 rule show"},
	{name: "rule of L3 master devices that is the kernel's", hand: "ip rule add l3mdev pref 1000 protocol kernel", read: "ip rule show", stays: true},
	{name: "neighbour", hand: "ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:99 dev eth0", read: "ip neigh show nud permanent"},
	{name: "neighbour where there is no ARP", hand: "ip link set eth0 arp off; ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:99 dev eth0", read: "ip neigh show nud permanent"},
	{name: "proxied neighbour", hand: "ip neigh add proxy 10.0.0.9 dev eth0", read: "ip neigh show proxy"},
	{name: "route in another table", hand: "ip route add 10.8.0.0/16 via 10.0.0.2 table 7", read: "ip route show table all | grep 10.8 || :"},
	{name: "STP", node: "sw", always: true, hand: "ip link set br0 type bridge stp_state 1", read: "ip -o -d link show dev br0 | grep -o ' stp_state [^ ]*'"},
}

// file is saidFile with replacements, a line that a node runs, and nothing
// else.
func (p *property) file(say []string, exec string) string {
	text := strings.NewReplacer(say...).Replace(saidFile)
	at := "EXEC-" + strings.ToUpper(p.in())
	if exec != "" {
		text = strings.Replace(text, at, "'"+strings.ReplaceAll(exec, "'", "''")+"'", 1)
	}
	return strings.NewReplacer("EXEC-A", "", "EXEC-SW", "", "SYSCTL-A", "", "LO-A", "", "ROUTE-A", "", "BRIDGE", "",
		"LINK", "", "ipv6: IPV6, ", "", " ADDR", "").Replace(text)
}

func (p *property) in() string {
	if p.node == "" {
		return "a"
	}
	return p.node
}

// sh runs a line in the property's node.
func (p *property) sh(t *testing.T, line string) (out string) {
	t.Helper()
	in(t, "t-"+p.in(), func() error {
		b, err := exec.Command("sh", "-c", line).CombinedOutput()
		// Until the kernel has noticed the carrier, routes are said to have
		// none.
		out = strings.TrimSpace(strings.ReplaceAll(string(b), " linkdown", ""))
		if err != nil {
			return fmt.Errorf("%s: %w: %s", line, err, b)
		}
		return nil
	})
	return out
}

// TestIntegrationSaidOrNot goes through what a file says, said once and never
// said of each property, and through that as nslab has made it, as somebody has
// changed it and as an exec line has.
func TestIntegrationSaidOrNot(t *testing.T) {
	testenv.NeedTool(t, peerstate.Tools...)
	for i, p := range properties {
		if !testenv.Row(i) {
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			never := p.file(nil, "")
			said := never
			if p.say != nil {
				said = p.file(p.say, "")
			}
			down := func() {
				t.Helper()
				if err := Down(bg, "t", nil, DownOptions{Kill: true}); err != nil {
					t.Fatal(err)
				}
			}
			made := func(file string) string {
				t.Helper()
				up(t, nil, file)
				defer down()
				return p.sh(t, p.read)
			}
			check := func(what, want string) {
				t.Helper()
				if got := p.sh(t, p.read); got != want {
					t.Errorf("%s: %q, want %q", what, got, want)
				}
			}
			empty := func(what, file string) {
				t.Helper()
				plan, err := PlanUp(bg, parse(t, file), nil, UpOptions{})
				if err != nil {
					t.Fatal(err)
				}
				if !plan.Empty() {
					t.Errorf("%s: a plan has\n%s", what, words(plan))
				}
			}
			foreign := func(what string, want bool, file string) {
				t.Helper()
				plan, err := PlanUp(bg, parse(t, file), nil, UpOptions{PlanOptions: PlanOptions{Foreign: true}})
				if err != nil {
					t.Fatal(err)
				}
				if !plan.Empty() || (len(plan.Foreign) > 0) != want {
					t.Errorf("%s: a plan has\n%s\nand foreign\n%s", what, words(plan), words(&Plan{Steps: plan.Foreign}))
				}
			}
			new, newSaid := made(never), made(said)

			up(t, nil, never)
			p.sh(t, p.hand)
			hand := p.sh(t, p.read)
			if hand == new {
				t.Fatalf("%s changes nothing: %s", p.hand, hand)
			}
			if !p.always {
				empty("never said, by hand", never)
				foreign("never said, by hand", !p.stays, never)
				up(t, nil, never)
				check("never said, by hand", hand)
				if _, err := Up(bg, parse(t, never), nil, UpOptions{PlanOptions: PlanOptions{Prune: true}}); err != nil {
					t.Fatal(err)
				}
				if p.stays {
					check("pruned", hand)
				} else {
					check("pruned", new)
				}
				foreign("pruned", false, never)
				down()
				byExec := p.file(nil, p.hand)
				up(t, nil, byExec)
				check("never said, by an exec line", hand)
				empty("never said, by an exec line", byExec)
				up(t, nil, byExec)
				check("never said, by an exec line, and up again", hand)
			}
			down()
			if !p.always && p.say == nil {
				return
			}

			up(t, nil, said)
			empty("said", said)
			p.sh(t, p.hand)
			if got := p.sh(t, p.read); got == newSaid {
				t.Fatalf("%s changes nothing: %s", p.hand, got)
			}
			up(t, nil, said)
			check("said, changed by hand", newSaid)
			empty("said, changed by hand", said)
			if p.always {
				down()
				return
			}
			up(t, nil, never)
			check("once said", new)
			empty("once said", never)
			up(t, nil, said)
			check("said again", newSaid)
			p.sh(t, p.hand)
			up(t, nil, never)
			once := new
			if p.other {
				once = hand
			}
			check("once said, changed by hand", once)
			empty("once said, changed by hand", never)
			down()
			byExec := p.file(p.say, p.hand)
			up(t, nil, byExec)
			up(t, nil, byExec)
			check("said, changed by an exec line", newSaid)
			empty("said, changed by an exec line", byExec)
			up(t, nil, p.file(nil, p.hand))
			check("once said, changed by an exec line", new)
			down()
		})
	}
}
