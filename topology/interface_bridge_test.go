package topology

import (
	"slices"
	"testing"
)

func onePortedNode(kind, ifaces string) string {
	return "name: x\nnodes:\n  a: {count: 3}\n  r: {kind: " + kind + ", interfaces: {" + ifaces + "}}\n" +
		"links:\n  - {endpoints: [\"a1:e\", \"r:p1\"], subnet: 10.0.0.0/24}\n  - {endpoints: [\"a2:e\", \"r:p2\"]}\n"
}

var interfaceBridgeMistakes = []mistakeCase{
	{"a port that is not there", onePortedNode("host", "br0: {kind: bridge, ports: [p3]}"), `
lab.yaml:4:60: node "r" has no interface "p3"; did you mean "p1"?
      r: {kind: host, interfaces: {br0: {kind: bridge, ports: [p3]}}}
                                                               ^`},
	{"a port that is no end of a link", onePortedNode("host", "d0: {kind: dummy}, br0: {kind: bridge, ports: [d0, lo, br0]}"), `
lab.yaml:4:79: "d0" of node "r" is not an end of a link, and cannot be a port; list the node's ends of links and its VXLANs
      r: {kind: host, interfaces: {d0: {kind: dummy}, br0: {kind: bridge, ports: [d0, lo, br0]}}}
                                                                                  ^
lab.yaml:4:83: "lo" of node "r" is not an end of a link, and cannot be a port; list the node's ends of links and its VXLANs
      r: {kind: host, interfaces: {d0: {kind: dummy}, br0: {kind: bridge, ports: [d0, lo, br0]}}}
                                                                                      ^
lab.yaml:4:87: "br0" of node "r" is not an end of a link, and cannot be a port; list the node's ends of links and its VXLANs
      r: {kind: host, interfaces: {d0: {kind: dummy}, br0: {kind: bridge, ports: [d0, lo, br0]}}}
                                                                                          ^`},
	{"a port of two bridges", onePortedNode("host", "br0: {kind: bridge, ports: [p1]}, br1: {kind: bridge, ports: [p1]}"), `
lab.yaml:4:94: "p1" of node "r" is a port of bridge "br0" already
      r: {kind: host, interfaces: {br0: {kind: bridge, ports: [p1]}, br1: {kind: bridge, ports: [p1]}}}
                                                                                                 ^`},
	{"a port with an address", "name: x\nnodes:\n  a: {}\n  r: {interfaces: {br0: {kind: bridge, ports: [p1]}}}\nlinks:\n  - {endpoints: [\"a:e\", \"r:p1\"], ipv4: [\"\", 10.0.0.1/24]}\n", `
lab.yaml:6:45: "p1" is a port of a bridge, and has no address of its own; write "" here, and addresses: of the bridge
      - {endpoints: ["a:e", "r:p1"], ipv4: ["", 10.0.0.1/24]}
                                                ^`},
	{"an end that names another bridge", "name: x\nnodes:\n  a: {}\n  r: {interfaces: {br0: {kind: bridge, ports: [p1]}, br1: {kind: bridge}}}\nlinks:\n  - {endpoints: [\"a:e\", \"r/br1:p1\"]}\n", `
lab.yaml:6:25: "p1" is a port of bridge "br1" here, and bridge "br0" lists it, on line 4
      - {endpoints: ["a:e", "r/br1:p1"]}
                            ^`},
	{"no such bridge in a host", "name: x\nnodes:\n  a: {}\n  r: {interfaces: {br0: {kind: bridge}}}\nlinks:\n  - {endpoints: [\"a:e\", \"r/br1:p1\"]}\n", `
lab.yaml:6:25: node "r" has no bridge "br1"; did you mean "br0"?
      - {endpoints: ["a:e", "r/br1:p1"]}
                            ^`},
	{"options as of any bridge", onePortedNode("host", "br0: {kind: bridge, stp: on, forward_delay: 1s, group_fwd_mask: 1}"), `
lab.yaml:4:76: forward_delay is 1s; with stp use 2s to 30s
      r: {kind: host, interfaces: {br0: {kind: bridge, stp: on, forward_delay: 1s, group_fwd_mask: 1}}}
                                                                               ^
lab.yaml:4:96: group_fwd_mask has one of the bits 0 to 2 set, which the kernel refuses
      r: {kind: host, interfaces: {br0: {kind: bridge, stp: on, forward_delay: 1s, group_fwd_mask: 1}}}
                                                                                                   ^`},
	{"one address on both sides", "name: x\nnodes:\n  a: {}\n  r: {interfaces: {br0: {kind: bridge, ports: [p1], addresses: [10.0.0.1/24]}}}\nlinks:\n  - {endpoints: [\"a:e\", \"r:p1\"], ipv4: [10.0.0.1/24, \"\"]}\n", `
lab.yaml:6:41: address 10.0.0.1 is on one segment twice: on "br0" of node "r" and on "e" of node "a"
      - {endpoints: ["a:e", "r:p1"], ipv4: [10.0.0.1/24, ""]}
                                            ^`},
}

// A bridge of a router has the ports that it lists and those that name it, and
// a routed port stays one. A subnet gives no address to a port.
func TestInterfaceBridge(t *testing.T) {
	top := mustParse(t, `name: x
nodes:
  h: {count: 5}
  r:
    kind: router
    interfaces:
      br0: {kind: bridge, ports: ["lan${INDEX}", lan2], mtu: 1400, priority: 4096, ipv6: on}
      br1: {kind: bridge}
  sw:
    kind: bridge
    interfaces: {br1: {kind: bridge, ports: [p1]}}
links:
  - {endpoints: ["h1:e", "r:wan"], subnet: 10.0.0.0/24}
  - {endpoints: ["h2:e", "r:lan1"], subnet: 10.0.0.0/24}
  - {endpoints: ["h3:e", "r:lan2"]}
  - {endpoints: ["h4:e", "r/br1"]}
  - {endpoints: ["h4:p", "sw:p1"]}
  - {endpoints: ["h5:p", "sw:p2"]}
`)
	var ports []string
	for i := range top.Links {
		for _, e := range top.Links[i].Ends {
			if name := top.Nodes[e.Node].Name; name[0] != 'h' {
				ports = append(ports, name+":"+e.Iface+"/"+e.Bridge)
			}
			if e.Bridge != "" && len(e.Addresses) > 0 {
				t.Errorf("port %s has %s", e.Iface, e.Addresses)
			}
		}
	}
	if want := []string{"r:wan/", "r:lan1/br0", "r:lan2/br0", "r:h4-e/br1", "sw:p1/br1", "sw:p2/br0"}; !slices.Equal(ports, want) {
		t.Errorf("ports %q, want %q", ports, want)
	}
	r := top.Node("r")
	if len(r.Bridges) != 2 || len(r.Interfaces) != 0 {
		t.Fatalf("%d bridges, %d interfaces", len(r.Bridges), len(r.Interfaces))
	}
	if b := r.Bridges[0]; b.MTU != 1400 || b.IPv6 != IPv6On || b.Options.Priority.Or(0) != 4096 || b.Options.STPState.Or(1) != 0 || b.MAC == nil {
		t.Errorf("%+v", b)
	}
}
