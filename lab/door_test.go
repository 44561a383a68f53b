package lab

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/nslab/nslab/internal/labdir"
	"golang.org/x/sys/unix"
)

// waitsForLock waits until somebody waits for a lock on a file.
func waitsForLock(t *testing.T, path string) {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		t.Fatal(err)
	}
	inode := fmt.Sprintf(":%d ", st.Ino)
	for ctx := soon(t); ctx.Err() == nil; {
		b, err := os.ReadFile("/proc/locks")
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			if strings.Contains(line, "-> FLOCK") && strings.Contains(line, inode) {
				return
			}
		}
	}
	t.Errorf("nobody waits for a lock on %s", path)
}

// refusedWhileEntering starts a program in a node of lab t and, while that is
// about to enter, does what waits for it and then refuses because of it. It ends
// the program.
func refusedWhileEntering(t *testing.T, n *LabNode, do func() error) {
	t.Helper()
	cmd, err := n.Command(bg, "/bin/sleep", "1000")
	if err != nil {
		t.Fatal(err)
	}
	enter := cmd.Gate
	done := make(chan error, 1)
	cmd.Gate = func() (io.Closer, error) {
		gate, err := enter()
		go func() { done <- do() }()
		waitsForLock(t, "/run/nslab/t")
		return gate, err
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	var pe *ProcessesError
	if err := <-done; !errors.As(err, &pe) || len(pe.Processes) != 1 || pe.Processes[0].PID != cmd.Process.Pid {
		t.Errorf("it is not refused: %v", err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	wasEnded(t, ended)
}

// A program that is about to enter is waited for by down, and seen. One that
// comes when down is at work does not enter any more.
func TestIntegrationDownAndEnter(t *testing.T) {
	up(t, nil, twoNodes)
	n, err := Find("a", "t", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Lab().Close()
	refusedWhileEntering(t, n, func() error { return Down(bg, "t", nil, DownOptions{}) })

	late, err := n.Command(bg, "/bin/true")
	if err != nil {
		t.Fatal(err)
	}
	s := &session{cfg: new(Config)}
	if s.Dir, err = s.cfg.root().Open(bg, "t", false, labdir.DontWait); err != nil {
		t.Fatal(err)
	}
	if err := s.Bar(bg); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- late.Run() }()
	waitsForLock(t, "/run/nslab/t")
	if err := errors.Join(s.down(bg, DownOptions{}), s.Close()); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, ErrNoLab) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a program that came too late: %v", err)
	}
}
