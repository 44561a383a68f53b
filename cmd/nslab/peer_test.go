package main

import (
	"strings"
	"testing"
)

// TestAsPeer checks errors under the names of ip, bridge and brctl, whose texts
// scripts look for, and under nslab's own.
func TestAsPeer(t *testing.T) {
	nslab(t, "netns", "add", "peer")
	defer nslab(t, "netns", "delete", "peer")
	for _, tt := range []struct {
		line string
		want string
	}{
		{"/sbin/ip link set nosuch up", "Cannot find device \"nosuch\"\n"},
		{"ip link show nosuch", "Device \"nosuch\" does not exist.\n"},
		{"ip -n nosuch link", "Cannot open network namespace \"nosuch\": No such file or directory\n" +
			"ip: open network namespace \"nosuch\": open /run/netns/nosuch: no such file or directory (ENOENT)\n"},
		{"ip netns exec nosuch true", "Cannot open network namespace \"nosuch\": No such file or directory\n" +
			"ip: open network namespace \"nosuch\": open /run/netns/nosuch: no such file or directory (ENOENT)\n"},
		{"ip netns exec peer /etc/passwd", "exec of \"/etc/passwd\" failed: Permission denied\nip: fork/exec /etc/passwd: permission denied: it is not executable, with mode 0644\n"},
		{"ip -batch /nosuch", "Cannot open file \"/nosuch\" for reading: No such file or directory\nip: open /nosuch: no such file or directory\n"},
		{"ip link add lo type bridge", "RTNETLINK answers: File exists\nip: create link \"lo\": a link with this name or index exists already (EEXIST)\n"},
		{"ip rule del pref 77", "RTNETLINK answers: No such file or directory\nip: delete rule with priority 77: no such file or directory (ENOENT)\n"},
		{"ip route show table 4711", "Error: ipv4: FIB table does not exist.\nDump terminated\nip: list routes: ipv4: FIB table does not exist (ENOENT)\n"},
		{"ip frobnicate", "Object \"frobnicate\" is unknown, try \"ip help\".\nip: word 1, \"frobnicate\": expected an object of ip: address, route, rule, neighbor, neighbour, link, monitor, netns, vrf, nexthop\n"},
		{"ip link frobnicate", "Command \"frobnicate\" is unknown, try \"ip link help\".\nip: word 2, \"frobnicate\": expected a command of ip link: add, set, change, delete, show, lst, list, property\n"},
		{"bridge fdb show br nosuch", "Cannot find bridge device \"nosuch\"\n"},
		{"brctl addif nosuch lo", "bridge nosuch does not exist!\nbrctl: get link \"nosuch\": no such link (ENODEV)\n"},
		{"nslab link set nosuch up", "nslab: Cannot find device \"nosuch\"\n"},
		{"nslab ip link add lo type bridge", "nslab: create link \"lo\": a link with this name or index exists already (EEXIST)\n"},
	} {
		words := strings.Fields(tt.line)
		var stdout, stderr strings.Builder
		if run(words[0], words[1:], strings.NewReader(""), &stdout, &stderr) == 0 {
			t.Errorf("%s: no error", tt.line)
		}
		if stderr.String() != tt.want {
			t.Errorf("%s:\ngot\n%swant\n%s", tt.line, &stderr, tt.want)
		}
	}
	// In a batch, the position comes after the peer's line.
	var stdout, stderr strings.Builder
	run("ip", []string{"-force", "-batch", "-"}, strings.NewReader("link set nosuch up\nlink add lo type bridge\n"), &stdout, &stderr)
	want := "Cannot find device \"nosuch\"\nCommand failed -:1\nRTNETLINK answers: File exists\nCommand failed -:2\n" +
		"ip: -:2: create link \"lo\": a link with this name or index exists already (EEXIST)\n"
	if stderr.String() != want {
		t.Errorf("batch:\ngot\n%swant\n%s", &stderr, want)
	}
}
