package topology

import (
	"strings"
	"testing"
)

// What the file says of an interface decides which values of its settings the
// kernel takes.
func TestSettingsAgainstInterfaces(t *testing.T) {
	for _, tc := range []struct {
		settings, link, want string
		bridge               bool // the node is of that kind
	}{
		{"net.ipv6.conf.e/0.mtu: 1500", "", "", false},
		{"net.ipv6.conf.e/0.mtu: 1501", "", `lab.yaml:4:16: sysctl net.ipv6.conf.e/0.mtu of node "a" is 1501; the kernel takes 1280 to 1500, the MTU of "e.0"`, false},
		{"net.ipv6.conf.e/0.mtu: 1279", "", `is 1279; the kernel takes 1280 to 1500`, false},
		{"net.ipv6.conf.e/0.mtu: 9000", ", mtu: 9000", "", false},
		{"net.ipv6.conf.e/0.mtu: '0x2329'", ", mtu: 9000", `is 9001; the kernel takes 1280 to 9000`, false},
		{"net.ipv6.conf.lo.mtu: 65536", "", "", false},
		{"net.ipv6.conf.lo.mtu: 65537", "", `the kernel takes 1280 to 65536, the MTU of "lo"`, false},
		{"net.ipv6.conf.default.mtu: 9000, net.ipv6.conf.all.mtu: 9000, net.ipv4.conf.e/0.rp_filter: 9000", "", "", false},
		{"net.ipv6.conf.br.mtu: 1400", ", mtu: 1400", "", true},
		{"net.ipv6.conf.br.mtu: 1401", ", mtu: 1400", `the kernel takes 1280 to 1400, the MTU of "br"`, true},
		{"net.ipv6.conf.alone.mtu: 1500", ", mtu: 1400", "", true},
		{"net.ipv6.conf.own.mtu: 2000", "", "", true},
		{"net.ipv6.conf.own.mtu: 2001", "", `the kernel takes 1280 to 2000, the MTU of "own"`, true},
		{"net.ipv6.conf.svc.mtu: 1600", "", "", false},
		{"net.ipv6.conf.svc.mtu: 1601", "", `the kernel takes 1280 to 1600, the MTU of "svc"`, false},
		{"net.ipv6.conf.e/0.accept_ra: 0", ", mtu: 1279, ipv6: off", `sysctl net.ipv6.conf.e/0.accept_ra of node "a" is not there: "e.0" has an MTU of 1279, and IPv6 needs 1280`, false},
		{"net.ipv6.neigh.e/0.gc_stale_time: 9", ", mtu: 1279, ipv6: off", `"e.0" has an MTU of 1279`, false},
		{"net.ipv4.neigh.e/0.gc_stale_time: 9", ", mtu: 1279, ipv6: off", "", false},
		{"net.ipv6.conf.e/0.addr_gen_mode: 2", "", `sysctl net.ipv6.conf.e/0.addr_gen_mode of node "a" is 2, which makes addresses of a secret, and "e.0" has none; ` +
			`set net.ipv6.conf.e/0.stable_secret too, or use 3`, false},
		{"net.ipv6.conf.lo.addr_gen_mode: 0x2", "", `"lo" has none`, false},
		{"net.ipv6.conf.e/0.addr_gen_mode: 2, net.ipv6.conf.lo.stable_secret: 'fd00::1'", "", `"e.0" has none`, false},
		{"net.ipv6.conf.e/0.addr_gen_mode: 2, net.ipv6.conf.e/0.stable_secret: 'fd00::1'", "", "", false},
		{"net.ipv6.conf.e/0.addr_gen_mode: 2, net.ipv6.conf.default.stable_secret: 'fd00::1'", "", "", false},
		{"net.ipv6.conf.all.addr_gen_mode: 2, net.ipv6.conf.e/0.addr_gen_mode: 3", "", "", false},
	} {
		of := "interfaces: {svc: {kind: dummy, mtu: 1600}}}\n  s: {kind: bridge, bridges: {br: {}, alone: {}, own: {mtu: 2000}}"
		if tc.bridge {
			of = "kind: bridge, bridges: {br: {}, alone: {}, own: {mtu: 2000}}"
		}
		file := "name: t\nnodes:\n  a:\n    {sysctls: {" + tc.settings + "}, " + of + "}\n  b: {count: 2}\nlinks:\n"
		if tc.bridge {
			file += "  - {endpoints: [\"a/br:p\", \"b2:e\"]" + tc.link + "}\n"
		} else {
			file += "  - {endpoints: [\"a:e.0\", \"b1:e\"]" + tc.link + "}\n"
		}
		_, err := Parse("lab.yaml", []byte(file), nil)
		switch {
		case tc.want == "" && err != nil, tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want) || strings.Count(err.Error(), "lab.yaml:") != 1):
			t.Errorf("%s%s: %v", tc.settings, tc.link, err)
		}
	}
}

// Nodes of a count have one mistake.
func TestSettingsOfACount(t *testing.T) {
	_, err := Parse("lab.yaml", []byte("name: t\nnodes:\n  a: {count: 3, sysctls: {net.ipv6.conf.lo.mtu: 1}}\n"), nil)
	if err == nil || strings.Count(err.Error(), "lab.yaml:") != 1 {
		t.Error(err)
	}
}
