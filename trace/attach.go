package trace

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// attach seizes all threads of a running process.
func (t *tracer) attach(pid int) (pidfd int, err error) {
	if pid == os.Getpid() {
		return -1, fmt.Errorf("attach to process %d: that is this process itself", pid)
	}
	// Tasks are released when they end, because their parent, which may be this
	// process, waits for them.
	o := uintptr(options | unix.PTRACE_O_TRACEEXIT)
	if !t.o.Alone {
		o |= unix.PTRACE_O_TRACEFORK | unix.PTRACE_O_TRACEVFORK
	}
	t.attached, t.main = true, pid
	pidfd, err = unix.PidfdOpen(pid, 0)
	switch {
	case errors.Is(err, unix.ESRCH):
		return -1, fmt.Errorf("attach to process %d: there is no such process", pid)
	case errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOENT): // depending on the kernel's version
		return -1, fmt.Errorf("attach to process %d: that is a thread; name its process", pid)
	case err != nil:
		return -1, fmt.Errorf("attach to process %d: pidfd_open: %w", pid, err)
	}
	if err = t.sameProc(pidfd, pid); err == nil {
		err = t.seizeThreads(pid, o)
	}
	if err != nil {
		unix.Close(pidfd)
		return -1, fmt.Errorf("attach to process %d: %w", pid, err)
	}
	return pidfd, nil
}

// sameProc checks that /proc knows a process by the same number, because the
// threads are listed there.
func (t *tracer) sameProc(pidfd, pid int) error {
	info, err := os.ReadFile(fmt.Sprintf("/proc/self/fdinfo/%d", pidfd))
	if err != nil {
		return err
	}
	if n := pidOf(info); n != pid {
		return errors.New("/proc belongs to another PID namespace: mount a proc of this one on /proc")
	}
	return nil
}

// seizeThreads seizes all threads of a process. Threads may be started
// meanwhile. What a seized thread starts is seized automatically, so at some
// point there are no new ones.
func (t *tracer) seizeThreads(pid int, o uintptr) error {
	var tids []int
	for more := true; more; {
		more = false
		var err error
		if tids, err = threads(pid); err != nil {
			return err
		}
		for _, tid := range tids {
			if t.tasks[tid] != nil {
				continue
			}
			// ESRCH means that the thread has ended, and EPERM that it was
			// seized when it was started.
			switch err := seize(tid, o); {
			case errors.Is(err, unix.ESRCH) && tid != pid:
			case errors.Is(err, unix.EPERM) && (interrupt(tid) == nil || hasEnded(pid, tid)): // a new thread, or one that is ending
			case err != nil:
				return explainSeize(pid, err)
			default:
				more = true
				t.newTask(tid, nil)
				// It must stop before it can be made to stop at each call.
				if err := dying(interrupt(tid)); err != nil {
					return err
				}
			}
		}
	}
	if len(t.tasks) == 0 {
		return errors.New("it has ended, and its parent has not waited for it yet")
	}
	t.listen(tids)
	return nil
}

// hasEnded reports whether a thread has ended. A first thread that has ended is
// still listed until its process ends.
func hasEnded(pid, tid int) bool {
	f, err := statFields(fmt.Sprintf("/proc/%d/task/%d/stat", pid, tid))
	if err != nil {
		return errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ESRCH)
	}
	return len(f) > 0 && (f[0] == "Z" || f[0] == "X")
}

// statFields reads the fields after the name in /proc/PID/stat
// (proc_pid_stat(5)), from the state on.
func statFields(name string) ([]string, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:])), nil // the name may contain anything
}

// isKernelThread reports whether a process is a thread of the kernel
// (PF_KTHREAD of include/linux/sched.h).
func isKernelThread(pid int) bool {
	f, err := statFields(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil || len(f) < 7 {
		return false
	}
	flags, err := strconv.ParseUint(f[6], 10, 64)
	return err == nil && flags&0x00200000 != 0
}

// tracerOf returns the process that traces a process, or 0 if none can be seen.
func tracerOf(pid int) int {
	tracer := statusNumber(pid, "TracerPid:") // a thread
	if tracer == 0 {
		return 0
	}
	return statusNumber(tracer, "Tgid:")
}

// statusNumber reads a number from /proc/PID/status (proc_pid_status(5)). It
// returns 0 if that fails.
func statusNumber(pid int, key string) int {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(line, key); ok {
			if n, err := strconv.Atoi(strings.TrimSpace(v)); err == nil {
				return n
			}
		}
	}
	return 0
}

// threads lists the threads of a process.
func threads(pid int) (tids []int, err error) {
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, unix.ESRCH
	}
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		tid, err := strconv.Atoi(e.Name())
		if err != nil {
			return nil, err
		}
		tids = append(tids, tid)
	}
	return tids, nil
}
