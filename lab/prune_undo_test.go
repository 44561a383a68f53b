package lab

import (
	"errors"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
)

// What --prune has taken away or reset is there again where it fails later on.
func TestIntegrationPruneUndone(t *testing.T) {
	testenv.NeedTool(t, "ip", "bridge")
	const (
		file  = "name: t\nnodes:\n  a: {}\n  sw: {kind: bridge}\nlinks:\n  - {endpoints: [\"a:eth0\", \"sw:p1\"], ipv4: [10.0.0.1/24, \"\"]}\n"
		fails = "name: t\nnodes:\n  a: {}\n  sw: {kind: bridge}\n  z: {exec: [\"false\"]}\nlinks:\n  - {endpoints: [\"a:eth0\", \"sw:p1\"], ipv4: [10.0.0.1/24, \"\"]}\n"
	)
	for _, p := range []property{
		{name: "a bridge before its port", node: "sw", hand: "ip link add hand0 type bridge; ip link add hand1 type veth peer name hand2; ip link set hand1 master hand0", read: masters},
		{name: "a port before its bridge", node: "sw", hand: "ip link add hand0 type veth peer name hand1; ip link add hand2 type bridge; ip link set hand1 master hand2", read: masters},
		{name: "a neighbour where there is no ARP", hand: "ip link set eth0 arp off; ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:99 dev eth0", read: "ip neigh show nud permanent"},
		{name: "a neighbour, and another MAC", hand: "ip link set eth0 address 02:00:00:00:00:77; ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:99 dev eth0", read: "ip neigh show nud permanent"},
		{name: "an FDB entry of the bridge itself", node: "sw", hand: "bridge fdb add 02:00:00:00:00:99 dev br0 self", read: "bridge fdb show | grep 02:00:00:00:00:99 || :"},
		{name: "an FDB entry of a program", node: "sw", hand: "bridge fdb add 02:00:00:00:00:99 dev p1 master extern_learn", read: "bridge fdb show | grep 02:00:00:00:00:99 || :"},
		{name: "IPv6 turned off", hand: "echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6", read: "cat /proc/sys/net/ipv6/conf/all/disable_ipv6; ip -6 -o address show dev lo"},
	} {
		t.Run(p.name, func(t *testing.T) {
			up(t, nil, file)
			p.sh(t, p.hand)
			want := p.sh(t, p.read)
			_, err := Up(bg, parse(t, fails), nil, UpOptions{PlanOptions: PlanOptions{Prune: true}})
			var run *RunError
			if !errors.As(err, &run) || run.Undo != nil || run.Done != run.Total-1 {
				t.Fatalf("%v", err)
			}
			if got := p.sh(t, p.read); got != want {
				t.Errorf("there is\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// masters is a line for sh that shows which links are ports of which bridges.
const masters = `ip -o link show | sed -n 's/^[0-9]*: \([^:@]*\)[:@].* master \([^ ]*\) .*/\1 in \2/p'`
