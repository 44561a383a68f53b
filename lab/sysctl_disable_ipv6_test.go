package lab

import (
	"strings"
	"testing"
)

// An interface has IPv6 before it gets addresses, and those that the kernel
// drops with it come back where they are wanted, or when it all is undone.
func TestIntegrationDisableIPv6(t *testing.T) {
	const (
		all   = "net.ipv6.conf.all.disable_ipv6: "
		eth0  = "net.ipv6.conf.eth0.disable_ipv6: "
		addrs = `, ipv6: ["fd00::1/64", "fd00::2/64"]`
	)
	with := func(settings, link string) string { return sysctlsFile("host", settings, link) }
	routed := strings.Replace(with("", addrs), "sysctls: {}", `sysctls: {}, routes: ["fd01::/64 via fd00::2"]`, 1)
	for _, c := range []struct{ name, from, to, link string }{
		{"all but one", "", all + "1, " + eth0 + "0", addrs},
		{"by default but one", "", "net.ipv6.conf.default.disable_ipv6: 1, " + eth0 + "0", addrs},
		{"no more", with(eth0+"1", ""), "", addrs},
		{"no more of all", with(all+"1", ""), "", addrs},
		{"all", with("", addrs), all + "1", ""},
		{"one", with("", addrs), eth0 + "1", ""},
		{"all with a route", routed, all + "1", ""},
		{"all but one that is there", with("", addrs), all + "1, " + eth0 + "0", addrs},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.from != "" {
				up(t, nil, c.from)
				undone(t, with(c.to, c.link), UpOptions{})
				upAgain(t, c.from)
			}
			file := with(c.to, c.link)
			up(t, nil, file)
			if c.to != "" {
				wantSysctls(t, c.to)
			}
			upAgain(t, file)
			if err := Down(bg, "t", nil, DownOptions{}); err != nil {
				t.Fatal(err)
			}
		})
	}
}
