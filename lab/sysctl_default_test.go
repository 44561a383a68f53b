package lab

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/settle"
)

// A default that comes, changes or goes reaches the interfaces that are there,
// as it would have new ones; not those with a setting of their own.
func TestIntegrationChangedDefaultSysctls(t *testing.T) {
	const (
		v4    = "net.ipv4.conf."
		v6    = "net.ipv6.conf."
		addrs = `, ipv4: ["10.0.0.1/24", "10.0.0.2/24"]`
	)
	for _, c := range []struct {
		name, kind, from, to string
		read                 []string
	}{
		{"IPv6, added", "host", "", v6 + "default.accept_ra: 0", []string{v6 + "eth0.accept_ra", v6 + "lo.accept_ra"}},
		{"IPv6, changed", "host", v6 + "default.hop_limit: 7", v6 + "default.hop_limit: 9", []string{v6 + "eth0.hop_limit"}},
		{"IPv6, dropped", "host", v6 + "default.accept_ra: 0", "", []string{v6 + "eth0.accept_ra"}},
		{"IPv4 with an address", "host", "", v4 + "default.rp_filter: 1", []string{v4 + "eth0.rp_filter", v4 + "lo.rp_filter"}},
		{"IPv4, dropped", "host", v4 + "default.rp_filter: 1", "", []string{v4 + "eth0.rp_filter", v4 + "lo.rp_filter"}},
		{"with one of its own", "host", v4 + "eth0.rp_filter: 2", v4 + "default.rp_filter: 1, " + v4 + "eth0.rp_filter: 2", []string{v4 + "eth0.rp_filter"}},
		{"instead of its own", "host", v4 + "eth0.rp_filter: 2", v4 + "default.rp_filter: 1", []string{v4 + "eth0.rp_filter"}},
		{"not all", "router", "", v4 + "default.forwarding: 0", []string{v4 + "eth0.forwarding", v4 + "lo.forwarding"}},
		{"all again", "router", v4 + "default.forwarding: 0", "", []string{v4 + "eth0.forwarding"}},
		{"behind all", "host", v6 + "default.disable_ipv6: 0", v6 + "all.disable_ipv6: 1, " + v6 + "default.disable_ipv6: 0",
			[]string{v6 + "eth0.disable_ipv6", v6 + "lo.disable_ipv6"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			read := func() (values []string) {
				for _, key := range c.read {
					values = append(values, sysctlOf(t, "a", key))
				}
				return values
			}
			file := sysctlsFile(c.kind, c.to, addrs)
			up(t, nil, file)
			fresh := read()
			if err := Down(bg, "t", nil, DownOptions{}); err != nil {
				t.Fatal(err)
			}
			from := sysctlsFile(c.kind, c.from, addrs)
			for _, noRefresh := range []bool{false, true} {
				up(t, nil, from)
				before := read()
				undone(t, file, UpOptions{})
				if got := read(); !slices.Equal(got, before) {
					t.Errorf("%v are %v, and after the rollback %v", c.read, before, got)
				}
				if _, err := Up(bg, parse(t, file), nil, UpOptions{PlanOptions: PlanOptions{NoRefresh: noRefresh}}); err != nil {
					t.Fatal(err)
				}
				if got := read(); !slices.Equal(got, fresh) {
					t.Errorf("%v are %v; in a new lab %v", c.read, got, fresh)
				}
				upAgain(t, file)
			}
			if err := Down(bg, "t", nil, DownOptions{}); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// An interface that makes its link-local address as new ones do has no other,
// also when the change is undone.
func TestIntegrationDroppedAddrGenMode(t *testing.T) {
	const mode = "net.ipv6.conf.eth0.addr_gen_mode: 3"
	file := func(settings string) string { return sysctlsFile("host", settings, ", ipv6: on") }
	// An address per line; the random one is not that of another lab.
	addrs := func() (n int) {
		in(t, "t-a", func() error {
			b, err := os.ReadFile("/proc/thread-self/net/if_inet6")
			n = strings.Count(string(b), " eth0\n")
			return err
		})
		return n
	}
	up(t, nil, file(""))
	settle.Carriers(t, "t-a")
	fresh := addrs()
	if fresh != 1 {
		t.Fatalf("%d addresses", fresh)
	}
	undone(t, file(mode), UpOptions{})
	wantSysctls(t, "net.ipv6.conf.eth0.addr_gen_mode: 0")
	if n := addrs(); n != fresh {
		t.Errorf("%d addresses, and after the rollback %d", fresh, n)
	}
	up(t, nil, file(mode))
	wantSysctls(t, mode)
	before := addrs()
	undone(t, file(""), UpOptions{})
	wantSysctls(t, mode)
	if n := addrs(); n != before {
		t.Errorf("%d addresses, and after the rollback %d", before, n)
	}
	up(t, nil, file(""))
	wantSysctls(t, "net.ipv6.conf.eth0.addr_gen_mode: 0")
	if n := addrs(); n != fresh {
		t.Errorf("%d addresses; in a new lab %d", n, fresh)
	}
	upAgain(t, file(""))
}
