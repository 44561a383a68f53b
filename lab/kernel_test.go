package lab

import (
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/rtnl"
)

// addBridge has iproute2 make a bridge in the test's own namespace, and delete
// it again. It returns what ip says when the kernel refuses.
func addBridge(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command("ip", append([]string{"link", "add", "name", name, "type", "bridge"}, args...)...).CombinedOutput()
	if err != nil {
		return strings.TrimSpace(string(out)) + " " + err.Error()
	}
	if out, err := exec.Command("ip", "link", "delete", "dev", name).CombinedOutput(); err != nil {
		t.Fatalf("delete %q: %v: %s", name, err, out)
	}
	return ""
}

// TestKernelTakesBridgeOptions holds the bounds of the options in the table
// against the kernel's.
func TestKernelTakesBridgeOptions(t *testing.T) {
	testenv.NeedTool(t, "ip")
	names := strings.NewReplacer("multicast_", "mcast_", "stp", "stp_state")
	text := func(k *key, v int64) string {
		if k.typ == typeDuration {
			v /= int64(10 * time.Millisecond)
		}
		return strconv.FormatInt(v, 10)
	}
	for _, k := range bridgeKeys() {
		if k.set == nil {
			continue
		}
		t.Run(k.name, func(t *testing.T) {
			lo, hi := k.min, k.max
			if k.typ == typeBool {
				hi = 1
			}
			if k.name == "group_fwd_mask" {
				hi &^= 7 // checked apart
			}
			option := names.Replace(k.name)
			if bad := addBridge(t, "br", option, text(&k, lo)); strings.Contains(bad, "not supported") {
				t.Skipf("this kernel: %s", bad)
			}
			for _, v := range []int64{lo, hi} {
				if bad := addBridge(t, "br", option, text(&k, v)); bad != "" {
					t.Errorf("the kernel refuses %s %s: %s", option, text(&k, v), bad)
				}
			}
			if k.name == "hello_time" || k.name == "max_age" {
				for _, v := range []int64{lo - int64(10*time.Millisecond), hi + int64(10*time.Millisecond)} {
					if addBridge(t, "br", option, text(&k, v)) == "" {
						t.Errorf("the kernel takes %s %s, which the table refuses", option, text(&k, v))
					}
				}
			}
		})
	}
	if addBridge(t, "br", "group_fwd_mask", "7") == "" {
		t.Error("the kernel takes group_fwd_mask 7, which the parser refuses")
	}
}

// TestKernelTakesNames holds the rule for names of interfaces against the
// kernel's.
func TestKernelTakesNames(t *testing.T) {
	testenv.NeedTool(t, "ip")
	for _, name := range []string{"a", "br.1", "-x", "é", "a~b", "a@b", "a,b", "0", "abcdefghijklmno", "h123456-awr7kkr", "ab-éé-ikfxqid", "a\x7fb", "a\u00a0b",
		"abcdefghijklmnop", "a/b", "a:b", "a b", "a\tb", ".", "..", "all", "default", "lo", ""} {
		kernel := addBridge(t, name)
		if ours := badIface(name); ours == "" && kernel != "" {
			t.Errorf("%q: the kernel says %q", name, kernel)
		} else if ours != "" && kernel == "" && !strings.ContainsAny(name, "\x7f\u00a0:") {
			t.Errorf("%q %s, but the kernel takes it", name, ours)
		}
	}
}

// A bridge that is not the root reports the root's timers. Its own are what they
// were last set to: another up has nothing to do.
func TestIntegrationTimersBesideRoot(t *testing.T) {
	file := func(hello string) string {
		return `
name: t
nodes:
  a: {kind: bridge, bridge: {stp: true, priority: 4096, hello_time: 4s, max_age: 12s}}
  b: {kind: bridge, bridge: {stp: true, ` + hello + `max_age: 9s}}
links:
  - {endpoints: [a, b]}
`
	}
	up(t, nil, file("hello_time: 3s, "))
	l := openLab(t, "t")
	n, err := l.Node("b")
	if err != nil {
		t.Fatal(err)
	}
	c, err := n.Conn()
	if err != nil {
		t.Fatal(err)
	}
	read := func() *rtnl.BridgeInfo {
		link, err := c.Link(bg, rtnl.LinkName("br0"))
		if err != nil {
			t.Fatal(err)
		}
		b, err := rtnl.DecodeBridge(link.Data)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	// Nothing tells of the root but the bridge itself.
	for end, b := time.Now().Add(answerTime), read(); b.RootID == b.BridgeID; b = read() {
		if time.Now().After(end) {
			t.Fatal("b has not found its root")
		}
		runtime.Gosched()
	}
	if b := read(); b.HelloTime.Or(0) != 4*time.Second {
		t.Errorf("b says hello_time %v; the test wants the root's", b.HelloTime)
	}
	if p := up(t, nil, file("hello_time: 3s, ")); !p.Empty() {
		t.Errorf("up of an unchanged file does\n%s", words(p))
	}
	for _, change := range []string{"hello_time: 5s, ", ""} {
		if got, want := words(up(t, nil, file(change))), "~ bridge"; !strings.HasPrefix(got, want) || strings.Contains(got, "\n") {
			t.Errorf("up with %q does\n%s", change, got)
		}
		if p := up(t, nil, file(change)); !p.Empty() {
			t.Errorf("another up with %q does\n%s", change, words(p))
		}
	}
}
