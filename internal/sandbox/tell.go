package sandbox

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// A teller is the end of a pipe through which Run tells the program of signals,
// a byte each. If it sent them instead, the program could not tell them from
// those that a terminal, or kill(2), sends to the whole process group.
type teller struct{ *os.File }

// tellingPipe returns a pipe whose reading end is inherited under the same
// number: lower ones may be the caller's own.
func tellingPipe() (*os.File, teller, error) {
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC); err != nil {
		return nil, teller{}, os.NewSyscallError("pipe2", err)
	}
	r, w := os.NewFile(uintptr(fds[0]), "signals"), os.NewFile(uintptr(fds[1]), "signals")
	if _, err := unix.FcntlInt(uintptr(fds[0]), unix.F_SETFD, 0); err != nil {
		return nil, teller{}, errors.Join(os.NewSyscallError("fcntl(F_SETFD)", err), r.Close(), w.Close())
	}
	return r, teller{w}, nil
}

func (t teller) tell(s os.Signal) error {
	_, err := t.Write([]byte{byte(s.(syscall.Signal))})
	if errors.Is(err, unix.EPIPE) {
		return os.ErrProcessDone
	}
	return err
}

// heard returns the signals of which Run tells this process.
func heard(pipe int) <-chan os.Signal {
	unix.CloseOnExec(pipe)
	f := os.NewFile(uintptr(pipe), "signals")
	signals := make(chan os.Signal, 16)
	go func() {
		defer f.Close()
		for b := make([]byte, 1); ; {
			if _, err := f.Read(b); err != nil {
				return // the process outside has died, and this one is about to
			}
			signals <- syscall.Signal(b[0])
		}
	}()
	return signals
}
