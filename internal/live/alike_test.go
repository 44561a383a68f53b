package live

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nslab/nslab/engine"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/sysctl"
	"golang.org/x/sys/unix"
)

// Each setting of an interface that can be changed changes what the kernel
// tells of the interface, but for those that are read by themselves. So
// interfaces of which it tells the same have the same settings.
func TestIntegrationSettingsAreTold(t *testing.T) {
	ctx := context.Background()
	h, err := nsfs.New()
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	c, err := rtnl.Dial(&rtnl.Config{NetNS: rtnl.NetNSFD(h.FD())})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Do(ctx, &rtnl.LinkAdd{Name: "a.b", Kind: &rtnl.Veth{Peer: &rtnl.VethPeer{Name: "peer"}}}); err != nil {
		t.Fatal(err)
	}
	told := func() string {
		l, err := c.Link(ctx, rtnl.LinkName("a.b"))
		if err != nil {
			t.Fatal(err)
		}
		tables := make(map[uint32]string)
		if err := readNeighTables(ctx, c, tables); err != nil {
			t.Fatal(err)
		}
		if confOf(&l) == "" || tables[l.Index] == "" {
			t.Fatal("the kernel tells nothing")
		}
		return confOf(&l) + tables[l.Index]
	}
	all, err := sysctl.OfInterface(h, "a.b")
	if err != nil {
		t.Fatal(err)
	}
	read := func(key string) string {
		values, err := sysctl.Read(h, []string{key})
		if err != nil {
			t.Fatal(err)
		}
		return values[0]
	}
	changed := 0
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if slices.Contains(untold, forInterface(key, "%")) {
			continue
		}
		was := told()
		for _, value := range []string{"1", "2", "0", "1300", "77", "100000"} {
			before := read(key)
			if _, err := sysctl.Try(h, key, value); err != nil || read(key) == before {
				continue
			}
			changed++
			if told() == was {
				t.Errorf("%s: %s -> %s is not told", key, before, value)
			}
			break
		}
	}
	t.Logf("%d of %d settings were changed", changed, len(all))
	if changed < 80 {
		t.Error("too few")
	}
}

// The settings of an interface that is like one that was read are its own.
func TestIntegrationSettingsAlike(t *testing.T) {
	ctx := context.Background()
	e := &engine.Engine{Dir: nsfs.Dir{Path: filepath.Join(t.TempDir(), "ns")}}
	defer e.Close()
	h, err := e.Dir.Create(ctx, "n")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := errors.Join(h.Close(), e.Dir.Delete(ctx, "n"), unix.Unmount(e.Dir.Path, unix.MNT_DETACH)); err != nil {
			t.Error(err)
		}
	}()
	c, err := e.Conn("n")
	if err != nil {
		t.Fatal(err)
	}
	add := &rtnl.LinkAdd{Name: "a", Kind: &rtnl.Veth{Peer: &rtnl.VethPeer{Name: "b.c"}}}
	if err := c.Do(ctx, add); err != nil {
		t.Fatal(err)
	}
	const own = "net.ipv6.conf.b/c.regen_min_advance"
	if _, err := sysctl.Try(h, own, "7"); err != nil {
		t.Logf("%s: %v", own, err) // not there before Linux 6.8
	}
	m := &More{ctx: ctx, engine: e}
	links, err := m.Links("n")
	if err != nil {
		t.Fatal(err)
	}
	for i := range links {
		got, err := m.Settings("n", &links[i])
		if err != nil {
			t.Fatal(err)
		}
		want, err := sysctl.OfInterface(h, links[i].Name)
		if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Errorf("%s: %v\n(-want +got):\n%s", links[i].Name, err, d)
		}
	}
	if len(m.alike) >= len(links) {
		t.Errorf("%d kinds of interfaces among %d", len(m.alike), len(links))
	}
}

// A setting is rewritten for another interface, dots or not.
func TestForInterface(t *testing.T) {
	for _, part := range []string{"eth0", "a/b"} {
		key := "net.ipv4.neigh." + part + ".gc_stale_time"
		if got := forInterface(forInterface(key, "%"), part); got != key {
			t.Errorf("got %s, want %s", got, key)
		}
	}
}
