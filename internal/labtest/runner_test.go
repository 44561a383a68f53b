package labtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nslab/nslab/internal/testenv"
	"golang.org/x/sys/unix"
)

// victim is one of the small programs.
func victim(name string, args ...string) *program {
	return &program{path: "/proc/self/exe", args: args, env: []string{victimEnv + "=" + name}}
}

func mustRun(t *testing.T, p *program) *result {
	t.Helper()
	r, err := p.run()
	if err != nil {
		t.Fatal(err)
	}
	if r.hung {
		t.Fatalf("%v hangs; it wrote:\n%s", p.args, r.output)
	}
	return r
}

// TestCountsAsStrace compares the counted calls with those that strace sees.
func TestCountsAsStrace(t *testing.T) {
	testenv.NeedTool(t, "strace")
	r := mustRun(t, victim("everything", t.TempDir()))
	if r.exit() != 0 {
		t.Fatalf("exit status %d:\n%s", r.exit(), r.output)
	}
	got := make(map[string]int)
	for _, c := range r.calls {
		got[c.name]++
	}

	log := filepath.Join(t.TempDir(), "log")
	cmd := exec.Command("strace", "-f", "-qq", "-y", "-s", "0", "-o", log, "/proc/self/exe", t.TempDir())
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Args[len(cmd.Args)-2] = exe
	cmd.Env = append(os.Environ(), victimEnv+"=everything")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("strace: %v\n%s", err, out)
	}
	b, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	want := make(map[string]int)
	line := regexp.MustCompile(`^\d+ +(\w+)\((.*)`)
	looked := make(map[string]bool)
	for _, table := range []map[uint64]string{names, older} {
		for _, name := range table {
			looked[name] = true
		}
	}
	onFile := regexp.MustCompile(`^\d+<(/[^>]*)>`)
	for l := range strings.Lines(string(b)) {
		m := line.FindStringSubmatch(l)
		if m == nil || !looked[m[1]] || strings.HasPrefix(m[1], "recv") {
			continue
		}
		switch name, args := m[1], m[2]; name {
		case "socket", "memfd_create", "fsopen", "pidfd_open", "clone", "clone3", "execve":
			continue
		case "openat", "open":
			if !strings.Contains(args, "O_CREAT") {
				continue
			}
		case "write", "writev", "pwrite64", "ftruncate", "fchmod":
			f := onFile.FindStringSubmatch(args)
			if f == nil || strings.HasPrefix(f[1], "/dev/") {
				continue
			}
		}
		want[m[1]]++
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("calls (-strace +counted):\n%s", d)
	}
	if want["mount"] != 4 || want["unshare"] != 4 || want["sendto"] != 4 || want["write"] != 4 {
		t.Errorf("strace saw %v", want)
	}
}

// made returns how many directories mkdirs has made.
func made(t *testing.T, dir string) int {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// mkdirs counts calls of mkdir alone.
func mkdirs(dir string, f fault) *program {
	p := victim("mkdirs", dir, "5")
	p.counts = func(c *call) bool { return strings.HasPrefix(c.name, "mkdir") && strings.HasPrefix(c.detail, dir) }
	p.fault = f
	return p
}

func TestKills(t *testing.T) {
	for _, c := range []struct {
		effect effect
		at     int
		want   int
	}{
		{killOnEntry, 1, 0}, {killOnEntry, 3, 2}, {killOnExit, 1, 1}, {killOnExit, 3, 3}, {killOnExit, 5, 5},
	} {
		dir := t.TempDir()
		r := mustRun(t, mkdirs(dir, fault{effect: c.effect, at: c.at}))
		if got := made(t, dir); got != c.want || !r.killed() || r.hit == nil || r.hit.detail != fmt.Sprintf("%s/%d", dir, c.at) {
			t.Errorf("%v, call %d: %d directories, want %d; status %#x, hit %v", c.effect, c.at, got, c.want, int(r.status), r.hit)
		}
	}
	// A call that does not come is not a point.
	dir := t.TempDir()
	r := mustRun(t, mkdirs(dir, fault{effect: killOnEntry, at: 6}))
	if r.hit != nil || r.exit() != 0 || made(t, dir) != 5 || len(r.calls) != 5 {
		t.Errorf("hit %v, exit status %d, %d calls", r.hit, r.exit(), len(r.calls))
	}
}

func TestFailures(t *testing.T) {
	for _, c := range []struct {
		effect effect
		made   bool
	}{{failBefore, false}, {failAfter, true}} {
		dir := t.TempDir()
		r := mustRun(t, mkdirs(dir, fault{effect: c.effect, at: 2, errno: unix.EDQUOT}))
		want := "1: <nil>\n2: disk quota exceeded\n3: <nil>\n4: <nil>\n5: <nil>\n"
		if r.output != want || r.exit() != 0 || r.hit == nil {
			t.Errorf("%v: exit status %d, hit %v, output %q", c.effect, r.exit(), r.hit, r.output)
		}
		if _, err := os.Stat(dir + "/2"); (err == nil) != c.made || made(t, dir) < 4 {
			t.Errorf("%v: the directory: %v", c.effect, err)
		}
	}
}

func TestReplies(t *testing.T) {
	for _, c := range []struct {
		fault fault
		want  string
	}{
		{fault{}, "received true\nnothing\n"},
		{fault{effect: receiveTwice, at: 1}, "received true\nreceived true\nnothing\n"},
		{fault{effect: failAfter, at: 1, errno: unix.EAGAIN}, "nothing\n"},
		{fault{effect: failAfter, at: 1, errno: unix.ENOBUFS}, "no buffer space available\nnothing\n"},
	} {
		p := victim("netlink")
		p.counts, p.fault = receiving, c.fault
		if r := mustRun(t, p); r.output != c.want || r.exit() != 0 {
			t.Errorf("%v: got %q, want %q", c.fault, r.output, c.want)
		}
	}
}

// TestKillsChildren kills a program whose child would outlive it.
func TestKillsChildren(t *testing.T) {
	testenv.NeedTool(t, "sh", "sleep")
	dir := t.TempDir()
	p := victim("child", dir)
	p.counts = func(c *call) bool { return strings.HasPrefix(c.name, "mkdir") && strings.HasPrefix(c.detail, dir) }
	p.fault = fault{effect: killOnExit, at: 2}
	r := mustRun(t, p)
	var pid int
	if _, err := fmt.Sscanf(r.output, "child %d", &pid); err != nil || made(t, dir) != 2 {
		t.Fatalf("%v: output %q", err, r.output)
	}
	if err := unix.Kill(pid, 0); err != unix.ESRCH && !zombie(pid) {
		t.Errorf("the child lives: %v", err)
	}
}

// zombie reports whether a process has ended and has not been reaped yet.
func zombie(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, state, _ := strings.Cut(string(b), ") ")
	return err != nil || strings.HasPrefix(state, "Z")
}

func TestKillAfter(t *testing.T) {
	p := victim("hang")
	p.killAfter = time.Millisecond
	if r := mustRun(t, p); !r.killed() {
		t.Errorf("status %#x", int(r.status))
	}
}

// TestMany runs several programs side by side.
func TestMany(t *testing.T) {
	for i := range 8 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			for at := 1; at <= 5; at++ {
				dir := t.TempDir()
				mustRun(t, mkdirs(dir, fault{effect: killOnExit, at: at}))
				if got := made(t, dir); got != at {
					t.Errorf("call %d: %d directories", at, got)
				}
			}
		})
	}
}
