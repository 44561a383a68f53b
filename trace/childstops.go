package trace

import (
	"sync"

	"golang.org/x/sys/unix"
)

// quiet counts the tracers of this process that want no SIGCHLD for stops.
var quiet struct {
	sync.Mutex
	tracers int
	set     bool // SA_NOCLDSTOP was set here
}

const saNoCldStop = 1 // SA_NOCLDSTOP of sigaction(2)

// quietStops makes the kernel send no SIGCHLD when a child stops, until the
// returned function is called. Otherwise each stop of a tracee would interrupt
// the tracing thread with one. If the action cannot be changed, tracing works
// all the same.
func quietStops() (restore func()) {
	quiet.Lock()
	defer quiet.Unlock()
	if quiet.tracers++; quiet.tracers == 1 {
		var action sigaction
		if exchange(uintptr(unix.SIGCHLD), nil, &action) == nil && action.flags&saNoCldStop == 0 {
			action.flags |= saNoCldStop
			quiet.set = exchange(uintptr(unix.SIGCHLD), &action, nil) == nil
		}
	}
	return sync.OnceFunc(func() {
		quiet.Lock()
		defer quiet.Unlock()
		if quiet.tracers--; quiet.tracers > 0 || !quiet.set {
			return
		}
		quiet.set = false
		var action sigaction // the caller may have changed the rest of it meanwhile
		if exchange(uintptr(unix.SIGCHLD), nil, &action) == nil {
			action.flags &^= saNoCldStop
			exchange(uintptr(unix.SIGCHLD), &action, nil) //nolint:errcheck // it was set before
		}
	})
}
