package firewall

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/nlspec"
	"github.com/nslab/nslab/nsfs"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// addRules makes rules, and skips the test if the kernel cannot.
func addRules(t *testing.T, h *nsfs.Handle, family Family, n int) {
	t.Helper()
	err := AddRules(t.Context(), h, family, "t", "c", n, "", nil)
	if errors.Is(err, unix.EPROTONOSUPPORT) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.EAFNOSUPPORT) {
		t.Skipf("this kernel has no nf_tables for family %d: %v", family, err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// observed counts datagrams of nf_tables.
type observed struct{ sent, received int }

func (o *observed) Observe(d nlspec.Datagram) {
	if d.Protocol != unix.NETLINK_NETFILTER || d.NetNS != "n" {
		return
	}
	if d.Direction == nlspec.Sent {
		o.sent++
	} else {
		o.received++
	}
}

func TestIntegrationCountNFTables(t *testing.T) {
	for _, family := range []Family{FamilyIP, 1, 10, Bridge} { // and NFPROTO_INET, NFPROTO_IPV6
		t.Run(fmt.Sprint(family), func(t *testing.T) {
			h := newNetNS(t)
			addRules(t, h, family, 3)
			var seen observed
			n, err := CountNFTables(t.Context(), h, AllFamilies, "n", &seen)
			if err != nil || n != 3 {
				t.Errorf("counted %d, %v; want 3", n, err)
			}
			if seen.sent != 3 || seen.received < 3 {
				t.Errorf("saw %+v", seen)
			}
			if n, err := CountNFTables(t.Context(), h, family, "n", nil); err != nil || n != 3 {
				t.Errorf("counted %d, %v of the family; want 3", n, err)
			}
			if n, err := CountNFTables(t.Context(), h, 5, "n", nil); n != 0 { // NFPROTO_NETDEV
				t.Errorf("counted %d, %v of another family", n, err)
			}
			// More than one datagram.
			if err := AddRules(t.Context(), h, family, "more", "c", 400, "", nil); err != nil {
				t.Fatal(err)
			}
			if n, err := CountNFTables(t.Context(), h, AllFamilies, "n", nil); err != nil || n != 403 {
				t.Errorf("counted %d, %v; want 403", n, err)
			}
			if n, err := CountNFTables(t.Context(), newNetNS(t), AllFamilies, "n", nil); err != nil || n != 0 {
				t.Errorf("counted %d, %v in an empty namespace", n, err)
			}
		})
	}
}

// A refusal is an error, and nothing is made.
func TestIntegrationAddRefused(t *testing.T) {
	h := newNetNS(t)
	addRules(t, h, Bridge, 1)
	if err := AddRules(t.Context(), h, Bridge, "t", strings.Repeat("x", 300), 1, "n", nil); err == nil || !strings.Contains(err.Error(), `add a rule: send NFT_MSG_NEWCHAIN in "n": `) {
		t.Errorf("a chain with a name of 300 bytes: %v", err)
	}
	if err := AddRules(t.Context(), h, 77, "t", "c", 1, "", nil); err == nil {
		t.Error("a table of family 77")
	}
	if n, err := CountNFTables(t.Context(), h, AllFamilies, "n", nil); err != nil || n != 1 {
		t.Errorf("counted %d, %v; want 1", n, err)
	}
}

func newNetNS(t *testing.T) *nsfs.Handle {
	t.Helper()
	h, err := nsfs.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

// A filter table as iptables-legacy makes it has three hooks with a policy
// each, the entry that ends the table, and here five rules. A table of
// arptables has fewer hooks.
func TestTableInfo(t *testing.T) {
	for _, hooks := range []int{5, 3} {
		b := make([]byte, xtInfoLen(hooks))
		if want := map[int]int{5: 84, 3: 68}[hooks]; len(b) != want {
			t.Errorf("%d bytes for %d hooks, want %d", len(b), hooks, want)
		}
		copy(b, "filter")
		binary.NativeEndian.PutUint32(b[32:], 0b01110)
		binary.NativeEndian.PutUint32(b[len(b)-8:], 3+1+5)
		binary.NativeEndian.PutUint32(b[len(b)-4:], 1504)
		if n := xtRules(b, hooks); n != 5 {
			t.Errorf("%d rules, want 5", n)
		}
		if n := xtRules(make([]byte, len(b)), hooks); n != 0 {
			t.Errorf("an empty table has %d rules", n)
		}
	}
}

// A new namespace has no rules, even on a kernel without legacy tables.
func TestIntegrationCountLegacyNone(t *testing.T) {
	h := newNetNS(t)
	for _, program := range []Legacy{IPTables, IP6Tables, ARPTables, EBTables} {
		if n, err := CountLegacy(h, program); err != nil || n != 0 {
			t.Errorf("program %d: counted %d, %v", program, n, err)
		}
	}
}

// Rules of the legacy programs are counted in their namespace and in no other.
func TestIntegrationCountLegacy(t *testing.T) {
	testenv.NeedInitRoot(t, "the kernel loads tables for nobody else")
	for _, tt := range []struct {
		program Legacy
		tool    string
		rules   []string
	}{
		{IPTables, "iptables-legacy", []string{"-A INPUT -j DROP", "-A FORWARD -s 10.0.0.0/8 -j ACCEPT", "-t mangle -A OUTPUT -j ACCEPT"}},
		{IP6Tables, "ip6tables-legacy", []string{"-A INPUT -j DROP", "-A FORWARD -s fd00::/8 -j ACCEPT"}},
		{ARPTables, "arptables-legacy", []string{"-A INPUT -j DROP", "-A OUTPUT -s 10.0.0.1 -j ACCEPT"}},
		{EBTables, "ebtables-legacy", []string{"-A FORWARD -j DROP", "-A INPUT -p ARP -j ACCEPT", "-t nat -A PREROUTING -j ACCEPT"}},
	} {
		t.Run(tt.tool, func(t *testing.T) {
			testenv.NeedTool(t, tt.tool)
			h, other := newNetNS(t), newNetNS(t)
			for _, rule := range tt.rules {
				cmd := h.Command(t.Context(), tt.tool, strings.Fields(rule)...)
				if out, err := cmd.CombinedOutput(); err != nil {
					for _, why := range []string{"kernel doesn't support", "do you need to insmod", "can't initialize"} {
						if strings.Contains(string(out), why) {
							t.Skipf("this kernel has no such tables: %s", out)
						}
					}
					t.Fatalf("%s %s: %v\n%s", tt.tool, rule, err, out)
				}
			}
			if n, err := CountLegacy(h, tt.program); err != nil || n != len(tt.rules) {
				t.Errorf("counted %d, %v; want %d", n, err, len(tt.rules))
			}
			if n, err := CountLegacy(other, tt.program); err != nil || n != 0 {
				t.Errorf("counted %d, %v in another namespace", n, err)
			}
		})
	}
}
