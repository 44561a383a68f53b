package trace

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/nslab/nslab/audit"
)

// A task is a thread of a traced program.
type task struct {
	tid   int
	proc  *process
	pidfd int   // of the thread itself if the kernel has PIDFD_THREAD (since 6.9); -1 until it is needed
	call  *call // the call of interest that it is in, or nil
	buf   call  // storage for that call
}

// A process is a traced process.
type process struct {
	pid     int
	pidfd   int // -1 until it is needed
	tasks   int
	program string         // "" until it is needed
	fds     map[int]uint64 // descriptors that were used, with their sockets' cookies
	told    map[string]bool
}

// newTask returns the record of a task that is seen for the first time, at its
// own stop or at that of its maker, whichever comes first.
func (t *tracer) newTask(tid int, maker *task) *task {
	if k := t.tasks[tid]; k != nil {
		return k
	}
	k := &task{tid: tid, pidfd: -1, proc: t.processOf(tid, maker)}
	k.proc.tasks++
	t.tasks[tid] = k
	t.pairing.started(tid)
	return k
}

// processOf finds the process of a task. The process of a first thread has the
// same number, and a further thread belongs to a known process. It does not use
// /proc, which may belong to another PID namespace.
func (t *tracer) processOf(tid int, maker *task) *process {
	if fd, err := unix.PidfdOpen(tid, 0); err == nil {
		p := t.process(tid)
		if p.pidfd < 0 {
			p.pidfd = fd
		} else {
			unix.Close(fd)
		}
		return p
	}
	if maker != nil && unix.Tgkill(maker.proc.pid, tid, 0) == nil {
		return maker.proc
	}
	for pid, p := range t.processes {
		if unix.Tgkill(pid, tid, 0) == nil {
			return p
		}
	}
	return t.process(tid) // it has ended already
}

func (t *tracer) process(pid int) *process {
	p := t.processes[pid]
	if p == nil {
		p = &process{pid: pid, pidfd: -1, fds: map[int]uint64{}}
		t.processes[pid] = p
	}
	return p
}

// forget drops a task that has ended, and its process with the last one.
func (t *tracer) forget(k *task) {
	delete(t.tasks, k.tid)
	t.pairing.gone(k.tid)
	k.close()
	if k.proc.tasks--; k.proc.tasks > 0 {
		return
	}
	delete(t.processes, k.proc.pid)
	t.closeAll(k.proc)
	k.proc.close()
	if k.proc.pid == t.main {
		t.mainEnded()
	}
}

func (k *task) close() {
	if k.pidfd >= 0 {
		unix.Close(k.pidfd)
		k.pidfd = -1
	}
}

func (p *process) close() {
	if p.pidfd >= 0 {
		unix.Close(p.pidfd)
		p.pidfd = -1
	}
}

// descriptor returns a copy of a descriptor of a task. In principle each thread
// may have its own descriptor table. If the kernel has pidfds only for
// processes, the first thread's table is used.
func (k *task) descriptor(fd int) (int, error) {
	if k.pidfd < 0 && k.tid != k.proc.pid {
		if k.pidfd = threadPidfd(k.tid); k.pidfd >= 0 {
			return unix.PidfdGetfd(k.pidfd, fd, 0)
		}
	}
	if k.pidfd >= 0 {
		return unix.PidfdGetfd(k.pidfd, fd, 0)
	}
	if k.proc.pidfd < 0 {
		pidfd, err := unix.PidfdOpen(k.proc.pid, 0)
		if err != nil {
			return -1, err
		}
		k.proc.pidfd = pidfd
	}
	return unix.PidfdGetfd(k.proc.pidfd, fd, 0)
}

// threadPidfd opens a pidfd of a thread. It returns -1 if the kernel has none
// for threads.
func threadPidfd(tid int) int {
	const pidfdThread = unix.O_EXCL // PIDFD_THREAD
	fd, err := unix.PidfdOpen(tid, pidfdThread)
	if err != nil {
		return -1
	}
	return fd
}

// who returns the task for an event.
func (k *task) who() audit.Process {
	if k.proc.program == "" {
		k.proc.program = k.proc.name()
	}
	return audit.Process{PID: k.proc.pid, TID: k.tid, Program: k.proc.program}
}

// name reads the name of the program. If /proc belongs to another PID
// namespace, the process has another number there, which fdinfo gives for the
// pidfd.
func (p *process) name() string {
	pid := p.pid
	if p.pidfd >= 0 {
		info, err := os.ReadFile(fmt.Sprintf("/proc/self/fdinfo/%d", p.pidfd))
		if err != nil {
			return ""
		}
		if pid = pidOf(info); pid <= 0 {
			return "" // it is not visible there, or has ended
		}
	}
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	if err != nil {
		return ""
	}
	return string(bytes.TrimSuffix(b, []byte("\n")))
}

// pidOf reads the number of a pidfd's process from its fdinfo, or returns 0.
func pidOf(info []byte) int {
	lines := bufio.NewScanner(bytes.NewReader(info))
	for lines.Scan() {
		if v, ok := bytes.CutPrefix(lines.Bytes(), []byte("Pid:")); ok {
			if n, err := strconv.Atoi(string(bytes.TrimSpace(v))); err == nil {
				return n
			}
		}
	}
	return 0
}
