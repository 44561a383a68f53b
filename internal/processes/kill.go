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
	// killTime is how long processes have to go after SIGKILL: one that is in
	// the kernel ends when it comes out, and those that fork have to be outrun.
	killTime = 5 * time.Second
	// lookAgain is how long it takes at most until processes that have come
	// meanwhile are seen.
	lookAgain = 50 * time.Millisecond
	// maxWatched is how many processes' ends are waited for at a time.
	maxWatched = 16
)

// A killing ends the processes of a lab, with those that they start, or that
// come from elsewhere, while it is going on.
type killing struct {
	*lookout
	// which processes are meant.
	which func(*Process) bool
	// told are those that have had a signal, and sent all that ever had one.
	told map[int]bool
	sent []Process
	// watched are descriptors of processes that are to end.
	watched []unix.PollFd
}

// Kill ends those processes of the lab that are meant: SIGTERM, and SIGKILL to
// what is left after the grace. It looks until there are none. Begin is called
// before the first signal is sent; if one of the processes that are there may
// not be ended, that is an error, and nothing has been done. It returns the
// processes that have had a signal.
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

// end sends signals until there is nothing left.
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

// round looks for processes and sends each a signal, SIGTERM but once. Signal 0
// tries whether that may be done. It returns those that there were.
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
		// One that has ended since it was seen counts too: what it forked last
		// was not seen with it.
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

// signal sends a process a signal, and has its end waited for.
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
	// The descriptor is of one process for good. That it is the one which was
	// found is seen now: it had this number a moment ago.
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
	// One that is stopped acts on SIGTERM when it goes on.
	return send(unix.SIGCONT)
}

// wait waits until a process that is watched has ended.
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

// Listed is a list of processes for an error, a line each.
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
