package topology

import (
	"strings"
	"testing"
)

// The nearest setting decides whether an interface with an IPv6 address in the
// file has IPv6.
func TestSettingsAgainstAddresses(t *testing.T) {
	for _, tc := range []struct{ settings, want string }{
		{"net.ipv6.conf.all.disable_ipv6: 1", `lab.yaml:3:17: sysctl net.ipv6.conf.all.disable_ipv6 of node "a" turns IPv6 off, but "e.0" has address fd00::1/64; ` +
			`leave out the address, or set net.ipv6.conf.e/0.disable_ipv6 to 0`},
		{"net.ipv6.conf.default.disable_ipv6: 1", `"e.0" has address fd00::1/64`},
		{"net.ipv6.conf.e/0.disable_ipv6: 1", `"e.0" has address fd00::1/64`},
		{"net/ipv6/conf/e.0/disable_ipv6: 1", `"e.0" has address fd00::1/64`},
		{"net.ipv6.conf.all.disable_ipv6: 1, net.ipv6.conf.e/0.disable_ipv6: 0", ""},
		{"net.ipv6.conf.lo.disable_ipv6: 1", ""},
		{"net.ipv6.conf.e/0.disable_ipv6: 0", ""},
		{"net.ipv6.conf.e/0.accept_ra: 1", ""},
		{"net.ipv6.conf.lo.disable_ipv6: 1}, addresses: [\"fd01::1/128\"], env: {A: b", `"lo" has address fd01::1/128`},
		{"net.ipv6.conf.default.disable_ipv6: 1, net.ipv6.conf.e/0.disable_ipv6: 0}, addresses: [\"fd01::1/128\"], env: {A: b", ""},
		{"net.ipv6.conf.br0.disable_ipv6: 1}, kind: bridge, bridge: {addresses: [\"fd00::1/64\"]}, env: {A: b", `"br0" has address fd00::1/64`},
	} {
		link := "\nlinks:\n  - {endpoints: [\"a:e.0\", \"b:e\"], ipv4: [10.0.0.1/24, 10.0.0.2/24], ipv6: [\"fd00::1/64\", \"fd00::2/64\"]}\n"
		if strings.Contains(tc.settings, "kind: bridge") {
			link = "\n"
		}
		_, err := Parse("lab.yaml", []byte("name: t\nnodes:\n  a: {sysctls: {"+tc.settings+"}}\n  b: {}"+link), nil)
		switch {
		case tc.want == "" && err != nil:
			t.Errorf("%s: %v", tc.settings, err)
		case tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want) || strings.Count(err.Error(), "turns IPv6 off") != 1):
			t.Errorf("%s: %v", tc.settings, err)
		}
	}
}
