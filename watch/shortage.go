package watch

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// shortPause is how soon to try again after running out of something.
const shortPause = time.Second

// A shortage has the work that waits for free descriptors or kernel memory.
type shortage struct {
	names  []string // names that could not be looked at
	list   bool     // the directory could not be read
	spaces int      // number of namespaces that could not be read; they are in the queue
	told   bool
	due    time.Time // when names are tried again; zero if there are none
}

// isShortage reports whether an error is a lack of descriptors or memory, so
// that the operation may succeed later.
func isShortage(err error) bool {
	for _, errno := range []unix.Errno{unix.EMFILE, unix.ENFILE, unix.ENOMEM, unix.ENOBUFS, unix.EAGAIN} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}

// over reports whether it is time to try again the work that is not in the
// queue.
func (s *shortage) over() bool { return !s.due.IsZero() && !time.Now().Before(s.due) }

// listDue reports whether it is time to read the directory again.
func (s *shortage) listDue() bool {
	due := s.list && s.over()
	s.list = s.list && !due
	return due
}

// shortName postpones a name.
func (w *watcher) shortName(called string, err error) error {
	w.shortage.names = append(w.shortage.names, called)
	return w.short(err)
}

// shortList postpones reading the directory.
func (w *watcher) shortList(err error) error {
	w.shortage.list = true
	return w.short(err)
}

func (w *watcher) short(err error) error {
	w.shortage.due = time.Now().Add(shortPause)
	return w.tellShortage(err)
}

// tellShortage reports a shortage once.
func (w *watcher) tellShortage(err error) error {
	if w.shortage.told {
		return nil
	}
	w.shortage.told = true
	if errors.Is(err, unix.EMFILE) {
		err = fmt.Errorf("%w; \"ulimit -n\" limits their number", err)
	}
	return w.tell(Event{Kind: NetNS, Action: Problem, Err: fmt.Errorf("some namespaces are watched later: %w", err)})
}

// tryShort looks at the postponed names until there is a shortage again. When
// nothing waits any more, the next shortage will be reported.
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
