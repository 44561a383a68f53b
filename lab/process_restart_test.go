package lab

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/testenv"
)

// What cannot be started again is not stopped: a restart looks first.
func TestIntegrationProcessRestartLooksFirst(t *testing.T) {
	for name, c := range map[string]struct {
		node string
		// spoil makes a start impossible. dir has "source", and root is that of
		// all labs.
		spoil func(t *testing.T, dir, root string)
		want  string
	}{
		"source": {
			node:  "{cmd: sleep 1000, binds: [DIR/source:/lt]}",
			spoil: func(t *testing.T, dir, _ string) { rename(t, dir+"/source", dir+"/away") },
			want:  "no such file or directory",
		},
		"program": {
			node:  "{cmd: [DIR/source/sleep, 1000]}",
			spoil: func(t *testing.T, dir, _ string) { rename(t, dir+"/source/sleep", dir+"/source/away") },
			want:  "no such file or directory",
		},
		"program in a view": {
			node:  "{cmd: sleep 1000, env: {PATH: /lt}, binds: [DIR/source:/lt]}",
			spoil: func(t *testing.T, dir, _ string) { rename(t, dir+"/source/sleep", dir+"/source/away") },
			want:  "executable file not found",
		},
		"full disk": {
			node:  "{cmd: sleep 1000}",
			spoil: func(t *testing.T, _, root string) { fill(t, root, 0, 0) },
			want:  "no space left on device",
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
			cfg, root := small(t)
			up(t, cfg, strings.ReplaceAll("name: t\nnodes:\n  b: {cmd: sleep 1000}\n  a: "+c.node+"\n", "DIR", dir))
			defer func() {
				if err := Down(bg, "t", cfg, DownOptions{Kill: true}); err != nil {
					t.Error(err)
				}
			}()
			before := pidsOf(t, cfg)
			c.spoil(t, dir, root)
			changed, err := ControlPrograms(bg, "t", RestartPrograms, []ProgramName{{"b", ""}, {"a", ""}}, cfg)
			if err == nil || !strings.Contains(err.Error(), `node "a": process "cmd": `) || !strings.Contains(err.Error(), c.want) || len(changed) > 0 {
				t.Errorf("got %v, %v", changed, err)
			}
			if now := pidsOf(t, cfg); now != before || before[0] == 0 || before[1] == 0 {
				t.Errorf("before %v, now %v", before, now)
			}
			if drafts, err := filepath.Glob(root + "/nslab/t/programs/*.tmp*"); len(drafts) > 0 || err != nil {
				t.Errorf("left: %v, %v", drafts, err)
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

// A stop that cannot be written down says of what.
func TestIntegrationProcessStopFullDisk(t *testing.T) {
	cfg, root := small(t)
	up(t, cfg, "name: t\nnodes:\n  a: {cmd: sleep 1000}\n")
	defer func() {
		if err := Down(bg, "t", cfg, DownOptions{Kill: true}); err != nil {
			t.Error(err)
		}
	}()
	fill(t, root, 0, 0)
	_, err := ControlPrograms(bg, "t", StopPrograms, []ProgramName{{"a", "cmd"}}, cfg)
	if err == nil || !strings.HasPrefix(err.Error(), `node "a": process "cmd": `) || !strings.Contains(err.Error(), "no space left on device") {
		t.Errorf("got %v", err)
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
