package lab

import (
	"errors"
	"io/fs"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// asOther runs a function with another user's rights to files.
func asOther(t *testing.T, f func()) {
	t.Helper()
	const nobody = 65534
	done := make(chan bool)
	go func() {
		runtime.LockOSThread() // and the thread ends with the goroutine
		// Of this thread alone: package syscall would change them all.
		_, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, nobody, nobody, nobody)
		if errno == 0 {
			f()
		}
		done <- errno == 0
	}()
	if !<-done {
		t.Skip("there is no other user in this user namespace")
	}
}

// Another user's lab is not broken: this user may not look.
func TestIntegrationUnreadable(t *testing.T) {
	up(t, nil, "name: t\nnodes:\n  a: {}\n")
	asOther(t, func() {
		labs, err := List(nil)
		if err != nil || len(labs) != 1 || labs[0].Phase != PhaseUnreadable || !strings.HasSuffix(labs[0].Problem, "permission denied; run it as root") {
			t.Errorf("got %+v, %v", labs, err)
		}
		left, err := Leftovers(nil)
		if err != nil || len(left) != 0 {
			t.Errorf("leftovers %+v, %v", left, err)
		}
		for _, word := range []string{"a", "t/a"} {
			if _, err := Find(word, "", nil); !errors.Is(err, fs.ErrPermission) {
				t.Errorf("%s: got %v", word, err)
			}
		}
	})
}
