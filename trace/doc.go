// Package trace records what another program does with netlink sockets: it starts a program, or attaches to one that runs,
// and hands over an audit.Event for each call of it, and of what it starts, that opens, binds, sets, sends to or receives
// from such a socket.
//
// It uses ptrace(2), and for programs that it starts a filter of system calls (seccomp(2)), so that these stop at the calls
// of interest alone. It needs Linux 5.6 and no privilege for programs of the caller's own; it works in user and PID
// namespaces.
//
// A program that traces calls [Stage] first in main, and then
//
//	t, err := trace.Start(&trace.Command{Path: path, Args: args}, trace.Options{}, func(e *audit.Event) { ... })
//	...
//	status, err := t.Wait()
//
// # What it does not see
//
//   - read(2), write(2) and their vectored forms on netlink sockets, and the exact moment of close(2), unless
//     Options.Every is set or the program was attached to. A stop costs some 20 µs, and programs read and write much
//     else. Events that tell of the lack say so.
//   - MSG_PEEK, likewise: what is peeked at is received afterwards.
//   - What goes through io_uring(7), and the calls of 32-bit programs: an OpLost event says so once for each process.
//   - sendfile(2) and splice(2) to a socket.
//   - Processes made with CLONE_UNTRACED (clone(2)), which no usual program has. With the filter their traced calls fail
//     with ENOSYS.
//   - Whatever the caller may not look into: with less than CAP_SYS_PTRACE, what has become set-user-ID or
//     non-dumpable (PR_SET_DUMPABLE in prctl(2)). An OpLost event says so.
//   - Before Linux 6.9: the other threads of a process whose first thread has ended, of which an OpLost event tells, and
//     threads that have taken leave of the process's descriptors (CLONE_FILES in unshare(2)).
//   - Receiving calls that found nothing (EAGAIN) or were interrupted (EINTR).
//
// # What a traced program notices
//
// It runs more slowly. It has a tracer, so that a debugger cannot attach. Set-user-ID programs and file capabilities that
// it starts do not gain privileges, unless the caller is root. A program that was attached to may see EINTR from some calls that it was in.
package trace
