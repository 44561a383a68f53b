package lab

import (
	"errors"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/settle"
	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/plan"
	"github.com/nslab/nslab/rtnl"
)

// dummies lets files have dummy interfaces on a kernel without them: they are
// of a type that is much like it.
func dummies(t *testing.T) {
	t.Helper()
	if kernelHas(t, plan.InterfaceKinds["dummy"].Kind) {
		return
	}
	if !kernelHas(t, rtnl.PlainKind("ifb")) {
		t.Skip("the kernel has neither dummy nor ifb")
	}
	was := plan.InterfaceKinds["dummy"].Kind
	plan.InterfaceKinds["dummy"].Kind = rtnl.PlainKind("ifb")
	t.Cleanup(func() { plan.InterfaceKinds["dummy"].Kind = was })
}

const linked = "\nlinks:\n  - {endpoints: [\"a:eth0\", \"b:eth0\"], ipv4: [\"10.0.0.1/24\", \"10.0.0.2/24\"]}\n"

// macChanges is a change of an address, which an ifb does not have
// (drivers/net/ifb.c).
const macChanges = "its MAC address"

var interfaceChanges = []fileChange{
	{"it comes", "\n  a: {}\n  b: {}" + linked,
		"\n  a: {interfaces: {d0: {kind: dummy, addresses: [192.0.2.1/32, \"2001:db8::1/128\"], mtu: 1400}}, routes: [10.9.0.0/16 dev d0]}\n  b: {}" + linked},
	{"it goes", "\n  a: {interfaces: {d0: {kind: dummy, addresses: [192.0.2.1/32, \"fd00::1/64\"], mac: \"02:00:00:00:00:77\", mtu: 9000}}, routes: [10.9.0.0/16 dev d0 src 192.0.2.1, \"fd09::/64 via fd00::9\"]}\n  b: {}" + linked,
		"\n  a: {}\n  b: {}" + linked},
	{"all of it changes", "\n  a: {interfaces: {d0: {kind: dummy, addresses: [192.0.2.1/32, 192.0.2.9/24], mtu: 9000}}}\n  b: {}" + linked,
		"\n  a: {interfaces: {d0: {kind: dummy, addresses: [192.0.2.2/32, \"2001:db8::1/64\"]}}, sysctls: {net.ipv4.conf.d0.rp_filter: 2}}\n  b: {}" + linked},
	{macChanges, "\n  a: {interfaces: {d0: {kind: dummy, ipv6: on}}}\n  b: {}" + linked,
		"\n  a: {interfaces: {d0: {kind: dummy, ipv6: on, mac: \"02:00:00:00:00:77\"}}}\n  b: {}" + linked},
	{"its IPv6", "\n  a: {interfaces: {d0: {kind: dummy}, d1: {kind: dummy, ipv6: on}}}\n  b: {}" + linked,
		"\n  a: {interfaces: {d0: {kind: dummy, ipv6: on}, d1: {kind: dummy}}}\n  b: {}" + linked},
	{"its address moves to a link", "\n  a: {interfaces: {d0: {kind: dummy, addresses: [10.0.0.1/24]}}}\n  b: {}\nlinks:\n  - {endpoints: [\"a:eth0\", \"b:eth0\"]}\n",
		"\n  a: {interfaces: {d0: {kind: dummy}}}\n  b: {}" + linked},
	{"its address moves to lo", "\n  a: {interfaces: {d0: {kind: dummy, addresses: [192.0.2.1/32]}}}\n  b: {}" + linked,
		"\n  a: {addresses: [192.0.2.1/32]}\n  b: {}" + linked},
	{"an end of a link has its name", "\n  a: {interfaces: {eth0: {kind: dummy, addresses: [192.0.2.1/32]}}}\n  b: {}\nlinks: []\n",
		"\n  a: {}\n  b: {}" + linked},
	{"it has the name of an end of a link", "\n  a: {}\n  b: {}" + linked,
		"\n  a: {interfaces: {eth0: {kind: dummy, addresses: [192.0.2.1/32]}}}\n  b: {}\nlinks: []\n"},
	{"a bridge has its name", "\n  s: {kind: bridge, bridge: {name: x}, interfaces: {br0: {kind: dummy}}}\nlinks: []\n",
		"\n  s: {kind: bridge, interfaces: {x: {kind: dummy}}}\nlinks: []\n"},
	{"its node goes", "\n  a: {interfaces: {d0: {kind: dummy, addresses: [192.0.2.1/32]}}}\n  b: {}\n  c: {interfaces: {d0: {kind: dummy, addresses: [192.0.2.1/32]}}}" + linked,
		"\n  a: {interfaces: {d0: {kind: dummy, addresses: [192.0.2.1/32]}}}\n  b: {}" + linked},
}

func TestIntegrationInterfaces(t *testing.T) {
	dummies(t)
	for i, tt := range interfaceChanges {
		if !testenv.Row(i) || tt.name == macChanges && plan.InterfaceKinds["dummy"].Kind.Kind() == "ifb" {
			continue
		}
		t.Run(tt.name, func(t *testing.T) { checkFromTo(t, tt.from, tt.to) })
	}
}

// What somebody does to one, the next up takes back as far as the file speaks
// of it, and with Prune the rest.
func TestIntegrationInterfaceByHand(t *testing.T) {
	dummies(t)
	const file = "name: t\nnodes:\n  a: {interfaces: {d0: {kind: dummy, addresses: [192.0.2.1/32], mtu: 1400}, d1: {kind: dummy}}}\n"
	checkByHand(t, "a", file, []string{"ip link set d0 mtu 1300 down; ip address del 192.0.2.1/32 dev d0; ip link del d1"},
		"ip link set d0 txqueuelen 77 alias x; ip address add 192.0.2.7/32 dev d0; ip link add br9 type bridge; ip link set d0 master br9; ip link add other type "+plan.InterfaceKinds["dummy"].Kind.Kind())
}

// A device that is somebody else's is not touched.
func TestIntegrationInterfaceInTheWay(t *testing.T) {
	testenv.NeedTool(t, "ip")
	dummies(t)
	up(t, nil, "name: t\nnodes:\n  a: {}\n")
	testenv.Run(t, "ip", "-n", "t-a", "link", "add", "d0", "type", "bridge")
	_, err := Up(bg, parse(t, "name: t\nnodes:\n  a: {interfaces: {d0: {kind: dummy}}}\n"), nil, UpOptions{})
	if err == nil || !strings.Contains(err.Error(), "delete it first") {
		t.Errorf("got %v", err)
	}
}

// On a kernel without the type the error names what the kernel needs, and
// nothing is left.
func TestIntegrationInterfaceNotSupported(t *testing.T) {
	checkNotSupported(t, "dummy", "\n  a: {interfaces: {d0: {kind: dummy}}}\n", "CONFIG_DUMMY")
}

// The kinds of files and those of plans are the same.
func TestInterfaceKinds(t *testing.T) {
	for name := range plan.InterfaceKinds {
		top := parse(t, "name: t\nnodes:\n  a: {interfaces: {d0: {kind: "+name+kindKeys[name]+"}}}\n  b: {}"+linked)
		p, err := PlanOffline(top, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := words(p); !strings.Contains(got, "+ interface d0 in a") {
			t.Errorf("%s:\n%s", name, got)
		}
		var script strings.Builder
		if err := p.WriteScript(&script); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !strings.Contains(script.String(), "type "+name) {
			t.Errorf("%s:\n%s", name, script.String())
		}
	}
}

// To prune, there is nothing to do about a new interface of any kind, nor about
// a VLAN on it: the kernel gives some of them other settings.
func TestIntegrationInterfacePruned(t *testing.T) {
	for name, kind := range plan.InterfaceKinds {
		t.Run(name, func(t *testing.T) {
			file := "name: t\nnodes:\n  a: {ipv6: on, interfaces: {d0: {kind: " + name + kindKeys[name] + ", addresses: [192.0.2.1/24, \"fd00::1/64\"]}"
			if name != "vrf" && kernelHas(t, plan.InterfaceKinds["vlan"].Kind) {
				file += ", v: {kind: vlan, link: d0, id: 5}"
			}
			file += "}}\n  b: {}" + linked
			if _, err := Up(bg, parse(t, file), nil, UpOptions{}); errors.Is(err, rtnl.ErrNotSupported) {
				t.Skip(err)
			} else if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := Down(bg, "t", nil, DownOptions{}); err != nil {
					t.Error(err)
				}
			})
			settle.Wait(t, "t-a")
			p, err := PlanUp(bg, parse(t, file), nil, UpOptions{PlanOptions: PlanOptions{Prune: true}})
			if err != nil || !p.Empty() {
				t.Errorf("%s: there is to do (%v):\n%s", kind.Kind.Kind(), err, words(p))
			}
		})
	}
}

// The routers of examples/loopbacks.yaml reach each other's loopback addresses,
// over the other link too.
func TestIntegrationLoopbacksExample(t *testing.T) {
	testenv.NeedTool(t, "ip", "ping")
	dummies(t)
	file := readExample(t, "loopbacks.yaml")
	reach := func() {
		t.Helper()
		settle.Carriers(t, "loopbacks-r1", "loopbacks-r2") // nothing is sent before
		testenv.Run(t, "ip", "netns", "exec", "loopbacks-r1", "ping", "-c", "1", "-W", "5", "-I", "192.0.2.1", "192.0.2.2")
	}
	up(t, nil, file)
	reach()
	testenv.Run(t, "ip", "-n", "loopbacks-r1", "link", "set", "eth0", "down")
	testenv.Run(t, "ip", "-n", "loopbacks-r2", "link", "set", "eth0", "down")
	reach()
	up(t, nil, file)
	upAgain(t, file)
}
