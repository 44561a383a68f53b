package testenv_test

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// strayThread moves its thread to another network namespace, and ends it when
// told to. It avoids the main thread, which cannot end.
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
