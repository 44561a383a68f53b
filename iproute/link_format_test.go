package iproute

import (
	"net"
	"strings"
	"testing"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

func TestLinkRoundTrip(t *testing.T) {
	roundTripLines(t, formatLink, map[string]string{
		"link add type veth":                              "link add type veth",
		"l a p0 type veth peer":                           "link add name p0 type veth peer",
		"link add dev p0 type veth peer dev q0":           "link add name p0 type veth peer name q0",
		"link add name up type veth peer name type":       "link add name up type veth peer name type",
		"link add dev x link eth0 type macvlan":           "link add name x link eth0 type macvlan",
		"link add x up index 16 qlen 0x7 type dummy":      "link add name x index 16 txqueuelen 7 up type dummy",
		"link add x netns far type veth peer y netns 1":   "link add name x netns far type veth peer name y netns 1",
		"link add x group default master br0 type ifb":    "link add name x group 0 master br0 type ifb",
		"link add x numtxqueues 1 numrxqueues 2 type ifb": "link add name x numtxqueues 1 numrxqueues 2 type ifb",
		"link add x address 2:0:0:0:0:1 brd ff:ff:ff:ff:ff:fe mtu 1400 link-netnsid 3 type veth peer arp off index 9": "link add name x address 02:00:00:00:00:01 " +
			"broadcast ff:ff:ff:ff:ff:fe mtu 1400 link-netnsid 3 type veth peer index 9 arp off",
		"link add b type bridge forward_delay 400 stp_state 1 vlan_protocol 802.1AD group_address 1:80:c2:0:0:4 fdb_flush no_linklocal_learn 5 mcast_vlan_snooping 0": "link add name b " +
			"type bridge forward_delay 400 stp_state 1 vlan_protocol 802.1ad group_address 01:80:c2:00:00:04 no_linklocal_learn 1 fdb_flush mcast_vlan_snooping 0",
		"link add b type bridge vlan_protocol 0x8100 mcast_query_interval 12345678901": "link add name b type bridge vlan_protocol 802.1Q mcast_query_interval 12345678901",
		"link set dev p0 name r0 netns far index 7":                                    "link set dev p0 name r0 index 7 netns far",
		"link set name p0 up":                                        "link set dev p0 up",
		"link set p0 name p0 down":                                   "link set dev p0 down",
		"link set name r0 dev p0":                                    "link set dev p0 name r0",
		"link set dev dev up":                                        "link set dev dev up",
		"link change group 5 down promisc on":                        "link set group 5 promisc on down",
		"link set p0 group 5":                                        "link set dev p0 group 5",
		"link set p0 master br0 nomaster":                            "link set dev p0 nomaster",
		"link set p0 nomaster master br0":                            "link set dev p0 master br0",
		"link set p0 arp on arp off trailers off trailers on":        "link set dev p0 arp off trailers on",
		"link set p0 state up mode DORMANT addrgenmode none":         "link set dev p0 state UP mode dormant addrgenmode none",
		"link set p0 carrier off protodown on alias x":               "link set dev p0 alias x carrier off protodown on",
		"link set p0 gso_max_size 1 gso_max_segs 2 gro_max_size 3":   "link set dev p0 gso_max_size 1 gso_max_segs 2 gro_max_size 3",
		"link set p0 type bridge_slave hairpin on cost 3":            "link set dev p0 type bridge_slave cost 3 hairpin on",
		"link set p0 type bridge_slave backup_port p1":               "link set dev p0 type bridge_slave backup_port p1",
		"link set p0 type bridge_slave nobackup_port fdb_flush":      "link set dev p0 type bridge_slave fdb_flush nobackup_port",
		"link set p0 type bridge_slave mcast_fast_leave on":          "link set dev p0 type bridge_slave fastleave on",
		"link set b type bridge priority 0":                          "link set dev b type bridge priority 0",
		"link set b type bridge":                                     "link set dev b type bridge",
		"link del p0":                                                "link delete dev p0",
		"link delete group 0 type veth":                              "link delete group 0",
		"link property add p0 altname a altname b":                   "link property add dev p0 altname a altname b",
		"link property delete altname a dev the-name-of-some-length": "link property del dev the-name-of-some-length altname a",
	})
}

// TestFormatLinkOf formats requests that no line produces.
func TestFormatLinkOf(t *testing.T) {
	up := rtnl.LinkSet{Link: rtnl.LinkIndex(7)}
	up.Up()
	for _, c := range []struct {
		r    rtnl.Request
		want string
	}{
		{&up, "link set dev if7 up"},
		{&rtnl.LinkSet{Link: rtnl.LinkName("x"), LinkAttrs: rtnl.LinkAttrs{Master: rtnl.Some(rtnl.LinkIndex(9)), NetNS: rtnl.NetNSPID(3)}}, "link set dev x master if9 netns 3"},
		{&rtnl.LinkSet{InGroup: rtnl.Some[uint32](3), LinkAttrs: rtnl.LinkAttrs{MTU: 1400}}, "link set group 3 mtu 1400"},
		{&rtnl.LinkAdd{Kind: &rtnl.Bridge{}, LinkAttrs: rtnl.LinkAttrs{Link: rtnl.LinkIndex(4)}}, "link add link if4 type bridge"},
		{&rtnl.LinkSet{Link: rtnl.LinkIndex(7), Port: &bridge.PortOptions{BackupPort: rtnl.Some(rtnl.LinkIndex(8))}}, "link set dev if7 type bridge_slave backup_port if8"},
		{&rtnl.AltNameDel{Link: rtnl.LinkIndex(7), Names: []string{"a"}}, "link property del dev if7 altname a"},
		// There are no words for these.
		{&rtnl.LinkAdd{}, ""},
		{&rtnl.LinkSet{}, ""},
		{&rtnl.LinkDel{Link: rtnl.LinkIndex(7), NetNS: rtnl.NetNSID(1)}, ""},
		{&rtnl.LinkSet{Link: rtnl.LinkIndex(7), LinkAttrs: rtnl.LinkAttrs{NetNS: rtnl.NetNSFD(3)}}, ""},
		{&rtnl.LinkSet{Link: rtnl.LinkIndex(7), LinkAttrs: rtnl.LinkAttrs{Change: unix.IFF_DEBUG}}, ""},
		{&rtnl.LinkSet{Link: rtnl.LinkIndex(7), LinkAttrs: rtnl.LinkAttrs{OperState: rtnl.Some(uint8(9))}}, ""},
		{&rtnl.LinkSet{Link: rtnl.LinkIndex(7), Kind: &rtnl.Bridge{}, Port: &bridge.PortOptions{}}, ""},
		{&rtnl.LinkSet{Link: rtnl.LinkIndex(7), Port: &bridge.PortOptions{MAB: rtnl.Some(true)}}, ""},
		{&rtnl.LinkSet{Link: rtnl.LinkIndex(7), Port: rtnl.PlainKind("bond")}, ""},
		{&rtnl.LinkAdd{Kind: rtnl.PlainKind("nosuch")}, ""},
		{&rtnl.LinkAdd{Kind: &rtnl.Bridge{FDBMaxLearned: rtnl.Some(uint32(1))}}, ""},
		{&rtnl.LinkAdd{Kind: &rtnl.Bridge{MultiBoolMask: 4}}, ""},
		{&rtnl.NeighDel{}, ""},
	} {
		if got := strings.Join(formatLink(c.r), " "); got != c.want {
			t.Errorf("%+v:\n got %q\nwant %q", c.r, got, c.want)
		}
	}
}

func TestLinkErrors(t *testing.T) {
	for _, tt := range []struct {
		line, want string
		status     int
	}{
		{"link add x", `ip: word 4 is missing: expected "type KIND"`, 1},
		{"link add x type", "ip: word 5 is missing: expected a kind of link", 255},
		{"link add x type veth colour", `ip: word 6, "colour": expected "peer", the only option of the kind "veth"`, 1},
		{"link add x type bridge_slave", `ip: word 5, "bridge_slave": expected a kind of link to create; bridge_slave is the kind of a port in ip link set`, 255},
		{"link add x y type veth", `ip: word 4, "y": expected a parameter of ip link add; the link is "x" already`, 255},
		{"link add x mtu 0 type veth", `ip: word 5, "0": expected an MTU in bytes, a number from 1 to 2147483647`, 2},
		{"link add x mtu 1 mtu 2 type veth", `ip: word 6, "mtu": expected another parameter; "mtu" is already given`, 255},
		{"link add x txqlen 1 qlen 2 type veth", `ip: word 6, "qlen": expected another parameter; "txqueuelen" is already given`, 255},
		{"link add x address 02:00:00:00:00:01:02 type veth", `ip: word 5, "02:00:00:00:00:01:02": expected a link-layer address of 6 bytes, such as 02:00:00:00:00:01`, 2},
		{"link add a-name-that-is-too-long type veth", `ip: "a-name-that-is-too-long" is not a name for a link: 1 to 15 bytes without "/", ":" and white space`, 2},
		{"link add name a dev b type veth", `ip: a link that is being created has one name: "name a" and "dev b" are two`, 255},
		{"link add group 5 type veth", `ip: "group" goes with a name when a link is created`, 255},
		{"link add x type veth peer name y type veth", `ip: word 9, "type": expected a parameter of the peer; its kind is "veth" already`, 255},
		{"link add x type veth peer name a/b", `ip: word 8, "a/b": expected a name for a link, 1 to 15 bytes without "/", ":" and white space`, 255},
		{"link add x netns .. type veth", `ip: word 5, "..": expected a namespace: its name, its path, or the id of a process in it`, 2},
		{"link set x vf 0 mac 1", `ip: word 4, "vf": expected a parameter that nslab supports; it does not support "vf" of ip link`, 255},
		{"link set x xdp off", `ip: word 4, "xdp": expected a parameter that nslab supports; it does not support "xdp" of ip link`, 255},
		{"link set x index 3", `ip: "index" can be given to a link that is being created, or that goes to another namespace with "netns"`, 255},
		{"link set up", `ip: word 4 is missing: expected a link, "dev DEV", or "group GROUP"`, 255},
		{"link set group 3 type bridge", `ip: "type" goes with one link, not with a group`, 255},
		{"link set x arp maybe", `ip: word 5, "maybe": expected arp, "on" or "off"`, 1},
		{"link set x address zz", `ip: word 5, "zz": expected a link-layer address, such as 02:00:00:00:00:01`, 1},
		{"link set x mode purple", `ip: word 5, "purple": expected a link mode: default, dormant`, 255},
		{"link set x type veth peer", `ip: word 6, "peer": expected the end of the command: a veth has options only while it is being created`, 1},
		{"link set x type bridge vlan_protocol 802.3", `ip: word 7, "802.3": expected a VLAN protocol, 802.1Q or 802.1ad`, 255},
		{"link del", `ip: word 3 is missing: expected a link, or "group GROUP"`, 255},
		{"link del x y", `ip: word 4, "y": expected a parameter of ip link delete; the link is "x" already`, 255},
		{"link property foo x", `ip: word 3, "foo": expected "add" or "del"`, 255},
		{"link property add altname a b/c", `ip: word 6, "b/c": expected a link, 1 to 127 bytes without "/" and white space`, 255},
		{"link replace x type veth", `ip: word 2, "replace": expected a command that nslab supports; it does not support "replace" of ip link`, 255},
		{"addr show x y", `ip: word 4, "y": expected a parameter of ip address show; the link is "x" already`, 255},
		{"addr show type", `ip: word 4 is missing: expected a kind of link`, 255},
	} {
		_, err := Parse("ip", strings.Fields(tt.line), nil)
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s:\n got %v\nwant %s", tt.line, err, tt.want)
		}
		if got := Status(err); got != tt.status {
			t.Errorf("%s: exit status %d, want %d", tt.line, got, tt.status)
		}
	}
}

func TestLinkHelp(t *testing.T) {
	for _, line := range []string{"link help", "link help bridge", "link help nosuch", "link help veth more", "link add help", "link set help", "link del help", "link show help", "link show up help", "link property help", "addr show help"} {
		c, err := Parse("ip", strings.Fields(line), nil)
		if err != nil || c.do == nil || c.Ops != nil {
			t.Errorf("%s: %v, %+v", line, err, c)
		}
	}
}

func TestHumanNumber(t *testing.T) {
	for _, tt := range []struct {
		n          uint64
		human, iec string
	}{
		{0, "0", "0"}, {999, "999", "999"}, {1000, "1.00k", "1000"}, {1024, "1.02k", "1.00ki"}, {12345, "12.3k", "12.1ki"},
		{999999, "1000k", "977ki"}, {1 << 40, "1.10T", "1.00Ti"}, {1<<64 - 1, "18.4E", "16.0Ei"},
	} {
		if got := humanNumber(tt.n, &Options{Human: true}); got != tt.human {
			t.Errorf("%d: %s, want %s", tt.n, got, tt.human)
		}
		if got := humanNumber(tt.n, &Options{Human: true, IEC: true}); got != tt.iec {
			t.Errorf("%d: %s, want %s", tt.n, got, tt.iec)
		}
	}
}

func TestParseLLAddr(t *testing.T) {
	for s, want := range map[string]net.HardwareAddr{
		"02:00:00:00:00:01": {2, 0, 0, 0, 0, 1}, "2:0:0:0:0:ff": {2, 0, 0, 0, 0, 255}, "10.0.0.1": {10, 0, 0, 1}, "7": {7},
		"": nil, ":": nil, "2:": nil, "100:0": nil, "10.0.0.1.2": nil, "+1:2": nil, "0x2:0": nil, strings.Repeat("0:", 32) + "0": nil,
	} {
		got, ok := parseLLAddr(s)
		if string(got) != string(want) || ok != (want != nil) {
			t.Errorf("%q: %v, %v; want %v", s, got, ok, want)
		}
	}
}
