package rtnl

import (
	"net"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// Errors say what was being done, for each request of the package.
func TestDescribe(t *testing.T) {
	v4, v6 := netip.MustParsePrefix("192.0.2.1/24"), netip.MustParsePrefix("2001:db8::1/64")
	ll := net.HardwareAddr{2, 0, 0, 0, 0, 1}
	for _, tt := range []struct {
		req     Request
		want    string
		deletes bool
	}{
		{&LinkAdd{Kind: &Veth{}, Name: "p1"}, `create link "p1"`, false},
		{&LinkAdd{Kind: &Veth{}, Name: "p1", Index: 7}, `create link "p1"`, false},
		{&LinkAdd{Kind: &Veth{}, Index: 7}, `create link index 7`, false},
		{&LinkAdd{Kind: &Veth{}}, `create link `, false},
		{&LinkAdd{Kind: &Veth{}, LinkAttrs: LinkAttrs{Group: Some(uint32(3))}}, `create link group 3`, false},
		{&LinkSet{Link: LinkIndex(7)}, `set link index 7`, false},
		{&LinkSet{Link: LinkIndex(7), NewName: "new"}, `set link index 7 to name "new"`, false},
		{&LinkSet{Link: LinkName("a")}, `set link "a"`, false},
		{&LinkSet{Link: LinkName("a"), LinkAttrs: LinkAttrs{Group: Some(uint32(3))}}, `set link "a"`, false},
		{&LinkSet{Link: LinkName("\x1b[31m\n")}, `set link "\x1b[31m\n"`, false},
		{&LinkSet{Link: LinkName("a name of 16 byt")}, `set link "a name of 16 byt"`, false},
		{&LinkSet{InGroup: Some(uint32(9))}, `set link group 9`, false},
		{&LinkDel{Link: LinkName("a")}, `delete link "a"`, true},
		{&LinkDel{Link: LinkIndex(1<<32 - 1)}, `delete link index 4294967295`, true},
		{&LinkDel{InGroup: Some(uint32(9))}, `delete link group 9`, true},
		{&LinkGet{Link: LinkName("a")}, `get link "a"`, false},
		// The name of a link is shown whether its index is known or not.
		{&LinkSet{Link: LinkRef{Index: 7, Name: "p1"}}, `set link "p1"`, false},
		{&LinkSet{Link: LinkRef{Name: "p1", ByIndex: true}, LinkAttrs: LinkAttrs{Master: Some(LinkName("br"))}}, `set link "p1"`, false},
		{&LinkSet{Link: LinkIndex(7), LinkAttrs: LinkAttrs{Master: Some(LinkRef{Index: 7, Name: "br"})}}, `set link index 7`, false},
		{&LinkSet{Link: LinkRef{Index: 7, Name: "p1"}, NewName: "x"}, `set link "p1" to name "x"`, false},
		{&LinkSet{Link: LinkName("index 7"), NewName: "x"}, `set link "index 7" to name "x"`, false},
		{&LinkDel{Link: LinkRef{Index: 7, Name: "\x1b"}}, `delete link "\x1b"`, true},
		{&AltNameAdd{Link: LinkRef{Index: 7, Name: "p1"}, Names: []string{"index 7"}}, `add alternative name "index 7" of "p1"`, false},
		{&AddrAdd{Address: Address{Link: LinkRef{Index: 7, Name: "p1"}, Prefix: v4}}, `add address 192.0.2.1/24 on "p1"`, false},
		{&AddrDel{Address: Address{Link: LinkName("p1"), Prefix: v4}}, `delete address 192.0.2.1/24 on "p1"`, true},
		{&NeighAdd{Neigh: Neigh{Link: LinkName("p1"), Dst: v4.Addr(), LLAddr: ll}}, `add neighbour 192.0.2.1 on "p1"`, false},
		{&NeighDel{Neigh{Family: unix.AF_BRIDGE, Link: LinkName("p1"), Via: LinkRef{Index: 7, Name: "v"}, LLAddr: ll}}, `delete FDB entry 02:00:00:00:00:01 on "p1"`, true},
		{&LinkDump{}, `list links`, false},
		{&LinkDump{Family: unix.AF_BRIDGE}, `list bridge ports`, false},
		{&AltNameAdd{Link: LinkIndex(7), Names: []string{"x", "y z"}}, `add alternative name "x", "y z" of index 7`, false},
		{&AltNameAdd{Link: LinkName("a"), Names: []string{"x"}}, `add alternative name "x" of "a"`, false},
		{&AltNameDel{Link: LinkName("a"), Names: []string{"x"}}, `delete alternative name "x" of "a"`, true},

		{&AddrAdd{Address: Address{Link: LinkIndex(7), Prefix: v4}}, `add address 192.0.2.1/24 on index 7`, false},
		{&AddrAdd{Address: Address{Link: LinkIndex(7), Prefix: v6}, Mode: ModeReplace}, `replace address 2001:db8::1/64 on index 7`, false},
		{&AddrAdd{Address: Address{Link: LinkIndex(7), Prefix: v6}, Mode: ModeChange}, `change address 2001:db8::1/64 on index 7`, false},
		{&AddrDel{Address: Address{Link: LinkIndex(7), Prefix: v4}}, `delete address 192.0.2.1/24 on index 7`, true},
		{&AddrDump{}, `list addresses`, false},

		{&RouteAdd{Route: Route{Dst: v6.Masked(), OIF: LinkIndex(7)}}, `add route 2001:db8::/64`, false},
		{&RouteAdd{Route: Route{OIF: LinkIndex(7)}, Mode: ModeReplace}, `replace route default`, false},
		{&RouteAdd{Route: Route{OIF: LinkIndex(7), Table: 1000}, Mode: ModeAppend}, `append route default in table 1000`, false},
		{&RouteDel{Route{Dst: v4.Masked(), Table: 100}}, `delete route 192.0.2.0/24 in table 100`, true},
		{&RouteGet{Dst: v4.Addr()}, `get route 192.0.2.1/32`, false},
		{&RouteDump{}, `list routes`, false},

		{&RuleAdd{Rule{Priority: Some(uint32(5)), Table: 100}}, `add rule with priority 5`, false},
		{&RuleDel{Rule{Table: 100}}, `delete rule without a priority`, true},
		{&RuleDump{}, `list rules`, false},

		{&NeighAdd{Neigh: Neigh{Link: LinkIndex(7), Dst: v4.Addr(), LLAddr: ll}}, `add neighbour 192.0.2.1 on index 7`, false},
		{&NeighAdd{Neigh: Neigh{Link: LinkIndex(7), Family: unix.AF_BRIDGE, LLAddr: ll}}, `add FDB entry 02:00:00:00:00:01 on index 7`, false},
		{&NeighDel{Neigh{Link: LinkIndex(7), Dst: v6.Addr()}}, `delete neighbour 2001:db8::1 on index 7`, true},
		{&NeighGet{Index: 7, Dst: v4.Addr()}, `get neighbour 192.0.2.1 on index 7`, false},
		{&NeighDump{}, `list neighbours`, false},
		{&NeighDump{Family: unix.AF_BRIDGE}, `list FDB entries`, false},

		{&NSIDSet{NetNS: NetNSFD(5), ID: 7}, `set nsid 7 of descriptor 5`, false},
		{&NSIDSet{NetNS: NetNSPID(99), ID: -1}, `set nsid -1 of process 99`, false},
		{&NSIDGet{NetNS: NetNSFD(5)}, `get nsid of descriptor 5`, false},
		{&NSIDDump{}, `list nsids`, false},

		{encodeFunc(func(e *Encoder) { e.Begin(unix.RTM_NEWTFILTER, 0) }), `send message type 44`, false},
		{encodeFunc(func(e *Encoder) { e.Begin(unix.RTM_NEWADDR, 0) }), `set address `, false},
		{encodeFunc(func(e *Encoder) {
			e.Begin(unix.RTM_NEWADDR, unix.NLM_F_CREATE)
			e.Header(unix.AF_INET, 24, 0, 0, 7, 0, 0, 0)
			e.Bytes(unix.IFA_LOCAL, []byte{1, 2, 3})
		}), `add address invalid address/24 on index 7`, false},
	} {
		var e Encoder
		if _, err := e.message(tt.req); err != nil {
			t.Errorf("%T: %v", tt.req, err)
			continue
		}
		op, object, deletes := describe(e.encoded())
		if got := op + " " + object; got != tt.want || deletes != tt.deletes {
			t.Errorf("%T: got %q, %v, want %q, %v", tt.req, got, deletes, tt.want, tt.deletes)
		}
		// Cut anywhere, a message still has a description, on one printable
		// line.
		for n := range e.buf {
			cut := append([]byte(nil), e.buf[:n]...)
			if n >= 4 {
				cut[0], cut[1] = byte(n), byte(n>>8)
			}
			op, object, _ := describe(encoded{b: cut})
			if op == "" || strings.ContainsAny(op+object, "\x1b\n\x00") {
				t.Fatalf("%T cut to %d bytes: %q %q", tt.req, n, op, object)
			}
		}
	}
	if op, object, deletes := describe(encoded{b: []byte{1, 2}}); op+" "+object != "send a malformed message" || deletes {
		t.Errorf("got %q %q", op, object)
	}
}
