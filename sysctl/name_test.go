package sysctl

import "testing"

func TestParseKey(t *testing.T) {
	for _, tc := range []struct{ name, key, iface, bad string }{
		{"net.ipv4.ip_forward", "net.ipv4.ip_forward", "", ""},
		{"net/ipv4/ip_forward", "net.ipv4.ip_forward", "", ""},
		{"net.ipv4.conf.eth0/1.forwarding", "net.ipv4.conf.eth0/1.forwarding", "eth0.1", ""},
		{"net/ipv4/conf/eth0.1/forwarding", "net.ipv4.conf.eth0/1.forwarding", "eth0.1", ""},
		{"net.ipv6.neigh.default.gc_thresh3", "net.ipv6.neigh.default.gc_thresh3", "", ""},
		{"net.ipv6.conf.all.mtu", "net.ipv6.conf.all.mtu", "", ""},
		{"net.ipv6.conf.lo.mtu", "net.ipv6.conf.lo.mtu", "lo", ""},
		{"net.mpls.conf.eth0/1.input", "net.mpls.conf.eth0/1.input", "eth0.1", ""},
		{"net", "net", "", ""},
		{"net..x", "", "", `an empty part, "." or ".." in it`},
		{"net/../x", "", "", `an empty part, "." or ".." in it`},
		{"net./.x", "", "", `an empty part, "." or ".." in it`},
		{"net.ipv4.ip forward", "", "", "white space or a control character in it"},
		{"net.ipv4.\u00a0", "", "", "white space or a control character in it"},
	} {
		key, err := ParseKey(tc.name)
		bad := ""
		if err != nil {
			bad = err.Error()
		}
		if key != tc.key || bad != tc.bad || Interface(key) != tc.iface {
			t.Errorf("%q is %q of %q, %q", tc.name, key, Interface(key), bad)
		}
	}
}

func TestSwap(t *testing.T) {
	const key, path = "net.ipv4.conf.eth0/1.forwarding", "net/ipv4/conf/eth0.1/forwarding"
	if Swap(key) != path || Swap(path) != key {
		t.Errorf("%q and %q", Swap(key), Swap(path))
	}
}

func TestFirstName(t *testing.T) {
	for key, want := range map[string]string{IPv4Forwarding: IPForward, IPForward: IPForward, IPv6Forwarding: IPv6Forwarding} {
		if got := FirstName(key); got != want {
			t.Errorf("%s is %s", key, got)
		}
	}
}
