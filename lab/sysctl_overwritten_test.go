package lab

import (
	"os"
	"strings"
	"testing"
)

// sysctlsFile is a lab of a node with settings and of a link, with more about that.
func sysctlsFile(kind, settings, link string) string {
	return "name: t\nnodes:\n  a: {kind: " + kind + ", sysctls: {" + settings + "}}\n  b: {}\n" +
		"links:\n  - {endpoints: [\"a:eth0\", \"b:eth0\"]" + link + "}\n"
}

// sysctlOf reads a setting of a node of lab t.
func sysctlOf(t *testing.T, node, key string) (value string) {
	t.Helper()
	in(t, "t-"+node, func() error {
		b, err := os.ReadFile("/proc/sys/" + strings.ReplaceAll(key, ".", "/"))
		value = strings.TrimSpace(string(b))
		return err
	})
	return value
}

// wantSysctls compares settings of node a, "key: value, key: value".
func wantSysctls(t *testing.T, want string) {
	t.Helper()
	for one := range strings.SplitSeq(want, ", ") {
		key, value, _ := strings.Cut(one, ": ")
		if got := sysctlOf(t, "a", key); got != value {
			t.Errorf("%s is %s, want %s", key, got, value)
		}
	}
}

// A setting of an interface that the file drops is reset although nothing else
// about its link changes, and so without a refresh too.
func TestIntegrationNoRefreshDroppedSysctls(t *testing.T) {
	for _, c := range []struct{ settings, want string }{
		{"net.ipv4.conf.eth0.rp_filter: 1", "net.ipv4.conf.eth0.rp_filter: 0"},
		{"net.ipv6.conf.eth0.accept_ra: 0", "net.ipv6.conf.eth0.accept_ra: 1"},
	} {
		up(t, nil, sysctlsFile("host", c.settings, ""))
		next := parse(t, sysctlsFile("host", "", ""))
		if _, err := Up(bg, next, nil, UpOptions{PlanOptions: PlanOptions{NoRefresh: true}}); err != nil {
			t.Fatal(err)
		}
		wantSysctls(t, c.want)
	}
}
