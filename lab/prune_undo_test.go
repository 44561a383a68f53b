package lab

import (
	"errors"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
)

// prunedFile is a lab of a host at a bridge.
const prunedFile = "name: t\nnodes:\n  a: {}\n  sw: {kind: bridge}\nlinks:\n  - {endpoints: [\"a:eth0\", \"sw:p1\"], ipv4: [10.0.0.1/24, \"\"]}\n"

// What --prune has taken away or reset is there again where it fails later on.
func TestIntegrationPruneUndone(t *testing.T) {
	testenv.NeedTool(t, "ip", "bridge")
	for i, p := range []property{
		{name: "a bridge before its port", node: "sw", hand: "ip link add hand0 type bridge; ip link add hand1 type veth peer name hand2; ip link set hand1 master hand0", read: masters},
		{name: "a port before its bridge", node: "sw", hand: "ip link add hand0 type veth peer name hand1; ip link add hand2 type bridge; ip link set hand1 master hand2", read: masters},
		{name: "a neighbour where there is no ARP", hand: "ip link set eth0 arp off; ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:99 dev eth0", read: "ip neigh show nud permanent"},
		{name: "a neighbour of a daemon where there is no ARP", hand: "ip link set eth0 arp off; ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:99 dev eth0 proto bird", read: "ip neigh show nud permanent"},
		{name: "a rule of L3 master devices", hand: "ip rule add l3mdev pref 1000", read: "ip rule show"},
		{name: "a neighbour, and another MAC", hand: "ip link set eth0 address 02:00:00:00:00:77; ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:99 dev eth0", read: "ip neigh show nud permanent"},
		{name: "an FDB entry of the bridge itself", node: "sw", hand: "bridge fdb add 02:00:00:00:00:99 dev br0 self", read: "bridge fdb show | grep 02:00:00:00:00:99 || :"},
		{name: "an FDB entry of a program", node: "sw", hand: "bridge fdb add 02:00:00:00:00:99 dev p1 master extern_learn", read: "bridge fdb show | grep 02:00:00:00:00:99 || :"},
		{name: "an alternative name", hand: takenAlt, read: "ip link show eth0 | grep -o altname.*"},
		{name: "a bridge for an end", hand: takenEnd, read: "ip -o -d link show eth0 | grep -o bridge"},
		{name: "a pair for a bridge", node: "sw", hand: takenBridge, read: "ip -o -d link show br0 | grep -o veth"},
		{name: "IPv6 turned off", hand: "echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6", read: "cat /proc/sys/net/ipv6/conf/all/disable_ipv6; ip -6 -o address show dev lo"},
	} {
		if !testenv.Row(i) {
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			up(t, nil, prunedFile)
			p.sh(t, p.hand)
			want := p.sh(t, p.read)
			undone(t, prunedFile, UpOptions{PlanOptions: PlanOptions{Prune: true}})
			if got := p.sh(t, p.read); got != want {
				t.Errorf("there is\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// masters is a line for sh that shows which links are ports of which bridges.
const masters = `ip -o link show | sed -n 's/^[0-9]*: \([^:@]*\)[:@].* master \([^ ]*\) .*/\1 in \2/p'`

// Lines for sh that make something of another kind in the place of a link of
// the lab.
const (
	takenAlt    = "ip link del eth0; ip link add hand0 type bridge; ip link property add dev hand0 altname eth0"
	takenEnd    = "ip link del eth0; ip link add eth0 type bridge"
	takenBridge = "ip link del br0; ip link add br0 type veth peer name hand0"
)

// What has the name of one of the lab's links is told before anything is done,
// and --prune takes it away.
func TestIntegrationPruneNameTaken(t *testing.T) {
	testenv.NeedTool(t, "ip")
	for _, p := range []property{
		{name: "an alternative name", hand: takenAlt, read: `"eth0" is an alternative name of "hand0"`},
		{name: "a bridge for an end", hand: takenEnd, read: `"eth0" exists and is of type bridge`},
		{name: "a pair for a bridge", node: "sw", hand: takenBridge, read: `"br0" exists and is of type veth`},
	} {
		t.Run(p.name, func(t *testing.T) {
			up(t, nil, prunedFile)
			p.sh(t, p.hand)
			if _, err := PlanUp(bg, parse(t, prunedFile), nil, UpOptions{}); err == nil || !strings.Contains(err.Error(), p.read) {
				t.Errorf("the plan: %v", err)
			}
			prune := UpOptions{PlanOptions: PlanOptions{Prune: true}}
			if _, err := Up(bg, parse(t, prunedFile), nil, prune); err != nil {
				t.Fatal(err)
			}
			if plan, err := PlanUp(bg, parse(t, prunedFile), nil, prune); err != nil || !plan.Empty() {
				t.Errorf("there is still, %v\n%s", err, words(plan))
			}
		})
	}
}

// The settings of a link that --prune takes away for good are not among what is
// undone.
func TestIntegrationPruneUndoneWithoutLink(t *testing.T) {
	testenv.NeedTool(t, "ip")
	const router = "name: t\nnodes:\n  a: {kind: router}\n"
	up(t, nil, router)
	(&property{}).sh(t, "ip link add q0 type ifb")
	fails := strings.Replace(strings.Replace(router, "{kind: router}", "{}", 1), "nodes:\n", "nodes:\n  zz: {exec: [\"false\"]}\n", 1)
	var re *RunError
	if _, err := Up(bg, parse(t, fails), nil, UpOptions{PlanOptions: PlanOptions{Prune: true}}); !errors.As(err, &re) || re.Undo != nil || len(re.Lost) != 1 {
		t.Errorf("got %v", err)
	}
}
