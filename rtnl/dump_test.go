package rtnl

import (
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"golang.org/x/sys/unix"
)

func TestIntegrationDumpMany(t *testing.T) {
	c := dial(t, nil)
	clearLinks(t, c)
	var b Batch
	for i := range 300 {
		add(t, &b, pair(fmt.Sprintf("v%d", i), fmt.Sprintf("p%d", i)))
	}
	if err := c.Run(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	links, err := c.Links(t.Context(), LinkDump{})
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for _, l := range links {
		seen[l.Name] = true
	}
	if len(links) != 601 || len(seen) != 601 {
		t.Errorf("got %d links with %d names, want 601", len(links), len(seen))
	}
	size := len(links[1].AFSpec)
	// By kind, and without IPv6's counters.
	links, err = c.Links(t.Context(), LinkDump{Kind: "veth", ExtMask: rtextFilterSkipStats})
	if err != nil || len(links) != 600 {
		t.Fatalf("got %d links of kind veth, %v", len(links), err)
	}
	if got := len(links[0].AFSpec); got >= size {
		t.Errorf("IFLA_AF_SPEC has %d bytes without statistics, %d with", got, size)
	}
}

// interrupt sets NLM_F_DUMP_INTR on messages of a datagram: on all but
// NLMSG_DONE, or on that alone.
func interrupt(b []byte, done bool) []byte {
	for rest := b; len(rest) > 0; {
		m, next, err := nextMessage(rest)
		if err != nil {
			break
		}
		if (m.Type == unix.NLMSG_DONE) == done {
			binary.NativeEndian.PutUint16(rest[6:], m.Flags|unix.NLM_F_DUMP_INTR)
		}
		rest = next
	}
	return b
}

func TestIntegrationDumpInterrupted(t *testing.T) {
	for _, done := range []bool{false, true} {
		t.Run(fmt.Sprintf("done=%v", done), func(t *testing.T) {
			var r record
			c := dial(t, &Config{Observer: &r, DumpTries: 3, Name: "ns"})
			// On the first try only: it is read again, and then whole.
			c.tamper = func(b []byte) []byte {
				if len(r.sent) == 1 {
					return interrupt(b, done)
				}
				return b
			}
			links, err := c.Links(t.Context(), LinkDump{})
			if err != nil || len(links) == 0 || len(r.sent) != 2 {
				t.Errorf("got %d links in %d tries, %v", len(links), len(r.sent), err)
			}
			// On each: an error, and no list.
			r.sent = nil
			c.tamper = func(b []byte) []byte { return interrupt(b, done) }
			links, err = c.Links(t.Context(), LinkDump{})
			if links != nil || !errors.Is(err, ErrDumpInterrupted) || len(r.sent) != 3 {
				t.Errorf("got %d links in %d tries, %v", len(links), len(r.sent), err)
			}
			var torn *InterruptedDump
			if !errors.As(err, &torn) || torn.Last == nil || torn.Last.Len() == 0 {
				t.Fatalf("%v has not what was read last", err)
			}
			for m := range torn.Last.All() {
				if l, err := DecodeLink(m); err != nil || l.Name != "lo" {
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
func TestIntegrationDumpOnInterrupted(t *testing.T) {
	var told []*InterruptedDump
	var r record
	c := dial(t, &Config{Observer: &r, DumpTries: 3, OnInterrupted: func(d *InterruptedDump) { told = append(told, d) }})
	c.tamper = func(b []byte) []byte { return interrupt(b, true) }
	links, err := c.Links(t.Context(), LinkDump{})
	if err != nil || len(links) != 1 || len(told) != 1 || !errors.Is(told[0], ErrDumpInterrupted) || len(r.sent) != 3 {
		t.Errorf("got %d links in %d tries, %v; told %v", len(links), len(r.sent), err, told)
	}
	// The first try is whole but interrupted, the others lose their end: the first
	// is what there is.
	r.sent, told = nil, nil
	c.tamper = func(b []byte) []byte {
		if len(r.sent) > 1 {
			return nil
		}
		return interrupt(b, true)
	}
	if links, err = c.Links(t.Context(), LinkDump{}); err != nil || len(links) != 1 || len(told) != 1 {
		t.Errorf("got %d links, %v; told %v", len(links), err, told)
	}
	// No try is whole: there is nothing to take.
	told = nil
	c.tamper = func([]byte) []byte { return nil }
	var torn *InterruptedDump
	if links, err = c.Links(t.Context(), LinkDump{}); links != nil || !errors.As(err, &torn) || torn.Last != nil || told != nil {
		t.Errorf("got %d links, %v; told %v", len(links), err, told)
	}
}

// The real thing: a table of several datagrams that another socket changes.
func TestIntegrationDumpWhileChanging(t *testing.T) {
	c := dial(t, nil)
	clearLinks(t, c)
	var b Batch
	for i := range 150 {
		add(t, &b, pair(fmt.Sprintf("c%d", i), ""))
	}
	if err := c.Run(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	churn := dial(t, nil)
	stop := make(chan struct{})
	ended := make(chan error, 1)
	go func() {
		for {
			select {
			case <-stop:
				ended <- nil
				return
			default:
			}
			if err := churn.Do(bg, &LinkAdd{Kind: &Veth{Peer: &VethPeer{Name: "y"}}, Name: "x"}); err != nil {
				ended <- err
				return
			}
			if err := churn.Do(bg, &LinkDel{Link: LinkName("x")}); err != nil {
				ended <- err
				return
			}
		}
	}()
	whole, torn := 0, 0
	for range 30 {
		links, err := c.Links(t.Context(), LinkDump{})
		switch {
		case errors.Is(err, ErrDumpInterrupted):
			torn++
		case err != nil:
			t.Fatal(err)
		default:
			whole++
			names := make(map[string]bool)
			for _, l := range links {
				names[l.Name] = true
			}
			if names["x"] != names["y"] {
				t.Errorf("a list holds one end of a pair that is made and deleted as one")
			}
			for i := range 150 {
				if !names[fmt.Sprintf("c%d", i)] {
					t.Errorf("a list lacks a link that was there all the time")
				}
			}
		}
	}
	close(stop)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	t.Logf("%d dumps whole, %d given up", whole, torn)
}

// A dump that is abandoned goes on in the kernel (EBUSY for the next) until its
// datagrams have been read.
func TestIntegrationDumpAbandoned(t *testing.T) {
	c := dial(t, nil)
	clearLinks(t, c)
	var b Batch
	for i := range 150 {
		add(t, &b, pair(fmt.Sprintf("d%d", i), ""))
	}
	if err := c.Run(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	c.tamper = func(b []byte) []byte { return b[:20] } // cut: malformed
	if _, err := c.Links(t.Context(), LinkDump{}); !errors.Is(err, ErrMalformed) {
		t.Errorf("got %v, want ErrMalformed", err)
	}
	c.tamper = nil
	links, err := c.Links(t.Context(), LinkDump{})
	if err != nil || len(links) != 301 {
		t.Errorf("got %d links, %v", len(links), err)
	}
}

// A datagram larger than the receive buffer is asked for again, with more room.
func TestIntegrationDumpRoom(t *testing.T) {
	c := dial(t, nil)
	c.rbuf = make([]byte, 64)
	links, err := c.Links(t.Context(), LinkDump{})
	if err != nil || len(links) == 0 {
		t.Errorf("got %d links, %v", len(links), err)
	}
	if len(c.rbuf) <= 64 {
		t.Errorf("the buffer still has %d bytes", len(c.rbuf))
	}
}
