package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/rtnl"
	"golang.org/x/sys/unix"
)

// asking is a program that prints its number, and asks the kernel for links
// until a signal ends it.
func asking() {
	fmt.Println(os.Getpid())
	c, err := rtnl.Dial(nil)
	for err == nil {
		_, err = c.Links(context.Background(), rtnl.LinkDump{})
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// link creates a link to this test binary, under whose name it is a program.
func link(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.Symlink(fmt.Sprintf("/proc/%d/exe", os.Getpid()), path); err != nil {
		t.Fatal(err)
	}
	return path
}

// startAsking starts the program asking.
func startAsking(t *testing.T) *exec.Cmd {
	t.Helper()
	c := exec.Command(link(t, "asking"))
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Kill() //nolint:errcheck // it may have ended
		c.Wait()         //nolint:errcheck // it is killed
	})
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	return c
}

// taskState returns the state of a thread, its tracer, and how often it has
// waited, from the status in its directory of /proc; "" after it has ended.
func taskState(dir string) (state, tracer, switches string) {
	b, err := os.ReadFile(filepath.Join(dir, "status"))
	if err != nil {
		return "", "", ""
	}
	for line := range strings.Lines(string(b)) {
		switch f := strings.Fields(line); f[0] {
		case "State:":
			state = f[1]
		case "TracerPid:":
			tracer = f[1]
		case "voluntary_ctxt_switches:":
			switches = f[1]
		}
	}
	return state, tracer, switches
}

// processState does what taskState does for the first thread of a process.
func processState(pid int) (state, tracer, switches string) {
	return taskState(fmt.Sprintf("/proc/%d", pid))
}

// until waits until holds returns true.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

// isHeld waits until a thread of a program is stopped by its tracer, and not
// only for a call.
func isHeld(t *testing.T, pid int) {
	t.Helper()
	same, last := map[string]int{}, map[string]string{}
	until(t, "the program is held", func() bool {
		tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid))
		if err != nil {
			t.Fatal(err)
		}
		for _, dir := range tasks {
			state, _, switches := taskState(dir)
			if same[dir]++; state != "t" || switches != last[dir] {
				same[dir] = 0
			}
			last[dir] = switches
			if same[dir] == 100 {
				return true
			}
		}
		return false
	})
}

// If nobody reads what nslab trace writes, the program stops until a signal
// arrives. The signal reaches the program, or makes nslab detach; then nslab
// ends.
func TestIntegrationTraceNotRead(t *testing.T) {
	for _, sig := range []os.Signal{unix.SIGINT, unix.SIGTERM} {
		for _, to := range []string{"", "text", "x.jsonl", "x.pcap"} {
			for _, attach := range []bool{false, true} {
				t.Run(fmt.Sprintf("%v to %q attach %v", sig, to, attach), func(t *testing.T) {
					t.Parallel()
					r, w, err := os.Pipe()
					if err != nil {
						t.Fatal(err)
					}
					defer r.Close()
					args := []string{"trace"}
					if to != "" {
						fifo := filepath.Join(t.TempDir(), to)
						if err := unix.Mkfifo(fifo, 0o600); err != nil {
							t.Fatal(err)
						}
						args = append(args, "-o", fifo)
						open, err := os.OpenFile(fifo, os.O_RDONLY|unix.O_NONBLOCK, 0)
						if err != nil {
							t.Fatal(err)
						}
						defer open.Close()
					}
					pid := 0
					var c *child
					if attach {
						pid = startAsking(t).Process.Pid
						c = newChild(t, nil, append(args, "-p", fmt.Sprint(pid))...)
					} else {
						c = newChild(t, nil, append(args, link(t, "asking"))...)
					}
					c.cmd.Stdout = nil
					out, err := c.cmd.StdoutPipe()
					if err != nil {
						t.Fatal(err)
					}
					if to == "" {
						c.cmd.Stderr = w
					}
					if err := c.cmd.Start(); err != nil {
						t.Fatal(err)
					}
					w.Close()
					if !attach {
						if _, err := fmt.Fscan(out, &pid); err != nil {
							t.Fatal(err)
						}
					}
					isHeld(t, pid)
					if err := c.cmd.Process.Signal(sig); err != nil {
						t.Error(err)
					}
					if status := c.end(t); status != exitOwn {
						t.Errorf("status %d, want %d: %v", status, exitOwn, c)
					}
					if to != "" && !strings.Contains(c.err.String(), to+notRead) {
						t.Errorf("%v", c)
					}
					if state, _, _ := processState(pid); !attach && state != "" {
						t.Errorf("the signal has not ended the program: %s", state)
					}
					if attach {
						until(t, "the program runs on", func() bool {
							state, tracer, _ := processState(pid)
							return tracer == "0" && state != "t" && state != "T"
						})
					}
				})
			}
		}
	}
}

// If the reader has gone, nslab detaches, since nobody would see the output.
func TestIntegrationTraceReaderGone(t *testing.T) {
	name := fifo(t)
	reader, err := os.OpenFile(name, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	program := startAsking(t)
	c := newChild(t, nil, "trace", "-o", name, "-p", fmt.Sprint(program.Process.Pid))
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	isHeld(t, program.Process.Pid)
	reader.Close()
	if status := c.end(t); status != exitBrokenPipe {
		t.Errorf("status %d: %v", status, c)
	}
	if state, tracer, _ := processState(program.Process.Pid); tracer != "0" || state == "t" {
		t.Errorf("the program is %s, traced by %s", state, tracer)
	}
}

// In the background of a script, SIGINT is ignored; nslab detaches
// nevertheless.
func TestIntegrationTraceInBackground(t *testing.T) {
	testenv.NeedTool(t, "sh")
	program := startAsking(t)
	pid := program.Process.Pid
	var errs bytes.Buffer
	c := exec.Command("sh", "-c", `trap "" INT; exec "$@"`, "sh", link(t, "nslab"), "trace", "-o", filepath.Join(t.TempDir(), "out"), "-p", fmt.Sprint(pid))
	c.Stderr = &errs
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(time.Minute, func() { c.Process.Kill() }) //nolint:errcheck // it may have ended now
	defer late.Stop()
	until(t, "nslab is attached", func() bool { _, tracer, _ := processState(pid); return tracer != "0" })
	if err := c.Process.Signal(unix.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err != nil {
		t.Errorf("%v: %s", err, errs.String())
	}
}

// That goes for the wait for a reader of the FIFO, too.
func TestIntegrationTraceWaitsInBackground(t *testing.T) {
	testenv.NeedTool(t, "sh")
	program := startAsking(t)
	var errs bytes.Buffer
	c := exec.Command("sh", "-c", `trap "" INT; exec "$@"`, "sh", link(t, "nslab"), "trace", "-o", fifo(t), "-p", fmt.Sprint(program.Process.Pid))
	c.Stderr = &errs
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(time.Minute, func() { c.Process.Kill() }) //nolint:errcheck // it may have ended now
	defer late.Stop()
	until(t, "nslab runs", func() bool {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", c.Process.Pid))
		return err == nil && string(b) == "nslab\n"
	})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.Wait() //nolint:errcheck // see its status
	}()
	again := time.NewTicker(10 * time.Millisecond) // it ignores the signal until it waits
	defer again.Stop()
	for waiting := true; waiting; {
		select {
		case <-ended:
			waiting = false
		case <-again.C:
			c.Process.Signal(unix.SIGINT) //nolint:errcheck // it may have ended now
		}
	}
	if status := c.ProcessState.ExitCode(); status != exitOwn || !strings.Contains(errs.String(), "trace: -o: ") {
		t.Errorf("%v: %s", c.ProcessState, errs.String())
	}
}

// If the program does not exist, an existing file is kept.
func TestIntegrationTraceKeepsFile(t *testing.T) {
	const text = "valuable\n"
	keep := file(t, "keep", text)
	for _, args := range [][]string{
		{"trace", "-o", keep, "no-such-program"}, {"trace", "-o", keep, "./no/such/program"}, {"trace", "-o", keep, "-p", "536870911"},
		{"trace", "-o", keep, ""}, {"audit", "--report", keep, "--", "no-such-program"},
	} {
		c := newChild(t, nil, args...)
		if err := c.cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if status := c.end(t); status == 0 || !strings.HasPrefix(c.err.String(), "nslab: "+args[0]+": ") {
			t.Errorf("status %d: %v", status, c)
		}
		if b, err := os.ReadFile(keep); err != nil || string(b) != text {
			t.Errorf("%q: %q, %v", args, b, err)
		}
	}
}
