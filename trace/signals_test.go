package trace

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/internal/testenv"
)

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

// signals reports the signals that it gets, until SIGTERM.
func signals() error {
	got := make(chan os.Signal, 10)
	signal.Notify(got, unix.SIGINT, unix.SIGUSR1, unix.SIGTERM)
	fmt.Println("ready")
	for s := range got {
		fmt.Println(s)
		if s == unix.SIGTERM {
			return nil
		}
	}
	return nil
}

// A program's parent sees its stops and its end as if there were no tracer.
func TestJobControl(t *testing.T) {
	testenv.NeedTool(t, "sleep")
	for _, o := range []Options{{}, {Every: true}} {
		run(t, program("parent"), o)
	}
}

// parent stops, continues and ends a child, and checks what wait reports.
// (SIGTSTP does nothing in an orphaned process group, in which tests may run.)
func parent() error {
	cmd := exec.Command("sleep", "1000")
	if err := cmd.Start(); err != nil {
		return err
	}
	pid := cmd.Process.Pid
	step := func(sig unix.Signal, options int, is func(unix.WaitStatus) bool) error {
		if err := unix.Kill(pid, sig); err != nil {
			return err
		}
		var ws unix.WaitStatus
		for {
			_, err := unix.Wait4(pid, &ws, options, nil)
			if err == unix.EINTR {
				continue
			}
			if err == nil && !is(ws) {
				err = fmt.Errorf("after %v the status is %#x", sig, ws)
			}
			return err
		}
	}
	return errors.Join(
		step(unix.SIGSTOP, unix.WUNTRACED, func(ws unix.WaitStatus) bool { return ws.Stopped() && ws.StopSignal() == unix.SIGSTOP }),
		step(unix.SIGCONT, unix.WCONTINUED, unix.WaitStatus.Continued),
		step(unix.SIGSTOP, unix.WUNTRACED, func(ws unix.WaitStatus) bool { return ws.Stopped() && ws.StopSignal() == unix.SIGSTOP }),
		step(unix.SIGKILL, 0, func(ws unix.WaitStatus) bool { return ws.Signaled() && ws.Signal() == unix.SIGKILL }),
	)
}
