package probe

import (
	"context"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/vishvananda/netlink"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestDiff(t *testing.T) {
	const key = "a: ip -d link"
	want := State{key: []byte(`[{"ifname":"b","ifindex":2,"mtu":1500,"linkinfo":{"info_data":{"gc_timer":1,"forward_delay":0}}},{"ifname":"a"}]`)}
	for _, c := range []struct {
		name, got, skip string
		same            bool
	}{
		{"the same", string(want[key]), "", true},
		{"another order, index and timer", `[{"ifname":"a"},{},{"ifname":"b","ifindex":9,"mtu":1500,"linkinfo":{"info_data":{"gc_timer":5,"forward_delay":0}}}]`, "", true},
		{"another MTU", `[{"ifname":"a"},{"ifname":"b","mtu":1400,"linkinfo":{"info_data":{"forward_delay":0}}}]`, "", false},
		{"one less", `[{"ifname":"a"}]`, "", false},
		{"nothing", "", "", false},
		{"a delay", `[{"ifname":"a"},{"ifname":"b","mtu":1500,"linkinfo":{"info_data":{"forward_delay":1500}}}]`, "", false},
		{"a delay that is passed over", `[{"ifname":"a"},{"ifname":"b","mtu":1500,"linkinfo":{"info_data":{"forward_delay":1500}}}]`, "forward_delay", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			diff, err := Diff(State{key: []byte(c.got)}, want, strings.Fields(c.skip))
			if err != nil || (diff == "") != c.same {
				t.Errorf("differs: %q, %v", diff, err)
			}
		})
	}
	if _, err := Diff(State{key: []byte("{")}, want, nil); err == nil {
		t.Error("what is no JSON is compared")
	}
}

func TestTraceTime(t *testing.T) {
	const line = "  kworker/u8:0-15160   [001] ....1  3245.127001: workqueue_execute_end: work struct 00000000d6ab: function cleanup_net"
	if got, err := traceTime(line); err != nil || got != 3245127001*time.Microsecond {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := traceTime("nothing"); err == nil {
		t.Error("a line without a time has one")
	}
}

func TestSentinel(t *testing.T) {
	before := Now()
	s, err := NewSentinel()
	if err != nil {
		t.Fatal(err)
	}
	gone, err := s.letGo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if now := Now(); gone < before || gone > now {
		t.Errorf("gone at %s, not between %s and %s", gone, before, now)
	}
	if _, err := netlink.LinkByName(sentinelName); err == nil {
		t.Error("the device is still there")
	}
}

func TestPing(t *testing.T) {
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		t.Fatal(err)
	}
	if err := netlink.LinkSetUp(lo); err != nil {
		t.Fatal(err)
	}
	const self = "/proc/self/ns/net"
	if _, err := Ping(t.Context(), []Echo{{self, netip.MustParseAddr("127.0.0.1")}, {self, netip.MustParseAddr("127.0.0.2")}}); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Ping(ctx, []Echo{{self, netip.MustParseAddr("127.0.0.1")}}); err == nil {
		t.Error("answered without the time to")
	}
}

func TestRunner(t *testing.T) {
	testenv.NeedTool(t, "make", "cc")
	dir := t.TempDir()
	if out, err := exec.Command("make", "-s", "-C", "../floor", "DIR="+dir, filepath.Join(dir, "cost")).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	r := Runner{Cost: filepath.Join(dir, "cost")}
	c, err := r.Run(t.Context(), []string{os.Args[0], "-test.run=^$"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Wall <= 0 || c.MaxRSS <= 0 || c.User+c.System <= 0 {
		t.Errorf("it took %+v", c)
	}
	if _, err := r.Run(t.Context(), []string{"sh", "-c", "echo why >&2; exit 3"}); err == nil || !strings.Contains(err.Error(), "why") {
		t.Errorf("a failure is told as %v", err)
	}
}
