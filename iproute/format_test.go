package iproute

import (
	"reflect"
	"strings"
	"testing"

	"github.com/nslab/nslab/engine"
)

// roundTrips parses a line, formats its operation as a line, and parses that.
// Both lines must do the same.
func roundTrips(t *testing.T, line string) {
	t.Helper()
	words, err := Split(line)
	if err != nil || len(words) == 0 {
		return
	}
	program := "ip"
	if IsProgram(words[0]) {
		program, words = words[0], words[1:]
	}
	c, err := Parse(program, words, nil)
	if err != nil || len(c.Ops) == 0 {
		return
	}
	for _, op := range c.Ops {
		again := FormatLine(op)
		if again == "" {
			t.Errorf("%q: no words for %T", line, op.Action)
			continue
		}
		words, err := Split(again)
		if err != nil {
			t.Errorf("%q -> %q: %v", line, again, err)
			continue
		}
		c2, err := Parse(words[0], words[1:], nil)
		if err != nil || len(c2.Ops) != 1 {
			t.Errorf("%q -> %q: %v", line, again, err)
			continue
		}
		if FormatLine(c2.Ops[0]) != again || !sameOp(op, c2.Ops[0]) {
			t.Errorf("%q -> %q -> %q", line, again, FormatLine(c2.Ops[0]))
		}
	}
}

// sameOp compares what two operations send, including names.
func sameOp(a, b engine.Op) bool {
	ra, ok := a.Action.(*engine.Request)
	if !ok {
		return reflect.DeepEqual(a, b)
	}
	rb, ok := b.Action.(*engine.Request)
	return ok && a.NetNS == b.NetNS && reflect.DeepEqual(ra.Req, rb.Req)
}

// lines are seeds, one of each kind.
var lines = []string{
	"ip netns add a", "ip netns del a", "ip netns attach a 1", "ip netns set a 5", "ip -n b netns set a auto",
	"ip link add type veth", "ip link add a type veth peer name b", "ip link set dev veth0 name net0-bridge netns net0",
	"ip netns exec bridge brctl addbr br", "ip netns exec bridge ip link set dev br up", "ip netns exec net0 ip address add 10.0.1.1/24 dev net0-bridge",
	"ip link add br type bridge stp_state 1 forward_delay 200", "ip link set x mtu 1400 master br", "ip link del x", "ip l s x down",
	"ip addr add fd00::1/64 dev x nodad", "ip a d 10.0.0.1/24 dev x", "ip route add default via 10.0.0.1", "ip -6 r a fd01::/64 dev x metric 5",
	"ip route add 10.1.0.0/16 nexthop via 10.0.0.1 weight 2 nexthop via 10.0.0.2", "ip rule add from 10.0.0.0/8 table 5 pref 100",
	"ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:01 dev x", "bridge fdb add 02:00:00:00:00:01 dev x master static", "bridge link set dev x cost 5",
	"brctl addif br x", "brctl stp br on", "ip link property add dev x altname y", "ip -j -d link show", "ip -all netns exec true", "ip -b -",
}

func TestRoundTrip(t *testing.T) {
	for _, l := range lines {
		roundTrips(t, l)
	}
}

// No words make the parser panic or hang, and whatever it parses can be
// formatted.
func FuzzParse(f *testing.F) {
	for _, l := range lines {
		f.Add(l)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if strings.Count(line, " ") > 200 {
			return
		}
		roundTrips(t, line)
	})
}
