package lab

import "testing"

func init() { kindKeys["macvlan"] = ", link: eth0" }

// macvlanChanges are changes of macvlans: of their options and of what they are
// on.
var macvlanChanges = []fileChange{
	{"it comes", "\n  a: {}\n  b: {}" + linked,
		"\n  a: {interfaces: {m0: {kind: macvlan, link: eth0, mode: bridge, addresses: [192.0.2.1/24, \"2001:db8::1/64\"], mtu: 1400}}, routes: [10.9.0.0/16 via 192.0.2.9]}\n  b: {}" + linked},
	{"it goes", "\n  a: {interfaces: {m0: {kind: macvlan, link: eth0, mode: source, macaddrs: [\"02:00:00:00:00:01\", \"02:00:00:00:00:02\"], nodst: true, bcqueuelen: 77, addresses: [192.0.2.1/24, \"fd00::1/64\"], mac: \"02:00:00:00:00:77\"}}, routes: [10.9.0.0/16 via 192.0.2.9]}\n  b: {}" + linked,
		"\n  a: {}\n  b: {}" + linked},
	{"its options change", "\n  a: {interfaces: {m0: {kind: macvlan, link: eth0, mode: private}, m1: {kind: macvlan, link: eth0, mode: source, macaddrs: [\"02:00:00:00:00:01\"]}, m2: {kind: macvlan, link: eth0, bcqueuelen: 500}}}\n  b: {}" + linked,
		"\n  a: {interfaces: {m0: {kind: macvlan, link: eth0, mode: source, macaddrs: [\"02:00:00:00:00:01\"]}, m1: {kind: macvlan, link: eth0}, m2: {kind: macvlan, link: eth0, mode: bridge}}}\n  b: {}" + linked},
	{"its senders change", "\n  a: {interfaces: {m1: {kind: macvlan, link: eth0, mode: source, macaddrs: [\"02:00:00:00:00:01\"]}}}\n  b: {}" + linked,
		"\n  a: {interfaces: {m1: {kind: macvlan, link: eth0, mode: source, nodst: true, macaddrs: [\"02:00:00:00:00:02\", \"02:00:00:00:00:03\"]}}}\n  b: {}" + linked},
	{"to passthru", "\n  a: {interfaces: {m0: {kind: macvlan, link: eth0, addresses: [192.0.2.1/24]}, m1: {kind: macvlan, link: eth0}}}\n  b: {}" + linked,
		"\n  a: {interfaces: {m0: {kind: macvlan, link: eth0, mode: passthru, addresses: [192.0.2.1/24]}}}\n  b: {}" + linked},
	{"from passthru", "\n  a: {interfaces: {m0: {kind: macvlan, link: eth0, mode: passthru, nopromisc: true, addresses: [192.0.2.1/24]}}}\n  b: {}" + linked,
		"\n  a: {interfaces: {m1: {kind: macvlan, link: eth0, mode: bridge}}}\n  b: {}" + linked},
	{"its link changes", "\n  a: {interfaces: {m0: {kind: macvlan, link: eth0, addresses: [192.0.2.1/24]}}}\n  b: {}\nlinks:\n  - {endpoints: [\"a:eth0\", \"b:eth0\"]}\n  - {endpoints: [\"a:eth1\", \"b:eth1\"]}\n",
		"\n  a: {interfaces: {m0: {kind: macvlan, link: eth1, addresses: [192.0.2.1/24]}}}\n  b: {}\nlinks:\n  - {endpoints: [\"a:eth1\", \"b:eth1\"]}\n"},
	{"its link is made anew", "\n  a: {interfaces: {m0: {kind: macvlan, link: eth0, addresses: [192.0.2.1/24, \"fd00::1/64\"], ipv6: on}}, routes: [10.9.0.0/16 via 192.0.2.9]}\n  b: {}" + linked,
		"\n  a: {interfaces: {m0: {kind: macvlan, link: eth0, addresses: [192.0.2.1/24, \"fd00::1/64\"], ipv6: on}}, routes: [10.9.0.0/16 via 192.0.2.9]}\n  b: {}\nlinks:\n  - {endpoints: [\"a:eth0\", \"b:eth1\"]}\n"},
	{"its link gets another MTU", "\n  a: {interfaces: {m0: {kind: macvlan, link: eth0, addresses: [192.0.2.1/24], ipv6: on}, m1: {kind: macvlan, link: eth0, mtu: 1400}}}\n  b: {}\nlinks:\n  - {endpoints: [\"a:eth0\", \"b:eth0\"], mtu: 9000}\n",
		"\n  a: {interfaces: {m0: {kind: macvlan, link: eth0, addresses: [192.0.2.1/24], ipv6: on}, m1: {kind: macvlan, link: eth0, mtu: 1300}}}\n  b: {}\nlinks:\n  - {endpoints: [\"a:eth0\", \"b:eth0\"], mtu: 1450}\n"},
	{"its link gets a larger MTU", "\n  a: {interfaces: {m0: {kind: macvlan, link: eth0, addresses: [192.0.2.1/24]}}}\n  b: {}" + linked,
		"\n  a: {interfaces: {m0: {kind: macvlan, link: eth0, addresses: [192.0.2.1/24]}}}\n  b: {}\nlinks:\n  - {endpoints: [\"a:eth0\", \"b:eth0\"], mtu: 9000}\n"},
	{"its link becomes too small for IPv6", "\n  a: {interfaces: {m0: {kind: macvlan, link: eth0, addresses: [\"fd00::1/64\"]}}, routes: [\"fd09::/64 via fd00::9\"]}\n  b: {}" + linked,
		"\n  a: {interfaces: {m0: {kind: macvlan, link: eth0}}}\n  b: {}\nlinks:\n  - {endpoints: [\"a:eth0\", \"b:eth0\"], mtu: 1000}\n"},
	{"on a bridge", "\n  a: {}\n  s: {kind: bridge, interfaces: {m0: {kind: macvlan, link: br0, addresses: [192.0.2.1/24]}}}\nlinks:\n  - {endpoints: [\"a:eth0\", s], mtu: 1400}\n",
		"\n  a: {}\n  b: {}\n  s: {kind: bridge, interfaces: {m0: {kind: macvlan, link: br0, addresses: [192.0.2.1/24]}}}\nlinks:\n  - {endpoints: [\"a:eth0\", s]}\n  - {endpoints: [\"b:eth0\", s], mtu: 1450}\n"},
	{"its bridge goes", "\n  a: {}\n  s: {kind: bridge, bridges: {x: {}, y: {}}, interfaces: {m0: {kind: macvlan, link: x, addresses: [192.0.2.1/24]}}}\nlinks:\n  - {endpoints: [\"a:eth0\", s/x]}\n",
		"\n  a: {}\n  s: {kind: bridge, bridges: {y: {}}, interfaces: {m0: {kind: macvlan, link: y, addresses: [192.0.2.1/24]}}}\nlinks:\n  - {endpoints: [\"a:eth0\", s/y]}\n"},
	{"the node at the other end goes", "\n  a: {interfaces: {m0: {kind: macvlan, link: eth0, addresses: [192.0.2.1/24]}}}\n  b: {}" + linked,
		"\n  a: {interfaces: {d0: {kind: dummy}, m0: {kind: macvlan, link: d0, addresses: [192.0.2.1/24]}}}\n  c: {}\nlinks: []\n"},
	{"its node goes", "\n  a: {interfaces: {d0: {kind: dummy}, a0: {kind: macvlan, link: d0, addresses: [192.0.2.1/24]}, m0: {kind: macvlan, link: eth0}}}\n  b: {}\n  c: {}" + linked,
		"\n  b: {}\n  c: {}\nlinks:\n  - {endpoints: [\"b:eth0\", \"c:eth0\"]}\n"},
	{"its settings", "\n  a: {interfaces: {m0: {kind: macvlan, link: eth0}}, sysctls: {net.ipv4.conf.m0.rp_filter: 2, net.ipv4.conf.eth0.rp_filter: 1}}\n  b: {}" + linked,
		"\n  a: {interfaces: {m0: {kind: macvlan, link: eth0}}, sysctls: {net.ipv4.conf.m0.forwarding: 1}}\n  b: {}" + linked},
}

func TestIntegrationMacvlans(t *testing.T) {
	dummies(t)
	needKind(t, "macvlan")
	checkFileChanges(t, macvlanChanges)
}

// What somebody does to a macvlan the next up takes back as far as the file
// speaks of it, and with Prune the rest.
func TestIntegrationMacvlanByHand(t *testing.T) {
	needKind(t, "macvlan")
	const file = "name: t\nnodes:\n  a: {interfaces: {mv0: {kind: macvlan, link: eth0, mode: source, macaddrs: [\"02:00:00:00:00:01\"], addresses: [192.0.2.1/24]}}}\n  b: {}" + linked
	checkByHand(t, "a", file, []string{
		"ip link set mv0 type macvlan macaddr add 02:00:00:00:00:09",
		"ip link set mv0 type macvlan mode bridge",
		"ip link del mv0; ip link add mv0 link eth0 type macvlan mode passthru",
	}, "ip link set mv0 type macvlan bcqueuelen 5; ip link add other link eth0 type macvlan")
}
