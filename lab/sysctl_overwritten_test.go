package lab

import (
	"os"
	"strings"
	"testing"

	"github.com/nslab/nslab/sysctl"
)

// sysctlsFile is a lab of a node with settings and of a link, with more about
// that.
func sysctlsFile(kind, settings, link string) string {
	return "name: t\nnodes:\n  a: {kind: " + kind + ", sysctls: {" + settings + "}}\n  b: {}\n" +
		"links:\n  - {endpoints: [\"a:eth0\", \"b:eth0\"]" + link + "}\n"
}

// sysctlOf reads a setting of a node of lab t.
func sysctlOf(t *testing.T, node, key string) (value string) {
	t.Helper()
	in(t, "t-"+node, func() error {
		b, err := os.ReadFile("/proc/" + sysctl.File(key))
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

// Whatever a file is changed from, and in a new lab, its settings are what it
// says, though the kernel lets some follow others; and then there is nothing to
// do.
func TestIntegrationOverwrittenSysctls(t *testing.T) {
	const (
		v6  = "net.ipv6.conf."
		v4  = "net.ipv4.conf."
		all = v6 + "all.disable_ipv6: 1, "
	)
	none := sysctlsFile("host", "", "")
	for _, c := range []struct{ name, from, kind, settings, want string }{
		{"an interface behind all", none, "host", all + v6 + "lo.disable_ipv6: 0", ""},
		{"the default behind all", none, "host", all + v6 + "default.disable_ipv6: 0", ""},
		{"lo of a router", none, "router", v4 + "lo.forwarding: 0", ""},
		{"the default of a router", sysctlsFile("router", "", ""), "router", v4 + "default.forwarding: 0", ""},
		{"lo behind the default", none, "host", v4 + "default.rp_filter: 1, " + v4 + "lo.rp_filter: 0", ""},
		{"redirects of a router", none, "router", v4 + "all.accept_redirects: 1", ""},
		{"redirects of no router", sysctlsFile("router", v4+"all.accept_redirects: 0", ""), "host", v4 + "all.accept_redirects: 0", ""},
		{"by the other name", none, "host", v4 + "all.forwarding: 1, " + v4 + "all.accept_redirects: 1, " + v4 + "default.forwarding: 0", ""},
		{"redirects no more", sysctlsFile("router", v4+"all.accept_redirects: 1", ""), "router", "", v4 + "all.accept_redirects: 0"},
		{"the default no more", sysctlsFile("router", v4+"default.forwarding: 0", ""), "router", "", v4 + "default.forwarding: 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file, want := sysctlsFile(c.kind, c.settings, ""), c.want
			if want == "" {
				want = c.settings
			}
			for _, from := range []string{"", c.from} {
				if from != "" {
					up(t, nil, from)
				}
				up(t, nil, file)
				wantSysctls(t, want)
				upAgain(t, file)
				if err := Down(bg, "t", nil, DownOptions{}); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// The nearest of two names of one setting counts.
func TestSysctlInheritedByTheOtherName(t *testing.T) {
	top := parse(t, "name: t\ndefaults: {sysctls: {net.ipv4.ip_forward: 0}}\nnodes:\n  a: {sysctls: {net.ipv4.conf.all.forwarding: 1}}\n")
	if got := top.Nodes[0].Sysctls; len(got) != 1 || got[0] != (sysctl.Setting{Key: "net.ipv4.conf.all.forwarding", Value: "1"}) {
		t.Errorf("got %v", got)
	}
}
