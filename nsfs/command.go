package nsfs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// Cmd is a program to run inside a network namespace. It is an exec.Cmd whose
// Start, Run, Output and CombinedOutput start the program there; the rest is as
// in os/exec. SysProcAttr.Pdeathsig must be 0, because the program's parent
// thread ends at once. A Cmd is used once.
//
// As with `ip netns exec`, the program has its own mount namespace, in which
// /sys describes the network namespace and files of /etc are replaced by those
// in the namespace's directory below [Dir.Etc]. The program sees what the
// machine mounts later; the machine does not see what the program mounts.
type Cmd struct {
	*exec.Cmd
	// Etc is the directory whose files are mounted on those of /etc, empty for
	// none. [Dir.Command] sets it. The directory need not exist.
	Etc string
	// Files are mounted on other files, after those of Etc.
	Files []File
	// Binds are mounted after Files.
	Binds []Bind
	// Hostname is the host name that the program sees, in a UTS namespace of
	// its own; empty means the machine's. It has at most 64 bytes
	// (__NEW_UTS_LEN in include/uapi/linux/utsname.h).
	Hostname string

	// Prepare, if set, is called in the program's network and mount namespaces,
	// on the thread that is about to start the program, when the files of Etc
	// are mounted. It has to call mount once, which makes the other mounts, and
	// may itself mount, move the root directory, and change Path, Args, Env,
	// Dir and SysProcAttr. If it returns an error, the program is not started.
	Prepare func(mount func() error) error

	// Gate, if set, is called before anything enters the namespace to start the
	// program. If it returns an error, the program is not started. What it
	// returns is closed once the program runs or has failed to start. A
	// descriptor in it must be close-on-exec.
	Gate func() (io.Closer, error)

	ns       *Handle
	owned    bool // ns is closed after the start
	warnings []error
}

// File is a file with Content, to be mounted on another file, Target. It exists
// in memory, for one start of a program: only that program and its children see
// what they write to it.
type File struct {
	Target  string // an absolute path
	Content []byte // any bytes
}

// Bind is a file or directory, Source, to be mounted on another, Target. Both
// must exist.
type Bind struct{ Source, Target string }

// Command returns a Cmd that runs a program with its arguments in the namespace
// of that name. Cancelling ctx kills the program, as in exec.CommandContext.
// The Cmd keeps the namespace open until it is started or closed.
func (d Dir) Command(ctx context.Context, name, program string, args ...string) (*Cmd, error) {
	h, err := d.Open(name)
	if err != nil {
		return nil, err
	}
	c := h.Command(ctx, program, args...)
	c.owned = true
	c.Etc = Dir{Path: d.etc()}.File(name)
	return c, nil
}

// Command returns a Cmd that runs a program with its arguments in the
// namespace. The handle must stay open until the Cmd is started. The program
// has the machine's /etc.
func (h *Handle) Command(ctx context.Context, program string, args ...string) *Cmd {
	return &Cmd{Cmd: exec.CommandContext(ctx, program, args...), ns: h}
}

// NetNS identifies the namespace, which the Cmd keeps open.
func (c *Cmd) NetNS() ID { return c.ns.ID() }

// Close releases a Cmd that is not going to be started.
func (c *Cmd) Close() error {
	if !c.owned {
		return nil
	}
	c.owned = false
	return c.ns.Close()
}

// Warnings returns what the program had to run without: files of Etc that could
// not be mounted, about which `ip netns exec` warns too, and Files whose target
// does not exist or is not a file. Any other failure, and any failure with
// Binds, is an error of Start. Call Warnings after Start.
func (c *Cmd) Warnings() []error { return c.warnings }

// Start starts the program and does not wait for it. If the program is not
// found, the error matches exec.ErrNotFound or fs.ErrNotExist.
func (c *Cmd) Start() error {
	if c.Err != nil {
		return errors.Join(c.Err, c.Close())
	}
	if c.SysProcAttr != nil && c.SysProcAttr.Pdeathsig != 0 {
		return errors.Join(c.fail(errors.New("its SysProcAttr.Pdeathsig is set, but the program's parent thread ends at once")), c.Close())
	}
	err := c.through(func(t *thread) error {
		if err := c.enter(t); err != nil {
			return c.fail(err)
		}
		// The new process inherits this thread's namespaces.
		return denied(c.Cmd.Start(), c.Cmd.Dir)
	})
	return errors.Join(err, c.Close())
}

// Rehearse does what Start does short of starting the program, to find out
// whether that can be done: it enters the namespace, makes the mounts, which go
// again, calls Prepare, and looks whether the working directory is there and
// the program is executable. The Cmd is closed, and cannot be started.
func (c *Cmd) Rehearse() error {
	if c.Err != nil {
		return errors.Join(c.Err, c.Close())
	}
	err := c.through(func(t *thread) error {
		if err := c.enter(t); err != nil {
			return c.fail(err)
		}
		if c.Cmd.Dir != "" {
			// A thread with its own mount namespace also has its own working
			// directory.
			if err := unix.Chdir(c.Cmd.Dir); err != nil {
				return &os.PathError{Op: "chdir", Path: c.Cmd.Dir, Err: err}
			}
		}
		var st unix.Stat_t
		err := unix.Access(c.Path, unix.X_OK)
		if err == nil {
			err = unix.Stat(c.Path, &st)
		}
		if err == nil && st.Mode&unix.S_IFMT != unix.S_IFREG {
			err = unix.EACCES // as execve(2)
		}
		if err != nil {
			return denied(&os.PathError{Op: "exec", Path: c.Path, Err: err}, "")
		}
		return nil
	})
	return errors.Join(err, c.Close())
}

// Run starts the program and waits for it. Its error is that of exec.Cmd.Run.
func (c *Cmd) Run() error {
	if err := c.Start(); err != nil {
		return err
	}
	return c.Wait()
}

// Output runs the program and returns its standard output.
func (c *Cmd) Output() ([]byte, error) {
	if c.Stdout != nil {
		return nil, errors.Join(c.fail(errors.New("its Stdout is set already")), c.Close())
	}
	var out bytes.Buffer
	c.Stdout = &out
	var stderr *bytes.Buffer
	if c.Stderr == nil {
		stderr = new(bytes.Buffer)
		c.Stderr = stderr
	}
	err := c.Run()
	var exit *exec.ExitError
	if stderr != nil && errors.As(err, &exit) {
		exit.Stderr = stderr.Bytes()
	}
	return out.Bytes(), err
}

// CombinedOutput runs the program and returns its standard output and error.
func (c *Cmd) CombinedOutput() ([]byte, error) {
	if c.Stdout != nil || c.Stderr != nil {
		return nil, errors.Join(c.fail(errors.New("its Stdout or Stderr is set already")), c.Close())
	}
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	err := c.Run()
	return out.Bytes(), err
}

// Replace replaces the calling process with the program, as execve(2) does. It
// returns only if that fails; the process is then as it was before. The program
// gets the process's own standard streams, so Stdin, Stdout and Stderr must be
// nil. If Prepare sets SysProcAttr.Credential, the process takes that user and
// these groups, and keeps them if execve(2) fails. Replace first calls warn, unless it is nil, with each of the Warnings.
func (c *Cmd) Replace(warn func(error)) error {
	if c.Err != nil {
		return errors.Join(c.Err, c.Close())
	}
	if c.Stdin != nil || c.Stdout != nil || c.Stderr != nil || c.SysProcAttr != nil || c.ExtraFiles != nil {
		return errors.Join(c.fail(errors.New("a process can be replaced only with its own streams and attributes")), c.Close())
	}
	err := c.through(func(t *thread) error {
		if err := c.enter(t); err != nil {
			return c.fail(err)
		}
		for _, w := range c.warnings {
			if warn != nil {
				warn(w)
			}
		}
		if c.SysProcAttr != nil {
			if err := become(c.SysProcAttr.Credential); err != nil {
				return c.fail(err)
			}
		}
		if c.Cmd.Dir != "" {
			// A thread with its own mount namespace also has its own working
			// directory.
			if err := os.Chdir(c.Cmd.Dir); err != nil {
				return err
			}
		}
		return denied(&os.PathError{Op: "exec", Path: c.Path, Err: syscall.Exec(c.Path, c.Args, c.Environ())}, "")
	})
	return errors.Join(err, c.Close())
}

// become gives the process the user and groups of a program, in the order in
// which package syscall does it for a child.
func become(cred *syscall.Credential) error {
	if cred == nil {
		return nil
	}
	if !cred.NoSetGroups {
		groups := make([]int, len(cred.Groups))
		for i, g := range cred.Groups {
			groups[i] = int(g)
		}
		if err := unix.Setgroups(groups); err != nil {
			return called(err, "setgroups", "")
		}
	}
	gid, uid := int(cred.Gid), int(cred.Uid)
	if err := unix.Setresgid(gid, gid, gid); err != nil {
		return called(err, "setresgid", strconv.Itoa(gid))
	}
	return called(unix.Setresuid(uid, uid, uid), "setresuid", strconv.Itoa(uid))
}

// through runs fn on a thread, after Gate.
func (c *Cmd) through(fn func(*thread) error) error {
	if c.Gate == nil {
		return onThread(fn)
	}
	gate, err := c.Gate()
	if err != nil {
		return err
	}
	return errors.Join(onThread(fn), gate.Close())
}

func (c *Cmd) fail(err error) error {
	return &Error{Op: "run " + c.Path + " in network namespace", Path: c.ns.path(), Err: err}
}
