package lab

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/settle"
	"github.com/nslab/nslab/internal/testenv"
)

// The order of the addresses of an interface is that of the file, and the
// kernel looks for a source in it: a change mends it with as few deletions as
// it takes, and undoing a change restores it, with the routes that go along.
func TestIntegrationAddressOrder(t *testing.T) {
	testenv.NeedTool(t, "ip", "jq")
	file := func(addresses string) string {
		var v4, v6 []string
		for _, a := range strings.Fields(addresses) {
			if strings.Contains(a, ":") {
				v6 = append(v6, fmt.Sprintf("%q", a))
			} else {
				v4 = append(v4, fmt.Sprintf("%q", a))
			}
		}
		return "name: t\nnodes:\n  a: {sysctls: {" + unchecked + "}}\n  b: {}\nlinks:\n  - {endpoints: [\"a:eth0\", \"b:eth0\"], ipv4: [[" + strings.Join(v4, ", ") + "], \"10.0.0.99/24\"], ipv6: [[" +
			strings.Join(v6, ", ") + "], \"fd00::99/64\"]}\n"
	}
	const (
		// IPv6 comes last first, as the kernel lists it.
		addresses = `ip -j addr show dev eth0 | jq -r '[.[].addr_info[] | select(.scope == "global") | .local + "/" + (.prefixlen | tostring)] | join(" ")'`
		all       = `ip -j -d addr show dev eth0 | jq -c '.[].addr_info[]'; ip -j -d route show table all | jq -c '.[] | del(.flags)' | sort; ip -j -6 -d route show table all | jq -c '.[] | del(.flags, .expires)' | sort`
	)
	for i, c := range []struct {
		name, from, hand, to string
		// want are the addresses after the change, as the kernel lists them, and
		// deleted is how many of them it deletes.
		want    string
		deleted int
	}{
		{"two networks change places", "10.0.0.1/24 10.1.0.1/24", ":", "10.1.0.1/24 10.0.0.1/24", "10.1.0.1/24 10.0.0.1/24", 1},
		{"one network, two change places", "10.0.0.1/24 10.0.0.2/24", ":", "10.0.0.2/24 10.0.0.1/24", "10.0.0.2/24 10.0.0.1/24", 2},
		{"secondary ones change places", "10.0.0.1/24 10.0.0.2/24 10.0.0.3/24", ":", "10.0.0.1/24 10.0.0.3/24 10.0.0.2/24", "10.0.0.1/24 10.0.0.3/24 10.0.0.2/24", 1},
		{"IPv6", "fd00::1/64 fd00::2/64", ":", "fd00::2/64 fd00::1/64", "fd00::1/64 fd00::2/64", 1},
		{"one comes first", "10.1.0.1/24 fd00::1/64", ":", "10.0.0.1/24 10.1.0.1/24 fd00::2/64 fd00::1/64", "10.0.0.1/24 10.1.0.1/24 fd00::1/64 fd00::2/64", 2},
		{"one comes last", "10.1.0.1/24 fd00::1/64", ":", "10.1.0.1/24 10.0.0.1/24 fd00::1/64 fd00::2/64", "10.1.0.1/24 10.0.0.1/24 fd00::2/64 fd00::1/64", 0},
		{"the first goes", "10.0.0.1/24 10.1.0.1/24 10.2.0.1/24 fd00::1/64 fd00::2/64", ":", "10.1.0.1/24 10.2.0.1/24 fd00::2/64", "10.1.0.1/24 10.2.0.1/24 fd00::2/64", 2},
		{"the first of one network goes", "10.0.0.1/24 10.0.0.2/24 10.1.0.1/24 10.0.0.3/24", "sysctl -qw net.ipv4.conf.eth0.promote_secondaries=1", "10.0.0.2/24 10.1.0.1/24 10.0.0.3/24", "10.0.0.2/24 10.1.0.1/24 10.0.0.3/24", 4},
		{"the first goes, with routes of the others", "10.0.0.1/24 10.1.0.1/24 fd00::1/64 fd00::2/64",
			"ip route add 10.7.0.0/16 via 10.1.0.9 src 10.1.0.1; ip route add 10.8.0.0/16 via 10.0.0.9; ip -6 route add fd07::/64 via fd00::9 src fd00::2; ip -6 route add fd08::/64 dev eth0",
			"10.1.0.1/24 fd00::2/64", "10.1.0.1/24 fd00::2/64", 2},
		{"by hand, behind", "10.0.0.1/24 10.1.0.1/24", "ip addr add 10.5.0.1/24 dev eth0; ip addr add 10.5.0.2/24 dev eth0; ip route add 10.7.0.0/16 via 10.5.0.9 src 10.5.0.2",
			"10.1.0.1/24 10.0.0.1/24", "10.1.0.1/24 10.5.0.1/24 10.0.0.1/24 10.5.0.2/24", 1},
		{"by hand, behind all that go", "10.0.0.1/24", "ip addr add 10.5.0.1/24 dev eth0; ip route add 10.7.0.0/16 via 10.5.0.9",
			"10.1.0.1/24", "10.1.0.1/24 10.5.0.1/24", 2},
		{"by hand, with what a file cannot say", "10.0.0.1/24 fd00::1/64", "ip addr add 10.5.0.1/24 dev eth0 brd 10.5.0.77 metric 7; ip addr add 10.6.0.1 peer 10.6.0.2/32 dev eth0; ip addr add fd05::1/64 dev eth0 nodad noprefixroute",
			"10.1.0.1/24 fd00::3/64", "10.1.0.1/24 10.5.0.1/24 10.6.0.1/32 fd00::3/64 fd05::1/64", 4},
	} {
		if !testenv.Row(i) {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			p := &property{node: "a"}
			read := func() string {
				settle.Wait(t, "t-a")
				return p.sh(t, all)
			}
			up(t, nil, file(c.from))
			p.sh(t, c.hand)
			before := read()
			undone(t, file(c.to), UpOptions{})
			if after := read(); after != before {
				t.Errorf("undone, there is\n%s\nwant\n%s", after, before)
			}
			settled(t, nil, file(c.from))
			steps := up(t, nil, file(c.to)).Steps
			if got := p.sh(t, addresses); got != c.want {
				t.Errorf("there is %s, want %s", got, c.want)
			}
			deleted := 0
			for i := range steps {
				if steps[i].Object == "address" && steps[i].Verb.Sign() == "-" {
					deleted++
				}
			}
			if deleted != c.deleted {
				t.Errorf("%d addresses are deleted, want %d", deleted, c.deleted)
			}
			settled(t, nil, file(c.to))
		})
	}
}

// The order of addresses that somebody gave a lab is no change if it is the
// file's, whatever is between them.
func TestIntegrationAddressOrderByHand(t *testing.T) {
	testenv.NeedTool(t, "ip")
	const file = "name: t\nnodes:\n  a: {sysctls: {" + unchecked + "}, addresses: [192.0.2.1/32, 198.51.100.1/32]}\n  b: {}\nlinks:\n" +
		"  - {endpoints: [\"a:eth0\", \"b:eth0\"], ipv4: [[10.0.0.1/24, 10.1.0.1/24], \"\"], ipv6: [[\"fd00::1/64\", \"fd00::2/64\"], \"\"]}\n"
	for _, c := range []struct{ name, hand string }{
		{"the same", "ip addr flush dev eth0 scope global; ip addr add fd00::1/64 dev eth0; ip addr add 10.0.0.1/24 dev eth0; ip addr add 10.1.0.1/24 dev eth0; ip addr add fd00::2/64 dev eth0"},
		{"with others between", "ip addr flush dev eth0 scope global; ip addr add 10.0.0.1/24 dev eth0; ip addr add 10.5.0.1/24 dev eth0; ip addr add 10.1.0.1/24 dev eth0;" +
			"ip addr add fd00::1/64 dev eth0; ip addr add fd05::1/64 dev eth0; ip addr add fd00::2/64 dev eth0; ip addr add fd00::3/64 dev eth0"},
		{"lo", "ip addr flush dev lo scope global; ip addr add 203.0.113.1/32 dev lo; ip addr add 192.0.2.1/32 dev lo; ip addr add 198.51.100.1/32 dev lo; ip addr add 127.0.0.5/8 dev lo"},
	} {
		t.Run(c.name, func(t *testing.T) {
			up(t, nil, file)
			(&property{node: "a"}).sh(t, c.hand)
			settle.Wait(t, "t-a")
			settled(t, nil, file)
		})
	}
}
