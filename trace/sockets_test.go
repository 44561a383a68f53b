package trace

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
)

// A socket stays the same, whichever process uses it through whichever
// descriptor.
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

// shared uses one socket through several descriptors in several processes:
// inherited, copied, passed on.
func shared() error {
	if len(os.Args) > 1 { // a child: the socket is descriptor 3, or comes through it
		fd := 3
		if os.Args[1] == "passed" {
			control := make([]byte, unix.CmsgSpace(4))
			if _, _, _, _, err := unix.Recvmsg(3, make([]byte, 1), control, 0); err != nil {
				return err
			}
			m, err := unix.ParseSocketControlMessage(control)
			if err != nil {
				return err
			}
			fds, err := unix.ParseUnixRights(&m[0])
			if err != nil {
				return err
			}
			fd = fds[0]
		}
		c := &conn{fd: fd, seq: 100, mu: new(sync.Mutex)}
		return c.ask(1)
	}
	c, err := open()
	if err != nil {
		return err
	}
	if err := c.ask(1); err != nil {
		return err
	}
	child := func(arg string, file int) error {
		cmd := exec.Command("/proc/self/exe", arg)
		cmd.Args[0] = "shared"
		cmd.Env = append(os.Environ(), programEnv+"=shared")
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		cmd.ExtraFiles = []*os.File{os.NewFile(uintptr(file), "socket")}
		return cmd.Run()
	}
	inherited, err := unix.Dup(c.fd)
	if err != nil {
		return err
	}
	if err := child("inherited", inherited); err != nil {
		return err
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	if err := unix.Sendmsg(pair[0], []byte{0}, unix.UnixRights(c.fd), nil, 0); err != nil {
		return err
	}
	if err := child("passed", pair[1]); err != nil {
		return err
	}
	c.fd, err = unix.Dup(c.fd)
	if err != nil {
		return err
	}
	return c.ask(9999)
}

// With Alone, only the program itself is recorded. What it starts runs all the
// same.
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

// Closing is seen at once with Every, and otherwise at the latest when the
// program ends.
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

// closes closes sockets in every way.
func closes() error {
	var fds [5]int
	for i := range fds {
		c, err := open()
		if err != nil {
			return err
		}
		if err := c.ask(1); err != nil {
			return err
		}
		fds[i] = c.fd
	}
	null, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	if err := unix.Close(fds[0]); err != nil {
		return err
	}
	if err := unix.Dup3(null, fds[1], unix.O_CLOEXEC); err != nil {
		return err
	}
	if err := unix.CloseRange(uint(fds[2]), uint(fds[3]), 0); err != nil && err != unix.ENOSYS {
		return err
	}
	return nil // fds[4] is closed by the end of the program
}

// A socket without any traffic is reported at the end, when it is known that no
// other process uses it.
func TestUnusedSockets(t *testing.T) {
	for _, test := range []struct {
		program string
		o       Options
		want    string // "" for no event
	}{
		{"written", Options{}, "on 1 of the netlink sockets: they were not used, or used with read(2) and write(2), which --rw shows"},
		{"written", Options{Every: true}, ""},
		{"daemon", Options{}, ""},
		{"daemon", Options{Alone: true}, "which --rw shows, or used by what the program has started, which -f shows"},
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

// written sends requests with write(2) and reads with read(2).
func written() error {
	c, err := open()
	if err != nil {
		return err
	}
	b := c.getLink(1)
	if _, err := unix.Write(c.fd, b); err != nil {
		return err
	}
	c.report("send", b)
	answer := make([]byte, 32<<10)
	n, err := unix.Read(c.fd, answer)
	c.report("receive", answer[:max(n, 0)])
	return err
}

// daemon opens a socket and ends. What it has started sends a request on the
// socket afterwards.
func daemon() error {
	if len(os.Args) > 1 {
		parent, err := strconv.Atoi(os.Args[1])
		if err != nil {
			return err
		}
		// There is no other way to know that it has been reaped.
		for unix.Kill(parent, 0) != unix.ESRCH {
			runtime.Gosched()
		}
		return (&conn{fd: 3, mu: new(sync.Mutex)}).ask(1)
	}
	c, err := open()
	if err != nil {
		return err
	}
	cmd := exec.Command("/proc/self/exe", strconv.Itoa(os.Getpid()))
	cmd.Args[0] = "daemon"
	cmd.Env = append(os.Environ(), programEnv+"=daemon")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.ExtraFiles = []*os.File{os.NewFile(uintptr(c.fd), "socket")}
	return cmd.Start()
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

// namespace sends a request in a new network namespace.
func namespace() error {
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return err
	}
	c, err := open()
	if err != nil {
		return err
	}
	return c.ask(1)
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

func ioUring() error {
	// It does not matter if the call fails or does not exist.
	unix.Syscall(unix.SYS_IO_URING_SETUP, 0, 0, 0) //nolint:errcheck
	unix.Syscall(unix.SYS_IO_URING_SETUP, 0, 0, 0) //nolint:errcheck
	return nil
}

// unread sends requests with write(2) and sendto(2), and reads with read(2).
func unread() error {
	c, err := open()
	if err != nil {
		return err
	}
	b := c.getLink(9999)
	binary.NativeEndian.PutUint16(b[6:], unix.NLM_F_REQUEST|unix.NLM_F_ACK)
	if err := unix.Sendto(c.fd, b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return err
	}
	_, err = unix.Read(c.fd, make([]byte, 1000))
	return err
}
