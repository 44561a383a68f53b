package testenv_test

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// strayThread puts its thread into another network namespace, and ends it when
// told to. It moves away from the main thread, which cannot end.
func strayThread(moved chan<- error, leave <-chan struct{}, left chan struct{}) {
	runtime.LockOSThread()
	if unix.Gettid() == unix.Getpid() {
		go strayThread(moved, leave, left)
		<-left
		runtime.UnlockOSThread()
		return
	}
	moved <- unix.Unshare(unix.CLONE_NEWNET)
	<-leave
	close(left)
}
