package watch

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nslab/nslab/nsfs"
	"github.com/nslab/nslab/rtnl"
)

// patience bounds how long a test waits. It only delays a failure.
const patience = 2 * time.Minute

// start runs Run until the test ends, and returns its events once it is ready.
func start(t *testing.T, cfg Config) <-chan Event {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	events := make(chan Event, 1<<16)
	also := cfg.Event
	cfg.Event = func(e *Event) error {
		events <- *e
		if also != nil {
			return also(e)
		}
		return nil
	}
	done := make(chan error)
	go func() { done <- Run(ctx, cfg) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	until(t, events, "Ready", func(e *Event) bool { return e.Action == Ready })
	return events
}

// until returns the first event that is wanted.
func until(t *testing.T, events <-chan Event, what string, is func(*Event) bool) Event {
	t.Helper()
	late := time.After(patience)
	var seen []string
	for {
		select {
		case e := <-events:
			if is(&e) {
				return e
			}
			seen = append(seen[max(0, len(seen)-50):], e.String()) // a failure shows the last ones
		case <-late:
			t.Fatalf("no event %s; got\n%s", what, strings.Join(seen, "\n"))
		}
	}
}

// sentence waits for an event whose sentence begins with this text.
func sentence(t *testing.T, events <-chan Event, begin string) Event {
	t.Helper()
	return until(t, events, begin, func(e *Event) bool { return strings.HasPrefix(e.String(), begin) })
}

// namespace makes a named namespace and opens a Conn in it.
func namespace(t *testing.T, name string) (*nsfs.Handle, *rtnl.Conn) {
	t.Helper()
	h, err := nsfs.Dir{}.Create(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		h.Close()
		err := nsfs.Dir{}.Delete(context.WithoutCancel(t.Context()), name)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Error(err)
		}
	})
	c, err := rtnl.Dial(&rtnl.Config{NetNS: rtnl.NetNSFD(h.FD()), Name: name})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return h, c
}

func do(t *testing.T, c *rtnl.Conn, reqs ...rtnl.Request) {
	t.Helper()
	for _, r := range reqs {
		if err := c.Do(t.Context(), r); err != nil {
			t.Fatalf("%T: %v", r, err)
		}
	}
}

// pair makes a veth pair that is up, and returns the index of its first end.
func pair(t *testing.T, c *rtnl.Conn, a, b string) uint32 {
	t.Helper()
	do(t, c, &rtnl.LinkAdd{Name: a, Kind: &rtnl.Veth{Peer: &rtnl.VethPeer{Name: b}}})
	for _, name := range []string{a, b} {
		do(t, c, linkUp(name))
	}
	index, err := c.LinkIndex(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	return index
}

func linkUp(name string) *rtnl.LinkSet {
	s := &rtnl.LinkSet{Link: rtnl.LinkName(name)}
	s.Up()
	return s
}

func linkDown(name string) *rtnl.LinkSet {
	s := &rtnl.LinkSet{Link: rtnl.LinkName(name)}
	s.Down()
	return s
}

func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }
