package process

import (
	"errors"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/internal/processes"
	"github.com/nslab/nslab/topology"
	"golang.org/x/sys/unix"
)

// keeperFile is the socket of the lab's keeper, and askServe and askEnd are what
// it is sent there: the first with the files of a starter, which gets the
// connection too.
const (
	keeperFile = "keeper"
	askServe   = "serve"
	askEnd     = "end"
)

// Delays double from the first to the longest, and begin anew after a program
// that has run for a time: Docker's numbers.
const (
	firstDelay   = 100 * time.Millisecond
	longestDelay = time.Minute
	ranWell      = 10 * time.Second
)

// How long the keeper waits in poll(2), in milliseconds: until a process that has
// ended is gone from its cgroup, until it tries again what this machine did not
// let it do, and, if it may not use inotify, until it looks again.
const (
	endDelay   = 20
	retryDelay = 1_000
	lookDelay  = 60_000
)

// delayFor is how long a program waits before it is started again for the nth
// time in a row, from 0.
func delayFor(n int) time.Duration { return min(longestDelay, firstDelay<<min(n, 16)) }

// A keeper sleeps in poll(2) until something has to be done.
type keeper struct {
	task
	dir    *labdir.Dir
	listen int
	files  watcher
	logs   logWatch
	child  *os.File
	// served says that somebody has connected; began is when it started.
	served bool
	began  time.Time
	conns  []int
	// starters are its own children, with the member that they start again.
	starters map[int]string
	kept     map[string]*keptProcess
	// watched are descriptors of what lives of the kept processes (pidfd).
	watched map[int]int
}

// A keptProcess is what the keeper knows of one.
type keptProcess struct {
	pid   int
	start uint64
	// due is when it is started again, the zero time for not at all. failed is
	// how often that has failed since.
	due    time.Time
	failed int
	// starter is what is just starting it, 0 for nothing.
	starter int
}

// keep is the keeper. It returns when there is nothing to keep.
func keep(t *task) error {
	runtime.LockOSThread() // its starters end with this thread
	debug.SetGCPercent(10)
	const listenFD = 3
	unix.CloseOnExec(listenFD)
	if err := closeInherited(listenFD + 1); err != nil {
		return err
	}
	// What is ignored would be so in all that it starts, too.
	for _, sig := range []os.Signal{unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGPIPE} {
		if !signal.Ignored(sig) {
			signal.Notify(make(chan os.Signal, 1), sig)
		}
	}
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return os.NewSyscallError("prctl", err)
	}
	// Whoever connects learns this process from the socket (SO_PEERCRED).
	if err := unix.Listen(listenFD, 64); err != nil {
		return os.NewSyscallError("listen", err)
	}
	d, err := t.Root.Look(t.Lab)
	if err != nil {
		return err
	}
	k := &keeper{task: *t, dir: d, listen: listenFD, began: time.Now(), starters: make(map[int]string), kept: make(map[string]*keptProcess), watched: make(map[int]int)}
	k.files = watchRoot(k.Root)
	k.logs = logWatch{root: k.Root, lab: k.Lab, sizes: make(map[[2]string]int64), due: k.began}
	var w *os.File
	if k.child, w, err = os.Pipe(); err != nil {
		return err
	}
	if err := unix.SetNonblock(int(k.child.Fd()), true); err != nil {
		return err
	}
	chld := make(chan os.Signal, 1)
	signal.Notify(chld, unix.SIGCHLD)
	go func() {
		for range chld {
			w.Write([]byte{0}) //nolint:errcheck // a full pipe wakes too
		}
	}()
	return k.run()
}

func (k *keeper) run() error {
	defer k.end()
	wait, look := 0, true
	var until time.Time // when look is due again, if it is
	for {
		if look {
			k.reap()
			if ended := k.talk(); ended {
				return nil
			}
			var idle bool
			var err error
			wait, idle, err = k.look()
			switch {
			case idle:
				return nil
			case err != nil:
				// There is no descriptor left, say. What has to be done may be
				// there all the time, so nothing else is waited for.
				unix.Poll(nil, retryDelay) //nolint:errcheck // a signal may end it
				continue
			case k.files.fd < 0 && (wait < 0 || wait > lookDelay):
				wait = lookDelay
			}
			until = time.Now().Add(time.Duration(wait) * time.Millisecond)
			k.logs.written() // there may be others than before
		}
		sleep := wait
		if sleep >= 0 {
			sleep = max(0, int(time.Until(until).Milliseconds())+1)
		}
		if logs := k.logs.look(&k.files); logs >= 0 && (sleep < 0 || logs < sleep) {
			sleep = logs
		}
		fds := []unix.PollFd{{Fd: int32(k.files.fd), Events: unix.POLLIN}, {Fd: int32(k.listen), Events: unix.POLLIN}, {Fd: int32(k.child.Fd()), Events: unix.POLLIN}}
		for _, c := range k.conns {
			fds = append(fds, unix.PollFd{Fd: int32(c), Events: unix.POLLIN})
		}
		for _, fd := range k.watched {
			fds = append(fds, unix.PollFd{Fd: int32(fd), Events: unix.POLLIN})
		}
		if sleep < 0 || sleep > retryDelay {
			shrink()
		}
		switch _, err := unix.Poll(fds, sleep); {
		case err == unix.EINVAL:
			// Somebody has lowered the limit of open files below their number.
			unix.Poll(nil, retryDelay) //nolint:errcheck // a signal may end it
			look = true
			continue
		case err != nil && err != unix.EINTR:
			return os.NewSyscallError("poll", err)
		}
		// That somebody writes to logs concerns no process.
		look = wait >= 0 && !time.Now().Before(until)
		for i, fd := range fds {
			look = look || i > 0 && fd.Revents != 0
		}
		if fds[0].Revents != 0 {
			root, logs := k.files.read()
			look = look || root
			if logs {
				k.logs.written()
			}
		}
		if fds[2].Revents != 0 {
			unix.Read(int(k.child.Fd()), make([]byte, 4096)) //nolint:errcheck // it only wakes
		}
	}
}

// reap waits for children: starters, and processes whose parents have ended.
func (k *keeper) reap() {
	for {
		var ws syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &ws, syscall.WNOHANG, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil || pid <= 0 {
			return
		}
		if member, ok := k.starters[pid]; ok {
			delete(k.starters, pid)
			if p := k.kept[member]; p != nil && p.starter == pid {
				p.starter = 0
				p.failed++ // unless its record has changed
			}
			continue
		}
		records, err := processes.ReadRecords(k.dir)
		if err != nil {
			continue // look says it
		}
		for i := range records {
			if r := &records[i]; r.PID == pid {
				// On a full file system nobody learns how it has ended.
				processes.WriteExit(k.dir, r.Node, r.Program, processes.ExitOf(pid, r.StartTime, ws)) //nolint:errcheck // see above
			}
		}
	}
}

// look compares what should run with what does, and has started again what is
// due. It returns how long there is nothing to do, in milliseconds, -1 for as
// long as nothing happens. idle says that there is nothing to keep.
func (k *keeper) look() (wait int, idle bool, err error) {
	if k.dir.IsGone() {
		return 0, true, nil
	}
	records, err := processes.ReadRecords(k.dir)
	if err != nil {
		return 0, false, err
	}
	procs, err := processes.Find(k.dir)
	if unseen := (*processes.UnseenError)(nil); err != nil && !errors.As(err, &unseen) {
		return 0, false, err
	}
	live := make(map[string][]int)
	for _, p := range procs {
		live[p.Member] = append(live[p.Member], p.PID)
	}
	now := time.Now()
	next := now.Add(time.Hour)
	wanted := make(map[string]bool)
	watch := make(map[int]bool)
	for i := range records {
		r := &records[i]
		policy, err := topology.ParseRestartPolicy(r.Policy)
		if err != nil || policy.When == topology.RestartNever || r.Stopped {
			continue
		}
		member := processes.Member(r.Node, r.Program)
		wanted[member] = true
		p := k.kept[member]
		if p == nil || p.pid != r.PID || p.start != r.StartTime {
			p = &keptProcess{pid: r.PID, start: r.StartTime}
			k.kept[member] = p
		}
		if pids := live[member]; len(pids) > 0 {
			p.due, p.failed = time.Time{}, 0
			for _, pid := range pids {
				watch[pid] = true
			}
			continue
		}
		if p.starter != 0 || r.PID == 0 || !mayTry(policy, r.Exit(k.dir), r.Tries) {
			continue
		}
		tries := r.Tries
		if exit := r.Exit(k.dir); exit != nil && exit.At.Sub(r.Started) >= ranWell {
			tries = 0
		}
		if p.due.IsZero() {
			p.due = now.Add(delayFor(tries))
		} else if p.failed > 0 {
			p.due, p.failed = now.Add(delayFor(tries+p.failed)), 0
		}
		if !p.due.After(now) {
			if err := k.again(r, p, tries+1); err != nil {
				p.due = now.Add(longestDelay)
			}
			continue
		}
		if p.due.Before(next) {
			next = p.due
		}
	}
	for member := range k.kept {
		if !wanted[member] {
			delete(k.kept, member)
		}
	}
	again := k.watch(watch)
	if len(wanted) == 0 && len(k.starters) == 0 && len(k.conns) == 0 {
		// One that has just been started is about to be asked for something.
		if k.served || now.Sub(k.began) > ranWell {
			return 0, true, nil
		}
		return int(ranWell.Milliseconds()) + 1, false, nil
	}
	switch {
	case again > 0:
		return again, false, nil
	case next.Sub(now) >= time.Hour:
		return -1, false, nil
	}
	return int(next.Sub(now).Milliseconds()) + 1, false, nil
}

// mayTry reports whether a policy has a process started again that has ended
// like that, nil if nobody knows, which is a failure then.
func mayTry(p topology.RestartPolicy, exit *processes.Exit, tries int) bool {
	if p.When == topology.RestartOnFailure {
		return (exit == nil || exit.Failed()) && (p.Max == 0 || tries < p.Max)
	}
	return p.When == topology.RestartAlways
}

// watch has the keeper wake when one of these processes ends. It returns when
// that has to be tried again, in milliseconds, 0 for not at all.
func (k *keeper) watch(pids map[int]bool) (again int) {
	for pid, fd := range k.watched {
		if !pids[pid] {
			unix.Close(fd)
			delete(k.watched, pid)
		}
	}
	for pid := range pids {
		if fd, ok := k.watched[pid]; ok {
			// The number may be another process's by now.
			poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
			if n, _ := unix.Poll(poll, 0); n == 0 {
				continue
			}
			unix.Close(fd)
			delete(k.watched, pid)
		}
		switch fd, err := unix.PidfdOpen(pid, 0); {
		case err == nil:
			k.watched[pid] = fd
		case err == unix.ESRCH: // it has just ended
			again = endDelay
		case again == 0: // it cannot have as many files open
			again = retryDelay
		}
	}
	return again
}

// again has a process started again.
func (k *keeper) again(r *processes.Record, p *keptProcess, tries int) error {
	t := k.task
	t.Again = Again{Node: r.Node, Name: r.Program, PID: r.PID, StartTime: r.StartTime, Tries: tries}
	pid, err := k.spawn(&t)
	if err == nil {
		p.starter = pid
		k.starters[pid] = processes.Member(r.Node, r.Program)
	}
	return err
}

// spawn starts a starter, which does not outlive the keeper.
func (k *keeper) spawn(t *task, files ...*os.File) (int, error) {
	cmd, err := t.command(files...)
	if err != nil {
		return 0, err
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: unix.SIGKILL}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	pid := cmd.Process.Pid
	return pid, cmd.Process.Release()
}
