package lab

import (
	"fmt"
	"testing"
)

// Settings of which one bounds the other are written in an order in which the
// kernel takes both, from wherever to wherever, and back.
func TestIntegrationSysctlBounds(t *testing.T) {
	const low, high, start, ports, some, most = "net.ipv4.ipfrag_low_thresh", "net.ipv4.ipfrag_high_thresh",
		"net.ipv4.ip_unprivileged_port_start", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_reordering", "net.ipv4.tcp_max_reordering"
	file := func(settings string) string { return sysctlsFile("host", settings, "") }
	both := func(l, u string, lv, uv int) string {
		second := ""
		if u == ports {
			second = " 65000"
		}
		return fmt.Sprintf("%s: %d%s, %s: %d", u, uv, second, l, lv)
	}
	for _, c := range []struct {
		lower, upper string
		values       [][2]int
	}{
		{low, high, [][2]int{{500, 1000}, {50000000, 60000000}, {700, 800}, {800, 800}}},
		{start, ports, [][2]int{{0, 500}, {60000, 60001}, {100, 200}}},
		{some, most, [][2]int{{1, 2}, {1000, 2000}, {3, 3}}},
	} {
		t.Run(c.lower, func(t *testing.T) {
			up(t, nil, file(""))
			was := [2]string{sysctlOf(t, "a", c.lower), sysctlOf(t, "a", c.upper)}
			for _, v := range c.values {
				undone(t, file(both(c.lower, c.upper, v[0], v[1])), UpOptions{})
				if now := [2]string{sysctlOf(t, "a", c.lower), sysctlOf(t, "a", c.upper)}; now != was {
					t.Errorf("undone, they are %q, want %q", now, was)
				}
				up(t, nil, file(both(c.lower, c.upper, v[0], v[1])))
				settled(t, nil, file(both(c.lower, c.upper, v[0], v[1])))
				was = [2]string{sysctlOf(t, "a", c.lower), sysctlOf(t, "a", c.upper)}
			}
			// A node that goes comes back with them.
			gone := "name: t\nnodes:\n  b: {}\n"
			undone(t, gone, UpOptions{})
			if now := [2]string{sysctlOf(t, "a", c.lower), sysctlOf(t, "a", c.upper)}; now != was {
				t.Errorf("removed and back, they are %q, want %q", now, was)
			}
			up(t, nil, file(""))
			settled(t, nil, file(""))
		})
	}
}
