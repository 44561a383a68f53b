package lab

import (
	"testing"

	"github.com/nslab/nslab/internal/testenv"
)

// What somebody gave an interface outlives the changes of a file that gives all
// interfaces another value and then the old one, and undoing them.
func TestIntegrationSysctlByHandOutlivesAll(t *testing.T) {
	testenv.NeedTool(t, "sysctl")
	host, router := sysctlsFile("host", "", ""), sysctlsFile("router", "", "")
	linkdown := sysctlsFile("host", "net.ipv6.conf.all.ignore_routes_with_linkdown: 1", "")
	const off, on = "net.ipv4.conf.eth0.forwarding: 0, net.ipv6.conf.eth0.forwarding: 0", "net.ipv4.conf.eth0.forwarding: 1, net.ipv6.conf.eth0.forwarding: 1"
	const turnOn, turnOff = "sysctl -q net.ipv4.conf.eth0.forwarding=1 net.ipv6.conf.eth0.forwarding=1", "sysctl -q net.ipv4.conf.eth0.forwarding=0 net.ipv6.conf.eth0.forwarding=0"
	for _, c := range []struct {
		name  string
		first string
		steps []string // files, and lines of a shell in node a
		want  string
	}{
		{"a host that forwards on one interface", host, []string{turnOn, router, host}, on},
		{"twice", host, []string{turnOn, router, host, router, host}, on},
		{"a router that does not on one interface", router, []string{turnOff, host, router}, off},
		{"somebody changes his mind", host, []string{turnOn, router, turnOff, host, router}, off},
		{"nobody has set it", host, []string{router, host}, off},
		{"set to what all have", host, []string{turnOn, router, turnOff, turnOn, turnOff, host}, off},
		{"the default", host, []string{"sysctl -q net.ipv4.conf.default.forwarding=1", router, host}, "net.ipv4.conf.default.forwarding: 1, net.ipv4.conf.eth0.forwarding: 0"},
		{"the file says it meanwhile", host, []string{turnOn, router, sysctlsFile("router", "net.ipv4.conf.eth0.forwarding: 0", ""), host}, "net.ipv4.conf.eth0.forwarding: 0"},
		{"another setting", host, []string{"sysctl -q net.ipv6.conf.eth0.ignore_routes_with_linkdown=1", linkdown, host},
			"net.ipv6.conf.eth0.ignore_routes_with_linkdown: 1, net.ipv6.conf.lo.ignore_routes_with_linkdown: 0"},
		{"the interface is made anew", host, []string{turnOn, router, sysctlsFile("router", "", ", queues: 2"), sysctlsFile("host", "", ", queues: 2")}, off},
	} {
		t.Run(c.name, func(t *testing.T) {
			up(t, nil, c.first)
			last := c.first
			for _, step := range c.steps {
				if step[0] != 'n' {
					(&property{node: "a"}).sh(t, step)
					continue
				}
				undone(t, step, UpOptions{})
				settled(t, nil, last)
				up(t, nil, step)
				settled(t, nil, step)
				last = step
			}
			wantSysctls(t, c.want)
		})
	}
}

// A node that is made anew has nothing that somebody gave the old one, and
// --prune takes it all.
func TestIntegrationSysctlByHandForgotten(t *testing.T) {
	testenv.NeedTool(t, "sysctl")
	host, router := sysctlsFile("host", "", ""), sysctlsFile("router", "", "")
	for _, opts := range []PlanOptions{{Recreate: []string{"a"}}, {Prune: true}} {
		up(t, nil, host)
		(&property{node: "a"}).sh(t, "sysctl -q net.ipv4.conf.eth0.forwarding=1")
		up(t, nil, router)
		if _, err := Up(bg, parse(t, router), nil, UpOptions{PlanOptions: opts}); err != nil {
			t.Fatal(err)
		}
		if opts.Prune { // there was nothing to do, so nothing was written
			if _, err := Up(bg, parse(t, host), nil, UpOptions{PlanOptions: opts}); err != nil {
				t.Fatal(err)
			}
		}
		up(t, nil, host)
		wantSysctls(t, "net.ipv4.conf.eth0.forwarding: 0")
	}
}
