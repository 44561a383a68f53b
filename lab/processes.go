package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A Process lives in a node of a lab.
type Process struct {
	PID  int
	Node string
	// Command is its name, as /proc/PID/comm has it.
	Command string
}

// nsKey identifies a namespace while it exists: st_dev and st_ino of its file.
type nsKey struct{ dev, ino uint64 }

// namespaceKeys returns the nodes' namespaces. They exist as long as they are
// bound here, so their numbers are nobody else's.
func (s *session) namespaceKeys() (map[nsKey]string, error) {
	fd, err := s.mounted()
	if err != nil || fd < 0 {
		return nil, err
	}
	defer closeFD(fd)
	entries, err := os.ReadDir(s.path(nsDir))
	if err != nil {
		return nil, err
	}
	keys := make(map[nsKey]string, len(entries))
	for _, e := range entries {
		var st unix.Stat_t
		if err := unix.Fstatat(fd, e.Name(), &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
			continue // gone by now
		}
		keys[nsKey{st.Dev, st.Ino}] = e.Name()
	}
	return keys, nil
}

// processes returns the processes that live in the lab. A process whose threads
// are in several namespaces counts by its main one.
func (s *session) processes() ([]Process, error) {
	keys, err := s.namespaceKeys()
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	var procs []Process
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		node, ok := keys[processKey(pid)]
		if !ok {
			continue
		}
		comm, err := os.ReadFile(filepath.Join("/proc", e.Name(), "comm"))
		if err != nil {
			continue // ended by now
		}
		procs = append(procs, Process{pid, node, strings.TrimSpace(string(comm))})
	}
	return procs, nil
}

// processKey is the namespace of a process, a zero key if it cannot be told.
func processKey(pid int) nsKey {
	var st unix.Stat_t
	if err := unix.Stat("/proc/"+strconv.Itoa(pid)+"/ns/net", &st); err != nil {
		return nsKey{}
	}
	return nsKey{st.Dev, st.Ino}
}

const defaultGrace = 5 * time.Second

// kill ends processes: SIGTERM, and after the grace SIGKILL. It returns when
// they have ended.
func (s *session) kill(ctx context.Context, procs []Process, grace time.Duration) error {
	if grace == 0 {
		grace = defaultGrace
	}
	keys, err := s.namespaceKeys()
	if err != nil {
		return err
	}
	var fds []unix.PollFd
	defer func() {
		for _, f := range fds {
			closeFD(int(f.Fd))
		}
	}()
	for _, p := range procs {
		fd, err := unix.PidfdOpen(p.PID, 0)
		if errors.Is(err, unix.ESRCH) {
			continue
		}
		if err != nil {
			return fmt.Errorf("process %d: %w", p.PID, os.NewSyscallError("pidfd_open", err))
		}
		// The descriptor is of one process for good; that it is the one which
		// was found is checked now.
		if keys[processKey(p.PID)] != p.Node {
			closeFD(fd)
			continue
		}
		fds = append(fds, unix.PollFd{Fd: int32(fd), Events: unix.POLLIN})
	}
	for _, sig := range []unix.Signal{unix.SIGTERM, unix.SIGKILL} {
		for _, f := range fds {
			if err := unix.PidfdSendSignal(int(f.Fd), sig, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
				return os.NewSyscallError("pidfd_send_signal", err)
			}
		}
		// A process that is being killed may still take its time in the kernel.
		if fds, err = waitPidfds(ctx, fds, grace); err != nil || len(fds) == 0 {
			return err
		}
	}
	return fmt.Errorf("lab %q: %d processes do not end, SIGKILL or not", s.name, len(fds))
}

// waitPidfds waits until processes have ended and returns those that have not in
// time.
func waitPidfds(ctx context.Context, fds []unix.PollFd, grace time.Duration) ([]unix.PollFd, error) {
	deadline := time.Now().Add(grace)
	for len(fds) > 0 {
		if err := ctx.Err(); err != nil {
			return fds, context.Cause(ctx)
		}
		left := time.Until(deadline)
		if left <= 0 {
			return fds, nil
		}
		// The context is looked at now and then: poll(2) does not know it.
		_, err := unix.Poll(fds, int(min(left, 100*time.Millisecond).Milliseconds())+1)
		if err != nil && err != unix.EINTR {
			return fds, os.NewSyscallError("poll", err)
		}
		alive := fds[:0:0]
		for _, f := range fds {
			if f.Revents != 0 {
				closeFD(int(f.Fd))
				continue
			}
			alive = append(alive, f)
		}
		fds = alive
	}
	return fds, nil
}
