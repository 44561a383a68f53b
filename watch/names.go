package watch

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/nslab/nslab/nsfs"
	"golang.org/x/sys/unix"
)

// look brings the watcher up to date with what a name stands for now.
func (w *watcher) look(ctx context.Context, name string) error {
	delete(w.unbound, name)
	called, wanted := Space{NetNS: name, Label: name}, true
	if w.cfg.Which != nil {
		called, wanted = w.cfg.Which(name)
		called.NetNS = name
	}
	var h *nsfs.Handle
	var err error
	if wanted {
		h, err = w.cfg.Dir.Open(name)
	}
	switch {
	case errors.Is(err, nsfs.ErrNotNamespace):
		// Its file is there: the namespace may be mounted on it yet.
		w.unbound[name] = true
		return w.drop(name)
	case errors.Is(err, fs.ErrNotExist) || !wanted:
		return w.drop(name)
	case err != nil:
		return errors.Join(w.drop(name), w.tell(Event{Space: called, Kind: NetNS, Action: Problem, Err: tooMany(err)}))
	}
	if s := w.byName[name]; s != nil && s.id == h.ID() {
		return h.Close()
	}
	if err := w.drop(name); err != nil {
		return errors.Join(err, h.Close())
	}
	if s := w.spaces[h.ID()]; s != nil {
		s.names = append(s.names, name)
		w.byName[name] = s
		return h.Close()
	}
	w.start(ctx, called, h)
	return nil
}

// start watches one more namespace, and closes its handle.
func (w *watcher) start(ctx context.Context, called Space, h *nsfs.Handle) {
	ctx, stop := context.WithCancel(ctx)
	s := &space{Space: called, w: w, id: h.ID(), names: []string{called.NetNS}, stop: stop, done: make(chan struct{})}
	w.spaces[s.id], w.byName[called.NetNS] = s, s
	w.first.Add(1)
	w.running.Add(1)
	w.opening <- struct{}{}
	appeared := w.ready
	go func() {
		defer w.running.Done()
		defer close(s.done)
		err := s.begin(ctx, h, appeared)
		if err != nil && ctx.Err() == nil {
			w.fail(err)
		}
		<-w.opening
		w.first.Done()
		if err != nil {
			return
		}
		err = errors.Join(s.run(ctx), s.monitor.Close())
		if err != nil && ctx.Err() == nil {
			w.fail(err)
		}
	}()
}

// begin opens the sockets and reads the namespace for the first time.
func (s *space) begin(ctx context.Context, h *nsfs.Handle, appeared bool) error {
	conn, err := s.open(h)
	if err := errors.Join(err, h.Close()); err != nil {
		return err
	}
	now, err := s.readState(ctx, conn)
	err = errors.Join(err, conn.Close())
	if err == nil && appeared {
		err = s.tell(Event{Kind: NetNS, Action: Appeared})
	}
	if err != nil {
		return errors.Join(err, s.monitor.Close())
	}
	s.state = *now
	return nil
}

// drop takes a name from the namespace that it stood for. One without a name is watched no
// longer.
func (w *watcher) drop(name string) error {
	s := w.byName[name]
	if s == nil {
		return nil
	}
	delete(w.byName, name)
	s.names = slices.DeleteFunc(s.names, func(n string) bool { return n == name })
	if len(s.names) > 0 {
		return nil
	}
	delete(w.spaces, s.id)
	s.stop()
	<-s.done
	return s.tell(Event{Kind: NetNS, Action: Gone})
}

// names tells which names in a directory changed, and when something was mounted.
type names struct {
	dir     string
	inotify int
	// mounts is /proc/self/mountinfo, which is ready for POLLPRI when something was
	// mounted (proc_pid_mountinfo(5)): that is when a name gets its namespace, without
	// an event of the directory.
	mounts int
	// woken is an eventfd; mu keeps it from being closed under wake.
	mu    sync.Mutex
	woken int
	// watch is of the directory, or, while that is not there, of one above it.
	watch int
	above bool
}

func openNames(d nsfs.Dir) (_ *names, err error) {
	dir := filepath.Dir(d.File("x"))
	n := &names{dir: dir, inotify: -1, mounts: -1, woken: -1}
	defer func() {
		if err != nil {
			n.close()
		}
	}()
	if n.inotify, err = unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK); err != nil {
		return nil, os.NewSyscallError("inotify_init1", err)
	}
	const mountinfo = "/proc/self/mountinfo"
	if n.mounts, err = unix.Open(mountinfo, unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
		return nil, &fs.PathError{Op: "open", Path: mountinfo, Err: err}
	}
	if n.woken, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return nil, os.NewSyscallError("eventfd", err)
	}
	return n, n.add()
}

func (n *names) close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, fd := range []int{n.inotify, n.mounts, n.woken} {
		if fd >= 0 {
			unix.Close(fd)
		}
	}
	n.woken = -1
}

// wake ends a wait.
func (n *names) wake() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.woken < 0 {
		return
	}
	// It fails only when it is woken already.
	unix.Write(n.woken, []byte{1, 0, 0, 0, 0, 0, 0, 0}) //nolint:errcheck
}

// add watches the directory, or the nearest one above it that is there.
func (n *names) add() error {
	for dir := n.dir; ; dir = filepath.Dir(dir) {
		mask := uint32(unix.IN_CREATE | unix.IN_DELETE | unix.IN_MOVED_TO | unix.IN_MOVED_FROM | unix.IN_DELETE_SELF | unix.IN_ONLYDIR)
		wd, err := unix.InotifyAddWatch(n.inotify, dir, mask)
		if err == nil {
			n.watch, n.above = wd, dir != n.dir
			return nil
		}
		if !errors.Is(err, unix.ENOENT) || dir == "/" {
			if errors.Is(err, unix.ENOSPC) {
				err = fmt.Errorf("%w; raise fs.inotify.max_user_watches", err)
			}
			return fmt.Errorf("watch %s: %w", dir, err)
		}
	}
}

// wait returns names that may stand for something else now, or all if it cannot tell
// which. With mounts it also returns, without names, when something was mounted.
func (n *names) wait(mounts bool) (changed []string, all bool, err error) {
	fds := []unix.PollFd{{Fd: int32(n.inotify), Events: unix.POLLIN}, {Fd: int32(n.woken), Events: unix.POLLIN}}
	if mounts {
		fds = append(fds, unix.PollFd{Fd: int32(n.mounts), Events: unix.POLLPRI})
	}
	if _, err := unix.Poll(fds, -1); err != nil && err != unix.EINTR {
		return nil, false, os.NewSyscallError("poll", err)
	}
	buf := make([]byte, 64<<10)
	size, err := unix.Read(n.inotify, buf)
	if err == unix.EAGAIN || err == unix.EINTR {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, os.NewSyscallError("read inotify", err)
	}
	for b := buf[:size]; len(b) >= unix.SizeofInotifyEvent; {
		wd := int(int32(binary.NativeEndian.Uint32(b)))
		mask := binary.NativeEndian.Uint32(b[4:])
		length := int(binary.NativeEndian.Uint32(b[12:]))
		if length > len(b)-unix.SizeofInotifyEvent {
			break // the kernel writes whole events
		}
		name := unix.ByteSliceToString(b[unix.SizeofInotifyEvent : unix.SizeofInotifyEvent+length])
		b = b[unix.SizeofInotifyEvent+length:]
		switch {
		case mask&unix.IN_Q_OVERFLOW != 0:
			all = true
		case wd != n.watch:
			// Of a directory that is watched no longer.
		case n.above || mask&(unix.IN_DELETE_SELF|unix.IN_IGNORED) != 0:
			// The directory may be there now, or is there no longer.
			was := n.watch
			if err := n.add(); err != nil {
				return nil, false, err
			}
			if n.watch != was && mask&(unix.IN_DELETE_SELF|unix.IN_IGNORED) == 0 {
				unix.InotifyRmWatch(n.inotify, uint32(was)) //nolint:errcheck // it may be gone
			}
			all = true
		default:
			changed = append(changed, name)
		}
	}
	return changed, all, nil
}
