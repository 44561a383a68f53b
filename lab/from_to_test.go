package lab

import (
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/internal/settle"
	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// lines is what a node's kernel says of interfaces, addresses and routes, in
// words.
func lines(t *testing.T, e *engine.Engine, node string) []string {
	t.Helper()
	c, err := e.Conn(node)
	if err != nil {
		t.Fatal(err)
	}
	links, err := c.Links(bg, rtnl.LinkDump{})
	if err != nil {
		t.Fatal(err)
	}
	names := make(map[uint32]string)
	for i := range links {
		names[links[i].Index] = links[i].Name
	}
	var all, sorted []string // as they are, and in order
	for i := range links {
		l := &links[i]
		mode, known := l.AddrGenMode()
		options := ""
		if l.Kind != "bridge" { // of which timers run
			options = fmt.Sprintf("%x", l.Data)
		}
		on := ""
		if l.Kind != "veth" {
			on = names[l.Link.Or(0)]
		}
		if l.Kind == "vxlan" { // it names its link in its own options, by index
			k, err := rtnl.DecodeVXLAN(l.Data)
			if err != nil {
				t.Fatal(err)
			}
			if link, ok := k.Link.Get(); ok {
				on = names[link.Index]
				attr := binary.NativeEndian.AppendUint16(binary.NativeEndian.AppendUint16(nil, 8), unix.IFLA_VXLAN_LINK)
				attr = binary.NativeEndian.AppendUint32(attr, link.Index)
				options = strings.Replace(options, hex.EncodeToString(attr), "", 1)
			}
		}
		port := ""
		if l.PortKind == "bridge" {
			p, err := bridge.DecodePort(l.PortData)
			if err != nil {
				t.Fatal(err)
			}
			port = topology.PortWords(&p.PortOptions)
		}
		all = append(all, fmt.Sprintf("%s: link %s %s mac %s mtu %d up %v master %q %s on %q options %s addrgenmode %d %v",
			node, l.Name, l.Kind, l.Address, l.MTU, l.Flags&unix.IFF_UP != 0, names[l.Master], port, on, options, mode, known))
	}
	vlans, err := bridge.ListVLANs(bg, c)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range vlans {
		all = append(all, fmt.Sprintf("%s: vlans %s %v", node, names[v.Index], v.VLANs))
	}
	slices.Sort(all)
	addrs, err := c.Addrs(bg, rtnl.AddrDump{})
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
		// In the kernel's order within a subnet, if they are IPv4.
		slices.SortStableFunc(addrs, func(a, b rtnl.Address) int {
			return cmp.Or(strings.Compare(names[a.Link.Index], names[b.Link.Index]), a.Prefix.Masked().Addr().Compare(b.Prefix.Masked().Addr()))
		})
		for _, a := range addrs {
			line := fmt.Sprintf("%s: address %s %s secondary %v", node, names[a.Link.Index], a.Prefix, a.Prefix.Addr().Is4() && a.Flags&unix.IFA_F_SECONDARY != 0)
			switch {
			case a.Prefix.Addr().Is6() && family == unix.AF_INET6:
				sorted = append(sorted, line)
			case a.Prefix.Addr().Is4() && family == unix.AF_INET:
				all = append(all, line)
			}
		}
		rs, err := c.Routes(bg, rtnl.RouteDump{Family: family})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rs {
			if r.Table == unix.RT_TABLE_MAIN { // the others follow from the addresses
				sorted = append(sorted, fmt.Sprintf("%s: route %s via %v dev %s src %v metric %d", node, r.Dst, r.Gateway, names[r.OIF.Index], r.PrefSrc, r.Priority))
			}
		}
	}
	slices.Sort(sorted)
	return append(all, sorted...)
}

// state is that of all nodes of the lab t.
func state(t *testing.T) []string {
	t.Helper()
	l := openLab(t, "t")
	defer l.Close()
	var all []string
	for _, n := range l.Nodes() {
		settle.Wait(t, "t-"+n.Name)
		all = append(all, lines(t, l.engine, n.Name)...)
	}
	return all
}

// fileChange is a change of a lab from one file to another. Both begin with
// their nodes, and have links after them.
type fileChange struct{ name, from, to string }

// fromTo are changes of a file, from, that must leave what a lab made of to is.
var fromTo = []fileChange{
	{"a bridge has the name of an old port", `
  a: {}
  s: {kind: bridge}
links:
  - {endpoints: ["a:eth0", "s:x"]}`, `
  a: {}
  s: {kind: bridge, bridge: {name: x}}
links:
  - {endpoints: ["a:eth0", "s:y"]}`},
	{"a port has the name of an old bridge", `
  a: {}
  s: {kind: bridge, bridge: {name: x, addresses: [10.0.0.1/24, "fd00::1/64"]}, routes: ["10.9.0.0/16 via 10.0.0.9"]}
links:
  - {endpoints: ["a:eth0", "s:y"]}`, `
  a: {}
  s: {kind: bridge}
links:
  - {endpoints: ["a:eth0", "s:x"]}`},
	{"a port of an old bridge stays, another has its name", `
  a: {}
  b: {}
  s: {kind: bridge, bridge: {name: x}}
links:
  - {endpoints: ["a:eth0", "s:z"]}`, `
  a: {}
  b: {}
  s: {kind: bridge}
links:
  - {endpoints: ["b:eth0", "s:x"]}
  - {endpoints: ["a:eth0", "s:z"]}`},
	{"a host has an interface with the name of its old bridge", `
  a: {}
  s: {kind: bridge, bridge: {name: eth0}}
links:
  - {endpoints: ["a:eth0", "s:y"]}`, `
  a: {}
  s: {}
links:
  - {endpoints: ["a:eth0", "s:eth0"]}`},
	{"another MAC address, and IPv6", `
  a: {}
  b: {}
links:
  - {endpoints: ["a:eth0", "b:eth0"], ipv6: on, mac: ["02:00:00:00:00:01", ""]}`, `
  a: {}
  b: {}
links:
  - {endpoints: ["a:eth0", "b:eth0"], ipv6: on, mac: ["02:00:00:00:00:99", ""]}`},
	{"another MAC address, and IPv6 no more", `
  a: {}
  b: {}
links:
  - {endpoints: ["a:eth0", "b:eth0"], ipv6: on, mac: ["02:00:00:00:00:01", ""]}`, `
  a: {}
  b: {}
links:
  - {endpoints: ["a:eth0", "b:eth0"], mac: ["02:00:00:00:00:99", ""]}`},
	{"another MAC address, and IPv6 now", `
  a: {}
  b: {}
links:
  - {endpoints: ["a:eth0", "b:eth0"], mac: ["02:00:00:00:00:01", ""]}`, `
  a: {}
  b: {}
links:
  - {endpoints: ["a:eth0", "b:eth0"], ipv6: on, mac: ["02:00:00:00:00:99", ""]}`},
	{"a bridge has a MAC address of its own no more", `
  a: {}
  s: {kind: bridge, bridge: {mac: "02:00:00:00:00:01", addresses: ["fd00::1/64"]}}
links:
  - {endpoints: ["a:eth0", "s:p"]}`, `
  a: {}
  s: {kind: bridge, bridge: {addresses: ["fd00::1/64"]}}
links:
  - {endpoints: ["a:eth0", "s:p"]}`},
	{"an MTU too small for IPv6", `
  a: {routes: ["fd09::/64 via fd00::2", "fd08::/64 via fd00::2 mtu 1400"], sysctls: {net.ipv6.conf.eth0.hop_limit: 33}}
  b: {}
links:
  - {endpoints: ["a:eth0", "b:eth0"], ipv6: [["fd00::1/64", "fd01::1/64", "fe80::9/64"], "fd00::2/64"]}`, `
  a: {}
  b: {}
links:
  - {endpoints: ["a:eth0", "b:eth0"], mtu: 1000}`},
	{"an MTU too small for the link-local addresses that there were not", `
  a: {}
  b: {}
links:
  - {endpoints: ["a:eth0", "b:eth0"], mtu: 1400}`, `
  a: {}
  b: {}
links:
  - {endpoints: ["a:eth0", "b:eth0"], mtu: 1000}`},
	{"an MTU large enough for IPv6", `
  a: {}
  b: {}
links:
  - {endpoints: ["a:eth0", "b:eth0"], mtu: 1000}`, `
  a: {}
  b: {}
links:
  - {endpoints: ["a:eth0", "b:eth0"], ipv6: ["fd00::1/64", "fd00::2/64"]}`},
	{"a bridge has an MTU too small for IPv6", `
  a: {}
  s: {kind: bridge, bridge: {addresses: ["fd00::1/64"], mtu: 1500}}
links:
  - {endpoints: ["a:e0", "s"]}`, `
  a: {}
  s: {kind: bridge, bridge: {mtu: 1000}}
links:
  - {endpoints: ["a:e0", "s"]}`},
	{"a bridge gets a port too small for IPv6", `
  a: {}
  b: {}
  s: {kind: bridge, bridge: {addresses: ["fd00::1/64"]}, routes: ["fd09::/64 via fd00::2"]}
links:
  - {endpoints: ["a:e0", "s"]}`, `
  a: {}
  b: {}
  s: {kind: bridge, bridge: {addresses: [10.0.0.1/24]}}
links:
  - {endpoints: ["a:e0", "s"]}
  - {endpoints: ["b:e0", "s"], mtu: 1000}`},
	{"a port becomes too small for IPv6, and the bridge does not", `
  a: {}
  s: {kind: bridge, bridge: {addresses: ["fd00::1/64"]}, routes: ["fd09::/64 via fd00::2"]}
links:
  - {endpoints: ["a:e0", "s"]}`, `
  a: {}
  s: {kind: bridge, bridge: {addresses: ["fd00::1/64"], mtu: 1500}, routes: ["fd09::/64 via fd00::2"]}
links:
  - {endpoints: ["a:e0", "s"], mtu: 1000}`},
	{"ports become large enough for IPv6", `
  a: {}
  s: {kind: bridge}
links:
  - {endpoints: ["a:e0", "s"], mtu: 1000}`, `
  a: {}
  s: {kind: bridge, bridge: {addresses: ["fd00::1/64"]}, routes: ["fd09::/64 via fd00::2"], sysctls: {net.ipv6.conf.br0.hop_limit: 33}}
links:
  - {endpoints: ["a:e0", "s"]}`},
	{"two addresses in another order", `
  a: {routes: ["default via 10.0.0.2"]}
  b: {}
links:
  - {endpoints: ["a:eth0", "b:eth0"], ipv4: [["10.0.0.1/24", "10.0.0.3/24"], "10.0.0.2/24"]}`, `
  a: {routes: ["default via 10.0.0.2"]}
  b: {}
links:
  - {endpoints: ["a:eth0", "b:eth0"], ipv4: [["10.0.0.3/24", "10.0.0.1/24"], "10.0.0.2/24"]}`},
	{"an address before another", `
  a: {routes: ["default via 10.0.0.2"]}
  b: {}
links:
  - {endpoints: ["a:eth0", "b:eth0"], ipv4: ["10.0.0.3/24", "10.0.0.2/24"]}`, `
  a: {routes: ["default via 10.0.0.2"]}
  b: {}
links:
  - {endpoints: ["a:eth0", "b:eth0"], ipv4: [["10.0.0.1/24", "10.0.0.3/24"], "10.0.0.2/24"]}`},
	{"addresses of two subnets in another order", `
  a: {routes: ["default via 10.0.0.2"]}
  b: {}
links:
  - {endpoints: ["a:eth0", "b:eth0"], ipv4: [["10.0.0.1/24", "10.0.0.3/24", "10.1.0.1/24", "10.0.0.4/24", "10.0.0.5/24", "10.1.0.2/24"], "10.0.0.2/24"]}`, `
  a: {routes: ["default via 10.0.0.2"]}
  b: {}
links:
  - {endpoints: ["a:eth0", "b:eth0"], ipv4: [["10.0.0.1/24", "10.0.0.5/24", "10.0.0.3/24", "10.1.0.1/24", "10.0.0.4/24", "10.1.0.2/24"], "10.0.0.2/24"]}`},
	{"a bridge goes, with options and an address, and its port to another", `
  a: {kind: bridge, bridges: {x: {}, y: {stp: true, priority: 4096, addresses: ["10.3.0.1/24"]}}}
  b: {}
links:
  - endpoints: ["b:eth0", "a/y:p1"]`, `
  a: {kind: bridge, bridges: {x: {}}}
  b: {}
links:
  - endpoints: ["b:eth0", "a/x:p1"]`},
	{"a pair takes its other end along before what comes there", `
  a: {}
  b: {routes: ["default via 10.0.0.1"]}
  c: {}
links:
  - {endpoints: ["a:x", "b:y"], ipv4: ["10.0.0.1/24", "10.0.0.2/24"]}`, `
  a: {}
  b: {routes: ["default via 10.0.0.1"]}
  c: {}
links:
  - {endpoints: ["b:w", "c:z"], ipv4: ["10.0.0.2/24", "10.0.0.1/24"]}`},
}

// A change of a lab leaves what a new one would be, and one that fails leaves
// what was.
func TestIntegrationFromTo(t *testing.T) {
	checkFileChanges(t, fromTo)
}

// checkFileChanges checks that for a sample of changes, each in a lab of its own.
func checkFileChanges(t *testing.T, changes []fileChange) {
	for i, c := range changes {
		if testenv.Row(i) {
			t.Run(c.name, func(t *testing.T) { checkFromTo(t, c.from, c.to) })
		}
	}
}

func checkFromTo(t *testing.T, from, to string) {
	t.Helper()
	from, to = "name: t\nnodes:"+from, "name: t\nnodes:"+to
	up(t, nil, from)
	was := state(t)
	// This node comes last.
	bad := strings.Replace(to, "\nlinks:", "\n  zz: {exec: [\"false\"]}\nlinks:", 1)
	var re *RunError
	if _, err := Up(bg, parse(t, bad), nil, UpOptions{}); !errors.As(err, &re) || re.Undo != nil {
		t.Fatalf("a change that fails: %v", err)
	}
	if d := gocmp.Diff(was, state(t)); d != "" {
		t.Errorf("undone (-before +after):\n%s", d)
	}
	up(t, nil, to)
	upAgain(t, to)
	changed := state(t)
	if err := Down(bg, "t", nil, DownOptions{}); err != nil {
		t.Fatal(err)
	}
	up(t, nil, to)
	if d := gocmp.Diff(state(t), changed); d != "" {
		t.Errorf("changed (-new +changed):\n%s", d)
	}
}

// What is in the way and somebody else's is not touched.
func TestIntegrationForeignDevice(t *testing.T) {
	const with = "name: t\nnodes:\n  s: {%s}\n  a: {}\nlinks:\n  - {endpoints: [\"a:eth0\", \"s:%s\"]}\n"
	up(t, nil, fmt.Sprintf(with, "kind: bridge", "p"))
	l := openLab(t, "t")
	defer l.Close()
	c, err := l.engine.Conn("s")
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(c.Do(bg, &rtnl.LinkAdd{Kind: rtnl.PlainKind("bridge"), Name: "mine"}),
		c.Do(bg, &rtnl.LinkAdd{Kind: &rtnl.Veth{Peer: &rtnl.VethPeer{Name: "theirs"}}, Name: "pair"}))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{fmt.Sprintf(with, "kind: bridge", "mine"), fmt.Sprintf(with, "kind: bridge, bridge: {name: pair}", "p")} {
		if _, err := Up(bg, parse(t, text), nil, UpOptions{}); err == nil || !strings.Contains(err.Error(), "delete it first") {
			t.Errorf("got %v", err)
		}
	}
}
