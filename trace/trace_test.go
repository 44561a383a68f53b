package trace

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
	"github.com/nslab/nslab/internal/testenv"
)

const (
	fast  = "sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg sendto peek"
	every = fast + " write read writev readv sendmmsg read recvfrom"
)

// What is seen is what the program says it did, byte for byte, whichever calls it used.
func TestForms(t *testing.T) {
	for _, test := range []struct {
		name, steps string
		o           Options
		peeks       int
	}{
		{"filter", fast + " pieces recvmsg", Options{}, 0},
		{"every", every, Options{Every: true}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			report, events := run(t, program("forms", test.steps), test.o)
			if got := moved(events); got != report {
				t.Errorf("seen:\n%s\nthe program says:\n%s", got, report)
			}
			peeks := 0
			for _, e := range events {
				if e.PID == 0 || e.TID == 0 || e.Program != "exe" && e.Program != "forms" {
					t.Errorf("process %+v", e.Process)
				}
				if e.Protocol != unix.NETLINK_ROUTE || e.Inode == 0 || e.FD < 3 || e.NetNS != "" {
					t.Errorf("%v: socket %+v", e.Op, e.Socket)
				}
				if e.Took < 0 || e.Time.IsZero() {
					t.Errorf("%v: at %v, took %v", e.Op, e.Time, e.Took)
				}
				if e.Op == audit.OpReceive && e.Flags&unix.MSG_PEEK != 0 {
					peeks++
					if e.Flags&unix.MSG_TRUNC == 0 || e.Length == 0 {
						t.Errorf("a peek with flags %#x of %d bytes", e.Flags, e.Length)
					}
				}
				if e.Op == audit.OpReceive && e.Flags&unix.MSG_PEEK == 0 && (e.After <= 0 || e.After > patience || e.Room < 16<<10) {
					t.Errorf("received %v after its request, with room for %d", e.After, e.Room)
				}
			}
			if peeks != test.peeks {
				t.Errorf("%d peeks, want %d", peeks, test.peeks)
			}
			var ops []string
			for _, e := range events {
				ops = append(ops, e.Op.String())
			}
			if got := strings.Join(ops[:3], " "); got != "socket bind setsockopt" || ops[len(ops)-1] != "close" {
				t.Errorf("operations %v", ops)
			}
			if b := events[1]; b.Address == nil || b.PortID == 0 || b.PortID != events[2].PortID {
				t.Errorf("bind to %+v gave port %d, and then %d", b.Address, b.PortID, events[2].PortID)
			}
			if s := events[2]; s.Level != unix.SOL_NETLINK || s.Option != unix.NETLINK_PKTINFO || len(s.Value) != 4 || s.Value[0] != 1 {
				t.Errorf("setsockopt %d/%d %x", s.Level, s.Option, s.Value)
			}
			i := slices.IndexFunc(events, func(e audit.Event) bool { return len(e.Control) > 0 })
			if i < 0 || events[i].Address == nil || events[i].Address.PortID != 0 {
				t.Error("no control message or sender seen of recvmsg")
			} else if c := events[i].Control[0]; c.Level != unix.SOL_NETLINK || c.Type != unix.NETLINK_PKTINFO || len(c.Data) != 4 {
				t.Errorf("control message %+v", c)
			}
		})
	}
}

// What 16 threads do at once is seen of each whole and in order.
func TestThreads(t *testing.T) {
	for _, o := range []Options{{}, {Every: true}} {
		report, events := run(t, program("threads"), o)
		got, want := strings.Split(moved(events), "\n"), strings.Split(report, "\n")
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%d lines seen, %d reported", len(got), len(want))
		}
		if len(want) != 16*40*2+1 {
			t.Errorf("%d lines reported", len(want))
		}
		last := map[int]uint32{}
		for i, e := range events {
			if i > 0 && e.Time.Before(events[i-1].Time) {
				t.Errorf("event %d is %v before its predecessor", i, events[i-1].Time.Sub(e.Time))
			}
			if e.Op != audit.OpSend {
				continue
			}
			seq := u32(e.Data[8:])
			if last[e.TID] >= seq {
				t.Errorf("thread %d: %d after %d", e.TID, seq, last[e.TID])
			}
			last[e.TID] = seq
		}
		if len(last) != 16 {
			t.Errorf("%d threads have sent something", len(last))
		}
	}
}

// A socket stays the same one, whoever uses it by which descriptor.
func TestSharedSockets(t *testing.T) {
	report, events := run(t, program("shared"), Options{})
	if got := moved(events); got != report {
		t.Errorf("seen:\n%s\nthe programs say:\n%s", got, report)
	}
	inodes, pids, ports := map[uint64]bool{}, map[int]bool{}, map[uint32]bool{}
	for _, e := range events {
		if _, ok := e.Datagram(); ok {
			inodes[e.Inode], pids[e.PID], ports[e.PortID] = true, true, true
		}
	}
	if len(inodes) != 1 || len(pids) != 3 || len(ports) != 1 {
		t.Errorf("%d sockets with %d ports in %d processes, want 1, 1, 3", len(inodes), len(ports), len(pids))
	}
}

// Alone is the program without what it starts, which runs all the same.
func TestAlone(t *testing.T) {
	_, events := run(t, program("shared"), Options{Alone: true})
	pids := map[int]bool{}
	for _, e := range events {
		pids[e.PID] = true
	}
	if len(pids) != 1 || len(moved(events)) == 0 {
		t.Errorf("events of %d processes:\n%s", len(pids), list(events))
	}
}

func TestExecByAnotherThread(t *testing.T) {
	report, events := run(t, program("execs"), Options{})
	if got := moved(events); got != report {
		t.Errorf("seen:\n%s\nthe programs say:\n%s", got, report)
	}
	for _, e := range events {
		if e.PID != events[0].PID {
			t.Errorf("process %d, and then %d", events[0].PID, e.PID)
		}
	}
	if first, last := events[0], events[len(events)-1]; first.TID == first.PID || last.TID != last.PID {
		t.Errorf("thread %d of %d, and then %d", first.TID, first.PID, last.TID)
	}
}

func TestFirstThreadEnds(t *testing.T) {
	fd := threadPidfd(unix.Gettid())
	report, events := run(t, program("leaderless"), Options{})
	if fd < 0 {
		if len(events) != 1 || events[0].Op != audit.OpLost || !strings.Contains(events[0].Text, "first thread has ended") {
			t.Errorf("a kernel without pidfds of threads; seen:\n%s", list(events))
		}
		return
	}
	unix.Close(fd)
	if got := moved(events); got != report || got == "" {
		t.Errorf("seen:\n%s\nthe program says:\n%s", got, report)
	}
}

// A program's parent is told of its stops and its end as if there were no tracer.
func TestJobControl(t *testing.T) {
	testenv.NeedTool(t, "sleep")
	for _, o := range []Options{{}, {Every: true}} {
		run(t, program("parent"), o)
	}
}

func TestSignals(t *testing.T) {
	p := start(t, program("signals"), Options{})
	lines := bufio.NewReader(p.out)
	expect := func(want string) {
		t.Helper()
		got, err := lines.ReadString('\n')
		if err != nil || got != want+"\n" {
			t.Fatalf("got %q, %v; want %q", got, err, want)
		}
	}
	expect("ready")
	for _, s := range []unix.Signal{unix.SIGINT, unix.SIGUSR1, unix.SIGTERM} {
		if err := p.Signal(s); err != nil {
			t.Fatal(err)
		}
		expect(s.String())
	}
	p.wait(t)
	if p.status != 0 {
		t.Errorf("status %#x", p.status)
	}
	if err := p.Signal(unix.SIGINT); !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("a signal after the end: %v", err)
	}
}

func TestStatus(t *testing.T) {
	for args, want := range map[string]unix.WaitStatus{"exit 0": 0, "exit 7": 7 << 8, "kill 9": 9, "kill 15": 15} {
		p := start(t, program("status", strings.Fields(args)...), Options{})
		p.wait(t)
		if p.status != want {
			t.Errorf("%s: status %#x, want %#x", args, p.status, want)
		}
	}
}

func TestNotExecuted(t *testing.T) {
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("no program\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]error{"/no such file": unix.ENOENT, "/": unix.EACCES, text: unix.ENOEXEC} {
		p := start(t, &Command{Path: path, Args: []string{path}}, Options{})
		<-p.ended
		var pe *os.PathError
		if !errors.As(p.err, &pe) || pe.Op != "exec" || pe.Path != path || !errors.Is(p.err, want) {
			t.Errorf("%s: %v", path, p.err)
		}
	}
}

func TestDirectoryAndDescriptors(t *testing.T) {
	testenv.NeedTool(t, "sh")
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	// One that is not close-on-exec is inherited under its number, and nothing else is.
	if err := unix.Dup2(int(r.Fd()), 50); err != nil {
		t.Fatal(err)
	}
	defer unix.Close(50)
	args := []string{"sh", "-c", `pwd; echo "$A$NSLAB_TRACE_STAGE" "$@"; for f in /proc/$$/fd/*; do echo "${f##*/}"; done`, "sh", "x y"}
	env := []string{"A=b"}
	out, _ := run(t, &Command{Path: sh, Args: args, Dir: dir, Env: env}, Options{})
	cmd := exec.Command(sh, args[1:]...)
	cmd.Dir, cmd.Env = dir, env
	cmd.Stdin = r
	want, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(out, dir+"\nb x y\n0\n") || !strings.HasSuffix(out, "\n50\n") || out != string(want) {
		t.Errorf("got %q; as a child of this process it says %q", out, want)
	}
}

// Stop kills all that there is of a program that was started.
func TestStopKills(t *testing.T) {
	testenv.NeedTool(t, "sh", "sleep")
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	p := start(t, &Command{Path: sh, Args: []string{"sh", "-c", "setsid sleep 1000 & sleep 1000 & echo ready; wait"}}, Options{})
	if _, err := bufio.NewReader(p.out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.Ended():
		t.Error("it is said to have ended")
	default:
	}
	p.Stop()
	p.wait(t)
	<-p.Ended()
	if !p.status.Signaled() || p.status.Signal() != unix.SIGKILL {
		t.Errorf("status %#x", p.status)
	}
	// All had the write end of the pipe.
	if _, err := io.Copy(io.Discard, p.out); err != nil {
		t.Error(err)
	}
}

// What the program has started is traced when itself has ended.
func TestOutlives(t *testing.T) {
	testenv.NeedTool(t, "sh")
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	c := program("forms")
	self := fmt.Sprintf("/proc/%d/exe", os.Getpid())
	c.Path, c.Args = sh, []string{"sh", "-c", `exec 3<&0; (read x <&3; exec "$@") & exit 3`, "sh", self, "sendto recvfrom"}
	p := start(t, c, Options{})
	<-p.Ended()
	if err := p.Signal(unix.SIGTERM); !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("a signal to it: %v", err)
	}
	if _, err := p.in.WriteString("\n"); err != nil {
		t.Fatal(err)
	}
	report, err := io.ReadAll(p.out)
	if err != nil {
		t.Fatal(err)
	}
	p.wait(t)
	if got := moved(p.events); got == "" || got != string(report) {
		t.Errorf("seen:\n%s\nthe program says:\n%s", got, report)
	}
	if p.status != 3<<8 {
		t.Errorf("status %#x", p.status)
	}
}

// The kernel kills a program whose tracer dies, rather than let its calls fail.
func TestTracerDies(t *testing.T) {
	cmd := exec.Command("/proc/self/exe", "signals")
	cmd.Args[0] = "tracer"
	cmd.Env = append(os.Environ(), programEnv+"=tracer")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait() //nolint:errcheck // it was killed
	var pid int
	if _, err := fmt.Fscanf(bufio.NewReader(out), "tracing %d\n", &pid); err != nil {
		t.Fatal(err)
	}
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	ended := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	for {
		n, err := unix.Poll(ended, int(patience.Milliseconds()))
		if err == unix.EINTR {
			continue
		}
		if n != 1 || err != nil {
			t.Errorf("the program is still there: %v", err)
		}
		return
	}
}

// Without privileges a filter needs no_new_privs.
func TestWithoutCapabilities(t *testing.T) {
	cmd := exec.Command("/proc/self/exe", "nnp")
	cmd.Args[0] = "tracer"
	cmd.Env = append(os.Environ(), programEnv+"=tracer")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "\n1\n") || !strings.Contains(string(out), "status 0") {
		t.Errorf("%v\n%s", err, out)
	}
	if out, _ := run(t, program("nnp"), Options{}); out != "0\n" {
		t.Errorf("with capabilities no_new_privs is %q", out)
	}
}

func TestAttach(t *testing.T) {
	cmd := exec.Command("/proc/self/exe")
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
	defer in.Close()
	lines := bufio.NewReader(out)
	line := func() string {
		s, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	line()
	do := func(command string) (report string) {
		if _, err := io.WriteString(in, command+"\n"); err != nil {
			t.Fatal(err)
		}
		for s := line(); s != "done\n"; s = line() {
			report += s
		}
		return report
	}
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
	do("ask") // it runs on
	// Nothing happens meanwhile: the wait is ended all the same.
	if events := attach(Options{})(); len(events) != 0 {
		t.Errorf("seen:\n%s", list(events))
	}
	do("thread")
	// Its end ends the tracing.
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
	// It is this process's child, and was not waited for by the tracer.
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// How a process ends that was attached to is known, and its parent's to wait for.
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
	defer zombie.Wait() //nolint:errcheck // only its end is of interest
	if err := unix.Waitid(unix.P_PID, zombie.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	for pid, want := range map[int]string{os.Getpid(): "itself", tid: "a thread", 1 << 29: "no such process", zombie.Process.Pid: "it has ended"} {
		if _, err := Attach(pid, Options{}, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("process %d: %v, want %q", pid, err, want)
		}
	}
}

// Where /proc is another PID namespace's, its threads cannot be listed, and no others are taken for them. What is started is traced
// there all the same.
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
	if out, err := inside("attacher"); err == nil || !strings.Contains(out, "/proc is that of another PID namespace") {
		t.Errorf("%v\n%s", err, out)
	}
	out, err := inside("tracer", "forms", "sendto recvfrom")
	if err != nil || !strings.Contains(out, "status 0") || strings.Count(out, "send\n") != 1 || !strings.Contains(out, "receive\n") {
		t.Errorf("%v\n%s", err, out)
	}
}

// Closing is seen at its moment with Every, and otherwise by the end of the program.
func TestCloses(t *testing.T) {
	for _, o := range []Options{{}, {Every: true}} {
		_, events := run(t, program("closes"), o)
		var closed []int
		var sockets []uint64
		for _, e := range events {
			if e.Op == audit.OpClose {
				closed, sockets = append(closed, e.FD), append(sockets, e.Inode)
			}
		}
		slices.Sort(sockets)
		if len(closed) != 5 || !slices.IsSorted(closed) || len(slices.Compact(sockets)) != 5 {
			t.Errorf("%+v: closed %v of sockets %v", o, closed, sockets)
		}
	}
}

func TestGaps(t *testing.T) {
	_, events := run(t, program("io_uring"), Options{})
	if len(events) != 1 || events[0].Op != audit.OpLost || !strings.Contains(events[0].Text, "io_uring") {
		t.Errorf("seen:\n%s", list(events))
	}
	_, events = run(t, program("unread"), Options{})
	i := slices.IndexFunc(events, func(e audit.Event) bool { return e.Op == audit.OpLost })
	if i < 0 || !strings.Contains(events[i].Text, "no answer to 1 requests was seen") {
		t.Errorf("seen:\n%s", list(events))
	}
	_, events = run(t, program("unread"), Options{Every: true})
	if slices.ContainsFunc(events, func(e audit.Event) bool { return e.Op == audit.OpLost }) {
		t.Errorf("seen:\n%s", list(events))
	}
}

// A socket by which nothing was seen to go is told of at the end, once it is known that no other process uses it.
func TestUnusedSockets(t *testing.T) {
	for _, test := range []struct {
		program string
		o       Options
		want    string // nothing for no event
	}{
		{"written", Options{}, "by 1 of the netlink sockets: they were not used, or by read(2) and write(2), which --rw shows"},
		{"written", Options{Every: true}, ""},
		{"daemon", Options{}, ""},
		{"daemon", Options{Alone: true}, "which --rw shows, or by what the program has started, which -f shows"},
	} {
		report, events := run(t, program(test.program), test.o)
		if !strings.Contains(report, "receive ") {
			t.Errorf("%s: it has received nothing: %q", test.program, report)
		}
		var got string
		for _, e := range events {
			if e.Op == audit.OpLost {
				got += e.Text
			}
		}
		if !strings.HasSuffix(got, test.want) || (got == "") != (test.want == "") {
			t.Errorf("%s with %+v: %q, want %q", test.program, test.o, got, test.want)
		}
	}
}

func TestTruncated(t *testing.T) {
	out, events := run(t, program("truncated"), Options{})
	var got []audit.Event
	for _, e := range events {
		if e.Op == audit.OpReceive {
			got = append(got, e)
		}
	}
	if len(got) != 2 {
		t.Fatalf("seen:\n%s", list(events))
	}
	if e := got[0]; e.Room != 20 || len(e.Data) != 20 || fmt.Sprintln(e.Length) != strings.SplitAfter(out, "\n")[0] {
		t.Errorf("room %d, %d bytes of %d; the program says %q", e.Room, len(e.Data), e.Length, out)
	}
	if e := got[1]; e.Room != 20 || len(e.Data) != 20 || e.MsgFlags&unix.MSG_TRUNC == 0 {
		t.Errorf("room %d, %d bytes, flags %#x", e.Room, len(e.Data), e.MsgFlags)
	}
}

func TestNamespaces(t *testing.T) {
	var labelled uint64
	label := func(fd int, inode uint64) string {
		var st unix.Stat_t
		if err := unix.Fstat(fd, &st); err != nil || st.Ino != inode {
			t.Errorf("descriptor %d is %d, %v; want %d", fd, st.Ino, err, inode)
		}
		labelled = inode
		return "a name"
	}
	_, events := run(t, program("namespace"), Options{Label: label})
	if e := events[0]; e.NetNS != "a name" || labelled == 0 || e.NetNSInode != labelled {
		t.Errorf("socket %+v", e.Socket)
	}
	_, events = run(t, program("namespace"), Options{})
	if e := events[0]; e.NetNS != fmt.Sprintf("net:[%d]", e.NetNSInode) {
		t.Errorf("socket %+v", e.Socket)
	}
}

// Without Stage in main there is nothing that could become the program.
func TestStageIsNeeded(t *testing.T) {
	staged = false
	defer func() { staged = true }()
	if _, err := Start(&Command{}, Options{}, nil); err == nil || !strings.Contains(err.Error(), "Stage") {
		t.Errorf("got %v", err)
	}
}

func TestLeavesNothing(t *testing.T) {
	before := testenv.Snapshot(t)
	for range 3 {
		t.Run("", func(t *testing.T) { run(t, program("shared"), Options{}) })
	}
	before.Check(t)
}

// program386 is a program for the i386 that makes one system call and exits.
func program386(call []byte, args ...uint32) []byte {
	const base, header = 0x08048000, 52 + 32
	code := slices.Concat(call, []byte{0xcd, 0x80, 0xb8, 1, 0, 0, 0, 0x31, 0xdb, 0xcd, 0x80}) // int 0x80; exit(0)
	size := uint32(header + len(code) + 4*len(args))
	b := []byte{0x7f, 'E', 'L', 'F', 1, 1, 1, 15: 0}
	b = append(b, 2, 0, 3, 0, 1, 0, 0, 0) // ET_EXEC, EM_386
	for _, v := range []uint32{base + header, 52, 0, 0, 52 | 32<<16, 1, 0} {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	for _, v := range []uint32{1, 0, base, base, size, size, 7, 0x1000} { // PT_LOAD, all of it
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	b = append(b, code...)
	for _, v := range args {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return b
}

// A 32-bit program that opens a netlink socket is noticed, whichever call it uses; one that opens another socket is not.
func TestForeignCalls(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the programs are for i386")
	}
	mov := func(register byte, v uint32) []byte { return binary.LittleEndian.AppendUint32([]byte{register}, v) }
	const eax, ebx, ecx, edx = 0xb8, 0xbb, 0xb9, 0xba
	socket := func(family uint32) []byte {
		return program386(slices.Concat(mov(eax, 359), mov(ebx, family), mov(ecx, unix.SOCK_RAW), mov(edx, 0)))
	}
	socketcall := func(family uint32) []byte {
		const args = 0x08048000 + 84 + 15 + 11 // behind the code
		return program386(slices.Concat(mov(eax, 102), mov(ebx, socketcallSocket), mov(ecx, args)), family, unix.SOCK_RAW, 0)
	}
	for name, test := range map[string]struct {
		program []byte
		noticed int
	}{
		"socket": {socket(unix.AF_NETLINK), 1}, "socketcall": {socketcall(unix.AF_NETLINK), 1},
		"another": {socket(unix.AF_UNIX), 0}, "another by socketcall": {socketcall(unix.AF_UNIX), 0},
	} {
		for _, o := range []Options{{}, {Every: true}} {
			path := filepath.Join(t.TempDir(), "program")
			if err := os.WriteFile(path, test.program, 0o755); err != nil {
				t.Fatal(err)
			}
			p := start(t, &Command{Path: path, Args: []string{"program"}}, o)
			<-p.ended
			if errors.Is(p.err, unix.ENOEXEC) {
				t.Skip("the kernel runs no i386 programs (CONFIG_IA32_EMULATION)")
			}
			if p.err != nil || p.status != 0 {
				t.Errorf("%s: status %#x, %v", name, p.status, p.err)
			}
			n := 0
			for _, e := range p.events {
				if e.Op == audit.OpLost && strings.Contains(e.Text, "32-bit") && e.Program == "program" {
					n++
				}
			}
			if n != test.noticed || len(p.events) != n {
				t.Errorf("%s: seen:\n%s", name, list(p.events))
			}
		}
	}
}
