package rtnl

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/nslab/nslab/internal/testenv"
	"golang.org/x/sys/unix"
)

// A golden is a request and the message that iproute2 6.1 sends for the same.
type golden struct {
	// line is what was run; "" where iproute2 has no such line.
	line  string
	req   Request
	typ   uint16
	flags uint16 // NLM_F_* without REQUEST and ACK
	body  string // what follows nlmsghdr, in hex, on a little-endian machine
}

// testGolden compares requests with what iproute2 sends. The order of
// attributes may differ, which means nothing to the kernel: ip uses the order
// of the words on its command line.
func testGolden(t *testing.T, headerLen int, cases []golden) {
	testenv.NeedLittleEndian(t)
	for _, g := range cases {
		name := g.line
		if name == "" {
			name = fmt.Sprintf("%T", g.req)
		}
		t.Run(name, func(t *testing.T) {
			var e Encoder
			if _, err := e.message(g.req); err != nil {
				t.Fatal(err)
			}
			m, rest, err := nextMessage(e.buf)
			if err != nil || len(rest) != 0 {
				t.Fatalf("message %x: %v, %d bytes behind it", e.buf, err, len(rest))
			}
			if m.Type != g.typ || m.Flags != g.flags {
				t.Errorf("type %d, flags %#x; want %d, %#x", m.Type, m.Flags, g.typ, g.flags)
			}
			body, err := hex.DecodeString(strings.ReplaceAll(g.body, " ", ""))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(parts(t, g.typ, headerLen, body), parts(t, g.typ, headerLen, m.Data)); diff != "" {
				t.Errorf("%s (-iproute2 +ours):\n%s", g.line, diff)
			}
		})
	}
}

// parts returns a message as lines: its header, then its attributes by type.
func parts(t *testing.T, typ uint16, headerLen int, body []byte) []string {
	t.Helper()
	lines := []string{"header " + groups(body[:headerLen])}
	return append(lines, attrLines(t, "", typ == unix.RTM_NEWROUTE, body[headerLen:])...)
}

func attrLines(t *testing.T, indent string, metrics bool, b []byte) []string {
	t.Helper()
	var lines []string
	r := NewAttrReader(b)
	for rest := b; r.Next(); {
		raw := binary.NativeEndian.Uint16(rest[2:])
		rest = r.rest
		line := fmt.Sprintf("%sattribute %#x: %s", indent, raw, groups(r.Bytes()))
		if metrics && raw == unix.RTA_METRICS {
			line = fmt.Sprintf("%sattribute %#x:\n%s", indent, raw, strings.Join(attrLines(t, "  ", false, r.Bytes()), "\n"))
		}
		lines = append(lines, line)
	}
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	slices.Sort(lines)
	return lines
}

// testInvalid checks that requests fail to encode, each with an error that
// contains want.
func testInvalid(t *testing.T, cases []struct {
	req  Request
	want string
}) {
	for _, tt := range cases {
		t.Run(tt.want, func(t *testing.T) {
			var e Encoder
			_, err := e.message(tt.req)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %v, want one with %q", err, tt.want)
			}
			if len(e.buf) != 0 {
				t.Errorf("%d bytes were left behind", len(e.buf))
			}
		})
	}
}

// same compares decoded objects.
func same(want, got any) string {
	return cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{}),
		cmp.Exporter(func(reflect.Type) bool { return true }), cmpopts.EquateEmpty())
}

// ipLines runs lines of ip or bridge.
func ipLines(t testing.TB, lines ...string) {
	t.Helper()
	for _, l := range lines {
		w := strings.Fields(l)
		testenv.Run(t, w[0], w[1:]...)
	}
}

// ipJSON runs a line that prints JSON and returns its objects, without keys
// that change with time.
func ipJSON(t testing.TB, line string, volatile ...string) []map[string]any {
	t.Helper()
	w := strings.Fields(line)
	out := testenv.Run(t, w[0], w[1:]...)
	var v []map[string]any
	if strings.TrimSpace(out) == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
	for _, o := range v {
		for _, k := range volatile {
			delete(o, k)
		}
	}
	return v
}

// Links that the tests of this file's messages have.
const (
	loIndex = 1
	v0Index = 10
	v1Index = 11
	brIndex = 12
)

// plumb makes a veth pair v0 and v1, up, and a bridge br0 that v1 is a port of.
func plumb(t testing.TB, c *Conn) {
	t.Helper()
	clearLinks(t, c)
	t.Cleanup(func() { clearIP(t, c) })
	up := LinkAttrs{Flags: unix.IFF_UP, Change: unix.IFF_UP}
	do(t, c,
		&LinkAdd{Kind: PlainKind("bridge"), Name: "br0", Index: brIndex},
		&LinkAdd{Kind: &Veth{Peer: &VethPeer{Name: "v1", Index: v1Index}}, Name: "v0", Index: v0Index},
		&LinkSet{Link: LinkIndex(v1Index), LinkAttrs: LinkAttrs{Flags: unix.IFF_UP, Change: unix.IFF_UP, Master: Some(LinkIndex(brIndex))}},
		&LinkSet{Link: LinkIndex(v0Index), LinkAttrs: up},
		&LinkSet{Link: LinkIndex(brIndex), LinkAttrs: up},
		&LinkSet{Link: LinkIndex(loIndex), LinkAttrs: up},
	)
}

// clearIP deletes what tests made that does not end with a link.
func clearIP(t testing.TB, c *Conn) {
	t.Helper()
	routes, err := c.Routes(bg, RouteDump{})
	if err != nil {
		t.Error(err)
	}
	for _, r := range routes {
		if r.Protocol != unix.RTPROT_KERNEL {
			if err := c.Do(bg, &RouteDel{r}); err != nil {
				t.Error(err)
			}
		}
	}
	rules, err := c.Rules(bg, RuleDump{})
	if err != nil {
		t.Error(err)
	}
	for _, r := range rules {
		if p := r.Priority.Or(0); p >= 1000 && p < 2000 {
			if err := c.Do(bg, &RuleDel{r}); err != nil {
				t.Error(err)
			}
		}
	}
	err = c.Do(bg, &AddrDel{Address: Address{Link: LinkIndex(loIndex), Prefix: prefix("127.0.0.2/8")}})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// A twin is a request and the line of ip or bridge that does the same.
type twin struct {
	req  Request
	line string
}

// needLinux skips the test if the kernel is too old for it.
func needLinux(t testing.TB, major, minor int, what string) {
	t.Helper()
	if release, older := olderLinux(t, major, minor); older {
		t.Skipf("%s is of Linux %d.%d, this is %s", what, major, minor, release)
	}
}

// olderLinux reports whether the kernel is older than a version, and returns
// its release.
func olderLinux(t testing.TB, major, minor int) (release string, older bool) {
	t.Helper()
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		t.Fatal(err)
	}
	var have [2]int
	release = unix.ByteSliceToString(u.Release[:])
	if _, err := fmt.Sscanf(release, "%d.%d", &have[0], &have[1]); err != nil {
		t.Fatalf("kernel release %q: %v", release, err)
	}
	return release, slices.Compare(have[:], []int{major, minor}) < 0
}
