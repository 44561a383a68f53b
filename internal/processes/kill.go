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

// A Manner is a way to end a process: a signal, and after Grace SIGKILL.
type Manner struct {
	Signal unix.Signal
	// Grace is 5 seconds if it is 0.
	Grace time.Duration
}

// Term is SIGTERM and a grace, for all processes.
func Term(grace time.Duration) func(*Process) Manner {
	return func(*Process) Manner { return Manner{unix.SIGTERM, grace} }
}

const (
	defaultGrace = 5 * time.Second
	// killTime is how long processes may take to end after SIGKILL. A process
	// that is inside the kernel ends when it leaves it, and processes may fork
	// faster than they are killed.
	killTime = 5 * time.Second
	// New processes are noticed after firstLook at the latest, and later after
	// an eighth of the time since the first signal, but no later than lastLook:
	// each look reads all of /proc.
	firstLook = 50 * time.Millisecond
	lastLook  = time.Second
	// maxWatched is how many processes are watched at a time for their end.
	maxWatched = 16
)

// A killing ends the processes of a lab, and also the processes that they start
// or that enter the lab meanwhile.
type killing struct {
	*lookout
	// which selects the processes to end, and how says how each is ended.
	which func(*Process) bool
	how   func(*Process) Manner
	// told contains the living processes that were sent a signal, and sent all
	// processes that ever were.
	told map[int]bool
	sent []Process
	// watched contains descriptors of processes that were told to end.
	watched []unix.PollFd
}

// Kill ends the processes of the lab that which selects, each in the manner
// that how returns, and continues until there are no more. It calls begin before
// the first signal. If one of the processes must not be killed, it returns an
// error before anything is done. It returns the processes that it sent a signal.
func Kill(ctx context.Context, d *labdir.Dir, which func(*Process) bool, how func(*Process) Manner, begin func() error) (sent []Process, err error) {
	l, err := newLookout(d)
	if err != nil || l == nil {
		return nil, err
	}
	defer l.close() //nolint:errcheck // nothing was written
	k := &killing{lookout: l, which: which, how: how, told: make(map[int]bool)}
	defer k.unwatch()
	left, err := k.round(trying)
	if err != nil || len(left) == 0 {
		return nil, err
	}
	if err := begin(); err != nil {
		return nil, err
	}
	err = k.end(ctx)
	return k.sent, err
}

// end sends signals until no process is left.
func (k *killing) end(ctx context.Context) error {
	for began := time.Now(); ; {
		since := time.Since(began)
		left, err := k.round(since)
		if len(left) == 0 {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		// When the next of them is to have SIGKILL, or all have had the time to
		// go after it.
		var next, last time.Duration
		for i := range left {
			grace := k.manner(&left[i]).Grace
			if last = max(last, grace+killTime); grace > since && (next == 0 || grace < next) {
				next = grace
			}
		}
		if since >= last {
			if err != nil {
				return err
			}
			return fmt.Errorf("lab %q: these processes survived SIGKILL:%s", k.lab, Listed(left))
		}
		if next == 0 {
			next = last
		}
		if err := k.wait(min(max(firstLook, since/8), lastLook, next-since)); err != nil {
			return err
		}
	}
}

// manner is how a process is ended.
func (k *killing) manner(p *Process) Manner {
	m := k.how(p)
	if m.Grace == 0 {
		m.Grace = defaultGrace
	}
	if m.Signal == 0 {
		m.Signal = unix.SIGTERM
	}
	return m
}

// trying is the time of a round that sends nothing.
const trying time.Duration = -1

// round looks for processes and sends each of them the signal that is due at
// this time since the first round, but the first signal only once. With trying
// it only checks whether the process may be sent signals. It returns the
// processes that it found.
func (k *killing) round(since time.Duration) ([]Process, error) {
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
		m := k.manner(&p)
		if since >= m.Grace {
			m.Signal = unix.SIGKILL
		}
		if since != trying && m.Signal == unix.SIGKILL && k.members != nil && p.Member != "" {
			// All of it at once: some programs fork faster than they are found.
			if node, _ := NodeOf(p.Member); node == p.Node {
				if err := k.members.kill(p.Member); err != nil {
					errs = append(errs, err)
				}
			}
		}
		if since == trying {
			m.Signal = 0
		}
		if err := k.signal(&p, m.Signal); err != nil && !errors.Is(err, errEnded) {
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
	if node, member, err := k.placeOf(p.PID); err != nil {
		return err
	} else if node != p.Node || member != p.Member {
		return errEnded
	}
	send := func(sig unix.Signal) error {
		err := unix.PidfdSendSignal(fd, sig, nil, 0)
		if errors.Is(err, unix.ESRCH) {
			return errEnded
		}
		return os.NewSyscallError("pidfd_send_signal", err)
	}
	if sig == 0 || sig != unix.SIGKILL && k.told[p.PID] {
		return send(0)
	}
	if err := send(sig); err != nil {
		return err
	}
	if !k.told[p.PID] {
		k.told[p.PID] = true
		k.sent = append(k.sent, *p)
	}
	if sig == unix.SIGKILL {
		return nil
	}
	// A stopped process acts on a signal only once it continues.
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
