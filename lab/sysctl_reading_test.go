package lab

import (
	"os"
	"strings"
	"testing"
)

// Settings that read otherwise than they were written are no difference, as long
// as nobody changes them.
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
	if p := up(t, nil, file); !p.Empty() {
		t.Errorf("an unchanged file does\n%s", words(p))
	}
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
	if p := up(t, nil, next); !p.Empty() {
		t.Errorf("still\n%s", words(p))
	}
	// A value that the kernel does not take remains a difference, and an error.
	next = strings.Replace(file, "ip_default_ttl: 0x20", "ip_default_ttl: 999", 1)
	if _, err := Up(bg, parse(t, next), nil, UpOptions{}); err == nil || !strings.Contains(err.Error(), `set net.ipv4.ip_default_ttl to "999"`) {
		t.Errorf("got %v", err)
	}
	if got := have("ip_default_ttl"); got != "32" {
		t.Errorf("after the rollback ip_default_ttl is %s", got)
	}
}
