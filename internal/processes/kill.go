package processes

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/nslab/nslab/internal/few"
	"github.com/nslab/nslab/internal/labdir"
	"golang.org/x/sys/unix"
)

const (
	defaultGrace = 5 * time.Second
	// killTime is how long processes may take to end after SIGKILL. A process
	// that is inside the kernel ends when it leaves it, and processes may fork
	// faster than they are killed.
	killTime = 5 * time.Second
	// lookAgain is the longest time until new processes are noticed.
	lookAgain = 50 * time.Millisecond
	// maxWatched is how many processes are watched at a time for their end.
	maxWatched = 16
)

// A killing ends the processes of a lab, and also the processes that they start
// or that enter the lab meanwhile.
type killing struct {
	*lookout
	// which selects the processes to end.
	which func(*Process) bool
	// told contains the living processes that were sent a signal, and sent all
	// processes that ever were.
	told map[int]bool
	sent []Process
	// watched contains descriptors of processes that were told to end.
	watched []unix.PollFd
}

// Kill ends the processes of the lab that which selects. It sends SIGTERM and,
// after the grace, SIGKILL, and continues until there are no more. It calls
// begin before the first signal. If one of the processes must not be killed, it
// returns an error before anything is done. It returns the processes that it
// sent a signal.
func Kill(ctx context.Context, d *labdir.Dir, which func(*Process) bool, grace time.Duration, begin func() error) (sent []Process, err error) {
	l, err := newLookout(d)
	if err != nil || l == nil {
		return nil, err
	}
	k := &killing{lookout: l, which: which, told: make(map[int]bool)}
	defer k.unwatch()
	left, err := k.round(0)
	if err != nil || len(left) == 0 {
		return nil, err
	}
	if err := begin(); err != nil {
		return nil, err
	}
	err = k.end(ctx, grace)
	return k.sent, err
}

// end sends signals until no process is left.
func (k *killing) end(ctx context.Context, grace time.Duration) (err error) {
	var left []Process
	if grace == 0 {
		grace = defaultGrace
	}
	for _, stage := range []struct {
		signal unix.Signal
		time   time.Duration
	}{{unix.SIGTERM, grace}, {unix.SIGKILL, killTime}} {
		for deadline := time.Now().Add(stage.time); ; {
			if left, err = k.round(stage.signal); len(left) == 0 {
				return err
			}
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			now := time.Now()
			if !now.Before(deadline) {
				break
			}
			if err := k.wait(min(lookAgain, deadline.Sub(now))); err != nil {
				return err
			}
		}
	}
	if err != nil {
		return err
	}
	return fmt.Errorf("lab %q: these processes survived SIGKILL:%s", k.lab, Listed(left))
}

// round looks for processes and sends each of them a signal, but SIGTERM only
// once. Signal 0 only checks whether the process may be sent signals. It
// returns the processes that it found.
func (k *killing) round(sig unix.Signal) ([]Process, error) {
	k.unwatch()
	procs, _, err := k.look()
	if err != nil {
		return nil, err
	}
	var left []Process
	var errs []error
	for _, p := range procs {
		if !k.which(&p) {
			continue
		}
		// A process that has ended since it was found counts too, because a
		// child that it has just forked was not found.
		if err := k.signal(&p, sig); err != nil && !errors.Is(err, errEnded) {
			errs = append(errs, fmt.Errorf("lab %q: process %v: %w", k.lab, &p, err))
		}
		left = append(left, p)
	}
	for pid := range k.told {
		if !slices.ContainsFunc(left, func(p Process) bool { return p.PID == pid }) {
			delete(k.told, pid)
		}
	}
	return left, few.Errors(errs)
}

// signal sends a process a signal, and adds it to those that are watched.
func (k *killing) signal(p *Process, sig unix.Signal) error {
	if p.PID == k.numbers.self {
		return errors.New("it is this nslab itself; run it outside the lab")
	}
	fd, err := k.numbers.open(p.PID)
	if err != nil {
		return err
	}
	if len(k.watched) < maxWatched {
		k.watched = append(k.watched, unix.PollFd{Fd: int32(fd), Events: unix.POLLIN})
	} else {
		defer unix.Close(fd)
	}
	// The descriptor refers to one process for good. Whether it is the process
	// that was found is checked only now, because its number may have been
	// reused before.
	if node, err := k.nodeOf(p.PID); err != nil {
		return err
	} else if node != p.Node {
		return errEnded
	}
	send := func(sig unix.Signal) error {
		err := unix.PidfdSendSignal(fd, sig, nil, 0)
		if errors.Is(err, unix.ESRCH) {
			return errEnded
		}
		return os.NewSyscallError("pidfd_send_signal", err)
	}
	if sig == 0 || sig == unix.SIGTERM && k.told[p.PID] {
		return send(0)
	}
	if err := send(sig); err != nil {
		return err
	}
	if !k.told[p.PID] {
		k.told[p.PID] = true
		k.sent = append(k.sent, *p)
	}
	if sig != unix.SIGTERM {
		return nil
	}
	// A stopped process acts on SIGTERM only once it continues.
	return send(unix.SIGCONT)
}

// wait waits until one of the watched processes has ended.
func (k *killing) wait(most time.Duration) error {
	_, err := unix.Poll(k.watched, int(most.Milliseconds())+1)
	if err != nil && err != unix.EINTR {
		return os.NewSyscallError("poll", err)
	}
	return nil
}

func (k *killing) unwatch() {
	for _, w := range k.watched {
		unix.Close(int(w.Fd))
	}
	k.watched = k.watched[:0]
}

// Listed formats processes for an error, one per line.
func Listed(procs []Process) string {
	var b strings.Builder
	for i := range procs {
		if i == maxListed {
			fmt.Fprintf(&b, "\n  and %d more", len(procs)-i)
			break
		}
		fmt.Fprintf(&b, "\n  %v", &procs[i])
	}
	return b.String()
}
