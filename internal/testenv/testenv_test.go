package testenv_test

import (
	"net"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestFresh(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Errorf("uid %d, want 0", os.Geteuid())
	}
	ifaces, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	if len(ifaces) != 1 || ifaces[0].Name != "lo" || ifaces[0].Flags&net.FlagUp != 0 {
		t.Errorf("interfaces %v, want lo, down", ifaces)
	}
	if entries, err := os.ReadDir("/run"); err != nil || len(entries) != 0 {
		t.Errorf("/run has %v, %v; want it empty", entries, err)
	}
}

func TestSysfs(t *testing.T) {
	testenv.NeedSysfs(t)
	testenv.NeedTool(t, "ip", "brctl")
	testenv.Run(t, "ip", "link", "add", "br0", "type", "bridge")
	defer testenv.Run(t, "ip", "link", "del", "br0")
	if out := testenv.Run(t, "brctl", "show"); !strings.Contains(out, "br0") {
		t.Errorf("brctl show does not see br0:\n%s", out)
	}
}

// recorder replaces the testing.TB of a test that should fail or skip.
type recorder struct {
	testing.TB
	failed, skipped string
}

func (r *recorder) Helper() {}
func (r *recorder) Fatalf(format string, args ...any) {
	r.failed = strings.TrimSpace(strings.Join([]string{format}, ""))
	for _, a := range args {
		if s, ok := a.(string); ok {
			r.failed += "|" + s
		}
	}
	panic(r)
}
func (r *recorder) Skip(args ...any) {
	r.skipped = args[0].(string)
	panic(r)
}

func outcome(t *testing.T, fn func(testing.TB)) *recorder {
	t.Helper()
	r := &recorder{TB: t}
	func() {
		defer func() {
			if v := recover(); v != nil && v != r {
				panic(v)
			}
		}()
		fn(r)
	}()
	return r
}

func TestNeedTool(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv("NSLAB_TEST_REQUIRE_TOOLS", "")
	r := outcome(t, func(tb testing.TB) { testenv.NeedTool(tb, "brctl") })
	if want := "needs brctl (Debian package bridge-utils)"; r.skipped != want {
		t.Errorf("skipped %q, want %q", r.skipped, want)
	}
	t.Setenv("NSLAB_TEST_REQUIRE_TOOLS", "1")
	r = outcome(t, func(tb testing.TB) { testenv.NeedTool(tb, "brctl") })
	if r.skipped != "" || !strings.Contains(r.failed, "needs brctl") {
		t.Errorf("with the variable set: skipped %q, failed %q", r.skipped, r.failed)
	}
	if r = outcome(t, func(tb testing.TB) { testenv.NeedTool(tb, "no-such-tool") }); r.failed == "" {
		t.Error("an unknown tool passed")
	}
}

func TestNeedInitRoot(t *testing.T) {
	want := !testenv.InInitUserNamespace(t)
	t.Setenv("NSLAB_TEST_REQUIRE_ROOT", "")
	r := outcome(t, func(tb testing.TB) { testenv.NeedInitRoot(tb, "to try") })
	if (r.skipped != "") != want {
		t.Errorf("skipped %q, want a skip: %v", r.skipped, want)
	}
	t.Setenv("NSLAB_TEST_REQUIRE_ROOT", "1")
	r = outcome(t, func(tb testing.TB) { testenv.NeedInitRoot(tb, "to try") })
	if (r.failed != "") != want {
		t.Errorf("failed %q, want a failure: %v", r.failed, want)
	}
}

// TestCheckSeesLeaks leaks one thing of each kind and checks what Check finds.
func TestCheckSeesLeaks(t *testing.T) {
	before := testenv.Snapshot(t)
	before.Check(t)

	f, err := os.Open("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	if diff := before.Diff(t); !strings.Contains(diff, "/dev/null") {
		t.Errorf("an open descriptor is not seen: %q", diff)
	}
	f.Close()
	before.Check(t)

	dir := t.TempDir()
	if err := unix.Mount("none", dir, "tmpfs", 0, ""); err != nil {
		t.Fatal(err)
	}
	if diff := before.Diff(t); !strings.Contains(diff, "new mount") {
		t.Errorf("a mount is not seen: %q", diff)
	}
	if err := unix.Unmount(dir, 0); err != nil {
		t.Fatal(err)
	}
	before.Check(t)

	moved, leave, left := make(chan error), make(chan struct{}), make(chan struct{})
	go strayThread(moved, leave, left)
	if err := <-moved; err != nil {
		t.Fatal(err)
	}
	if diff := before.Diff(t); !strings.Contains(diff, "thread ") {
		t.Errorf("a thread in another namespace is not seen: %q", diff)
	}
	close(leave)
	<-left
	before.Check(t)
}
