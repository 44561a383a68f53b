package lab

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nslab/nslab/internal/processes"
	"golang.org/x/sys/unix"
)

// statesOf returns what is there of the processes of lab t, as "NODE/NAME:
// running", and the number of the first process of each.
func statesOf(t *testing.T) (words string, pids map[string]int) {
	t.Helper()
	l, err := Open("t", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	all, err := l.Programs(bg)
	if err != nil {
		t.Fatal(err)
	}
	pids = make(map[string]int)
	var b strings.Builder
	for _, p := range all {
		name := p.Node + "/" + p.Name
		b.WriteString(name + ": " + string(p.State) + "\n")
		pids[name] = p.PID
	}
	return b.String(), pids
}

func downAfter(t *testing.T) {
	t.Helper()
	t.Cleanup(func() {
		if err := Down(bg, "t", nil, DownOptions{Kill: true}); err != nil && !errors.Is(err, ErrNoLab) {
			t.Error(err)
		}
	})
}

// alive reports whether there is a process of a number.
func alive(pid int) bool { return unix.Kill(pid, 0) == nil }

// A process runs when `up` has ended, writes to its log, and goes with `down`,
// with what it has forked: in another session, with its parent gone, and with
// an environment of its own.
func TestIntegrationProcess(t *testing.T) {
	downAfter(t)
	dir := t.TempDir()
	text := `name: t
nodes:
  a:
    env: {WORD: there}
    cmd: [sh, -c, 'echo "$WORD in $NSLAB_NODE: $0"; (setsid sleep 1000 & echo $! >` + dir + `/forked); exec sleep 1000']
    processes:
      two: {cmd: [sleep, "1000"]}
  b: {cmd: sleep 1000}
`
	up(t, nil, text)
	words, pids := statesOf(t)
	if want := "a/cmd: running\na/two: running\nb/cmd: running\n"; words != want {
		t.Errorf("got\n%swant\n%s", words, want)
	}
	if again := up(t, nil, text); !again.Empty() {
		t.Errorf("up again has steps: %v", again.Steps)
	}
	if _, now := statesOf(t); now["a/cmd"] != pids["a/cmd"] {
		t.Error("up again has started a process again")
	}
	b, err := os.ReadFile("/run/nslab/t/log/a/cmd")
	if err != nil || string(b) != "there in a: sh\n" {
		t.Errorf("%v, the log has %q", err, b)
	}
	forked := pidIn(t, dir+"/forked")
	if !alive(forked) {
		t.Error("what the process forked does not run")
	}
	if err := Down(bg, "t", nil, DownOptions{}); err != nil {
		t.Fatal(err)
	}
	for name, pid := range pids {
		if lives(t, pid) {
			t.Errorf("%s lives", name)
		}
	}
	if lives(t, forked) {
		t.Error("what it forked lives")
	}
}

// An `up` with nothing to do makes room in full logs.
func TestIntegrationProcessLogsFull(t *testing.T) {
	downAfter(t)
	full := filepath.Join(t.TempDir(), "full")
	text := `name: t
nodes:
  a:
    cmd: [sh, -c, "head -c 80M /dev/zero; touch ` + full + `; exec sleep 1000"]
    healthcheck: {test: "[ -e ` + full + ` ]", interval: 50ms, retries: 1000}
`
	up(t, nil, text)
	log := "/run/nslab/t/log/a/cmd"
	if st, err := os.Stat(log); err != nil || st.Size() != 64<<20 {
		t.Fatalf("%v, %+v", err, st)
	}
	if again := up(t, nil, text); !again.Empty() {
		t.Error(again.Steps)
	}
	var st unix.Stat_t
	if err := unix.Stat(log, &st); err != nil || st.Size != 64<<20 || st.Blocks*512 != 32<<20 {
		t.Errorf("up again: %v, %d bytes in %d blocks", err, st.Size, st.Blocks)
	}
}

// Only what has changed is started again, and what the file drops is stopped.
func TestIntegrationProcessChange(t *testing.T) {
	downAfter(t)
	up(t, nil, "name: t\nnodes:\n  a: {cmd: sleep 1000, processes: {x: {cmd: sleep 1001}, y: {cmd: sleep 1002}, z: {cmd: sleep 1003}}}\n")
	_, before := statesOf(t)
	p := up(t, nil, "name: t\nnodes:\n  a: {cmd: sleep 1000, processes: {x: {cmd: sleep 1111}, y: {cmd: sleep 1002, env: {A: b}}}}\n")
	want := "update process x in a: old cmd -> new cmd\nupdate process y in a: old env -> new env\ndelete process z in a\n"
	got := ""
	for i := range p.Steps {
		got += p.Steps[i].String() + "\n"
	}
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	words, now := statesOf(t)
	if want := "a/cmd: running\na/x: running\na/y: running\n"; words != want {
		t.Errorf("got\n%swant\n%s", words, want)
	}
	if now["a/cmd"] != before["a/cmd"] || now["a/x"] == before["a/x"] || now["a/y"] == before["a/y"] || lives(t, before["a/z"]) {
		t.Errorf("before %v, now %v", before, now)
	}
}

// What has ended is started again by `up`, and `plan` says so.
func TestIntegrationProcessEnded(t *testing.T) {
	downAfter(t)
	const text = "name: t\nnodes: {a: {cmd: sleep 1000}}\n"
	up(t, nil, text)
	_, pids := statesOf(t)
	if err := unix.Kill(pids["a/cmd"], unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if lives(t, pids["a/cmd"]) {
		t.Fatal("it lives")
	}
	p, err := PlanUp(bg, parse(t, text), nil, UpOptions{})
	if err != nil || len(p.Steps) != 1 || p.Steps[0].String() != "create process cmd in a" {
		t.Errorf("%v, %v", p, err)
	}
	up(t, nil, text)
	if words, now := statesOf(t); words != "a/cmd: running\n" || now["a/cmd"] == pids["a/cmd"] {
		t.Errorf("got %s, %v", words, now)
	}
}

// `down` ends what an exec line has left in the background, in any session, and
// refuses for what a person runs.
func TestIntegrationProcessAndOthers(t *testing.T) {
	downAfter(t)
	dir := t.TempDir()
	up(t, nil, "name: t\nnodes:\n  a:\n    cmd: sleep 1000\n    exec: ['(setsid sleep 1000 & echo $! >"+dir+"/pid)']\n")
	pid, ended := inNode(t, "a", nil, "sh", "-c", "echo; exec sleep 1000")
	var refused *ProcessesError
	if err := Down(bg, "t", nil, DownOptions{}); !errors.As(err, &refused) || len(refused.Processes) != 1 || refused.Processes[0].PID != pid {
		t.Errorf("got %v", err)
	}
	left := pidIn(t, dir+"/pid")
	if words, _ := statesOf(t); words != "a/cmd: running\n" || !alive(left) {
		t.Errorf("a down that refuses has ended something: %s", words)
	}
	if err := unix.Kill(pid, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-ended
	if err := Down(bg, "t", nil, DownOptions{}); err != nil {
		t.Fatal(err)
	}
	if lives(t, left) {
		t.Error("what the exec line left lives")
	}
}

// A failing `up` leaves nothing of a new lab, and of a change what was there:
// what it stopped runs again.
func TestIntegrationProcessUndone(t *testing.T) {
	downAfter(t)
	var failed *RunError
	_, err := Up(bg, parse(t, "name: t\nnodes:\n  a: {cmd: sleep 1000, exec: [\"false\"]}\n"), nil, UpOptions{})
	if !errors.As(err, &failed) || failed.Undo != nil {
		t.Fatalf("got %v", err)
	}
	nothingLeft(t, nil, "t")
	const first = "name: t\nnodes:\n  a: {cmd: sleep 1000, processes: {x: {cmd: sleep 1001}}}\n  b: {cmd: sleep 1002}\n  c: {cmd: sleep 1003}\n"
	up(t, nil, first)
	words, before := statesOf(t)
	_, err = Up(bg, parse(t, "name: t\nnodes:\n  a: {cmd: sleep 2000, processes: {new: {cmd: sleep 1}}}\n  c: {cmd: sleep 1003}\n  d: {wait-for: [a], exec: [\"false\"]}\n"), nil, UpOptions{})
	if !errors.As(err, &failed) || failed.Undo != nil {
		t.Fatalf("got %v", err)
	}
	again, now := statesOf(t)
	if again != words || now["c/cmd"] != before["c/cmd"] {
		t.Errorf("before\n%s%v, now\n%s%v", words, before, again, now)
	}
	for _, name := range []string{"a/cmd", "b/cmd"} {
		if b, err := os.ReadFile("/proc/" + strconv.Itoa(now[name]) + "/cmdline"); err != nil || !strings.Contains(string(b), "sleep\x00100") {
			t.Errorf("%s: %v, %q", name, err, b)
		}
	}
	if p, err := PlanUp(bg, parse(t, first), nil, UpOptions{}); err != nil || !p.Empty() {
		t.Errorf("%v, a plan of what there was: %v", err, p.Steps)
	}
}

// A program that is not found, or that fails at once, fails `up` with the end of
// its log.
func TestIntegrationProcessFails(t *testing.T) {
	for cmd, want := range map[string]string{
		"[no-such-program]":                     `node "a": process "cmd": exec: "no-such-program": executable file not found in $PATH`,
		`[sh, -c, "echo so it is >&2; exit 3"]`: "node \"a\": process \"cmd\" is not ready: it has ended: exit status 3\nits log ends with:\nso it is; ",
		`[sh, -c, "kill -KILL $$"]`:             "it has ended: signal: killed",
		`[sh, -c, 'printf "\033[2J"; exit 1']`:  `its log ends with:` + "\n" + `\x1b[2J`,
	} {
		_, err := Up(bg, parse(t, "name: t\nnodes:\n  a:\n    cmd: "+cmd+"\n"), nil, UpOptions{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", cmd, err, want)
		}
		nothingLeft(t, nil, "t")
	}
}

// A process has its own signal and time; what ignores them is killed.
func TestIntegrationProcessStops(t *testing.T) {
	dir := t.TempDir()
	text := `name: t
nodes:
  a:
    processes:
      int: {cmd: [sh, -c, 'trap "echo got INT >` + dir + `/int; exit" INT; touch ` + dir + `/ready1; while :; do sleep 0.01; done'], stop-signal: SIGINT}
      deaf: {cmd: [sh, -c, 'trap "" TERM; touch ` + dir + `/ready2; while :; do sleep 0.01; done'], stop-timeout: 100ms}
`
	downAfter(t)
	up(t, nil, text)
	for _, name := range []string{"/ready1", "/ready2"} {
		for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
			if _, err := os.Stat(dir + name); err == nil {
				break
			}
		}
	}
	began := time.Now()
	if err := Down(bg, "t", nil, DownOptions{}); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(dir + "/int"); err != nil || string(b) != "got INT\n" {
		t.Errorf("%v, %q", err, b)
	}
	if took := time.Since(began); took < 100*time.Millisecond {
		t.Errorf("the deaf one had %v", took)
	}
}

// The group of a lab goes with it, and a lab without programs has none.
func TestIntegrationProcessGroup(t *testing.T) {
	downAfter(t)
	up(t, nil, "name: t\nnodes: {a: {}}\n")
	if _, err := os.Stat("/run/nslab/t/group"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a lab without programs: %v", err)
	}
	up(t, nil, "name: t\nnodes: {a: {cmd: sleep 1000}}\n")
	_, pids := statesOf(t)
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pids["a/cmd"]) + "/cgroup")
	if err != nil {
		t.Fatal(err)
	}
	group, err := os.ReadFile("/run/nslab/t/group")
	if err != nil {
		t.Fatal(err)
	}
	id, kind, _ := strings.Cut(strings.TrimSpace(string(group)), " ")
	t.Logf("the group is a %s", kind)
	if in := strings.Contains(string(b), "/nslab/"+id+"/a/a:cmd@"); in != (kind == "cgroup") {
		t.Errorf("%s: the process is in %s", group, b)
	}
	if err := Down(bg, "t", nil, DownOptions{}); err != nil {
		t.Fatal(err)
	}
	if left, err := processes.GroupsOf("t"); err != nil || slices.Contains(left, id) {
		t.Errorf("%v, cgroup %s is left", err, id)
	}
	if left, _ := filepath.Glob("/run/nslab/*"); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}
