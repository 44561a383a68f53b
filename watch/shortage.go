package watch

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// shortPause is how soon is tried again what there was no room for.
const shortPause = time.Second

// A shortage is what waits for room: for open files, or for memory of the kernel.
type shortage struct {
	names  []string // that could not be looked at
	list   bool     // the directory could not be read
	spaces int      // how many could not be read; they are in the queue
	told   bool
	due    time.Time // when names are tried again; zero without any
}

// isShortage reports whether an operation that failed may succeed later, without anything
// being changed.
func isShortage(err error) bool {
	for _, errno := range []unix.Errno{unix.EMFILE, unix.ENFILE, unix.ENOMEM, unix.ENOBUFS, unix.EAGAIN} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}

// over reports whether it is time to try again what has no place in the queue.
func (s *shortage) over() bool { return !s.due.IsZero() && !time.Now().Before(s.due) }

// listDue reports whether it is time to read the directory again.
func (s *shortage) listDue() bool {
	due := s.list && s.over()
	s.list = s.list && !due
	return due
}

// shortName puts a name off.
func (w *watcher) shortName(called string, err error) error {
	w.shortage.names = append(w.shortage.names, called)
	return w.short(err)
}

// shortList puts reading the directory off.
func (w *watcher) shortList(err error) error {
	w.shortage.list = true
	return w.short(err)
}

func (w *watcher) short(err error) error {
	w.shortage.due = time.Now().Add(shortPause)
	return w.tellShortage(err)
}

// tellShortage tells of a shortage, once.
func (w *watcher) tellShortage(err error) error {
	if w.shortage.told {
		return nil
	}
	w.shortage.told = true
	if errors.Is(err, unix.EMFILE) {
		err = fmt.Errorf("%w; \"ulimit -n\" bounds their number", err)
	}
	return w.tell(Event{Kind: NetNS, Action: Problem, Err: fmt.Errorf("some namespaces are watched later: %w", err)})
}

// tryShort looks at the names that were put off, until there is no room again. When nothing
// waits any more the next shortage is told again.
func (w *watcher) tryShort() error {
	s := &w.shortage
	if s.over() {
		names := s.names
		s.names, s.due = nil, time.Time{}
		for i, name := range names {
			if err := w.look(name); err != nil {
				return err
			}
			if len(s.names) > 0 {
				s.names = append(s.names, names[i+1:]...)
				break
			}
		}
	}
	if len(s.names) == 0 && !s.list && s.spaces == 0 {
		s.told = false
	}
	return nil
}
