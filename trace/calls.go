package trace

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
)

// A call is a call of interest that a task is in.
type call struct {
	kind    kind
	args    [6]uint64
	fd      int
	socket  *socket // nil for calls that make one, or that are not on a socket
	began   time.Time
	events  []audit.Event // its events if it succeeds, as far as they are known when it begins
	nameLen uint64        // of a receiving call: the size of the buffer for the sender's address
	holds   bool          // later events wait for this call, see queue
}

// kind is what a system call does.
type kind uint8

const (
	kindNone kind = iota
	kindSocket
	kindBind
	kindConnect
	kindSetsockopt
	kindSendto
	kindSendmsg
	kindSendmmsg
	kindWrite
	kindWritev
	kindRecvfrom
	kindRecvmsg
	kindRecvmmsg
	kindRead
	kindReadv
	kindClose
	kindCloseRange
	kindDup
	kindIoUring
	kindProcessors // it depends on the processors that a task may run on
)

// kindOf returns the kind of a call by its number.
func (m machine) kindOf(nr uint64) kind {
	switch nr {
	case unix.SYS_SENDMSG:
		return kindSendmsg
	case unix.SYS_RECVMSG:
		return kindRecvmsg
	case unix.SYS_SENDTO:
		return kindSendto
	case unix.SYS_RECVFROM:
		return kindRecvfrom
	case unix.SYS_SENDMMSG:
		return kindSendmmsg
	case unix.SYS_RECVMMSG:
		return kindRecvmmsg
	case unix.SYS_SOCKET:
		return kindSocket
	case unix.SYS_BIND:
		return kindBind
	case unix.SYS_CONNECT:
		return kindConnect
	case unix.SYS_SETSOCKOPT:
		return kindSetsockopt
	case unix.SYS_READ:
		return kindRead
	case unix.SYS_WRITE:
		return kindWrite
	case unix.SYS_READV:
		return kindReadv
	case unix.SYS_WRITEV:
		return kindWritev
	case unix.SYS_CLOSE:
		return kindClose
	case unix.SYS_CLOSE_RANGE:
		return kindCloseRange
	case unix.SYS_DUP3:
		return kindDup
	case unix.SYS_IO_URING_SETUP:
		return kindIoUring
	case unix.SYS_SCHED_GETAFFINITY, unix.SYS_SCHED_SETAFFINITY, unix.SYS_SCHED_SETATTR:
		return kindProcessors
	}
	if m.dup2 != 0 && nr == uint64(m.dup2) {
		return kindDup
	}
	return kindNone
}

// moves reports whether a call sends or receives datagrams.
func (k kind) moves() bool { return k >= kindSendto && k <= kindReadv }

// receives reports whether a call receives datagrams.
func (k kind) receives() bool { return k >= kindRecvfrom && k <= kindReadv }

// atFilter handles a stop of the filter: a call begins.
func (t *tracer) atFilter(k *task) error {
	var info syscallInfo
	if err := info.get(k.tid); err != nil {
		return err
	}
	if info.op == unix.PTRACE_SYSCALL_INFO_SECCOMP {
		t.begins(k, &info)
	}
	return nil
}

// atCall handles a stop where a call begins or returns.
func (t *tracer) atCall(k *task) error {
	var info syscallInfo
	if err := info.get(k.tid); err != nil {
		return err
	}
	switch info.op {
	case unix.PTRACE_SYSCALL_INFO_ENTRY:
		t.begins(k, &info)
	case unix.PTRACE_SYSCALL_INFO_EXIT:
		c := k.call
		if c == nil {
			return nil
		}
		if n, errno := info.result(); !restarted(errno) {
			t.returns(k, c, n, errno)
		}
		// Its own events must be in the queue before those that waited for it
		// leave.
		t.leaves(k)
		if c.holds {
			t.queue.release(t.oldest())
		}
		if !t.attached {
			t.pairing.called(k.tid, t.now)
		}
	}
	return nil
}

// begins looks at a call that a task begins, and remembers it if it is of
// interest.
func (t *tracer) begins(k *task, info *syscallInfo) {
	t.leaves(k)
	nr, args := info.nr(), info.args()
	foreign := info.arch != t.m.arch || t.m.x32 != 0 && nr == uint64(t.m.x32)
	kind := t.m.kindOf(nr)
	if kind == kindProcessors && !foreign {
		t.pairing.settle()
		return
	}
	if t.stranger(k) {
		return
	}
	if foreign {
		t.foreign(k, info.arch, nr, args)
		return
	}
	c := &k.buf
	*c = call{kind: kind, args: args, fd: int(int32(args[0]))}
	m := t.window.of(k.tid)
	switch c.kind {
	case kindNone:
		return
	case kindIoUring:
		t.pairing.settle() // the kernel may start threads for it
		t.gap(k, "it uses io_uring: what goes through it is not seen")
		return
	case kindSocket:
		if int32(args[0]) != unix.AF_NETLINK {
			return
		}
	case kindDup:
		c.fd = int(int32(args[1]))
		if _, ok := k.proc.fds[c.fd]; !ok {
			return
		}
	case kindCloseRange:
		if len(k.proc.fds) == 0 {
			return
		}
	case kindRead, kindWrite:
		if args[2] < minMessage {
			return
		}
		fallthrough
	default:
		if c.socket = t.socket(k, c.fd); c.socket == nil {
			return
		}
		c.socket.used = c.socket.used || c.kind.moves()
		c.enter(m)
	}
	k.call = c
	c.began = time.Now() // the call itself begins when the task goes on
	if c.holds = !c.kind.receives(); c.holds {
		t.holding++
	}
}

// leaves notes that a task has left its call.
func (t *tracer) leaves(k *task) {
	if k.call != nil && k.call.holds {
		t.holding--
	}
	k.call = nil
}

// enter reads a call's arguments.
func (c *call) enter(m memory) {
	switch c.kind {
	case kindBind, kindConnect:
		op := audit.OpBind
		if c.kind == kindConnect {
			op = audit.OpConnect
		}
		c.events = []audit.Event{{Op: op, Address: address(m, c.args[1], c.args[2]&0xffffffff), Room: -1}}
	case kindSetsockopt:
		c.events = []audit.Event{{
			Op: audit.OpSetsockopt, Level: int(int32(c.args[1])), Option: int(int32(c.args[2])), Room: -1,
			Value: readAt(m, c.args[3], int(min(c.args[4]&0xffffffff, maxOption))),
		}}
	case kindSendto, kindSendmsg, kindSendmmsg, kindWrite, kindWritev:
		c.events = c.sends(m)
	case kindRecvfrom:
		if b := readAt(m, c.args[5], 4); b != nil && c.args[4] != 0 {
			c.nameLen = uint64(u32(b))
		}
	}
}

// maxOption bounds the value of an option; those of netlink sockets are
// integers.
const maxOption = 1024

// returns adds the events of a call that has returned.
func (t *tracer) returns(k *task, c *call, n int64, errno unix.Errno) {
	switch c.kind {
	case kindSocket:
		if errno != 0 {
			t.add(k, audit.Event{Op: audit.OpSocket, Errno: errno, SocketType: int(int32(c.args[1])), Room: -1}, c, audit.Socket{FD: -1, Protocol: int(int32(c.args[2]))})
			return
		}
		if c.socket = t.socket(k, int(n)); c.socket == nil {
			return // another thread has closed it already
		}
		c.fd = int(n)
		t.add(k, audit.Event{Op: audit.OpSocket, SocketType: int(int32(c.args[1])), Room: -1}, c, c.socket.at(c.fd))
	case kindDup:
		t.check(k, c.fd)
	case kindCloseRange:
		t.checkAll(k)
	case kindClose:
		if errno != unix.EBADF {
			t.closed(k.who(), k.proc, c.fd)
		}
	case kindBind, kindConnect, kindSetsockopt:
		t.learnPort(k, c, errno)
		c.events[0].Errno = errno
		t.add(k, c.events[0], c, c.socket.at(c.fd))
	case kindRecvfrom, kindRecvmsg, kindRecvmmsg, kindRead, kindReadv:
		t.received(k, c, n, errno)
	default:
		t.learnPort(k, c, errno)
		t.sent(k, c, n, errno)
	}
}

// learnPort looks for the port ID that a socket has got by this call.
func (t *tracer) learnPort(k *task, c *call, errno unix.Errno) {
	if errno == 0 && c.socket.PortID == 0 && c.kind != kindSetsockopt {
		t.socket(k, c.fd)
	}
}

// sent adds the events of a sending call. If the call failed, its first
// datagram was not sent.
func (t *tracer) sent(k *task, c *call, n int64, errno unix.Errno) {
	events := c.events
	switch {
	case errno != 0:
		events = events[:min(len(events), 1)]
	case c.kind == kindSendmmsg:
		events = events[:min(int64(len(events)), n)]
	}
	for i := range events {
		events[i].Errno = errno
		if errno == 0 {
			c.socket.pairs.request(events[i].Data, c.began)
		}
		t.add(k, events[i], c, c.socket.at(c.fd))
	}
	t.hear(k, c)
}

// received adds the events of a receiving call.
func (t *tracer) received(k *task, c *call, n int64, errno unix.Errno) {
	if errno == unix.EAGAIN || errno == unix.EINTR {
		return // it has received nothing
	}
	events := c.receives(t.window.of(k.tid), n, errno)
	for i := range events {
		e := &events[i]
		e.Time = t.now
		if errno == 0 && e.Flags&unix.MSG_PEEK == 0 {
			e.After = c.socket.pairs.reply(e.Data, c.socket.PortID, t.now)
		}
		t.add(k, *e, c, c.socket.at(c.fd))
	}
}

// add completes an event and hands it over.
func (t *tracer) add(k *task, e audit.Event, c *call, s audit.Socket) {
	e.Process, e.Socket, e.Took = k.who(), s, t.now.Sub(c.began)
	if e.Time.IsZero() {
		e.Time = c.began
	}
	t.queue.add(e, t.oldest())
}

// oldest returns when the oldest call began that has not returned and whose
// event will have that time, or zero.
func (t *tracer) oldest() (oldest time.Time) {
	if t.holding == 0 {
		return oldest
	}
	for _, k := range t.tasks {
		if k.call != nil && k.call.holds && (oldest.IsZero() || k.call.began.Before(oldest)) {
			oldest = k.call.began
		}
	}
	return oldest
}

// lost adds an event for a call that a task did not return from.
func (t *tracer) lost(k *task) {
	c := k.call
	if c == nil {
		return
	}
	if c.holds {
		for _, e := range c.events {
			t.add(k, e, c, c.socket.at(c.fd))
		}
		if c.events != nil {
			t.queue.add(audit.Event{
				Op: audit.OpLost, Time: t.now, Process: k.who(), Socket: c.socket.at(c.fd), Room: -1, Lost: 1,
				Text: "it ended before the call returned: the result is not known",
			}, t.oldest())
		}
	}
	t.leaves(k)
	t.queue.release(t.oldest())
}

// foreign adds an event for a call of another architecture that opens a socket.
func (t *tracer) foreign(k *task, arch uint32, nr uint64, args [6]uint64) {
	family := args[0]
	switch {
	case arch == t.m.arch: // x32
	case arch != t.m.foreign:
		return
	case nr == uint64(t.m.socketcall) && t.m.socketcall != 0 && args[0] == socketcallSocket:
		b := readAt(taskMemory(k.tid), args[1]&0xffffffff, 4)
		if b == nil {
			return
		}
		family = uint64(u32(b))
	case nr != uint64(t.m.socket):
		return
	}
	if int32(family) == unix.AF_NETLINK {
		t.gap(k, "it opens a netlink socket with a 32-bit system call: what it does with it is not seen")
	}
}
