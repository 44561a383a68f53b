package trace

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// stageEnv is the environment variable through which Start tells the stage its
// task: the tracer's process id, the descriptor of its socket, whether the
// filter stops at every call, and the program's path. A forged value matches no
// parent.
const stageEnv = "NSLAB_TRACE_STAGE"

// exitStage is the exit status of a stage that could not start the program. It
// sends the reason through its socket.
const exitStage = 127

// staged is set by Stage.
var staged bool

type stage struct {
	parent, socket int
	every          bool
	path           string
}

func (s stage) String() string {
	return fmt.Sprintf("%d:%d:%t:%s", s.parent, s.socket, s.every, s.path)
}

func parseStage(text string) (s stage, ok bool) {
	words := strings.SplitN(text, ":", 4)
	if len(words) != 4 {
		return s, false
	}
	var errs [3]error
	s.parent, errs[0] = strconv.Atoi(words[0])
	s.socket, errs[1] = strconv.Atoi(words[1])
	s.every, errs[2] = strconv.ParseBool(words[2])
	s.path = words[3]
	return s, errors.Join(errs[:]...) == nil && s.String() == text
}

// Stage must be called first in main by every program that calls [Start]. Start
// runs the calling program a second time, in the process that becomes the
// traced program; there Stage does not return. Everywhere else it does nothing.
func Stage() {
	staged = true
	text, ok := os.LookupEnv(stageEnv)
	if !ok {
		return
	}
	s, ok := parseStage(text)
	if !ok || s.parent != os.Getppid() {
		return
	}
	// The filter belongs to the thread that installs it, and so does the
	// tracer.
	runtime.LockOSThread()
	err := s.become(os.Args, without(os.Environ(), stageEnv))
	var errno unix.Errno
	if !errors.As(err, &errno) {
		errno = unix.EINVAL
	}
	// The tracer reads it when this process has ended. Without a tracer nobody
	// needs it.
	unix.Write(s.socket, append([]byte{byte(errno), byte(errno >> 8)}, err.Error()...)) //nolint:errcheck
	os.Exit(exitStage)
}

// become waits for the tracer, installs the filter, and turns this process into
// the program.
func (s stage) become(argv, env []string) error {
	unix.CloseOnExec(s.socket)
	if err := sendNumber(s.socket, unix.Gettid()); err != nil {
		return fmt.Errorf("tell the tracer: %w", err)
	}
	if _, err := receiveNumber(s.socket); err != nil {
		return fmt.Errorf("wait for the tracer: %w", err)
	}
	m, ok := thisMachine()
	if !ok {
		return unix.ENOTSUP
	}
	if err := install(m.filter(s.every)); err != nil {
		return err
	}
	return &os.PathError{Op: "exec", Path: s.path, Err: syscall.Exec(s.path, argv, env)}
}

// install installs a filter in this thread, which the program inherits. If that
// is not permitted (seccomp(2)), it sets no_new_privs, which takes away the
// effect of set-user-ID programs and file capabilities; the kernel does not
// grant that to what an ordinary user traces anyway.
func install(filter []unix.SockFilter) error {
	p := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	try := func() error {
		// Without SPEC_ALLOW, kernels before 5.16 slow the whole program down.
		_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW, uintptr(unsafe.Pointer(&p)))
		if errno != 0 {
			return os.NewSyscallError("seccomp(SECCOMP_SET_MODE_FILTER)", errno)
		}
		return nil
	}
	err := try()
	if errors.Is(err, unix.EACCES) {
		if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
			return os.NewSyscallError("prctl(PR_SET_NO_NEW_PRIVS)", err)
		}
		err = try()
	}
	return err
}

func sendNumber(fd, n int) error {
	_, err := unix.Write(fd, []byte(strconv.Itoa(n)))
	return err
}

func receiveNumber(fd int) (int, error) {
	b := make([]byte, 20)
	for {
		n, err := unix.Read(fd, b)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return 0, err
		case n == 0:
			return 0, unix.EPIPE
		default:
			return strconv.Atoi(string(b[:n]))
		}
	}
}

// without returns env without the variable name.
func without(env []string, name string) []string {
	kept := make([]string, 0, len(env))
	for _, v := range env {
		if !strings.HasPrefix(v, name+"=") {
			kept = append(kept, v)
		}
	}
	return kept
}
