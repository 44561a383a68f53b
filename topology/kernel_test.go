package topology

import (
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nslab/nslab/internal/testenv"
)

// addBridge has iproute2 make a bridge in the test's own namespace, and delete
// it again. It returns ip's message if the kernel refuses.
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

// TestKernelTakesBridgeOptions compares the bounds of the options in the table
// with the kernel's.
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
		if k.option == nil {
			continue
		}
		t.Run(k.name, func(t *testing.T) {
			lo, hi := k.min, k.max
			if k.typ == typeBool {
				hi = 1
			}
			if k.name == "group_fwd_mask" {
				hi &^= 7 // checked separately
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

// TestKernelTakesNames compares the rule for names of interfaces with the
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
