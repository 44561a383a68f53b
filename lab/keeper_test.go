package lab

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/internal/mountinfo"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// keeperOf returns the process that keeps lab t, 0 for none.
func keeperOf(t *testing.T) int {
	t.Helper()
	d, err := labdir.Root("/run/nslab").Look("t")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	fd, err := d.Connect("keeper")
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ECONNREFUSED) {
		return 0
	}
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	cred, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		t.Fatal(err)
	}
	return int(cred.Pid)
}

// until waits for what happens in other processes.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !is(); {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within 30 s", what)
		}
		unix.Poll(nil, 10) //nolint:errcheck // a breath
	}
}

func kill(t *testing.T, pid int) {
	t.Helper()
	if pid <= 1 {
		t.Fatalf("process %d", pid)
	}
	if err := unix.Kill(pid, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

// statusOf returns a line of /proc/PID/status.
func statusOf(t *testing.T, pid int, name string) string {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), "\n"+name+":")
	line, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(line)
}

// programOf returns what Programs tells of a process of lab t.
func programOf(t *testing.T, name string) *Program {
	t.Helper()
	l := openLab(t, "t")
	all, err := l.Programs(bg)
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		if all[i].Node+"/"+all[i].Name == name {
			return &all[i]
		}
	}
	t.Fatalf("no process %s", name)
	return nil
}

// A process with a restart policy comes back when it was killed, in the directory
// and the environment of its up, and its keeper sees how others end. Without a
// policy there is no keeper.
func TestIntegrationKeeper(t *testing.T) {
	downAfter(t)
	up(t, nil, "name: t\nnodes: {b: {cmd: sleep 1000}}\n")
	if k := keeperOf(t); k != 0 {
		t.Fatalf("process %d keeps a lab that needs none", k)
	}
	dir := t.TempDir()
	t.Setenv("WORD", "there")
	file := filepath.Join(dir, "lab.yaml")
	if err := os.WriteFile(file, []byte(`name: t
defaults: {restart-policy: on-failure}
nodes:
  a:
    cmd: [sh, -c, 'echo "$WORD $(pwd)"; (setsid sleep 1000 & echo $! >>forked); exec sleep 1000']
    processes:
      three: {cmd: [sh, -c, 'echo x; exit 3'], restart-policy: on-failure:2, healthcheck: {test: [CMD, "true"]}}
      well: {cmd: [sh, -c, 'exit 0']}
      daemon: {cmd: [sh, -c, 'setsid -f sh -c "sleep 1000; exit 7"']}
  b: {cmd: sleep 1000, restart-policy: "no"}
`), 0o600); err != nil {
		t.Fatal(err)
	}
	top, err := topology.ParseFile(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Up(bg, top, nil, UpOptions{Replace: true}); err != nil {
		t.Fatal(err)
	}
	keeper := keeperOf(t)
	if keeper == 0 {
		t.Fatal("there is no keeper")
	}
	was := programOf(t, "a/cmd")
	if kept, others := statusOf(t, was.PID, "SigIgn"), statusOf(t, os.Getpid(), "SigIgn"); kept != others {
		t.Errorf("it ignores the signals %s, and what has started it %s", kept, others)
	}
	kill(t, was.PID)
	if programOf(t, "a/cmd").Processes == 0 {
		t.Error("what it has forked is not taken for it")
	}
	b, err := os.ReadFile(dir + "/forked")
	if err != nil {
		t.Fatal(err)
	}
	kill(t, atoi(t, strings.TrimSpace(string(b))))
	until(t, "started again", func() bool { p := programOf(t, "a/cmd"); return p.PID != 0 && p.PID != was.PID && p.Restarts == 1 })
	until(t, "its log", func() bool {
		b, err := os.ReadFile("/run/nslab/t/log/a/cmd")
		return err == nil && string(b) == strings.Repeat("there "+dir+"\n", 2)
	})
	until(t, "two tries", func() bool { p := programOf(t, "a/three"); return p.Restarts == 2 && p.Exit == "exit status 3" })
	if p := programOf(t, "a/well"); p.Restarts != 0 || p.Exit != "exit status 0" {
		t.Errorf("what ended well: %+v", p)
	}
	if p := programOf(t, "a/daemon"); p.State != ProgramRunning || p.PID != 0 {
		t.Errorf("the daemon: %+v", p)
	}
	if k := keeperOf(t); k != keeper {
		t.Errorf("the keeper was %d, and is %d", keeper, k)
	}
	if err := Down(bg, "t", nil, DownOptions{}); err != nil {
		t.Fatal(err)
	}
	if lives(t, keeper) {
		t.Error("the keeper lives")
	}
}

// How a process has ended is written down, also if it ends while what has started
// it does so itself.
func TestIntegrationKeeperSeesEnds(t *testing.T) {
	downAfter(t)
	const n = 24
	text := "name: t\nnodes:\n  a:\n    processes:\n"
	for i := range n {
		text += fmt.Sprintf("      p%d: {cmd: [sh, -c, 'exit 3'], restart-policy: on-failure:1, healthcheck: {test: [CMD, 'true']}}\n", i)
	}
	up(t, nil, text)
	for i := range n {
		name := fmt.Sprintf("a/p%d", i)
		until(t, "the end of "+name, func() bool {
			p := programOf(t, name)
			return p.Restarts == 1 && p.Exit == "exit status 3"
		})
	}
}

// What was killed while there was no keeper is started again by the next one; a
// keeper that is gone is a change. stop stops a process for good, start and
// restart bring it back under the keeper.
func TestIntegrationKeeperKilled(t *testing.T) {
	downAfter(t)
	const text = "name: t\nnodes:\n  a: {cmd: sleep 1000, restart-policy: always}\n  b: {cmd: sleep 1000, restart-policy: always}\n"
	up(t, nil, text)
	keeper := keeperOf(t)
	kill(t, keeper)
	if lives(t, keeper) {
		t.Fatal("the keeper lives")
	}
	was := programOf(t, "a/cmd")
	if was.State != ProgramRunning {
		t.Fatalf("it went with the keeper: %+v", was)
	}
	p := up(t, nil, text)
	if words(p) != "+ keeper of processes with a restart policy" {
		t.Errorf("steps: %s", words(p))
	}
	upAgain(t, text)
	kill(t, was.PID)
	until(t, "started again", func() bool { p := programOf(t, "a/cmd"); return p.PID != 0 && p.PID != was.PID })
	control := func(what Control, want ProgramState) int {
		t.Helper()
		if _, err := ControlPrograms(bg, "t", what, []ProgramName{{"a", "cmd"}}, nil); err != nil {
			t.Fatal(err)
		}
		p := programOf(t, "a/cmd")
		if p.State != want {
			t.Errorf("%d: %s", what, p.State)
		}
		return p.PID
	}
	control(StopPrograms, ProgramStopped)
	kill(t, programOf(t, "b/cmd").PID)
	until(t, "the other is started again", func() bool { return programOf(t, "b/cmd").State == ProgramRunning })
	if p := programOf(t, "a/cmd"); p.State != ProgramStopped {
		t.Errorf("what is stopped: %+v", p)
	}
	kill(t, keeperOf(t))
	until(t, "the keeper's end", func() bool { return keeperOf(t) == 0 })
	for _, what := range []Control{StartPrograms, RestartPrograms} {
		pid := control(what, ProgramRunning)
		kill(t, pid)
		until(t, fmt.Sprint(what, " started again"), func() bool { p := programOf(t, "a/cmd"); return p.PID != 0 && p.PID != pid })
	}
	keeper = keeperOf(t)
	if b, err := os.ReadFile("/proc/" + strconv.Itoa(keeper) + "/cmdline"); err != nil || string(b) != "nslab\x00keeper\x00t\x00" {
		t.Errorf("%v, the keeper is %q", err, b)
	}
	up(t, nil, "name: t\nnodes:\n  a: {cmd: sleep 1000}\n  b: {cmd: sleep 1000}\n")
	until(t, "the end of a keeper with nothing to keep", func() bool { return keeperOf(t) == 0 })
}

// A process with a healthcheck that fails at first is started again by the up
// that waits for it, as often as its policy allows.
func TestIntegrationKeeperBeforeReady(t *testing.T) {
	downAfter(t)
	dir := t.TempDir()
	file := func(tries int) string {
		return `name: t
nodes:
  a:
    restart-policy: on-failure:` + strconv.Itoa(tries) + `
    processes:
      c:
        cmd: [sh, -c, 'echo >>` + dir + `/runs; [ $(wc -l <` + dir + `/runs) -ge 3 ] || exit 1; touch ` + dir + `/ready; exec sleep 1000']
        healthcheck: {test: "[ -e ` + dir + `/ready ]", interval: 10ms, retries: 1000}
`
	}
	for _, tt := range []struct {
		tries int
		ready bool
	}{{1, false}, {2, true}} {
		_, err := Up(bg, parse(t, file(tt.tries)), nil, UpOptions{})
		if tt.ready && err != nil || !tt.ready && !errors.Is(err, ErrNotReady) {
			t.Errorf("%d tries: %v", tt.tries, err)
		}
		if err := os.Remove(dir + "/runs"); err != nil {
			t.Fatal(err)
		}
	}
	if p := programOf(t, "a/c"); p.State != ProgramReady || p.Restarts != 2 {
		t.Errorf("%+v", p)
	}
}

// An up that fails takes back what was kept, and a stopped keeper cannot keep a
// down from its end.
func TestIntegrationKeeperUndone(t *testing.T) {
	downAfter(t)
	const text = "name: t\nnodes:\n  a: {cmd: sleep 1000, restart-policy: always}\n"
	up(t, nil, text)
	was := programOf(t, "a/cmd").PID
	fails := func(text string) {
		t.Helper()
		var re *RunError
		if _, err := Up(bg, parse(t, text+"  zz: {exec: [\"false\"], wait-for: [a]}\n"), nil, UpOptions{}); !errors.As(err, &re) || re.Undo != nil {
			t.Fatalf("a change that fails at its end: %v", err)
		}
	}
	fails(text + "  c: {cmd: sleep 1000, restart-policy: always}\n")
	if p := programOf(t, "a/cmd"); p.PID != was {
		t.Errorf("it was %d, and is %+v", was, p)
	}
	fails(strings.Replace(text, "1000", "1001", 1))
	now := programOf(t, "a/cmd").PID
	kill(t, now)
	until(t, "started again", func() bool { p := programOf(t, "a/cmd"); return p.PID != 0 && p.PID != now })
	keeper := keeperOf(t)
	if err := unix.Kill(keeper, unix.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if err := Down(bg, "t", nil, DownOptions{}); err != nil {
		t.Error(err)
	}
	if lives(t, keeper) {
		t.Error("the keeper lives")
	}
	if left, _ := filepath.Glob("/run/nslab/*"); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// A keeper ends when somebody has removed the lab's directory, and the lab comes
// up anew.
func TestIntegrationKeeperDirectory(t *testing.T) {
	downAfter(t)
	const text = "name: t\nnodes:\n  a: {cmd: sleep 1000, restart-policy: always}\n"
	up(t, nil, text)
	keeper, pid := keeperOf(t), programOf(t, "a/cmd").PID
	mounts, err := mountinfo.Read(mountinfo.Own)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range slices.Backward(mounts) {
		if strings.HasPrefix(m.Path, "/run/nslab/t/") {
			if err := unix.Unmount(m.Path, unix.MNT_DETACH); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.RemoveAll("/run/nslab/t"); err != nil {
		t.Fatal(err)
	}
	if lives(t, keeper) {
		t.Error("the keeper lives")
	}
	kill(t, pid)
	up(t, nil, text)
}

// A keeper that cannot open anything for a time goes on when it can again.
func TestIntegrationKeeperDescriptors(t *testing.T) {
	downAfter(t)
	up(t, nil, "name: t\nnodes:\n  a: {cmd: sleep 1000, restart-policy: always}\n")
	keeper, was := keeperOf(t), programOf(t, "a/cmd").PID
	var limit unix.Rlimit
	if err := unix.Prlimit(keeper, unix.RLIMIT_NOFILE, nil, &limit); err != nil {
		t.Fatal(err)
	}
	if err := unix.Prlimit(keeper, unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 3, Max: limit.Max}, nil); err != nil {
		t.Fatal(err)
	}
	const waits = "voluntary_ctxt_switches"
	before := statusOf(t, keeper, waits)
	kill(t, was)
	until(t, "the keeper has looked", func() bool { return statusOf(t, keeper, waits) != before })
	if err := unix.Prlimit(keeper, unix.RLIMIT_NOFILE, &limit, nil); err != nil {
		t.Fatal(err)
	}
	until(t, "started again", func() bool { p := programOf(t, "a/cmd"); return p.PID != 0 && p.PID != was })
	if k := keeperOf(t); k != keeper {
		t.Errorf("the keeper was %d, and is %d", keeper, k)
	}
}

// What ends well under the policy on-failure is done: no plan has it started
// again, unless it has changed. What ends with a failure, or without a policy, is
// a change.
func TestIntegrationKeeperDone(t *testing.T) {
	downAfter(t)
	text := `name: t
nodes:
  a:
    restart-policy: on-failure
    processes:
      once: {cmd: [sh, -c, 'echo once']}
      long: {cmd: sleep 1000}
`
	up(t, nil, text)
	until(t, "the end", func() bool { p := programOf(t, "a/once"); return p.State == ProgramEnded && p.Exit == "exit status 0" })
	p, err := PlanUp(bg, parse(t, text), nil, UpOptions{})
	if err != nil || !p.Empty() {
		t.Errorf("%v: %v", err, p.Steps)
	}
	if p := up(t, nil, text); !p.Empty() {
		t.Errorf("up again: %v", p.Steps)
	}
	if p := up(t, nil, strings.Replace(text, "echo once", "echo twice", 1)); len(p.Steps) != 1 || p.Steps[0].Verb != Create || p.Steps[0].Name != "once" {
		t.Errorf("with another cmd: %v", p.Steps)
	}
	if p := programOf(t, "a/once"); p.Restarts != 1 {
		t.Errorf("%d restarts", p.Restarts)
	}
	up(t, nil, strings.Replace(text, "on-failure", "\"no\"", 1))
	until(t, "the end", func() bool { return programOf(t, "a/once").State == ProgramEnded })
	p, err = PlanUp(bg, parse(t, strings.Replace(text, "on-failure", "\"no\"", 1)), nil, UpOptions{})
	if err != nil || len(p.Steps) != 1 {
		t.Errorf("without a policy: %v: %v", err, p.Steps)
	}
}
