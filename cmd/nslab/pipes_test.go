package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nslab/nslab/lab"
	"golang.org/x/sys/unix"
)

// starOf returns a lab whose netlink traffic does not fit into a pipe.
func starOf(hosts int) string {
	return fmt.Sprintf(`name: pipes
nodes:
  sw: {kind: bridge}
  h: {count: %d}
links:
  - {endpoints: ["h*:eth0", sw], subnet: 10.0.0.0/16}
`, hosts)
}

// file writes a file for the test.
func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func fifo(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fifo")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// phaseOf returns the phase of the lab of these tests, "" if it does not exist.
func phaseOf(t *testing.T) lab.Phase {
	t.Helper()
	labs, err := lab.List(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range labs {
		if l.Name == "pipes" {
			return l.Phase
		}
	}
	return ""
}

// end waits for a child that ends by itself, and returns its status.
func (c *child) end(t *testing.T) int {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- c.cmd.Wait() }()
	var err error
	select {
	case err = <-done:
	case <-time.After(time.Minute):
		c.cmd.Process.Kill() //nolint:errcheck // it may have ended now
		<-done
		t.Errorf("it does not end: %v", c)
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Errorf("%v: %v", err, c)
	}
	if ws := c.cmd.ProcessState.Sys().(syscall.WaitStatus); ws.Signaled() {
		t.Errorf("%v has ended it: %v", ws.Signal(), c)
	}
	return c.cmd.ProcessState.ExitCode()
}

// closedPipe returns a pipe without a reader.
func closedPipe(t *testing.T) *os.File {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	t.Cleanup(func() { w.Close() })
	return w
}

// A reader that stops reading does not leave half a lab.
func TestIntegrationBrokenPipes(t *testing.T) {
	path := file(t, "lab.yaml", starOf(3))
	other := file(t, "other.yaml", starOf(4))
	lines := file(t, "batch", "link show\nlink add x type veth\nlink set x up\nlink show\nlink del x\n")
	for _, line := range [][]string{
		{"up", path}, {"up", "--replace", other}, {"up", "--replace", path}, {"plan", "--replace", other}, {"inspect", "pipes"}, {"ls"}, {"validate", path},
		{"exec", "pipes/h1", "--", "true"}, {"exec", "-l", "pipes", "--all", "--", "ip", "link"}, {"ping", "-c", "1", "pipes/h1", "h2"},
		{"batch", lines}, {"batch", "--force", lines}, {"ip", "-batch", lines}, {"ip", "link", "show"}, {"netns"}, {"bridge", "link"}, {"brctl", "show"},
		{"down", "pipes"}, {"doctor"}, {"schema"}, {"version"},
	} {
		for _, closed := range []string{"output", "errors", "both", "record"} {
			args := append([]string{"--trace"}, line...)
			if line[0] == "ip" || line[0] == "bridge" || line[0] == "brctl" || line[0] == "netns" {
				args = append([]string{line[0], "--trace"}, line[1:]...)
			}
			if closed == "record" {
				args = append([]string{"--record", "/dev/fd/3"}, line...)
			}
			c := newChild(t, nil, args...)
			pipe := closedPipe(t)
			switch closed {
			case "output":
				c.cmd.Stdout = pipe
			case "errors":
				c.cmd.Stderr = pipe
			case "both":
				c.cmd.Stdout, c.cmd.Stderr = pipe, pipe
			case "record":
				c.cmd.ExtraFiles = []*os.File{pipe}
			}
			if err := c.cmd.Start(); err != nil {
				t.Fatal(err)
			}
			c.end(t)
			want := lab.PhaseUp
			if line[0] == "down" {
				want = ""
			}
			if got := phaseOf(t); got != want && line[0] != "doctor" && line[0] != "schema" && line[0] != "version" {
				t.Errorf("%s: the lab's phase is %q: %v", closed, got, c)
			}
			if closed == "record" && (line[0] == "up" || line[0] == "inspect") && !strings.Contains(c.err.String(), "nslab: --record: ") {
				t.Errorf("nothing is said of the recording: %v", c)
			}
			if line[0] == "down" {
				nslab(t, "up", path)
			}
		}
	}
	nslab(t, "down", "pipes")
}

// If nobody reads standard output any more, that is not reported as an error,
// and the status is that of SIGPIPE.
func TestIntegrationOutputNotRead(t *testing.T) {
	c := newChild(t, nil, "schema")
	c.cmd.Stdout = closedPipe(t)
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if status := c.end(t); status != exitBrokenPipe || c.err.Len() > 0 {
		t.Errorf("status %d: %v", status, c)
	}
}

// If nobody reads, an endless program gets SIGPIPE, in many nodes as in one.
func TestIntegrationEndlessOutputNotRead(t *testing.T) {
	nslab(t, "up", file(t, "lab.yaml", starOf(3)))
	defer nslab(t, "down", "--kill", "pipes")
	c := newChild(t, nil, "exec", "-l", "pipes", "--all", "--", "yes")
	c.cmd.Stdout = closedPipe(t)
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if status := c.end(t); status != exitBrokenPipe {
		t.Errorf("status %d: %v", status, c)
	}
}

// A command that waits for input ends at the first signal.
func TestIntegrationInterruptedInput(t *testing.T) {
	text := strings.Repeat("# a comment is not the end of the file\n", 4096) // more than a pipe holds
	for _, sig := range []os.Signal{unix.SIGINT, unix.SIGTERM} {
		for _, line := range [][]string{
			{"up"}, {"plan"}, {"plan", "--offline"}, {"validate"}, {"down"}, {"batch"}, {"batch", "--force"}, {"ip", "-batch"}, {"--trace", "ip", "-batch"},
		} {
			for _, way := range []string{"-", "a FIFO"} {
				args := append([]string{}, line...)
				r, w, err := os.Pipe()
				if err != nil {
					t.Fatal(err)
				}
				path := way
				if way == "a FIFO" {
					path = fifo(t)
				}
				c := newChild(t, r, append(args, path)...)
				if err := c.cmd.Start(); err != nil {
					t.Fatal(err)
				}
				r.Close()
				if way == "a FIFO" {
					w.Close()
					if w, err = os.OpenFile(path, os.O_WRONLY, 0); err != nil { // when it is read
						t.Fatal(err)
					}
				}
				// It has begun to read, and waits for more.
				if _, err := io.WriteString(w, text); err != nil {
					t.Fatal(err)
				}
				endsAt(t, c, sig)
				w.Close()
			}
		}
	}
}

// endsAt checks that a signal ends a child: in its own way, or like a program
// that does not handle signals.
func endsAt(t *testing.T, c *child, sig os.Signal) {
	t.Helper()
	if err := c.cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- c.cmd.Wait() }()
	select {
	case <-done:
	case <-time.After(time.Minute):
		c.cmd.Process.Kill() //nolint:errcheck // it may have ended now
		<-done
		t.Errorf("%v does not end it: %v", sig, c)
	}
	ws := c.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if ws.Signaled() && ws.Signal() != sig || ws.Exited() && ws.ExitStatus() != exitFailed {
		t.Errorf("%v: %v", sig, c)
	}
	if said := " signal received\n"; ws.Exited() && !strings.HasSuffix(c.err.String(), said) && !strings.Contains(c.err.String(), notRead) {
		t.Errorf("%v: %v", sig, c)
	}
}

const notRead = ": its reader did not read all of it\n"

// A FIFO that nobody opens is waited for until a signal arrives.
func TestIntegrationInterruptedOpen(t *testing.T) {
	path := file(t, "lab.yaml", starOf(1))
	for _, args := range [][]string{
		{"up", fifo(t)}, {"batch", fifo(t)}, {"up", "--record", fifo(t), path}, {"ip", "--record", fifo(t), "link"},
	} {
		c := newChild(t, nil, args...)
		if err := c.cmd.Start(); err != nil {
			t.Fatal(err)
		}
		waitIn(t, c.cmd.Process.Pid, "wait_for_partner")
		if phaseOf(t) != "" {
			t.Error("there is a lab already")
		}
		endsAt(t, c, unix.SIGTERM)
	}
}

// waitIn waits until a thread of a process sleeps in a function of the kernel.
func waitIn(t *testing.T, pid int, function string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/wchan", pid))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if b, err := os.ReadFile(f); err == nil && string(b) == function {
				return
			}
		}
	}
	t.Fatalf("process %d never sleeps in %s", pid, function)
}

// A slow reader, or one that does not read at all, does not delay the work.
// Waiting for it at the end ends at the first signal.
func TestIntegrationSlowReaders(t *testing.T) {
	path := file(t, "lab.yaml", starOf(120))
	for _, way := range []string{"--record", "--trace"} {
		args := []string{"up", "--trace", path}
		name := ""
		if way == "--record" {
			name = fifo(t)
			args = []string{"up", "--record", name, path}
		}
		c := newChild(t, nil, args...)
		c.cmd.Stdout = nil
		out, err := c.cmd.StdoutPipe()
		if err == nil && way == "--trace" {
			c.cmd.Stderr = nil
			_, err = c.cmd.StderrPipe()
		}
		if err == nil {
			err = c.cmd.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		if name != "" {
			f, err := os.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
		}
		line, err := bufio.NewReader(out).ReadString('\n')
		if err != nil || !strings.HasPrefix(line, `Lab "pipes" is up: `) {
			t.Errorf("%s: %q, %v", way, line, err)
		}
		// It still runs, and does not delay others.
		nslab(t, "down", "--no-wait", "pipes")
		if way == "--trace" {
			c.err.WriteString(notRead) // it cannot say so
		}
		endsAt(t, c, unix.SIGTERM)
		if !strings.Contains(c.err.String(), notRead) {
			t.Errorf("%v", c)
		}
	}
}
