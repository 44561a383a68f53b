package topology

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/nslab/nslab/rtnl"
)

func TestVXLANMistakes(t *testing.T) {
	for _, tc := range []struct{ interfaces, want string }{
		{"v: {kind: vxlan}", `interface "v" of kind vxlan has no id; write id: and its network identifier`},
		{"v: {kind: vxlan, id: 16777216}", `id is "16777216"; use a number from 0 to 16777215`},
		{"v: {kind: vxlan, id: 1, external: true}", `interface "v" is external, and has no id itself; leave out id or external`},
		{"v: {kind: vxlan, id: 1, vnifilter: true}", `vnifilter is for external VXLANs alone; write external: true`},
		{"v: {kind: vxlan, id: 1, remote: x}", `remote is "x"; it is an IP address, such as 192.0.2.1`},
		{"v: {kind: vxlan, id: 1, remote: 239.1.1.1}", `remote is 239.1.1.1, a multicast address; write group: for a multicast group`},
		{"v: {kind: vxlan, id: 1, group: 192.0.2.1, dev: e}", `group is 192.0.2.1, which is not a multicast address; write remote: for the address of another end`},
		{"v: {kind: vxlan, id: 1, group: 239.1.1.1}", `interface "v" has a group, and no dev by which that is reached; write dev: and an interface of the node`},
		{"v: {kind: vxlan, id: 1, group: 239.1.1.1, remote: 192.0.2.1, dev: e}", `interface "v" has both a remote end and a group`},
		{"v: {kind: vxlan, id: 1, local: \"fd00::1\", remote: 192.0.2.1}", `interface "v" has an IPv4 and an IPv6 address for its datagrams: fd00::1 and 192.0.2.1`},
		{"v: {kind: vxlan, id: 1, flowlabel: 5}", `interface "v" has a flow label, which only IPv6 datagrams have`},
		{"v: {kind: vxlan, id: 1, dev: nope}", `node "b" has no interface "nope"`},
		{"v: {kind: vxlan, id: 1, link: e}", `an interface of kind vxlan`},
		{"v: {kind: vxlan, id: 1, dev: e, mtu: 1460}", `interface "v" has an MTU of 1460, and its datagrams are 50 bytes larger; "e", which they leave by, has only 1500`},
		{"v: {kind: vxlan, id: 1}, w: {kind: vxlan, id: 1, dev: e}", `interfaces "v", on line 4, and "w" cannot both be in node "b": they have the same id and port`},
		{"v: {kind: vxlan, id: 1}, w: {kind: vxlan, external: true}", `interfaces "v", on line 4, and "w" cannot both be in node "b": they have the same port, and differ in external`},
		{"v: {kind: vxlan, id: 1, gbp: true}, w: {kind: vxlan, id: 2}", `they have the same port, and differ in external, gbp`},
		{"v: {kind: vxlan, external: true, vnifilter: true}, w: {kind: vxlan, external: true}", `they have the same port, and differ in`},
		{"v: {kind: vxlan, id: 1, local: \"fd00::1\", udp6zerocsumrx: true}, w: {kind: vxlan, id: 2, local: \"fd00::1\"}", `they have the same port, and differ in`},
		{"v: {kind: vxlan, id: 1, addresses: [10.7.0.1/24]}, br0: {kind: bridge, ports: [v]}", `"v" is a port of bridge "br0", and has addresses; give the bridge addresses`},
		{"v: {kind: vxlan, id: 1, dev: br0}, br0: {kind: bridge, ports: [v]}", `"v" is a port of bridge "br0", which its datagrams leave by`},
		{"v: {kind: vxlan, id: 1}, br0: {kind: bridge, ports: [v]}, b: {kind: bridge, ports: [v]}", `"v" of node "b" is a port of bridge "br0" already`},
		{"v: {kind: dummy}, br0: {kind: bridge, ports: [v]}", `"v" of node "b" is not an end of a link, and cannot be a port; list the node's ends of links and its VXLANs`},
		{"v: {kind: vxlan, id: 1}, br0: {kind: bridge, ports: [v]}, r: {kind: vrf, table: 5, members: [v]}", `"v" cannot be a member of "r": it is a port of bridge "br0"`},
	} {
		_, err := Parse("lab.yaml", []byte(vlans(tc.interfaces)), nil)
		if err == nil {
			t.Errorf("%s: no error", tc.interfaces)
			continue
		}
		if got, _, _ := strings.Cut(err.Error(), "\n"); !strings.HasPrefix(got, "lab.yaml:4:") || !strings.Contains(got, tc.want) {
			t.Errorf("%s\ngot  %s\nwant %s", tc.interfaces, got, tc.want)
		}
	}
}

// VXLANs that do not share a socket may have the same port.
func TestVXLANsBeside(t *testing.T) {
	for _, interfaces := range []string{
		"v: {kind: vxlan, id: 1, gbp: true}, w: {kind: vxlan, id: 2, gbp: true}",
		"v: {kind: vxlan, id: 1, gbp: true}, w: {kind: vxlan, id: 1, port: 4790}",
		"v: {kind: vxlan, id: 1, local: \"fd00::1\", udp6zerocsumrx: true}, w: {kind: vxlan, id: 1, local: 192.0.2.1}",
	} {
		if _, err := Parse("lab.yaml", []byte(vlans(interfaces)), nil); err != nil {
			t.Errorf("%s: %v", interfaces, err)
		}
	}
}

// The MTU of a VXLAN is that of the interface that it sends by, without what it
// adds to each frame.
func TestVXLANMTU(t *testing.T) {
	top, err := Parse("lab.yaml", []byte(vlans("v: {kind: vxlan, id: 1, dev: e}, w: {kind: vxlan, id: 2, dev: v, remote: \"fd00::1\"}, x: {kind: vxlan, id: 3}")), nil)
	if err != nil {
		t.Fatal(err)
	}
	for iface, want := range map[string]uint32{"v": 1450, "w": 1380, "x": 1500} {
		if got := top.MTU(top.NodeIndex("b"), iface); got != want {
			t.Errorf("%s: MTU %d, want %d", iface, got, want)
		}
	}
}

// A Builder writes all options that a file has keys for, and refuses others.
func TestVXLANConfig(t *testing.T) {
	full := rtnl.VXLAN{ID: rtnl.Some(uint32(5)), Local: netip.MustParseAddr("fd00::1"), Remote: netip.MustParseAddr("fd00::2"), Port: rtnl.Some(uint16(99)),
		TTL: rtnl.Some(uint8(1)), TOS: rtnl.Some(uint8(2)), DF: rtnl.Some(rtnl.VXLANDFInherit), Label: rtnl.Some(uint32(3)), Ageing: rtnl.Some(4 * time.Second),
		Limit: rtnl.Some(uint32(6)), Learning: rtnl.Some(false), GBP: rtnl.Some(true)}
	b := New("x")
	b.Node("a", NodeConfig{Interfaces: []InterfaceConfig{{Name: "v", Options: &full}}})
	top, err := b.Topology()
	if err != nil {
		t.Fatal(err)
	}
	if got := *top.Node("a").Interface("v").Options.(*rtnl.VXLAN); got != full {
		t.Errorf("got %+v, want %+v", got, full)
	}
}
