package lab

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

// `up` returns when the healthchecks of processes and nodes pass, and runs exec
// lines before: what waits for one comes after it.
func TestIntegrationReady(t *testing.T) {
	downAfter(t)
	dir := t.TempDir()
	say := func(word string) string { return "echo " + word + " >>" + dir + "/order" }
	up(t, nil, `name: t
nodes:
  c: {wait-for: [b], exec: ["`+say("c")+`"]}
  b: {wait-for: [a/slow], exec: ["`+say("b")+`"]}
  a:
    processes:
      slow: {cmd: [sh, -c, "`+say("started")+`; sleep 0.3; touch `+dir+`/up; sleep 1000"], healthcheck: {test: "test -e `+dir+`/up && `+say("ready")+`", interval: 10ms}}
      after: {cmd: [sh, -c, "`+say("after")+`; exec sleep 1000"], wait-for: [a/slow]}
    exec: ["`+say("line")+`"]
    healthcheck: {test: [CMD, sh, -c, "`+say("node")+`"]}
`)
	b, err := os.ReadFile(dir + "/order")
	if err != nil {
		t.Fatal(err)
	}
	order := make(map[string]int)
	for i, word := range strings.Fields(string(b)) {
		order[word] = i
	}
	for _, pair := range [][2]string{{"started", "ready"}, {"ready", "after"}, {"ready", "b"}, {"b", "c"}, {"after", "line"}, {"line", "node"}} {
		first, ok := order[pair[0]]
		then, also := order[pair[1]]
		if !ok || !also || first > then {
			t.Errorf("%s does not come before %s: %s", pair[0], pair[1], b)
		}
	}
	// Each up asks again.
	if err := os.Remove(dir + "/up"); err != nil {
		t.Fatal(err)
	}
	l, err := Open("t", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	all, err := l.Programs(bg)
	if err != nil || len(all) != 2 || all[0].State != ProgramUnready || all[0].Problem != "exit status 1" || all[1].State != ProgramRunning {
		t.Errorf("%v, %+v", err, all)
	}
}

// What is not ready fails `up` and has it undone, which says what and why; with
// Keep all stays, and what can go on does.
func TestIntegrationNotReady(t *testing.T) {
	downAfter(t)
	dir := t.TempDir()
	const check = "healthcheck: {test: 'echo no such thing; exit 7', interval: 1ms, retries: 2, start-period: 0s}"
	text := "name: t\nnodes:\n  a: {cmd: [sh, -c, 'echo it says so; exec sleep 1000'], processes: {p: {cmd: sleep 1000}}}\n  b: {exec: ['touch " + dir + "/b']}\n  c: {wait-for: [d], exec: ['touch " + dir + "/c']}\n  d: {" + check + "}\n"
	var failed *RunError
	var not *NotReadyError
	_, err := Up(bg, parse(t, text), nil, UpOptions{})
	if !errors.As(err, &failed) || failed.Undo != nil || !errors.As(err, &not) || not.Node != "d" || !errors.Is(err, ErrNotReady) {
		t.Fatalf("got %v", err)
	}
	if want := `node "d" is not ready: its healthcheck has failed 2 times, the last time: exit status 7: no such thing`; not.Error() != want {
		t.Errorf("got %s, want %s", not, want)
	}
	nothingLeft(t, nil, "t")
	text = strings.Replace(text, "  a: {cmd", "  a: {stop-timeout: 1s, cmd", 1)
	text = strings.Replace(text, "p: {cmd: sleep 1000}", "p: {cmd: sleep 1000, "+check+"}", 1)
	text = strings.Replace(text, "  d: {"+check+"}", "  d: {}", 1)
	_, err = Up(bg, parse(t, text), nil, UpOptions{Keep: true})
	if !errors.As(err, &not) || not.Process != "p" {
		t.Fatalf("got %v", err)
	}
	words, pids := statesOf(t)
	if want := "a/cmd: running\na/p: not ready\n"; words != want {
		t.Errorf("got\n%swant\n%s", words, want)
	}
	// The next up has nothing to do, and says the same.
	p, err := Up(bg, parse(t, text), nil, UpOptions{})
	if !errors.Is(err, ErrNotReady) || !p.Empty() || !strings.Contains(err.Error(), `lab "t" is up as its file says, but: node "a": process "p" is not ready`) {
		t.Errorf("again: %v", err)
	}
	if again, now := statesOf(t); again != words || now["a/p"] != pids["a/p"] {
		t.Errorf("again:\n%s", again)
	}
}

// A test that does not end is ended, and a process that fails is not waited for.
func TestIntegrationReadyTimeout(t *testing.T) {
	for text, want := range map[string]string{
		"healthcheck: {test: 'sleep 1000 & wait', timeout: 50ms, retries: 1, start-period: 0s}":                           `node "a" is not ready: its healthcheck has failed 1 times, the last time: the test took longer than its timeout`,
		"healthcheck: {test: 'sleep 1000 & wait', timeout: 1ms, retries: 1, start-period: 0s}":                            `node "a" is not ready: its healthcheck has failed 1 times, the last time: the test took longer than its timeout`,
		"processes: {p: {cmd: [sh, -c, 'sleep 0.2; exit 4'], healthcheck: {test: 'false', interval: 1h}}}":                `node "a": process "p" is not ready: it has ended: exit status 4; its healthcheck had failed: exit status 1`,
		"processes: {p: {cmd: sleep 1000, healthcheck: {test: [CMD, no-such-program], start-period: 0s, interval: 1ms}}}": `its healthcheck has failed 3 times, the last time: exec: "no-such-program": executable file not found in $PATH`,
	} {
		_, err := Up(soon(t), parse(t, "name: t\nnodes: {a: {"+text+"}}\n"), nil, UpOptions{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}

// Nodes do not wait for each other but where they say so.
func TestIntegrationReadySideBySide(t *testing.T) {
	downAfter(t)
	dir := t.TempDir()
	began := time.Now()
	// Each is ready only once all have begun.
	text := "name: t\nnodes:\n  h:\n    count: 8\n    cmd: [sh, -c, 'touch " + dir + "/$NSLAB_NODE; exec sleep 1000']\n    healthcheck: {test: '[ $(ls " + dir + " | wc -l) = 8 ]', interval: 10ms}\n    startup-delay: ${INDEX}0ms\n"
	if _, err := Up(soon(t), parse(t, strings.Replace(text, "${INDEX}0ms", "200ms", 1)), nil, UpOptions{}); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < 200*time.Millisecond {
		t.Errorf("took %v, which is less than startup-delay", took)
	}
}
