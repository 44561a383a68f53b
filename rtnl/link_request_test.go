package rtnl

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jsimonetti/rtnetlink/v2/driver"
	"github.com/nslab/nslab/internal/testenv"
	"golang.org/x/sys/unix"
)

// A linkGolden is a request, and the line of iproute2 that asks for the same.
type linkGolden struct {
	name string
	req  Request
	line string   // "" where iproute2 6.1 has no words for it
	diff []string // how its message differs in meaning: "-" it says, "+" we say
}

func ptr[T any](v T) *T { return &v }

// Numbers of include/uapi/linux/if.h and if_link.h.
const (
	operUp      = uint8(6) // IF_OPER_UP
	addrGenNone = uint8(1) // IN6_ADDR_GEN_MODE_NONE
)

// bridgePort is a kind of port data for tests.
type bridgePort struct{ cost uint32 }

func (bridgePort) Kind() string            { return "bridge" }
func (p bridgePort) EncodeData(e *Encoder) { e.Uint32(unix.IFLA_BRPORT_COST, p.cost) }

func up() (a LinkAttrs) {
	a.Up()
	return a
}

func down() (a LinkAttrs) {
	a.Down()
	return a
}

// every option that the kernel and iproute2 6.1 know.
func fullBridge() *Bridge {
	return &Bridge{
		ForwardDelay: Some(2 * time.Second), HelloTime: Some(time.Second), MaxAge: Some(6 * time.Second),
		AgeingTime: Some(10 * time.Minute), STPState: Some(uint32(1)), Priority: Some(uint16(4096)),
		VLANFiltering: Some(uint8(1)), VLANProtocol: Some(uint16(0x88a8)), VLANDefaultPVID: Some(uint16(7)),
		VLANStatsEnabled: Some(uint8(1)), VLANStatsPerPort: Some(uint8(1)), GroupFwdMask: Some(uint16(0x4008)),
		GroupAddr: mac("01:80:c2:00:00:0e"), FDBFlush: true,
		MulticastRouter: Some(uint8(2)), MulticastSnooping: Some(uint8(1)), MulticastQueryUseIfaddr: Some(uint8(1)),
		MulticastQuerier: Some(uint8(1)), MulticastStatsEnabled: Some(uint8(1)), MulticastIGMPVersion: Some(uint8(3)),
		MulticastMLDVersion: Some(uint8(2)), MulticastHashElasticity: Some(uint32(8)), MulticastHashMax: Some(uint32(512)),
		MulticastLastMemberCount: Some(uint32(3)), MulticastStartupQueryCount: Some(uint32(4)),
		MulticastLastMemberInterval:    Some(1100 * time.Millisecond),
		MulticastMembershipInterval:    Some(250 * time.Second),
		MulticastQuerierInterval:       Some(245 * time.Second),
		MulticastQueryInterval:         Some(120 * time.Second),
		MulticastQueryResponseInterval: Some(9 * time.Second),
		MulticastStartupQueryInterval:  Some(30 * time.Second),
		NFCallIPTables:                 Some(uint8(1)), NFCallIP6Tables: Some(uint8(1)), NFCallARPTables: Some(uint8(1)),
		MultiBool: 1, MultiBoolMask: 3,
	}
}

// In the namespace that the lines of iproute2 run in are the bridge br (50),
// the pair v0 (60) and v1 (61), and the named namespaces x and y, which get the
// descriptors 4 and 5.
func linkGoldens() []linkGolden {
	// iproute2 asks for AF_PACKET, which has no links of its own, so the kernel
	// takes it for AF_UNSPEC.
	family := []string{"-ifinfomsg 11000000 00000000 00000000 00000000", "+ifinfomsg 00000000 00000000 00000000 00000000"}
	return []linkGolden{
		{name: "veth without a peer", req: &LinkAdd{Kind: &Veth{}, Name: "a0"}, line: "ip link add name a0 type veth"},
		{name: "veth of the kernel's names", req: &LinkAdd{Kind: &Veth{}}, line: "ip link add type veth"},
		{name: "veth with all that one message carries", req: &LinkAdd{
			Kind: &Veth{Peer: &VethPeer{Name: "b2", Index: 8, LinkAttrs: LinkAttrs{
				NetNS: NetNSFD(5), Address: mac("02:00:00:00:00:02"), MTU: 1300, TxQueues: 1, RxQueues: 1,
				TxQueueLen: Some(uint32(100)), Group: Some(uint32(3)),
			}}},
			Name: "a2", Index: 7, LinkAttrs: LinkAttrs{
				NetNS: NetNSFD(4), Flags: unix.IFF_UP, Change: unix.IFF_UP, Address: mac("02:00:00:00:00:01"),
				Broadcast: mac("ff:ff:ff:ff:ff:fe"), MTU: 1400, Master: Some(LinkIndex(50)), TxQueues: 1, RxQueues: 1,
				TxQueueLen: Some(uint32(500)), Group: Some(uint32(9)),
				GSOMaxSize: Some(uint32(60000)), GSOMaxSegs: Some(uint32(60)), GROMaxSize: Some(uint32(50000)),
			},
		}, line: "ip link add name a2 index 7 netns x up address 02:00:00:00:00:01 broadcast ff:ff:ff:ff:ff:fe mtu 1400 master br " +
			"numtxqueues 1 numrxqueues 1 txqueuelen 500 group 9 gso_max_size 60000 gso_max_segs 60 gro_max_size 50000 " +
			"type veth peer name b2 index 8 netns y address 02:00:00:00:00:02 mtu 1300 numtxqueues 1 numrxqueues 1 txqueuelen 100 group 3"},
		{name: "bridge", req: &LinkAdd{Kind: &Bridge{}, Name: "b"}, line: "ip link add name b type bridge"},
		{name: "bridge with all options", req: &LinkAdd{Kind: fullBridge(), Name: "b"},
			line: "ip link add name b type bridge fdb_flush forward_delay 200 hello_time 100 max_age 600 ageing_time 60000 stp_state 1 " +
				"priority 4096 group_fwd_mask 0x4008 group_address 01:80:c2:00:00:0e no_linklocal_learn 1 mcast_vlan_snooping 0 " +
				"vlan_filtering 1 vlan_protocol 802.1ad vlan_default_pvid 7 vlan_stats_enabled 1 vlan_stats_per_port 1 " +
				"mcast_snooping 1 mcast_router 2 mcast_query_use_ifaddr 1 mcast_querier 1 mcast_hash_elasticity 8 mcast_hash_max 512 " +
				"mcast_last_member_count 3 mcast_startup_query_count 4 mcast_last_member_interval 110 mcast_membership_interval 25000 " +
				"mcast_querier_interval 24500 mcast_query_interval 12000 mcast_query_response_interval 900 mcast_startup_query_interval 3000 " +
				"mcast_stats_enabled 1 mcast_igmp_version 3 mcast_mld_version 2 nf_call_iptables 1 nf_call_ip6tables 1 nf_call_arptables 1"},
		{name: "bridge with Linux 6.7's option", req: &LinkAdd{Kind: &Bridge{FDBMaxLearned: Some(uint32(1000))}, Name: "b"}},
		{name: "bridge in a namespace by id", req: &LinkAdd{Kind: &Bridge{}, Name: "b", LinkAttrs: LinkAttrs{NetNS: NetNSID(3)}}},
		{name: "plain kind", req: &LinkAdd{Kind: PlainKind("dummy"), Name: "d%d"}, line: "ip link add name d%d type dummy"},
		{name: "vlan by its driver", req: &LinkAdd{Name: "v0.5", LinkAttrs: LinkAttrs{Link: LinkIndex(60)}, Kind: Driver(&driver.Vlan{
			ID: ptr(uint16(5)), Protocol: ptr(driver.VlanProtocol8021AD),
		})}, line: "ip link add name v0.5 link v0 type vlan protocol 802.1ad id 5"},
		{name: "vlan", req: &LinkAdd{Name: "v0.5", LinkAttrs: LinkAttrs{Link: LinkIndex(60)}, Kind: fullVLAN()},
			line: "ip link add name v0.5 link v0 type vlan id 5 protocol 802.1ad ingress-qos-map 1:2 7:4294967295 egress-qos-map 20:3 " +
				"reorder_hdr off gvrp on mvrp on loose_binding on bridge_binding off"},
		{name: "vlan changed", req: &LinkSet{Link: LinkIndex(60), Kind: &VLAN{GVRP: Some(false), EgressQoS: []VLANQoS{{From: 20}}}},
			line: "ip link set dev v0 type vlan egress-qos-map 20:0 gvrp off"},
		{name: "vxlan", req: &LinkAdd{Name: "vx", Kind: fullVXLAN()},
			line: "ip link add name vx type vxlan id 5 dev v0 ttl 9 tos inherit df inherit flowlabel 0xabcde ageing 77 maxaddress 500 " +
				"srcport 10000 20000 proxy rsc l2miss l3miss noudpcsum udp6zerocsumtx udp6zerocsumrx remcsumtx remcsumrx gbp " +
				"local fd00::1 remote fd00::2 nolearning dstport 4789"},
		{name: "vxlan of metadata", req: &LinkAdd{Name: "vx", Kind: externalVXLAN()},
			line: "ip link add name vx type vxlan ttl inherit external vnifilter dstport 4789"},
		{name: "vxlan to a group", req: &LinkAdd{Name: "vx", Kind: &VXLAN{ID: Some(uint32(42)), Link: Some(LinkIndex(60)), TTL: Some(uint8(5)),
			Remote: netip.MustParseAddr("239.1.1.1"), Local: netip.MustParseAddr("10.0.0.1"), Learning: Some(true), Port: Some(uint16(4789))}},
			line: "ip link add name vx type vxlan id 42 dev v0 group 239.1.1.1 local 10.0.0.1 ttl 5 dstport 4789 learning"},
		{name: "vxlan changed", req: &LinkSet{Link: LinkIndex(60), Kind: &VXLAN{Remote: netip.IPv4Unspecified(), Learning: Some(true)}},
			line: "ip link set dev v0 type vxlan learning remote 0.0.0.0"},
		{name: "macvlan", req: &LinkAdd{Name: "mv", LinkAttrs: LinkAttrs{Link: LinkIndex(60)}, Kind: fullMacvlan()},
			line: "ip link add name mv link v0 type macvlan bcqueuelen 77 macaddr set 02:00:00:00:00:01 02:00:00:00:00:03 mode source nodst"},
		{name: "macvlan without an address", req: &LinkSet{Link: LinkIndex(60), Kind: &Macvlan{MACAddrMode: Some(MacvlanMACAddrDel), MACAddr: mac("02:00:00:00:00:01")}},
			line: "ip link set dev v0 type macvlan macaddr del 02:00:00:00:00:01"},
		{name: "vrf", req: &LinkAdd{Name: "blue", Kind: &VRF{Table: Some(uint32(10))}}, line: "ip link add name blue type vrf table 10"},
		{name: "bond with all options", req: &LinkAdd{Name: "bond0", Kind: fullBond()},
			line: "ip link add name bond0 type bond mode active-backup active_slave v0 miimon 100 updelay 200 downdelay 300 peer_notify_delay 400 " +
				"use_carrier 0 arp_interval 500 arp_ip_target 192.0.2.1,192.0.2.2 ns_ip6_target 2001:db8::1 arp_validate filter_backup " +
				"arp_all_targets all primary v0 primary_reselect failure fail_over_mac follow xmit_hash_policy vlan+srcmac resend_igmp 9 " +
				"num_grat_arp 8 all_slaves_active 1 min_links 7 lp_interval 6 packets_per_slave 5 lacp_rate fast lacp_active off " +
				"ad_select count ad_user_port_key 1023 ad_actor_sys_prio 4 ad_actor_system 02:00:00:00:00:0a tlb_dynamic_lb 0 arp_missed_max 3"},
		{name: "bond's slaves away", req: &LinkSet{Link: LinkIndex(60), Kind: &Bond{ActiveSlave: Some(LinkRef{}), ARPIPTargets: []netip.Addr{}}},
			line: "ip link set dev v0 type bond clear_active_slave arp_ip_target"},
		{name: "bond's slave", req: &LinkSet{Link: LinkIndex(60), Port: &BondPort{QueueID: Some(uint16(2)), Prio: Some(int32(-3))}},
			line: "ip link set dev v0 type bond_slave queue_id 2 prio -3", diff: []string{
				`-IFLA_LINKINFO/IFLA_INFO_KIND "bond_slave"`, // as of a bridge's port
				`+IFLA_LINKINFO/IFLA_INFO_SLAVE_KIND "bond"`,
			}},
		{name: "bond by its driver", req: &LinkAdd{Name: "bond0", Kind: Driver(&driver.Bond{
			Mode: driver.BondMode802_3AD, Miimon: ptr(uint32(100)), UpDelay: ptr(uint32(200)), MinLinks: ptr(uint32(1)),
			AdLacpRate: ptr(driver.BondLacpRateFast), XmitHashPolicy: ptr(driver.BondXmitHashPolicyLayer2_3),
		})}, line: "ip link add name bond0 type bond mode 802.3ad miimon 100 updelay 200 xmit_hash_policy layer2+3 min_links 1 lacp_rate fast"},
		{name: "macvlan by its driver", req: &LinkAdd{Name: "mv", LinkAttrs: LinkAttrs{Link: LinkIndex(60)},
			Kind: Driver(&driver.Macvlan{Mode: ptr(driver.MacvlanModeBridge)})}, line: "ip link add name mv link v0 type macvlan mode bridge"},

		{name: "up", req: &LinkSet{Link: LinkIndex(60), LinkAttrs: up()}, line: "ip link set dev v0 up"},
		{name: "down", req: &LinkSet{Link: LinkIndex(60), LinkAttrs: down()}, line: "ip link set dev v0 down"},
		{name: "flags", req: &LinkSet{Link: LinkIndex(60), LinkAttrs: LinkAttrs{Flags: unix.IFF_PROMISC,
			Change: unix.IFF_PROMISC | unix.IFF_ALLMULTI | unix.IFF_MULTICAST}}, line: "ip link set dev v0 promisc on allmulticast off multicast off"},
		{name: "by name", req: &LinkSet{Link: LinkName("v0"), LinkAttrs: up()}},
		{name: "by a long alternative name", req: &LinkSet{Link: LinkName("a name of 16 byt"), LinkAttrs: up()}},
		{name: "rename", req: &LinkSet{Link: LinkIndex(60), NewName: "w0"}, line: "ip link set dev v0 name w0"},
		{name: "many attributes", req: &LinkSet{Link: LinkIndex(60), LinkAttrs: LinkAttrs{
			Address: mac("02:00:00:00:00:05"), Broadcast: mac("ff:ff:ff:ff:ff:fe"), MTU: 9000, TxQueueLen: Some(uint32(0)), Alias: Some("far-end"),
			OperState: Some(operUp), LinkMode: Some(uint8(1)), Carrier: Some(uint8(1)), ProtoDown: Some(uint8(1)),
			GSOMaxSize: Some(uint32(60000)), GSOMaxSegs: Some(uint32(60)), GROMaxSize: Some(uint32(50000)), Group: Some(uint32(4)),
		}}, line: "ip link set dev v0 address 02:00:00:00:00:05 broadcast ff:ff:ff:ff:ff:fe mtu 9000 txqueuelen 0 alias far-end state up mode dormant " +
			"carrier on protodown on gso_max_size 60000 gso_max_segs 60 gro_max_size 50000 group 4"},
		{name: "alias away", req: &LinkSet{Link: LinkIndex(60), LinkAttrs: LinkAttrs{Alias: Some("")}}},
		{name: "master", req: &LinkSet{Link: LinkIndex(60), LinkAttrs: LinkAttrs{Master: Some(LinkIndex(50))}}, line: "ip link set dev v0 master br"},
		{name: "no master", req: &LinkSet{Link: LinkIndex(60), LinkAttrs: LinkAttrs{Master: Some(LinkRef{})}}, line: "ip link set dev v0 nomaster"},
		{name: "move by descriptor", req: &LinkSet{Link: LinkIndex(60), LinkAttrs: LinkAttrs{NetNS: NetNSFD(4)}}, line: "ip link set dev v0 netns x"},
		{name: "move by process", req: &LinkSet{Link: LinkIndex(60), LinkAttrs: LinkAttrs{NetNS: NetNSPID(1)}}, line: "ip link set dev v0 netns 1"},
		{name: "move by nsid", req: &LinkSet{Link: LinkIndex(60), LinkAttrs: LinkAttrs{NetNS: NetNSID(3)}}},
		{name: "link's nsid", req: &LinkSet{Link: LinkIndex(60), LinkAttrs: LinkAttrs{LinkNetNSID: Some(int32(0))}},
			line: "ip link set dev v0 link-netnsid 0"},
		{name: "a group", req: &LinkSet{InGroup: Some(uint32(7)), LinkAttrs: up()}, line: "ip link set group 7 up"},
		{name: "address generation and up", req: &LinkSet{Link: LinkIndex(60), LinkAttrs: LinkAttrs{
			Flags: unix.IFF_UP, Change: unix.IFF_UP, AddrGenMode: Some(addrGenNone)}}},
		{name: "address generation", req: &LinkSet{Link: LinkIndex(60), LinkAttrs: LinkAttrs{AddrGenMode: Some(addrGenNone)}},
			line: "ip link set dev v0 addrgenmode none"},
		{name: "bridge options", req: &LinkSet{Link: LinkIndex(50), Kind: &Bridge{STPState: Some(uint32(0)), Priority: Some(uint16(1))}},
			line: "ip link set dev br type bridge stp_state 0 priority 1"},
		{name: "port data", req: &LinkSet{Link: LinkIndex(60), Port: bridgePort{cost: 5}}, line: "ip link set dev v0 type bridge_slave cost 5", diff: []string{
			// The kernel reads neither; we say what it says itself when asked.
			`-IFLA_LINKINFO/IFLA_INFO_KIND "bridge_slave"`,
			`+IFLA_LINKINFO/IFLA_INFO_SLAVE_KIND "bridge"`,
		}},

		{name: "delete", req: &LinkDel{Link: LinkIndex(60)}, line: "ip link del dev v0"},
		{name: "delete by name", req: &LinkDel{Link: LinkName("v0")}},
		{name: "delete a group", req: &LinkDel{InGroup: Some(uint32(7))}, line: "ip link del group 7"},
		{name: "delete elsewhere", req: &LinkDel{Link: LinkName("v0"), NetNS: NetNSID(3)}},
		{name: "get", req: &LinkGet{Link: LinkName("v0"), ExtMask: 1<<0 | 1<<3}, line: "ip link show dev v0"},
		{name: "get by index", req: &LinkGet{Link: LinkIndex(60), NetNS: NetNSID(3), ExtMask: rtextFilterSkipStats}},
		{name: "dump", req: &LinkDump{ExtMask: 1 << 0}, line: "ip link show", diff: family},
		{name: "dump of ports", req: &LinkDump{Master: 50, ExtMask: 1 << 0}, line: "ip link show master br", diff: family},
		{name: "dump of a kind", req: &LinkDump{Kind: "veth", ExtMask: 1 << 0}, line: "ip link show type veth", diff: family},
		{name: "dump of everything else", req: &LinkDump{NetNS: NetNSID(3), Kind: "bridge", Master: 50, ExtMask: rtextFilterSkipStats}},
		{name: "bridge ports", req: &LinkDump{Family: unix.AF_BRIDGE, ExtMask: 1 << 1}, line: "bridge vlan show"},
		{name: "alternative names", req: &AltNameAdd{Link: LinkIndex(60), Names: []string{"abcd", strings.Repeat("long", 31)}},
			line: "ip link property add dev v0 altname abcd altname " + strings.Repeat("long", 31)},
		{name: "alternative name away", req: &AltNameDel{Link: LinkIndex(60), Names: []string{"abcd"}},
			line: "ip link property del dev v0 altname abcd"},
		{name: "alternative name by name", req: &AltNameAdd{Link: LinkName("v0"), Names: []string{"efgh"}}},
	}
}

const (
	goldenFile = "testdata/link_requests.golden"
	peerFile   = "testdata/link_requests.iproute2"
)

// Each request is compared with its bytes, which -update writes.
func TestLinkRequestBytes(t *testing.T) {
	testenv.NeedLittleEndian(t)
	var out strings.Builder
	out.WriteString("# The messages of link_request_test.go, taken apart. go test -update writes them anew.\n")
	got := make(map[string][]string)
	for _, g := range linkGoldens() {
		if got[g.name] != nil {
			t.Errorf("two requests are called %q", g.name)
		}
		var e Encoder
		if _, err := e.message(g.req); err != nil {
			t.Fatalf("%s: %v", g.name, err)
		}
		got[g.name] = wireLines(t, e.buf)
		fmt.Fprintf(&out, "\n== %s\n%s\n", g.name, strings.Join(got[g.name], "\n"))
	}
	if *updateGolden {
		if err := os.WriteFile(goldenFile, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := sections(t, goldenFile)
	for name, lines := range got {
		if !slices.Equal(lines, want[name]) {
			t.Errorf("%s: - golden, + encoded\n%s", name, strings.Join(lineDiff(want[name], lines), "\n"))
		}
	}
	if a, b := sorted(maps.Keys(got)), sorted(maps.Keys(want)); !slices.Equal(a, b) {
		t.Errorf("requests %q, in the file %q", a, b)
	}
}

// Where iproute2 can ask for the same, its message says the same. With -record
// its messages are recorded; without, no iproute2 is needed.
func TestLinkRequestsAsIproute2(t *testing.T) {
	testenv.NeedLittleEndian(t)
	if *recordPeer {
		recordIproute2(t)
	}
	recorded := sections(t, peerFile)
	for _, g := range linkGoldens() {
		if g.line == "" {
			continue
		}
		t.Run(g.name, func(t *testing.T) {
			// The recorded line, then what it sent.
			rec := recorded[g.name]
			if len(rec) < 2 || rec[0] != g.line {
				t.Fatalf("not recorded: %s", g.line)
			}
			theirs := unhex(t, strings.Join(rec[1:], ""))
			var e Encoder
			if _, err := e.message(g.req); err != nil {
				t.Fatal(err)
			}
			if diff := lineDiff(meaning(theirs), meaning(e.buf)); !slices.Equal(diff, g.diff) {
				t.Errorf("%s\n- iproute2, + nslab:\n%s\nwant:\n%s", g.line, strings.Join(diff, "\n"), strings.Join(g.diff, "\n"))
			}
		})
	}
}

// Encoding a link request allocates nothing once the buffer has grown. The one
// exception is Driver, whose options another package encodes.
func TestLinkRequestAllocations(t *testing.T) {
	for _, g := range linkGoldens() {
		if add, ok := g.req.(*LinkAdd); ok {
			if _, ok := add.Kind.(driverKind); ok {
				continue
			}
		}
		var b Batch
		encode := func() {
			b.Reset()
			for range 3 {
				if err := b.Add(g.req); err != nil {
					t.Fatalf("%s: %v", g.name, err)
				}
			}
		}
		switch g.req.(type) {
		case *LinkGet, *LinkDump: // a batch takes no questions
			encode = func() {
				b.enc.buf = b.enc.buf[:0]
				if _, err := b.enc.message(g.req); err != nil {
					t.Fatalf("%s: %v", g.name, err)
				}
			}
		}
		encode()
		if n := testing.AllocsPerRun(20, encode); n != 0 {
			t.Errorf("%s: %v allocations, want none", g.name, n)
		}
	}
	// Nor does a text that is longer than what Go converts on the stack.
	long := &LinkSet{Link: LinkIndex(1), LinkAttrs: LinkAttrs{Alias: Some(strings.Repeat("x", 255))}}
	var e Encoder
	if n := testing.AllocsPerRun(20, func() {
		e.buf = e.buf[:0]
		if _, err := e.message(long); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("a long alias: %v allocations, want none", n)
	}
}

func recordIproute2(t *testing.T) {
	testenv.NeedTool(t, "ip", "bridge")
	c := dial(t, nil)
	clearLinks(t, c)
	for _, ns := range []string{"x", "y"} {
		testenv.Run(t, "ip", "netns", "add", ns)
		defer testenv.Run(t, "ip", "netns", "del", ns)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "# What %s sends.\n# go test -record writes this anew.\n", strings.TrimSpace(testenv.Run(t, "ip", "-V")))
	for _, g := range linkGoldens() {
		if g.line == "" {
			continue
		}
		do(t, c, &LinkAdd{Kind: &Bridge{}, Name: "br", Index: 50},
			&LinkAdd{Kind: &Veth{Peer: &VethPeer{Name: "v1", Index: 61}}, Name: "v0", Index: 60})
		var e Encoder
		if _, err := e.message(g.req); err != nil {
			t.Fatal(err)
		}
		// Of the messages it sent the one nearest in meaning: the others
		// resolve names.
		distance := func(msg []byte) int {
			n := len(lineDiff(meaning(msg), meaning(e.buf)))
			if !bytes.Equal(msg[4:6], e.buf[4:6]) || bytes.Equal(msg[8:12], make([]byte, 4)) {
				n += 1000 // of another type, or what finds out whether the kernel knows RTM_NEWLINK
			}
			return n
		}
		msg := slices.MinFunc(traceMessages(t, g.line), func(a, b []byte) int { return distance(a) - distance(b) })
		copy(msg[8:12], make([]byte, 4)) // the sequence number is the time of day
		fmt.Fprintf(&out, "\n== %s\n%s\n%s\n", g.name, g.line, groups(msg))
		links, err := c.Links(t.Context(), LinkDump{})
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range links {
			if err := c.Do(t.Context(), &LinkDel{Link: LinkIndex(l.Index)}); l.Kind != "" && err != nil && !errors.Is(err, unix.ENODEV) {
				t.Fatal(err)
			}
		}
	}
	if err := os.WriteFile(peerFile, []byte(out.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
