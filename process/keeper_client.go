package process

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/nslab/nslab/internal/labdir"
	"github.com/nslab/nslab/internal/view"
	"golang.org/x/sys/unix"
)

// connectKeeper connects to the lab's keeper, and starts it where there is none.
func (p *Programs) connectKeeper(n *Node) (int, error) {
	fd, err := p.dir.Connect(keeperFile)
	if err == nil || !noKeeper(err) {
		return fd, err
	}
	if err := p.startKeeper(n.View); err != nil {
		return -1, fmt.Errorf("start the keeper of the lab: %w", err)
	}
	return p.dir.Connect(keeperFile)
}

func noKeeper(err error) bool {
	return errors.Is(err, unix.ECONNREFUSED) || errors.Is(err, fs.ErrNotExist)
}

func (p *Programs) startKeeper(v *view.View) error {
	fd, err := p.dir.Listen(keeperFile)
	if err != nil {
		return err
	}
	f := os.NewFile(uintptr(fd), keeperFile)
	defer f.Close()
	if err := unix.SetNonblock(fd, true); err != nil {
		return err
	}
	t := p.task(v)
	cmd, err := t.command(f)
	if err != nil {
		return err
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	in, err := p.group.AdoptKeeper(cmd.SysProcAttr)
	if err != nil {
		return err
	}
	err = errors.Join(cmd.Start(), in.Close())
	if err == nil {
		go cmd.Wait() //nolint:errcheck // it outlives this program, as a rule
	}
	return err
}

// LostKeeper returns what starts the lab's keeper again, nil if it runs or if no
// process of the states needs it. The view is one of the lab.
func (p *Programs) LostKeeper(states []State, v *view.View) (func() error, error) {
	if !slices.ContainsFunc(states, func(s State) bool { return s.record != nil && s.record.Policy != "" && !s.Stopped }) {
		return nil, nil
	}
	fd, err := p.dir.Connect(keeperFile)
	if err == nil {
		return nil, unix.Close(fd)
	}
	if !noKeeper(err) {
		return nil, err
	}
	return func() error {
		if err := p.Open(); err != nil {
			return err
		}
		return p.startKeeper(v)
	}, nil
}

// endTime is how long a keeper has to end, at least.
const endTime = 5 * time.Second

// EndKeeper ends the lab's keeper, if there is one, and returns when it has
// ended with what it has started to start processes.
func EndKeeper(d *labdir.Dir) error {
	fd, err := d.Connect(keeperFile)
	if err != nil {
		if noKeeper(err) {
			err = d.Remove(keeperFile)
		}
		return err
	}
	defer unix.Close(fd)
	cred, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		return os.NewSyscallError("getsockopt", err)
	}
	if err := unix.Sendto(fd, []byte(askEnd), unix.MSG_NOSIGNAL, nil); err != nil && err != unix.EPIPE && err != unix.ECONNRESET {
		return os.NewSyscallError("send", err)
	}
	if isClosed(fd, endTime) {
		return d.Remove(keeperFile)
	}
	// It is stopped, say.
	if pid := int(cred.Pid); pid > 1 && pid != os.Getpid() {
		unix.Kill(pid, unix.SIGKILL) //nolint:errcheck // what follows tells
	}
	if !isClosed(fd, endTime) {
		return fmt.Errorf("lab %q: its keeper, process %d, does not end", d.Name, cred.Pid)
	}
	return d.Remove(keeperFile)
}

// isClosed waits until the other end of a connection is closed.
func isClosed(fd int, most time.Duration) bool {
	for deadline := time.Now().Add(most); ; {
		left := time.Until(deadline)
		if left <= 0 {
			return false
		}
		poll := []unix.PollFd{{Fd: int32(fd)}} // POLLHUP is always reported
		if _, err := unix.Poll(poll, int(left.Milliseconds())+1); err != nil && err != unix.EINTR {
			return false
		}
		if poll[0].Revents&(unix.POLLHUP|unix.POLLERR) != 0 {
			return true
		}
	}
}
