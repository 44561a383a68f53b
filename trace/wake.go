package trace

import (
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A waker ends the tracing thread's wait for its tracees. Nothing but a signal does that, and only one whose handler does not
// ask for the interrupted call to be made again, as Go's handlers all do (SA_RESTART). So one signal that nobody uses loses
// that flag, and is sent to the tracing thread alone.
type waker struct{ tid int }

// wakeSignal is one of the real-time signals, far from those that C libraries use themselves. Go's handler does nothing
// about it unless somebody asked for it (signal.Notify).
const wakeSignal = 61

// sigaction is struct sigaction as rt_sigaction(2) has it on 64-bit machines.
type sigaction struct {
	handler, flags, restorer uintptr
	mask                     uint64
}

const saRestart = 0x10000000 // SA_RESTART

// exchange sets what a signal does, unless that is nil, and gets what it did.
func exchange(set, old *sigaction) error {
	_, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, wakeSignal, uintptr(unsafe.Pointer(set)), uintptr(unsafe.Pointer(old)), unsafe.Sizeof(sigaction{}.mask), 0, 0)
	if errno != 0 {
		return os.NewSyscallError("rt_sigaction", errno)
	}
	return nil
}

// newWaker returns the waker of the calling thread. That the signal has lost its flag stays so: there may be other tracers.
func newWaker() (*waker, error) {
	var action sigaction
	if err := exchange(nil, &action); err != nil {
		return nil, err
	}
	action.flags &^= saRestart
	if err := exchange(&action, nil); err != nil {
		return nil, err
	}
	return &waker{tid: unix.Gettid()}, nil
}

// up ends the wait. The signal may come just before the wait begins, so it is sent again until done is closed; the
// thread looks at what it is told each time.
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
