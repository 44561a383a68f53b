package rtnl

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
	"golang.org/x/sys/unix"
)

func prio(v uint32) Opt[uint32] { return Some(v) }

func TestRuleGolden(t *testing.T) {
	add := func(r Rule) *RuleAdd { return &RuleAdd{r} }
	testGolden(t, fibRuleHdrLen, []golden{
		{"ip rule add prio 5", add(Rule{Priority: prio(5)}), unix.RTM_NEWRULE, 0x600, "02000000fe00000100000000 0800060005000000"},
		{"ip rule add from 10.1.0.0/16 to 10.2.0.0/16 table 100 prio 1000",
			add(Rule{Src: prefix("10.1.0.0/16"), Dst: prefix("10.2.0.0/16"), Table: 100, Priority: prio(1000)}),
			unix.RTM_NEWRULE, 0x600, "021010006400000100000000 080002000a010000 080001000a020000 08000600e8030000"},
		{"ip rule add not fwmark 0x10/0xff table 1000 prio 1001 iif v0 oif v0 tos 0x10",
			add(Rule{Flags: unix.FIB_RULE_INVERT, FwMark: 0x10, FwMask: Some(uint32(0xff)), Table: 1000, Priority: prio(1001),
				IIFName: "v0", OIFName: "v0", TOS: 0x10}),
			unix.RTM_NEWRULE, 0x600, "020000100000000102000000 08000a0010000000 08001000ff000000 08000f00e8030000 08000600e9030000" +
				"0700030076300000 0700110076300000"},
		{"ip rule add uidrange 1000-2000 ipproto tcp sport 80 dport 1000-2000 lookup main suppress_prefixlength 0 suppress_ifgroup 5 prio 1002",
			add(Rule{UIDRange: Some(UIDRange{1000, 2000}), IPProto: unix.IPPROTO_TCP, SrcPorts: PortRange{80, 80},
				DstPorts: PortRange{1000, 2000}, Table: unix.RT_TABLE_MAIN, SuppressPrefixLen: Some(uint32(0)),
				SuppressIFGroup: Some(uint32(5)), Priority: prio(1002)}),
			unix.RTM_NEWRULE, 0x600, "02000000fe00000100000000 0c001400e8030000d0070000 0500160006000000 0800170050005000" +
				"08001800e803d007 08000e0000000000 08000d0005000000 08000600ea030000"},
		{"ip rule add goto 2000 prio 1003", add(Rule{Goto: 2000, Priority: prio(1003)}),
			unix.RTM_NEWRULE, 0x600, "020000000000000200000000 08000400d0070000 08000600eb030000"},
		{"ip rule add blackhole prio 1004 protocol static",
			add(Rule{Action: unix.FR_ACT_BLACKHOLE, Priority: prio(1004), Protocol: unix.RTPROT_STATIC}),
			unix.RTM_NEWRULE, 0x600, "020000000000000600000000 0500150004000000 08000600ec030000"},
		{"ip rule add tun_id 7 realms 1/2 prio 1005 lookup 5", add(Rule{TunID: 7, Realms: 1<<16 | 2, Priority: prio(1005), Table: 5}),
			unix.RTM_NEWRULE, 0x600, "020000000500000100000000 0c000c000000000000000007 08000b0002000100 08000600ed030000"},
		{"ip -6 rule add from 2001:db8::/32 table 7 prio 1006",
			add(Rule{Src: prefix("2001:db8::/32"), Table: 7, Priority: prio(1006)}),
			unix.RTM_NEWRULE, 0x600, "0a0020000700000100000000 1400020020010db8000000000000000000000000 08000600ee030000"},
		{"ip rule add l3mdev prio 1007", add(Rule{L3MDev: 1, Priority: prio(1007)}),
			unix.RTM_NEWRULE, 0x600, "020000000000000100000000 0500130001000000 08000600ef030000"},
		{"ip rule del prio 1004", &RuleDel{Rule{Priority: prio(1004)}}, unix.RTM_DELRULE, 0, "020000000000000000000000 08000600ec030000"},
		{"ip rule del prio 6 goto 9", &RuleDel{Rule{Priority: prio(6), Goto: 9}}, unix.RTM_DELRULE, 0,
			"020000000000000200000000 0800060006000000 0800040009000000"},
		{"ip rule show", &RuleDump{Family: unix.AF_INET}, unix.RTM_GETRULE, 0x300, "020000000000000000000000"},
		{"ip -6 rule show", &RuleDump{Family: unix.AF_INET6}, unix.RTM_GETRULE, 0x300, "0a0000000000000000000000"},
		{"", &RuleDel{Rule{Family: unix.AF_INET6, Flags: unix.FIB_RULE_PERMANENT | unix.FIB_RULE_INVERT}}, unix.RTM_DELRULE, 0,
			"0a0000000000000002000000"},
	})
}

func TestRuleInvalid(t *testing.T) {
	testInvalid(t, []struct {
		req  Request
		want string
	}{
		{&RuleAdd{Rule{Src: prefix("10.0.0.0/8"), Dst: prefix("::/0")}}, "::/0 is not of family 2"},
		{&RuleAdd{Rule{Family: unix.AF_INET6, Dst: prefix("10.0.0.0/8")}}, "10.0.0.0/8 is not of family 10"},
		{&RuleDel{Rule{IIFName: "abcdefghijklmnop"}}, "has 16 bytes, at most 15"},
		{&RuleDump{Family: 99}, "list rules: family 99"},
	})
}

// rulePairs are rules in every field, with the ip line that sets the same.
func rulePairs() []twin {
	add := func(r Rule) *RuleAdd { return &RuleAdd{r} }
	return []twin{
		{add(Rule{Src: prefix("10.1.0.0/16"), Dst: prefix("10.2.0.0/16"), Table: 100, Priority: prio(1000)}),
			"ip rule add from 10.1.0.0/16 to 10.2.0.0/16 table 100 prio 1000"},
		{add(Rule{Flags: unix.FIB_RULE_INVERT, FwMark: 0x10, FwMask: Some(uint32(0xff)), Table: 1000, Priority: prio(1001),
			IIFName: "v0", OIFName: "nothere", TOS: 0x10}),
			"ip rule add not fwmark 0x10/0xff table 1000 prio 1001 iif v0 oif nothere tos 0x10"},
		{add(Rule{UIDRange: Some(UIDRange{0, 0}), IPProto: unix.IPPROTO_TCP, SrcPorts: PortRange{80, 80},
			DstPorts: PortRange{1000, 2000}, SuppressPrefixLen: Some(uint32(0)), SuppressIFGroup: Some(uint32(5)), Priority: prio(1002)}),
			"ip rule add uidrange 0-0 ipproto tcp sport 80 dport 1000-2000 lookup main suppress_prefixlength 0 suppress_ifgroup 5 prio 1002"},
		{add(Rule{Goto: 32766, Priority: prio(1003)}), "ip rule add goto 32766 prio 1003"},
		{add(Rule{Action: unix.FR_ACT_BLACKHOLE, Priority: prio(1004), Protocol: unix.RTPROT_STATIC}),
			"ip rule add blackhole prio 1004 protocol static"},
		{add(Rule{Action: unix.FR_ACT_UNREACHABLE, Priority: prio(1005)}), "ip rule add unreachable prio 1005"},
		{add(Rule{Action: unix.FR_ACT_PROHIBIT, Priority: prio(1006)}), "ip rule add prohibit prio 1006"},
		{add(Rule{Action: unix.FR_ACT_NOP, Priority: prio(1007)}), "ip rule add type nop prio 1007"},
		{add(Rule{TunID: 7, Realms: 1<<16 | 2, Priority: prio(1008), Table: 5}), "ip rule add tun_id 7 realms 1/2 prio 1008 lookup 5"},
		{add(Rule{Src: prefix("2001:db8::/32"), Table: 7, Priority: prio(1009)}), "ip -6 rule add from 2001:db8::/32 table 7 prio 1009"},
		{add(Rule{Family: unix.AF_INET6, FwMark: 9, Goto: 40000, Priority: prio(1010)}), "ip -6 rule add fwmark 9 goto 40000 prio 1010"},
	}
}

// testRules returns the rules that the tests made, by priority.
func testRules(t *testing.T, c *Conn) map[uint32]Rule {
	t.Helper()
	m := make(map[uint32]Rule)
	for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
		list, err := c.Rules(t.Context(), RuleDump{Family: family})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range list {
			if p := r.Priority.Or(0); p >= 1000 && p < 2000 {
				m[p] = r
			}
		}
	}
	return m
}

func TestIntegrationRules(t *testing.T) {
	testenv.NeedTool(t, "ip")
	c := dial(t, nil)
	plumb(t, c)
	want := make(map[uint32]Rule)
	for _, p := range rulePairs() {
		do(t, c, p.req)
		r := p.req.(*RuleAdd).Rule
		if r.Family == 0 {
			r.Family = unix.AF_INET
			if r.Src.IsValid() {
				r.Family = ipFamily(r.Src.Addr())
			}
		}
		if r.Action == 0 {
			r.Action = unix.FR_ACT_TO_TBL
			if r.Goto != 0 {
				r.Action = unix.FR_ACT_GOTO
			} else if r.Table == 0 {
				r.Table = unix.RT_TABLE_MAIN
			}
		}
		if r.FwMark != 0 && !r.FwMask.IsSet() {
			r.FwMask = Some(uint32(1<<32 - 1))
		}
		if r.OIFName == "nothere" {
			r.Flags |= unix.FIB_RULE_OIF_DETACHED
		}
		if r.Goto == 40000 {
			r.Flags |= unix.FIB_RULE_UNRESOLVED
		}
		want[r.Priority.Or(0)] = r
	}
	ours := testRules(t, c)
	if diff := same(want, ours); diff != "" {
		t.Errorf("read back (-set +dumped):\n%s", diff)
	}
	ourJSON := ipRules(t, len(rulePairs()))
	for p, r := range ours {
		// What a dump yields is enough to add the rule again: it is there.
		if err := c.Do(t.Context(), &RuleAdd{r}); !errors.Is(err, fs.ErrExist) {
			t.Errorf("adding rule %d again: %v", p, err)
		}
		do(t, c, &RuleDel{r})
		if err := c.Do(t.Context(), &RuleDel{r}); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("deleting rule %d again: %v", p, err)
		}
	}
	for _, p := range rulePairs() {
		ipLines(t, p.line)
	}
	theirs := testRules(t, c)
	if diff := same(ours, theirs); diff != "" {
		t.Errorf("rules that ip made (-ours +ip's):\n%s", diff)
	}
	if diff := same(ipRules(t, len(rulePairs())), ourJSON); diff != "" {
		t.Errorf("what ip reads (-its own +ours):\n%s", diff)
	}
	for _, r := range theirs {
		do(t, c, &RuleDel{r})
	}
	all, err := c.Rules(t.Context(), RuleDump{})
	if err != nil {
		t.Fatal(err)
	}
	families := make(map[uint8]int)
	for _, r := range all {
		families[r.Family]++
	}
	if families[unix.AF_INET] < 3 || families[unix.AF_INET6] < 2 {
		t.Errorf("rules of all families: %v", families)
	}
}

func TestIntegrationRuleUIDs(t *testing.T) {
	testenv.NeedInitRoot(t, "another user's namespace maps one user id, and the kernel refuses those that are not mapped")
	testenv.NeedTool(t, "ip")
	c := dial(t, nil)
	plumb(t, c)
	do(t, c, &RuleAdd{Rule{UIDRange: Some(UIDRange{70000, 80000}), Priority: prio(1000)}})
	if got := testRules(t, c)[1000].UIDRange.Or(UIDRange{}); got != (UIDRange{70000, 80000}) {
		t.Errorf("read back: %+v", got)
	}
	for _, o := range ipRules(t, 1) {
		if o["priority"] == 1000.0 && (o["uid_start"] != 70000.0 || o["uid_end"] != 80000.0) {
			t.Errorf("ip says %v", o)
		}
	}
}

// ipRules returns what ip says about rules, of which there must be some.
func ipRules(t *testing.T, least int) []map[string]any {
	t.Helper()
	var rules []map[string]any
	for _, line := range []string{"ip -j -d rule show", "ip -6 -j -d rule show"} {
		rules = append(rules, ipJSON(t, line)...)
	}
	if len(rules) < least {
		t.Fatalf("ip shows %d rules", len(rules))
	}
	return rules
}

// TestDecodeRule has what jsimonetti/rtnetlink, which the others are compared
// with, gets wrong or refuses.
func TestDecodeRule(t *testing.T) {
	var e Encoder
	if _, err := e.message(&RuleAdd{Rule{UIDRange: Some(UIDRange{70000, 1<<32 - 2}), TunID: 0x0102030405060708, Priority: prio(9)}}); err != nil {
		t.Fatal(err)
	}
	const fraDSCP = 26 // FRA_DSCP, Linux 6.14
	e.Uint8(fraDSCP, 4)
	r, err := DecodeRule(Message{Type: unix.RTM_NEWRULE, Data: e.buf[nlmsgHdrLen:]})
	if err != nil {
		t.Fatal(err)
	}
	want := Rule{Family: unix.AF_INET, Action: unix.FR_ACT_TO_TBL, Table: unix.RT_TABLE_MAIN, Priority: prio(9),
		UIDRange: Some(UIDRange{70000, 1<<32 - 2}), TunID: 0x0102030405060708}
	if diff := same(want, r); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDecodeRuleMalformed(t *testing.T) {
	header := []byte{unix.AF_INET, 0, 0, 0, 254, 0, 0, 1, 0, 0, 0, 0}
	attr := func(typ uint16, payload ...byte) []byte {
		b := binary.NativeEndian.AppendUint16(append([]byte(nil), header...), uint16(4+len(payload)))
		b = append(binary.NativeEndian.AppendUint16(b, typ), payload...)
		for len(b)%4 != 0 {
			b = append(b, 0)
		}
		return b
	}
	for name, b := range map[string][]byte{
		"empty":           nil,
		"short header":    header[:11],
		"short priority":  attr(unix.FRA_PRIORITY, 1, 2),
		"short uid range": attr(unix.FRA_UID_RANGE, 1, 2, 3, 4),
		"short ports":     attr(unix.FRA_SPORT_RANGE, 1),
		"short tunnel":    attr(unix.FRA_TUN_ID, 1, 2, 3, 4),
		"no protocol":     attr(unix.FRA_PROTOCOL),
		"odd address":     attr(unix.FRA_SRC, 1, 2, 3, 4, 5),
		"cut attribute":   attr(unix.FRA_PRIORITY, 1, 2, 3, 4)[:18],
	} {
		if _, err := DecodeRule(Message{Type: unix.RTM_NEWRULE, Data: b}); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	long := append([]byte{}, attr(unix.FRA_DST, 10, 0, 0, 0)...)
	long[1] = 33
	if _, err := DecodeRule(Message{Type: unix.RTM_NEWRULE, Data: long}); !errors.Is(err, ErrMalformed) {
		t.Errorf("a /33: %v", err)
	}
}

func FuzzDecodeRule(f *testing.F) {
	for _, p := range rulePairs() {
		seed(f, p.req)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := DecodeRule(Message{Type: unix.RTM_NEWRULE, Data: b})
		checkDecoded(t, err)
		if err == nil && r.Family != b[0] {
			t.Errorf("family %d, was %d", r.Family, b[0])
		}
	})
}
