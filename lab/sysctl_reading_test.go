package lab

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/nslab/nslab/sysctl"
)

// Settings that read otherwise than they were written are no difference, as
// long as nobody changes them.
func TestIntegrationSysctlReadings(t *testing.T) {
	file := strings.Replace(base, "  a: {}", `  a:
    sysctls:
      net.ipv4.icmp_ratelimit: 77                  # read in ticks
      net.ipv4.tcp_rmem: 8192 87380 1000000        # read with tabs
      net.ipv4.ip_default_ttl: 0x20                # read in decimal
      net.ipv4.neigh.eth0.delay_first_probe_time: 0x3
      net.ipv4.neigh.eth0.retrans_time_ms: 77
      net.ipv4.conf.all.rp_filter: 2`, 1)
	up(t, nil, file)
	have := func(key string) (value string) {
		in(t, "t-a", func() error {
			b, err := os.ReadFile("/proc/sys/net/ipv4/" + key)
			value = strings.TrimSpace(string(b))
			return err
		})
		return value
	}
	for key, want := range map[string]string{
		"tcp_rmem": "8192\t87380\t1000000", "ip_default_ttl": "32", "neigh/eth0/delay_first_probe_time": "3",
	} {
		if got := have(key); got != want {
			t.Errorf("%s reads %q, want %q", key, got, want)
		}
	}
	t.Logf("77 ms read as %s and %s", have("icmp_ratelimit"), have("neigh/eth0/retrans_time_ms"))
	upAgain(t, file)
	// What somebody has changed is changed back.
	in(t, "t-a", func() error {
		if err := os.WriteFile("/proc/sys/net/ipv4/neigh/eth0/delay_first_probe_time", []byte("7"), 0); err != nil {
			return err
		}
		return os.WriteFile("/proc/sys/net/ipv4/tcp_rmem", []byte("8192 87380 1000001"), 0)
	})
	want := "~ sysctl net.ipv4.tcp_rmem in a: 8192\t87380\t1000001 -> 8192 87380 1000000\n" +
		"~ sysctl net.ipv4.neigh.eth0.delay_first_probe_time in a: 7 -> 0x3"
	if p := up(t, nil, file); words(p) != want {
		t.Errorf("got\n%s\nwant\n%s", words(p), want)
	}
	// So is what the file says otherwise.
	next := strings.Replace(file, "icmp_ratelimit: 77", "icmp_ratelimit: 177", 1)
	if p := up(t, nil, next); len(p.Steps) != 1 || p.Steps[0].New != "177" {
		t.Errorf("got\n%s", words(p))
	}
	upAgain(t, next)
	// A value that the kernel does not take is an error before anything is
	// done.
	next = strings.Replace(file, "ip_default_ttl: 0x20", "ip_default_ttl: 999", 1)
	if _, err := Up(bg, parse(t, next), nil, UpOptions{}); err == nil || !strings.Contains(err.Error(), `the kernel refuses the value "999"`) {
		t.Errorf("got %v", err)
	}
	if got := have("ip_default_ttl"); got != "32" {
		t.Errorf("after the rollback ip_default_ttl is %s", got)
	}
}

// A setting of an interface that the file speaks of no more becomes what it
// would be in a lab made from this file.
func TestIntegrationDroppedSysctls(t *testing.T) {
	with := func(settings string) string {
		return strings.Replace(base, "  r: {kind: router}", "  r:\n    kind: router\n    sysctls: {"+settings+"}", 1)
	}
	of := func(settings string) (read []string) {
		in(t, "t-r", func() error {
			for key := range strings.SplitSeq(settings, ", ") {
				path, _, _ := strings.Cut(key, ":")
				b, err := os.ReadFile("/proc/" + sysctl.File(path))
				if err != nil {
					return err
				}
				read = append(read, path+": "+strings.TrimSpace(string(b)))
			}
			return nil
		})
		return read
	}
	const first = "net.ipv4.conf.eth0.rp_filter: 2, net.ipv4.conf.eth0.forwarding: 0, net.ipv4.neigh.eth0.ucast_solicit: 7, " +
		"net.ipv6.conf.eth0.forwarding: 0, net.ipv6.conf.eth0.hop_limit: 9, net.ipv6.conf.eth0.mtu: 1300, net.ipv4.conf.lo.rp_filter: 1"
	for _, then := range []string{
		"net.ipv4.tcp_ecn: 2",
		"net.ipv4.conf.default.rp_filter: 1",
		"net.ipv4.ip_forward: 0, net.ipv6.conf.all.forwarding: 0",
		"net.ipv4.conf.all.forwarding: 0, net.ipv6.conf.default.hop_limit: 33",
	} {
		up(t, nil, with(then))
		fresh := of(first)
		if err := Down(bg, "t", nil, DownOptions{}); err != nil {
			t.Fatal(err)
		}
		up(t, nil, with(first))
		if got, want := of(first), strings.Split(first, ", "); !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
		up(t, nil, with(then))
		if got := of(first); !slices.Equal(got, fresh) {
			t.Errorf("with %s it reads\n%v; in a new lab\n%v", then, got, fresh)
		}
		if p := up(t, nil, with(then)); !p.Empty() {
			t.Errorf("with %s another up does\n%s", then, words(p))
		}
		// An interface that goes takes its settings along.
		up(t, nil, with(first))
		gone := strings.Replace(strings.Replace(with(then), `  - {endpoints: ["a:eth0", "r:eth0"]`, `  - {endpoints: ["a:eth0", "r:eth9"]`, 1), "eth0.", "eth9.", 1)
		if got := words(up(t, nil, gone)); strings.Contains(got, ".eth0.") {
			t.Errorf("without the interface\n%s", got)
		}
		if err := Down(bg, "t", nil, DownOptions{}); err != nil {
			t.Fatal(err)
		}
	}
}

// Whether IPv4 forwards has two names. A file that goes from one to the other,
// or drops one, says what it says all the same.
func TestIntegrationForwardingByBothNames(t *testing.T) {
	for _, step := range []struct{ kind, sysctls, want string }{
		{"router", "net.ipv4.conf.all.forwarding: 0", "0"},
		{"router", "net.ipv4.tcp_ecn: 2", "1"},
		{"host", "net.ipv4.ip_forward: 1", "1"},
		{"host", "net.ipv4.conf.all.forwarding: 1", "1"},
		{"host", "net.ipv4.ip_forward: 1", "1"},
		{"host", "net.ipv4.tcp_ecn: 2", "0"},
	} {
		file := strings.Replace(base, "  r: {kind: router}", "  r: {kind: "+step.kind+", sysctls: {"+step.sysctls+"}}", 1)
		up(t, nil, file)
		in(t, "t-r", func() error {
			b, err := os.ReadFile("/proc/sys/net/ipv4/ip_forward")
			if got := strings.TrimSpace(string(b)); err == nil && got != step.want {
				t.Errorf("%s with %s: ip_forward is %s", step.kind, step.sysctls, got)
			}
			return err
		})
		if p := up(t, nil, file); !p.Empty() {
			t.Errorf("%s with %s: another up does\n%s", step.kind, step.sysctls, words(p))
		}
	}
}
