package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// UserNamespace says whether [Run] makes a user namespace.
type UserNamespace int

const (
	// UserNamespaceAuto makes one only if it is needed: not for a root that may
	// make mount and network namespaces itself.
	UserNamespaceAuto UserNamespace = iota
	// UserNamespaceAlways makes one for root too.
	UserNamespaceAlways
)

// Config says how [Run] runs the program. The zero value is the program as it
// was started: its own arguments, environment and standard streams.
type Config struct {
	// Args are the arguments after the program's name; nil means os.Args[1:].
	Args []string
	// Env is the environment; nil means os.Environ().
	Env []string
	// Stdin, Stdout and Stderr are the standard streams; nil means the
	// process's own.
	Stdin, Stdout, Stderr *os.File
	// UserNamespace says whether a user namespace is made.
	UserNamespace UserNamespace
	// KillOrphans makes processes that outlive the program children of this
	// one. They are killed when the program has ended, and Run returns an
	// [*OrphansError] that names them together with the program's status. The
	// calling process must have no other children.
	KillOrphans bool
	// PIDNamespace makes a PID namespace too. In its first process, [IsInit] is
	// true; it calls [Init], which runs the program. When the first process
	// ends, or is killed because this one died, the kernel kills all others in
	// the namespace, whatever they did to get away.
	PIDNamespace bool
}

// forwarded are the signals that Run passes on. Those that stop and continue
// are left out, because a terminal sends them to the whole foreground group
// itself.
var forwarded = []os.Signal{
	unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM, unix.SIGUSR1, unix.SIGUSR2,
}

// Run runs the program again in a new mount and a new network namespace, waits
// for it, and returns its exit status: 128 plus the signal's number if a signal
// ended it, as in sh(1).
//
// As root the two namespaces suffice. Otherwise, and if root lacks
// CAP_SYS_ADMIN, Run also makes a user namespace, in which the caller's user
// and group are 0 and no others are mapped (user_namespaces(7)). The program
// inherits the descriptors from 3 on that this process inherited. Run passes on
// SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1 and SIGUSR2: it sends them, or, with
// a PID namespace, tells the program of them ([Result.Signals]). If this process
// dies, the program is killed.
//
// With a PID namespace, the program may start others that take the terminal for
// themselves, as an interactive shell does. At the end Run takes it back from
// process groups that no longer exist.
//
// If the kernel denies the namespaces, the error is a [*DeniedError].
func Run(cfg Config) (int, error) {
	args := cfg.Args
	if args == nil {
		args = os.Args[1:]
	}
	env := cfg.Env
	if env == nil {
		env = os.Environ()
	}
	m, err := newMark()
	if err != nil {
		return 0, err
	}
	var flags uintptr = unix.CLONE_NEWNS | unix.CLONE_NEWNET
	pass := sendTo
	if cfg.PIDNamespace {
		r, w, err := tellingPipe()
		if err != nil {
			return 0, err
		}
		defer r.Close()
		defer w.Close()
		m.told = int(r.Fd())
		pass = func(*os.Process) func(os.Signal) error { return w.tell }
		flags |= unix.CLONE_NEWPID
		defer takeTerminal()()
	}
	run := func(flags uintptr) (int, error) {
		cmd := exec.Command("/proc/self/exe", args...)
		cmd.Args[0] = os.Args[0]
		cmd.Env = append(without(env, markerEnv), markerEnv+"="+m.String())
		cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
		if cfg.Stdin != nil {
			cmd.Stdin = cfg.Stdin
		}
		if cfg.Stdout != nil {
			cmd.Stdout = cfg.Stdout
		}
		if cfg.Stderr != nil {
			cmd.Stderr = cfg.Stderr
		}
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags, Pdeathsig: unix.SIGKILL}
		if flags&unix.CLONE_NEWUSER != 0 {
			cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}}
			cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}}
		}
		return runOnLockedThread(cmd, pass, cfg.KillOrphans)
	}

	if os.Geteuid() == 0 && cfg.UserNamespace == UserNamespaceAuto {
		status, err := run(flags)
		if !errors.Is(err, fs.ErrPermission) {
			return status, denied(err)
		}
	}
	status, err := run(flags | unix.CLONE_NEWUSER)
	return status, denied(err)
}

// runOnLockedThread starts cmd and waits for it on one thread. Pdeathsig is
// sent when the thread that forked dies, not the process (prctl(2)), so that
// thread must stay alive as long as the child does.
func runOnLockedThread(cmd *exec.Cmd, pass func(*os.Process) func(os.Signal) error, reap bool) (status int, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	ended := make(chan os.Signal, 1)
	if reap {
		if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
			return 0, os.NewSyscallError("prctl(PR_SET_CHILD_SUBREAPER)", err)
		}
		signal.Notify(ended, unix.SIGCHLD)
		defer signal.Stop(ended)
	}

	// Catch signals before the child is started, because it may be sent some as
	// soon as it runs. Those that this process ignores are caught only
	// afterwards, so that the child ignores them too (signal(7)).
	signals := make(chan os.Signal, 16)
	catch := func(ignored bool) {
		for _, s := range forwarded {
			if signal.Ignored(s) == ignored {
				signal.Notify(signals, s)
			}
		}
	}
	catch(false)
	defer signal.Stop(signals)
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	catch(true)
	passOn := pass(cmd.Process)
	done := make(chan struct{})
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case s := <-signals:
				// The child may have ended already; then nobody needs the
				// signal.
				if err := passOn(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
					fmt.Fprintf(os.Stderr, "%s: pass on %v: %v\n", os.Args[0], s, err)
				}
			case <-ended:
				// Errors that matter come again at the end.
				orphans(cmd.Process.Pid) //nolint:errcheck
			case <-done:
				return
			}
		}
	}()
	err = cmd.Wait()
	signal.Stop(signals)
	close(done)
	<-stopped

	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return 0, err
	}
	if reap {
		err = killOrphans(ended)
	} else {
		err = nil
	}
	return statusOf(cmd.ProcessState.Sys().(syscall.WaitStatus)), err
}

// statusOf is the exit status of a program that has ended, as in sh(1).
func statusOf(ws syscall.WaitStatus) int {
	if ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return ws.ExitStatus()
}

func sendTo(p *os.Process) func(os.Signal) error { return p.Signal }

// without returns env without the variable name.
func without(env []string, name string) []string {
	kept := make([]string, 0, len(env)+1)
	for _, v := range env {
		if !strings.HasPrefix(v, name+"=") {
			kept = append(kept, v)
		}
	}
	return kept
}
