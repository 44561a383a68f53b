package topology

// oneLink returns a lab file of two hosts, a bridge, and a link with these
// keys.
func oneLink(keys string) string {
	return "name: x\nnodes: {a: {}, b: {}, c: {count: 3}, sw: {kind: bridge}}\nlinks:\n  - " + keys + "\n"
}

// ab are the endpoints of a link between two hosts, aSw those of a link between
// a host and a bridge.
const (
	ab  = "endpoints: [\"a:e\", \"b:e\"]\n    "
	aSw = "endpoints: [\"a:e\", sw]\n    "
)

// linkMistakes are mistakes in links, their ends, addresses and subnets.
var linkMistakes = []mistakeCase{
	{"an address without length", oneLink(ab + `ipv4: [10.0.0.1, 10.0.0.2/24]`), `
lab.yaml:5:12: ipv4 address is "10.0.0.1"; write its prefix length, such as 10.0.0.1/24
        ipv4: [10.0.0.1, 10.0.0.2/24]
               ^`},
	{"no address", oneLink(ab + `ipv4: [10.0.0.300/24, ""]`), `
lab.yaml:5:12: ipv4 address is "10.0.0.300/24": "10.0.0.300" is not an IP address: IPv4 field has value >255; write an address and its prefix length, such as 10.0.1.1/24 or fd00::1/64
        ipv4: [10.0.0.300/24, ""]
               ^`},
	{"a length that is too long", oneLink(ab + `ipv4: [10.0.0.1/33, ""]`), `
lab.yaml:5:12: ipv4 address is "10.0.0.1/33": the prefix length "33" is not a number from 0 to 32; write an address and its prefix length, such as 10.0.1.1/24 or fd00::1/64
        ipv4: [10.0.0.1/33, ""]
               ^`},
	{"a length that is none", oneLink(ab + `ipv6: ["fd00::1/x", ""]`), `
lab.yaml:5:12: ipv6 address is "fd00::1/x": the prefix length "x" is not a number from 0 to 128; write an address and its prefix length, such as 10.0.1.1/24 or fd00::1/64
        ipv6: ["fd00::1/x", ""]
               ^`},
	{"a subnet that is too long", oneLink(ab + `subnet: 10.1.0.0/024`), `
lab.yaml:5:13: subnet is "10.1.0.0/024": the prefix length "024" is not a number from 0 to 32; write an address and a length, such as 10.1.0.0/16
        subnet: 10.1.0.0/024
                ^`},
	{"a subnet that is no address", oneLink(ab + `subnet: 10.1.0/24`), `
lab.yaml:5:13: subnet is "10.1.0/24": "10.1.0" is not an IP address: IPv4 address too short; write an address and a length, such as 10.1.0.0/16
        subnet: 10.1.0/24
                ^`},
	{"the network's address", oneLink(ab + `ipv4: [10.0.0.0/24, ""]`), `
lab.yaml:5:12: ipv4 address 10.0.0.0/24 is the address of the network, not one in it
        ipv4: [10.0.0.0/24, ""]
               ^`},
	{"the broadcast address", oneLink(ab + `ipv4: ["", 10.0.0.255/24]`), `
lab.yaml:5:16: ipv4 address 10.0.0.255/24 is the broadcast address of its network
        ipv4: ["", 10.0.0.255/24]
                   ^`},
	{"a multicast address", oneLink(ab + `ipv6: ["ff02::1/64", ""]`), `
lab.yaml:5:12: ipv6 address ff02::1/64 is a multicast address
        ipv6: ["ff02::1/64", ""]
               ^`},
	{"the wrong family", oneLink(ab + `ipv4: ["fd00::1/64", ""]`), `
lab.yaml:5:12: fd00::1/64 is not an IPv4 address
        ipv4: ["fd00::1/64", ""]
               ^`},
	{"one entry", oneLink(ab + `ipv4: [10.0.0.1/24]`), `
lab.yaml:5:11: ipv4 has 1 entries, not 2; an entry for each end, "" for none
        ipv4: [10.0.0.1/24]
              ^`},
	{"no list", oneLink(ab + `ipv4: 10.0.0.1/24`), `
lab.yaml:5:11: ipv4 is a list, not a single value
        ipv4: 10.0.0.1/24
              ^`},
	{"an address twice on a link", oneLink(ab + `ipv4: [10.0.0.1/24, 10.0.0.1/24]`), `
lab.yaml:5:25: address 10.0.0.1 is on one segment twice: on "e" of node "a" and on "e" of node "b"
        ipv4: [10.0.0.1/24, 10.0.0.1/24]
                            ^`},
	{"an address twice on a node", oneLink(ab + "ipv4: [10.0.0.1/24, \"\"]\n  - endpoints: [\"a:f\", \"b:f\"]\n    ipv4: [10.0.0.1/16, \"\"]"), `
lab.yaml:7:12: address 10.0.0.1 is on node "a" twice: on "e" and on "f"
        ipv4: [10.0.0.1/16, ""]
               ^`},
	{"an address twice behind bridges", "name: x\nnodes: {a: {}, b: {}, s: {kind: bridge}, t: {kind: bridge}}\nlinks:\n  - endpoints: [s, t]\n  - endpoints: [\"a:e\", s]\n    ipv4: [10.0.0.1/24, \"\"]\n  - endpoints: [\"b:e\", t]\n    ipv4: [10.0.0.1/24, \"\"]\n", `
lab.yaml:8:12: address 10.0.0.1 is on one segment twice: on "e" of node "a" and on "e" of node "b"
        ipv4: [10.0.0.1/24, ""]
               ^`},
	{"an address of a bridge's port", oneLink(aSw + `ipv4: ["", 10.0.0.1/24]`), `
lab.yaml:5:16: "a-e" is a port of a bridge, and has no address of its own; write "" here, and addresses: of the bridge
        ipv4: ["", 10.0.0.1/24]
                   ^`},
	{"IPv6 that is off", oneLink(ab + "ipv6: [\"fd00::1/64\", \"\"]\nipv6: off"), `
lab.yaml:5:12: "e" of node "a" gets fd00::1/64, but ipv6 is off here; leave the address out, or write ipv6: auto
        ipv6: ["fd00::1/64", ""]
               ^`},
	{"a loopback address with IPv6 off", oneNode(`{ipv6: off, addresses: ["fd00::1/128"]}`), `
lab.yaml:4:29: address fd00::1/128, but ipv6 is off here; leave the address out, or write ipv6: auto
        {ipv6: off, addresses: ["fd00::1/128"]}
                                ^`},
	{"a loopback address twice", oneNode(`addresses: [10.0.0.1/32, 10.0.0.1/24]`), `
lab.yaml:4:30: address 10.0.0.1 occurs twice
        addresses: [10.0.0.1/32, 10.0.0.1/24]
                                 ^`},
	{"one endpoint", oneLink(`endpoints: ["a:e"]`), `
lab.yaml:4:16: endpoints has 1 entries, not 2; a link has two ends
      - endpoints: ["a:e"]
                   ^`},
	{"a type of containerlab's", oneLink(ab + `type: macvlan`), `
lab.yaml:5:11: type is "macvlan"; write veth
        type: macvlan
              ^`},
	{"an endpoint without node", oneLink(`endpoints: [{interface: e}, "b:e"]`), `
lab.yaml:4:17: an endpoint without node; write "NODE:IFACE", in quotes if it ends in ":" or contains ": ", or {node: NODE, interface: IFACE}
      - endpoints: [{interface: e}, "b:e"]
                    ^`},
	{"an endpoint that YAML reads as a mapping", oneLink(`endpoints: [a: e, "b:e"]`), `
lab.yaml:4:17: an endpoint without node; write "NODE:IFACE", in quotes if it ends in ":" or contains ": ", or {node: NODE, interface: IFACE}
      - endpoints: [a: e, "b:e"]
                    ^`},
	{"an unknown key of an endpoint", oneLink(`endpoints: [{node: a, iface: e}, "b:e"]`), `
lab.yaml:4:27: unknown key "iface"; the keys of an endpoint are node, interface, mac, ipv4, ipv6, port, vlan, impair
      - endpoints: [{node: a, iface: e}, "b:e"]
                              ^`},
	{"a node with an interface in it", oneLink(`endpoints: [{node: "a:e", interface: e}, "b:e"]`), `
lab.yaml:4:24: node is "a:e"; write node: NODE, interface: IFACE
      - endpoints: [{node: "a:e", interface: e}, "b:e"]
                           ^`},
	{"a MAC at both places", oneLink(`endpoints: [{node: a, interface: e, mac: "02:00:00:00:00:01"}, "b:e"]` + "\n    mac: [\"02:00:00:00:00:02\", \"\"]"), `
lab.yaml:4:46: mac is given for an endpoint and for its link; leave out one of the two
      - endpoints: [{node: a, interface: e, mac: "02:00:00:00:00:01"}, "b:e"]
                                                 ^`},
	{"a wrong address of an endpoint", oneLink(`endpoints: [{node: a, interface: e, ipv4: 10.0.0.1}, {node: b, interface: e}]`), `
lab.yaml:4:47: ipv4 address is "10.0.0.1"; write its prefix length, such as 10.0.0.1/24
      - endpoints: [{node: a, interface: e, ipv4: 10.0.0.1}, {node: b, interface: e}]
                                                  ^`},
	{"three endpoints", oneLink(`endpoints: ["a:e", "b:e", "sw"]`), `
lab.yaml:4:16: endpoints has 3 entries, not 2; a link has two ends
      - endpoints: ["a:e", "b:e", "sw"]
                   ^`},
	{"no endpoints", oneLink(`mtu: 1500`), `
lab.yaml:4:5: a link without endpoints; add endpoints:
      - mtu: 1500
        ^`},
	{"unknown node", oneLink(`endpoints: ["a:e", "ws:e"]`), `
lab.yaml:4:24: no node "ws"; did you mean "sw"?
      - endpoints: ["a:e", "ws:e"]
                           ^`},
	{"a node that is many", oneLink(`endpoints: ["a:e", "c:e"]`), `
lab.yaml:4:24: no node "c"; with its count it is c1 to c3, or c* for all
      - endpoints: ["a:e", "c:e"]
                           ^`},
	{"nothing behind the colon", oneLink(`endpoints: ["a:", "b:e"]`), `
lab.yaml:4:17: endpoint "a:" has no interface after its colon; write NODE:IFACE
      - endpoints: ["a:", "b:e"]
                    ^`},
	{"a long interface", oneLink(`endpoints: ["a:abcdefghijklmnop", "b:e"]`), `
lab.yaml:4:17: interface name "abcdefghijklmnop" has 16 bytes; at most 15 are allowed
      - endpoints: ["a:abcdefghijklmnop", "b:e"]
                    ^`},
	{"a bad interface", oneLink(`endpoints: ["a:e/0", "b:e 1"]`), `
lab.yaml:4:17: interface name "e/0" contains '/'
      - endpoints: ["a:e/0", "b:e 1"]
                    ^
lab.yaml:4:26: interface name "e 1" contains ' '
      - endpoints: ["a:e/0", "b:e 1"]
                             ^`},
	{"a port named after a bad interface", oneLink(`endpoints: [sw, "a:e/0"]`), `
lab.yaml:4:21: interface name "e/0" contains '/'
      - endpoints: [sw, "a:e/0"]
                        ^`},
	{"bridges that are not there at both ends", oneLink(`endpoints: ["sw/none", "a/none:e"]`), `
lab.yaml:4:17: node "sw" has no bridge "none"
      - endpoints: ["sw/none", "a/none:e"]
                    ^
lab.yaml:4:28: node "a" is a host and has no bridges; write kind: bridge, or NODE:IFACE
      - endpoints: ["sw/none", "a/none:e"]
                               ^`},
	{"a format for an interface", oneLink(`endpoints: ["a:eth%d", "b:e"]`), `
lab.yaml:4:17: interface name "eth%d" contains '%'
      - endpoints: ["a:eth%d", "b:e"]
                    ^`},
	{"lo", oneLink(`endpoints: ["a:lo", "b:e"]`), `
lab.yaml:4:17: interface name "lo" is reserved
      - endpoints: ["a:lo", "b:e"]
                    ^`},
	{"an interface twice", oneLink(ab + "mtu: 1500\n  - endpoints: [\"a:e\", \"b:f\"]"), `
lab.yaml:6:17: node "a" already has an interface "e", on line 4
      - endpoints: ["a:e", "b:f"]
                    ^`},
	{"an interface for many", oneLink(`endpoints: ["c*:e", "a:e"]`), `
lab.yaml:4:25: node "a" already has an interface "e", on line 4; a pattern makes several interfaces here: put ${INDEX} or ${NODE} in the name
      - endpoints: ["c*:e", "a:e"]
                            ^`},
	{"a port twice", oneLink("endpoints: [sw, \"a:e\"]\n  - endpoints: [sw, \"c1:x\"]\n  - endpoints: [\"sw:c1-x\", \"a:f\"]"), `
lab.yaml:6:17: node "sw" already has an interface "c1-x", on line 5
      - endpoints: ["sw:c1-x", "a:f"]
                    ^`},
	{"generated names collide", "name: x\nnodes: {a-b: {}, a: {}, sw: {kind: bridge}}\nlinks:\n  - endpoints: [\"a-b:c\", sw]\n  - endpoints: [\"a:b-c\", sw]\n", `
lab.yaml:5:26: node "sw" already has an interface "a-b-c", on line 4; give the port a name: sw:PORT
      - endpoints: ["a:b-c", sw]
                             ^`},
	{"both patterns", oneLink(`endpoints: ["c*:e", "?:f"]`), `
lab.yaml:4:16: both endpoints are patterns; write one of them as a single node
      - endpoints: ["c*:e", "?:f"]
                   ^`},
	{"a pair with a node that is not there", oneLink(`endpoints: ["c*:e", "d${INDEX+1}:e"]`), `
lab.yaml:4:25: no node "d2", the other end for "c1"; did you mean "c2"?
      - endpoints: ["c*:e", "d${INDEX+1}:e"]
                            ^`},
	{"the last one has no next", oneLink(`endpoints: ["c*:up", "c${INDEX+1}:down"]`), `
lab.yaml:4:26: no node "c4", the other end for "c3"; did you mean "c1"?
      - endpoints: ["c*:up", "c${INDEX+1}:down"]
                             ^`},
	{"pairs with themselves", oneLink(`endpoints: ["c*:e", "${NODE}:f"]`), `
lab.yaml:4:25: "${NODE}" joins node "c1", which the pattern "c*" matches, to itself
      - endpoints: ["c*:e", "${NODE}:f"]
                            ^`},
	{"pairs of several with one", oneLink(`endpoints: ["c*:e", "${LAB}a:e"]` + "\n  - endpoints: [\"c*:f\", \"a${INDEX-1}:f\"]"), `
lab.yaml:4:25: no node "xa", the other end for "c1"; did you mean "a"?
      - endpoints: ["c*:e", "${LAB}a:e"]
                            ^
lab.yaml:5:25: no node "a0", the other end for "c1"; did you mean "a"?
      - endpoints: ["c*:f", "a${INDEX-1}:f"]
                            ^`},
	{"a pattern with variables", oneLink(`endpoints: ["c*${INDEX}:e", "a:e"]`), `
lab.yaml:4:17: endpoint "c*${INDEX}:e" is a pattern and contains variables; write the pattern at one end, and variables at the other
      - endpoints: ["c*${INDEX}:e", "a:e"]
                    ^`},
	{"variables without a pattern", oneLink(`endpoints: ["c${INDEX}:e", "c${INDEX*2}:e"]`), `
lab.yaml:4:17: ${INDEX} has no value here; write a pattern at the other end, such as "h*:eth0"
      - endpoints: ["c${INDEX}:e", "c${INDEX*2}:e"]
                    ^
lab.yaml:4:32: ${INDEX*2} has no value here; write a pattern at the other end, such as "h*:eth0"
      - endpoints: ["c${INDEX}:e", "c${INDEX*2}:e"]
                                   ^`},
	{"a match of no star", oneLink(`endpoints: ["c?:e", "a:e${MATCH}"]`), `
lab.yaml:4:25: unknown variable ${MATCH}; the pattern "c?" has no "*"
      - endpoints: ["c?:e", "a:e${MATCH}"]
                            ^`},
	{"a match without a pattern", oneLink(`endpoints: ["c1:e${MATCH}", "a:e"]`), `
lab.yaml:4:17: unknown variable ${MATCH}; it is for a link with a pattern
      - endpoints: ["c1:e${MATCH}", "a:e"]
                    ^`},
	{"a bridge that varies", oneLink(`endpoints: ["c*:e", "sw/br${INDEX}"]`), `
lab.yaml:4:25: node "sw" has no bridge "br1"; did you mean "br0"?
      - endpoints: ["c*:e", "sw/br${INDEX}"]
                            ^`},
	{"a name that an end without one does not take", oneLink("endpoints: [a, b]\n  - endpoints: [a, \"b:eth2\"]\n  - endpoints: [\"a:eth0\", \"b:eth2\"]"), `
lab.yaml:6:27: node "b" already has an interface "eth2", on line 5
      - endpoints: ["a:eth0", "b:eth2"]
                              ^`},
	{"a pattern of nothing", oneLink(`endpoints: ["d*:e", sw]`), `
lab.yaml:4:17: pattern "d*" matches no node
      - endpoints: ["d*:e", sw]
                    ^`},
	{"a bad pattern", oneLink(`endpoints: ["c[1:e", sw]`), `
lab.yaml:4:17: pattern "c[1": the "[" is never closed
      - endpoints: ["c[1:e", sw]
                    ^`},
	{"too many ports", "name: x\nnodes: {h: {count: 1024}, sw: {kind: bridge}}\nlinks:\n  - endpoints: [\"h*:e\", sw]\n", `
lab.yaml:4:5: bridge "br0" of node "sw" has more than 1023 ports, the kernel's limit; use several bridges, linked to one another
      - endpoints: ["h*:e", sw]
        ^`},
	{"a kind that is a mistake tells nothing more", "name: x\nnodes: {h: {}, sw: {kind: bride, bridge: {}}}\nlinks:\n  - endpoints: [\"h:e\", sw]\n", `
lab.yaml:2:27: unknown kind "bride"; did you mean "bridge"?
    nodes: {h: {}, sw: {kind: bride, bridge: {}}}
                              ^`},
	{"a bridge of a host", oneLink(`endpoints: ["a/br0:e", sw]`), `
lab.yaml:4:17: node "a" is a host and has no bridges; write kind: bridge, or NODE:IFACE
      - endpoints: ["a/br0:e", sw]
                    ^`},
	{"an unknown bridge", oneLink(`endpoints: ["a:e", "sw/br1"]`), `
lab.yaml:4:24: node "sw" has no bridge "br1"; did you mean "br0"?
      - endpoints: ["a:e", "sw/br1"]
                           ^`},
	{"which bridge", "name: x\nnodes: {a: {}, sw: {kind: bridge, bridges: {p: {}, q: {}}}}\nlinks:\n  - endpoints: [\"a:e\", sw]\n", `
lab.yaml:4:24: node "sw" has 2 bridges; write sw/p
      - endpoints: ["a:e", sw]
                           ^`},
	{"a bridge in a host", oneNode(`bridge: {name: br}`), `
lab.yaml:4:13: bridge is for nodes of kind bridge; "a" is a host; write kind: bridge
        bridge: {name: br}
                ^`},
	{"bridge and bridges", oneNode(`{kind: bridge, bridge: {}, bridges: {}}`), `
lab.yaml:4:41: use either bridge or bridges, not both
        {kind: bridge, bridge: {}, bridges: {}}
                                            ^`},
	{"a long bridge", oneNode(`{kind: bridge, bridge: {name: abcdefghijklmnop}}`), `
lab.yaml:4:35: bridge name "abcdefghijklmnop" has 16 bytes; at most 15 are allowed
        {kind: bridge, bridge: {name: abcdefghijklmnop}}
                                      ^`},
	{"the node's host", oneLink(`endpoints: ["a:e", "host:e"]`), `
lab.yaml:4:24: node "host", the machine's own namespace, is not supported yet
      - endpoints: ["a:e", "host:e"]
                           ^`},
	{"a small MTU", oneLink(ab + `mtu: 67`), `
lab.yaml:5:10: mtu is "67"; use a number from 68 to 65535
        mtu: 67
             ^`},
	{"a large MTU", oneLink(ab + `mtu: 65536`), `
lab.yaml:5:10: mtu is "65536"; use a number from 68 to 65535
        mtu: 65536
             ^`},
	{"an MTU without room for IPv6", oneLink(ab + "mtu: 1279\n    ipv6: [\"fd00::1/64\", \"fd00::2/64\"]"), `
lab.yaml:5:10: mtu is 1279, but "e" of node "a" has IPv6, which needs 1280
        mtu: 1279
             ^`},
	{"a port without room for the bridge's IPv6",
		"name: x\nnodes: {a: {}, sw: {kind: bridge, bridge: {addresses: [\"fd00::1/64\"]}}}\nlinks:\n  - " + aSw + "mtu: 1279\n", `
lab.yaml:5:10: mtu is 1279, but bridge "br0" of node "sw" has IPv6, which needs 1280 on all its ports; give the bridge an mtu of its own
        mtu: 1279
             ^`},
	{"queues", oneLink(ab + `queues: 4097`), `
lab.yaml:5:13: queues is "4097"; use a number from 1 to 4096
        queues: 4097
                ^`},
	{"no MAC", oneLink(ab + `mac: ["02:00:00:00:00", ""]`), `
lab.yaml:5:11: mac is "02:00:00:00:00"; it is six bytes such as 02:00:00:00:00:01
        mac: ["02:00:00:00:00", ""]
              ^`},
	{"a multicast MAC", oneLink(ab + `mac: ["03:00:00:00:00:01", ""]`), `
lab.yaml:5:11: mac 03:00:00:00:00:01 is a multicast address; make the first byte even
        mac: ["03:00:00:00:00:01", ""]
              ^`},
	{"a MAC of zeros", oneLink(ab + `mac: ["00:00:00:00:00:00", ""]`), `
lab.yaml:5:11: mac 00:00:00:00:00:00 is all zeros
        mac: ["00:00:00:00:00:00", ""]
              ^`},
	{"a MAC twice", oneLink(ab + `mac: ["02:00:00:00:00:01", "02:00:00:00:00:01"]`), `
lab.yaml:5:32: mac 02:00:00:00:00:01 occurs twice, first on line 5
        mac: ["02:00:00:00:00:01", "02:00:00:00:00:01"]
                                   ^`},
	{"outside the subnet", oneLink(ab + "ipv4: [10.2.0.1/24, \"\"]\n    subnet: 10.1.0.0/24"), `
lab.yaml:5:12: address 10.2.0.1/24 is outside its subnet 10.1.0.0/24
        ipv4: [10.2.0.1/24, ""]
               ^`},
	{"another length than the subnet", oneLink(ab + "ipv4: [10.1.0.1/16, \"\"]\n    subnet: 10.1.0.0/24"), `
lab.yaml:5:12: address 10.1.0.1/16 has a different prefix length from its subnet 10.1.0.0/24
        ipv4: [10.1.0.1/16, ""]
               ^`},
	{"a subnet with bits behind it", oneLink(ab + `subnet: 10.1.0.5/24`), `
lab.yaml:5:13: subnet 10.1.0.5/24 has bits set beyond its prefix length; did you mean 10.1.0.0/24?
        subnet: 10.1.0.5/24
                ^`},
	{"no subnet", oneLink(ab + `subnet: 10.1.0.0`), `
lab.yaml:5:13: subnet is "10.1.0.0"; write its length, such as 10.1.0.0/24
        subnet: 10.1.0.0
                ^`},
	{"a subnet of one", oneLink(ab + `subnet: 10.1.0.0/32`), `
lab.yaml:5:13: subnet 10.1.0.0/32 is too small: it has one address
        subnet: 10.1.0.0/32
                ^`},
	{"a subnet of two bridges", "name: x\nnodes: {s: {kind: bridge}, t: {kind: bridge}}\nlinks:\n  - endpoints: [s, t]\n    subnet: 10.1.0.0/24\n", `
lab.yaml:5:13: a subnet on a link of two bridges, whose ports have no addresses
        subnet: 10.1.0.0/24
                ^`},
	{"two subnets of a family", oneLink(ab + `subnet: [10.1.0.0/24, 10.2.0.0/24]`), `
lab.yaml:5:27: a link with two subnets of the same family; a link can have one subnet for IPv4 and one for IPv6
        subnet: [10.1.0.0/24, 10.2.0.0/24]
                              ^`},
	{"an exhausted subnet", oneLink("endpoints: [\"c*:e\", sw]\n    subnet: 10.1.0.0/30"), `
lab.yaml:5:13: subnet 10.1.0.0/30 has no address left for "e" of node "c3", after 2 given out; use a larger one
        subnet: 10.1.0.0/30
                ^`},
	{"an exhausted pool", oneLink("endpoints: [\"c*:e\", \"a:e${INDEX}\"]\n    subnet: {pool: 10.1.0.0/30, each: 31}"), `
lab.yaml:5:13: pool 10.1.0.0/30 has no /31 left for the link of "e" of node "c3" and "e3" of node "a", after 2 given out; use a larger one
        subnet: {pool: 10.1.0.0/30, each: 31}
                ^`},
	{"a pool without each", oneLink(ab + `subnet: {pool: 10.1.0.0/30}`), `
lab.yaml:5:13: a pool without each; write subnet: {pool: 10.2.0.0/16, each: 31}
        subnet: {pool: 10.1.0.0/30}
                ^`},
	{"a pool's length", oneLink(ab + `subnet: {pool: 10.1.0.0/30, each: 32}`), `
lab.yaml:5:39: each is 32; for links in 10.1.0.0/30 use 30 to 31
        subnet: {pool: 10.1.0.0/30, each: 32}
                                          ^`},
	{"an address and a pool", oneLink(ab + "ipv4: [10.1.0.1/31, \"\"]\n    subnet: {pool: 10.1.0.0/30, each: 31}"), `
lab.yaml:5:12: address 10.1.0.1/31 on a link that gets its addresses from a pool; leave out one of the two
        ipv4: [10.1.0.1/31, ""]
               ^`},
}
