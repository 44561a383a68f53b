package trace

import (
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
)

// A socket is a netlink socket that a traced program has used.
type socket struct {
	audit.Socket
	cookie uint64            // SO_COOKIE, unique until the machine reboots
	users  map[*process]bool // the processes that have used it and may have it open
	pairs  pairs
	used   bool // a call on it that sends or receives was seen, even a failed one
}

// own determines the tracer's own network namespace.
func (t *tracer) own() {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return // then sockets of the same namespace get a label too
	}
	defer unix.Close(fd)
	t.cookie = netnsCookie(fd)
	var st unix.Stat_t
	if unix.Stat("/proc/thread-self/ns/net", &st) == nil {
		t.inode = st.Ino
	}
}

// netnsCookie returns SO_NETNS_COOKIE, or 0 before Linux 5.14.
func netnsCookie(fd int) uint64 {
	n, err := unix.GetsockoptUint64(fd, unix.SOL_SOCKET, unix.SO_NETNS_COOKIE)
	if err != nil {
		return 0
	}
	return n
}

// socket returns the netlink socket that a descriptor of a task is open on, or
// nil if it is open on something else. Descriptors are not tracked but examined
// each time, so they may be inherited, copied or passed on.
func (t *tracer) socket(k *task, fd int) *socket {
	local, err := k.descriptor(fd)
	if err != nil {
		// A closed descriptor cannot be used, and a dying task uses none.
		gone := err == unix.EBADF || err == unix.ESRCH
		switch {
		case gone && k.pidfd < 0 && k.tid != k.proc.pid && hasEnded(k.proc.pid, k.proc.pid):
			t.gap(k, "its first thread has ended: before Linux 6.9, sockets of its other threads are not seen after that")
		case !gone:
			t.gap(k, fmt.Sprintf("its descriptors cannot be examined (%v): its netlink sockets are not seen", err))
		}
		return nil
	}
	defer unix.Close(local)
	cookie, err := unix.GetsockoptUint64(local, unix.SOL_SOCKET, unix.SO_COOKIE)
	if err != nil {
		return nil // it is not a socket
	}
	s := t.sockets[cookie]
	if s == nil {
		if domain, err := unix.GetsockoptInt(local, unix.SOL_SOCKET, unix.SO_DOMAIN); err != nil || domain != unix.AF_NETLINK {
			return nil
		}
		s = &socket{Socket: t.describe(local), cookie: cookie, users: map[*process]bool{}}
		t.sockets[cookie] = s
		delete(t.unused, cookie) // it was inherited
		s.PortID = portID(local)
		if in := memberships(local); in != nil {
			t.queue.add(audit.Event{Op: audit.OpFound, Time: t.now, Process: k.who(), Socket: s.at(fd), Room: -1, Groups: in}, t.oldest())
		}
	}
	if s.PortID == 0 {
		s.PortID = portID(local)
	}
	s.users[k.proc] = true
	t.has(k, fd, s)
	return s
}

// describe returns what a descriptor of a socket tells about it.
func (t *tracer) describe(fd int) audit.Socket {
	s := audit.Socket{NetNSCookie: netnsCookie(fd)}
	var st unix.Stat_t
	if unix.Fstat(fd, &st) == nil {
		s.Inode = st.Ino
	}
	if protocol, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PROTOCOL); err == nil {
		s.Protocol = protocol
	}
	own := s.NetNSCookie != 0 && s.NetNSCookie == t.cookie
	if own && t.inode != 0 {
		s.NetNSInode = t.inode
		return s
	}
	ns, err := unix.IoctlRetInt(fd, unix.SIOCGSKNS)
	if err != nil {
		if !own && s.NetNSCookie != 0 && t.cookie != 0 {
			s.NetNS = t.label(-1, 0, fmt.Sprintf("net:cookie=%d", s.NetNSCookie))
		}
		return s
	}
	defer unix.Close(ns)
	if unix.Fstat(ns, &st) != nil {
		return s
	}
	s.NetNSInode = st.Ino
	if st.Ino != t.inode {
		s.NetNS = t.label(ns, st.Ino, fmt.Sprintf("net:[%d]", st.Ino))
	}
	return s
}

// label returns the label of a namespace, or "" for the tracer's own.
func (t *tracer) label(ns int, inode uint64, otherwise string) string {
	if t.o.Label != nil {
		if name := t.o.Label(ns, inode); name != "" {
			return name
		}
	}
	return otherwise
}

// portID returns the socket's own nl_pid, or 0 before it is bound.
func portID(fd int) uint32 {
	sa, err := unix.Getsockname(fd)
	if err != nil {
		return 0
	}
	if nl, ok := sa.(*unix.SockaddrNetlink); ok {
		return nl.Pid
	}
	return 0
}

// memberships returns the multicast groups that a socket is in, nil for none
// (NETLINK_LIST_MEMBERSHIPS in netlink(7), since Linux 4.2).
func memberships(fd int) (groups []uint32) {
	var words [2048]uint32 // generic netlink numbers its groups up to some hundreds
	size := uint32(unsafe.Sizeof(words))
	_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_NETLINK, unix.NETLINK_LIST_MEMBERSHIPS,
		uintptr(unsafe.Pointer(&words)), uintptr(unsafe.Pointer(&size)), 0)
	if errno != 0 {
		return nil
	}
	for i, word := range words[:min(int(size/4), len(words))] {
		for ; word != 0; word &= word - 1 {
			groups = append(groups, uint32(32*i+bits.TrailingZeros32(word)+1))
		}
	}
	return groups
}

// at returns the socket for an event, with this descriptor.
func (s *socket) at(fd int) audit.Socket {
	named := s.Socket
	named.FD = fd
	return named
}

// has notes that a descriptor of a process is open on a socket. If it was open
// on another one before, that has been closed.
func (t *tracer) has(k *task, fd int, s *socket) {
	switch old, ok := k.proc.fds[fd]; {
	case ok && old == s.cookie:
		return
	case ok:
		t.closed(k.who(), k.proc, fd)
	}
	k.proc.fds[fd] = s.cookie
}

// closed adds the event of a descriptor that is no longer open on its socket.
func (t *tracer) closed(who audit.Process, p *process, fd int) {
	s := t.sockets[p.fds[fd]]
	delete(p.fds, fd)
	if s == nil {
		return
	}
	t.queue.add(audit.Event{Op: audit.OpClose, Time: t.now, Process: who, Socket: s.at(fd), Room: -1}, t.oldest())
	for _, cookie := range p.fds {
		if cookie == s.cookie {
			return // another descriptor is still open on it
		}
	}
	delete(s.users, p)
	if len(s.users) > 0 {
		return
	}
	t.unanswered(who, s, fd)
	delete(t.sockets, s.cookie)
	switch {
	case s.used:
	case len(t.unused) < maxUnused:
		t.unused[s.cookie] = true
	default:
		t.unusedMore++
	}
}

// check checks whether a descriptor is still open on the same socket.
func (t *tracer) check(k *task, fd int) {
	local, err := k.descriptor(fd)
	switch {
	case err == nil:
		cookie, err := unix.GetsockoptUint64(local, unix.SOL_SOCKET, unix.SO_COOKIE)
		unix.Close(local)
		if err == nil && cookie == k.proc.fds[fd] {
			return
		}
	case err != unix.EBADF:
		return
	}
	t.closed(k.who(), k.proc, fd)
}

// checkAll checks all descriptors of a process.
func (t *tracer) checkAll(k *task) {
	for _, fd := range slices.Sorted(maps.Keys(k.proc.fds)) {
		t.check(k, fd)
	}
}

// closeAll adds the events of the descriptors of a process that has ended.
func (t *tracer) closeAll(p *process) {
	who := audit.Process{PID: p.pid, TID: p.pid, Program: p.program}
	for _, fd := range slices.Sorted(maps.Keys(p.fds)) {
		t.closed(who, p, fd)
	}
}

// gap adds an event about something that is not seen, once for each process.
func (t *tracer) gap(k *task, text string) {
	if k.proc.told[text] {
		return
	}
	if k.proc.told == nil {
		k.proc.told = map[string]bool{}
	}
	k.proc.told[text] = true
	t.queue.add(audit.Event{Op: audit.OpLost, Time: t.now, Process: k.who(), Socket: audit.Socket{FD: -1}, Room: -1, Text: text}, t.oldest())
}

// unanswered adds an event about requests on a socket if no answer at all was
// seen: the program may read the socket in a way that is not seen.
func (t *tracer) unanswered(who audit.Process, s *socket, fd int) {
	n := s.pairs.unanswered()
	if n == 0 || t.o.Every {
		return
	}
	t.queue.add(audit.Event{
		Op: audit.OpLost, Time: t.now, Process: who, Socket: s.at(fd), Room: -1,
		Text: fmt.Sprintf("no answer to %d requests was seen: the answers were not read, or read with read(2), which --rw shows", n),
	}, t.oldest())
}

// maxUnused bounds the unused sockets that are remembered. If another process
// uses a further one later, that is not noticed.
const maxUnused = 4096

// tellUnused adds an event, at the end, about sockets without any traffic:
// programs may use them in ways that are not seen. It waits for the end because
// another process may inherit a socket and use it.
func (t *tracer) tellUnused() {
	n := len(t.unused) + t.unusedMore
	if n == 0 || t.o.Every {
		return
	}
	text := fmt.Sprintf("no traffic was seen on %d of the netlink sockets: they were not used, or used with read(2) and write(2), which --rw shows", n)
	if t.o.Alone {
		text += ", or used by what the program has started, which -f shows"
	}
	t.note(text, 0)
}
