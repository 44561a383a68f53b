package topology

import (
	"slices"
	"strings"
	"testing"
)

// A mistakeCase is a file with mistakes, and the whole text of Parse's error.
type mistakeCase struct{ name, text, want string }

// oneNode returns a lab file of a node with these keys.
func oneNode(keys string) string { return "name: x\nnodes:\n  a:\n    " + keys + "\n" }

// mistakeCases are all cases of mistakes.
var mistakeCases = slices.Concat(nodeMistakes, linkMistakes, interfaceMistakes, interfaceBridgeMistakes)

// nodeMistakes are mistakes in the lab, its nodes and their bridges.
var nodeMistakes = []mistakeCase{
	{"unknown key of a link", oneLink(ab + `adress: [x, y]`), `
lab.yaml:5:5: unknown key "adress"; the keys of a link are endpoints, ipv4, ipv6, mac, mtu, queues, subnet, port, vlan, impair, type
        adress: [x, y]
        ^`},
	{"unknown key of a node", oneNode(`adresses: []`), `
lab.yaml:4:5: unknown key "adresses"; did you mean "addresses"?
        adresses: []
        ^`},
	{"unknown key of a bridge", oneNode(`{kind: bridge, bridge: {forward-delay: 0s}}`), `
lab.yaml:4:29: unknown key "forward-delay"; did you mean "forward_delay"?
        {kind: bridge, bridge: {forward-delay: 0s}}
                                ^`},
	{"unknown key of the lab", "name: x\nnodes: {a: {}}\nlink: []\n", `
lab.yaml:3:1: unknown key "link"; did you mean "links"?
    link: []
    ^`},
	{"checks", "name: x\nnodes: {a: {}}\nchecks: []\n", `
lab.yaml:3:1: key "checks": checks of a lab are not supported yet
    checks: []
    ^`},
	{"routing", "name: x\nnodes: {a: {}}\nrouting: static\n", `
lab.yaml:3:1: key "routing": generated routes are not supported yet; write routes: of the nodes
    routing: static
    ^`},
	{"containerlab's wrapper", "name: x\ntopology:\n  nodes: {a: {}}\n", `
lab.yaml:1:1: the lab has no nodes; add nodes:
    name: x
    ^
lab.yaml:2:1: key "topology": it is containerlab's, whose files need ParseOptions.Language; in a lab file write nodes: and links: at the top
    topology:
    ^`},
	{"no name, no nodes", "ipv6: on\n", `
lab.yaml:1:1: the lab has no name; add name:
    ipv6: on
    ^
lab.yaml:1:1: the lab has no nodes; add nodes:
    ipv6: on
    ^`},
	{"nothing", "", `
lab.yaml:1:1: a lab file is a mapping, not nothing; begin with name: and nodes:
    ` + `
    ^`},
	{"a list", "- a\n", `
lab.yaml:1:1: a lab file is a mapping, not a list; begin with name: and nodes:
    - a
    ^`},
	{"bad lab name", "name: My_Lab\nnodes: {a: {}}\n", `
lab.yaml:1:7: name is "My_Lab"; use 1 to 32 of a-z, 0-9 and "-", not beginning with "-"
    name: My_Lab
          ^`},
	{"bad prefix", "name: x\nprefix: ../\nnodes: {a: {}}\n", `
lab.yaml:2:9: prefix begins with '.'; use letters, digits, "_", "." and "-", beginning with a letter or a digit
    prefix: ../
            ^`},
	{"bad mode", "name: x\nipv6: atuo\nnodes: {a: {}}\n", `
lab.yaml:2:7: ipv6 is "atuo"; did you mean "auto"?
    ipv6: atuo
          ^`},
	{"bad hosts", "name: x\nhosts: /etc/hosts\nnodes: {a: {}}\n", `
lab.yaml:2:8: hosts is "/etc/hosts"; write true, false or etc
    hosts: /etc/hosts
           ^`},
	{"unknown kind", oneNode(`kind: routr`), `
lab.yaml:4:11: unknown kind "routr"; did you mean "router"?
        kind: routr
              ^`},
	{"containerlab's kind", "name: x\nkinds:\n  nokia_srlinux: {}\nnodes: {a: {}}\n", `
lab.yaml:3:3: unknown kind "nokia_srlinux"; the kinds are host, router, bridge, frr or bird
      nokia_srlinux: {}
      ^`},
	{"a kind twice", "name: x\nkinds:\n  host: {}\n  linux: {}\nnodes: {a: {}}\n", `
lab.yaml:4:3: kind "host" occurs twice; "linux" is another word for "host"
      linux: {}
      ^`},
	{"a kind's kind", "name: x\nkinds:\n  host: {kind: router}\nnodes: {a: {}}\n", `
lab.yaml:3:16: the keys of a kind cannot change the kind
      host: {kind: router}
                   ^`},
	{"unknown group", "name: x\ngroups: {leaf: {}}\nnodes: {a: {group: leafs}}\n", `
lab.yaml:3:20: no group "leafs"; did you mean "leaf"?
    nodes: {a: {group: leafs}}
                       ^`},
	{"a group's group", "name: x\ngroups: {leaf: {group: leaf}}\nnodes: {a: {}}\n", `
lab.yaml:2:24: a group cannot be in a group
    groups: {leaf: {group: leaf}}
                           ^`},
	{"reserved node", "name: x\nnodes: {host: {}}\n", `
lab.yaml:2:9: node name "host" is reserved for the machine's own namespace
    nodes: {host: {}}
            ^`},
	{"a path for a node", "name: x\nnodes:\n  ../../etc: {}\n", `
lab.yaml:3:3: node name "../../etc" begins with '.'; use letters, digits, "_", "." and "-", beginning with a letter or a digit
      ../../etc: {}
      ^`},
	{"a control character in a node", "name: x\nnodes:\n  \"a\\nb\": {}\n", `
lab.yaml:3:3: node name "a\nb" contains '\n'; use letters, digits, "_", "." and "-", beginning with a letter or a digit
      "a\nb": {}
      ^`},
	{"a variable in a node", "name: x\nnodes:\n  a${INDEX}: {count: 2}\n", `
lab.yaml:3:3: node name "a${INDEX}" contains '$'; use letters, digits, "_", "." and "-", beginning with a letter or a digit; variables stand in values, not in names
      a${INDEX}: {count: 2}
      ^`},
	{"a long node", "name: x\nnodes:\n  " + strings.Repeat("a", 254) + ": {}\n", `
lab.yaml:3:3: namespace "x-` + strings.Repeat("a", 55) + `..." of node "` + strings.Repeat("a", 57) + `...": the name has 256 bytes; at most 255 are allowed
      ` + strings.Repeat("a", 118) + `...
      ^`},
	{"a node twice", "name: x\nnodes:\n  a: {}\n  a: {}\n", `
lab.yaml:4:3: key "a" occurs twice, first on line 3
      a: {}
      ^`},
	{"a node twice by its count", "name: x\nnodes:\n  h2: {}\n  h: {count: 3}\n", `
lab.yaml:4:3: node "h2" already exists, on line 3
      h: {count: 3}
      ^`},
	{"a count of 0", oneNode(`count: 0`), `
lab.yaml:4:12: count is "0"; use a number from 1 to 100000
        count: 0
               ^`},
	{"a count of 10^9", oneNode(`count: 1000000000`), `
lab.yaml:4:12: count is "1000000000"; use a number from 1 to 100000
        count: 1000000000
               ^`},
	{"a count of 10^30", oneNode(`count: 1000000000000000000000000000000`), `
lab.yaml:4:12: count is "1000000000000000000000000000000"; use a number from 1 to 100000
        count: 1000000000000000000000000000000
               ^`},
	{"too many nodes", "name: x\nnodes:\n  a: {count: 60000}\n  b: {count: 60000}\n", `
lab.yaml:4:3: with 60000 of "b" the lab has 120000 nodes; at most 100000 are allowed
      b: {count: 60000}
      ^`},
	{"a time without unit", oneNode(`{kind: bridge, bridge: {forward_delay: 15}}`), `
lab.yaml:4:44: forward_delay is "15", not a time; write 15s for seconds
        {kind: bridge, bridge: {forward_delay: 15}}
                                               ^`},
	{"no time", oneNode(`{kind: bridge, bridge: {ageing_time: soon}}`), `
lab.yaml:4:42: ageing_time is "soon", not a time; write a number and a unit, such as 15s or 500ms
        {kind: bridge, bridge: {ageing_time: soon}}
                                             ^`},
	{"a time out of range", oneNode(`{kind: bridge, bridge: {hello_time: 11s}}`), `
lab.yaml:4:41: hello_time is 11s; use 1s to 10s
        {kind: bridge, bridge: {hello_time: 11s}}
                                            ^`},
	{"a delay that STP forbids", oneNode(`{kind: bridge, bridge: {stp: true, forward_delay: 0s}}`), `
lab.yaml:4:55: forward_delay is 0s; with stp use 2s to 30s
        {kind: bridge, bridge: {stp: true, forward_delay: 0s}}
                                                          ^`},
	{"no boolean", oneNode(`{kind: bridge, bridge: {stp: maybe}}`), `
lab.yaml:4:34: stp is "maybe"; write true or false
        {kind: bridge, bridge: {stp: maybe}}
                                     ^`},
	{"a mask that the kernel refuses", oneNode(`{kind: bridge, bridge: {group_fwd_mask: 1}}`), `
lab.yaml:4:45: group_fwd_mask has one of the bits 0 to 2 set, which the kernel refuses
        {kind: bridge, bridge: {group_fwd_mask: 1}}
                                                ^`},
	{"a sysctl of the machine", oneNode(`sysctls: {kernel.hostname: x}`), `
lab.yaml:4:15: sysctl "kernel.hostname" would change the whole machine; only those below net. belong to a network namespace
        sysctls: {kernel.hostname: x}
                  ^`},
	{"a sysctl that is the machine's in each namespace", oneNode(`sysctls: {net.netfilter.nf_hooks_lwtunnel: 1}`), `
lab.yaml:4:15: sysctl "net.netfilter.nf_hooks_lwtunnel" would change the whole machine, and the kernel never takes it back; set it outside the lab if you need it
        sysctls: {net.netfilter.nf_hooks_lwtunnel: 1}
                  ^`},
	{"a sysctl with a path", oneNode(`sysctls: {"net/../kernel/hostname": x}`), `
lab.yaml:4:15: sysctl "net/../kernel/hostname" has an empty part, "." or ".." in it
        sysctls: {"net/../kernel/hostname": x}
                  ^`},
	{"a sysctl with dots for slashes", oneNode(`sysctls: {net.//.kernel: x}`), `
lab.yaml:4:15: sysctl "net.//.kernel" has an empty part, "." or ".." in it
        sysctls: {net.//.kernel: x}
                  ^`},
	{"a sysctl with a control character", oneNode(`sysctls: {"net.a\u0000b": x}`), `
lab.yaml:4:15: sysctl "net.a\x00b" has white space or a control character in it
        sysctls: {"net.a\u0000b": x}
                  ^`},
	{"a sysctl twice", oneNode(`sysctls: {net.ipv4.ip_forward: 1, net/ipv4/ip_forward: 0}`), `
lab.yaml:4:39: sysctl net.ipv4.ip_forward occurs twice
        sysctls: {net.ipv4.ip_forward: 1, net/ipv4/ip_forward: 0}
                                          ^`},
	{"a sysctl of two lines", oneNode(`sysctls: {net.ipv4.ip_forward: "1\n1"}`), `
lab.yaml:4:36: the value of net.ipv4.ip_forward is not one line of at most 4095 bytes
        sysctls: {net.ipv4.ip_forward: "1\n1"}
                                       ^`},
	{"a sysctl of no interface", oneNode(`sysctls: {net.ipv4.conf.eth0.forwarding: 1}`), `
lab.yaml:4:15: sysctl net.ipv4.conf.eth0.forwarding is about "eth0", an interface that node "a" does not have
        sysctls: {net.ipv4.conf.eth0.forwarding: 1}
                  ^`},
	{"a route of no address", oneNode(`routes: ["10.0.0.0/8 via gateway"]`), `
lab.yaml:4:14: route "10.0.0.0/8 via gateway": expected a gateway, an IPv4 address, not "gateway"; write what follows "ip route add"
        routes: ["10.0.0.0/8 via gateway"]
                 ^`},
	{"an empty route", oneNode(`routes: [""]`), `
lab.yaml:4:14: route "": it is empty; write what follows "ip route add"
        routes: [""]
                 ^`},
	{"a route for a shell", oneNode(`routes: ["default via $GW"]`), `
lab.yaml:4:14: route "default via $GW": column 13: '$' is special in a shell but not supported here; quote it to use the character itself; write what follows "ip route add"
        routes: ["default via $GW"]
                 ^`},
	{"a route that asks for help", oneNode(`routes: [help]`), `
lab.yaml:4:14: route "help": these words do not describe a route; write what follows "ip route add"
        routes: [help]
                 ^`},
	{"a route that ends early", oneNode(`routes: [default via]`), `
lab.yaml:4:14: route "default via": expected a gateway at its end; write what follows "ip route add"
        routes: [default via]
                 ^`},
	{"a route through no interface", oneNode(`routes: [default dev eth0]`), `
lab.yaml:4:14: a route of node "a" uses "eth0", an interface that it does not have
        routes: [default dev eth0]
                 ^`},
	{"routes that are no list", oneNode(`routes: default via 10.0.0.1`), `
lab.yaml:4:13: routes is a list; write [default via 10.0.0.1]
        routes: default via 10.0.0.1
                ^`},
	{"a route that YAML reads as a mapping", oneNode(`routes: [{default via fd00: }]`), `
lab.yaml:4:14: an entry of routes is a single value, not a mapping; quote a text that ends in ":" or contains ": "
        routes: [{default via fd00: }]
                 ^`},
	{"no DNS server", oneNode(`dns: [localhost]`), `
lab.yaml:4:11: dns server "localhost" is not an IP address
        dns: [localhost]
              ^`},
	{"no variable's name", oneNode(`env: {A-B: x}`), `
lab.yaml:4:11: environment variable "A-B": use letters, digits and "_", not beginning with a digit
        env: {A-B: x}
              ^`},
	{"a number below 0", oneNode(`env: {A: "${INDEX-2}"}`), `
lab.yaml:4:14: ${INDEX-2} of node "a" is -1, below 0
        env: {A: "${INDEX-2}"}
                 ^`},
	{"a number below 0 in a command line", oneNode(`exec: ["echo ${OTHER} ${INDEX-2} ${INDEX-x}"]`), `
lab.yaml:4:12: ${INDEX-2} of node "a" is -1, below 0
        exec: ["echo ${OTHER} ${INDEX-2} ${INDEX-x}"]
               ^`},
	{"a number that is too large", oneNode(`env: {A: "${INDEX*4294967296}"}`), `
lab.yaml:4:14: ${INDEX*4294967296}: the number is larger than 4294967295
        env: {A: "${INDEX*4294967296}"}
                 ^`},
	{"more than a number", oneNode(`env: {A: "${INDEX+1+1}", B: "${INDEX/2}", C: "${INDEX+}", D: "${LAB+1}"}`), `
lab.yaml:4:14: unknown variable ${INDEX+1+1}; INDEX takes one of + - * with a number, as in ${INDEX+1}
        env: {A: "${INDEX+1+1}", B: "${INDEX/2}", C: "${INDEX+}", D: "${LAB+1}"}
                 ^
lab.yaml:4:33: unknown variable ${INDEX/2}; INDEX takes one of + - * with a number, as in ${INDEX+1}
        env: {A: "${INDEX+1+1}", B: "${INDEX/2}", C: "${INDEX+}", D: "${LAB+1}"}
                                    ^
lab.yaml:4:50: unknown variable ${INDEX+}; INDEX takes one of + - * with a number, as in ${INDEX+1}
        env: {A: "${INDEX+1+1}", B: "${INDEX/2}", C: "${INDEX+}", D: "${LAB+1}"}
                                                     ^
lab.yaml:4:66: unknown variable ${LAB+1}; did you mean "LAB"?
        env: {A: "${INDEX+1+1}", B: "${INDEX/2}", C: "${INDEX+}", D: "${LAB+1}"}
                                                                     ^`},
	{"an unknown variable", oneNode(`env: {A: "${NODDE}"}`), `
lab.yaml:4:14: unknown variable ${NODDE}; did you mean "NODE"?
        env: {A: "${NODDE}"}
                 ^`},
	{"a variable that does not end", oneNode(`env: {A: "${NODE"}`), `
lab.yaml:4:14: a variable is never closed: ${NODE; write $${ for a literal ${
        env: {A: "${NODE"}
                 ^`},
	{"an empty exec line", oneNode(`exec: [" "]`), `
lab.yaml:4:12: an exec line is empty or contains a NUL byte
        exec: [" "]
               ^`},
	{"a broken byte", "name: x\nnodes: {\"a\xff\": {}}\n", `
lab.yaml:2:11: byte 0xff is not UTF-8; lab files are UTF-8
    nodes: {"a ": {}}
              ^`},
	{"a NUL byte", "name: x\nnodes: {a\x00: {}}\n", `
lab.yaml:2:10: control character U+0000
    nodes: {a : {}}
             ^`},
	{"all at once", "nam: x\nnodes:\n  a: {kind: rooter}\n  b: {count: x}\nlinks:\n  - endpoints: [\"a:e\", \"z:e\"]\n    mtu: 1\n", `
lab.yaml:1:1: unknown key "nam"; did you mean "name"?
    nam: x
    ^
lab.yaml:1:1: the lab has no name; add name:
    nam: x
    ^
lab.yaml:3:13: unknown kind "rooter"; did you mean "router"?
      a: {kind: rooter}
                ^
lab.yaml:4:14: count is "x"; use a number from 1 to 100000
      b: {count: x}
                 ^
lab.yaml:6:24: no node "z"
      - endpoints: ["a:e", "z:e"]
                           ^
lab.yaml:7:10: mtu is "1"; use a number from 68 to 65535
        mtu: 1
             ^`},
}

func TestMistakes(t *testing.T) {
	for _, tc := range mistakeCases {
		t.Run(tc.name, func(t *testing.T) {
			_, err := Parse("lab.yaml", []byte(tc.text), nil)
			if err == nil {
				t.Fatalf("no error for\n%s", tc.text)
			}
			if want := strings.TrimPrefix(tc.want, "\n"); err.Error() != want {
				t.Errorf("got\n%s\nwant\n%s", err, want)
			}
		})
	}
	if len(mistakeCases) < 40 {
		t.Errorf("%d kinds of mistakes are tested", len(mistakeCases))
	}
}
