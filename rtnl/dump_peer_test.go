package rtnl_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/nslab/nslab/rtnl"
	"github.com/nslab/nslab/rtnl/rtnltest"
	"golang.org/x/sys/unix"
)

// A table is a peer's table of one link, and how it is read.
type table struct {
	tries int
	// answer answers a try, the first being 1.
	answer func(a *rtnltest.Answer, try int)
	told   []*rtnl.InterruptedDump
}

// dial returns a Conn that reads the table in up to three tries.
func (tb *table) dial(t *testing.T, take bool) *rtnl.Conn {
	t.Helper()
	cfg := &rtnl.Config{Name: "ns", DumpTries: 3, Peer: rtnltest.New(func(a *rtnltest.Answer, _ rtnl.Message) {
		tb.tries++
		tb.answer(a, tb.tries)
	})}
	if take {
		cfg.OnInterrupted = func(d *rtnl.InterruptedDump) { tb.told = append(tb.told, d) }
	}
	c, err := rtnl.Dial(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

var lo = rtnltest.NewLink(rtnl.Link{Index: 1, Name: "lo"})

// torn is a table that changes while it is read: NLM_F_DUMP_INTR is in all its
// messages, or in NLMSG_DONE alone.
func torn(a *rtnltest.Answer, doneAlone bool) {
	if !doneAlone {
		a.Interrupt()
	}
	a.Part(lo)
	a.Interrupt()
	a.Done()
}

func TestDumpInterrupted(t *testing.T) {
	for _, doneAlone := range []bool{false, true} {
		t.Run(fmt.Sprintf("done=%v", doneAlone), func(t *testing.T) {
			// On the first try only: it is read again, and then whole.
			tb := table{answer: func(a *rtnltest.Answer, try int) {
				if try == 1 {
					torn(a, doneAlone)
				} else {
					a.Dump(lo)
				}
			}}
			links, err := tb.dial(t, false).Links(t.Context(), rtnl.LinkDump{})
			if err != nil || len(links) != 1 || tb.tries != 2 {
				t.Errorf("got %d links in %d tries, %v", len(links), tb.tries, err)
			}
			// On each: an error, and no list.
			tb = table{answer: func(a *rtnltest.Answer, _ int) { torn(a, doneAlone) }}
			links, err = tb.dial(t, false).Links(t.Context(), rtnl.LinkDump{})
			if links != nil || !errors.Is(err, rtnl.ErrDumpInterrupted) || tb.tries != 3 {
				t.Errorf("got %d links in %d tries, %v", len(links), tb.tries, err)
			}
			var torn *rtnl.InterruptedDump
			if !errors.As(err, &torn) || torn.Last == nil || torn.Last.Len() != 1 {
				t.Fatalf("%v has not what was read last", err)
			}
			for m := range torn.Last.All() {
				if l, err := rtnl.DecodeLink(m); err != nil || l.Name != "lo" {
					t.Errorf("read last: %q, %v", l.Name, err)
				}
			}
			if want := `list links in "ns": the table kept changing while it was read; gave up after 3 tries`; err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

// What is taken as it was read last is taken by whoever asked for that alone.
func TestDumpOnInterrupted(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer func(a *rtnltest.Answer, try int)
		links  int
	}{
		{"each try", func(a *rtnltest.Answer, _ int) { torn(a, true) }, 1},
		// The first try is whole but interrupted, the others lose their end:
		// the first is what there is.
		{"the first try", func(a *rtnltest.Answer, try int) {
			if try == 1 {
				torn(a, true)
			} else {
				a.Part(lo)
			}
		}, 1},
		// No try is whole: there is nothing to take.
		{"no try", func(a *rtnltest.Answer, _ int) { a.Lose() }, 0},
		{"overrun", func(a *rtnltest.Answer, _ int) { a.Part(lo); a.Overrun() }, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tb := table{answer: tt.answer}
			links, err := tb.dial(t, true).Links(t.Context(), rtnl.LinkDump{})
			if len(links) != tt.links || len(tb.told) != tt.links || tb.tries != 3 {
				t.Errorf("got %d links in %d tries, %v; told %v", len(links), tb.tries, err, tb.told)
			}
			var torn *rtnl.InterruptedDump
			if tt.links == 0 && (!errors.As(err, &torn) || torn.Last != nil) || tt.links > 0 && err != nil {
				t.Errorf("got %v", err)
			}
		})
	}
}

// What was not read of a table that was given up is not taken for a part of the
// next one.
func TestDumpAbandoned(t *testing.T) {
	tb := table{answer: func(a *rtnltest.Answer, try int) {
		if try == 1 {
			a.Raw(make([]byte, 20)) // malformed
			a.Part(lo, lo)
			a.Done()
		} else {
			a.Dump(lo)
		}
	}}
	c := tb.dial(t, false)
	if _, err := c.Links(t.Context(), rtnl.LinkDump{}); !errors.Is(err, rtnl.ErrMalformed) {
		t.Errorf("got %v, want ErrMalformed", err)
	}
	links, err := c.Links(t.Context(), rtnl.LinkDump{})
	if err != nil || len(links) != 1 {
		t.Errorf("got %d links, %v", len(links), err)
	}
}

// A datagram larger than the receive buffer is asked for again, with more room.
func TestDumpRoom(t *testing.T) {
	big := rtnltest.NewLink(rtnl.Link{Index: 1, AFSpec: make([]byte, 65000), Stats64: make([]byte, 65000)})
	tb := table{answer: func(a *rtnltest.Answer, _ int) { a.Dump(big) }}
	links, err := tb.dial(t, false).Links(t.Context(), rtnl.LinkDump{})
	if err != nil || len(links) != 1 || len(links[0].Stats64) != 65000 || tb.tries != 2 {
		t.Errorf("got %d links in %d tries, %v", len(links), tb.tries, err)
	}
	// One answer to a request that is no dump is not asked for again.
	single := table{answer: func(a *rtnltest.Answer, _ int) { a.Reply(big) }}
	if _, err := single.dial(t, false).Link(t.Context(), rtnl.LinkIndex(1)); !errors.Is(err, rtnl.ErrMalformed) || !errors.Is(err, rtnl.ErrUnknown) {
		t.Errorf("got %v", err)
	}
}

// A dump that the kernel refuses has one error, and no second try.
func TestDumpRefused(t *testing.T) {
	tb := table{answer: func(a *rtnltest.Answer, _ int) { a.Error(unix.EPERM, nil) }}
	links, err := tb.dial(t, false).Links(t.Context(), rtnl.LinkDump{})
	if links != nil || !errors.Is(err, unix.EPERM) || tb.tries != 1 {
		t.Errorf("got %v in %d tries, %v", links, tb.tries, err)
	}
}
