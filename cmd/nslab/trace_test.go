package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// terminalPair opens a terminal: what a user sees of it, and the program's side.
func terminalPair(t *testing.T) (user, program *os.File) {
	t.Helper()
	user, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("needs a pseudo-terminal: %v", err)
	}
	t.Cleanup(func() { user.Close() })
	if err := unix.IoctlSetPointerInt(int(user.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(user.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("needs a pseudo-terminal: %v", err)
	}
	t.Cleanup(func() { program.Close() })
	return user, program
}

// interrupted is a program that says how often it has been interrupted, until the third time.
func interrupted() {
	signals := make(chan os.Signal, 10)
	signal.Notify(signals, unix.SIGINT)
	fmt.Println("interrupted 0")
	for i := range 3 {
		<-signals
		fmt.Println("interrupted", i+1)
	}
}

// Ctrl-C at a terminal is the program's: it reaches it as often as it is typed, and nslab stays.
func TestIntegrationTraceAtTerminal(t *testing.T) {
	user, tty := terminalPair(t)
	path := filepath.Join(t.TempDir(), "interrupted")
	if err := os.Symlink(fmt.Sprintf("/proc/%d/exe", os.Getpid()), path); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/proc/self/exe", "trace", path)
	cmd.Args[0] = "nslab"
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() }) //nolint:errcheck // it may have ended now
	defer late.Stop()
	tty.Close() // then the end of the programs is the end of what is read
	lines := bufio.NewScanner(user)
	for i := range 4 {
		want := fmt.Sprintf("interrupted %d", i)
		for lines.Scan() && !strings.Contains(lines.Text(), want) {
		}
		if !strings.Contains(lines.Text(), want) {
			t.Fatalf("%q does not come: %v", want, lines.Err())
		}
		if i < 3 {
			if _, err := user.WriteString("\x03"); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
