package trace

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// strayThread is a thread that is not the first one of its process.
func strayThread(tid *int, ready, end chan bool) {
	runtime.LockOSThread()
	*tid = unix.Gettid()
	if *tid == unix.Getpid() {
		go strayThread(tid, ready, end)
		<-end
		return
	}
	ready <- true
	<-end
}
