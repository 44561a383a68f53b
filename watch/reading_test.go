package watch

import (
	"slices"
	"testing"
	"time"

	"github.com/nslab/nslab/nsfs"
	"golang.org/x/sys/unix"
)

// The missed changes are known when each namespace has been read once, even if
// one of them changes all the time.
func TestCaughtUp(t *testing.T) {
	for name, tt := range map[string]struct {
		again bool // notifications are lost while it is read
		want  []string
	}{
		"changing":   {false, []string{"all are read again: missed 0 changes"}},
		"lost again": {true, nil},
	} {
		var told []string
		w := newWatcher(t.Context(), Config{Event: func(e *Event) error {
			told = append(told, e.String())
			return nil
		}})
		s := &space{w: w, watched: true, reading: true, touched: map[key]bool{{Rule, 0, "1:"}: true}}
		w.reading, w.lost = 1, true
		w.unread[s] = tt.again
		must(t, w.finish(&reading{space: s, unread: true, state: newState()}))
		if !slices.Equal(told, tt.want) || !s.queued || w.lost != tt.again {
			t.Errorf("%s: told %q, queued %v, behind %v", name, told, s.queued, w.lost)
		}
	}
}

// A namespace that cannot be read is reported once and tried again ever more
// rarely. It does not delay Ready or Reread.
func TestUnreadable(t *testing.T) {
	var told []string
	w := newWatcher(t.Context(), Config{Event: func(e *Event) error {
		told = append(told, e.String())
		return nil
	}})
	s := w.begin(Space{NetNS: "x", Label: "x"}, 1, nsfs.ID{Ino: 1})
	w.lost, w.unread[s] = true, true
	for i := range 12 {
		w.queue, s.queued, s.reading, w.reading = nil, false, true, 1
		must(t, w.finish(&reading{space: s, unread: i == 0, err: unix.EACCES}))
		pause := failedPause << min(i, mostDoubled)
		if left := time.Until(s.due); !s.queued || left > pause || left < pause/2 {
			t.Errorf("after %d failures: in %v, want %v", i+1, left, pause)
		}
	}
	want := []string{"x: permission denied", "all are read again: missed 0 changes"}
	if !slices.Equal(told, want) || w.awaited != 0 {
		t.Errorf("told %q; Ready waits for %d", told, w.awaited)
	}
}
