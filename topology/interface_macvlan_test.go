package topology

import (
	"strings"
	"testing"
)

func TestMacvlanMistakes(t *testing.T) {
	for _, tc := range []struct{ interfaces, want string }{
		{"m: {kind: macvlan}", `lab.yaml:4:20: interface "m" is not on another one, which kind macvlan needs; write link: and an interface of the node`},
		{"m: {kind: macvlan, link: e, mode: bride}", `lab.yaml:4:54: mode is "bride"; did you mean "bridge"?`},
		{"m: {kind: macvlan, link: e, nodst: true}", `lab.yaml:4:55: nodst is for mode source alone; write mode: source`},
		{"m: {kind: macvlan, link: e, nopromisc: true}", `lab.yaml:4:59: nopromisc is for mode passthru alone; write mode: passthru`},
		{"m: {kind: macvlan, link: e, mode: source, macaddrs: [\"01:00:00:00:00:01\"]}", `lab.yaml:4:73: an entry of macaddrs is "01:00:00:00:00:01"; it is the MAC address of one device, such as 02:00:00:00:00:01`},
		{"m: {kind: macvlan, link: e, mode: passthru, mac: \"02:00:00:00:00:01\"}", `lab.yaml:4:69: in mode passthru a macvlan has the MAC address of its link; leave it out`},
		{"m: {kind: macvlan, link: e, mode: passthru}, n: {kind: macvlan, link: e}", `lab.yaml:4:65: interfaces "m", on line 4, and "n" cannot both be on "e": one has the mode passthru, and has to be the only macvlan`},
		{"m: {kind: macvlan, link: n}, n: {kind: macvlan, link: e}", `lab.yaml:4:45: interface "m" cannot be on "n": the kernel would put it on the same interface as that one; name that as its link`},
		{"m: {kind: macvlan, link: e, mtu: 9000}", `lab.yaml:4:20: interface "m" has an MTU of 9000, and "e", which it is on, only 1500`},
	} {
		_, err := Parse("lab.yaml", []byte(vlans(tc.interfaces)), nil)
		if err == nil {
			t.Errorf("%s: no error", tc.interfaces)
			continue
		}
		if got, _, _ := strings.Cut(err.Error(), "\n"); got != tc.want {
			t.Errorf("%s\ngot  %s\nwant %s", tc.interfaces, got, tc.want)
		}
	}
	_, err := Parse("lab.yaml", []byte("name: x\nnodes:\n  a: {}\n  s: {kind: bridge, interfaces: {m: {kind: macvlan, link: p}}}\nlinks:\n  - endpoints: [\"a:e\", \"s:p\"]\n"), nil)
	if err == nil || !strings.Contains(err.Error(), `interface "m" cannot be on "p": that is the port of a bridge, which takes all that it receives`) {
		t.Errorf("on a port: %v", err)
	}
}
