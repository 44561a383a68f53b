package processes

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// labName is nobody else's: there is one tree of cgroups.
var labName = fmt.Sprintf("x-%d-%d", os.Getpid(), time.Now().UnixNano()%1_000_000)

var none = new(topology.NodeLimits)

// locked returns the directory of a lab.
func locked(t *testing.T) *labdir.Dir {
	t.Helper()
	d, err := labdir.Root(t.TempDir()).Open(context.Background(), labName, true, labdir.DontWait)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// A member and what it forks are found, in a session of its own and with an
// environment of its own too where the group is a cgroup, and the group goes
// with them.
func TestGroup(t *testing.T) {
	d := locked(t)
	g, err := MakeGroup(d, false)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	hide := "env -i setsid"
	if g.IsMark() {
		hide = "setsid"
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd := &nsfs.Cmd{Cmd: exec.Command("sh", "-c", hide+" sh -c 'echo $$; exec sleep 1000' & exec sleep 1000")}
	cmd.Stdout, cmd.SysProcAttr = w, &syscall.SysProcAttr{Setsid: true}
	adopted, err := g.Adopt(cmd, "n:p", none)
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(cmd.Cmd.Start(), adopted.Close(), w.Close())
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 32)
	n, err := r.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	forked, err := strconv.Atoi(strings.TrimSpace(string(b[:n])))
	if err != nil {
		t.Fatal(err)
	}
	procs, err := Find(d)
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[int]bool)
	for _, p := range procs {
		if found[p.PID] = true; p.Member != "n:p" || p.Node != "n" {
			t.Errorf("found %+v", p)
		}
	}
	if len(procs) != 2 || !found[cmd.Process.Pid] || !found[forked] {
		t.Errorf("found %v, not %d and %d", procs, cmd.Process.Pid, forked)
	}
	if _, err := Kill(context.Background(), d, func(p *Process) bool { return p.Member != "" }, Term(0), func() error { return nil }); err != nil {
		t.Error(err)
	}
	cmd.Wait() //nolint:errcheck // it has been ended
	if err := unix.Kill(forked, 0); !errors.Is(err, unix.ESRCH) {
		t.Errorf("what was forked: %v", err)
	}
	if err := g.Remove(); err != nil {
		t.Error(err)
	}
	if left, err := GroupsOf(labName); err != nil || len(left) > 0 {
		t.Errorf("%v, left: %v", err, left)
	}
}

// A cgroup that is removed with what lives in it: all of it is ended at once,
// however fast it forks, and cgroups that it has made in it go too.
func TestGroupRemove(t *testing.T) {
	d := locked(t)
	g, err := MakeGroup(d, false)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	if g.IsMark() {
		t.Skip("cgroups cannot be made here")
	}
	cmd := &nsfs.Cmd{Cmd: exec.Command("sh", "-c", "f() { sh -c 'sleep 0.01' & sh -c 'sleep 0.01' & sleep 0.01; exec sh -c \"$0\" \"$0\"; }; f", "while :; do (setsid sleep 1 &); done")}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	adopted, err := g.Adopt(cmd, "n:p", none)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(cmd.Cmd.Start(), adopted.Close()); err != nil {
		t.Fatal(err)
	}
	at, err := g.cgroupsOf("n:p")
	if err != nil || len(at) != 1 {
		t.Fatalf("%v, %v", at, err)
	}
	if err := unix.Mkdirat(int(g.tree.Fd()), at[0]+"/own", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := g.Remove(); err != nil {
		t.Error(err)
	}
	cmd.Wait() //nolint:errcheck // it has been ended
	if left, err := GroupsOf(labName); err != nil || len(left) > 0 {
		t.Errorf("%v, left: %v", err, left)
	}
	if has, err := ReadGroup(d); has != nil || err != nil {
		t.Errorf("the file: %v, %v", has, err)
	}
}

// A member that was ended at once can be started again: see Group.kill.
func TestGroupKilledMember(t *testing.T) {
	d := locked(t)
	g, err := MakeGroup(d, false)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	for range 2 {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd := &nsfs.Cmd{Cmd: exec.Command("sh", "-c", "trap '' TERM; echo; while :; do sleep 0.01; done")}
		cmd.Stdout, cmd.SysProcAttr = w, &syscall.SysProcAttr{Setsid: true}
		adopted, err := g.Adopt(cmd, "n:p", none)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(cmd.Cmd.Start(), adopted.Close(), w.Close()); err != nil {
			t.Fatal(err)
		}
		if n, err := r.Read(make([]byte, 1)); n != 1 {
			t.Errorf("the program has not begun: %v", err)
		}
		if _, err := Kill(context.Background(), d, func(*Process) bool { return true }, Term(10*time.Millisecond), func() error { return nil }); err != nil {
			t.Error(err)
		}
		cmd.Wait() //nolint:errcheck // it has been ended
		r.Close()
	}
	if err := g.Remove(); err != nil {
		t.Error(err)
	}
}

// A cgroup that a lab has left whose directory is gone is removed by the next;
// one with a process in it stays.
func TestGroupLeft(t *testing.T) {
	gone, lives := locked(t), locked(t)
	g, err := MakeGroup(gone, false)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	if g.IsMark() {
		t.Skip("cgroups cannot be made here")
	}
	other, err := MakeGroup(lives, false)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	cmd := &nsfs.Cmd{Cmd: exec.Command("sleep", "1000")}
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	adopted, err := other.Adopt(cmd, "n:p", none)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(cmd.Cmd.Start(), adopted.Close()); err != nil {
		t.Fatal(err)
	}
	third, err := MakeGroup(locked(t), false)
	if err != nil {
		t.Fatal(err)
	}
	defer third.Close()
	if err := third.Remove(); err != nil {
		t.Error(err)
	}
	left, err := GroupsOf(labName)
	if err != nil || len(left) != 1 || left[0] != other.id {
		t.Errorf("%v, left: %v, want %s", err, left, other.id)
	}
	if err := other.Remove(); err != nil {
		t.Error(err)
	}
	cmd.Wait() //nolint:errcheck // it has been ended
}

// A cgroup that somebody removes between two calls is nothing to complain of.
func TestGroupRemovedMeanwhile(t *testing.T) {
	g, err := MakeGroup(locked(t), false)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	if g.IsMark() {
		t.Skip("cgroups cannot be made here")
	}
	f, err := g.open(g.path()+"/cgroup.kill", unix.O_WRONLY)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := unix.Unlinkat(int(g.tree.Fd()), g.path(), unix.AT_REMOVEDIR); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"kill, opened before": killThrough(f),
		"kill":                g.killAt(g.path()),
		"empty":               g.empty(g.path()),
		"removeBelow":         g.removeBelow(g.path()),
		"Remove":              g.Remove(),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What is no group file is none.
func TestReadGroup(t *testing.T) {
	for text, want := range map[string]bool{
		"x.0123456789abcdef cgroup\n": true, "x.0123456789abcdef mark\n": true,
		"": false, "x cgroup\n": false, "x.0123456789abcdef cgroup": false, "../../x.0123456789abcdef cgroup\n": false, "x.0123456789abcdef other\n": false,
	} {
		d := locked(t)
		if err := d.Write(groupFile, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		g, err := ReadGroup(d)
		if (g != nil) != want || err != nil {
			t.Errorf("%q: %v, %v", text, g, err)
		}
	}
}

// Records are read as they are written, and what is none is left out.
func TestRecords(t *testing.T) {
	d := locked(t)
	if all, err := ReadRecords(d); err != nil || all != nil {
		t.Errorf("none: %v, %v", all, err)
	}
	for _, r := range []Record{{Node: "b", Program: "x", PID: 7}, {Node: "a.1", Program: "y", Stopped: true}} {
		if err := WriteRecord(d, &r); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"c:z": "{", "d:z": `{"node": "e", "program": "z"}`, "f": "{}"} {
		if err := d.Write(recordDir+"/"+name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Mkfifo(d.Path(recordDir+"/g:z"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadRecords(d); err == nil || !strings.Contains(err.Error(), "g:z is a FIFO in the place of a file") {
		t.Errorf("with a FIFO: %v", err)
	}
	if err := d.Remove(recordDir + "/g:z"); err != nil {
		t.Fatal(err)
	}
	all, err := ReadRecords(d)
	if err != nil || len(all) != 2 || all[0].Name() != "a.1/y" || !all[0].Stopped || all[1].Name() != "b/x" || all[1].PID != 7 {
		t.Errorf("%+v, %v", all, err)
	}
}

// A group that was written down as a cgroup and never made is removed, by a user
// for whom there are no cgroups too: what kept it from being made may have kept
// the mark from being written down instead.
func TestGroupNeverMade(t *testing.T) {
	d := locked(t)
	if err := d.Write(groupFile, []byte("t.0123456789abcdef cgroup\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	g, err := ReadGroup(d)
	if err != nil || g == nil || g.IsMark() {
		t.Fatalf("%+v, %v", g, err)
	}
	defer g.Close()
	if err := g.Remove(); err != nil {
		t.Error(err)
	}
	if b, err := d.Read(groupFile); err != nil || b != nil {
		t.Errorf("the file has %q, %v", b, err)
	}
}
