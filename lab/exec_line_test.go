package lab

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// soon is a context that ends long before the test would, if something hangs.
func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(bg, 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// withExec is a lab of one node with a line.
func withExec(line string) string { return "name: t\nnodes:\n  a:\n    exec:\n      - " + line + "\n" }

// pidIn reads a process id that a line wrote to a file.
func pidIn(t *testing.T, file string) int {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return atoi(t, strings.TrimSpace(string(b)))
}

// A line that leaves a process in the background is over when its shell is.
func TestIntegrationExecInBackground(t *testing.T) {
	dir := t.TempDir()
	t.Cleanup(func() {
		if err := Down(bg, "t", nil, DownOptions{Kill: true}); err != nil {
			t.Error(err)
		}
	})
	if _, err := Up(soon(t), parse(t, withExec("sleep 1000 & echo $! >"+dir+"/pid")), nil, UpOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Kill(pidIn(t, dir+"/pid"), 0); err != nil {
		t.Errorf("the process in the background: %v", err)
	}
}

// Nothing in the background outlives an `up` that is undone, of a new lab or
// not.
func TestIntegrationExecUndone(t *testing.T) {
	for _, first := range []string{"", "name: t\nnodes:\n  b: {}\n"} {
		if first != "" {
			up(t, nil, first)
		}
		pid := filepath.Join(t.TempDir(), "pid")
		text := withExec("sleep 1000 & echo $! >"+pid) + "      - \"false\"\n"
		var re *RunError
		if _, err := Up(soon(t), parse(t, text), nil, UpOptions{}); !errors.As(err, &re) || re.Undo != nil {
			t.Fatalf("got %v", err)
		}
		if p := pidIn(t, pid); lives(t, p) {
			t.Errorf("process %d lives on", p)
		}
	}
}

// When the context ends, a line and what it started end.
func TestIntegrationExecCancelled(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "pid")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(soon(t))
	pids := make(chan string, 1)
	go func() {
		b, err := os.ReadFile(fifo) // until the line has written
		if err != nil {
			t.Error(err)
		}
		cancel()
		pids <- strings.TrimSpace(string(b))
	}()
	_, err := Up(ctx, parse(t, withExec("sleep 1000 & echo $! >"+fifo+"; wait")), nil, UpOptions{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if p := atoi(t, <-pids); lives(t, p) {
		t.Errorf("process %d lives on", p)
	}
}

// An error has the end of a line's output, not hundreds of KiB.
func TestIntegrationExecOutputCut(t *testing.T) {
	_, err := Up(soon(t), parse(t, withExec("seq 1 50000; echo the end >&2; exit 3")), nil, UpOptions{})
	if err == nil {
		t.Fatal("no error")
	}
	text := err.Error()
	if len(text) > 8<<10 || !strings.Contains(text, "\n50000\nthe end") || !strings.Contains(text, "exit status 3: the end of 288902 bytes of output:\n") {
		t.Errorf("%d bytes: %s", len(text), text)
	}
}

func atoi(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// lives reports whether a process is still there after some time to end in.
func lives(t *testing.T, pid int) bool {
	t.Helper()
	fd, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	for deadline := time.Now().Add(5 * time.Second); fds[0].Revents == 0 && time.Now().Before(deadline); {
		if _, err := unix.Poll(fds, 5000); err != nil && err != unix.EINTR {
			t.Fatal(err)
		}
	}
	if fds[0].Revents != 0 {
		return false
	}
	if err := unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0); err != nil {
		t.Error(err)
	}
	return true
}
