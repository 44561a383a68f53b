package iproute

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

func TestRuleWordsWrong(t *testing.T) {
	wrongLines(t, map[string]string{
		"rule add":                        `ip: word 3 is missing: expected the rule to add`,
		"rule del":                        `ip: word 3 is missing: expected the rule to delete`,
		"rule add from":                   `ip: word 4 is missing: expected the source of packets`,
		"rule add to 10.0.0.0/40":         `ip: word 4, "10.0.0.0/40": expected the destination of packets, an IP prefix`,
		"rule add from ::1":               `ip: word 4, "::1": expected the source of packets, an IPv4 prefix ("ip -6 rule" takes IPv6)`,
		"rule add nosuch":                 `ip: word 3, "nosuch": expected a parameter of ip rule add; see "ip rule help"`,
		"rule add loc 5":                  `ip: word 3, "loc": expected a parameter of ip rule add; see "ip rule help"`,
		"rule add type":                   `ip: word 4 is missing: expected the type of a rule`,
		"rule add nat 10.0.0.1":           `ip: word 3, "nat": expected something that the kernel supports: since Linux 2.6, rules do not translate addresses`,
		"rule add fwmark 0x1ffffffff":     `ip: word 4, "0x1ffffffff": expected a mark, MARK or MARK/MASK, each a number of 32 bits`,
		"rule add fwmark 1/":              `ip: word 4, "1/": expected a mark, MARK or MARK/MASK, each a number of 32 bits`,
		"rule add uidrange 1-":            `ip: word 4, "1-": expected user ids, FIRST-LAST`,
		"rule add uidrange":               `ip: word 4 is missing: expected user ids, FIRST-LAST`,
		"rule add dport 65536":            `ip: word 4, "65536": expected destination ports, PORT or FIRST-LAST`,
		"rule add sport 0-5":              `ip: word 4, "0-5": expected source ports, PORT or FIRST-LAST, from 1 on`,
		"rule add ipproto 256":            `ip: word 4, "256": expected a protocol of IP, a name from /etc/protocols or a number up to 255`,
		"rule add iif a/b":                `ip: word 4, "a/b": expected the name of an interface, 1 to 15 bytes without "/", ":" and white space`,
		"rule add l3mdev table 5":         `ip: a rule for l3mdev looks up that device's own table: leave out table`,
		"rule add suppress_prefixlength":  `ip: word 4 is missing: expected a prefix length`,
		"rule add suppress_ifgroup x":     `ip: word 4, "x": expected a group, a name from /etc/iproute2/group or a number up to 2147483647`,
		"-0 rule add table 5":             `ip: rules are of family inet or inet6, not of link`,
		"-B rule":                         `ip: rules are of family inet or inet6, not of bridge`,
		"rule save":                       `ip: word 2, "save": expected a command that nslab supports; it does not support "save" of ip rule`,
		"rule restore":                    `ip: word 2, "restore": expected a command that nslab supports; it does not support "restore" of ip rule`,
		"rule show table x":               `ip: word 4, "x": expected a table, a name from /etc/iproute2/rt_tables or a number up to 4294967295`,
		"rule show suppress_prefixlength": `ip: word 3, "suppress_prefixlength": expected the destination of packets, or a parameter of ip rule list, an IPv4 prefix`,
	})
}

func TestRuleRoundTrip(t *testing.T) {
	roundTripLines(t, formatRule, map[string]string{
		"rule add from 10/8 lookup 100":                  "rule add from 10.0.0.0/8 table 100",
		"ru a from all to any table local":               "rule add table 255",
		"rule add from 0/0":                              "rule add from all",
		"rule add not to 10.1.2.3 pref 7 table main":     "rule add not priority 7 to 10.1.2.3 table 254",
		"-6 rule del from 2001:db8::/32 order 0":         "-6 rule delete priority 0 from 2001:db8::/32",
		"-4 rule del from all":                           "rule delete from all",
		"-6 rule add to default":                         "-6 rule add from all",
		"rule add fwmark 16/0xff tos 10 dev eth0":        "rule add tos 0x10 fwmark 0x10/0xff iif eth0",
		"rule add fwmark 0/0 oif eth1":                   "rule add fwmark 0/0 oif eth1",
		"rule add fwmark 5":                              "rule add fwmark 0x5",
		"rule add uidrange 7-7 ipproto tcp":              "rule add uidrange 7-7 ipproto 6",
		"rule add sport 5 dport 6-7 tun_id 0x10":         "rule add sport 5 dport 6-7 tun_id 16",
		"rule add l3mdev protocol static":                "rule add l3mdev protocol 4",
		"rule add sup_pl 0 sup_group 7 realms 3/4":       "rule add realms 3/4 suppress_prefixlength 0 suppress_ifgroup 7",
		"rule add goto 5 prio 3":                         "rule add priority 3 goto 5",
		"rule add type prohibit":                         "rule add prohibit",
		"rule add blackhole realms 0x1000002":            "rule add realms 16777218 blackhole",
		"rule del unreachable":                           "rule delete unreachable",
		"rule del nop":                                   "rule delete nop",
		"rule add unicast table 70000 iif all dsfield 0": "rule add iif all table 70000 unicast",
	})
}

func TestRuleNoWords(t *testing.T) {
	v4, v6 := netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")
	for name, r := range map[string]rtnl.Request{
		"another action":  &rtnl.RuleAdd{Rule: rtnl.Rule{Action: 200}},
		"two families":    &rtnl.RuleAdd{Rule: rtnl.Rule{Src: v4, Dst: v6}},
		"another family":  &rtnl.RuleAdd{Rule: rtnl.Rule{Family: 128}},
		"a flag":          &rtnl.RuleAdd{Rule: rtnl.Rule{Flags: unix.FIB_RULE_PERMANENT}},
		"goto beside nop": &rtnl.RuleDel{Rule: rtnl.Rule{Action: unix.FR_ACT_NOP, Goto: 5}},
		"another request": &rtnl.NeighAdd{},
	} {
		if got := formatRule(r); got != nil {
			t.Errorf("%s: %q", name, got)
		}
	}
	for want, r := range map[string]rtnl.Rule{
		"-6 rule add from 2001:db8::/32 goto 5": {Src: v6, Goto: 5},
		"rule add to 10.0.0.0/8 table 7":        {Dst: v4, Table: 7},
	} {
		if got := strings.Join(formatRule(&rtnl.RuleAdd{Rule: r}), " "); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestProtocolsFile(t *testing.T) {
	byName, byNum := parseProtocols("# comment\nip 0 IP # internet\ntcp\t6 TCP alias\nbad\nworse 300\ntcp2 6\ntcp 7\n")
	wantName := map[string]uint8{"ip": 0, "IP": 0, "tcp": 6, "TCP": 6, "alias": 6, "tcp2": 6}
	if d := cmp.Diff(wantName, byName); d != "" {
		t.Errorf("by name (-want +got):\n%s", d)
	}
	if d := cmp.Diff(map[uint8]string{0: "ip", 6: "tcp", 7: "tcp"}, byNum); d != "" {
		t.Errorf("by number (-want +got):\n%s", d)
	}
	if byName, _ := parseProtocols(builtinProtos); byName["udp"] != unix.IPPROTO_UDP || byName["ICMP"] != unix.IPPROTO_ICMP {
		t.Errorf("built in: %v", byName)
	}
	if s := ipProtos.name(253, &Options{}); s != "ipproto-253" {
		t.Errorf("253 is %q", s)
	}
}

func FuzzRuleWords(f *testing.F) {
	for _, s := range []string{"add from 10/8 table 5", "del goto 5 priority 3", "add fwmark 1/2 tos 4 iif a oif b l3mdev", "add uidrange 1-2 sport 3 dport 4-5 ipproto udp tun_id 9",
		"add realms 1/2 sup_pl 3 sup_group 4 protocol 5 prohibit", "show from 10/8 not", "flush table 5"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		fuzzWords(t, "rule", s, formatRule)
	})
}
