package trace

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
	"github.com/nslab/nslab/internal/testenv"
)

// startCommands starts the program commands. It runs until in is closed; do waits until a command is done.
func startCommands(t *testing.T) (cmd *exec.Cmd, in io.WriteCloser, do func(command string) (report string)) {
	t.Helper()
	cmd = exec.Command("/proc/self/exe")
	cmd.Args[0] = "commands"
	cmd.Env = append(os.Environ(), programEnv+"=commands")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	line := func() string {
		s, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	line()
	return cmd, in, func(command string) (report string) {
		if _, err := io.WriteString(in, command+"\n"); err != nil {
			t.Fatal(err)
		}
		for s := line(); s != "done\n"; s = line() {
			report += s
		}
		return report
	}
}

func TestAttach(t *testing.T) {
	cmd, in, do := startCommands(t)
	defer in.Close()
	attach := func(o Options) (stop func() []audit.Event) {
		var events []audit.Event
		tr, err := Attach(cmd.Process.Pid, o, func(e *audit.Event) { events = append(events, *e) })
		if err != nil {
			t.Fatal(err)
		}
		return func() []audit.Event {
			tr.Stop()
			if ws, err := tr.Wait(); ws != 0 || err != nil {
				t.Errorf("status %#x, %v", ws, err)
			}
			return events
		}
	}
	do("ask")
	do("thread")
	for _, o := range []Options{{}, {Alone: true}} {
		stop := attach(o)
		report := do("ask") + do("write") + do("thread")
		child := do("child")
		if !o.Alone {
			report += child
		}
		events := stop()
		if got := moved(events); got != report {
			t.Errorf("%+v: seen:\n%s\nthe program says:\n%s", o, got, report)
		}
		if events[0].PortID == 0 || events[0].Inode == 0 {
			t.Errorf("the socket that was open before is %+v", events[0].Socket)
		}
	}
	do("ask") // the program runs on
	// Nothing happens meanwhile, but the wait ends all the same.
	if events := attach(Options{})(); len(events) != 0 {
		t.Errorf("seen:\n%s", list(events))
	}
	do("thread")
	// The program's end ends the tracing.
	tr, err := Attach(cmd.Process.Pid, Options{}, func(*audit.Event) {})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Attach(cmd.Process.Pid, Options{}, nil); !errors.Is(err, unix.EPERM) || !strings.Contains(err.Error(), fmt.Sprintf("process %d traces it already", os.Getpid())) {
		t.Errorf("attached twice: %v", err)
	}
	in.Close()
	if ws, err := tr.Wait(); ws != 0 || err != nil {
		t.Errorf("status %#x, %v", ws, err)
	}
	// It is this process's child, and the tracer has not waited for it.
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// commands asks once for each line of its input.
func commands() error {
	c, err := open()
	if err != nil {
		return err
	}
	if err := unix.Bind(c.fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return err
	}
	fmt.Println("ready", os.Getpid())
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		switch lines.Text() {
		case "ask":
			err = c.ask(1)
		case "write":
			b := c.getLink(1)
			if _, err = unix.Write(c.fd, b); err == nil {
				c.report("send", b)
				err = c.receive()
			}
		case "thread":
			done := make(chan error)
			go func() {
				runtime.LockOSThread()
				done <- c.ask(9999)
			}()
			err = <-done
		case "listen":
			for _, group := range []int{unix.RTNLGRP_BRVLAN, unix.RTNLGRP_NEXTHOP, unix.RTNLGRP_LINK} {
				err = errors.Join(err, unix.SetsockoptInt(c.fd, unix.SOL_NETLINK, unix.NETLINK_ADD_MEMBERSHIP, group))
			}
		case "hear": // nothing
			if _, _, err = unix.Recvfrom(c.fd, make([]byte, 1), unix.MSG_DONTWAIT); err == unix.EAGAIN {
				err = nil
			}
		case "child":
			cmd := exec.Command("/proc/self/exe", "sendto recvfrom")
			cmd.Env = append(os.Environ(), programEnv+"=forms")
			cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
			err = cmd.Run()
		}
		if err != nil {
			return err
		}
		fmt.Println("done")
	}
	return nil
}

// The groups that a socket joined before are told when it is seen first, and then no more.
func TestAttachGroups(t *testing.T) {
	cmd, in, do := startCommands(t)
	do("listen")
	var events []audit.Event
	tr, err := Attach(cmd.Process.Pid, Options{}, func(e *audit.Event) { events = append(events, *e) })
	if err != nil {
		t.Fatal(err)
	}
	do("hear")
	do("hear")
	tr.Stop()
	if ws, err := tr.Wait(); ws != 0 || err != nil {
		t.Errorf("status %#x, %v", ws, err)
	}
	want := []uint32{unix.RTNLGRP_LINK, unix.RTNLGRP_NEXTHOP, unix.RTNLGRP_BRVLAN}
	events = slices.DeleteFunc(events, func(e audit.Event) bool { return e.Op == audit.OpClose }) // as it is let go
	if len(events) != 1 || events[0].Op != audit.OpFound || !slices.Equal(events[0].Groups, want) || events[0].PID != cmd.Process.Pid {
		t.Errorf("seen:\n%s", list(events))
	}
	if err := errors.Join(in.Close(), cmd.Wait()); err != nil {
		t.Error(err)
	}
}

// The status of an attached process is known, and its parent can still wait for
// it.
func TestAttachStatus(t *testing.T) {
	testenv.NeedTool(t, "sh")
	for line, want := range map[string]unix.WaitStatus{"exit 7": 7 << 8, "kill -TERM $$": 15, "kill -KILL $$": 9} {
		cmd := exec.Command("sh", "-c", "read x; "+line)
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		tr, err := Attach(cmd.Process.Pid, Options{}, func(*audit.Event) {})
		if err != nil {
			t.Fatal(err)
		}
		in.Close()
		if ws, err := tr.Wait(); ws != want || err != nil {
			t.Errorf("%s: status %#x, %v", line, ws, err)
		}
		err = cmd.Wait()
		if ws, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || unix.WaitStatus(ws) != want {
			t.Errorf("%s: its parent is told %v", line, err)
		}
	}
}

func TestAttachErrors(t *testing.T) {
	var tid int
	ready, end := make(chan bool), make(chan bool)
	go strayThread(&tid, ready, end)
	<-ready
	defer close(end)
	zombie := exec.Command("/proc/self/exe", "-test.run", "^$")
	if err := zombie.Start(); err != nil {
		t.Fatal(err)
	}
	defer zombie.Wait() //nolint:errcheck // only its end matters
	if err := unix.Waitid(unix.P_PID, zombie.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	for pid, want := range map[int]string{os.Getpid(): "itself", tid: "a thread", 1 << 29: "no such process", zombie.Process.Pid: "it has ended"} {
		if _, err := Attach(pid, Options{}, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("process %d: %v, want %q", pid, err, want)
		}
	}
}

// If /proc belongs to another PID namespace, the threads cannot be listed, and
// no other threads are taken for them. A program that is started there is
// traced all the same.
func TestForeignProc(t *testing.T) {
	testenv.NeedTool(t, "sleep")
	inside := func(name string, args ...string) (string, error) {
		cmd := exec.Command("/proc/self/exe", args...)
		cmd.Args[0] = name
		cmd.Env = append(os.Environ(), programEnv+"="+name)
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID}
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := inside("attacher"); err == nil || !strings.Contains(out, "/proc belongs to another PID namespace") {
		t.Errorf("%v\n%s", err, out)
	}
	out, err := inside("tracer", "forms", "sendto recvfrom")
	if err != nil || !strings.Contains(out, "status 0") || strings.Count(out, "send\n") != 1 || !strings.Contains(out, "receive\n") {
		t.Errorf("%v\n%s", err, out)
	}
}

// attacher starts a program and attaches to it.
func attacher() error {
	cmd := exec.Command("sleep", "1000")
	if err := cmd.Start(); err != nil {
		return err
	}
	defer cmd.Wait()         //nolint:errcheck // it was killed
	defer cmd.Process.Kill() //nolint:errcheck
	t, err := Attach(cmd.Process.Pid, Options{}, func(*audit.Event) {})
	if err != nil {
		return err
	}
	t.Stop()
	_, err = t.Wait()
	return err
}
