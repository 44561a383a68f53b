package nsfs_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/nsfs"
)

// ipNames returns the names that `ip netns list` prints, sorted.
func ipNames(t testing.TB) []string {
	t.Helper()
	var names []string
	for line := range strings.Lines(ip(t, "netns", "list")) {
		names = append(names, strings.Fields(line)[0])
	}
	slices.Sort(names)
	return names
}

// TestInterop lets ip-netns(8) and nsfs work on each other's namespaces, in the
// directory of ip-netns(8) and in another one mounted there.
func TestInterop(t *testing.T) {
	testenv.NeedTool(t, "ip", "sleep")
	t.Run("default directory", func(t *testing.T) {
		freshRun(t)
		interop(t, nsfs.Dir{})
	})
	t.Run("another directory", func(t *testing.T) {
		freshRun(t)
		d := nsfs.Dir{Path: filepath.Join(scratch(t), "else where")}
		// One namespace makes the directory a shared mount, and the next mount
		// joins it.
		create(t, d, "first")
		if err := os.Mkdir("/run/netns", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := unix.Mount(d.Path, "/run/netns", "none", unix.MS_BIND, ""); err != nil {
			t.Fatal(err)
		}
		if err := d.Delete(context.Background(), "first"); err != nil {
			t.Fatal(err)
		}
		interop(t, d)
	})
}

func interop(t *testing.T, d nsfs.Dir) {
	ctx := context.Background()
	ours := create(t, d, "ours")
	ip(t, "netns", "add", "theirs")

	want := []string{"ours", "theirs"}
	if got, err := d.List(); err != nil || !slices.Equal(got, want) {
		t.Errorf("List: %q, %v; want %q", got, err, want)
	}
	if got := ipNames(t); !slices.Equal(got, want) {
		t.Errorf("ip netns list: %q, want %q", got, want)
	}

	// Each enters the other's namespace and finds what was created there.
	ip(t, "-n", "ours", "link", "add", "p0", "type", "veth", "peer", "name", "p1")
	theirs, err := d.Open("theirs")
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.Close()
	if theirs.Same(ours) {
		t.Error("ours and theirs are the same")
	}
	var seen string
	if err := ours.Do(func() error {
		b, err := os.ReadFile("/proc/thread-self/net/dev")
		seen = string(b)
		return err
	}); err != nil || !strings.Contains(seen, "p0:") || !strings.Contains(seen, "p1:") {
		t.Errorf("%v, interfaces inside: %s", err, seen)
	}
	if got := ip(t, "netns", "exec", "ours", "readlink", "/proc/self/ns/net"); got != ours.ID().String() {
		t.Errorf("ip netns exec is in %s, want %s", got, ours.ID())
	}
	if got := ip(t, "netns", "exec", "theirs", "readlink", "/proc/self/ns/net"); got != theirs.ID().String() {
		t.Errorf("Open has %s, ip netns exec is in %s", theirs.ID(), got)
	}

	// The processes inside, and the name.
	for _, name := range want {
		c, err := d.Command(ctx, name, "sleep", "1000")
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		end := func() {
			c.Process.Kill()
			c.Wait()
		}
		defer end()
		pid := c.Process.Pid
		pids, err := d.Pids(ctx, name)
		if got := strings.Fields(ip(t, "netns", "pids", name)); err != nil || fmt.Sprint(pids) != fmt.Sprint(got) || !slices.Contains(pids, pid) {
			t.Errorf("Pids(%s) = %v, %v; ip says %v, and %d is inside", name, pids, err, got, pid)
		}
		names, err := d.Identify(pid)
		if got := ip(t, "netns", "identify", strconv.Itoa(pid)); err != nil || !slices.Equal(names, []string{got}) || got != name {
			t.Errorf("Identify of a process in %s: %q, %v; ip says %q", name, names, err, got)
		}
		ip(t, "netns", "attach", "their-"+name, strconv.Itoa(pid))
		h, err := d.Attach(ctx, "our-"+name, pid)
		if err != nil {
			t.Fatal(err)
		}
		h.Close()
		names, err = d.Identify(pid)
		if all := []string{"our-" + name, name, "their-" + name}; err != nil || !sameSet(names, all) {
			t.Errorf("Identify: %q, %v; want %q", names, err, all)
		}
		if err := d.Delete(ctx, "their-"+name); err != nil {
			t.Error(err)
		}
		ip(t, "netns", "del", "our-"+name)
		end()
	}
	if pids, err := d.Pids(ctx, "ours"); err != nil || len(pids) != 0 {
		t.Errorf("Pids after the end: %v, %v", pids, err)
	}

	// Each refuses the other's names and removes the other's namespaces.
	if _, err := d.Create(ctx, "theirs"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("creating theirs again: %v", err)
	}
	if out, err := exec.Command("ip", "netns", "add", "ours").CombinedOutput(); err == nil || !strings.Contains(string(out), "File exists") {
		t.Errorf("ip netns add ours: %v %s", err, out)
	}
	ip(t, "netns", "del", "ours")
	if err := d.Delete(ctx, "theirs"); err != nil {
		t.Error(err)
	}
	if _, err := d.Open("ours"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("opening what ip removed: %v", err)
	}
	if err := d.Delete(ctx, "theirs"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("deleting again: %v", err)
	}
	if got, err := d.List(); err != nil || len(got) != 0 || len(ipNames(t)) != 0 {
		t.Errorf("left: %q, %v; ip: %q", got, err, ipNames(t))
	}
	if got := mountsUnder(t, d.File("x")[:len(d.File("x"))-2]); len(got) != 1 {
		t.Errorf("mounts left besides the directory's own:\n%s", strings.Join(got, ""))
	}
}

func sameSet(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(a, b)
}

// TestSameTraces compares what ip-netns(8) and nsfs leave in the file system:
// mounts with their propagation, and the types and modes of files.
func TestSameTraces(t *testing.T) {
	testenv.NeedTool(t, "ip")
	// These fields of mountinfo (proc_pid_mountinfo(5)) differ between runs:
	// ids, device numbers, inodes, and the numbers of peer groups.
	number := regexp.MustCompile(`\d+`)
	traces := func(t *testing.T, add func(name string), del func(name string)) (s string) {
		t.Helper()
		freshRun(t)
		see := func(what string) {
			s += what + "\n"
			for _, m := range mountsUnder(t, "/run/netns") {
				f := strings.Fields(m)
				s += number.ReplaceAllString(strings.Join(f[3:], " "), "N") + "\n"
			}
			if err := filepath.WalkDir("/run/netns", func(path string, e fs.DirEntry, err error) error {
				if err != nil {
					return err
				}
				info, err := e.Info()
				if err == nil {
					s += fmt.Sprintln(path, info.Mode(), info.Size())
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		add("first")
		see("one")
		add("second")
		see("two")
		// Unmounting the namespace uncovers the file below.
		if err := unix.Unmount("/run/netns/second", unix.MNT_DETACH); err != nil {
			t.Fatal(err)
		}
		see("one unmounted")
		del("second")
		del("first")
		see("deleted")
		return s
	}
	var theirs, ours string
	t.Run("ip", func(t *testing.T) {
		theirs = traces(t, func(name string) { ip(t, "netns", "add", name) }, func(name string) { ip(t, "netns", "del", name) })
	})
	t.Run("nsfs", func(t *testing.T) {
		d, ctx := nsfs.Dir{}, context.Background()
		ours = traces(t, func(name string) { create(t, d, name).Close() }, func(name string) {
			if err := d.Delete(ctx, name); err != nil {
				t.Error(err)
			}
		})
	})
	if !strings.Contains(theirs, "shared:N") || strings.Count(theirs, "nsfs") < 3 {
		t.Fatalf("ip netns left no traces to compare with:\n%s", theirs)
	}
	if ours != theirs {
		t.Errorf("nsfs leaves:\n%s\nip netns leaves:\n%s", ours, theirs)
	}
}

// TestPropagation removes a namespace of which another mount namespace has a
// copy.
func TestPropagation(t *testing.T) {
	testenv.NeedTool(t, "ip", "unshare", "sh")
	freshRun(t)
	ctx := context.Background()
	d := nsfs.Dir{}
	h := create(t, d, "both")
	cmd := exec.Command("unshare", "--mount", "--propagation", "unchanged", "sh", "-c",
		`grep -c ' /run/netns/both ' /proc/self/mountinfo; read line; grep -c ' /run/netns/both ' /proc/self/mountinfo; true`)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd.Stdout = w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	var before, after int
	if _, err := fmt.Fscan(r, &before); err != nil || before == 0 {
		t.Errorf("the other mount namespace has %d copies, %v", before, err)
	}
	if err := d.Delete(ctx, "both"); err != nil {
		t.Error(err)
	}
	h.Close()
	fmt.Fprintln(in, "deleted")
	if _, err := fmt.Fscan(r, &after); err != nil || after != 0 {
		t.Errorf("after the deletion it has %d, %v", after, err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// TestBothAtWork makes ip-netns(8) and nsfs create and delete the same few
// names at the same time, in 200 rounds each, starting from an empty /run.
func TestBothAtWork(t *testing.T) {
	testenv.NeedTool(t, "ip")
	freshRun(t)
	ctx := context.Background()
	d := nsfs.Dir{}
	rounds := 200
	if testenv.Sampled() {
		rounds = 40
	}
	name := func(i int) string { return fmt.Sprintf("n%d", i%3) }
	stats := make(map[string]int)
	done := make(chan map[string]int)
	go func() {
		stats := make(map[string]int)
		defer func() { done <- stats }()
		for i := range rounds {
			for _, verb := range []string{"add", "del"} {
				out, err := exec.Command("ip", "netns", verb, name(i)).CombinedOutput()
				switch {
				case err == nil:
					stats["ip "+verb]++
				case strings.Contains(string(out), "File exists"), strings.Contains(string(out), "No such file"):
					// The other one was first.
				case verb == "del" && strings.Contains(string(out), "Device or resource busy"):
					// ip takes no lock to delete: the other one created the
					// name between ip's umount, which found nothing, and its
					// unlink. The new namespace is not harmed.
					stats["ip del too late"]++
				default:
					t.Errorf("ip netns %s %s: %v %s", verb, name(i), err, out)
				}
			}
		}
	}()
	for i := range rounds {
		h, err := d.Create(ctx, name(i))
		switch {
		case err == nil:
			stats["create"]++
			h.Close()
		case !errors.Is(err, fs.ErrExist):
			t.Error(err)
		}
		err = d.Delete(ctx, name(i))
		switch {
		case err == nil:
			stats["delete"]++
		case !errors.Is(err, fs.ErrNotExist):
			t.Error(err)
		}
	}
	theirs := <-done
	t.Log(stats, theirs)
	if stats["create"] == 0 || theirs["ip add"] == 0 {
		t.Error("one of the two never had a turn")
	}
	names, err := d.List()
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if err := d.Delete(ctx, n); err != nil {
			t.Error(err)
		}
	}
	// Only the directory's own mount remains, once: it was never mounted on
	// itself twice.
	if got := mountsUnder(t, "/run/netns"); len(got) != 1 {
		t.Errorf("mounts left:\n%s", strings.Join(got, ""))
	}
}

// TestSetupAtOnce starts ip-netns(8) and nsfs together while the directory does
// not exist. Without a common lock, it would be mounted on itself more than
// once.
func TestSetupAtOnce(t *testing.T) {
	testenv.NeedTool(t, "ip")
	for i := range 20 {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			freshRun(t)
			var cmds []*exec.Cmd
			for _, n := range []string{"a", "b"} {
				cmd := exec.Command("ip", "netns", "add", n)
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				cmds = append(cmds, cmd)
			}
			create(t, nsfs.Dir{}, "c")
			create(t, nsfs.Dir{}, "d")
			for _, cmd := range cmds {
				if err := cmd.Wait(); err != nil {
					t.Error(err)
				}
			}
			if got := mountsUnder(t, "/run/netns"); len(got) != 5 {
				t.Errorf("mounts, want the directory and four namespaces:\n%s", strings.Join(got, ""))
			}
		})
	}
}
