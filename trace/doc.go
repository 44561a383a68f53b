// Package trace records what another program does with netlink sockets. It
// starts a program, or attaches to a running one, and passes on an audit.Event
// for each call that opens, binds, connects, sets options of, sends on or
// receives from such a socket. This includes the calls of programs that the
// program starts.
//
// It uses ptrace(2). Programs that it starts also get a system call filter
// (seccomp(2)), so that they stop only at the calls of interest. It needs Linux
// 5.6, and no privilege for the caller's own programs; it works in user and PID
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
//   - read(2), write(2) and their vectored forms on netlink sockets, and the exact moment of close(2), unless Options.Every is set or the program was attached to: a stop costs some 20 µs, and programs read and write much else. OpLost events say where something may be missing.
//   - MSG_PEEK, likewise; what is peeked at is received afterwards.
//   - What goes through io_uring(7), and the calls of 32-bit programs: an OpLost event says so once for each process.
//   - sendfile(2) and splice(2) to a socket.
//   - Processes made with CLONE_UNTRACED (clone(2)), which ordinary programs do not use. Under the filter, their traced calls fail with ENOSYS.
//   - Processes that the caller may not inspect: without CAP_SYS_PTRACE, those that have become set-user-ID or non-dumpable (PR_SET_DUMPABLE in prctl(2)). An OpLost event says so.
//   - Before Linux 6.9: the other threads of a process whose first thread has ended, which an OpLost event reports, and threads that have unshared the process's descriptors (CLONE_FILES in unshare(2)).
//   - Receiving calls that found nothing (EAGAIN) or were interrupted (EINTR).
//
// # What a traced program notices
//
// It runs more slowly. It has a tracer, so a debugger cannot attach. While one
// of its threads makes many calls, that thread shares the tracer's processor,
// unless the program was attached to; sched_getaffinity(2) does not show that,
// /proc/PID/status does, and it ends before anything can inherit it.
// Set-user-ID programs and programs with file capabilities that it starts do
// not gain privileges, unless the caller is root. In a program that was
// attached to, some calls in progress may return EINTR.
package trace
