package trace

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
)

// programs are what this test binary can be instead: each does something that is to be traced, and reports each datagram
// that it sends and receives on its standard output.
var programs = map[string]func() error{
	"attacher":   attacher,
	"asks":       asks,
	"refused":    refused,
	"interfaces": interfaces,
	"forms":      forms,
	"threads":    threadsProgram,
	"shared":     shared,
	"execs":      execs,
	"parent":     parent,
	"signals":    signals,
	"commands":   commands,
	"status":     status,
	"io_uring":   ioUring,
	"closes":     closes,
	"written":    written,
	"daemon":     daemon,
	"namespace":  namespace,
	"unread":     unread,
	"leaderless": leaderless,
	"nnp":        nnp,
	"tracer":     tracerProgram,
	"truncated":  truncated,
}

// A conn is a raw netlink socket.
type conn struct {
	fd  int
	seq uint32
	mu  *sync.Mutex // of the report
}

func open() (*conn, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		return nil, err
	}
	return &conn{fd: fd, mu: new(sync.Mutex)}, nil
}

// getLink is an RTM_GETLINK of the loopback interface, or of one that is not there.
func (c *conn) getLink(index uint32) []byte {
	c.seq++
	b := make([]byte, unix.NLMSG_HDRLEN+unix.SizeofIfInfomsg)
	binary.NativeEndian.PutUint32(b, uint32(len(b)))
	binary.NativeEndian.PutUint16(b[4:], unix.RTM_GETLINK)
	binary.NativeEndian.PutUint16(b[6:], unix.NLM_F_REQUEST)
	binary.NativeEndian.PutUint32(b[8:], c.seq)
	binary.NativeEndian.PutUint32(b[20:], index)
	return b
}

func (c *conn) report(what string, b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fmt.Printf("%s %x\n", what, b)
}

// ask sends a request by sendto(2) and receives the answer by recvfrom(2).
func (c *conn) ask(index uint32) error {
	b := c.getLink(index)
	if err := unix.Sendto(c.fd, b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return err
	}
	c.report("send", b)
	return c.receive()
}

func (c *conn) receive() error {
	answer := make([]byte, 32<<10)
	n, _, err := unix.Recvfrom(c.fd, answer, 0)
	if err != nil {
		return err
	}
	c.report("receive", answer[:n])
	return nil
}

// raw makes a system call.
func raw(nr uintptr, args ...uintptr) (int, error) {
	var a [6]uintptr
	copy(a[:], args)
	n, _, errno := unix.Syscall6(nr, a[0], a[1], a[2], a[3], a[4], a[5])
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// iovecs are b in pieces.
func iovecs(b []byte, sizes ...int) []unix.Iovec {
	var list []unix.Iovec
	for _, n := range sizes {
		list = append(list, unix.Iovec{Base: &b[0]})
		list[len(list)-1].SetLen(n)
		b = b[n:]
	}
	list = append(list, unix.Iovec{Base: &b[0]})
	list[len(list)-1].SetLen(len(b))
	return list
}

func header(iov []unix.Iovec) unix.Msghdr {
	h := unix.Msghdr{Iov: &iov[0]}
	h.SetIovlen(len(iov))
	return h
}

// forms uses every call that sends and receives.
func forms() error {
	c, err := open()
	if err != nil {
		return err
	}
	if err := unix.Bind(c.fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return err
	}
	if err := unix.SetsockoptInt(c.fd, unix.SOL_NETLINK, unix.NETLINK_PKTINFO, 1); err != nil {
		return err
	}
	fd := uintptr(c.fd)
	two := func() ([]byte, []byte) { return c.getLink(1), c.getLink(9999) }
	sendmsg := func(pieces ...int) error {
		b := c.getLink(1)
		defer c.report("send", b)
		iov := iovecs(b, pieces...)
		h := header(iov)
		_, err := raw(unix.SYS_SENDMSG, fd, uintptr(unsafe.Pointer(&h)), 0)
		return err
	}
	send := map[string]func() error{
		"sendto": func() error {
			b := c.getLink(1)
			defer c.report("send", b)
			_, err := raw(unix.SYS_SENDTO, fd, uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), 0, 0, 0)
			return err
		},
		"write": func() error {
			b := c.getLink(1)
			defer c.report("send", b)
			_, err := unix.Write(c.fd, b)
			return err
		},
		"writev": func() error {
			b := c.getLink(1)
			defer c.report("send", b)
			iov := iovecs(b, 7, 9)
			_, err := raw(unix.SYS_WRITEV, fd, uintptr(unsafe.Pointer(&iov[0])), uintptr(len(iov)))
			return err
		},
		"sendmsg": func() error { return sendmsg(1, 16) },
		"pieces":  func() error { return sendmsg(0, 1, 0, 16) }, // of which strace 6.1 shows no dump
		"sendmmsg": func() error {
			a, b := two()
			defer func() { c.report("send", a); c.report("send", b) }()
			ia, ib := iovecs(a, 4), iovecs(b)
			h := [2]unix.Mmsghdr{{Hdr: header(ia)}, {Hdr: header(ib)}}
			n, err := raw(unix.SYS_SENDMMSG, fd, uintptr(unsafe.Pointer(&h[0])), 2, 0)
			if err == nil && n != 2 {
				err = fmt.Errorf("%d datagrams sent", n)
			}
			return err
		},
	}
	buf := make([]byte, 32<<10)
	receive := map[string]func() error{
		"recvfrom": func() error {
			n, _, err := unix.Recvfrom(c.fd, buf, 0)
			c.report("receive", buf[:max(n, 0)])
			return err
		},
		"read": func() error {
			n, err := unix.Read(c.fd, buf)
			c.report("receive", buf[:max(n, 0)])
			return err
		},
		"readv": func() error {
			iov := iovecs(buf, 16, 100)
			n, err := raw(unix.SYS_READV, fd, uintptr(unsafe.Pointer(&iov[0])), uintptr(len(iov)))
			c.report("receive", buf[:n])
			return err
		},
		"recvmsg": func() error {
			iov := iovecs(buf, 16, 100)
			var from unix.RawSockaddrNetlink
			control := make([]byte, 256)
			h := header(iov)
			h.Name, h.Namelen, h.Control = (*byte)(unsafe.Pointer(&from)), uint32(unsafe.Sizeof(from)), &control[0]
			h.SetControllen(len(control))
			n, err := raw(unix.SYS_RECVMSG, fd, uintptr(unsafe.Pointer(&h)), 0)
			c.report("receive", buf[:n])
			return err
		},
		"peek": func() error {
			iov := iovecs(buf)
			h := header(iov)
			if _, err := raw(unix.SYS_RECVMSG, fd, uintptr(unsafe.Pointer(&h)), unix.MSG_PEEK|unix.MSG_TRUNC); err != nil {
				return err
			}
			n, err := raw(unix.SYS_RECVMSG, fd, uintptr(unsafe.Pointer(&h)), 0)
			c.report("receive", buf[:n])
			return err
		},
	}
	for _, step := range strings.Fields(os.Args[1]) {
		f := send[step]
		if f == nil {
			f = receive[step]
		}
		if step == "recvmmsg" {
			f = func() error {
				ia, ib := iovecs(buf[:16<<10], 100), iovecs(buf[16<<10:])
				h := [2]unix.Mmsghdr{{Hdr: header(ia)}, {Hdr: header(ib)}}
				n, err := raw(unix.SYS_RECVMMSG, fd, uintptr(unsafe.Pointer(&h[0])), 2, 0, 0)
				if err == nil && n != 2 {
					err = fmt.Errorf("%d datagrams received", n)
				}
				c.report("receive", buf[:h[0].Len])
				c.report("receive", buf[16<<10:][:h[1].Len])
				return err
			}
		}
		if err := f(); err != nil {
			return fmt.Errorf("%s: %w", step, err)
		}
	}
	return nil
}

// threadsProgram asks on many threads at once.
func threadsProgram() error {
	var wg sync.WaitGroup
	var mu sync.Mutex
	errs := make(chan error, 16)
	all := make(chan struct{})
	for i := range 16 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			runtime.LockOSThread() // and with it the thread ends
			<-all
			c, err := open()
			for n := 0; n < 40 && err == nil; n++ {
				c.mu, c.seq = &mu, uint32(i*1000+n)
				err = c.ask(uint32(1 + 9998*(n%2)))
			}
			if err == nil {
				err = unix.Close(c.fd)
			}
			errs <- err
		}()
	}
	close(all)
	wg.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// shared uses one socket by several descriptors in several processes: inherited, copied, passed on.
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

// execs becomes another program from a thread that is not the first.
func execs() error {
	main := unix.Getpid()
	result := make(chan error)
	for {
		moved := make(chan bool)
		go func() {
			runtime.LockOSThread()
			if unix.Gettid() == main {
				moved <- false
				<-result // this thread stays out of it
				return
			}
			moved <- true
			c, err := open()
			if err == nil {
				err = c.ask(1)
			}
			if err == nil {
				err = syscall.Exec("/proc/self/exe", []string{"forms", "sendto recvfrom"}, append(os.Environ(), programEnv+"=forms"))
			}
			result <- err
		}()
		if <-moved {
			return <-result
		}
	}
}

// parent stops, continues and ends a child, and looks at what it is told of that. (SIGTSTP does nothing in a process group without
// a parent in its session, as tests may run in.)
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

// commands asks once for each line of its input.
func commands() error {
	c, err := open()
	if err != nil {
		return err
	}
	if err := unix.Bind(c.fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return err
	}
	fmt.Println("ready", os.Getpid())
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		switch lines.Text() {
		case "ask":
			err = c.ask(1)
		case "write":
			b := c.getLink(1)
			if _, err = unix.Write(c.fd, b); err == nil {
				c.report("send", b)
				err = c.receive()
			}
		case "thread":
			done := make(chan error)
			go func() {
				runtime.LockOSThread()
				done <- c.ask(9999)
			}()
			err = <-done
		case "child":
			cmd := exec.Command("/proc/self/exe", "sendto recvfrom")
			cmd.Env = append(os.Environ(), programEnv+"=forms")
			cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
			err = cmd.Run()
		}
		if err != nil {
			return err
		}
		fmt.Println("done")
	}
	return nil
}

// status ends in a way that its arguments say.
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

func ioUring() error {
	// That it fails, or is not there at all, is all the same.
	unix.Syscall(unix.SYS_IO_URING_SETUP, 0, 0, 0) //nolint:errcheck
	unix.Syscall(unix.SYS_IO_URING_SETUP, 0, 0, 0) //nolint:errcheck
	return nil
}

// closes closes sockets in all ways.
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
	return nil // and fds[4] with the program
}

// namespace asks in a network namespace of its own.
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

// unread asks by write(2) and by sendto(2), and reads by read(2).
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

// written asks by write(2) and reads by read(2).
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

// daemon opens a socket and ends; what it has started asks by that when it is gone.
func daemon() error {
	if len(os.Args) > 1 {
		parent, err := strconv.Atoi(os.Args[1])
		if err != nil {
			return err
		}
		// That it has been waited for is told by nothing but this.
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

// refused asks for a link of a kind that is none, by each of some threads, with NETLINK_EXT_ACK where it is told so.
func refused() error {
	c, err := open()
	if err != nil {
		return err
	}
	if len(os.Args) > 1 {
		if err := unix.SetsockoptInt(c.fd, unix.SOL_NETLINK, unix.NETLINK_EXT_ACK, 1); err != nil {
			return err
		}
	}
	done := make(chan error)
	for range 3 {
		go func() {
			runtime.LockOSThread()
			b := append(c.getLink(0), 8, 0, unix.IFLA_IFNAME, 0, 'x', 'x', 'x', 0)
			b = append(b, 12, 0, unix.IFLA_LINKINFO, 0, 8, 0, unix.IFLA_INFO_KIND, 0, 'n', 'o', 'n', 0)
			b[0], b[4], b[6], b[7] = byte(len(b)), unix.RTM_NEWLINK, unix.NLM_F_REQUEST|unix.NLM_F_ACK, unix.NLM_F_CREATE>>8
			err := unix.Sendto(c.fd, b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
			if err == nil {
				err = c.receive()
			}
			done <- err
		}()
		if err := <-done; err != nil {
			return err
		}
	}
	return nil
}

// leaderless asks when its first thread has ended.
func leaderless() error {
	ended := make(chan struct{})
	result := make(chan error)
	go func() {
		<-ended
		// The first thread's exit takes a moment that nothing tells of but this.
		for {
			b, err := os.ReadFile("/proc/self/task/" + strconv.Itoa(os.Getpid()) + "/stat")
			if err != nil {
				result <- err
				return
			}
			if strings.Contains(string(b), ") Z ") {
				break
			}
			runtime.Gosched()
		}
		c, err := open()
		if err == nil {
			err = c.ask(1)
		}
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}()
	close(ended)
	if unix.Gettid() != os.Getpid() {
		return errors.New("the program does not run on its first thread")
	}
	debug.SetGCPercent(-1)               // for which the runtime would wait for the thread
	unix.Syscall(unix.SYS_EXIT, 0, 0, 0) // the thread alone
	return <-result
}

// nnp reports whether it can gain privileges.
func nnp() error {
	n, err := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)
	if err != nil {
		return err
	}
	fmt.Println(n)
	return nil
}

// truncated receives with too little room.
func truncated() error {
	c, err := open()
	if err != nil {
		return err
	}
	for range 2 {
		if err := unix.Sendto(c.fd, c.getLink(1), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
			return err
		}
	}
	small := make([]byte, 20)
	n, _, err := unix.Recvfrom(c.fd, small, unix.MSG_TRUNC)
	if err != nil {
		return err
	}
	fmt.Println(n)
	n, _, flags, _, err := unix.Recvmsg(c.fd, small, nil, 0)
	if err != nil {
		return err
	}
	fmt.Println(n, flags)
	return nil
}

// tracerProgram traces a program, without the capabilities that it could install a filter by, and reports its process id
// and events.
func tracerProgram() error {
	if n, err := unix.PrctlRetInt(unix.PR_GET_SECUREBITS, 0, 0, 0, 0); err != nil || os.Args[1] == "nnp" && n&noRoot != noRoot {
		if err := dropCapabilities(); err != nil {
			return err
		}
	}
	var mu sync.Mutex
	t, err := Start(program(os.Args[1], os.Args[2:]...), Options{}, func(e *audit.Event) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Println(e.Op)
	})
	if err != nil {
		return err
	}
	fmt.Println("tracing", t.PID())
	ws, err := t.Wait()
	fmt.Println("status", ws)
	return err
}

// attacher starts a program and attaches to it.
func attacher() error {
	cmd := exec.Command("sleep", "1000")
	if err := cmd.Start(); err != nil {
		return err
	}
	defer cmd.Wait()         //nolint:errcheck // it is killed
	defer cmd.Process.Kill() //nolint:errcheck
	t, err := Attach(cmd.Process.Pid, Options{}, func(*audit.Event) {})
	if err != nil {
		return err
	}
	t.Stop()
	_, err = t.Wait()
	return err
}

// dropCapabilities starts this program again, without any.
func dropCapabilities() error {
	if err := unix.Prctl(unix.PR_SET_SECUREBITS, noRoot, 0, 0, 0); err != nil {
		return err
	}
	var none [2]unix.CapUserData
	if err := unix.Capset(&unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}, &none[0]); err != nil {
		return err
	}
	return syscall.Exec("/proc/self/exe", os.Args, append(os.Environ(), programEnv+"=tracer"))
}

const noRoot = 3 // SECBIT_NOROOT, SECBIT_NOROOT_LOCKED

func init() { runtime.LockOSThread() } // the main goroutine, for leaderless
