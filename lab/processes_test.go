package lab

import (
	"bufio"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/internal/processes"
	"github.com/nslab/nslab/internal/testenv"
	"github.com/nslab/nslab/nsfs"
	"golang.org/x/sys/unix"
)

const twoNodes = "name: t\nnodes: {a: {}, b: {}}\n"

// leaderless is the name under which this program is one whose main thread has
// ended and whose other threads work on.
const leaderless = "leaderless"

func init() {
	if os.Args[0] != leaderless {
		return
	}
	// The goroutine of init has the main thread.
	ready := make(chan struct{})
	go func() {
		runtime.LockOSThread()
		os.Stdout.WriteString("ready\n") //nolint:errcheck // then the test waits in vain
		close(ready)
		for {
			unix.RawSyscall6(unix.SYS_PPOLL, 0, 0, 0, 0, 0, 0)
		}
	}()
	<-ready
	unix.RawSyscall(unix.SYS_EXIT, 0, 0, 0)
}

// inNode starts a program in a node. It returns when the program has written a
// line, and ends it after the test. The channel has how it ended.
func inNode(t *testing.T, node string, change func(*nsfs.Cmd), program string, args ...string) (pid int, ended <-chan error) {
	t.Helper()
	n, err := Find(node, "t", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Lab().Close()
	cmd, err := n.Command(context.Background(), program, args...)
	if err != nil {
		t.Fatal(err)
	}
	return started(t, cmd, change)
}

func started(t *testing.T, cmd *nsfs.Cmd, change func(*nsfs.Cmd)) (pid int, ended <-chan error) {
	t.Helper()
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = in, in
	if change != nil {
		change(cmd)
	}
	err = cmd.Start()
	in.Close()
	if err != nil {
		t.Fatal(err)
	}
	end := make(chan error, 1)
	go func() { end <- cmd.Wait() }()
	t.Cleanup(func() { cmd.Process.Kill() }) //nolint:errcheck // it may have ended
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatalf("the program in the node said %q: %v", line, err)
	}
	return cmd.Process.Pid, end
}

// wasEnded checks that a signal has ended a program.
func wasEnded(t *testing.T, ended <-chan error) {
	t.Helper()
	select {
	case err := <-ended:
		if err == nil || !strings.HasPrefix(err.Error(), "signal: ") {
			t.Errorf("it has ended with %v", err)
		}
	case <-soon(t).Done():
		t.Error("it lives on")
	}
}

func asNobody(cmd *nsfs.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
}

// without runs a function on a thread that lacks a capability.
func without(t *testing.T, capability int, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // the thread ends with the goroutine
		head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var data [2]unix.CapUserData
		if err := unix.Capget(&head, &data[0]); err != nil {
			t.Error(err)
			return
		}
		data[0].Effective &^= 1 << capability
		if err := unix.Capset(&head, &data[0]); err != nil {
			t.Error(err)
			return
		}
		f()
	}()
	<-done
}

// onlyProcess checks that Down says that one process, and no other, lives in
// the lab.
func onlyProcess(t *testing.T, pid int, node string) {
	t.Helper()
	var pe *ProcessesError
	err := Down(bg, "t", nil, DownOptions{})
	if !errors.As(err, &pe) || len(pe.Processes) != 1 || pe.Processes[0].PID != pid || pe.Processes[0].Node != node {
		t.Errorf("process %d in %s: down says %v", pid, node, err)
	}
}

// A process whose main thread has ended lives in the lab as well.
func TestIntegrationDownLeaderless(t *testing.T) {
	up(t, nil, twoNodes)
	pid, ended := inNode(t, "b", func(c *nsfs.Cmd) { c.Args[0] = leaderless }, "/proc/self/exe")
	onlyProcess(t, pid, "b")
	if err := Down(bg, "t", nil, DownOptions{Kill: true}); err != nil {
		t.Fatal(err)
	}
	wasEnded(t, ended)
}

// Without CAP_SYS_PTRACE the namespaces of another user's process cannot be
// read.
func TestIntegrationDownWithoutPtrace(t *testing.T) {
	testenv.NeedInitRoot(t, "a process of another user")
	up(t, nil, twoNodes)
	pid, ended := inNode(t, "b", asNobody, "/bin/sh", "-c", "echo ready; exec sleep 1000")
	without(t, unix.CAP_SYS_PTRACE, func() {
		onlyProcess(t, pid, "b")
		if err := Down(bg, "t", nil, DownOptions{Kill: true}); err != nil {
			t.Error(err)
		}
	})
	wasEnded(t, ended)
}

// hideProc puts a /proc that keeps processes from other users over the
// machine's.
func hideProc(t *testing.T, mode string) {
	t.Helper()
	if err := unix.Mount("proc", "/proc", "proc", 0, "hidepid="+mode+",gid=65533"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount("/proc", unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
}

// What cannot be seen is not taken for absent.
func TestIntegrationDownHiddenProcesses(t *testing.T) {
	testenv.NeedInitRoot(t, "mounts a /proc that hides processes")
	for _, mode := range []string{"1", "2", "4"} {
		t.Run("hidepid="+mode, func(t *testing.T) {
			up(t, nil, twoNodes)
			pid, _ := inNode(t, "b", asNobody, "/bin/sh", "-c", "echo ready; exec sleep 1000")
			hideProc(t, mode)
			// Who may look into every process sees it.
			onlyProcess(t, pid, "b")
			without(t, unix.CAP_SYS_PTRACE, func() {
				var ue *UnseenError
				err := Down(bg, "t", nil, DownOptions{})
				if !errors.As(err, &ue) || (ue.Hidden != "") != (mode != "1") || slices.Contains(ue.PIDs, pid) != (mode == "1") {
					t.Errorf("down: %v", err)
				}
				if _, err := os.Stat("/run/netns/t-b"); err != nil {
					t.Error(err)
				}
				ue = nil
				if err := Down(bg, "t", nil, DownOptions{Kill: true, OnUnseen: func(e *UnseenError) { ue = e }}); err != nil || ue == nil {
					t.Errorf("down --kill: %v, and told %v", err, ue)
				}
			})
		})
	}
}

// What is started on SIGTERM ends too.
func TestIntegrationDownKillForks(t *testing.T) {
	up(t, nil, twoNodes)
	file := filepath.Join(t.TempDir(), "pid")
	_, ended := inNode(t, "a", nil, "/bin/sh", "-c",
		`trap 'setsid sleep 1000 & echo $! >`+file+`; trap - TERM; kill -TERM $$' TERM; echo ready; while :; do sleep 1000 & wait; done`)
	if err := Down(bg, "t", nil, DownOptions{Kill: true}); err != nil {
		t.Fatal(err)
	}
	wasEnded(t, ended)
	if pid := pidIn(t, file); lives(t, pid) {
		t.Errorf("process %d, started on SIGTERM, lives on", pid)
	}
}

// A process that only forks another and ends is seen, however short it lives:
// there is one at each moment.
func TestIntegrationChainOfProcesses(t *testing.T) {
	up(t, nil, twoNodes)
	script := filepath.Join(t.TempDir(), "chain")
	if err := os.WriteFile(script, []byte("[ -e \"$0.stop\" ] && exit\nsh \"$0\" &\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	inNode(t, "a", nil, "/bin/sh", "-c", "echo ready; exec sh "+script)
	s, err := (*Config)(nil).orDefault().begin(bg, "t", nil, false, labdir.DontWait)
	if err != nil {
		t.Fatal(err)
	}
	defer s.end()
	missed := 0
	for range 200 {
		procs, err := processes.Find(s.Dir)
		if err != nil {
			t.Fatal(err)
		}
		if len(procs) == 0 {
			missed++
		}
	}
	if err := os.WriteFile(script+".stop", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if missed > 0 {
		t.Errorf("%d of 200 looks saw no process", missed)
	}
}

// What enters while the others are being ended is ended as well, if it is not
// kept out.
func TestIntegrationDownKillEnters(t *testing.T) {
	up(t, nil, twoNodes)
	fifo := filepath.Join(t.TempDir(), "termed")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	// The shell goes on after SIGTERM.
	pid, ended := inNode(t, "a", nil, "/bin/sh", "-c", `trap 'echo now >`+fifo+`' TERM; echo ready; while :; do sleep 1000 & wait; done`)
	n, err := Find("b", "t", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Lab().Close()
	h, err := n.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	down := make(chan error, 1)
	go func() { down <- Down(bg, "t", nil, DownOptions{Kill: true, Grace: 10 * time.Second}) }()
	if _, err := os.ReadFile(fifo); err != nil {
		t.Fatal(err)
	}
	// The door is closed: by name nobody enters any more.
	if _, err := os.Lstat("/run/netns/t-b"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the name of a node that is being taken down: %v", err)
	}
	if late, err := Find("b", "t", nil); err != nil {
		t.Error(err)
	} else if _, err := late.Command(bg, "true"); err == nil || !strings.Contains(err.Error(), "being taken down") {
		t.Errorf("a program in a lab that is being taken down: %v", err)
	}
	// It may be ended before it could say anything.
	cmd := h.Command(context.Background(), "sleep", "1000")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() }) //nolint:errcheck // it may have ended
	entered := make(chan error, 1)
	go func() { entered <- cmd.Wait() }()
	if err := unix.Kill(pid, unix.SIGKILL); err != nil {
		t.Error(err)
	}
	if err := <-down; err != nil {
		t.Error(err)
	}
	wasEnded(t, ended)
	wasEnded(t, entered)
}

// If one may not be ended, nothing is done to any.
func TestIntegrationDownMayNotKill(t *testing.T) {
	testenv.NeedInitRoot(t, "a process of another user")
	up(t, nil, twoNodes)
	inNode(t, "a", nil, "/bin/sh", "-c", "echo ready; exec sleep 1000")
	pid, _ := inNode(t, "b", asNobody, "/bin/sh", "-c", "echo ready; exec sleep 1000")
	without(t, unix.CAP_KILL, func() {
		err := Down(bg, "t", nil, DownOptions{Kill: true})
		if !errors.Is(err, unix.EPERM) || !strings.Contains(err.Error(), "process "+strconv.Itoa(pid)+" in b: sleep: ") {
			t.Errorf("got %v", err)
		}
	})
	var pe *ProcessesError
	if err := Down(bg, "t", nil, DownOptions{}); !errors.As(err, &pe) || len(pe.Processes) != 2 {
		t.Errorf("then down says %v", err)
	}
	l, err := Open("t", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if l.State().Phase != PhaseUp {
		t.Errorf("the phase is %q", l.State().Phase)
	}
}

// A process's name is its own choice, and is no command to a terminal.
func TestProcessesErrorPlain(t *testing.T) {
	e := &ProcessesError{Lab: "t", Processes: []Process{{PID: 7, Node: "a", Command: "\x1b[2J\nroot ok"}}}
	if got := e.Error(); strings.Count(got, "\n") != 1 || strings.ContainsRune(got, '\x1b') || !strings.HasSuffix(got, `7 in a: \x1b[2J\x0aroot ok`) {
		t.Errorf("got %q", got)
	}
}
