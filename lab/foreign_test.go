package lab

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/peerstate"
	"github.com/nslab/nslab/internal/testenv"
)

// Of a new lab nothing is foreign, whatever is in it, and to prune does
// nothing.
func TestIntegrationNothingForeign(t *testing.T) {
	for _, file := range []string{
		base,
		strings.Replace(base, "name: t", "name: t\nipv6: on\ndefaults: {mtu: 9000, addresses: [127.0.0.9/8, 127.0.0.1/8, '2001:db8::${INDEX}/128']}", 1),
		"name: t\nnodes: {a: {kind: router}, b: {}}\nlinks: [{endpoints: ['a:e0', 'b:e0'], mtu: 1000, ipv4: [10.0.0.1/24, 10.0.0.2/24]}]\n",
		"name: t\nnodes:\n  a: {kind: bridge, bridge: {stp: true, ageing_time: 100s, priority: 7, multicast_snooping: false, mtu: 1400}}\n" +
			"  b: {addresses: ['::1/128'], routes: ['default via 10.0.0.2 proto bird', 'unreachable fd99::/64']}\n" +
			"links: [{endpoints: ['b:e0', 'a:p1'], ipv4: [[10.0.0.1/24, 10.0.0.7/24, 10.1.0.1/31, 10.2.0.1/32], '']}, {endpoints: ['b:e1', 'a:p2'], queues: 2}]\n",
		sysctlsFile("router", "net.ipv4.conf.default.rp_filter: 1, net.ipv4.conf.all.accept_redirects: 1, net.ipv6.conf.default.hop_limit: 9, "+
			"net.ipv6.conf.eth0.mtu: 1300, net.ipv4.neigh.eth0.unres_qlen: 7, net.ipv4.ip_local_reserved_ports: 8080", ", ipv6: on"),
		sysctlsFile("host", "net.ipv6.conf.all.disable_ipv6: 1, net.ipv4.conf.eth0.forwarding: 1", ""),
		sysctlsFile("host", "net.ipv6.conf.default.stable_secret: '2001:db8::1', net.ipv6.conf.eth0.addr_gen_mode: 3", ", ipv6: on"),
	} {
		up(t, nil, file)
		settled(t, nil, file)
		p, err := PlanUp(bg, parse(t, file), nil, UpOptions{PlanOptions: PlanOptions{Foreign: true}})
		if err != nil {
			t.Fatal(err)
		}
		if !p.Empty() || len(p.Foreign) > 0 {
			t.Errorf("of\n%s\na plan has\n%s\nand foreign\n%s", file, words(p), words(&Plan{Steps: p.Foreign}))
		}
		if err := Down(bg, "t", nil, DownOptions{}); err != nil {
			t.Fatal(err)
		}
	}
}

// A plan tells what is foreign apart from what up would do.
func TestIntegrationForeignText(t *testing.T) {
	testenv.NeedTool(t, peerstate.Tools...)
	up(t, nil, base)
	hand := property{node: "a"}
	hand.sh(t, "ip link set eth0 mtu 1300; ip route add 10.9.0.0/16 via 10.1.0.1 proto zebra; ip address add 10.9.9.9/32 dev lo; ip rule add from 10.9.9.9 table 7")
	next := strings.Replace(base, `routes: ["10.1.0.0/24 via 10.2.0.1"]`, "", 1)
	p, err := PlanUp(bg, parse(t, next), nil, UpOptions{PlanOptions: PlanOptions{Foreign: true}})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := p.WriteText(&b, Plain); err != nil {
		t.Fatal(err)
	}
	const want = `  - route     10.1.0.0/24 via 10.2.0.1 dev eth0 in b

Plan for lab "t": 1 to delete.

The file does not mention the following, and a new lab would not have it;
"nslab up --prune" removes or resets it:

  ~ link      eth0 in a: mtu 1300 -> mtu 1500
  - rule      priority 32765 from 10.9.9.9 table 7 unicast in a
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
	var j struct {
		Changes, Foreign []struct{ Action, Object, Node, Name, Old, New string }
	}
	if text, err := json.Marshal(p); err != nil || json.Unmarshal(text, &j) != nil || len(j.Changes) != 1 || len(j.Foreign) != 2 || j.Foreign[0].Object != "link" {
		t.Errorf("got %s, %v", text, err)
	}
}
