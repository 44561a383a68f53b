package settle_test

import (
	"context"
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nslab/nslab/internal/settle"
	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/nsfs"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// pair makes a veth pair between two new namespaces, which the commands call A
// and B, and returns their names. The test runs side by side with others.
func pair(t *testing.T, commands ...string) (a, b string) {
	t.Helper()
	t.Parallel()
	testenv.NeedTool(t, "ip")
	suffix := strings.ReplaceAll(t.Name(), "/", "-")
	a, b = "a-"+suffix, "b-"+suffix
	name := strings.NewReplacer("A", a, "B", b)
	for _, c := range append([]string{"netns add A", "netns add B", "-n A link add v0 type veth peer name v1 netns B"}, commands...) {
		testenv.Run(t, "ip", strings.Fields(name.Replace(c))...)
	}
	t.Cleanup(func() {
		testenv.Run(t, "ip", "netns", "del", a)
		testenv.Run(t, "ip", "netns", "del", b)
	})
	return a, b
}

// After the wait, nothing more changes by itself.
func TestIntegrationWait(t *testing.T) {
	a, b := pair(t, "-n A link set v0 up", "-n B link set v1 up", "-n A addr add fd00::1/64 dev v0", "-n A addr add fd01::1/64 dev v0 nodad")
	settle.Wait(t, a, b)
	out := testenv.Run(t, "ip", "-n", a, "-o", "addr", "show", "dev", "v0")
	if strings.Contains(out, "tentative") || !strings.Contains(out, "fe80:") {
		t.Errorf("addresses are still being checked:\n%s", out)
	}
	if link := testenv.Run(t, "ip", "-n", a, "link", "show", "dev", "v0"); !strings.Contains(link, "state UP") {
		t.Errorf("no carrier yet:\n%s", link)
	}
	routes := testenv.Run(t, "ip", "-n", a, "-6", "route", "show", "table", "local", "type", "local")
	for _, want := range []string{"local fd00::1 ", "local fd01::1 ", "local fe80::"} {
		if !strings.Contains(routes, want) {
			t.Errorf("no route %q in\n%s", want, routes)
		}
	}
}

// A settled namespace is not waited for, whatever it contains.
func TestIntegrationSettled(t *testing.T) {
	for name, commands := range map[string][]string{
		"down":                           nil,
		"the other end is down":          {"-n A link set v0 up"},
		"an address, no carrier":         {"-n A link set v0 up", "-n A addr add fd00::1/64 dev v0"},
		"an unchecked one, no carrier":   {"-n A link set v0 up", "-n A addr add fd00::1/64 dev v0 nodad"},
		"no generation":                  {"-n A link set v0 addrgenmode none up", "-n B link set v1 addrgenmode none up"},
		"too small for IPv6":             {"-n A link set v0 mtu 1000 up", "-n B link set v1 mtu 1000 up"},
		"a link-local address is gone":   {"-n A link set v0 up", "-n B link set v1 up", "-n A addr flush dev v0"},
		"IPv6 is off":                    {"-n A link set v0 up", "-n B link set v1 up", "netns exec A sysctl -qw net.ipv6.conf.v0.disable_ipv6=1"},
		"a bridge without a port":        {"-n A link add br0 type bridge", "-n A link set br0 up"},
		"a port of a bridge":             {"-n A link add br0 type bridge", "-n A link set v0 master br0 up", "-n A link set br0 up", "-n B link set v1 up"},
		"a bridge that is up last":       {"-n A link add br0 type bridge", "-n A link set v0 master br0 up", "-n B link set v1 up", "-n A link set br0 up"},
		"a vxlan":                        {"-n A link add vx type vxlan id 5 dstport 4789 local 10.0.0.1", "-n A link set vx up"},
		"a port without a link to speak": {"-n A link add br0 type bridge", "-n A link set v0 master br0 up", "-n A link set br0 up"},
	} {
		t.Run(name, func(t *testing.T) {
			testenv.NeedTool(t, "sysctl")
			a, b := pair(t, commands...)
			settle.Wait(t, a, b)
		})
	}
}

// The error names a route that does not come.
func TestIntegrationUnsettled(t *testing.T) {
	a, b := pair(t, "-n A link set v0 up", "-n B link set v1 up", "-n A addr add fd00::1/64 dev v0 nodad")
	settle.Wait(t, a, b)
	testenv.Run(t, "ip", "-n", a, "-6", "route", "del", "local", "fd00::1", "dev", "v0", "table", "local")
	h, err := nsfs.Dir{}.Open(a)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	ctx, stop := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer stop()
	if err := settle.Namespace(ctx, h); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "fd00::1/64 of v0 has no local route") {
		t.Errorf("got %v", err)
	}
	if err := settle.Names(t.Context(), "nothere"); err == nil {
		t.Error("a namespace that is not there has settled")
	}
}

// Every one of many waits ends, and after each the state is complete.
func TestIntegrationWaitMany(t *testing.T) {
	a, _ := pair(t, "-n A link set v0 addrgenmode none up", "-n B link set v1 addrgenmode none up")
	add := []string{"-n", a, "-6", "-b", "-"}
	for i := range 20 {
		cmd := exec.Command("ip", add...)
		verb := []string{"add", "del"}[i%2]
		cmd.Stdin = strings.NewReader("addr " + verb + " fd00::1/64 dev v0 nodad\naddr " + verb + " fd01::1/64 dev v0 nodad\n")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		settle.Wait(t, a)
		routes := strings.Fields(testenv.Run(t, "ip", "-n", a, "-6", "route", "show", "table", "local", "type", "local", "root", "fd00::/8"))
		if got := slices.Contains(routes, "fd00::1") && slices.Contains(routes, "fd01::1"); got != (verb == "add") {
			t.Fatalf("after %q: %q", verb, routes)
		}
	}
}
