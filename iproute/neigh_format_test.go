package iproute

import (
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// wrongLines parses wrong lines of ip and compares the complete errors.
func wrongLines(t *testing.T, lines map[string]string) {
	t.Helper()
	for line, want := range lines {
		words, err := Split(line)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = Parse("ip", words, nil); err == nil || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", line, err, want)
		}
	}
}

func TestNeighWordsWrong(t *testing.T) {
	wrongLines(t, map[string]string{
		"neigh add":                             `ip: a neighbour needs its address and "dev LINK"`,
		"neigh add proxy":                       `ip: word 4 is missing: expected the address to answer for`,
		"neigh add 10.0.0.1 dev ''":             `ip: word 5, "": expected a link, at most 127 bytes`,
		"neigh add 10.0.0.1 to 10.0.0.2 dev a":  `ip: word 5, "10.0.0.2": expected a parameter of ip neigh; the address is 10.0.0.1 already`,
		"neigh add 10.0.0.1 lladdr":             `ip: word 5 is missing: expected a link-layer address of at most 20 bytes, such as 02:00:00:00:00:01`,
		"neigh add 10.0.0.1 lladdr 1:100 dev a": `ip: word 5, "1:100": expected a link-layer address of at most 20 bytes, such as 02:00:00:00:00:01`,
		"neigh add 10.0.0.1 lladdr 1 lladdr 2":  `ip: word 6, "lladdr": expected only one lladdr`,
		"neigh add 10.0.0.1 nud 3 dev a":        `ip: word 5, "3": expected a state: permanent, reachable, noarp, none, stale, incomplete, delay, probe, failed, or one bit of NUD_*`,
		"neigh add 10.0.0.1 protocol 256 dev a": `ip: word 5, "256": expected a protocol, a name from /etc/iproute2/rt_protos or a number up to 255`,
		"neigh add vrf dev a":                   `ip: word 3, "vrf": expected an address or a parameter of ip neigh, an IP address`,
		"-0 neigh add 10.0.0.1 dev a":           `ip: word 4, "10.0.0.1": expected an address or a parameter of ip neigh, but of family link nslab knows none`,
		"-B neigh get 10.0.0.1 dev a":           `ip: word 4, "10.0.0.1": expected an address or a parameter of ip neigh get, but of family bridge nslab knows none`,
		"neigh get proxy":                       `ip: word 4 is missing: expected the address that is answered for`,
		"neigh get 10.0.0.1 nud none":           `ip: word 4, "nud": expected a parameter of ip neigh; the address is 10.0.0.1 already`,
		"neigh show dev a dev b":                `ip: word 5, "dev": expected only one dev`,
		"neigh show nud":                        `ip: word 4 is missing: expected a state: permanent, reachable, noarp, none, stale, incomplete, delay, probe, failed, or one bit of NUD_*, or "all"`,
		"neigh flush":                           `ip: word 3 is missing: expected what to flush: a prefix, "dev LINK", "nud STATE", ...`,
		"neigh append 10.0.0.1":                 `ip: word 2, "append": expected a command of ip neighbor: add, change, chg, replace, delete, get, show, lst, list, flush`,
	})
}

func TestNeighRoundTrip(t *testing.T) {
	roundTripLines(t, formatNeigh, map[string]string{
		"neigh add 10.0.0.2 lladdr 2:0:0:0:0:a dev v0":               "neigh add 10.0.0.2 dev v0 lladdr 02:00:00:00:00:0a",
		"n a dev v0 to 10.2 lladdr null nud perm":                    "neigh add 10.2.0.0 dev v0",
		"neigh change 2001:db8::2 nud reach dev v0 router":           "neigh change 2001:db8::2 dev v0 nud reachable router",
		"neigh chg 2001:db8::2 nud 4 dev v0":                         "neigh change 2001:db8::2 dev v0 nud stale",
		"neigh replace 10.0.0.2 dev v0 nud none use":                 "neigh replace 10.0.0.2 dev v0 nud none use",
		"neigh add 10.0.0.2 dev v0 use":                              "neigh add 10.0.0.2 dev v0 use",
		"neigh add 10.0.0.2 dev v0 managed extern_learn":             "neigh add 10.0.0.2 dev v0 managed extern_learn",
		"neigh add 10.0.0.2 dev v0 managed nud permanent":            "neigh add 10.0.0.2 dev v0 managed nud permanent",
		"neigh add 10.0.0.2 dev v0 nud permanent managed":            "neigh add 10.0.0.2 dev v0 managed",
		"neigh add 10.0.0.2 lladdr 10.0.0.9 dev t0 protocol bgp":     "neigh add 10.0.0.2 dev t0 lladdr 0a:00:00:09 protocol 186",
		"neigh add proxy 10.0.0.9":                                   "neigh add proxy 10.0.0.9",
		"neigh add proxy 10.0.0.9 dev v0":                            "neigh add proxy 10.0.0.9 dev v0",
		"neigh del 10.0.0.2 dev v0 lladdr 2:0:0:0:0:a nud stale use": "neigh delete 10.0.0.2 dev v0",
		"neigh d proxy 10.0.0.9 dev if7":                             "neigh delete proxy 10.0.0.9 dev if7",
	})
}

// TestNeighNoWords has requests that ip has no words for.
func TestNeighNoWords(t *testing.T) {
	dst, mac := netip.MustParseAddr("10.0.0.2"), net.HardwareAddr{2, 0, 0, 0, 0, 1}
	for name, r := range map[string]rtnl.Request{
		"an FDB entry":    &rtnl.NeighAdd{Neigh: rtnl.Neigh{Family: unix.AF_BRIDGE, Link: rtnl.LinkIndex(7), LLAddr: mac}},
		"two states":      &rtnl.NeighAdd{Neigh: rtnl.Neigh{Link: rtnl.LinkIndex(7), Dst: dst, State: unix.NUD_STALE | unix.NUD_PROBE}},
		"a flag":          &rtnl.NeighAdd{Neigh: rtnl.Neigh{Link: rtnl.LinkIndex(7), Dst: dst, Flags: unix.NTF_SELF}},
		"append":          &rtnl.NeighAdd{Neigh: rtnl.Neigh{Link: rtnl.LinkIndex(7), Dst: dst}, Mode: rtnl.ModeAppend},
		"no link":         &rtnl.NeighAdd{Neigh: rtnl.Neigh{Dst: dst}},
		"no address":      &rtnl.NeighDel{Neigh: rtnl.Neigh{Link: rtnl.LinkIndex(7)}},
		"another request": &rtnl.RuleAdd{},
	} {
		if got := formatNeigh(r); got != nil {
			t.Errorf("%s: %q", name, got)
		}
	}
	got := formatNeigh(&rtnl.NeighAdd{Neigh: rtnl.Neigh{Link: rtnl.LinkIndex(7), Dst: dst, Flags: unix.NTF_USE}})
	if want := "neigh add 10.0.0.2 dev if7 nud none use"; strings.Join(got, " ") != want {
		t.Errorf("by index: %q, want %q", got, want)
	}
}

func FuzzNeighWords(f *testing.F) {
	for _, s := range []string{"add 10.0.0.2 dev v0 nud none", "replace proxy ::1 dev v0 protocol 3", "del 10.0.0.2 dev v0 lladdr 1:2",
		"change 10.0.0.2 lladdr 0:0:0:0:0:1 managed use dev v0", "show 10/8 nud all proxy", "flush dev a nud failed", "get 1.2.3.4 dev a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { fuzzWords(t, "neigh", s, formatNeigh) })
}

// fuzzWords parses the words of an object. Their operation, if any, must
// survive being formatted and parsed again.
func fuzzWords(t *testing.T, object, s string, format func(rtnl.Request) []string) {
	for _, options := range [][]string{nil, {"-4"}, {"-6"}} {
		c, err := Parse("ip", append(append(options, object), strings.Fields(s)...), nil)
		if err != nil || len(c.Ops) == 0 {
			continue
		}
		words := format(c.Ops[0].Action.(*engine.Request).Req)
		again, err := Parse("ip", words, nil)
		if err != nil {
			t.Fatalf("%q -> %q: %v", s, words, err)
		}
		if !sameOp(c.Ops[0], again.Ops[0]) {
			t.Errorf("%q -> %q is another operation", s, words)
		}
	}
}
