package iproute

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/nslab/nslab/bridge"
	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

func TestBridgeWordErrors(t *testing.T) {
	for _, tt := range []struct{ line, want string }{
		{"link set", `bridge: word 3 is missing: expected a port, "dev DEV"`},
		{"link set dev", "bridge: word 4 is missing: expected a port"},
		{"link set cost 5", `bridge: word 5 is missing: expected a port, "dev DEV"`},
		{"link set dev p1 state up", `bridge: word 6, "up": expected a state: disabled, listening, learning, forwarding, blocking, or its number`},
		{"link set dev p1 hairpin maybe", `bridge: word 6, "maybe": expected hairpin, "on" or "off"`},
		{"link set dev p1 learning_sync 1", `bridge: word 6, "1": expected learning_sync, "on" or "off"`},
		{"link set dev p1 hwmode foo", `bridge: word 6, "foo": expected a mode, "vepa" or "veb"`},
		{"link set dev p1 fdb_flush", `bridge: word 5, "fdb_flush": expected an option of a port: dev, state, learning_sync, hwmode, self, master, ` + strings.Join(bridgePortWords, ", ")},
		{"link set dev p1 isol on", `bridge: word 5, "isol": expected an option of a port: dev, state, learning_sync, hwmode, self, master, ` + strings.Join(bridgePortWords, ", ")},
		// iproute2 ignores words that it does not know.
		{"link show dev p1 dev p2", `bridge: word 5, "dev": expected "dev", once`},
		{"link frobnicate", `bridge: word 2, "frobnicate": expected a command of bridge link: set, change, show, lst, list`},
		{"fdb show state foo", `bridge: word 4, "foo": expected a state: permanent, static, stale, dynamic, all, or a number`},
		{"fdb show vlan 5 vlan 6", `bridge: word 5, "vlan": expected each parameter only once`},
		{"fdb add foo dev p1", `bridge: word 3, "foo": expected a parameter of bridge fdb, or an Ethernet address, such as 02:00:00:00:00:01`},
		{"fdb add 02:00:00:00:00:01 02:00:00:00:00:01 dev p1", `bridge: word 4, "02:00:00:00:00:01": expected a parameter of bridge fdb; the address is already given`},
		{"fdb add dev p1 to", `bridge: word 6 is missing: expected a parameter of bridge fdb, or an Ethernet address`},
		{"fdb add dev p1", "bridge: word 5 is missing: expected an Ethernet address"},
		{"fdb add 02:00:00:00:00:01", `bridge: word 4 is missing: expected a port, "dev DEV"`},
		{"fdb add 02:00:00:00:00:01 dev p1 vni 0", `bridge: word 7, "0": expected a VXLAN network identifier, a number from 1 to 16777215`},
		{"fdb add 02:00:00:00:00:01 dev p1 port domain", `bridge: word 7, "domain": expected a UDP port, a number from 1 to 65535`},
		{"fdb add 02:00:00:00:00:01 dev p1 nhid 3 vni 4", "bridge: use either a nexthop or dst, port and vni, not both"},
		{"fdb get 02:00:00:00:00:01", `bridge: word 4 is missing: expected a port, "dev DEV", or a bridge, "br BRIDGE"`},
		{"fdb flush", `bridge: word 3 is missing: expected a bridge or a port, "dev DEV"`},
		{"monitor file x", `bridge: word 2, "file": expected "link", "fdb" or "all"; nslab does not support bridge's other objects here`},
		{"monitor link foo", `bridge: word 3, "foo": expected "link", "fdb" or "all"`},
		{"vlan add dev p1", `bridge: word 5 is missing: expected VLANs, "vid VID"`},
		{"vlan add vid 5", `bridge: word 5 is missing: expected a port, "dev DEV"`},
		{"vlan add dev p1 vid 5-5", `bridge: word 6, "5-5": expected a VLAN from 1 to 4094, or a range such as 10-20`},
		{"vlan add dev p1 vid 5000", `bridge: word 6, "5000": expected a VLAN from 1 to 4094, or a range such as 10-20`},
		{"vlan add dev p1 vid 5-9 pvid", "bridge: a range of VLANs cannot have pvid: a port has at most one such VLAN"},
		{"vlan add dev p1 vid 5-9 tunnel_info id 3", "bridge: VLANs and tunnels must be as many: VLANs 5 to 9, tunnels 3 to 3"},
		{"vlan add dev p1 vid 5 tunnel_info 3", `bridge: word 8, "3": expected "id" of a tunnel`},
		{"vlan add dev p1 vid 5 tunnel_info id 16777216", `bridge: word 9, "16777216": expected a tunnel from 0 to 16777215, or a range such as 100-200`},
		{"vlan set dev p1 vid 5 state up", `bridge: word 8, "up": expected a state: disabled, listening, learning, forwarding, blocking, or its number`},
		{"vlan global set dev br0 vid 5 mcast_snooping x", `bridge: word 9, "x": expected mcast_snooping, a number from 0 to 255`},
		{"vlan global foo", `bridge: word 3, "foo": expected a command of bridge vlan global: show, lst, list, set`},
		{"vlan show vid 5 vid 6", `bridge: word 5, "vid": expected each parameter only once`},
		{"mdb", `bridge: word 1, "mdb": expected an object that nslab supports; it does not support "mdb" of bridge`},
		{"vni", `bridge: word 1, "vni": expected an object that nslab supports; it does not support "vni" of bridge`},
	} {
		_, err := Parse("bridge", strings.Fields(tt.line), nil)
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s:\ngot  %v\nwant %s", tt.line, err, tt.want)
		}
		if Status(err) != statusUsage {
			t.Errorf("%s: status %d", tt.line, Status(err))
		}
	}
}

// bridgeLines are lines with one operation each, and how nslab writes it; ""
// means unchanged.
var bridgeLines = []struct{ line, canonical string }{
	{"link set dev p1 state listening", ""},
	{"link change state 7 dev p1", "link set dev p1 state 7"},
	{"link set dev p1 state 3 cost 16 priority 010", "link set dev p1 state forwarding cost 16 priority 10"},
	{"link set dev p1 guard on hairpin off fastleave on root_block off learning on flood off mcast_router 2 mcast_flood on bcast_flood off " +
		"mcast_to_unicast on cost 7 priority 8 neigh_suppress off vlan_tunnel on isolated off locked on backup_port p2 learning_sync off self master", ""},
	{"link set dev p1 nobackup_port", ""},
	{"link set dev p1 backup_port p2 nobackup_port", "link set dev p1 nobackup_port"},
	{"link set dev p1 nobackup_port backup_port p3", "link set dev p1 backup_port p3"},
	{"link set dev p1 master hwmode vepa", "link set dev p1 hwmode vepa"},
	{"link set dev p1 hwmode veb master", ""},
	{"link set dev p1", ""},
	{"fdb add 02:00:00:00:00:01 dev p1", "fdb add 02:00:00:00:00:01 dev p1 permanent self"},
	{"fdb append to 02:00:00:00:00:0a dev p1 local master", "fdb append 02:00:00:00:00:0a dev p1 permanent master"},
	{"fdb replace 02:00:00:00:00:01 dev p1 temp master sticky use router extern_learn vlan 4094", "fdb replace 02:00:00:00:00:01 dev p1 static master router use extern_learn sticky vlan 4094"},
	{"fdb add 02:00:00:00:00:01 dev p1 local static self master", "fdb add 02:00:00:00:00:01 dev p1 permanent static self master"},
	{"fdb add 02:00:00:00:00:01 dev p1 dynamic permanent", "fdb add 02:00:00:00:00:01 dev p1 permanent dynamic self"},
	{"fdb add 02:00:00:00:00:01 dev p1 dynamic self", ""},
	{"fdb delete 02:00:00:00:00:01 dev vx0 permanent self dst 2001:db8::1 port 9999 vni 77 via if9 src_vni 16777215", ""},
	{"fdb add 02:00:00:00:00:01 dev vx0 permanent self nhid 12", ""},
	{"fdb flush dev br0", ""},
	{"fdb flush dev br0 brport p1 vlan 7 self permanent", ""},
	{"fdb flush dev p1 master nopermanent noadded_by_user extern_learn nosticky offloaded", ""},
	{"fdb flush dev br0 nostatic", ""},
	{"fdb flush dev br0 nodynamic", ""},
	{"fdb flush dev br0 static", ""},
	{"fdb flush dev br0 dynamic", ""},
	{"fdb flush dev br0 permanent dynamic", ""},
	{"fdb flush dev br0 nodynamic permanent", "fdb flush dev br0 permanent static"},
	{"fdb flush dev br0 added_by_user noextern_learn sticky nooffloaded", ""},
	{"vlan add dev p1 vid 10", ""},
	{"vlan add vid 10 pvid untagged dev p1 master", "vlan add dev p1 vid 10 pvid untagged master"},
	{"vlan add dev br0 vid 010-4094 untagged self", "vlan add dev br0 vid 10-4094 untagged self"},
	{"vlan del dev p1 vid 10-20 self master", ""},
	{"vlan add dev p1 vid 10-12 tunnel_info id 0x10-18", "vlan add dev p1 vid 10-12 tunnel_info id 16-18"},
	{"vlan del dev p1 vid 10 tunnel_info id 16777215", ""},
	{"vlan set dev p1 vid 10 state 3", "vlan set dev p1 vid 10 state forwarding"},
	{"vlan set dev p1 vid 10-12 state 7 mcast_router 2", ""},
	{"vlan global set dev br0 vid 10-12 mcast_snooping 0 mcast_querier 1 mcast_igmp_version 3 mcast_mld_version 2 mcast_last_member_count 4 " +
		"mcast_last_member_interval 100 mcast_startup_query_count 5 mcast_startup_query_interval 200 mcast_membership_interval 300 " +
		"mcast_querier_interval 400 mcast_query_interval 500 mcast_query_response_interval 600", ""},
	{"vlan add dev p1 vid 0", ""}, // left to the kernel, as iproute2 does
	{"vlan del dev p1 vid 65000", ""},
}

// bridgeWords are the words of bridge for a request, nil for none.
func bridgeWords(r rtnl.Request) []string {
	program, args, _ := Format(engine.Op{Action: &engine.Request{Req: r}})
	if program != "bridge" {
		return nil
	}
	return args
}

// bridgeRoundTrip returns what is wrong with an operation's words, if anything.
func bridgeRoundTrip(c *Command) error {
	words := bridgeWords(c.Ops[0].Action.(*engine.Request).Req)
	if words == nil {
		return fmt.Errorf("no words for %+v", c.Ops[0].Action.(*engine.Request).Req)
	}
	again, err := Parse("bridge", words, nil)
	if err != nil {
		return fmt.Errorf("%q: %w", words, err)
	}
	if !reflect.DeepEqual(c.Ops, again.Ops) {
		return fmt.Errorf("%q is another operation", words)
	}
	if w := bridgeWords(again.Ops[0].Action.(*engine.Request).Req); !slices.Equal(w, words) {
		return fmt.Errorf("%q is %q the second time", words, w)
	}
	return nil
}

func TestBridgeRoundTrip(t *testing.T) {
	for _, tt := range bridgeLines {
		c, err := Parse("bridge", strings.Fields(tt.line), nil)
		if err != nil {
			t.Errorf("%s: %v", tt.line, err)
			continue
		}
		if len(c.Ops) != 1 {
			t.Errorf("%s: %d operations", tt.line, len(c.Ops))
			continue
		}
		want := tt.canonical
		if want == "" {
			want = tt.line
		}
		if got := strings.Join(bridgeWords(c.Ops[0].Action.(*engine.Request).Req), " "); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.line, got, want)
		}
		if err := bridgeRoundTrip(c); err != nil {
			t.Errorf("%s: %v", tt.line, err)
		}
		explainAgain(t, c.Ops[0].Action.(*engine.Request).Req)
	}
}

// Operations without words in bridge(8) have none. Indices are written as
// "ifN".
func TestBridgeNoWords(t *testing.T) {
	mac := []byte{2, 0, 0, 0, 0, 1}
	fdb := func(n rtnl.Neigh) rtnl.Request {
		n.Family, n.Link.Index, n.LLAddr = unix.AF_BRIDGE, 3, mac
		if n.State == 0 {
			n.State = bridge.Static
		}
		return &rtnl.NeighAdd{Neigh: n}
	}
	for _, tt := range []struct {
		req  rtnl.Request
		want string
	}{
		{&bridge.PortSet{Link: rtnl.LinkIndex(7), Options: bridge.PortOptions{Isolated: rtnl.Some(true)}}, "link set dev if7 isolated on"},
		{&bridge.PortSet{Link: rtnl.LinkIndex(7), Options: bridge.PortOptions{BackupPort: rtnl.Some(rtnl.LinkIndex(9))}}, "link set dev if7 backup_port if9"},
		{&bridge.PortSet{}, ""},
		{&bridge.PortSet{Link: rtnl.LinkIndex(7), Options: bridge.PortOptions{FDBFlush: true}}, ""},
		{&bridge.PortSet{Link: rtnl.LinkIndex(7), Options: bridge.PortOptions{MAB: rtnl.Some(false)}}, ""},
		{&bridge.PortSet{Link: rtnl.LinkIndex(7), Options: bridge.PortOptions{GroupFwdMask: rtnl.Some(uint16(0))}}, ""},
		{&bridge.PortSet{Link: rtnl.LinkIndex(7), Mode: rtnl.Some(bridge.VEB)}, ""},
		{&bridge.PortSet{Link: rtnl.LinkIndex(7), Side: bridge.Self, Mode: rtnl.Some(bridge.Mode(2))}, ""},
		{&bridge.PortSet{Link: rtnl.LinkIndex(7), Side: 4}, ""},
		{fdb(rtnl.Neigh{Flags: unix.NTF_MASTER}), "fdb add 02:00:00:00:00:01 dev if3 static master"},
		{fdb(rtnl.Neigh{Flags: unix.NTF_MASTER, Via: rtnl.LinkIndex(4)}), "fdb add 02:00:00:00:00:01 dev if3 static master via if4"},
		{fdb(rtnl.Neigh{}), ""},
		{fdb(rtnl.Neigh{Flags: unix.NTF_MASTER, State: unix.NUD_STALE}), ""},
		{fdb(rtnl.Neigh{Flags: unix.NTF_MASTER | unix.NTF_OFFLOADED}), ""},
		{fdb(rtnl.Neigh{Flags: unix.NTF_MASTER, Protocol: 4}), ""},
		{&rtnl.NeighAdd{Neigh: rtnl.Neigh{Family: unix.AF_BRIDGE, Link: rtnl.LinkIndex(3), LLAddr: mac, State: bridge.Static, Flags: unix.NTF_SELF}, Mode: rtnl.ModeChange}, ""},
		{&rtnl.NeighAdd{Neigh: rtnl.Neigh{Link: rtnl.LinkIndex(3), LLAddr: mac, State: bridge.Static, Flags: unix.NTF_SELF}}, ""},
		{&bridge.FDBFlush{Link: rtnl.LinkIndex(3), Port: rtnl.LinkIndex(4)}, "fdb flush dev if3 brport if4"},
		{&bridge.FDBFlush{Link: rtnl.LinkIndex(3), State: unix.NUD_NOARP}, ""},
		{&bridge.FDBFlush{Link: rtnl.LinkIndex(3), StateMask: unix.NUD_STALE}, ""},
		{&bridge.FDBFlush{Link: rtnl.LinkIndex(3), FlagsMask: unix.NTF_PROXY}, ""},
		{&bridge.FDBFlush{Link: rtnl.LinkIndex(3), VLAN: rtnl.Some(uint16(0))}, ""},
		{&bridge.FDBFlush{}, ""},
		{&bridge.VLANAdd{Link: rtnl.LinkIndex(3), VLANs: bridge.VLANs{First: 5}}, "vlan add dev if3 vid 5"},
		{&bridge.VLANAdd{Link: rtnl.LinkIndex(3), VLANs: bridge.VLANs{First: 5, Last: 6, Flags: bridge.VLANPVID}}, ""},
		{&bridge.VLANDel{Link: rtnl.LinkIndex(3), VLANs: bridge.VLANs{First: 5}, Tunnels: rtnl.Some(bridge.Tunnels{First: 3, Last: 4})}, ""},
		{&bridge.VLANSet{Link: rtnl.LinkIndex(3), VLANs: bridge.VLANs{First: 5, Flags: bridge.VLANUntagged}}, ""},
		{&bridge.VLANGlobalSet{Link: rtnl.LinkIndex(3), VLANs: bridge.VLANs{First: 5}, Options: bridge.VLANGlobal{MSTI: rtnl.Some(uint16(1))}}, ""},
		{&bridge.VLANAdd{VLANs: bridge.VLANs{First: 5}}, ""},
		{&rtnl.LinkDel{Link: rtnl.LinkIndex(3)}, ""},
	} {
		if got := strings.Join(bridgeWords(tt.req), " "); got != tt.want {
			t.Errorf("%+v: got %q, want %q", tt.req, got, tt.want)
		}
	}
}

// brctl's parser produces operations on links.
func TestBrctlOps(t *testing.T) {
	for _, tt := range []struct{ line, ip string }{
		{"addbr br0", "link add name br0 type bridge"},
		{"setfd br0 2.3", "link set dev br0 type bridge forward_delay 230"},
		{"setageing br0 0", "link set dev br0 type bridge ageing_time 0"},
		{"sethello br0 1.999", "link set dev br0 type bridge hello_time 199"},
		{"setmaxage br0 0.29", "link set dev br0 type bridge max_age 29"},
		{"setbridgeprio br0 0x8000", "link set dev br0 type bridge priority 32768"},
		{"stp br0 yes", "link set dev br0 type bridge stp_state 1"},
		{"stp br0 0", "link set dev br0 type bridge stp_state 0"},
	} {
		c, err := Parse("brctl", strings.Fields(tt.line), nil)
		if err != nil || len(c.Ops) != 1 {
			t.Errorf("%s: %v", tt.line, err)
			continue
		}
		if got := strings.Join(formatLink(c.Ops[0].Action.(*engine.Request).Req), " "); got != tt.ip {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.line, got, tt.ip)
		}
	}
}

func FuzzBridgeRoundTrip(f *testing.F) {
	for _, tt := range bridgeLines {
		f.Add(tt.line)
	}
	f.Add("link set dev p1 state 300")
	f.Add("fdb add to")
	f.Fuzz(func(t *testing.T, line string) {
		c, err := Parse("bridge", strings.Fields(line), nil)
		if err != nil || len(c.Ops) != 1 {
			return
		}
		if err := bridgeRoundTrip(c); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	})
}
