package rtnl

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/nslab/nslab/nlspec"
	"golang.org/x/sys/unix"
)

// statuses counts how the requests of a batch ended.
func statuses(b *Batch) map[Status]int {
	n := make(map[Status]int)
	for i := range b.Len() {
		s, _ := b.Result(i)
		n[s]++
	}
	return n
}

func add(t testing.TB, b *Batch, reqs ...Request) {
	t.Helper()
	for _, r := range reqs {
		if err := b.Add(r); err != nil {
			t.Fatal(err)
		}
	}
}

func TestIntegrationBatchDone(t *testing.T) {
	var seen record
	c := dial(t, &Config{Observer: &seen})
	clearLinks(t, c)
	do(t, c, &LinkAdd{Kind: PlainKind("bridge"), Name: "br", Index: 500})
	var b Batch
	peer := VethPeer{LinkAttrs: LinkAttrs{TxQueues: 1, RxQueues: 1}}
	link := LinkAdd{Kind: &Veth{Peer: &peer}, LinkAttrs: LinkAttrs{Master: Some(LinkIndex(500)), TxQueues: 1, RxQueues: 1}}
	link.Up()
	const n = 40
	for i := range n {
		link.Name, link.Index = fmt.Sprintf("a%d", i), uint32(1000+2*i)
		peer.Name, peer.Index = fmt.Sprintf("b%d", i), uint32(1001+2*i)
		add(t, &b, &link)
	}
	seen.sent, seen.got = nil, nil
	if err := c.Run(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	if len(seen.sent) != 1 || len(seen.got) != 1 {
		t.Errorf("%d datagrams sent and %d received, want 1 and 1", len(seen.sent), len(seen.got))
	}
	if got := statuses(&b); got[Done] != n {
		t.Errorf("got %v, want all done", got)
	}
	for i := range n {
		l, err := c.Link(t.Context(), LinkIndex(uint32(1000+2*i)))
		if err != nil || l.Name != fmt.Sprintf("a%d", i) || l.Master != 500 || !l.Up() || l.Link.Or(0) != uint32(1001+2*i) {
			t.Fatalf("link %d: %+v, %v", i, l, err)
		}
	}
	// The same batch again: every request fails, and gets its own answer.
	err := c.Run(t.Context(), &b)
	var be *BatchError
	if !errors.As(err, &be) || be.Failed != n || !errors.Is(err, fs.ErrExist) {
		t.Fatalf("got %v", err)
	}
	for i := range n {
		s, err := b.Result(i)
		if s != Failed || !strings.Contains(err.Error(), fmt.Sprintf(`create link "a%d"`, i)) {
			t.Errorf("%d: %v, %v", i, s, err)
		}
	}
}

func TestIntegrationBatchFailed(t *testing.T) {
	for _, stop := range []bool{false, true} {
		t.Run(fmt.Sprint(stop), func(t *testing.T) {
			c := dial(t, &Config{Name: "ns"})
			clearLinks(t, c)
			b := Batch{StopOnError: stop}
			add(t, &b,
				&LinkAdd{Kind: PlainKind("bridge"), Name: "x0"},
				&LinkDel{Link: LinkName("nothere")},
				&LinkAdd{Kind: PlainKind("bridge"), Name: "x2"},
			)
			err := c.Run(t.Context(), &b)
			want := `delete link "nothere" in "ns": no such link (ENODEV); of the requests in the batch, 2 are done, 1 failed, 0 may have taken effect, 0 were not sent`
			if err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
			if !errors.Is(err, fs.ErrNotExist) || !errors.Is(err, unix.ENODEV) {
				t.Errorf("%v matches neither fs.ErrNotExist nor ENODEV", err)
			}
			// The requests after the failed one were carried out: a batch is
			// not a transaction.
			if _, err := c.Link(t.Context(), LinkName("x2")); err != nil {
				t.Error(err)
			}
		})
	}
}

// A send buffer for a few messages makes chunks.
func TestIntegrationBatchStopsOnError(t *testing.T) {
	c := dial(t, &Config{SendBuffer: 2304})
	clearLinks(t, c)
	c.sendLimit = 200
	b := Batch{StopOnError: true}
	add(t, &b, &LinkDel{Link: LinkName("nothere")})
	for i := range 20 {
		add(t, &b, &LinkAdd{Kind: PlainKind("bridge"), Name: fmt.Sprintf("s%d", i)})
	}
	err := c.Run(t.Context(), &b)
	got := statuses(&b)
	if err == nil || got[Failed] != 1 || got[NotSent] < 15 || got[Unknown] != 0 {
		t.Fatalf("got %v, %v", err, got)
	}
	s, err := b.Result(20)
	if s != NotSent || !errors.Is(err, ErrNotSent) || !strings.HasPrefix(err.Error(), `create link "s19": not sent: `) {
		t.Errorf("got %v, %v", s, err)
	}
	if _, err := c.Link(t.Context(), LinkName("s19")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a request reported as not sent was carried out: %v", err)
	}
}

// The receive buffer is too small for the answers, so the kernel drops some and
// reports ENOBUFS.
func TestIntegrationBatchUnknown(t *testing.T) {
	c := dial(t, &Config{ReceiveBuffer: 2048})
	clearLinks(t, c)
	c.replyBudget = 1 << 20 // chunks as if the buffer were large
	var b Batch
	for i := range 20 {
		add(t, &b, &LinkAdd{Kind: PlainKind("bridge"), Name: fmt.Sprintf("u%d", i)})
	}
	for range 30 {
		add(t, &b, &LinkDel{Link: LinkName("nothere")})
	}
	err := c.Run(t.Context(), &b)
	got := statuses(&b)
	if !errors.Is(err, ErrUnknown) || got[Unknown] == 0 || got[Failed] == 0 || got[NotSent] != 0 {
		t.Fatalf("got %v, %v", err, got)
	}
	// Requests without an answer are unknown, whatever happened to them.
	for i := range 20 {
		if s, err := b.Result(i); s != Unknown || !errors.Is(err, ErrUnknown) {
			t.Errorf("%d: %v, %v", i, s, err)
		}
		if _, err := c.Link(t.Context(), LinkName(fmt.Sprintf("u%d", i))); err != nil {
			t.Error(err)
		}
	}
}

// With the same buffer, and chunks as Run makes them, nothing is lost.
func TestIntegrationBatchSmallBuffer(t *testing.T) {
	for _, receive := range []int{2048, 10000, 100000} {
		c := dial(t, &Config{ReceiveBuffer: receive})
		var b Batch
		for range 2000 {
			add(t, &b, &LinkDel{Link: LinkName("nothere")})
		}
		err := c.Run(t.Context(), &b)
		if got := statuses(&b); got[Failed] != 2000 {
			t.Errorf("receive buffer %d: %v, %v", receive, got, err)
		}
	}
}

func TestIntegrationBatchNotSent(t *testing.T) {
	ctx, cancel := context.WithCancel(bg)
	c := dial(t, &Config{Observer: &record{then: func(d nlspec.Datagram) {
		if d.Direction == nlspec.Received {
			cancel() // when the first chunk has been answered
		}
	}}})
	clearLinks(t, c)
	c.sendLimit = 200
	var b Batch
	for i := range 12 {
		add(t, &b, &LinkAdd{Kind: PlainKind("bridge"), Name: fmt.Sprintf("n%d", i)})
	}
	err := c.Run(ctx, &b)
	got := statuses(&b)
	if !errors.Is(err, ErrNotSent) || !errors.Is(err, context.Canceled) || got[Done] == 0 || got[NotSent] == 0 || got[Unknown] != 0 {
		t.Fatalf("got %v, %v", err, got)
	}
	for i := range 12 {
		s, _ := b.Result(i)
		_, err := c.Link(bg, LinkName(fmt.Sprintf("n%d", i)))
		if (s == Done) != (err == nil) {
			t.Errorf("%d is %v, and the kernel says %v", i, s, err)
		}
	}
	// Nothing has been sent yet.
	if err := c.Run(ctx, &b); !errors.Is(err, ErrNotSent) || statuses(&b)[NotSent] != 12 {
		t.Errorf("got %v, %v", err, statuses(&b))
	}
}

func TestBatchRefusesQuestions(t *testing.T) {
	var b Batch
	for _, r := range []Request{&LinkGet{Link: LinkIndex(1)}, &LinkDump{}} {
		if err := b.Add(r); !errors.Is(err, ErrInvalid) || b.Len() != 0 {
			t.Errorf("%T: got %v", r, err)
		}
	}
	c := dial(t, nil)
	if err := c.Run(bg, &b); err != nil {
		t.Errorf("an empty batch: %v", err)
	}
}

// A message in a batch needs no allocation once the buffers have grown.
func TestBatchAllocations(t *testing.T) {
	var b Batch
	peer := VethPeer{Name: "peer", Index: 8, LinkAttrs: LinkAttrs{NetNS: NetNSFD(3), Address: mac("02:00:00:00:00:01"), TxQueues: 1, RxQueues: 1}}
	link := &LinkAdd{Kind: &Veth{Peer: &peer}, Name: "main", Index: 7, LinkAttrs: LinkAttrs{NetNS: NetNSFD(4), Master: Some(LinkIndex(3)), MTU: 1500}}
	set := &LinkSet{Link: LinkIndex(3), LinkAttrs: LinkAttrs{Flags: unix.IFF_UP, Change: unix.IFF_UP}}
	for range 1000 {
		add(t, &b, link, set)
	}
	if n := testing.AllocsPerRun(100, func() {
		b.Reset()
		for range 100 {
			b.Add(link)
			b.Add(set)
		}
	}); n != 0 {
		t.Errorf("%v allocations for 200 messages, want 0", n)
	}
	// Running it needs a few at most, however many messages it has.
	c := dial(t, nil)
	b.Reset()
	lo := &LinkSet{Link: LinkIndex(1), LinkAttrs: LinkAttrs{Change: unix.IFF_UP, Flags: unix.IFF_UP}}
	for range 500 {
		add(t, &b, lo)
	}
	if n := testing.AllocsPerRun(10, func() {
		if err := c.Run(bg, &b); err != nil {
			t.Fatal(err)
		}
	}); n > 5 {
		t.Errorf("%v allocations to run 500 messages, want at most 5", n)
	}
}
