package trace

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/internal/testenv"
)

func TestStatus(t *testing.T) {
	for args, want := range map[string]unix.WaitStatus{"exit 0": 0, "exit 7": 7 << 8, "kill 9": 9, "kill 15": 15} {
		p := start(t, program("status", strings.Fields(args)...), Options{})
		p.wait(t)
		if p.status != want {
			t.Errorf("%s: status %#x, want %#x", args, p.status, want)
		}
	}
}

// status ends in the way that its arguments say.
func status() error {
	n, err := strconv.Atoi(os.Args[2])
	if err != nil {
		return err
	}
	if os.Args[1] == "exit" {
		os.Exit(n)
	}
	signal.Reset(unix.Signal(n))
	if err := unix.Kill(os.Getpid(), unix.Signal(n)); err != nil {
		return err
	}
	select {}
}

// Stop kills a program that was started and all that it started.
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
	// All of these had the write end of the pipe.
	if _, err := io.Copy(io.Discard, p.out); err != nil {
		t.Error(err)
	}
}

// What the program has started is still traced when the program itself has
// ended.
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

// The kernel kills a program whose tracer dies, instead of letting its calls
// fail.
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

func TestLeavesNothing(t *testing.T) {
	before := testenv.Snapshot(t)
	for range 3 {
		t.Run("", func(t *testing.T) { run(t, program("shared"), Options{}) })
	}
	before.Check(t)
}
