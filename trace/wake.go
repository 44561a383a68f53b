package trace

import (
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A waker ends the tracing thread's wait for its tracees. Only a signal can do
// that, and only if its handler lacks SA_RESTART, which Go sets for all its
// handlers. So a signal that is otherwise unused loses that flag, and is sent
// to the tracing thread alone.
type waker struct{ tid int }

// wakeSignal is a real-time signal, far from those that C libraries use
// themselves. Go's handler ignores it unless the program asked for it
// (signal.Notify).
const wakeSignal = 61

// sigaction is struct sigaction of rt_sigaction(2) on 64-bit machines.
type sigaction struct {
	handler, flags, restorer uintptr
	mask                     uint64
}

const saRestart = 0x10000000 // SA_RESTART

// exchange sets the action of a signal, unless set is nil, and returns the
// previous one in old.
func exchange(signal uintptr, set, old *sigaction) error {
	_, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, signal, uintptr(unsafe.Pointer(set)), uintptr(unsafe.Pointer(old)), unsafe.Sizeof(sigaction{}.mask), 0, 0)
	if errno != 0 {
		return os.NewSyscallError("rt_sigaction", errno)
	}
	return nil
}

// newWaker returns a waker for the calling thread. The signal stays without its
// flag afterwards, because there may be other tracers.
func newWaker() (*waker, error) {
	var action sigaction
	if err := exchange(wakeSignal, nil, &action); err != nil {
		return nil, err
	}
	action.flags &^= saRestart
	if err := exchange(wakeSignal, &action, nil); err != nil {
		return nil, err
	}
	return &waker{tid: unix.Gettid()}, nil
}

// up ends the wait. The signal may come just before the wait begins, so it is
// sent again until done is closed. The thread checks each time what it is asked
// to do.
func (w *waker) up(done <-chan struct{}) {
	t := time.NewTicker(time.Millisecond)
	defer t.Stop()
	for {
		select {
		case <-done:
			return
		default:
		}
		if unix.Tgkill(unix.Getpid(), w.tid, wakeSignal) != nil {
			return // the thread has ended
		}
		select {
		case <-done:
			return
		case <-t.C:
		}
	}
}
