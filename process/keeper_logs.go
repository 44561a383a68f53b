package process

import (
	"encoding/binary"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/nslab/nslab/internal/labdir"
	"golang.org/x/sys/unix"
)

// A watcher is inotify(7), which wakes the keeper when files change.
type watcher struct {
	fd   int // -1 where it may not be used
	root int // the watch on the directory of labs
}

// watchRoot has inotify tell of labs' directories that go, as this one may. It
// would not tell of a directory's own end, which is open here. A user can have
// few inotify descriptors (fs.inotify.max_user_instances): without one, the
// keeper looks now and then.
func watchRoot(root labdir.Root) watcher {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return watcher{fd: -1}
	}
	wd, err := unix.InotifyAddWatch(fd, string(root), unix.IN_DELETE|unix.IN_MOVED_FROM)
	if err != nil {
		unix.Close(fd)
		return watcher{fd: -1}
	}
	return watcher{fd, wd}
}

// read reports whether something has happened to the directories of labs, and
// to logs.
func (w *watcher) read() (root, logs bool) {
	b := make([]byte, 4096)
	n, err := unix.Read(w.fd, b)
	if err != nil {
		return true, true
	}
	for b = b[:n]; len(b) >= unix.SizeofInotifyEvent; {
		wd, name := binary.NativeEndian.Uint32(b), binary.NativeEndian.Uint32(b[12:])
		if int(int32(wd)) == w.root {
			root = true
		} else {
			logs = true // or events are lost
		}
		b = b[min(len(b), unix.SizeofInotifyEvent+int(name)):]
	}
	return root, logs
}

// How long the keeper leaves logs alone that are being written to: until it
// notes the time, and if more than half of their room is used until it looks
// whether to make some.
const (
	noteDelay = time.Second
	roomDelay = 50 * time.Millisecond
)

// A logWatch notes when a lab's logs are written to, and makes room in them.
type logWatch struct {
	root labdir.Root
	lab  string
	// sizes are those that are noted.
	sizes map[[2]string]int64
	// due is when to look, the zero time for not before somebody writes.
	due   time.Time
	tight bool
}

// written is called when somebody has written to a log.
func (l *logWatch) written() {
	if l.due.IsZero() {
		l.due = time.Now().Add(noteDelay)
		if l.tight {
			l.due = time.Now().Add(roomDelay)
		}
	}
}

// look looks at the logs if that is due. It returns how long that is not, in
// milliseconds, -1 for as long as nobody writes to one.
func (l *logWatch) look(w *watcher) (wait int) {
	now := time.Now()
	if l.due.IsZero() {
		return -1
	}
	if now.Before(l.due) {
		return int(l.due.Sub(now).Milliseconds()) + 1
	}
	l.due = time.Time{}
	if !l.watch(w) {
		l.due = now.Add(lookDelay * time.Millisecond)
	}
	// What is written from here on wakes. What fails is tried then: nobody reads
	// an error here, and programs find a full log themselves.
	l.root.MarkLogs(l.lab, l.sizes) //nolint:errcheck // see above
	l.tight, _ = l.root.MakeLogRoom(l.lab, true)
	return l.look(w)
}

// watch has inotify tell of the next write to a log of each node, and of nodes
// that get logs. It reports false where inotify may not be used, or does not
// take as many watches (fs.inotify.max_user_watches).
func (l *logWatch) watch(w *watcher) (ok bool) {
	if w.fd < 0 {
		return false
	}
	dir := filepath.Join(l.root.Path(l.lab), labdir.LogDir)
	add := func(path string, mask uint32) {
		_, err := unix.InotifyAddWatch(w.fd, path, mask|unix.IN_ONLYDIR)
		ok = ok && (err == nil || err == unix.ENOENT) // it may be gone
	}
	ok = true
	add(dir, unix.IN_CREATE)
	entries, _ := os.ReadDir(dir) // there may be none yet
	for _, e := range entries {
		if e.Type() == fs.ModeDir && !labdir.IsTimes(e.Name()) {
			add(filepath.Join(dir, e.Name()), unix.IN_MODIFY|unix.IN_ONESHOT)
		}
	}
	return ok
}
