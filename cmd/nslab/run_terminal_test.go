package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nslab/nslab/internal/testenv"
	"golang.org/x/sys/unix"
)

// A pty is a terminal with a shell script on it.
type pty struct {
	*os.File
	cmd  *exec.Cmd
	seen string // what was written since the last expect
	all  string // what was written
}

// onTerminal starts a shell script on a new terminal.
func onTerminal(t *testing.T, script string, args ...string) *pty {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no terminals: %v", err)
	}
	t.Cleanup(func() { master.Close() })
	fd := int(master.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 33, Col: 99})
	}
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no terminals: %v", err)
	}
	defer slave.Close()
	c := exec.Command("sh", append([]string{"-c", script, "sh"}, args...)...)
	c.Stdin, c.Stdout, c.Stderr = slave, slave, slave
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill() }) //nolint:errcheck // it has ended now, unless the test has failed
	late := time.AfterFunc(time.Minute, func() { c.Process.Kill(); master.Close() })
	t.Cleanup(func() { late.Stop() })
	return &pty{File: master, cmd: c}
}

// expect waits until the terminal shows a text.
func (p *pty) expect(t *testing.T, text string) {
	t.Helper()
	for b := make([]byte, 4096); ; {
		if _, after, ok := strings.Cut(p.seen, text); ok {
			p.seen = after
			return
		}
		n, err := p.Read(b)
		if err != nil {
			t.Fatalf("%q never came: %v\n%s", text, err, p.seen)
		}
		p.seen += string(b[:n])
		p.all += string(b[:n])
	}
}

func (p *pty) types(t *testing.T, keys string) {
	t.Helper()
	if _, err := p.WriteString(keys); err != nil {
		t.Fatal(err)
	}
}

// An interactive shell has the terminal, with job control; afterwards the
// caller has it again.
func TestIntegrationRunTerminal(t *testing.T) {
	testenv.NeedTool(t, "bash")
	for _, where := range []string{"", "--node h1"} {
		p := onTerminal(t, `"$1" run "$2" `+where+` -- bash --norc --noprofile -i; echo "status $?"; read x; echo "read <$x>"`,
			link(t, "nslab"), file(t, "lab.yaml", runLab))
		p.types(t, "stty size; PS1=p$((6*7))'> '\n")
		p.expect(t, "33 99")
		p.expect(t, "p42> ")
		p.types(t, `sh -c 'trap "echo con$((1+1))" CONT; echo job$((1+1)); while :; do sleep 1000 & wait; done'`+"\n")
		p.expect(t, "job2")
		p.types(t, "\x1a")
		p.expect(t, "Stopped")
		p.types(t, "fg\n")
		p.expect(t, "con2")
		p.types(t, "\x03")
		p.expect(t, "p42> ")
		p.types(t, "exit 3\n")
		p.expect(t, "status 3")
		p.types(t, "hello\n")
		p.expect(t, "read <hello>")
	}
}

// Ctrl-C reaches the program once, and does not end nslab before it. Ctrl-Z
// stops all of them, until the shell continues them.
func TestIntegrationRunKeys(t *testing.T) {
	testenv.NeedTool(t, "bash")
	p := onTerminal(t, `exec bash --norc --noprofile -i`)
	p.types(t, fmt.Sprintf("PS1=p$((6*7))'> '; PATH=%s:$PATH\n", filepath.Dir(link(t, "nslab"))))
	p.expect(t, "p42> ")
	p.types(t, fmt.Sprintf("nslab run %s -- sh -c '%s'\n", file(t, "lab.yaml", runLab),
		`trap "echo con$((1+1))" CONT; trap "echo int$((1+1))" INT; trap "echo quit$((1+1)); exit 9" QUIT; echo job$((1+1)); while :; do sleep 1000 & wait $!; done`))
	p.expect(t, "job2")
	p.types(t, "\x1a")
	p.expect(t, "Stopped")
	p.types(t, "fg\n")
	p.expect(t, "con2")
	p.types(t, "\x03")
	p.expect(t, "int2")
	// By now one that was passed on as well would have come.
	<-time.After(3 * sameSignal)
	p.types(t, "\x1c")
	p.expect(t, "quit2")
	p.expect(t, "p42> ")
	if strings.Count(p.all, "int2") != 1 || strings.Count(p.all, "quit2") != 1 {
		t.Errorf("a signal came twice: %s", p.all)
	}
	p.types(t, "echo status $?\n")
	p.expect(t, "status 9")
}
