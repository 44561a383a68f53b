package sysctl

import (
	"errors"
	"io/fs"
	"os"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/nsfs"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// newNS returns a namespace that nothing else uses.
func newNS(t *testing.T) *nsfs.Handle {
	t.Helper()
	h, err := nsfs.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

func TestIntegrationReadAndTry(t *testing.T) {
	h := newNS(t)
	keys := []string{IPForward, "net.ipv4.nothere", "net.nothere.x", IPv6Forwarding, "net.ipv4.route.flush", "net.ipv4.ip_forward.x"}
	if v, err := Try(h, IPForward, "0x1"); err != nil || v != "1" {
		t.Errorf("got %q, %v", v, err)
	}
	got, err := Read(h, keys)
	if err != nil || got[0] != "1" || got[1] != "" || got[2] != "" || got[3] != "0" || got[4] != "" || got[5] != "" {
		t.Errorf("got %q, %v", got, err)
	}
	other, err := Read(newNS(t), keys)
	if err != nil || other[0] != "0" {
		t.Errorf("in another namespace: %q, %v", other, err)
	}
}

func TestIntegrationTryEach(t *testing.T) {
	h := newNS(t)
	errs, err := TryEach(h, []Setting{{IPForward, "x"}, {IPForward, "1"}, {"net.ipv4.nothere", "1"}, {"net.ipv6.conf.lo.mtu", "1400"}})
	if err != nil {
		t.Fatal(err)
	}
	var no *RefusedError
	if !errors.As(errs[0], &no) || !errors.Is(errs[0], unix.EINVAL) {
		t.Errorf("a value that is no number: %v", errs[0])
	}
	if errs[1] != nil || errs[3] != nil {
		t.Errorf("values as they should be: %v, %v", errs[1], errs[3])
	}
	if !errors.As(errs[2], &no) || !errors.Is(errs[2], fs.ErrNotExist) {
		t.Errorf("a setting that is not there: %v", errs[2])
	}
	if got, err := Read(h, []string{IPForward, "net.ipv6.conf.lo.mtu"}); err != nil || got[0] != "1" || got[1] != "1400" {
		t.Errorf("afterwards: %q, %v", got, err)
	}
}

func TestIntegrationAll(t *testing.T) {
	h := newNS(t)
	if _, err := Try(h, "net.ipv6.conf.lo.mtu", "1399"); err != nil {
		t.Fatal(err)
	}
	all, err := All(h)
	if err != nil || all["net.ipv6.conf.lo.mtu"] != "1399" || all[IPForward] != "0" {
		t.Errorf("%d settings, %q, %v", len(all), all["net.ipv6.conf.lo.mtu"], err)
	}
	for key := range all {
		if states, err := LookUp(h, []string{key}); err != nil || states[0] != Writable {
			t.Errorf("%s: %v, %v", key, states, err)
		}
	}
}

func TestIntegrationLookUp(t *testing.T) {
	want := map[string]State{
		IPForward: Writable, "net.ipv6.conf.lo": Directory, "net.ipv4.nothere": Missing, "net.nothere.x": NoDirectory,
		"net.ipv4.ip_forward.x": NoDirectory, "net.ipv4.tcp_available_congestion_control": ReadOnly,
	}
	var keys []string
	for key := range want {
		keys = append(keys, key)
	}
	for name, h := range map[string]*nsfs.Handle{"a namespace": newNS(t), "the caller's": nil} {
		states, err := LookUp(h, keys)
		if err != nil {
			t.Fatal(err)
		}
		for i, key := range keys {
			if states[i] != want[key] {
				t.Errorf("%s, %s: got %d, want %d", name, key, states[i], want[key])
			}
		}
	}
}

// A Proc reads each namespace's own settings, through more mounts than one, and
// leaves no descriptor.
func TestIntegrationProc(t *testing.T) {
	count := func() int {
		t.Helper()
		all, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	one, two := newNS(t), newNS(t)
	before := count()
	var p Proc
	if err := one.Do(func() error { return p.Write(IPForward, "1") }); err != nil {
		t.Fatal(err)
	}
	for i := range 2 * filesPerMount {
		for want, h := range map[string]*nsfs.Handle{"1": one, "0": two} {
			err := h.Do(func() error {
				got, err := p.Read([]string{IPForward})
				if err == nil && got[0] != want {
					t.Errorf("reading %d: got %q, want %s", i, got, want)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	p.Close()
	if after := count(); after != before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}
