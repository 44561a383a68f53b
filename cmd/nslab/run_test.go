package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nslab/nslab/internal/processes"
	"github.com/nslab/nslab/internal/testenv"
	"golang.org/x/sys/unix"
)

const runLab = `
name: run
nodes: {h1: {}, h2: {}}
links:
  - {endpoints: ["h1:eth0", "h2:eth0"], subnet: 10.0.0.0/24}
`

// A started is a run of nslab in a process group of its own. All that it
// starts, and nobody else, can write to the other end of out.
type started struct {
	*exec.Cmd
	out    *bufio.Reader
	stderr strings.Builder
}

func startRun(t *testing.T, args ...string) *started {
	t.Helper()
	s := &started{Cmd: exec.Command(link(t, "nslab"), append([]string{"run"}, args...)...)}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	s.Stdout, s.Stderr = w, &s.stderr
	s.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	t.Cleanup(func() { s.Process.Kill() }) //nolint:errcheck // it has ended now, unless the test has failed
	late := time.AfterFunc(time.Minute, func() {
		s.Process.Kill() //nolint:errcheck // it may have ended now
		r.Close()
	})
	t.Cleanup(func() { late.Stop() })
	s.out = bufio.NewReader(r)
	return s
}

// says waits for a line of output.
func (s *started) says(t *testing.T, want string) {
	t.Helper()
	if line, err := s.out.ReadString('\n'); line != want+"\n" {
		t.Fatalf("%q, %v; want %q\n%s", line, err, want, s.stderr.String())
	}
}

// allGone waits until no process holds the output any more, and returns the
// rest of it.
func (s *started) allGone(t *testing.T) string {
	t.Helper()
	rest, err := io.ReadAll(s.out)
	if err != nil {
		t.Fatalf("somebody still holds the output: %v", err)
	}
	return string(rest)
}

// status waits for the end and returns the exit status, negative for a signal.
func (s *started) status(t *testing.T) int {
	t.Helper()
	ws := ends(t, s.Cmd)
	if ws.Signaled() {
		return -int(ws.Signal())
	}
	return ws.ExitStatus()
}

// restless starts processes that try to get away, in a node and outside, and
// goes on.
const restless = `
(setsid sleep 1000 &)
(trap "" HUP INT QUIT TERM; setsid sh -c 'sleep 1000 & sleep 1000') &
nslab=%s
$nslab up %s >/dev/null
$nslab exec run/h1 -- sh -c '(trap "" TERM; setsid sh -c "sleep 1000; exit" &)'
echo ready
while :; do sleep 1000; done
`

// reachable returns a path of nslab that is also one in another /proc.
func reachable(t *testing.T) string {
	t.Helper()
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "nslab")
	if err := os.Symlink(self, path); err != nil {
		t.Fatal(err)
	}
	return path
}

// inner returns the processes of nslab inside: the first of the PID namespace
// and the one that works.
func inner(t *testing.T, s *started) (first, worker int) {
	t.Helper()
	child := func(of int) int {
		// A child belongs to the thread that started it.
		files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", of))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			b, err := os.ReadFile(file)
			if err != nil {
				continue // the thread has ended
			}
			for _, word := range strings.Fields(string(b)) {
				pid, err := strconv.Atoi(word)
				if err != nil {
					t.Fatal(err)
				}
				if is, _ := runs(t, pid); is {
					return pid
				}
			}
		}
		t.Fatalf("%d has no child that is nslab", of)
		return 0
	}
	first = child(s.Process.Pid)
	return first, child(first)
}

// Whichever of its processes is killed, nothing is left.
func TestIntegrationRunKilled(t *testing.T) {
	testenv.NeedTool(t, "setsid")
	before := names(t, "/run")
	lab := file(t, "lab.yaml", strings.Replace(runLab, "h2: {}", `h2: {cmd: "sleep 1000"}`, 1))
	another := file(t, "another.yaml", "name: run-another\nnodes: {a: {cmd: \"sleep 1000\"}}\n")
	for name, victim := range map[string]func(*testing.T, *started) int{
		"outside": func(_ *testing.T, s *started) int { return s.Process.Pid },
		"first":   func(t *testing.T, s *started) int { first, _ := inner(t, s); return first },
		"worker":  func(t *testing.T, s *started) int { _, worker := inner(t, s); return worker },
	} {
		t.Run(name, func(t *testing.T) {
			s := startRun(t, lab, "--", "sh", "-c", fmt.Sprintf(restless, reachable(t), another))
			s.says(t, "ready")
			if err := unix.Kill(victim(t, s), unix.SIGKILL); err != nil {
				t.Fatal(err)
			}
			s.allGone(t)
			if status := s.status(t); status != -int(unix.SIGKILL) && status != 128+int(unix.SIGKILL) {
				t.Errorf("status %d", status)
			}
		})
	}
	if after := names(t, "/run"); after != before {
		t.Errorf("/run: %s, before %s", after, before)
	}
	for _, lab := range []string{"run", "run-another"} {
		if groups, err := processes.GroupsOf(lab); err != nil || len(groups) > 0 {
			t.Errorf("cgroups are left: %v %v", groups, err)
		}
	}
}

// Killed at some instant of its start.
func TestIntegrationRunKilledEarly(t *testing.T) {
	lab := file(t, "lab.yaml", runLab)
	for i := range 24 {
		s := startRun(t, lab, "--", "sleep", "1000")
		time.AfterFunc(time.Duration(i)*time.Millisecond, func() { s.Process.Kill() }) //nolint:errcheck // that is what is waited for
		s.allGone(t)
		if status := s.status(t); status != -int(unix.SIGKILL) {
			t.Errorf("status %d\n%s", status, s.stderr.String())
		}
	}
}

func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(entries)
}

// counting says each signal that it gets, and ends with 5 at SIGTERM.
const counting = `
for s in HUP INT QUIT USR1 USR2; do trap "echo $s" $s; done
trap 'echo TERM; exit 5' TERM
echo ready
while :; do sleep 1000 & wait $!; done
`

// A signal reaches the program once, whether it is sent to nslab or to the
// process group.
func TestIntegrationRunSignals(t *testing.T) {
	lab := file(t, "lab.yaml", runLab)
	for _, where := range [][]string{nil, {"--node", "h1"}} {
		t.Run(fmt.Sprint("to nslab ", where), func(t *testing.T) {
			s := startRun(t, append(append([]string{lab}, where...), "--", "sh", "-c", counting)...)
			s.says(t, "ready")
			for _, sig := range []syscall.Signal{unix.SIGINT, unix.SIGQUIT, unix.SIGHUP, unix.SIGUSR1, unix.SIGUSR2, unix.SIGINT, unix.SIGTERM} {
				if err := s.Process.Signal(sig); err != nil {
					t.Fatal(err)
				}
				s.says(t, strings.TrimPrefix(unix.SignalName(sig), "SIG"))
			}
			if rest, status := s.allGone(t), s.status(t); rest != "" || status != 5 {
				t.Errorf("%q, status %d\n%s", rest, status, s.stderr.String())
			}
		})
	}
	t.Run("to the group", func(t *testing.T) {
		s := startRun(t, lab, "--", "sh", "-c", counting)
		s.says(t, "ready")
		for _, sig := range []syscall.Signal{unix.SIGINT, unix.SIGQUIT} {
			if err := unix.Kill(-s.Process.Pid, sig); err != nil {
				t.Fatal(err)
			}
			s.says(t, strings.TrimPrefix(unix.SignalName(sig), "SIG"))
		}
		// By now one that was passed on as well would have come.
		<-time.After(3 * sameSignal)
		if err := s.Process.Signal(unix.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if rest, status := s.allGone(t), s.status(t); rest != "TERM\n" || status != 5 {
			t.Errorf("%q, status %d\n%s", rest, status, s.stderr.String())
		}
	})
	t.Run("to the group, the program in its own", func(t *testing.T) {
		testenv.NeedTool(t, "setsid")
		s := startRun(t, lab, "--", "setsid", "sh", "-c", counting)
		s.says(t, "ready")
		for _, sig := range []syscall.Signal{unix.SIGINT, unix.SIGTERM} {
			if err := unix.Kill(-s.Process.Pid, sig); err != nil {
				t.Fatal(err)
			}
			s.says(t, strings.TrimPrefix(unix.SignalName(sig), "SIG"))
		}
		if status := s.status(t); status != 5 {
			t.Errorf("status %d\n%s", status, s.stderr.String())
		}
	})
	t.Run("ended by one", func(t *testing.T) {
		s := startRun(t, lab, "--", "sh", "-c", "echo ready; exec sleep 1000")
		s.says(t, "ready")
		if err := s.Process.Signal(unix.SIGINT); err != nil {
			t.Fatal(err)
		}
		if status := s.status(t); status != 128+int(unix.SIGINT) {
			t.Errorf("status %d", status)
		}
	})
}

// A signal while the lab comes up ends that, and the program is not started.
func TestIntegrationRunInterrupted(t *testing.T) {
	ready := fifo(t)
	lab := file(t, "lab.yaml", fmt.Sprintf("name: run\nnodes: {h1: {exec: [\"echo >%s; sleep 1000\"]}}\n", ready))
	for _, sig := range []syscall.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGQUIT, unix.SIGHUP} {
		s := startRun(t, lab, "--", "echo", "the program ran")
		f, err := os.Open(ready) // once the line writes
		if err == nil {
			_, err = io.ReadAll(f)
		}
		if err = errors.Join(err, f.Close(), s.Process.Signal(sig)); err != nil {
			t.Fatal(err)
		}
		if rest, status := s.allGone(t), s.status(t); rest != "" || status != 128+int(sig) {
			t.Errorf("%v: %q, status %d\n%s", sig, rest, status, s.stderr.String())
		}
		if said := s.stderr.String(); !strings.Contains(said, "ended by a signal") {
			t.Errorf("%v: %s", sig, said)
		}
	}
}

// A signal that is ignored outside, as under nohup(1), is ignored inside.
func TestIntegrationRunIgnored(t *testing.T) {
	testenv.NeedTool(t, "sh")
	c := exec.Command("sh", "-c", `trap "" HUP INT; exec "$0" "$@"`, link(t, "nslab"), "run", file(t, "lab.yaml", runLab),
		"--", "sh", "-c", "kill -HUP $$; kill -INT $$; echo goes on")
	if out, err := c.CombinedOutput(); err != nil || string(out) != "goes on\n" {
		t.Errorf("%v: %s", err, out)
	}
}

// The program has nslab's streams and descriptors; exec lines do not have them.
func TestIntegrationRunStreams(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	lab := file(t, "lab.yaml", "name: run\nnodes: {h1: {exec: [\"! { echo line >&3; } 2>/dev/null\"]}}\n")
	for _, where := range [][]string{nil, {"--node", "h1"}} {
		c := exec.Command(link(t, "nslab"), append(append([]string{"run", lab}, where...), "--", "sh", "-c", "cat; echo three >&3; echo err >&2")...)
		c.Stdin = strings.NewReader("in\n")
		var out, errs strings.Builder
		c.Stdout, c.Stderr, c.ExtraFiles = &out, &errs, []*os.File{w}
		if err := c.Run(); err != nil || out.String() != "in\n" || errs.String() != "err\n" {
			t.Errorf("%v: %q %q", err, out.String(), errs.String())
		}
	}
	w.Close()
	if b, err := io.ReadAll(r); err != nil || string(b) != "three\nthree\n" {
		t.Errorf("%q %v", b, err)
	}
}
