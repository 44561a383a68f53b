package trace

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/internal/testenv"
)

// processors reads from /proc, as a list, on which processors the calling
// thread may run. Unlike sched_getaffinity(2), the tracer does not see this.
func processors() (string, error) {
	b, err := os.ReadFile("/proc/thread-self/status")
	if err != nil {
		return "", err
	}
	return allowed(string(b))
}

func allowed(status string) (string, error) {
	for line := range strings.Lines(status) {
		if list, ok := strings.CutPrefix(line, "Cpus_allowed_list:"); ok {
			return strings.TrimSpace(list), nil
		}
	}
	return "", errors.New("no Cpus_allowed_list")
}

// paired asks the kernel until the tracer has paired this thread.
func paired() error {
	c, err := open()
	if err != nil {
		return err
	}
	defer unix.Close(c.fd)
	request, answer := c.getLink(1), make([]byte, 32<<10)
	to := &unix.SockaddrNetlink{Family: unix.AF_NETLINK}
	for range 50000 {
		for range pairAfter {
			if err := unix.Sendmsg(c.fd, request, nil, to, 0); err != nil {
				return err
			}
			if _, _, _, _, err := unix.Recvmsg(c.fd, answer, nil, 0); err != nil {
				return err
			}
		}
		switch list, err := processors(); {
		case err != nil:
			return err
		case !strings.ContainsAny(list, ",-"):
			return nil
		}
	}
	return errors.New("never paired")
}

// pairingProgram is a program that looks, while it is paired, at all that could
// show it.
func pairingProgram() error {
	runtime.LockOSThread()
	var before, now unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return err
	}
	all, err := processors()
	if err != nil {
		return err
	}
	is := func(when, list string, err error) error {
		if err == nil && list != all {
			err = fmt.Errorf("processors %s, not %s", list, all)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", when, err)
		}
		return nil
	}

	if err := paired(); err != nil {
		return err
	}
	if err := unix.SchedGetaffinity(0, &now); err != nil || now != before {
		return fmt.Errorf("sched_getaffinity: %v, %w", now, err)
	}

	cat, err := exec.LookPath("cat") // which does not ask for its processors itself
	if err != nil {
		return err
	}
	argv := []string{"cat", "/proc/self/status"}
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	attr := syscall.ProcAttr{Files: []uintptr{0, w.Fd(), 2}}
	if err := paired(); err != nil {
		return err
	}
	if _, err := syscall.ForkExec(cat, argv, &attr); err != nil {
		return err
	}
	w.Close()
	status, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	list, err := allowed(string(status))
	if err := is("a child", list, err); err != nil {
		return err
	}
	list, err = processors()
	if err := is("after a child was started", list, err); err != nil {
		return err
	}

	if err := paired(); err != nil {
		return err
	}
	list, err = processors()
	for err == nil && list != all { // nothing of this is a traced call
		list, err = processors()
	}
	if err != nil {
		return err
	}

	var one unix.CPUSet
	for cpu := range 8 * len(one) {
		if before.IsSet(cpu) {
			one.Set(cpu)
			break
		}
	}
	if err := paired(); err != nil {
		return err
	}
	if err := unix.SchedSetaffinity(0, &one); err != nil {
		return err
	}
	if err := unix.SchedGetaffinity(0, &now); err != nil || now != one {
		return fmt.Errorf("sched_setaffinity has set %v: %w", now, err)
	}
	if err := unix.SchedSetaffinity(0, &before); err != nil {
		return err
	}

	if err := paired(); err != nil {
		return err
	}
	return syscall.Exec(cat, argv, os.Environ())
}

// pairedExec is a program whose second thread executes another while it is
// paired, and has the number of the first one then.
func pairedExec() error {
	runtime.LockOSThread()
	cat, err := exec.LookPath("cat")
	if err != nil {
		return err
	}
	ended := make(chan error)
	var second func()
	second = func() {
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			go second()
			return // the first thread only sleeps from now on
		}
		err := paired()
		if err == nil {
			err = syscall.Exec(cat, []string{"cat", "/proc/self/status"}, os.Environ())
		}
		ended <- err
	}
	go second()
	return <-ended
}

func TestPairing(t *testing.T) {
	testenv.NeedTool(t, "cat")
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		t.Fatal(err)
	}
	if set.Count() < 2 {
		t.Skip("there is one processor only")
	}
	all, err := processors()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"pairing", "pairexec"} {
		out, _ := run(t, program(name), Options{})
		if list, err := allowed(out); err != nil || list != all {
			t.Errorf("%s: an executed program has the processors %q, not %q: %v", name, list, all, err)
		}
	}
}
