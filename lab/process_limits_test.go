package lab

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/internal/processes"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// needsLimits skips where nodes cannot have limits. User-mode Linux lets them.
func needsLimits(t *testing.T) {
	t.Helper()
	if err := processes.CanLimit(&topology.NodeLimits{Memory: 1, CPU: 1, PIDs: 1}); err != nil {
		t.Skip(err)
	}
}

// Where nodes cannot have limits, Up and PlanUp say so with the place, and
// nothing is done.
func TestIntegrationLimitsRefused(t *testing.T) {
	const text = "name: t\nnodes:\n  a:\n    cmd: sleep 1000\n    memory: 64mb\n    pids: 100\n  b: {memory: 64mb, pids: 100}\n"
	top := parse(t, text)
	for _, cfg := range []*Config{nil, {Contained: true}} {
		_, err := Up(bg, top, cfg, UpOptions{})
		why := processes.CanLimit(&top.Nodes[0].Limits)
		if cfg != nil {
			why = errors.New("nslab run has no control groups")
		} else if why == nil {
			if err := errors.Join(err, Down(bg, "t", nil, DownOptions{})); err != nil {
				t.Error(err)
			}
			continue
		}
		if err == nil || !strings.HasPrefix(err.Error(), "lab.yaml:5:13: node \"a\": memory 64000000b, pids 100: "+why.Error()) || strings.Count(err.Error(), "\n") != 2 {
			t.Errorf("%v; got\n%v", why, err)
		}
		if _, perr := PlanUp(bg, top, cfg, UpOptions{}); perr == nil || perr.Error() != err.Error() {
			t.Errorf("planned: %v", perr)
		}
		nothingLeft(t, nil, "t")
	}
	if _, err := Validate(top); err != nil {
		t.Errorf("validate is for any machine: %v", err)
	}
}

// limitsIn returns the limits of node a of lab t, as the kernel has them, and how
// many processes live in each node.
func limitsIn(t *testing.T) (topology.NodeLimits, map[string]int) {
	t.Helper()
	d, err := labdir.Root("/run/nslab").Look("t")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	all, err := processes.ReadLimits(d)
	if err != nil {
		t.Fatal(err)
	}
	procs, err := processes.Find(d)
	if err != nil {
		t.Fatal(err)
	}
	count := make(map[string]int)
	for _, p := range procs {
		count[p.Node]++
	}
	return all["a"], count
}

// The limits of a node are its cgroup's. A change of them restarts nothing, is
// taken back if the rest fails, and goes with the key.
func TestIntegrationLimits(t *testing.T) {
	needsLimits(t)
	downAfter(t)
	file := func(limits string) string {
		return "name: t\nnodes:\n  a: {cmd: sleep 1000, exec: [\"setsid sleep 1000 >/dev/null 2>&1 &\"]" + limits + "}\n  b: {cmd: sleep 1000}\n"
	}
	is := func(memory, cpu, pids int64) {
		t.Helper()
		if got, _ := limitsIn(t); got != (topology.NodeLimits{Memory: memory, CPU: cpu, PIDs: pids}) {
			t.Errorf("got %+v, want %d, %d, %d", got, memory, cpu, pids)
		}
	}
	up(t, nil, file(", memory: 64mib, cpu: 0.5, pids: 10"))
	is(67108864, 500, 10)
	_, pids := statesOf(t)
	upAgain(t, file(", memory: 64mib, cpu: 0.5, pids: 10"))
	undone(t, file(", memory: 5mb, cpu: 1.5, pids: 11"), UpOptions{})
	is(67108864, 500, 10)
	if got := words(up(t, nil, file(", memory: 5mb, pids: 11"))); got != "~ limit memory in a: 67108864b -> 5000000b\n~ limit cpu in a: 0.5 -> none\n~ limit pids in a: 10 -> 11" {
		t.Errorf("steps:\n%s", got)
	}
	is(4997120, 0, 11) // whole pages
	upAgain(t, file(", memory: 5mb, pids: 11"))
	up(t, nil, file(""))
	is(0, 0, 0)
	if _, now := statesOf(t); now["a/cmd"] != pids["a/cmd"] || now["a/cmd"] == 0 {
		t.Error("the process was started again")
	}
}

// A fork bomb and a leak end at their node's limits, others do not notice, and
// neither survives a down. ps tells of what was killed.
func TestIntegrationLimitsHold(t *testing.T) {
	needsLimits(t)
	downAfter(t)
	dir := t.TempDir()
	up(t, nil, `name: t
nodes:
  bomb:
    cmd: [sh, -c, 'f() { f | f & }; f; exec sleep 1000']
    pids: 40
    cpu: 0.2
    memory: 256mb
  leak:
    cmd: [sh, -c, 'until [ -e `+dir+`/go ]; do sleep 0.05; done; exec tail /dev/zero']
    processes: {other: {cmd: sleep 1000}}
    memory: 32mb
  c:
    cmd: sleep 1000
    healthcheck: {test: "grep -q 'Cannot fork' /run/nslab/t/log/bomb/cmd", interval: 50ms, retries: 100}
`)
	if _, count := limitsIn(t); count["bomb"] == 0 || count["bomb"] > 40 {
		t.Errorf("%d processes in bomb", count["bomb"])
	}
	_, pids := statesOf(t)
	if err := os.WriteFile(filepath.Join(dir, "go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	fd, err := unix.PidfdOpen(pids["leak/cmd"], 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 60_000); n != 1 {
		t.Fatalf("the leak lives: %v", err)
	}
	words, now := statesOf(t)
	if want := "leak/cmd: ended\nleak/other: running\nc/cmd: running\n"; !strings.HasSuffix(words, want) || now["leak/other"] != pids["leak/other"] {
		t.Errorf("got\n%swant\n%s", words, want)
	}
	l := openLab(t, "t")
	all, err := l.Programs(bg)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		killed := p.Node == "leak" && p.Name == "cmd"
		if killed != (p.Killed == 1) || killed != strings.Contains(p.Problem, "the kernel has killed 1 of its processes for want of memory") {
			t.Errorf("%s/%s: %d killed, %q", p.Node, p.Name, p.Killed, p.Problem)
		}
	}
	if err := Down(bg, "t", nil, DownOptions{}); err != nil {
		t.Fatal(err)
	}
	if left, err := processes.GroupsOf("t"); err != nil || len(left) > 0 {
		t.Errorf("%v, left: %v", err, left)
	}
}
