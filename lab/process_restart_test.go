package lab

import (
	"errors"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nslab/nslab/internal/processes"
	"github.com/nslab/nslab/internal/testenv"
)

// What cannot be started again is not stopped: a restart looks first.
func TestIntegrationProcessRestartLooksFirst(t *testing.T) {
	for name, c := range map[string]struct {
		node string
		// spoil makes a start impossible. dir has "source".
		spoil func(t *testing.T, dir string)
		want  string
	}{
		"source": {
			node:  "{cmd: sleep 1000, binds: [DIR/source:/lt]}",
			spoil: func(t *testing.T, dir string) { rename(t, dir+"/source", dir+"/away") },
			want:  "no such file or directory",
		},
		"program": {
			node:  "{cmd: [DIR/source/sleep, 1000]}",
			spoil: func(t *testing.T, dir string) { rename(t, dir+"/source/sleep", dir+"/source/away") },
			want:  "no such file or directory",
		},
		"program in a view": {
			node:  "{cmd: sleep 1000, env: {PATH: /lt}, binds: [DIR/source:/lt]}",
			spoil: func(t *testing.T, dir string) { rename(t, dir+"/source/sleep", dir+"/source/away") },
			want:  "executable file not found",
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			testenv.NeedTool(t, "sleep")
			path, err := exec.LookPath("sleep")
			if err != nil {
				t.Fatal(err)
			}
			sleep, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Mkdir(dir+"/source", 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(dir+"/source/sleep", sleep, 0o755); err != nil {
				t.Fatal(err)
			}
			cfg, _ := small(t)
			up(t, cfg, strings.ReplaceAll("name: t\nnodes:\n  b: {cmd: sleep 1000}\n  a: "+c.node+"\n", "DIR", dir))
			defer func() {
				if err := Down(bg, "t", cfg, DownOptions{Kill: true}); err != nil {
					t.Error(err)
				}
			}()
			before := pidsOf(t, cfg)
			c.spoil(t, dir)
			changed, err := ControlPrograms(bg, "t", RestartPrograms, []ProgramName{{"b", ""}, {"a", ""}}, cfg)
			if err == nil || !strings.Contains(err.Error(), `node "a": process "cmd": `) || !strings.Contains(err.Error(), c.want) || len(changed) > 0 {
				t.Errorf("got %v, %v", changed, err)
			}
			if now := pidsOf(t, cfg); now != before || before[0] == 0 || before[1] == 0 {
				t.Errorf("before %v, now %v", before, now)
			}
		})
	}
}

// An `up` that cannot start a process anew leaves the one that runs.
func TestIntegrationProcessChangeLooksFirst(t *testing.T) {
	downAfter(t)
	up(t, nil, "name: t\nnodes:\n  a: {cmd: sleep 1000}\n")
	_, before := statesOf(t)
	_, err := Up(bg, parse(t, "name: t\nnodes:\n  a: {cmd: no-such-program}\n"), nil, UpOptions{})
	if err == nil || !strings.Contains(err.Error(), `"no-such-program": executable file not found in $PATH`) {
		t.Errorf("got %v", err)
	}
	if words, now := statesOf(t); now["a/cmd"] != before["a/cmd"] {
		t.Errorf("it was ended: %v, now %v\n%s", before, now, words)
	}
}

// On a full disk processes can be stopped and started.
func TestIntegrationProcessFullDisk(t *testing.T) {
	cfg, root := small(t)
	up(t, cfg, "name: t\nnodes:\n  a: {cmd: sleep 1000, processes: {x: {cmd: sleep 1001}}}\n")
	defer func() {
		if err := Down(bg, "t", cfg, DownOptions{Kill: true}); err != nil {
			t.Error(err)
		}
	}()
	fill(t, root, 0, 0)
	a := []ProgramName{{"a", "cmd"}}
	before := pidsOf(t, cfg)
	for _, c := range []struct {
		what Control
		runs bool
	}{{RestartPrograms, true}, {StopPrograms, false}, {StartPrograms, true}} {
		changed, err := ControlPrograms(bg, "t", c.what, a, cfg)
		if err != nil || !slices.Equal(changed, a) {
			t.Errorf("%v: got %v, %v", c.what, changed, err)
		}
		now := pidsOf(t, cfg)
		if now[0] == before[0] || (now[0] != 0) != c.runs || now[1] != before[1] {
			t.Errorf("%v: before %v, now %v", c.what, before, now)
		}
		before = now
	}
}

// What ignores the signal that was to stop it, when another failure ends the
// run, is ended before it is started again.
func TestIntegrationProcessUndoneDeaf(t *testing.T) {
	file := t.TempDir() + "/had-it"
	text := `name: t
nodes:
  a: {cmd: [sh, -c, "trap 'echo >FILE' TERM; while :; do sleep NUMBER & wait; done"], stop-timeout: 1h}
`
	text = strings.ReplaceAll(text, "FILE", file)
	number := strconv.Itoa(2_000_000_000 - os.Getpid())
	first := strings.ReplaceAll(text, "NUMBER", number)
	up(t, nil, first)
	t.Cleanup(func() {
		if err := Down(bg, "t", nil, DownOptions{Kill: true, Grace: time.Millisecond}); err != nil && !errors.Is(err, ErrNoLab) {
			t.Error(err)
		}
	})
	words, _ := statesOf(t)
	_, err := Up(bg, parse(t, strings.ReplaceAll(text, "NUMBER", "1"+number)+"  b: {exec: ['until [ -e "+file+" ]; do sleep 0.05; done; false']}\n"), nil, UpOptions{})
	var failed *RunError
	if !errors.As(err, &failed) || failed.Undo != nil {
		t.Fatalf("got %v", err)
	}
	if now, _ := statesOf(t); now != words {
		t.Errorf("before\n%snow\n%s", words, now)
	}
	d, err := (*Config)(nil).orDefault().root().Look("t")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close() //nolint:errcheck // nothing was written
	procs, err := processes.Find(d)
	if shells := slices.DeleteFunc(procs, func(p Process) bool { return p.Command != "sh" }); err != nil || len(shells) != 1 {
		t.Errorf("got %v, %v", shells, err)
	}
	if p, err := PlanUp(bg, parse(t, first), nil, UpOptions{}); err != nil || !p.Empty() {
		t.Errorf("%v, a plan of what there was: %v", err, p.Steps)
	}
}

func pidsOf(t *testing.T, cfg *Config) (pids [2]int) {
	t.Helper()
	l, err := Open("t", cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	all, err := l.Programs(bg)
	if err != nil || len(all) != 2 {
		t.Fatalf("%v, %v", all, err)
	}
	return [2]int{all[0].PID, all[1].PID}
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}
