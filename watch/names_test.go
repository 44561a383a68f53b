package watch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// Namespaces come and go while others are watched. Watching does not keep a
// deleted one alive.
func TestIntegrationComeAndGo(t *testing.T) {
	events := start(t, Config{})
	const n = 20
	for round := range 2 {
		var all []*nsfs.Handle
		for i := range n {
			name := fmt.Sprintf("watch-%d", i)
			h, err := nsfs.Dir{}.Create(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, h)
			sentence(t, events, name+": namespace appeared")
			c, err := rtnl.Dial(&rtnl.Config{NetNS: rtnl.NetNSFD(h.FD())})
			if err != nil {
				t.Fatal(err)
			}
			do(t, c, linkUp("lo"))
			c.Close()
			sentence(t, events, name+": link lo went up")
		}
		for i, h := range all {
			name := fmt.Sprintf("watch-%d", i)
			h.Close()
			if err := (nsfs.Dir{}).Delete(t.Context(), name); err != nil {
				t.Fatal(err)
			}
			sentence(t, events, name+": namespace is gone")
		}
		if t.Failed() {
			t.Fatalf("round %d", round)
		}
	}
}

// aside returns a directory of namespaces that is not watched. It ends with the
// tests' /run.
func aside(t *testing.T) nsfs.Dir {
	t.Helper()
	path, err := os.MkdirTemp("/run", "aside")
	must(t, err)
	return nsfs.Dir{Path: path}
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func bindMount(t *testing.T, h *nsfs.Handle, at string) {
	t.Helper()
	must(t, unix.Mount(fmt.Sprintf("/proc/self/fd/%d", h.FD()), at, "", unix.MS_BIND, ""))
}

// anonymous makes a namespace without a name. When it ends, link goes, which is
// in the test's own namespace.
func anonymous(t *testing.T, link string) *nsfs.Handle {
	t.Helper()
	h, err := nsfs.New()
	must(t, err)
	t.Cleanup(func() { h.Close() })
	c, err := rtnl.Dial(nil)
	must(t, err)
	defer c.Close()
	ns := rtnl.NetNSFD(h.FD())
	do(t, c, &rtnl.LinkAdd{Name: link, Kind: &rtnl.Veth{Peer: &rtnl.VethPeer{Name: "peer", LinkAttrs: rtnl.LinkAttrs{NetNS: ns}}}})
	return h
}

// linkGone waits until a link of the test's own namespace is gone.
func linkGone(t *testing.T, link string) {
	t.Helper()
	m, err := rtnl.Listen(&rtnl.MonitorConfig{Groups: []uint32{unix.RTNLGRP_LINK}})
	must(t, err)
	defer m.Close()
	c, err := rtnl.Dial(nil)
	must(t, err)
	defer c.Close()
	for {
		if _, err := c.LinkIndex(t.Context(), link); errors.Is(err, os.ErrNotExist) {
			return
		}
		if _, err := m.Receive(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// Every way in which a name may come to lead elsewhere is noticed, and the
// namespace can end.
func TestIntegrationNameLeadsElsewhere(t *testing.T) {
	dir := nsfs.Dir{}
	file, aside := dir.File("x"), aside(t)
	bound := func(t *testing.T, h *nsfs.Handle) { must(t, dir.Bind(t.Context(), "x", h)) }
	linked := func(t *testing.T, h *nsfs.Handle) {
		must(t, aside.Bind(t.Context(), "there", h), os.Symlink(aside.File("there"), file))
	}
	cover := func(t *testing.T) { must(t, unix.Mount("over", dir.File(""), "tmpfs", 0, "")) }
	uncover := func(t *testing.T) { must(t, unix.Unmount(dir.File(""), unix.MNT_DETACH)) }
	for name, tt := range map[string]struct {
		name func(*testing.T, *nsfs.Handle)
		// away makes the name lead elsewhere, to other if that appears; back
		// undoes that.
		away    func(t *testing.T, other *nsfs.Handle)
		appears bool
		back    func(t *testing.T)
		// kept says that the namespace lives on under another name.
		kept bool
	}{
		"unmounted": {name: bound, away: func(t *testing.T, _ *nsfs.Handle) { must(t, unix.Unmount(file, 0)) }},
		"detached":  {name: bound, away: func(t *testing.T, _ *nsfs.Handle) { must(t, unix.Unmount(file, unix.MNT_DETACH)) }},
		"removed":   {name: bound, away: func(t *testing.T, _ *nsfs.Handle) { must(t, dir.Delete(t.Context(), "x")) }},
		"bound over": {
			name: bound, away: func(t *testing.T, other *nsfs.Handle) { bindMount(t, other, file) }, appears: true,
			back: func(t *testing.T) { must(t, unix.Unmount(file, 0)) }, kept: true,
		},
		"covered": {
			name: bound, away: func(t *testing.T, _ *nsfs.Handle) { cover(t) }, back: uncover, kept: true,
		},
		"link's target unmounted": {
			name: linked, away: func(t *testing.T, _ *nsfs.Handle) { must(t, unix.Unmount(aside.File("there"), 0)) },
		},
		"link's target bound over": {
			name: linked, away: func(t *testing.T, other *nsfs.Handle) { bindMount(t, other, aside.File("there")) }, appears: true,
			back: func(t *testing.T) { must(t, unix.Unmount(aside.File("there"), 0)) }, kept: true,
		},
		"link replaced": {
			name: linked, away: func(t *testing.T, other *nsfs.Handle) {
				must(t, aside.Bind(t.Context(), "elsewhere", other), os.Remove(file), os.Symlink(aside.File("elsewhere"), file))
			}, appears: true, kept: true,
		},
		"link on the way replaced": {
			name: func(t *testing.T, h *nsfs.Handle) {
				must(t, aside.Bind(t.Context(), "there", h), os.Symlink("there", aside.File("way")), os.Symlink(aside.File("way"), file))
			},
			away: func(t *testing.T, other *nsfs.Handle) {
				must(t, aside.Bind(t.Context(), "elsewhere", other), os.Symlink("elsewhere", aside.File("new")),
					os.Rename(aside.File("new"), aside.File("way")))
			}, appears: true, kept: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			h, other := anonymous(t, "v0"), anonymous(t, "v1")
			tt.name(t, h)
			must(t, h.Close())
			events := start(t, Config{})
			tt.away(t, other)
			sentence(t, events, "x: namespace is gone")
			if tt.appears {
				sentence(t, events, "x: namespace appeared")
			}
			if tt.back != nil {
				tt.back(t)
				if tt.appears {
					sentence(t, events, "x: namespace is gone")
				}
				sentence(t, events, "x: namespace appeared")
			}
			if !tt.kept {
				linkGone(t, "v0")
			}
			for _, d := range []nsfs.Dir{dir, aside} {
				names, err := d.List()
				must(t, err)
				for _, n := range names {
					must(t, d.Delete(t.Context(), n))
				}
			}
			must(t, other.Close())
			linkGone(t, "v0")
			linkGone(t, "v1")
		})
	}
}

// The directory is renamed, or one above it, and comes back.
func TestIntegrationDirectoryRenamed(t *testing.T) {
	there := aside(t)
	h, err := there.Create(t.Context(), "there")
	must(t, err, h.Close())
	t.Cleanup(func() { must(t, there.Delete(context.WithoutCancel(t.Context()), "there")) })
	top := aside(t).Path
	dir := nsfs.Dir{Path: top + "/above/names"}
	must(t, os.MkdirAll(dir.Path, 0o755), os.Symlink(there.File("there"), dir.File("x")))
	events := start(t, Config{Dir: dir})
	for _, path := range []string{dir.Path, top + "/above"} {
		must(t, os.Rename(path, path+"-away"))
		sentence(t, events, "x: namespace is gone")
		must(t, os.Rename(path+"-away", path))
		sentence(t, events, "x: namespace appeared")
	}
	// Its replacement need not be a directory.
	must(t, os.Rename(dir.Path, dir.Path+"-away"))
	sentence(t, events, "x: namespace is gone")
	must(t, os.WriteFile(dir.Path, nil, 0o644))
	sentence(t, events, "some namespaces are watched later: watch "+dir.Path+": not a directory")
	must(t, os.Remove(dir.Path), os.Rename(dir.Path+"-away", dir.Path))
	sentence(t, events, "x: namespace appeared")
}

// The end of a file system that was mounted over the directory is not taken for
// a name.
func TestIntegrationDirectoryUnmounted(t *testing.T) {
	path := aside(t).Path
	must(t, unix.Mount("over", path, "tmpfs", 0, ""))
	d, err := openDirectory(nsfs.Dir{Path: path})
	must(t, err)
	defer d.close()
	must(t, unix.Unmount(path, 0))
	names, all, err := d.changed()
	if err != nil || len(names) > 0 || !all {
		t.Errorf("got %q, %v, %v", names, all, err)
	}
}

// A name that leads to the namespace of a process ends with the process.
func TestIntegrationNameOfProcess(t *testing.T) {
	in, out, err := os.Pipe()
	must(t, err)
	defer in.Close()
	cmd := exec.Command("cat")
	cmd.Stdin, cmd.SysProcAttr = in, &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET}
	must(t, cmd.Start(), os.Symlink(fmt.Sprintf("/proc/%d/ns/net", cmd.Process.Pid), nsfs.Dir{}.File("p")))
	t.Cleanup(func() { os.Remove(nsfs.Dir{}.File("p")) })
	events := start(t, Config{})
	must(t, out.Close(), cmd.Wait())
	sentence(t, events, "p: namespace is gone")
}
