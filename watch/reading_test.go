package watch

import (
	"slices"
	"testing"
)

// What was missed is known when each namespace was read once, also if there is always
// something changing in one.
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
